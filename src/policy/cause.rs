//! Why a task was not done, as data; [`crate::messages`] puts it into words.
//!
//! Must never hold a sentence for people. Next: [`super::table_error`].

use crate::sync::{CallError, Config, Difference, ErrorKind, Listed, Operation, Region, SyncName};

use super::{table_error::TableError, wait::WaitReason};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call to SSM failed. The configuration is the one that was asked for, if any.
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
    /// Created, but not listed within two minutes.
    NeverListed,
    /// Created and listed, then gone.
    Vanished,
    /// Deleted, but still listed after two minutes.
    NeverDeleted,
    FirstSyncFailed {
        config: Config,
        message: Option<String>,
    },
    SourceState {
        state: String,
        config: Config,
    },
    /// What exists needs more than this event has announced in the record. The next event will see it.
    Unannounced,
    /// The ownership table can't be used.
    Table(TableError),
    OutOfTime {
        waiting_for: WaitingFor,
        last: Option<Box<Cause>>,
    },
}

impl Cause {
    /// Did SSM refuse a delete with an unknown code?
    pub(super) fn is_delete_with_unknown_code(&self) -> bool {
        let Self::Call { error, .. } = self else { return false };
        error.operation() == Operation::Delete && error.kind() == Some(ErrorKind::UnknownCode)
    }
}

/// The owner of the sync that has the name, by the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// No record speaks of it.
    Nobody,
    /// The records could not be read.
    Unknown,
    Resource {
        stack_id: String,
        logical_id: String,
        resource: String,
        relation: Relation,
    },
    /// This resource retained it earlier.
    Retained,
    /// Another client has replaced this resource's own sync.
    MadeAgain,
}

/// How the other resource is related to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    OtherStack,
    SameStack,
}

/// What the place in the quota was needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceFor {
    NewSync,
    /// A replacement under a new name, while the present sync still holds its place.
    NewName,
    /// A new type, which is created before the old one is deleted.
    NewType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    Response(Operation),
    Wait(WaitReason),
}

/// What became of the previous configuration after the new one could not be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    Yes,
    No(Box<Cause>),
}

/// One task that failed, with what its text needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub name: SyncName,
    pub region: Region,
    pub cause: Cause,
    pub restored: Option<Restored>,
    /// The task was to remove the sync.
    pub is_removal: bool,
}
