//! Configurations: when what is listed agrees with what is asked for, and names that are generated.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use resource_data_sync::sync::{Config, Difference, SyncName, name::NAME_CHARS_MAX};
use serde_json::{Map, Value, json};

use crate::golden;

const STACK: &str =
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/6b6e2f40-c8a1-11f0-a3cb-0a1b2c3d4e5f";
const KEYS: &str = "arn:aws:kms:eu-west-1:123456789012:";

/// A destination as a record has it, with these members changed.
fn destination(changes: &Value) -> Config {
    let base = json!({ "BucketName": "logs", "SyncFormat": "JsonSerDe", "Region": "eu-west-1" });
    config("S3Destination", base, changes)
}

fn source(changes: &Value) -> Config {
    config("SyncSource", json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": ["a", "b"] }), changes)
}

fn organization(changes: &Value) -> Config {
    let units = json!({ "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": ["ou-1", "ou-2"] });
    let base =
        json!({ "SourceType": "AwsOrganizations", "AwsOrganizationsSource": units, "SourceRegions": ["a", "b"] });
    config("SyncSource", base, changes)
}

fn config(member: &str, mut base: Value, changes: &Value) -> Config {
    let changes: Map<_, _> = changes.as_object().cloned().unwrap_or_default();
    base.as_object_mut().expect("an object").extend(changes);
    serde_json::from_value(json!({ member: base })).expect("a configuration")
}

/// Lines of what is asked for, what is listed in its place, and, in the tables of what List hides, what was asked for last.
/// `#` names what these are changes of. `key/` and `alias/` are keys of one account and Region.
fn check(table: &Expect) {
    let mut of: fn(&Value) -> Config = destination;
    golden::check(table, |line| {
        match line {
            "# destination" => of = destination,
            "# source" => of = source,
            "# organization" => of = organization,
            _ => {}
        }
        if line.starts_with('#') {
            return Vec::new();
        }
        let whole = line.replace("\"key/", &format!("\"{KEYS}key/")).replace("\"alias/", &format!("\"{KEYS}alias/"));
        let configs: Vec<Config> =
            whole.split(" | ").map(|config| of(&serde_json::from_str(config).expect(config))).collect();
        told(&match configs.as_slice() {
            [asked, listed] => asked.differences(listed),
            [asked, listed, last] => asked.hidden_differences(listed, last),
            _ => panic!("{line}"),
        })
    });
}

fn told(differences: &[Difference]) -> Vec<String> {
    let one = |difference: &Difference| {
        let Difference { field, wanted, found, is_updatable } = difference;
        let how = if *is_updatable { ", updatable" } else { "" };
        format!("{field}: {found}, not {wanted}{how}").replace(KEYS, "")
    };
    let differences: Vec<String> = differences.iter().map(one).collect();
    if differences.is_empty() { vec!["agrees".to_owned()] } else { differences }
}

#[test]
fn a_destination_agrees_whatever_ssm_rewords() {
    check(&expect![[r##"
        # destination
        {} | {} → agrees
        {} | {"BucketName":"more-logs","SyncFormat":"Parquet","Region":"us-east-1"}
          → S3Destination.BucketName: more-logs, not logs
          → S3Destination.SyncFormat: Parquet, not JsonSerDe
          → S3Destination.Region: us-east-1, not eu-west-1
        {"Prefix":"/a/b/"} | {"Prefix":"a/b"} → agrees
        {"Prefix":"/"} | {} → agrees
        {"Prefix":"a/b"} | {"Prefix":"ab"} → S3Destination.Prefix: ab, not a/b
        {"Prefix":"a"} | {} → S3Destination.Prefix: none, not a
        {"AWSKMSKeyARN":"alias/x"} | {"AWSKMSKeyARN":"key/1"} → agrees
        {"AWSKMSKeyARN":"key/1"} | {"AWSKMSKeyARN":"alias/x"} → agrees
        {"AWSKMSKeyARN":"alias/x"} | {"AWSKMSKeyARN":"alias/y"} → S3Destination.AWSKMSKeyARN: alias/y, not alias/x
        # An alias is of its key's account and Region.
        {"AWSKMSKeyARN":"alias/x"} | {"AWSKMSKeyARN":"arn:aws:kms:us-east-1:123456789012:key/1"}
          → S3Destination.AWSKMSKeyARN: arn:aws:kms:us-east-1:123456789012:key/1, not alias/x
        {"AWSKMSKeyARN":"key/1"} | {"AWSKMSKeyARN":"key/2"} → S3Destination.AWSKMSKeyARN: key/2, not key/1
        {"AWSKMSKeyARN":"key/1"} | {} → S3Destination.AWSKMSKeyARN: none, not key/1
        {} | {"AWSKMSKeyARN":"key/1"} → S3Destination.AWSKMSKeyARN: key/1, not none
        {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {} → agrees
        {} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}}
          → S3Destination.DestinationDataSharing: Organization, not none
    "##]]);
    let [destination, source] = [destination(&json!({})), source(&json!({}))];
    assert_eq!(told(&destination.differences(&source)), ["SyncType: SyncFromSource, not SyncToDestination"]);
}

#[test]
fn a_source_agrees_whatever_ssm_rewords() {
    check(&expect![[r##"
        # source
        {"SourceRegions":["a","b"]} | {"SourceRegions":["b","a"]} → agrees
        {"SourceRegions":["a"]} | {"SourceRegions":["a","b"]} → SyncSource.SourceRegions: a, b, not a, updatable
        {"SourceRegions":["a"],"IncludeFutureRegions":true} | {"SourceRegions":["a","b"],"IncludeFutureRegions":true}
          → agrees
        {"SourceRegions":["a","c"],"IncludeFutureRegions":true} | {"SourceRegions":["a","b"],"IncludeFutureRegions":true}
          → SyncSource.SourceRegions: a, b, not a, c, updatable
        {"IncludeFutureRegions":true} | {} → SyncSource.IncludeFutureRegions: false, not true, updatable
        {} | {"IncludeFutureRegions":false} → agrees
        {} | {"EnableAllOpsDataSources":false} → agrees
        {} | {"EnableAllOpsDataSources":true} → SyncSource.EnableAllOpsDataSources: true, not false, updatable
        {"EnableAllOpsDataSources":true} | {} → SyncSource.EnableAllOpsDataSources: false, not true, updatable
        # organization
        {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-1","ou-2"]}} | {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-2","ou-1"]}}
          → agrees
        {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-1"]}} | {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-2"]}}
          → SyncSource.AwsOrganizationsSource.OrganizationalUnits: ou-2, not ou-1, updatable
        {"AwsOrganizationsSource":{"OrganizationSourceType":"EntireOrganization"}} | {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-1"]}}
          → SyncSource.AwsOrganizationsSource.OrganizationSourceType: OrganizationalUnits, not EntireOrganization
          → SyncSource.AwsOrganizationsSource.OrganizationalUnits: ou-1, not , updatable
        {} | {"EnableAllOpsDataSources":true} → agrees
        {"EnableAllOpsDataSources":false} | {"EnableAllOpsDataSources":true} → agrees
        {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":false} → agrees
    "##]]);
}

#[test]
fn hidden_fields_are_compared_with_the_last_request() {
    check(&expect![[r##"
        # destination
        {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}}
          → agrees
        {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {} | {}
          → S3Destination.DestinationDataSharing: none, not Organization
        {} | {} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}}
          → S3Destination.DestinationDataSharing: Organization, not none
        {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {}
          → agrees
        # The alias that is asked for now can be another key than the one that is listed.
        {"AWSKMSKeyARN":"alias/x"} | {"AWSKMSKeyARN":"key/1"} | {"AWSKMSKeyARN":"alias/x"} → agrees
        {"AWSKMSKeyARN":"alias/x"} | {"AWSKMSKeyARN":"key/1"} | {"AWSKMSKeyARN":"key/1"}
          → S3Destination.AWSKMSKeyARN: key/1, not alias/x
        {"AWSKMSKeyARN":"key/1"} | {"AWSKMSKeyARN":"key/1"} | {"AWSKMSKeyARN":"alias/x"} → agrees
        # What List shows, List says.
        {"Prefix":"a"} | {"Prefix":"a"} | {"Prefix":"b"} → agrees
        # organization
        {"SourceRegions":["a"],"IncludeFutureRegions":true} | {"SourceRegions":["a","b"],"IncludeFutureRegions":true} | {"SourceRegions":["a"],"IncludeFutureRegions":true}
          → agrees
        # Taken out of the list: what is listed may be what is to come, or what is to go.
        {"SourceRegions":["a"],"IncludeFutureRegions":true} | {"SourceRegions":["a","b"],"IncludeFutureRegions":true} | {"SourceRegions":["a","b"],"IncludeFutureRegions":true}
          → SyncSource.SourceRegions: a, b, not a, updatable
        {"SourceRegions":["a","b"],"IncludeFutureRegions":true} | {"SourceRegions":["a","b"],"IncludeFutureRegions":true} | {"SourceRegions":["a"],"IncludeFutureRegions":true}
          → SyncSource.SourceRegions: a, not a, b, updatable
        {"EnableAllOpsDataSources":false} | {"EnableAllOpsDataSources":true} | {}
          → SyncSource.EnableAllOpsDataSources: true, not false, updatable
        {"EnableAllOpsDataSources":false} | {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":false}
          → agrees
        {} | {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":true} → agrees
        {} | {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":false}
          → SyncSource.EnableAllOpsDataSources: false, not true, updatable
    "##]]);
}

#[test]
fn a_generated_name_never_changes_between_versions() {
    let whole = json!({ "Prefix": "p", "AWSKMSKeyARN": format!("{KEYS}key/1"), "DestinationDataSharing": { "DestinationDataSharingType": "Organization" } });
    let named = |config: &Config| SyncName::generated(STACK, "Sync", config).to_string();
    let bucket = json!({ "BucketName": "bucket" });
    assert_eq!(named(&destination(&bucket)), "inventory-Sync-d7tq0i2o8nmjv6om");
    let names = [named(&destination(&whole)), named(&source(&json!({}))), named(&organization(&json!({})))];
    expect![[r#"
        inventory-Sync-2v7ati304631qpvn
        inventory-Sync-alq2qlme4vqicvbc
        inventory-Sync-8421rb7d94fsqnoi"#]]
    .assert_eq(&names.join("\n"));
}

#[test]
fn a_generated_name_differs_where_no_update_can() {
    let destinations = [
        json!({}),
        json!({ "BucketName": "b" }),
        json!({ "Prefix": "p" }),
        json!({ "Region": "us-east-1" }),
        json!({ "SyncFormat": "Parquet" }),
        json!({ "AWSKMSKeyARN": format!("{KEYS}key/1") }),
        json!({ "DestinationDataSharing": { "DestinationDataSharingType": "Organization" } }),
    ];
    let entire = json!({ "AwsOrganizationsSource": { "OrganizationSourceType": "EntireOrganization" } });
    let sources = [source(&json!({})), organization(&json!({})), organization(&entire)];
    let configs: Vec<Config> = destinations.iter().map(destination).chain(sources.clone()).collect();
    let named = |config: &Config| SyncName::generated(STACK, "Sync", config);
    let names: BTreeSet<SyncName> = configs.iter().map(named).collect();
    assert_eq!(names.len(), configs.len());

    let updatable = json!({ "SourceRegions": ["c"], "IncludeFutureRegions": true, "EnableAllOpsDataSources": true });
    assert_eq!(named(&source(&updatable)), named(&sources[0]));
    let units = json!({ "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": ["ou-3"] });
    assert_eq!(named(&organization(&json!({ "AwsOrganizationsSource": units }))), named(&sources[1]));
    let other_stack = STACK.replace("6b6e2f40", "6b6e2f41");
    assert_ne!(SyncName::generated(&other_stack, "Sync", &configs[0]), named(&configs[0]));
    assert_ne!(SyncName::generated(STACK, "Sync2", &configs[0]), named(&configs[0]));
}

#[test]
fn a_generated_name_fits_and_is_not_reserved() {
    for (stack, logical_id) in [
        ("s".repeat(128), "L".repeat(255)),
        ("s".into(), "L".repeat(255)),
        ("s".repeat(128), "L".into()),
        ("license-manager-x".into(), "S".into()),
        ("AWS-QuickSetup-1".into(), "L".repeat(90)),
        ("InspectorResourceDataSync-do-not-delete".into(), "ü".into()),
    ] {
        let stack_id = STACK.replace("/inventory/", &format!("/{stack}/"));
        let name = SyncName::generated(&stack_id, &logical_id, &destination(&json!({})));
        assert!(name.as_str().len() <= NAME_CHARS_MAX, "{name}");
        assert!(!name.is_reserved(), "{name}");
        assert!(name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{name}");
    }
}
