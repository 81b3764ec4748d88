//! The limits that docs/behavior.md#limits admits: what no design closes without SSM's help, or would cost more than it is
//! worth. A violation that one of them accounts for is counted and forgiven; any other fails.

use super::{
    desired::{Desired, REGIONS},
    invariants::{About, Broken},
    ledger::{Owner, SyncId, Touch},
    run::{self, Delivered, Run},
    scenario::{Act, Client, Delivery, Deploy, Next, Operation, Scenario, Step, Stop, Template, Trouble},
};
use crate::fake::{
    call_log::{Call, Change, Outcome},
    cloudformation::{RequestType, Siblings, Why},
    fault::{Fault, FaultKind, Op},
    ssm::Lag,
};

/// How far SSM's clock and the function's may be apart.
const CLOCKS_APART_MS: u64 = 5_000;
/// What an unfinished event has under way is waited out so long.
const WAITED_OUT_MS: u64 = 8_000;

/// Nothing is changed by a look that is older.
const LOOK_LASTS_MS: u64 = 2_500;

pub struct Limit {
    /// Under which the docs have it.
    pub number: usize,
    excuses: Excuses,
    /// What meets it.
    example: fn() -> Vec<Step>,
}

/// What can be due to a limit.
enum Excuses {
    /// A touch, by an event.
    Touch(fn(&Run, &Touch, &Delivered) -> bool),
    /// A sync that a resource has left.
    Left(fn(&Run, &SyncId, &str) -> bool),
    /// What is not there, in a Region, under a name.
    Missing(fn(&Run, &str, &str) -> bool),
}

impl Limit {
    /// What the docs say of it.
    pub fn text(&self) -> String {
        let (_, limits) = include_str!("../../../docs/behavior.md").split_once("\n## Limits\n").expect("limits");
        let (_, text) = limits.split_once(&format!("\n{}. ", self.number)).expect("a limit of this number");
        let lines = text.lines().enumerate().take_while(|(index, line)| *index == 0 || line.starts_with("   "));
        lines.map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" ")
    }

    pub fn accounts_for(&self, run: &Run, broken: &Broken) -> bool {
        let sender = |touch: &usize| &run.delivered[run.touches[*touch].sender];
        match (&self.excuses, &broken.about) {
            (Excuses::Touch(is_met), About::Touch(touch)) => is_met(run, &run.touches[*touch], sender(touch)),
            (Excuses::Left(is_met), About::Left(sync, resource)) => is_met(run, sync, resource),
            (Excuses::Missing(is_met), About::Missing { region, name }) => is_met(run, region, name),
            _ => false,
        }
    }
}

