//! One invocation: read the event, do the work in the time there is, answer exactly once.
//!
//! Only this module sees both ends. It decides which syncs of which Regions are to be as wanted and which are to go, in
//! which order; how each gets there is [`reconcile`]'s.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, future::join_all};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, error, info, info_span};

use crate::{
    callback::{self, NotTold},
    clock::Clock,
    failure::{Place, is_bad_state, state_remedy},
    physical_id::{FailedCreate, Fate, Fates, ID_BYTES_MAX, PhysicalId},
    properties::{self, Properties, SERVICE_TIMEOUT_S_MAX},
    reconcile::{
        self, Applied, Apply, Claim, Failed, OldSync, Region, Remove, RemoveTarget, Rule, earliest_created,
        latest_created,
    },
    request::{Envelope, RequestType},
    response::{self, Addressee, TooLong, Verdict},
    response_url::UrlFault,
    ssm::Ssm,
    sync::{self, Config, NAME_CHARS_MAX, SyncType, made_up_name},
    time::Timestamp,
    transport::Http,
};

/// Verdicts that a process remembers, and Deletes.
const VERDICTS_MAX: usize = 64;
const DELETES_MAX: usize = 64;
const RESERVE_MIN: Duration = Duration::from_millis(500);
const RESERVE_MAX: Duration = Duration::from_secs(10);
/// The answer's last try ends this long before Lambda ends the process.
const LAST_MOMENT: Duration = Duration::from_millis(100);

/// The attributes that `Fn::GetAtt` finds in every SUCCESS of Create and Update.
pub const ATTRIBUTES: [&str; 8] =
    ["Arn", "LastStatus", "RegionStates", "Regions", "SyncCreatedTime", "SyncName", "SyncSourceState", "SyncType"];

/// The function: what one process keeps from event to event.
#[derive(Debug)]
pub struct Function {
    pub settings: Settings,
    ssm: Ssm,
    http: Http,
    time_of_day: fn() -> Timestamp,
    verdicts: Mutex<VecDeque<(EventKey, Vec<u8>)>>,
    /// When the Delete of which resource was requested: a Create that is older has been overtaken.
    deletes: Mutex<VecDeque<(Resource, Timestamp)>>,
}

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The function's own Region.
    pub region: Option<String>,
    /// `RESPONSE_URL_EXTRA_HOSTS`.
    pub extra_hosts: Vec<String>,
    pub log_group: String,
    pub log_stream: String,
}

/// Which event it is, for one that comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EventKey {
    request_id: String,
    stack_id: String,
    logical_id: String,
    request_type: Option<String>,
}

/// Which resource of which stack it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Resource {
    stack_id: String,
    logical_id: String,
}

impl Resource {
    fn of(envelope: &Envelope) -> Self {
        Self { stack_id: envelope.stack_id.clone(), logical_id: envelope.logical_id.clone() }
    }
}

