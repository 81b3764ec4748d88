//! The four resource-data-sync operations of SSM, for every Region of one account.
//!
//! A pure state machine: the time comes with each call, and the same calls give the same outcomes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call_log::{Change, Refusal};
use super::fault::Op;
use super::sync::{Script, Sync, SyncType, Wording};
use super::{Done, model};

const SYNCS_MAX: usize = 5;
const INVALID: &str = "ResourceDataSyncInvalidConfigurationException";

#[derive(Debug)]
pub struct Ssm {
    /// Items a page of List.
    pub page_size: usize,
    pub lag: Lag,
    pub wording: Wording,
    /// Whether Create counts before it looks for the name.
    pub count_first: bool,
    /// The first sync of everything that is created from now on,
    pub first_sync: Script,
    /// except under these names.
    pub first_sync_of: BTreeMap<String, Script>,
    /// `SyncSource.State` of every source that is created or updated from now on.
    pub source_state: Option<String>,
    regions: BTreeMap<String, Region>,
    /// What pages have left for the next, under the tokens that are made of their numbers.
    rests: Vec<Vec<Value>>,
}

/// How many milliseconds it takes until a change is seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lag {
    /// Until List shows a new sync,
    pub creations_ms: u64,
    /// an update,
    pub updates_ms: u64,
    /// and no longer a deleted sync.
    pub deletions_ms: u64,
    /// Until Create finds the name and the place of a deleted sync free.
    pub release_ms: u64,
}

#[derive(Debug, Default)]
struct Region {
    syncs: Vec<Sync>,
    /// Syncs that were deleted, and when.
    deleted: Vec<(u64, Sync)>,
    /// Syncs as they were before an update, and until when.
    updated: Vec<(u64, Sync)>,
}

impl Default for Ssm {
    fn default() -> Self {
        Self {
            page_size: 2,
            lag: Lag::default(),
            wording: Wording::default(),
            count_first: false,
            first_sync: Script::settles(),
            first_sync_of: BTreeMap::new(),
            source_state: None,
            regions: BTreeMap::new(),
            rests: Vec::new(),
        }
    }
}

impl Ssm {
    /// What is truly there, in the order in which it was made.
    pub fn syncs(&self, region: &str) -> &[Sync] {
        self.regions.get(region).map_or(&[], |place| place.syncs.as_slice())
    }

    pub fn sync(&self, region: &str, name: &str) -> Option<&Sync> {
        self.syncs(region).iter().find(|sync| sync.name == name)
    }

