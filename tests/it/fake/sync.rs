//! A resource data sync as SSM keeps it, including what SSM never shows.

use serde_json::{Map, Value, json};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    Function,
    Outsider,
}

impl Maker {
    pub fn label(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Outsider => "outsider",
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

    fn at(&self, look: usize) -> &Status {
        self.0.get(look).or(self.0.last()).unwrap_or(&Status::None)
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
    pub maker: Maker,
    /// An outsider changed it after it was made.
    pub tampered: bool,
    /// `SyncSource.State`.
    pub state: Option<String>,
    pub script: Script,
    /// How often List has shown it.
    pub looks: usize,
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
            "Maker": self.maker.label(),
        })
    }

    /// The item that List shows, with all that List leaves off left off.
    pub fn item(&self, shown: &Shown) -> Value {
        let mut item = Map::new();
        item.insert("SyncName".into(), json!(self.name));
        if !shown.hide_created_time {
            let created_ms = self.created_ms.saturating_add_signed(shown.created_skew_ms);
            item.insert("SyncCreatedTime".into(), seconds(created_ms));
        }
        match self.sync_type {
            SyncType::ToDestination => {
                item.insert("S3Destination".into(), self.listed_destination());
                self.insert_status(&mut item);
            }
            SyncType::FromSource => {
                item.insert("SyncType".into(), json!(self.sync_type.name()));
                item.insert("SyncSource".into(), self.listed_source());
                item.insert("SyncLastModifiedTime".into(), seconds(self.modified_ms));
            }
        }
        Value::Object(item)
    }

    pub fn status(&self) -> &Status {
        self.script.at(self.looks)
    }

    fn insert_status(&self, item: &mut Map<String, Value>) {
        let (status, message) = match self.status() {
            Status::None => return,
            Status::InProgress => ("InProgress", None),
            Status::Successful => ("Successful", None),
            Status::Failed(message) => ("Failed", Some(message)),
        };
        item.insert("LastStatus".into(), json!(status));
        item.insert("LastSyncTime".into(), seconds(self.modified_ms));
        if status == "Successful" {
            item.insert("LastSuccessfulSyncTime".into(), seconds(self.modified_ms));
        }
        if let Some(message) = message {
            item.insert("LastSyncStatusMessage".into(), json!(message));
        }
    }

    fn listed_destination(&self) -> Value {
        let mut destination = self.configuration.clone();
        if let Some(members) = destination.as_object_mut() {
            members.remove("DestinationDataSharing");
        }
        destination
    }

    /// Regions and units in another order than they were sent; of the two booleans one is always shown and one only if true.
    fn listed_source(&self) -> Value {
        let mut source = self.configuration.clone();
        if let Some(regions) = source["SourceRegions"].as_array_mut() {
            regions.reverse();
        }
        if let Some(units) =
            source.pointer_mut("/AwsOrganizationsSource/OrganizationalUnits").and_then(Value::as_array_mut)
        {
            units.reverse();
        }
        if source["IncludeFutureRegions"].is_null() {
            source["IncludeFutureRegions"] = json!(false);
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

/// How List shows times.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// SSM's clock minus ours, in `SyncCreatedTime`.
    pub created_skew_ms: i64,
    pub hide_created_time: bool,
}

/// Epoch seconds with a fraction, as AWS JSON has them.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit into 53 bits")]
fn seconds(ms: u64) -> Value {
    json!(ms as f64 / 1000.0)
}
