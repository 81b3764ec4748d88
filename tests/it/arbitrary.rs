//! What holds for every input, however odd.

use std::{fs, path::Path, sync::LazyLock};

use proptest::{collection::vec, prelude::*, sample::select};
use resource_data_sync::{
    cloudformation::{
        Event, PhysicalId, Response, ResponseUrl,
        response::{BYTES_MAX, log_pointer, to_json},
    },
    properties,
};
use serde_json::{Map, Value, json, value::RawValue};

use crate::response::request;

const REDACTED: &str = "[response URL]";
const URL: &str = "https://b.s3.eu-west-1.amazonaws.com/arn%3Aaws?X-Amz-Date=20261123T080854Z\
    &X-Amz-Credential=AKIAEXAMPLE%2F20261123%2Faws4_request&X-Amz-Signature=0123456789abcdef";

/// What a string can be that nobody thought of.
const ODD_TEXTS: [&str; 15] =
    ["", " ", "\n", "\0", "\"\\", "true", "null", "-1", "1e9", "é", "🦀", "…", "\u{202e}", "arn:\n", "Create"];

/// The events that people run locally.
static EVENTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("events").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| serde_json::from_slice(&fs::read(path).expect("bytes")).expect("JSON")).collect()
});

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&ODD_TEXTS[..]).prop_map(str::to_owned),
        1 => select(&["eu-west-1", REDACTED, URL][..]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => (select(&ODD_TEXTS[..]), 1_usize..1_500).prop_map(|(text, count)| text.repeat(count)),
        1 => (0_usize..9).prop_map(|part| URL.split(['?', '&', '=']).nth(part).unwrap_or(URL).to_owned()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((text(), inner), 0..5).prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A change to one place of an event.
#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    Insert(String, Value),
    Cut(usize, String),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        value().prop_map(Change::Replace),
        Just(Change::Remove),
        (text(), value()).prop_map(|(key, value)| Change::Insert(key, value)),
        (any::<usize>(), text()).prop_map(|(at, text)| Change::Cut(at, text)),
    ]
}

/// The `n`th value, counted from the outside; `n` is what is left to count where there are fewer.
fn nth<'a>(value: &'a mut Value, n: &mut usize) -> Option<&'a mut Value> {
    if *n == 0 {
        return Some(value);
    }
    *n -= 1;
    match value {
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, n)),
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, n)),
        _ => None,
    }
}

fn apply(event: &mut Value, place: usize, change: &Change) {
    let Some(at) = nth(event, &mut place.clone()) else { return };
    match (change, at) {
        (Change::Replace(value), at) => *at = value.clone(),
        (Change::Remove, Value::Object(members)) if !members.is_empty() => {
            let key = members.keys().nth(place % members.len()).cloned().unwrap_or_default();
            members.remove(&key);
        }
        (Change::Remove, at) => *at = Value::Null,
        (Change::Insert(key, value), Value::Object(members)) => drop(members.insert(key.clone(), value.clone())),
        (Change::Insert(_, value), Value::Array(items)) => items.push(value.clone()),
        (Change::Cut(at, with), Value::String(text)) => {
            let kept = text.chars().take(at % (text.chars().count() + 1)).collect::<String>();
            *text = kept + with;
        }
        (Change::Insert(..) | Change::Cut(..), _) => {}
    }
}

prop_compose! {
    fn mutated_event()(
        event in select(&EVENTS[..]),
        signed in any::<bool>(),
        changes in vec((0_usize..24, change()), 0..4),
    ) -> Value {
        let mut event = event;
        if signed {
            event["ResponseURL"] = json!(URL);
        }
        for (place, change) in &changes {
            apply(&mut event, *place, change);
        }
        event
    }
}

/// What of a URL may stand in no text.
fn secrets(url: &str) -> Vec<String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let secret =
        |name: &str| ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "Signature"].contains(&name);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let values = pairs.filter(|(name, _)| secret(name)).map(|(_, value)| value);
    [url, query].into_iter().chain(values).filter(|secret| secret.len() >= 8).map(str::to_owned).collect()
}

fn check_without(secrets: &[String], text: &str) -> Result<(), TestCaseError> {
    // What stands in their place can hold, or complete, a very odd one.
    for secret in secrets.iter().filter(|secret| !REDACTED.contains(secret.as_str()) && !secret.contains(['[', ']'])) {
        prop_assert!(!text.contains(secret.as_str()), "{} in {}", secret, text);
    }
    Ok(())
}

/// There is a request exactly if there is somewhere to respond to, and its fields are those of the event.
fn check_event(event: &str) -> Result<(), TestCaseError> {
    let Ok(raw) = serde_json::from_str::<&RawValue>(event) else { return Ok(()) };
    let read = Event::read(raw, &[]);
    let Ok(whole) = serde_json::from_str::<Value>(event) else { return Ok(()) };
    let text = |field: &str| match &whole[field] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    };
    let request = match (read, ResponseUrl::parse(&text("ResponseURL"), &[])) {
        (Ok(Event::Resource(request)), Ok(url)) => {
            prop_assert_eq!(&request.response_url, &url);
            request
        }
        (Err(error), Err(expected)) => {
            prop_assert_eq!(error, expected);
            return Ok(());
        }
        (Ok(Event::Plan(_) | Event::Report(_)), Err(_)) => {
            prop_assert!(text("ResponseURL").is_empty() && ["Plan", "Report"].contains(&&*text("RequestType")));
            return Ok(());
        }
        (read, url) => return Err(TestCaseError::fail(format!("{read:?}, though the URL alone is {url:?}"))),
    };
    prop_assert_eq!(request.stack_id.as_str(), text("StackId"));
    prop_assert_eq!(&request.request_id, &text("RequestId"));
    prop_assert_eq!(&request.logical_id, &text("LogicalResourceId"));
    prop_assert_eq!(
        request.physical_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        text("PhysicalResourceId")
    );
    prop_assert_eq!(&request.properties, &whole["ResourceProperties"]);
    prop_assert!(!request.unchanged_id().is_empty());
    match request.kind {
        Ok(kind) => prop_assert_eq!(kind.to_string(), text("RequestType")),
        Err(fault) => prop_assert!(!fault.to_string().is_empty()),
    }
    check_without(&secrets(&text("ResponseURL")), &request.kind_text)
}

