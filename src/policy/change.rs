//! What an event asks for, in the policy's own terms.

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
    /// `name` and `regions` are those that the properties give.
    Delete {
        id: Id,
        name: Option<SyncName>,
        regions: BTreeSet<Region>,
        retain: BTreeSet<Region>,
    },
}

impl Change {
    /// What a sync that finds no place is needed for.
    #[must_use]
    pub fn place_for(&self, key: &SyncKey, record: &Record) -> PlaceFor {
        let has_other_type = || {
            record
                .syncs
                .keys()
                .any(|other| other.name == key.name && other.region == key.region && other.sync_type != key.sync_type)
        };
        match self {
            Self::Update { id: Id::Name(id) | Id::PerhapsInvented(id), .. } if *id != key.name => PlaceFor::NewName,
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

/// The physical id that an event comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Id {
    Name(SyncName),
    /// It looks like an id of CloudFormation's own: it is one where no entry bears it as a name.
    PerhapsInvented(SyncName),
    /// Of a failed Create, by its request.
    Failed {
        request_id: String,
    },
    /// CloudFormation's own, where a Create was cancelled or never answered; also none at all.
    Invented,
}
