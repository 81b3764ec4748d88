//! Each path of an event, stopped at its k-th call for every k, and then each event that can come next; and met by another
//! client after its k-th call. Afterwards nothing of another client's is touched, and what is there is as wanted or nothing of
//! ours is left.

use std::{collections::BTreeSet, sync::Mutex, thread};

use crate::{
    env::REGION,
    fake::fault::{Fault, FaultKind, Op},
    simulation::{
        attempt,
        desired::{Config, Desired, From, REGIONS},
        run::{self, Called},
        scenario::{Client, Delivery, Deploy, Next, Scenario, Step, Stop, Trouble},
    },
};

/// How the process is stopped.
#[derive(Clone, Copy, Debug)]
enum Mode {
    Killed,
    /// And its last call is carried out only later.
    KilledLate,
    /// It goes on when what comes next was served.
    Frozen,
}

const MODES: [Mode; 3] = [Mode::Killed, Mode::KilledLate, Mode::Frozen];
const NEXT: [Next; 3] = [Next::Delivery, Next::Event, Next::StackDelete];
/// The first call comes so long after the event.
const FIRST_CALL_MS: u64 = 10;
/// Within five seconds, by which a call has been given up.
const LATE_MS: u64 = 4_900;

/// What happens before, and the step whose first event is stopped.
struct Path {
    name: &'static str,
    before: Vec<Step>,
    step: Step,
}

type Case = (&'static str, Scenario, String);

#[test]
fn every_path_can_be_stopped_at_every_call() {
    run_all(&paths().iter().flat_map(cases).collect::<Vec<_>>());
}

/// Another client takes a name as soon as it is free, with the very configuration that is wanted, or that was there before.
#[test]
fn every_path_can_meet_another_client_after_every_call() {
    run_all(&paths().iter().flat_map(interrupted).collect::<Vec<_>>());
}

fn run_all(cases: &[Case]) {
    let next = Mutex::new(cases.iter());
    let broken = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((path, scenario, stop)) = { next.lock().expect("no panic").next() } {
                    if let Err(violation) = attempt(1, scenario) {
                        let transcript = &violation.transcript;
                        let story = format!("{path}, {stop}: {}: {}", violation.invariant, violation.words);
                        broken.lock().expect("no panic").push((story, format!("{scenario}\n{transcript}")));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().expect("no panic");
    for (story, _) in &broken {
        eprintln!("{story}");
    }
    if let Some((story, transcript)) = broken.first() {
        panic!("{} of {} cases; the first: {story}\n{transcript}", broken.len(), cases.len());
    }
    let names: BTreeSet<&str> = cases.iter().map(|(path, ..)| *path).collect();
    for name in names {
        println!("{:>5} cases of {name}", cases.iter().filter(|(path, ..)| *path == name).count());
    }
}

impl Path {
    /// The path, and how its first event fares.
    fn scenario(&self, trouble: Option<Trouble>, is_rollback_disabled: bool) -> Scenario {
        let mut step = self.step.clone();
        match &mut step {
            Step::Deploy(deploy) => {
                deploy.rollback_disabled = is_rollback_disabled;
                deploy.troubles = add(&deploy.troubles, trouble);
            }
            Step::Delete { troubles, .. } => *troubles = add(troubles, trouble),
            _ => unreachable!("a step that sends events"),
        }
        let gamma = |region: &&'static str| {
            Step::Client(Client::Creates { region, name: "gamma", config: destination("logs", false).config })
        };
        let steps = REGIONS.iter().map(gamma).chain(self.before.clone()).chain([step]).collect();
        Scenario { steps, ..Scenario::default() }
    }

    /// What its deployments ask for.
    fn desired(&self) -> Vec<Desired> {
        let templates = self.before.iter().chain([&self.step]).filter_map(|step| match step {
            Step::Deploy(deploy) => Some(&deploy.template),
            _ => None,
        });
        templates.flat_map(|template| template.values().cloned()).collect()
    }
}

/// Every moment at which another client can come, and what it can make.
fn interrupted(path: &Path) -> Vec<Case> {
    let calls = run::calls_of_last_step(&path.scenario(None, false));
    let mut cases = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        for Desired { name, config, .. } in path.desired() {
            let name = name.expect("every path has explicit names");
            let client = Client::CreatesIfFree { region: REGION, name, config: config.clone() };
            let trouble =
                Trouble { meanwhile: Some((FIRST_CALL_MS + call.after_ms + 1, client)), ..Trouble::default() };
            let what = format!("{name} as {config:?} after call {} ({})", index + 1, call.op.name());
            cases.push((path.name, path.scenario(Some(trouble), false), what));
        }
    }
    cases
}

/// Every way to stop a path.
fn cases(path: &Path) -> Vec<Case> {
    let calls = run::calls_of_last_step(&path.scenario(None, false));
    let mut cases = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        for mode in MODES {
            if matches!(mode, Mode::KilledLate) && !call.op.changes_syncs() && call.op != Op::PutItem {
                continue;
            }
            for next in NEXT {
                let stop = Stop { calls: index + 1, is_frozen: matches!(mode, Mode::Frozen), next, after_s: 0 };
                let late = matches!(mode, Mode::KilledLate).then(|| late(&calls, index));
                let trouble = Trouble {
                    delivery: Delivery::Stopped(stop),
                    faults: late.into_iter().collect(),
                    ..Trouble::default()
                };
                let scenario = path.scenario(Some(trouble), next == Next::StackDelete);
                let what = format!("{mode:?} at call {} ({}), then {next:?}", index + 1, call.op.name());
                cases.push((path.name, scenario, what));
            }
        }
    }
    assert!(calls.len() > 2, "{}: {} calls", path.name, calls.len());
    cases
}