    /// Every sync of every Region.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Sync)> {
        self.regions.iter().flat_map(|(region, place)| place.syncs.iter().map(move |sync| (region.as_str(), sync)))
    }

    /// Another client makes a sync, or replaces the one of that name. `sync` is what `CreateResourceDataSync` takes, and its
    /// first sync has long succeeded.
    pub fn foreign_create(&mut self, now_ms: u64, region: &str, sync: &Value) {
        if let Some(violation) = model::violation(Op::Create.name(), sync) {
            panic!("another client's sync must be a valid one: {violation}");
        }
        let sync_type = SyncType::of(sync).expect("a known type");
        let made = self.made(now_ms, sync_type, sync);
        self.foreign_delete(region, &made.name);
        let made = Sync { script: Script::successful(), ..made };
        self.place(region).syncs.push(made);
    }

    pub fn foreign_delete(&mut self, region: &str, name: &str) -> Option<Sync> {
        let syncs = &mut self.place(region).syncs;
        let index = syncs.iter().position(|sync| sync.name == name)?;
        Some(syncs.remove(index))
    }

    /// Another client gives a sync another configuration. False if there is no such sync.
    pub fn foreign_update(&mut self, now_ms: u64, region: &str, name: &str, configuration: Value) -> bool {
        let Some(sync) = self.sync_mut(region, name) else { return false };
        sync.configuration = configuration;
        sync.modified_ms = now_ms;
        true
    }

    pub fn sync_mut(&mut self, region: &str, name: &str) -> Option<&mut Sync> {
        self.place(region).syncs.iter_mut().find(|sync| sync.name == name)
    }

    pub fn serve(&mut self, now_ms: u64, region: &str, op: Op, body: &Value) -> Done {
        let sync_type = SyncType::of(body)
            .ok_or_else(|| Refusal::new(INVALID, format!("SyncType {} is not supported.", body["SyncType"])))?;
        match op {
            Op::Create => self.create(now_ms, region, sync_type, body),
            Op::Update => self.update(now_ms, region, sync_type, body),
            Op::Delete => self.delete(now_ms, region, sync_type, body),
            _ => Ok((self.list(now_ms, region, sync_type, body)?, None)),
        }
    }

    fn list(&mut self, now_ms: u64, region: &str, sync_type: SyncType, body: &Value) -> Result<Value, Refusal> {
        let mut items = match &body["NextToken"] {
            Value::Null => self.view(now_ms, region, sync_type),
            token => {
                let mut rests = self.rests.iter().enumerate();
                let rest = rests.find(|(number, _)| *token == token_of(*number));
                rest.ok_or_else(|| Refusal::new("InvalidNextToken", "The specified token isn't valid."))?.1.clone()
            }
        };
        let rest = items.split_off(self.page_size.min(items.len()));
        let mut page = json!({ "ResourceDataSyncItems": items });
        if !rest.is_empty() {
            page["NextToken"] = json!(token_of(self.rests.len()));
            self.rests.push(rest);
        }
        Ok(page)
    }

    /// What List shows of a Region, and one look at it.
    fn view(&mut self, now_ms: u64, region: &str, sync_type: SyncType) -> Vec<Value> {
        let (lag, wording) = (self.lag, self.wording);
        let mut items = Vec::new();
        let is_shown = |sync: &Sync| sync.sync_type == sync_type && sync.created_ms + lag.creations_ms <= now_ms;
        let Region { syncs, deleted, updated } = self.place(region);
        for sync in syncs.iter_mut().filter(|sync| is_shown(sync)) {
            let is_lagging = |(at_ms, before): &&(u64, Sync)| before.is_same(sync) && at_ms + lag.updates_ms > now_ms;
            let before = updated.iter().find(is_lagging).map(|(_, before)| before);
            items.push(before.unwrap_or(sync).item(&wording));
            sync.looks += 1;
        }
        for (at_ms, sync) in deleted.iter().filter(|(_, sync)| is_shown(sync)) {
            let is_lagging = at_ms.saturating_add(lag.deletions_ms) > now_ms;
            if is_lagging && items.iter().all(|item| item["SyncName"] != json!(sync.name)) {
                items.push(sync.item(&wording));
            }
        }
        items
    }

    fn create(&mut self, now_ms: u64, region: &str, sync_type: SyncType, body: &Value) -> Done {
        let sync = self.made(now_ms, sync_type, body);
        let (count_first, release_ms) = (self.count_first, self.lag.release_ms);
        let place = self.place(region);
        let held: Vec<&Sync> = place.held(now_ms, release_ms).collect();
        // A sync of one type leaves its name free for one of the other.
        let is_taken = held.iter().any(|held| held.name == sync.name && held.sync_type == sync_type);
        if held.len() >= SYNCS_MAX && (count_first || !is_taken) {
            return Err(Refusal::new(
                "ResourceDataSyncCountExceededException",
                "You have exceeded the allowed maximum sync configurations.",
            ));
        }
        if is_taken {
            return Err(Refusal::new("ResourceDataSyncAlreadyExistsException", "")
                .without_message()
                .with("SyncName", sync.name.as_str()));
        }
        check_configuration(sync_type, body)?;
        place.syncs.push(sync.clone());
        Ok((json!({}), Some(Change::Created(sync))))
    }

    fn update(&mut self, now_ms: u64, region: &str, sync_type: SyncType, body: &Value) -> Done {
        if sync_type == SyncType::ToDestination {
            return Err(Refusal::new(INVALID, "Only a resource data sync of type SyncFromSource can be updated."));
        }
        let state = self.source_state.clone();
        let place = self.place(region);
        let index = place.find(body, sync_type)?;
        check_configuration(sync_type, body)?;
        let before = place.syncs[index].clone();
        let wanted = &body["SyncSource"];
        for fixed in ["/SourceType", "/AwsOrganizationsSource/OrganizationSourceType"] {
            if wanted.pointer(fixed) != before.configuration.pointer(fixed) {
                let member = fixed.rsplit('/').next().unwrap_or_default();
                return Err(Refusal::new(INVALID, format!("{member} of a resource data sync cannot be changed.")));
            }
        }
        let after = Sync { configuration: wanted.clone(), modified_ms: now_ms, state, ..before.clone() };
        place.syncs[index] = after.clone();
        place.updated.push((now_ms, before.clone()));
        Ok((json!({}), Some(Change::Updated { before, after })))
    }

    fn delete(&mut self, now_ms: u64, region: &str, sync_type: SyncType, body: &Value) -> Done {
        let place = self.place(region);
        let index = place.find(body, sync_type)?;
        let sync = place.syncs.remove(index);
        place.deleted.push((now_ms, sync.clone()));
        Ok((json!({}), Some(Change::Deleted(sync))))
    }

    fn made(&self, now_ms: u64, sync_type: SyncType, body: &Value) -> Sync {
        let name = body["SyncName"].as_str().unwrap_or_default();
        Sync {
            name: name.to_owned(),
            sync_type,
            configuration: body[sync_type.member()].clone(),
            created_ms: now_ms,
            modified_ms: now_ms,
            state: self.source_state.clone().filter(|_| sync_type == SyncType::FromSource),
            script: self.first_sync_of.get(name).unwrap_or(&self.first_sync).clone(),
            looks: 0,
            succeeded_ms: None,
        }
    }

    fn place(&mut self, region: &str) -> &mut Region {
        self.regions.entry(region.to_owned()).or_default()
    }
}

impl Region {
    /// What is there, and what was there until a short time ago: each holds its name and place.
    fn held(&self, now_ms: u64, release_ms: u64) -> impl Iterator<Item = &Sync> {
        let released = self.deleted.iter().filter(move |(at_ms, _)| at_ms + release_ms > now_ms);
        self.syncs.iter().chain(released.map(|(_, sync)| sync))
    }

    fn find(&self, body: &Value, sync_type: SyncType) -> Result<usize, Refusal> {
        let name = body["SyncName"].as_str().unwrap_or_default();
        self.syncs.iter().position(|sync| sync.name == name && sync.sync_type == sync_type).ok_or_else(|| {
            Refusal::new("ResourceDataSyncNotFoundException", "The specified sync name wasn't found.")
                .with("SyncName", name)
                .with("SyncType", sync_type.name())
        })
    }
}

/// The service takes the configuration of the type, and only it.
fn check_configuration(sync_type: SyncType, body: &Value) -> Result<(), Refusal> {
    let is_fit = |each: SyncType| body[each.member()].is_null() == (each != sync_type);
    if [SyncType::ToDestination, SyncType::FromSource].into_iter().all(is_fit) {
        return Ok(());
    }
    Err(Refusal::new(INVALID, format!("{}, and only it, is required for {}.", sync_type.member(), sync_type.name())))
}

fn token_of(number: usize) -> String {
    format!("AAEAA{number:016x}==")
}
