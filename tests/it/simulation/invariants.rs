//! What must hold after every event, after every step and at the end, whatever happens: one rule of docs/behavior.md each.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    desired::Desired,
    ledger::{Owner, SyncId},
    limits,
    run::{Delivered, Run, SERVICE_TIMEOUT},
    scenario::{Delivery, Stop},
};
use crate::fake::{
    Services,
    call_log::{Call, Outcome},
    cloudformation::{RequestType, Response, Siblings, State, read_response},
    fault::Op,
};

/// Calls of all services while one event is served.
const CALLS_MAX: usize = 1_500;
/// A process that was frozen longer is at its end when it goes on.
const FROZEN_MAX: Duration = Duration::from_secs(800);
const ATTRIBUTES: [&str; 8] =
    ["Arn", "SyncName", "SyncType", "LastStatus", "SyncCreatedTime", "SyncSourceState", "Regions", "RegionStates"];

type Check = fn(&Run, Moment) -> Result<(), Broken>;

pub const INVARIANTS: [(&str, Check); 13] = [
    ("what is not ours is untouched", foreign_untouched),
    ("others' records are untouched", records_untouched),
    ("an event that is served is responded to, in time", responded),
    ("a response never changes", responses_never_change),
    ("a response is one that CloudFormation takes", responses_well_formed),
    ("an id says what it is", ids),
    ("every request is one that its service takes", requests_valid),
    ("an event's calls are bounded", calls_bounded),
    ("a redelivered event changes nothing", redelivery_changes_nothing),
    ("what the template says exists and is recorded", wanted_exists),
    ("nothing of ours is left", nothing_left),
    ("a deployment succeeds where nothing goes wrong", deployments_succeed),
    ("a stack can be deleted", stacks_deleted),
];

/// When something is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An event was served.
    Event(usize),
    /// A stack has settled.
    Settled(usize),
    /// A deployment of a stack has settled.
    Deployed(usize, Siblings),
    /// Everything has been deleted.
    End,
}

/// An invariant that does not hold.
#[derive(Debug)]
pub struct Broken {
    pub words: String,
    pub about: About,
}

#[derive(Clone, Debug)]
pub enum About {
    /// The n-th touch.
    Touch(usize),
    /// A sync that is left, and the record of its resource.
    Left(SyncId, String),
    /// What is wanted in a Region, under a name, and not there.
    Missing {
        region: String,
        name: String,
    },
    Other,
}

/// An invariant that does not hold, and no limit says so.
#[derive(Debug)]
pub struct Violation {
    pub invariant: String,
    pub words: String,
    pub transcript: String,
}

impl Violation {
    pub fn new(invariant: &str, words: String) -> Self {
        Self { invariant: invariant.to_owned(), words, transcript: String::new() }
    }
}

/// Holds a run to every invariant. What a known limit accounts for is counted, and forgiven from then on.
pub fn check(run: &mut Run, moment: Moment) -> Result<(), Violation> {
    for (invariant, holds) in INVARIANTS {
        while let Err(broken) = holds(run, moment) {
            let Some(limit) = limits::LIMITS.iter().find(|limit| limit.accounts_for(run, &broken)) else {
                return Err(Violation::new(invariant, broken.words));
            };
            *run.tally.limits.entry(limit.number).or_default() += 1;
            match broken.about {
                About::Touch(touch) => run.touches[touch].is_allowed = true,
                About::Left(sync, _) => run.ledger.set(&sync, Owner::Nobody),
                About::Missing { region, name } => {
                    run.drifted.insert((region, name), run.env.aws.clock.now_ms());
                }
                About::Other => break,
            }
        }
    }
    Ok(())
}

fn broken(about: About, words: impl Into<String>) -> Result<(), Broken> {
    Err(Broken { words: words.into(), about })
}

/// Syncs of other clients, of other stacks, and what was retained.
fn foreign_untouched(run: &Run, _: Moment) -> Result<(), Broken> {
    let Some(index) = run.touches.iter().position(|touch| !touch.is_allowed) else { return Ok(()) };
    let touch = &run.touches[index];
    let Delivered { event, resource, .. } = &run.delivered[touch.sender];
    let owner = run.ledger.owner(&touch.sync);
    let words = format!("a {} of {resource} has changed {:?}, of {owner:?}", event.request_type.name(), touch.sync);
    broken(About::Touch(index), words)
}

