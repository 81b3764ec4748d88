//! How a task ended and what exists now: what the closing records and the response reports.
//!
//! [`crate::reconcile`] fills it in. Must never call a sync gone that may still appear. Next: [`super::record`].

use std::time::Duration;

use time::UtcDateTime;

use crate::sync::{Config, Listed, Operation};

use super::{
    cause::{Cause, Failure, PlaceFor, Restored},
    task::{Goal, Task},
    wait::CALL_LANDS_WITHIN_S,
};

/// How the work on a task ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Settled(Listed),
    /// Settled, though SSM has not reported a first status yet.
    NoStatusYet(Listed),
    /// The Region is closed to the account, and what is wanted was settled there earlier.
    RegionClosed,
    Gone,
    /// The listed sync is not ours and was left as it is.
    LeftAlone(Listed),
    Failed(Cause),
}

/// What this event has done to a sync, and what List showed last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub created: Attempt,
    pub updated: Attempt,
    pub deleted: Attempt,
    /// The sync that this event deleted last.
    pub deleting: Option<Deleting>,
    /// What was created before the restore may exist, or still appear.
    pub is_earlier_create_open: bool,
    /// The configuration of what was deleted.
    pub previous: Option<Config>,
    /// A Create was sent.
    pub has_tried_create: bool,
    /// SSM responded `AlreadyExists` to the last Create.
    pub is_name_refused: bool,
    /// The last call whose outcome is not known.
    pub unresolved: Option<Unresolved>,
    /// What List has shown since the last call that changed something; `None`: not listed since.
    pub seen: Option<Option<Seen>>,
    /// List has shown the sync that this event created.
    pub is_created_seen: bool,
    /// When that was created. One with another time is another client's.
    pub created_time: Option<UtcDateTime>,
}

/// A call whose outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unresolved {
    pub operation: Operation,
    pub sent_at: UtcDateTime,
    /// Another call was sent after it, so what List shows could be the effect of either.
    pub is_followed: bool,
}

impl Progress {
    /// What was created is gone, or another is created in its place.
    pub fn forget_created(&mut self) {
        (self.created, self.updated) = (Attempt::None, Attempt::None);
        (self.is_created_seen, self.created_time) = (false, None);
    }

    /// May a call whose outcome is not known still take effect?
    #[must_use]
    pub fn is_call_under_way(&self, now: UtcDateTime) -> bool {
        self.unresolved.is_some_and(|call| now < call.sent_at + Duration::from_secs(CALL_LANDS_WITHIN_S))
    }

    /// Has SSM accepted the last delete?
    #[must_use]
    pub fn is_delete_accepted(&self) -> bool {
        self.deleting.is_some_and(|deleting| deleting.attempt == Attempt::Accepted)
    }

    /// Is it the sync that this event may have deleted?
    #[must_use]
    pub fn may_have_deleted(&self, listed: &Listed) -> bool {
        let is_it = |deleting: Deleting| listed.created.is_some() && listed.created == deleting.created;
        self.deleting.is_some_and(|deleting| deleting.attempt.may_have_been_done() && is_it(deleting))
    }

    /// Has this event changed nothing, for all that is known?
    #[must_use]
    pub fn is_nothing_done(&self) -> bool {
        [self.created, self.updated, self.deleted] == [Attempt::None; 3]
    }

    /// May a delete still hit what is created now?
    #[must_use]
    pub fn is_delete_under_way(&self, now: UtcDateTime) -> bool {
        self.is_call_under_way(now) && self.unresolved.is_some_and(|call| call.operation == Operation::Delete)
    }
}

/// A sync that is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleting {
    pub created: Option<UtcDateTime>,
    pub attempt: Attempt,
}

/// A listed sync of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub created: Option<UtcDateTime>,
    pub config: Option<Config>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// None, or each was refused for certain.
    #[default]
    None,
    Unknown,
    Accepted,
}

impl Attempt {
    #[must_use]
    pub const fn may_have_been_done(self) -> bool {
        matches!(self, Self::Unknown | Self::Accepted)
    }
}

