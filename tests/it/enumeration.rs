//! Each path of an event, stopped at its k-th call for every k, and then each event that can come next; and met by another
//! client after its k-th call. Afterwards nothing of another client's is touched, and what is there is as wanted or nothing of
//! ours is left.

use std::{collections::BTreeSet, sync::Mutex};

use crate::{
    env::REGION,
    fake::{
        call_log::Call,
        fault::{Fault, FaultKind, Op},
    },
    simulation::{
        attempt,
        desired::{Config, Desired, From, REGIONS},
        invariants::Violation,
        run,
        scenario::{Act, Client, Delivery, Next, Operation, Scenario, Step, Stop, Trouble},
        side_by_side,
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
    run_all(&paths().iter().flat_map(stopped).collect::<Vec<_>>());
}

/// Another client takes a name as soon as it is free, with the very configuration that is wanted, or that was there before.
#[test]
fn every_path_can_meet_another_client() {
    run_all(&paths().iter().flat_map(interrupted).collect::<Vec<_>>());
}

fn run_all(cases: &[Case]) {
    let broken = Mutex::new(Vec::new());
    side_by_side(cases.iter(), |(path, scenario, what)| {
        if let Err(Violation { invariant, words, transcript }) = attempt(1, scenario) {
            let story = format!("{path}, {what}: {invariant}: {words}");
            eprintln!("{story}");
            broken.lock().expect("no panic").push(format!("{story}\n{scenario}\n{transcript}"));
        }
    });
    let broken = broken.into_inner().expect("no panic");
    if let Some(first) = broken.first() {
        panic!("{} of {} cases; the first: {first}", broken.len(), cases.len());
    }
    let names: BTreeSet<&str> = cases.iter().map(|(path, ..)| *path).collect();
    for name in names {
        println!("{:>5} cases of {name}", cases.iter().filter(|(path, ..)| *path == name).count());
    }
}

impl Path {
    /// The path, and what else happens to its first event.
    fn scenario(&self, more: Trouble, is_rollback_disabled: bool) -> Scenario {
        let mut step = self.step.clone();
        if let Some(deploy) = step.deploy_mut() {
            deploy.rollback_disabled = is_rollback_disabled;
        }
        let troubles = step.troubles_mut();
        let own = troubles.pop().unwrap_or_default();
        troubles.push(Trouble { faults: [more.faults, own.faults].concat(), ..more });
        let gamma = |region: &&'static str| create("gamma", region);
        let steps = REGIONS.iter().map(gamma).chain(self.before.clone()).chain([step]).collect();
        Scenario { steps, ..Scenario::default() }
    }

    /// What its deployments ask for.
    fn desired(&self) -> Vec<Desired> {
        let deploys = self.before.iter().chain([&self.step]).filter_map(Step::deploy);
        deploys.flat_map(|deploy| deploy.template.values().cloned()).collect()
    }

    /// The calls of its first event, where nothing else happens.
    fn calls(&self) -> Vec<Call> {
        let calls = run::calls_of_last_step(&self.scenario(Trouble::default(), false));
        assert!(calls.len() > 2, "{}: {} calls", self.name, calls.len());
        calls
    }
}

/// Every moment at which another client can come, and what it can make.
fn interrupted(path: &Path) -> Vec<Case> {
    let calls = path.calls();
    let mut cases = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        for Desired { name, config, .. } in path.desired() {
            let name = name.expect("every path has explicit names");
            let what = format!("{name} as {config:?} after call {} ({})", index + 1, call.op.name());
            let client = Client { region: REGION, act: Act::CreateIfFree(name, config) };
            let after_ms = FIRST_CALL_MS + call.at_ms - calls[0].at_ms + 1;
            let trouble = Trouble { meanwhile: Some((after_ms, client)), ..Trouble::default() };
            cases.push((path.name, path.scenario(trouble, false), what));
        }
    }
    cases
}

