//! Properties: what is accepted, what is not, and every fault in the words that an author reads.

use std::{collections::BTreeSet, fmt::Write as _};

use expect_test::{Expect, expect};
use resource_data_sync::{
    physical_id::LOOKS_FAILED_PREFIX,
    properties::{self, Properties, REGIONS_MAX, TOP_KEYS},
    request::Block,
    sync::{Config, Destination, Organization, Source, SyncType},
};
use serde_json::{Map, Value, json};

fn block(properties: &Value) -> Block {
    Block::Object(properties.as_object().expect("properties are an object").clone())
}

fn accepted(properties: &Value) -> Properties {
    properties::read(&block(properties)).unwrap_or_else(|faults| panic!("{properties} is at fault: {faults:?}"))
}

/// The faults, one a line; `accepted` if there are none.
fn told(block: &Block) -> String {
    match properties::read(block) {
        Ok(_) => "accepted".to_owned(),
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

fn check(properties: &Value, expected: &Expect) {
    expected.assert_eq(&told(&block(properties)));
}

/// `base` with each case's place set to its value, in turn; a place is a JSON pointer, and its parents are made.
fn check_each(base: &Value, cases: &[(&str, Value)], expected: &Expect) {
    let mut text = String::new();
    for (place, value) in cases {
        let told = told(&block(&set(base, place, value.clone())));
        let _ = writeln!(text, "{place} = {}\n    {}", shown(value), told.replace('\n', "\n    "));
    }
    expected.assert_eq(&text);
}

fn set(base: &Value, place: &str, value: Value) -> Value {
    let mut changed = base.clone();
    let (parents, key) = place.rsplit_once('/').expect("a JSON pointer");
    let mut parent = &mut changed;
    for name in parents.split('/').skip(1) {
        let map = parent.as_object_mut().expect("a parent is an object");
        parent = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    parent.as_object_mut().expect("a parent is an object").insert(key.to_owned(), value);
    changed
}

fn shown(value: &Value) -> String {
    let json = value.to_string();
    match json.chars().count() {
        0..=60 => json,
        chars => format!("{}… ({chars} characters)", json.chars().take(20).collect::<String>()),
    }
}

/// The least that a `SyncToDestination` takes.
fn destination() -> Value {
    json!({ "S3Destination": { "BucketName": "logs", "Region": "eu-west-1" } })
}

/// The same in the native form.
fn flat() -> Value {
    json!({ "BucketName": "logs", "BucketRegion": "eu-west-1" })
}

/// The least that a `SyncFromSource` takes.
fn source() -> Value {
    json!({
        "SyncType": "SyncFromSource",
        "SyncSource": { "SourceType": "SingleAccountMultiRegions", "SourceRegions": ["eu-west-1"] },
    })
}

/// The least that a source with organizational units takes.
fn units() -> Value {
    json!({
        "SyncType": "SyncFromSource",
        "SyncSource": {
            "SourceType": "AwsOrganizations",
            "AwsOrganizationsSource": {
                "OrganizationSourceType": "OrganizationalUnits",
                "OrganizationalUnits": ["ou-ab12-34cd56ef"],
            },
            "SourceRegions": ["eu-west-1"],
        },
    })
}

const UNITS: &str = "/SyncSource/AwsOrganizationsSource/OrganizationalUnits";

fn unit(number: usize) -> String {
    format!("ou-ab12-{number:08}")
}

#[test]
fn the_least_of_each_kind_is_accepted_with_its_defaults() {
    let bucket = Destination {
        bucket_name: "logs".into(),
        sync_format: "JsonSerDe".into(),
        region: "eu-west-1".into(),
        ..Destination::default()
    };
    let defaults = |config: Config| Properties {
        name: None,
        config,
        regions: None,
        wait_for_first_sync: false,
        service_timeout_s: 3600,
    };
    assert_eq!(accepted(&destination()), defaults(Config::ToDestination(bucket.clone())));
    assert_eq!(accepted(&flat()), defaults(Config::ToDestination(bucket)));
    let single = Source {
        source_type: "SingleAccountMultiRegions".into(),
        source_regions: BTreeSet::from(["eu-west-1".to_owned()]),
        ..Source::default()
    };
    assert_eq!(accepted(&source()), defaults(Config::FromSource(single)));
}

#[test]
fn everything_at_once_is_accepted_in_the_words_of_the_api() {
    let properties = json!({
        "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "ServiceTimeout": "900",
        "SyncName": "explorer",
        "SyncType": "SyncFromSource",
        "Regions": ["us-gov-east-1", "eu-west-1"],
        "WaitForFirstSync": "True",
        "SyncSource": {
            "SourceType": "AwsOrganizations",
            "AwsOrganizationsSource": {
                "OrganizationSourceType": "OrganizationalUnits",
                "OrganizationalUnits": [{ "OrganizationalUnitId": "ou-ab12-34cd56ef" }, "ou-ab12-99999999"],
            },
            "SourceRegions": ["us-east-1", "eu-west-1", "us-east-1"],
            "IncludeFutureRegions": true,
            "EnableAllOpsDataSources": "true",
        },
    });
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<String>>();
    assert_eq!(
        accepted(&properties),
        Properties {
            name: Some("explorer".into()),
            config: Config::FromSource(Source {
                source_type: "AwsOrganizations".into(),
                organization: Some(Organization {
                    source_type: "OrganizationalUnits".into(),
                    units: set(&["ou-ab12-34cd56ef", "ou-ab12-99999999"]),
                }),
                source_regions: set(&["eu-west-1", "us-east-1"]),
                include_future_regions: true,
                enable_all_ops_data_sources: true,
            }),
            regions: Some(set(&["eu-west-1", "us-gov-east-1"])),
            wait_for_first_sync: true,
            service_timeout_s: 900,
        }
    );
}

#[test]
fn the_native_names_mean_the_same_as_those_of_the_api() {
    let whole = Destination {
        bucket_name: "logs".into(),
        prefix: Some("ssm".into()),
        sync_format: "JsonSerDe".into(),
        region: "us-east-1".into(),
        kms_key_arn: Some("arn:aws:kms:us-east-1:123456789012:key/k".into()),
        sharing: None,
    };
    let api = json!({ "S3Destination": {
        "BucketName": "logs", "Prefix": "ssm", "SyncFormat": "JsonSerDe", "Region": "us-east-1",
        "AWSKMSKeyARN": "arn:aws:kms:us-east-1:123456789012:key/k",
    } });
    let native = json!({ "S3Destination": {
        "BucketName": "logs", "BucketPrefix": "ssm", "SyncFormat": "JsonSerDe", "BucketRegion": "us-east-1",
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
    } });
    let flat = native["S3Destination"].clone();
    for properties in [api, native, flat] {
        assert_eq!(accepted(&properties).config, Config::ToDestination(whole.clone()), "{properties}");
    }
}

#[test]
fn the_sharing_of_a_destination_is_kept() {
    let shared = set(
        &destination(),
        "/S3Destination/DestinationDataSharing",
        json!({ "DestinationDataSharingType": "Organization" }),
    );
    assert_eq!(accepted(&shared).config.sharing(), Some("Organization"));
    check_each(
        &destination(),
        &[
            ("/S3Destination/DestinationDataSharing", json!("Organization")),
            ("/S3Destination/DestinationDataSharing/DestinationDataSharingType", json!("Account")),
            ("/S3Destination/DestinationDataSharing/DestinationDataSharingType", json!("organization")),
            ("/S3Destination/DestinationDataSharing/SharingType", json!("Organization")),
        ],
        &expect![[r#"
            /S3Destination/DestinationDataSharing = "Organization"
                S3Destination.DestinationDataSharing: must be an object, got the string "Organization"
            /S3Destination/DestinationDataSharing/DestinationDataSharingType = "Account"
                S3Destination.DestinationDataSharing.DestinationDataSharingType: must be Organization, got "Account"
            /S3Destination/DestinationDataSharing/DestinationDataSharingType = "organization"
                S3Destination.DestinationDataSharing.DestinationDataSharingType: must be Organization, got "organization"
            /S3Destination/DestinationDataSharing/SharingType = "Organization"
                S3Destination.DestinationDataSharing.SharingType: there is no such property; known here: DestinationDataSharingType
                S3Destination.DestinationDataSharing.DestinationDataSharingType: required (Organization), but it is missing
        "#]],
    );
}

#[test]
fn properties_that_are_no_object_are_one_fault() {
    let mut text = String::new();
    for block in [Block::Missing, Block::NotAnObject("a list")] {
        let _ = writeln!(text, "{}", told(&block));
    }
    expect![[r#"
        ResourceProperties: must be an object with the resource's properties, but it is missing
        ResourceProperties: must be an object with the resource's properties, but it is a list
    "#]]
    .assert_eq(&text);
    check(
        &json!({}),
        &expect!["S3Destination: required when SyncType is SyncToDestination (the default), but it is missing"],
    );
}

#[test]
fn regression_an_optional_block_of_empty_strings_is_left_out() {
    let base = json!({ "S3Destination": { "BucketName": "logs", "Region": "eu-west-1" } });
    let sharing = json!({ "DestinationDataSharing": { "DestinationDataSharingType": "" } });
    let mut with_blanks = base.clone();
    with_blanks["S3Destination"]["DestinationDataSharing"] = sharing["DestinationDataSharing"].clone();
    with_blanks["SyncSource"] = json!({ "SourceType": "", "AwsOrganizationsSource": { "OrganizationSourceType": "" } });
    assert_eq!(accepted(&with_blanks), accepted(&base));
}

#[test]
fn what_is_required_is_asked_for_with_what_is_allowed() {
    check(
        &json!({ "S3Destination": { "Prefix": "ssm" } }),
        &expect![[r#"
        S3Destination.BucketName: required (1 to 2048 characters), but it is missing
        S3Destination.Region: required (1 to 64 characters), but it is missing"#]],
    );
    check(
        &json!({ "BucketPrefix": "ssm" }),
        &expect![[r#"
        BucketName: required (1 to 2048 characters), but it is missing
        BucketRegion: required (1 to 64 characters), but it is missing"#]],
    );
    check(
        &json!({ "SyncType": "SyncFromSource" }),
        &expect!["SyncSource: required when SyncType is SyncFromSource, but it is missing"],
    );
    check(
        &json!({ "SyncType": "SyncFromSource", "SyncSource": { "IncludeFutureRegions": "true" } }),
        &expect![[r#"
            SyncSource.SourceType: required (SingleAccountMultiRegions or AwsOrganizations), but it is missing
            SyncSource.SourceRegions: required (a list of at least one item), but it is missing"#]],
    );
    check(
        &json!({ "SyncType": "SyncFromSource", "SyncSource": {
            "SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1"],
        } }),
        &expect!["SyncSource.AwsOrganizationsSource: required when SourceType is AwsOrganizations, but it is missing"],
    );
    check(
        &json!({ "SyncType": "SyncFromSource", "SyncSource": {
            "SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1"],
            "AwsOrganizationsSource": { "OrganizationalUnits": ["ou-ab12-34cd56ef"] },
        } }),
        &expect![
            "SyncSource.AwsOrganizationsSource.OrganizationSourceType: required (EntireOrganization or OrganizationalUnits), but it is missing"
        ],
    );
    check(
        &json!({ "SyncType": "SyncFromSource", "SyncSource": {
            "SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1"],
            "AwsOrganizationsSource": { "OrganizationSourceType": "OrganizationalUnits" },
        } }),
        &expect![
            "SyncSource.AwsOrganizationsSource.OrganizationalUnits: required (a list of 1 to 1000 items), but it is missing"
        ],
    );
}

#[test]
fn what_belongs_to_the_other_type_is_refused() {
    check(
        &set(&destination(), "/SyncSource", source()["SyncSource"].clone()),
        &expect!["SyncSource: allowed only when SyncType is SyncFromSource"],
    );
    check(
        &set(&source(), "/S3Destination", destination()["S3Destination"].clone()),
        &expect!["S3Destination: allowed only when SyncType is SyncToDestination"],
    );
    check(
        &set(&source(), "/BucketName", json!("logs")),
        &expect![[r#"
        BucketRegion: required (1 to 64 characters), but it is missing
        BucketName: allowed only when SyncType is SyncToDestination"#]],
    );
    check(
        &set(&source(), "/SyncSource/AwsOrganizationsSource/OrganizationSourceType", json!("EntireOrganization")),
        &expect!["SyncSource.AwsOrganizationsSource: allowed only when SourceType is AwsOrganizations"],
    );
    check(
        &set(&units(), "/SyncSource/AwsOrganizationsSource/OrganizationSourceType", json!("EntireOrganization")),
        &expect![
            "SyncSource.AwsOrganizationsSource.OrganizationalUnits: allowed only when OrganizationSourceType is OrganizationalUnits"
        ],
    );
}

#[test]
fn an_entire_organization_has_no_units_and_an_empty_list_of_them_is_none() {
    let entire = set(
        &set(&units(), UNITS, json!([])),
        "/SyncSource/AwsOrganizationsSource/OrganizationSourceType",
        json!("EntireOrganization"),
    );
    let Config::FromSource(source) = accepted(&entire).config else { panic!("a source") };
    assert_eq!(source.organization.unwrap().units, BTreeSet::new());
}

#[test]
fn every_choice_is_told_with_what_was_given() {
    check_each(
        &destination(),
        &[
            ("/SyncType", json!("SyncToDestinations")),
            ("/SyncType", json!("synctodestination")),
            ("/SyncType", json!(["SyncToDestination"])),
            ("/S3Destination/SyncFormat", json!("Parquet")),
            ("/S3Destination/SyncFormat", json!(1)),
        ],
        &expect![[r#"
            /SyncType = "SyncToDestinations"
                SyncType: must be SyncToDestination or SyncFromSource, got "SyncToDestinations"
            /SyncType = "synctodestination"
                SyncType: must be SyncToDestination or SyncFromSource, got "synctodestination"
            /SyncType = ["SyncToDestination"]
                SyncType: must be SyncToDestination or SyncFromSource, got a list of 1
            /S3Destination/SyncFormat = "Parquet"
                S3Destination.SyncFormat: must be JsonSerDe, got "Parquet"
            /S3Destination/SyncFormat = 1
                S3Destination.SyncFormat: must be JsonSerDe, got the number 1
        "#]],
    );
    check_each(
        &units(),
        &[
            ("/SyncSource/SourceType", json!("SingleAccountMultiRegion")),
            ("/SyncSource/AwsOrganizationsSource/OrganizationSourceType", json!("Everything")),
        ],
        &expect![[r#"
            /SyncSource/SourceType = "SingleAccountMultiRegion"
                SyncSource.SourceType: must be SingleAccountMultiRegions or AwsOrganizations, got "SingleAccountMultiRegion"
            /SyncSource/AwsOrganizationsSource/OrganizationSourceType = "Everything"
                SyncSource.AwsOrganizationsSource.OrganizationSourceType: must be EntireOrganization or OrganizationalUnits, got "Everything"
        "#]],
    );
}

#[test]
fn lengths_are_counted_in_characters_and_hold_at_both_edges() {
    let umlauts = |chars: usize| json!("ü".repeat(chars));
    let arn = |chars: usize| json!(format!("arn:{}", "ü".repeat(chars - 4)));
    check_each(
        &destination(),
        &[
            ("/SyncName", json!("i")),
            ("/SyncName", umlauts(64)),
            ("/SyncName", umlauts(65)),
            ("/S3Destination/BucketName", json!("b")),
            ("/S3Destination/BucketName", umlauts(2048)),
            ("/S3Destination/BucketName", umlauts(2049)),
            ("/S3Destination/Prefix", json!("p")),
            ("/S3Destination/Prefix", umlauts(256)),
            ("/S3Destination/Prefix", umlauts(257)),
            ("/S3Destination/Region", json!("r")),
            ("/S3Destination/Region", umlauts(64)),
            ("/S3Destination/Region", umlauts(65)),
            ("/S3Destination/AWSKMSKeyARN", json!("arn:")),
            ("/S3Destination/AWSKMSKeyARN", arn(512)),
            ("/S3Destination/AWSKMSKeyARN", arn(513)),
        ],
        &expect![[r#"
            /SyncName = "i"
                accepted
            /SyncName = "üüüüüüüüüüüüüüüüüüü… (66 characters)
                accepted
            /SyncName = "üüüüüüüüüüüüüüüüüüü… (67 characters)
                SyncName: must have 1 to 64 characters, got 65 characters
            /S3Destination/BucketName = "b"
                accepted
            /S3Destination/BucketName = "üüüüüüüüüüüüüüüüüüü… (2050 characters)
                accepted
            /S3Destination/BucketName = "üüüüüüüüüüüüüüüüüüü… (2051 characters)
                S3Destination.BucketName: must have 1 to 2048 characters, got 2049 characters
            /S3Destination/Prefix = "p"
                accepted
            /S3Destination/Prefix = "üüüüüüüüüüüüüüüüüüü… (258 characters)
                accepted
            /S3Destination/Prefix = "üüüüüüüüüüüüüüüüüüü… (259 characters)
                S3Destination.Prefix: must have 1 to 256 characters, got 257 characters
            /S3Destination/Region = "r"
                accepted
            /S3Destination/Region = "üüüüüüüüüüüüüüüüüüü… (66 characters)
                accepted
            /S3Destination/Region = "üüüüüüüüüüüüüüüüüüü… (67 characters)
                S3Destination.Region: must have 1 to 64 characters, got 65 characters
            /S3Destination/AWSKMSKeyARN = "arn:"
                accepted
            /S3Destination/AWSKMSKeyARN = "arn:üüüüüüüüüüüüüüü… (514 characters)
                accepted
            /S3Destination/AWSKMSKeyARN = "arn:üüüüüüüüüüüüüüü… (515 characters)
                S3Destination.AWSKMSKeyARN: must have 1 to 512 characters, got 513 characters
        "#]],
    );
    check_each(
        &flat(),
        &[
            ("/BucketName", umlauts(2048)),
            ("/BucketName", umlauts(2049)),
            ("/BucketPrefix", umlauts(256)),
            ("/BucketPrefix", umlauts(257)),
            ("/BucketRegion", umlauts(64)),
            ("/BucketRegion", umlauts(65)),
            ("/KMSKeyArn", arn(512)),
            ("/KMSKeyArn", arn(513)),
        ],
        &expect![[r#"
            /BucketName = "üüüüüüüüüüüüüüüüüüü… (2050 characters)
                accepted
            /BucketName = "üüüüüüüüüüüüüüüüüüü… (2051 characters)
                BucketName: must have 1 to 2048 characters, got 2049 characters
            /BucketPrefix = "üüüüüüüüüüüüüüüüüüü… (258 characters)
                accepted
            /BucketPrefix = "üüüüüüüüüüüüüüüüüüü… (259 characters)
                BucketPrefix: must have 1 to 256 characters, got 257 characters
            /BucketRegion = "üüüüüüüüüüüüüüüüüüü… (66 characters)
                accepted
            /BucketRegion = "üüüüüüüüüüüüüüüüüüü… (67 characters)
                BucketRegion: must have 1 to 64 characters, got 65 characters
            /KMSKeyArn = "arn:üüüüüüüüüüüüüüü… (514 characters)
                accepted
            /KMSKeyArn = "arn:üüüüüüüüüüüüüüü… (515 characters)
                KMSKeyArn: must have 1 to 512 characters, got 513 characters
        "#]],
    );
    check_each(
        &source(),
        &[
            ("/SyncSource/SourceRegions", json!(["r", "ü".repeat(64)])),
            ("/SyncSource/SourceRegions", json!(["ü".repeat(65), ""])),
        ],
        &expect![[r#"
            /SyncSource/SourceRegions = ["r","üüüüüüüüüüüüüü… (72 characters)
                accepted
            /SyncSource/SourceRegions = ["üüüüüüüüüüüüüüüüüü… (72 characters)
                SyncSource.SourceRegions[0]: must have 1 to 64 characters, got 65 characters
                SyncSource.SourceRegions[1]: must have 1 to 64 characters, got an empty string
        "#]],
    );
}

#[test]
fn a_key_that_is_no_arn_is_refused() {
    check_each(
        &destination(),
        &[
            ("/S3Destination/AWSKMSKeyARN", json!("alias/inventory")),
            ("/S3Destination/KMSKeyArn", json!("0f6b3a10-c8a1-11f0-8e11-0242ac120002")),
        ],
        &expect![[r#"
            /S3Destination/AWSKMSKeyARN = "alias/inventory"
                S3Destination.AWSKMSKeyARN: must be the ARN of a KMS key (arn:…), got "alias/inventory"
            /S3Destination/KMSKeyArn = "0f6b3a10-c8a1-11f0-8e11-0242ac120002"
                S3Destination.KMSKeyArn: must be the ARN of a KMS key (arn:…), got "0f6b3a10-c8a1-11f0-8e11-0242ac120002"
        "#]],
    );
    check_each(
        &flat(),
        &[("/KMSKeyArn", json!("alias/inventory"))],
        &expect![[r#"
        /KMSKeyArn = "alias/inventory"
            KMSKeyArn: must be the ARN of a KMS key (arn:…), got "alias/inventory"
    "#]],
    );
}

#[test]
fn names_that_aws_keeps_and_names_like_a_failed_creates_id_are_refused() {
    let like_failed = format!("{LOOKS_FAILED_PREFIX}/20261123T080000Z/taken/x");
    check_each(
        &destination(),
        &[
            ("/SyncName", json!("InspectorResourceDataSync-do-not-delete")),
            ("/SyncName", json!("license-manager-inventory")),
            ("/SyncName", json!("AWS-QuickSetup-abc")),
            ("/SyncName", json!(like_failed)),
            ("/SyncName", json!("Custom::ResourceDataSync")),
            ("/SyncName", json!("inven\ttory")),
            ("/SyncName", json!("InspectorResourceDataSync-do-not-delete-me")),
            ("/SyncName", json!("my-license-manager-")),
            ("/SyncName", json!("aws-quicksetup-abc")),
            ("/SyncName", json!("my Custom::ResourceDataSync")),
        ],
        &expect![[r#"
            /SyncName = "InspectorResourceDataSync-do-not-delete"
                SyncName: AWS keeps the names InspectorResourceDataSync-do-not-delete, license-manager-* and AWS-QuickSetup-* for itself, got "InspectorResourceDataSync-do-not-delete"
            /SyncName = "license-manager-inventory"
                SyncName: AWS keeps the names InspectorResourceDataSync-do-not-delete, license-manager-* and AWS-QuickSetup-* for itself, got "license-manager-inventory"
            /SyncName = "AWS-QuickSetup-abc"
                SyncName: AWS keeps the names InspectorResourceDataSync-do-not-delete, license-manager-* and AWS-QuickSetup-* for itself, got "AWS-QuickSetup-abc"
            /SyncName = "Custom::ResourceDataSync/20261123T080000Z/taken/x"
                SyncName: names that begin with Custom::ResourceDataSync stand for failed Creates, got "Custom::ResourceDataSync/20261123T080000Z/taken/x"
            /SyncName = "Custom::ResourceDataSync"
                SyncName: names that begin with Custom::ResourceDataSync stand for failed Creates, got "Custom::ResourceDataSync"
            /SyncName = "inven\ttory"
                SyncName: must not hold control characters
            /SyncName = "InspectorResourceDataSync-do-not-delete-me"
                accepted
            /SyncName = "my-license-manager-"
                accepted
            /SyncName = "aws-quicksetup-abc"
                accepted
            /SyncName = "my Custom::ResourceDataSync"
                accepted
        "#]],
    );
}

#[test]
fn an_unknown_key_is_told_at_every_level_with_the_one_that_was_meant() {
    check_each(
        &destination(),
        &[
            ("/SyncNam", json!("x")),
            ("/syncname", json!("x")),
            ("/S3Destinations", json!({})),
            ("/Waitforfirstsync", json!("")),
            ("/DestinationDataSharing", json!({ "DestinationDataSharingType": "Organization" })),
            ("/Tags", json!([])),
            ("/S3Destination/BuketName", json!("x")),
            ("/S3Destination/AwsKmsKeyArns", json!("x")),
            ("/S3Destination/Bucket", json!("x")),
            ("/S3Destination/Colour", json!(null)),
            ("/S3Destination/DestinationDataSharing/DataSharingType", json!("Organization")),
        ],
        &expect![[r#"
            /SyncNam = "x"
                SyncNam: there is no such property; did you mean SyncName?
            /syncname = "x"
                syncname: there is no such property; did you mean SyncName?
            /S3Destinations = {}
                S3Destinations: there is no such property; did you mean S3Destination?
            /Waitforfirstsync = ""
                Waitforfirstsync: there is no such property; did you mean WaitForFirstSync?
            /DestinationDataSharing = {"DestinationDataSharingType":"Organization"}
                DestinationDataSharing: there is no such property here; it belongs into S3Destination
            /Tags = []
                Tags: there is no such property; known here: SyncName, SyncType, S3Destination, SyncSource, BucketName, BucketPrefix, BucketRegion, KMSKeyArn, SyncFormat, Regions, WaitForFirstSync, ServiceToken, ServiceTimeout
            /S3Destination/BuketName = "x"
                S3Destination.BuketName: there is no such property; did you mean BucketName?
            /S3Destination/AwsKmsKeyArns = "x"
                S3Destination.AwsKmsKeyArns: there is no such property; did you mean AWSKMSKeyARN?
            /S3Destination/Bucket = "x"
                S3Destination.Bucket: there is no such property; known here: BucketName, Prefix, BucketPrefix, SyncFormat, Region, BucketRegion, AWSKMSKeyARN, KMSKeyArn, DestinationDataSharing
            /S3Destination/Colour = null
                S3Destination.Colour: there is no such property; known here: BucketName, Prefix, BucketPrefix, SyncFormat, Region, BucketRegion, AWSKMSKeyARN, KMSKeyArn, DestinationDataSharing
            /S3Destination/DestinationDataSharing/DataSharingType = "Organization"
                S3Destination.DestinationDataSharing.DataSharingType: there is no such property; known here: DestinationDataSharingType
                S3Destination.DestinationDataSharing.DestinationDataSharingType: required (Organization), but it is missing
        "#]],
    );
    check_each(
        &units(),
        &[
            ("/SyncSource/SourceRegion", json!("x")),
            ("/SyncSource/IncludeFutureRegion", json!("true")),
            ("/SyncSource/State", json!("x")),
            ("/SyncSource/AwsOrganizationsSource/OrganizationalUnit", json!("x")),
            ("/SyncSource/AwsOrganizationsSource/Root", json!("x")),
            (UNITS, json!([{ "OrganizationalUnitID": "ou-ab12-34cd56ef" }])),
            (UNITS, json!([{ "OrganizationalUnitId": "ou-ab12-34cd56ef", "Name": "sales" }])),
        ],
        &expect![[r#"
            /SyncSource/SourceRegion = "x"
                SyncSource.SourceRegion: there is no such property; did you mean SourceRegions?
            /SyncSource/IncludeFutureRegion = "true"
                SyncSource.IncludeFutureRegion: there is no such property; did you mean IncludeFutureRegions?
            /SyncSource/State = "x"
                SyncSource.State: there is no such property; known here: SourceType, AwsOrganizationsSource, SourceRegions, IncludeFutureRegions, EnableAllOpsDataSources
            /SyncSource/AwsOrganizationsSource/OrganizationalUnit = "x"
                SyncSource.AwsOrganizationsSource.OrganizationalUnit: there is no such property; did you mean OrganizationalUnits?
            /SyncSource/AwsOrganizationsSource/Root = "x"
                SyncSource.AwsOrganizationsSource.Root: there is no such property; known here: OrganizationSourceType, OrganizationalUnits
            /SyncSource/AwsOrganizationsSource/OrganizationalUnits = [{"OrganizationalUnitID":"ou-ab12-34cd56ef"}]
                SyncSource.AwsOrganizationsSource.OrganizationalUnits[0].OrganizationalUnitID: there is no such property; did you mean OrganizationalUnitId?
                SyncSource.AwsOrganizationsSource.OrganizationalUnits[0].OrganizationalUnitId: required, but it is missing
            /SyncSource/AwsOrganizationsSource/OrganizationalUnits = [{"Name":"sales","OrganizationalUnitId":"ou-ab12-34cd56ef"}]
                SyncSource.AwsOrganizationsSource.OrganizationalUnits[0].Name: there is no such property; known here: OrganizationalUnitId
        "#]],
    );
}

#[test]
fn a_key_of_any_length_is_told_in_a_few_words() {
    check(
        &set(&destination(), &format!("/{}", "k".repeat(5_000)), json!("x")),
        &expect![
            "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…: there is no such property; known here: SyncName, SyncType, S3Destination, SyncSource, BucketName, BucketPrefix, BucketRegion, KMSKeyArn, SyncFormat, Regions, WaitForFirstSync, ServiceToken, ServiceTimeout"
        ],
    );
}

#[test]
fn every_known_key_is_known() {
    for key in TOP_KEYS {
        let told = told(&block(&json!({ key: "x" })));
        assert!(!told.contains("no such property"), "{key}: {told}");
    }
}

#[test]
fn both_forms_of_a_destination_at_once_are_a_fault_for_each_key() {
    let mut both = destination();
    for (key, value) in [
        ("BucketName", "logs"),
        ("BucketPrefix", "ssm"),
        ("BucketRegion", "eu-west-1"),
        ("KMSKeyArn", "arn:k"),
        ("SyncFormat", "JsonSerDe"),
    ] {
        both[key] = json!(value);
    }
    check(
        &both,
        &expect![[r#"
        BucketName: given together with S3Destination; write the destination in one of the two forms
        BucketPrefix: given together with S3Destination; write the destination in one of the two forms
        BucketRegion: given together with S3Destination; write the destination in one of the two forms
        KMSKeyArn: given together with S3Destination; write the destination in one of the two forms
        SyncFormat: given together with S3Destination; write the destination in one of the two forms"#]],
    );
    check_each(
        &destination(),
        &[
            ("/S3Destination/BucketRegion", json!("eu-west-1")),
            ("/BucketName", json!("")),
            ("/S3Destination", json!({ "BucketName": "b", "Region": "r", "Prefix": "p", "BucketPrefix": "p" })),
            (
                "/S3Destination",
                json!({ "BucketName": "b", "Region": "r", "AWSKMSKeyARN": "arn:k", "KMSKeyArn": "arn:k" }),
            ),
        ],
        &expect![[r#"
            /S3Destination/BucketRegion = "eu-west-1"
                S3Destination.BucketRegion: another name of Region, which is given too; write one of them
            /BucketName = ""
                accepted
            /S3Destination = {"BucketName":"b","B… (63 characters)
                S3Destination.BucketPrefix: another name of Prefix, which is given too; write one of them
            /S3Destination = {"AWSKMSKeyARN":"arn… (74 characters)
                S3Destination.KMSKeyArn: another name of AWSKMSKeyARN, which is given too; write one of them
        "#]],
    );
}

#[test]
fn booleans_come_in_every_spelling() {
    let flags = |value: &Value| {
        let properties =
            ["/SyncSource/IncludeFutureRegions", "/SyncSource/EnableAllOpsDataSources", "/WaitForFirstSync"]
                .iter()
                .fold(source(), |properties, place| set(&properties, place, value.clone()));
        let properties = accepted(&properties);
        let Config::FromSource(source) = properties.config else { panic!("a source") };
        (source.include_future_regions, source.enable_all_ops_data_sources, properties.wait_for_first_sync)
    };
    for value in [json!(true), json!("true"), json!("True"), json!("TRUE")] {
        assert_eq!(flags(&value), (true, true, true), "{value}");
    }
    for value in [json!(false), json!("false"), json!("False"), json!("FALSE"), json!(""), json!(null), json!({})] {
        assert_eq!(flags(&value), (false, false, false), "{value}");
    }
    check_each(
        &source(),
        &[
            ("/SyncSource/IncludeFutureRegions", json!("yes")),
            ("/SyncSource/EnableAllOpsDataSources", json!(1)),
            ("/WaitForFirstSync", json!("true ")),
            ("/WaitForFirstSync", json!([])),
        ],
        &expect![[r#"
            /SyncSource/IncludeFutureRegions = "yes"
                SyncSource.IncludeFutureRegions: must be true or false, got "yes"
            /SyncSource/EnableAllOpsDataSources = 1
                SyncSource.EnableAllOpsDataSources: must be true or false, got the number 1
            /WaitForFirstSync = "true "
                WaitForFirstSync: must be true or false, got "true "
            /WaitForFirstSync = []
                WaitForFirstSync: must be true or false, got a list of 0
        "#]],
    );
}

#[test]
fn an_empty_string_object_or_null_is_the_same_as_leaving_it_out() {
    for empty in [json!(""), json!({}), json!(null)] {
        let mut properties = destination();
        for place in [
            "/SyncName",
            "/SyncType",
            "/SyncSource",
            "/BucketName",
            "/BucketPrefix",
            "/BucketRegion",
            "/KMSKeyArn",
            "/SyncFormat",
            "/Regions",
            "/WaitForFirstSync",
            "/ServiceTimeout",
            "/ServiceToken",
            "/S3Destination/Prefix",
            "/S3Destination/BucketPrefix",
            "/S3Destination/SyncFormat",
            "/S3Destination/BucketRegion",
            "/S3Destination/AWSKMSKeyARN",
            "/S3Destination/KMSKeyArn",
            "/S3Destination/DestinationDataSharing",
        ] {
            properties = set(&properties, place, empty.clone());
        }
        assert_eq!(accepted(&properties), accepted(&destination()), "{empty}");
        let mut properties = source();
        for place in [
            "/S3Destination",
            "/BucketName",
            "/SyncSource/AwsOrganizationsSource",
            "/SyncSource/IncludeFutureRegions",
            "/SyncSource/EnableAllOpsDataSources",
        ] {
            properties = set(&properties, place, empty.clone());
        }
        assert_eq!(accepted(&properties), accepted(&source()), "{empty}");
    }
}

#[test]
fn what_is_required_is_still_required_when_it_is_empty() {
    check_each(
        &destination(),
        &[
            ("/S3Destination", json!({})),
            ("/S3Destination/BucketName", json!("")),
            ("/S3Destination/Region", json!(null)),
        ],
        &expect![[r#"
            /S3Destination = {}
                S3Destination: required when SyncType is SyncToDestination (the default), but it is missing
            /S3Destination/BucketName = ""
                S3Destination.BucketName: required (1 to 2048 characters), but it is missing
            /S3Destination/Region = null
                S3Destination.Region: required (1 to 64 characters), but it is missing
        "#]],
    );
    check_each(
        &units(),
        &[
            ("/SyncSource", json!({})),
            ("/SyncSource/SourceType", json!("")),
            ("/SyncSource/SourceRegions", json!("")),
            ("/SyncSource/SourceRegions", json!([])),
            ("/SyncSource/AwsOrganizationsSource", json!("")),
            (UNITS, json!("")),
            (UNITS, json!([])),
        ],
        &expect![[r#"
            /SyncSource = {}
                SyncSource: required when SyncType is SyncFromSource, but it is missing
            /SyncSource/SourceType = ""
                SyncSource.SourceType: required (SingleAccountMultiRegions or AwsOrganizations), but it is missing
            /SyncSource/SourceRegions = ""
                SyncSource.SourceRegions: required (a list of at least one item), but it is missing
            /SyncSource/SourceRegions = []
                SyncSource.SourceRegions: must have at least one item, got 0
            /SyncSource/AwsOrganizationsSource = ""
                SyncSource.AwsOrganizationsSource: required when SourceType is AwsOrganizations, but it is missing
            /SyncSource/AwsOrganizationsSource/OrganizationalUnits = ""
                SyncSource.AwsOrganizationsSource.OrganizationalUnits: required (a list of 1 to 1000 items), but it is missing
            /SyncSource/AwsOrganizationsSource/OrganizationalUnits = []
                SyncSource.AwsOrganizationsSource.OrganizationalUnits: must have 1 to 1000 items, got 0
        "#]],
    );
}

#[test]
fn a_value_of_another_kind_is_told_as_what_it_is() {
    check_each(
        &destination(),
        &[
            ("/SyncName", json!(7)),
            ("/SyncName", json!(["inventory"])),
            ("/SyncName", json!({ "Ref": "Name" })),
            ("/S3Destination", json!("logs")),
            ("/S3Destination", json!(["logs"])),
            ("/S3Destination", json!(false)),
            ("/S3Destination/BucketName", json!(true)),
            ("/S3Destination/Prefix", json!(["ssm"])),
            ("/Regions", json!("eu-west-1,us-east-1")),
            ("/Regions", json!([7, null, {}])),
        ],
        &expect![[r#"
            /SyncName = 7
                SyncName: must be a string, got the number 7
            /SyncName = ["inventory"]
                SyncName: must be a string, got a list of 1
            /SyncName = {"Ref":"Name"}
                SyncName: must be a string, got an object
            /S3Destination = "logs"
                S3Destination: must be an object, got the string "logs"
            /S3Destination = ["logs"]
                S3Destination: must be an object, got a list of 1
            /S3Destination = false
                S3Destination: must be an object, got the boolean false
            /S3Destination/BucketName = true
                S3Destination.BucketName: must be a string, got the boolean true
            /S3Destination/Prefix = ["ssm"]
                S3Destination.Prefix: must be a string, got a list of 1
            /Regions = "eu-west-1,us-east-1"
                Regions: must be a list, got the string "eu-west-1,us-east-1"
            /Regions = [7,null,{}]
                Regions[0]: must be a string, got the number 7
                Regions[1]: must be a string, got nothing
                Regions[2]: must be a string, got an object
        "#]],
    );
    check_each(
        &units(),
        &[
            ("/SyncSource", json!("AwsOrganizations")),
            ("/SyncSource/SourceRegions", json!("eu-west-1")),
            ("/SyncSource/SourceRegions", json!([true])),
            ("/SyncSource/AwsOrganizationsSource", json!([])),
            (UNITS, json!("ou-ab12-34cd56ef")),
            (UNITS, json!([7, ["ou-ab12-34cd56ef"], {}, { "OrganizationalUnitId": 7 }])),
        ],
        &expect![[r#"
            /SyncSource = "AwsOrganizations"
                SyncSource: must be an object, got the string "AwsOrganizations"
            /SyncSource/SourceRegions = "eu-west-1"
                SyncSource.SourceRegions: must be a list, got the string "eu-west-1"
            /SyncSource/SourceRegions = [true]
                SyncSource.SourceRegions[0]: must be a string, got the boolean true
            /SyncSource/AwsOrganizationsSource = []
                SyncSource.AwsOrganizationsSource: must be an object, got a list of 0
            /SyncSource/AwsOrganizationsSource/OrganizationalUnits = "ou-ab12-34cd56ef"
                SyncSource.AwsOrganizationsSource.OrganizationalUnits: must be a list, got the string "ou-ab12-34cd56ef"
            /SyncSource/AwsOrganizationsSource/OrganizationalUnits = [7,["ou-ab12-34cd56ef"],{},{"OrganizationalUnitId":7}]
                SyncSource.AwsOrganizationsSource.OrganizationalUnits[0]: must be the id of an organizational unit, got the number 7
                SyncSource.AwsOrganizationsSource.OrganizationalUnits[1]: must be the id of an organizational unit, got a list of 1
                SyncSource.AwsOrganizationsSource.OrganizationalUnits[2].OrganizationalUnitId: required, but it is missing
                SyncSource.AwsOrganizationsSource.OrganizationalUnits[3].OrganizationalUnitId: must be a string, got the number 7
        "#]],
    );
}

#[test]
fn units_are_held_to_their_pattern_in_both_forms() {
    let long = format!("ou-{}-{}", "a".repeat(32), "b".repeat(32));
    for id in ["ou-ab12-34cd56ef", "ou-0000-00000000", &long] {
        for item in [json!(id), json!({ "OrganizationalUnitId": id })] {
            let Config::FromSource(source) = accepted(&set(&units(), UNITS, json!([item]))).config else {
                panic!("a source")
            };
            assert_eq!(source.organization.unwrap().units, BTreeSet::from([id.to_owned()]));
        }
    }
    let bad = [
        "",
        "ou",
        "ou-ab1-34cd56ef",
        "ou-ab12-34cd56e",
        "ou-AB12-34cd56ef",
        "ou-ab12-34CD56EF",
        "ou-ab12-34cd56ef-x",
        "r-ab12",
        " ou-ab12-34cd56ef",
        &format!("ou-{}-{}", "a".repeat(33), "b".repeat(32)),
        &format!("ou-{}-{}", "a".repeat(32), "b".repeat(33)),
        "ou-äöüß-34cd56ef",
    ];
    check(
        &set(&units(), UNITS, json!(bad)),
        &expect![[r#"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[0]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got ""
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[1]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[2]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-ab1-34cd56ef"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[3]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-ab12-34cd56e"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[4]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-AB12-34cd56ef"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[5]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-ab12-34CD56EF"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[6]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-ab12-34cd56ef-x"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[7]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "r-ab12"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[8]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got " ou-ab12-34cd56ef"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[9]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbb…"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[10]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbbb…"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[11]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou-äöüß-34cd56ef""#]],
    );
    let as_objects: Vec<Value> = bad.iter().take(2).map(|id| json!({ "OrganizationalUnitId": id })).collect();
    check(
        &set(&units(), UNITS, json!(as_objects)),
        &expect![[r#"
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[0].OrganizationalUnitId: must be the id of an organizational unit, like ou-ab12-34cd56ef, got ""
        SyncSource.AwsOrganizationsSource.OrganizationalUnits[1].OrganizationalUnitId: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "ou""#]],
    );
}

#[test]
fn a_thousand_units_are_accepted_and_one_more_is_not() {
    let many = |count: usize| json!((0..count).map(unit).collect::<Vec<_>>());
    check_each(
        &units(),
        &[(UNITS, many(1_000)), (UNITS, many(1_001))],
        &expect![[r#"
        /SyncSource/AwsOrganizationsSource/OrganizationalUnits = ["ou-ab12-00000000",… (19001 characters)
            accepted
        /SyncSource/AwsOrganizationsSource/OrganizationalUnits = ["ou-ab12-00000000",… (19020 characters)
            SyncSource.AwsOrganizationsSource.OrganizationalUnits: must have 1 to 1000 items, got 1001
    "#]],
    );
}

#[test]
fn regions_are_names_of_regions_each_once() {
    check_each(
        &destination(),
        &[
            ("/Regions", json!(["eu-west-1"])),
            (
                "/Regions",
                json!(["us-gov-east-1", "cn-northwest-1", "us-iso-east-1", "eusc-de-east-1", "ap-southeast-10"]),
            ),
            ("/Regions", json!([])),
            ("/Regions", json!(["eu-west-1", "us-east-1", "eu-west-1", "us-east-1"])),
            ("/Regions", json!(["", "Ireland", "EU-WEST-1", "eu-west-1a", "eu-west", "eu--1", "1-2-3", "eu-west-111"])),
            ("/Regions", json!([" eu-west-1"])),
            ("/Regions", json!([format!("{}-west-1", "e".repeat(60))])),
        ],
        &expect![[r#"
            /Regions = ["eu-west-1"]
                accepted
            /Regions = ["us-gov-east-1","cn… (85 characters)
                accepted
            /Regions = []
                Regions: must have 1 to 40 items, got 0
            /Regions = ["eu-west-1","us-east-1","eu-west-1","us-east-1"]
                Regions[2]: "eu-west-1" is listed twice
                Regions[3]: "us-east-1" is listed twice
            /Regions = ["","Ireland","EU-WE… (79 characters)
                Regions[0]: must have 1 to 64 characters, got an empty string
                Regions[1]: must be the name of a Region, like eu-west-1, got "Ireland"
                Regions[2]: must be the name of a Region, like eu-west-1, got "EU-WEST-1"
                Regions[3]: must be the name of a Region, like eu-west-1, got "eu-west-1a"
                Regions[4]: must be the name of a Region, like eu-west-1, got "eu-west"
                Regions[5]: must be the name of a Region, like eu-west-1, got "eu--1"
                Regions[6]: must be the name of a Region, like eu-west-1, got "1-2-3"
                Regions[7]: must be the name of a Region, like eu-west-1, got "eu-west-111"
            /Regions = [" eu-west-1"]
                Regions[0]: must be the name of a Region, like eu-west-1, got " eu-west-1"
            /Regions = ["eeeeeeeeeeeeeeeeee… (71 characters)
                Regions[0]: must have 1 to 64 characters, got 67 characters
        "#]],
    );
}

#[test]
fn a_resource_has_so_many_regions_that_their_names_fit_into_an_id() {
    let many = |count: usize| json!((1..=count).map(|n| format!("ap-southeast-{n}")).collect::<Vec<_>>());
    let long = json!((1..=REGIONS_MAX).map(|n| format!("{}-west-1", "a".repeat(n))).collect::<Vec<_>>());
    check_each(
        &destination(),
        &[("/Regions", many(REGIONS_MAX)), ("/Regions", many(REGIONS_MAX + 1)), ("/Regions", long)],
        &expect![[r#"
            /Regions = ["ap-southeast-1","a… (712 characters)
                accepted
            /Regions = ["ap-southeast-1","a… (730 characters)
                Regions: must have 1 to 40 items, got 41
            /Regions = ["a-west-1","aa-west… (1221 characters)
                Regions: must have at most 640 characters in all, got 1140
        "#]],
    );
}

#[test]
fn a_service_timeout_is_whole_seconds_up_to_an_hour() {
    for (value, seconds) in
        [(json!("1"), 1), (json!(1), 1), (json!("3600"), 3600), (json!(3600), 3600), (json!(""), 3600)]
    {
        assert_eq!(accepted(&set(&destination(), "/ServiceTimeout", value)).service_timeout_s, seconds);
    }
    check_each(
        &destination(),
        &[
            ("/ServiceTimeout", json!("0")),
            ("/ServiceTimeout", json!("3601")),
            ("/ServiceTimeout", json!(-1)),
            ("/ServiceTimeout", json!(1.5)),
            ("/ServiceTimeout", json!("an hour")),
            ("/ServiceTimeout", json!("99999999999999999999")),
            ("/ServiceTimeout", json!([60])),
        ],
        &expect![[r#"
            /ServiceTimeout = "0"
                ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "0"
            /ServiceTimeout = "3601"
                ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "3601"
            /ServiceTimeout = -1
                ServiceTimeout: must be a whole number of seconds from 1 to 3600, got the number -1
            /ServiceTimeout = 1.5
                ServiceTimeout: must be a whole number of seconds from 1 to 3600, got the number 1.5
            /ServiceTimeout = "an hour"
                ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "an hour"
            /ServiceTimeout = "99999999999999999999"
                ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "99999999999999999999"
            /ServiceTimeout = [60]
                ServiceTimeout: must be a whole number of seconds from 1 to 3600, got a list of 1
        "#]],
    );
}

#[test]
fn every_fault_is_told_at_once_in_the_order_of_the_properties() {
    check(
        &json!({
            "SyncNam": "inventory",
            "SyncName": "x".repeat(65),
            "SyncType": "Both",
            "S3Destination": { "BucketName": "", "Prefix": 3, "Region": "eu-west-1", "KmsKey": "k" },
            "BucketRegion": "eu-west-1",
            "SyncSource": {
                "SourceType": "AwsOrganizations",
                "AwsOrganizationsSource": { "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": ["x"] },
                "IncludeFutureRegions": "perhaps",
            },
            "Regions": ["Ireland"],
            "WaitForFirstSync": 0,
            "ServiceTimeout": "soon",
        }),
        &expect![[r#"
            SyncNam: there is no such property; did you mean SyncName?
            SyncName: must have 1 to 64 characters, got 65 characters
            SyncType: must be SyncToDestination or SyncFromSource, got "Both"
            BucketRegion: given together with S3Destination; write the destination in one of the two forms
            S3Destination.KmsKey: there is no such property; known here: BucketName, Prefix, BucketPrefix, SyncFormat, Region, BucketRegion, AWSKMSKeyARN, KMSKeyArn, DestinationDataSharing
            S3Destination.BucketName: required (1 to 2048 characters), but it is missing
            S3Destination.Prefix: must be a string, got the number 3
            SyncSource.AwsOrganizationsSource.OrganizationalUnits[0]: must be the id of an organizational unit, like ou-ab12-34cd56ef, got "x"
            SyncSource.SourceRegions: required (a list of at least one item), but it is missing
            SyncSource.IncludeFutureRegions: must be true or false, got "perhaps"
            Regions[0]: must be the name of a Region, like eu-west-1, got "Ireland"
            WaitForFirstSync: must be true or false, got the number 0
            ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "soon""#]],
    );
}

#[test]
fn no_fault_speaks_of_the_program() {
    let odd = json!([null, 1.5, -1, "x", [], {}, [[]], { "a": {} }, true, "\u{0}", "🦀".repeat(300)]);
    for value in odd.as_array().unwrap() {
        for base in [destination(), source(), units(), flat()] {
            for place in [
                "/SyncName",
                "/SyncType",
                "/S3Destination",
                "/S3Destination/BucketName",
                "/SyncSource",
                "/SyncSource/SourceType",
                "/SyncSource/SourceRegions",
                "/Regions",
                "/WaitForFirstSync",
                "/ServiceTimeout",
            ] {
                if base.pointer(place.rsplit_once('/').unwrap().0).is_some_and(Value::is_object) {
                    let told = told(&block(&set(&base, place, value.clone())));
                    for word in
                        ["serde", "Rust", "line ", "column", "expected", "struct", "enum", "Some(", "None", "::"]
                    {
                        assert!(!told.contains(word), "{place} = {value}: {told}");
                    }
                    assert!(told.chars().count() < 2_000, "{place} = {value}: {told}");
                }
            }
        }
    }
}

#[test]
fn a_delete_reads_what_can_be_read() {
    let read = |properties: &Value| properties::read_leniently(&block(properties));
    let spoiled = json!({
        "SyncName": "inventory", "SyncType": "SyncFromSource", "SyncSource": 7, "Regions": ["eu-west-1"],
        "ServiceTimeout": "60", "Nonsense": [],
    });
    let readable = read(&spoiled);
    assert_eq!(readable.name.as_deref(), Some("inventory"));
    assert_eq!(readable.sync_type, Some(SyncType::FromSource));
    assert_eq!(readable.regions, Some(BTreeSet::from(["eu-west-1".to_owned()])));
    assert_eq!(readable.service_timeout_s, Some(60));
    assert_eq!(read(&json!({})).sync_type, Some(SyncType::ToDestination), "the default");
    assert_eq!(read(&json!({ "SyncType": "?" })).sync_type, None);
    assert_eq!(read(&json!({ "SyncSource": { "x": "y" } })).sync_type, None, "a type that was forgotten");
    assert_eq!(read(&json!({ "SyncName": 7, "Regions": ["?"], "ServiceTimeout": "?" })).name, None);
    assert_eq!(properties::read_leniently(&Block::Missing), properties::Readable::default());
}
