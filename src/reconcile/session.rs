//! The one loop: look, take the step that the policy names, look again, for one task in one Region.
//!
//! Decides nothing. Each call that changes something passes [`Lease::fence`] first, and is told to [`Progress`] whatever
//! becomes of it. Every loop ends: each of its awaits is cut off at the session's end.

use std::{collections::HashMap, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};
use tracing::{debug, info, warn};

use crate::{
    policy::{
        Cause, Owner, WaitingFor,
        outcome::{Attempt, Deleting, End, Progress, Seen, Unresolved},
        ownership::{self, Verdict},
        plan::{self, Call, Found, Step, View},
        record::{Announcement, Entry, RequestType},
        tasks::{Goal, Stance, StatusWanted, Task, Then},
        wait::{Backoff, WaitReason},
    },
    registry::{Lease, Overtaken, WriteError},
    ssm::RegionalSsm,
    sync::{CallError, Config, ErrorKind, Listed, Operation},
};

use super::Scope;

/// A call that changes something is given up after so long.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// The part of the time that work may use once it has deleted what it may have to restore.
const FORWARD_SHARE: f64 = 0.7;

/// The work on one task.
#[derive(Debug)]
pub struct Session<'a> {
    scope: &'a Scope<'a>,
    ssm: RegionalSsm,
    pub task: Task,
    /// What the record announces, and the entry as it was opened; none while judging.
    opening: Option<(Announcement, Option<Entry>, &'a Lease<'a>)>,
    found: Found,
    error: Option<CallError>,
    /// What went wrong last, for when the time ends.
    last: Option<Cause>,
    /// How the task ends if the time does, where that is no failure.
    at_end: Option<End>,
    pub progress: Progress,
    waits: HashMap<WaitReason, (Instant, Backoff)>,
    end: Instant,
    /// A Create of this event may have taken effect, now or before the previous configuration is restored.
    has_attempted: bool,
    /// What this event has created is being deleted again.
    is_undoing: bool,
    /// The previous configuration is made again.
    is_restoring: bool,
}

impl<'a> Session<'a> {
    pub fn new(scope: &'a Scope<'a>, task: Task) -> Self {
        Self {
            scope,
            ssm: scope.ssm.in_region(&task.key.region),
            task,
            opening: None,
            found: Found::NotListed,
            error: None,
            last: None,
            at_end: None,
            progress: Progress::default(),
            waits: HashMap::new(),
            end: scope.end,
            has_attempted: false,
            is_undoing: false,
            is_restoring: false,
        }
    }

    /// Looks until it is clear what is to be done: the first step that is more than a look.
    pub async fn judge(&mut self) -> Step {
        loop {
            let step = self.next();
            let is_look = match &step {
                Step::Call(call) => !call.is_change(),
                Step::Wait { reason, then, .. } => {
                    matches!(reason, WaitReason::Trouble | WaitReason::Permission) && !then.is_change()
                }
                Step::End(_) => false,
            };
            if step == Step::End(End::Closed) {
                return self.closed().await;
            }
            if !is_look {
                return step;
            }
            // Without an opening there is nothing to be overtaken in.
            if let Ok(Some(end)) = self.take(step).await {
                return Step::End(end);
            }
        }
    }

    /// The Region is closed to the account. What this resource let go of is its own again, unless another owns it.
    async fn closed(&self) -> Step {
        let entry = self.task.entry.as_ref().filter(|entry| entry.foreign && self.task.stance == Stance::TakingOver);
        if let Some(entry) = entry {
            let created = entry.sync_created_time;
            if let Err(error) = self.scope.ask_owner(&self.task.key, created, self.end).await {
                return Step::End(End::Failed(Cause::Table(error)));
            }
            if let (Some(Some(_)), Some(cause)) = (self.scope.owner_known(&self.task.key, created), &self.last) {
                return Step::End(End::Failed(cause.clone()));
            }
        }
        Step::End(End::Closed)
    }

    /// Does what the record announces.
    ///
    /// # Errors
    /// When another event has taken the record over: nothing more is changed.
    pub async fn work(
        &mut self,
        announced: Announcement,
        opened: Option<Entry>,
        lease: &'a Lease<'a>,
    ) -> Result<End, Overtaken> {
        self.opening = Some((announced, opened, lease));
        self.run().await
    }

    /// Makes the previous configuration again, in what is left of the time.
    ///
    /// # Errors
    /// As [`Self::work`].
    pub async fn restore(&mut self, previous: Config) -> Result<End, Overtaken> {
        info!(region = %self.task.key.region, step = "Restore", outcome = %previous.summary());
        self.is_restoring = true;
        self.is_undoing = self.progress.created.may_have_been_done();
        self.progress.is_earlier_create_open = self.is_undoing;
        self.progress.created = Attempt::None;
        self.progress.updated = Attempt::None;
        self.progress.is_created_seen = false;
        self.progress.is_name_refused = false;
        self.progress.seen = None;
        self.progress.previous = Some(previous.clone());
        self.task.goal = Goal::Present { config: previous, status: StatusWanted::Listed, then: Then::Keep };
        self.task.stance = Stance::Own;
        if let Some((announced, opened, _)) = &mut self.opening {
            *announced = Announcement::Replace { exists: None, previous: None };
            self.task.entry.clone_from(opened);
        }
        (self.found, self.error, self.last) = (Found::NotListed, None, None);
        self.waits.clear();
        self.end = self.scope.end;
        self.run().await
    }

