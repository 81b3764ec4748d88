//! Log lines, and a log that a test can read.

use std::{cell::RefCell, io, sync::Once};

use expect_test::expect;
use resource_data_sync::{
    cloudformation::Event,
    logging::{self, Format},
};
use serde_json::{Value, json, value::RawValue};
use tracing::{debug, error, info, level_filters::LevelFilter, trace, warn};

use crate::env::{Env, REGION, to_bucket, with};
use crate::fake::fault::{Fault, FaultKind, Op};

thread_local! {
    static KEPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.with_borrow_mut(|kept| kept.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps the log of this thread from now on: JSON, at TRACE.
///
/// One subscriber serves all threads: with one a thread, `tracing` would remember of a line that it meets first on a
/// thread without a subscriber that nobody wants it.
pub fn keep() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let subscriber = logging::subscriber(Format::Json, LevelFilter::TRACE, || ThisThread);
        tracing::subscriber::set_global_default(subscriber).expect("nobody else sets one");
    });
    KEPT.take();
}

/// What was logged since, as text.
pub fn text() -> String {
    String::from_utf8(KEPT.take()).expect("a log is text")
}

/// What was logged since: every line is an object.
pub fn lines() -> Vec<serde_json::Map<String, Value>> {
    text().lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

const URL: &str = "http://h/x?X-Amz-Signature=0123456789abcdef";

fn in_request(log: impl FnOnce()) {
    let event = json!({
        "RequestType": "Create", "ResponseURL": URL, "StackId": "arn:stack", "RequestId": "cfn",
        "LogicalResourceId": format!("Sync of {URL}"),
    });
    let raw: Box<RawValue> = serde_json::from_str(&event.to_string()).unwrap();
    let Ok(Event::Resource(request)) = Event::read(&raw, &["h".to_owned()]) else { panic!("a request") };
    logging::invocation("lambda").in_scope(|| logging::request(&request).in_scope(log));
}

fn steps() {
    info!(region = "eu-west-1", step = "Create", outcome = "created", attempts = 1);
    warn!(step = "Deliver", outcome = %"HTTP 503");
    error!("Said \"so\"\nand so.");
    debug!(step = "Next");
    trace!("fine");
    info!(target: "lambda_runtime", "of the runtime");
    trace!(target: "lambda_runtime::requests", "the raw event");
    debug!(target: "aws_smithy_runtime", "the raw response");
}

#[test]
fn a_json_line_is_flat_and_names_ids() {
    keep();
    in_request(steps);
    let mut told = Vec::new();
    for mut line in lines() {
        let time = line.remove("timestamp").expect("a time");
        assert!(time.as_str().is_some_and(|time| time.starts_with("20") && time.ends_with('Z')), "{time}");
        for (name, expected) in [
            ("requestId", "lambda"),
            ("cfnRequestId", "cfn"),
            ("stackId", "arn:stack"),
            ("logicalId", "Sync of [response URL]"),
        ] {
            assert_eq!(line.remove(name), Some(expected.into()), "{name}");
        }
        told.push(Value::from(line).to_string());
    }
    expect![[r#"
        {"attempts":1,"level":"INFO","message":"Create in eu-west-1: created","outcome":"created","region":"eu-west-1","step":"Create"}
        {"level":"WARN","message":"Deliver: HTTP 503","outcome":"HTTP 503","step":"Deliver"}
        {"level":"ERROR","message":"Said \"so\"\nand so."}
        {"level":"INFO","message":"of the runtime"}"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_text_line_has_the_same_fields() {
    let told = |level: &str| {
        let subscriber = logging::subscriber(Format::Text, logging::level(level), || ThisThread);
        tracing::subscriber::with_default(subscriber, || in_request(steps));
        text()
    };
    expect![[r#"
        INFO Create in eu-west-1: created attempts=1 cfnRequestId="cfn" logicalId="Sync of [response URL]" outcome="created" region="eu-west-1" requestId="lambda" stackId="arn:stack" step="Create"
        WARN Deliver: HTTP 503 cfnRequestId="cfn" logicalId="Sync of [response URL]" outcome="HTTP 503" requestId="lambda" stackId="arn:stack" step="Deliver"
        ERROR Said "so" and so. cfnRequestId="cfn" logicalId="Sync of [response URL]" requestId="lambda" stackId="arn:stack"
        INFO of the runtime cfnRequestId="cfn" logicalId="Sync of [response URL]" requestId="lambda" stackId="arn:stack"
    "#]].assert_eq(&told(""));
    let levels = ["TRACE", "Debug", "loud", "warn", "ERROR", "fatal"].map(|level| {
        let words: Vec<String> = told(level).lines().filter_map(|it| it.split(' ').next()).map(str::to_owned).collect();
        format!("{level}: {}\n", words.join(" "))
    });
    expect![[r#"
        TRACE: INFO WARN ERROR INFO
        Debug: INFO WARN ERROR INFO
        loud: INFO WARN ERROR INFO
        warn: WARN ERROR
        ERROR: ERROR
        fatal: ERROR
    "#]]
    .assert_eq(&levels.concat());
}

#[test]
fn a_line_without_a_request_is_a_line() {
    keep();
    info!(step = "Start");
    assert_eq!(lines()[0]["message"], "Start");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_responded_to_is_logged() {
    let foreign_host = |event: &Value| with(event, "ResponseURL", json!(format!("https://example.com/{URL}")));
    let no_room = |event: &Value| with(event, "LogicalResourceId", json!("x".repeat(4_000)));
    let changes: [&dyn Fn(&Value) -> Value; 3] = [&foreign_host, &no_room, &Value::clone];
    for change in changes {
        keep();
        let env = Env::new();
        env.aws.lock().inject(Fault::at(Op::Respond, FaultKind::Denied).always());
        let event = change(&env.event("Create", None, &to_bucket("inventory", "logs")));
        assert!(matches!(env.send(&event).await.ended, Some(Err(_))));
        let line = lines().into_iter().rfind(|line| line["level"] == "ERROR").expect("it is logged");
        assert!(line["outcome"].as_str().is_some_and(|outcome| outcome.contains("respon")), "{line:?}");
        for (field, member) in
            [("cfnRequestId", "RequestId"), ("stackId", "StackId"), ("logicalId", "LogicalResourceId")]
        {
            assert_eq!(line[field], event[member]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_adoption_can_not_see_is_logged() {
    keep();
    let env = Env::new();
    let mut properties = with(&to_bucket("inventory", "logs"), "AdoptExisting", json!(true));
    properties["S3Destination"]["SyncFormat"] = json!("JsonSerDe");
    let sync = json!({ "SyncName": "inventory", "S3Destination": properties["S3Destination"] });
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync);
    properties["S3Destination"]["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
    assert_eq!(env.create(&properties).await.status(), "SUCCESS");
    let line = lines().into_iter().find(|line| line.get("step") == Some(&json!("Adopt"))).expect("it is logged");
    assert_eq!(
        line["outcome"],
        "List does not show DestinationDataSharing; assuming Organization, as the properties say"
    );
}
