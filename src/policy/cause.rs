//! Why a task was not done: data until [`crate::messages`] words it.

use crate::sync::{CallError, Config, Difference, ErrorKind, Listed, Operation, Region, SyncName};

use super::{table_error::TableError, wait::WaitReason};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call to SSM ended so. The configuration is the one that was asked for, if one was.
    Call {
        error: CallError,
        config: Option<Config>,
    },
    /// A sync of that name exists, and this resource may not change it. `None`: List does not show it.
    NameTaken {
        by: Option<Listed>,
        owner: Owner,
    },
    /// `AdoptExisting` needs a sync that exists.
    NothingToAdopt,
    /// `AdoptExisting` needs a sync that agrees with the properties.
    Differs(Vec<Difference>),
    Quota {
        error: CallError,
        held_by: Vec<Listed>,
        needed_for: PlaceFor,
    },
    /// Created, and not listed within two minutes.
    NeverListed,
    /// Created, listed, and gone again.
    Vanished,
    /// Deleted, and still listed after two minutes.
    NeverDeleted,
    FirstSyncFailed {
        config: Config,
        message: Option<String>,
    },
    SourceState {
        state: String,
        config: Config,
    },
    /// What exists needs more than this event has announced in the record: the next event sees it.
    Unannounced,
    /// The ownership table can't be used.
    Table(TableError),
    OutOfTime {
        waiting_for: WaitingFor,
        last: Option<Box<Cause>>,
    },
}

impl Cause {
    /// Has SSM responded to a delete that it does not carry it out, though with a code that is not known?
    pub(super) fn is_refused_delete(&self) -> bool {
        let Self::Call { error, .. } = self else { return false };
        error.operation() == Operation::Delete && error.kind() == Some(ErrorKind::UnknownCode)
    }
}

/// Whose sync it is that has the name, as far as the records say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// No record speaks of it.
    Nobody,
    /// The records could not be asked.
    Unknown,
    Resource {
        stack_id: String,
        logical_id: String,
        resource: String,
        relation: Relation,
    },
    /// This resource retained it earlier.
    Retained,
    /// This resource's own was replaced by one that another client made.
    MadeAgain,
}

/// The other resource, seen from this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    OtherStack,
    SameStack,
}

/// What the sync that finds no place is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceFor {
    NewSync,
    /// A replacement under a new name: the present sync still holds its place.
    NewName,
    /// The new type is made before the old one goes.
    NewType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    Answer(Operation),
    Wait(WaitReason),
}

/// What became of the configuration that stood before, where the new one could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    Yes,
    No(Box<Cause>),
}

/// One task that failed, and what the words need to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub name: SyncName,
    pub region: Region,
    pub cause: Cause,
    pub restored: Option<Restored>,
    /// The task was to remove the sync.
    pub is_removal: bool,
}
