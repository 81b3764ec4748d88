//! `{"RequestType": "Report"}`: the health, owner and drift of every sync, with metrics in CloudWatch's embedded
//! format.
//!
//! A Region that can't be read is reported as an error and must never hide another. Next: [`crate::settings`].

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use time::UtcDateTime;
use tokio::time::Instant;

use crate::{
    clock::{self, Clock},
    function::{Function, Invocation, Own},
    policy::record::{Entry, EntryState, Record, SyncKey},
    sync::{Config, Listed, Region, listed::Health, seconds_text},
};

use super::{listed, owner_json, owner_of};

const NAMESPACE: &str = "ResourceDataSync";

/// One sync of the report.
struct Line<'a> {
    key: SyncKey,
    /// `None`: recorded but missing.
    listed: Option<&'a Listed>,
    owner: Option<&'a Record>,
    entry: Option<&'a Entry>,
    drift: Vec<String>,
}

/// Reports every sync of the given Regions, and writes their metrics to the log.
pub async fn report(
    function: &Function,
    event: &Value,
    invocation: &Invocation,
    clock: Clock,
    deadline: Instant,
) -> Value {
    let end = super::end(deadline);
    let own = Own::or_unknown(&invocation.function_arn);
    let context = function.context(&own);
    let asked = event.get("Regions").and_then(Value::as_array);
    let regions: BTreeSet<Region> = match asked {
        Some(regions) => regions.iter().filter_map(Value::as_str).map(Region::from).collect(),
        None => function.settings.region.iter().map(|region| Region::from(region.as_str())).collect(),
    };
    let listings = join_all(regions.iter().map(|region| listed(&function.ssm, region, end)));
    let (records, listings) = join(function.registry.all(end), listings).await;
    let records = records.map(|all| all.records);
    let now = clock.now();
    // A report on no Region is not healthy.
    let mut is_healthy = !regions.is_empty();
    let mut reported = serde_json::Map::new();
    for (region, listing) in regions.iter().zip(listings) {
        let (error, lines) = match (&listing, &records) {
            (Err(error), _) => (Some(error.to_string()), Vec::new()),
            (Ok(listed), Err(error)) => (Some(error.text(&context)), lines(region, listed, &[])),
            (Ok(listed), Ok(records)) => (None, lines(region, listed, records)),
        };
        if let Some(error) = &error {
            // No metrics for it: the template's alarm counts these lines.
            println!("{}", json!({ "Region": region, "Healthy": 0, "Error": error }));
        }
        is_healthy &= error.is_none() && lines.iter().all(Line::is_healthy);
        lines.iter().for_each(|line| tell_metrics(line, now));
        let syncs: Vec<Value> = lines.iter().map(Line::to_json).collect();
        reported.insert(region.to_string(), json!({ "Error": error, "Syncs": syncs }));
    }
    json!({ "Healthy": is_healthy, "Regions": reported })
}

/// The syncs that are listed, and those that are recorded but missing.
fn lines<'a>(region: &Region, listed: &'a [Listed], records: &'a [Record]) -> Vec<Line<'a>> {
    let mut lines: BTreeMap<SyncKey, Line<'a>> = BTreeMap::new();
    for listed in listed {
        let key = SyncKey::of(region, &listed.config, &listed.name);
        let owner = owner_of(region, listed, records);
        let entry = owner.and_then(|record| record.syncs.get(&key));
        let drift = entry.map(|entry| drift(entry, listed)).unwrap_or_default();
        lines.insert(key.clone(), Line { key, listed: Some(listed), owner, entry, drift });
    }
    for record in records {
        for (key, entry) in record.syncs.iter().filter(|(key, entry)| key.region == *region && !entry.foreign) {
            let line = lines.get_mut(key);
            let is_theirs = line.as_ref().is_some_and(|line| line.owner.is_some());
            if is_theirs || entry.state == EntryState::Open {
                continue;
            }
            let drift = match &line {
                Some(_) => "not the sync that was made: another client has made it again",
                None => "missing",
            };
            let listed = line.and_then(|line| line.listed);
            let (owner, entry) = (Some(record), Some(entry));
            lines.insert(key.clone(), Line { key: key.clone(), listed, owner, entry, drift: vec![drift.to_owned()] });
        }
    }
    lines.into_values().collect()
}

/// Each field in which the listed sync no longer agrees with what was asked for.
fn drift(entry: &Entry, listed: &Listed) -> Vec<String> {
    let asked: Option<&Config> = entry.configuration.as_ref().filter(|_| entry.making.is_none());
    let differences = asked.map(|asked| asked.differences(&listed.config)).unwrap_or_default();
    differences
        .iter()
        .map(|difference| format!("{}: {} instead of {}", difference.field, difference.found, difference.wanted))
        .collect()
}

impl Line<'_> {
    fn is_healthy(&self) -> bool {
        let is_well = |listed: &Listed| !matches!(listed.health(), Health::Failed | Health::BadState);
        self.drift.is_empty() && self.listed.is_some_and(is_well)
    }

    /// Settled under a name that is not the resource's present one.
    fn is_retained(&self) -> bool {
        let is_settled = self.entry.is_some_and(|entry| entry.state == EntryState::Settled);
        is_settled && self.owner.is_some_and(|owner| owner.name.as_ref() != Some(&self.key.name))
    }

    fn last_success(&self) -> Option<UtcDateTime> {
        self.listed.and_then(|listed| listed.last_successful_sync)
    }

    fn to_json(&self) -> Value {
        let listed = self.listed;
        json!({
            "SyncName": self.key.name,
            "SyncType": self.key.sync_type.as_str(),
            "LastStatus": listed.and_then(|listed| listed.last_status.clone()),
            "LastSyncStatusMessage": listed.and_then(|listed| listed.last_status_message.clone()),
            "LastSuccessfulSyncTime": self.last_success().map(seconds_text),
            "SyncSourceState": listed.and_then(|listed| listed.source_state.clone()),
            "Healthy": self.is_healthy(),
            "Owner": owner_json(self.owner),
            "Retained": self.is_retained(),
            "Drift": self.drift,
        })
    }
}

/// A line of CloudWatch's embedded metric format, on its own: it is JSON whatever the log's format is.
fn tell_metrics(line: &Line<'_>, now: UtcDateTime) {
    let since_success = line.last_success().map(|at| (now - at).whole_seconds().max(0));
    let mut metrics = vec![json!({ "Name": "Healthy", "Unit": "None" })];
    let mut line = json!({
        "Region": line.key.region,
        "SyncName": line.key.name,
        "SyncType": line.key.sync_type.as_str(),
        "Healthy": u8::from(line.is_healthy()),
        "Retained": line.is_retained(),
        "Owner": owner_json(line.owner),
        "Drift": line.drift,
    });
    if let Some(seconds) = since_success {
        metrics.push(json!({ "Name": "SecondsSinceLastSuccess", "Unit": "Seconds" }));
        line["SecondsSinceLastSuccess"] = json!(seconds);
    }
    line["_aws"] = json!({
        "Timestamp": clock::millis(now),
        "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["Region", "SyncName"]], "Metrics": metrics }],
    });
    println!("{line}");
}
