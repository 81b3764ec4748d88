//! How values are stored in a record: points in time as seconds with milliseconds, configurations as JSON.
//!
//! Must never change what an older record says. Next: [`crate::properties`].

use serde::{Deserialize, Deserializer, Serializer};
use time::{Duration, UtcDateTime};

use crate::sync::Config;

fn to_seconds(time: UtcDateTime) -> f64 {
    (time - UtcDateTime::UNIX_EPOCH).as_seconds_f64()
}

fn from_seconds<E: serde::de::Error>(seconds: f64) -> Result<UtcDateTime, E> {
    #[expect(clippy::cast_possible_truncation, reason = "a float that is too large becomes the largest number")]
    let millis = (seconds * 1_000.0).round() as i64;
    UtcDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(millis)).ok_or_else(|| E::custom("no point in time"))
}

pub mod seconds {
    use super::{Deserialize as _, Deserializer, Serializer, UtcDateTime, from_seconds, to_seconds};

    pub fn serialize<S: Serializer>(time: &UtcDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(to_seconds(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UtcDateTime, D::Error> {
        from_seconds(f64::deserialize(deserializer)?)
    }
}

pub mod optional_seconds {
    use super::{Deserialize as _, Deserializer, Serializer, UtcDateTime, from_seconds, to_seconds};

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(time: &Option<UtcDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_f64(to_seconds(*time)),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UtcDateTime>, D::Error> {
        Option::<f64>::deserialize(deserializer)?.map(from_seconds).transpose()
    }
}

pub mod optional_json {
    use super::{Config, Deserialize as _, Deserializer, Serializer, from_json, to_json};

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(config: &Option<Config>, serializer: S) -> Result<S::Ok, S::Error> {
        match config {
            Some(config) => serializer.serialize_str(&to_json(config)?),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Config>, D::Error> {
        Option::<String>::deserialize(deserializer)?.as_deref().map(from_json).transpose()
    }
}

pub mod json_list {
    use super::{Config, Deserialize as _, Deserializer, Serializer, from_json, to_json};

    pub fn serialize<S: Serializer>(configs: &[Config], serializer: S) -> Result<S::Ok, S::Error> {
        let texts: Vec<String> = configs.iter().map(to_json).collect::<Result<_, S::Error>>()?;
        serializer.collect_seq(texts)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Config>, D::Error> {
        Vec::<String>::deserialize(deserializer)?.iter().map(|text| from_json(text)).collect()
    }
}

fn to_json<E: serde::ser::Error>(config: &Config) -> Result<String, E> {
    serde_json::to_string(config).map_err(E::custom)
}

fn from_json<E: serde::de::Error>(text: &str) -> Result<Config, E> {
    serde_json::from_str(text).map_err(E::custom)
}
