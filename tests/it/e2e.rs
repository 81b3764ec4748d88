//! The real binary, in the environment that Lambda gives it, against the fake AWS behind a loopback socket.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::env::{from_source, to_bucket, with};
use crate::fake::FakeAws;
use crate::fake::clock::Clock;
use crate::fake::fault::{Fault, FaultKind, Op};
use crate::fake::process::{Invoked, LOG_STREAM, Process, REGION};
use crate::fake::runtime_api::{Ended, RuntimeApi};
use crate::fake::server::{LOOPBACK, Server};
use crate::fake::sync::Script;

const STACK: &str =
    "arn:aws:cloudformation:us-east-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002";
const LIMIT: Duration = Duration::from_secs(30);

struct Lambda {
    aws: FakeAws,
    server: Server,
    process: Process,
    requests: u64,
}

impl Lambda {
    /// Lambda's environment with these variables on top; an empty value removes one.
    async fn start(overrides: &[(&str, &str)]) -> Self {
        let aws = FakeAws::new(Clock::Real);
        // Nothing waits.
        aws.lock().ssm.first_sync = Script::successful();
        let server = Server::start(&aws, LOOPBACK, 0).await.expect("a socket");
        let api = RuntimeApi::start(LOOPBACK, 0, LIMIT).await.expect("a socket");
        let binary = Path::new(env!("CARGO_BIN_EXE_bootstrap"));
        let mut all = vec![];
        let url = format!("http://{}", server.address);
        for &(name, value) in overrides {
            all.push((name, if value == "SERVER" { url.as_str() } else { value }));
        }
        let process = Process::start(binary, &aws, server.address, api, &all).await.expect("it starts");
        Self { aws, server, process, requests: 0 }
    }

    fn event(&mut self, request_type: &str, id: Option<&str>, properties: &Value) -> Value {
        self.requests += 1;
        let request_id = format!("00000000-0000-4000-8000-{:012}", self.requests);
        let now_ms = self.aws.clock.now_ms();
        let base = self.server.response_base();
        let url = self.aws.lock().bucket.issue(&base, STACK, "Sync", &request_id, Some(now_ms));
        let event = json!({
            "RequestType": request_type, "ResponseURL": url, "StackId": STACK, "RequestId": request_id,
            "LogicalResourceId": "Sync", "ResourceType": "Custom::ResourceDataSync", "ResourceProperties": properties,
        });
        with(&event, "PhysicalResourceId", json!(id))
    }

    async fn send(&mut self, event: &Value) -> Invoked {
        self.process.invoke(event, LIMIT).await.expect("the process lives")
    }

    async fn create(&mut self, properties: &Value) -> Value {
        let event = self.event("Create", None, properties);
        let invoked = self.send(&event).await;
        assert!(matches!(invoked.ended, Ended::Response(_)), "{invoked:?}");
        self.response(&event)
    }

    /// The first response to an event, without the log stream that a reason ends with.
    fn response(&self, event: &Value) -> Value {
        let aws = self.aws.lock();
        let responses = aws.bucket.responses(event["RequestId"].as_str().unwrap_or_default());
        let mut response: Value =
            serde_json::from_slice(responses.first().unwrap_or_else(|| panic!("{event}"))).expect("JSON");
        if let Some(reason) = response["Reason"].as_str() {
            let end = format!(" See log stream {LOG_STREAM} in log group /aws/lambda/resource-data-sync.");
            response["Reason"] = json!(reason.strip_suffix(&end).expect("every reason ends with the log stream"));
        }
        response
    }
}

fn inventory() -> Value {
    to_bucket("inventory", "logs")
}

