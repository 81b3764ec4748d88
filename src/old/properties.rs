//! What the author of a template wrote → the sync that is wanted, or every fault at once.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

use crate::{
    physical_id::LOOKS_FAILED_PREFIX,
    request::Block,
    sync::{self, Config, Destination, NAME_CHARS_MAX, Organization, Source, SyncType},
};

/// CloudFormation's own default for `ServiceTimeout`, and its greatest value.
pub const SERVICE_TIMEOUT_S_MAX: u32 = 3600;

/// Regions in one resource. Their names have to fit into the id of a failed Create.
pub const REGIONS_MAX: usize = 40;

/// Characters of their names, each with the comma behind it.
const REGIONS_CHARS_MAX: usize = 640;

const UNITS_MAX: usize = 1000;

/// The properties of a resource, valid as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// The author's `SyncName`; without one a name is made up.
    pub name: Option<String>,
    pub config: Config,
    /// Without them, the function's own Region.
    pub regions: Option<BTreeSet<String>>,
    pub wait_for_first_sync: bool,
    pub service_timeout_s: u32,
}

/// What a Delete can make out of properties that may be at fault elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    pub name: Option<String>,
    pub sync_type: Option<SyncType>,
    pub regions: Option<BTreeSet<String>>,
    pub service_timeout_s: Option<u32>,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: String,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Every key at the top of the properties.
pub const TOP_KEYS: [&str; 13] = [
    "SyncName",
    "SyncType",
    "S3Destination",
    "SyncSource",
    "BucketName",
    "BucketPrefix",
    "BucketRegion",
    "KMSKeyArn",
    "SyncFormat",
    "Regions",
    "WaitForFirstSync",
    "ServiceToken",
    "ServiceTimeout",
];
/// The flat form of `S3Destination`, as the native type has it.
const FLAT_KEYS: [&str; 5] = ["BucketName", "BucketPrefix", "BucketRegion", "KMSKeyArn", "SyncFormat"];
const DESTINATION_KEYS: [&str; 8] =
    ["BucketName", "Prefix", "BucketPrefix", "SyncFormat", "Region", "BucketRegion", "AWSKMSKeyARN", "KMSKeyArn"];
const SHARING_KEY: &str = "DestinationDataSharing";
const SOURCE_KEYS: [&str; 5] =
    ["SourceType", "AwsOrganizationsSource", "SourceRegions", "IncludeFutureRegions", "EnableAllOpsDataSources"];
const ORGANIZATION_KEYS: [&str; 2] = ["OrganizationSourceType", "OrganizationalUnits"];

/// Where a key belongs that somebody may write at the top.
const INNER_KEYS: [(&str, &[&str]); 4] = [
    ("S3Destination", &DESTINATION_KEYS),
    ("S3Destination", &[SHARING_KEY]),
    ("SyncSource", &SOURCE_KEYS),
    ("SyncSource.AwsOrganizationsSource", &ORGANIZATION_KEYS),
];

const SINGLE_ACCOUNT: &str = "SingleAccountMultiRegions";
const ORGANIZATIONS: &str = "AwsOrganizations";
const ENTIRE_ORGANIZATION: &str = "EntireOrganization";
const UNITS: &str = "OrganizationalUnits";
const JSON_SERDE: &str = "JsonSerDe";

/// Reads a resource's properties.
///
/// # Errors
/// Every fault there is, in the order of the properties.
pub fn read(block: &Block) -> Result<Properties, Vec<Fault>> {
    let map = match block {
        Block::Object(map) => map,
        Block::Missing => return Err(vec![missing_properties("it is missing")]),
        Block::NotAnObject(what) => return Err(vec![missing_properties(&format!("it is {what}"))]),
    };
    let mut faults = Vec::new();
    let properties = read_map(&mut Scope { map, path: String::new(), faults: &mut faults });
    match properties {
        Some(properties) if faults.is_empty() => Ok(properties),
        _ => Err(faults),
    }
}

/// Reads what can be read, whatever else is wrong.
#[must_use]
pub fn read_leniently(block: &Block) -> Readable {
    let Block::Object(map) = block else { return Readable::default() };
    let mut ignored = Vec::new();
    let mut top = Scope { map, path: String::new(), faults: &mut ignored };
    let name = sync_name(&mut top);
    let regions = regions(&mut top);
    let service_timeout_s = service_timeout_s(&mut top);
    let has = |key: &str| map.get(key).is_some_and(|value| !is_blank(value));
    let destination = has("S3Destination") || FLAT_KEYS.iter().any(|key| has(key));
    let sync_type = match map.get("SyncType").filter(|value| !is_blank(value)) {
        Some(value) => SyncType::ALL.into_iter().find(|sync_type| value.as_str() == Some(sync_type.as_str())),
        None if has("SyncSource") && !destination => None,
        None => Some(SyncType::ToDestination),
    };
    Readable { name, sync_type, regions, service_timeout_s }
}

