//! The way of an event through the record: read, wait out, judge, open, work, close (docs/behavior.md#an-event).

use std::{collections::BTreeMap, time::Duration};

use time::UtcDateTime;
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::{
    clock::Clock,
    cloudformation::{Addressee, Kind, PhysicalId, Request, Response, response},
    delivery::NotReported,
    messages::{self, EventFailure, Place},
    policy::{
        TableError,
        outcome::{End, TaskOutcome},
        record::{Closing, Record, RequestKey, RequestType},
        tasks::{self, Change, Id},
    },
    properties::{self, Parsed},
    reconcile::{self, Scope},
    registry::{Lease, Ledger, Overtaken, TakeError, Taken, WAIT_OUT, WriteError},
};

use crate::sync::Operation;

use super::{
    Budget, CUT_OFF_AFTER, Function, Own, attributes,
    change::{self, Refusal},
};

/// CloudFormation's greatest `ServiceTimeout`.
const SERVICE_TIMEOUT_MAX: Duration = Duration::from_secs(3_600);

/// The bytes of a response, the same for every delivery of its event.
type Body = String;

/// One event that is served.
#[derive(Debug)]
pub(super) struct Serving<'a> {
    function: &'a Function,
    request: &'a Request,
    own: Own,
    clock: Clock,
    received: UtcDateTime,
    timeout: Duration,
    pub(super) budget: Budget,
    pub(super) pointer: String,
}