fn records_untouched(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Event(index) = moment else { return Ok(()) };
    let delivered = &run.delivered[index];
    let aws = run.env.aws.lock();
    for call in aws.calls[delivered.calls.clone()].iter().filter(|call| call.op == Op::PutItem && !call.is_late) {
        let key = call.body["Item"]["Resource"]["S"].as_str().unwrap_or_default();
        let is_of_one_served = run.delivered.iter().any(|other| other.resource == key && other.at_ms <= call.at_ms);
        let stack = key.split('|').next();
        if !is_of_one_served || stack != delivered.resource.split('|').next() {
            return broken(About::Other, format!("an event of {} has written {key}", delivered.resource));
        }
    }
    Ok(())
}

/// Once a response is known to be in the record, the same bytes are sent, as long as the record is that request's and can be
/// read.
fn responses_never_change(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Event(index) = moment else { return Ok(()) };
    let Delivered { event, resource, .. } = &run.delivered[index];
    let is_readable =
        |delivered: &Delivered| delivered.event.request_id != event.request_id || !delivered.has_table_fault();
    if !run.delivered.iter().all(is_readable) || run.lost_records.contains_key(resource) {
        return Ok(());
    }
    let aws = run.env.aws.lock();
    let mut recorded: Option<String> = None;
    for call in &aws.calls {
        if is_written(call, resource) {
            let item = &call.body["Item"];
            let is_ours = item["RequestId"]["S"] == json!(event.request_id);
            let response = item["Response"]["S"].as_str().filter(|_| is_ours).map(str::to_owned);
            if recorded.is_some() && is_ours && response != recorded {
                return broken(About::Other, format!("{} has two outcomes", event.request_id));
            }
            // Of a write that was carried out late nobody has heard.
            recorded = response.filter(|_| !call.is_late);
        } else if call.op == Op::Respond && call.body["RequestId"] == json!(event.request_id) {
            let is_recorded =
                |recorded: &String| serde_json::from_str::<Value>(recorded).is_ok_and(|recorded| recorded == call.body);
            if !recorded.as_ref().is_none_or(is_recorded) && is_waited_for(&run.delivered[index], call) {
                return broken(About::Other, format!("{} is answered in two ways", event.request_id));
            }
        }
    }
    Ok(())
}

/// Is the record of this resource written?
fn is_written(call: &Call, resource: &str) -> bool {
    let is_done = call.op == Op::PutItem && call.outcome == Outcome::Done(json!({}));
    is_done && call.body["Item"]["Resource"]["S"] == json!(resource)
}

/// Is a response waited for? A process that was frozen until its own end has no time to read what was answered.
fn is_waited_for(delivered: &Delivered, response: &Call) -> bool {
    let is_frozen = matches!(delivered.delivery, Delivery::Stopped(Stop { is_frozen: true, .. }));
    let patience = if is_frozen { FROZEN_MAX } else { SERVICE_TIMEOUT };
    response.at_ms < delivered.at_ms + 1_000 * patience.as_secs()
}

fn responses_well_formed(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Event(index) = moment else { return Ok(()) };
    let Delivered { event, .. } = &run.delivered[index];
    for body in run.env.aws.lock().bucket.responses(&event.request_id) {
        let response = match read_response(&event.stack_id, &event.request_id, &event.logical_id, body) {
            Ok(response) => response,
            Err(why) => return broken(About::Other, why),
        };
        if let (Response::Success { data, .. }, RequestType::Create | RequestType::Update) =
            (&response, event.request_type)
            && let Some(missing) = ATTRIBUTES.iter().find(|attribute| !data[**attribute].is_string())
        {
            return broken(About::Other, format!("{missing} is missing in {data}"));
        }
    }
    Ok(())
}

/// A success of a Create or Update has the sync's name; a failed Create an id that is none; all else the id that came.
fn responded(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Event(index) = moment else { return Ok(()) };
    let Delivered { event, response, delivery, faults, .. } = &run.delivered[index];
    let is_served = matches!(delivery, Delivery::Once | Delivery::Twice { .. });
    let is_heard = faults.iter().all(|fault| fault.operation.is_some_and(|op| op != Op::Respond));
    if is_served && is_heard && *response == Response::TimedOut {
        return broken(About::Other, format!("no response to {event:?}"));
    }
    Ok(())
}

