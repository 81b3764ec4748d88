//! What an event asks for, in the policy's own terms.
//!
//! Must never depend on how CloudFormation writes it. Next: [`super::record`].

use std::collections::BTreeSet;

use crate::sync::{Config, Region, SyncName};

use super::{
    cause::PlaceFor,
    record::{Record, SyncKey},
};

#[derive(Clone, Debug)]
pub enum Change {
    Create {
        desired: Desired,
    },
    Update {
        id: Id,
        desired: Desired,
    },
    /// `name` and `regions` are those of the properties.
    Delete {
        id: Id,
        name: Option<SyncName>,
        regions: BTreeSet<Region>,
        retain: BTreeSet<Region>,
    },
}

impl Change {
    /// What the place was needed for, if there is none.
    #[must_use]
    pub fn place_for(&self, key: &SyncKey, record: &Record) -> PlaceFor {
        let has_other_type = || {
            record
                .syncs
                .keys()
                .any(|other| other.name == key.name && other.region == key.region && other.sync_type != key.sync_type)
        };
        let is_present = |name: &SyncName| *name != key.name && record.syncs.keys().any(|other| other.name == *name);
        match self {
            Self::Update { id: Id::Name(id) | Id::PerhapsInvented(id), .. } if is_present(id) => PlaceFor::NewName,
            Self::Update { .. } if has_other_type() => PlaceFor::NewType,
            _ => PlaceFor::NewSync,
        }
    }
}

/// What the properties of a Create or Update say.
#[derive(Clone, Debug)]
pub struct Desired {
    pub name: SyncName,
    pub config: Config,
    /// Never empty.
    pub regions: BTreeSet<Region>,
    /// `AdoptExisting`.
    pub adopt: bool,
    pub retain: BTreeSet<Region>,
    pub wait_for_first_sync: bool,
}

/// What the physical id of an event can stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Id {
    Name(SyncName),
    /// It looks like an id that CloudFormation invented, and is one unless an entry has it as a name.
    PerhapsInvented(SyncName),
    /// The id of a failed Create, by its request.
    Failed {
        request_id: String,
    },
    /// An id that CloudFormation invented for a Create that was cancelled or never responded to, or no id at all.
    Invented,
}
