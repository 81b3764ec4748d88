//! The next step over every view that there can be: what no step ever does.

use resource_data_sync::{
    policy::{
        Cause, Owner,
        found::Found,
        opening::Announcement,
        outcome::End,
        ownership::Known,
        plan::next,
        progress::{Attempt, Deleting, Progress},
        step::{Call, Step, View},
        task::{Goal, Phase, Stance, StatusWanted, Task, Then},
        wait::WaitReason,
    },
    sync::{CallError, Config, ErrorKind, Listed, Operation, listed::Health},
};

use super::{
    STANCES,
    text::{at, config, entry, key, listed},
};

const ATTEMPTS: [Attempt; 3] = [Attempt::None, Attempt::Unknown, Attempt::Accepted];
const KINDS: [ErrorKind; 12] = [
    ErrorKind::NameExists,
    ErrorKind::CountExceeded,
    ErrorKind::BucketNotReady,
    ErrorKind::NotFound,
    ErrorKind::Transient,
    ErrorKind::Internal,
    ErrorKind::AccessDenied { explicit: false },
    ErrorKind::AccessDenied { explicit: true },
    ErrorKind::Credentials,
    ErrorKind::Unsupported,
    ErrorKind::Refused,
    ErrorKind::UnknownCode,
];

fn goals() -> Vec<Goal> {
    let present =
        |configuration: &str, status| Goal::Present { config: config(configuration), status, then: Then::Keep };
    vec![
        present("a", StatusWanted::First),
        present("a", StatusWanted::Listed),
        present("a", StatusWanted::Successful),
        present("source:eu", StatusWanted::First),
        Goal::Unchanged { config: config("a") },
        Goal::Absent,
    ]
}

/// Everything that List can show where `wanted` is wanted: as wanted, updatable, and neither.
fn found(goal: &Goal) -> Vec<Found> {
    let is_source = matches!(goal.config(), Some(Config::FromSource(_)));
    let configs: &[&str] = if is_source { &["source:eu", "source:us"] } else { &["a", "a/p", "a!"] };
    let mut listings: Vec<Listed> = configs[..2].iter().map(|text| listed(text, Some(100))).collect();
    for status in [None, Some("InProgress"), Some("Failed")].map(|status| status.map(str::to_owned)) {
        listings.push(Listed { last_status: status, ..listings[0].clone() });
    }
    listings.push(Listed { source_state: Some("NoPermissions".into()), ..listings[0].clone() });
    let mut all = vec![Found::NotLookedYet, Found::Absent];
    for listed in listings {
        all.extend([
            Found::Deleted(listed.clone()),
            Found::OursUnlessOwned(listed.clone()),
            Found::NotOurs(listed.clone(), Owner::Nobody),
        ]);
        let configs = || configs.iter().map(|text| config(text));
        let known = configs().map(Known::Config).chain(configs().map(|config| Known::AboutToGo(Some(config))));
        let known = known.chain([Known::Unknown, Known::AboutToGo(None)]);
        all.extend(known.map(|known| Found::Ours(listed.clone(), known)));
    }
    all
}

fn announcements(goal: &Goal) -> Vec<Option<Announcement>> {
    let exists = Some(at(100));
    match goal {
        Goal::Absent => vec![None, Some(Announcement::Delete)],
        Goal::Unchanged { .. } => vec![None, Some(Announcement::Nothing)],
        _ => vec![
            None,
            Some(Announcement::Nothing),
            Some(Announcement::Create),
            Some(Announcement::Update { exists }),
            Some(Announcement::Replace { exists, previous: None }),
        ],
    }
}

