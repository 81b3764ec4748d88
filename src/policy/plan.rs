//! The next step of a task, by what is wanted, what was done so far, and what List and the record show.
//!
//! Create, Update, Delete, rollback and redelivery are one path: look, take the one step that this module names, look
//! again. Pure; [`crate::reconcile`] carries the steps out. Must never name a changing call that the record has not
//! announced. Next: `present`, the largest part of it.

use crate::sync::{CallError, Config, ErrorKind, Operation};

use super::{
    cause::{Cause, PlaceFor},
    found::Found,
    opening::Announcement,
    outcome::End,
    ownership::Known,
    present::{present, unchanged},
    progress::{Attempt, Progress},
    record::RequestType,
    step::{Call, Step, View, failed, wait, wait_for_deletion},
    task::{Goal, Task},
    wait::WaitReason,
};

/// The next step of a task.
#[must_use]
pub fn next(task: &Task, view: &View<'_>) -> Step {
    let step = match (view.error, &task.goal, view.found) {
        (Some(error), ..) => after_error(task, view, error),
        (None, Goal::LetGo | Goal::Forget, _) => Step::End(End::Done),
        (None, _, Found::NotLookedYet) => Step::Call(Call::List),
        (None, Goal::Unchanged { config }, found) => unchanged(config, found),
        (None, Goal::Present { config, status, .. }, found) => present(task, view, found, config, *status),
        (None, Goal::Absent, found) => absent(task, view, found),
    };
    if is_announced(&step, view.announced) { step } else { failed(Cause::Unannounced) }
}

/// Has the record announced every call of the step?
fn is_announced(step: &Step, announced: Option<&Announcement>) -> bool {
    match step {
        Step::Call(call) => is_call_announced(call, announced),
        Step::Wait { then, at_limit, .. } => is_call_announced(then, announced) && is_announced(at_limit, announced),
        Step::End(_) => true,
    }
}

fn is_call_announced(call: &Call, announced: Option<&Announcement>) -> bool {
    let Some(announced) = announced else { return true };
    match call {
        Call::List | Call::AskOwners => true,
        Call::Create(_) => matches!(announced, Announcement::Create | Announcement::Replace { .. }),
        Call::Update(..) => matches!(announced, Announcement::Update { .. }),
        // A restore deletes what this event has created.
        Call::Delete(..) | Call::DeleteUnseen => {
            matches!(announced, Announcement::Create | Announcement::Replace { .. } | Announcement::Delete)
        }
    }
}

/// Towards a sync that no longer exists.
fn absent(task: &Task, view: &View<'_>, found: &Found) -> Step {
    let progress = view.progress;
    match found {
        Found::Ours(listed, known) => Step::Call(Call::Delete(listed.clone(), known.clone())),
        Found::Deleted(_) if progress.is_delete_accepted() => wait_for_deletion(),
        Found::Deleted(listed) => Step::Call(Call::Delete(listed.clone(), Known::Unknown)),
        Found::NotOurs(..) if progress.deleted.may_have_been_done() => Step::End(End::Done),
        Found::NotOurs(listed, _) => Step::End(End::LeftAlone(listed.clone())),
        Found::NotLookedYet => Step::Call(Call::List),
        Found::OursUnlessOwned(_) => Step::Call(Call::AskOwners),
        Found::Absent => {
            let is_making = task.entry.as_ref().is_some_and(|entry| entry.making.is_some());
            if is_making && progress.deleted != Attempt::Accepted {
                Step::Call(Call::DeleteUnseen)
            } else {
                Step::End(End::Done)
            }
        }
    }
}

/// After a call that did not succeed.
fn after_error(task: &Task, view: &View<'_>, error: &CallError) -> Step {
    let operation = error.operation();
    let config = task.goal.config().cloned();
    let refused = failed(Cause::Call { error: error.clone(), config: config.clone() });
    let again = || match (operation, &config) {
        (Operation::Create, Some(config)) => Call::Create(config.clone()),
        _ => Call::List,
    };
    let has_deleted = view.progress.deleted.may_have_been_done();
    let Some(kind) = error.kind() else { return wait(WaitReason::Transient, Call::List, refused) };
    match kind {
        ErrorKind::Transient | ErrorKind::Internal => wait(WaitReason::Transient, Call::List, refused),
        // List lags behind.
        ErrorKind::NotFound if operation != Operation::Delete => wait(WaitReason::Transient, Call::List, refused),
        ErrorKind::NotFound | ErrorKind::NameExists => Step::Call(Call::List),
        ErrorKind::CountExceeded => {
            let quota =
                failed(Cause::Quota { error: error.clone(), held_by: Vec::new(), needed_for: PlaceFor::NewSync });
            if has_deleted { wait(WaitReason::Deletion, again(), quota) } else { quota }
        }
        ErrorKind::BucketNotReady => wait(WaitReason::BucketPolicy, again(), refused),
        // Before the arms that it overlaps with.
        _ if operation == Operation::List
            && error.is_region_closed()
            && view.progress.is_nothing_done()
            && is_settled_before(task, config.as_ref()) =>
        {
            Step::End(End::RegionClosed)
        }
        ErrorKind::AccessDenied { explicit: false } if view.is_patient => {
            wait(WaitReason::Permission, again(), refused)
        }
        // If SSM offers no resource data syncs there, a killed Create has made none, unless one was seen.
        ErrorKind::Unsupported if task.goal == Goal::Absent && !task.was_seen() => Step::End(End::Done),
        ErrorKind::AccessDenied { .. }
        | ErrorKind::Credentials
        | ErrorKind::Unsupported
        | ErrorKind::Refused
        | ErrorKind::UnknownCode => refused,
    }
}

/// The previous configuration, if it has to be restored: in an Update, the work failed after this event, or an earlier
/// attempt that was killed, deleted the sync.
#[must_use]
pub fn to_restore(task: &Task, end: &End, progress: &Progress, request_type: RequestType) -> Option<Config> {
    let (End::Failed(cause), Goal::Present { config, .. }) = (end, &task.goal) else { return None };
    if cause.is_delete_with_unknown_code() || request_type != RequestType::Update {
        return None;
    }
    let deleted_earlier = || {
        let entry = task.entry.as_ref().filter(|entry| entry.making.is_some() && entry.sync_created_time.is_some())?;
        entry.configuration.clone().filter(|_| progress.has_tried_create)
    };
    let previous = match progress.deleted.may_have_been_done() {
        true => progress.previous.clone(),
        false => deleted_earlier(),
    };
    previous.filter(|previous| previous != config)
}

/// Did an earlier request settle what is wanted? It may be marked `Foreign`, if it was let go of.
fn is_settled_before(task: &Task, config: Option<&Config>) -> bool {
    task.entry
        .as_ref()
        .is_some_and(|entry| !entry.is_open() && config.is_some() && entry.configuration.as_ref() == config)
}
