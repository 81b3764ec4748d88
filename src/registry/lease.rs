//! An event's way with its record: take it, write it, and check before each change that nobody else has.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};
use tracing::info;

use crate::{
    clock::Clock,
    policy::{
        TableError,
        record::{Record, RequestKey, State},
        wait::CALL_LANDS_WITHIN_S,
    },
};

use super::{Registry, error::retried};

/// What was known at most this long ago needs no read before the next change.
const KNOWN_FOR: Duration = Duration::from_millis(500);
/// A read that took longer says nothing about now: with the five seconds of a call it has to end within [`WAIT_OUT`].
const READ_LASTS: Duration = Duration::from_secs(2);
/// What an unfinished event has sent has taken effect by then.
const WAIT_OUT: Duration = Duration::from_secs(CALL_LANDS_WITHIN_S);
/// No invocation lives longer.
const WORKER_LIVES_S: i64 = 16 * 60;

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
    superseded: Option<Superseded>,
}

/// The record is not as this event left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Superseded {
    ByLaterEvent,
    /// By another delivery of the same event.
    BySameEvent,
}

/// How a write ended that was not carried out.
#[derive(Debug)]
pub enum WriteError {
    Superseded(Superseded),
    /// Another has written it, and who can't be read any more: only its redelivery can tell what to respond.
    Contested,
    Table(TableError),
}

impl From<TableError> for WriteError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
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
                return Ok(self.held(new, read_at));
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
                return Ok(self.held(found, read_at));
            }
            let now = self.clock.now();
            let is_worker_gone = now.unix_timestamp() - found.written > WORKER_LIVES_S;
            let pause = if is_worker_gone { Duration::ZERO } else { WAIT_OUT };
            if deadline.saturating_duration_since(Instant::now()) < pause {
                return Err(TakeError::NoTime);
            }
            let lease = self.lease(found.clone(), read_at);
            match lease.write(found.taken_over(&self.request, &self.attempt, now), deadline).await {
                Ok(()) => {
                    *has_taken_over = true;
                    info!(step = "TakeOver", outcome = %format!("waiting out request {}", found.request.request_id));
                    sleep(pause).await;
                    return Ok(Taken::Held(Box::new(lease)));
                }
                Err(WriteError::Superseded(_)) => {}
                Err(WriteError::Contested) => return Err(TakeError::ServedElsewhere),
                Err(WriteError::Table(error)) => return Err(TakeError::Table(error)),
            }
        }
    }

    fn held(&self, found: Record, at: Instant) -> Taken<'_> {
        Taken::Held(Box::new(self.lease(found, at)))
    }

    fn lease(&self, found: Record, at: Instant) -> Lease<'_> {
        let record = found.clone();
        Lease {
            ledger: self,
            found,
            is_opened: AtomicBool::new(false),
            known: Mutex::new(Known { record, at: Some(at), superseded: None }),
        }
    }
}

impl Lease<'_> {
    /// The record as it was written last.
    pub async fn record(&self) -> Record {
        self.known.lock().await.record.clone()
    }

    /// The record announces what this event is going to touch.
    pub fn mark_opened(&self) {
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
                *known = Known { record: next, at: Some(sent_at), superseded: None };
                return Ok(());
            }
            // It may be our own write, whose reply was lost.
            let is_there = self.ledger.read(deadline).await.map_err(|_| WriteError::Contested)?;
            match is_there {
                Some(record) if record == next => {
                    *known = Known { record: next, at: Some(sent_at), superseded: None };
                    return Ok(());
                }
                // An earlier write of our own, whose reply was lost.
                Some(record) if record.attempt == next.attempt => next.version = record.version + 1,
                other => {
                    let superseded = self.superseded_by(other.as_ref());
                    known.superseded = Some(superseded);
                    return Err(WriteError::Superseded(superseded));
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
        if let Some(superseded) = known.superseded {
            return Err(WriteError::Superseded(superseded));
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
        let superseded = self.superseded_by(record.as_ref());
        known.superseded = Some(superseded);
        Err(WriteError::Superseded(superseded))
    }

    fn superseded_by(&self, record: Option<&Record>) -> Superseded {
        let own = &self.ledger.request.request_id;
        match record {
            Some(record) if record.request.request_id == *own => Superseded::BySameEvent,
            _ => Superseded::ByLaterEvent,
        }
    }
}
