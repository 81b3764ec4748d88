//! The response, and its bytes: at most 4,096.
//!
//! Must never cut what to do before it cuts what failed. Next: [`crate::messages`].

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;

use super::Request;

/// CloudFormation's limit on a response.
pub const BYTES_MAX: usize = 4_096;

/// CloudFormation's limit on a physical id.
const PHYSICAL_ID_BYTES_MAX: usize = 1_024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// `data` is what `Fn::GetAtt` reads.
    Success { physical_id: String, data: BTreeMap<&'static str, String> },
    /// A `reason` that does not fit is cut in the middle: what failed and what to do are kept.
    Failed { physical_id: String, reason: String },
}

/// The event's ids, or the attributes, leave no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("The response would have more than {BYTES_MAX} bytes: no response was sent.")]
pub struct TooLong;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<&'static str, String>,
}

impl Body<'_> {
    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("strings always serialize"))
    }
}

/// Where to look next. Every `Reason` of a failure ends with it.
#[must_use]
pub fn log_pointer(log_group: &str, log_stream: &str) -> String {
    match (log_group, log_stream) {
        (_, "") => " See the function's log.".to_owned(),
        ("", stream) => format!(" See log stream {stream}."),
        (group, stream) => format!(" See log stream {stream} in log group {group}."),
    }
}

/// Serializes the response to a request, once for all attempts to deliver it. Only the `Reason` is shortened; it still
/// ends with `pointer`.
///
/// # Errors
/// When there is no room for it.
pub fn to_json(response: &Response, request: &Request, pointer: &str) -> Result<String, TooLong> {
    let url = &request.response_url;
    let (status, physical_id, reason, end, data) = match response {
        Response::Success { physical_id, data } => {
            let data = data.iter().map(|(key, value)| (*key, url.redact(value))).collect();
            ("SUCCESS", physical_id, "", "", data)
        }
        Response::Failed { physical_id, reason } => ("FAILED", physical_id, reason.as_str(), pointer, BTreeMap::new()),
    };
    let reason = url.redact(reason);
    let mut body = Body {
        status,
        reason: "",
        physical_resource_id: physical_id,
        stack_id: request.stack_id.as_str(),
        request_id: &request.request_id,
        logical_resource_id: &request.logical_id,
        data,
    };
    let text = format!("{reason}{end}");
    let room = BYTES_MAX.checked_sub(body.to_json().len()).ok_or(TooLong)?.saturating_sub(MEMBER_BYTES);
    let text = if json_len(&text) <= room { text } else { shortened(&reason, end, room) };
    // CloudFormation takes no FAILED without a Reason.
    if text.is_empty() && status == "FAILED" {
        return Err(TooLong);
    }
    body.reason = &text;
    Ok(body.to_json())
}

/// Is there room for a response to this request, whatever comes of it?
///
/// # Errors
/// When there is none. Nothing should be changed for an event whose failure could not be reported.
pub fn check_room(request: &Request, pointer: &str) -> Result<(), TooLong> {
    let longest = Response::Failed { physical_id: "x".repeat(PHYSICAL_ID_BYTES_MAX), reason: String::new() };
    to_json(&longest, request, pointer).map(drop)
}

/// The bytes of the member without its text.
const MEMBER_BYTES: usize = r#""Reason":"","#.len();

/// As much of `text` as fits, then `end`: its beginning says what failed and is cut at a character boundary; its last
/// sentences say what to do.
fn shortened(text: &str, end: &str, room: usize) -> String {
    const CUT: &str = "…";
    let end = if json_len(end) + CUT.len() <= room { end } else { "" };
    let Some(room) = room.checked_sub(json_len(end) + CUT.len()) else { return String::new() };
    let mut sentences = text.match_indices(". ").map(|(at, _)| &text[at + 1..]);
    let last = sentences.find(|last| json_len(last) <= room / 4).unwrap_or_default();
    let mut used = json_len(last);
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += json_len(c.encode_utf8(&mut [0; 4]));
            used <= room
        })
        .collect();
    format!("{kept}{CUT}{last}{end}")
}

/// The length of a text as a JSON string, without the quotes.
fn json_len(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX / 4, |json| json.len() - 2)
}
