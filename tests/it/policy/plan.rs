//! The next step over every view that there can be: what no step ever does.

use resource_data_sync::{
    policy::{
        Cause, Owner,
        outcome::{Attempt, Deleting, End, Progress},
        ownership::Known,
        plan::{Call, Found, Step, View, next},
        record::Announcement,
        tasks::{Goal, Phase, Stance, StatusWanted, Task, Then},
        wait::WaitReason,
    },
    sync::{CallError, Config, ErrorKind, Listed, Operation, listed::Health},
};

use crate::env::{Env, REGION, to_bucket};
use crate::fake::fault::{Fault, FaultKind, Op};

use super::{
    STANCES,
    text::{at, config, entry, key, listed},
};

const BOTH: [bool; 2] = [false, true];
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
            Found::AskOwners(listed.clone()),
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
                for is_created_seen in BOTH.into_iter().filter(|seen| !seen || created.may_have_been_done()) {
                    for is_name_refused in BOTH.into_iter().filter(|refused| !refused || may_create) {
                        let has_tried_create = created != Attempt::None || is_name_refused;
                        let progress = Progress { created, deleted, updated, is_created_seen, ..Progress::default() };
                        let progress = Progress { is_name_refused, has_tried_create, ..progress };
                        let of = |attempt| Some(Deleting { created: Some(at(100)), attempt });
                        all.push(Progress { deleting: of(deleted), ..progress.clone() });
                        // Of two that were deleted, the other one.
                        all.push(Progress { deleting: of(Attempt::None), ..progress });
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

/// Every view that there can be, with its task and the step that is chosen.
fn every_view(mut visit: impl FnMut(&Task, &View<'_>, &Step)) -> usize {
    let mut count = 0;
    for goal in goals() {
        for announced in announcements(&goal) {
            let (errors, progresses) = (errors(&goal, announced.as_ref()), progresses(&goal, announced.as_ref()));
            for text in ["", "Settled r1 @100 a", "Open r1 @100 a Making:200-1400:b,a"] {
                for stance in STANCES {
                    let entry = (!text.is_empty()).then(|| entry(text));
                    let task = Task { key: key("eu a"), entry, stance, goal: goal.clone(), phase: Phase::Change };
                    for found in found(&goal) {
                        // After a call nothing is known but its error; a List that fails leaves what it showed before.
                        for error in errors.iter().filter(|error| error.is_none() || found == Found::NotLookedYet) {
                            for progress in &progresses {
                                for flags in 0..8_u8 {
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
                                        visit(&task, &view, &next(&task, &view));
                                        count += 1;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    count
}

/// The calls that a step makes: now, after a pause, and at the limit of its waits.
fn calls_of(step: &Step) -> Vec<&Call> {
    match step {
        Step::Call(call) => vec![call],
        Step::Wait { then, at_limit, .. } => [vec![then], calls_of(at_limit)].concat(),
        Step::End(_) => Vec::new(),
    }
}

/// Is it the end of a wait for what is under way?
fn is_waited_out(step: &Step, call: &Call) -> bool {
    matches!(step, Step::Wait { reason: WaitReason::CallUnderWay, then, .. } if then != call)
}

#[test]
fn no_step_is_reckless_every_wait_ends_and_only_what_is_as_wanted_ends_well() {
    let count = every_view(|task, view, step| {
        for call in calls_of(step).into_iter().filter(|call| call.is_change()) {
            check_change(task, view, step, call);
        }
        check_waits(task, view, step);
        check_end(task, view, step);
    });
    assert!(count > 100_000, "{count}");
}

fn check_change(task: &Task, view: &View<'_>, step: &Step, call: &Call) {
    let told = || format!("{task:?}\n{view:?}\n-> {step:?}");
    let may = match view.announced {
        Some(announced) => announces(announced, call),
        None => step.announcement(task) != Announcement::Nothing,
    };
    assert!(may, "only what is announced is done: {}", told());
    assert!(!matches!(view.found, Found::NotOurs(..)), "what is not ours is not touched: {}", told());
    assert!(!matches!(view.found, Found::AskOwners(_)), "nor what may be another's: {}", told());
    assert!(!matches!(task.goal, Goal::Unchanged { .. }), "who looks changes nothing: {}", told());
    let is_retained = matches!(task.stance, Stance::Retained | Stance::RetainedBeforeCreate);
    match (call, view.found) {
        (Call::Create(wanted), found) => {
            assert_eq!(Some(wanted), task.goal.config(), "{}", told());
            assert!(matches!(found, Found::Absent | Found::NotLookedYet), "nothing exists: {}", told());
            assert_ne!(view.progress.created, Attempt::Accepted, "nothing is made twice: {}", told());
            assert!(
                !view.is_delete_under_way || is_waited_out(step, call),
                "a delete that lands late would hit it: {}",
                told()
            );
        }
        (Call::Update(listed, wanted), Found::Ours(found, known)) => {
            assert!(listed == found && !matches!(known, Known::AboutToGo(_)) && !is_retained, "{}", told());
            assert_eq!(Some(&Config::FromSource(wanted.clone())), task.goal.config(), "{}", told());
        }
        (Call::Delete(listed, known), Found::Ours(found, found_known)) => {
            assert_eq!((listed, known), (found, found_known), "{}", told());
            let is_wanted = task.goal.config().is_some_and(|config| is_as_wanted(config, listed, known));
            assert!(!is_wanted, "what is as wanted stays: {}", told());
            // What this event has made in its place is its own.
            let is_made = view.progress.created != Attempt::None && !matches!(known, Known::AboutToGo(_));
            assert!(!is_retained || is_made || task.goal == Goal::Absent, "what was retained stays: {}", told());
        }
        (Call::Delete(listed, _), Found::Deleted(found)) => {
            assert!(listed == found && !view.progress.is_delete_accepted(), "{}", told());
        }
        (Call::DeleteUnseen, Found::Absent) => {
            let is_making = task.entry.as_ref().is_some_and(|entry| entry.making.is_some());
            assert!(is_making && task.goal == Goal::Absent, "{}", told());
        }
        _ => panic!("of what is there, another call: {}", told()),
    }
}

/// What each announcement lets an event do.
fn announces(announced: &Announcement, call: &Call) -> bool {
    match announced {
        Announcement::Create | Announcement::Replace { .. } => !matches!(call, Call::Update(..)),
        Announcement::Update { .. } => matches!(call, Call::Update(..)),
        Announcement::Delete => matches!(call, Call::Delete(..) | Call::DeleteUnseen),
        Announcement::Nothing | Announcement::LetGo => false,
    }
}

fn check_waits(task: &Task, view: &View<'_>, step: &Step) {
    let told = || format!("{task:?}\n{view:?}\n-> {step:?}");
    let (mut step, mut reasons) = (step, Vec::new());
    while let Step::Wait { reason, at_limit, .. } = step {
        let is_endless = matches!(reason, WaitReason::Trouble | WaitReason::FirstSync);
        assert_eq!(reason.limit().is_none(), is_endless, "only these wait as long as there is time: {}", told());
        assert!(!reasons.contains(reason), "a limit that is reached stays so: {}", told());
        reasons.push(*reason);
        step = at_limit;
    }
    let is_end = matches!(step, Step::End(_) | Step::Call(Call::Create(_)));
    assert!(reasons.is_empty() || is_end, "a limit ends the waiting: {}", told());
}

fn check_end(task: &Task, view: &View<'_>, step: &Step) {
    let told = || format!("{task:?}\n{view:?}\n-> {step:?}");
    let progress = view.progress;
    match (step, &task.goal) {
        (Step::End(End::Settled(listed) | End::NoStatusYet(listed)), Goal::Present { config, status, .. }) => {
            let is_accepted = [progress.created, progress.updated].contains(&Attempt::Accepted);
            match view.found {
                Found::Ours(found, known) => {
                    assert_eq!(listed, found, "{}", told());
                    assert!(is_accepted || is_as_wanted(config, listed, known), "{}", told());
                    if view.is_of_this_request && *status != StatusWanted::Listed {
                        assert!(!matches!(listed.health(), Health::Failed | Health::BadState), "{}", told());
                        assert!(*status == StatusWanted::First || listed.health() == Health::Good, "{}", told());
                    }
                }
                // Who gives it back compares, also with what was made again by hand.
                _ => {
                    let agrees = config.differences(&listed.config).is_empty();
                    assert!(task.stance == Stance::Looking && agrees, "{}", told());
                }
            }
        }
        (Step::End(End::Settled(listed)), Goal::Unchanged { config }) => {
            assert!(config.differences(&listed.config).is_empty(), "{}", told());
        }
        (Step::End(End::Gone), goal) => {
            assert_eq!(*goal, Goal::Absent, "{}", told());
            assert!(!matches!(view.found, Found::Ours(..) | Found::Deleted(_)), "still listed: {}", told());
        }
        (Step::End(End::LeftAlone(_)), goal) => {
            assert!(*goal == Goal::Absent && matches!(view.found, Found::NotOurs(..)), "{}", told());
        }
        (Step::End(End::Closed), _) => {
            let entry = task.entry.as_ref().filter(|entry| !entry.is_open() && !entry.foreign);
            let is_as_wanted = entry.is_some_and(|entry| entry.configuration.as_ref() == task.goal.config());
            assert!(is_as_wanted && view.error.is_some_and(CallError::is_region_closed), "{}", told());
        }
        (Step::End(End::Failed(Cause::NameTaken { .. })), _) => {
            let is_retained = matches!(task.stance, Stance::Retained | Stance::RetainedBeforeCreate);
            let is_not_ours = matches!(view.found, Found::NotOurs(..));
            assert!(is_not_ours || (is_retained && matches!(view.found, Found::Ours(..))), "{}", told());
        }
        _ => {}
    }
}

/// The clause above as it comes about: a Create whose name List does not show yet, then a delete that seems lost.
#[tokio::test(start_paused = true)]
async fn a_delete_that_lands_late_hits_nothing_that_was_made() {
    let mut env = Env::new();
    env.aws.lock().ssm.lag.creations_ms = 30_000;
    env.aws.lock().inject(Fault::at(Op::Create, FaultKind::HangAfter));
    let create = env.event("Create", None, &to_bucket("inventory", "logs"));
    env.send_and_kill(&create, 4).await;
    env.aws.lock().inject(Fault::at(Op::Delete, FaultKind::DoneLater(5_000)));
    let id = format!("create-failed:{}", create["RequestId"].as_str().unwrap_or_default());
    let update = env.update(&id, &to_bucket("inventory", "more-logs")).await;
    env.pass(60).await;
    assert_eq!(
        (update.status().as_str(), env.names(REGION)),
        ("SUCCESS", vec!["inventory".to_owned()]),
        "{}",
        env.transcript()
    );
}
