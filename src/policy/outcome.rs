//! How a task ended and what exists now: what the closing records and the response reports.
//!
//! [`crate::reconcile`] fills it in. Must never call a sync gone that may still appear. Next: [`super::opening`].

use time::UtcDateTime;

use crate::sync::{Config, Listed};

use super::{
    cause::{Cause, Failure, PlaceFor, Restored},
    progress::{Attempt, Progress, Seen},
    task::{Goal, Task},
};

/// How the work on a task ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Settled(Listed),
    /// Settled, though SSM has not reported a first status yet.
    NoStatusYet(Listed),
    /// The Region is closed to the account, and what is wanted was settled there earlier.
    RegionClosed,
    /// Removed, let go of, or forgotten.
    Done,
    /// The listed sync is not ours and was left as it is.
    LeftAlone(Listed),
    Failed(Cause),
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
    NothingOfOurs,
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
        End::Done | End::LeftAlone(_) => Left::NothingOfOurs,
        End::Failed(_) => left_by_failure(task, progress),
    }
}

fn left_by_failure(task: &Task, progress: &Progress) -> Left {
    let is_gone = progress.seen == Seen::NothingOfOurs;
    if progress.is_earlier_create_open {
        return Left::Unknown;
    }
    match (progress.created, progress.updated, progress.deleted) {
        (Attempt::None, Attempt::None, Attempt::None) => Left::Untouched,
        (Attempt::None, Attempt::None, Attempt::Accepted) if is_gone && task.goal != Goal::Absent => {
            Left::NothingOfOurs
        }
        (Attempt::Accepted, _, _) if is_gone && progress.is_created_seen => Left::NothingOfOurs,
        (Attempt::Accepted, _, _) | (_, Attempt::Accepted, _) => match &progress.seen {
            Seen::Ours { created, config } => Left::Exists { created: *created, config: config.clone() },
            _ => Left::Unknown,
        },
        _ => Left::Unknown,
    }
}
