//! The record of a custom resource: what it has in SSM, what it is about to do, and what it responded last.
//!
//! [`Record::opened`] and [`Record::closed`] are the only ways to change what a record says of syncs
//! (docs/behavior.md#the-record). Must never hold the response URL. How it gets into the table: [`crate::registry`].

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::{Duration, UtcDateTime};

use crate::sync::{Config, Region, SyncName, SyncType};

use super::outcome::{Left, TaskOutcome};
use super::stored;
use super::tasks::{Goal, Task, Then};

/// What this version writes, and the latest that it reads.
pub const FORMAT: u64 = 1;

/// How long a Create may take effect after the opening that announced it.
const MAKING_LASTS: Duration = Duration::minutes(20);
const EXPIRES_AFTER_S: i64 = 86_400;

/// One item of the table. Its attributes are read by people: docs/behavior.md#the-record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Record {
    pub resource: String,
    pub state: State,
    #[serde(flatten)]
    pub request: RequestKey,
    /// Random, anew each time that an event is served.
    pub attempt: String,
    /// When, in seconds.
    pub written: i64,
    /// The `RequestId` of the last Create; dropped at the SUCCESS of an Update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    pub version: u64,
    /// The physical id of the last SUCCESS of a Create or Update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<SyncName>,
    /// What the request was answered with, byte for byte.
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
    /// This resource looks at that sync, or let go of it, and does not own it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryState {
    /// As wanted, by the SUCCESS of a request.
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

/// What one task is about to do, as its first look has shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Announcement {
    Nothing,
    /// Where nothing of ours is listed.
    Create,
    Update {
        exists: Option<UtcDateTime>,
    },
    /// Delete what exists, then create. `previous` is its configuration, where that is known.
    Replace {
        exists: Option<UtcDateTime>,
        previous: Option<Config>,
    },
    Delete,
    LetGo,
}

impl Record {
    /// The first record of a resource.
    #[must_use]
    pub fn new(resource: String, request: RequestKey, attempt: String) -> Self {
        Self {
            resource,
            state: State::Working,
            created: None,
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

    /// The next version, written on behalf of `request`: what the syncs are stays as it is.
    #[must_use]
    pub fn taken_over(&self, request: &RequestKey, attempt: &str, now: UtcDateTime) -> Self {
        let mut next = self.clone();
        next.state = State::Working;
        next.request = request.clone();
        attempt.clone_into(&mut next.attempt);
        next.written = now.unix_timestamp();
        next.version += 1;
        next.response = None;
        next.expires = None;
        if request.request_type == RequestType::Create {
            next.created = Some(request.request_id.clone());
        }
        next
    }

    /// Says all that an event is going to touch; `None` where that is nothing.
    #[must_use]
    pub fn opened(
        &self,
        announced: &[(&Task, Announcement)],
        request: &RequestKey,
        now: UtcDateTime,
    ) -> Option<BTreeMap<SyncKey, Entry>> {
        let mut syncs = self.syncs.clone();
        let mut is_touched = false;
        for (task, announcement) in announced {
            if let Some(entry) = Entry::opened(task, announcement, request, now) {
                is_touched = true;
                syncs.insert(task.key.clone(), entry);
            }
        }
        is_touched.then_some(syncs)
    }

    /// Says what is there now, all but the response. `before` is what the event found, `self` what it wrote last.
    #[must_use]
    pub fn closed(&self, before: &BTreeMap<SyncKey, Entry>, outcomes: &[TaskOutcome], closing: &Closing<'_>) -> Self {
        let mut next = self.clone();
        for outcome in outcomes {
            let key = &outcome.task.key;
            match outcome.entry(before.get(key), self.syncs.get(key), closing) {
                Some(entry) => next.syncs.insert(key.clone(), entry),
                None => next.syncs.remove(key),
            };
        }
        if let Some(name) = closing.name {
            if let Some(left) = closing.left_to_clean_up {
                next.leave_to_clean_up(left, &closing.request.request_id);
            }
            next.name = Some(name.clone());
            if closing.request.request_type == RequestType::Update {
                next.created = None;
            }
        }
        next.state = if outcomes.iter().any(TaskOutcome::is_outcome_unknown) { State::Working } else { State::Done };
        next.expires = next.syncs.is_empty().then(|| closing.now.unix_timestamp() + EXPIRES_AFTER_S);
        next
    }

    /// After a replacement under a new name, CloudFormation deletes what stands under the old one. What it retains there
    /// instead must not look as if it had been left open.
    fn leave_to_clean_up(&mut self, old: &SyncName, request_id: &str) {
        for (_, entry) in self.syncs.iter_mut().filter(|(key, _)| key.name == *old) {
            if entry.sync_created_time.is_some() && entry.making.is_none() && !entry.foreign {
                entry.state = EntryState::Settled;
                request_id.clone_into(&mut entry.request_id);
            }
        }
    }

    /// Is there something that an event has begun and not settled, or that `request_id` settled?
    #[must_use]
    pub fn may_have_left(&self, request_id: &str) -> bool {
        self.syncs.values().any(|entry| entry.is_open() || entry.request_id == request_id)
    }
}

/// What a closing needs to know beside the outcomes.
#[derive(Debug)]
pub struct Closing<'a> {
    pub request: &'a RequestKey,
    pub is_success: bool,
    /// The name that a Create or Update succeeded with.
    pub name: Option<&'a SyncName>,
    /// The old name, where an Update has succeeded under a new one.
    pub left_to_clean_up: Option<&'a SyncName>,
    pub now: UtcDateTime,
}

impl Entry {
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == EntryState::Open
    }

