//! The four resource-data-sync operations of SSM, for every Region of one account.
//!
//! A pure state machine: the time comes with each call, and the same calls give the same answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::exchange::{Answer, Reply};
use super::fault::{Fault, FaultKind, Op, denied};
use super::journal::{Call, Change, Outcome, Refusal};
use super::model;
use super::sync::{Maker, Script, Shown, Sync, SyncType};

const SYNCS_MAX: usize = 5;
const TOKENS_MAX: usize = 1_000;

const INVALID: &str = "ResourceDataSyncInvalidConfigurationException";
const NOT_FOUND: &str = "ResourceDataSyncNotFoundException";

#[derive(Debug)]
pub struct Ssm {
    /// Items a page of List.
    pub page_size: usize,
    /// List calls that still show a Region as it was before a change.
    pub list_lag: u32,
    /// Looks that a deleted sync survives: List shows it and Create meets it.
    pub linger: u32,
    /// Whether Create counts before it looks for the name.
    pub count_first: bool,
    pub shown: Shown,
    /// The first sync of everything that is created from now on,
    pub first_sync: Script,
    /// except under these names.
    pub first_sync_of: BTreeMap<String, Script>,
    /// `SyncSource.State` of every source that is created or updated from now on.
    pub source_state: Option<String>,
    pub journal: Vec<Call>,
    /// Requests that the service's model refuses, and why. Empty after every good test.
    pub protests: Vec<String>,
    faults: Vec<(Fault, u32)>,
    regions: BTreeMap<String, Region>,
    tokens: BTreeMap<u64, Walk>,
    tokens_made: u64,
    answers_made: u64,
}

#[derive(Debug, Default)]
struct Region {
    syncs: Vec<Sync>,
    fading: Vec<Fading>,
    stale: Option<Stale>,
}

#[derive(Debug)]
struct Fading {
    sync: Sync,
    looks_left: u32,
}

/// The Region before a change, for List to show a little longer.
#[derive(Debug)]
struct Stale {
    syncs: Vec<Sync>,
    looks_left: u32,
}

/// What a page left for the next.
#[derive(Clone, Debug)]
struct Walk {
    region: String,
    sync_type: SyncType,
    rest: Vec<Value>,
}

type Done = (Value, Option<Change>);

impl Default for Ssm {
    fn default() -> Self {
        Self {
            page_size: 2,
            list_lag: 0,
            linger: 0,
            count_first: false,
            shown: Shown::default(),
            first_sync: Script::settles(),
            first_sync_of: BTreeMap::new(),
            source_state: None,
            journal: Vec::new(),
            protests: Vec::new(),
            faults: Vec::new(),
            regions: BTreeMap::new(),
            tokens: BTreeMap::new(),
            tokens_made: 0,
            answers_made: 0,
        }
    }
}

impl Ssm {
    /// Answers one request of the AWS JSON 1.1 protocol. `target` is its `X-Amz-Target`.
    pub fn handle(&mut self, now_ms: u64, region: &str, target: &str, body: &[u8]) -> Reply {
        let Some(op) = Op::of_target(target) else {
            self.protests.push(format!("unknown operation {target}"));
            let refusal = Refusal::new("UnknownOperationException", "");
            return self.reply(Outcome::Refused(refusal), 0);
        };
        let (body, outcome, change, late_ms) = match parse(op, body) {
            Ok(body) => {
                let (outcome, change, late_ms) = self.serve(now_ms, region, op, &body);
                (body, outcome, change, late_ms)
            }
            Err((body, refusal)) => {
                let why = refusal.message.clone().unwrap_or_default();
                self.protests.push(format!("{}: {why}", op.name()));
                (body, Outcome::Refused(refusal), None, 0)
            }
        };
        self.journal.push(Call {
            at_ms: now_ms,
            region: region.to_owned(),
            op,
            body,
            outcome: outcome.clone(),
            change,
            late_ms,
        });
        self.reply(outcome, late_ms)
    }

