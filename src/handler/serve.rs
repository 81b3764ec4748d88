//! How an event is served: read the record, wait out, judge, open, work, close (docs/behavior.md#an-event).
//!
//! Only the order is decided here. Must never let anything be changed in SSM before the record announces it. Next:
//! `writes`, then `respond`.

use std::time::Duration;

use time::UtcDateTime;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    cloudformation::{Request, Response},
    delivery::NoResponse,
    function::Own,
    intent::{self, Refusal},
    messages::{self, EventFailure},
    policy::{
        TableError,
        change::{Change, Id},
        record::{RequestKey, RequestType},
        tasks,
    },
    properties,
    reconcile::{self, Scope},
    registry::{Lease, Ledger, TakeError, Taken},
};

use super::{Budget, CUT_OFF_AFTER, Function};

/// The bytes of a response, the same for every delivery of its event.
pub(super) type Body = String;

/// One event while it is served.
#[derive(Debug)]
pub(super) struct Serving<'a> {
    pub(super) function: &'a Function,
    pub(super) request: &'a Request,
    /// The key of the record, as far as it is known before the properties are read.
    pub(super) resource: String,
    pub(super) own: Own,
    pub(super) clock: Clock,
    pub(super) received: UtcDateTime,
    pub(super) service_timeout: Duration,
    pub(super) budget: Budget,
    pub(super) pointer: String,
}

/// How one attempt to serve an event ended; `Again`: another event has written the record.
pub(super) enum Served {
    Done(Body),
    Again,
}

impl<'a> Serving<'a> {
    pub(super) fn new(
        function: &'a Function,
        request: &'a Request,
        own: Option<Own>,
        clock: Clock,
        deadline: Instant,
        pointer: String,
    ) -> Self {
        let received = clock.now();
        let service_timeout = properties::service_timeout(&request.properties);
        let requested = request.requested().signed_at.unwrap_or(received);
        let expires =
            clock.instant(requested.saturating_add(service_timeout.try_into().unwrap_or(time::Duration::MAX)));
        let stack = &request.stack_id;
        let own = own.unwrap_or_else(|| Own {
            partition: stack.partition().unwrap_or("aws").to_owned(),
            account: stack.account().unwrap_or_default().to_owned(),
        });
        Self {
            resource: intent::resource_without_name(stack, &request.logical_id),
            function,
            request,
            own,
            clock,
            received,
            service_timeout,
            budget: Budget::new(expires, deadline),
            pointer,
        }
    }

    /// How old the request was when it came, as far as the URL shows it.
    pub(super) fn age(&self) -> Duration {
        let signed_at = self.request.requested().signed_at.unwrap_or(self.received);
        Duration::try_from(self.received - signed_at).unwrap_or_default()
    }

    /// When work that has not ended by itself is cut off.
    pub(super) fn cut_off(&self) -> Instant {
        self.budget.closing + CUT_OFF_AFTER
    }

    pub(super) async fn serve(&self) -> Result<Body, NoResponse> {
        info!(step = "Receive", outcome = %self.request.kind_text);
        let kind = match &self.request.kind {
            Ok(kind) => *kind,
            Err(fault) => return self.refuse(&EventFailure::Fault(fault.clone())),
        };
        match self.change(kind) {
            Ok(change) => self.serve_change(kind, &change).await,
            Err(Refusal::Properties(faults)) => {
                let reason = messages::invalid_properties(&faults, &self.context());
                self.logged_body(&Response::Failed { physical_id: self.unchanged_id(), reason })
            }
            Err(Refusal::Event(failure)) => self.refuse(&failure),
        }
    }

    /// What is asked for, or why it is refused without reading the record.
    fn change(&self, kind: RequestType) -> Result<Change, Refusal> {
        if self.age() > self.service_timeout {
            return Err(EventFailure::TooOld { age: self.age(), service_timeout: self.service_timeout }.into());
        }
        if let (RequestType::Create | RequestType::Update, Some(failure)) =
            (kind, intent::other_account(&self.request.stack_id, &self.own))
        {
            return Err(failure.into());
        }
        intent::change(kind, self.request, properties::parse(&self.request.properties), &self.function.settings)
    }