fn missing_properties(what: &str) -> Fault {
    Fault {
        path: "ResourceProperties".into(),
        what: format!("must be an object with the resource's properties, but {what}"),
    }
}

fn read_map(top: &mut Scope<'_>) -> Option<Properties> {
    top.refuse_unknown_keys(&[&TOP_KEYS]);
    let name = sync_name(top);
    let sync_type = top.choice("SyncType", &SyncType::ALL.map(SyncType::as_str));
    let sync_type = match sync_type {
        Ok(None) => Some(SyncType::ToDestination),
        Ok(Some(text)) => SyncType::ALL.into_iter().find(|sync_type| sync_type.as_str() == text),
        Err(Told) => None,
    };
    let destination = destination(top);
    let source = top.block("SyncSource").and_then(|mut scope| source(&mut scope));
    let config = match sync_type {
        None => None,
        Some(SyncType::ToDestination) => {
            if top.has("SyncSource") {
                top.fault("SyncSource", "allowed only when SyncType is SyncFromSource");
            }
            if !top.has("S3Destination") && !FLAT_KEYS.iter().any(|key| top.has(key)) {
                top.fault(
                    "S3Destination",
                    "required when SyncType is SyncToDestination (the default), but it is missing",
                );
            }
            destination.map(Config::ToDestination)
        }
        Some(SyncType::FromSource) => {
            for key in ["S3Destination"].iter().chain(&FLAT_KEYS) {
                if top.has(key) {
                    top.fault(key, "allowed only when SyncType is SyncToDestination");
                }
            }
            if !top.has("SyncSource") {
                top.fault("SyncSource", "required when SyncType is SyncFromSource, but it is missing");
            }
            source.map(Config::FromSource)
        }
    };
    let regions = regions(top);
    let wait_for_first_sync = top.flag("WaitForFirstSync");
    let service_timeout_s = service_timeout_s(top).unwrap_or(SERVICE_TIMEOUT_S_MAX);
    Some(Properties { name, config: config?, regions, wait_for_first_sync, service_timeout_s })
}

fn sync_name(top: &mut Scope<'_>) -> Option<String> {
    let name = top.text("SyncName", 1, NAME_CHARS_MAX)?;
    if sync::is_reserved(&name) {
        let reserved: Vec<String> = sync::RESERVED_NAMES
            .iter()
            .map(ToString::to_string)
            .chain(sync::RESERVED_PREFIXES.iter().map(|prefix| format!("{prefix}*")))
            .collect();
        top.fault("SyncName", &format!("AWS keeps the names {} for itself, got {}", list_of(&reserved), quoted(&name)));
        return None;
    }
    if name.starts_with(LOOKS_FAILED_PREFIX) {
        let what =
            format!("names that begin with {LOOKS_FAILED_PREFIX} stand for failed Creates, got {}", quoted(&name));
        top.fault("SyncName", &what);
        return None;
    }
    if name.chars().any(char::is_control) {
        top.fault("SyncName", "must not hold control characters");
        return None;
    }
    Some(name)
}

fn destination(top: &mut Scope<'_>) -> Option<Destination> {
    if top.has("S3Destination") {
        for key in FLAT_KEYS {
            if top.has(key) {
                top.fault(key, "given together with S3Destination; write the destination in one of the two forms");
            }
        }
        let mut scope = top.block("S3Destination")?;
        scope.refuse_unknown_keys(&[&DESTINATION_KEYS, &[SHARING_KEY]]);
        let sharing = scope.block(SHARING_KEY).and_then(|mut sharing| {
            sharing.refuse_unknown_keys(&[&["DestinationDataSharingType"]]);
            sharing.required_choice("DestinationDataSharingType", &["Organization"])
        });
        destination_fields(
            &mut scope,
            ["Prefix", "BucketPrefix"],
            ["Region", "BucketRegion"],
            ["AWSKMSKeyARN", "KMSKeyArn"],
            sharing,
        )
    } else if FLAT_KEYS.iter().any(|key| top.has(key)) {
        destination_fields(top, ["BucketPrefix"; 2], ["BucketRegion"; 2], ["KMSKeyArn"; 2], None)
    } else {
        None
    }
}

