//! The bytes of a response: at most 4,096, and which of them are kept.

use std::collections::BTreeMap;

use expect_test::expect;
use resource_data_sync::cloudformation::{
    Event, Request, Response, TooLong,
    response::{BYTES_MAX, check_room, log_pointer, to_json},
};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use crate::response_url::SIGNED;

const POINTER: &str = " See log stream s in log group g.";
const IDS: [&str; 3] = ["arn:stack", "request", "Sync"];

/// A request with this URL and these ids: the stack's, the request's and the logical one.
pub fn request(url: &str, [stack_id, request_id, logical_id]: [&str; 3]) -> Request {
    let event = json!({
        "ResponseURL": url, "StackId": stack_id, "RequestId": request_id, "LogicalResourceId": logical_id,
    });
    match Event::read(&to_raw_value(&event).unwrap(), &[]) {
        Ok(Event::Resource(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn text(response: &Response) -> String {
    let text = to_json(response, &request(SIGNED, IDS), POINTER).unwrap();
    assert!(text.len() <= BYTES_MAX, "{} bytes", text.len());
    text
}

fn failed(reason: &str) -> Response {
    Response::Failed { physical_id: "id".into(), reason: reason.into() }
}

fn reason_of(response: &Response) -> String {
    let response: Value = serde_json::from_str(&text(response)).unwrap();
    response["Reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_response_has_what_cloudformation_needs() {
    expect![[r#"{"Status":"FAILED","Reason":"It failed. Do this. See log stream s in log group g.","PhysicalResourceId":"id","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync"}"#]]
        .assert_eq(&text(&failed("It failed. Do this.")));
    let success = |data| Response::Success { physical_id: "id".into(), data };
    expect![[r#"{"Status":"SUCCESS","PhysicalResourceId":"id","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync"}"#]]
        .assert_eq(&text(&success(BTreeMap::new())));
    let data = BTreeMap::from([("Arn", String::new()), ("SyncName", "inventory".to_owned())]);
    expect![[r#"{"Status":"SUCCESS","PhysicalResourceId":"id","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync","Data":{"Arn":"","SyncName":"inventory"}}"#]]
        .assert_eq(&text(&success(data)));
}

#[test]
fn what_to_do_is_not_cut_off() {
    let details = "It failed in so many Regions that nobody reads them all. ".repeat(100);
    let reason = reason_of(&failed(&format!("{details}Do this. See https://docs.example.com/sync#this for details.")));
    assert!(reason.starts_with("It failed"), "{reason}");
    assert!(
        reason.ends_with(&format!(" Do this. See https://docs.example.com/sync#this for details.{POINTER}")),
        "{reason}"
    );
}

#[test]
fn ids_that_leave_no_room_are_an_error() {
    let physical_id = "i".repeat(BYTES_MAX);
    let response = Response::Failed { physical_id, reason: "It failed.".into() };
    let short = request(SIGNED, IDS);
    assert_eq!(to_json(&response, &short, POINTER), Err(TooLong));
    assert_eq!(check_room(&short, POINTER), Ok(()));
    let long = "x".repeat(3_000);
    for ids in [[&long, "", ""], ["", &long, ""], ["", "", &long]] {
        assert_eq!(check_room(&request(SIGNED, ids), POINTER), Err(TooLong));
    }
}

#[test]
fn a_reason_ends_with_the_log_stream() {
    assert_eq!(log_pointer("g", "s"), POINTER);
    assert_eq!(log_pointer("", "s"), " See log stream s.");
    assert_eq!(log_pointer("g", ""), " See the function's log.");
}