    pub fn inject(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    /// Calm weather from now on: no faults, no lag, no lingering.
    pub fn calm(&mut self) {
        self.faults.clear();
        self.list_lag = 0;
        self.linger = 0;
        for place in self.regions.values_mut() {
            place.stale = None;
            place.fading.clear();
        }
    }

    /// What is truly there, in the order in which it was made.
    pub fn syncs(&self, region: &str) -> &[Sync] {
        self.regions.get(region).map_or(&[], |place| place.syncs.as_slice())
    }

    pub fn sync(&self, region: &str, name: &str) -> Option<&Sync> {
        self.syncs(region).iter().find(|sync| sync.name == name)
    }

    /// Every sync of every Region.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Sync)> {
        self.regions.iter().flat_map(|(region, place)| place.syncs.iter().map(move |sync| (region.as_str(), sync)))
    }

    /// Calls of each operation so far.
    pub fn counts(&self) -> BTreeMap<Op, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.journal {
            *counts.entry(call.op).or_default() += 1;
        }
        counts
    }

    /// Someone else makes a sync, or replaces the one of that name. `sync` is what `CreateResourceDataSync` takes, and the
    /// first sync has long succeeded.
    pub fn outsider_put(&mut self, now_ms: u64, region: &str, sync: &Value) {
        if let Some(refusal) = model::refusal(Op::Create.name(), sync) {
            panic!("an outsider's sync must be a valid one: {refusal}");
        }
        let sync_type = SyncType::of(sync).expect("an outsider's sync has a known type");
        let mut made = self.made(now_ms, sync_type, sync);
        made.maker = Maker::Outsider;
        made.script = Script::successful();
        self.outsider_delete(region, &made.name);
        self.place(region).syncs.push(made);
    }

    pub fn outsider_delete(&mut self, region: &str, name: &str) -> Option<Sync> {
        let syncs = &mut self.place(region).syncs;
        let index = syncs.iter().position(|sync| sync.name == name)?;
        Some(syncs.remove(index))
    }

    /// Someone else gives a sync another configuration. False if there is no such sync.
    pub fn outsider_change(&mut self, now_ms: u64, region: &str, name: &str, configuration: Value) -> bool {
        let syncs = &mut self.place(region).syncs;
        let Some(sync) = syncs.iter_mut().find(|sync| sync.name == name) else {
            return false;
        };
        sync.configuration = configuration;
        sync.modified_ms = now_ms;
        sync.tampered = true;
        true
    }

    fn serve(&mut self, now_ms: u64, region: &str, op: Op, body: &Value) -> (Outcome, Option<Change>, u64) {
        let fault = self.fault(op, region);
        if let Some(fault) = &fault
            && !fault.commits()
        {
            return (without_commit(fault, op, region, body), None, 0);
        }
        let done = match op {
            Op::List => self.list(region, body).map(|page| (page, None)),
            Op::Create => self.create(now_ms, region, body),
            Op::Update => self.update(now_ms, region, body),
            Op::Delete => self.delete(region, body),
        };
        let (outcome, change) = match done {
            Ok((output, change)) => (Outcome::Done(output), change),
            Err(refusal) => (Outcome::Refused(refusal), None),
        };
        match fault {
            Some(FaultKind::ErrorAfter) => (Outcome::Refused(Refusal::internal()), change, 0),
            Some(FaultKind::LoseReplyAfter) => (Outcome::Dropped, change, 0),
            Some(FaultKind::HangAfter) => (Outcome::Hung, change, 0),
            Some(FaultKind::Slow(late_ms)) => (outcome, change, late_ms),
            _ => (outcome, change, 0),
        }
    }

    /// Counts the call against every fault that concerns it; the first that hits is the one.
    fn fault(&mut self, op: Op, region: &str) -> Option<FaultKind> {
        let mut hit = None;
        for (fault, count) in &mut self.faults {
            if fault.concerns(op, region) {
                *count += 1;
                if hit.is_none() && fault.hits(*count) {
                    hit = Some(fault.kind.clone());
                }
            }
        }
        hit
    }

    fn list(&mut self, region: &str, body: &Value) -> Result<Value, Refusal> {
        let sync_type = known_type(body)?;
        let asked = body["MaxResults"].as_u64().unwrap_or(u64::MAX);
        let page_size = usize::try_from(asked).unwrap_or(usize::MAX).min(self.page_size);
        let mut items = match body["NextToken"].as_str() {
            None => self.view(region, sync_type),
            Some(token) => self
                .walk(token)
                .filter(|walk| walk.region == region && walk.sync_type == sync_type)
                .ok_or_else(|| Refusal::new("InvalidNextToken", "The specified token isn't valid."))?
                .rest
                .clone(),
        };
        let rest = items.split_off(page_size.min(items.len()));
        let mut page = json!({ "ResourceDataSyncItems": items });
        if !rest.is_empty() {
            page["NextToken"] = json!(self.token(Walk { region: region.to_owned(), sync_type, rest }));
        }
        Ok(page)
    }

    /// What List shows of a Region, and one look at it.
    fn view(&mut self, region: &str, sync_type: SyncType) -> Vec<Value> {
        let shown = self.shown.clone();
        let place = self.place(region);
        if let Some(stale) = &mut place.stale {
            let items =
                stale.syncs.iter().filter(|sync| sync.sync_type == sync_type).map(|sync| sync.item(&shown)).collect();
            stale.looks_left -= 1;
            if stale.looks_left == 0 {
                place.stale = None;
            }
            return items;
        }
        let mut items = Vec::new();
        for sync in &mut place.syncs {
            if sync.sync_type == sync_type {
                items.push(sync.item(&shown));
                sync.looks += 1;
            }
        }
        for fading in &mut place.fading {
            if fading.sync.sync_type == sync_type {
                items.push(fading.sync.item(&shown));
                fading.looks_left -= 1;
            }
        }
        place.fading.retain(|fading| fading.looks_left > 0);
        items
    }

    fn create(&mut self, now_ms: u64, region: &str, body: &Value) -> Result<Done, Refusal> {
        let sync_type = known_type(body)?;
        let sync = self.made(now_ms, sync_type, body);
        let (count_first, list_lag) = (self.count_first, self.list_lag);
        let place = self.place(region);
        let taken = place.taken(&sync.name);
        let full = place.syncs.len() >= SYNCS_MAX;
        if full && (count_first || !taken) {
            return Err(Refusal::new(
                "ResourceDataSyncCountExceededException",
                "You have exceeded the allowed maximum sync configurations.",
            ));
        }
        if taken {
            return Err(Refusal::new("ResourceDataSyncAlreadyExistsException", "")
                .without_message()
                .with("SyncName", &sync.name));
        }
        check_configuration(sync_type, body)?;
        place.before_change(list_lag);
        place.syncs.push(sync.clone());
        Ok((json!({}), Some(Change::Created(sync))))
    }

    fn update(&mut self, now_ms: u64, region: &str, body: &Value) -> Result<Done, Refusal> {
        if known_type(body)? == SyncType::ToDestination {
            return Err(Refusal::new(INVALID, "Only a resource data sync of type SyncFromSource can be updated."));
        }
        let (list_lag, state) = (self.list_lag, self.source_state.clone());
        let place = self.place(region);
        let index = place.find(body, SyncType::FromSource)?;
        check_configuration(SyncType::FromSource, body)?;
        let before = place.syncs[index].clone();
        let wanted = &body["SyncSource"];
        for fixed in ["/SourceType", "/AwsOrganizationsSource/OrganizationSourceType"] {
            if wanted.pointer(fixed) != before.configuration.pointer(fixed) {
                let member = fixed.rsplit('/').next().unwrap_or_default();
                return Err(Refusal::new(INVALID, format!("{member} of a resource data sync cannot be changed.")));
            }
        }
        place.before_change(list_lag);
        let sync = &mut place.syncs[index];
        sync.configuration = wanted.clone();
        sync.modified_ms = now_ms;
        sync.state = state;
        let after = sync.clone();
        Ok((json!({}), Some(Change::Updated { before, after })))
    }

    fn delete(&mut self, region: &str, body: &Value) -> Result<Done, Refusal> {
        let sync_type = known_type(body)?;
        let (list_lag, linger) = (self.list_lag, self.linger);
        let place = self.place(region);
        let index = place.find(body, sync_type)?;
        place.before_change(list_lag);
        let sync = place.syncs.remove(index);
        if linger > 0 {
            place.fading.push(Fading { sync: sync.clone(), looks_left: linger });
        }
        Ok((json!({}), Some(Change::Deleted(sync))))
    }

    fn made(&self, now_ms: u64, sync_type: SyncType, body: &Value) -> Sync {
        let name = body["SyncName"].as_str().unwrap_or_default();
        let script = self.first_sync_of.get(name).unwrap_or(&self.first_sync);
        Sync {
            name: name.to_owned(),
            sync_type,
            configuration: body[sync_type.member()].clone(),
            created_ms: now_ms,
            modified_ms: now_ms,
            maker: Maker::Function,
            tampered: false,
            state: self.source_state.clone().filter(|_| sync_type == SyncType::FromSource),
            script: script.clone(),
            looks: 0,
        }
    }

    fn place(&mut self, region: &str) -> &mut Region {
        self.regions.entry(region.to_owned()).or_default()
    }

    fn token(&mut self, walk: Walk) -> String {
        self.tokens_made += 1;
        self.tokens.insert(self.tokens_made, walk);
        if self.tokens.len() > TOKENS_MAX {
            self.tokens.pop_first();
        }
        format!("AAEAA{:016x}==", scramble(self.tokens_made))
    }

    fn walk(&self, token: &str) -> Option<&Walk> {
        self.tokens
            .iter()
            .find(|(number, _)| token == format!("AAEAA{:016x}==", scramble(**number)))
            .map(|(_, walk)| walk)
    }

    fn reply(&mut self, outcome: Outcome, late_ms: u64) -> Reply {
        self.answers_made += 1;
        let id = scramble(self.answers_made);
        let (status, body) = match outcome {
            Outcome::Done(output) => (200, output),
            Outcome::Refused(refusal) => (refusal.status, error_body(refusal)),
            Outcome::Dropped => return Reply::Drop,
            Outcome::Hung => return Reply::Hang,
        };
        let answer = Answer {
            status,
            headers: vec![
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amzn-requestid", format!("{:08x}-0000-4000-8000-{:012x}", id >> 32, id >> 16)),
            ],
            body: body.to_string().into_bytes(),
        };
        match late_ms {
            0 => Reply::Answer(answer),
            after_ms => Reply::Late { answer, after_ms },
        }
    }
}

