//! Properties: what is accepted, what is not, and every fault in the words that an author reads.

use std::{collections::BTreeSet, time::Duration};

use expect_test::{Expect, expect};
use resource_data_sync::{
    properties::{self, Fault, Partial, Properties},
    sync::{Config, Region, SyncName},
};
use serde_json::{Value, json};

use crate::golden;

/// A table of cases. `#` names the base, a line below it sets properties by their paths (`; ` between two), and behind the
/// arrow stands what a Create or Update makes of it: `ok` and all that is not as in the base, or each fault.
fn check(table: &Expect) {
    check_with(table, strict);
}

fn check_delete(table: &Expect) {
    check_with(table, |properties| Ok(lenient(properties)));
}

type Lines = Vec<String>;

fn check_with(table: &Expect, read: impl Fn(&Value) -> Result<Lines, Lines>) {
    let (mut base, mut unchanged) = (json!({}), Lines::new());
    golden::check(table, |line| {
        if let Some(name) = line.strip_prefix("# ") {
            base = base_of(name);
            unchanged = read(&base).unwrap_or_default();
            return Lines::new();
        }
        let properties = line.split("; ").fold(base.clone(), |properties, field| {
            let (path, value) = field.split_once(" = ").expect("a path and its value");
            set(properties, path, serde_json::from_str(value).expect(value))
        });
        match read(&properties) {
            Ok(mut lines) => {
                lines.retain(|line| !unchanged.contains(line));
                vec![format!("ok {}", lines.join("; ")).trim_end().to_owned()]
            }
            Err(faults) => faults,
        }
    });
}

/// A table of values. `#` names the base and the property; with `[]` behind it, the values are elements of its list.
fn check_values(table: &Expect) {
    let (mut base, mut path, mut is_element) = (json!({}), String::new(), false);
    golden::check(table, |line| {
        if let Some((name, property)) = line.strip_prefix("# ").and_then(|heading| heading.split_once(' ')) {
            base = base_of(name);
            path = property.trim_end_matches("[]").to_owned();
            is_element = property.ends_with("[]");
            return Lines::new();
        }
        let value: Value = serde_json::from_str(line).expect(line);
        let value = if is_element { json!([value]) } else { value };
        let without_path = |fault: &String| {
            let fault = fault.strip_prefix(&path).unwrap_or(fault);
            fault.trim_start_matches("[0]").trim_start_matches(": ").to_owned()
        };
        match strict(&set(base.clone(), &path, value)) {
            Ok(_) => vec!["ok".to_owned()],
            Err(faults) => faults.iter().map(without_path).collect(),
        }
    });
}

/// The least that each kind takes.
fn base_of(name: &str) -> Value {
    let (path, value) = match name {
        "nothing" => return json!({}),
        "flat" => return json!({ "BucketName": "logs", "BucketRegion": "eu-west-1" }),
        "destination" => ("S3Destination", json!({ "BucketName": "logs", "Region": "eu-west-1" })),
        "source" => {
            ("SyncSource", json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": ["eu-west-1"] }))
        }
        "units" => (
            "SyncSource",
            json!({
                "SourceType": "AwsOrganizations",
                "SourceRegions": ["eu-west-1"],
                "AwsOrganizationsSource": {
                    "OrganizationSourceType": "OrganizationalUnits",
                    "OrganizationalUnits": ["ou-ab12-34cd56ef"],
                },
            }),
        ),
        _ => panic!("no base {name}"),
    };
    json!({ path: value })
}

fn set(properties: Value, path: &str, value: Value) -> Value {
    let Value::Object(mut object) = properties else { panic!("{path} is in no object") };
    let value = match path.split_once('.') {
        Some((_, rest)) => set(object.remove(key_of(path)).unwrap_or_else(|| json!({})), rest, value),
        None => value,
    };
    object.insert(key_of(path).to_owned(), value);
    Value::Object(object)
}

fn key_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(key, _)| key)
}

fn strict(properties: &Value) -> Result<Lines, Lines> {
    let in_words = |faults: Vec<Fault>| faults.iter().map(ToString::to_string).collect::<Lines>();
    let Properties { name, config, regions, adopt_existing, retain_regions, wait_for_first_sync } =
        properties::parse(properties).strict().map_err(in_words)?;
    let timeout = properties::service_timeout(properties);
    let mut lines = of_both(name.as_ref(), Some(&config), &retain_regions, timeout);
    lines.push(format!("Regions {}", regions.as_ref().map_or_else(|| "of the function".to_owned(), list)));
    lines.push(format!("AdoptExisting {adopt_existing}"));
    lines.push(format!("WaitForFirstSync {wait_for_first_sync}"));
    Ok(lines)
}

