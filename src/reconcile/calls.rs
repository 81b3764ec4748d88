//! The calls of a session, and what is known after each.
//!
//! Each call that changes something passes [`Lease::fence`](crate::registry::Lease::fence) first, and whatever becomes of it
//! is noted in [`Progress`](crate::policy::outcome::Progress).

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::{
    policy::{
        Cause, Owner, WaitingFor,
        outcome::{Attempt, End, Seen, Unresolved},
        ownership::{self, Verdict},
        plan::Found,
        wait::WaitReason,
    },
    registry::{Superseded, WriteError},
    sync::{CallError, ErrorKind, Listed, Operation},
};

use super::session::Session;

/// A call that changes something is given up after so long.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

impl Session<'_> {
    pub(super) async fn delete(&mut self) -> Result<Option<End>, Superseded> {
        let (ssm, key) = (self.ssm.clone(), self.task.key.clone());
        self.change(Operation::Delete, async move { ssm.delete(&key.name, key.sync_type).await }).await
    }

    /// Sends a call that changes something, if the record is still as this event left it.
    pub(super) async fn change(
        &mut self,
        operation: Operation,
        call: impl Future<Output = Result<(), CallError>>,
    ) -> Result<Option<End>, Superseded> {
        let Some(opening) = &self.opening else {
            return Ok(Some(End::Failed(Cause::Unannounced)));
        };
        match opening.lease.fence(self.deadline).await {
            Ok(()) => {}
            Err(WriteError::Superseded(superseded)) => return Err(superseded),
            Err(WriteError::Contested) => return Err(Superseded::BySameEvent),
            Err(WriteError::Table(error)) if Instant::now() < self.deadline => {
                return Ok(Some(End::Failed(Cause::Table(error))));
            }
            Err(WriteError::Table(_)) => {}
        }
        if Instant::now() >= self.deadline {
            return Ok(Some(self.out_of_time(WaitingFor::Answer(operation))));
        }
        self.waits.remove(&WaitReason::CallUnderWay);
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
            self.progress.seen = None;
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
        Ok(None)
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
        self.may_have_created |= operation == Operation::Create && attempt.may_have_been_done();
    }

    /// The one place where SSM's words come in.
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
            return Some(self.out_of_time(WaitingFor::Answer(Operation::List)));
        };
        match result {
            Ok(listed) => {
                self.error = None;
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

    /// From what List shows to what it means.
    fn see(&mut self, listed: Option<Listed>) {
        match listed {
            Some(listed) => {
                self.found = self.meaning(listed);
                self.note_seen();
            }
            None => self.see_nothing(),
        }
    }

    /// What a sync that is listed under the task's key is to this resource.
    fn meaning(&self, listed: Listed) -> Found {
        let is_deleted = self.progress.deleting.is_some_and(|deleting| {
            deleting.attempt.may_have_been_done() && listed.created.is_some() && listed.created == deleting.created
        });
        if is_deleted {
            return Found::Deleted(listed);
        }
        // Before a Create of this event may have taken effect, only what the record said before speaks of what is listed.
        let opened = self.opening.as_ref().and_then(|opening| opening.entry.as_ref());
        let entry = if self.may_have_created { opened } else { self.task.entry.as_ref() };
        let is_another = self.progress.created_time.is_some() && self.progress.created_time != listed.created;
        match ownership::judge(self.task.stance, entry, &listed) {
            // What this event created was replaced by another client.
            Verdict::Ours(_) | Verdict::AskOwners(_) if is_another => Found::NotOurs(listed, Owner::Nobody),
            Verdict::Ours(known) => Found::Ours(listed, known),
            Verdict::AskOwners(known) if self.progress.created == Attempt::Accepted => Found::Ours(listed, known),
            Verdict::AskOwners(known) => match self.scope.owner_known(&self.task.key, listed.created) {
                Some(None) => Found::Ours(listed, known),
                Some(Some(owner)) => Found::NotOurs(listed, owner),
                None => Found::AskOwners(listed),
            },
            Verdict::NotOurs => {
                let was_ours = entry.is_some_and(|entry| !entry.foreign && entry.sync_created_time.is_some());
                let owner = if was_ours { Owner::MadeAgain } else { Owner::Nobody };
                Found::NotOurs(listed, owner)
            }
        }
    }

    /// Notes what of ours is there, and which call that shows to have been carried out.
    fn note_seen(&mut self) {
        let (listed, known) = match &self.found {
            Found::Ours(listed, known) => (listed, known),
            Found::Deleted(_) => return,
            _ => {
                self.progress.seen = Some(None);
                return;
            }
        };
        let agrees = self.task.goal.config().is_some_and(|wanted| wanted.differences(&listed.config).is_empty());
        if self.progress.unresolved.is_some_and(|call| !call.is_followed) {
            if self.progress.created == Attempt::Unknown {
                self.progress.unresolved = None;
            }
            if self.progress.updated == Attempt::Unknown && self.is_update_visible && agrees {
                self.progress.unresolved = None;
                self.progress.updated = Attempt::Accepted;
            }
        }
        let is_accepted = self.progress.created == Attempt::Accepted || self.progress.updated == Attempt::Accepted;
        let config = if is_accepted { self.task.goal.config() } else { known.config() };
        let seen = Seen { created: listed.created, config: config.cloned() };
        if self.progress.created.may_have_been_done() {
            self.progress.is_created_seen = true;
            self.progress.created_time = seen.created;
        }
        self.progress.seen = Some(Some(seen));
    }

    fn see_nothing(&mut self) {
        let resolves = self.progress.unresolved.is_some_and(|call| !call.is_followed);
        if self.is_undoing && self.progress.deleted.may_have_been_done() {
            self.is_undoing = false;
            self.progress.is_earlier_create_open &= self.progress.is_call_under_way(self.scope.clock.now());
            self.progress.created = Attempt::None;
            self.progress.updated = Attempt::None;
            self.progress.is_created_seen = false;
            self.progress.created_time = None;
        }
        // A List that has never shown the sync says nothing about its delete.
        let was_listed = self.progress.deleting.is_some_and(|deleting| deleting.created.is_some());
        if resolves && was_listed && self.progress.deleted == Attempt::Unknown {
            self.progress.unresolved = None;
            self.progress.deleted = Attempt::Accepted;
        }
        self.progress.seen = Some(None);
        self.found = Found::Absent;
    }

    pub(super) async fn ask_owners(&mut self) -> Option<End> {
        let Found::AskOwners(listed) = &self.found else { return None };
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
        Found::NotLookedYet => "not looked at".to_owned(),
        Found::Absent => "not listed".to_owned(),
        Found::Deleted(_) => "still listed after its delete".to_owned(),
        Found::Ours(listed, _) => {
            let status = listed.last_status.as_deref().or(listed.source_state.as_deref());
            format!("exists, {}", status.unwrap_or("no status"))
        }
        Found::AskOwners(_) => "exists; whose it is, the other records say".to_owned(),
        Found::NotOurs(..) => "another owner's sync exists".to_owned(),
    }
}
