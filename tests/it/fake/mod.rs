//! A fake AWS, small enough to hold in one hand: SSM's resource data syncs, one DynamoDB table, the bucket that responses go
//! to, and CloudFormation.
//!
//! The services are pure state machines: [`ssm`], [`table`] and [`bucket`] turn a request and a time into an outcome, and
//! [`cloudformation`] turns templates into events. None of them has a clock, a socket or a task of its own. Faults are laid
//! over all of them in one place, and every call goes into one log. Two adapters carry the whole: [`wire`] puts it behind the
//! SDK's HTTP seam for tests with paused time, [`server`] behind a loopback socket for the real binary, which [`process`]
//! starts under the Runtime API of [`runtime_api`].

pub mod bucket;
pub mod call_log;
pub mod clock;
pub mod cloudformation;
pub mod exchange;
pub mod fault;
pub mod model;
pub mod process;
pub mod runtime_api;
pub mod server;
pub mod ssm;
pub mod sync;
pub mod table;
pub mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use self::bucket::{BODY_BYTES_MAX, Bucket};
use self::call_log::{Call, Change, Outcome, Refusal};
use self::clock::Clock;
use self::exchange::{Reply, Request, Response, header};
use self::fault::{Fault, FaultKind, Faults, Op, Service};
use self::ssm::Ssm;
use self::table::Table;

/// The account that everything happens in.
pub const ACCOUNT: &str = "123456789012";

/// The fake AWS and its time, shared by everything that serves it or looks into it.
#[derive(Clone, Debug)]
pub struct FakeAws {
    services: Arc<Mutex<Services>>,
    pub clock: Clock,
}

impl FakeAws {
    pub fn new(clock: Clock) -> Self {
        Self { services: Arc::default(), clock }
    }

    /// The services as they are now.
    pub fn lock(&self) -> MutexGuard<'_, Services> {
        // A test that panics while it holds the lock must not hide its message behind a poisoned one.
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        services.carry_out_due(self.clock.now_ms());
        services
    }

    /// Serves a request, in the time that it takes. `None`: the connection breaks.
    pub async fn respond(&self, request: &Request) -> Option<Response> {
        let reply = self.lock().handle(self.clock.now_ms(), request);
        self.settle_jitter();
        match reply {
            Reply::Response(response) => Some(response),
            Reply::Slow { response, after_ms } => {
                sleep(Duration::from_millis(after_ms)).await;
                Some(response)
            }
            Reply::Drop => None,
            Reply::Hang => std::future::pending().await,
        }
    }

    /// The pause that comes next is to be the same in every run. The SDK draws from the same source, but only where somebody
    /// wants its log.
    pub fn settle_jitter(&self) {
        let calls = self.lock().calls.len() as u64;
        fastrand::seed(calls << 32 | self.clock.now_ms() & 0xffff_ffff);
    }
}

/// All that the function can reach.
#[derive(Debug, Default)]
pub struct Services {
    pub ssm: Ssm,
    pub table: Table,
    pub bucket: Bucket,
    /// Every call to any of them, in order.
    pub calls: Vec<Call>,
    /// What was sent for them, byte for byte.
    pub requests: Vec<Request>,
    /// Requests that a service's model refuses, and responses that CloudFormation would. Empty after every good test.
    pub violations: Vec<String>,
    faults: Faults,
    /// Calls whose clients hear nothing, until they are carried out.
    due: Vec<(u64, Asked)>,
    replies: u64,
}

/// A request, understood.
#[derive(Clone, Debug)]
struct Asked {
    op: Op,
    region: String,
    body: Value,
    request: Request,
}

pub type Done = Result<(Value, Option<Change>), Refusal>;

