//! The fakes have the traps of the real services: whoever weakens one that a scenario relies on hears of it here. Those of a
//! stack are held by the limits of the simulation, which are not met without them.

use expect_test::expect;
use serde_json::{Value, json};

use crate::fake::bucket::Bucket;
use crate::fake::clock::BASE_MS;
use crate::fake::exchange::Request;
use crate::fake::fault::Op;
use crate::fake::ssm::Ssm;
use crate::fake::sync::Wording;
use crate::fake::table::{Table, violation};

const REGION: &str = "eu-west-1";

#[test]
fn list_hides_and_rewords() {
    let mut ssm = Ssm::default();
    let destination = json!({ "SyncName": "inventory", "SyncType": "SyncToDestination", "S3Destination": {
        "BucketName": "logs", "Prefix": "a/", "SyncFormat": "JsonSerDe", "Region": REGION,
        "AWSKMSKeyARN": "arn:aws:kms:eu-west-1:123456789012:alias/logs",
        "DestinationDataSharing": { "DestinationDataSharingType": "Organization" },
    } });
    let source = json!({ "SyncName": "explorer", "SyncType": "SyncFromSource", "SyncSource": {
        "SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1", "us-east-1"], "IncludeFutureRegions": true,
        "AwsOrganizationsSource": { "OrganizationSourceType": "EntireOrganization" },
    } });
    for sync in [&destination, &source] {
        ssm.serve(BASE_MS, REGION, Op::Create, sync).expect("it is created");
    }
    let mut text = String::new();
    for wording in [Wording::default(), Wording::own()] {
        ssm.wording = wording;
        let mut list = |sync_type: &str| {
            let (page, _) = ssm.serve(BASE_MS, REGION, Op::List, &json!({ "SyncType": sync_type })).expect("a page");
            page["ResourceDataSyncItems"][0].clone()
        };
        let (destination, source) = (list("SyncToDestination"), list("SyncFromSource"));
        text += &format!("{} {}\n{}\n", destination["SyncType"], destination["S3Destination"], source["SyncSource"]);
    }
    expect![[r#"
        null {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/logs","BucketName":"logs","Prefix":"a/","Region":"eu-west-1","SyncFormat":"JsonSerDe"}
        {"AwsOrganizationsSource":{"OrganizationSourceType":"EntireOrganization"},"IncludeFutureRegions":true,"SourceRegions":["us-east-1","eu-west-1"],"SourceType":"AwsOrganizations"}
        null {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b","BucketName":"logs","Prefix":"a","Region":"eu-west-1","SyncFormat":"JsonSerDe"}
        {"AwsOrganizationsSource":{"OrganizationSourceType":"EntireOrganization"},"EnableAllOpsDataSources":true,"IncludeFutureRegions":true,"SourceRegions":["us-east-1","eu-west-1","ap-southeast-7"],"SourceType":"AwsOrganizations"}
    "#]].assert_eq(&text);
}

#[test]
fn the_table_keeps_conditions_and_weak_reads_lag() {
    let mut table = Table::default();
    let put = |version: &str, condition: &str, values: Value| {
        json!({ "TableName": "resource-data-sync", "Item": { "Resource": { "S": "a" }, "V": { "N": version } },
            "ConditionExpression": condition, "ExpressionAttributeNames": { "#v": "V" },
            "ExpressionAttributeValues": values })
    };
    let is = |version: &str| json!({ ":v": { "N": version } });
    let mut written = String::new();
    for body in [
        put("1", "attribute_not_exists(#v)", Value::Null),
        put("1", "attribute_not_exists(#v)", Value::Null),
        put("3", "#v = :v", is("2")),
        put("2", "#v = :v", is("1")),
    ] {
        assert_eq!(violation(Op::PutItem, &body), None);
        written += &table.serve(REGION, Op::PutItem, &body).map_or_else(|refusal| refusal.code + " ", |_| "ok ".into());
    }
    assert_eq!(written, "ok ConditionalCheckFailedException ConditionalCheckFailedException ok ");
    for (is_strong, version) in [(true, "2"), (false, "1")] {
        let key = json!({ "Resource": { "S": "a" } });
        let get = json!({ "TableName": "resource-data-sync", "Key": key, "ConsistentRead": is_strong });
        assert_eq!(table.serve(REGION, Op::GetItem, &get).expect("an item")["Item"]["V"]["N"], version);
    }
    assert!(violation(Op::PutItem, &put("3", "#v > :v", is("2"))).is_some());
}

fn add(put: &mut Request, name: &'static str, value: &'static str) {
    put.headers_mut().insert(name, http::HeaderValue::from_static(value));
}

#[test]
fn the_bucket_takes_only_what_was_signed() {
    let check = |spoil: fn(&mut Request), status: Option<u16>| {
        let mut bucket = Bucket::default();
        let url = bucket.issue("https://bucket/response", "arn:aws:x", "Sync", "r-1", Some(BASE_MS));
        let mut put = http::Request::put(url).header("Content-Length", "2").body("{}".into()).expect("a request");
        spoil(&mut put);
        assert_eq!(bucket.put(&put).err().map(|refusal| refusal.status), status, "{put:?}");
        assert_eq!(bucket.responses("r-1").is_empty(), status.is_some());
    };
    check(|_| {}, None);
    check(|put| add(put, "content-type", ""), Some(403));
    check(|put| *put.uri_mut() = put.uri().to_string().replace("%3A", ":").parse().expect("a URL"), Some(403));
    check(|put| *put.uri_mut() = format!("{}&x-id=PutObject", put.uri()).parse().expect("a URL"), Some(403));
    check(|put| add(put, "transfer-encoding", "chunked"), Some(501));
    check(|put| put.headers_mut().clear(), Some(411));
}