/// The fields of a destination, each under its canonical name and its alias.
fn destination_fields(
    scope: &mut Scope<'_>,
    prefix: [&'static str; 2],
    region: [&'static str; 2],
    kms_key_arn: [&'static str; 2],
    sharing: Option<String>,
) -> Option<Destination> {
    let bucket_name = scope.required_text("BucketName", 1, 2048);
    let prefix = scope.one_of(prefix).and_then(|key| scope.text(key, 1, 256));
    let sync_format = match scope.choice("SyncFormat", &[JSON_SERDE]) {
        Ok(format) => Some(format.unwrap_or_else(|| JSON_SERDE.to_owned())),
        Err(Told) => None,
    };
    let region_key = scope.one_of(region).unwrap_or(region[0]);
    let region = scope.required_text(region_key, 1, 64);
    let kms_key_arn = scope.one_of(kms_key_arn).and_then(|key| {
        let arn = scope.text(key, 1, 512)?;
        if !arn.starts_with("arn:") {
            scope.fault(key, &format!("must be the ARN of a KMS key (arn:…), got {}", quoted(&arn)));
        }
        Some(arn)
    });
    Some(Destination {
        bucket_name: bucket_name?,
        prefix,
        sync_format: sync_format?,
        region: region?,
        kms_key_arn,
        sharing,
    })
}

fn source(scope: &mut Scope<'_>) -> Option<Source> {
    scope.refuse_unknown_keys(&[&SOURCE_KEYS]);
    let source_type = scope.required_choice("SourceType", &[SINGLE_ACCOUNT, ORGANIZATIONS]);
    let organization = scope.block("AwsOrganizationsSource").and_then(|mut scope| organization(&mut scope));
    match source_type.as_deref() {
        Some(ORGANIZATIONS) if !scope.has("AwsOrganizationsSource") => {
            scope.fault("AwsOrganizationsSource", "required when SourceType is AwsOrganizations, but it is missing");
        }
        Some(SINGLE_ACCOUNT) if scope.has("AwsOrganizationsSource") => {
            scope.fault("AwsOrganizationsSource", "allowed only when SourceType is AwsOrganizations");
        }
        _ => {}
    }
    let source_regions =
        scope.required_list("SourceRegions", None, |scope, path, item| scope.item_text(path, item, 1, 64));
    let include_future_regions = scope.flag("IncludeFutureRegions");
    let enable_all_ops_data_sources = scope.flag("EnableAllOpsDataSources");
    Some(Source {
        source_type: source_type?,
        organization,
        source_regions: source_regions?,
        include_future_regions,
        enable_all_ops_data_sources,
    })
}

fn organization(scope: &mut Scope<'_>) -> Option<Organization> {
    scope.refuse_unknown_keys(&[&ORGANIZATION_KEYS]);
    let source_type = scope.required_choice("OrganizationSourceType", &[ENTIRE_ORGANIZATION, UNITS]);
    let has_units =
        scope.has("OrganizationalUnits") && scope.map.get("OrganizationalUnits") != Some(&Value::Array(Vec::new()));
    let units = match source_type.as_deref() {
        Some(UNITS) => scope.required_list("OrganizationalUnits", Some(UNITS_MAX), unit),
        Some(ENTIRE_ORGANIZATION) if has_units => {
            scope.fault("OrganizationalUnits", "allowed only when OrganizationSourceType is OrganizationalUnits");
            None
        }
        Some(_) => Some(BTreeSet::new()),
        None if has_units => scope.required_list("OrganizationalUnits", Some(UNITS_MAX), unit),
        None => None,
    };
    Some(Organization { source_type: source_type?, units: units? })
}

/// A unit, as a string (native) or as `{OrganizationalUnitId}` (API).
fn unit(scope: &mut Scope<'_>, path: &str, item: &Value) -> Option<String> {
    const KEY: &str = "OrganizationalUnitId";
    let (path, id) = match item {
        Value::Object(map) => {
            let mut inner = Scope { map, path: scope.path_of(path), faults: scope.faults };
            inner.refuse_unknown_keys(&[&[KEY]]);
            let path = format!("{path}.{KEY}");
            match map.get(KEY) {
                Some(Value::String(id)) => (path, id.as_str()),
                Some(other) => {
                    scope.fault(&path, &format!("must be a string, got {}", kind_of(other)));
                    return None;
                }
                None => {
                    scope.fault(&path, "required, but it is missing");
                    return None;
                }
            }
        }
        Value::String(id) => (path.to_owned(), id.as_str()),
        other => {
            scope.fault(path, &format!("must be the id of an organizational unit, got {}", kind_of(other)));
            return None;
        }
    };
    if is_unit_id(id) {
        return Some(id.to_owned());
    }
    scope.fault(&path, &format!("must be the id of an organizational unit, like ou-ab12-34cd56ef, got {}", quoted(id)));
    None
}

/// `^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`
fn is_unit_id(text: &str) -> bool {
    let part = |part: &str, min: usize| {
        (min..=32).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.strip_prefix("ou-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(root, unit)| part(root, 4) && part(unit, 8))
}

fn regions(top: &mut Scope<'_>) -> Option<BTreeSet<String>> {
    if !top.has("Regions") {
        return None;
    }
    let mut met = BTreeSet::new();
    let regions = top.required_list("Regions", Some(REGIONS_MAX), |scope, path, item| {
        let region = scope.item_text(path, item, 1, 64)?;
        if !is_region(&region) {
            scope.fault(path, &format!("must be the name of a Region, like eu-west-1, got {}", quoted(&region)));
            return None;
        }
        if !met.insert(region.clone()) {
            scope.fault(path, &format!("{} is listed twice", quoted(&region)));
            return None;
        }
        Some(region)
    })?;
    let chars: usize = regions.iter().map(|region| region.len() + 1).sum();
    if chars > REGIONS_CHARS_MAX {
        top.fault("Regions", &format!("must have at most {REGIONS_CHARS_MAX} characters in all, got {chars}"));
        return None;
    }
    Some(regions)
}

/// Lower-case words and a number at the end, joined by hyphens: `us-gov-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && !number.is_empty()
        && number.len() <= 2
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn service_timeout_s(top: &mut Scope<'_>) -> Option<u32> {
    let value = top.map.get("ServiceTimeout").filter(|value| !is_blank(value))?;
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_u64().and_then(|n| u32::try_from(n).ok()),
        _ => None,
    };
    let valid = number.filter(|seconds| (1..=SERVICE_TIMEOUT_S_MAX).contains(seconds));
    if valid.is_none() {
        let what = format!("must be a whole number of seconds from 1 to {SERVICE_TIMEOUT_S_MAX}, got {}", shown(value));
        top.fault("ServiceTimeout", &what);
    }
    valid
}

/// The fault of a value has been told already.
struct Told;

/// One object of the properties, and where it stands.
struct Scope<'a> {
    map: &'a Map<String, Value>,
    path: String,
    faults: &'a mut Vec<Fault>,
}

impl Scope<'_> {
    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn fault(&mut self, key: &str, what: &str) {
        let fault = Fault { path: self.path_of(key), what: what.to_owned() };
        self.faults.push(fault);
    }

    /// Is the key there with something in it? An empty string or object is as good as none: templates default to `""`.
    fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|value| !is_blank(value))
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.map.get(key).filter(|value| !is_blank(value))
    }

    fn refuse_unknown_keys(&mut self, known: &[&[&str]]) {
        let known: Vec<&str> = known.iter().flat_map(|keys| keys.iter().copied()).collect();
        let unknown: Vec<String> = self.map.keys().filter(|key| !known.contains(&key.as_str())).cloned().collect();
        for key in unknown {
            let nearest = known
                .iter()
                .map(|known| (strsim::damerau_levenshtein(&known.to_lowercase(), &key.to_lowercase()), *known))
                .min()
                .filter(|(distance, known)| *distance <= 2.max(known.len() / 4));
            let inner = INNER_KEYS.iter().find(|(_, keys)| self.path.is_empty() && keys.contains(&key.as_str()));
            let what = match (nearest, inner) {
                (None, Some((place, _))) => format!("there is no such property here; it belongs into {place}"),
                (Some((_, known)), _) => format!("there is no such property; did you mean {known}?"),
                (None, None) => format!("there is no such property; known here: {}", known.join(", ")),
            };
            let key = if key.is_empty() { quoted(&key) } else { shortened(&key) };
            self.fault(&key, &what);
        }
    }

    /// Which of a name and its alias is used; both at once is a fault.
    fn one_of(&mut self, [name, alias]: [&'static str; 2]) -> Option<&'static str> {
        match (self.has(name), self.has(alias)) {
            (true, true) if name != alias => {
                self.fault(alias, &format!("another name of {name}, which is given too; write one of them"));
                Some(name)
            }
            (true, _) => Some(name),
            (false, true) => Some(alias),
            (false, false) => None,
        }
    }

    fn text(&mut self, key: &str, chars_min: usize, chars_max: usize) -> Option<String> {
        let value = self.get(key)?.clone();
        self.item_text(key, &value, chars_min, chars_max)
    }

    fn required_text(&mut self, key: &str, chars_min: usize, chars_max: usize) -> Option<String> {
        if !self.has(key) {
            self.fault(key, &format!("required ({chars_min} to {chars_max} characters), but it is missing"));
            return None;
        }
        self.text(key, chars_min, chars_max)
    }

    fn item_text(&mut self, path: &str, value: &Value, chars_min: usize, chars_max: usize) -> Option<String> {
        let Value::String(text) = value else {
            self.fault(path, &format!("must be a string, got {}", kind_of(value)));
            return None;
        };
        let chars = text.chars().count();
        if !(chars_min..=chars_max).contains(&chars) {
            let given = if chars == 0 { "an empty string".to_owned() } else { format!("{chars} characters") };
            self.fault(path, &format!("must have {chars_min} to {chars_max} characters, got {given}"));
            return None;
        }
        Some(text.clone())
    }

    fn choice(&mut self, key: &str, allowed: &[&str]) -> Result<Option<String>, Told> {
        let Some(value) = self.get(key) else { return Ok(None) };
        if let Some(text) = value.as_str()
            && allowed.contains(&text)
        {
            return Ok(Some(text.to_owned()));
        }
        let what = format!("must be {}, got {}", allowed.join(" or "), shown(value));
        self.fault(key, &what);
        Err(Told)
    }

    fn required_choice(&mut self, key: &str, allowed: &[&str]) -> Option<String> {
        match self.choice(key, allowed) {
            Ok(Some(text)) => Some(text),
            Ok(None) => {
                self.fault(key, &format!("required ({}), but it is missing", allowed.join(" or ")));
                None
            }
            Err(Told) => None,
        }
    }

    /// A boolean, which CloudFormation sends as a string; false when absent.
    fn flag(&mut self, key: &str) -> bool {
        let Some(value) = self.get(key) else { return false };
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        if flag.is_none() {
            let what = format!("must be true or false, got {}", shown(value));
            self.fault(key, &what);
        }
        flag.unwrap_or(false)
    }

    /// The object under a key; none when it is left out or no object.
    fn block(&mut self, key: &str) -> Option<Scope<'_>> {
        let path = self.path_of(key);
        match self.map.get(key).filter(|value| !is_blank(value))? {
            Value::Object(map) => Some(Scope { map, path, faults: self.faults }),
            other => {
                let what = format!("must be an object, got {}", kind_of(other));
                self.fault(key, &what);
                None
            }
        }
    }

    /// A list of at least one item, as a set. `item` reads one, given its path.
    fn required_list(
        &mut self,
        key: &str,
        items_max: Option<usize>,
        mut item: impl FnMut(&mut Self, &str, &Value) -> Option<String>,
    ) -> Option<BTreeSet<String>> {
        let allowed = items_max.map_or("at least one item".to_owned(), |max| format!("1 to {max} items"));
        let values = match self.get(key) {
            Some(Value::Array(values)) => values.clone(),
            Some(other) => {
                let what = format!("must be a list, got {}", kind_of(other));
                self.fault(key, &what);
                return None;
            }
            None => {
                self.fault(key, &format!("required (a list of {allowed}), but it is missing"));
                return None;
            }
        };
        if values.is_empty() || items_max.is_some_and(|max| values.len() > max) {
            self.fault(key, &format!("must have {allowed}, got {}", values.len()));
            return None;
        }
        let mut set = BTreeSet::new();
        let mut faultless = true;
        for (index, value) in values.iter().enumerate() {
            let path = format!("{key}[{index}]");
            match item(self, &path, value) {
                Some(text) => {
                    set.insert(text);
                }
                None => faultless = false,
            }
        }
        faultless.then_some(set)
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.values().all(is_blank),
        _ => false,
    }
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(flag) => format!("the boolean {flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {}", quoted(text)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".into(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => kind_of(other),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

/// At most 64 characters of what the author wrote: enough to find it again.
fn shortened(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 64;
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARS_MAX - 1).chain(['…']).collect()
}

fn list_of(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