    async fn run(&mut self) -> Result<End, Overtaken> {
        loop {
            let step = self.next();
            if let Some(end) = self.take(step).await? {
                return Ok(end);
            }
        }
    }

    fn next(&self) -> Step {
        let is_by_this_request = |entry: &Entry| entry.is_open() && entry.request_id == self.scope.request.request_id;
        let step = plan::next(
            &self.task,
            &View {
                found: &self.found,
                error: self.error.as_ref(),
                progress: &self.progress,
                announced: self.opening.as_ref().map(|(announced, ..)| announced),
                is_patient: self.scope.request.request_type != RequestType::Delete,
                is_of_this_request: self.progress.created.may_have_been_done()
                    || self.progress.updated.may_have_been_done()
                    || self.task.entry.as_ref().is_some_and(is_by_this_request),
                is_delete_under_way: self.progress.is_delete_under_way(self.scope.clock.now()),
            },
        );
        debug!(region = %self.task.key.region, step = "Next", outcome = ?step);
        step
    }

    async fn take(&mut self, mut step: Step) -> Result<Option<End>, Overtaken> {
        loop {
            match step {
                Step::End(end) => return Ok(Some(end)),
                Step::Call(call) => return self.call(call).await,
                Step::Wait { reason, then, at_limit } => {
                    self.at_end = match &*at_limit {
                        Step::End(end) if reason.may_be_cut_short() => Some(end.clone()),
                        _ => None,
                    };
                    let (since, backoff) =
                        self.waits.entry(reason).or_insert_with(|| (Instant::now(), Backoff::new(reason)));
                    match backoff.pause(since.elapsed(), fastrand::f64()) {
                        None => step = *at_limit,
                        Some(pause) if Instant::now() + pause < self.end => {
                            sleep(pause).await;
                            return self.call(then).await;
                        }
                        Some(_) => return Ok(Some(self.out_of_time(WaitingFor::Wait(reason)))),
                    }
                }
            }
        }
    }

    async fn call(&mut self, call: Call) -> Result<Option<End>, Overtaken> {
        match call {
            Call::List => Ok(self.list().await),
            Call::AskOwners => Ok(self.ask_owners().await),
            Call::Create(config) => {
                self.progress.has_tried_create = true;
                self.progress.is_name_refused = false;
                let (ssm, name) = (self.ssm.clone(), self.task.key.name.clone());
                self.change(Operation::Create, async move { ssm.create(&name, &config).await }).await
            }
            Call::Update(listed, source) => {
                let ssm = self.ssm.clone();
                self.change(Operation::Update, async move { ssm.update(&listed.name, &source).await }).await
            }
            Call::Delete(listed, known) => {
                if self.progress.deleting.is_none_or(|deleting| deleting.created != listed.created) {
                    self.progress.deleting = Some(Deleting { created: listed.created, attempt: Attempt::None });
                }
                let is_first = !self.is_restoring && !self.progress.deleted.may_have_been_done();
                if is_first && matches!(self.task.goal, Goal::Present { .. }) {
                    self.progress.previous = known.config().cloned();
                    let now = Instant::now();
                    self.end = now + self.scope.end.saturating_duration_since(now).mul_f64(FORWARD_SHARE);
                }
                self.is_undoing |= self.progress.created.may_have_been_done();
                self.delete().await
            }
            Call::DeleteUnseen => self.delete().await,
        }
    }

    async fn delete(&mut self) -> Result<Option<End>, Overtaken> {
        let (ssm, key) = (self.ssm.clone(), self.task.key.clone());
        self.change(Operation::Delete, async move { ssm.delete(&key.name, key.sync_type).await }).await
    }

