//! The verdict → the bytes of the answer, at most 4,096 of them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::response_url::ResponseUrl;

/// CloudFormation's limit on an answer.
pub const BYTES_MAX: usize = 4_096;

/// What CloudFormation is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `data` is what `Fn::GetAtt` reads; `note` is what its author should know all the same.
    Success {
        physical_id: String,
        data: BTreeMap<&'static str, String>,
        note: Option<String>,
    },
    Failed {
        physical_id: String,
        reason: String,
    },
}

/// To whom a verdict belongs.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    pub stack_id: &'a str,
    pub request_id: &'a str,
    pub logical_id: &'a str,
}

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

/// Where people look further; every Reason ends with it.
#[must_use]
pub fn log_pointer(log_group: &str, log_stream: &str) -> String {
    match (log_group.is_empty(), log_stream.is_empty()) {
        (_, true) => " See the function's log.".to_owned(),
        (true, false) => format!(" See log stream {log_stream}."),
        (false, false) => format!(" See log stream {log_stream} in log group {log_group}."),
    }
}

/// Serializes a verdict, once and for all tries. Only the Reason is shortened, and its end is kept.
///
/// # Errors
/// When the event's own ids leave no room: CloudFormation would not accept any answer to it.
pub fn serialize(
    verdict: &Verdict,
    addressee: Addressee<'_>,
    pointer: &str,
    url: &ResponseUrl,
) -> Result<Vec<u8>, TooLong> {
    let (status, physical_id, reason, end, data) = match verdict {
        Verdict::Success { physical_id, data, note } => {
            let data = data.iter().map(|(key, value)| (*key, url.redact(value))).collect();
            ("SUCCESS", physical_id, note.clone().unwrap_or_default(), "", data)
        }
        Verdict::Failed { physical_id, reason } => ("FAILED", physical_id, reason.clone(), pointer, BTreeMap::new()),
    };
    let reason = url.redact(&reason);
    let mut body = Body {
        status,
        reason: "",
        physical_resource_id: physical_id,
        stack_id: addressee.stack_id,
        request_id: addressee.request_id,
        logical_resource_id: addressee.logical_id,
        data,
    };
    let bytes_of =
        |body: &Body<'_>| serde_json::to_vec(body).unwrap_or_else(|_| unreachable!("strings always serialize"));
    let text = format!("{reason}{end}");
    body.reason = &text;
    let whole = bytes_of(&body);
    if whole.len() <= BYTES_MAX {
        return Ok(whole);
    }
    body.reason = "";
    let room = BYTES_MAX.checked_sub(bytes_of(&body).len() + r#""Reason":"","#.len()).ok_or(TooLong)?;
    let text = fit(&reason, end, room);
    // CloudFormation takes no FAILED without a Reason.
    if text.is_empty() && matches!(verdict, Verdict::Failed { .. }) {
        return Err(TooLong);
    }
    body.reason = &text;
    let bytes = bytes_of(&body);
    if bytes.len() <= BYTES_MAX { Ok(bytes) } else { Err(TooLong) }
}

/// The event's ids are longer than any that CloudFormation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the event's ids are too long to be answered in {BYTES_MAX} bytes")
    }
}

impl std::error::Error for TooLong {}

/// As much of `text` as fits, at a character's edge, then `end`; counted as JSON escapes them.
fn fit(text: &str, end: &str, room: usize) -> String {
    const CUT: &str = "…";
    let end = if escaped_len(end) + CUT.len() <= room { end } else { "" };
    let Some(room) = room.checked_sub(escaped_len(end) + CUT.len()) else { return String::new() };
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += escaped_len(c.encode_utf8(&mut [0; 4]));
            used <= room
        })
        .collect();
    format!("{kept}{CUT}{end}")
}

/// Bytes of a text inside the quotes of a JSON string.
fn escaped_len(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX / 4, |json| json.len() - 2)
}
