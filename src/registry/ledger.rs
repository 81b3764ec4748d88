//! How an event gets hold of its record: read it, and wait out what an unfinished event may have under way.
//!
//! Must never hand out a record while a call of its previous worker may take effect. Next: `lease`.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::info;

use crate::{
    clock::Clock,
    policy::{
        TableError,
        record::{Record, RequestKey, State},
        wait::CALL_LANDS_WITHIN_S,
    },
};

use super::{Lease, Registry, WriteError, error::retried};

/// By then, any call that an unfinished event has sent has taken effect.
const WAIT_OUT: Duration = Duration::from_secs(CALL_LANDS_WITHIN_S);
/// No invocation lives longer.
const WORKER_LIVES_S: i64 = 16 * 60;

/// One event's access to the table.
#[derive(Debug)]
pub struct Ledger<'a> {
    pub registry: &'a Registry,
    pub resource: String,
    pub request: RequestKey,
    /// Random for each time that an event is served.
    pub attempt: String,
    pub clock: Clock,
}

/// What an event finds.
#[derive(Debug)]
pub enum Taken<'a> {
    /// The event has been served already: its response is sent again.
    Responded(String),
    /// A later request of this resource has been served.
    Superseded(Box<Record>),
    Held(Box<Lease<'a>>),
}

/// Why the record can't be held.
#[derive(Debug)]
pub enum TakeError {
    Table(TableError),
    /// There is no time left to wait out the unfinished event.
    NoTime,
    /// The same event is served elsewhere at the same time.
    ServedElsewhere,
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
    /// If the record can't be read, taken over or waited out by `deadline`, or another delivery of the same event has
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
                return Ok(Taken::Responded(response.clone()));
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
            let lease = Lease::new(self, found.clone(), read_at);
            match lease.write(found.next_version(&self.request, &self.attempt, now), deadline).await {
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
        Taken::Held(Box::new(Lease::new(self, found, at)))
    }
}
