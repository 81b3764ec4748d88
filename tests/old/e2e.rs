//! The real binary, in the environment that Lambda gives it, against the world behind loopback sockets.

use std::{
    net::Ipv4Addr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use expect_test::expect;
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, net::TcpListener};

use crate::{
    stage::{from_source, to_bucket, with},
    world::{
        Shared, World,
        clock::Clock,
        fault::{Fault, FaultKind, Op},
        process::{Function, LOG_STREAM, Outcome},
        runtime_api::{RuntimeApi, Told},
        server::Servers,
    },
};

/// What `process` sets as `AWS_REGION`.
const REGION: &str = "us-east-1";
const STACK: &str =
    "arn:aws:cloudformation:us-east-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002";
const LIMIT: Duration = Duration::from_secs(10);

pub struct Lambda {
    pub world: Shared,
    pub servers: Servers,
    pub function: Function,
    requests: u64,
}

impl Lambda {
    async fn start(overrides: &[(&str, &str)]) -> Self {
        let world = Shared::new(World::default(), Clock::Real);
        let servers = Servers::start(&world, 0, 0).await.unwrap();
        Self::start_in(world, servers, overrides).await
    }

    pub async fn start_in(world: Shared, servers: Servers, overrides: &[(&str, &str)]) -> Self {
        let api = RuntimeApi::start(0, REGION, LIMIT).await.unwrap();
        let binary = Path::new(env!("CARGO_BIN_EXE_bootstrap"));
        let function = Function::start(binary, &world, &servers, api, overrides).await.unwrap();
        Self { world, servers, function, requests: 0 }
    }

    /// `age_ms` ago CloudFormation made this request.
    pub fn event_of_age(&mut self, age_ms: u64, request_type: &str, properties: &Value) -> Value {
        self.requests += 1;
        let request_id = format!("00000000-0000-4000-8000-{:012}", self.requests);
        let requested_ms = self.world.clock.now_ms() - age_ms;
        let base = self.servers.response_base();
        let url = self.world.lock().bucket.issue(&base, STACK, "Sync", &request_id, Some(requested_ms));
        json!({
            "RequestType": request_type,
            "ResponseURL": url,
            "StackId": STACK,
            "RequestId": request_id,
            "LogicalResourceId": "Sync",
            "ResourceType": "Custom::ResourceDataSync",
            "ResourceProperties": properties,
        })
    }

    pub async fn send(&mut self, event: &Value) -> Outcome {
        self.function.invoke(event, LIMIT).await.unwrap()
    }

    async fn create(&mut self, properties: &Value) -> Outcome {
        let event = self.event_of_age(0, "Create", properties);
        self.send(&event).await
    }

    fn names(&self) -> Vec<String> {
        self.world.lock().ssm.syncs(REGION).iter().map(|sync| sync.name.clone()).collect()
    }
}

pub fn inventory() -> Value {
    to_bucket("inventory", "logs")
}

fn answer(outcome: &Outcome) -> Value {
    let [put] = outcome.puts.as_slice() else { panic!("one answer: {outcome:?}") };
    assert!(put.stored, "{put:?}");
    serde_json::from_slice(&put.request.body).unwrap()
}

pub fn check(outcome: &Outcome, status: &str, id: &str) {
    let answer = answer(outcome);
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!(status), &json!(id)), "{answer}");
    assert!(matches!(outcome.told, Told::Response(_)), "{:?}", outcome.told);
}

/// The Reason of a FAILED answer without the log stream that it ends with.
pub fn reason(outcome: &Outcome) -> String {
    let answer = answer(outcome);
    assert_eq!(answer["Status"], "FAILED", "{answer}");
    let end = format!(" See log stream {LOG_STREAM} in log group /aws/lambda/resource-data-sync.");
    answer["Reason"].as_str().unwrap().strip_suffix(&end).expect("every Reason ends with the log stream").to_owned()
}

#[tokio::test]
async fn a_sync_is_created_updated_and_deleted() {
    let mut lambda = Lambda::start(&[]).await;
    check(&lambda.create(&inventory()).await, "SUCCESS", "inventory");
    let new = to_bucket("inventory", "more-logs");
    let mut update = lambda.event_of_age(0, "Update", &new);
    update["PhysicalResourceId"] = json!("inventory");
    update["OldResourceProperties"] = inventory();
    check(&lambda.send(&update).await, "SUCCESS", "inventory");
    assert_eq!(lambda.world.lock().ssm.sync(REGION, "inventory").unwrap().configuration["BucketName"], "more-logs");
    let mut delete = lambda.event_of_age(0, "Delete", &new);
    delete["PhysicalResourceId"] = json!("inventory");
    check(&lambda.send(&delete).await, "SUCCESS", "inventory");
    assert!(lambda.names().is_empty());
    let world = lambda.world.lock();
    assert_eq!((&world.ssm.protests, &world.bucket.protests), (&Vec::new(), &Vec::new()));
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_sync_was_made_is_no_failure() {
    let mut lambda = Lambda::start(&[]).await;
    lambda.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::LoseReplyAfter));
    check(&lambda.create(&inventory()).await, "SUCCESS", "inventory");
    assert_eq!(lambda.world.lock().ssm.counts()[&Op::Create], 1);
}

