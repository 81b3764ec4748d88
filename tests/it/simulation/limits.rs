//! The limits that docs/behavior.md#limits admits: what no design closes without SSM's help, or would cost more than it is
//! worth. A violation that one of them accounts for is counted and forgiven; any other fails.

use super::{
    desired::{Desired, REGIONS},
    invariants::{About, Broken},
    ledger::{Owner, Touch},
    run::{self, Delivered, Run},
    scenario::{Client, Delivery, Deploy, Next, Scenario, Step, Stop, Trouble},
};
use crate::fake::{
    call_log::{Call, Change, Outcome},
    cloudformation::{RequestType, Response, Siblings, Why},
    fault::{Fault, FaultKind, Op},
    ssm::Lag,
};

/// How far SSM's clock and the function's may be apart.
const CLOCKS_APART_MS: u64 = 5_000;
/// What an unfinished event has under way is waited out so long.
const WAITED_OUT_MS: u64 = 8_000;

/// Nothing is changed by a look that is older.
const LOOK_LASTS_MS: u64 = 500;

pub struct Limit {
    /// What the docs say of it.
    pub says: &'static str,
    pub accounts_for: fn(&Run, &Broken) -> bool,
    /// What meets it; `None` where only the policy's own tests can show it.
    example: Option<fn() -> Vec<Step>>,
}

pub const LIMITS: [Limit; 13] = [
    Limit {
        says: "after a kill, a 5xx, or an event that was superseded before it could close, another client's sync of that \
               name and bucket, made within the time of `Making`, is taken for ours",
        accounts_for: lookalike,
        example: Some(|| {
            let killed = Trouble { meanwhile: Some((500, the_same())), ..stopped(3, Next::Delivery, 60) };
            vec![Step::deploy(alpha(), vec![killed])]
        }),
    },
    Limit {
        says: "between a look and a call by name, milliseconds; and a call that SSM carries out late",
        accounts_for: race,
        example: Some(|| {
            // After the look, before the call.
            let replaced = Trouble { meanwhile: Some((60, the_same())), ..Trouble::default() };
            vec![deploy(alpha()), Step::Delete { stack: 0, troubles: vec![replaced] }]
        }),
    },
    Limit {
        says: "a rename that was done and never heard of, rollback disabled, then the stack's Delete: the new one stays",
        accounts_for: unheard_rename,
        example: Some(|| {
            let unheard = Trouble { delivery: Delivery::Unheard, ..Trouble::default() };
            let rename = without_rollback(Step::deploy(beta(), vec![unheard]));
            vec![deploy(alpha()), rename]
        }),
    },
    Limit {
        says: "a rename whose rollback fails, then the stack's Delete: what has the old name stays (it looks retained)",
        accounts_for: failed_rollback_of_rename,
        example: Some(|| {
            let regions = [REGIONS[0], REGIONS[1]].into();
            vec![deploy(Desired { regions, ..alpha() }), Step::Client(the_same()), rolled_back(deploy(beta()))]
        }),
    },
    Limit {
        says: "retained, then a Create of the same name that is never served or never heard: the Delete under \
               CloudFormation's id removes what was retained",
        accounts_for: retained_then_unheard_create,
        example: Some(|| {
            let dropped = Trouble { delivery: Delivery::Dropped, ..Trouble::default() };
            let gone = retaining(Step::Deploy(Deploy::default()));
            vec![deploy(alpha()), gone, Step::deploy(alpha(), vec![dropped])]
        }),
    },
    Limit {
        says: "an Update that is killed before its delete, then a rename under `UpdateReplacePolicy: Retain`: the next \
               Update removes what was retained",
        accounts_for: retained_after_kill,
        example: Some(|| {
            let killed = without_rollback(Step::deploy(archived(alpha()), vec![stopped(3, Next::Event, 0)]));
            vec![deploy(alpha()), killed, retaining(deploy(beta())), deploy(archived(beta()))]
        }),
    },
    Limit {
        says: "a Create that was not heard, then an Update to another name under CloudFormation's id that fails, then the \
               stack's Delete: what the Create made stays",
        accounts_for: unheard_create_then_failed_update,
        example: None,
    },
    Limit {
        says: "a clean-up's Delete that is never served: what is left looks retained",
        accounts_for: unserved_clean_up,
        example: Some(|| {
            let dropped = |event| Trouble { event, delivery: Delivery::Dropped, ..Trouble::default() };
            vec![deploy(alpha()), Step::deploy(beta(), (1..=3).map(dropped).collect())]
        }),
    },
    Limit {
        says: "renamed under `UpdateReplacePolicy: Retain`, and back in the next Update, which looks like the rollback: what \
               was retained is changed",
        accounts_for: renamed_back_at_once,
        example: Some(|| vec![deploy(alpha()), retaining(deploy(beta())), deploy(archived(alpha()))]),
    },
    Limit {
        says: "renamed back onto a retained sync that is as wanted, then rolled back: it is deleted",
        accounts_for: renamed_back_onto_retained,
        example: Some(|| vec![deploy(alpha()), retaining(deploy(beta())), rolled_back(deploy(alpha()))]),
    },
    Limit {
        says: "a Create that was killed, or an Update under its id, whose Delete finds no table: what was made stays",
        accounts_for: no_table_for_the_delete,
        example: Some(|| {
            let dark = |nth| vec![Fault::at(Op::GetItem, FaultKind::LoseReplyBefore).nth(nth).always()];
            let killed = Trouble { faults: dark(2), ..stopped(4, Next::Delivery, 0) };
            let delete = Trouble { event: 1, faults: dark(1), ..Trouble::default() };
            vec![Step::deploy(alpha(), vec![killed, delete])]
        }),
    },
    Limit {
        says: "a removal that was cut short while List is behind by more than eight seconds, then an Update that wants the \
               sync: what is gone counts as there",
        accounts_for: unseen_removal,
        example: Some(|| {
            let lag = Lag { deletions_ms: 9_900, ..Lag::default() };
            let killed = Trouble { lag, ..stopped(9, Next::Event, 0) };
            let moved = Desired { regions: [REGIONS[1]].into(), ..alpha() };
            vec![deploy(alpha()), Step::deploy(moved, vec![killed])]
        }),
    },
    Limit {
        says: "events of one resource that CloudFormation signed within one second have no order",
        accounts_for: same_second,
        example: None,
    },
];

