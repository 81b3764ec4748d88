//! Odd input, drawn from seeds: what `fuzz/` promises of each parser, and what the function promises of each event.
//!
//! `cargo test` plays the first seeds, `FUZZ=FIRST..LAST` any others, and `FUZZ=SEED` one.

#[path = "../../fuzz/src/promises.rs"]
mod promises;

use std::{collections::BTreeMap, fs, ops::Range, path::Path, time::Duration};

use fastrand::Rng;
use resource_data_sync::{
    handler::{ATTRIBUTES, Untold},
    physical_id::{FAILED_PREFIX, Fate},
    request::Block,
    response_url::ResponseUrl,
};
use serde_json::{Map, Value, json};

use self::promises::Said;
use crate::{
    stage::{STACK, Stage},
    world::{
        bucket::BODY_BYTES_MAX,
        fault::{Fault, FaultKind, Op},
    },
};

/// What a string can be that nobody thought of.
const ODD_TEXTS: [&str; 34] = [
    "",
    " ",
    "\n",
    "\0",
    "\"\\",
    "true",
    "False",
    "null",
    "0",
    "-1",
    "3600",
    "1e9",
    "é",
    "🦀",
    "…",
    "\u{202e}",
    "a/b;c=d,e",
    "[response URL]",
    "arn:",
    "arn:\n",
    "arn:aws:kms:eu-west-1:123456789012:key/x",
    "eu-west-1",
    "us-east-1",
    "mars-west-1",
    "SyncToDestination",
    "SyncFromSource",
    "Organization",
    "AwsOrganizations",
    "ou-ab12-34cd56ef",
    "Create",
    "Delete",
    "inventory",
    "license-manager-x",
    "Custom::ResourceDataSync/failed-create-is-no-sync/20261123T080854Z/unknown/inventory",
];

/// Keys that are known somewhere.
const KEYS: [&str; 26] = [
    "SyncName",
    "SyncType",
    "S3Destination",
    "SyncSource",
    "BucketName",
    "Prefix",
    "BucketPrefix",
    "BucketRegion",
    "Region",
    "KMSKeyArn",
    "AWSKMSKeyARN",
    "SyncFormat",
    "DestinationDataSharing",
    "DestinationDataSharingType",
    "SourceType",
    "AwsOrganizationsSource",
    "OrganizationSourceType",
    "OrganizationalUnits",
    "OrganizationalUnitId",
    "SourceRegions",
    "IncludeFutureRegions",
    "EnableAllOpsDataSources",
    "Regions",
    "WaitForFirstSync",
    "ServiceTimeout",
    "ServiceToken",
];

const URL: &str = "https://b.s3.eu-west-1.amazonaws.com/arn%3Aaws?X-Amz-Algorithm=AWS4-HMAC-SHA256\
                   &X-Amz-Date=20261123T080854Z&X-Amz-Credential=AKIAEXAMPLE%2F20261123\
                   &X-Amz-Signature=0123456789abcdef";

fn seeds(first: Range<u64>) -> Range<u64> {
    let Ok(asked) = std::env::var("FUZZ") else { return first };
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("FUZZ is SEED or FIRST..LAST, not {asked}"));
    match asked.split_once("..") {
        Some((first, last)) => number(first)..number(last),
        None => number(&asked)..number(&asked) + 1,
    }
}

/// Tells the seed of a case that panics.
struct Case(u64);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to see it again: FUZZ={} cargo test --test it fuzz::", self.0);
        }
    }
}

fn each_case(count: u64, mut play: impl FnMut(&mut Rng)) {
    for seed in seeds(0..count) {
        let _case = Case(seed);
        play(&mut Rng::with_seed(seed));
    }
}

/// The events that people run locally: real ones, and of every kind.
fn events() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("events").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let events: Vec<Value> = paths
        .iter()
        .map(|path| serde_json::from_str(&fs::read_to_string(path).expect("text")).expect("JSON"))
        .collect();
    assert!(events.len() > 50);
    events
}

fn pick<'a, T>(rng: &mut Rng, items: &'a [T]) -> &'a T {
    &items[rng.usize(..items.len())]
}

fn text(rng: &mut Rng) -> String {
    match rng.u8(..10) {
        0 => pick(rng, &ODD_TEXTS).repeat(rng.usize(1..70)),
        1 => (0..rng.usize(..12)).map(|_| rng.char(..)).collect(),
        2 => format!("{}{}", pick(rng, &ODD_TEXTS), pick(rng, &ODD_TEXTS)),
        3 => pick(rng, &ODD_TEXTS).repeat(rng.usize(1..1_500)),
        4 => URL.split(['?', '&', '=']).nth(rng.usize(..9)).unwrap_or(URL).to_owned(),
        _ => (*pick(rng, &ODD_TEXTS)).to_owned(),
    }
}

