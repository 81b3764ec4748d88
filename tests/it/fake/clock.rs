//! The two kinds of time: the machine's, and one that starts at a fixed moment and moves with tokio's.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use tokio::time::Instant;

/// 2026-11-23T08:00:00Z, when every test begins.
pub const BASE_MS: u64 = 1_795_420_800_000;

#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's own time.
    Real,
    /// `base_ms` at `start`; stands still while tokio's time is paused.
    Virtual { base_ms: u64, start: Instant },
}

impl Clock {
    /// Starts at [`BASE_MS`]. Call it inside a tokio runtime.
    pub fn fixed() -> Self {
        Self::Virtual { base_ms: BASE_MS, start: Instant::now() }
    }

    #[expect(clippy::disallowed_methods, reason = "the sandbox plays in real time")]
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::Real => millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
            Self::Virtual { base_ms, start } => base_ms + millis(start.elapsed()),
        }
    }
}

/// `20261123T080000Z`, as a signature has it.
pub fn amz_date(ms: u64) -> String {
    iso(ms / 1000 * 1000).replace(['-', ':'], "")
}

/// `2026-11-23T08:00:00Z`, with a fraction where there is one.
pub fn iso(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    DateTime::from_millis(ms).fmt(Format::DateTime).expect("a time of this era can be written")
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
