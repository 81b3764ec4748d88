//! What holds for every input, as functions that panic where it does not.
//!
//! The fuzz targets feed them for hours, and `tests/it/fuzz.rs` for a second in every run of the tests.

use std::collections::BTreeMap;

use resource_data_sync::{
    physical_id::{FailedCreate, Fate, Fates, PhysicalId},
    properties::{self, REGIONS_MAX, SERVICE_TIMEOUT_S_MAX},
    request::{Block, Envelope, RequestType},
    response::{self, Addressee, BYTES_MAX, Verdict},
    response_url::ResponseUrl,
    sync::{self, Difference, NAME_CHARS_MAX, made_up_name},
    time::Timestamp,
};
use serde_json::{Value, value::RawValue};

/// `RESPONSE_URL_EXTRA_HOSTS`, as far as these promises go.
pub const EXTRA_HOSTS: &str = "127.0.0.1,localhost:9000,[::1]";
/// CloudFormation's limit on a physical id.
const PHYSICAL_ID_BYTES_MAX: usize = 1_024;
/// What stands in a text instead of the URL.
const INSTEAD: &str = "[response URL]";

/// An event is read field by field: whatever is odd, there is an envelope exactly if there is somewhere to answer to.
pub fn event(text: &str) {
    let Ok(raw) = serde_json::from_str::<&RawValue>(text) else { return };
    let hosts = ResponseUrl::extra_hosts(EXTRA_HOSTS);
    let read = Envelope::read(raw, &hosts);
    if let Ok(envelope) = &read {
        assert_eq!(envelope.physical_id.as_deref().filter(|id| id.is_empty()), None);
        properties(&envelope.properties);
        properties(&envelope.old_properties);
    }
    // What serde cannot read as a whole (nested too deeply, say) is not compared.
    let Ok(whole) = serde_json::from_str::<Value>(text) else { return };
    let text = |field: &str| match &whole[field] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    };
    let url = ResponseUrl::parse(&text("ResponseURL"), &hosts);
    let envelope = match (read, url) {
        (Ok(envelope), Ok(url)) => {
            assert_eq!(envelope.response_url, url);
            envelope
        }
        (Err(fault), Err(expected)) => return assert_eq!(fault, expected),
        (read, url) => panic!("{read:?}, though the URL alone is {url:?}"),
    };
    assert_eq!(envelope.stack_id, text("StackId"));
    assert_eq!(envelope.request_id, text("RequestId"));
    assert_eq!(envelope.logical_id, text("LogicalResourceId"));
    assert_eq!(envelope.physical_id.unwrap_or_default(), text("PhysicalResourceId"));
    let known = [RequestType::Create, RequestType::Update, RequestType::Delete];
    assert_eq!(envelope.request_type, known.into_iter().find(|known| known.as_str() == text("RequestType")));
    for (block, field) in
        [(envelope.properties, "ResourceProperties"), (envelope.old_properties, "OldResourceProperties")]
    {
        match (block, &whole[field]) {
            (Block::Object(map), Value::Object(expected)) => assert_eq!(map, *expected),
            (Block::Missing, Value::Null) => {}
            (Block::NotAnObject(_), other) => assert!(!other.is_object() && !other.is_null(), "{other}"),
            (block, other) => panic!("{block:?} for {other}"),
        }
    }
}

