//! From what the author of a template wrote to the sync that is wanted, or every fault at once.
//!
//! Reading never fails: it keeps every value that can be read and every fault that is found. A Create or Update needs
//! properties without faults ([`Parsed::strict`]). A Delete takes what can be read ([`Parsed::lenient`]), since an
//! older version may have accepted what is refused today. Next: `reader`.

use std::{collections::BTreeSet, fmt, time::Duration};

use serde_json::{Map, Value};

use crate::sync::{Config, Region, SyncName, SyncType, name::NAME_CHARS_MAX};

mod reader;
mod findings;
mod destination;
mod source;
mod forms;

use findings::{Findings, kind_of};
use reader::Reader;

pub type Object = Map<String, Value>;

/// CloudFormation's own default for `ServiceTimeout`, and its greatest value.
const SERVICE_TIMEOUT_S_MAX: u64 = 3600;

/// More than AWS has, and as many as a response has room for.
const REGIONS_MAX: usize = 64;

/// The properties of a resource, valid as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Without it, a name is generated.
    pub name: Option<SyncName>,
    pub config: Config,
    /// Without them, the function's own Region.
    pub regions: Option<BTreeSet<Region>>,
    pub adopt_existing: bool,
    pub retain_regions: BTreeSet<Region>,
    pub wait_for_first_sync: bool,
}

/// The values that can be read, whatever else is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    pub name: Option<SyncName>,
    /// Complete enough for a generated name; `None` if a part of that can't be read.
    pub config: Option<Config>,
    pub regions: Option<BTreeSet<Region>>,
    pub retain_regions: BTreeSet<Region>,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The full path of the property: `S3Destination.Prefix`.
    pub path: String,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Properties that have been read, and their faults.
#[derive(Clone, Debug)]
pub struct Parsed {
    partial: Partial,
    adopt_existing: bool,
    wait_for_first_sync: bool,
    faults: Vec<Fault>,
}

/// Reads `ResourceProperties`; `null` where there are none.
#[must_use]
pub fn parse(properties: &Value) -> Parsed {
    let mut findings = Findings::default();
    let parsed = read(&mut Reader::top(properties.as_object(), &mut findings));
    let faults = match properties {
        Value::Object(_) => findings.into_faults(properties),
        other => vec![not_an_object(other)],
    };
    Parsed { faults, ..parsed }
}

/// How long CloudFormation waits for a response. Needed before the properties are parsed.
#[must_use]
pub fn service_timeout(properties: &Value) -> Duration {
    let mut findings = Findings::default();
    let seconds = read_service_timeout(&mut Reader::top(properties.as_object(), &mut findings));
    Duration::from_secs(seconds.unwrap_or(SERVICE_TIMEOUT_S_MAX))
}

fn read_service_timeout(top: &mut Reader<'_, '_>) -> Option<u64> {
    top.whole_number("ServiceTimeout", "seconds", SERVICE_TIMEOUT_S_MAX)
}

impl Parsed {
    /// For a Create or Update.
    ///
    /// # Errors
    /// All faults.
    pub fn strict(self) -> Result<Properties, Vec<Fault>> {
        let Self { partial, adopt_existing, wait_for_first_sync, faults } = self;
        let Partial { name, config, regions, retain_regions } = partial;
        match config {
            Some(config) if faults.is_empty() => {
                Ok(Properties { name, config, regions, adopt_existing, retain_regions, wait_for_first_sync })
            }
            _ => Err(faults),
        }
    }

    /// For a Delete.
    #[must_use]
    pub fn lenient(self) -> Partial {
        self.partial
    }
}

fn not_an_object(value: &Value) -> Fault {
    let what = if value.is_null() { "it is missing".to_owned() } else { format!("it is {}", kind_of(value)) };
    Fault {
        path: "ResourceProperties".into(),
        what: format!("must be an object with the resource's properties, but {what}"),
    }
}

fn read(top: &mut Reader<'_, '_>) -> Parsed {
    let name = top.text("SyncName", NAME_CHARS_MAX, forms::sync_name);
    let config = config(top);
    let regions = top.list("Regions", Reader::region).filter(|regions| !regions.is_empty());
    let count = regions.as_ref().map_or(0, BTreeSet::len);
    if count > REGIONS_MAX {
        top.fault("Regions", format!("must have 1 to {REGIONS_MAX} Regions, got {count}"));
    }
    let wait_for_first_sync = top.flag("WaitForFirstSync").unwrap_or_default();
    let adopt_existing = top.flag("AdoptExisting").unwrap_or_default();
    if adopt_existing && !top.has("SyncName") {
        top.fault("SyncName", "required when AdoptExisting is true, but it is missing");
    }
    let retain_regions = top.list("RetainRegions", Reader::region);
    top.ignore(&["Trigger", "ServiceToken"]);
    let to_regions = |names: BTreeSet<String>| names.into_iter().map(Region::from).collect::<BTreeSet<_>>();
    read_service_timeout(top);
    Parsed {
        partial: Partial {
            name: name.map(SyncName::from),
            config,
            regions: regions.map(to_regions),
            retain_regions: retain_regions.map(to_regions).unwrap_or_default(),
        },
        adopt_existing,
        wait_for_first_sync,
        faults: Vec::new(),
    }
}

/// The block that `SyncType` asks for, or, if that is left out, the one that is given.
fn config(top: &mut Reader<'_, '_>) -> Option<Config> {
    let asked = top.choice("SyncType", &SyncType::ALL.map(SyncType::as_str)).and_then(|text| SyncType::parse(&text));
    let destination_keys = destination::keys_given(top);
    let has_source = top.has("SyncSource");
    let sync_type = asked.unwrap_or(match (destination_keys.first(), has_source) {
        (None, true) => SyncType::FromSource,
        _ => SyncType::ToDestination,
    });

    let destination = destination::read(top, asked == Some(SyncType::FromSource));
    let source = top.block("SyncSource", source::read);
    match (asked, destination_keys.as_slice(), has_source) {
        (Some(SyncType::FromSource), keys, _) => {
            for key in keys {
                top.fault(key, "allowed only when SyncType is SyncToDestination");
            }
            if !has_source {
                top.fault("SyncSource", "required when SyncType is SyncFromSource, but it is missing");
            }
        }
        (Some(SyncType::ToDestination), keys, _) => {
            if keys.is_empty() {
                top.fault("S3Destination", "required when SyncType is SyncToDestination, but it is missing");
            }
            if has_source {
                top.fault("SyncSource", "allowed only when SyncType is SyncFromSource");
            }
        }
        (None, [key, ..], true) => {
            top.fault("SyncSource", format!("given together with {key}; a sync has a destination or a source"));
        }
        (None, [], false) => top.fault("S3Destination", "required, or else SyncSource, but both are missing"),
        (None, ..) => {}
    }
    match sync_type {
        SyncType::ToDestination => destination.map(Config::ToDestination),
        SyncType::FromSource => source.map(Config::FromSource),
    }
}