proptest! {
    #[test]
    fn an_event_of_any_shape_is_read(
        event in mutated_event(),
        pieces in vec((any::<prop::sample::Index>(), select(&["{", "}", "[", "]", "\"", ",", ":", "\\ud800", "1e400", "null"][..])), 0..3),
    ) {
        let mut text = event.to_string();
        check_event(&text)?;
        // And as JSON of another shape.
        for (at, piece) in pieces {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            text.insert_str(*at.get(&places), piece);
        }
        check_event(&text)?;
    }

    #[test]
    fn refused_properties_always_say_why(event in mutated_event()) {
        let Err(faults) = properties::parse(&event["ResourceProperties"]).strict() else { return Ok(()) };
        prop_assert!(!faults.is_empty(), "{} is refused, and nothing says why", event["ResourceProperties"]);
        for fault in faults.iter().map(ToString::to_string) {
            prop_assert!(fault.chars().count() < 1_000 && !fault.contains(char::is_control), "{}", fault);
        }
    }

    #[test]
    fn a_url_of_any_shape_keeps_its_secrets(
        cut in 0..URL.len(),
        piece in "[!-~]{0,20}",
        values in vec((select(&["X-Amz-Signature", "Signature", "X-Amz-Security-Token", "X-Amz-Credential", "X-Amz-Date", "x"][..]), "[!-~]{0,24}"), 0..5),
        around in text(),
    ) {
        let query = values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        for text in [format!("{}{piece}{}", &URL[..cut], &URL[cut..]), format!("https://b.s3.amazonaws.com/x?{query}")] {
            let Ok(url) = ResponseUrl::parse(&text, &[]) else { continue };
            let host = text["https://".len()..].split(['/', '?', ':']).next().unwrap_or_default().to_ascii_lowercase();
            prop_assert!(text.starts_with("https://") && host.contains("s3") && host.ends_with(".amazonaws.com"), "{}", text);
            let secrets = secrets(&text);
            check_without(&secrets, &format!("{url:?}"))?;
            for quote in secrets.iter().map(String::as_str).chain(text.split(['&', '=', '?'])) {
                for message in [quote.to_owned(), format!("{around}{quote}{around}"), format!("{quote}{quote}")] {
                    check_without(&secrets, &url.redact(&message))?;
                }
            }
            let _ = url.requested();
        }
    }

    #[test]
    fn a_physical_id_is_printed_as_it_came(text in text(), prefix in select(&["", "create-failed:", "nothing-created:"][..])) {
        let text = format!("{prefix}{text}");
        let id = PhysicalId::parse(&text);
        prop_assert_eq!(id.to_string(), text);
        prop_assert!(!id.looks_invented() || matches!(id, PhysicalId::Name(_)));
    }

    #[test]
    fn a_response_fits_and_keeps_its_ids(
        is_success in any::<bool>(),
        ids in [text(), text(), text(), text()],
        filler in prop_oneof![3 => Just(0), 1 => BYTES_MAX - 700..BYTES_MAX],
        reason in text(),
        data in text(),
    ) {
        // Ids that leave room for almost nothing.
        let [physical_id, stack_id, request_id, logical_id] = ids;
        let request_id = if filler > 0 { "i".repeat(filler) } else { request_id };
        let request = request(URL, [&stack_id, &request_id, &logical_id]);
        let url = &request.response_url;
        let whole = url.redact(&reason);
        let response = if is_success {
            Response::Success { physical_id: physical_id.clone(), data: [("Arn", data.clone())].into() }
        } else {
            Response::Failed { physical_id: physical_id.clone(), reason }
        };
        let pointer = if is_success { String::new() } else { log_pointer("", "2026/11/23/[$LATEST]0123") };
        let expected_ids = json!([physical_id, stack_id, request_id, logical_id]);
        let Ok(bytes) = to_json(&response, &request, &pointer) else {
            let least = expected_ids.to_string().len() + json!(url.redact(&data)).to_string().len();
            prop_assert!(least > BYTES_MAX - 250, "there was room: {} bytes", least);
            return Ok(());
        };
        prop_assert!(bytes.len() <= BYTES_MAX, "{} bytes", bytes.len());
        let body: Value = serde_json::from_str(&bytes).expect("JSON");
        prop_assert_eq!(&body["Status"], if is_success { "SUCCESS" } else { "FAILED" });
        let kept = ["PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId"].map(|member| &body[member]);
        prop_assert_eq!(json!(kept), expected_ids);
        let kept_data = is_success.then(|| url.redact(&data));
        prop_assert_eq!(body["Data"]["Arn"].as_str(), kept_data.as_deref());
        let told = body["Reason"].as_str().unwrap_or_default();
        prop_assert_eq!(is_success, told.is_empty());
        let whole = whole + &pointer;
        if !is_success && told != whole {
            let (kept, end) = told.rsplit_once('…').unwrap_or_default();
            prop_assert!(whole.starts_with(kept) && whole.ends_with(end), "{}", told);
            prop_assert!(bytes.len() + 16 + 2 * pointer.len() > BYTES_MAX, "{} bytes: shortened without need", bytes.len());
        }
        check_without(&secrets(URL), told)?;
    }
}
