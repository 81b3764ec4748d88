//! The bytes of a response: at most 4,096, and which of them are kept.

use std::collections::BTreeMap;

use expect_test::expect;
use resource_data_sync::cloudformation::{
    Addressee, Response, ResponseUrl, TooLong,
    response::{BYTES_MAX, check_room, log_pointer, to_bytes},
};
use serde_json::Value;

use crate::response_url::SIGNED;

const POINTER: &str = " See log stream s in log group g.";
const ADDRESSEE: Addressee<'_> = Addressee { stack_id: "arn:stack", request_id: "request", logical_id: "Sync" };

fn url() -> ResponseUrl {
    ResponseUrl::parse(SIGNED, &[]).unwrap()
}

fn text(response: &Response) -> String {
    let bytes = to_bytes(response, ADDRESSEE, POINTER, &url()).unwrap();
    assert!(bytes.len() <= BYTES_MAX, "{} bytes", bytes.len());
    String::from_utf8(bytes).unwrap()
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
    assert_eq!(to_bytes(&response, ADDRESSEE, POINTER, &url()), Err(TooLong));
    assert_eq!(check_room(ADDRESSEE, POINTER, &url()), Ok(()));
    let long = "x".repeat(3_000);
    for addressee in [
        Addressee { stack_id: &long, ..ADDRESSEE },
        Addressee { request_id: &long, ..ADDRESSEE },
        Addressee { logical_id: &long, ..ADDRESSEE },
    ] {
        assert_eq!(check_room(addressee, POINTER, &url()), Err(TooLong));
    }
}

#[test]
fn a_reason_ends_with_the_log_stream() {
    assert_eq!(log_pointer("g", "s"), POINTER);
    assert_eq!(log_pointer("", "s"), " See log stream s.");
    assert_eq!(log_pointer("g", ""), " See the function's log.");
}