pub const LIMITS: [Limit; 11] = [
    Limit {
        number: 1,
        excuses: Excuses::Touch(lookalike),
        example: || {
            let killed = Trouble { meanwhile: Some((500, the_same())), ..stopped(3, Next::Delivery, 60) };
            vec![Step::deploy_one(alpha(), vec![killed])]
        },
    },
    Limit {
        number: 2,
        excuses: Excuses::Touch(race),
        example: || {
            // After the look, before the call.
            let replaced = Trouble { meanwhile: Some((60, the_same())), ..Trouble::default() };
            vec![deploy(alpha()), Step::Stack { stack: 0, operation: Operation::Delete, troubles: vec![replaced] }]
        },
    },
    Limit {
        number: 3,
        excuses: Excuses::Left(|run, _, resource| {
            any(run, resource, |it| it.is_of(RequestType::Update) && it.is_unheard() && it.is_rollback_disabled)
        }),
        example: || {
            vec![deploy(alpha()), without_rollback(Step::deploy_one(beta(), vec![delivered(Delivery::Unheard)]))]
        },
    },
    Limit {
        number: 13,
        excuses: Excuses::Left(failed_rollback_of_rename),
        example: || {
            let regions = [REGIONS[0], REGIONS[1]].into();
            vec![deploy(Desired { regions, ..alpha() }), Step::Client(the_same()), rolled_back(deploy(beta()))]
        },
    },
    Limit {
        number: 4,
        excuses: Excuses::Touch(|run, touch, by| {
            let is_unheard_create = |it: &Delivered| it.is_of(RequestType::Create) && it.is_unheard();
            is_retained(run, touch) && by.is_of(RequestType::Delete) && any(run, &by.resource, is_unheard_create)
        }),
        example: || {
            let gone = changed(deploy(alpha()), |deploy| (deploy.template, deploy.retain) = (Template::new(), true));
            vec![deploy(alpha()), gone, Step::deploy_one(alpha(), vec![delivered(Delivery::Dropped)])]
        },
    },
    Limit {
        number: 5,
        excuses: Excuses::Touch(|run, touch, by| {
            let is_killed_update = |it: &Delivered| it.is_of(RequestType::Update) && is_cut_short(run, it);
            is_retained(run, touch) && by.is_of(RequestType::Update) && any(run, &by.resource, is_killed_update)
        }),
        example: || {
            let killed = without_rollback(Step::deploy_one(archived(alpha()), vec![stopped(3, Next::Event, 0)]));
            vec![deploy(alpha()), killed, retaining(deploy(beta())), deploy(archived(beta()))]
        },
    },
    Limit {
        number: 7,
        excuses: Excuses::Left(|run, sync, resource| {
            let is_its_clean_up =
                |it: &Delivered| it.event.why == Why::Cleanup && it.event.physical_id.as_ref() == Some(&sync.name);
            any(run, resource, |it| is_its_clean_up(it) && it.succeeded_as().is_none())
        }),
        example: || {
            let dropped = |event| Trouble { event, ..delivered(Delivery::Dropped) };
            vec![deploy(alpha()), Step::deploy_one(beta(), (1..=3).map(dropped).collect())]
        },
    },
    Limit {
        number: 15,
        excuses: Excuses::Touch(|run, touch, by| {
            let last = events(run, &by.resource).rfind(|it| it.at_ms < by.at_ms);
            let is_rename = |last: &Delivered| {
                last.is_of(RequestType::Update) && last.event.physical_id.as_ref() == Some(&touch.sync.name)
            };
            let is_own = run.ledger.owner(&touch.sync) == Owner::Retained(by.resource.clone());
            is_own && by.is_of(RequestType::Update) && last.is_some_and(is_rename)
        }),
        example: || vec![deploy(alpha()), retaining(deploy(beta())), deploy(archived(alpha()))],
    },
    Limit {
        number: 8,
        excuses: Excuses::Touch(|run, touch, _| run.ledger.is_wanted_again(&touch.sync)),
        example: || vec![deploy(alpha()), retaining(deploy(beta())), rolled_back(deploy(alpha()))],
    },
    Limit {
        number: 9,
        excuses: Excuses::Left(|run, _, resource| {
            let is_invented =
                |it: &Delivered| it.event.physical_id.as_ref().is_some_and(|id| id.starts_with("nothing-created:"));
            any(run, resource, |it| it.is_of(RequestType::Delete) && is_invented(it) && it.has_table_fault())
        }),
        example: || {
            let dark = |nth| vec![Fault::at(Op::GetItem, FaultKind::LoseReplyBefore).nth(nth).always()];
            let killed = Trouble { faults: dark(2), ..stopped(4, Next::Delivery, 0) };
            let delete = Trouble { event: 1, faults: dark(1), ..Trouble::default() };
            vec![Step::deploy_one(alpha(), vec![killed, delete])]
        },
    },
    Limit {
        number: 14,
        excuses: Excuses::Missing(unseen_removal),
        example: || {
            let lag = Lag { deletions_ms: 9_900, ..Lag::default() };
            let killed = Trouble { lag, ..stopped(9, Next::Event, 0) };
            let moved = Desired { regions: [REGIONS[1]].into(), ..alpha() };
            vec![deploy(alpha()), Step::deploy_one(moved, vec![killed])]
        },
    },
];

/// What is said to be a limit can be met: where it can't any more, it is none.
#[test]
fn each_limit_is_one() {
    for limit in LIMITS {
        let scenario = Scenario { steps: (limit.example)(), ..Scenario::default() };
        let met = run::run(1, &scenario).unwrap_or_else(|violation| panic!("{}: {violation:?}", limit.text())).limits;
        assert!(met.contains_key(&limit.number), "not met: {}\n{scenario}but {met:?}", limit.text());
    }
}

fn alpha() -> Desired {
    Desired::to_bucket("alpha", "logs")
}

fn beta() -> Desired {
    Desired { name: Some("beta"), ..alpha() }
}

fn archived(desired: Desired) -> Desired {
    Desired { config: Desired::to_bucket("alpha", "archive").config, ..desired }
}

fn the_same() -> Client {
    Client { region: REGIONS[0], act: Act::CreateTheSame(0) }
}

fn stopped(calls: usize, next: Next, after_s: u64) -> Trouble {
    delivered(Delivery::Stopped(Stop { calls, is_frozen: false, next, after_s }))
}

fn delivered(delivery: Delivery) -> Trouble {
    Trouble { delivery, ..Trouble::default() }
}

fn deploy(desired: Desired) -> Step {
    Step::deploy_one(desired, Vec::new())
}

fn changed(mut step: Step, change: impl FnOnce(&mut Deploy)) -> Step {
    change(step.deploy_mut().expect("a deployment"));
    step
}

fn retaining(step: Step) -> Step {
    changed(step, |deploy| deploy.retain = true)
}

fn without_rollback(step: Step) -> Step {
    changed(step, |deploy| deploy.rollback_disabled = true)
}

fn rolled_back(step: Step) -> Step {
    changed(step, |deploy| deploy.siblings = Siblings::Fail)
}

fn events<'a>(run: &'a Run, resource: &'a str) -> impl DoubleEndedIterator<Item = &'a Delivered> {
    run.delivered.iter().filter(move |delivered| delivered.resource == resource && !delivered.is_redelivery)
}

fn any(run: &Run, resource: &str, is: impl Fn(&Delivered) -> bool) -> bool {
    events(run, resource).any(is)
}

