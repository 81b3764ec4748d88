//! The function in this process, with the world behind its HTTP seam and tokio's time paused: hours cost milliseconds.

use std::{cell::Cell, fmt::Write as _, time::Duration};

use aws_sdk_ssm::config::{Credentials, Region};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use resource_data_sync::{
    handler::{Function, Settings, Untold},
    ssm::Ssm,
    time::Timestamp,
    transport::Http,
};
use serde_json::{Value, json, value::RawValue};

use crate::world::{
    ACCOUNT, Shared, World,
    bucket::Verdict,
    clock::{BASE_MS, Clock},
    cloudformation::{self, Answer, Event, Siblings, Stack, State, Template},
    journal::{Call, Outcome},
    wire::WorldConnector,
};

pub const REGION: &str = "eu-west-1";
pub const STACK: &str =
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002";
const RESPONSES: &str = "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/response";

thread_local! {
    /// Every test has a thread of its own, and on it a time of its own.
    static CLOCK: Cell<Option<Clock>> = const { Cell::new(None) };
}

fn time_of_day() -> Timestamp {
    let now_ms = CLOCK.get().expect("a stage is set up on this thread").now_ms();
    Timestamp::from_epoch_ms(i64::try_from(now_ms).expect("this era"))
}

pub struct Stage {
    pub world: Shared,
    pub function: Function,
    /// Lambda's time-out.
    pub timeout: Duration,
    /// How long ago the next request was made; `None`: its URL does not tell.
    pub age_ms: Option<u64>,
    requests: u64,
    calls_told: usize,
    puts_told: usize,
}

/// How an invocation ended.
#[derive(Debug)]
pub struct Served {
    pub told: Result<(), Untold>,
    /// The body that CloudFormation got first.
    pub answer: Option<Value>,
    pub bytes: Vec<u8>,
    pub took: Duration,
    pub calls: Vec<Call>,
}

impl Served {
    pub fn status(&self) -> &str {
        self.answer.as_ref().and_then(|answer| answer["Status"].as_str()).unwrap_or("none")
    }

    pub fn id(&self) -> &str {
        self.answer.as_ref().and_then(|answer| answer["PhysicalResourceId"].as_str()).unwrap_or_default()
    }

    pub fn reason(&self) -> &str {
        self.answer.as_ref().and_then(|answer| answer["Reason"].as_str()).unwrap_or_default()
    }

    /// The calls that were made, `C`reate, `U`pdate, `D`elete and `L`ist, in order.
    pub fn letters(&self) -> String {
        self.calls.iter().map(|call| call.op.name().chars().next().expect("a name")).collect()
    }

    /// As [`Self::letters`], without the looking.
    pub fn changes(&self) -> String {
        self.letters().replace('L', "")
    }
}

impl Stage {
    pub async fn new() -> Self {
        Self::in_region(Some(REGION)).await
    }

    pub async fn in_region(region: Option<&str>) -> Self {
        let world = Shared::new(World::default(), Clock::fixed());
        CLOCK.set(Some(world.clock));
        // The jitter of pauses comes from here: every run is to be like the last.
        fastrand::seed(1);
        let function = function(&world, region, &in_world(&world), None).await;
        Self {
            world,
            function,
            timeout: Duration::from_secs(900),
            age_ms: Some(0),
            requests: 0,
            calls_told: 0,
            puts_told: 0,
        }
    }

    /// Lambda starts another process: nothing is remembered.
    pub async fn restart(&mut self) {
        self.reach_ssm_by(in_world(&self.world), None).await;
    }

    /// Another process, whose way to SSM leads through `ssm`, and to `endpoint` if there is one.
    pub async fn reach_ssm_by(&mut self, ssm: Http, endpoint: Option<&str>) {
        let region = self.function.settings.region.clone();
        self.function = function(&self.world, region.as_deref(), &ssm, endpoint).await;
    }

    /// A process beside the first.
    pub async fn another_process(&self) -> Function {
        function(&self.world, self.function.settings.region.as_deref(), &in_world(&self.world), None).await
    }

    pub fn now_ms(&self) -> u64 {
        self.world.clock.now_ms()
    }

