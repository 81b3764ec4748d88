//! The calls of a session, and what each tells about the sync.
//!
//! Must never make a call that changes something without [`Lease::fence`](crate::registry::Lease::fence), nor lose its
//! outcome, which is noted in [`Progress`](crate::policy::progress::Progress). Next: `seen`.

use std::{ops::ControlFlow, time::Duration};

use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::{
    policy::{
        Cause, WaitingFor,
        found::Found,
        outcome::End,
        progress::{Attempt, Seen, Unresolved},
        wait::{CALL_TIMEOUT, WaitReason},
    },
    registry::Superseded,
    sync::{CallError, ErrorKind, Operation},
};

use super::session::Session;

/// A sync that was listed longer ago is listed again before it is changed: by now, its name may be another client's.
const LISTED_FOR: Duration = Duration::from_millis(500);
/// The same, once the record has been read as well. Longer, or a slow table would never let a change through.
const LISTED_FOR_MAX: Duration = Duration::from_secs(2);

impl Session<'_> {
    /// May a call that changes something be made now? `Break`: not now, and how the task ends, if it does.
    pub(super) async fn may_change(&mut self, operation: Operation) -> Result<ControlFlow<Option<End>>, Superseded> {
        let Some(opening) = &self.opening else {
            return Ok(ControlFlow::Break(Some(End::Failed(Cause::Unannounced))));
        };
        let is_by_name = operation != Operation::Create;
        if is_by_name && self.listed_at.elapsed() > LISTED_FOR {
            return Ok(ControlFlow::Break(self.list().await));
        }
        match opening.lease.fence(self.deadline).await {
            Ok(fenced) => fenced?,
            Err(error) if Instant::now() < self.deadline => {
                return Ok(ControlFlow::Break(Some(End::Failed(Cause::Table(error)))));
            }
            Err(_) => {}
        }
        if Instant::now() >= self.deadline {
            return Ok(ControlFlow::Break(Some(self.out_of_time(WaitingFor::Response(operation)))));
        }
        if is_by_name && self.listed_at.elapsed() > LISTED_FOR_MAX {
            return Ok(ControlFlow::Break(self.list().await));
        }
        Ok(ControlFlow::Continue(()))
    }

    pub(super) async fn delete(&mut self) -> Option<End> {
        let (ssm, key) = (self.ssm.clone(), self.task.key.clone());
        self.change(Operation::Delete, async move { ssm.delete(&key.name, key.sync_type).await }).await
    }

    /// Makes a call that changes something.
    pub(super) async fn change(
        &mut self,
        operation: Operation,
        call: impl Future<Output = Result<(), CallError>>,
    ) -> Option<End> {
        self.waits.remove(&WaitReason::LateDelete);
        self.at_end = None;
        let sent_at = self.scope.clock.now();
        let limit = self.deadline.min(Instant::now() + CALL_TIMEOUT);
        let result = timeout_at(limit, call)
            .await
            .unwrap_or_else(|_| Err(CallError::Unknown { operation, why: "no response in time".to_owned() }));
        (self.found, self.error) = (Found::NotLookedYet, None);
        let attempt = match &result {
            Ok(()) => Attempt::Accepted,
            Err(error) if error.is_outcome_unknown() => Attempt::Unknown,
            Err(error) if error.is_gone_already() => Attempt::Accepted,
            Err(_) => Attempt::None,
        };
        if attempt.may_have_been_done() {
            self.progress.seen = Seen::NotLookedYet;
        }
        let earlier = self.progress.unresolved;
        if attempt == Attempt::Unknown
            && result.as_ref().err().and_then(CallError::kind) != Some(ErrorKind::UnknownCode)
        {
            self.progress.unresolved = Some(Unresolved { operation, sent_at, is_followed: earlier.is_some() });
        } else if let Some(unresolved) = &mut self.progress.unresolved {
            unresolved.is_followed = true;
        }
        self.note(operation, attempt);
        match result {
            Ok(()) => {
                self.last = None;
                info!(region = %self.task.key.region, step = %operation, outcome = "accepted");
            }
            Err(error) => self.fail(error),
        }
        None
    }

    fn note(&mut self, operation: Operation, attempt: Attempt) {
        if let (Operation::Delete, Some(deleting)) = (operation, &mut self.progress.deleting)
            && attempt.may_have_been_done()
            && deleting.attempt != Attempt::Accepted
        {
            deleting.attempt = attempt;
        }
        let noted = match operation {
            Operation::Create => &mut self.progress.created,
            Operation::Update => &mut self.progress.updated,
            Operation::Delete | Operation::List => &mut self.progress.deleted,
        };
        if attempt.may_have_been_done() && *noted != Attempt::Accepted {
            *noted = attempt;
        }
        self.progress.may_have_created |= operation == Operation::Create && attempt.may_have_been_done();
    }

    /// The one place where error messages of SSM enter, and are redacted.
    fn fail(&mut self, error: CallError) {
        let error = error.map_words(|words| self.scope.redact(words));
        self.progress.is_name_refused |= error.kind() == Some(ErrorKind::NameExists);
        warn!(region = %self.task.key.region, step = %error.operation(), outcome = %error);
        self.last = (!error.is_gone_already())
            .then(|| Cause::Call { error: error.clone(), config: self.task.goal.config().cloned() });
        self.error = Some(error);
    }

    pub(super) async fn list(&mut self) -> Option<End> {
        let Ok(result) = timeout_at(self.deadline, self.ssm.list(self.task.key.sync_type)).await else {
            return Some(self.out_of_time(WaitingFor::Response(Operation::List)));
        };
        match result {
            Ok(listed) => {
                (self.listed_at, self.error) = (Instant::now(), None);
                if matches!(&self.last, Some(Cause::Call { error, .. }) if error.operation() == Operation::List) {
                    self.last = None;
                }
                let listed = listed.into_iter().find(|listed| listed.name == self.task.key.name);
                self.see(listed.map(|listed| listed.map_words(|words| self.scope.redact(words))));
                info!(region = %self.task.key.region, step = %Operation::List, outcome = %outcome(&self.found));
            }
            Err(error) => self.fail(error),
        }
        None
    }

    pub(super) async fn ask_owners(&mut self) -> Option<End> {
        let Found::OursUnlessOwned(listed) = &self.found else { return None };
        let listed = listed.clone();
        match self.scope.ask_owner(&self.task.key, listed.created, self.deadline).await {
            Ok(_) => {
                self.see(Some(listed));
                None
            }
            Err(error) => Some(End::Failed(Cause::Table(error))),
        }
    }
}

fn outcome(found: &Found) -> String {
    match found {
        Found::NotLookedYet => "not listed yet".to_owned(),
        Found::Absent => "not listed".to_owned(),
        Found::Deleted(_) => "still listed after its delete".to_owned(),
        Found::Ours(listed, _) => {
            let status = listed.last_status.as_deref().or(listed.source_state.as_deref());
            format!("exists, {}", status.unwrap_or("no status"))
        }
        Found::OursUnlessOwned(_) => "exists; the other records are asked for its owner".to_owned(),
        Found::NotOurs(..) => "exists, not ours".to_owned(),
    }
}
