//! The record of a custom resource: what it has in SSM, what it is about to do, and what it responded last.
//!
//! [`Record::opened`] and [`Record::closed`] are the only ways to change what a record says of syncs
//! (docs/behavior.md#the-record). Must never hold the response URL. How it gets into the table: [`crate::registry`].
//! Next: [`super::task`].

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use crate::sync::{Config, Region, SyncName, SyncType};

use super::stored;

/// What this version writes, and the latest that it reads.
pub const FORMAT: u64 = 1;

/// One item of the table. Its attributes are read by people: docs/behavior.md#the-record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Record {
    pub resource: String,
    pub state: State,
    #[serde(flatten)]
    pub request: RequestKey,
    /// Random for each time that an event is served.
    pub attempt: String,
    /// When this version was written, in seconds since 1970.
    pub written: i64,
    /// The `RequestId` of the last Create; dropped at the SUCCESS of an Update.
    #[serde(rename = "Created", default, skip_serializing_if = "Option::is_none")]
    pub last_create: Option<String>,
    pub version: u64,
    /// The physical id of the last SUCCESS of a Create or Update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<SyncName>,
    /// The response to the request, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    pub syncs: BTreeMap<SyncKey, Entry>,
    /// When DynamoDB drops the item, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    pub format: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// An event has opened the record and not closed it, or has closed it with a call whose outcome is not known.
    Working,
    Done,
}

/// The event that wrote a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestKey {
    pub request_id: String,
    pub request_type: RequestType,
    /// When CloudFormation made the request, in seconds.
    pub request_time: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestType {
    Create,
    Update,
    Delete,
}

impl fmt::Display for RequestType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
        })
    }
}

/// Which sync: `<Region>/<SyncType>/<SyncName>`. The name is last, since it may hold a slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SyncKey {
    pub region: Region,
    pub sync_type: SyncType,
    pub name: SyncName,
}

/// What a resource has under a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    pub state: EntryState,
    /// The request that brought it into that state.
    pub request_id: String,
    /// When SSM created the sync that exists.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "stored::optional_seconds")]
    pub sync_created_time: Option<UtcDateTime>,
    /// What was asked for, with what List hides.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "stored::optional_json")]
    pub configuration: Option<Config>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub making: Option<Making>,
    /// This resource adopts that sync, or has let go of it, and does not own it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryState {
    /// No event has work left to do on it: as wanted by the SUCCESS of a request, let go of, or left to a clean-up.
    Settled,
    /// An event has begun to change it since.
    Open,
}

/// A Create may take effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Making {
    /// When the first one began.
    #[serde(with = "stored::seconds")]
    pub since: UtcDateTime,
    #[serde(with = "stored::seconds")]
    pub until: UtcDateTime,
    /// All that may come to exist, newest first.
    #[serde(with = "stored::json_list")]
    pub configurations: Vec<Config>,
}

impl Record {
    /// The first record of a resource.
    #[must_use]
    pub fn new(resource: String, request: RequestKey, attempt: String) -> Self {
        Self {
            resource,
            state: State::Working,
            last_create: None,
            request,
            attempt,
            written: 0,
            version: 0,
            name: None,
            response: None,
            syncs: BTreeMap::new(),
            expires: None,
            format: FORMAT,
        }
    }

    /// The next version, on behalf of `request`, with the same entries.
    #[must_use]
    pub fn next_version(&self, request: &RequestKey, attempt: &str, now: UtcDateTime) -> Self {
        let mut next = self.clone();
        next.state = State::Working;
        next.request = request.clone();
        attempt.clone_into(&mut next.attempt);
        next.written = now.unix_timestamp();
        next.version += 1;
        next.response = None;
        next.expires = next.expiry(now);
        if request.request_type == RequestType::Create {
            next.last_create = Some(request.request_id.clone());
        }
        next
    }

    /// When DynamoDB may drop the item: a day from now, if it has no entries.
    #[must_use]
    pub fn expiry(&self, now: UtcDateTime) -> Option<i64> {
        const EXPIRES_AFTER_S: i64 = 86_400;
        self.syncs.is_empty().then(|| now.unix_timestamp() + EXPIRES_AFTER_S)
    }

    /// Is there an entry that is open, or that `request_id` settled?
    #[must_use]
    pub fn may_have_left(&self, request_id: &str) -> bool {
        self.syncs.values().any(|entry| entry.is_open() || entry.request_id == request_id)
    }
}

impl Entry {
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == EntryState::Open
    }
}

impl SyncKey {
    /// Of a sync of this name and configuration.
    #[must_use]
    pub fn of(region: &Region, config: &Config, name: &SyncName) -> Self {
        Self { region: region.clone(), sync_type: config.sync_type(), name: name.clone() }
    }
}

impl fmt::Display for SyncKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.region, self.sync_type, self.name)
    }
}

impl FromStr for SyncKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or_else(|| format!("{text} is not Region/SyncType/SyncName"));
        let (region, sync_type, name) = (part()?, part()?, part()?);
        let sync_type = SyncType::parse(sync_type).ok_or_else(|| format!("{sync_type} is not a type of sync"))?;
        Ok(Self { region: region.into(), sync_type, name: name.into() })
    }
}

impl Serialize for SyncKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SyncKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