fn reason(response: &Value) -> &str {
    assert_eq!(response["Status"], "FAILED", "{response}");
    response["Reason"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn each_response_says_what_is_missing() {
    let no_credentials = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_SESSION_TOKEN", "")];
    let rows: [&[(&str, &str)]; 4] =
        [&no_credentials, &[("AWS_REGION", "")], &[("OWNERSHIP_TABLE", "")], &[("OWNERSHIP_TABLE", "another")]];
    let mut told = String::new();
    for overrides in rows {
        let mut lambda = Lambda::start(overrides).await;
        let process = lambda.process.child.id();
        let first = lambda.create(&inventory()).await;
        let second = lambda.create(&inventory()).await;
        assert_eq!(reason(&first), reason(&second));
        assert_eq!(lambda.process.child.id(), process, "the same process serves them");
        assert!(lambda.aws.lock().calls.iter().all(|call| !call.op.changes_syncs()));
        told += &format!("{}: {}\n", overrides[0].0, reason(&first));
    }
    expect![[r#"
        AWS_ACCESS_KEY_ID: The ownership table resource-data-sync could not be queried: no credentials. Nothing more was changed. Check the function's environment: Lambda sets its credentials and AWS_REGION. See docs/troubleshooting.md#the-functions-environment for details.
        AWS_REGION: The function does not know its Region: AWS_REGION is not set in its environment. Nothing was changed. See docs/troubleshooting.md#the-functions-environment for details.
        OWNERSHIP_TABLE: The function does not know its ownership table: OWNERSHIP_TABLE is not set in its environment. Nothing more was changed. Set it to the table of the function's stack. See docs/troubleshooting.md#the-functions-environment for details.
        OWNERSHIP_TABLE: The ownership table another does not exist in us-east-1. Nothing more was changed. Restore it from its backup, or correct OWNERSHIP_TABLE. See docs/troubleshooting.md#table-not-found for details.
    "#]].assert_eq(&told);
}

#[tokio::test]
async fn settings_that_are_nonsense_stop_nothing() {
    let overrides = [
        ("AWS_ENDPOINT_URL_SSM", ""),
        ("AWS_ENDPOINT_URL_DYNAMODB", ""),
        ("AWS_ENDPOINT_URL", "SERVER"),
        ("AWS_LAMBDA_LOG_LEVEL", "loud"),
        ("AWS_LAMBDA_LOG_FORMAT", "poetry"),
        ("RUST_LOG", "?=?"),
        ("AWS_USE_FIPS_ENDPOINT", "perhaps"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_RETRY_MODE", "adaptive"),
        ("AWS_PROFILE", "nobody"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
    ];
    let mut lambda = Lambda::start(&overrides).await;
    assert_eq!(lambda.create(&inventory()).await["Status"], "SUCCESS");
    assert_eq!(lambda.aws.lock().violations, Vec::<String>::new());
}

#[tokio::test]
async fn a_log_is_as_set_and_without_secrets() {
    for (format, level, expected) in
        [("JSON", "TRACE", "DEBUG ERROR INFO WARN"), ("Text", "TRACE", ""), ("JSON", "ERROR", "ERROR")]
    {
        let mut lambda = Lambda::start(&[("AWS_LAMBDA_LOG_FORMAT", format), ("AWS_LAMBDA_LOG_LEVEL", level)]).await;
        let quoting = lambda.event("Create", None, &inventory());
        let query = quoting["ResponseURL"].as_str().and_then(|url| url.split_once('?')).expect("a query").1.to_owned();
        let message = format!("You said {query}.");
        let quote = FaultKind::Refused { status: 400, code: "ValidationException".into(), message };
        lambda.aws.lock().inject(Fault::at(Op::Create, quote));
        lambda.send(&quoting).await;
        assert!(!lambda.response(&quoting).to_string().contains(&query[..40]), "{}", lambda.response(&quoting));
        lambda.create(&inventory()).await;
        lambda.create(&json!({ "Nonsense": "\"\n" })).await;
        lambda.send(&json!({ "RequestType": "Report" })).await;
        let mut told = lambda.event("Create", None, &inventory());
        told["ResponseURL"] = json!(format!("https://example.com/x?{query}"));
        assert!(matches!(lambda.send(&told).await.ended, Ended::Error(_)));
        let signature = query.rsplit("X-Amz-Signature=").next().expect("a signature");
        let lines = lambda.process.logs.after(0);
        let mut levels = BTreeSet::new();
        for line in &lines {
            assert!(!line.contains(signature) && !line.contains("X-Amz-Credential"), "{line}");
            if format == "JSON" {
                let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
                if line["requestId"].is_string() && line["cfnRequestId"].is_string() {
                    levels.insert(line["level"].as_str().unwrap_or_default().to_owned());
                }
            }
        }
        assert_eq!(levels.into_iter().collect::<Vec<_>>().join(" "), expected, "{lines:#?}");
    }
}

#[tokio::test]
async fn queries_of_the_docs_name_logged_fields() {
    let mut lambda = Lambda::start(&[("AWS_LAMBDA_LOG_FORMAT", "JSON")]).await;
    lambda.create(&inventory()).await;
    lambda.create(&json!({ "Nonsense": "" })).await;
    let lines = lambda.process.logs.after(0);
    let lines: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let is_logged = |field: &str| lines.iter().any(|line| line.get(field).is_some());
    let page = include_str!("../../docs/operations.md");
    let queries =
        page.split("### Ten queries").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("ten queries");
    let queries: Vec<&str> = queries.split("```text").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(queries.len(), 10);
    let words = "filter fields sort desc asc stats count as latest max min by like in and limit";
    let names = "refusals last seen seconds times";
    let without = |quote: char, text: &str| text.split(quote).step_by(2).collect::<Vec<_>>().join(" ");
    for query in queries.iter().flat_map(|query| query.lines()) {
        let unquoted = without('"', query);
        let plain = if unquoted.matches('/').count() == 2 { without('/', &unquoted) } else { unquoted };
        let identifiers = plain.split(|c: char| !c.is_alphanumeric() && c != '@').filter(|word| !word.is_empty());
        for word in identifiers.filter(|word| !word.starts_with('@') && word.parse::<u32>().is_err()) {
            let is_known = words.split(' ').chain(names.split(' ')).any(|known| known == word);
            assert!(is_known || is_logged(word), "{word} in {query}");
        }
    }
}

#[tokio::test]
async fn after_any_event_the_next_one_is_served() {
    let mut lambda = Lambda::start(&[]).await;
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let odd =
        [json!(null), json!(7), json!("x"), json!([]), json!({}), json!({ "ResponseURL": 7 }), json!({ "a": deep })];
    for event in odd {
        let invoked = lambda.send(&event).await;
        let Ended::Error(error) = invoked.ended else { panic!("{event}: {:?}", invoked.ended) };
        let expected = if event["ResponseURL"].is_null() { "NoResponseUrl" } else { "ResponseUrlRefused" };
        assert_eq!(error["errorType"], expected);
        assert!(invoked.calls.is_empty());
    }
    for properties in [json!([]), json!(null), json!("x")] {
        assert!(!reason(&lambda.create(&properties).await).is_empty());
    }
    // With a URL, it is no request that is known.
    let plan = lambda.event("Plan", Some("inventory"), &inventory());
    lambda.send(&plan).await;
    let response = lambda.response(&plan);
    assert!(reason(&response).contains("RequestType is Plan") && response["PhysicalResourceId"] == "inventory");
    let process = lambda.process.child.id();
    assert_eq!(lambda.create(&inventory()).await["Status"], "SUCCESS");
    assert_eq!(lambda.process.child.id(), process, "the same process served them all");
}

#[tokio::test]
async fn a_table_that_hangs_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let mut lambda = Lambda::start(&[("AWS_ENDPOINT_URL_DYNAMODB", &format!("http://{address}"))]).await;
    lambda.process.api.polled().await;
    let event = lambda.event("Create", None, &inventory());
    lambda.process.invoke(&event, Duration::from_secs(4)).await.expect("the process lives");
    let reason = reason(&lambda.response(&event)).to_owned();
    assert!(reason.starts_with("DynamoDB's endpoint in us-east-1 is out of reach"), "{reason}");
}

#[tokio::test]
async fn the_deadline_of_the_runtime_is_kept() {
    // The second is so long that the SDK's own attempts end before.
    for (ssm, seconds, cause) in [
        ("SERVER", 4, "while waiting for SSM's response to ListResourceDataSync"),
        ("http://127.0.0.1:1", 6, "Connection refused"),
    ] {
        let mut lambda = Lambda::start(&[("AWS_ENDPOINT_URL_SSM", ssm)]).await;
        lambda.aws.lock().inject(Fault::at(Op::List, FaultKind::Hang).always());
        // The deadline counts from here on, not from the first /next.
        lambda.process.api.polled().await;
        let event = lambda.event("Create", None, &from_source("explorer", &[REGION]));
        let invoked = lambda.process.invoke(&event, Duration::from_secs(seconds)).await.expect("the process lives");
        assert!(matches!(invoked.ended, Ended::Response(_)), "{:?}", invoked.ended);
        let response = lambda.response(&event);
        assert!(reason(&response).starts_with("Time ran out for") && reason(&response).contains(cause), "{response}");
    }
}

/// The line of a Region that can't be read has no metrics of its own, but the alarm counts it.
#[tokio::test]
async fn a_report_prints_metrics_of_each_sync() {
    let mut lambda = Lambda::start(&[]).await;
    lambda.create(&inventory()).await;
    lambda.aws.lock().inject(Fault::region("me-south-1", FaultKind::RegionDisabled));
    let report = lambda.send(&json!({ "RequestType": "Report", "Regions": [REGION, "me-south-1"] })).await;
    let mut told = String::new();
    for mut line in report.logs.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if !line["_aws"].is_null() {
            assert!(line["_aws"]["Timestamp"].take().is_u64(), "{line}");
            assert!(line["SecondsSinceLastSuccess"].take().as_u64().is_some_and(|seconds| seconds < 60), "{line}");
        }
        told += &format!("{line}\n");
    }
    expect![[r#"
        {"Error":"ListResourceDataSync returned UnrecognizedClientException: The security token included in the request is invalid.","Healthy":0,"Region":"me-south-1"}
        {"Drift":[],"Healthy":1,"Owner":{"LogicalResourceId":"Sync","StackId":"arn:aws:cloudformation:us-east-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002"},"Region":"us-east-1","Retained":false,"SecondsSinceLastSuccess":null,"SyncName":"inventory","SyncType":"SyncToDestination","_aws":{"CloudWatchMetrics":[{"Dimensions":[["Region","SyncName"]],"Metrics":[{"Name":"Healthy","Unit":"None"},{"Name":"SecondsSinceLastSuccess","Unit":"Seconds"}],"Namespace":"ResourceDataSync"}],"Timestamp":null}}
    "#]].assert_eq(&told);
}

#[tokio::test]
async fn outside_of_lambda_it_says_what_it_is() {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    let output = command.env_clear().stdin(Stdio::null()).output().await.expect("it runs");
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true));
    expect![[r#"
        bootstrap is a Lambda function: start it with Lambda, `sam local invoke` or `cargo sandbox`
    "#]]
    .assert_eq(&String::from_utf8_lossy(&output.stderr));
}