impl Region {
    /// Names are unique across both types, and a deleted sync holds its name until it has faded; meeting it is a look.
    fn taken(&mut self, name: &str) -> bool {
        let mut taken = self.syncs.iter().any(|sync| sync.name == name);
        for fading in &mut self.fading {
            if fading.sync.name == name {
                fading.looks_left -= 1;
                taken = true;
            }
        }
        self.fading.retain(|fading| fading.looks_left > 0);
        taken
    }

    fn find(&self, body: &Value, sync_type: SyncType) -> Result<usize, Refusal> {
        let name = body["SyncName"].as_str().unwrap_or_default();
        self.syncs.iter().position(|sync| sync.name == name && sync.sync_type == sync_type).ok_or_else(|| {
            Refusal::new(NOT_FOUND, "The specified sync name wasn't found.")
                .with("SyncName", name)
                .with("SyncType", sync_type.name())
        })
    }

    fn before_change(&mut self, list_lag: u32) {
        if list_lag > 0 {
            let syncs = match self.stale.take() {
                Some(stale) => stale.syncs,
                None => self.syncs.clone(),
            };
            self.stale = Some(Stale { syncs, looks_left: list_lag });
        }
    }
}

fn parse(op: Op, body: &[u8]) -> Result<Value, (Value, Refusal)> {
    let body: Value = serde_json::from_slice(body).map_err(|error| {
        let shown = String::from_utf8_lossy(body).into_owned();
        (Value::String(shown), Refusal::new("SerializationException", error.to_string()))
    })?;
    match model::refusal(op.name(), &body) {
        Some(why) => Err((body, Refusal::new("ValidationException", why))),
        None => Ok(body),
    }
}