fn value(rng: &mut Rng, depth: u32) -> Value {
    match rng.u8(..if depth == 0 { 7 } else { 10 }) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => json!(rng.i64(-2..4_000)),
        3 => json!(rng.f64() * 1e300),
        4..=6 => Value::String(text(rng)),
        7 => (0..rng.usize(..5)).map(|_| value(rng, depth - 1)).collect(),
        8 => many_regions(rng),
        _ => Value::Object((0..rng.usize(..5)).map(|_| (key(rng), value(rng, depth - 1))).collect()),
    }
}

/// Names that look like those of Regions, of any length.
fn many_regions(rng: &mut Rng) -> Value {
    let word = "abcdefghijklmnopqrstuvwxyz".repeat(3);
    let length = rng.usize(1..60);
    (0..rng.usize(1..45)).map(|n| format!("{}-{}-{}", &word[..length], &word[n..=n + 1], n % 30)).collect()
}

fn key(rng: &mut Rng) -> String {
    if rng.u8(..8) == 0 { text(rng) } else { (*pick(rng, &KEYS)).to_owned() }
}

/// Changes one place of a value, at any depth.
fn mutate(rng: &mut Rng, place: &mut Value) {
    let deeper = rng.u8(..5) > 0;
    match place {
        Value::Object(map) if deeper && !map.is_empty() => mutate_map(rng, map),
        Value::Array(items) if deeper && !items.is_empty() => {
            let index = rng.usize(..items.len());
            match rng.u8(..6) {
                0 => drop(items.remove(index)),
                1 => items.push(items[index].clone()),
                2 => *items = vec![items[index].clone(); rng.usize(..60)],
                _ => mutate(rng, &mut items[index]),
            }
        }
        Value::String(text) if deeper => *text = mutated_text(rng, text),
        _ => *place = value(rng, 2),
    }
}

fn mutate_map(rng: &mut Rng, map: &mut Map<String, Value>) {
    let keys: Vec<String> = map.keys().cloned().collect();
    let chosen = pick(rng, &keys).clone();
    match rng.u8(..8) {
        0 => drop(map.remove(&chosen)),
        1 => drop(map.insert(key(rng), value(rng, 2))),
        2 => {
            let moved = map.remove(&chosen).unwrap_or_default();
            map.insert(key(rng), moved);
        }
        3 => {
            let copied = map[&chosen].clone();
            map.insert(key(rng), copied);
        }
        _ => mutate(rng, &mut map[&chosen]),
    }
}

fn mutated_text(rng: &mut Rng, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..rng.usize(1..3) {
        let at = rng.usize(..=chars.len());
        match rng.u8(..6) {
            0 => chars.truncate(at),
            1 => chars.insert(at, rng.char(..)),
            2 => chars.splice(at..at, pick(rng, &ODD_TEXTS).chars()).for_each(drop),
            3 if at < chars.len() => drop(chars.remove(at)),
            4 => chars = chars.repeat(rng.usize(1..30)),
            _ => return (*pick(rng, &ODD_TEXTS)).to_owned(),
        }
    }
    chars.into_iter().collect()
}

fn mutated_event(rng: &mut Rng, events: &[Value]) -> Value {
    let mut event = pick(rng, events).clone();
    for _ in 0..rng.usize(..4) {
        match rng.u8(..12) {
            0 if event["ResourceProperties"].is_object() => event["ResourceProperties"]["Regions"] = many_regions(rng),
            0..=3 => mutate(rng, &mut event),
            4..=6 => {
                let other = pick(rng, events);
                let field = *pick(rng, &["RequestType", "ResourceProperties", "OldResourceProperties"]);
                event[field] = other[field].clone();
            }
            7 | 8 if event["OldResourceProperties"].is_object() => mutate(rng, &mut event["OldResourceProperties"]),
            _ => mutate(rng, &mut event["ResourceProperties"]),
        }
        if !event.is_object() {
            break;
        }
    }
    event
}

// Each part by itself.

#[test]
fn an_event_of_any_shape_is_read_or_has_nowhere_to_be_answered_to() {
    let events = events();
    each_case(2_000, |rng| {
        let mut event = mutated_event(rng, &events);
        if rng.bool() && event.is_object() {
            event["ResponseURL"] = json!(URL);
        }
        let mut text = event.to_string();
        promises::event(&text);
        // And as bytes that are JSON no longer, or JSON of another shape.
        for _ in 0..rng.usize(1..4) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = *pick(rng, &places);
            let piece = *pick(rng, &["{", "}", "[", "]", "\"", ",", ":", "\\ud800", "\\u0000", "1e400", "null"]);
            text.insert_str(at, piece);
        }
        promises::event(&text);
    });
}

