//! What an event means: which syncs it is about, and what is to become of each. Nothing else decides that.
//!
//! From an event and the record to tasks, without asking SSM. How each is done is up to [`super::plan`]. Must never ask
//! for the deletion of a sync that no entry speaks of. Next: [`super::ownership`].

use crate::sync::SyncName;

use super::{
    change::{Change, Desired, Id},
    record::{Entry, Record, SyncKey},
    task::{Goal, Phase, Stance, StatusWanted, Task, Then},
};

/// The tasks of an event, in the order of their phases. `record` is the one that the event found.
#[must_use]
pub fn tasks(change: &Change, record: &Record) -> Vec<Task> {
    let mut tasks = match change {
        Change::Create { desired } => create(desired, record, &Entry::is_open),
        Change::Update { id, desired } => match id.meant(record) {
            Meant::Name(id) => update(id, desired, record),
            // Like a Create, going on from what that one has left.
            Meant::Create(request_id) => {
                create(desired, record, &|entry| entry.is_open() || Some(entry.request_id.as_str()) == request_id)
            }
        },
        Change::Delete { id, name, regions, retain } => {
            let names_its_create = matches!(id, Id::Failed { .. });
            let id = id.meant(record);
            let ends_resource = match &id {
                Meant::Name(id) => record.name.as_ref().is_none_or(|name| name == *id),
                Meant::Create(_) => record.name.is_none(),
            };
            // In the clean-up after a replacement, RetainRegions does not count for Regions that are still wanted.
            let is_kept = |key: &SyncKey| {
                matches!(&id, Meant::Name(id) if key.name == **id)
                    && retain.contains(&key.region)
                    && (ends_resource || !regions.contains(&key.region))
            };
            let is_settled_there = |key: &SyncKey, entry: &Entry| match &id {
                Meant::Name(id) => key.name == **id,
                Meant::Create(request_id) => {
                    Some(entry.request_id.as_str()) == *request_id
                        && (names_its_create || Some(&key.name) == name.as_ref())
                }
            };
            delete(record, &is_settled_there, &is_kept, ends_resource)
        }
    };
    tasks.sort_by_key(|task| task.phase);
    tasks
}

/// What an id stands for, by the record.
#[derive(Debug)]
enum Meant<'a> {
    Name(&'a SyncName),
    /// A Create that failed or whose response was not heard, by its request.
    Create(Option<&'a str>),
}

impl Id {
    fn meant<'a>(&'a self, record: &'a Record) -> Meant<'a> {
        match self {
            Self::Name(name) => Meant::Name(name),
            Self::PerhapsInvented(name) if record.syncs.keys().any(|key| key.name == *name) => Meant::Name(name),
            Self::Failed { request_id } => Meant::Create(Some(request_id)),
            Self::PerhapsInvented(_) | Self::Invented => Meant::Create(record.last_create.as_deref()),
        }
    }
}

/// A Create, or an Update that begins like one. What an earlier attempt left (`is_unfinished`) is gone on from where it
/// is wanted and removed where not; what was retained becomes `Foreign` (docs/behavior.md#create).
fn create(desired: &Desired, record: &Record, is_unfinished: &dyn Fn(&Entry) -> bool) -> Vec<Task> {
    let stance = |entry: &Entry| if is_unfinished(entry) { Stance::Own } else { Stance::RetainedBeforeCreate };
    let mut tasks = wanted(desired, record, &|_, entry| stance(entry));
    for (key, entry) in unwanted(desired, record) {
        let goal = if is_unfinished(entry) { Goal::Absent } else { Goal::LetGo };
        tasks.push(Task::removal(key, entry, goal));
    }
    tasks
}

/// An Update. The resource's present names are the id and the record's `Name` (docs/behavior.md#update).
fn update(id: &SyncName, desired: &Desired, record: &Record) -> Vec<Task> {
    let names = [Some(id), record.name.as_ref()];
    let stance = |key: &SyncKey, entry: &Entry| {
        let is_own =
            entry.is_open() || names.contains(&Some(&key.name)) || entry.request_id == record.request.request_id;
        if is_own { Stance::Own } else { Stance::Retained }
    };
    let mut tasks = wanted(desired, record, &|key, entry| {
        if entry.foreign { Stance::TakingOver } else { stance(key, entry) }
    });
    let keeps_name = desired.name == *id;
    let unheard_name = record.name.as_ref().filter(|name| *name != id);
    for (key, entry) in unwanted(desired, record) {
        let is_retained = desired.retain.contains(&key.region) && !desired.regions.contains(&key.region);
        let goal = if key.name == *id {
            match (is_retained, keeps_name) {
                (true, _) => Goal::LetGo,
                (false, true) => Goal::Absent,
                // A replacement under a new name: CloudFormation's clean-up is to come.
                (false, false) => continue,
            }
        } else if entry.is_open() || unheard_name == Some(&key.name) {
            Goal::Absent
        } else if key.name == desired.name {
            Goal::LetGo
        } else {
            continue;
        };
        tasks.push(Task::removal(key, entry, goal));
    }
    tasks
}

/// A Delete works from the record alone: it removes what is recorded under the id's name, or what that Create has
/// settled under the name in the properties, and what is `Open` (docs/behavior.md#delete).
fn delete(
    record: &Record,
    is_meant: &dyn Fn(&SyncKey, &Entry) -> bool,
    is_kept: &dyn Fn(&SyncKey) -> bool,
    ends_resource: bool,
) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (key, entry) in &record.syncs {
        if is_meant(key, entry) || entry.is_open() || entry.foreign && ends_resource {
            let goal = if entry.foreign || is_kept(key) { Goal::Forget } else { Goal::Absent };
            tasks.push(Task::removal(key, entry, goal));
        }
    }
    tasks
}

/// A task for each Region in which something is wanted.
fn wanted(desired: &Desired, record: &Record, stance: &dyn Fn(&SyncKey, &Entry) -> Stance) -> Vec<Task> {
    let status = if desired.wait_for_first_sync { StatusWanted::Successful } else { StatusWanted::First };
    let config = &desired.config;
    desired
        .regions
        .iter()
        .map(|region| {
            let key = SyncKey::of(region, config, &desired.name);
            let entry = record.syncs.get(&key).cloned();
            let is_known = entry.as_ref().is_some_and(|entry| !entry.foreign);
            let present = |then| Goal::Present { config: config.clone(), status, then };
            let (stance, goal) = match &entry {
                // What an earlier attempt has begun is finished first, even if that was to take over what is `Foreign`.
                Some(entry) if desired.adopt && entry.is_open() => (Stance::Own, present(Then::GiveBack)),
                Some(entry) if desired.adopt && !entry.foreign && stance(&key, entry) == Stance::Own => {
                    (Stance::Adopting, present(Then::GiveBack))
                }
                _ if desired.adopt => (Stance::Adopting, Goal::Unchanged { config: config.clone() }),
                Some(entry) => (stance(&key, entry), present(Then::Keep)),
                None => (Stance::Own, present(Then::Keep)),
            };
            let phase = if is_known { Phase::Change } else { Phase::Add };
            Task { key, entry, stance, goal, phase }
        })
        .collect()
}

/// The entries that are not wanted. `Foreign` ones are in nobody's way and stay.
fn unwanted<'a>(desired: &'a Desired, record: &'a Record) -> impl Iterator<Item = (&'a SyncKey, &'a Entry)> {
    record.syncs.iter().filter(|(key, entry)| {
        let is_wanted = key.name == desired.name
            && key.sync_type == desired.config.sync_type()
            && desired.regions.contains(&key.region);
        !is_wanted && !entry.foreign
    })
}