    /// Sends a call that changes something, if the record is still as this event left it.
    async fn change(
        &mut self,
        operation: Operation,
        call: impl Future<Output = Result<(), CallError>>,
    ) -> Result<Option<End>, Overtaken> {
        let Some((_, _, lease)) = &self.opening else {
            return Ok(Some(End::Failed(Cause::Unannounced)));
        };
        match lease.fence(self.end).await {
            Ok(()) => {}
            Err(WriteError::Overtaken(overtaken)) => return Err(overtaken),
            Err(WriteError::Table(_)) if Instant::now() >= self.end => {
                return Ok(Some(self.out_of_time(WaitingFor::Answer(operation))));
            }
            Err(WriteError::Table(error)) => return Ok(Some(End::Failed(Cause::Table(error)))),
        }
        if Instant::now() >= self.end {
            return Ok(Some(self.out_of_time(WaitingFor::Answer(operation))));
        }
        self.waits.remove(&WaitReason::CallUnderWay);
        self.at_end = None;
        let sent_at = self.scope.clock.now();
        let limit = self.end.min(Instant::now() + CALL_TIMEOUT);
        let result = timeout_at(limit, call)
            .await
            .unwrap_or_else(|_| Err(CallError::Unknown { operation, why: "no response in time".to_owned() }));
        (self.found, self.error) = (Found::NotListed, None);
        let attempt = match &result {
            Ok(()) => Attempt::Accepted,
            Err(error) if error.is_outcome_unknown() => Attempt::Unknown,
            // What is to go is gone.
            Err(error) if operation == Operation::Delete && error.kind() == Some(ErrorKind::NotFound) => {
                Attempt::Accepted
            }
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
        self.has_attempted |= operation == Operation::Create && attempt.may_have_been_done();
    }

    /// The one place where SSM's words come in.
    fn fail(&mut self, error: CallError) {
        let error = error.map_words(|words| self.scope.redact(words));
        self.progress.is_name_refused |= error.kind() == Some(ErrorKind::NameExists);
        warn!(region = %self.task.key.region, step = %error.operation(), outcome = %error);
        // What is to go is gone.
        let is_done = error.operation() == Operation::Delete && error.kind() == Some(ErrorKind::NotFound);
        self.last = (!is_done).then(|| Cause::Call { error: error.clone(), config: self.task.goal.config().cloned() });
        self.error = Some(error);
    }

    async fn list(&mut self) -> Option<End> {
        let Ok(result) = timeout_at(self.end, self.ssm.list(self.task.key.sync_type)).await else {
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
        let resolves = self.progress.unresolved.is_some_and(|call| !call.is_followed);
        let Some(listed) = listed else {
            if self.is_undoing && self.progress.deleted.may_have_been_done() {
                self.is_undoing = false;
                self.progress.is_earlier_create_open &= self.progress.is_call_under_way(self.scope.clock.now());
                self.progress.created = Attempt::None;
                self.progress.updated = Attempt::None;
                self.progress.is_created_seen = false;
            }
            // A List that has never shown the sync says nothing about its delete.
            let was_listed = self.progress.deleting.is_some_and(|deleting| deleting.created.is_some());
            if resolves && was_listed && self.progress.deleted == Attempt::Unknown {
                self.progress.unresolved = None;
                self.progress.deleted = Attempt::Accepted;
            }
            self.progress.seen = Some(None);
            self.found = Found::Absent;
            return;
        };
        let is_deleted = self.progress.deleting.is_some_and(|deleting| {
            deleting.attempt.may_have_been_done() && listed.created.is_some() && listed.created == deleting.created
        });
        if is_deleted {
            self.found = Found::Deleted(listed);
            return;
        }
        // Before a Create of this event may have taken effect, only what the record said before speaks of what is listed.
        let opened = self.opening.as_ref().and_then(|(_, opened, _)| opened.as_ref());
        let entry = if self.has_attempted { opened } else { self.task.entry.as_ref() };
        let stance = self.task.stance;
        self.found = match ownership::judge(stance, entry, &listed) {
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
        };
        let Found::Ours(listed, known) = &self.found else {
            self.progress.seen = Some(None);
            return;
        };
        if resolves && self.progress.created == Attempt::Unknown {
            self.progress.unresolved = None;
        }
        let is_accepted = self.progress.created == Attempt::Accepted || self.progress.updated == Attempt::Accepted;
        let config = if is_accepted { self.task.goal.config() } else { known.config() };
        self.progress.is_created_seen |= self.progress.created.may_have_been_done();
        self.progress.seen = Some(Some(Seen { created: listed.created, config: config.cloned() }));
    }

    async fn ask_owners(&mut self) -> Option<End> {
        let Found::AskOwners(listed) = &self.found else { return None };
        let listed = listed.clone();
        match self.scope.ask_owner(&self.task.key, listed.created, self.end).await {
            Ok(()) => {
                self.see(Some(listed));
                None
            }
            Err(error) => Some(End::Failed(Cause::Table(error))),
        }
    }

    fn out_of_time(&mut self, waiting_for: WaitingFor) -> End {
        if let Some(end) = self.at_end.take() {
            return end;
        }
        End::Failed(Cause::OutOfTime { waiting_for, last: self.last.clone().map(Box::new) })
    }
}

fn outcome(found: &Found) -> String {
    match found {
        Found::NotListed | Found::Absent => "not listed".to_owned(),
        Found::Deleted(_) => "still listed after its delete".to_owned(),
        Found::Ours(listed, _) => {
            let status = listed.last_status.as_deref().or(listed.source_state.as_deref());
            format!("exists, {}", status.unwrap_or("no status"))
        }
        Found::AskOwners(_) => "exists; whose it is, the other records say".to_owned(),
        Found::NotOurs(..) => "another owner's sync exists".to_owned(),
    }
}
