//! The function in this process, with the fake AWS behind its HTTP seam and tokio's time paused: hours cost milliseconds.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use resource_data_sync::connector;
use resource_data_sync::delivery::NoResponse;
use resource_data_sync::handler::{Function, Invocation};
use resource_data_sync::settings::Settings;
use serde_json::{Value, json, value::RawValue};
use time::UtcDateTime;

use crate::fake::call_log::Call;
use crate::fake::clock::{BASE_MS, Clock, utc};
use crate::fake::wire::FakeConnector;
use crate::fake::{ACCOUNT, FakeAws};
use crate::transcript::transcript;

pub const REGION: &str = "eu-west-1";
pub const STACK: &str =
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002";
const RESPONSES: &str = "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/response";

thread_local! {
    /// Every test has a thread of its own, and on it a time of its own.
    static CLOCK: Cell<Option<Clock>> = const { Cell::new(None) };
}

fn time_of_day() -> UtcDateTime {
    utc(CLOCK.get().expect("an Env was made on this thread").now_ms())
}

pub struct Env {
    pub aws: FakeAws,
    pub settings: Settings,
    /// The process that serves the events.
    pub function: Arc<Function>,
    /// Lambda's time-out.
    pub timeout: Duration,
    /// How long ago the next request was made; `None`: its URL does not tell.
    pub age_ms: Option<u64>,
    requests: Cell<u64>,
    sent: Cell<u64>,
    printed: Cell<usize>,
}

/// How an invocation ended.
#[derive(Debug)]
pub struct Served {
    /// `None`: the process was killed, by its time-out or before.
    pub ended: Option<Result<Value, NoResponse>>,
    /// The body that CloudFormation got first from this invocation.
    pub bytes: Vec<u8>,
    pub took: Duration,
    pub calls: Vec<Call>,
}

impl Served {
    pub fn response(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub fn status(&self) -> String {
        self.text("Status")
    }

    pub fn id(&self) -> String {
        self.text("PhysicalResourceId")
    }

    pub fn reason(&self) -> String {
        self.text("Reason")
    }

    /// A member of the response; empty where there is none.
    fn text(&self, member: &str) -> String {
        self.response()[member].as_str().unwrap_or_default().to_owned()
    }

    /// The calls that were to change a sync, `C`reate, `U`pdate and `D`elete, in order.
    pub fn changes(&self) -> String {
        let letter = |call: &Call| call.op.name().chars().next().expect("a name");
        self.calls.iter().filter(|call| call.op.changes_syncs() && !call.is_late).map(letter).collect()
    }
}

impl Env {
    pub fn new() -> Self {
        Self::with_settings(|_| {})
    }

    pub fn with_settings(change: impl FnOnce(&mut Settings)) -> Self {
        let aws = FakeAws::new(Clock::fixed());
        CLOCK.set(Some(aws.clock));
        let mut settings = Settings {
            region: Some(REGION.to_owned()),
            table: Some(aws.lock().table.name.clone()),
            log_group: "/aws/lambda/resource-data-sync".to_owned(),
            log_stream: "2026/11/23/[$LATEST]0123456789abcdef".to_owned(),
            ..Settings::default()
        };
        change(&mut settings);
        let function = function(&aws, &settings);
        let (timeout, age_ms) = (Duration::from_secs(900), Some(0));
        Self {
            aws,
            settings,
            function,
            timeout,
            age_ms,
            requests: Cell::new(0),
            sent: Cell::new(0),
            printed: Cell::new(0),
        }
    }

    /// A process beside the first.
    pub fn another_process(&self) -> Arc<Function> {
        function(&self.aws, &self.settings)
    }

    /// Lambda starts another process: nothing is remembered.
    pub fn restart(&mut self) {
        self.function = self.another_process();
    }

    /// Time goes by.
    pub async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// An event for the resource `Sync`.
    pub fn event(&self, request_type: &str, physical_id: Option<&str>, properties: &Value) -> Value {
        self.event_of(STACK, "Sync", request_type, physical_id, properties)
    }

