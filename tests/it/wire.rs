//! Exchanges as they go over the wire: targets, headers and bodies, byte for byte where they do not vary.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use expect_test::{Expect, expect};
use resource_data_sync::handler::{Function, Invocation};
use serde_json::{Value, value::RawValue};

use crate::env::{Env, REGION, to_bucket};
use crate::fake::ACCOUNT;
use crate::fake::clock::{BASE_MS, utc};
use crate::fake::wire::FakeConnector;

/// Writes down what is sent, in order.
#[derive(Clone, Debug)]
struct Recorder {
    inner: FakeConnector,
    sent: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.sent.lock().expect("no test panics here").push(text(&request));
        self.inner.call(request)
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Headers by name; of those that vary from run to run or from release to release, the name alone.
fn text(request: &HttpRequest) -> String {
    let varies =
        ["authorization", "x-amz-date", "user-agent", "x-amz-user-agent", "amz-sdk-invocation-id", "amz-sdk-request"];
    let mut headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", if varies.contains(&name) { "…" } else { value }))
        .collect();
    headers.sort();
    let body = request.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    // An item's attributes are sent in any order.
    let is_item = request.headers().get("x-amz-target").is_some_and(|target| target.ends_with("PutItem"));
    let body = match serde_json::from_str::<Value>(&body) {
        Ok(mut item) if is_item => {
            assert!(item["Item"]["Attempt"]["S"].as_str().is_some_and(|attempt| attempt.len() == 16), "random: {item}");
            item["Item"]["Attempt"]["S"] = "…".into();
            item.to_string().into()
        }
        _ => body,
    };
    let uri = request.uri().split("&X-Amz-Signature=").next().unwrap_or_default();
    let mut text = String::new();
    let _ = write!(text, "{} {uri}\n{}\n\n{body}\n", request.method(), headers.join("\n"));
    text
}

/// A Create beside another client's sync of another name: what it sends.
async fn sent() -> Vec<String> {
    let env = Env::new();
    let recorder = Recorder { inner: FakeConnector::new(env.aws.clone()), sent: Arc::default() };
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "env");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(recorder.clone())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build();
    let http = SharedHttpConnector::new(recorder.clone());
    let function = Function::new(env.settings.clone(), &sdk, http, || utc(BASE_MS));
    let invocation = |request_id: &str| Invocation {
        deadline: utc(BASE_MS + 60_000),
        request_id: request_id.to_owned(),
        function_arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:resource-data-sync"),
    };
    for request_id in ["lambda-1", "lambda-2"] {
        let event = env.event("Create", None, &to_bucket("inventory", "logs"));
        let raw: Box<RawValue> = serde_json::from_str(&event.to_string()).expect("JSON");
        function.handle(&raw, &invocation(request_id)).await.expect("it is answered");
        // The second Create meets a sync of nobody's.
        let key = format!("{}|Sync", crate::env::STACK);
        env.aws.lock().table.delete(&key);
    }
    let sent = recorder.sent.lock().expect("no test panics here");
    sent.clone()
}

/// Of those that hold this text, the one at the index.
async fn check(holds: &str, index: usize, expected: Expect) {
    let sent = sent().await;
    expected.assert_eq(sent.iter().filter(|text| text.contains(holds)).nth(index).expect("it was sent"));
}