/// CloudFormation has not been told: Lambda should deliver the event again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untold {
    NowhereToAnswer(UrlFault),
    CannotAnswer(TooLong),
    NotTold(NotTold),
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NowhereToAnswer(fault) => fault.fmt(f),
            Self::CannotAnswer(fault) => fault.fmt(f),
            Self::NotTold(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Untold {}

impl Function {
    #[must_use]
    pub fn new(settings: Settings, ssm: Ssm, http: Http, time_of_day: fn() -> Timestamp) -> Self {
        Self { settings, ssm, http, time_of_day, verdicts: Mutex::default(), deletes: Mutex::default() }
    }

    /// What can be done before the first event comes. Nothing in it can fail.
    pub async fn prepare(&self) {
        if let Some(region) = &self.settings.region {
            self.ssm.prepare(region, &self.http).await;
        }
    }

    /// Serves one event. `deadline` is when Lambda ends the process.
    ///
    /// # Errors
    /// When CloudFormation has not been told.
    pub async fn handle(&self, event: &RawValue, deadline: Timestamp) -> Result<(), Untold> {
        let received = (self.time_of_day)();
        let clock = Clock::starting_at(received);
        let envelope = Envelope::read(event, &self.settings.extra_hosts).map_err(Untold::NowhereToAnswer)?;
        let span = info_span!(
            "event",
            request_id = %envelope.response_url.redact(&envelope.request_id),
            stack = %envelope.response_url.redact(&envelope.stack_id),
            logical_id = %envelope.response_url.redact(&envelope.logical_id),
        );
        self.serve(&envelope, clock, received, clock.instant(deadline)).instrument(span).await
    }

    async fn serve(
        &self,
        envelope: &Envelope,
        clock: Clock,
        received: Timestamp,
        deadline: Instant,
    ) -> Result<(), Untold> {
        let request_type = envelope.request_type_text.as_deref().unwrap_or("none");
        info!(step = "Receive", outcome = %envelope.response_url.redact(request_type));
        let key = EventKey {
            request_id: envelope.request_id.clone(),
            stack_id: envelope.stack_id.clone(),
            logical_id: envelope.logical_id.clone(),
            request_type: envelope.request_type_text.clone(),
        };
        let pointer = response::log_pointer(&self.settings.log_group, &self.settings.log_stream);
        let addressee = Addressee {
            stack_id: &envelope.stack_id,
            request_id: &envelope.request_id,
            logical_id: &envelope.logical_id,
        };
        let url = &envelope.response_url;
        // Nothing is done for an event that could not be told of a failure.
        let longest = Verdict::Failed { physical_id: "x".repeat(ID_BYTES_MAX), reason: String::new() };
        response::serialize(&longest, addressee, &pointer, url).map_err(Untold::CannotAnswer)?;
        // While SSM works.
        let opening = callback::open(&self.http, url);
        let body = match self.remembered(&key) {
            Some(body) => {
                info!(step = "Remember", outcome = "this event was served before");
                body
            }
            None => {
                let verdict = self.verdict(envelope, clock, received, deadline).await;
                let body = response::serialize(&verdict, addressee, &pointer, url).map_err(Untold::CannotAnswer)?;
                match &verdict {
                    Verdict::Success { physical_id, .. } => {
                        info!(step = "Verdict", outcome = "SUCCESS", physical_id = %url.redact(physical_id));
                    }
                    Verdict::Failed { physical_id, reason } => {
                        let (physical_id, reason) = (url.redact(physical_id), url.redact(reason));
                        info!(step = "Verdict", outcome = "FAILED", %physical_id, %reason);
                    }
                }
                self.remember(key, body.clone());
                body
            }
        };
        let last_moment = deadline.checked_sub(LAST_MOMENT).unwrap_or(deadline);
        callback::put(&self.http, url, opening, &body, last_moment).await.map_err(Untold::NotTold)
    }

    /// Works under the budget, and through panics.
    async fn verdict(&self, envelope: &Envelope, clock: Clock, received: Timestamp, deadline: Instant) -> Verdict {
        let requested = envelope.requested(received);
        let timeout_s =
            properties::read_leniently(&envelope.properties).service_timeout_s.unwrap_or(SERVICE_TIMEOUT_S_MAX);
        let nobody_waits = requested.plus_ms(i64::from(timeout_s) * 1_000);
        let end = deadline.min(clock.instant(nobody_waits));
        let reserve = (end.saturating_duration_since(Instant::now()) / 5).clamp(RESERVE_MIN, RESERVE_MAX);
        let end = end.checked_sub(reserve).unwrap_or_else(Instant::now);
        let mut arn = envelope.stack_id.split(':').skip(1);
        let (partition, account) = (arn.next().unwrap_or("aws"), arn.nth(2).unwrap_or_default());
        let invocation = Invocation {
            function: self,
            envelope,
            clock,
            received,
            requested,
            end,
            partition,
            account,
            progress: Mutex::default(),
        };
        if let Some(missing) = envelope.missing_ids() {
            return invocation.failed(&format!(
                "The event has no {missing}, so CloudFormation could not take an answer to it. Nothing was changed."
            ));
        }
        if received > nobody_waits {
            return invocation.too_old(timeout_s);
        }
        match envelope.request_type {
            Some(RequestType::Create) if self.is_overtaken(envelope, requested) => return invocation.overtaken(),
            Some(RequestType::Delete) => self.remember_delete(envelope, requested),
            _ => {}
        }
        match timeout_at(end, AssertUnwindSafe(Box::pin(invocation.work())).catch_unwind()).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(_panic)) => invocation.failed(
                "The function met a fault of its own (a panic, told in its log) and stopped. \
                 Deploy again; if it happens again, report it with that log.",
            ),
            Err(_) => invocation.failed(
                "Time ran out before the work was done. Deploy again, or raise ServiceTimeout or the function's \
                 timeout (README: Time ran out).",
            ),
        }
    }

    /// Has a Delete been served that was requested after this Create? What it made now, nobody would ever delete.
    fn is_overtaken(&self, envelope: &Envelope, requested: Timestamp) -> bool {
        let resource = Resource::of(envelope);
        locked(&self.deletes).iter().any(|(deleted, at)| *deleted == resource && at.since_ms(requested) > 0)
    }

    fn remember_delete(&self, envelope: &Envelope, requested: Timestamp) {
        let mut deletes = locked(&self.deletes);
        if deletes.len() == DELETES_MAX {
            deletes.pop_front();
        }
        deletes.push_back((Resource::of(envelope), requested));
    }

    fn remembered(&self, key: &EventKey) -> Option<Vec<u8>> {
        if key.request_id.is_empty() {
            return None;
        }
        locked(&self.verdicts).iter().find(|(served, _)| served == key).map(|(_, body)| body.clone())
    }

    fn remember(&self, key: EventKey, body: Vec<u8>) {
        let mut verdicts = locked(&self.verdicts);
        if verdicts.len() == VERDICTS_MAX {
            verdicts.pop_front();
        }
        verdicts.push_back((key, body));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One event being served.
struct Invocation<'a> {
    function: &'a Function,
    envelope: &'a Envelope,
    clock: Clock,
    received: Timestamp,
    requested: Timestamp,
    end: Instant,
    partition: &'a str,
    account: &'a str,
    progress: Mutex<Progress>,
}