/// What is told to a caller whose call is not carried out.
fn without_commit(fault: &FaultKind, op: Op, region: &str, body: &Value) -> Outcome {
    let name = body["SyncName"].as_str();
    Outcome::Refused(match fault {
        FaultKind::LoseReplyBefore => return Outcome::Dropped,
        FaultKind::Hang => return Outcome::Hung,
        FaultKind::Throttle => Refusal::new("ThrottlingException", "Rate exceeded"),
        FaultKind::Denied => Refusal::new("AccessDeniedException", denied(op, region, name)),
        FaultKind::S3WriteFailed => Refusal::new(
            INVALID,
            format!(
                "S3 write failed for bucket: {}. Please refer to SSM Documentation for S3 bucket policy.",
                body["S3Destination"]["BucketName"].as_str().unwrap_or("?")
            ),
        ),
        FaultKind::Invalid(message) => Refusal::new(INVALID, message),
        FaultKind::Conflict => Refusal::new(
            "ResourceDataSyncConflictException",
            "Another UpdateResourceDataSync request is being processed. Wait a few minutes and try again.",
        ),
        FaultKind::Refused { code, message } => Refusal::new(code, message),
        FaultKind::ErrorBefore
        | FaultKind::ErrorAfter
        | FaultKind::LoseReplyAfter
        | FaultKind::HangAfter
        | FaultKind::Slow(_) => Refusal::internal(),
    })
}