#[tokio::test]
async fn the_put_is_on_the_wire_as_it_was_signed() {
    let mut lambda = Lambda::start(&[]).await;
    lambda.world.lock().bucket.open = true;
    let target = "/response/arn%3Aaws%3Ax/a%7CSync%7c1?X-Amz-Date=&a=b+c%2F%2f&flag&=";
    let mut event = lambda.event_of_age(0, "Create", &json!({}));
    event["ResponseURL"] = json!(lambda.servers.response_base().replace("/response", target));
    let outcome = lambda.send(&event).await;
    answer(&outcome);
    let request = &outcome.puts[0].request;
    assert_eq!(request.target, target);
    assert_eq!((request.header("content-type"), request.header("transfer-encoding")), (None, None));
    assert_eq!(request.header("content-length"), Some(request.body.len().to_string().as_str()));
}

#[tokio::test]
async fn regression_without_credentials_each_event_is_answered_at_once_with_what_is_missing() {
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_SESSION_TOKEN", "")];
    let mut lambda = Lambda::start(&none).await;
    let first = lambda.create(&inventory()).await;
    expect!["Resource data sync inventory could not be created in us-east-1: CreateResourceDataSync failed, the credential provider was not enabled: AWS_ACCESS_KEY_ID is not set. Check the function's environment, its role and its way to SSM (README: SSM out of reach)."].assert_eq(&reason(&first));
    assert_eq!(reason(&lambda.create(&inventory()).await), reason(&first));
}

#[tokio::test]
async fn without_a_region_each_event_is_answered_with_what_is_missing() {
    let mut lambda = Lambda::start(&[("AWS_REGION", "")]).await;
    let outcome = lambda.create(&inventory()).await;
    expect!["The function does not know its Region: AWS_REGION is not set in its environment. Nothing was changed."]
        .assert_eq(&reason(&outcome));
    let outcome = lambda.create(&with(&inventory(), "Regions", json!([REGION]))).await;
    check(&outcome, "SUCCESS", "inventory");
}