    /// An event, with a URL of its own.
    pub fn event_of(&self, stack: &str, logical_id: &str, kind: &str, id: Option<&str>, properties: &Value) -> Value {
        self.requests.set(self.requests.get() + 1);
        let request_id = format!("00000000-0000-4000-8000-{:012}", self.requests.get());
        let event = json!({
            "RequestType": kind, "StackId": stack, "RequestId": request_id, "LogicalResourceId": logical_id,
            "ResponseURL": self.url(stack, logical_id, &request_id), "ResourceType": "Custom::ResourceDataSync",
            "ResourceProperties": properties,
        });
        with(&event, "PhysicalResourceId", json!(id))
    }

    pub fn url(&self, stack: &str, logical_id: &str, request_id: &str) -> String {
        let requested_ms = self.age_ms.map(|age_ms| self.aws.clock.now_ms().saturating_sub(age_ms));
        self.aws.lock().bucket.issue(RESPONSES, stack, logical_id, request_id, requested_ms)
    }

    pub async fn create(&self, properties: &Value) -> Served {
        self.send(&self.event("Create", None, properties)).await
    }

    pub async fn update(&self, id: &str, properties: &Value) -> Served {
        self.send(&self.event("Update", Some(id), properties)).await
    }

    pub async fn send(&self, event: &Value) -> Served {
        self.send_to(&self.function, event, usize::MAX).await
    }

    /// The process is killed as soon as that many calls were carried out, before it hears of the last.
    pub async fn send_and_kill(&mut self, event: &Value, calls: usize) -> Served {
        let served = self.send_to(&self.function, event, calls).await;
        self.restart();
        served
    }

    /// Delivers an event to a process, and kills it after so many calls.
    pub async fn send_to(&self, function: &Function, event: &Value, calls: usize) -> Served {
        let raw: Box<RawValue> = serde_json::from_str(&event.to_string()).expect("JSON");
        let request_id = event["RequestId"].as_str().unwrap_or_default();
        let calls_before = self.aws.lock().calls.len();
        let responses_before = self.aws.lock().bucket.responses(request_id).len();
        let started = tokio::time::Instant::now();
        // Each attempt has an id of its own, and the same one in every run.
        self.sent.set(self.sent.get() + 1);
        fastrand::seed(self.sent.get());
        let invocation = Invocation {
            deadline: time_of_day() + self.timeout,
            request_id: format!("lambda-{}", self.requests.get()),
            function_arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:resource-data-sync"),
        };
        let killed = async {
            while self.aws.lock().calls.len() - calls_before < calls && started.elapsed() < self.timeout {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let ended = tokio::select! {
            biased;
            ended = function.handle(&raw, &invocation) => Some(ended),
            () = killed => None,
        };
        let aws = self.aws.lock();
        assert_eq!(aws.violations, Vec::<String>::new());
        Served {
            ended,
            bytes: aws.bucket.responses(request_id).get(responses_before).map(|body| body.to_vec()).unwrap_or_default(),
            took: started.elapsed(),
            calls: aws.calls[calls_before..].to_vec(),
        }
    }

    /// The resource's ownership record.
    pub fn record(&self) -> Value {
        self.aws.lock().table.record(&format!("{STACK}|Sync")).unwrap_or_default()
    }

    /// What happened since the last time that this was asked.
    pub fn transcript(&self) -> String {
        let aws = self.aws.lock();
        transcript(&aws.calls[self.printed.replace(aws.calls.len())..], BASE_MS)
    }
}

fn function(aws: &FakeAws, settings: &Settings) -> Arc<Function> {
    let connector = SharedHttpConnector::new(FakeConnector(aws.clone()));
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "env");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(settings.region.clone().map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(connector::client(&connector))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build();
    Arc::new(Function::new(settings.clone(), &sdk, connector, time_of_day))
}

/// A sync to a bucket, as a template has it.
pub fn to_bucket(name: &str, bucket: &str) -> Value {
    json!({ "SyncName": name, "S3Destination": { "BucketName": bucket, "Region": REGION } })
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
    let members = changed.as_object_mut().expect("properties are an object");
    match value {
        Value::Null => members.remove(key),
        value => members.insert(key.to_owned(), value),
    };
    changed
}