#[test]
fn properties_of_any_shape_are_read_or_refused_in_words() {
    let events = events();
    each_case(2_000, |rng| {
        let mut properties = pick(rng, &events)["ResourceProperties"].clone();
        for _ in 0..rng.usize(..4) {
            mutate(rng, &mut properties);
        }
        match rng.u8(..20) {
            0 => properties = value(rng, 4),
            1 if properties.is_object() => properties["Regions"] = many_regions(rng),
            _ => {}
        }
        if let Value::Object(map) = properties {
            promises::properties(&Block::Object(map));
        }
    });
}

#[test]
fn an_answer_of_any_size_fits_and_keeps_its_ids() {
    each_case(2_000, |rng| {
        let long = |rng: &mut Rng| text(rng).repeat(*pick(rng, &[0, 1, 1, 1, 5, 20]));
        let texts: Vec<String> = (0..8).map(|_| if rng.u8(..4) == 0 { long(rng) } else { text(rng) }).collect();
        let text = |index: usize| texts[index].as_str();
        // Ids that leave room for almost nothing.
        let filler = "i".repeat(BODY_BYTES_MAX - rng.usize(..BODY_BYTES_MAX.min(700)));
        let request_id = if rng.u8(..6) == 0 { filler.as_str() } else { text(4) };
        promises::answer(&Said {
            success: rng.bool(),
            physical_id: text(0),
            reason: text(1),
            data: [text(2), text(6), text(7)],
            stack_id: text(3),
            request_id,
            logical_id: text(5),
            log_stream: "2026/11/23/[$LATEST]0123456789abcdef",
            url: URL,
        });
    });
}

#[test]
fn a_url_of_any_shape_is_awss_or_refused_and_never_quoted() {
    each_case(1_000, |rng| {
        let url: String = mutated_text(rng, URL).chars().take(1_000).collect();
        promises::response_url(&url, &text(rng));
        let query = (0..rng.usize(..5)).map(|_| format!("{}={}", text(rng), text(rng))).collect::<Vec<_>>().join("&");
        let query: String = query.chars().filter(char::is_ascii_graphic).take(1_000).collect();
        promises::response_url(&format!("https://b.s3.amazonaws.com/x?{query}"), &text(rng));
    });
}

#[test]
fn a_physical_id_of_any_shape_says_the_same_when_it_is_printed() {
    const ID: &str = "20261123T080854Z/taken=eu-west-1,us-east-1;unknown=ap-south-1/inventory";
    each_case(1_000, |rng| {
        promises::physical_id(&text(rng));
        promises::physical_id(&format!("{FAILED_PREFIX}{}", mutated_text(rng, ID)));
        let fates: BTreeMap<String, Fate> = (0..rng.usize(..40))
            .map(|_| (text(rng).replace([',', ';', '/'], ""), *pick(rng, &Fate::ALL)))
            .filter(|(region, _)| !region.is_empty())
            .collect();
        promises::failed_create(&text(rng), rng.i64(..), fates);
    });
}

// The whole function.

/// Gives the event a URL. True if it is as CloudFormation signed it.
fn address(rng: &mut Rng, stage: &mut Stage, event: &mut Value, request_id: &str) -> bool {
    stage.age_ms = *pick(rng, &[Some(0), Some(0), Some(35_000), Some(3_700_000), None]);
    let signed = stage.url(STACK, "Sync", request_id);
    let url = if rng.u8(..10) == 0 { mutated_text(rng, &signed) } else { signed.clone() };
    event["ResponseURL"] = json!(url);
    // Fields that quote the URL.
    if rng.u8(..10) == 0 {
        let field = *pick(rng, &["RequestType", "ResourceProperties", "PhysicalResourceId"]);
        event[field] = json!(url);
    }
    url == signed
}

fn trouble(rng: &mut Rng, quote: &str) -> Fault {
    let kind = match rng.u8(..8) {
        0 => FaultKind::Throttle,
        1 => FaultKind::ErrorAfter,
        2 => FaultKind::LoseReplyAfter,
        3 => FaultKind::Hang,
        4 => FaultKind::Denied,
        5 => FaultKind::S3WriteFailed,
        6 => FaultKind::Conflict,
        _ => FaultKind::Invalid(format!("You said {quote}.")),
    };
    Fault::at(*pick(rng, &Op::ALL), kind).times(*pick(rng, &[1, 2, u32::MAX]))
}