/// Properties are read or refused as a whole; what is read keeps to every limit, and a Delete reads the same.
pub fn properties(block: &Block) {
    let lenient = properties::read_leniently(block);
    let read = match properties::read(block) {
        Ok(read) => read,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a word: {block:?}");
            for fault in faults {
                assert!(!fault.path.is_empty() && !fault.what.is_empty(), "{fault:?}");
                assert!(fault.to_string().chars().count() < 1_000, "{fault}");
            }
            return;
        }
    };
    assert_eq!(lenient.name, read.name);
    assert_eq!(lenient.sync_type, Some(read.config.sync_type()));
    assert_eq!(lenient.regions, read.regions);
    assert_eq!(lenient.service_timeout_s.unwrap_or(SERVICE_TIMEOUT_S_MAX), read.service_timeout_s);
    assert!((1..=SERVICE_TIMEOUT_S_MAX).contains(&read.service_timeout_s));
    assert_eq!(read.config.difference(&read.config), Difference::None);

    let made_up = made_up_name("arn:aws:cloudformation:eu-west-1:1:stack/s/u", "L", &read.config);
    for name in read.name.iter().chain([&made_up]) {
        assert!((1..=NAME_CHARS_MAX).contains(&name.chars().count()), "{name}");
        assert!(!sync::is_reserved(name), "{name}");
        assert_eq!(PhysicalId::parse(name), PhysicalId::Name(name.clone()));
    }
    if let Some(regions) = &read.regions {
        assert!((1..=REGIONS_MAX).contains(&regions.len()));
        // However a Create of this fails, its id is one that CloudFormation takes.
        let fates = regions.iter().zip(Fate::ALL.iter().cycle()).map(|(region, fate)| (region.clone(), *fate));
        let id = failed_create(read.name.as_deref().unwrap_or(&made_up), 0, fates.collect());
        assert!(id.len() <= PHYSICAL_ID_BYTES_MAX, "{} bytes: {id}", id.len());
    }
}

/// Whatever is read as a physical id says the same when it is printed and read again.
pub fn physical_id(text: &str) {
    match PhysicalId::parse(text) {
        PhysicalId::Name(name) => assert_eq!(name, text),
        PhysicalId::Failed(failed) => {
            let printed = failed.to_string();
            assert_eq!(PhysicalId::parse(&printed), PhysicalId::Failed(failed), "{text} is printed {printed}");
        }
    }
}

/// The id of a failed Create says again what it was told, and can be no sync's name. Gives the id.
pub fn failed_create(name: &str, requested_ms: i64, fates: BTreeMap<String, Fate>) -> String {
    let requested = Timestamp::from_epoch_ms(requested_ms.rem_euclid(253_402_300_800_000) / 1_000 * 1_000);
    let fates = if fates.is_empty() { Fates::Everywhere(Fate::Invalid) } else { Fates::ByRegion(fates) };
    let failed = FailedCreate { name: name.to_owned(), requested, fates };
    let printed = failed.to_string();
    assert!(printed.chars().count() > NAME_CHARS_MAX);
    assert_eq!(PhysicalId::parse(&printed), PhysicalId::Failed(failed), "{printed}");
    printed
}

/// All that goes into an answer.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    pub success: bool,
    pub physical_id: &'a str,
    pub reason: &'a str,
    pub data: [&'a str; 3],
    pub stack_id: &'a str,
    pub request_id: &'a str,
    pub logical_id: &'a str,
    pub log_stream: &'a str,
    pub url: &'a str,
}

