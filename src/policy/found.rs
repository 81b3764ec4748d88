//! What List shows under a task's key, seen from this resource: whose it is by the record, and by what this event has
//! done.
//!
//! Must never make a sync ours that [`super::ownership`] does not. Next: [`super::step`].

use crate::sync::Listed;

use super::{
    cause::Owner,
    ownership::{Known, Verdict, verdict},
    progress::{Attempt, Progress},
    record::Entry,
    task::Task,
};

/// What List shows under the task's key.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    NotLookedYet,
    Absent,
    /// The sync that this event has deleted.
    Deleted(Listed),
    Ours(Listed, Known),
    /// Ours, unless a record of another resource speaks of it.
    OursUnlessOwned(Listed),
    NotOurs(Listed, Owner),
}

impl Found {
    /// What is listed. `opened` is the entry as this event opened it, `asked` the owner by the other records:
    /// `Some(None)` if they were asked and none speaks of it.
    #[must_use]
    pub fn of(
        listed: Listed,
        task: &Task,
        opened: Option<&Entry>,
        progress: &Progress,
        asked: Option<Option<Owner>>,
    ) -> Self {
        if progress.may_have_deleted(&listed) {
            return Self::Deleted(listed);
        }
        // Until a Create of this event may have taken effect, only the entry that the event found counts.
        let entry = if progress.may_have_created { opened } else { task.entry.as_ref() };
        let is_another = progress.created_time.is_some() && progress.created_time != listed.created;
        match verdict(task.stance, entry, &listed) {
            // Another client has replaced what this event created.
            Verdict::Ours(_) | Verdict::OursUnlessOwned(_) if is_another => Self::NotOurs(listed, Owner::Nobody),
            Verdict::Ours(known) => Self::Ours(listed, known),
            Verdict::OursUnlessOwned(known) if progress.created == Attempt::Accepted => Self::Ours(listed, known),
            Verdict::OursUnlessOwned(known) => match asked {
                Some(None) => Self::Ours(listed, known),
                Some(Some(owner)) => Self::NotOurs(listed, owner),
                None => Self::OursUnlessOwned(listed),
            },
            Verdict::NotOurs => {
                let was_ours = entry.is_some_and(|entry| !entry.foreign && entry.sync_created_time.is_some());
                let owner = if was_ours { Owner::MadeAgain } else { Owner::Nobody };
                Self::NotOurs(listed, owner)
            }
        }
    }
}
