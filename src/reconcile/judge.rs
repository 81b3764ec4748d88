//! The first look at every Region in which something is wanted.
//!
//! Must never change anything. Next: [`super::session`].

use futures_util::future::join_all;

use crate::policy::{
    Cause,
    opening::Announcement,
    outcome::End,
    step::Step,
    task::{Goal, Stance, Task},
    wait::WaitReason,
};

use super::{Scope, session::Session};

/// A task and its first step.
#[derive(Debug)]
pub struct Judged<'a> {
    pub(super) session: Session<'a>,
    pub step: Step,
}

impl Judged<'_> {
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.session.task
    }

    #[must_use]
    pub fn announcement(&self) -> Announcement {
        self.step.announcement(self.task())
    }

    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.step, Step::End(End::Failed(_)))
    }
}

/// Looks at every Region in which something is wanted. What is to be removed is looked at when its turn comes.
pub async fn judge<'a>(scope: &'a Scope<'a>, tasks: Vec<Task>) -> Vec<Judged<'a>> {
    let judged = tasks.into_iter().map(|task| {
        // Boxed, since the futures of SDK calls are large.
        Box::pin(async move {
            let mut session = Session::new(scope, task);
            let step = match session.task.goal {
                Goal::Present { .. } | Goal::Unchanged { .. } => session.first_step().await,
                Goal::Absent | Goal::LetGo | Goal::Forget => session.next(),
            };
            Judged { session, step }
        })
    });
    join_all(judged).await
}

impl Session<'_> {
    /// Looks until the first step that is more than a look.
    pub async fn first_step(&mut self) -> Step {
        loop {
            let step = self.next();
            let is_look = match &step {
                Step::Call(call) => call.change().is_none(),
                Step::Wait { reason, then, .. } => {
                    matches!(reason, WaitReason::Transient | WaitReason::Permission) && then.change().is_none()
                }
                Step::End(_) => false,
            };
            if step == Step::End(End::RegionClosed) {
                return self.region_closed().await;
            }
            if !is_look {
                return step;
            }
            // Nothing can be superseded before the opening.
            if let Ok(Some(end)) = self.take(step).await {
                return Step::End(end);
            }
        }
    }

    /// The Region is closed to the account. What this resource let go of there is its own again, unless another owns
    /// it.
    async fn region_closed(&self) -> Step {
        let entry = self.task.entry.as_ref().filter(|entry| entry.foreign && self.task.stance == Stance::TakingOver);
        if let Some(entry) = entry {
            let cause = match self.scope.ask_owner(&self.task.key, entry.sync_created_time, self.deadline).await {
                Ok(Some(_)) => self.last.clone(),
                Ok(None) => None,
                Err(error) => Some(Cause::Table(error)),
            };
            if let Some(cause) = cause {
                return Step::End(End::Failed(cause));
            }
        }
        Step::End(End::RegionClosed)
    }
}
