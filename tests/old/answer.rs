//! The answer: to whom, in which bytes, how often, by when, and what is never in it.

use std::{
    cell::RefCell,
    io,
    sync::{
        Arc, Once,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use resource_data_sync::{
    callback,
    handler::{ATTRIBUTES, Untold},
    response::{self, Addressee, BYTES_MAX, TooLong, Verdict},
    response_url::{ResponseUrl, UrlFault},
};
use serde_json::{Value, json};
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _};

use crate::{
    stage::{REGION, Served, Stage, from_source, to_bucket, with},
    world::{
        bucket::{BucketFault, BucketFaultKind, Put},
        fault::{Fault, FaultKind, Op},
        wire::WorldConnector,
    },
};

fn inventory() -> Value {
    to_bucket("inventory", "logs")
}

fn puts(stage: &Stage) -> Vec<Put> {
    stage.world.lock().bucket.puts.clone()
}

fn fail_puts(stage: &Stage, kind: BucketFaultKind, times: u32) {
    stage.world.lock().bucket.inject(BucketFault::first(kind).times(times));
}

// The request.

#[tokio::test(start_paused = true)]
async fn the_path_and_the_query_arrive_byte_for_byte() {
    for target in [
        "/response/arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/s/1%7CSync%7C2?X-Amz-Date=20261123T080000Z",
        "/response/%3a%3A%7c%7C%25%2525%00?a=%2F%2f&b=%3D",
        "/response/a+b|c?x=a+b|c&y='(*)!~'",
        "/response/x?empty=&flag&=&&x=1&x=2",
        "/response/x?",
        "/response/x",
        "/response//double///slash/../dots/./x?y=//../?z=?",
        "/response/x?q=%F0%9F%A6%80&X-Amz-Credential=A%2F20261123%2Feu-west-1%2Fs3%2Faws4_request",
    ] {
        let mut stage = Stage::new().await;
        stage.world.lock().bucket.open = true;
        let mut event = stage.event("Create", None, &inventory(), None);
        event["ResponseURL"] = json!(format!("https://bucket.s3.eu-west-1.amazonaws.com{target}"));
        let served = stage.send(&event).await;
        assert_eq!((served.status(), &served.told), ("SUCCESS", &Ok(())), "{target}");
        assert_eq!(puts(&stage)[0].request.target, target);
    }
}

#[tokio::test(start_paused = true)]
async fn the_put_has_an_exact_length_and_no_content_type_and_is_never_chunked() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    let request = puts(&stage).remove(0).request;
    assert_eq!(request.method, "PUT");
    assert_eq!(request.header("content-length"), Some(request.body.len().to_string().as_str()));
    assert_eq!((request.header("content-type"), request.header("transfer-encoding")), (None, None));
    assert_eq!(request.header("connection"), Some("close"), "a fresh connection each time");
    assert_eq!(request.header("authorization"), None, "the URL is signed, the request is not");
}

// The tries.