/// What is said to be a limit can be met: where it can't any more, it is none.
#[test]
fn each_limit_is_one() {
    for limit in LIMITS {
        let Some(example) = limit.example else { continue };
        let scenario = Scenario { steps: example(), ..Scenario::default() };
        let met = run::run(1, &scenario).unwrap_or_else(|violation| panic!("{}: {violation:?}", limit.says)).limits;
        assert!(met.contains_key(limit.says), "not met: {}\n{scenario}but {met:?}", limit.says);
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
    Client::CreatesTheSame { region: REGIONS[0], stack: 0 }
}

fn stopped(calls: usize, next: Next, after_s: u64) -> Trouble {
    let delivery = Delivery::Stopped(Stop { calls, is_frozen: false, next, after_s });
    Trouble { delivery, ..Trouble::default() }
}

fn deploy(desired: Desired) -> Step {
    Step::deploy(desired, Vec::new())
}

fn changed(step: Step, change: impl FnOnce(&mut Deploy)) -> Step {
    let Step::Deploy(mut deploy) = step else { unreachable!("a deployment") };
    change(&mut deploy);
    Step::Deploy(deploy)
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

fn touch<'a>(run: &'a Run, broken: &Broken) -> Option<&'a Touch> {
    match broken.about {
        About::Touch(index) => Some(&run.touches[index]),
        _ => None,
    }
}

/// The record of the resource that is left something.
fn left(broken: &Broken) -> Option<&str> {
    match &broken.about {
        About::Left(_, resource) => Some(resource),
        _ => None,
    }
}

fn events<'a>(run: &'a Run, resource: &'a str) -> impl DoubleEndedIterator<Item = &'a Delivered> {
    run.delivered.iter().filter(move |delivered| delivered.resource == resource && !delivered.is_redelivery)
}

fn is_unheard(delivered: &Delivered) -> bool {
    matches!(delivered.response, Response::TimedOut | Response::Cancelled)
}

/// Was an outcome not known: was a process stopped, or a response lost?
fn is_cut_short(run: &Run, delivered: &Delivered) -> bool {
    let is_stopped =
        matches!(delivered.delivery, Delivery::Stopped(_) | Delivery::Cancelled { .. } | Delivery::Twice { .. });
    let is_lost = |call: &Call| {
        call.op.changes_syncs()
            && (matches!(call.outcome, Outcome::Dropped | Outcome::Hung)
                || matches!(&call.outcome, Outcome::Refused(refusal) if refusal.status >= 500))
    };
    is_stopped || run.env.aws.lock().calls[delivered.calls.clone()].iter().any(is_lost)
}