/// What the id of a failed Create needs to know, kept where a cut-off or a panic does not lose it.
#[derive(Default)]
struct Progress {
    name: String,
    /// Did the author name Regions?
    many_regions: bool,
    fates: BTreeMap<String, Arc<Mutex<Fate>>>,
}

/// What the properties ask for, with everything that they leave to us.
struct Wanted {
    name: String,
    made_up: bool,
    regions: BTreeSet<String>,
    properties: Properties,
}

impl<'a> Invocation<'a> {
    async fn work(&self) -> Verdict {
        match self.envelope.request_type {
            Some(RequestType::Create) => self.create().await,
            Some(RequestType::Update) => self.update().await,
            Some(RequestType::Delete) => self.delete().await,
            None => {
                let given = self.envelope.request_type_text.as_deref().unwrap_or("none");
                self.failed(&format!("RequestType must be Create, Update or Delete, got {}.", shortened(given)))
            }
        }
    }

    async fn create(&self) -> Verdict {
        let wanted = match self.wanted() {
            Ok(wanted) => wanted,
            Err(reason) => return self.failed(&reason),
        };
        let jobs = wanted.regions.iter().map(|region| {
            let claim = Claim { name: wanted.made_up, ..Claim::default() };
            (region.clone(), wanted.apply(claim, Start::Create))
        });
        match self.apply_all(jobs.collect()).await {
            Ok(applied) => self.success(wanted.name.clone(), &wanted, &applied),
            Err(reason) => self.failed(&reason),
        }
    }

