//! The two writes of an event: before the work, what it is going to touch; after it, what exists now, and the response.
//!
//! Must never respond SUCCESS before the closing is written, but to the Delete of nothing. Next: `respond`.

use std::collections::BTreeMap;

use tracing::{info, warn};

use crate::{
    cloudformation::Response,
    delivery::NoResponse,
    messages::{self, Context, EventFailure},
    policy::{
        change::{Change, Id},
        closing::Closing,
        outcome::{End, TaskOutcome},
        record::{Entry, Record, SyncKey},
    },
    registry::{Lease, Ledger, WriteError},
    sync::{Operation, SyncName},
};

use super::{
    attributes,
    serve::{Served, Serving},
};

impl Serving<'_> {
    /// Announces what this event is going to touch. Returns how the event ends if that can't be written.
    pub(super) async fn open(
        &self,
        lease: &Lease<'_>,
        ledger: &Ledger<'_>,
        syncs: BTreeMap<SyncKey, Entry>,
    ) -> Result<Option<Served>, NoResponse> {
        let record = lease.record().await.next_version(&ledger.request, &ledger.attempt, self.clock.now());
        match lease.write(Record { syncs, expires: None, ..record }, self.budget.work).await {
            Ok(()) => {
                lease.mark_opened();
                Ok(None)
            }
            Err(WriteError::Superseded(superseded)) => self.again(superseded).map(Some),
            Err(WriteError::Contested) => Err(NoResponse::ServedElsewhere),
            Err(WriteError::Table(error)) if self.is_delete_of_nothing() => {
                self.nothing_to_delete(&error).map(Served::Done).map(Some)
            }
            Err(WriteError::Table(error)) => {
                let id = self.failed_id(&lease.found);
                self.refuse_with(id, &EventFailure::Table(error)).map(Served::Done).map(Some)
            }
        }
    }

    /// Records what exists now and the response, and only then responds.
    pub(super) async fn close(
        &self,
        change: &Change,
        lease: &Lease<'_>,
        ledger: &Ledger<'_>,
        mut outcomes: Vec<TaskOutcome>,
        refusal: Option<EventFailure>,
    ) -> Result<Served, NoResponse> {
        for outcome in &mut outcomes {
            outcome.set_needed_for(change.place_for(&outcome.task.key, &lease.found));
        }
        let is_success = refusal.is_none() && !outcomes.iter().any(TaskOutcome::is_failed);
        let (desired, left) = match change {
            Change::Update { id: Id::Name(id) | Id::PerhapsInvented(id), desired } => {
                (Some(desired), (*id != desired.name).then_some(id))
            }
            Change::Create { desired } | Change::Update { desired, .. } => (Some(desired), None),
            Change::Delete { .. } => (None, None),
        };
        let closing = Closing {
            request: &ledger.request,
            is_success,
            name: desired.filter(|_| is_success).map(|desired| &desired.name),
            left_to_clean_up: left.filter(|_| is_success),
            now: self.clock.now(),
        };
        let base = lease.record().await.next_version(&ledger.request, &ledger.attempt, closing.now);
        let mut next = base.closed(&lease.found.syncs, &outcomes, &closing);
        let context = Context {
            resource: &ledger.resource,
            present_name: lease.found.name.as_ref().map(SyncName::as_str),
            ..self.context()
        };
        let response = match (is_success, desired) {
            (true, Some(desired)) => Response::Success {
                physical_id: desired.name.to_string(),
                data: attributes::attributes(desired, &outcomes, &context),
            },
            (true, None) => self.deleted(),
            (false, _) => {
                let failures: Vec<_> = outcomes.iter().filter_map(TaskOutcome::failure).collect();
                let reason = match refusal {
                    Some(failure) => failure.text(&context),
                    None => messages::reason(&failures, &context),
                };
                Response::Failed { physical_id: self.failed_id(&next), reason }
            }
        };
        next.response = Some(self.body(&response)?);
        self.finish(lease, next, &response, &outcomes, &context).await
    }

    async fn finish(
        &self,
        lease: &Lease<'_>,
        next: Record,
        response: &Response,
        outcomes: &[TaskOutcome],
        context: &Context<'_>,
    ) -> Result<Served, NoResponse> {
        let is_success = matches!(response, Response::Success { .. });
        let body = next.response.clone().unwrap_or_default();
        match lease.write(next, self.budget.closing).await {
            Ok(()) => {
                if is_success {
                    self.warn_of(outcomes, context);
                }
                self.log_response(response);
                Ok(Served::Done(body))
            }
            Err(WriteError::Contested) => Err(NoResponse::ServedElsewhere),
            Err(WriteError::Superseded(superseded)) if !lease.is_opened() => self.again(superseded),
            Err(WriteError::Superseded(superseded)) => self.superseded_meanwhile(superseded).map(Served::Done),
            Err(WriteError::Table(error)) if is_success && !self.is_delete_of_nothing() => {
                self.refuse_with(self.broken_off_id(), &EventFailure::Table(error)).map(Served::Done)
            }
            Err(WriteError::Table(error)) => {
                warn!(step = "Close", outcome = %format!("the record stays as it was opened. {}", error.text(context)));
                self.log_response(response);
                Ok(Served::Done(body))
            }
        }
    }

    /// CloudFormation shows nobody the `Reason` of a SUCCESS, so warnings go to the log.
    fn warn_of(&self, outcomes: &[TaskOutcome], context: &Context<'_>) {
        for outcome in outcomes {
            let key = &outcome.task.key;
            match &outcome.end {
                Some(End::Settled(listed)) => {
                    if let Some(sharing) = outcome.unseen_sharing() {
                        info!(region = %key.region, step = "Adopt", outcome = %format!("List does not show DestinationDataSharing; assuming {sharing}, as the properties say"));
                    }
                    if let Some(warning) = messages::status_warning(key, listed, context) {
                        warn!(region = %key.region, step = "Status", outcome = %warning);
                    }
                }
                Some(End::RegionClosed) => {
                    warn!(region = %key.region, step = %Operation::List, outcome = "the Region is closed to this account; nothing was changed there");
                }
                Some(End::LeftAlone(listed)) => {
                    let what = listed.config.summary();
                    warn!(region = %key.region, step = "Delete", outcome = %format!("left {} ({what}) as it is: this resource does not own it", key.name));
                }
                _ => {}
            }
        }
    }
}
