//! `{"RequestType": "Plan"}`: what a Create or an Update would do, by the same policy and in the same words.
//!
//! Must never change anything: a session without an opened record refuses every call that would ([`crate::reconcile`]).
//! Next: `foreseen`.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    clock::Clock,
    cloudformation::{PhysicalId, StackId},
    function::{Function, Invocation, Own},
    intent::{self, Refusal},
    messages::{Context, EventFailure},
    policy::{
        change::{Change, Desired, Id},
        record::{Record, RequestKey, RequestType},
        tasks,
    },
    properties,
    reconcile::{self, Scope},
    sync::{Listed, Region, SyncName},
};

use super::{
    Listing, end,
    foreseen::{Action, by_region, forecasts},
    listed, owner_json, owner_of,
};

/// The invocation, read.
struct Asked<'a> {
    stack_id: StackId,
    logical_id: &'a str,
    id: Option<PhysicalId>,
}

/// Why a deployment would be refused as a whole, and what it asks for, if that is known.
type Refused = (Option<Box<Desired>>, Refusal);

/// What a deployment of these properties would do.
pub async fn plan(
    function: &Function,
    event: &Value,
    invocation: &Invocation,
    clock: Clock,
    deadline: Instant,
) -> Value {
    let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    let asked = Asked {
        stack_id: StackId::from(text("StackId")),
        logical_id: text("LogicalResourceId"),
        id: Some(text("PhysicalResourceId")).filter(|id| !id.is_empty()).map(PhysicalId::parse),
    };
    let own = Own::or_unknown(&invocation.function_arn);
    let parsed = properties::parse(event.get("ResourceProperties").unwrap_or(&Value::Null));
    let (desired, name, refusal) = match asked.desired(function, parsed, &own) {
        Ok((desired, name)) => (desired, name, None),
        Err((desired, Refusal::Event(failure))) => match desired {
            Some(desired) => (*desired, None, Some(failure)),
            None => {
                let reason = failure.text(&function.context(&own));
                let regions = json!({ "": { "Action": "Fail", "Reason": reason, "Syncs": [] } });
                return json!({ "SyncName": null, "Faults": [], "Regions": regions });
            }
        },
        Err((_, Refusal::Properties(faults))) => {
            let listed = faults.iter().map(|fault| json!({ "Path": fault.path, "Message": fault.what }));
            return json!({ "SyncName": null, "Faults": listed.collect::<Vec<_>>(), "Regions": {} });
        }
    };
    let regions = asked.planned(function, desired, refusal, &own, clock, end(deadline)).await;
    json!({ "SyncName": name, "Faults": [], "Regions": regions })
}

impl Asked<'_> {
    fn is_identified(&self) -> bool {
        !self.stack_id.as_str().is_empty() && !self.logical_id.is_empty()
    }

    /// What is asked for, and its name if that is known; or why it would be refused as a whole.
    fn desired(
        &self,
        function: &Function,
        parsed: properties::Parsed,
        own: &Own,
    ) -> Result<(Desired, Option<SyncName>), Refused> {
        let properties = parsed.clone().strict().map_err(|faults| (None, Refusal::Properties(faults)))?;
        // An unknown name is one that no sync has.
        let name = properties.name.clone();
        let stand_in = name.clone().unwrap_or_else(|| SyncName::generated("", "", &properties.config));
        let settings = &function.settings;
        let unnamed = intent::named(properties, stand_in, settings).map_err(|failure| (None, failure.into()))?;
        if !self.is_identified() {
            return Ok((unnamed, name));
        }
        if let Some(failure) = intent::other_account(&self.stack_id, own) {
            return Err((Some(Box::new(unnamed)), failure.into()));
        }
        match intent::desired(parsed, &self.stack_id, self.logical_id, settings) {
            Ok(desired) => {
                let name = desired.name.clone();
                Ok((desired, Some(name)))
            }
            Err(refusal) => Err((Some(Box::new(unnamed)), refusal)),
        }
    }

    async fn planned(
        &self,
        function: &Function,
        desired: Desired,
        refusal: Option<EventFailure>,
        own: &Own,
        clock: Clock,
        end: Instant,
    ) -> Value {
        let wanted = desired.regions.clone();
        let change = match &self.id {
            Some(id) => Change::Update { id: Id::of(Some(id)), desired: desired.clone() },
            None => Change::Create { desired: desired.clone() },
        };
        let records = function.registry.all(end).await.map(|all| all.records);
        let resource = || intent::resource(&self.stack_id, self.logical_id, &change);
        let known = self.is_identified().then(resource).unwrap_or_default();
        let record = records.as_ref().ok().and_then(|records| self.own_record(records, &known)).cloned();
        let resource = record.as_ref().map_or(known, |record| record.resource.clone());
        let refusal = refusal
            .or_else(|| records.as_ref().err().map(|error| EventFailure::Table(error.clone())))
            .or_else(|| intent::forbidden_bucket(&desired, record.as_ref(), &function.settings));
        let request = RequestKey {
            request_id: String::new(),
            request_type: if self.id.is_some() { RequestType::Update } else { RequestType::Create },
            request_time: clock.now().unix_timestamp(),
        };
        let new = || Record::new(resource.clone(), request.clone(), String::new());
        let found = record.clone().unwrap_or_else(new);
        let tasks = tasks::tasks(&change, &found);
        let regions: BTreeSet<Region> = tasks.iter().map(|task| task.key.region.clone()).chain(wanted).collect();
        let scope = Scope::new(&function.ssm, &function.registry, &resource, &request, None, clock, end);
        let judging = async { if refusal.is_some() { Vec::new() } else { reconcile::judge(&scope, tasks).await } };
        let listing = join_all(regions.iter().map(|region| listed(&function.ssm, region, end)));
        let (judged, listings) = Box::pin(join(judging, listing)).await;
        let listings: BTreeMap<&Region, Listing> = regions.iter().zip(listings).collect();
        let context = Context {
            stack_id: self.stack_id.as_str(),
            logical_id: self.logical_id,
            resource: &resource,
            present_name: record.as_ref().and_then(|record| record.name.as_ref()).map(SyncName::as_str),
            ..function.context(own)
        };
        let forecasts = forecasts(&scope, &change, &found, &listings, judged).await;
        let actions = by_region(forecasts, &desired.name, &context);
        let records = records.unwrap_or_default();
        let region_json = |(region, listing): (&&Region, &Listing)| {
            let (action, reason) = match &refusal {
                Some(failure) => (Action::Fail, failure.text(&context)),
                None => actions.get(*region).cloned().unwrap_or((Action::None, String::new())),
            };
            let listed = listing.iter().flatten();
            let syncs: Vec<Value> = listed.map(|listed| sync_json(region, listed, &records)).collect();
            (region.to_string(), json!({ "Action": action, "Reason": reason, "Syncs": syncs }))
        };
        Value::Object(listings.iter().map(region_json).collect())
    }

    /// The resource's own record: by its key, else the only one whose present name is the id.
    fn own_record<'r>(&self, records: &'r [Record], known: &str) -> Option<&'r Record> {
        if self.is_identified() {
            return records.iter().find(|record| record.resource == *known);
        }
        let Some(PhysicalId::Name(id)) = &self.id else { return None };
        let mut named = records.iter().filter(|record| record.name.as_ref() == Some(id));
        named.next().filter(|_| named.next().is_none())
    }
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