    async fn update(&self) -> Verdict {
        let wanted = match self.wanted() {
            Ok(wanted) => wanted,
            Err(reason) => return self.failed(&reason),
        };
        let Some(id) = &self.envelope.physical_id else {
            return self
                .failed("The Update came without a PhysicalResourceId, so it is not known which sync to update.");
        };
        let old =
            properties::read(&self.envelope.old_properties).ok().and_then(|properties| self.complete(properties).ok());
        let held = PhysicalId::parse(id);
        let held_name = match &held {
            PhysicalId::Name(name) => name,
            PhysicalId::Failed(failed) => &failed.name,
        };
        let outcome = async {
            self.remove_what_a_failed_rename_left(&wanted, old.as_ref(), held_name).await?;
            match &held {
                PhysicalId::Failed(failed) => self.update_failed_create(id, failed, &wanted, old.as_ref()).await,
                PhysicalId::Name(name) if *name == wanted.name => self.update_in_place(&wanted, old.as_ref()).await,
                PhysicalId::Name(name) => self.rename(name, &wanted, old.as_ref()).await,
            }
        };
        match outcome.await {
            Ok((physical_id, applied)) => self.success(physical_id, &wanted, &applied),
            Err(reason) => self.failed(&reason),
        }
    }

    /// The old properties name a sync that is neither the one held nor the one wanted: the rename to it failed.
    async fn remove_what_a_failed_rename_left(
        &self,
        wanted: &Wanted,
        old: Option<&Wanted>,
        held_name: &str,
    ) -> Result<(), String> {
        let Some(old) = old.filter(|old| old.name != held_name && old.name != wanted.name) else { return Ok(()) };
        let rule = if old.made_up { Rule::Named } else { self.made_lately(&old.properties) };
        let target = RemoveTarget { name: old.name.clone(), rule };
        let job = Remove::of(vec![target], old.properties.config.sync_type());
        self.remove_all(old.regions.iter().map(|region| (region.clone(), job.clone())).collect()).await
    }

    /// Joins first, then changes, then leaves.
    async fn update_in_place(
        &self,
        wanted: &Wanted,
        old: Option<&Wanted>,
    ) -> Result<(String, BTreeMap<String, Applied>), String> {
        // Old properties under another name are those of a failed rename: they say nothing about this sync.
        let old = old.filter(|old| old.name == wanted.name);
        let old_config = old.map(|old| &old.properties.config);
        let want_type = wanted.properties.config.sync_type();
        let (same_type, other_type): (Option<&Config>, Option<&Config>) = match old_config {
            Some(config) if config.sync_type() == want_type => (Some(config), None),
            other => (None, other),
        };
        let joins = |region: &String| old.is_some_and(|old| !old.regions.contains(region));

        let joining = wanted.regions.iter().filter(|region| joins(region)).map(|region| {
            let claim = Claim { name: wanted.made_up, equality: true, ..Claim::default() };
            (region.clone(), wanted.apply(claim, Start::Create))
        });
        let mut applied = self.apply_all(joining.collect()).await?;

        let staying = wanted.regions.iter().filter(|region| !joins(region)).map(|region| {
            let claim = Claim { name: other_type.is_none(), equality: other_type.is_some(), ..Claim::default() };
            let job =
                Apply { was: same_type.cloned(), predecessor: other_type.cloned(), ..wanted.apply(claim, Start::Look) };
            (region.clone(), job)
        });
        applied.extend(self.apply_all(staying.collect()).await?);

        if let Some(old) = old {
            let rule = if old.made_up {
                Rule::Named
            } else {
                Rule::Equal { config: old.properties.config.clone(), not_before: None, not_after: None }
            };
            let target = RemoveTarget { name: old.name.clone(), rule };
            let job = Remove::of(vec![target], old.properties.config.sync_type());
            let leaving = old.regions.difference(&wanted.regions).map(|region| (region.clone(), job.clone()));
            self.remove_all(leaving.collect()).await?;
        }
        Ok((wanted.name.clone(), applied))
    }

