//! Direct invocations, for people and pipelines: [`plan`] and [`report`].
//!
//! They list, and read the table. Must never change anything. Next: [`plan`].

pub mod plan;
mod foreseen;
pub mod report;

use std::time::Duration;

use futures_util::future::join;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{
    policy::{
        ownership::{self, resource_parts},
        record::{Record, SyncKey},
    },
    ssm::Ssm,
    sync::{CallError, Listed, Operation, Region, SyncType},
};

/// The syncs of a Region.
type Listing = Result<Vec<Listed>, CallError>;

/// A caller waits for the result, so a Region that does not respond in this time is reported as an error.
const WAITS_FOR: Duration = Duration::from_secs(60);

fn end(deadline: Instant) -> Instant {
    deadline.min(Instant::now() + WAITS_FOR)
}

/// Every sync of a Region, of both types.
async fn listed(ssm: &Ssm, region: &Region, deadline: Instant) -> Listing {
    let ssm = ssm.in_region(region);
    let [first, second] = SyncType::ALL;
    let both = Box::pin(join(ssm.list(first), ssm.list(second)));
    let late = |_| CallError::Unknown { operation: Operation::List, why: "no response in time".to_owned() };
    let (first, second) = timeout_at(deadline, both).await.map_err(late)?;
    let mut listed = first?;
    listed.extend(second?);
    Ok(listed)
}

/// The record of the resource that owns a listed sync.
fn owner_of<'a>(region: &Region, listed: &Listed, records: &'a [Record]) -> Option<&'a Record> {
    let key = SyncKey::of(region, &listed.config, &listed.name);
    ownership::owning_record(&key, listed.created, records)
}

fn owner_json(record: Option<&Record>) -> Value {
    record.map_or(Value::Null, |record| {
        let (stack_id, logical_id) = resource_parts(&record.resource);
        json!({ "StackId": stack_id, "LogicalResourceId": logical_id })
    })
}
