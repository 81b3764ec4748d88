//! The table of records: reads one, writes one on a condition, and scans for the others'. The only owner of DynamoDB's SDK.
//!
//! Must never write unconditionally, nor decide what a record says: that is [`crate::policy::record`]'s.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    config::{StalledStreamProtectionConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::put_item::PutItemError,
    types::AttributeValue,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout_at},
};
use tracing::{info, warn};

use crate::{
    clock::Clock,
    http,
    policy::{
        TableError,
        record::{FORMAT, Record, RequestKey, State},
        wait::{Backoff, WaitReason},
    },
};

type Item = std::collections::HashMap<String, AttributeValue>;

const KEY: &str = "Resource";
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// What was known at most this long ago needs no read before the next change.
const KNOWN_FOR: Duration = Duration::from_millis(500);
/// A read that took longer says nothing about now: with the five seconds of a call it has to end within [`WAIT_OUT`].
const READ_LASTS: Duration = Duration::from_secs(2);
/// What an unfinished event has sent has taken effect by then.
pub const WAIT_OUT: Duration = Duration::from_secs(8);
/// No invocation lives longer.
const WORKER_LIVES_S: i64 = 16 * 60;

/// The table of one function.
#[derive(Debug)]
pub struct Registry {
    client: Client,
    table: Option<String>,
}

/// One event's dealings with the table.
#[derive(Debug)]
pub struct Ledger<'a> {
    pub registry: &'a Registry,
    pub resource: String,
    pub request: RequestKey,
    /// Random, anew each time that an event is served.
    pub attempt: String,
    pub clock: Clock,
}

/// What an event finds.
#[derive(Debug)]
pub enum Taken<'a> {
    /// It has been served before: the same response is sent again.
    Answered(String),
    /// A later request of this resource has been served.
    Superseded(Box<Record>),
    Held(Box<Lease<'a>>),
}

/// Why the record can't be held.
#[derive(Debug)]
pub enum TakeError {
    Table(TableError),
    /// The unfinished event can't be waited out in the time there is.
    NoTime,
    /// The same event is served elsewhere at the same time.
    ServedElsewhere,
}

/// A record that this event holds: as it was found, and as it was written last.
#[derive(Debug)]
pub struct Lease<'a> {
    ledger: &'a Ledger<'a>,
    pub found: Record,
    is_opened: AtomicBool,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    record: Record,
    at: Option<Instant>,
    /// A newer version than ours was met.
    overtaken: Option<Overtaken>,
}

/// The record is not as this event left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overtaken {
    ByLaterEvent,
    /// By another delivery of the same event.
    BySameEvent,
}

/// How a write ended that was not carried out.
#[derive(Debug)]
pub enum WriteError {
    Overtaken(Overtaken),
    Table(TableError),
}

impl From<TableError> for WriteError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl Registry {
    #[must_use]
    pub fn new(sdk: &SdkConfig, table: Option<String>) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(sdk)
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { client: Client::from_conf(config), table }
    }

    fn table(&self) -> Result<&str, TableError> {
        self.table.as_deref().ok_or(TableError::NoTable)
    }

    /// The record of a resource, by a strong read.
    async fn read(&self, resource: &str) -> Result<Option<Record>, TableError> {
        let key = AttributeValue::S(resource.to_owned());
        let request = self.client.get_item().table_name(self.table()?).key(KEY, key).consistent_read(true);
        let output = request.send().await.map_err(|error| table_error("GetItem", &error))?;
        output.item.map(record).transpose()
    }

    /// Writes a record where the table still has the version before it. `false`: it has not.
    async fn put(&self, record: &Record) -> Result<bool, TableError> {
        let item: Item = to_item(record).map_err(|error| TableError::Unreadable { why: error.to_string() })?;
        let request = self.client.put_item().table_name(self.table()?).set_item(Some(item));
        let request = if record.version == 1 {
            request.condition_expression("attribute_not_exists(#r)").expression_attribute_names("#r", KEY)
        } else {
            let before = AttributeValue::N((record.version - 1).to_string());
            request
                .condition_expression("#v = :v")
                .expression_attribute_names("#v", "Version")
                .expression_attribute_values(":v", before)
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(false)
            }
            Err(error) => Err(table_error("PutItem", &error)),
        }
    }

    /// Every record of the table. What is none, or can't be read, is passed over.
    ///
    /// # Errors
    /// When the table can't be used until `deadline`.
    pub async fn all(&self, deadline: Instant) -> Result<Vec<Record>, TableError> {
        let table = self.table()?;
        let mut records = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = retried(deadline, || async {
                let request = self.client.scan().table_name(table).consistent_read(true);
                let request = request.set_exclusive_start_key(start.clone());
                request.send().await.map_err(|error| table_error("Scan", &error))
            })
            .await?;
            for item in page.items.unwrap_or_default() {
                let key = item.get(KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
                match record(item) {
                    Ok(record) => records.push(record),
                    Err(_) => warn!(step = "Scan", outcome = %format!("passed over an item that is no record: {key}")),
                }
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(records);
            }
        }
    }
}