/// Plays one event, which is answered once and validly if it has somewhere to be answered to.
/// Gives the status that was answered.
async fn play(rng: &mut Rng, stage: &mut Stage, events: &[Value], request_id: &str) -> String {
    let mut event = mutated_event(rng, events);
    if !event.is_object() {
        event = json!({ "RequestType": event });
    }
    event["StackId"] = if rng.u8(..8) == 0 { value(rng, 1) } else { json!(STACK) };
    event["RequestId"] = if rng.u8(..8) == 0 { value(rng, 1) } else { json!(request_id) };
    let signed = address(rng, stage, &mut event, request_id);
    let url = event["ResponseURL"].as_str().expect("a string").to_owned();
    let query = url.split_once('?').map_or("", |(_, query)| query).to_owned();
    stage.timeout = Duration::from_secs(*pick(rng, &[1, 20, 900]));
    stage.world.lock().ssm.calm();
    if rng.u8(..4) == 0 {
        let fault = trouble(rng, &url);
        stage.world.lock().ssm.inject(fault);
    }

    let puts_before = stage.world.lock().bucket.puts.len();
    let served = stage.send(&event).await;
    let puts = stage.world.lock().bucket.puts[puts_before..].to_vec();
    let stored = puts.iter().filter(|put| put.stored).count();

    let answerable = ResponseUrl::parse(&url, &[]);
    match (&served.told, &answerable) {
        (Ok(()), Ok(_)) => assert_eq!(stored, 1, "exactly one verdict"),
        (Err(Untold::NowhereToAnswer(_)), Err(_)) => assert!(puts.is_empty() && served.calls.is_empty()),
        (Err(Untold::CannotAnswer(_)), Ok(_)) => {
            let ids = ["StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId"];
            let bytes: usize = ids.iter().map(|id| event[id].to_string().len()).sum();
            assert!(bytes > BODY_BYTES_MAX / 4, "an answer was possible: {event}");
        }
        // S3 refuses a URL that is not as it was signed.
        (Err(Untold::NotTold(_)), Ok(_)) => assert!(stored == 0 && !signed, "{event}"),
        (told, answerable) => panic!("{told:?}, and the URL is {answerable:?}: {event}"),
    }
    if let Some(answer) = &served.answer {
        check_answer(&event, answer, &served.bytes);
        let quoted_by_an_id = ["StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId"]
            .iter()
            .any(|id| event[id].as_str().is_some_and(|id| id.contains(&query)));
        let body = String::from_utf8(served.bytes.clone()).expect("text");
        assert!(query.len() < 8 || quoted_by_an_id || !body.contains(&query), "{body}");
    }
    let world = stage.world.lock();
    assert_eq!((&world.ssm.protests, &world.bucket.protests), (&Vec::new(), &Vec::new()), "{event}");
    served.status().to_owned()
}

fn check_answer(event: &Value, answer: &Value, bytes: &[u8]) {
    assert!(bytes.len() <= BODY_BYTES_MAX, "{} bytes", bytes.len());
    for field in ["StackId", "RequestId", "LogicalResourceId"] {
        if event[field].is_string() {
            assert_eq!(answer[field], event[field], "{field}");
        }
    }
    let (came, id) = (event["PhysicalResourceId"].as_str().unwrap_or_default(), &answer["PhysicalResourceId"]);
    let id = id.as_str().expect("an id");
    assert!(!id.is_empty() && (id.len() <= 1024 || id == came), "{} bytes: {id}", id.len());
    let is_update = event["RequestType"] == "Update" && !came.is_empty();
    match answer["Status"].as_str() {
        Some("FAILED") => {
            assert!(answer["Reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{answer}");
            assert!(!is_update || id == came, "a failed Update answers with the id that it came with: {answer}");
        }
        Some("SUCCESS") if event["RequestType"] == "Delete" => assert!(came.is_empty() || id == came, "{answer}"),
        Some("SUCCESS") => {
            let data = answer["Data"].as_object().expect("attributes");
            assert!(ATTRIBUTES.iter().all(|attribute| data[*attribute].is_string()), "{answer}");
        }
        _ => panic!("{answer}"),
    }
}

#[test]
fn the_function_answers_every_event_that_can_be_answered_once_and_asks_ssm_nothing_that_is_invalid() {
    let events = events();
    let mut statuses: BTreeMap<String, u32> = BTreeMap::new();
    // A process lives for some events, and a world for as many.
    each_case(30, |rng| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut stage = Stage::new().await;
            for number in 0..25 {
                let request_id = format!("00000000-0000-4000-9000-{number:012}");
                let status = play(rng, &mut stage, &events, &request_id).await;
                *statuses.entry(status).or_default() += 1;
            }
        });
    });
    println!("{statuses:?}");
    assert_eq!(statuses.len(), 3, "events that go well, that fail, and that have nowhere to be answered to");
}