    /// The new sync first; the old one is CloudFormation's to clean up.
    async fn rename(
        &self,
        held: &str,
        wanted: &Wanted,
        old: Option<&Wanted>,
    ) -> Result<(String, BTreeMap<String, Applied>), String> {
        let old = old.filter(|old| old.name == held);
        let old_sync = old.map(|old| OldSync { name: held.to_owned(), config: old.properties.config.clone() });
        // In a Region where the old name never was, its age elsewhere has to do.
        let mut created_elsewhere = None;
        if let (Some(old), Some(old_sync)) = (old, &old_sync)
            && !wanted.regions.is_subset(&old.regions)
            && let Some(region) = old.regions.first()
        {
            created_elsewhere = reconcile::created(&self.region(region), old_sync).await;
        }
        let jobs = wanted.regions.iter().map(|region| {
            let claim = Claim {
                name: wanted.made_up,
                renamed_from: old_sync.clone().map(|old_sync| (old_sync, created_elsewhere)),
                ..Claim::default()
            };
            let spare = old_sync.clone().filter(|_| old.is_some_and(|old| old.regions.contains(region)));
            (region.clone(), Apply { spare, ..wanted.apply(claim, Start::Create) })
        });
        let applied = self.apply_all(jobs.collect()).await?;
        Ok((wanted.name.clone(), applied))
    }

    /// The id is that of a failed Create: what it may have made is ours, too.
    async fn update_failed_create(
        &self,
        id: &str,
        failed: &FailedCreate,
        wanted: &Wanted,
        old: Option<&Wanted>,
    ) -> Result<(String, BTreeMap<String, Applied>), String> {
        let old = old.filter(|old| old.name == failed.name);
        let may_have_made = |region: &str| fate_in(failed, region).may_have_made();
        let jobs = wanted.regions.iter().map(|region| {
            let asked =
                old.filter(|old| may_have_made(region) && old.name == wanted.name).map(|old| &old.properties.config);
            let same_type = asked.filter(|config| config.sync_type() == wanted.properties.config.sync_type());
            let claim = Claim {
                name: wanted.made_up,
                failed_create: same_type.map(|config| (config.clone(), failed.requested)),
                ..Claim::default()
            };
            let job = Apply {
                was: same_type.cloned(),
                predecessor: asked.filter(|_| same_type.is_none()).cloned(),
                ..wanted.apply(claim, Start::Create)
            };
            (region.clone(), job)
        });
        let applied = self.apply_all(jobs.collect()).await?;
        let Some(old) = old else { return Ok((wanted.name.clone(), applied)) };

        let leaving = old.regions.difference(&wanted.regions).filter_map(|region| {
            Some((
                region.clone(),
                removal_of_failed_create(failed, region, &old.name, old.made_up, &old.properties.config)?,
            ))
        });
        self.remove_all(leaving.collect()).await?;

        // CloudFormation deletes the id that is given up, and with it what that id stands for.
        let undoes_us = applied.iter().any(|(region, applied)| {
            let removal = removal_of_failed_create(failed, region, &old.name, old.made_up, &old.properties.config);
            removal.is_some_and(|removal| {
                removal.sync_type == applied.listed.config.sync_type()
                    && removal.targets.iter().any(|target| {
                        target.name == applied.listed.name
                            && reconcile::is_removable(&applied.listed, &target.rule, None)
                    })
            })
        });
        Ok((if undoes_us { id.to_owned() } else { wanted.name.clone() }, applied))
    }

