//! Two days of hourly reports, on syncs of every kind: docs/dashboard.py draws them.
//!
//! Nobody waits for two days: before each report, SSM's times of the last successes are moved to where they would be.

use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::fake::FakeAws;
use crate::fake::clock::Clock;
use crate::fake::process::{Process, REGION};
use crate::fake::runtime_api::{Ended, RuntimeApi};
use crate::fake::server::{LOOPBACK, Server};
use crate::fake::sync::{Script, Status};
use crate::play::with_url;
use crate::{Failure, binary};

const ELSEWHERE: &str = "eu-west-1";
const HOURS: u64 = 48;
const HOUR_MS: u64 = 3_600_000;

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

/// Prints the function's own lines, and each report's result.
pub async fn report(arguments: &Arguments) -> Result<(), Failure> {
    let bootstrap = binary::bootstrap(arguments)?;
    let aws = FakeAws::new(Clock::Real);
    aws.lock().ssm.first_sync = Script::successful();
    let server = Server::start(&aws, LOOPBACK, 0).await?;
    let api = RuntimeApi::start(LOOPBACK, 0, arguments.deadline).await?;
    let json = [("AWS_LAMBDA_LOG_FORMAT", "JSON")];
    let mut process = Process::start(&bootstrap, &aws, server.address, api, &json).await?;

    for (stack, logical_id, id, properties) in deployments() {
        let request_type = if id.is_some() { "Update" } else { "Create" };
        let event = json!({
            "RequestType": request_type, "RequestId": format!("{logical_id}-{request_type}"), "LogicalResourceId": logical_id,
            "StackId": format!("arn:aws:cloudformation:{REGION}:123456789012:stack/{stack}/7bf853d7-aa9e-5abb-9929-d13ae5d26e1b"),
            "PhysicalResourceId": id, "ResourceProperties": properties,
        });
        process.invoke(&with_url(&event, &aws, &server), arguments.deadline).await?;
    }
    aws.lock().ssm.foreign_create(aws.clock.now_ms(), REGION, &to_bucket("finance", "example-finance"));

    let event = json!({ "RequestType": "Report", "Regions": [REGION, ELSEWHERE] });
    for hour in 0..=HOURS {
        happens(&aws, hour);
        let invoked = process.invoke(&event, arguments.deadline).await?;
        let Ended::Response(report) = invoked.ended else { return Err(format!("{:?}", invoked.ended).into()) };
        invoked.logs.iter().for_each(|line| println!("{line}"));
        println!("{}", String::from_utf8_lossy(&report));
    }
    Ok(())
}

/// Stack, logical id, physical id and properties. The last is a rename whose clean-up never comes, as under
/// `UpdateReplacePolicy: Retain`.
fn deployments() -> [(&'static str, &'static str, Option<&'static str>, Value); 7] {
    let within = |regions: &[&str], mut properties: Value| {
        properties["Regions"] = json!(regions);
        properties
    };
    let source = json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": [REGION, ELSEWHERE] });
    let explorer = json!({ "SyncName": "explorer", "SyncType": "SyncFromSource", "SyncSource": source });
    let logs = "example-inventory";
    [
        ("inventory", "InventorySync", None, within(&[REGION, ELSEWHERE], to_bucket("inventory", logs))),
        ("explorer", "ExplorerSync", None, within(&[ELSEWHERE], explorer)),
        ("security", "ComplianceSync", None, within(&[ELSEWHERE], to_bucket(FAILED, "example-compliance"))),
        ("security", "PatchSync", None, to_bucket(DRIFTED, DRIFTED)),
        ("audit", "ArchiveSync", None, within(&[ELSEWHERE], to_bucket(MISSING, "example-archive"))),
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
        aws.ssm.does(region, name, &status, now_ms - (hour - succeeded) * HOUR_MS);
    }
    if hour == DRIFTS_AT {
        let elsewhere = to_bucket(DRIFTED, "elsewhere")["S3Destination"].take();
        aws.ssm.foreign_update(now_ms, REGION, DRIFTED, elsewhere);
    }
    if hour == MISSING_FROM {
        aws.ssm.foreign_delete(ELSEWHERE, MISSING);
    }
}

fn to_bucket(name: &str, bucket: &str) -> Value {
    json!({ "SyncName": name, "S3Destination": { "BucketName": bucket, "SyncFormat": "JsonSerDe", "Region": REGION } })
}