/// What a Delete can read.
fn lenient(properties: &Value) -> Lines {
    let Partial { name, config, regions: _, retain_regions } = properties::parse(properties).lenient();
    of_both(name.as_ref(), config.as_ref(), &retain_regions, properties::service_timeout(properties))
}

fn of_both(name: Option<&SyncName>, config: Option<&Config>, retained: &BTreeSet<Region>, timeout: Duration) -> Lines {
    let mut lines = vec![format!("SyncName {}", name.map_or("is generated", SyncName::as_str))];
    let config = json!(config);
    let blocks = config.as_object().into_iter().flat_map(|block| block.values());
    let fields = blocks.flat_map(|block| block.as_object().expect("a block"));
    lines.extend(fields.map(|(key, value)| format!("{key} {value}")));
    lines.push(format!("RetainRegions [{}]", list(retained)));
    lines.push(format!("ServiceTimeout {timeout:?}"));
    lines
}

fn list(regions: &BTreeSet<Region>) -> String {
    regions.iter().map(Region::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn least_of_each_kind() {
    check(&expect![[r##"
        # nothing
        S3Destination = {"BucketName": "logs", "Region": "eu-west-1"}
          → ok SyncName is generated; BucketName "logs"; Region "eu-west-1"; SyncFormat "JsonSerDe"; RetainRegions []; ServiceTimeout 3600s; Regions of the function; AdoptExisting false; WaitForFirstSync false
        BucketName = "logs"; BucketRegion = "eu-west-1"
          → ok SyncName is generated; BucketName "logs"; Region "eu-west-1"; SyncFormat "JsonSerDe"; RetainRegions []; ServiceTimeout 3600s; Regions of the function; AdoptExisting false; WaitForFirstSync false
        SyncSource = {"SourceType": "SingleAccountMultiRegions", "SourceRegions": ["eu-west-1"]}
          → ok SyncName is generated; IncludeFutureRegions false; SourceRegions ["eu-west-1"]; SourceType "SingleAccountMultiRegions"; RetainRegions []; ServiceTimeout 3600s; Regions of the function; AdoptExisting false; WaitForFirstSync false
        SyncSource = {"SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1"], "AwsOrganizationsSource": {"OrganizationSourceType": "EntireOrganization"}}
          → ok SyncName is generated; AwsOrganizationsSource {"OrganizationSourceType":"EntireOrganization"}; IncludeFutureRegions false; SourceRegions ["eu-west-1"]; SourceType "AwsOrganizations"; RetainRegions []; ServiceTimeout 3600s; Regions of the function; AdoptExisting false; WaitForFirstSync false
    "##]]);
}

#[test]
fn everything_at_once() {
    check(&expect![[r##"
        # destination
        SyncName = "inventory"; SyncType = "SyncToDestination"; S3Destination.Prefix = "ssm"; S3Destination.SyncFormat = "JsonSerDe"; S3Destination.AWSKMSKeyARN = "arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"; S3Destination.DestinationDataSharing.DestinationDataSharingType = "Organization"
          → ok SyncName inventory; AWSKMSKeyARN "arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"; DestinationDataSharing {"DestinationDataSharingType":"Organization"}; Prefix "ssm"
        ServiceToken = "arn:aws:lambda:eu-west-1:123456789012:function:f"; ServiceTimeout = "900"; SyncName = "i"; Regions = ["us-gov-east-1", "eu-west-1", "us-gov-east-1"]; WaitForFirstSync = "True"; AdoptExisting = "true"; RetainRegions = ["me-south-1"]; Trigger = "2"
          → ok SyncName i; RetainRegions [me-south-1]; ServiceTimeout 900s; Regions eu-west-1 us-gov-east-1; AdoptExisting true; WaitForFirstSync true
        # units
        SyncType = "SyncFromSource"; SyncSource.AwsOrganizationsSource.OrganizationalUnits = [{"OrganizationalUnitId": "ou-ab12-34cd56ef"}, "", "ou-ab12-34cd56ef", "ou-ab12-99999999"]; SyncSource.SourceRegions = ["us-east-1", "eu-west-1", "us-east-1"]; SyncSource.IncludeFutureRegions = true; SyncSource.EnableAllOpsDataSources = "false"
          → ok AwsOrganizationsSource {"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["ou-ab12-34cd56ef","ou-ab12-99999999"]}; EnableAllOpsDataSources false; IncludeFutureRegions true; SourceRegions ["eu-west-1","us-east-1"]
    "##]]);
}

#[test]
fn native_names_mean_the_same() {
    check(&expect![[r##"
        # destination
        S3Destination = {"BucketName": "logs", "BucketRegion": "eu-west-1"} → ok
        S3Destination.BucketPrefix = "ssm"; S3Destination.KMSKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"
          → ok AWSKMSKeyARN "arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"; Prefix "ssm"
        # flat
        BucketPrefix = "ssm"; KMSKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"; SyncFormat = "JsonSerDe"; SyncType = "SyncToDestination"
          → ok AWSKMSKeyARN "arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"; Prefix "ssm"
        BucketName = "arn:aws:s3:::logs"; BucketPrefix = "ssm "; BucketRegion = "eu-west"; KMSKeyArn = "k"; SyncFormat = "Parquet"
          → BucketName: must be the name of a bucket, not its ARN, got "arn:aws:s3:::logs"
          → BucketPrefix: must not begin or end with white space, got "ssm "
          → SyncFormat: must be JsonSerDe, got "Parquet"
          → BucketRegion: must be the name of one Region, like eu-west-1, got "eu-west"
          → KMSKeyArn: must be the ARN of a KMS key or alias, like arn:aws:kms:REGION:ACCOUNT:key/ID, got "k"
    "##]]);
}

/// A member that SSM's model has and the properties lack is found here.
#[test]
fn every_member_of_the_service_model_is_known() {
    let model: Value = serde_json::from_str(include_str!("fake/model.json")).unwrap();
    for (shape, path) in [
        ("CreateResourceDataSyncRequest", ""),
        ("ResourceDataSyncS3Destination", "S3Destination."),
        ("ResourceDataSyncDestinationDataSharing", "S3Destination.DestinationDataSharing."),
        ("ResourceDataSyncSource", "SyncSource."),
        ("ResourceDataSyncAwsOrganizationsSource", "SyncSource.AwsOrganizationsSource."),
    ] {
        for member in model["shapes"][shape]["members"].as_object().expect("a structure").keys() {
            let told = strict(&set(json!({}), &format!("{path}{member}"), Value::Null));
            assert!(!format!("{told:?}").contains("no such property"), "{path}{member} is not known");
        }
    }
}

#[test]
fn properties_that_are_no_object() {
    for (properties, what) in [(json!(null), "missing"), (json!([]), "a list of 0"), (json!(7), "the number 7")] {
        let fault = "ResourceProperties: must be an object with the resource's properties, but it is";
        assert_eq!(strict(&properties), Err(vec![format!("{fault} {what}")]));
        assert_eq!(lenient(&properties), lenient(&json!({})));
    }
}

#[test]
fn what_is_required() {
    check(&expect![[r##"
        # nothing
        Trigger = 1 → S3Destination: required, or else SyncSource, but both are missing
        SyncType = "SyncToDestination"
          → S3Destination: required when SyncType is SyncToDestination, but it is missing
        SyncType = "SyncFromSource" → SyncSource: required when SyncType is SyncFromSource, but it is missing
        S3Destination.Prefix = "ssm"
          → S3Destination.BucketName: required (1 to 2048 characters), but it is missing
          → S3Destination.Region: required (1 to 64 characters), but it is missing
        SyncSource.IncludeFutureRegions = "true"
          → SyncSource.SourceType: required (SingleAccountMultiRegions or AwsOrganizations), but it is missing
          → SyncSource.SourceRegions: required (a list of at least one Region), but it is missing
        SyncSource = {"SourceType": "AwsOrganizations", "SourceRegions": [""]}
          → SyncSource.AwsOrganizationsSource: required when SourceType is AwsOrganizations, but it is missing
          → SyncSource.SourceRegions: required (a list of at least one Region), but it is missing
        # units
        SyncSource.AwsOrganizationsSource.OrganizationSourceType = ""
          → SyncSource.AwsOrganizationsSource.OrganizationSourceType: required (EntireOrganization or OrganizationalUnits), but it is missing
        SyncSource.AwsOrganizationsSource.OrganizationalUnits = [""]
          → SyncSource.AwsOrganizationsSource.OrganizationalUnits: required (a list of 1 to 1000 units), but it is missing
        # destination
        AdoptExisting = "true" → SyncName: required when AdoptExisting is true, but it is missing
        AdoptExisting = true; SyncName = 7 → SyncName: must be a string, got the number 7
        AdoptExisting = "false" → ok
    "##]]);
}

#[test]
fn type_left_out_goes_by_the_block() {
    check(&expect![[r##"
        # source
        SyncType = "SyncFromSource" → ok
        SyncType = "SyncToDestination"
          → S3Destination: required when SyncType is SyncToDestination, but it is missing
          → SyncSource: allowed only when SyncType is SyncFromSource
        S3Destination = {"BucketName": "logs", "Region": "eu-west-1"}
          → SyncSource: given together with S3Destination; a sync has a destination or a source
        S3Destination = {"BucketName": "logs", "Region": "eu-west-1"}; SyncType = "SyncFromSource"
          → S3Destination: allowed only when SyncType is SyncToDestination
        S3Destination = {"BucketName": "logs", "Region": "eu-west-1"}; SyncType = "Both"
          → SyncType: must be SyncToDestination or SyncFromSource, got "Both"
          → SyncSource: given together with S3Destination; a sync has a destination or a source
        BucketName = "logs"; SyncType = "SyncFromSource"
          → BucketName: allowed only when SyncType is SyncToDestination
        BucketName = "logs"
          → BucketRegion: required (1 to 64 characters), but it is missing
          → SyncSource: given together with BucketName; a sync has a destination or a source
    "##]]);
}

#[test]
fn what_does_not_go_together() {
    check(&expect![[r##"
        # source
        SyncSource.AwsOrganizationsSource.OrganizationSourceType = "EntireOrganization"
          → SyncSource.AwsOrganizationsSource: allowed only when SourceType is AwsOrganizations
        # units
        SyncSource.AwsOrganizationsSource.OrganizationSourceType = "EntireOrganization"
          → SyncSource.AwsOrganizationsSource.OrganizationalUnits: allowed only when OrganizationSourceType is OrganizationalUnits
        SyncSource.AwsOrganizationsSource = {"OrganizationSourceType": "EntireOrganization", "OrganizationalUnits": []}
          → ok AwsOrganizationsSource {"OrganizationSourceType":"EntireOrganization"}
        # destination
        BucketName = "logs"; BucketPrefix = "ssm"; BucketRegion = "eu-west-1"; KMSKeyArn = "k"; SyncFormat = "JsonSerDe"
          → BucketName: given together with S3Destination; write the destination in one of the two forms
          → BucketPrefix: given together with S3Destination; write the destination in one of the two forms
          → BucketRegion: given together with S3Destination; write the destination in one of the two forms
          → KMSKeyArn: given together with S3Destination; write the destination in one of the two forms
          → SyncFormat: given together with S3Destination; write the destination in one of the two forms
        S3Destination.BucketRegion = "eu-west-1"; S3Destination.Prefix = "p"; S3Destination.BucketPrefix = "p"
          → S3Destination.BucketPrefix: another name for Prefix, which is also given; keep one of them
          → S3Destination.BucketRegion: another name for Region, which is also given; keep one of them
        S3Destination.Region = "us-gov-west-1"; S3Destination.AWSKMSKeyARN = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/k"
          → ok AWSKMSKeyARN "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/k"; Region "us-gov-west-1"
        S3Destination.Region = "Ireland"; S3Destination.AWSKMSKeyARN = "arn:aws:kms:us-east-1:123456789012:key/k"
          → S3Destination.Region: must be the name of one Region, like eu-west-1, got "Ireland"
    "##]]);
}

#[test]
fn lengths_are_counted_in_characters() {
    let filled = |before: &str, with: &str, after: &str, chars: usize| {
        format!("{before}{}{after}", with.repeat(chars - before.len() - after.len()))
    };
    for (path, before, with, after, chars_max) in [
        ("SyncName", "", "ü", "", 64),
        ("S3Destination.BucketName", "", "ü", "", 2048),
        ("S3Destination.Prefix", "", "ü", "", 256),
        ("S3Destination.Region", "eu-", "w", "-1", 64),
        ("S3Destination.AWSKMSKeyARN", "arn:aws:kms:eu-west-1:123456789012:key/", "k", "", 512),
    ] {
        let read = |chars| strict(&set(base_of("destination"), path, json!(filled(before, with, after, chars))));
        assert!(read(chars_max).is_ok(), "{path}");
        let fault = format!("{path}: must have 1 to {chars_max} characters, got {}", chars_max + 1);
        assert_eq!(read(chars_max + 1), Err(vec![fault]));
    }
}

#[test]
fn lists_are_no_longer_than_can_be() {
    let region = |n: u8| format!("ap-south{}{}-1", char::from(b'a' + n / 26), char::from(b'a' + n % 26));
    let regions = |count: u8| (0..count).map(region).collect::<Vec<_>>();
    let units = |count: usize| (0..count).map(|n| format!("ou-ab12-{n:08}")).collect::<Vec<_>>();
    let path = "SyncSource.AwsOrganizationsSource.OrganizationalUnits";
    for (base, path, longest, longer, fault) in [
        ("destination", "Regions", regions(64), regions(65), "must have 1 to 64 Regions, got 65"),
        ("units", path, units(1_000), units(1_001), "must have 1 to 1000 units, got 1001"),
    ] {
        let read = |list: Vec<String>| strict(&set(base_of(base), path, json!(list)));
        assert!(read(longest).is_ok(), "{path}");
        assert_eq!(read(longer), Err(vec![format!("{path}: {fault}")]));
    }
}

#[test]
fn texts_have_their_form() {
    check_values(&expect![[r##"
        # destination SyncName
        "InspectorResourceDataSync-do-not-delete"
          → must not be a name that AWS reserves for its own syncs (InspectorResourceDataSync-do-not-delete, license-manager-*, AWS-QuickSetup-*), got "InspectorResourceDataSync-do-not-delete"
        "InspectorResourceDataSync-do-not-delete-me" → ok
        "AWS-QuickSetup-abc"
          → must not be a name that AWS reserves for its own syncs (InspectorResourceDataSync-do-not-delete, license-manager-*, AWS-QuickSetup-*), got "AWS-QuickSetup-abc"
        "create-failed:0f6b3a10-c8a1-11f0-8e11-0242ac120002"
          → must not begin with create-failed: or nothing-created:, got "create-failed:0f6b3a10-c8a1-11f0-8e11-0242ac120002"; the ids of failed Creates begin with that
        "nothing-created:x"
          → must not begin with create-failed: or nothing-created:, got "nothing-created:x"; the ids of failed Creates begin with that
        "my sync/of create-failed: aws-quicksetup-things" → ok
        "inventory\n" → must not end with a line feed, got "inventory\n"; YAML's | adds one
        "\u00a0" → must not begin or end with white space, got " "
        # destination S3Destination.BucketName
        "arn:aws:s3:::logs" → must be the name of a bucket, not its ARN, got "arn:aws:s3:::logs"
        "s3://logs/ssm"
          → must be the name of a bucket, not its URL, got "s3://logs/ssm"; a path in the bucket is the prefix
        "logs/ssm"
          → must be the name of a bucket, without a slash, got "logs/ssm"; a path in the bucket is the prefix
        "logs more-logs" → must be the name of one bucket, without white space, got "logs more-logs"
        true → must be a string, got the boolean true
        "L" → ok
        # destination S3Destination.Prefix
        "ssm\r\n" → must not end with a line feed, got "ssm\r\n"; YAML's | adds one
        "a\u0000b" → must not contain control characters, got "a\u0000b"
        "/our inventory/" → ok
        # destination S3Destination.AWSKMSKeyARN
        "arn:aws:kms:eu-west-1:123456789012:key/mrk-1f2e3d4c5b6a47988a9b0c1d2e3f4a5b" → ok
        "arn:aws:kms:eu-west-1:123456789012:alias/inventory/all_of-it" → ok
        "alias/inventory"
          → must be the ARN of a KMS key or alias, like arn:aws:kms:REGION:ACCOUNT:key/ID, got "alias/inventory"
        "arn:gcp:kms:eu-west-1:123456789012:key/k"
          → must be the ARN of a KMS key or alias, like arn:aws:kms:REGION:ACCOUNT:key/ID, got "arn:gcp:kms:eu-west-1:123456789012:key/k"
        "arn:aws:kms:eu-west-1:1234:key/k"
          → must be the ARN of a KMS key or alias, like arn:aws:kms:REGION:ACCOUNT:key/ID, got "arn:aws:kms:eu-west-1:1234:key/k"
        "arn:aws:kms::123456789012:key/k"
          → must be the ARN of a KMS key or alias, like arn:aws:kms:REGION:ACCOUNT:key/ID, got "arn:aws:kms::123456789012:key/k"
        "arn:aws:kms:eu-west-1:123456789012:alias/a b"
          → must be the ARN of a KMS key or alias, like arn:aws:kms:REGION:ACCOUNT:key/ID, got "arn:aws:kms:eu-west-1:123456789012:alias/a b"
        "arn:aws:kms:us-east-1:123456789012:key/k"
          → must be a key in the bucket's Region, eu-west-1, got "arn:aws:kms:us-east-1:123456789012:key/k"
        # destination SyncType
        "synctodestination" → must be SyncToDestination or SyncFromSource, got "synctodestination"
        ["SyncToDestination"] → must be SyncToDestination or SyncFromSource, got a list of 1
        # units SyncSource.SourceType
        "SingleAccountMultiRegion"
          → must be SingleAccountMultiRegions or AwsOrganizations, got "SingleAccountMultiRegion"
        # units SyncSource.AwsOrganizationsSource.OrganizationSourceType
        "Everything" → must be EntireOrganization or OrganizationalUnits, got "Everything"
        # destination S3Destination.DestinationDataSharing
        "Organization" → must be an object, got the string "Organization"
        {"DestinationDataSharingType": "organization\n"}
          → .DestinationDataSharingType: must be Organization, got "organization\n"
    "##]]);
}

#[test]
fn lists_have_elements_of_one_form() {
    check_values(&expect![[r##"
        # destination Regions
        ["us-gov-east-1", "cn-northwest-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-10"] → ok
        ["eu-west-1", "", null, "eu-west-1"] → ok
        "eu-west-1,us-east-1"
          → must be a list, got the string "eu-west-1,us-east-1"; make its parameter a CommaDelimitedList, or split it with !Split
        {"a": "b"} → must be a list, got an object
        # destination Regions[]
        "Ireland" → must be the name of one Region, like eu-west-1, got "Ireland"
        "eu-west-1a" → must be the name of one Region, like eu-west-1, got "eu-west-1a"
        "eu-west" → must be the name of one Region, like eu-west-1, got "eu-west"
        "us-west-2-lax-1" → must be the name of one Region, like eu-west-1, got "us-west-2-lax-1"
        "my-very-own-bucket-1" → must be the name of one Region, like eu-west-1, got "my-very-own-bucket-1"
        "europe-west-1" → must be the name of one Region, like eu-west-1, got "europe-west-1"
        "eu-west-01" → must be the name of one Region, like eu-west-1, got "eu-west-01"
        "eu-west-1\n" → must not end with a line feed, got "eu-west-1\n"; YAML's | adds one
        "eu-west-1,us-east-1"
          → must be one element, got the string "eu-west-1,us-east-1"; make its parameter a CommaDelimitedList, or split it with !Split
        ["eu-west-1"] → must be one element, got a list of 1; leave out the list around it
        7 → must be a string, got the number 7
        # destination RetainRegions[]
        "ME-SOUTH-1" → must be the name of one Region, like eu-west-1, got "ME-SOUTH-1"
        # source SyncSource.SourceRegions[]
        "ALL" → must be the name of one Region, like eu-west-1, got "ALL"
        # destination S3Destination.Region
        "eu-west-1,us-east-1" → must be the name of one Region, like eu-west-1, got "eu-west-1,us-east-1"
        # units SyncSource.AwsOrganizationsSource.OrganizationalUnits[]
        "ou-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" → ok
        "ou-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
          → must be the id of one organizational unit, like ou-ab12-34cd56ef, got "ou-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbbb…"
        "ou-ab1-34cd56ef" → must be the id of one organizational unit, like ou-ab12-34cd56ef, got "ou-ab1-34cd56ef"
        "ou-ab12-34cd56e" → must be the id of one organizational unit, like ou-ab12-34cd56ef, got "ou-ab12-34cd56e"
        "ou-AB12-34cd56ef"
          → must be the id of one organizational unit, like ou-ab12-34cd56ef, got "ou-AB12-34cd56ef"
        "r-ab12"
          → must be an organizational unit, not a root or an organization, got "r-ab12"; the whole organization is OrganizationSourceType: EntireOrganization, without units
        {"OrganizationalUnitId": "o-abcdefghij"}
          → .OrganizationalUnitId: must be an organizational unit, not a root or an organization, got "o-abcdefghij"; the whole organization is OrganizationSourceType: EntireOrganization, without units
        {"OrganizationalUnitId": 7, "Name": "sales"}
          → .OrganizationalUnitId: must be a string, got the number 7
          → .Name: there is no such property; known here: OrganizationalUnitId
        {"OrganizationalUnitID": "ou-ab12-34cd56ef"}
          → .OrganizationalUnitId: required (1 to 128 characters), but it is missing
          → .OrganizationalUnitID: there is no such property here; did you mean OrganizationalUnitId?
        # source SyncSource
        "AwsOrganizations" → must be an object, got the string "AwsOrganizations"
    "##]]);
}

#[test]
fn unknown_keys_at_every_level() {
    check(&expect![[r##"
        # destination
        SyncNam = "x"; syncname = "x"; S3Destinations = {}
          → S3Destinations: there is no such property here; did you mean S3Destination?
          → SyncNam: there is no such property here; did you mean SyncName?
          → syncname: there is no such property here; did you mean SyncName?
        DestinationDataSharing.DestinationDataSharingType = "Organization"; Region = "eu-west-1"
          → DestinationDataSharing: there is no such property here; did you mean S3Destination.DestinationDataSharing?
          → Region: there is no such property here; did you mean Regions or S3Destination.Region?
        Tags = []
          → Tags: there is no such property; known here: SyncName, SyncType, S3Destination, BucketName, BucketPrefix, BucketRegion, KMSKeyArn, SyncFormat, SyncSource, Regions, WaitForFirstSync, AdoptExisting, RetainRegions, Trigger, ServiceToken, ServiceTimeout
        S3Destination.AwsKmsKeyArns = "x"; S3Destination.Colour = null; S3Destination.SyncName = "x"
          → S3Destination.AwsKmsKeyArns: there is no such property here; did you mean AWSKMSKeyARN?
          → S3Destination.Colour: there is no such property; known here: BucketName, Prefix, BucketPrefix, SyncFormat, Region, BucketRegion, AWSKMSKeyARN, KMSKeyArn, DestinationDataSharing
          → S3Destination.SyncName: there is no such property here; did you mean SyncName at the top?
        S3Destination.DestinationDataSharing.DataSharingType = "Organization"
          → S3Destination.DestinationDataSharing.DestinationDataSharingType: required (Organization), but it is missing
          → S3Destination.DestinationDataSharing.DataSharingType: there is no such property; known here: DestinationDataSharingType
        kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk = 1
          → kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…: there is no such property; known here: SyncName, SyncType, S3Destination, BucketName, BucketPrefix, BucketRegion, KMSKeyArn, SyncFormat, SyncSource, Regions, WaitForFirstSync, AdoptExisting, RetainRegions, Trigger, ServiceToken, ServiceTimeout
        # units
        SyncSource.State = "x"; SyncSource.AwsOrganizationsSource.OrganizationalUnit = "x"
          → SyncSource.State: there is no such property; known here: SourceType, AwsOrganizationsSource, SourceRegions, IncludeFutureRegions, EnableAllOpsDataSources
          → SyncSource.AwsOrganizationsSource.OrganizationalUnit: there is no such property here; did you mean OrganizationalUnits?
    "##]]);
}

#[test]
fn booleans_and_service_timeout() {
    check(&expect![[r##"
        # source
        WaitForFirstSync = "TRUE"; SyncSource.IncludeFutureRegions = true; SyncSource.EnableAllOpsDataSources = "False"
          → ok EnableAllOpsDataSources false; IncludeFutureRegions true; WaitForFirstSync true
        WaitForFirstSync = 0; SyncSource.IncludeFutureRegions = "yes"; SyncSource.EnableAllOpsDataSources = "true "
          → SyncSource.IncludeFutureRegions: must be true or false, got "yes"
          → SyncSource.EnableAllOpsDataSources: must be true or false, got "true "
          → WaitForFirstSync: must be true or false, got the number 0
        ServiceTimeout = "1" → ok ServiceTimeout 1s
        ServiceTimeout = 3600 → ok
        ServiceTimeout = "0" → ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "0"
        ServiceTimeout = 1.5 → ServiceTimeout: must be a whole number of seconds from 1 to 3600, got the number 1.5
        ServiceTimeout = "an hour" → ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "an hour"
    "##]]);
}

#[test]
fn empty_is_left_out() {
    for empty in [json!(""), json!({}), json!([]), json!([""]), json!(null)] {
        for (base, paths) in [
            ("destination", "SyncName SyncType SyncSource BucketName BucketPrefix BucketRegion KMSKeyArn SyncFormat"),
            ("destination", "Regions WaitForFirstSync AdoptExisting RetainRegions Trigger ServiceTimeout ServiceToken"),
            ("destination", "S3Destination.Prefix S3Destination.BucketPrefix S3Destination.SyncFormat"),
            ("destination", "S3Destination.BucketRegion S3Destination.AWSKMSKeyARN S3Destination.KMSKeyArn"),
            ("destination", "S3Destination.DestinationDataSharing SyncSource.SourceType"),
            ("destination", "S3Destination.DestinationDataSharing.DestinationDataSharingType"),
            ("flat", "S3Destination S3Destination.BucketName"),
            ("source", "S3Destination SyncSource.AwsOrganizationsSource SyncSource.IncludeFutureRegions"),
            ("source", "SyncSource.EnableAllOpsDataSources SyncSource.AwsOrganizationsSource.OrganizationalUnits"),
        ] {
            for path in paths.split(' ') {
                let base = base_of(base);
                assert_eq!(strict(&set(base.clone(), path, empty.clone())), strict(&base), "{path} = {empty}");
            }
        }
    }
}

#[test]
fn unresolved_dynamic_references_anywhere() {
    check(&expect![[r##"
        # destination
        SyncName = "{{resolve:ssm:/x}}"; Regions = ["eu-west-1", "{{resolve:ssm:/x}}"]; Trigger = "v{{resolve:ssm:/x}}"
          → Regions[1]: CloudFormation has not resolved the dynamic reference "{{resolve:ssm:/x}}"; check its spelling, or take the value from a parameter
          → SyncName: CloudFormation has not resolved the dynamic reference "{{resolve:ssm:/x}}"; check its spelling, or take the value from a parameter
          → Trigger: CloudFormation has not resolved the dynamic reference "v{{resolve:ssm:/x}}"; check its spelling, or take the value from a parameter
        WaitForFirstSync = "{{resolve:ssm:/x}}"; S3Destination.Region = "{{resolve:ssm:/x}}"; RetainRegions = "{{resolve:ssm:/x}}"
          → RetainRegions: CloudFormation has not resolved the dynamic reference "{{resolve:ssm:/x}}"; check its spelling, or take the value from a parameter
          → S3Destination.Region: CloudFormation has not resolved the dynamic reference "{{resolve:ssm:/x}}"; check its spelling, or take the value from a parameter
          → WaitForFirstSync: CloudFormation has not resolved the dynamic reference "{{resolve:ssm:/x}}"; check its spelling, or take the value from a parameter
        Colour = {"a": [{"b": "{{resolve:ssm:/x}}"}]}
          → Colour.a[0].b: CloudFormation has not resolved the dynamic reference "{{resolve:ssm:/x}}"; check its spelling, or take the value from a parameter
          → Colour: there is no such property; known here: SyncName, SyncType, S3Destination, BucketName, BucketPrefix, BucketRegion, KMSKeyArn, SyncFormat, SyncSource, Regions, WaitForFirstSync, AdoptExisting, RetainRegions, Trigger, ServiceToken, ServiceTimeout
    "##]]);
}

#[test]
fn every_fault_at_once() {
    check(&expect![[r##"
        # units
        SyncNam = 1; SyncName = 7; SyncType = "Both"; S3Destination = {"Prefix": 3, "KmsKey": "k"}; BucketRegion = "eu"; SyncSource.SourceRegions = []; Regions = ["Ireland"]; ServiceTimeout = "soon"
          → SyncName: must be a string, got the number 7
          → SyncType: must be SyncToDestination or SyncFromSource, got "Both"
          → BucketRegion: given together with S3Destination; write the destination in one of the two forms
          → S3Destination.BucketName: required (1 to 2048 characters), but it is missing
          → S3Destination.Prefix: must be a string, got the number 3
          → S3Destination.Region: required (1 to 64 characters), but it is missing
          → SyncSource.SourceRegions: required (a list of at least one Region), but it is missing
          → SyncSource: given together with S3Destination; a sync has a destination or a source
          → Regions[0]: must be the name of one Region, like eu-west-1, got "Ireland"
          → ServiceTimeout: must be a whole number of seconds from 1 to 3600, got "soon"
          → SyncNam: there is no such property here; did you mean SyncName?
          → S3Destination.KmsKey: there is no such property; known here: BucketName, Prefix, BucketPrefix, SyncFormat, Region, BucketRegion, AWSKMSKeyARN, KMSKeyArn, DestinationDataSharing
    "##]]);
}

#[test]
fn delete_reads_what_can_be_read() {
    check_delete(&expect![[r##"
        # nothing
        SyncName = "create-failed:x"; RetainRegions = ["me-south-1", 7, ""]; ServiceTimeout = "60"; Nonsense = []
          → ok SyncName create-failed:x; RetainRegions [me-south-1]; ServiceTimeout 60s
        SyncName = 7; RetainRegions = "me-south-1"; ServiceTimeout = "?" → ok
        SyncName = ""; BucketName = "arn:aws:s3:::logs\n"; BucketRegion = "Ireland"; KMSKeyArn = "arn:k"
          → ok AWSKMSKeyARN "arn:k"; BucketName "arn:aws:s3:::logs\n"; Region "Ireland"; SyncFormat "JsonSerDe"
        S3Destination = {"BucketName": "l/{{resolve:ssm:/x}}", "Region": "r", "Prefix": " ", "SyncFormat": "Parquet", "X": 1}
          → ok BucketName "l/{{resolve:ssm:/x}}"; Prefix " "; Region "r"; SyncFormat "Parquet"
        S3Destination = {"BucketName": "logs", "Region": "eu-west-1", "Prefix": "", "DestinationDataSharing": {}}
          → ok BucketName "logs"; Region "eu-west-1"; SyncFormat "JsonSerDe"
        S3Destination = {"BucketName": "logs", "Prefix": "ssm"} → ok
        SyncSource = {"SourceType": "AwsOrganizations", "AwsOrganizationsSource": {"OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": ["x", 7]}}
          → ok AwsOrganizationsSource {"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":["x"]}; IncludeFutureRegions false; SourceRegions []; SourceType "AwsOrganizations"
        SyncSource = {"SourceType": "AwsOrganizations", "AwsOrganizationsSource": {}, "SourceRegions": ["eu-west-1"]}
          → ok
        SyncSource = {"SourceType": "SingleAccountMultiRegions", "SourceRegions": 7}; SyncType = "?"
          → ok IncludeFutureRegions false; SourceRegions []; SourceType "SingleAccountMultiRegions"
    "##]]);
}
