//! The bytes of a response: at most 4,096, and which of them are kept.

use std::collections::BTreeMap;

use expect_test::expect;
use resource_data_sync::cloudformation::{
    ATTRIBUTES, Addressee, Response, ResponseUrl, TooLong,
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
fn a_response_has_what_cloudformation_needs_and_no_more() {
    expect![[r#"{"Status":"FAILED","Reason":"It failed. Do this. See log stream s in log group g.","PhysicalResourceId":"id","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync"}"#]]
        .assert_eq(&text(&failed("It failed. Do this.")));
    let success = |data| Response::Success { physical_id: "id".into(), data };
    expect![[r#"{"Status":"SUCCESS","PhysicalResourceId":"id","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync"}"#]]
        .assert_eq(&text(&success(BTreeMap::new())));
    let data = ATTRIBUTES.into_iter().map(|attribute| (attribute, String::new())).collect();
    expect![[r#"{"Status":"SUCCESS","PhysicalResourceId":"id","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync","Data":{"Arn":"","LastStatus":"","RegionStates":"","Regions":"","SyncCreatedTime":"","SyncName":"","SyncSourceState":"","SyncType":""}}"#]]
        .assert_eq(&text(&success(data)));
}

#[test]
fn only_the_reason_is_shortened_at_a_characters_edge_and_its_end_is_kept() {
    for unit in ["a", "ü", "🦀", "\"", "\\", "\u{1}", "\n", "🦀\"\u{7}e\u{301}", "</script>"] {
        for count in [1, 100, 640, 1_000, 3_860, 3_900, 4_096, 20_000] {
            let whole = format!("It failed. {}", unit.repeat(count));
            let response = failed(&whole);
            let reason = reason_of(&response);
            let kept = reason.strip_suffix(POINTER).expect("the end is kept");
            match kept.strip_suffix('…') {
                None => assert_eq!(kept, whole),
                Some(kept) => {
                    assert!(kept.starts_with("It failed. ") && whole.starts_with(kept), "{unit:?} × {count}");
                    let unused = BYTES_MAX - text(&response).len();
                    assert!(unused < 16, "{unit:?} × {count}: {unused} bytes are left unused");
                }
            }
        }
    }
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
fn a_failure_has_a_reason_however_little_room_there_is() {
    for length in 3_800..4_000 {
        let response = Response::Failed { physical_id: "i".repeat(length), reason: "It failed.".into() };
        if to_bytes(&response, ADDRESSEE, POINTER, &url()).is_ok() {
            assert!(!reason_of(&response).is_empty());
        }
        // A success needs none.
        let response = Response::Success { physical_id: "i".repeat(length), data: [].into() };
        if let Err(TooLong) = to_bytes(&response, ADDRESSEE, POINTER, &url()) {
            assert!(length + r#"{"Status":"SUCCESS","PhysicalResourceId":"","StackId":"arn:stack","RequestId":"request","LogicalResourceId":"Sync"}"#.len() > BYTES_MAX);
        }
    }
}

#[test]
fn the_url_is_in_no_reason_and_no_attribute() {
    let quote = format!("You sent {SIGNED}");
    let reason = reason_of(&failed(&quote));
    assert_eq!(reason, format!("You sent [response URL]{POINTER}"));
    let success = Response::Success { physical_id: "id".into(), data: [("Arn", quote)].into() };
    assert_eq!(text(&success).matches("You sent [response URL]\"").count(), 1);
}

#[test]
fn a_reason_ends_with_the_log_stream_as_far_as_it_is_known() {
    assert_eq!(log_pointer("g", "s"), POINTER);
    assert_eq!(log_pointer("", "s"), " See log stream s.");
    assert_eq!(log_pointer("g", ""), " See the function's log.");
}