    async fn serve_change(&self, request_type: RequestType, change: &Change) -> Result<Body, NoResponse> {
        let requested = self.request.requested();
        let requested = requested.signed_at.or(requested.two_hours_before_expiry).unwrap_or(self.received);
        let resource = match self.recorded_as(change).await {
            Ok(resource) => resource,
            Err(error) => return self.not_taken(TakeError::Table(error)),
        };
        let ledger = Ledger {
            registry: &self.function.registry,
            resource,
            request: RequestKey {
                request_id: self.request.request_id.clone(),
                request_type,
                request_time: requested.unix_timestamp(),
            },
            attempt: format!("{:016x}", fastrand::u64(..)),
            clock: self.clock,
        };
        let mut has_taken_over = false;
        loop {
            let lease = match ledger.take(self.budget.work, &mut has_taken_over).await {
                Ok(Taken::Held(lease)) => lease,
                Ok(Taken::Responded(body)) => {
                    info!(step = "Replay", outcome = "this event was responded to before");
                    return Ok(body);
                }
                Ok(Taken::Superseded(record)) => return self.superseded_before(&record),
                Err(error) => return self.not_taken(error),
            };
            // Boxed, since the futures of SDK calls are large.
            match Box::pin(self.serve_with(change, &lease, &ledger)).await? {
                Served::Done(body) => return Ok(body),
                Served::Again => {
                    info!(step = "Read", outcome = "another event has written the record: from the beginning");
                }
            }
        }
    }

    /// The key of the record.
    async fn recorded_as(&self, change: &Change) -> Result<String, TableError> {
        let (stack_id, logical_id) = (&self.request.stack_id, &self.request.logical_id);
        let resource = intent::resource(stack_id, logical_id, change);
        if let Some(other) = intent::resource_by_properties(stack_id, logical_id, change)
            && self.function.registry.is_missing(&resource, self.budget.work).await?
        {
            return Ok(other);
        }
        Ok(resource)
    }

    async fn serve_with(&self, change: &Change, lease: &Lease<'_>, ledger: &Ledger<'_>) -> Result<Served, NoResponse> {
        let found = &lease.found;
        let scope = Scope::new(
            &self.function.ssm,
            ledger.registry,
            &ledger.resource,
            &ledger.request,
            Some(&self.request.response_url),
            self.clock,
            self.budget.work,
        );
        let forbidden = match change {
            Change::Create { desired } | Change::Update { desired, .. } => {
                intent::forbidden_bucket(desired, Some(found), &self.function.settings)
            }
            Change::Delete { .. } => None,
        };
        if let Some(failure) = forbidden {
            return self.close(change, lease, ledger, Vec::new(), Some(failure)).await;
        }
        let tasks = tasks::tasks(change, found);
        let is_name = matches!(change, Change::Delete { id: Id::Name(_) | Id::PerhapsInvented(_), .. });
        if is_name && tasks.is_empty() {
            let id = self.request.response_url.redact(&self.unchanged_id());
            warn!(step = "Delete", outcome = %format!("nothing is recorded for {id}; if a sync of that name exists, it is left as it is"));
        }
        let judged = reconcile::judge(&scope, tasks).await;
        if judged.iter().any(reconcile::Judged::is_refused) {
            let outcomes = reconcile::refused(&scope, judged).await;
            return self.close(change, lease, ledger, outcomes, None).await;
        }
        let announced: Vec<_> = judged.iter().map(|judged| (judged.task(), judged.announcement())).collect();
        let opened = found.opened(&announced, &ledger.request, self.clock.now());
        if let Some(syncs) = &opened
            && let Some(way) = self.open(lease, ledger, syncs.clone()).await?
        {
            return Ok(way);
        }
        let syncs = opened.unwrap_or_else(|| found.syncs.clone());
        match reconcile::work(&scope, judged, &syncs, lease).await {
            Ok(outcomes) => self.close(change, lease, ledger, outcomes, None).await,
            Err(superseded) => self.superseded_meanwhile(superseded).map(Served::Done),
        }
    }
}
