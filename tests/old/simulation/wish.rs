//! What a template's author wants: drawn at random, spelled in any of the ways that templates spell it, and the truth about
//! what SSM should hold for it. Reads nothing of the function's own code.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    stage::REGION,
    world::sync::{Sync, SyncType},
};

pub const NAMES: [&str; 2] = ["alpha", "beta"];
pub const REGIONS: [&str; 3] = [REGION, "us-east-1", "ap-south-1"];
const BUCKETS: [&str; 2] = ["logs", "archive"];
const SOURCE_REGIONS: [&str; 3] = ["eu-west-1", "us-west-2", "ca-central-1"];
const UNITS: [&str; 3] = ["ou-ab12-11111111", "ou-ab12-22222222", "ou-ab12-33333333"];

/// One resource of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub name: Option<&'static str>,
    pub config: Config,
    /// `None`: the property is left out.
    pub regions: Option<Vec<&'static str>>,
    pub wait_for_first_sync: bool,
    /// Which of the ways to write the same thing.
    pub spelling: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Config {
    Bucket(Bucket),
    Source(Source),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub bucket: String,
    pub prefix: Option<&'static str>,
    pub region: &'static str,
    pub key: bool,
    pub sharing: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub from: From,
    pub regions: BTreeSet<String>,
    pub future_regions: bool,
    pub all_ops_data: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    Account,
    Organization,
    Units(BTreeSet<&'static str>),
}

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/0f6b3a10-c8a1-11f0-8e11-0242ac120002";

impl Wish {
    pub fn draw(rng: &mut Rng) -> Self {
        Self {
            name: pick(rng, &[None, Some(NAMES[0]), Some(NAMES[0]), Some(NAMES[1])]),
            config: Config::draw(rng),
            regions: draw_regions(rng),
            wait_for_first_sync: rng.u8(..8) == 0,
            spelling: rng.u8(..),
        }
    }

    /// Another version of the template: mostly a small change.
    pub fn changed(&self, rng: &mut Rng) -> Self {
        let mut wish = self.clone();
        match rng.u8(..14) {
            0 => wish.spelling = rng.u8(..),
            1 => wish.wait_for_first_sync = !wish.wait_for_first_sync,
            2 | 3 => wish.name = pick(rng, &[None, Some(NAMES[0]), Some(NAMES[1])]),
            4 | 5 => wish.regions = draw_regions(rng),
            6 => wish.config = Config::draw(rng),
            7 => wish = Self::draw(rng),
            8 => {
                wish.name = pick(rng, &[None, Some(NAMES[0]), Some(NAMES[1])]);
                wish.config.change(rng);
            }
            9 => {
                wish.regions = draw_regions(rng);
                wish.config.change(rng);
            }
            _ => wish.config.change(rng),
        }
        wish
    }

    /// The same wish of another resource: it may want the same name, and never the same sync.
    pub fn of_a_sibling(mut self) -> Self {
        match &mut self.config {
            Config::Bucket(bucket) => bucket.bucket.push_str("-of-sibling"),
            Config::Source(source) => {
                source.regions.insert("sa-east-1".to_owned());
            }
        }
        self
    }

    /// Where the sync is to stand.
    pub fn regions(&self) -> BTreeSet<&'static str> {
        self.regions.as_ref().map_or_else(|| BTreeSet::from([REGION]), |regions| regions.iter().copied().collect())
    }

    /// The properties as the template has them.
    pub fn properties(&self) -> Value {
        let says = |bit: u8| self.spelling & (1 << bit) != 0;
        let mut properties = json!({ "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:sync" });
        if let Some(name) = self.name {
            properties["SyncName"] = json!(name);
        } else if says(0) {
            properties["SyncName"] = json!("");
        }
        if let Some(regions) = &self.regions {
            let mut regions = regions.clone();
            if says(1) {
                regions.reverse();
            }
            properties["Regions"] = json!(regions);
        }
        if self.wait_for_first_sync {
            properties["WaitForFirstSync"] = if says(2) { json!(true) } else { json!("True") };
        }
        match &self.config {
            Config::Bucket(bucket) => bucket.write(&mut properties, says(3), says(4), says(5)),
            Config::Source(source) => source.write(&mut properties, says(3), says(4)),
        }
        properties
    }

    /// Is this what the wish asks for, what List hides included?
    pub fn is_met_by(&self, sync: &Sync) -> bool {
        self.name.is_none_or(|name| name == sync.name) && self.config.is_met_by(sync)
    }
}