fn is_retained(run: &Run, touch: &Touch) -> bool {
    matches!(run.ledger.owner(&touch.sync), Owner::Retained(_))
}

/// Was an outcome not known: was a process stopped, or a response lost?
fn is_cut_short(run: &Run, delivered: &Delivered) -> bool {
    let is_stopped = matches!(
        delivered.delivery,
        Delivery::Stopped(_) | Delivery::Cancelled { .. } | Delivery::Twice { apart_ms: ..=4_000 }
    );
    let is_lost = |call: &Call| {
        call.op.changes_syncs()
            && (matches!(call.outcome, Outcome::Dropped | Outcome::Hung)
                || matches!(&call.outcome, Outcome::Refused(refusal) if refusal.status >= 500))
    };
    is_stopped || run.env.aws.lock().calls[delivered.calls.clone()].iter().any(is_lost)
}

/// The sync was created within the time of a `Making`, and an outcome was not known then.
fn lookalike(run: &Run, Touch { sent, sync, .. }: &Touch, by: &Delivered) -> bool {
    let resource = &by.resource;
    let created_ms = sync.created_ms.saturating_add_signed(run.scenario.skew_ms);
    let key = format!("{}/{}/{}", sync.region, sync.type_name, sync.name);
    let is_within = |call: &Call| {
        let record = crate::fake::table::plain(&call.body["Item"]);
        let making = &record["Syncs"][&key]["Making"];
        let (since_ms, until_ms) = (millis(&making["Since"]), millis(&making["Until"]));
        call.op == Op::PutItem
            && record["Resource"] == *resource
            && since_ms.is_some_and(|since_ms| created_ms + CLOCKS_APART_MS >= since_ms)
            && until_ms.is_some_and(|until_ms| created_ms <= until_ms)
    };
    let is_made = run.env.aws.lock().calls[..*sent].iter().any(is_within);
    let is_before = |delivered: &&Delivered| delivered.at_ms <= sync.created_ms + CLOCKS_APART_MS;
    let is_foreign = run.ledger.owner(sync) != Owner::Retained(resource.clone());
    is_foreign && is_made && events(run, resource).filter(is_before).any(|delivered| is_cut_short(run, delivered))
}

/// Seconds, as a record has them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time of this era")]
fn millis(seconds: &serde_json::Value) -> Option<u64> {
    seconds.as_f64().map(|seconds| (seconds * 1000.0) as u64)
}

/// The function had no chance to see it: it was created after the last look before the call was sent, or after our own
/// Create and before the first look at what that made.
fn race(run: &Run, Touch { call, sent, sync, .. }: &Touch, _: &Delivered) -> bool {
    let aws = run.env.aws.lock();
    let body = &aws.calls[*call].body;
    let is_look =
        |look: &&Call| look.op == Op::List && look.region == sync.region && look.body["SyncType"] == body["SyncType"];
    let looked_ms = aws.calls[..*sent].iter().rev().find(is_look).map(|look| look.at_ms);
    if looked_ms.is_some_and(|looked_ms| aws.calls[*sent].at_ms > looked_ms + LOOK_LASTS_MS) {
        return false;
    }
    let is_own = |call: &&Call| {
        let is_created = matches!(&call.change, Some(Change::Created(created)) if created.name == sync.name);
        is_created && call.region == sync.region && call.at_ms < sync.created_ms
    };
    let made_ms = aws.calls.iter().rev().find(is_own).map(|call| call.at_ms);
    let is_unseen = |made_ms: u64| {
        let first = aws.calls.iter().filter(is_look).find(|look| look.at_ms >= made_ms + run.lag_ms);
        first.is_none_or(|first| sync.created_ms <= first.at_ms)
    };
    looked_ms.is_none_or(|looked_ms| sync.created_ms + run.lag_ms >= looked_ms) || made_ms.is_some_and(is_unseen)
}

/// The rollback of any resource of the stack: the others' comes after it.
fn failed_rollback_of_rename(run: &Run, sync: &SyncId, resource: &str) -> bool {
    let is_renamed = |it: &Delivered| it.succeeded_as().is_some_and(|id| id != sync.name);
    let is_failed_rollback = |it: &Delivered| {
        it.event.why == Why::Rollback
            && it.is_of(RequestType::Update)
            && resource.starts_with(&it.event.stack_id)
            && it.succeeded_as().is_none()
    };
    any(run, resource, is_renamed) && run.delivered.iter().any(is_failed_rollback)
}

fn unseen_removal(run: &Run, region: &str, name: &str) -> bool {
    let aws = run.env.aws.lock();
    let is_removal = |call: &&Call| {
        matches!(&call.change, Some(Change::Deleted(sync)) if sync.name == name) && call.region == region
    };
    let Some(removed_ms) = aws.calls.iter().rev().find(is_removal).map(|call| call.at_ms) else { return false };
    let is_fooled = |call: &Call| {
        call.op == Op::List && call.region == region && (removed_ms..removed_ms + run.lag_ms).contains(&call.at_ms)
    };
    run.lag_ms > WAITED_OUT_MS && aws.calls.iter().any(is_fooled)
}
