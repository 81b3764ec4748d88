//! Two days of hourly reports, on syncs of every kind: docs/dashboard.py draws them.
//!
//! The function itself prints the lines. Time is paused, so the two days take a moment.

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/it/env.rs"]
mod env;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/it/fake/mod.rs"]
mod fake;
#[path = "../tests/it/transcript.rs"]
mod transcript;

use serde_json::{Value, json};

use self::env::{Env, REGION, from_source, to_bucket, with};
use self::fake::FakeAws;
use self::fake::sync::{Script, Status};

const ELSEWHERE: &str = "us-east-1";
const HOURS: u64 = 48;
const HOUR_S: u64 = 3_600;

const FAILED: &str = "compliance";
const FAILS_AT: u64 = 16;
const DRIFTED: &str = "patches";
const DRIFTS_AT: u64 = 30;
const MISSING: &str = "archive";
const MISSING_FROM: u64 = 40;

/// Where and under which name, and every how many hours it succeeds, up to which hour.
const SYNCS: [(&str, &str, u64, u64); 8] = [
    (REGION, "inventory", 6, HOURS),
    (ELSEWHERE, "inventory", 8, HOURS),
    (REGION, "fleet", 12, HOURS),
    (REGION, "fleet-2025", 10, HOURS),
    (REGION, "finance", 20, HOURS),
    (REGION, DRIFTED, 3, HOURS),
    (ELSEWHERE, FAILED, 5, FAILS_AT),
    (ELSEWHERE, MISSING, 9, HOURS),
];

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let env = Env::new();
    env.aws.lock().ssm.first_sync = Script::successful();
    for (stack, logical_id, id, properties) in deployments() {
        let stack_id = env::STACK.replace("stack/inventory", &format!("stack/{stack}"));
        let request_type = if id.is_some() { "Update" } else { "Create" };
        env.send(&env.event_of(&stack_id, logical_id, request_type, id, &properties)).await;
    }
    let finance = with(&json!({ "SyncName": "finance" }), "S3Destination", destination("example-finance"));
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &finance);
    for hour in 0..=HOURS {
        happens(&env.aws, hour);
        env.send(&json!({ "RequestType": "Report", "Regions": [REGION, ELSEWHERE] })).await;
        env.pass(HOUR_S).await;
    }
}

/// Stack, logical id, physical id and properties. The last is a rename whose clean-up never comes, as under
/// `UpdateReplacePolicy: Retain`.
fn deployments() -> [(&'static str, &'static str, Option<&'static str>, Value); 7] {
    let within = |regions: &[&str], properties: &Value| with(properties, "Regions", json!(regions));
    let logs = "example-inventory";
    [
        ("inventory", "InventorySync", None, within(&[REGION, ELSEWHERE], &to_bucket("inventory", logs))),
        ("explorer", "ExplorerSync", None, within(&[ELSEWHERE], &from_source("explorer", &[REGION, ELSEWHERE]))),
        ("security", "ComplianceSync", None, within(&[ELSEWHERE], &to_bucket(FAILED, "example-compliance"))),
        ("security", "PatchSync", None, to_bucket(DRIFTED, DRIFTED)),
        ("audit", "ArchiveSync", None, within(&[ELSEWHERE], &to_bucket(MISSING, "example-archive"))),
        ("fleet", "FleetSync", None, to_bucket("fleet-2025", logs)),
        ("fleet", "FleetSync", Some("fleet-2025"), to_bucket("fleet", logs)),
    ]
}

/// What has happened by this hour.
fn happens(aws: &FakeAws, hour: u64) {
    let now_ms = aws.clock.now_ms();
    let mut aws = aws.lock();
    for (region, name, every, until) in SYNCS {
        let succeeded = hour.min(until) / every * every;
        let status = if hour > until { Status::Failed("The key is disabled.".to_owned()) } else { Status::Successful };
        if let Some(sync) = aws.ssm.sync_mut(region, name) {
            sync.script = Script(vec![status]);
            sync.succeeded_ms = Some(now_ms - (hour - succeeded) * HOUR_S * 1_000);
        }
    }
    if hour == DRIFTS_AT {
        aws.ssm.foreign_update(now_ms, REGION, DRIFTED, destination("elsewhere"));
    }
    if hour == MISSING_FROM {
        aws.ssm.foreign_delete(ELSEWHERE, MISSING);
    }
}

fn destination(bucket: &str) -> Value {
    json!({ "BucketName": bucket, "SyncFormat": "JsonSerDe", "Region": REGION })
}
