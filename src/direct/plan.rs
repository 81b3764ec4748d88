//! `{"RequestType": "Plan"}`: what a Create or an Update would do, by the same policy and in the same words.
//!
//! Changes nothing: without an opened record, a session refuses every call that would ([`crate::reconcile`]).

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    clock::Clock,
    cloudformation::{PhysicalId, StackId},
    handler::{Function, Invocation, Own, change},
    messages::{EventFailure, Place, failure_text},
    policy::{
        Cause, Failure, PlaceFor,
        outcome::End,
        plan::{Call, Step},
        record::{Record, RequestKey, RequestType},
        tasks::{self, Change, Desired, Goal, Id},
    },
    properties,
    reconcile::{self, Judged, Scope},
    sync::{CallError, ErrorKind, Listed, Operation, Region, SyncName, name::SYNCS_PER_REGION},
};

use super::{listed, owner_json, owner_of};

/// What is to happen in a Region. Of several, the last is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Action {
    None,
    Delete,
    Create,
    Update,
    Replace,
    Fail,
}

/// The invocation, read.
struct Asked<'a> {
    stack_id: StackId,
    logical_id: &'a str,
    id: Option<PhysicalId>,
    /// The key of the resource's record, where it is known.
    resource: Option<String>,
}

/// What a deployment of these properties would do.
pub async fn plan(
    function: &Function,
    event: &Value,
    invocation: &Invocation,
    clock: Clock,
    deadline: Instant,
) -> Value {
    let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut asked = Asked {
        stack_id: StackId::from(text("StackId")),
        logical_id: text("LogicalResourceId"),
        id: Some(text("PhysicalResourceId")).filter(|id| !id.is_empty()).map(PhysicalId::parse),
        resource: None,
    };
    let parsed = properties::parse(event.get("ResourceProperties").unwrap_or(&Value::Null));
    let properties = match parsed.strict() {
        Ok(properties) => properties,
        Err(faults) => {
            let faults: Vec<Value> =
                faults.iter().map(|fault| json!({ "Path": fault.path, "Message": fault.what })).collect();
            return json!({ "SyncName": null, "Faults": faults, "Regions": {} });
        }
    };
    let is_identified = asked.stack_id.is_cloudformations() && !asked.logical_id.is_empty();
    let name = match &properties.name {
        Some(name) => Some(name.clone()),
        None if is_identified => {
            Some(SyncName::generated(asked.stack_id.as_str(), asked.logical_id, &properties.config))
        }
        None => None,
    };
    // Of a name that is not known yet, only that nobody has it.
    let stand_in = || SyncName::generated("", "", &properties.config);
    let desired = change::named(properties.clone(), name.clone().unwrap_or_else(stand_in), &function.settings);
    let regions = match desired {
        Ok(desired) => {
            if !asked.stack_id.as_str().is_empty() && !asked.logical_id.is_empty() {
                let create = Change::Create { desired: desired.clone() };
                asked.resource = Some(change::resource(&asked.stack_id, asked.logical_id, &create));
            }
            let own = Own::of(&invocation.function_arn)
                .unwrap_or_else(|| Own { partition: "aws".to_owned(), account: String::new() });
            planned(function, &asked, desired, &own, clock, deadline).await
        }
        Err(failure) => json!({ "": { "Action": "Fail", "Reason": format!("{failure:?}"), "Syncs": [] } }),
    };
    json!({ "SyncName": name, "Faults": [], "Regions": regions })
}

