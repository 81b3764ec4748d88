//! Points in time as CloudFormation and SSM write them.

use std::fmt;

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    epoch_ms: i64,
}

impl Timestamp {
    /// The point `epoch_ms` milliseconds after the epoch.
    #[must_use]
    pub const fn from_epoch_ms(epoch_ms: i64) -> Self {
        Self { epoch_ms }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn epoch_ms(self) -> i64 {
        self.epoch_ms
    }

    /// This point moved by `ms` milliseconds, forwards or backwards.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self::from_epoch_ms(self.epoch_ms.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this point; negative when it is the later one.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.epoch_ms.saturating_sub(earlier.epoch_ms)
    }

    /// Reads the basic ISO 8601 form of `X-Amz-Date`: `20261123T080854Z`.
    #[must_use]
    pub fn from_basic(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
            return None;
        }
        let number = |from: usize, to: usize| -> Option<u16> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let small = |from: usize, to: usize| number(from, to).and_then(|n| u8::try_from(n).ok());
        let date =
            Date::from_calendar_date(i32::from(number(0, 4)?), Month::try_from(small(4, 6)?).ok()?, small(6, 8)?)
                .ok()?;
        let time = Time::from_hms(small(9, 11)?, small(11, 13)?, small(13, 15)?).ok()?;
        let seconds = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
        Some(Self::from_epoch_ms(seconds.checked_mul(1000)?))
    }

    /// The basic ISO 8601 form, in whole seconds: what [`Self::from_basic`] reads.
    #[must_use]
    pub fn to_basic(self) -> String {
        let t = self.calendar();
        format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    fn calendar(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.epoch_ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// The extended ISO 8601 form, in whole seconds: `2026-11-23T08:08:54Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.calendar();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn the_basic_form_survives_a_round_trip() {
        let at = Timestamp::from_basic("20261123T080854Z").unwrap();
        assert_eq!(at.to_basic(), "20261123T080854Z");
        assert_eq!(at.to_string(), "2026-11-23T08:08:54Z");
        assert_eq!(at.epoch_ms(), 1_795_421_334_000);
    }

    #[test]
    fn what_is_no_basic_form_is_refused() {
        for text in [
            "",
            "20261123",
            "20261123T080854",
            "20261323T080854Z",
            "2026112aT080854Z",
            "20261123T086054Z",
            "2026112\u{e9}080854Z",
        ] {
            assert_eq!(Timestamp::from_basic(text), None, "{text}");
        }
    }
}