/// The sync was created within the time of a `Making`, and an outcome was not known then.
fn lookalike(run: &Run, broken: &Broken) -> bool {
    let Some(Touch { sent, sender, sync, .. }) = touch(run, broken) else { return false };
    let resource = &run.delivered[*sender].resource;
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
fn race(run: &Run, broken: &Broken) -> bool {
    let Some(Touch { call, sent, sync, .. }) = touch(run, broken) else { return false };
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

fn unheard_rename(run: &Run, broken: &Broken) -> bool {
    let Some(resource) = left(broken) else { return false };
    events(run, resource).any(|delivered| {
        delivered.event.request_type == RequestType::Update && is_unheard(delivered) && delivered.is_rollback_disabled
    })
}

/// The rollback of any resource of the stack: the others' comes after it.
fn failed_rollback_of_rename(run: &Run, broken: &Broken) -> bool {
    let About::Left(sync, resource) = &broken.about else { return false };
    let is_renamed = events(run, resource).any(
        |delivered| matches!(&delivered.response, Response::Success { physical_id, .. } if *physical_id != sync.name),
    );
    let is_failed_rollback = |delivered: &Delivered| {
        delivered.event.why == Why::Rollback
            && delivered.event.request_type == RequestType::Update
            && resource.starts_with(&delivered.event.stack_id)
            && !matches!(delivered.response, Response::Success { .. })
    };
    is_renamed && run.delivered.iter().any(is_failed_rollback)
}

fn retained_then_unheard_create(run: &Run, broken: &Broken) -> bool {
    let Some(touch) = touch(run, broken) else { return false };
    let Delivered { event, resource, .. } = &run.delivered[touch.sender];
    let is_retained = matches!(run.ledger.owner(&touch.sync), Owner::Retained(_));
    let is_unheard_create =
        |delivered: &Delivered| delivered.event.request_type == RequestType::Create && is_unheard(delivered);
    is_retained && event.request_type == RequestType::Delete && events(run, resource).any(is_unheard_create)
}

fn retained_after_kill(run: &Run, broken: &Broken) -> bool {
    let Some(touch) = touch(run, broken) else { return false };
    let Delivered { event, resource, .. } = &run.delivered[touch.sender];
    let is_retained = matches!(run.ledger.owner(&touch.sync), Owner::Retained(_));
    is_retained
        && event.request_type == RequestType::Update
        && events(run, resource)
            .any(|delivered| delivered.event.request_type == RequestType::Update && is_cut_short(run, delivered))
}

fn unheard_create_then_failed_update(run: &Run, broken: &Broken) -> bool {
    let Some(resource) = left(broken) else { return false };
    let mut events = events(run, resource);
    events.any(|delivered| delivered.event.request_type == RequestType::Create && is_unheard(delivered))
        && events.any(|delivered| delivered.event.request_type == RequestType::Update)
}

fn unserved_clean_up(run: &Run, broken: &Broken) -> bool {
    let Some(resource) = left(broken) else { return false };
    events(run, resource)
        .any(|delivered| delivered.event.why == Why::Cleanup && !matches!(delivered.response, Response::Success { .. }))
}

fn renamed_back_at_once(run: &Run, broken: &Broken) -> bool {
    let Some(touch) = touch(run, broken) else { return false };
    let Delivered { event, resource, .. } = &run.delivered[touch.sender];
    let is_retained = run.ledger.owner(&touch.sync) == Owner::Retained(resource.clone());
    let last = events(run, resource).rfind(|delivered| delivered.at_ms < run.delivered[touch.sender].at_ms);
    let is_rename = last.is_some_and(|last| {
        last.event.request_type == RequestType::Update && last.event.physical_id.as_ref() == Some(&touch.sync.name)
    });
    is_retained && event.request_type == RequestType::Update && is_rename
}

fn renamed_back_onto_retained(run: &Run, broken: &Broken) -> bool {
    touch(run, broken).is_some_and(|touch| run.ledger.is_wanted_again(&touch.sync))
}

fn unseen_removal(run: &Run, broken: &Broken) -> bool {
    let About::Missing { region, name } = &broken.about else { return false };
    let aws = run.env.aws.lock();
    let is_removal = |call: &&Call| {
        matches!(&call.change, Some(Change::Deleted(sync)) if sync.name == *name) && call.region == *region
    };
    let Some(removed_ms) = aws.calls.iter().rev().find(is_removal).map(|call| call.at_ms) else { return false };
    let is_fooled = |call: &Call| {
        call.op == Op::List && call.region == *region && (removed_ms..removed_ms + run.lag_ms).contains(&call.at_ms)
    };
    run.lag_ms > WAITED_OUT_MS && aws.calls.iter().any(is_fooled)
}

fn no_table_for_the_delete(run: &Run, broken: &Broken) -> bool {
    let Some(resource) = left(broken) else { return false };
    events(run, resource).any(|delivered| {
        delivered.event.request_type == RequestType::Delete
            && delivered.event.physical_id.as_ref().is_some_and(|id| id.starts_with("nothing-created:"))
            && delivered.has_table_fault()
    })
}

fn same_second(run: &Run, broken: &Broken) -> bool {
    let resource = match (touch(run, broken), left(broken)) {
        (Some(touch), _) => &run.delivered[touch.sender].resource,
        (_, Some(resource)) => resource,
        _ => return false,
    };
    let seconds: Vec<u64> = events(run, resource).map(|delivered| delivered.at_ms / 1000).collect();
    seconds.windows(2).any(|pair| pair[0] == pair[1])
}
