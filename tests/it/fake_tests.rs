//! The fakes have the traps of the real services: whoever weakens one that a scenario relies on hears of it here.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::fake::Services;
use crate::fake::clock::BASE_MS;
use crate::fake::cloudformation::{RequestType, Response, Siblings, Stack, Template};
use crate::fake::exchange::{Reply, Request, target_of};
use crate::fake::fault::Op;
use crate::fake::sync::Wording;

const REGION: &str = "eu-west-1";

fn send(aws: &mut Services, at_ms: u64, op: Op, mut body: Value) -> Reply {
    let is_ssm = op.name().ends_with("Sync");
    if !is_ssm && body["TableName"].is_null() {
        body["TableName"] = json!("resource-data-sync");
    }
    let target = format!("{}.{}", if is_ssm { "AmazonSSM" } else { "DynamoDB_20120810" }, op.name());
    let signature = format!("AWS4-HMAC-SHA256 Credential=AK/20261123/{REGION}/x/aws4_request, Signature=x");
    let headers = vec![("x-amz-target".to_owned(), target), ("authorization".to_owned(), signature)];
    let body = body.to_string().into_bytes();
    aws.handle(BASE_MS + at_ms, &Request { method: "POST".to_owned(), target: "/".to_owned(), headers, body })
}

/// The output, or the error's code.
fn call(aws: &mut Services, at_ms: u64, op: Op, body: Value) -> Value {
    let response = send(aws, at_ms, op, body).response();
    let body = response.json();
    if response.status == 200 { body } else { body["__type"].as_str().unwrap_or_default().rsplit('#').next().into() }
}

fn destination(name: &str) -> Value {
    json!({ "SyncName": name, "SyncType": "SyncToDestination", "S3Destination": {
        "BucketName": "logs", "Prefix": "a/", "SyncFormat": "JsonSerDe", "Region": REGION,
        "AWSKMSKeyARN": "arn:aws:kms:eu-west-1:123456789012:alias/logs",
        "DestinationDataSharing": { "DestinationDataSharingType": "Organization" },
    } })
}

fn source(name: &str) -> Value {
    json!({ "SyncName": name, "SyncType": "SyncFromSource", "SyncSource": {
        "SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1", "us-east-1"], "IncludeFutureRegions": true,
        "AwsOrganizationsSource": { "OrganizationSourceType": "EntireOrganization" },
    } })
}

/// What List shows, page by page.
fn list(aws: &mut Services, at_ms: u64, sync_type: &str) -> Vec<Value> {
    let (mut items, mut body) = (Vec::new(), json!({ "SyncType": sync_type }));
    loop {
        let page = call(aws, at_ms, Op::List, body.clone());
        items.extend(page["ResourceDataSyncItems"].as_array().cloned().unwrap_or_default());
        if page["NextToken"].is_null() {
            return items;
        }
        body["NextToken"] = page["NextToken"].clone();
    }
}