#[tokio::test]
async fn a_setting_that_is_nonsense_stops_nothing() {
    let overrides = [
        ("AWS_LAMBDA_LOG_LEVEL", "loud"),
        ("AWS_LAMBDA_LOG_FORMAT", "poetry"),
        ("RUST_LOG", "?=?"),
        ("AWS_USE_FIPS_ENDPOINT", "perhaps"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_PROFILE", "nobody"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
    ];
    let mut lambda = Lambda::start(&overrides).await;
    check(&lambda.create(&inventory()).await, "SUCCESS", "inventory");
}

#[tokio::test]
async fn outside_of_lambda_the_binary_says_what_it_is_and_exits_with_2() {
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_bootstrap"))
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    expect![[r#"
        bootstrap is a Lambda function: it is started by Lambda, by `sam local invoke`, or by `cargo run --example sandbox`
    "#]].assert_eq(&String::from_utf8(output.stderr).unwrap());
}

#[tokio::test]
async fn ssm_out_of_reach_is_answered_in_time() {
    let mut lambda = Lambda::start(&[("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")]).await;
    let event = lambda.event_of_age(0, "Create", &inventory());
    let outcome = lambda.function.invoke(&event, Duration::from_secs(2)).await.unwrap();
    let reason = reason(&outcome);
    assert!(reason.starts_with("Time ran out for resource data sync inventory in us-east-1"), "{reason}");
    assert!(reason.contains("Connection refused"), "{reason}");
}

#[tokio::test]
async fn the_start_opens_a_connection_to_ssm_sends_nothing_and_goes_on_without_one() {
    let lambda = Lambda::start(&[]).await;
    lambda.function.api.polled(1).await;
    assert!(lambda.world.lock().ssm.counts().is_empty(), "SSM hears of an event, and of nothing before");

    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let endpoint = format!("https://{}", silent.local_addr().unwrap());
    let lambda = Lambda::start(&[("AWS_ENDPOINT_URL_SSM", &endpoint)]).await;
    let (mut connection, _) = silent.accept().await.unwrap();
    let opened = Instant::now();
    let mut greeting = Vec::new();
    connection.read_to_end(&mut greeting).await.unwrap();
    assert_eq!(greeting[0], 22, "a handshake of TLS, and no more");
    assert!(opened.elapsed() < Duration::from_secs(2), "{:?}", opened.elapsed());
    lambda.function.api.polled(1).await;
}

#[tokio::test]
async fn every_line_of_a_json_log_is_json_with_the_request() {
    let mut lambda = Lambda::start(&[("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")]).await;
    lambda.create(&inventory()).await;
    lambda.create(&json!({ "Nonsense": "\"\n" })).await;
    let mut event = lambda.event_of_age(0, "Create", &inventory());
    event["ResponseURL"] = json!("https://example.com/x?secret");
    lambda.send(&event).await;
    let lines = lambda.function.logs.after(0);
    assert!(lines.len() > 6, "{lines:?}");
    let mut steps = 0;
    for line in &lines {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert!(line["timestamp"].is_string(), "{line}");
        if line["step"].is_string() {
            steps += 1;
            assert!(line["span"]["request_id"].as_str().unwrap().starts_with("00000000-0000-4000-8000-"), "{line}");
            assert!(line["outcome"].is_string(), "{line}");
        }
    }
    assert!(steps > 6, "{lines:?}");
}

#[tokio::test]
async fn at_trace_no_line_holds_the_urls_query() {
    for format in ["JSON", "Text"] {
        let mut lambda = Lambda::start(&[("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("AWS_LAMBDA_LOG_FORMAT", format)]).await;
        let quoting = lambda.event_of_age(0, "Create", &inventory());
        let query = quoting["ResponseURL"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
        let quote = FaultKind::Refused { code: "ValidationException".into(), message: format!("You said {query}.") };
        lambda.world.lock().ssm.inject(Fault::at(Op::Create, quote));
        let outcome = lambda.send(&quoting).await;
        assert!(reason(&outcome).contains("You said [response URL]"), "{}", reason(&outcome));
        lambda.send(&quoting).await;
        lambda.create(&inventory()).await;
        let lines = lambda.function.logs.after(0);
        assert!(lines.len() > 6, "{lines:?}");
        let signature = query.split("X-Amz-Signature=").nth(1).unwrap();
        for line in lines {
            assert!(!line.contains(&query) && !line.contains(signature) && !line.contains("X-Amz-Signature"), "{line}");
        }
    }
}

#[tokio::test]
async fn after_any_event_the_next_one_is_served() {
    let mut lambda = Lambda::start(&[]).await;
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    for event in
        [json!(null), json!(7), json!("x"), json!([]), json!({}), json!({ "ResponseURL": 7 }), json!({ "a": deep })]
    {
        let outcome = lambda.send(&event).await;
        let Told::Error(error) = &outcome.told else { panic!("{event}: {:?}", outcome.told) };
        assert!(error["errorMessage"].as_str().unwrap().contains("nothing was changed"), "{error}");
        assert!(outcome.puts.is_empty());
    }
    let mut event = lambda.event_of_age(0, "Create", &inventory());
    event["ResourceProperties"] = json!([]);
    assert!(reason(&lambda.send(&event).await).contains("it is a list"));
    let id = lambda.function.id();
    check(&lambda.create(&inventory()).await, "SUCCESS", "inventory");
    assert_eq!(lambda.function.id(), id, "the same process served them all");
}

#[tokio::test]
async fn a_create_whose_process_was_killed_is_recognised_when_it_comes_again() {
    let mut lambda = Lambda::start(&[]).await;
    let event = lambda.event_of_age(40_000, "Create", &inventory());
    lambda.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::HangAfter));
    let invocation = lambda.function.invoke(&event, LIMIT);
    let killed = tokio::time::timeout(Duration::from_secs(1), invocation).await;
    assert!(killed.is_err(), "it was at work");
    assert_eq!(lambda.names(), ["inventory"], "SSM has made it");
    lambda.function.restart().await.unwrap();
    check(&lambda.send(&event).await, "SUCCESS", "inventory");
    assert_eq!(lambda.names(), ["inventory"]);
}

#[tokio::test]
async fn the_deadline_of_the_runtime_is_kept() {
    let mut lambda = Lambda::start(&[]).await;
    lambda.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::Hang));
    // The stand-in counts the time from here on, not from the first /next.
    lambda.function.api.polled(1).await;
    let event = lambda.event_of_age(0, "Create", &from_source("explorer", &[REGION]));
    let outcome = lambda.function.invoke(&event, Duration::from_secs(2)).await.unwrap();
    assert!(reason(&outcome).contains("waiting for SSM's answer to CreateResourceDataSync"), "{}", reason(&outcome));
    assert!(matches!(outcome.told, Told::Response(_)), "{:?}", outcome.told);
}
