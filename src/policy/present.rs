//! The next step towards a sync that exists as wanted.
//!
//! Must never delete before it is clear whose the sync is. Next: [`super::wait`].

use crate::sync::{Config, Difference, Listed, listed::Health};

use super::{
    cause::{Cause, Owner},
    found::Found,
    opening::Announcement,
    outcome::End,
    ownership::Known,
    progress::Attempt,
    step::{Call, Step, View, failed, wait, wait_for_deletion},
    task::{Stance, StatusWanted, Task},
    wait::WaitReason,
};

/// Towards a sync that exists as wanted.
pub(super) fn present(task: &Task, view: &View<'_>, found: &Found, config: &Config, status: StatusWanted) -> Step {
    let progress = view.progress;
    match found {
        Found::Ours(listed, known) => ours(task, view, listed, known, config, status),
        Found::Deleted(_) if progress.is_delete_accepted() => wait_for_deletion(),
        Found::Deleted(listed) => Step::Call(Call::Delete(listed.clone(), Known::AboutToGo(progress.previous.clone()))),
        // Missing, or created again by another client: compared as if it had never been ours.
        Found::NotOurs(..) | Found::Absent
            if task.stance == Stance::Adopting && !progress.deleted.may_have_been_done() =>
        {
            unchanged(config, found)
        }
        Found::NotOurs(..) if progress.is_created_seen => failed(Cause::Vanished),
        Found::NotOurs(listed, owner) => failed(Cause::NameTaken { by: Some(listed.clone()), owner: owner.clone() }),
        Found::Absent if progress.created == Attempt::Accepted => match progress.is_created_seen {
            true => failed(Cause::Vanished),
            false => wait(WaitReason::Listing, Call::List, failed(Cause::NeverListed)),
        },
        // A delete that takes effect late would hit what is created now.
        Found::Absent if view.is_delete_under_way => {
            wait(WaitReason::LateDelete, Call::List, Step::Call(Call::Create(config.clone())))
        }
        // The old name is not free yet, or List does not show who has it.
        Found::Absent if progress.is_name_refused => {
            let reason = match progress.deleted.may_have_been_done() {
                true => WaitReason::Deletion,
                false => WaitReason::UnlistedName,
            };
            let taken = Cause::NameTaken { by: None, owner: Owner::Nobody };
            wait(reason, Call::Create(config.clone()), failed(taken))
        }
        Found::Absent => Step::Call(Call::Create(config.clone())),
        Found::NotLookedYet => Step::Call(Call::List),
        Found::OursUnlessOwned(_) => Step::Call(Call::AskOwners),
    }
}

/// `AdoptExisting`: the sync must exist and agree.
pub(super) fn unchanged(config: &Config, found: &Found) -> Step {
    match found {
        Found::Ours(listed, _)
        | Found::NotOurs(listed, _)
        | Found::OursUnlessOwned(listed)
        | Found::Deleted(listed) => {
            let differences = config.differences(&listed.config);
            if differences.is_empty() {
                Step::End(End::Settled(listed.clone()))
            } else {
                failed(Cause::Differs(differences))
            }
        }
        Found::Absent | Found::NotLookedYet => failed(Cause::NothingToAdopt),
    }
}

/// The sync is ours; is it as wanted?
fn ours(task: &Task, view: &View<'_>, listed: &Listed, known: &Known, config: &Config, status: StatusWanted) -> Step {
    let retained = || failed(Cause::NameTaken { by: Some(listed.clone()), owner: Owner::Retained });
    if view.progress.created == Attempt::Accepted && matches!(known, Known::AboutToGo(_)) {
        // List shows the previous sync again.
        return wait_for_deletion();
    }
    // After a Create of this event, a sync other than the retained one is what that Create made.
    let has_created = view.progress.created.may_have_been_done() && !matches!(known, Known::AboutToGo(_));
    if task.stance == Stance::RetainedBeforeCreate && !has_created {
        return retained();
    }
    let differing = differences(config, listed, known);
    let as_wanted = || settled(view, listed, config, status);
    if view.progress.created == Attempt::Accepted || view.progress.updated == Attempt::Accepted {
        // SSM has accepted it. It is no failure if List shows it late, or reworded.
        let shown = config.differences(&listed.config);
        return if shown.iter().all(|difference| difference.is_updatable) && !shown.is_empty() {
            wait(WaitReason::UpdateListing, Call::List, as_wanted())
        } else {
            as_wanted()
        };
    }
    let is_known = matches!(known, Known::Config(_));
    if is_known && differing.is_empty() {
        return as_wanted();
    }
    if task.stance == Stance::Retained && !has_created {
        return retained();
    }
    let is_updatable =
        !matches!(known, Known::AboutToGo(_)) && differing.iter().all(|difference| difference.is_updatable);
    let may_update = view.announced.is_none_or(|announced| matches!(announced, Announcement::Update { .. }));
    match config {
        Config::FromSource(source) if is_updatable && may_update => {
            Step::Call(Call::Update(listed.clone(), source.clone()))
        }
        _ => Step::Call(Call::Delete(listed.clone(), known.clone())),
    }
}

fn differences(config: &Config, listed: &Listed, known: &Known) -> Vec<Difference> {
    let mut differences = config.differences(&listed.config);
    if let Known::Config(recorded) = known {
        differences.extend(config.hidden_differences(&listed.config, recorded));
    }
    differences
}

/// The sync is as wanted. Is it healthy?
fn settled(view: &View<'_>, listed: &Listed, config: &Config, status: StatusWanted) -> Step {
    let done = Step::End(End::Settled(listed.clone()));
    if !view.is_of_this_request || status == StatusWanted::Listed {
        return done;
    }
    match (listed.health(), status) {
        (Health::Failed, _) => {
            failed(Cause::FirstSyncFailed { config: config.clone(), message: listed.last_status_message.clone() })
        }
        (Health::BadState, _) => {
            let state = listed.bad_state().unwrap_or_default().to_owned();
            let cause = Cause::SourceState { state, config: config.clone() };
            wait(WaitReason::SourceState, Call::List, failed(cause))
        }
        (Health::Good, _) | (Health::InProgress, StatusWanted::First | StatusWanted::Listed) => done,
        (Health::InProgress | Health::NoStatus, StatusWanted::Successful) => {
            wait(WaitReason::FirstSync, Call::List, done)
        }
        (Health::NoStatus, StatusWanted::First | StatusWanted::Listed) => {
            wait(WaitReason::FirstStatus, Call::List, Step::End(End::NoStatusYet(listed.clone())))
        }
    }
}