fn ids(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Event(index) = moment else { return Ok(()) };
    let Delivered { event, response, .. } = &run.delivered[index];
    let is_fit = match (event.request_type, response) {
        (_, Response::TimedOut | Response::Cancelled) => true,
        (RequestType::Create | RequestType::Update, Response::Success { physical_id, data }) => {
            let name = run.desired(&event.properties).and_then(|desired| desired.name);
            data["SyncName"] == json!(physical_id) && name.is_none_or(|name| name == physical_id)
        }
        (RequestType::Create, Response::Failed { physical_id, .. }) => ["create-failed:", "nothing-created:"]
            .iter()
            .any(|kind| *physical_id == Some(format!("{kind}{}", event.request_id))),
        (_, Response::Success { physical_id, .. }) => Some(physical_id) == event.physical_id.as_ref(),
        (_, Response::Failed { physical_id, .. }) => *physical_id == event.physical_id,
    };
    if is_fit { Ok(()) } else { broken(About::Other, format!("{response:?} to {event:?}")) }
}

fn requests_valid(run: &Run, _: Moment) -> Result<(), Broken> {
    match run.env.aws.lock().violations.first() {
        Some(violation) => broken(About::Other, violation),
        None => Ok(()),
    }
}

fn calls_bounded(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Event(index) = moment else { return Ok(()) };
    let calls = run.delivered[index].calls.len();
    if calls <= CALLS_MAX { Ok(()) } else { broken(About::Other, format!("{calls} calls")) }
}

fn redelivery_changes_nothing(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Event(index) = moment else { return Ok(()) };
    let Delivered { event, resource, calls, is_redelivery: true, .. } = &run.delivered[index] else { return Ok(()) };
    let aws = run.env.aws.lock();
    let last = aws.calls[..calls.start].iter().rfind(|call| is_written(call, resource));
    let is_closed = last.is_some_and(|call| {
        let item = &call.body["Item"];
        item["RequestId"]["S"] == json!(event.request_id) && item["Response"]["S"].is_string()
    });
    let changes = aws.calls[calls.clone()].iter().filter(|call| call.op.changes_syncs() && !call.is_late).count();
    let is_there = !run.lost_records.contains_key(resource);
    if is_closed && is_there && changes > 0 {
        return broken(About::Other, format!("{changes} calls that change a sync"));
    }
    Ok(())
}

/// A Region in which a resource of a settled stack wants its sync.
pub struct Wanted {
    pub resource: String,
    pub desired: Desired,
    pub region: &'static str,
    pub name: String,
}

impl Wanted {
    pub fn is(&self, sync: &SyncId) -> bool {
        sync.region == self.region && sync.name == self.name && sync.type_name == self.desired.config.sync_type().name()
    }
}

/// What a stack wants, as far as CloudFormation knows.
pub fn wanted(run: &Run, stack: usize) -> Vec<Wanted> {
    let stack = &run.stacks[stack];
    let mut all = Vec::new();
    for (logical_id, resource) in stack.resources() {
        let Some(desired) = run.desired(&resource.properties) else { continue };
        all.extend(desired.regions.iter().map(|region| Wanted {
            resource: format!("{}|{logical_id}", stack.id),
            desired: desired.clone(),
            region,
            name: resource.physical_id.clone(),
        }));
    }
    all
}

/// What the record of a resource says of a sync.
pub fn entry(aws: &Services, resource: &str, sync: &SyncId) -> Value {
    let record = aws.table.record(resource).unwrap_or_default();
    record["Syncs"][format!("{}/{}/{}", sync.region, sync.type_name, sync.name)].clone()
}

fn is_complete(state: State) -> bool {
    matches!(state, State::CreateComplete | State::UpdateComplete | State::UpdateRollbackComplete)
}

/// Has the last operation of the stack come to its end, so that CloudFormation will not come back to it?
pub fn is_over(state: State) -> bool {
    is_complete(state) || matches!(state, State::RollbackComplete | State::DeleteComplete)
}