/// Where the way begins anew: another event has written the record.
enum Way {
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
        let timeout = properties::parse(&request.properties).service_timeout();
        let requested = request.requested().signed_at.unwrap_or(received);
        let expires = clock.instant(requested.saturating_add(timeout.try_into().unwrap_or(time::Duration::MAX)));
        let stack = &request.stack_id;
        let own = own.unwrap_or_else(|| Own {
            partition: stack.partition().unwrap_or("aws").to_owned(),
            account: stack.account().unwrap_or_default().to_owned(),
        });
        Self { function, request, own, clock, received, timeout, budget: Budget::new(expires, deadline), pointer }
    }

    pub(super) fn addressee(&self) -> Addressee<'a> {
        Addressee {
            stack_id: self.request.stack_id.as_str(),
            request_id: &self.request.request_id,
            logical_id: &self.request.logical_id,
        }
    }

    /// When work that does not end by itself is cut off.
    pub(super) fn cut_off(&self) -> Instant {
        self.budget.closing + CUT_OFF_AFTER
    }

    pub(super) async fn serve(&self) -> Result<Body, NotReported> {
        info!(step = "Receive", outcome = %self.request.kind_text);
        let kind = match &self.request.kind {
            Ok(kind) => *kind,
            Err(fault) => return self.refuse(None, &EventFailure::Fault(fault.clone())),
        };
        let parsed = properties::parse(&self.request.properties);
        match self.change(kind, parsed) {
            Ok(change) => self.serve_change(kind, &change).await,
            Err(Refusal::Properties(faults)) => {
                let reason = messages::invalid_properties(&faults, &self.place());
                self.told(&self.failed(self.unchanged_id(), reason))
            }
            Err(Refusal::Event(failure)) => self.refuse(Some(kind), &failure),
        }
    }

    /// What is asked for, or why it is refused without a look at the record.
    fn change(&self, kind: Kind, parsed: Parsed) -> Result<Change, Refusal> {
        if let Some(signed_at) = self.request.requested().signed_at {
            let age = Duration::try_from(self.received - signed_at).unwrap_or_default();
            if age > self.timeout {
                return Err(EventFailure::TooOld { age, service_timeout: self.timeout }.into());
            }
        }
        if let (Kind::Create | Kind::Update, Some(failure)) =
            (kind, change::other_account(&self.request.stack_id, &self.own))
        {
            return Err(failure.into());
        }
        change::change(kind, self.request, parsed, &self.function.settings)
    }

    async fn serve_change(&self, kind: Kind, change: &Change) -> Result<Body, NotReported> {
        let requested = self.request.requested();
        let requested = requested.signed_at.or(requested.expires_less_two_hours).unwrap_or(self.received);
        let ledger = Ledger {
            registry: &self.function.registry,
            resource: change::resource(&self.request.stack_id, &self.request.logical_id, change),
            request: RequestKey {
                request_id: self.request.request_id.clone(),
                request_type: match kind {
                    Kind::Create => RequestType::Create,
                    Kind::Update => RequestType::Update,
                    Kind::Delete => RequestType::Delete,
                },
                request_time: requested.unix_timestamp(),
            },
            attempt: format!("{:016x}", fastrand::u64(..)),
            clock: self.clock,
        };
        let mut has_taken_over = false;
        loop {
            let lease = match ledger.take(self.budget.work, &mut has_taken_over).await {
                Ok(Taken::Held(lease)) => lease,
                Ok(Taken::Answered(body)) => {
                    info!(step = "Replay", outcome = "this event was responded to before");
                    return Ok(body);
                }
                Ok(Taken::Superseded(record)) => return self.superseded(kind, &record),
                Err(error) => return self.not_taken(kind, error),
            };
            // Boxed: each layer of an SDK call makes the future deeper.
            match Box::pin(self.serve_with(kind, change, &lease, &ledger)).await? {
                Way::Done(body) => return Ok(body),
                Way::Again => {
                    info!(step = "Read", outcome = "another event has written the record: from the beginning");
                }
            }
        }
    }

    async fn serve_with(
        &self,
        kind: Kind,
        change: &Change,
        lease: &Lease<'_>,
        ledger: &Ledger<'_>,
    ) -> Result<Way, NotReported> {
        let found = &lease.found;
        let scope = Scope::new(
            (&self.function.ssm, ledger.registry),
            &ledger.resource,
            &ledger.request,
            Some(&self.request.response_url),
            self.clock,
            self.budget.work,
        );
        let forbidden = match change {
            Change::Create { desired } | Change::Update { desired, .. } => {
                change::forbidden_bucket(desired, Some(found), &self.function.settings)
            }
            Change::Delete { .. } => None,
        };
        if let Some(failure) = forbidden {
            return self.close(change, lease, ledger, &[], Some(failure)).await;
        }
        let tasks = tasks::tasks(change, found);
        if matches!(change, Change::Delete { .. }) && tasks.is_empty() {
            let id = self.request.response_url.redact(&self.unchanged_id());
            warn!(step = "Delete", outcome = %format!("nothing is recorded for {id}: a sync of that name, if there is one, is left"));
        }
        let judged = reconcile::judge(&scope, tasks).await;
        if judged.iter().any(reconcile::Judged::is_refused) {
            let outcomes = explained(reconcile::refused(&scope, judged).await, change, found);
            return self.close(change, lease, ledger, &outcomes, None).await;
        }
        let announced: Vec<_> = judged.iter().map(|judged| (judged.task(), judged.announcement())).collect();
        let opened = found.opened(&announced, &ledger.request, self.clock.now());
        if let Some(syncs) = opened.clone() {
            let record = lease.record().await.taken_over(&ledger.request, &ledger.attempt, self.clock.now());
            match lease.write(Record { syncs, ..record }, self.budget.work).await {
                Ok(()) => lease.open(),
                Err(WriteError::Overtaken(_)) => return Ok(Way::Again),
                Err(WriteError::Table(error)) if self.is_delete_of_nothing() => {
                    return self.nothing_to_delete(&error).map(Way::Done);
                }
                Err(WriteError::Table(error)) => {
                    return self
                        .refuse_with(self.failed_id(kind, Some(found)), &EventFailure::Table(error))
                        .map(Way::Done);
                }
            }
        }
        let syncs = opened.unwrap_or_else(|| found.syncs.clone());
        match reconcile::work(&scope, judged, &syncs, lease).await {
            Ok(outcomes) => {
                let outcomes = explained(outcomes, change, found);
                self.close(change, lease, ledger, &outcomes, None).await
            }
            Err(overtaken) => self.overtaken(kind, overtaken).map(Way::Done),
        }
    }

    /// Says what is there now and what is responded, and only then responds.
    async fn close(
        &self,
        change: &Change,
        lease: &Lease<'_>,
        ledger: &Ledger<'_>,
        outcomes: &[TaskOutcome],
        refusal: Option<EventFailure>,
    ) -> Result<Way, NotReported> {
        let failures: Vec<_> = outcomes.iter().filter_map(TaskOutcome::failure).collect();
        let is_success = failures.is_empty() && refusal.is_none();
        let (kind, desired, left) = match change {
            Change::Create { desired } => (Kind::Create, Some(desired), None),
            Change::Update { id: Id::Name(id) | Id::PerhapsInvented(id), desired } => {
                (Kind::Update, Some(desired), (*id != desired.name).then_some(id))
            }
            Change::Update { desired, .. } => (Kind::Update, Some(desired), None),
            Change::Delete { .. } => (Kind::Delete, None, None),
        };
        let written = lease.record().await;
        let base = written.taken_over(&ledger.request, &ledger.attempt, self.clock.now());
        let closing = Closing {
            request: &ledger.request,
            is_success,
            name: desired.filter(|_| is_success).map(|desired| &desired.name),
            left_to_clean_up: left.filter(|_| is_success),
            now: self.clock.now(),
        };
        let mut next = base.closed(&lease.found.syncs, outcomes, &closing);
        let mut place = self.place();
        place.resource = &ledger.resource;
        place.present_name = lease.found.name.as_ref().map(crate::sync::SyncName::as_str);
        let response = match (is_success, desired) {
            (true, Some(desired)) => Response::Success {
                physical_id: desired.name.to_string(),
                data: attributes::attributes(desired, outcomes, &place),
                reason: None,
            },
            (true, None) => Response::Success { physical_id: self.unchanged_id(), data: BTreeMap::new(), reason: None },
            (false, _) => {
                let reason = match refusal {
                    Some(failure) => failure.text(&place),
                    None => messages::reason(&failures, &place),
                };
                self.failed(self.failed_id(kind, Some(&next)), reason)
            }
        };
        let body = self.body(&response)?;
        next.response = Some(body.clone());
        match lease.write(next, self.budget.closing).await {
            Ok(()) => {
                if is_success {
                    self.warn_of(outcomes, &place);
                }
                self.tell(&response);
                Ok(Way::Done(body))
            }
            Err(WriteError::Overtaken(_)) if !lease.is_opened() => Ok(Way::Again),
            Err(WriteError::Overtaken(overtaken)) => self.overtaken(kind, overtaken).map(Way::Done),
            Err(WriteError::Table(error)) if is_success && !self.is_delete_of_nothing() => {
                let id = if kind == Kind::Create { self.create_failed_id() } else { self.unchanged_id() };
                self.refuse_with(id, &EventFailure::Table(error)).map(Way::Done)
            }
            Err(WriteError::Table(error)) => {
                warn!(step = "Close", outcome = %format!("the record stays as it was opened. {}", error.text(&place)));
                self.tell(&response);
                Ok(Way::Done(body))
            }
        }
    }

    /// What a SUCCESS says to nobody goes into the log.
    fn warn_of(&self, outcomes: &[TaskOutcome], place: &Place<'_>) {
        for outcome in outcomes {
            let key = &outcome.task.key;
            match &outcome.end {
                Some(End::Settled(listed)) => {
                    if let Some(sharing) = outcome.unseen_sharing() {
                        info!(region = %key.region, step = "Adopt", outcome = %format!("List does not show DestinationDataSharing: taken as the properties say, {sharing}"));
                    }
                    if let Some(warning) = messages::status_warning(key, listed, place) {
                        warn!(region = %key.region, step = "Status", outcome = %warning);
                    }
                }
                Some(End::Closed) => {
                    warn!(region = %key.region, step = %Operation::List, outcome = "the Region is closed to this account; nothing was changed there");
                }
                Some(End::LeftAlone(listed)) => {
                    let what = listed.config.summary();
                    warn!(region = %key.region, step = "Delete", outcome = %format!("left {} as it is, which this resource does not own ({what})", key.name));
                }
                _ => {}
            }
        }
    }

    fn not_taken(&self, kind: Kind, error: TakeError) -> Result<Body, NotReported> {
        let failure = match error {
            TakeError::ServedElsewhere => return Err(NotReported::ServedElsewhere),
            TakeError::NoTime => {
                let left = self.budget.work.saturating_duration_since(Instant::now());
                let needed = (self.timeout + WAIT_OUT.saturating_sub(left) + WAIT_OUT).min(SERVICE_TIMEOUT_MAX);
                EventFailure::NoTimeToWaitOut { left, service_timeout_needed: needed }
            }
            TakeError::Table(error) => {
                if self.is_delete_of_nothing() {
                    return self.nothing_to_delete(&error);
                }
                EventFailure::Table(error)
            }
        };
        self.refuse(Some(kind), &failure)
    }

    /// A later request of this resource has been served: this one changes nothing.
    fn superseded(&self, kind: Kind, record: &Record) -> Result<Body, NotReported> {
        if kind == Kind::Delete {
            warn!(step = "Read", outcome = "superseded by a later request of this resource: everything is left");
            let data = BTreeMap::new();
            return self.told(&Response::Success { physical_id: self.unchanged_id(), data, reason: None });
        }
        let by = Some(format!("{:?}", record.request.request_type));
        let failure = EventFailure::Superseded { by, has_changed_something: false };
        self.refuse_with(self.failed_id(kind, Some(record)), &failure)
    }

    fn overtaken(&self, kind: Kind, overtaken: Overtaken) -> Result<Body, NotReported> {
        match overtaken {
            Overtaken::BySameEvent => Err(NotReported::ServedElsewhere),
            Overtaken::ByLaterEvent => {
                let failure = EventFailure::Superseded { by: None, has_changed_something: true };
                let id = if kind == Kind::Create { self.create_failed_id() } else { self.unchanged_id() };
                self.refuse_with(id, &failure)
            }
        }
    }

    /// The response to an event that has panicked or was cut off. The record stays as it was opened.
    pub(super) fn broken_off(&self, failure: &EventFailure) -> Result<Body, NotReported> {
        let is_create = self.request.kind == Ok(Kind::Create);
        let id = if is_create { self.create_failed_id() } else { self.unchanged_id() };
        self.refuse_with(id, failure)
    }

    fn refuse(&self, kind: Option<Kind>, failure: &EventFailure) -> Result<Body, NotReported> {
        // An earlier delivery of a Create that is too old may have been served.
        let id = match (kind, failure) {
            (Some(Kind::Create), EventFailure::TooOld { .. } | EventFailure::NoTimeToWaitOut { .. }) => {
                self.create_failed_id()
            }
            _ => self.unchanged_id(),
        };
        self.refuse_with(id, failure)
    }

    /// Nothing was created, as far as that Create knew: a table that can't be used must not keep the stack.
    fn is_delete_of_nothing(&self) -> bool {
        self.request.kind == Ok(Kind::Delete)
            && matches!(self.request.physical_id, Some(PhysicalId::NothingCreated { .. }))
    }

    fn nothing_to_delete(&self, error: &TableError) -> Result<Body, NotReported> {
        let why = error.text(&self.place());
        warn!(step = "Delete", outcome = %format!("nothing was created, so nothing is deleted. {why}"));
        let data = BTreeMap::new();
        self.told(&Response::Success { physical_id: self.unchanged_id(), data, reason: None })
    }

    fn refuse_with(&self, physical_id: String, failure: &EventFailure) -> Result<Body, NotReported> {
        let reason = failure.text(&self.place());
        self.told(&self.failed(physical_id, reason))
    }

    fn failed(&self, physical_id: String, reason: String) -> Response {
        Response::Failed { physical_id, reason }
    }

    fn body(&self, response: &Response) -> Result<Body, NotReported> {
        let url = &self.request.response_url;
        let bytes = response::to_bytes(response, self.addressee(), &self.pointer, url)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|_| unreachable!("JSON is text")))
    }

    fn told(&self, response: &Response) -> Result<Body, NotReported> {
        let body = self.body(response)?;
        self.tell(response);
        Ok(body)
    }

    /// Tells the log what is responded, once that is certain.
    fn tell(&self, response: &Response) {
        let url = &self.request.response_url;
        match response {
            Response::Success { physical_id, .. } => {
                info!(step = "Respond", outcome = "SUCCESS", physicalId = %url.redact(physical_id));
            }
            Response::Failed { physical_id, reason } => {
                let (id, reason) = (url.redact(physical_id), url.redact(reason));
                error!(step = "Respond", outcome = "FAILED", physicalId = %id, reason = %reason);
            }
        }
    }

    /// The id of a failure: of a Create, one that is no sync's name.
    fn failed_id(&self, kind: Kind, record: Option<&Record>) -> String {
        let may_have_left = record.is_some_and(|record| record.may_have_left(&self.request.request_id));
        match kind {
            Kind::Create if may_have_left => self.create_failed_id(),
            Kind::Create | Kind::Update | Kind::Delete => self.unchanged_id(),
        }
    }

    fn create_failed_id(&self) -> String {
        PhysicalId::CreateFailed { request_id: self.request.request_id.clone() }.to_string()
    }

    /// The id that came; for a Create, and where none came, one that says that nothing was created.
    fn unchanged_id(&self) -> String {
        match self.request.kind {
            Ok(Kind::Create) => PhysicalId::NothingCreated { request_id: self.request.request_id.clone() }.to_string(),
            _ => self.request.unchanged_id(),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            stack_id: self.request.stack_id.as_str(),
            logical_id: &self.request.logical_id,
            is_delete: self.request.kind == Ok(Kind::Delete),
            ..self.function.place(&self.own)
        }
    }
}

/// Says what a place was needed for, where there was none.
fn explained(mut outcomes: Vec<TaskOutcome>, change: &Change, found: &Record) -> Vec<TaskOutcome> {
    for outcome in &mut outcomes {
        outcome.needs_place_for(change.place_for(&outcome.task.key, found));
    }
    outcomes
}
