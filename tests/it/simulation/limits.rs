//! The limits that docs/behavior.md#limits admits: what no design closes without SSM's help, or would cost more than it is
//! worth. A violation that one of them accounts for is counted and forgiven; any other fails.

use super::{
    invariants::{About, Broken},
    ledger::{Owner, Touch},
    run::{Delivered, Run},
    scenario::Delivery,
};
use crate::fake::{
    call_log::{Call, Outcome},
    cloudformation::{RequestType, Response, Why},
    fault::Op,
};

/// How far SSM's clock and the function's may be apart.
const CLOCKS_APART_MS: u64 = 5_000;

pub struct Limit {
    /// What the docs say of it.
    pub says: &'static str,
    pub accounts_for: fn(&Run, &Broken) -> bool,
}

pub const LIMITS: [Limit; 11] = [
    Limit {
        says: "after a kill or a 5xx, another client's sync of that name and bucket, made within the time of `Making`, is \
               taken for ours",
        accounts_for: lookalike,
    },
    Limit {
        says: "between a look and a call by name, milliseconds; and a call that SSM carries out late",
        accounts_for: race,
    },
    Limit {
        says: "a rename that was done and never heard of, rollback disabled, then the stack's Delete: the new one stays",
        accounts_for: unheard_rename,
    },
    Limit {
        says: "a rename whose rollback fails, then the stack's Delete: what has the old name stays (it looks retained)",
        accounts_for: failed_rollback_of_rename,
    },
    Limit {
        says: "retained, then a Create of the same name that is never served or never heard: the Delete under \
               CloudFormation's id removes what was retained",
        accounts_for: retained_then_unheard_create,
    },
    Limit {
        says: "an Update that is killed before its delete, then a rename under `UpdateReplacePolicy: Retain`: the next \
               Update removes what was retained",
        accounts_for: retained_after_kill,
    },
    Limit {
        says: "a Create that was not heard, then an Update to another name under CloudFormation's id that fails, then the \
               stack's Delete: what the Create made stays",
        accounts_for: unheard_create_then_failed_update,
    },
    Limit {
        says: "a clean-up's Delete that is never served: what is left looks retained",
        accounts_for: unserved_clean_up,
    },
    Limit {
        says: "renamed back onto a retained sync that is as wanted, then rolled back: it is deleted",
        accounts_for: renamed_back_onto_retained,
    },
    Limit {
        says: "a Create that was killed, or an Update under its id, whose Delete finds no table: what was made stays",
        accounts_for: no_table_for_the_delete,
    },
    Limit {
        says: "events of one resource that CloudFormation signed within one second have no order",
        accounts_for: same_second,
    },
];

fn touch<'a>(run: &'a Run, broken: &Broken) -> Option<&'a Touch> {
    match broken.about {
        About::Touch(index) => Some(&run.touches[index]),
        _ => None,
    }
}

/// The record of the resource that is left something.
fn left<'a>(broken: &'a Broken) -> Option<&'a str> {
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
    let is_stopped = !matches!(delivered.delivery, Delivery::Once | Delivery::Again { .. } | Delivery::Unheard);
    let is_lost = |call: &Call| {
        call.op.changes_syncs()
            && (matches!(call.outcome, Outcome::Dropped | Outcome::Hung)
                || matches!(&call.outcome, Outcome::Refused(refusal) if refusal.status >= 500))
    };
    is_stopped || run.env.aws.lock().calls[delivered.calls.clone()].iter().any(is_lost)
}

/// The sync was created within the time of a `Making` that the record had when the call was sent.
fn lookalike(run: &Run, broken: &Broken) -> bool {
    let Some(Touch { sent, sender, sync, .. }) = touch(run, broken) else { return false };
    let resource = &run.delivered[*sender].resource;
    let aws = run.env.aws.lock();
    let is_record = |call: &&Call| {
        call.op == Op::PutItem
            && call.outcome == Outcome::Done(serde_json::json!({}))
            && call.body["Item"]["Resource"]["S"] == serde_json::json!(resource)
    };
    let Some(opened) = aws.calls[..*sent].iter().rev().find(is_record) else { return false };
    let record = crate::fake::table::plain(&opened.body["Item"]);
    let key = format!("{}/{}/{}", sync.region, sync.type_name, sync.name);
    let making = &record["Syncs"][key]["Making"];
    let created_ms = sync.created_ms.saturating_add_signed(run.scenario.skew_ms);
    let is_since = millis(&making["Since"]).is_some_and(|since_ms| created_ms + CLOCKS_APART_MS >= since_ms);
    drop(aws);
    is_since && events(run, resource).any(|delivered| is_cut_short(run, delivered))
}

/// Seconds, as a record has them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time of this era")]
fn millis(seconds: &serde_json::Value) -> Option<u64> {
    seconds.as_f64().map(|seconds| (seconds * 1000.0) as u64)
}

/// The function had no chance to see it: it was created after the last look before the call was sent.
fn race(run: &Run, broken: &Broken) -> bool {
    let Some(Touch { call, sent, sync, .. }) = touch(run, broken) else { return false };
    let aws = run.env.aws.lock();
    let lag_ms = run.lag_ms;
    let is_look = |look: &&Call| {
        look.op == Op::List && look.region == sync.region && look.body["SyncType"] == aws.calls[*call].body["SyncType"]
    };
    let looked_ms = aws.calls[..*sent].iter().rev().find(is_look).map(|look| look.at_ms);
    looked_ms.is_none_or(|looked_ms| sync.created_ms + lag_ms >= looked_ms)
}

fn unheard_rename(run: &Run, broken: &Broken) -> bool {
    let Some(resource) = left(broken) else { return false };
    events(run, resource).any(|delivered| {
        delivered.event.request_type == RequestType::Update && is_unheard(delivered) && delivered.is_rollback_disabled
    })
}

fn failed_rollback_of_rename(run: &Run, broken: &Broken) -> bool {
    let About::Left(sync, resource) = &broken.about else { return false };
    events(run, resource).any(|delivered| {
        delivered.event.why == Why::Rollback
            && delivered.event.request_type == RequestType::Update
            && delivered.event.physical_id.as_ref() != Some(&sync.name)
            && !matches!(delivered.response, Response::Success { .. })
    })
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

fn renamed_back_onto_retained(run: &Run, broken: &Broken) -> bool {
    touch(run, broken).is_some_and(|touch| run.ledger.is_wanted_again(&touch.sync))
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