/// Every way to stop a path.
fn stopped(path: &Path) -> Vec<Case> {
    let calls = path.calls();
    let mut cases = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        for mode in MODES {
            let is_late = matches!(mode, Mode::KilledLate);
            if is_late && !call.op.changes_syncs() && call.op != Op::PutItem {
                continue;
            }
            for next in NEXT {
                let stop = Stop { calls: index + 1, is_frozen: matches!(mode, Mode::Frozen), next, after_s: 0 };
                let faults = if is_late { vec![late(&calls, index)] } else { Vec::new() };
                let trouble = Trouble { delivery: Delivery::Stopped(stop), faults, ..Trouble::default() };
                let what = format!("{mode:?} at call {} ({}), then {next:?}", index + 1, call.op.name());
                cases.push((path.name, path.scenario(trouble, next == Next::StackDelete), what));
            }
        }
    }
    cases
}

/// Hits this call and no other.
fn late(calls: &[Call], index: usize) -> Fault {
    let call = &calls[index];
    let nth = calls[..=index].iter().filter(|other| (other.op, &other.region) == (call.op, &call.region)).count();
    let nth = u32::try_from(nth).expect("few calls");
    Fault::at(call.op, FaultKind::HangDoneLater(LATE_MS)).within(&call.region).nth(nth)
}

/// Another client's sync.
fn create(name: &'static str, region: &'static str) -> Step {
    Step::Client(Client { region, act: Act::Create(name, destination("logs").config) })
}

fn destination(bucket: &'static str) -> Desired {
    Desired::to_bucket("alpha", bucket)
}

fn source(region: &'static str) -> Desired {
    let regions = BTreeSet::from([region]);
    let config = Config::Source { from: From::Organization, regions, future_regions: false, all_ops_data: None };
    Desired { config, ..destination("logs") }
}

fn deploy(desired: Desired) -> Step {
    Step::deploy_one(desired, Vec::new())
}

fn refused(desired: Desired, fault: Fault) -> Step {
    Step::deploy_one(desired, vec![Trouble { faults: vec![fault], ..Trouble::default() }])
}

fn paths() -> Vec<Path> {
    let shared = Config::Destination { bucket: "logs", prefix: None, key: None, sharing: true };
    let logs = || Desired { config: shared.clone(), ..destination("logs") };
    let within = |regions: &[&'static str]| Desired { regions: regions.iter().copied().collect(), ..logs() };
    let invalid = || Fault::at(Op::Create, FaultKind::Invalid("The bucket is in another Region.".to_owned()));
    let two = &REGIONS[..2];
    let full = || Step::Client(Client { region: REGION, act: Act::Fill(0) });
    let beta = || Desired { name: Some("beta"), ..logs() };
    let adopting = |desired| Desired { adopt: true, ..desired };
    let delete = Step::Stack { stack: 0, operation: Operation::Delete, troubles: Vec::new() };
    let retaining = Desired { retain: [REGIONS[1]].into(), ..logs() };
    let after = |name: &'static str, before: Vec<Step>, step: Step| Path { name, before, step };
    let with = |name: &'static str, step: Step| after(name, vec![deploy(logs())], step);
    vec![
        after("create", Vec::new(), deploy(logs())),
        after("two Regions, one refused", Vec::new(), refused(within(two), invalid().within(REGIONS[1]).always())),
        with("replace", deploy(destination("archive"))),
        with("replace, refused and restored", refused(destination("archive"), invalid())),
        with("rename", deploy(beta())),
        after("rename at the quota", vec![deploy(logs()), full()], deploy(beta())),
        after("update of a source", vec![deploy(source("us-west-2"))], deploy(source("ca-central-1"))),
        after("Region added and removed", vec![deploy(within(two))], deploy(within(&REGIONS[1..]))),
        with("type changed", deploy(source("us-west-2"))),
        after("delete", vec![deploy(within(two))], delete),
        after(
            "taken over",
            vec![create("alpha", REGION), deploy(adopting(destination("logs")))],
            deploy(destination("archive")),
        ),
        with("given back", deploy(adopting(logs()))),
        after("Region retained", vec![deploy(within(two))], deploy(retaining)),
    ]
}
