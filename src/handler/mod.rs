//! One invocation, from event to response: read the event, serve it in the time there is, respond exactly once.
//!
//! Only this module sees both ends. [`crate::policy`] decides what an event means, [`crate::reconcile`] carries that
//! out. Must never let an event end without a response, whatever panics or hangs. Next: `serve`, which takes the event
//! through its record.

mod serve;
mod writes;
mod respond;
pub mod attributes;

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use serde_json::{Value, value::RawValue};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, error};

use crate::{
    clock::Clock,
    cloudformation::{Event, Request, response},
    delivery::{self, NoResponse},
    direct,
    function::Own,
    logging,
    messages::EventFailure,
};

pub use crate::function::{Function, Invocation};

use serve::Serving;

/// Time that is kept for the closing and the response.
const RESERVE_MIN: Duration = Duration::from_millis(500);
const RESERVE_MAX: Duration = Duration::from_secs(10);
/// The last attempt to respond ends this long before Lambda ends the process.
const LAST_MOMENT: Duration = Duration::from_millis(100);
/// Work and closing end by themselves. If they have not, they are cut off this long after the closing's deadline.
const CUT_OFF_AFTER: Duration = Duration::from_millis(100);

/// The deadlines of the work, the closing and the response.
#[derive(Clone, Copy, Debug)]
struct Budget {
    work: Instant,
    closing: Instant,
    response: Instant,
}

impl Budget {
    /// `expires`: when CloudFormation stops waiting. A fifth of what is left is kept back, half of it for the closing.
    fn new(expires: Instant, deadline: Instant) -> Self {
        let end = deadline.min(expires);
        let reserve = (end.saturating_duration_since(Instant::now()) / 5).clamp(RESERVE_MIN, RESERVE_MAX);
        let before_end = |by: Duration| end.checked_sub(by).unwrap_or_else(Instant::now);
        Self { work: before_end(reserve), closing: before_end(reserve / 2), response: before_last_moment(deadline) }
    }
}

fn before_last_moment(deadline: Instant) -> Instant {
    deadline.checked_sub(LAST_MOMENT).unwrap_or(deadline)
}

impl Function {
    /// Serves one invocation. Plan and Report return their result, a resource's event returns nothing.
    ///
    /// # Errors
    /// When CloudFormation has no response, so that Lambda delivers the event again.
    pub async fn handle(&self, event: &RawValue, invocation: &Invocation) -> Result<Value, NoResponse> {
        self.serve(event, invocation).instrument(logging::invocation(&invocation.request_id)).await
    }

    async fn serve(&self, event: &RawValue, invocation: &Invocation) -> Result<Value, NoResponse> {
        let clock = Clock::starting_at((self.time_of_day)());
        let deadline = clock.instant(invocation.deadline);
        let read = Event::read(event, &self.settings.extra_hosts);
        let refused =
            |error: &_| logging::of_ids(&Event::ids(event)).in_scope(|| error!(step = "Receive", outcome = %error));
        match read.inspect_err(refused)? {
            Event::Resource(request) => {
                let responding = async {
                    let responded = self.respond(&request, invocation, clock, deadline).await;
                    responded.inspect_err(|error| error!(step = "Respond", outcome = %error))
                };
                responding.instrument(logging::request(&request)).await?;
                Ok(Value::Null)
            }
            Event::Plan(event) => {
                Ok(direct::plan::plan(self, &event, invocation, clock, before_last_moment(deadline)).await)
            }
            Event::Report(event) => {
                Ok(direct::report::report(self, &event, invocation, clock, before_last_moment(deadline)).await)
            }
        }
    }

    async fn respond(
        &self,
        request: &Request,
        invocation: &Invocation,
        clock: Clock,
        deadline: Instant,
    ) -> Result<(), NoResponse> {
        let pointer = response::log_pointer(&self.settings.log_group, &self.settings.log_stream);
        let serving = Serving::new(self, request, Own::of(&invocation.function_arn), clock, deadline, pointer);
        // Nothing is done for an event whose failure could not be reported.
        response::check_room(request, &serving.pointer)?;
        let body = match timeout_at(serving.cut_off(), AssertUnwindSafe(Box::pin(serving.serve())).catch_unwind()).await
        {
            Ok(Ok(served)) => served?,
            Ok(Err(_panic)) => serving.broken_off(&EventFailure::Panicked)?,
            Err(_) => serving.broken_off(&EventFailure::CutOff)?,
        };
        delivery::put(&self.http, &request.response_url, body.as_bytes(), serving.budget.response).await?;
        Ok(())
    }
}
