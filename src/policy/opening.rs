//! The write before the work: it announces all that an event is going to touch (docs/behavior.md#an-event).
//!
//! Must never drop what may still take effect of what an earlier opening announced. Next: [`super::closing`].

use std::collections::BTreeMap;

use time::{Duration, UtcDateTime};

use crate::sync::Config;

use super::{
    record::{Entry, EntryState, Making, Record, RequestKey, SyncKey},
    task::Task,
};

/// How long a Create may take effect after the opening that announced it.
const MAKING_LASTS: Duration = Duration::minutes(20);

/// What one task is about to do, by its first look.
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
    /// The entries with all that an event is going to touch; `None` if that is nothing.
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
}

impl Entry {
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
            // An earlier Create that may take effect has made the sync that is updated: its `Making` is over.
            Announcement::Update { exists } => {
                Some(Self { sync_created_time: *exists, configuration: None, making: None, ..open(before) })
            }
            Announcement::Create => {
                // An entry for a foreign sync that is missing says nothing about the one that is made now.
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
    /// Begins one, or goes on from the entry's own.
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