    /// An event for the resource `Sync`, with a URL of its own.
    pub fn event(
        &mut self,
        request_type: &str,
        physical_id: Option<&str>,
        properties: &Value,
        old: Option<&Value>,
    ) -> Value {
        self.requests += 1;
        let request_id = format!("00000000-0000-4000-8000-{:012}", self.requests);
        let mut event = json!({
            "RequestType": request_type,
            "ResponseURL": self.url(STACK, "Sync", &request_id),
            "StackId": STACK,
            "RequestId": request_id,
            "LogicalResourceId": "Sync",
            "ResourceType": "Custom::ResourceDataSync",
            "ResourceProperties": properties,
        });
        if let Some(id) = physical_id {
            event["PhysicalResourceId"] = json!(id);
        }
        if let Some(old) = old {
            event["OldResourceProperties"] = old.clone();
        }
        event
    }

    pub fn url(&self, stack: &str, logical_id: &str, request_id: &str) -> String {
        let now_ms = self.now_ms();
        let requested_ms = self.age_ms.map(|age_ms| now_ms.saturating_sub(age_ms));
        self.world.lock().bucket.issue(RESPONSES, stack, logical_id, request_id, requested_ms)
    }

    pub async fn send(&mut self, event: &Value) -> Served {
        self.send_text(&event.to_string()).await
    }

    pub async fn send_text(&mut self, event: &str) -> Served {
        let raw: Box<RawValue> = serde_json::from_str(event).expect("the runtime hands on JSON alone");
        let (calls_before, puts_before) = {
            let world = self.world.lock();
            (world.ssm.journal.len(), world.bucket.puts.len())
        };
        let started = tokio::time::Instant::now();
        let deadline_ms = self.now_ms() + u64::try_from(self.timeout.as_millis()).expect("a short time");
        let deadline = Timestamp::from_epoch_ms(i64::try_from(deadline_ms).expect("this era"));
        // Lambda kills what outlives its time-out.
        let told =
            tokio::time::timeout(self.timeout, self.function.handle(&raw, deadline)).await.expect("an end in time");
        let world = self.world.lock();
        let put = world.bucket.puts[puts_before..].iter().find(|put| put.stored);
        let bytes = put.map(|put| put.request.body.clone()).unwrap_or_default();
        Served {
            told,
            answer: serde_json::from_slice(&bytes).ok(),
            bytes,
            took: started.elapsed(),
            calls: world.ssm.journal[calls_before..].to_vec(),
        }
    }

    pub async fn create(&mut self, properties: &Value) -> Served {
        let event = self.event("Create", None, properties, None);
        self.send(&event).await
    }

    pub async fn update(&mut self, id: &str, properties: &Value, old: &Value) -> Served {
        let event = self.event("Update", Some(id), properties, Some(old));
        self.send(&event).await
    }

    pub async fn delete(&mut self, id: &str, properties: &Value) -> Served {
        let event = self.event("Delete", Some(id), properties, None);
        self.send(&event).await
    }

    /// Delivers events of a stack until it is settled.
    pub async fn settle(&mut self, stack: &mut Stack) -> State {
        while let Some(event) = stack.next_event() {
            let answer = self.deliver(&event).await;
            stack.answer(&answer);
        }
        stack.state()
    }

    pub async fn deploy(&mut self, stack: &mut Stack, properties: &Value, siblings: Siblings) -> State {
        stack.deploy(&Template::from([("Sync".to_owned(), properties.clone())]), siblings);
        self.settle(stack).await
    }

    pub async fn deliver(&mut self, event: &Event) -> Answer {
        let url = self.url(&event.stack_id, &event.logical_id, &event.request_id);
        let served = self.send(&event.json(&url)).await;
        if served.bytes.is_empty() {
            return Answer::TimedOut;
        }
        cloudformation::read_answer(&event.stack_id, &event.request_id, &event.logical_id, &served.bytes)
            .expect("an answer that CloudFormation takes")
    }

    /// Time goes by.
    pub async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// The names that stand in a Region.
    pub fn names(&self, region: &str) -> Vec<String> {
        let mut names: Vec<String> = self.world.lock().ssm.syncs(region).iter().map(|sync| sync.name.clone()).collect();
        names.sort();
        names
    }