async fn planned(
    function: &Function,
    asked: &Asked<'_>,
    desired: Desired,
    own: &Own,
    clock: Clock,
    deadline: Instant,
) -> Value {
    let records = function.registry.all(deadline).await;
    let record = records.as_ref().ok().and_then(|records| own_record(records, asked)).cloned();
    let resource = record.as_ref().map(|record| record.resource.clone()).or_else(|| asked.resource.clone());
    let resource = resource.unwrap_or_default();
    let place = Place {
        stack_id: asked.stack_id.as_str(),
        logical_id: asked.logical_id,
        resource: &resource,
        present_name: record.as_ref().and_then(|record| record.name.as_ref()).map(SyncName::as_str),
        ..function.place(own)
    };
    let request = RequestKey {
        request_id: String::new(),
        request_type: if asked.id.is_some() { RequestType::Update } else { RequestType::Create },
        request_time: clock.now().unix_timestamp(),
    };
    let whole = match &records {
        Err(error) => Some(EventFailure::Table(error.clone())),
        Ok(_) => change::forbidden_bucket(&desired, record.as_ref(), &function.settings),
    };
    let wanted = desired.regions.clone();
    let change = match &asked.id {
        Some(id) => Change::Update { id: Id::of(Some(id)), desired },
        None => Change::Create { desired },
    };
    let new = || Record::new(resource.clone(), request.clone(), String::new());
    let record = record.clone().unwrap_or_else(new);
    let tasks = tasks::tasks(&change, &record);
    let regions: BTreeSet<Region> = tasks.iter().map(|task| task.key.region.clone()).chain(wanted).collect();
    let listings = join_all(regions.iter().map(|region| listed(&function.ssm, region, deadline))).await;
    let listings: BTreeMap<&Region, Vec<Listed>> =
        regions.iter().zip(listings.into_iter().map(Result::unwrap_or_default)).collect();

    let scope = Scope::new((&function.ssm, &function.registry), &resource, &request, None, clock, deadline);
    let mut actions: BTreeMap<&Region, (Action, String)> =
        regions.iter().map(|region| (region, (Action::None, String::new()))).collect();
    let judged = if whole.is_none() { reconcile::judge(&scope, tasks).await } else { Vec::new() };
    let verdicts: Vec<(Region, Action, Option<Failure>)> = verdicts(&change, &listings, &judged);
    let refused = reconcile::refused(&scope, judged).await;
    for (region, action, failure) in verdicts {
        let failure = refused
            .iter()
            .filter(|outcome| outcome.task.key.region == region)
            .find_map(reconcile::TaskOutcome::failure)
            .or(failure);
        let reason = failure.map(|failure| failure_text(&failure, &place)).unwrap_or_default();
        let Some((_, told)) = actions.iter_mut().find(|(known, _)| ***known == region) else { continue };
        *told = match (told.0, action) {
            // The new type is made before the old one goes.
            (Action::Create, Action::Delete) | (Action::Delete, Action::Create) => (Action::Replace, String::new()),
            (before, _) if before >= action => told.clone(),
            _ => (action, reason),
        };
    }
    if let Some(failure) = whole {
        let reason = failure.text(&place);
        actions.values_mut().for_each(|told| *told = (Action::Fail, reason.clone()));
    }
    let records = records.unwrap_or_default();
    let told = actions.into_iter().map(|(region, (action, reason))| {
        let syncs: Vec<Value> = listings[region].iter().map(|listed| sync_json(region, listed, &records)).collect();
        let told = json!({ "Action": format!("{action:?}"), "Reason": reason, "Syncs": syncs });
        (region.to_string(), told)
    });
    Value::Object(told.collect())
}

/// What each task would do, by its first step.
fn verdicts(
    change: &Change,
    listings: &BTreeMap<&Region, Vec<Listed>>,
    judged: &[Judged<'_>],
) -> Vec<(Region, Action, Option<Failure>)> {
    let verdict = |judged: &Judged<'_>| {
        let region = judged.task().key.region.clone();
        let action = match (&judged.step, &judged.task().goal) {
            (_, Goal::Absent) => Action::Delete,
            (Step::Call(Call::Create(_)), _) => Action::Create,
            (Step::Call(Call::Update(..)), _) => Action::Update,
            (Step::Call(Call::Delete(..)), _) => Action::Replace,
            (Step::End(End::Failed(_)), _) => Action::Fail,
            _ => Action::None,
        };
        let is_full = listings.get(&region).is_some_and(|listed| listed.len() >= SYNCS_PER_REGION);
        if action != Action::Create || !is_full {
            return (region, action, None);
        }
        let error = CallError::Service {
            operation: Operation::Create,
            kind: ErrorKind::CountExceeded,
            code: "ResourceDataSyncCountExceededException".to_owned(),
            message: None,
        };
        let held_by = listings.get(&region).cloned().unwrap_or_default();
        let needed_for = match change {
            Change::Update { id: Id::Name(id), .. } if *id != judged.task().key.name => PlaceFor::NewName,
            _ => PlaceFor::NewSync,
        };
        let failure = Failure {
            name: judged.task().key.name.clone(),
            region: region.clone(),
            sync_type: judged.task().key.sync_type,
            cause: Cause::Quota { error, held_by, needed_for },
            restored: None,
            is_removal: false,
        };
        (region, Action::Fail, Some(failure))
    };
    judged.iter().map(verdict).collect()
}

/// The resource's own record: by its key, else the only one whose present name is the id.
fn own_record<'a>(records: &'a [Record], asked: &Asked<'_>) -> Option<&'a Record> {
    if let Some(resource) = &asked.resource {
        return records.iter().find(|record| record.resource == *resource);
    }
    let Some(PhysicalId::Name(id)) = &asked.id else { return None };
    let mut named = records.iter().filter(|record| record.name.as_ref() == Some(id));
    named.next().filter(|_| named.next().is_none())
}

fn sync_json(region: &Region, listed: &Listed, records: &[Record]) -> Value {
    json!({
        "SyncName": listed.name,
        "SyncType": listed.config.sync_type().as_str(),
        "Reserved": listed.name.is_reserved(),
        "LastStatus": listed.last_status,
        "Owner": owner_json(owner_of(region, listed, records)),
    })
}
