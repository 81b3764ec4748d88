//! Syncs and properties in few words.

use serde_json::Value;

/// What List showed.
pub fn look(items: &[Value]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = items
        .iter()
        .map(|item| {
            let name = item["SyncName"].as_str().unwrap_or("?");
            let state = item["LastStatus"].as_str().or(item["SyncSource"]["State"].as_str());
            match (state, item["SyncSource"].is_null()) {
                (Some(state), _) => format!("{name} ({state})"),
                (None, true) => format!("{name} (no status)"),
                (None, false) => name.to_owned(),
            }
        })
        .collect();
    shown.join(", ")
}

/// `S3Destination` or `SyncSource` on one line.
pub fn configuration(configuration: &Value) -> String {
    let text = |pointer: &str| configuration.pointer(pointer).and_then(Value::as_str);
    let mut words = Vec::new();
    if let Some(bucket) = text("/BucketName") {
        let prefix = text("/Prefix").map_or_else(String::new, |prefix| format!("/{prefix}"));
        let region = text("/Region").unwrap_or("?");
        words.push(format!("s3://{bucket}{prefix} in {region}"));
        words.extend(text("/AWSKMSKeyARN").map(|key| {
            let key = key.rsplit('/').next().unwrap_or(key);
            format!("key {key}")
        }));
        words.extend(
            text("/DestinationDataSharing/DestinationDataSharingType")
                .map(|sharing| format!("shared with {}", sharing.to_lowercase())),
        );
    } else {
        words.push(match text("/AwsOrganizationsSource/OrganizationSourceType") {
            None => "this account".to_owned(),
            Some("EntireOrganization") => "the organization".to_owned(),
            Some(_) => units(configuration),
        });
        words.push(list(&configuration["SourceRegions"]));
        if configuration["IncludeFutureRegions"] == true {
            words.push("future Regions".to_owned());
        }
        if configuration["EnableAllOpsDataSources"] == true {
            words.push("all OpsData sources".to_owned());
        }
    }
    words.join(" · ")
}

fn units(configuration: &Value) -> String {
    let units = configuration["AwsOrganizationsSource"]["OrganizationalUnits"].as_array();
    let ids: Vec<&str> = units.into_iter().flatten().filter_map(|unit| unit["OrganizationalUnitId"].as_str()).collect();
    ids.join(" ")
}

fn list(items: &Value) -> String {
    let items: Vec<&str> = items.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    items.join(" ")
}

/// Every leaf in which two values differ: `Prefix: a → b`.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    collect("", before, after, &mut differences);
    differences
}

fn collect(path: &str, before: &Value, after: &Value, differences: &mut Vec<String>) {
    if before == after {
        return;
    }
    // An object that comes or goes is told member by member, too.
    let open = |value: &Value, other: &Value| value.is_object() || (value.is_null() && other.is_object());
    if !(open(before, after) && open(after, before)) {
        differences.push(format!("{path}: {} → {}", leaf(before), leaf(after)));
        return;
    }
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut keys: Vec<String> = members(before).keys().cloned().collect();
    keys.extend(members(after).keys().filter(|key| before.get(key.as_str()).is_none()).cloned());
    for key in keys {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        collect(&below, &before[&key], &after[&key], differences);
    }
}

fn leaf(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(leaf).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{key} {}", leaf(value))).collect();
            members.join(" ")
        }
        other => other.to_string(),
    }
}