/// The path's own troubles, with what else happens.
fn add(troubles: &[Trouble], more: Option<Trouble>) -> Vec<Trouble> {
    let mut trouble = troubles.first().cloned().unwrap_or_default();
    if let Some(more) = more {
        trouble.delivery = more.delivery;
        trouble.faults.splice(0..0, more.faults);
        trouble.meanwhile = more.meanwhile;
    }
    vec![trouble]
}

/// Hits this call and no other.
fn late(calls: &[Called], index: usize) -> Fault {
    let call = &calls[index];
    let nth = calls[..=index].iter().filter(|other| (other.op, &other.region) == (call.op, &call.region)).count();
    let nth = u32::try_from(nth).expect("few calls");
    Fault::at(call.op, FaultKind::HangDoneLater(LATE_MS)).within(&call.region).nth(nth)
}

fn destination(bucket: &'static str, sharing: bool) -> Desired {
    Desired {
        name: Some("alpha"),
        config: Config::Destination { bucket, prefix: None, key: None, sharing },
        regions: BTreeSet::from([REGION]),
        wait_for_first_sync: false,
        adopt: false,
        retain: BTreeSet::new(),
    }
}

fn source(regions: &[&'static str]) -> Desired {
    let regions = regions.iter().copied().collect();
    let config = Config::Source { from: From::Organization, regions, future_regions: false, all_ops_data: None };
    Desired { config, ..destination("logs", false) }
}

fn deploy(desired: Desired) -> Step {
    Step::deploy(desired, Vec::new())
}

fn refused(step: Step, fault: Fault) -> Step {
    let Step::Deploy(deploy) = step else { unreachable!("a deployment") };
    let trouble = Trouble { faults: vec![fault], ..Trouble::default() };
    Step::Deploy(Deploy { troubles: vec![trouble], ..deploy })
}

fn paths() -> Vec<Path> {
    let logs = || destination("logs", true);
    let in_regions =
        |desired: Desired, regions: &[&'static str]| Desired { regions: regions.iter().copied().collect(), ..desired };
    let invalid = || Fault::at(Op::Create, FaultKind::Invalid("The bucket is in another Region.".to_owned()));
    let two = [REGIONS[0], REGIONS[1]];
    let full = Step::Client(Client::Fills { region: REGION, free: 0 });
    let theirs = Client::Creates { region: REGION, name: "alpha", config: destination("logs", false).config };
    let adopting = || Desired { adopt: true, ..destination("logs", false) };
    let after = |name: &'static str, before: Vec<Step>, step: Step| Path { name, before, step };
    let with = |name: &'static str, step: Step| after(name, vec![deploy(logs())], step);
    vec![
        after("create", Vec::new(), deploy(logs())),
        after(
            "two Regions, one refused",
            Vec::new(),
            refused(deploy(in_regions(logs(), &two)), invalid().within(REGIONS[1]).always()),
        ),
        with("replace", deploy(destination("archive", false))),
        with("replace, refused and restored", refused(deploy(destination("archive", false)), invalid())),
        with("rename", deploy(Desired { name: Some("beta"), ..logs() })),
        after("rename at the quota", vec![deploy(logs()), full], deploy(Desired { name: Some("beta"), ..logs() })),
        after("update of a source", vec![deploy(source(&["us-west-2"]))], deploy(source(&["ca-central-1"]))),
        after(
            "Region added and removed",
            vec![deploy(in_regions(logs(), &two))],
            deploy(in_regions(logs(), &[REGIONS[1], REGIONS[2]])),
        ),
        with("type changed", deploy(source(&["us-west-2"]))),
        after("delete", vec![deploy(in_regions(logs(), &two))], Step::Delete { stack: 0, troubles: Vec::new() }),
        after("taken over", vec![Step::Client(theirs), deploy(adopting())], deploy(destination("archive", false))),
        with("given back", deploy(Desired { adopt: true, ..logs() })),
        after(
            "Region retained",
            vec![deploy(in_regions(logs(), &two))],
            deploy(Desired { retain: [REGIONS[1]].into(), ..logs() }),
        ),
    ]
}
