//! A thousand events through one process of the real binary: what it holds at the end is what it held at the beginning.
//!
//! `LOAD=EVENTS` sends as many, `LOAD_BINARY=PATH` sends them to another binary, and `--nocapture` shows the figures.

#![cfg(target_os = "linux")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    stage::{from_source, to_bucket, with},
    world::{
        Shared, World,
        clock::Clock,
        fault::{Fault, FaultKind, Op},
        process::Function,
        runtime_api::{RuntimeApi, Told},
        server::Servers,
        sync::Script,
    },
};

const EVENTS: usize = 1_000;
/// Until then the process remembers more with every event: its last verdicts, a client a Region, the allocator's pages.
const WARM_UP: usize = 250;
/// A connection may be closing whenever one looks; that many looks meet one without any.
const LOOKS: usize = 100;
/// What an allocator may differ by. A kilobyte an event would be more.
const GROWTH_KIB_MAX: u64 = 512;
/// Connections that wait for their next use: one more where two Regions came at the same moment, until it has been idle
/// for long. One that is lost with every connection that breaks would make ten.
const IDLE_MORE_MAX: usize = 4;
const LIMIT: Duration = Duration::from_secs(10);
const REGION: &str = "us-east-1";
const ELSEWHERE: &str = "eu-west-1";
const STACK: &str = "arn:aws:cloudformation:us-east-1:123456789012:stack/load/0f6b3a10-c8a1-11f0-8e11-0242ac120002";

/// What a process holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    resident_kib: u64,
    descriptors: usize,
}

impl Held {
    fn by(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process lives");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its size");
        let resident_kib = resident.trim().trim_end_matches(" kB").parse().expect("a number");
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).expect("its descriptors").count();
        Self { resident_kib, descriptors }
    }
}

/// The lives of three resources, over and over: type, properties, old properties, and whether it succeeds.
fn lives() -> Vec<(&'static str, Value, Option<Value>, bool)> {
    let first = to_bucket("inventory", "logs");
    let second = with(&to_bucket("inventory", "more-logs"), "Regions", json!([REGION, ELSEWHERE]));
    let (few, many) = (from_source("explorer", &[REGION]), from_source("explorer", &[REGION, ELSEWHERE]));
    let faulty = json!({ "SyncName": "x".repeat(65), "Nonsense": "é".repeat(3_000) });
    vec![
        ("Create", first.clone(), None, true),
        ("Update", first.clone(), Some(first.clone()), true),
        ("Update", second.clone(), Some(first), true),
        ("Create", few.clone(), None, true),
        ("Update", many.clone(), Some(few), true),
        ("Create", to_bucket("explorer", "logs"), None, false),
        ("Create", faulty, None, false),
        ("Delete", many, None, true),
        ("Delete", second, None, true),
    ]
}

#[tokio::test]
async fn a_thousand_events_leave_the_process_as_it_was() {
    let events = env::var("LOAD").map_or(EVENTS, |count| count.parse().expect("LOAD is a number of events"));
    let binary = env::var_os("LOAD_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_bootstrap").into(), PathBuf::from);
    let (warm, end, took) = load(&binary, events).await;
    println!(
        "{events} events in {took:.1?}, {:.1?} each; {} KiB and {} descriptors after {WARM_UP}, {} and {} at the end",
        took / u32::try_from(events).expect("not so many"),
        warm.resident_kib,
        warm.descriptors,
        end.resident_kib,
        end.descriptors,
    );
    assert!(end.resident_kib <= warm.resident_kib + GROWTH_KIB_MAX, "memory grows: {warm:?}, {end:?}");
    assert!(end.descriptors <= warm.descriptors + IDLE_MORE_MAX, "descriptors leak: {warm:?}, {end:?}");
}

/// What was held at the end of the warm-up and at the end, and how long all of it took.
async fn load(binary: &Path, events: usize) -> (Held, Held, Duration) {
    let world = Shared::new(World::default(), Clock::Real);
    // Nothing waits.
    world.lock().ssm.first_sync = Script::successful();
    let servers = Servers::start(&world, 0, 0).await.unwrap();
    let api = RuntimeApi::start(0, REGION, LIMIT).await.unwrap();
    let function = Function::start(binary, &world, &servers, api, &[]).await.unwrap();
    let process = function.id().expect("it lives");

    let lives = lives();
    let mut held = Vec::new();
    let started = Instant::now();
    for number in 0..events {
        let (request_type, properties, old, succeeds) = &lives[number % lives.len()];
        if number % 100 == 50 {
            // A connection that breaks is one more that has to be given back.
            world.lock().ssm.calm();
            world.lock().ssm.inject(Fault::at(Op::List, FaultKind::LoseReplyBefore));
        }
        let event = event(&world, &servers, number, request_type, properties, old.as_ref());
        let told = function.api.invoke(event.to_string().into_bytes(), LIMIT).await;
        assert!(matches!(told, Told::Response(_)), "{told:?}");
        let answer: Value = serde_json::from_slice(world.lock().bucket.answers(&request_id(number))[0]).unwrap();
        assert_eq!(answer["Status"] == "SUCCESS", *succeeds, "{answer}");
        held.push(Held::by(process));
    }
    assert_eq!(function.id(), Some(process), "one process served them all");
    (most_and_fewest(&held[WARM_UP - LOOKS..WARM_UP]), most_and_fewest(&held[events - LOOKS..]), started.elapsed())
}

/// The most memory, and the fewest descriptors.
fn most_and_fewest(held: &[Held]) -> Held {
    Held {
        resident_kib: held.iter().map(|held| held.resident_kib).max().expect("a look"),
        descriptors: held.iter().map(|held| held.descriptors).min().expect("a look"),
    }
}

fn request_id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn event(
    world: &Shared,
    servers: &Servers,
    number: usize,
    request_type: &str,
    properties: &Value,
    old: Option<&Value>,
) -> Value {
    let now_ms = world.clock.now_ms();
    let base = servers.response_base();
    let url = world.lock().bucket.issue(&base, STACK, "Sync", &request_id(number), Some(now_ms));
    let mut event = json!({
        "RequestType": request_type,
        "ResponseURL": url,
        "StackId": STACK,
        "RequestId": request_id(number),
        "LogicalResourceId": "Sync",
        "ResourceType": "Custom::ResourceDataSync",
        "ResourceProperties": properties,
    });
    if request_type != "Create" {
        event["PhysicalResourceId"] = properties["SyncName"].clone();
    }
    if let Some(old) = old {
        event["OldResourceProperties"] = old.clone();
    }
    event
}