fn wanted_exists(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Settled(stack) = moment else { return Ok(()) };
    if !is_complete(run.stacks[stack].state()) {
        return Ok(());
    }
    for wanted in wanted(run, stack) {
        let Wanted { resource, region, name, .. } = &wanted;
        let place = ((*region).to_owned(), name.clone());
        let since = run.last_success_ms(resource).unwrap_or_default();
        let is_since = |at: Option<&u64>| at.is_some_and(|at| *at >= since);
        let is_excused = is_since(run.drifted.get(&place))
            || is_since(run.lost_records.get(resource))
            || run.skipped.contains(resource);
        if let Some(why) = why_not_met(run, &wanted).filter(|_| !is_excused) {
            let about = About::Missing { region: place.0, name: place.1 };
            return broken(about, format!("{name} in {region}, of {resource}, {why}"));
        }
    }
    Ok(())
}

/// Why what is wanted is not there, or not recorded.
fn why_not_met(run: &Run, wanted: &Wanted) -> Option<String> {
    let aws = run.env.aws.lock();
    let Wanted { resource, desired, region, .. } = wanted;
    let Some(sync) = aws.ssm.syncs(region).iter().find(|sync| wanted.is(&SyncId::new(region, sync))) else {
        return Some("is missing".to_owned());
    };
    let id = SyncId::new(region, sync);
    let entry = entry(&aws, resource, &id);
    let created_ms = sync.created_ms.saturating_add_signed(run.scenario.skew_ms);
    let is_recorded = entry["State"] == "Settled"
        && entry["SyncCreatedTime"].as_f64().map(|seconds| (seconds * 1000.0).round()) == json!(created_ms).as_f64()
        && entry["Foreign"].as_bool().unwrap_or_default() == desired.adopt;
    let is_met = run.ledger.was_adopted(&id) || desired.config.is_met_by(sync);
    match (is_recorded, is_met) {
        (true, true) => None,
        (false, _) => Some(format!("is recorded as {entry}, created at {created_ms}")),
        (true, false) => Some(format!("holds {}", sync.configuration)),
    }
}

fn nothing_left(run: &Run, moment: Moment) -> Result<(), Broken> {
    let settled: Vec<usize> = match moment {
        Moment::Settled(stack) => vec![stack],
        Moment::End => (0..run.stacks.len()).collect(),
        _ => return Ok(()),
    };
    let aws = run.env.aws.lock();
    for stack in settled {
        let state = run.stacks[stack].state();
        if !is_over(state) {
            continue;
        }
        let wanted = wanted(run, stack);
        for (region, sync) in aws.ssm.all() {
            let sync = SyncId::new(region, sync);
            let Owner::Resource(resource) = run.ledger.owner(&sync) else { continue };
            let is_of_stack = resource.starts_with(&run.stacks[stack].id) || moment == Moment::End;
            let is_wanted = wanted.iter().any(|wanted| wanted.resource == resource && wanted.is(&sync));
            let is_skipped = run.skipped.contains(&resource) && moment != Moment::End;
            if is_of_stack && !is_wanted && !is_skipped && !run.lost_records.contains_key(&resource) {
                return broken(About::Left(sync.clone(), resource.clone()), format!("{sync:?} of {resource} is left"));
            }
        }
    }
    Ok(())
}

/// One stack with one resource, of which nothing is retained, in an account that nobody else uses.
fn deployments_succeed(run: &Run, moment: Moment) -> Result<(), Broken> {
    let Moment::Deployed(stack, siblings) = moment else { return Ok(()) };
    if !run.scenario.is_plain() {
        return Ok(());
    }
    let state = run.stacks[stack].state();
    let is_well = match siblings {
        Siblings::Succeed => matches!(state, State::CreateComplete | State::UpdateComplete),
        Siblings::Fail => matches!(state, State::RollbackComplete | State::UpdateRollbackComplete),
    };
    if is_well { Ok(()) } else { broken(About::Other, format!("{state:?}")) }
}

fn stacks_deleted(run: &Run, moment: Moment) -> Result<(), Broken> {
    if moment != Moment::End {
        return Ok(());
    }
    for stack in &run.stacks {
        if !matches!(stack.state(), State::Absent | State::DeleteComplete) {
            return broken(About::Other, format!("{} is {:?}", stack.name, stack.state()));
        }
    }
    if run.scenario.is_quiet() && run.scenario.retains_nothing() {
        for (key, record) in run.env.aws.lock().table.records() {
            if record["Syncs"].as_object().is_some_and(|syncs| !syncs.is_empty()) {
                return broken(About::Other, format!("the record of {key} is left: {record}"));
            }
        }
    }
    Ok(())
}