    async fn delete(&self) -> Verdict {
        let readable = properties::read_leniently(&self.envelope.properties);
        let valid = properties::read(&self.envelope.properties).ok();
        let own_name = match (&readable.name, &valid) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(properties)) if properties.name.is_none() => Some(self.made_up_name(&properties.config)),
            _ => None,
        };
        let made_up = own_name.is_some() && readable.name.is_none();
        let regions =
            match readable.regions.clone().map_or_else(|| self.own_region().map(|own| BTreeSet::from([own])), Ok) {
                Ok(regions) => regions,
                Err(reason) => return self.failed(&reason),
            };
        let types = readable.sync_type.map_or_else(|| SyncType::ALL.to_vec(), |sync_type| vec![sync_type]);
        let id = self.envelope.physical_id.as_deref();

        let mut jobs = Vec::new();
        match id.map(PhysicalId::parse) {
            Some(PhysicalId::Failed(failed)) => {
                if let Some(valid) = &valid {
                    let made_up = made_up && own_name.as_deref() == Some(failed.name.as_str());
                    for region in &regions {
                        let removal = removal_of_failed_create(&failed, region, &failed.name, made_up, &valid.config);
                        jobs.extend(removal.map(|removal| (region.clone(), removal)));
                    }
                }
            }
            Some(PhysicalId::Name(name)) if own_name.as_ref() == Some(&name) => {
                let rule = if readable.sync_type.is_some() { Rule::Known } else { Rule::Named };
                let targets = vec![RemoveTarget { name, rule }];
                for region in &regions {
                    for sync_type in &types {
                        jobs.push((region.clone(), Remove::of(targets.clone(), *sync_type)));
                    }
                }
            }
            stray => {
                let mut targets = Vec::new();
                if let Some(PhysicalId::Name(name)) = stray
                    && name.chars().count() <= NAME_CHARS_MAX
                    && !sync::is_reserved(&name)
                {
                    targets.push(RemoveTarget { name, rule: Rule::Named });
                }
                if let (Some(name), Some(valid)) = (&own_name, &valid) {
                    let rule = if made_up { Rule::Named } else { self.made_lately(valid) };
                    targets.push(RemoveTarget { name: name.clone(), rule });
                }
                if !targets.is_empty() {
                    for region in &regions {
                        for sync_type in &types {
                            let job = Remove {
                                may_still_come: own_name.is_some(),
                                ..Remove::of(targets.clone(), *sync_type)
                            };
                            jobs.push((region.clone(), job));
                        }
                    }
                }
            }
        }
        match self.remove_all(jobs).await {
            Ok(()) => {
                let physical_id = id.map(str::to_owned).or(own_name).unwrap_or_else(|| self.failed_id());
                Verdict::Success { physical_id, data: BTreeMap::new(), note: None }
            }
            Err(reason) => self.failed(&reason),
        }
    }

    /// The rule for a sync under a chosen name that an unanswered or failed request may have made: equal to the
    /// properties, and made while that request was waited for.
    fn made_lately(&self, properties: &Properties) -> Rule {
        let waited_ms = i64::from(properties.service_timeout_s) * 1_000;
        Rule::Equal {
            config: properties.config.clone(),
            not_before: Some(earliest_created(self.requested.plus_ms(-waited_ms))),
            not_after: Some(latest_created(self.requested)),
        }
    }

    fn wanted(&self) -> Result<Wanted, String> {
        let properties = properties::read(&self.envelope.properties).map_err(|faults| {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            format!("The properties are at fault, and nothing was changed. {}.", told.join("; "))
        })?;
        let many_regions = properties.regions.is_some();
        let wanted = self.complete(properties)?;
        let mut progress = locked(&self.progress);
        progress.name.clone_from(&wanted.name);
        progress.many_regions = many_regions;
        Ok(wanted)
    }

    fn complete(&self, properties: Properties) -> Result<Wanted, String> {
        let regions = match &properties.regions {
            Some(regions) => regions.clone(),
            None => BTreeSet::from([self.own_region()?]),
        };
        let (name, made_up) = match &properties.name {
            Some(name) => (name.clone(), false),
            None => (self.made_up_name(&properties.config), true),
        };
        Ok(Wanted { name, made_up, regions, properties })
    }

    fn made_up_name(&self, config: &Config) -> String {
        made_up_name(&self.envelope.stack_id, &self.envelope.logical_id, config)
    }

    fn own_region(&self) -> Result<String, String> {
        self.function.settings.region.clone().ok_or_else(|| {
            "The function does not know its Region: AWS_REGION is not set in its environment. Nothing was changed."
                .to_owned()
        })
    }

    fn region(&self, name: &str) -> Region<'a> {
        let late = reconcile::is_late(self.requested, self.received);
        let fate = locked(&self.progress)
            .fates
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Mutex::new(if late { Fate::RefusedLate } else { Fate::Refused })))
            .clone();
        Region {
            name: name.to_owned(),
            ssm: self.function.ssm.in_region(name),
            partition: self.partition,
            account: self.account,
            clock: self.clock,
            requested: self.requested,
            received: self.received,
            end: self.end,
            url: &self.envelope.response_url,
            fate,
        }
    }

    /// Brings every Region to where it should be, side by side; tells every failure.
    async fn apply_all(&self, jobs: Vec<(String, Apply)>) -> Result<BTreeMap<String, Applied>, String> {
        let ended = join_all(jobs.into_iter().map(|(name, job)| {
            let region = self.region(&name);
            // Boxed: an SDK call makes a deep future, and one Region is one such.
            async move { (name, Box::pin(reconcile::apply(&region, &job)).await) }
        }))
        .await;
        let mut applied = BTreeMap::new();
        let mut failures = Vec::new();
        for (name, outcome) in ended {
            match outcome {
                Ok(done) => {
                    applied.insert(name, done);
                }
                Err(failed) => failures.push(failed),
            }
        }
        if failures.is_empty() {
            return Ok(applied);
        }
        let mut reason = join_texts(&failures);
        if !applied.is_empty() {
            let regions: Vec<String> = applied.into_keys().collect();
            reason.push_str(&format!(" It worked in {}.", regions.join(", ")));
        }
        Err(reason)
    }

    async fn remove_all(&self, jobs: Vec<(String, Remove)>) -> Result<(), String> {
        let ended = join_all(jobs.iter().map(|(name, job)| {
            let region = self.region(name);
            async move { Box::pin(reconcile::remove(&region, job)).await }
        }))
        .await;
        let failures: Vec<Failed> = ended.into_iter().filter_map(Result::err).collect();
        if failures.is_empty() { Ok(()) } else { Err(join_texts(&failures)) }
    }

    fn success(&self, physical_id: String, wanted: &Wanted, applied: &BTreeMap<String, Applied>) -> Verdict {
        let main = self
            .function
            .settings
            .region
            .as_ref()
            .and_then(|own| applied.get_key_value(own))
            .or_else(|| applied.first_key_value());
        let mut data: BTreeMap<&'static str, String> = ATTRIBUTES.iter().map(|key| (*key, String::new())).collect();
        let mut set = |key: &'static str, value: String| {
            data.insert(key, value);
        };
        set("SyncName", wanted.name.clone());
        set("SyncType", wanted.properties.config.sync_type().to_string());
        set("Regions", applied.keys().cloned().collect::<Vec<_>>().join(","));
        let states = applied.iter().map(|(region, applied)| format!("{region}={}", state_of(applied)));
        set("RegionStates", states.collect::<Vec<_>>().join(","));
        if let Some((region, main)) = main {
            let place = Place {
                name: wanted.name.clone(),
                region: region.clone(),
                partition: self.partition.to_owned(),
                account: self.account.to_owned(),
            };
            set("Arn", place.arn());
            set("SyncCreatedTime", main.listed.created.map(|created| created.to_string()).unwrap_or_default());
            set("LastStatus", last_status(main));
            set("SyncSourceState", main.listed.source_state.clone().unwrap_or_default());
        }
        let notes: Vec<String> = applied
            .iter()
            .filter_map(|(region, applied)| {
                let state = applied.listed.source_state.as_deref().filter(|state| is_bad_state(Some(state)))?;
                Some(format!(
                    "Resource data sync {} in {region} is in the state {state}. {}",
                    wanted.name,
                    state_remedy(state)
                ))
            })
            .collect();
        let note = (!notes.is_empty()).then(|| notes.join(" "));
        Verdict::Success { physical_id, data, note }
    }

    fn too_old(&self, timeout_s: u32) -> Verdict {
        self.may_have_been_made();
        let age_s = self.received.since_ms(self.requested) / 1_000;
        self.failed(&format!(
            "The request is {age_s} s old, which is more than its ServiceTimeout of {timeout_s} s: nobody waits for it \
             any more, so it was not acted on. Deploy again."
        ))
    }

    fn overtaken(&self) -> Verdict {
        self.may_have_been_made();
        self.failed(
            "The resource was deleted after this Create was requested: nobody waits for it any more, so it was not \
             acted on. Deploy again.",
        )
    }

    /// A Create that is not acted on may have been, by an earlier delivery.
    fn may_have_been_made(&self) {
        if self.envelope.request_type == Some(RequestType::Create)
            && let Ok(wanted) = self.wanted()
        {
            let unknown = || Arc::new(Mutex::new(Fate::Unknown));
            locked(&self.progress).fates = wanted.regions.into_iter().map(|region| (region, unknown())).collect();
        }
    }

    /// FAILED, with the id that came, or with one that stands for a failed Create.
    fn failed(&self, reason: &str) -> Verdict {
        error!(step = "Fail", outcome = %self.envelope.response_url.redact(reason));
        let id = match self.envelope.request_type {
            Some(RequestType::Create) => None,
            _ => self.envelope.physical_id.clone(),
        };
        Verdict::Failed { physical_id: id.unwrap_or_else(|| self.failed_id()), reason: reason.to_owned() }
    }

    fn failed_id(&self) -> String {
        let progress = locked(&self.progress);
        let fates: BTreeMap<String, Fate> =
            progress.fates.iter().map(|(region, fate)| (region.clone(), *locked(fate))).collect();
        let fates = match fates.values().next() {
            None => Fates::Everywhere(Fate::Invalid),
            Some(fate) if !progress.many_regions => Fates::Everywhere(*fate),
            Some(_) => Fates::ByRegion(fates),
        };
        FailedCreate { name: progress.name.clone(), requested: self.requested, fates }.to_string()
    }
}

