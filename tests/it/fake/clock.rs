//! The two kinds of time: the machine's, and one that starts at a fixed moment and moves with tokio's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

/// 2026-11-23T08:00:00Z, when every test begins.
pub const BASE_MS: u64 = 1_795_420_800_000;

#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's own time.
    Real,
    /// [`BASE_MS`] at this instant; stands still while tokio's time is paused.
    Virtual(Instant),
}

impl Clock {
    /// Starts at [`BASE_MS`]. Call it inside a tokio runtime.
    pub fn fixed() -> Self {
        Self::Virtual(Instant::now())
    }

    #[expect(clippy::disallowed_methods, reason = "the sandbox plays in real time")]
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::Real => millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
            Self::Virtual(start) => BASE_MS + millis(start.elapsed()),
        }
    }
}

pub fn utc(ms: u64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).expect("a time of this era")
}

/// `20261123T080000Z`, as a signature has it.
pub fn amz_date(ms: u64) -> String {
    iso(ms / 1000 * 1000).replace(['-', ':'], "")
}

/// `2026-11-23T08:00:00Z`, with a fraction where there is one.
pub fn iso(ms: u64) -> String {
    utc(ms).format(&Rfc3339).expect("a time of this era can be written")
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