#[tokio::test(start_paused = true)]
async fn every_try_sends_the_same_bytes_to_the_same_place() {
    for kind in [
        BucketFaultKind::Unavailable,
        BucketFaultKind::Redirect,
        BucketFaultKind::Reset,
        BucketFaultKind::ResetAfter,
        BucketFaultKind::Hang,
    ] {
        let mut stage = Stage::new().await;
        fail_puts(&stage, kind, 4);
        let served = stage.create(&inventory()).await;
        assert_eq!((&served.told, served.changes().as_str()), (&Ok(()), "C"), "{kind:?}");
        let puts = puts(&stage);
        assert_eq!(puts.len(), 5, "{kind:?}");
        for put in &puts {
            assert_eq!((&put.request.target, &put.request.body), (&puts[0].request.target, &puts[0].request.body));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_until_the_deadline_and_ends_in_an_error() {
    for kind in [BucketFaultKind::Unavailable, BucketFaultKind::Redirect, BucketFaultKind::Reset, BucketFaultKind::Hang]
    {
        let mut stage = Stage::new().await;
        stage.timeout = Duration::from_secs(60);
        fail_puts(&stage, kind, u32::MAX);
        let served = stage.create(&inventory()).await;
        assert!(matches!(served.told, Err(Untold::NotTold(_))), "{kind:?}: {:?}", served.told);
        assert!((50..60).contains(&served.took.as_secs()), "{kind:?}: {:?}", served.took);
        assert!((8..60).contains(&puts(&stage).len()), "{kind:?}: {}", puts(&stage).len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_tried_three_times_and_ends_in_an_error_that_says_so() {
    let mut stage = Stage::new().await;
    fail_puts(&stage, BucketFaultKind::Refuse, u32::MAX);
    let served = stage.create(&inventory()).await;
    let told = served.told.unwrap_err().to_string();
    assert_eq!(told, "CloudFormation could not be told after 3 tries (HTTP 403); the event has to be delivered again");
    assert_eq!(puts(&stage).len(), 3);
    assert!(served.took < Duration::from_secs(5));
}

/// Answers with each status in turn, and with the last one for ever.
#[derive(Debug)]
struct Statuses {
    statuses: Vec<u16>,
    calls: Arc<AtomicU32>,
}

impl HttpConnector for Statuses {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) as usize;
        let status = self.statuses[call.min(self.statuses.len() - 1)];
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::empty())))
    }
}

#[tokio::test(start_paused = true)]
async fn each_status_is_told_refused_or_tried_again() {
    let url = ResponseUrl::parse("https://b.s3.amazonaws.com/x?y", &[]).unwrap();
    for (status, then_told, tries) in [
        (200, true, 1),
        (204, true, 1),
        (301, true, 2),
        (302, true, 2),
        (307, true, 2),
        (308, true, 2),
        (429, true, 2),
        (500, true, 2),
        (503, true, 2),
        (400, false, 3),
        (403, false, 3),
        (404, false, 3),
        (411, false, 3),
    ] {
        let calls = Arc::new(AtomicU32::new(0));
        let statuses = if then_told { vec![status, 200] } else { vec![status] };
        let http = SharedHttpConnector::new(Statuses { statuses, calls: Arc::clone(&calls) }).into();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(600);
        let told = callback::put(&http, &url, callback::open(&http, &url), b"{}", deadline).await;
        assert_eq!((told.is_ok(), calls.load(Ordering::Relaxed)), (then_told, tries), "{status}");
    }
}

// The bytes.

const POINTER: &str = " See log stream s in log group g.";

fn addressee() -> Addressee<'static> {
    Addressee { stack_id: "arn:stack", request_id: "request", logical_id: "Sync" }
}

fn failed(reason: &str) -> Value {
    let url = ResponseUrl::parse("https://b.s3.amazonaws.com/x", &[]).unwrap();
    let verdict = Verdict::Failed { physical_id: "id".into(), reason: reason.into() };
    let bytes = response::serialize(&verdict, addressee(), POINTER, &url).unwrap();
    assert!(bytes.len() <= BYTES_MAX, "{} bytes", bytes.len());
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn only_the_reason_is_shortened_at_a_characters_edge_and_its_end_is_kept() {
    for unit in ["a", "ü", "🦀", "\"", "\\", "\u{1}", "\n", "🦀\"\u{7}e\u{301}", "</script>"] {
        for count in [1, 100, 640, 1_000, 3_860, 3_900, 4_096, 20_000] {
            let reason = unit.repeat(count);
            let answer = failed(&reason);
            let told = answer["Reason"].as_str().unwrap().strip_suffix(POINTER).expect("the end is kept").to_owned();
            match told.strip_suffix('…') {
                None => assert_eq!(told, reason),
                Some(kept) => {
                    assert!(reason.starts_with(kept), "{unit:?} × {count}");
                    let unused = BYTES_MAX - answer.to_string().len();
                    assert!(unused < 16, "{unit:?} × {count}: {unused} bytes are left unused");
                }
            }
            for (key, value) in [
                ("Status", "FAILED"),
                ("PhysicalResourceId", "id"),
                ("StackId", "arn:stack"),
                ("RequestId", "request"),
                ("LogicalResourceId", "Sync"),
            ] {
                assert_eq!(answer[key], value);
            }
        }
    }
}

#[test]
fn an_answer_has_no_member_that_is_null_or_empty_for_nothing() {
    let answer = failed("It failed.");
    assert_eq!(answer.get("Data"), None);
    let url = ResponseUrl::parse("https://b.s3.amazonaws.com/x", &[]).unwrap();
    let verdict = Verdict::Success { physical_id: "id".into(), data: [].into(), note: None };
    let bytes = response::serialize(&verdict, addressee(), POINTER, &url).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        r#"{"Status":"SUCCESS","PhysicalResourceId":"id","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync"}"#
    );
}