/// How the work on a sync begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Create,
    Look,
}

impl Wanted {
    fn apply(&self, claim: Claim, start: Start) -> Apply {
        Apply {
            name: self.name.clone(),
            want: self.properties.config.clone(),
            wait_for_first_sync: self.properties.wait_for_first_sync,
            create_blindly: start == Start::Create,
            claim,
            was: None,
            predecessor: None,
            spare: None,
        }
    }
}

/// What became of a failed Create in a Region. One that its id does not name joined later, under the same id.
fn fate_in(failed: &FailedCreate, region: &str) -> Fate {
    failed.fates.in_region(region).unwrap_or(match &failed.fates {
        Fates::ByRegion(fates) if fates.values().any(|fate| fate.may_have_made()) => Fate::Unknown,
        _ => Fate::Invalid,
    })
}

/// What the Delete of a failed Create removes in a Region, if anything of ours can be there.
fn removal_of_failed_create(
    failed: &FailedCreate,
    region: &str,
    name: &str,
    made_up: bool,
    config: &Config,
) -> Option<Remove> {
    let fate = fate_in(failed, region);
    let rule = match fate {
        // Another delivery of the Create may have been luckier; under a made-up name its sync proves itself.
        Fate::Refused | Fate::RefusedLate | Fate::Unknown if made_up => Rule::Named,
        Fate::RefusedLate | Fate::Unknown => Rule::Equal {
            config: config.clone(),
            not_before: Some(earliest_created(failed.requested)),
            not_after: None,
        },
        Fate::Invalid | Fate::Taken | Fate::Refused => return None,
    };
    let target = RemoveTarget { name: name.to_owned(), rule };
    Some(Remove { list_optional: fate != Fate::Unknown, ..Remove::of(vec![target], config.sync_type()) })
}

fn state_of(applied: &Applied) -> String {
    match &applied.listed.source_state {
        Some(state) => state.clone(),
        None => match last_status(applied) {
            status if status.is_empty() => "Listed".to_owned(),
            status => status,
        },
    }
}

fn last_status(applied: &Applied) -> String {
    match &applied.listed.last_status {
        Some(status) => status.clone(),
        None if applied.pending => "Pending".to_owned(),
        None => String::new(),
    }
}

fn join_texts(failures: &[Failed]) -> String {
    failures.iter().map(|failed| failed.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
