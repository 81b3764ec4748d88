//! The write after the work: what exists now, for every way in which a task can end (docs/behavior.md#an-event).
//!
//! Must never drop an entry whose sync may still appear. Next: `stored`.

use std::collections::BTreeMap;

use time::UtcDateTime;

use crate::sync::{Config, SyncName};

use super::{
    outcome::{Left, TaskOutcome},
    record::{Entry, EntryState, Record, RequestKey, RequestType, State, SyncKey},
    task::{Goal, Then},
};

/// What a closing needs to know besides the outcomes.
#[derive(Debug)]
pub struct Closing<'a> {
    pub request: &'a RequestKey,
    pub is_success: bool,
    /// The name that a Create or Update succeeded with.
    pub name: Option<&'a SyncName>,
    /// The old name, if an Update has succeeded under a new one.
    pub left_to_clean_up: Option<&'a SyncName>,
    pub now: UtcDateTime,
}

impl Record {
    /// The record with what exists now, but without the response. `before` is what the event found, `self` what it
    /// wrote last.
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
                next.last_create = None;
            }
        }
        next.state =
            if outcomes.iter().any(|outcome| outcome.is_outcome_unknown) { State::Working } else { State::Done };
        next.expires = next.expiry(closing.now);
        next
    }

    /// After a replacement under a new name, CloudFormation deletes what has the old one. If it retains that instead,
    /// the entry must not look as if it had been left open.
    fn leave_to_clean_up(&mut self, old: &SyncName, request_id: &str) {
        for (_, entry) in self.syncs.iter_mut().filter(|(key, _)| key.name == *old) {
            if entry.sync_created_time.is_some() && entry.making.is_none() && !entry.foreign {
                entry.state = EntryState::Settled;
                request_id.clone_into(&mut entry.request_id);
            }
        }
    }
}

impl Entry {
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
}

impl TaskOutcome {
    /// The entry that a closing writes for this task's sync; `None` drops it.
    fn entry(&self, before: Option<&Entry>, opened: Option<&Entry>, closing: &Closing<'_>) -> Option<Entry> {
        let as_it_was = || match closing.request.request_type {
            RequestType::Delete => opened.cloned(),
            RequestType::Create | RequestType::Update => before.cloned(),
        };
        let existing = |created: Option<UtcDateTime>, config: Option<&Config>| Entry {
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
            (Left::NothingOfOurs, _) => None,
            (Left::AsWanted { listed, .. }, Goal::Present { config, then, .. }) if closing.is_success => {
                Some(Entry::settled(closing.request, listed.created, config, *then == Then::GiveBack))
            }
            (Left::AsWanted { listed, .. }, Goal::Unchanged { config }) if closing.is_success => {
                Some(Entry::settled(closing.request, listed.created, config, true))
            }
            (Left::RegionClosed, goal) if closing.is_success => {
                let exists = before.and_then(|entry| entry.sync_created_time);
                let is_foreign = matches!(goal, Goal::Unchanged { .. } | Goal::Present { then: Then::GiveBack, .. });
                goal.config().map(|config| Entry::settled(closing.request, exists, config, is_foreign))
            }
            (Left::AsWanted { listed, is_changed: true }, goal) => Some(existing(listed.created, goal.config())),
            (Left::Exists { created, config }, _) => Some(existing(*created, config.as_ref())),
            (Left::AsWanted { .. } | Left::RegionClosed | Left::Untouched, _) => as_it_was(),
            (Left::Unknown, _) => opened.cloned(),
        }
    }
}