impl Ledger<'_> {
    /// The record of a resource, without holding it.
    ///
    /// # Errors
    /// When the table can't be used until `deadline`.
    pub async fn read(&self, deadline: Instant) -> Result<Option<Record>, TableError> {
        retried(deadline, || self.registry.read(&self.resource)).await
    }

    /// Reads the record, and waits out what an unfinished event may have under way (docs/behavior.md#an-event).
    ///
    /// # Errors
    /// When the record can't be read, taken over or waited out until `deadline`, or another delivery of the same event has
    /// taken it over from this one.
    pub async fn take(&self, deadline: Instant, has_taken_over: &mut bool) -> Result<Taken<'_>, TakeError> {
        loop {
            let read_at = Instant::now();
            let Some(found) = self.read(deadline).await.map_err(TakeError::Table)? else {
                let new = Record::new(self.resource.clone(), self.request.clone(), self.attempt.clone());
                return Ok(self.held(new.clone(), new, read_at));
            };
            let is_same = found.request.request_id == self.request.request_id;
            if let (true, Some(response)) = (is_same, &found.response) {
                return Ok(Taken::Answered(response.clone()));
            }
            if !is_same && found.request.request_time > self.request.request_time {
                return Ok(Taken::Superseded(Box::new(found)));
            }
            if is_same && *has_taken_over && found.attempt != self.attempt {
                return Err(TakeError::ServedElsewhere);
            }
            if found.state == State::Done {
                return Ok(self.held(found.clone(), found, read_at));
            }
            let now = self.clock.now();
            let is_worker_gone = now.unix_timestamp() - found.written > WORKER_LIVES_S;
            let pause = if is_worker_gone { Duration::ZERO } else { WAIT_OUT };
            if deadline.saturating_duration_since(Instant::now()) < pause {
                return Err(TakeError::NoTime);
            }
            let lease = self.lease(found.clone(), found.clone(), read_at);
            match lease.write(found.taken_over(&self.request, &self.attempt, now), deadline).await {
                Ok(()) => {
                    *has_taken_over = true;
                    info!(step = "TakeOver", outcome = %format!("waiting out request {}", found.request.request_id));
                    sleep(pause).await;
                    return Ok(Taken::Held(Box::new(lease)));
                }
                Err(WriteError::Overtaken(_)) => {}
                Err(WriteError::Table(error)) => return Err(TakeError::Table(error)),
            }
        }
    }

    fn held(&self, found: Record, record: Record, at: Instant) -> Taken<'_> {
        Taken::Held(Box::new(self.lease(found, record, at)))
    }

    fn lease(&self, found: Record, record: Record, at: Instant) -> Lease<'_> {
        Lease {
            ledger: self,
            found,
            is_opened: AtomicBool::new(false),
            known: Mutex::new(Known { record, at: Some(at), overtaken: None }),
        }
    }
}