    pub fn outsider(&self, region: &str, sync: &Value) {
        self.world.lock().ssm.outsider_put(self.world.clock.now_ms(), region, sync);
    }

    /// What was said since the last time, both ways, for a reviewer to read.
    pub fn transcript(&mut self) -> String {
        let world = self.world.lock();
        let mut lines: Vec<(u64, String)> = Vec::new();
        for call in &world.ssm.journal[self.calls_told..] {
            let outcome = match &call.outcome {
                Outcome::Done(body) => told(body),
                Outcome::Refused(refusal) => match &refusal.message {
                    Some(message) => format!("{} {message:?}", refusal.code),
                    None => refusal.code.clone(),
                },
                Outcome::Dropped => "(connection closed)".to_owned(),
                Outcome::Hung => "(silence)".to_owned(),
            };
            let line = format!("{} {} {}\n        -> {outcome}", call.region, call.op.name(), call.body);
            lines.push((call.at_ms, line));
        }
        for put in &world.bucket.puts[self.puts_told..] {
            let verdict = match &put.verdict {
                Verdict::Accepted => "200".to_owned(),
                Verdict::Refused { status, code } => format!("{status} {code}"),
                Verdict::Dropped => "(connection closed)".to_owned(),
                Verdict::Hung => "(silence)".to_owned(),
            };
            let body = String::from_utf8_lossy(&put.request.body);
            lines.push((put.at_ms, format!("PUT {body}\n        -> {verdict}")));
        }
        self.calls_told = world.ssm.journal.len();
        self.puts_told = world.bucket.puts.len();
        lines.sort_by_key(|(at_ms, _)| *at_ms);
        let mut text = String::new();
        for (at_ms, line) in lines {
            let _ = writeln!(text, "{:<7.2} {line}", Duration::from_millis(at_ms - BASE_MS).as_secs_f64());
        }
        text
    }
}

/// What List shows, in a line.
fn told(body: &Value) -> String {
    match body["ResourceDataSyncItems"].as_array() {
        Some(items) => {
            let names: Vec<String> = items
                .iter()
                .map(|item| {
                    let status = item["LastStatus"].as_str().unwrap_or("no status");
                    format!("{} ({status})", item["SyncName"].as_str().unwrap_or_default())
                })
                .collect();
            let more = if body["NextToken"].is_string() { " and more" } else { "" };
            format!("[{}]{more}", names.join(", "))
        }
        None => body.to_string(),
    }
}

fn in_world(world: &Shared) -> Http {
    SharedHttpConnector::new(WorldConnector::new(world.clone())).into()
}

async fn function(world: &Shared, region: Option<&str>, ssm: &Http, endpoint: Option<&str>) -> Function {
    let settings = Settings {
        region: region.map(str::to_owned),
        extra_hosts: Vec::new(),
        log_group: "/aws/lambda/resource-data-sync".to_owned(),
        log_stream: "2026/11/23/[$LATEST]0123456789abcdef".to_owned(),
    };
    let mut sdk = Ssm::settings(ssm.client(), region.map(str::to_owned))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "stage"))
        .region(region.map(|region| Region::new(region.to_owned())));
    if let Some(endpoint) = endpoint {
        sdk = sdk.endpoint_url(endpoint);
    }
    Function::new(settings, Ssm::new(sdk), in_world(world), time_of_day)
}

/// A sync to a bucket, as a template has it.
pub fn to_bucket(name: &str, bucket: &str) -> Value {
    json!({
        "ServiceToken": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:resource-data-sync"),
        "SyncName": name,
        "S3Destination": { "BucketName": bucket, "Region": REGION },
    })
}

/// A sync from a source, as a template has it.
pub fn from_source(name: &str, regions: &[&str]) -> Value {
    json!({
        "SyncName": name,
        "SyncType": "SyncFromSource",
        "SyncSource": { "SourceType": "SingleAccountMultiRegions", "SourceRegions": regions },
    })
}

/// `properties` with one of them changed; `null` takes it out.
pub fn with(properties: &Value, key: &str, value: Value) -> Value {
    let mut changed = properties.clone();
    let map = changed.as_object_mut().expect("properties are an object");
    match value {
        Value::Null => map.remove(key),
        value => map.insert(key.to_owned(), value),
    };
    changed
}