/// An answer is JSON of at most 4,096 bytes, with the ids and the data whole, and the Reason as far as there is room.
pub fn answer(said: &Said<'_>) {
    let Ok(url) = ResponseUrl::parse(said.url, &ResponseUrl::extra_hosts(EXTRA_HOSTS)) else { return };
    let data: BTreeMap<&'static str, String> =
        ["Arn", "LastStatus", "SyncName"].into_iter().zip(said.data.map(str::to_owned)).collect();
    let (physical_id, reason) = (said.physical_id.to_owned(), said.reason.to_owned());
    let verdict = if said.success {
        Verdict::Success { physical_id, data, note: Some(reason).filter(|note| !note.is_empty()) }
    } else {
        Verdict::Failed { physical_id, reason }
    };
    let pointer = response::log_pointer("", said.log_stream);
    let addressee = Addressee { stack_id: said.stack_id, request_id: said.request_id, logical_id: said.logical_id };
    let clean = |text: &str| url.redact(text);
    let Ok(bytes) = response::serialize(&verdict, addressee, &pointer, &url) else {
        let mut fixed = vec![said.physical_id.to_owned(), said.stack_id.into(), said.request_id.into()];
        fixed.push(said.logical_id.to_owned());
        if said.success {
            fixed.extend(said.data.map(clean));
        }
        let least: usize = fixed.iter().map(|text| Value::from(text.as_str()).to_string().len()).sum();
        assert!(least > BYTES_MAX - 250, "there was room: {least} bytes besides the names of the members");
        return;
    };
    assert!(bytes.len() <= BYTES_MAX, "{} bytes", bytes.len());
    let text = std::str::from_utf8(&bytes).expect("text");
    let answer: Value = serde_json::from_str(text).expect("JSON");
    let expected_status = if said.success { "SUCCESS" } else { "FAILED" };
    for (member, expected) in [
        ("Status", expected_status),
        ("PhysicalResourceId", said.physical_id),
        ("StackId", said.stack_id),
        ("RequestId", said.request_id),
        ("LogicalResourceId", said.logical_id),
    ] {
        assert_eq!(answer[member], expected, "{member}");
    }
    if said.success {
        for (member, expected) in ["Arn", "LastStatus", "SyncName"].into_iter().zip(said.data) {
            assert_eq!(answer["Data"][member], clean(expected), "{member}");
        }
    } else {
        assert!(answer.get("Data").is_none());
        assert!(answer["Reason"].as_str().is_some_and(|reason| !reason.is_empty()), "FAILED needs a Reason: {answer}");
    }
    assert!(answer.as_object().is_some_and(|members| members.values().all(|value| !value.is_null())));
    let told = answer["Reason"].as_str().unwrap_or_default();
    let whole = clean(said.reason) + if said.success { "" } else { &pointer };
    if told != whole {
        let (kept, end) = told.rsplit_once('…').unwrap_or_default();
        assert!(whole.starts_with(kept) && whole.ends_with(end), "{told}");
        // Not shortened by more than the room of one character, and of the end where there was none for it.
        let room = 16 + pointer.len() * 2;
        assert!(bytes.len() + room > BYTES_MAX, "{} bytes: shortened without need", bytes.len());
    }
    let secrets: Vec<String> = secrets(said.url).into_iter().filter(|secret| !pointer.contains(secret)).collect();
    without(&secrets, told);
    for member in answer["Data"].as_object().into_iter().flat_map(|data| data.values()) {
        without(&secrets, member.as_str().expect("a string"));
    }
}

/// Only AWS's hosts and those that are listed are answered, and no text that quotes the URL keeps it.
pub fn response_url(text: &str, around: &str) {
    let hosts = ResponseUrl::extra_hosts(EXTRA_HOSTS);
    let Ok(url) = ResponseUrl::parse(text, &hosts) else { return };
    let (scheme, rest) = text.split_once("://").expect("a scheme");
    let authority = rest.split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &authority,
    };
    let listed = hosts.iter().any(|extra| *extra == authority || *extra == host);
    let aws = AWS_DOMAINS.iter().any(|domain| host.len() > domain.len() && host.ends_with(domain));
    assert!(listed || (aws && scheme == "https"), "{text}");
    assert_eq!(format!("{url:?}").to_ascii_lowercase(), format!("responseurl({host})"));

    let query = text.split_once('?').map_or("", |(_, query)| query);
    let secrets = secrets(text);
    for quote in [text, query].into_iter().chain(query.split(['&', '=']).take(16)) {
        for message in [quote.to_owned(), format!("{around}{quote}{around}"), format!("{quote}{quote}")] {
            without(&secrets, &url.redact(&message));
        }
    }
    let _ = url.requested();
}

const AWS_DOMAINS: [&str; 8] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
    ".api.aws",
];

/// What of a URL must stand in no text: the whole, its query, and every value that is long enough to be no common word.
fn secrets(url: &str) -> Vec<String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
    [query]
        .into_iter()
        .chain(values.filter(|value| value.len() >= 8 && !value.eq_ignore_ascii_case("AWS4-HMAC-SHA256")))
        // What stands instead of a secret can hold, or complete, a very odd one.
        .filter(|secret| !secret.is_empty() && !INSTEAD.contains(secret) && !secret.contains(['[', ']']))
        .map(str::to_owned)
        .collect()
}

fn without(secrets: &[String], text: &str) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{secret} in {text}");
    }
}
