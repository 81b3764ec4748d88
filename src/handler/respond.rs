//! Responses that do not come from the work itself: refusals, and the physical ids of failures.
//!
//! Must never give a failed Create a sync's name for an id. Next: [`super::attributes`].

use std::collections::BTreeMap;

use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::{
    cloudformation::{PhysicalId, Response, response},
    delivery::NoResponse,
    messages::{Context, EventFailure},
    policy::{
        TableError,
        record::{Record, RequestType},
    },
    registry::{Superseded, TakeError},
};

use super::serve::{Body, Served, Serving};

impl Serving<'_> {
    pub(super) fn not_taken(&self, error: TakeError) -> Result<Body, NoResponse> {
        let failure = match error {
            TakeError::ServedElsewhere => return Err(NoResponse::ServedElsewhere),
            TakeError::NoTime => {
                let left = self.budget.work.saturating_duration_since(Instant::now());
                EventFailure::NoTimeToWaitOut { left, age: self.age() }
            }
            TakeError::Table(error) => {
                if self.is_delete_of_nothing() {
                    return self.nothing_to_delete(&error);
                }
                EventFailure::Table(error)
            }
        };
        self.refuse(&failure)
    }

    /// A later request of this resource has been served, so this one changes nothing.
    pub(super) fn superseded_before(&self, record: &Record) -> Result<Body, NoResponse> {
        if self.is_a(RequestType::Delete) {
            warn!(step = "Read", outcome = "superseded by a later request of this resource: everything is left");
            return self.logged_body(&self.deleted());
        }
        let by = Some(record.request.request_type.to_string());
        let failure = EventFailure::Superseded { by, has_changed_something: false };
        self.refuse_with(self.failed_id(record), &failure)
    }

    /// Another event wrote the record before this one announced anything: start again, if there is time.
    pub(super) fn again(&self, superseded: Superseded) -> Result<Served, NoResponse> {
        if Instant::now() < self.budget.work {
            return Ok(Served::Again);
        }
        self.superseded_meanwhile(superseded).map(Served::Done)
    }

    pub(super) fn superseded_meanwhile(&self, superseded: Superseded) -> Result<Body, NoResponse> {
        match superseded {
            Superseded::BySameEvent => Err(NoResponse::ServedElsewhere),
            Superseded::ByLaterEvent => {
                let failure = EventFailure::Superseded { by: None, has_changed_something: true };
                self.refuse_with(self.broken_off_id(), &failure)
            }
        }
    }

    /// The response to an event that has panicked or was cut off. The record stays as it was opened.
    pub(super) fn broken_off(&self, failure: &EventFailure) -> Result<Body, NoResponse> {
        self.refuse_with(self.broken_off_id(), failure)
    }

    pub(super) fn refuse(&self, failure: &EventFailure) -> Result<Body, NoResponse> {
        // An earlier delivery of this Create may have been served.
        let id = match failure {
            EventFailure::TooOld { .. } | EventFailure::NoTimeToWaitOut { .. } => self.broken_off_id(),
            _ => self.unchanged_id(),
        };
        self.refuse_with(id, failure)
    }

    /// The Create left nothing, as far as it knew, so a table that can't be used must not block the Delete.
    pub(super) fn is_delete_of_nothing(&self) -> bool {
        self.is_a(RequestType::Delete) && matches!(self.request.physical_id, Some(PhysicalId::NothingCreated { .. }))
    }

    pub(super) fn nothing_to_delete(&self, error: &TableError) -> Result<Body, NoResponse> {
        let why = error.text(&self.context());
        warn!(step = "Delete", outcome = %format!("nothing was created, so nothing is deleted. {why}"));
        self.logged_body(&self.deleted())
    }

    pub(super) fn refuse_with(&self, physical_id: String, failure: &EventFailure) -> Result<Body, NoResponse> {
        let reason = failure.text(&self.context());
        self.logged_body(&Response::Failed { physical_id, reason })
    }

    /// A Delete that succeeded.
    pub(super) fn deleted(&self) -> Response {
        Response::Success { physical_id: self.unchanged_id(), data: BTreeMap::new() }
    }

    pub(super) fn body(&self, response: &Response) -> Result<Body, NoResponse> {
        Ok(response::to_json(response, self.request, &self.pointer)?)
    }

    pub(super) fn logged_body(&self, response: &Response) -> Result<Body, NoResponse> {
        let body = self.body(response)?;
        self.log_response(response);
        Ok(body)
    }

    /// Logs the response, once it is final.
    pub(super) fn log_response(&self, response: &Response) {
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

    /// The physical id of a failed event. For a Create it is not a sync's name.
    pub(super) fn failed_id(&self, record: &Record) -> String {
        if record.may_have_left(&self.request.request_id) { self.broken_off_id() } else { self.unchanged_id() }
    }

    /// The physical id of an event that was broken off: a Create may have left something.
    pub(super) fn broken_off_id(&self) -> String {
        if self.is_a(RequestType::Create) {
            PhysicalId::CreateFailed { request_id: self.request.request_id.clone() }.to_string()
        } else {
            self.unchanged_id()
        }
    }

    /// The physical id that came; for a Create, or if none came, one that says that nothing was created.
    pub(super) fn unchanged_id(&self) -> String {
        if self.is_a(RequestType::Create) {
            PhysicalId::NothingCreated { request_id: self.request.request_id.clone() }.to_string()
        } else {
            self.request.unchanged_id()
        }
    }

    fn is_a(&self, request_type: RequestType) -> bool {
        self.request.kind == Ok(request_type)
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            stack_id: self.request.stack_id.as_str(),
            logical_id: &self.request.logical_id,
            resource: &self.resource,
            is_delete: self.is_a(RequestType::Delete),
            ..self.function.context(&self.own)
        }
    }
}