/// The calls that can have failed under such an announcement.
fn errors(goal: &Goal, announced: Option<&Announcement>) -> Vec<Option<CallError>> {
    let operations: &[Operation] = match (goal, announced) {
        (_, Some(Announcement::Delete)) => &[Operation::List, Operation::Delete],
        (_, Some(Announcement::Update { .. })) => &[Operation::List, Operation::Update],
        (_, Some(Announcement::Create | Announcement::Replace { .. })) => {
            &[Operation::List, Operation::Create, Operation::Delete]
        }
        _ => &[Operation::List],
    };
    let mut all = vec![None];
    for &operation in operations {
        let why = String::new;
        all.push(Some(CallError::NotSent { operation, why: why() }));
        all.push(Some(CallError::Unknown { operation, why: why() }));
        all.extend(KINDS.map(|kind| Some(CallError::Service { operation, kind, code: why(), message: None })));
    }
    all
}

/// What an event can have done under such an announcement.
fn progresses(goal: &Goal, announced: Option<&Announcement>) -> Vec<Progress> {
    let only = |may: bool| if may { &ATTEMPTS[..] } else { &ATTEMPTS[..1] };
    let may_create = matches!(announced, Some(Announcement::Create | Announcement::Replace { .. }));
    let may_delete = may_create || (*goal == Goal::Absent && announced.is_some());
    let may_update = matches!(announced, Some(Announcement::Update { .. }));
    let mut all = Vec::new();
    for &created in only(may_create) {
        for &deleted in only(may_delete) {
            for &updated in only(may_update) {
                for (is_created_seen, is_name_refused) in [(false, false), (false, true), (true, false), (true, true)] {
                    if (is_created_seen && !created.may_have_been_done()) || (is_name_refused && !may_create) {
                        continue;
                    }
                    let has_tried_create = created != Attempt::None || is_name_refused;
                    // Of two that were deleted, the last one, and the other one.
                    for attempt in [deleted, Attempt::None] {
                        let deleting = Some(Deleting { created: Some(at(100)), attempt });
                        let progress = Progress { created, deleted, updated, deleting, ..Progress::default() };
                        all.push(Progress { is_created_seen, is_name_refused, has_tried_create, ..progress });
                    }
                }
            }
        }
    }
    all
}

/// A Create was sent when no delete was under way, and not after one that was accepted. What makes no difference is not
/// tried twice.
fn is_possible(view: &View<'_>) -> bool {
    let has_tried = view.error.is_some_and(|error| error.operation() == Operation::Create);
    let has_created = view.progress.created == Attempt::Accepted;
    let is_ours = matches!(view.found, Found::Ours(..));
    !(view.is_delete_under_way && (has_tried || !view.progress.deleted.may_have_been_done()))
        && !((has_tried || view.progress.is_name_refused) && has_created)
        && (view.error.is_some() || !view.is_patient)
        && (is_ours || !view.is_of_this_request)
}

/// Is it known to be as wanted?
fn is_as_wanted(config: &Config, listed: &Listed, known: &Known) -> bool {
    let Known::Config(recorded) = known else { return false };
    config.differences(&listed.config).is_empty() && config.hidden_differences(&listed.config, recorded).is_empty()
}

/// Every task that there can be.
fn tasks() -> Vec<Task> {
    let mut all = Vec::new();
    for goal in goals() {
        for text in ["", "Settled r1 @100 a", "Open r1 @100 a Making:200-1400:b,a"] {
            let entry = (!text.is_empty()).then(|| entry(text));
            let task = |stance| Task {
                key: key("eu a"),
                entry: entry.clone(),
                stance,
                goal: goal.clone(),
                phase: Phase::Change,
            };
            all.extend(STANCES.map(task));
        }
    }
    all
}