#[test]
fn list_hides_and_rewords() {
    let mut aws = Services::default();
    call(&mut aws, 0, Op::Create, destination("inventory"));
    call(&mut aws, 0, Op::Create, source("explorer"));
    let mut text = String::new();
    for wording in [Wording::default(), Wording::own()] {
        aws.ssm.wording = wording;
        let items = [list(&mut aws, 0, "SyncToDestination"), list(&mut aws, 0, "SyncFromSource")].concat();
        text += &format!("{} {}\n{}\n", items[0]["SyncType"], items[0]["S3Destination"], items[1]["SyncSource"]);
    }
    expect![[r#"
        null {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/logs","BucketName":"logs","Prefix":"a/","Region":"eu-west-1","SyncFormat":"JsonSerDe"}
        {"AwsOrganizationsSource":{"OrganizationSourceType":"EntireOrganization"},"IncludeFutureRegions":true,"SourceRegions":["us-east-1","eu-west-1"],"SourceType":"AwsOrganizations"}
        null {"AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b","BucketName":"logs","Prefix":"a","Region":"eu-west-1","SyncFormat":"JsonSerDe"}
        {"AwsOrganizationsSource":{"OrganizationSourceType":"EntireOrganization"},"EnableAllOpsDataSources":true,"IncludeFutureRegions":true,"SourceRegions":["us-east-1","eu-west-1","ap-southeast-7"],"SourceType":"AwsOrganizations"}
    "#]].assert_eq(&text);
}

fn put(version: &str, condition: &str, value: Option<&str>) -> Value {
    let mut body = json!({ "Item": { "Resource": { "S": "a" }, "V": { "N": version } },
        "ConditionExpression": condition, "ExpressionAttributeNames": { "#v": "V" } });
    if let Some(value) = value {
        body["ExpressionAttributeValues"] = json!({ ":v": { "N": value } });
    }
    body
}

#[test]
fn the_table_keeps_conditions_and_weak_reads_lag() {
    let mut aws = Services::default();
    let mut write = |body| call(&mut aws, 0, Op::PutItem, body);
    assert_eq!(write(put("1", "attribute_not_exists(#v)", None)), json!({}));
    assert_eq!(write(put("1", "attribute_not_exists(#v)", None)), "ConditionalCheckFailedException");
    assert_eq!(write(put("3", "#v = :v", Some("2"))), "ConditionalCheckFailedException");
    assert_eq!(write(put("2", "#v = :v", Some("1"))), json!({}));
    for (is_strong, version) in [(true, "2"), (false, "1")] {
        let get = json!({ "Key": { "Resource": { "S": "a" } }, "ConsistentRead": is_strong });
        assert_eq!(call(&mut aws, 0, Op::GetItem, get)["Item"]["V"]["N"], version);
    }
    assert_eq!(aws.violations, Vec::<String>::new());
    assert_eq!(call(&mut aws, 0, Op::PutItem, put("3", "#v > :v", Some("2"))), "ValidationException");
    assert_eq!(aws.violations.len(), 1);
}

#[test]
fn the_bucket_takes_only_what_was_signed() {
    let check = |spoil: fn(&mut Request), status: u16| {
        let mut aws = Services::default();
        let url = aws.bucket.issue("https://bucket/response", "arn:aws:x", "Sync", "r-1", Some(BASE_MS));
        let headers = vec![("Content-Length".to_owned(), "2".to_owned())];
        let (method, target) = ("PUT".to_owned(), target_of(&url).to_owned());
        let mut put = Request { method, target, headers, body: b"{}".to_vec() };
        spoil(&mut put);
        assert_eq!(aws.handle(BASE_MS, &put).response().status, status, "{put:?}");
        assert_eq!(aws.bucket.responses("r-1").len(), usize::from(status == 200));
    };
    check(|_| {}, 200);
    check(|put| put.headers.push(("content-type".to_owned(), String::new())), 403);
    check(|put| put.target = put.target.replace("%3A", ":"), 403);
    check(|put| put.target.push_str("&x-id=PutObject"), 403);
    check(|put| put.headers.push(("transfer-encoding".to_owned(), "chunked".to_owned())), 501);
    check(|put| put.headers.clear(), 411);
}

/// The events of two deployments. The physical id is a property's letter; an Update to `x-2` fails.
fn check_stack(first: &[(&str, &str)], second: &[(&str, &str)], expected: &Expect) {
    let (mut stack, mut text) = (Stack::new("shop"), String::new());
    for resources in [first, second] {
        let template: Template = resources.iter().map(|(id, p)| ((*id).to_owned(), json!({ "P": p }))).collect();
        stack.deploy(&template, Siblings::Succeed);
        while let Some(event) = stack.next_event() {
            let property = event.properties["P"].as_str().unwrap_or_default();
            let (kind, id) = (event.request_type.name(), event.physical_id.as_deref().unwrap_or("–"));
            text += &format!("{kind} {} {id} {property}, ", event.logical_id);
            stack.respond(&match (event.request_type, property) {
                (RequestType::Update, "x-2") => Response::Failed { physical_id: None, reason: "no".to_owned() },
                _ => Response::Success { physical_id: property[..1].to_owned(), data: Value::Null },
            });
        }
        text += &format!("{:?}\n", stack.state());
    }
    expected.assert_eq(&text);
}

#[test]
fn a_stack_replaces_and_rolls_back() {
    check_stack(
        &[("A", "a-1"), ("C", "c-1")],
        &[("A", "b-1")],
        &expect![[r#"
        Create A – a-1, Create C – c-1, CreateComplete
        Update A a b-1, Delete A a a-1, Delete C c c-1, UpdateComplete
    "#]],
    );
    check_stack(
        &[("A", "a-1"), ("B", "x-1")],
        &[("A", "b-1"), ("B", "x-2")],
        &expect![[r#"
        Create A – a-1, Create B – x-1, CreateComplete
        Update A a b-1, Update B x x-2, Update B x x-1, Update A b a-1, Delete A b b-1, UpdateRollbackComplete
    "#]],
    );
}
