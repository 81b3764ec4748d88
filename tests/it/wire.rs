//! Exchanges as they go over the wire: targets, headers and bodies, byte for byte where they do not vary.

use expect_test::expect;

use crate::env::{Env, STACK, to_bucket};
use crate::fake::exchange::{Request, header, json};

/// Headers whose values vary from run to run or from release to release.
const VARYING: [&str; 6] =
    ["amz-sdk-invocation-id", "amz-sdk-request", "authorization", "user-agent", "x-amz-date", "x-amz-user-agent"];

fn is_for(request: &Request, operation: &str) -> bool {
    header(request, "x-amz-target").is_some_and(|target| target.ends_with(operation))
}

fn text(request: &Request) -> String {
    let headers = request.headers().iter();
    let (varying, fixed): (Vec<_>, Vec<_>) = headers.partition(|(name, _)| VARYING.contains(&name.as_str()));
    let mut headers: Vec<String> =
        fixed.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("text"))).collect();
    headers.sort();
    headers.push(format!("({} that vary)\n", varying.len()));
    let mut body = String::from_utf8_lossy(request.body()).into_owned();
    // An item's attributes are sent in any order.
    if is_for(request, "PutItem") {
        let mut item = json(request.body());
        assert!(item["Item"]["Attempt"]["S"].as_str().is_some_and(|attempt| attempt.len() == 16), "random: {item}");
        item["Item"]["Attempt"]["S"] = "…".into();
        body = item.to_string();
    }
    let uri = request.uri().to_string();
    let uri = uri.split("&X-Amz-Signature=").next().unwrap_or_default();
    format!("{} {uri}\n{}\n{body}\n", request.method(), headers.concat())
}

#[tokio::test(start_paused = true)]
async fn what_a_create_and_a_scan_send() {
    let env = Env::new();
    env.create(&to_bucket("inventory", "logs")).await;
    let of_create = env.aws.lock().requests.len();
    // The next Create meets a sync that is nobody's, and asks the other records.
    env.aws.lock().table.delete(&format!("{STACK}|Sync"));
    env.create(&to_bucket("inventory", "logs")).await;
    let aws = env.aws.lock();
    let scan = aws.requests.iter().find(|request| is_for(request, "Scan"));
    let mut sent: Vec<String> = aws.requests[..of_create].iter().chain(scan).map(text).collect();
    // List is asked again and again.
    sent.dedup();
    expect![[r##"
        POST https://dynamodb.eu-west-1.amazonaws.com/
        content-length: 187
        content-type: application/x-amz-json-1.0
        x-amz-target: DynamoDB_20120810.GetItem
        (6 that vary)

        {"TableName":"resource-data-sync","Key":{"Resource":{"S":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002|Sync"}},"ConsistentRead":true}

        POST https://ssm.eu-west-1.amazonaws.com/
        content-length: 32
        content-type: application/x-amz-json-1.1
        x-amz-target: AmazonSSM.ListResourceDataSync
        (6 that vary)

        {"SyncType":"SyncToDestination"}

        POST https://dynamodb.eu-west-1.amazonaws.com/
        content-length: 913
        content-type: application/x-amz-json-1.0
        x-amz-target: DynamoDB_20120810.PutItem
        (6 that vary)

        {"ConditionExpression":"attribute_not_exists(#r)","ExpressionAttributeNames":{"#r":"Resource"},"Item":{"Attempt":{"S":"…"},"Created":{"S":"00000000-0000-4000-8000-000000000001"},"Format":{"N":"1"},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"RequestTime":{"N":"1795420800"},"RequestType":{"S":"Create"},"Resource":{"S":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002|Sync"},"State":{"S":"Working"},"Syncs":{"M":{"eu-west-1/SyncToDestination/inventory":{"M":{"Making":{"M":{"Configurations":{"L":[{"S":"{\"S3Destination\":{\"BucketName\":\"logs\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"}]},"Since":{"N":"1795420800.04"},"Until":{"N":"1795422000.04"}}},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"State":{"S":"Open"}}}}},"Version":{"N":"1"},"Written":{"N":"1795420800"}},"TableName":"resource-data-sync"}

        POST https://ssm.eu-west-1.amazonaws.com/
        content-length: 139
        content-type: application/x-amz-json-1.1
        x-amz-target: AmazonSSM.CreateResourceDataSync
        (6 that vary)

        {"SyncName":"inventory","S3Destination":{"BucketName":"logs","SyncFormat":"JsonSerDe","Region":"eu-west-1"},"SyncType":"SyncToDestination"}

        POST https://ssm.eu-west-1.amazonaws.com/
        content-length: 32
        content-type: application/x-amz-json-1.1
        x-amz-target: AmazonSSM.ListResourceDataSync
        (6 that vary)

        {"SyncType":"SyncToDestination"}

        POST https://dynamodb.eu-west-1.amazonaws.com/
        content-length: 1518
        content-type: application/x-amz-json-1.0
        x-amz-target: DynamoDB_20120810.PutItem
        (6 that vary)

        {"ConditionExpression":"#v = :v","ExpressionAttributeNames":{"#v":"Version"},"ExpressionAttributeValues":{":v":{"N":"1"}},"Item":{"Attempt":{"S":"…"},"Created":{"S":"00000000-0000-4000-8000-000000000001"},"Format":{"N":"1"},"Name":{"S":"inventory"},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"RequestTime":{"N":"1795420800"},"RequestType":{"S":"Create"},"Resource":{"S":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002|Sync"},"Response":{"S":"{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"inventory\",\"StackId\":\"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002\",\"RequestId\":\"00000000-0000-4000-8000-000000000001\",\"LogicalResourceId\":\"Sync\",\"Data\":{\"Arn\":\"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory\",\"LastStatus\":\"InProgress\",\"RegionStates\":\"eu-west-1=InProgress\",\"Regions\":\"eu-west-1\",\"SyncCreatedTime\":\"2026-11-23T08:00:00Z\",\"SyncName\":\"inventory\",\"SyncSourceState\":\"\",\"SyncType\":\"SyncToDestination\"}}"},"State":{"S":"Done"},"Syncs":{"M":{"eu-west-1/SyncToDestination/inventory":{"M":{"Configuration":{"S":"{\"S3Destination\":{\"BucketName\":\"logs\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"},"RequestId":{"S":"00000000-0000-4000-8000-000000000001"},"State":{"S":"Settled"},"SyncCreatedTime":{"N":"1795420800.07"}}}}},"Version":{"N":"2"},"Written":{"N":"1795420800"}},"TableName":"resource-data-sync"}

        PUT https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/response/arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002%7CSync%7C00000000-0000-4000-8000-000000000001?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261123T080000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=AKIA6L7Q4OWTEXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request
        connection: close
        content-length: 525
        (0 that vary)

        {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}

        POST https://dynamodb.eu-west-1.amazonaws.com/
        content-length: 56
        content-type: application/x-amz-json-1.0
        x-amz-target: DynamoDB_20120810.Scan
        (6 that vary)

        {"TableName":"resource-data-sync","ConsistentRead":true}
    "##]].assert_eq(&sent.join("\n"));
}