fn known_type(body: &Value) -> Result<SyncType, Refusal> {
    SyncType::of(body).ok_or_else(|| Refusal::new(INVALID, format!("SyncType {} is not supported.", body["SyncType"])))
}

/// What the service checks beyond its model.
fn check_configuration(sync_type: SyncType, body: &Value) -> Result<(), Refusal> {
    let invalid = |message: &str| Err(Refusal::new(INVALID, message));
    let (destination, source) = (&body["S3Destination"], &body["SyncSource"]);
    if sync_type == SyncType::ToDestination {
        if destination.is_null() || !source.is_null() {
            return invalid("S3Destination, and only it, is required for SyncToDestination.");
        }
        let sharing = &destination["DestinationDataSharing"]["DestinationDataSharingType"];
        return match sharing.as_str() {
            None | Some("Organization") => Ok(()),
            Some(_) => invalid("DestinationDataSharingType is not supported."),
        };
    }
    if source.is_null() || !destination.is_null() {
        return invalid("SyncSource, and only it, is required for SyncFromSource.");
    }
    if source["SourceRegions"].as_array().is_none_or(Vec::is_empty) {
        return invalid("SourceRegions must not be empty.");
    }
    let organization = &source["AwsOrganizationsSource"];
    let has_units = !organization["OrganizationalUnits"].is_null();
    match (source["SourceType"].as_str(), organization["OrganizationSourceType"].as_str(), has_units) {
        (Some("SingleAccountMultiRegions"), None, false)
        | (Some("AwsOrganizations"), Some("EntireOrganization"), false)
        | (Some("AwsOrganizations"), Some("OrganizationalUnits"), true) => Ok(()),
        _ => invalid("SourceType and AwsOrganizationsSource do not fit together."),
    }
}

fn error_body(refusal: Refusal) -> Value {
    let mut body = json!({ "__type": refusal.code });
    if let Some(message) = refusal.message {
        // Errors of the model spell it with a capital, those of the front door without.
        let modelled = refusal.code.starts_with("ResourceDataSync")
            || refusal.code == "InternalServerError"
            || refusal.code == "InvalidNextToken";
        body[if modelled { "Message" } else { "message" }] = json!(message);
    }
    for (member, value) in refusal.members {
        body[member] = value;
    }
    body
}

/// Makes consecutive numbers look like identifiers (`SplitMix64`).
pub fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
