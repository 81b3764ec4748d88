//! What an event has done to a sync so far, and what List has shown of that.
//!
//! Must never forget a call that may still take effect. Next: [`super::found`].

use std::time::Duration;

use time::UtcDateTime;

use crate::sync::{Config, Listed, Operation};

use super::wait::CALL_LANDS_WITHIN_S;

/// What this event has done to a sync, and what List showed last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub created: Attempt,
    pub updated: Attempt,
    pub deleted: Attempt,
    /// The sync that this event deleted last.
    pub deleting: Option<Deleting>,
    /// A Create of this event may have taken effect, before or during a restore.
    pub may_have_created: bool,
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
    /// What List has shown since the last call that changed something.
    pub seen: Seen,
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

/// What List has shown of a sync.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Seen {
    #[default]
    NotLookedYet,
    NothingOfOurs,
    Ours {
        created: Option<UtcDateTime>,
        config: Option<Config>,
    },
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
