//! Configurations: when what is listed agrees with what is asked for, and names that are generated.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use resource_data_sync::sync::{Config, Difference, SyncName, name::NAME_CHARS_MAX};
use serde_json::{Map, Value, json};

const STACK: &str =
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/6b6e2f40-c8a1-11f0-a3cb-0a1b2c3d4e5f";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1";

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

fn told(differences: &[Difference]) -> String {
    let one = |difference: &Difference| {
        let Difference { field, wanted, found, is_updatable } = difference;
        let how = if *is_updatable { ", updatable" } else { "" };
        format!("{field}: {found}, not {wanted}{how}")
    };
    if differences.is_empty() {
        "agrees".to_owned()
    } else {
        differences.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// Rows of what is asked for and what is listed in its place.
fn check(of: fn(&Value) -> Config, rows: &[(Value, Value)], expected: &Expect) {
    let row = |(asked, listed): &(Value, Value)| {
        let differences = of(asked).differences(&of(listed));
        format!("{asked} | {listed}\n    {}\n", told(&differences))
    };
    expected.assert_eq(&rows.iter().map(row).collect::<String>());
}

#[test]
fn a_destination_agrees_whatever_ssm_rewords() {
    let key = |key: &str| json!({ "AWSKMSKeyARN": key });
    let prefix = |prefix: &str| json!({ "Prefix": prefix });
    let shared = json!({ "DestinationDataSharing": { "DestinationDataSharingType": "Organization" } });
    let alias = |name: &str| key(&KEY.replace("key/1", &format!("alias/{name}")));
    let rows = [
        (json!({}), json!({})),
        (json!({}), json!({ "BucketName": "more-logs", "SyncFormat": "Parquet", "Region": "us-east-1" })),
        (prefix("/a/b/"), prefix("a/b")),
        (prefix("/"), json!({})),
        (prefix("a/b"), prefix("ab")),
        (prefix("a"), json!({})),
        (alias("x"), key(KEY)),
        (key(KEY), alias("x")),
        (alias("x"), alias("y")),
        // An alias is of its key's account and Region.
        (alias("x"), key(&KEY.replace("eu-west-1", "us-east-1"))),
        (key(KEY), key(&KEY.replace("key/1", "key/2"))),
        (key(KEY), json!({})),
        (json!({}), key(KEY)),
        (shared.clone(), json!({})),
        (json!({}), shared.clone()),
        (shared.clone(), shared),
    ];
    check(
        destination,
        &rows,
        &expect![[r#"
            {} | {}
                agrees
            {} | {"BucketName":"more-logs","Region":"us-east-1","SyncFormat":"Parquet"}
                S3Destination.BucketName: more-logs, not logs; S3Destination.SyncFormat: Parquet, not JsonSerDe; S3Destination.Region: us-east-1, not eu-west-1
            {"Prefix":"/a/b/"} | {"Prefix":"a/b"}
                agrees
            {"Prefix":"/"} | {}
                agrees
            {"Prefix":"a/b"} | {"Prefix":"ab"}
                S3Destination.Prefix: ab, not a/b
            {"Prefix":"a"} | {}
                S3Destination.Prefix: none, not a
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"}
                agrees
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"}
                agrees
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/y"}
                S3Destination.AWSKMSKeyARN: arn:aws:kms:eu-west-1:123456789012:alias/y, not arn:aws:kms:eu-west-1:123456789012:alias/x
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"} | {"AWSKMSKeyARN":"arn:aws:kms:us-east-1:123456789012:key/1"}
                S3Destination.AWSKMSKeyARN: arn:aws:kms:us-east-1:123456789012:key/1, not arn:aws:kms:eu-west-1:123456789012:alias/x
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/2"}
                S3Destination.AWSKMSKeyARN: arn:aws:kms:eu-west-1:123456789012:key/2, not arn:aws:kms:eu-west-1:123456789012:key/1
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"} | {}
                S3Destination.AWSKMSKeyARN: none, not arn:aws:kms:eu-west-1:123456789012:key/1
            {} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"}
                S3Destination.AWSKMSKeyARN: arn:aws:kms:eu-west-1:123456789012:key/1, not none
            {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {}
                agrees
            {} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}}
                S3Destination.DestinationDataSharing: Organization, not none
            {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}}
                agrees
        "#]],
    );
}

#[test]
fn a_source_agrees_whatever_ssm_rewords() {
    let regions = |regions: &[&str]| json!({ "SourceRegions": regions });
    let future = |regions: &[&str]| json!({ "SourceRegions": regions, "IncludeFutureRegions": true });
    let all = |all: bool| json!({ "EnableAllOpsDataSources": all });
    let rows = [
        (regions(&["a", "b"]), regions(&["b", "a"])),
        (regions(&["a"]), regions(&["a", "b"])),
        (future(&["a"]), future(&["a", "b"])),
        (future(&["a", "c"]), future(&["a", "b"])),
        (future(&["a"]), regions(&["a"])),
        (regions(&["a"]), json!({ "SourceRegions": ["a"], "IncludeFutureRegions": false })),
        (json!({}), all(false)),
        (json!({}), all(true)),
        (all(true), json!({})),
    ];
    check(
        source,
        &rows,
        &expect![[r#"
        {"SourceRegions":["a","b"]} | {"SourceRegions":["b","a"]}
            agrees
        {"SourceRegions":["a"]} | {"SourceRegions":["a","b"]}
            SyncSource.SourceRegions: a, b, not a, updatable
        {"IncludeFutureRegions":true,"SourceRegions":["a"]} | {"IncludeFutureRegions":true,"SourceRegions":["a","b"]}
            agrees
        {"IncludeFutureRegions":true,"SourceRegions":["a","c"]} | {"IncludeFutureRegions":true,"SourceRegions":["a","b"]}
            SyncSource.SourceRegions: a, b, not a, c, updatable
        {"IncludeFutureRegions":true,"SourceRegions":["a"]} | {"SourceRegions":["a"]}
            SyncSource.IncludeFutureRegions: false, not true, updatable
        {"SourceRegions":["a"]} | {"IncludeFutureRegions":false,"SourceRegions":["a"]}
            agrees
        {} | {"EnableAllOpsDataSources":false}
            agrees
        {} | {"EnableAllOpsDataSources":true}
            SyncSource.EnableAllOpsDataSources: true, not false, updatable
        {"EnableAllOpsDataSources":true} | {}
            SyncSource.EnableAllOpsDataSources: false, not true, updatable
    "#]],
    );
    let units = |units: &[&str]| {
        let kind = if units.is_empty() { "EntireOrganization" } else { "OrganizationalUnits" };
        json!({ "AwsOrganizationsSource": { "OrganizationSourceType": kind, "OrganizationalUnits": units } })
    };
    let rows = [
        (units(&["ou-1", "ou-2"]), units(&["ou-2", "ou-1"])),
        (units(&["ou-1"]), units(&["ou-2"])),
        (units(&[]), units(&["ou-1"])),
        (json!({}), all(true)),
        (all(false), all(true)),
        (all(true), all(false)),
    ];
    check(
        organization,
        &rows,
        &expect![[r#"
        {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-1","ou-2"]}} | {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-2","ou-1"]}}
            agrees
        {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-1"]}} | {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-2"]}}
            SyncSource.AwsOrganizationsSource.OrganizationalUnits: ou-2, not ou-1, updatable
        {"AwsOrganizationsSource":{"OrganizationSourceType":"EntireOrganization","OrganizationalUnits":[]}} | {"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-1"]}}
            SyncSource.AwsOrganizationsSource.OrganizationSourceType: OrganizationalUnits, not EntireOrganization; SyncSource.AwsOrganizationsSource.OrganizationalUnits: ou-1, not , updatable
        {} | {"EnableAllOpsDataSources":true}
            agrees
        {"EnableAllOpsDataSources":false} | {"EnableAllOpsDataSources":true}
            agrees
        {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":false}
            agrees
    "#]],
    );
    expect!["SyncType: SyncFromSource, not SyncToDestination"]
        .assert_eq(&told(&destination(&json!({})).differences(&source(&json!({})))));
}

#[test]
fn what_list_hides_is_compared_with_what_was_asked_for_last() {
    let check = |of: fn(&Value) -> Config, rows: &[[Value; 3]], expected: &Expect| {
        let row = |[asked, listed, recorded]: &[Value; 3]| {
            let differences = of(asked).hidden_differences(&of(listed), &of(recorded));
            format!("{asked} | {listed} | {recorded}\n    {}\n", told(&differences))
        };
        expected.assert_eq(&rows.iter().map(row).collect::<String>());
    };
    let none = || json!({});
    let shared = || json!({ "DestinationDataSharing": { "DestinationDataSharingType": "Organization" } });
    let (alias, key) = (json!({ "AWSKMSKeyARN": KEY.replace("key/1", "alias/x") }), json!({ "AWSKMSKeyARN": KEY }));
    let rows = [
        [shared(), none(), shared()],
        [shared(), none(), none()],
        [none(), none(), shared()],
        [shared(), shared(), none()],
        // The alias that is asked for now can be another key than the one that is listed.
        [alias.clone(), key.clone(), alias.clone()],
        [alias.clone(), key.clone(), key.clone()],
        [key.clone(), key, alias],
        // What List shows, List says.
        [json!({ "Prefix": "a" }), json!({ "Prefix": "a" }), json!({ "Prefix": "b" })],
    ];
    check(
        destination,
        &rows,
        &expect![[r#"
            {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}}
                agrees
            {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {} | {}
                S3Destination.DestinationDataSharing: none, not Organization
            {} | {} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}}
                S3Destination.DestinationDataSharing: Organization, not none
            {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {"DestinationDataSharing":{"DestinationDataSharingType":"Organization"}} | {}
                agrees
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"}
                agrees
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"}
                S3Destination.AWSKMSKeyARN: arn:aws:kms:eu-west-1:123456789012:key/1, not arn:aws:kms:eu-west-1:123456789012:alias/x
            {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1"} | {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/x"}
                agrees
            {"Prefix":"a"} | {"Prefix":"a"} | {"Prefix":"b"}
                agrees
        "#]],
    );
    let future = |regions: &[&str]| json!({ "SourceRegions": regions, "IncludeFutureRegions": true });
    let all = |all: bool| json!({ "EnableAllOpsDataSources": all });
    let rows = [
        [future(&["a"]), future(&["a", "b"]), future(&["a"])],
        // Taken out of the list: what is listed may be what is to come, or what is to go.
        [future(&["a"]), future(&["a", "b"]), future(&["a", "b"])],
        [future(&["a", "b"]), future(&["a", "b"]), future(&["a"])],
        [all(false), all(true), none()],
        [all(false), all(true), all(false)],
        [none(), all(true), all(true)],
        [none(), all(true), all(false)],
    ];
    check(
        organization,
        &rows,
        &expect![[r#"
            {"IncludeFutureRegions":true,"SourceRegions":["a"]} | {"IncludeFutureRegions":true,"SourceRegions":["a","b"]} | {"IncludeFutureRegions":true,"SourceRegions":["a"]}
                agrees
            {"IncludeFutureRegions":true,"SourceRegions":["a"]} | {"IncludeFutureRegions":true,"SourceRegions":["a","b"]} | {"IncludeFutureRegions":true,"SourceRegions":["a","b"]}
                SyncSource.SourceRegions: a, b, not a, updatable
            {"IncludeFutureRegions":true,"SourceRegions":["a","b"]} | {"IncludeFutureRegions":true,"SourceRegions":["a","b"]} | {"IncludeFutureRegions":true,"SourceRegions":["a"]}
                SyncSource.SourceRegions: a, not a, b, updatable
            {"EnableAllOpsDataSources":false} | {"EnableAllOpsDataSources":true} | {}
                SyncSource.EnableAllOpsDataSources: true, not false, updatable
            {"EnableAllOpsDataSources":false} | {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":false}
                agrees
            {} | {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":true}
                agrees
            {} | {"EnableAllOpsDataSources":true} | {"EnableAllOpsDataSources":false}
                SyncSource.EnableAllOpsDataSources: false, not true, updatable
        "#]],
    );
}

#[test]
fn a_generated_name_is_pinned_because_stacks_live_longer_than_versions() {
    let whole = json!({ "Prefix": "p", "AWSKMSKeyARN": KEY, "DestinationDataSharing": { "DestinationDataSharingType": "Organization" } });
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
fn a_generated_name_differs_with_what_cannot_be_updated_and_with_nothing_else() {
    let destinations = [
        json!({}),
        json!({ "BucketName": "b" }),
        json!({ "Prefix": "p" }),
        json!({ "Region": "us-east-1" }),
        json!({ "SyncFormat": "Parquet" }),
        json!({ "AWSKMSKeyARN": KEY }),
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
fn a_generated_name_fits_and_is_none_that_aws_uses() {
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
