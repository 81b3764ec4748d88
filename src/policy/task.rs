//! One sync, and what is to become of it.
//!
//! Must never say how it is done. Next: [`super::tasks`], which makes them.

use crate::sync::Config;

use super::record::{Entry, SyncKey};

/// Made by [`super::tasks`]; [`super::plan`] chooses its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub key: SyncKey,
    /// What the record says of it.
    pub entry: Option<Entry>,
    pub stance: Stance,
    pub goal: Goal,
    pub phase: Phase,
}

/// The phases of an event, in order. Within a phase, Regions are worked on side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Add,
    Change,
    Remove,
}

/// How the resource relates to the sync that its entry speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stance {
    Own,
    /// Retained earlier: fine as it is, and not to be changed.
    Retained,
    /// Retained earlier; a Create must not take it, since its rollback would delete it.
    RetainedBeforeCreate,
    /// A `Foreign` entry that an Update without `AdoptExisting` makes the resource's own.
    TakingOver,
    /// `AdoptExisting`.
    Adopting,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Goal {
    Present {
        config: Config,
        status: StatusWanted,
        then: Then,
    },
    Absent,
    /// `AdoptExisting`: it exists and agrees; nothing is changed.
    Unchanged {
        config: Config,
    },
    /// The entry becomes `Foreign`, the sync stays.
    LetGo,
    /// The entry goes, the sync stays.
    Forget,
}

/// When a sync that this event has created counts as settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusWanted {
    /// Listed; enough for a restore.
    Listed,
    /// A first status that is not `Failed`.
    First,
    /// `WaitForFirstSync`.
    Successful,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Keep,
    /// `AdoptExisting` was set on the resource's own sync.
    GiveBack,
}

impl Goal {
    /// The configuration that is wanted.
    #[must_use]
    pub const fn config(&self) -> Option<&Config> {
        match self {
            Self::Present { config, .. } | Self::Unchanged { config } => Some(config),
            Self::Absent | Self::LetGo | Self::Forget => None,
        }
    }
}

impl Task {
    /// Has the sync ever been listed?
    #[must_use]
    pub fn was_seen(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.sync_created_time.is_some())
    }

    pub(super) fn removal(key: &SyncKey, entry: &Entry, goal: Goal) -> Self {
        Self { key: key.clone(), entry: Some(entry.clone()), stance: Stance::Own, goal, phase: Phase::Remove }
    }
}
