//! A record that an event holds: it can be written, and checked before each change.
//!
//! Must never overwrite what another event has written. Next: `error`.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};
use tracing::info;

use crate::policy::{TableError, record::Record};

use super::{Ledger, error::retried};

/// A record that was read or written at most this long ago need not be read before a change.
const KNOWN_FOR: Duration = Duration::from_millis(500);
/// A slower read says nothing about the present: together with the five seconds of a call, it has to fit into
/// the eight that the next event waits.
const READ_LASTS: Duration = Duration::from_secs(2);

/// The record of this event, as it was found and as it was written last.
#[derive(Debug)]
pub struct Lease<'a> {
    ledger: &'a Ledger<'a>,
    pub found: Record,
    is_opened: AtomicBool,
    latest: Mutex<Latest>,
}

/// The record as it was written last, and whether the table still has it.
#[derive(Debug)]
struct Latest {
    record: Record,
    /// When the table was last known to have it.
    at: Instant,
    /// Another version than ours was read.
    superseded: Option<Superseded>,
}

/// The record is no longer as this event left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Superseded {
    ByLaterEvent,
    /// By another delivery of the same event.
    BySameEvent,
}

/// Why a write was not carried out.
#[derive(Debug)]
pub enum WriteError {
    Superseded(Superseded),
    /// Somebody else has written it, and the table cannot be read to see who. The event's redelivery goes
    /// on from what it finds.
    Contested,
    Table(TableError),
}

impl From<TableError> for WriteError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl<'a> Lease<'a> {
    pub(super) fn new(ledger: &'a Ledger<'a>, found: Record, at: Instant) -> Self {
        let record = found.clone();
        Self {
            ledger,
            found,
            is_opened: AtomicBool::new(false),
            latest: Mutex::new(Latest { record, at, superseded: None }),
        }
    }

    /// The record as it was written last.
    pub async fn record(&self) -> Record {
        self.latest.lock().await.record.clone()
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
        let mut latest = self.latest.lock().await;
        loop {
            let sent_at = Instant::now();
            if retried(deadline, || self.ledger.registry.put(&next)).await? {
                info!(step = "Write", outcome = %format!("record version {}", next.version));
                *latest = Latest { record: next, at: sent_at, superseded: None };
                return Ok(());
            }
            // It may be our own write, whose response was lost.
            let stored = self.ledger.read(deadline).await.map_err(|_| WriteError::Contested)?;
            match stored {
                Some(record) if record == next => {
                    *latest = Latest { record: next, at: sent_at, superseded: None };
                    return Ok(());
                }
                // An earlier write of our own, whose response was lost.
                Some(record) if record.attempt == next.attempt => next.version = record.version + 1,
                other => {
                    let superseded = self.superseded_by(other.as_ref());
                    latest.superseded = Some(superseded);
                    return Err(WriteError::Superseded(superseded));
                }
            }
        }
    }

    /// The check before a call that changes something: is the record as this event left it?
    ///
    /// # Errors
    /// When the table can't be used until `deadline`.
    pub async fn fence(&self, deadline: Instant) -> Result<Result<(), Superseded>, TableError> {
        let mut latest = self.latest.lock().await;
        if let Some(superseded) = latest.superseded {
            return Ok(Err(superseded));
        }
        if latest.at.elapsed() <= KNOWN_FOR {
            return Ok(Ok(()));
        }
        let record = loop {
            let sent_at = Instant::now();
            let record = self.ledger.read(deadline).await?;
            if record.as_ref().is_none_or(|record| record.version != latest.record.version) {
                break record;
            }
            latest.at = sent_at;
            if sent_at.elapsed() <= READ_LASTS {
                return Ok(Ok(()));
            }
        };
        let superseded = self.superseded_by(record.as_ref());
        latest.superseded = Some(superseded);
        Ok(Err(superseded))
    }

    fn superseded_by(&self, record: Option<&Record>) -> Superseded {
        let own = &self.ledger.request.request_id;
        match record {
            Some(record) if record.request.request_id == *own => Superseded::BySameEvent,
            _ => Superseded::ByLaterEvent,
        }
    }
}
