//! Whose each sync truly is, by what was seen on the wire: what the function cannot know, and is held against.

use std::collections::{BTreeMap, BTreeSet};

use crate::fake::{
    call_log::{Call, Outcome},
    fault::Op,
    sync::Sync,
};

/// One sync of one Region: a name may be made again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SyncId {
    pub region: String,
    pub type_name: &'static str,
    pub name: String,
    pub created_ms: u64,
}

impl SyncId {
    pub fn new(region: &str, sync: &Sync) -> Self {
        Self {
            region: region.to_owned(),
            type_name: sync.sync_type.name(),
            name: sync.name.clone(),
            created_ms: sync.created_ms,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Of the resource with this record.
    Resource(String),
    /// That resource has let go of it, by the policy Retain or by `RetainRegions`: it stays.
    Retained(String),
    /// Another client's, given back, or of a resource whose record somebody deleted.
    Nobody,
}

/// A change or a removal of a sync that existed.
#[derive(Clone, Debug)]
pub struct Touch {
    /// The index of the call, and of the call as it was sent.
    pub call: usize,
    pub sent: usize,
    /// The index of the event that sent it.
    pub sender: usize,
    pub sync: SyncId,
    pub is_allowed: bool,
}

#[derive(Debug, Default)]
pub struct Ledger {
    owners: BTreeMap<SyncId, Owner>,
    /// Which resources have a sync by `AdoptExisting`, and may take it over.
    adopted: BTreeMap<SyncId, BTreeSet<String>>,
    /// Which resource has let go of it by `RetainRegions`, and may take it back in an Update that has the Region again.
    let_go: BTreeMap<SyncId, String>,
    /// What was retained, and is wanted again by a deployment that is not over.
    wanted_again: BTreeSet<SyncId>,
}

impl Ledger {
    pub fn owner(&self, id: &SyncId) -> Owner {
        self.owners.get(id).cloned().unwrap_or(Owner::Nobody)
    }

    /// Is it one that was retained, and is wanted again by a deployment that is not over?
    pub fn is_wanted_again(&self, id: &SyncId) -> bool {
        self.wanted_again.contains(id)
    }

    /// Has a resource it by `AdoptExisting`, or had? Then it holds what List does not show, whatever was asked for.
    pub fn was_adopted(&self, id: &SyncId) -> bool {
        self.adopted.contains_key(id)
    }

    /// May this resource change that sync?
    pub fn may_change(&self, id: &SyncId, resource: &str) -> bool {
        match self.owner(id) {
            Owner::Resource(owner) => owner == resource,
            Owner::Retained(_) | Owner::Nobody => {
                self.adopted.get(id).is_some_and(|resources| resources.contains(resource))
                    || self.let_go.get(id).is_some_and(|let_go| let_go == resource)
            }
        }
    }

    pub fn set(&mut self, id: &SyncId, owner: Owner) {
        self.owners.insert(id.clone(), owner);
    }

    /// A Create or Update of this resource has succeeded, and this sync is as it wants it.
    pub fn succeeded(&mut self, id: &SyncId, resource: &str, adopts: bool) {
        if adopts {
            self.adopted.entry(id.clone()).or_default().insert(resource.to_owned());
            if self.owner(id) == Owner::Resource(resource.to_owned()) {
                self.set(id, Owner::Nobody);
            }
        } else if self.adopted.get_mut(id).is_some_and(|adopted| adopted.remove(resource))
            || self.let_go.remove(id).is_some_and(|let_go| let_go == resource)
        {
            self.set(id, Owner::Resource(resource.to_owned()));
        } else if matches!(self.owner(id), Owner::Retained(_)) {
            self.wanted_again.insert(id.clone());
        }
    }

    /// `RetainRegions` named its Region.
    pub fn lets_go(&mut self, id: &SyncId, resource: &str) {
        self.set(id, Owner::Retained(resource.to_owned()));
        self.let_go.insert(id.clone(), resource.to_owned());
    }

    /// A Delete has dropped what the record had under its id: what was let go of can't be taken back any more.
    pub fn deleted(&mut self, name: &str, resource: &str) {
        self.let_go.retain(|id, let_go| id.name != name || let_go != resource);
    }

    /// The deployment is over: what it wants again is the resource's own.
    pub fn wanted_again_is_owned(&mut self) {
        for id in std::mem::take(&mut self.wanted_again) {
            if let Some(Owner::Retained(resource)) = self.owners.get(&id).cloned() {
                self.set(&id, Owner::Resource(resource));
            }
        }
    }

    /// The record of this resource is gone: nobody can know any more what it had.
    pub fn forget(&mut self, resource: &str) {
        for owner in self.owners.values_mut() {
            if *owner == Owner::Resource(resource.to_owned()) || *owner == Owner::Retained(resource.to_owned()) {
                *owner = Owner::Nobody;
            }
        }
        for resources in self.adopted.values_mut() {
            resources.remove(resource);
        }
        self.let_go.retain(|_, let_go| let_go != resource);
    }
}

/// Has the record of this resource ever spoken of the sync that the call is about?
pub fn announces(calls: &[Call], resource: &str, call: &Call) -> bool {
    let sync_type = call.body["SyncType"].as_str().unwrap_or_default();
    let key = format!("{}/{sync_type}/{}", call.region, call.name().unwrap_or_default());
    calls.iter().any(|written| {
        let item = &written.body["Item"];
        written.op == Op::PutItem && item["Resource"]["S"] == resource && item["Syncs"]["M"].get(&key).is_some()
    })
}

/// The index of the call as its client sent it: what is carried out late was sent earlier.
pub fn sent(calls: &[Call], index: usize) -> usize {
    let call = &calls[index];
    let is_sending = |earlier: &Call| {
        !earlier.is_late
            && matches!(earlier.outcome, Outcome::Dropped | Outcome::Hung)
            && (earlier.op, &earlier.region, &earlier.body) == (call.op, &call.region, &call.body)
    };
    if call.is_late { calls[..index].iter().rposition(is_sending).unwrap_or(index) } else { index }
}
