//! The one place that reads the time of day.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::time::Timestamp;

/// The time of day during one invocation.
///
/// Lambda freezes a process between invocations, so the time of day is read once when an event comes, and counted on
/// from there with the clock that waits use. Tests pause that clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Timestamp,
    at: Instant,
}

impl Clock {
    /// A clock that reads `started` now.
    #[must_use]
    pub fn starting_at(started: Timestamp) -> Self {
        Self { started, at: Instant::now() }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.started.plus_ms(i64::try_from(self.at.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// When this clock will read `time`; now, if that is past.
    #[must_use]
    pub fn instant(&self, time: Timestamp) -> Instant {
        let ms = u64::try_from(time.since_ms(self.started)).unwrap_or(0);
        self.at + std::time::Duration::from_millis(ms)
    }
}

/// The machine's time of day.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "everything else is given the time")]
pub fn time_of_day() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_epoch_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