impl Config {
    fn draw(rng: &mut Rng) -> Self {
        if rng.u8(..5) < 3 {
            Self::Bucket(Bucket {
                bucket: pick(rng, &BUCKETS).to_owned(),
                prefix: pick(rng, &[None, Some("ssm")]),
                region: pick(rng, &["eu-west-1", "us-east-1"]),
                key: rng.u8(..4) == 0,
                sharing: rng.u8(..3) == 0,
            })
        } else {
            Self::Source(Source {
                from: draw_from(rng),
                regions: some_of(rng, &SOURCE_REGIONS).into_iter().map(str::to_owned).collect(),
                future_regions: rng.bool(),
                all_ops_data: rng.bool(),
            })
        }
    }

    fn change(&mut self, rng: &mut Rng) {
        match self {
            Self::Bucket(bucket) => match rng.u8(..5) {
                0 => bucket.bucket = pick(rng, &BUCKETS).to_owned(),
                1 => bucket.prefix = if bucket.prefix.is_some() { None } else { Some("ssm") },
                2 => bucket.region = pick(rng, &["eu-west-1", "us-east-1"]),
                3 => bucket.key = !bucket.key,
                _ => bucket.sharing = !bucket.sharing,
            },
            Self::Source(source) => match rng.u8(..5) {
                0 => source.from = draw_from(rng),
                1 | 2 => {
                    source.regions = some_of(rng, &SOURCE_REGIONS).into_iter().map(str::to_owned).collect();
                }
                3 => source.future_regions = !source.future_regions,
                _ => source.all_ops_data = !source.all_ops_data,
            },
        }
    }

    /// What `CreateResourceDataSync` takes for it.
    pub fn request(&self, name: &str) -> Value {
        let sync_type = self.sync_type();
        json!({ "SyncName": name, "SyncType": sync_type.name(), sync_type.member(): self.truth() })
    }

    pub fn is_met_by(&self, sync: &Sync) -> bool {
        sync.sync_type == self.sync_type() && normal(&sync.configuration) == normal(&self.truth())
    }

    /// As [`Self::is_met_by`], as far as List shows it.
    pub fn looks_like(&self, sync: &Sync) -> bool {
        let visible = |configuration: &Value| {
            let mut configuration = normal(configuration);
            configuration.as_object_mut().expect("an object").remove("DestinationDataSharing");
            configuration
        };
        sync.sync_type == self.sync_type() && visible(&sync.configuration) == visible(&self.truth())
    }

    fn sync_type(&self) -> SyncType {
        match self {
            Self::Bucket(_) => SyncType::ToDestination,
            Self::Source(_) => SyncType::FromSource,
        }
    }