#[test]
fn ids_that_leave_no_room_are_an_error() {
    let url = ResponseUrl::parse("https://b.s3.amazonaws.com/x", &[]).unwrap();
    let verdict = Verdict::Failed { physical_id: "i".repeat(BYTES_MAX), reason: "It failed.".into() };
    assert_eq!(response::serialize(&verdict, addressee(), POINTER, &url), Err(TooLong));
}

#[tokio::test(start_paused = true)]
async fn regression_nothing_is_done_for_an_event_whose_ids_leave_no_room_for_an_answer() {
    for id in ["StackId", "RequestId", "LogicalResourceId"] {
        let mut stage = Stage::new().await;
        let mut event = stage.event("Create", None, &inventory(), None);
        event[id] = json!("x".repeat(3_000));
        let served = stage.send(&event).await;
        assert_eq!(served.told, Err(Untold::CannotAnswer(TooLong)), "{id}");
        assert_eq!(served.letters(), "", "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn regression_nothing_is_done_for_an_event_without_an_id_that_an_answer_needs() {
    for id in ["StackId", "RequestId", "LogicalResourceId"] {
        let mut stage = Stage::new().await;
        let event = with(&stage.event("Create", None, &inventory(), None), id, Value::Null);
        let served = stage.send(&event).await;
        assert_eq!((served.status(), served.letters().as_str()), ("FAILED", ""), "{id}");
        let words = format!("The event has no {id}, so CloudFormation could not take an answer to it.");
        assert!(served.reason().starts_with(&words), "{}", served.reason());
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_faults_are_told_in_4096_bytes() {
    let mut stage = Stage::new().await;
    let mut properties = from_source("explorer", &[REGION]);
    properties["SyncSource"]["SourceType"] = json!("AwsOrganizations");
    properties["SyncSource"]["AwsOrganizationsSource"] =
        json!({ "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": vec!["\"🦀\""; 1_000] });
    let served = stage.create(&properties).await;
    assert_eq!(served.status(), "FAILED");
    assert!((4_080..=4_096).contains(&served.bytes.len()), "{} bytes", served.bytes.len());
    assert!(served.reason().contains("… See log stream 2026/11/23/"), "{}", served.reason());
}

fn check_data(served: &Served) {
    let data = &served.answer.as_ref().unwrap()["Data"];
    assert_eq!(served.status(), "SUCCESS", "{}", served.reason());
    for attribute in ATTRIBUTES {
        assert!(data[attribute].is_string(), "{attribute} in {data}");
    }
    for documented in ["Arn", "SyncName", "SyncType", "LastStatus", "SyncCreatedTime", "Regions"] {
        assert!(ATTRIBUTES.contains(&documented), "{documented}");
    }
    assert!(!String::from_utf8_lossy(&served.bytes).contains("null"));
}

#[tokio::test(start_paused = true)]
async fn every_attribute_is_in_every_success_of_both_types_unchanged_ones_too() {
    for hidden in [false, true] {
        let mut stage = Stage::new().await;
        for (old, new) in [
            (inventory(), to_bucket("inventory", "more-logs")),
            (from_source("explorer", &[REGION]), from_source("explorer", &[REGION, "us-east-1"])),
        ] {
            let created = stage.create(&old).await;
            check_data(&created);
            let id = created.id().to_owned();
            // SSM may leave off what it likes.
            stage.world.lock().ssm.shown.hide_created_time = hidden;
            check_data(&stage.update(&id, &old, &old).await);
            check_data(&stage.update(&id, &new, &old).await);
            check_data(&stage.update(&id, &new, &new).await);
            stage.world.lock().ssm.shown.hide_created_time = false;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_attributes_say_what_stands() {
    let mut stage = Stage::in_region(Some("us-gov-west-1")).await;
    let properties = with(&inventory(), "Regions", json!(["us-gov-west-1", "us-gov-east-1"]));
    let mut event = stage.event("Create", None, &properties, None);
    event["StackId"] = json!("arn:aws-us-gov:cloudformation:us-gov-west-1:210987654321:stack/s/1");
    let served = stage.send(&event).await;
    assert_eq!(
        served.answer.unwrap()["Data"],
        json!({
            "Arn": "arn:aws-us-gov:ssm:us-gov-west-1:210987654321:resource-data-sync/inventory",
            "LastStatus": "InProgress",
            "RegionStates": "us-gov-east-1=InProgress,us-gov-west-1=InProgress",
            "Regions": "us-gov-east-1,us-gov-west-1",
            "SyncCreatedTime": "2026-11-23T08:00:00Z",
            "SyncName": "inventory",
            "SyncSourceState": "",
            "SyncType": "SyncToDestination",
        })
    );
}

// To whom.

#[tokio::test(start_paused = true)]
async fn only_awss_own_hosts_are_answered_and_those_that_are_listed() {
    for (url, answered) in [
        ("https://b.s3.eu-west-1.amazonaws.com/response/x", true),
        ("https://b.s3.amazonaws.com:443/response/x", true),
        ("https://b.s3.cn-north-1.amazonaws.com.cn/response/x", true),
        ("https://b.s3.us-gov-west-1.amazonaws.com/response/x", true),
        ("https://b.s3.us-iso-east-1.c2s.ic.gov/response/x", true),
        ("https://b.s3.us-isob-east-1.sc2s.sgov.gov/response/x", true),
        ("https://b.s3.eu-isoe-west-1.cloud.adc-e.uk/response/x", true),
        ("https://b.s3.us-isof-south-1.csp.hci.ic.gov/response/x", true),
        ("https://b.s3.eusc-de-east-1.amazonaws.eu/response/x", true),
        ("http://localhost:9000/response/x", true),
        ("https://localhost:9000/response/x", true),
        ("http://localhost:9001/response/x", false),
        ("http://b.s3.eu-west-1.amazonaws.com/response/x", false),
        ("https://b.s3.eu-west-1.amazonaws.com.example.com/response/x", false),
        ("https://b.s3.amazonaws.com@example.com/response/x", false),
        ("https://evilamazonaws.com/response/x", false),
        ("https://amazonaws.com/response/x", false),
        ("https://169.254.169.254/response/x", false),
        ("https://b.s3.amazonaws.com:22/response/x", false),
        ("file:///etc/passwd", false),
        ("ftp://b.s3.amazonaws.com/response/x", false),
        ("/response/x", false),
        ("", false),
    ] {
        let mut stage = Stage::new().await;
        stage.function.settings.extra_hosts = ResponseUrl::extra_hosts("localhost:9000");
        stage.world.lock().bucket.open = true;
        let mut event = stage.event("Create", None, &inventory(), None);
        event["ResponseURL"] = json!(url);
        let served = stage.send(&event).await;
        assert_eq!(served.told.is_ok(), answered, "{url}: {:?}", served.told);
        assert_eq!((served.calls.is_empty(), puts(&stage).is_empty()), (!answered, !answered), "{url}");
    }
}

// Events of any shape.

#[tokio::test(start_paused = true)]
async fn without_a_usable_url_an_event_ends_in_an_error_and_nothing_is_done() {
    let mut stage = Stage::new().await;
    let mut events: Vec<String> =
        ["{}", "[]", "null", "7", "true", "\"Create\"", "[{}]", "{\"ResponseURL\":\"https://\\ud800\"}"]
            .map(str::to_owned)
            .to_vec();
    for url in [json!(null), json!(7), json!({}), json!(["https://b.s3.amazonaws.com/x"]), json!(" "), json!("\u{0}")] {
        let mut event = stage.event("Create", None, &inventory(), None);
        event["ResponseURL"] = url;
        events.push(event.to_string());
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        events.push(event.to_string().replacen('{', &format!("{{\"x\":{nested},"), 1));
    }
    for event in events {
        let served = stage.send_text(&event).await;
        let shown: String = event.chars().take(80).collect();
        assert!(matches!(served.told, Err(Untold::NowhereToAnswer(_))), "{shown}: {:?}", served.told);
    }
    assert!(puts(&stage).is_empty() && stage.world.lock().ssm.journal.is_empty());
}

#[test]
fn each_error_for_a_missing_url_says_that_nothing_was_changed() {
    for fault in [UrlFault::Missing, UrlFault::Malformed, UrlFault::ForeignHost, UrlFault::NotHttps] {
        assert!(Untold::NowhereToAnswer(fault).to_string().contains("nothing was changed"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_of_any_shape_is_answered_exactly_once() {
    let odd =
        [json!(null), json!(7), json!(""), json!("🦀\""), json!([]), json!({}), json!({ "a": [null] }), json!(true)];
    for request_type in ["Create", "Update", "Delete"] {
        for field in [
            "RequestType",
            "StackId",
            "RequestId",
            "LogicalResourceId",
            "PhysicalResourceId",
            "ResourceType",
            "ResourceProperties",
            "OldResourceProperties",
            "ServiceToken",
        ] {
            for value in odd.iter().map(Some).chain([None]) {
                let mut stage = Stage::new().await;
                let mut event = stage.event(request_type, Some("inventory"), &inventory(), Some(&inventory()));
                match value {
                    Some(value) => event[field] = value.clone(),
                    None => drop(event.as_object_mut().unwrap().remove(field)),
                }
                let served = stage.send(&event).await;
                assert_eq!(served.told, Ok(()), "{event}");
                assert_eq!(puts(&stage).len(), 1, "{event}");
                let must_fail = field == "RequestType" || (field == "ResourceProperties" && request_type != "Delete");
                if must_fail {
                    assert_eq!((served.status(), served.letters().as_str()), ("FAILED", ""), "{event}");
                }
                assert!(!served.id().is_empty(), "{event}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn properties_that_are_nested_too_deeply_are_answered_failed() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let mut stage = Stage::new().await;
        let event = stage.event("Create", None, &json!("PROPERTIES"), None).to_string();
        let middle = if close == "}" { "1" } else { "" };
        let nested = format!("{}{middle}{}", open.repeat(50_000), close.repeat(50_000));
        let served = stage.send_text(&event.replace("\"PROPERTIES\"", &nested)).await;
        assert_eq!((served.status(), served.letters().as_str()), ("FAILED", ""), "{:?}", served.told);
        assert!(served.reason().contains("nested too deeply"), "{}", served.reason());
    }
}

#[tokio::test(start_paused = true)]
async fn any_resource_type_serves() {
    for resource_type in ["Custom::ResourceDataSync", "AWS::CloudFormation::CustomResource", "Custom::Other"] {
        let mut stage = Stage::new().await;
        let mut event = stage.event("Create", None, &inventory(), None);
        event["ResourceType"] = json!(resource_type);
        assert_eq!(stage.send(&event).await.status(), "SUCCESS");
    }
}

// The secret.

thread_local! {
    /// What the test of this thread has logged, once it asked for it.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.as_mut().map(|log| log.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps the log of this thread: everything of ours at TRACE, and of others what `logging` lets through.
///
/// One subscriber serves all threads: one a thread, and `tracing` would remember of a line that it meets first on a thread
/// without a subscriber that nobody wants it.
fn keep_log() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let filter =
            Targets::new().with_default(tracing::Level::INFO).with_target("resource_data_sync", tracing::Level::TRACE);
        let lines = fmt::layer().with_ansi(false).with_writer(|| Log).with_filter(filter);
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::set_global_default(subscriber).expect("nobody else sets one");
    });
    LOG.set(Some(Vec::new()));
}

fn log() -> String {
    String::from_utf8(LOG.take().expect("the log is kept")).expect("a log is text")
}

/// What is secret of a URL: its query, and whatever could stand in for the signature.
fn secrets(url: &str) -> Vec<String> {
    let query = url.split_once('?').unwrap().1;
    let mut secrets = vec![url.to_owned(), query.to_owned()];
    let telling = |name: &str| ["X-Amz-Signature", "X-Amz-Credential"].contains(&name);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    secrets.extend(pairs.filter(|(name, _)| telling(name)).map(|(_, value)| value.to_owned()));
    secrets.extend(secrets.clone().iter().map(|secret| secret.replace("%2F", "/")));
    secrets
}

#[tokio::test(start_paused = true)]
async fn the_urls_query_is_in_no_log_no_error_and_no_reason_not_even_when_ssm_quotes_it() {
    keep_log();
    let mut told = String::new();
    let mut all_secrets = Vec::new();
    for request_type in ["Create", "Update", "Delete"] {
        for op in [Op::Create, Op::List, Op::Delete] {
            for put in [None, Some(BucketFaultKind::Refuse), Some(BucketFaultKind::Reset), Some(BucketFaultKind::Hang)]
            {
                let mut stage = Stage::new().await;
                stage.timeout = Duration::from_secs(30);
                let new = to_bucket("inventory", "more-logs");
                stage.create(&inventory()).await;
                let event = stage.event(request_type, Some("inventory"), &new, Some(&inventory()));
                let url = event["ResponseURL"].as_str().unwrap().to_owned();
                let secrets = secrets(&url);
                let quote = FaultKind::Refused {
                    code: "ValidationException".into(),
                    message: format!("I was asked by {}", secrets.join(" and by ")),
                };
                stage.world.lock().ssm.inject(Fault::at(op, quote).always());
                if let Some(kind) = put {
                    fail_puts(&stage, kind, u32::MAX);
                }
                let served = stage.send(&event).await;
                told.push_str(served.reason());
                told.push_str(&format!(
                    "{:?} {}",
                    served.told,
                    served.told.as_ref().err().map_or(String::new(), ToString::to_string)
                ));
                for put in puts(&stage) {
                    told.push_str(&String::from_utf8_lossy(&put.request.body));
                }
                all_secrets.extend(secrets);
            }
        }
    }
    // Fields that quote it as well: they go back as they came, and into the log without it.
    let mut stage = Stage::new().await;
    let mut event = stage.event("Destroy", None, &inventory(), None);
    let url = event["ResponseURL"].as_str().unwrap().to_owned();
    for field in ["RequestType", "LogicalResourceId", "PhysicalResourceId"] {
        event[field] = json!(url);
    }
    stage.send(&event).await;
    all_secrets.extend(secrets(&url));

    let log = log();
    assert!(log.contains("step=\"Verdict\"") && log.contains("[response URL]"), "there is a log: {log}");
    assert!(told.contains("[response URL]"), "SSM was quoted");
    for secret in all_secrets {
        assert!(!log.contains(&secret), "{secret} in the log");
        assert!(!told.contains(&secret), "{secret} in what was told");
    }
}

#[tokio::test(start_paused = true)]
async fn each_step_is_a_line_at_info_that_names_the_request_the_stack_the_resource_and_the_region() {
    keep_log();
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    let text = log();
    for step in ["Receive", "CreateResourceDataSync", "ListResourceDataSync", "Settled", "Verdict", "Answer"] {
        let line = text
            .lines()
            .find(|line| line.contains("INFO") && line.contains(step))
            .unwrap_or_else(|| panic!("{step} in {text}"));
        for part in
            ["INFO", "request_id=00000000-0000-4000-8000-000000000001", "stack=arn:aws:", "logical_id=Sync", "outcome="]
        {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert_eq!(line.contains("region=eu-west-1"), step.contains("Sync") || step == "Settled", "{line}");
    }
}

// Panics.

/// Leads into the world, but panics at the `nth` call.
#[derive(Debug)]
struct PanicsAt {
    nth: u32,
    calls: AtomicU32,
    world: WorldConnector,
}

impl HttpConnector for PanicsAt {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        assert_ne!(call, self.nth, "a fault of the function's own, arranged by a test");
        self.world.call(request)
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_answered_failed_and_the_next_event_is_served() {
    for nth in [1, 2, 3] {
        let mut stage = Stage::new().await;
        let world = WorldConnector::new(stage.world.clone());
        let ssm = PanicsAt { nth, calls: AtomicU32::new(0), world };
        stage.reach_ssm_by(SharedHttpConnector::new(ssm).into(), None).await;
        let served = stage.create(&inventory()).await;
        assert_eq!(served.status(), "FAILED");
        assert!(served.reason().contains("a panic"), "{}", served.reason());
        let failed = served.id().to_owned();
        assert!(failed.contains("/unknown/inventory"), "{failed}");
        assert_eq!(stage.names(REGION).len(), usize::from(nth > 1));
        assert_eq!(stage.delete(&failed, &inventory()).await.status(), "SUCCESS");
        assert!(stage.names(REGION).is_empty());
        assert_eq!(stage.create(&inventory()).await.status(), "SUCCESS");
    }
}

// Time.

#[tokio::test(start_paused = true)]
async fn the_answer_comes_before_the_deadline_with_a_reserve_of_a_fifth() {
    for (timeout_ms, service_timeout, age_ms, answered_ms) in [
        (900_000, "", 0, 890_000),
        (60_000, "", 0, 50_000),
        (20_000, "", 0, 16_000),
        (5_000, "", 0, 4_000),
        (1_000, "", 0, 500),
        (900_000, "30", 0, 24_000),
        (900_000, "30", 20_000, 8_000),
        (900_000, "", 3_580_000, 16_000),
        (10_000, "3600", 0, 8_000),
    ] {
        let mut stage = Stage::new().await;
        stage.timeout = Duration::from_millis(timeout_ms);
        stage.age_ms = Some(age_ms);
        stage.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::Hang).always());
        let served = stage.create(&with(&inventory(), "ServiceTimeout", json!(service_timeout))).await;
        assert_eq!((served.status(), &served.told), ("FAILED", &Ok(())), "{timeout_ms}");
        assert!(served.reason().contains("Time ran out"), "{}", served.reason());
        let took_ms = u64::try_from(served.took.as_millis()).unwrap();
        assert!(
            (answered_ms..answered_ms + 100).contains(&took_ms),
            "{timeout_ms} {service_timeout} {age_ms}: {took_ms}"
        );
        let calls = stage.world.lock().ssm.journal.len();
        stage.pass(7_200).await;
        assert_eq!(stage.world.lock().ssm.journal.len(), calls, "what is cut off does nothing afterwards");
    }
}

#[tokio::test(start_paused = true)]
async fn no_time_at_all_is_answered_all_the_same() {
    let mut stage = Stage::new().await;
    stage.timeout = Duration::from_millis(400);
    let served = stage.create(&inventory()).await;
    assert_eq!((served.status(), &served.told), ("FAILED", &Ok(())));
}

// Events that come again.

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_again_gets_the_same_bytes_and_no_further_work() {
    let mut stage = Stage::new().await;
    let create = stage.event("Create", None, &inventory(), None);
    let first = stage.send(&create).await;
    stage.pass(100).await;
    let again = stage.send(&create).await;
    assert_eq!((&again.bytes, again.letters().as_str()), (&first.bytes, ""));

    let broken = stage.event("Create", None, &json!({}), None);
    let first = stage.send(&broken).await;
    assert_eq!(stage.send(&broken).await.bytes, first.bytes, "a verdict, once made, never changes");
}

#[tokio::test(start_paused = true)]
async fn a_verdict_that_could_not_be_told_is_told_at_the_next_delivery() {
    let mut stage = Stage::new().await;
    fail_puts(&stage, BucketFaultKind::Refuse, 3);
    let event = stage.event("Create", None, &inventory(), None);
    assert!(stage.send(&event).await.told.is_err());
    let again = stage.send(&event).await;
    assert_eq!((again.status(), again.letters().as_str()), ("SUCCESS", ""));
    assert_eq!(again.bytes, puts(&stage)[0].request.body);
}

#[tokio::test(start_paused = true)]
async fn another_event_is_not_taken_for_one_that_came_before() {
    let mut stage = Stage::new().await;
    let create = stage.event("Create", None, &inventory(), None);
    stage.send(&create).await;
    for (field, value) in [("RequestType", "Delete"), ("LogicalResourceId", "Other"), ("StackId", "arn:x/y/z")] {
        let mut event = create.clone();
        event[field] = json!(value);
        assert!(!stage.send(&event).await.calls.is_empty(), "{field}");
    }
    let mut event = stage.event("Create", None, &to_bucket("other", "logs"), None);
    event["RequestId"] = json!("");
    let served = stage.send(&event).await;
    assert_eq!((served.status(), served.letters().as_str()), ("FAILED", ""), "without a request id nothing is done");
}

#[tokio::test(start_paused = true)]
async fn the_last_sixty_four_verdicts_are_remembered() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    let events: Vec<Value> =
        (0..65).map(|_| stage.event("Update", Some("inventory"), &inventory(), Some(&inventory()))).collect();
    for event in &events {
        assert_eq!(stage.send(event).await.letters(), "L");
    }
    for event in &events[1..] {
        assert_eq!(stage.send(event).await.letters(), "");
    }
    assert_eq!(stage.send(&events[0]).await.letters(), "L", "the oldest is forgotten");
}
