//! A resource data sync as SSM keeps it, including what SSM never shows.

use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncType {
    ToDestination,
    FromSource,
}

impl SyncType {
    pub fn name(self) -> &'static str {
        match self {
            Self::ToDestination => "SyncToDestination",
            Self::FromSource => "SyncFromSource",
        }
    }

    /// The type that a request names; `SyncToDestination` where it names none.
    pub fn of(request: &Value) -> Option<Self> {
        match request["SyncType"].as_str() {
            None | Some("SyncToDestination") => Some(Self::ToDestination),
            Some("SyncFromSource") => Some(Self::FromSource),
            Some(_) => None,
        }
    }

    /// The member of a request that holds the configuration of this type.
    pub fn member(self) -> &'static str {
        match self {
            Self::ToDestination => "S3Destination",
            Self::FromSource => "SyncSource",
        }
    }
}

/// What List says of the first sync of a `SyncToDestination`: one status a look, the last one for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script(pub Vec<Status>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    None,
    InProgress,
    Successful,
    Failed(String),
}

impl Script {
    /// Nothing at the first look, then `InProgress`, then `Successful`.
    pub fn settles() -> Self {
        Self(vec![Status::None, Status::InProgress, Status::Successful])
    }

    pub fn successful() -> Self {
        Self(vec![Status::Successful])
    }

    pub fn stays_in_progress() -> Self {
        Self(vec![Status::None, Status::InProgress])
    }

    pub fn no_status() -> Self {
        Self(vec![Status::None])
    }

    pub fn fails(message: &str) -> Self {
        Self(vec![Status::None, Status::Failed(message.to_owned())])
    }

    /// Looks well at first: only who waits for `Successful` sees the failure.
    pub fn fails_late(message: &str) -> Self {
        Self(vec![Status::None, Status::InProgress, Status::Failed(message.to_owned())])
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sync {
    pub name: String,
    pub sync_type: SyncType,
    /// `S3Destination` or `SyncSource` as it was sent, `DestinationDataSharing` included.
    pub configuration: Value,
    pub created_ms: u64,
    pub modified_ms: u64,
    /// `SyncSource.State`.
    pub state: Option<String>,
    pub script: Script,
    /// How often List has shown it.
    pub looks: usize,
    /// When it last succeeded, where that is not when it was modified.
    pub succeeded_ms: Option<u64>,
}

impl Sync {
    /// Everything about it that only a change can change: two of these are equal if nobody touched the sync in between.
    pub fn essence(&self) -> Value {
        json!({
            "SyncName": self.name,
            "SyncType": self.sync_type.name(),
            self.sync_type.member(): self.configuration,
            "CreatedMs": self.created_ms,
            "ModifiedMs": self.modified_ms,
        })
    }

    /// The same sync, maybe at another time.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.name, self.sync_type, self.created_ms) == (&other.name, other.sync_type, other.created_ms)
    }

    /// The item that List shows, with all that List leaves out left out.
    pub fn item(&self, wording: &Wording) -> Value {
        let created = seconds(self.created_ms.saturating_add_signed(wording.created_skew_ms));
        let mut item = json!({ "SyncName": self.name, "SyncCreatedTime": created });
        match self.sync_type {
            SyncType::ToDestination => {
                item["S3Destination"] = self.listed_destination(wording);
                self.insert_status(&mut item);
            }
            SyncType::FromSource => {
                item["SyncType"] = json!(self.sync_type.name());
                item["SyncSource"] = self.listed_source(wording);
                item["SyncLastModifiedTime"] = seconds(self.modified_ms);
            }
        }
        item
    }

    pub fn status(&self) -> &Status {
        let Script(looks) = &self.script;
        looks.get(self.looks).or(looks.last()).unwrap_or(&Status::None)
    }

    fn insert_status(&self, item: &mut Value) {
        let status = match self.status() {
            Status::None => return,
            Status::InProgress => "InProgress",
            Status::Successful => "Successful",
            Status::Failed(message) => {
                item["LastSyncStatusMessage"] = json!(message);
                "Failed"
            }
        };
        item["LastStatus"] = json!(status);
        item["LastSyncTime"] = seconds(self.modified_ms);
        let now_successful = (*self.status() == Status::Successful).then_some(self.modified_ms);
        if let Some(succeeded_ms) = self.succeeded_ms.or(now_successful) {
            item["LastSuccessfulSyncTime"] = seconds(succeeded_ms);
        }
    }

    fn listed_destination(&self, wording: &Wording) -> Value {
        let mut destination = self.configuration.clone();
        let members = destination.as_object_mut().expect("a destination is an object");
        members.remove("DestinationDataSharing");
        if let Some(Value::String(prefix)) = members.get_mut("Prefix").filter(|_| wording.is_own) {
            *prefix = prefix.trim_matches('/').to_owned();
        }
        if let Some(Value::String(key)) = members.get_mut("AWSKMSKeyARN").filter(|_| wording.is_own)
            && let Some((account, _)) = key.split_once(":alias/")
        {
            *key = format!("{account}:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b");
        }
        destination
    }

    /// Regions and units in another order than they were sent; of the two booleans one is always shown and one only if true.
    fn listed_source(&self, wording: &Wording) -> Value {
        let mut source = self.configuration.clone();
        let is_future = source["IncludeFutureRegions"] == json!(true);
        source["IncludeFutureRegions"] = json!(is_future);
        if let Some(regions) = source["SourceRegions"].as_array_mut() {
            regions.reverse();
            if is_future && wording.is_own {
                regions.push(json!("ap-southeast-7"));
            }
        }
        let units = source.pointer_mut("/AwsOrganizationsSource/OrganizationalUnits");
        if let Some(units) = units.and_then(Value::as_array_mut) {
            units.reverse();
        }
        if wording.is_own && source["SourceType"] == "AwsOrganizations" {
            source["EnableAllOpsDataSources"] = json!(true);
        }
        if let Some(members) = source.as_object_mut() {
            members.retain(|key, value| key != "EnableAllOpsDataSources" || *value == json!(true));
        }
        if let Some(state) = &self.state {
            source["State"] = json!(state);
        }
        source
    }
}

/// How far List words what was asked for in its own way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wording {
    /// SSM's clock minus ours, in `SyncCreatedTime`.
    pub created_skew_ms: i64,
    /// All that SSM is known to word in its own way: a prefix without slashes, a key's id for its alias, under
    /// `IncludeFutureRegions` one Region more, and `EnableAllOpsDataSources` for every organization.
    pub is_own: bool,
}

impl Wording {
    pub fn own() -> Self {
        Self { is_own: true, ..Self::default() }
    }
}

/// Epoch seconds with a fraction, as AWS JSON has them.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit into 53 bits")]
fn seconds(ms: u64) -> Value {
    json!(ms as f64 / 1000.0)
}
