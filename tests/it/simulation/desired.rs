//! What the author of a template wants, as data: drawn, written as properties, and compared with what SSM truly holds. Reads
//! nothing of the function's own code.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    env::REGION,
    fake::sync::{Sync, SyncType},
};

pub const NAMES: [&str; 2] = ["alpha", "beta"];
pub const REGIONS: [&str; 3] = [REGION, "us-east-1", "ap-south-1"];
const BUCKETS: [&str; 2] = ["logs", "archive"];
const SOURCE_REGIONS: [&str; 3] = ["eu-west-1", "us-west-2", "ca-central-1"];
const UNITS: [&str; 2] = ["ou-ab12-11111111", "ou-ab12-22222222"];
const KEYS: [&str; 2] = ["alias/logs", "key/0f6b3a10-c8a1-11f0-8e11-0242ac120002"];

/// One custom resource of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// `None`: generated.
    pub name: Option<&'static str>,
    pub config: Config,
    pub regions: BTreeSet<&'static str>,
    pub wait_for_first_sync: bool,
    pub adopt: bool,
    /// `RetainRegions`.
    pub retain: BTreeSet<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Config {
    Destination { bucket: &'static str, prefix: Option<&'static str>, key: Option<&'static str>, sharing: bool },
    Source { from: From, regions: BTreeSet<&'static str>, future_regions: bool, all_ops_data: Option<bool> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    Account,
    Organization,
    Units(BTreeSet<&'static str>),
}

impl Desired {
    pub fn draw(rng: &mut Rng) -> Self {
        Self {
            name: draw_name(rng),
            config: Config::draw(rng),
            regions: draw_regions(rng),
            wait_for_first_sync: rng.u8(..8) == 0,
            ..Self::to_bucket(NAMES[0], BUCKETS[0])
        }
    }

    /// A sync to a bucket, in one Region.
    pub fn to_bucket(name: &'static str, bucket: &'static str) -> Self {
        Self {
            name: Some(name),
            config: Config::Destination { bucket, prefix: None, key: None, sharing: false },
            regions: BTreeSet::from([REGION]),
            wait_for_first_sync: false,
            adopt: false,
            retain: BTreeSet::new(),
        }
    }

    /// Another version of the template: mostly a small change.
    pub fn changed(&self, rng: &mut Rng, outsiders: bool) -> Self {
        let mut next = self.clone();
        match rng.u8(..14) {
            0 => next.wait_for_first_sync = !next.wait_for_first_sync,
            1..=3 => next.name = draw_name(rng),
            4 | 5 => next.regions = draw_regions(rng),
            6 => next.config = Config::draw(rng),
            7 => {
                next.name = draw_name(rng);
                next.config.change(rng);
            }
            8 => {
                next.regions = draw_regions(rng);
                next.config.change(rng);
            }
            9 if outsiders && next.name.is_some() => next.adopt = !next.adopt,
            _ => next.config.change(rng),
        }
        next.adopt &= next.name.is_some();
        next
    }

    /// The properties as the template has them.
    pub fn properties(&self) -> Value {
        let mut properties = json!({ "Regions": self.regions });
        properties["SyncType"] = json!(self.config.sync_type().name());
        properties[self.config.sync_type().member()] = self.config.block();
        if let Some(name) = self.name {
            properties["SyncName"] = json!(name);
        }
        for (property, value) in [("WaitForFirstSync", self.wait_for_first_sync), ("AdoptExisting", self.adopt)] {
            if value {
                properties[property] = json!(true);
            }
        }
        if !self.retain.is_empty() {
            properties["RetainRegions"] = json!(self.retain);
        }
        properties
    }
}

impl Config {
    pub fn draw(rng: &mut Rng) -> Self {
        if rng.u8(..5) < 3 {
            Self::Destination {
                bucket: pick(rng, &BUCKETS),
                prefix: pick(rng, &[None, Some("ssm/")]),
                key: pick(rng, &[None, None, Some(KEYS[0]), Some(KEYS[1])]),
                sharing: rng.u8(..3) == 0,
            }
        } else {
            Self::Source {
                from: draw_from(rng),
                regions: some_of(rng, &SOURCE_REGIONS),
                future_regions: rng.bool(),
                all_ops_data: pick(rng, &[None, Some(true), Some(false)]),
            }
        }
    }

    pub fn change(&mut self, rng: &mut Rng) {
        match self {
            Self::Destination { bucket, prefix, key, sharing } => match rng.u8(..4) {
                0 => *bucket = pick(rng, &BUCKETS),
                1 => *prefix = if prefix.is_some() { None } else { Some("ssm/") },
                2 => *key = pick(rng, &[None, Some(KEYS[0]), Some(KEYS[1])]),
                _ => *sharing = !*sharing,
            },
            Self::Source { from, regions, future_regions, all_ops_data } => match rng.u8(..5) {
                0 => *from = draw_from(rng),
                1 | 2 => *regions = some_of(rng, &SOURCE_REGIONS),
                3 => *future_regions = !*future_regions,
                _ => *all_ops_data = pick(rng, &[None, Some(true), Some(false)]),
            },
        }
    }

    pub fn sync_type(&self) -> SyncType {
        match self {
            Self::Destination { .. } => SyncType::ToDestination,
            Self::Source { .. } => SyncType::FromSource,
        }
    }

    /// `S3Destination` or `SyncSource`, as SSM takes it.
    pub fn block(&self) -> Value {
        match self {
            Self::Destination { bucket, prefix, key, sharing } => {
                let mut block = json!({ "BucketName": bucket, "Region": REGION, "SyncFormat": "JsonSerDe" });
                if let Some(prefix) = prefix {
                    block["Prefix"] = json!(prefix);
                }
                if let Some(key) = key {
                    block["AWSKMSKeyARN"] = json!(format!("arn:aws:kms:{REGION}:123456789012:{key}"));
                }
                if *sharing {
                    block["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
                }
                block
            }
            Self::Source { from, regions, future_regions, all_ops_data } => {
                let mut block = json!({ "SourceRegions": regions, "IncludeFutureRegions": future_regions });
                from.write(&mut block);
                if let Some(all_ops_data) = all_ops_data {
                    block["EnableAllOpsDataSources"] = json!(all_ops_data);
                }
                block
            }
        }
    }

    /// What `CreateResourceDataSync` takes for it.
    pub fn request(&self, name: &str) -> Value {
        let sync_type = self.sync_type();
        json!({ "SyncName": name, "SyncType": sync_type.name(), sync_type.member(): self.block() })
    }

    /// Does the sync hold this, what List hides included?
    pub fn is_met_by(&self, sync: &Sync) -> bool {
        sync.sync_type == self.sync_type() && normal(&sync.configuration) == normal(&self.block())
    }
}

impl From {
    fn write(&self, source: &mut Value) {
        let organization = match self {
            Self::Account => {
                source["SourceType"] = json!("SingleAccountMultiRegions");
                return;
            }
            Self::Organization => json!({ "OrganizationSourceType": "EntireOrganization" }),
            Self::Units(units) => {
                let units: Vec<Value> = units.iter().map(|unit| json!({ "OrganizationalUnitId": unit })).collect();
                json!({ "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": units })
            }
        };
        source["SourceType"] = json!("AwsOrganizations");
        source["AwsOrganizationsSource"] = organization;
    }
}

/// The same words for the same thing: an absent boolean is what SSM makes of it, lists are sets, and slashes at the ends of a
/// prefix mean nothing.
fn normal(block: &Value) -> Value {
    let mut block = block.clone();
    let is_organization = block["SourceType"] == "AwsOrganizations";
    if block["SourceType"].is_string() {
        for (member, absent) in [("EnableAllOpsDataSources", is_organization), ("IncludeFutureRegions", false)] {
            if block[member].is_null() {
                block[member] = json!(absent);
            }
        }
    }
    if let Some(prefix) = block["Prefix"].as_str() {
        block["Prefix"] = json!(prefix.trim_matches('/'));
    }
    for list in ["/SourceRegions", "/AwsOrganizationsSource/OrganizationalUnits"] {
        if let Some(list) = block.pointer_mut(list).and_then(Value::as_array_mut) {
            list.sort_by_key(ToString::to_string);
        }
    }
    block
}

fn draw_name(rng: &mut Rng) -> Option<&'static str> {
    pick(rng, &[None, Some(NAMES[0]), Some(NAMES[0]), Some(NAMES[1])])
}

fn draw_regions(rng: &mut Rng) -> BTreeSet<&'static str> {
    if rng.bool() { BTreeSet::from([REGION]) } else { some_of(rng, &REGIONS) }
}

fn draw_from(rng: &mut Rng) -> From {
    match rng.u8(..4) {
        0 | 1 => From::Account,
        2 => From::Organization,
        _ => From::Units(some_of(rng, &UNITS)),
    }
}

pub fn pick<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())].clone()
}

/// At least one.
pub fn some_of(rng: &mut Rng, from: &[&'static str]) -> BTreeSet<&'static str> {
    let bits = rng.usize(1..1 << from.len());
    from.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0).map(|(_, item)| *item).collect()
}
