//! The call log as a story: a line a call, and what each response said.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::fake::call_log::{Call, Outcome};
use crate::fake::fault::{Op, Service};
use crate::fake::table::plain;

/// Of a line of a reason.
const WIDTH: usize = 110;
/// So much of an error's message is shown.
const MESSAGE_CHARS_MAX: usize = 60;

/// The calls, with their times since `start_ms`.
pub fn transcript(calls: &[Call], start_ms: u64) -> String {
    let mut text = String::new();
    for call in calls {
        if call.op == Op::Respond && matches!(call.outcome, Outcome::Done(_)) {
            text.push_str(&response(&call.body));
            continue;
        }
        let seconds = Duration::from_millis(call.at_ms.saturating_sub(start_ms)).as_secs_f64();
        let _ = writeln!(text, "{seconds:>6.2} {}", line(call).trim_end());
    }
    text
}

/// One call, without its time.
fn line(call: &Call) -> String {
    let place = match call.op.service() {
        Service::Ssm => call.region.as_str(),
        Service::DynamoDb => "record",
        Service::S3 => "response",
    };
    let held = match call.op {
        Op::List if call.body["SyncType"] == "SyncFromSource" => format!("sources: {}", listed(&call.outcome)),
        Op::List => listed(&call.outcome),
        Op::Create | Op::Update => format!("{} → {}", call.name().unwrap_or("?"), target(&call.body)),
        Op::Delete => call.name().unwrap_or("?").to_owned(),
        Op::GetItem => match &call.outcome {
            Outcome::Done(output) => record(output.get("Item")),
            _ => String::new(),
        },
        Op::PutItem => record(call.body.get("Item")),
        Op::Scan => match &call.outcome {
            Outcome::Done(output) => {
                let unit = if output["Count"] == 1 { "record" } else { "records" };
                format!("{} {unit}{}", output["Count"], more(output, "LastEvaluatedKey"))
            }
            _ => String::new(),
        },
        Op::Respond => call.body["Status"].as_str().unwrap_or("?").to_owned(),
    };
    let late = if call.is_late { "  (late)" } else { "" };
    let line = format!("{:<6} {place:<10} {held}{late}", verb(call.op));
    match failure(&call.outcome) {
        None => line,
        Some(failure) => format!("{line:<56} ✗ {failure}"),
    }
}

fn verb(op: Op) -> &'static str {
    match op {
        Op::GetItem => "Read",
        Op::PutItem => "Write",
        Op::Respond => "Put",
        _ => op.name().trim_end_matches("ResourceDataSync"),
    }
}

fn failure(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Done(_) => None,
        Outcome::Refused(refusal) => {
            let code = refusal.code.trim_start_matches("ResourceDataSync").trim_end_matches("Exception");
            let message = refusal.message.as_deref().unwrap_or_default();
            let shown: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
            Some(match message.len() - shown.len() {
                _ if message.is_empty() => code.to_owned(),
                0 => format!("{code} {shown:?}"),
                _ => format!("{code} {:?}", shown + "…"),
            })
        }
        Outcome::Dropped => Some("connection closed".to_owned()),
        Outcome::Hung => Some("no response".to_owned()),
    }
}

/// What List shows, sync by sync.
fn listed(outcome: &Outcome) -> String {
    let Outcome::Done(output) = outcome else { return String::new() };
    let item = |item: &Value| {
        let status = match &item["SyncSource"] {
            Value::Null => item["LastStatus"].as_str().unwrap_or("no status").to_owned(),
            source => source["State"].as_str().unwrap_or("no state").to_owned(),
        };
        format!("{} → {} ({status})", item["SyncName"].as_str().unwrap_or("?"), target(item))
    };
    let items: Vec<String> = output["ResourceDataSyncItems"].as_array().into_iter().flatten().map(item).collect();
    match items.as_slice() {
        [] => "–".to_owned(),
        items => format!("{}{}", items.join(", "), more(output, "NextToken")),
    }
}

fn more(output: &Value, token: &str) -> &'static str {
    if output.get(token).is_some() { ", and more" } else { "" }
}

/// The bucket or the source, as a request or an item has it.
fn target(sync: &Value) -> String {
    let destination = &sync["S3Destination"];
    if let Some(bucket) = destination["BucketName"].as_str() {
        let prefix = destination["Prefix"].as_str().map(|prefix| format!("/{prefix}")).unwrap_or_default();
        let sharing = if destination["DestinationDataSharing"].is_object() { ", shared" } else { "" };
        return format!("{bucket}{prefix}{sharing}");
    }
    let source = &sync["SyncSource"];
    let regions: Vec<&str> =
        source["SourceRegions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let kind = source["AwsOrganizationsSource"]["OrganizationSourceType"].as_str().or(source["SourceType"].as_str());
    kind.map_or_else(|| "?".to_owned(), |kind| format!("{kind} of {}", regions.join(" ")))
}

/// An ownership record: its version, its state, and its entries.
fn record(item: Option<&Value>) -> String {
    let Some(record) = item.map(plain) else { return "–".to_owned() };
    let entry = |(key, entry): (&String, &Value)| {
        let state = entry["State"].as_str().unwrap_or("?");
        let making = if entry["Making"].is_object() { " Making" } else { "" };
        let foreign = if entry["Foreign"] == Value::Bool(true) { " Foreign" } else { "" };
        format!("{key} {state}{making}{foreign}")
    };
    let entries: Vec<String> = record["Syncs"].as_object().into_iter().flatten().map(entry).collect();
    let state = record["State"].as_str().unwrap_or("?");
    let separator = if entries.is_empty() { "" } else { ": " };
    format!("v{} {state}{separator}{}", record["Version"], entries.join(", "))
}

/// What CloudFormation got: the status, the id, and the reason in lines of a readable length.
fn response(body: &Value) -> String {
    let text = |member: &str| body[member].as_str().unwrap_or_default();
    let mut response = format!("  {} {}\n", text("Status"), text("PhysicalResourceId"));
    let mut line = String::new();
    for word in text("Reason").split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(response, "   {line}");
            line.clear();
        }
        line.push(' ');
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(response, "   {line}");
    }
    response
}