impl Services {
    pub fn inject(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// From now on no faults, and List shows what is there. Calls that are under way stay so.
    pub fn clear_faults(&mut self) {
        self.faults = Faults::default();
        self.ssm.lag = ssm::Lag::default();
    }

    /// A request with an `X-Amz-Target` is for the service that it names, in the Region that its signature names; any other
    /// is for the bucket.
    pub fn handle(&mut self, now_ms: u64, request: &Request) -> Reply {
        self.carry_out_due(now_ms);
        self.requests.push(request.clone());
        let scope = header(request, "authorization").and_then(|signed| signed.split("Credential=").nth(1));
        let region = scope.and_then(|scope| scope.split('/').nth(2)).unwrap_or("us-east-1").to_owned();
        let target = header(request, "x-amz-target");
        let Some(op) = target.map_or(Some(Op::Respond), Op::of_target) else {
            self.violations.push(format!("no service here has {target:?}"));
            return Reply::Drop;
        };
        let asked = Asked { op, region, body: exchange::json(request.body()), request: request.clone() };
        let fault = self.faults.hit(op, &asked.region);
        if let Some(violation) = violation(&asked) {
            self.violations.push(format!("{}: {violation}", op.name()));
            let outcome = Outcome::Refused(Refusal::new("ValidationException", violation));
            return self.reply(now_ms, asked, outcome, None);
        }
        if let Some(after_ms) = fault.as_ref().and_then(FaultKind::done_after_ms) {
            self.due.push((now_ms + after_ms, asked.clone()));
        }
        let (done, change) = match &fault {
            Some(fault) if !fault.is_done() => (Outcome::Hung, None),
            _ => outcome(self.carry_out(now_ms, &asked)),
        };
        let told = fault.as_ref().and_then(|fault| fault.outcome(op, &asked.region, &asked.body)).unwrap_or(done);
        match (self.reply(now_ms, asked, told, change), fault) {
            (Reply::Response(response), Some(FaultKind::Slow(after_ms))) => Reply::Slow { response, after_ms },
            (reply, _) => reply,
        }
    }

    fn carry_out(&mut self, now_ms: u64, asked: &Asked) -> Done {
        let Asked { op, region, body, request } = asked;
        match op.service() {
            Service::Ssm => self.ssm.serve(now_ms, region, *op, body),
            Service::DynamoDb => Ok((self.table.serve(region, *op, body)?, None)),
            Service::S3 => {
                self.bucket.put(request)?;
                let bytes = request.body().len();
                if bytes > BODY_BYTES_MAX {
                    self.violations.push(format!("a response of {bytes} bytes: CloudFormation takes {BODY_BYTES_MAX}"));
                }
                Ok((Value::Null, None))
            }
        }
    }

    fn carry_out_due(&mut self, now_ms: u64) {
        self.due.sort_by_key(|(due_ms, _)| *due_ms);
        while self.due.first().is_some_and(|(due_ms, _)| *due_ms <= now_ms) {
            let (at_ms, asked) = self.due.remove(0);
            let (outcome, change) = outcome(self.carry_out(at_ms, &asked));
            let Asked { op, region, body, .. } = asked;
            self.calls.push(Call { at_ms, region, op, body, outcome, change, is_late: true });
        }
    }

    /// Writes the call into the log.
    fn reply(&mut self, at_ms: u64, asked: Asked, outcome: Outcome, change: Option<Change>) -> Reply {
        self.replies += 1;
        let reply = match response(asked.op.service(), &outcome, self.replies) {
            Some(response) => Reply::Response(response),
            None if outcome == Outcome::Dropped => Reply::Drop,
            None => Reply::Hang,
        };
        let Asked { op, region, body, .. } = asked;
        self.calls.push(Call { at_ms, region, op, body, outcome, change, is_late: false });
        reply
    }
}

fn violation(asked: &Asked) -> Option<String> {
    match asked.op.service() {
        Service::Ssm => model::violation(asked.op.name(), &asked.body),
        Service::DynamoDb => table::violation(asked.op, &asked.body),
        Service::S3 => None,
    }
}

fn outcome(done: Done) -> (Outcome, Option<Change>) {
    match done {
        Ok((output, change)) => (Outcome::Done(output), change),
        Err(refusal) => (Outcome::Refused(refusal), None),
    }
}

/// The outcome in the service's own protocol; `None` where the client gets no response.
fn response(service: Service, outcome: &Outcome, serial: u64) -> Option<Response> {
    let (status, body) = match outcome {
        Outcome::Done(_) if service == Service::S3 => (200, String::new()),
        Outcome::Done(output) => (200, output.to_string()),
        Outcome::Refused(refusal) => (refusal.status, error_body(service, refusal)),
        Outcome::Dropped | Outcome::Hung => return None,
    };
    let content_type = match service {
        Service::Ssm => "application/x-amz-json-1.1",
        Service::DynamoDb => "application/x-amz-json-1.0",
        Service::S3 => "application/xml",
    };
    let id = scramble(serial);
    let response = http::Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-amzn-requestid", format!("{:08x}-0000-4000-8000-{:012x}", id >> 32, id >> 16));
    Some(response.body(body.into()).expect("a valid status"))
}

/// Each service spells its errors in its own way, and DynamoDB in two.
fn error_body(service: Service, refusal: &Refusal) -> String {
    let code = refusal.code.as_str();
    let (namespace, message) = match service {
        Service::S3 => {
            return format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code></Error>");
        }
        Service::Ssm if code.starts_with("ResourceDataSync") || code == "InternalServerError" => ("", "Message"),
        Service::Ssm => ("", "message"),
        Service::DynamoDb => match code {
            "AccessDeniedException" | "UnrecognizedClientException" => ("com.amazon.coral.service#", "Message"),
            "ValidationException" | "ThrottlingException" => ("com.amazon.coral.validate#", "message"),
            _ => ("com.amazonaws.dynamodb.v20120810#", "message"),
        },
    };
    let mut body = json!({ "__type": format!("{namespace}{code}") });
    if let Some(words) = &refusal.message {
        body[message] = json!(words);
    }
    for (member, value) in &refusal.members {
        body[member] = value.clone();
    }
    body.to_string()
}

/// Makes consecutive numbers look like identifiers (`SplitMix64`).
pub fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