/// What exists after the work.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    AsWanted {
        listed: Listed,
        is_changed: bool,
    },
    /// Ours, but not known to be as wanted.
    Exists {
        created: Option<UtcDateTime>,
        config: Option<Config>,
    },
    /// Removed, left to another owner, or refused and never created.
    Gone,
    /// Nothing was begun, or every call was refused for certain.
    Untouched,
    RegionClosed,
    Unknown,
}

/// A task, how it ended, and what exists now.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskOutcome {
    pub task: Task,
    /// `None`: not begun.
    pub end: Option<End>,
    pub left: Left,
    pub restored: Option<Restored>,
    pub is_outcome_unknown: bool,
}

impl TaskOutcome {
    /// `restored` is how the restore ended, if there was one; `progress` covers both.
    #[must_use]
    pub fn new(task: Task, end: End, progress: &Progress, restored: Option<End>, now: UtcDateTime) -> Self {
        let left = left(&task, &end, progress, restored.as_ref());
        let restored = restored.map(|end| match end {
            End::Failed(cause) => Restored::No(Box::new(cause)),
            _ => Restored::Yes,
        });
        let is_outcome_unknown = progress.is_call_under_way(now);
        Self { task, end: Some(end), left, restored, is_outcome_unknown }
    }

    /// A task for which nothing was changed.
    #[must_use]
    pub fn untouched(task: Task, end: Option<End>) -> Self {
        Self { task, end, left: Left::Untouched, restored: None, is_outcome_unknown: false }
    }

    #[must_use]
    pub const fn is_failed(&self) -> bool {
        matches!(self.end, Some(End::Failed(_)))
    }

    /// `AdoptExisting`: the sharing that the properties ask for, if List does not show it.
    #[must_use]
    pub fn unseen_sharing(&self) -> Option<&str> {
        let (Goal::Unchanged { config: Config::ToDestination(asked) }, Some(End::Settled(listed))) =
            (&self.task.goal, &self.end)
        else {
            return None;
        };
        let is_shown =
            matches!(&listed.config, Config::ToDestination(shown) if shown.destination_data_sharing_type.is_some());
        asked.destination_data_sharing_type.as_deref().filter(|_| !is_shown)
    }

    /// Says what the place was needed for, if there was none.
    pub fn set_needed_for(&mut self, needed: PlaceFor) {
        if let Some(End::Failed(Cause::Quota { needed_for, .. })) = &mut self.end {
            *needed_for = needed;
        }
    }

    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let Some(End::Failed(cause)) = &self.end else { return None };
        Some(Failure {
            name: self.task.key.name.clone(),
            region: self.task.key.region.clone(),
            cause: cause.clone(),
            restored: self.restored.clone(),
            is_removal: self.task.goal == Goal::Absent,
        })
    }
}

fn left(task: &Task, end: &End, progress: &Progress, restored: Option<&End>) -> Left {
    match restored.unwrap_or(end) {
        End::Settled(listed) | End::NoStatusYet(listed) if restored.is_some() => {
            Left::Exists { created: listed.created, config: progress.previous.clone() }
        }
        End::Settled(listed) | End::NoStatusYet(listed) => {
            let is_changed = progress.created.may_have_been_done() || progress.updated.may_have_been_done();
            Left::AsWanted { listed: listed.clone(), is_changed }
        }
        End::RegionClosed => Left::RegionClosed,
        End::Gone | End::LeftAlone(_) => Left::Gone,
        End::Failed(_) => left_by_failure(task, progress),
    }
}

fn left_by_failure(task: &Task, progress: &Progress) -> Left {
    let is_gone = progress.seen == Some(None);
    if progress.is_earlier_create_open {
        return Left::Unknown;
    }
    match (progress.created, progress.updated, progress.deleted) {
        (Attempt::None, Attempt::None, Attempt::None) => Left::Untouched,
        (Attempt::None, Attempt::None, Attempt::Accepted) if is_gone && task.goal != Goal::Absent => Left::Gone,
        (Attempt::Accepted, _, _) if is_gone && progress.is_created_seen => Left::Gone,
        (Attempt::Accepted, _, _) | (_, Attempt::Accepted, _) => match &progress.seen {
            Some(Some(seen)) => Left::Exists { created: seen.created, config: seen.config.clone() },
            _ => Left::Unknown,
        },
        _ => Left::Unknown,
    }
}
