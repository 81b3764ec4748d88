//! What each task would do, by the first step that the policy names for it.
//!
//! Must never decide by itself what a deployment decides by the policy. Next: [`super::report`].

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    messages::{Context, failure_text},
    policy::{
        Cause, Failure, PlaceFor,
        change::Change,
        outcome::{End, TaskOutcome},
        ownership::{Verdict, verdict},
        record::Record,
        step::{Call, Step},
        task::{Goal, Task},
    },
    reconcile::{self, Judged, Scope},
    sync::{CallError, ErrorKind, Listed, Operation, Region, SyncName, name::SYNCS_PER_REGION},
};

use super::Listing;

/// What would happen in a Region. Of several, the greatest is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) enum Action {
    None,
    Delete,
    Create,
    Update,
    Replace,
    Fail,
}

/// What each task would do, by its first step, or why it would fail.
pub(super) async fn forecasts(
    scope: &Scope<'_>,
    change: &Change,
    found: &Record,
    listings: &BTreeMap<&Region, Listing>,
    judged: Vec<Judged<'_>>,
) -> Vec<(Task, Action, Option<Failure>)> {
    let first: Vec<(Action, Option<Cause>)> = judged
        .iter()
        .map(|judged| {
            let task = judged.task();
            let Some(listing) = listings.get(&task.key.region) else { return (Action::None, None) };
            foreseen(task, &judged.step, listing)
        })
        .collect();
    let mut outcomes = reconcile::refused(scope, judged).await;
    for (outcome, (_, cause)) in outcomes.iter_mut().zip(&first) {
        if let Some(cause) = cause {
            *outcome = TaskOutcome::untouched(outcome.task.clone(), Some(End::Failed(cause.clone())));
        }
        outcome.set_needed_for(change.place_for(&outcome.task.key, found));
    }
    let forecast = |(outcome, (action, _)): (TaskOutcome, (Action, Option<Cause>))| {
        let failure = outcome.failure();
        let action = if failure.is_some() { Action::Fail } else { action };
        (outcome.task, action, failure)
    };
    outcomes.into_iter().zip(first).map(forecast).collect()
}

/// What would happen in each Region, or why it would fail.
pub(super) fn by_region(
    forecasts: Vec<(Task, Action, Option<Failure>)>,
    name: &SyncName,
    context: &Context,
) -> BTreeMap<Region, (Action, String)> {
    let mut regions = BTreeMap::new();
    for (task, action, failure) in forecasts {
        let reason = failure.map(|failure| failure_text(&failure, context)).unwrap_or_default();
        let shown = regions.entry(task.key.region).or_insert((Action::None, String::new()));
        *shown = match (shown.0, action) {
            // The new type is made before the old one goes.
            (Action::Create | Action::Update, Action::Delete) if task.key.name == *name => (Action::Replace, reason),
            (known, action) if known >= action => continue,
            (_, action) => (action, reason),
        };
    }
    regions
}

/// The action of a first step, and the cause if it is bound to fail.
fn foreseen(task: &Task, step: &Step, listing: &Listing) -> (Action, Option<Cause>) {
    match (&task.goal, step, listing) {
        (Goal::Absent, _, Err(error)) => (Action::Fail, Some(Cause::Call { error: error.clone(), config: None })),
        (Goal::Absent, _, Ok(listed)) if is_gone(task, listed) => (Action::None, None),
        (Goal::Absent, ..) => (Action::Delete, None),
        (_, Step::Call(Call::Create(_)), Ok(listed)) if listed.len() >= SYNCS_PER_REGION => {
            let error = CallError::Service {
                operation: Operation::Create,
                kind: ErrorKind::CountExceeded,
                code: "ResourceDataSyncCountExceededException".to_owned(),
                message: None,
            };
            let (held_by, needed_for) = (listed.clone(), PlaceFor::NewSync);
            (Action::Fail, Some(Cause::Quota { error, held_by, needed_for }))
        }
        (_, Step::Call(Call::Create(_)), _) => (Action::Create, None),
        (_, Step::Call(Call::Update(..)), _) => (Action::Update, None),
        (_, Step::Call(Call::Delete(..)), _) => (Action::Replace, None),
        (_, Step::End(End::Failed(_)), _) => (Action::Fail, None),
        _ => (Action::None, None),
    }
}

/// Is there nothing left to remove, by the listing and the entry?
fn is_gone(task: &Task, listed: &[Listed]) -> bool {
    let is_making = task.entry.as_ref().is_some_and(|entry| entry.making.is_some());
    let found =
        listed.iter().find(|listed| listed.name == task.key.name && listed.config.sync_type() == task.key.sync_type);
    match found {
        None => !is_making,
        Some(listed) => verdict(task.stance, task.entry.as_ref(), listed) == Verdict::NotOurs,
    }
}
