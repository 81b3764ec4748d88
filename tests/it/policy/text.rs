//! The policy's data as text, there and back.
//!
//! Regions are `eu` and `us`, syncs `a` and `b`; a configuration is its bucket (`logs/prefix`, with `!` if it is shared), or
//! `source:` and its Regions.

use std::collections::BTreeMap;

use resource_data_sync::{
    clock::{from_millis, millis},
    policy::{
        change::{Change, Desired, Id},
        record::{Entry, EntryState, Making, Record, RequestKey, RequestType, SyncKey},
    },
    sync::{Config, Destination, Listed, Region, Source, SyncType},
};
use time::UtcDateTime;

pub fn at(seconds: i64) -> UtcDateTime {
    from_millis(seconds * 1_000)
}

pub fn config(text: &str) -> Config {
    match text.strip_prefix("source:") {
        Some(regions) => Config::FromSource(Source {
            source_type: "SingleAccountMultiRegions".into(),
            source_regions: regions.split('+').map(str::to_owned).collect(),
            ..Source::default()
        }),
        None => {
            let place = text.trim_end_matches('!');
            Config::ToDestination(Destination {
                bucket_name: place.split('/').next().unwrap_or_default().into(),
                prefix: place.split_once('/').map(|(_, prefix)| prefix.into()),
                sync_format: "JsonSerDe".into(),
                region: "eu-west-1".into(),
                kms_key_arn: None,
                destination_data_sharing_type: text.ends_with('!').then(|| "Organization".into()),
            })
        }
    }
}

pub fn config_text(config: &Config) -> String {
    match config {
        Config::ToDestination(Destination { bucket_name, prefix, destination_data_sharing_type: sharing, .. }) => {
            let prefix = prefix.as_ref().map(|prefix| format!("/{prefix}")).unwrap_or_default();
            format!("{bucket_name}{prefix}{}", if sharing.is_some() { "!" } else { "" })
        }
        Config::FromSource(source) => {
            let regions: Vec<&str> = source.source_regions.iter().map(String::as_str).collect();
            format!("source:{}", regions.join("+"))
        }
    }
}

/// `eu a`, or `eu a source`.
pub fn key(text: &str) -> SyncKey {
    let words: Vec<&str> = text.split(' ').collect();
    let sync_type = if words.len() > 2 { SyncType::FromSource } else { SyncType::ToDestination };
    SyncKey { region: words[0].into(), sync_type, name: words[1].into() }
}

pub fn key_text(SyncKey { region, sync_type, name }: &SyncKey) -> String {
    format!("{region} {name}{}", if *sync_type == SyncType::FromSource { " source" } else { "" })
}

/// What List shows of a sync: its configuration and when it was created.
pub fn listed(configuration: &str, created: Option<i64>) -> Listed {
    Listed {
        name: "a".into(),
        config: config(configuration),
        created: created.map(at),
        last_status: Some("Successful".to_owned()),
        last_status_message: None,
        source_state: None,
        last_successful_sync: None,
    }
}

/// `Settled r1 @100 a`, or `Open r2 @100 a Making:200-1400:b,a Foreign`.
pub fn entry(text: &str) -> Entry {
    let mut words = text.split(' ');
    let state = if words.next() == Some("Settled") { EntryState::Settled } else { EntryState::Open };
    let request_id = words.next().unwrap_or("r1").to_owned();
    let mut entry =
        Entry { state, request_id, sync_created_time: None, configuration: None, making: None, foreign: false };
    let seconds = |text: &str| at(text.parse().expect("seconds"));
    for word in words {
        if word == "Foreign" {
            entry.foreign = true;
        } else if let Some(created) = word.strip_prefix('@') {
            entry.sync_created_time = Some(seconds(created));
        } else if let Some(making) = word.strip_prefix("Making:") {
            let (times, configs) = making.split_once(':').expect("configurations");
            let (since, until) = times.split_once('-').expect("two times");
            let configurations = configs.split(',').map(config).collect();
            entry.making = Some(Making { since: seconds(since), until: seconds(until), configurations });
        } else {
            entry.configuration = Some(config(word));
        }
    }
    entry
}

pub fn entry_text(entry: &Entry) -> String {
    let seconds = |time: UtcDateTime| millis(time) / 1_000;
    let making = |making: &Making| {
        let configs: Vec<String> = making.configurations.iter().map(config_text).collect();
        format!("Making:{}-{}:{}", seconds(making.since), seconds(making.until), configs.join(","))
    };
    let parts = [
        Some(format!("{:?} {}", entry.state, entry.request_id)),
        entry.sync_created_time.map(|created| format!("@{}", seconds(created))),
        entry.configuration.as_ref().map(config_text),
        entry.making.as_ref().map(making),
        entry.foreign.then(|| "Foreign".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub fn request(request_type: RequestType, request_id: &str) -> RequestKey {
    RequestKey { request_id: request_id.into(), request_type, request_time: 1_000 }
}

/// `Name a; Created r1; by r9; eu a: Settled r1; us b: Open r2`. Without `by` another request wrote it last.
pub fn record(text: &str) -> Record {
    let mut record = Record::new("stack|Sync".into(), request(RequestType::Update, "last"), "attempt".into());
    for part in text.split("; ").filter(|part| !part.is_empty()) {
        match (part.split_once(": "), part.split_once(' ')) {
            (Some((place, text)), _) => drop(record.syncs.insert(key(place), entry(text))),
            (None, Some(("Name", name))) => record.name = Some(name.into()),
            (None, Some(("Created", request_id))) => record.last_create = Some(request_id.into()),
            (None, Some(("by", request_id))) => record.request.request_id = request_id.into(),
            _ => panic!("{part}"),
        }
    }
    record
}

/// `Create a in eu us`, `Update a to b source in eu adopt retain us`, `Delete failed:r1 of a in eu retain us`.
pub fn change(text: &str) -> Change {
    const KEYWORDS: [&str; 8] = ["Create", "Update", "Delete", "to", "of", "in", "retain", "adopt"];
    let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut part = "";
    for word in text.split(' ') {
        if KEYWORDS.contains(&word) {
            part = word;
            parts.insert(part, Vec::new());
        } else {
            parts.get_mut(part).expect("a keyword comes first").push(word);
        }
    }
    let first = |part: &str| parts.get(part).and_then(|words| words.first()).copied();
    let regions = |part: &str| parts.get(part).into_iter().flatten().map(|region| Region::from(*region)).collect();
    let is_source = parts.values().any(|words| words.contains(&"source"));
    let desired = |name: &str| Desired {
        name: name.into(),
        config: config(if is_source { "source:eu" } else { "b" }),
        regions: regions("in"),
        adopt: parts.contains_key("adopt"),
        retain: regions("retain"),
        wait_for_first_sync: false,
    };
    if let Some(name) = first("Create") {
        return Change::Create { desired: desired(name) };
    }
    match (first("Update"), first("Delete")) {
        (Some(of), _) => Change::Update { id: id(of), desired: desired(first("to").unwrap_or(of)) },
        (_, Some(of)) => Change::Delete {
            id: id(of),
            name: first("of").map(Into::into),
            regions: regions("in"),
            retain: regions("retain"),
        },
        _ => panic!("{text}"),
    }
}

fn id(text: &str) -> Id {
    match (text, text.strip_prefix("failed:")) {
        (_, Some(request_id)) => Id::Failed { request_id: request_id.to_owned() },
        ("invented", _) => Id::Invented,
        (name, _) if name.contains('-') => Id::PerhapsInvented(name.into()),
        (name, _) => Id::Name(name.into()),
    }
}
