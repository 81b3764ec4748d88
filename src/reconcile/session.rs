//! The one loop: look, take the step that the policy names, look again, for one task in one Region.
//!
//! Chooses no step. Every call that changes something passes [`Lease::fence`] first, and its outcome is noted in
//! [`Progress`]. Every loop ends, since all its awaits are cut off at the session's deadline. Next: `calls`.

use std::{collections::HashMap, ops::ControlFlow, time::Duration};

use tokio::time::{Instant, sleep};
use tracing::{debug, info};

use crate::{
    policy::{
        Cause, WaitingFor,
        found::Found,
        opening::Announcement,
        outcome::End,
        plan,
        progress::{Attempt, Deleting, Progress, Seen},
        record::{Entry, RequestType},
        step::{Call, Step, View},
        task::{Goal, Stance, StatusWanted, Task, Then},
        wait::{Backoff, WaitReason},
    },
    registry::{Lease, Superseded},
    ssm::RegionalSsm,
    sync::{CallError, Config, Operation},
};

use super::Scope;

/// Time for a last call.
const LAST_LOOK: Duration = Duration::from_millis(500);
/// The share of the time left that work may use once it has deleted what it may have to restore.
const FORWARD_SHARE: f64 = 0.7;

/// The work on one task.
#[derive(Debug)]
pub struct Session<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) ssm: RegionalSsm,
    pub task: Task,
    /// `None` while judging.
    pub(super) opening: Option<Opening<'a>>,
    pub(super) found: Found,
    /// When List last responded.
    pub(super) listed_at: Instant,
    pub(super) error: Option<CallError>,
    /// The last failure, in case the time ends.
    pub(super) last: Option<Cause>,
    /// How the task ends if the time does, if that is no failure.
    pub(super) at_end: Option<End>,
    pub progress: Progress,
    pub(super) waits: HashMap<WaitReason, (Instant, Backoff)>,
    pub(super) deadline: Instant,
    /// Whether the update was carried out will show in List.
    pub(super) is_update_visible: bool,
    /// A restore is deleting what this event has created.
    pub(super) is_undoing: bool,
    /// The previous configuration is being restored.
    pub(super) is_restoring: bool,
}

/// What the record announces, and the entry as it was opened.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub(super) announced: Announcement,
    pub(super) entry: Option<Entry>,
    pub(super) lease: &'a Lease<'a>,
}

impl<'a> Session<'a> {
    pub fn new(scope: &'a Scope<'a>, task: Task) -> Self {
        Self {
            scope,
            ssm: scope.ssm.in_region(&task.key.region),
            task,
            opening: None,
            found: Found::NotLookedYet,
            listed_at: Instant::now(),
            error: None,
            last: None,
            at_end: None,
            progress: Progress::default(),
            waits: HashMap::new(),
            deadline: scope.deadline,
            is_update_visible: false,
            is_undoing: false,
            is_restoring: false,
        }
    }

    /// Does what the record announces.
    ///
    /// # Errors
    /// When another event has taken the record over: nothing more is changed.
    pub async fn work(
        &mut self,
        announced: Announcement,
        entry: Option<Entry>,
        lease: &'a Lease<'a>,
    ) -> Result<End, Superseded> {
        self.opening = Some(Opening { announced, entry, lease });
        self.run().await
    }

    /// Restores the previous configuration, in what is left of the time.
    ///
    /// # Errors
    /// As [`Self::work`].
    pub async fn restore(&mut self, previous: Config) -> Result<End, Superseded> {
        info!(region = %self.task.key.region, step = "Restore", outcome = %previous.summary());
        self.is_restoring = true;
        self.is_undoing = self.progress.created.may_have_been_done();
        self.progress.is_earlier_create_open = self.is_undoing;
        self.progress.forget_created();
        self.progress.is_name_refused = false;
        self.progress.seen = Seen::NotLookedYet;
        self.progress.previous = Some(previous.clone());
        self.task.goal = Goal::Present { config: previous, status: StatusWanted::Listed, then: Then::Keep };
        self.task.stance = Stance::Own;
        (self.found, self.error, self.last) = (Found::NotLookedYet, None, None);
        self.waits.clear();
        self.deadline = self.scope.deadline;
        self.run().await
    }

    async fn run(&mut self) -> Result<End, Superseded> {
        loop {
            let step = self.next();
            if let Some(end) = self.take(step).await? {
                return Ok(end);
            }
        }
    }

    pub(super) fn next(&self) -> Step {
        let is_by_this_request = |entry: &Entry| entry.is_open() && entry.request_id == self.scope.request.request_id;
        let step = plan::next(
            &self.task,
            &View {
                found: &self.found,
                error: self.error.as_ref(),
                progress: &self.progress,
                announced: self.opening.as_ref().map(|opening| &opening.announced),
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

    pub(super) async fn take(&mut self, mut step: Step) -> Result<Option<End>, Superseded> {
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
                        Some(pause) if self.time_to_pause() > Duration::ZERO => {
                            sleep(pause.min(self.time_to_pause())).await;
                            return self.call(then).await;
                        }
                        Some(_) => return Ok(Some(self.out_of_time(WaitingFor::Wait(reason)))),
                    }
                }
            }
        }
    }

    /// The last pause ends a moment before the deadline, so that there is a last look.
    fn time_to_pause(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).saturating_sub(LAST_LOOK)
    }

    async fn call(&mut self, call: Call) -> Result<Option<End>, Superseded> {
        if let Some(operation) = call.change()
            && let ControlFlow::Break(ended) = self.may_change(operation).await?
        {
            return Ok(ended);
        }
        match call {
            Call::List => Ok(self.list().await),
            Call::AskOwners => Ok(self.ask_owners().await),
            Call::Create(config) => {
                self.progress.has_tried_create = true;
                self.progress.is_name_refused = false;
                let (ssm, name) = (self.ssm.clone(), self.task.key.name.clone());
                Ok(self.change(Operation::Create, async move { ssm.create(&name, &config).await }).await)
            }
            Call::Update(listed, source) => {
                let wanted = Config::FromSource(source.clone());
                self.is_update_visible = !wanted.differences(&listed.config).is_empty();
                let ssm = self.ssm.clone();
                Ok(self.change(Operation::Update, async move { ssm.update(&listed.name, &source).await }).await)
            }
            Call::Delete(listed, known) => {
                if self.progress.deleting.is_none_or(|deleting| deleting.created != listed.created) {
                    self.progress.deleting = Some(Deleting { created: listed.created, attempt: Attempt::None });
                }
                let is_first = !self.is_restoring && !self.progress.deleted.may_have_been_done();
                if is_first && matches!(self.task.goal, Goal::Present { .. }) {
                    self.progress.previous = known.config().cloned();
                    let now = Instant::now();
                    self.deadline = now + self.scope.deadline.saturating_duration_since(now).mul_f64(FORWARD_SHARE);
                }
                self.is_undoing |= self.progress.created.may_have_been_done();
                Ok(self.delete().await)
            }
            Call::DeleteUnseen => Ok(self.delete().await),
        }
    }

    pub(super) fn out_of_time(&mut self, waiting_for: WaitingFor) -> End {
        if let Some(end) = self.at_end.take() {
            return end;
        }
        End::Failed(Cause::OutOfTime { waiting_for, last: self.last.clone().map(Box::new) })
    }
}
