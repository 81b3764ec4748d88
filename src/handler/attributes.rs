//! The attributes that `Fn::GetAtt` reads.
//!
//! Must never leave one out: `GetAtt` of a missing one fails the stack, so every SUCCESS of a Create or Update has all
//! eight, empty where SSM gives nothing. Next: [`crate::direct`].

use std::collections::BTreeMap;

use crate::{
    messages::Context,
    policy::{
        change::Desired,
        outcome::{End, TaskOutcome},
    },
    sync::{Listed, Region, seconds_text},
};

/// The attributes of a Create or Update that succeeded.
#[must_use]
pub fn attributes(
    desired: &Desired,
    outcomes: &[TaskOutcome],
    context: &Context<'_>,
) -> BTreeMap<&'static str, String> {
    let mut wanted: Vec<&TaskOutcome> =
        outcomes.iter().filter(|outcome| outcome.task.goal.config().is_some()).collect();
    wanted.sort_by_key(|outcome| &outcome.task.key.region);
    let main = wanted.iter().find(|outcome| outcome.task.key.region.as_str() == context.region).or(wanted.first());
    let listed = main.and_then(|outcome| listed(outcome));
    let arn = |region: &Region| context.sync_arn(region.as_str(), desired.name.as_str());
    let state_of = |outcome: &&TaskOutcome| format!("{}={}", outcome.task.key.region, state(outcome));
    let join = |texts: Vec<String>| texts.join(",");
    BTreeMap::from([
        ("Arn", main.map(|outcome| arn(&outcome.task.key.region)).unwrap_or_default()),
        ("LastStatus", main.map(|outcome| last_status(outcome)).unwrap_or_default()),
        ("RegionStates", join(wanted.iter().map(state_of).collect())),
        ("Regions", join(wanted.iter().map(|outcome| outcome.task.key.region.to_string()).collect())),
        ("SyncCreatedTime", listed.and_then(|listed| listed.created).map(seconds_text).unwrap_or_default()),
        ("SyncName", desired.name.to_string()),
        ("SyncSourceState", listed.and_then(|listed| listed.source_state.clone()).unwrap_or_default()),
        ("SyncType", desired.config.sync_type().to_string()),
    ])
}

fn listed(outcome: &TaskOutcome) -> Option<&Listed> {
    match &outcome.end {
        Some(End::Settled(listed) | End::NoStatusYet(listed)) => Some(listed),
        _ => None,
    }
}

fn last_status(outcome: &TaskOutcome) -> String {
    let is_pending = matches!(outcome.end, Some(End::NoStatusYet(_)));
    let status = listed(outcome).and_then(|listed| listed.last_status.clone());
    status.unwrap_or_else(|| if is_pending { "Pending".to_owned() } else { String::new() })
}

/// One word for a Region.
fn state(outcome: &TaskOutcome) -> String {
    if outcome.end == Some(End::RegionClosed) {
        return "Closed".to_owned();
    }
    match (listed(outcome).and_then(|listed| listed.source_state.clone()), last_status(outcome)) {
        (Some(state), _) => state,
        (None, status) if status.is_empty() => "Listed".to_owned(),
        (None, status) => status,
    }
}
