//! The time of day, in whole milliseconds.
//!
//! Nothing else may read the machine's clock: a lint refuses it. Next: [`crate::logging`].

use std::time::Duration;

use time::UtcDateTime;
use tokio::time::Instant;

/// The time of day during one invocation.
///
/// Lambda freezes a process between invocations, so the time of day is read once when an event comes; from there it is
/// counted with the clock that waits use. Tests pause that clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: UtcDateTime,
    at: Instant,
}

impl Clock {
    /// A clock that reads `started` now.
    #[must_use]
    pub fn starting_at(started: UtcDateTime) -> Self {
        Self { started, at: Instant::now() }
    }

    #[must_use]
    pub fn now(&self) -> UtcDateTime {
        after(self.started, self.at.elapsed())
    }

    /// When this clock will read `time`; its start if that has passed.
    #[must_use]
    pub fn instant(&self, time: UtcDateTime) -> Instant {
        self.at + Duration::try_from(time - self.started).unwrap_or_default()
    }
}

/// When Lambda ends the process, as the Runtime API states it for an event that came at `received`.
///
/// Lambda states a point in time. `cargo lambda watch` states how long there is: 600000, which as a point in time is
/// ten minutes past midnight on the first of January 1970, and would leave no time for anything.
#[must_use]
pub fn deadline(stated_ms: u64, received: UtcDateTime) -> UtcDateTime {
    const DURATION_MS_MAX: u64 = 86_400_000;
    match stated_ms {
        duration_ms @ ..=DURATION_MS_MAX => after(received, Duration::from_millis(duration_ms)),
        epoch_ms => from_millis(i64::try_from(epoch_ms).unwrap_or(i64::MAX)),
    }
}

/// The machine's time of day.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "everything else is given the time")]
pub fn time_of_day() -> UtcDateTime {
    UtcDateTime::now().truncate_to_millisecond()
}

/// From milliseconds since the first of January 1970; the nearest date if it has none.
#[must_use]
pub fn from_millis(ms: i64) -> UtcDateTime {
    let nearest = if ms < 0 { UtcDateTime::MIN } else { UtcDateTime::MAX };
    UtcDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(nearest).truncate_to_millisecond()
}

/// Milliseconds since the first of January 1970.
#[must_use]
pub fn millis(time: UtcDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000))
        .unwrap_or_else(|_| unreachable!("years have four digits"))
}

fn after(time: UtcDateTime, duration: Duration) -> UtcDateTime {
    let duration = time::Duration::try_from(duration).unwrap_or(time::Duration::MAX);
    time.saturating_add(duration).truncate_to_millisecond()
}