impl Lease<'_> {
    /// The record as it was written last.
    pub async fn record(&self) -> Record {
        self.known.lock().await.record.clone()
    }

    /// The record announces what this event is going to touch.
    pub fn open(&self) {
        self.is_opened.store(true, Ordering::Relaxed);
    }

    #[must_use]
    pub fn is_opened(&self) -> bool {
        self.is_opened.load(Ordering::Relaxed)
    }

    /// Writes the next version.
    ///
    /// # Errors
    /// When the record is not as this event left it, or the table can't be used until `deadline`.
    pub async fn write(&self, mut next: Record, deadline: Instant) -> Result<(), WriteError> {
        let mut known = self.known.lock().await;
        loop {
            let sent_at = Instant::now();
            if retried(deadline, || self.ledger.registry.put(&next)).await? {
                info!(step = "Write", outcome = %format!("record version {}", next.version));
                *known = Known { record: next, at: Some(sent_at), overtaken: None };
                return Ok(());
            }
            // It may be our own write, whose reply was lost.
            let is_there = self.ledger.read(deadline).await?;
            match is_there {
                Some(record) if record == next => {
                    *known = Known { record: next, at: Some(sent_at), overtaken: None };
                    return Ok(());
                }
                Some(record) if record.attempt == next.attempt => next.version = record.version + 1,
                other => {
                    let overtaken = self.overtaken_by(other.as_ref());
                    known.overtaken = Some(overtaken);
                    return Err(WriteError::Overtaken(overtaken));
                }
            }
        }
    }

    /// The check before a call that changes something: is the record as this event left it?
    ///
    /// # Errors
    /// When it is not, or the table can't be used until `deadline`.
    pub async fn fence(&self, deadline: Instant) -> Result<(), WriteError> {
        let mut known = self.known.lock().await;
        if let Some(overtaken) = known.overtaken {
            return Err(WriteError::Overtaken(overtaken));
        }
        if known.at.is_some_and(|at| at.elapsed() <= KNOWN_FOR) {
            return Ok(());
        }
        let record = loop {
            let sent_at = Instant::now();
            let record = self.ledger.read(deadline).await?;
            if record.as_ref().is_none_or(|record| record.version != known.record.version) {
                break record;
            }
            known.at = Some(sent_at);
            if sent_at.elapsed() <= READ_LASTS {
                return Ok(());
            }
        };
        let overtaken = self.overtaken_by(record.as_ref());
        known.overtaken = Some(overtaken);
        Err(WriteError::Overtaken(overtaken))
    }

    fn overtaken_by(&self, record: Option<&Record>) -> Overtaken {
        let own = &self.ledger.request.request_id;
        match record {
            Some(record) if record.request.request_id == *own => Overtaken::BySameEvent,
            _ => Overtaken::ByLaterEvent,
        }
    }
}

fn record(item: Item) -> Result<Record, TableError> {
    let format = item.get("Format").and_then(|format| format.as_n().ok()).and_then(|format| format.parse().ok());
    match format {
        Some(format) if format > FORMAT => Err(TableError::NewerFormat { format }),
        _ => from_item(item).map_err(|error| TableError::Unreadable { why: error.to_string() }),
    }
}

/// Tries again what may pass: throttling, a table out of reach, a role whose policy has not spread yet.
async fn retried<T, F>(deadline: Instant, mut attempt: impl FnMut() -> F) -> Result<T, TableError>
where
    F: Future<Output = Result<T, TableError>>,
{
    let began = Instant::now();
    let mut last = None;
    let mut backoff = Backoff::new(WaitReason::Trouble);
    loop {
        let Ok(result) = timeout_at(deadline, attempt()).await else {
            return Err(last.unwrap_or(TableError::NoTime));
        };
        let error = match result {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let Some(reason) = error.passes() else { return Err(error) };
        if backoff.reason() != reason {
            backoff = Backoff::new(reason);
        }
        warn!(step = "Table", outcome = %format!("{error:?}"));
        match backoff.pause(began.elapsed(), fastrand::f64()) {
            Some(pause) if Instant::now() + pause < deadline => sleep(pause).await,
            _ => return Err(error),
        }
        last = Some(error);
    }
}

/// What an error of DynamoDB, or of the way to it, means.
fn table_error<E: ProvideErrorMetadata + std::error::Error + 'static>(
    action: &'static str,
    error: &SdkError<E>,
) -> TableError {
    let service = match error {
        SdkError::ServiceError(service) => service,
        SdkError::ConstructionFailure(_) => return TableError::NotSent { why: http::why(error) },
        // No credentials: it never came to HTTP.
        SdkError::DispatchFailure(failure) if failure.is_other() => {
            return TableError::NotSent { why: http::why(error) };
        }
        _ => return TableError::Unreachable { why: http::why(error) },
    };
    let code = service.err().code().unwrap_or("no code").to_owned();
    let message = service.err().message().unwrap_or_default().to_owned();
    let says = |words: &str| message.to_lowercase().contains(words);
    match code.as_str() {
        // A table or a role may be named so.
        "AccessDeniedException" if says("kms") && !says("perform: dynamodb:") => TableError::KmsDenied { message },
        "AccessDeniedException" => {
            TableError::Denied { action: format!("dynamodb:{action}"), explicit: says("explicit deny"), message }
        }
        "ResourceNotFoundException" => TableError::Missing,
        "ValidationException" if says("item size") => TableError::TooLarge,
        "ValidationException" if says("key") => TableError::WrongKey { message },
        "ThrottlingException" | "ProvisionedThroughputExceededException" | "RequestLimitExceeded" => {
            TableError::Throttled
        }
        _ if service.raw().status().is_server_error() => {
            TableError::Unreachable { why: format!("{action} returned {code}") }
        }
        _ => TableError::Other { operation: action.to_owned(), code, message },
    }
}
