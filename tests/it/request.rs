//! Events of any shape, and what is read of them.

use expect_test::expect;
use resource_data_sync::cloudformation::{Event, EventFault, PhysicalId, Request, StackId, UrlError};
use resource_data_sync::policy::record::RequestType;
use serde_json::{Value, json, value::RawValue};

use crate::golden;

const STACK: &str =
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002";
const URL: &str = "http://h/x?X-Amz-Date=20261123T080854Z&X-Amz-Signature=0123456789abcdef";

fn read_text(event: &str) -> Result<Event, UrlError> {
    Event::read(serde_json::from_str::<&RawValue>(event).unwrap(), &["h".to_owned()])
}

fn read(event: &Value) -> Request {
    request(&event.to_string())
}

fn request(event: &str) -> Request {
    match read_text(event) {
        Ok(Event::Resource(request)) => request,
        other => panic!("{other:?}: {event}"),
    }
}

fn update() -> Value {
    json!({
        "RequestType": "Update",
        "ResponseURL": URL,
        "StackId": STACK,
        "RequestId": "request",
        "LogicalResourceId": "Sync",
        "PhysicalResourceId": "inventory",
        "ResourceType": "Custom::ResourceDataSync",
        "ResourceProperties": { "SyncName": "inventory" },
        "OldResourceProperties": 7,
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut event = update();
    event[field] = value;
    event
}

/// Lines of a field and its value in an Update; out comes what is wrong with it.
#[test]
fn each_fault_of_an_event_is_named() {
    let table = expect![[r#"
        StackId = null → The event has no StackId, so CloudFormation cannot accept a response to it.
        RequestType = [] → The event has no RequestType; Create, Update and Delete are known.
        RequestType = "Destroy" → The event's RequestType is Destroy; Create, Update and Delete are known.
        # With a URL, what is a direct invocation without one is no type at all.
        RequestType = "Plan" → The event's RequestType is Plan; Create, Update and Delete are known.
        PhysicalResourceId = "" → The event is an Update without a PhysicalResourceId.
    "#]];
    golden::check(&table, |line| {
        let Some((field, value)) = line.split_once(" = ") else { return Vec::new() };
        vec![read(&with(field, serde_json::from_str(value).unwrap())).kind.unwrap_err().to_string()]
    });
    let without_ids = read(&json!({ "ResponseURL": URL, "RequestType": "Create" }));
    assert_eq!(without_ids.kind, Err(EventFault::MissingIds(vec!["StackId", "RequestId", "LogicalResourceId"])));
}

#[test]
fn a_request_without_an_id_leaves_nothing_created() {
    let request = read(&with("PhysicalResourceId", json!("")));
    assert_eq!(request.physical_id, None);
    assert_eq!(request.unchanged_id(), "nothing-created:request");
}

#[test]
fn a_delete_needs_no_id_and_no_properties() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for (kind, expected) in [
        ("Delete", Ok(RequestType::Delete)),
        ("Create", Err(EventFault::UnreadableProperties)),
        ("Update", Err(EventFault::UnreadableProperties)),
    ] {
        let event = with("RequestType", json!(kind)).to_string().replace(r#"{"SyncName":"inventory"}"#, &deep);
        let request = request(&event);
        assert_eq!((&request.kind, &request.properties), (&expected, &Value::Null), "{kind}");
    }
    let mut event = with("RequestType", json!("Delete"));
    event.as_object_mut().unwrap().remove("PhysicalResourceId");
    assert_eq!(read(&event).kind, Ok(RequestType::Delete));
}

#[test]
fn a_fault_in_one_field_spoils_no_other() {
    let request = request(&format!(
        r#"{{"ResponseURL":"http://h/x","StackId":7,"RequestId":"\ud800","LogicalResourceId":"L","RequestType":true,
            "PhysicalResourceId":1.5,"LogicalResourceId":"M","x":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    ));
    assert_eq!((request.stack_id.as_str(), request.request_id.as_str()), ("7", ""));
    assert_eq!((request.logical_id.as_str(), request.unchanged_id()), ("M", "1.5".to_owned()));
    assert_eq!((request.kind_text.as_str(), request.properties), ("true", Value::Null));
    assert_eq!(request.kind, Err(EventFault::MissingIds(vec!["RequestId"])));
}

#[test]
fn without_a_url_there_is_no_request() {
    for event in [
        "{}",
        "\"Create\"",
        r#"{"ResponseURL":{}}"#,
        r#"{"ResponseURL":"https://\ud800"}"#,
        r#"{"Records":[{"Sns":{"Message":"no JSON"}}]}"#,
    ] {
        assert_eq!(read_text(event).unwrap_err(), UrlError::Missing, "{event}");
    }
}

#[test]
fn an_event_is_taken_out_of_sns() {
    let in_record = |event: &Value| {
        let notification = json!({ "Type": "Notification", "Message": event.to_string(), "Subject": null });
        json!({ "Records": [{ "EventSource": "aws:sns", "EventVersion": "1.0", "Sns": notification }] })
    };
    assert_eq!(read(&in_record(&update())).kind, Ok(RequestType::Update));
    let foreign = in_record(&with("ResponseURL", json!("https://example.com/x"))).to_string();
    assert_eq!(read_text(&foreign).unwrap_err(), UrlError::ForeignHost { host: "example.com".into() });
}

#[test]
fn plan_and_report_are_direct_invocations() {
    let event = r#"{"RequestType":"Plan","ResponseURL":null,"ResourceProperties":{"SyncName":"a"},"x":"\ud800"}"#;
    let Ok(Event::Plan(plan)) = read_text(event) else { panic!("a plan") };
    assert_eq!(plan, json!({ "RequestType": "Plan", "ResponseURL": null, "ResourceProperties": { "SyncName": "a" } }));
    let Ok(Event::Report(report)) = read_text(r#"{"RequestType":"Report","Regions":["eu-west-1"]}"#) else {
        panic!("a report")
    };
    assert_eq!(report["Regions"], json!(["eu-west-1"]));
}

#[test]
fn the_logged_type_never_quotes_the_url() {
    assert_eq!(read(&with("RequestType", json!(format!("see {URL}")))).kind_text, "see [response URL]");
}

#[test]
fn a_stack_id_says_where_the_stack_is() {
    let id = StackId::from(STACK);
    assert_eq!((id.partition(), id.region(), id.account()), (Some("aws"), Some("eu-west-1"), Some("123456789012")));
    assert_eq!((id.name(), id.is_from_cloudformation()), (Some("inventory"), true));
    for (text, account) in [
        ("arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/1", Some("123456789012")),
        (
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac12000g",
            Some("123456789012"),
        ),
        ("arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory", None),
        ("arn:aws:cloudformation:eu-west-1::stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002", None),
        ("arn:aws:ssm:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002", None),
        ("", None),
    ] {
        let id = StackId::from(text);
        assert_eq!((id.account(), id.is_from_cloudformation()), (account, false), "{text}");
    }
}

#[test]
fn an_invented_id_ends_in_capitals_or_digits() {
    for (id, is_invented) in [
        ("stack-Sync-1A2B3C4D5E6F", true),
        ("stack-Sync-ABCDEFGHIJKLMN", true),
        ("-123456789012", true),
        ("stack-Sync-1A2B3C4D5E6", false),
        ("stack-Sync-1A2B3C4D5E6F7G8", false),
        ("stack-Sync-1a2B3C4D5E6F", false),
        ("1A2B3C4D5E6F", false),
        ("create-failed:stack-1A2B3C4D5E6F", false),
    ] {
        assert_eq!(PhysicalId::parse(id).looks_invented(), is_invented, "{id}");
    }
}