#[test]
fn no_step_breaks_a_rule_in_any_view() {
    for task in tasks() {
        for announced in announcements(&task.goal) {
            let errors = errors(&task.goal, announced.as_ref());
            let progresses = progresses(&task.goal, announced.as_ref());
            for found in found(&task.goal) {
                // After a call nothing is known but its error; a List that fails leaves what it showed before.
                for error in errors.iter().filter(|error| error.is_none() || found == Found::NotLookedYet) {
                    for (progress, flags) in
                        progresses.iter().flat_map(|progress| (0..8_u8).map(move |it| (progress, it)))
                    {
                        let flag = |bit: u8| flags >> bit & 1 == 1;
                        let view = View {
                            found: &found,
                            error: error.as_ref(),
                            progress,
                            announced: announced.as_ref(),
                            is_patient: flag(0),
                            is_of_this_request: flag(1),
                            is_delete_under_way: flag(2),
                        };
                        if is_possible(&view) {
                            let step = next(&task, &view);
                            for (rule, holds) in RULES {
                                assert!(holds(&task, &view, &step), "{rule}: {task:?}\n{view:?}\n-> {step:?}");
                            }
                        }
                    }
                }
            }
        }
    }
}

type Rule = fn(&Task, &View<'_>, &Step) -> bool;

const RULES: [(&str, Rule); 12] = [
    ("only what is announced is done", only_announced),
    ("what is not ours, or may be another's, is not touched", |_, view, step| {
        !matches!(view.found, Found::NotOurs(..) | Found::OursUnlessOwned(_)) || changes(step).is_empty()
    }),
    ("who looks changes nothing", |task, _, step| {
        !matches!(task.goal, Goal::Unchanged { .. }) || changes(step).is_empty()
    }),
    ("a Create makes what is wanted, once, where nothing exists", creates_once),
    ("an Update gives a sync of ours what is wanted", updates_ours),
    ("a Delete removes what is ours and not as wanted", deletes_ours),
    ("each wait ends", waits_end),
    ("what ends settled is as wanted, and well", settled_is_as_wanted),
    ("what is gone was to go, and is not listed", |task, view, step| {
        *step != Step::End(End::Done)
            || (task.goal == Goal::Absent && !matches!(view.found, Found::Ours(..) | Found::Deleted(_)))
    }),
    ("what is left alone was to go, and is not ours", |task, view, step| {
        !matches!(step, Step::End(End::LeftAlone(_)))
            || (task.goal == Goal::Absent && matches!(view.found, Found::NotOurs(..)))
    }),
    ("a Region is closed where what is wanted was settled", closed_was_settled),
    ("a name is taken by what is not ours, or was retained", |task, view, step| {
        !matches!(step, Step::End(End::Failed(Cause::NameTaken { .. })))
            || matches!(view.found, Found::NotOurs(..))
            || (is_retained(task) && matches!(view.found, Found::Ours(..)))
    }),
];

/// The calls of a step that change something: now, after a pause, and at the limit of its waits.
fn changes(step: &Step) -> Vec<&Call> {
    let mut calls = match step {
        Step::Call(call) => vec![call],
        Step::Wait { then, at_limit, .. } => [vec![then], changes(at_limit)].concat(),
        Step::End(_) => Vec::new(),
    };
    calls.retain(|call| call.change().is_some());
    calls
}

fn is_retained(task: &Task) -> bool {
    matches!(task.stance, Stance::Retained | Stance::RetainedBeforeCreate)
}

fn only_announced(task: &Task, view: &View<'_>, step: &Step) -> bool {
    changes(step).into_iter().all(|call| match view.announced {
        Some(Announcement::Create | Announcement::Replace { .. }) => !matches!(call, Call::Update(..)),
        Some(Announcement::Update { .. }) => matches!(call, Call::Update(..)),
        Some(Announcement::Delete) => matches!(call, Call::Delete(..) | Call::DeleteUnseen),
        Some(Announcement::Nothing | Announcement::LetGo) => false,
        None => step.announcement(task) != Announcement::Nothing,
    })
}

fn creates_once(task: &Task, view: &View<'_>, step: &Step) -> bool {
    // A delete that lands late would hit what is made, unless the wait for it is over.
    let is_waited_out =
        |call: &Call| matches!(step, Step::Wait { reason: WaitReason::LateDelete, then, .. } if then != call);
    changes(step).into_iter().all(|call| match call {
        Call::Create(wanted) => {
            Some(wanted) == task.goal.config()
                && matches!(view.found, Found::Absent | Found::NotLookedYet)
                && view.progress.created != Attempt::Accepted
                && (!view.is_delete_under_way || is_waited_out(call))
        }
        _ => true,
    })
}

fn updates_ours(task: &Task, view: &View<'_>, step: &Step) -> bool {
    changes(step).into_iter().all(|call| match (call, view.found) {
        (Call::Update(listed, wanted), Found::Ours(found, known)) => {
            listed == found
                && !matches!(known, Known::AboutToGo(_))
                && !is_retained(task)
                && Some(&Config::FromSource(wanted.clone())) == task.goal.config()
        }
        _ => !matches!(call, Call::Update(..)),
    })
}

fn deletes_ours(task: &Task, view: &View<'_>, step: &Step) -> bool {
    changes(step).into_iter().all(|call| match (call, view.found) {
        (Call::Delete(listed, known), Found::Ours(found, found_known)) => {
            let is_wanted = task.goal.config().is_some_and(|config| is_as_wanted(config, listed, known));
            // What this event has made in its place is its own.
            let is_made = view.progress.created != Attempt::None && !matches!(known, Known::AboutToGo(_));
            let may_go = !is_retained(task) || is_made || task.goal == Goal::Absent;
            (listed, known) == (found, found_known) && !is_wanted && may_go
        }
        (Call::Delete(listed, _), Found::Deleted(found)) => listed == found && !view.progress.is_delete_accepted(),
        (Call::DeleteUnseen, Found::Absent) => {
            let is_making = task.entry.as_ref().is_some_and(|entry| entry.making.is_some());
            is_making && task.goal == Goal::Absent
        }
        _ => !matches!(call, Call::Delete(..) | Call::DeleteUnseen),
    })
}

/// A limit that is reached stays so, and ends the waiting; only two reasons have none.
fn waits_end(_: &Task, _: &View<'_>, step: &Step) -> bool {
    let (mut step, mut reasons) = (step, Vec::new());
    while let Step::Wait { reason, at_limit, .. } = step {
        let is_endless = matches!(reason, WaitReason::Transient | WaitReason::FirstSync);
        if reason.limit().is_none() != is_endless || reasons.contains(reason) {
            return false;
        }
        reasons.push(*reason);
        step = at_limit;
    }
    reasons.is_empty() || matches!(step, Step::End(_) | Step::Call(Call::Create(_)))
}

fn settled_is_as_wanted(task: &Task, view: &View<'_>, step: &Step) -> bool {
    let (Step::End(End::Settled(listed) | End::NoStatusYet(listed)), Some(wanted)) = (step, task.goal.config()) else {
        return true;
    };
    let agrees = wanted.differences(&listed.config).is_empty();
    match (&task.goal, view.found) {
        (Goal::Present { config, status, .. }, Found::Ours(found, known)) => {
            let is_accepted = [view.progress.created, view.progress.updated].contains(&Attempt::Accepted);
            let is_well = match status {
                _ if !view.is_of_this_request => true,
                StatusWanted::Listed => true,
                StatusWanted::First => !matches!(listed.health(), Health::Failed | Health::BadState),
                StatusWanted::Successful => listed.health() == Health::Good,
            };
            listed == found && is_well && (is_accepted || is_as_wanted(config, listed, known))
        }
        // Who gives it back compares, also with what was made again by hand.
        (Goal::Present { .. }, _) => task.stance == Stance::Adopting && agrees,
        _ => agrees,
    }
}

fn closed_was_settled(task: &Task, view: &View<'_>, step: &Step) -> bool {
    let entry = task.entry.as_ref().filter(|entry| !entry.is_open() && !entry.foreign);
    let is_as_wanted = entry.is_some_and(|entry| entry.configuration.as_ref() == task.goal.config());
    *step != Step::End(End::RegionClosed) || (is_as_wanted && view.error.is_some_and(CallError::is_region_closed))
}