    fn truth(&self) -> Value {
        match self {
            Self::Bucket(bucket) => {
                let mut truth =
                    json!({ "BucketName": bucket.bucket, "Region": bucket.region, "SyncFormat": "JsonSerDe" });
                if let Some(prefix) = bucket.prefix {
                    truth["Prefix"] = json!(prefix);
                }
                if bucket.key {
                    truth["AWSKMSKeyARN"] = json!(KEY);
                }
                if bucket.sharing {
                    truth["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
                }
                truth
            }
            Self::Source(source) => {
                let mut truth = json!({
                    "SourceType": source.source_type(),
                    "SourceRegions": source.regions,
                    "IncludeFutureRegions": source.future_regions,
                    "EnableAllOpsDataSources": source.all_ops_data,
                });
                match &source.from {
                    From::Account => {}
                    From::Organization => {
                        truth["AwsOrganizationsSource"] = json!({ "OrganizationSourceType": "EntireOrganization" });
                    }
                    From::Units(units) => {
                        let units: Vec<Value> =
                            units.iter().map(|unit| json!({ "OrganizationalUnitId": unit })).collect();
                        truth["AwsOrganizationsSource"] =
                            json!({ "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": units });
                    }
                }
                truth
            }
        }
    }
}

impl Bucket {
    fn write(&self, properties: &mut Value, flat: bool, typed: bool, native: bool) {
        if typed {
            properties["SyncType"] = json!("SyncToDestination");
        }
        let names = match (flat, native) {
            (true, _) | (false, true) => ["BucketPrefix", "BucketRegion", "KMSKeyArn"],
            (false, false) => ["Prefix", "Region", "AWSKMSKeyARN"],
        };
        // DestinationDataSharing has no flat form.
        let flat = flat && !self.sharing;
        let place = if flat { &mut *properties } else { &mut properties["S3Destination"] };
        place["BucketName"] = json!(self.bucket);
        place[names[1]] = json!(self.region);
        match self.prefix {
            Some(prefix) => place[names[0]] = json!(prefix),
            None if typed => place[names[0]] = json!(""),
            None => {}
        }
        if self.key {
            place[names[2]] = json!(KEY);
        }
        if self.sharing {
            place["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
        }
    }
}

impl Source {
    fn source_type(&self) -> &'static str {
        match self.from {
            From::Account => "SingleAccountMultiRegions",
            From::Organization | From::Units(_) => "AwsOrganizations",
        }
    }

    fn write(&self, properties: &mut Value, reversed: bool, native: bool) {
        let mut regions: Vec<&str> = self.regions.iter().map(String::as_str).collect();
        if reversed {
            regions.reverse();
        }
        properties["SyncType"] = json!("SyncFromSource");
        let source = &mut properties["SyncSource"];
        *source = json!({ "SourceType": self.source_type(), "SourceRegions": regions });
        if self.future_regions || native {
            source["IncludeFutureRegions"] = json!(self.future_regions);
        }
        if self.all_ops_data || reversed {
            source["EnableAllOpsDataSources"] = json!(if self.all_ops_data { "True" } else { "false" });
        }
        match &self.from {
            From::Account => {}
            From::Organization => {
                source["AwsOrganizationsSource"] = json!({ "OrganizationSourceType": "EntireOrganization" });
            }
            From::Units(units) => {
                let units: Vec<Value> = units
                    .iter()
                    .map(|unit| if native { json!(unit) } else { json!({ "OrganizationalUnitId": unit }) })
                    .collect();
                source["AwsOrganizationsSource"] =
                    json!({ "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": units });
            }
        }
    }
}

fn draw_regions(rng: &mut Rng) -> Option<Vec<&'static str>> {
    match rng.u8(..6) {
        0..=2 => None,
        3 => Some(vec![REGION]),
        _ => Some(some_of(rng, &REGIONS)),
    }
}

fn draw_from(rng: &mut Rng) -> From {
    match rng.u8(..4) {
        0 | 1 => From::Account,
        2 => From::Organization,
        _ => From::Units(some_of(rng, &UNITS).into_iter().collect()),
    }
}

pub fn pick<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())].clone()
}

/// At least one.
fn some_of(rng: &mut Rng, from: &[&'static str]) -> Vec<&'static str> {
    let bits = rng.usize(1..1 << from.len());
    from.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0).map(|(_, item)| *item).collect()
}

/// Lists are sets, and an absent boolean is false.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| **value != json!(false))
            .map(|(key, value)| (key.clone(), normal(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.sort_by_key(ToString::to_string);
            items.into()
        }
        other => other.clone(),
    }
}
