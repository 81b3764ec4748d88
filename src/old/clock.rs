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

/// When Lambda ends the process, as the Runtime API states it for an event that came at `received`.
///
/// Lambda states a point in time. `cargo lambda watch` states how long there is: 600000, which as a point in time is
/// ten minutes past midnight on the first of January 1970, and would leave no time for anything.
#[must_use]
pub fn deadline(stated_ms: u64, received: Timestamp) -> Timestamp {
    const DURATION_MS_MAX: i64 = 86_400_000;
    match i64::try_from(stated_ms).unwrap_or(i64::MAX) {
        duration_ms @ ..=DURATION_MS_MAX => received.plus_ms(duration_ms),
        epoch_ms => Timestamp::from_epoch_ms(epoch_ms),
    }
}

/// The machine's time of day.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "everything else is given the time")]
pub fn time_of_day() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_epoch_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_point_in_time_or_from_cargo_lambda_a_duration() {
        let received = Timestamp::from_epoch_ms(1_795_442_283_000);
        for (stated_ms, meant_ms) in [
            (1_795_442_463_000, 1_795_442_463_000),
            (600_000, 1_795_442_883_000),
            (0, 1_795_442_283_000),
            (u64::MAX, i64::MAX),
        ] {
            assert_eq!(deadline(stated_ms, received), Timestamp::from_epoch_ms(meant_ms), "{stated_ms}");
        }
    }
}