#[tokio::test(start_paused = true)]
async fn the_read_of_a_record() {
    check("DynamoDB_20120810.GetItem", 0, expect![[r#"
        POST https://dynamodb.eu-west-1.amazonaws.com/
        amz-sdk-invocation-id: …
        amz-sdk-request: …
        authorization: …
        content-length: 187
        content-type: application/x-amz-json-1.0
        user-agent: …
        x-amz-date: …
        x-amz-target: DynamoDB_20120810.GetItem
        x-amz-user-agent: …

        {"TableName":"resource-data-sync","Key":{"Resource":{"S":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002|Sync"}},"ConsistentRead":true}
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn the_opening_of_a_record() {
    check("DynamoDB_20120810.PutItem", 0, expect![[r##"
        POST https://dynamodb.eu-west-1.amazonaws.com/
        amz-sdk-invocation-id: …
        amz-sdk-request: …
        authorization: …
        content-length: 913
        content-type: application/x-amz-json-1.0
        user-agent: …
        x-amz-date: …
        x-amz-target: DynamoDB_20120810.PutItem
        x-amz-user-agent: …

        {"ConditionExpression":"attribute_not_exists(#r)","ExpressionAttributeNames":{"#r":"Resource"},"Item":{"Attempt":{"S":"…"},"Created":{"S":"00000000-0000-4000-8000-000000000001"},"Format":{"N":"1"},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"RequestTime":{"N":"1795420800"},"RequestType":{"S":"Create"},"Resource":{"S":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002|Sync"},"State":{"S":"Working"},"Syncs":{"M":{"eu-west-1/SyncToDestination/inventory":{"M":{"Making":{"M":{"Configurations":{"L":[{"S":"{\"S3Destination\":{\"BucketName\":\"logs\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"}]},"Since":{"N":"1795420800.04"},"Until":{"N":"1795422000.04"}}},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"State":{"S":"Open"}}}}},"Version":{"N":"1"},"Written":{"N":"1795420800"}},"TableName":"resource-data-sync"}
    "##]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_create() {
    check("AmazonSSM.Create", 0, expect![[r#"
        POST https://ssm.eu-west-1.amazonaws.com/
        amz-sdk-invocation-id: …
        amz-sdk-request: …
        authorization: …
        content-length: 139
        content-type: application/x-amz-json-1.1
        user-agent: …
        x-amz-date: …
        x-amz-target: AmazonSSM.CreateResourceDataSync
        x-amz-user-agent: …

        {"SyncName":"inventory","S3Destination":{"BucketName":"logs","SyncFormat":"JsonSerDe","Region":"eu-west-1"},"SyncType":"SyncToDestination"}
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn the_closing_of_a_record() {
    check("DynamoDB_20120810.PutItem", 1, expect![[r##"
        POST https://dynamodb.eu-west-1.amazonaws.com/
        amz-sdk-invocation-id: …
        amz-sdk-request: …
        authorization: …
        content-length: 1518
        content-type: application/x-amz-json-1.0
        user-agent: …
        x-amz-date: …
        x-amz-target: DynamoDB_20120810.PutItem
        x-amz-user-agent: …

        {"ConditionExpression":"#v = :v","ExpressionAttributeNames":{"#v":"Version"},"ExpressionAttributeValues":{":v":{"N":"1"}},"Item":{"Attempt":{"S":"…"},"Created":{"S":"00000000-0000-4000-8000-000000000001"},"Format":{"N":"1"},"Name":{"S":"inventory"},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"RequestTime":{"N":"1795420800"},"RequestType":{"S":"Create"},"Resource":{"S":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002|Sync"},"Response":{"S":"{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"inventory\",\"StackId\":\"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002\",\"RequestId\":\"00000000-0000-4000-8000-000000000001\",\"LogicalResourceId\":\"Sync\",\"Data\":{\"Arn\":\"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory\",\"LastStatus\":\"InProgress\",\"RegionStates\":\"eu-west-1=InProgress\",\"Regions\":\"eu-west-1\",\"SyncCreatedTime\":\"2026-11-23T08:00:00Z\",\"SyncName\":\"inventory\",\"SyncSourceState\":\"\",\"SyncType\":\"SyncToDestination\"}}"},"State":{"S":"Done"},"Syncs":{"M":{"eu-west-1/SyncToDestination/inventory":{"M":{"Configuration":{"S":"{\"S3Destination\":{\"BucketName\":\"logs\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"State":{"S":"Settled"},"SyncCreatedTime":{"N":"1795420800.07"}}}}},"Version":{"N":"2"},"Written":{"N":"1795420800"}},"TableName":"resource-data-sync"}
    "##]]).await;
}

#[tokio::test(start_paused = true)]
async fn the_response() {
    check("PUT ", 0, expect![[r#"
        PUT https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/response/arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002%7CSync%7C00000000-0000-4000-8000-000000000001?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261123T080000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=AKIA6L7Q4OWTEXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request
        connection: close
        content-length: 525

        {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_scan_of_the_records() {
    check(
        "DynamoDB_20120810.Scan",
        0,
        expect![[r#"
        POST https://dynamodb.eu-west-1.amazonaws.com/
        amz-sdk-invocation-id: …
        amz-sdk-request: …
        authorization: …
        content-length: 56
        content-type: application/x-amz-json-1.0
        user-agent: …
        x-amz-date: …
        x-amz-target: DynamoDB_20120810.Scan
        x-amz-user-agent: …

        {"TableName":"resource-data-sync","ConsistentRead":true}
    "#]],
    )
    .await;
}