    fn settled(request: &RequestKey, exists: Option<UtcDateTime>, config: &Config, foreign: bool) -> Self {
        Self {
            state: EntryState::Settled,
            request_id: request.request_id.clone(),
            sync_created_time: exists,
            configuration: Some(config.clone()),
            making: None,
            foreign,
        }
    }

    fn opened(task: &Task, announcement: &Announcement, request: &RequestKey, now: UtcDateTime) -> Option<Self> {
        let open = |entry: Option<&Self>| Self {
            state: EntryState::Open,
            request_id: request.request_id.clone(),
            sync_created_time: entry.and_then(|entry| entry.sync_created_time),
            configuration: entry.and_then(|entry| entry.configuration.clone()),
            making: entry.and_then(|entry| entry.making.clone()),
            foreign: entry.is_some_and(|entry| entry.foreign),
        };
        let before = task.entry.as_ref();
        match announcement {
            Announcement::Nothing => None,
            Announcement::Delete => before.map(|entry| open(Some(entry))),
            Announcement::LetGo => before.map(|entry| Self {
                state: EntryState::Settled,
                request_id: request.request_id.clone(),
                foreign: true,
                ..entry.clone()
            }),
            Announcement::Update { exists } => {
                Some(Self { sync_created_time: *exists, configuration: None, making: None, ..open(before) })
            }
            Announcement::Create => {
                // What was looked at, or let go of, and is missing says nothing about the one that is made.
                let before = before.filter(|entry| !entry.foreign || entry.is_open());
                let wanted = task.goal.config().into_iter().cloned();
                Some(Self { making: Some(Making::begun(before, wanted, now)), ..open(before) })
            }
            Announcement::Replace { exists, previous } => {
                let wanted = task.goal.config().into_iter().cloned().chain(previous.clone());
                Some(Self {
                    sync_created_time: *exists,
                    configuration: previous.clone(),
                    making: Some(Making::begun(before, wanted, now)),
                    ..open(before)
                })
            }
        }
    }
}

impl Making {
    /// Begins one, or goes on from the one that stands.
    fn begun(before: Option<&Entry>, wanted: impl Iterator<Item = Config>, now: UtcDateTime) -> Self {
        let earlier = before.and_then(|entry| entry.making.as_ref());
        let mut configurations: Vec<Config> = Vec::new();
        for config in wanted.chain(earlier.into_iter().flat_map(|making| making.configurations.iter().cloned())) {
            if !configurations.contains(&config) {
                configurations.push(config);
            }
        }
        Self { since: earlier.map_or(now, |making| making.since), until: now + MAKING_LASTS, configurations }
    }
}

impl TaskOutcome {
    /// What a closing writes of this task's sync; `None`: nothing.
    fn entry(&self, before: Option<&Entry>, opened: Option<&Entry>, closing: &Closing<'_>) -> Option<Entry> {
        let as_it_was = || match closing.request.request_type {
            RequestType::Delete => opened.cloned(),
            RequestType::Create | RequestType::Update => before.cloned(),
        };
        let exists = |created: Option<UtcDateTime>, config: Option<&Config>| Entry {
            state: EntryState::Open,
            request_id: closing.request.request_id.clone(),
            sync_created_time: created,
            configuration: config.cloned(),
            making: None,
            foreign: opened.is_some_and(|entry| entry.foreign),
        };
        match (&self.left, &self.task.goal) {
            (_, Goal::LetGo) if closing.is_success => opened.cloned(),
            (_, Goal::Forget) if closing.is_success => None,
            (_, Goal::LetGo | Goal::Forget) => before.cloned(),
            (Left::Gone, _) => None,
            (Left::AsWanted { listed, .. }, Goal::Present { config, then, .. }) if closing.is_success => {
                Some(Entry::settled(closing.request, listed.created, config, *then == Then::GiveBack))
            }
            (Left::AsWanted { listed, .. }, Goal::Unchanged { config }) if closing.is_success => {
                Some(Entry::settled(closing.request, listed.created, config, true))
            }
            (Left::Closed, goal) if closing.is_success => {
                let exists = before.and_then(|entry| entry.sync_created_time);
                let is_looked_at = matches!(goal, Goal::Unchanged { .. } | Goal::Present { then: Then::GiveBack, .. });
                goal.config().map(|config| Entry::settled(closing.request, exists, config, is_looked_at))
            }
            (Left::AsWanted { listed, is_changed: true }, goal) => Some(exists(listed.created, goal.config())),
            (Left::Exists { created, config }, _) => Some(exists(*created, config.as_ref())),
            (Left::AsWanted { .. } | Left::Closed | Left::Untouched, _) => as_it_was(),
            (Left::Unknown, _) => opened.cloned(),
        }
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
        let sync_type = SyncType::parse(sync_type).ok_or_else(|| format!("{sync_type} is no type of sync"))?;
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
