//! Plays a history on the real function and holds it to its promises after every step.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use resource_data_sync::{
    handler::{Function, Untold},
    time::Timestamp,
};
use serde_json::{Value, value::RawValue};
use tokio::time::{sleep, timeout};

use super::{
    history::{Act, Delivery, History, Outsider, RESOURCE, Weather},
    wish::{Config, Wish},
};
use crate::{
    stage::{REGION, Stage},
    world::{
        cloudformation::{self, Answer, Event, RequestType, Siblings, Stack, State, Template},
        fault::Op,
        journal::Change,
        sync::{Maker, Sync},
    },
};

/// Lambda's time-out.
const LAMBDA_TIMEOUT: Duration = Duration::from_secs(900);
/// Lambda tries an asynchronous event again after these pauses.
const RETRIES_AFTER_S: [u64; 2] = [60, 120];
/// How long CloudFormation waits for an answer.
const SERVICE_TIMEOUT: Duration = Duration::from_secs(3_600);
/// The age up to which a sync under a chosen name can be taken for the work of an unanswered request.
const TWIN_AGE_MS_MAX: u64 = 3_600_000 + 5_000;
/// From SSM's last answer to the bucket.
const TRANSIT_MS: u64 = 20;
const ONCE_MORE: &str = "sharing that was replaced once more, elsewhere, in a storm";
const TWICE: &str = "two deliveries at once";
const SKEW_S_MAX: u64 = 5;
/// A call every second or so, in each Region, in each of three deliveries, with pages.
const CALLS_MAX: usize = 3_000;
const EVENTS_MAX: usize = 60;
const NAMES_A_REGION: usize = 5;

/// A promise that was broken, and all that was said until then.
#[derive(Debug)]
pub struct Violation {
    pub promise: String,
    pub transcript: String,
}

/// What a history came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub histories: u64,
    pub events: u64,
    pub calls: u64,
    /// Limits that cannot be helped and were met, by name.
    pub limits: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.events += other.events;
        self.calls += other.calls;
        for (limit, count) in other.limits {
            *self.limits.entry(limit).or_default() += count;
        }
    }
}

type Held = Result<(), String>;

pub struct Play {
    stage: Stage,
    stack: Stack,
    /// Wishes by their properties, as they are delivered.
    wishes: Vec<(Value, Wish)>,
    /// Where the function has made or taken over a sync and not deleted it since.
    possessed: BTreeSet<(String, String)>,
    /// Where somebody else has deleted or replaced something.
    touched: BTreeSet<(String, String)>,
    outsiders: bool,
    stormy: bool,
    ever_stormy: bool,
    /// Which resource asked for a name first.
    names: BTreeMap<&'static str, &'static str>,
    /// Another has asked for it, too.
    collided: bool,
    rollback_failed: bool,
    /// An event was never answered.
    unanswered: bool,
    /// Nothing but the calm way of things so far.
    excused: BTreeSet<&'static str>,
    tally: Tally,
}

/// Plays a history to its end: whatever stands then is deleted in calm weather.
pub fn play(history: &History) -> Result<Tally, Violation> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let mut play = Play::new().await;
        match play.run(history).await {
            Ok(()) => Ok(play.tally),
            Err(promise) => Err(Violation { promise, transcript: play.stage.transcript() }),
        }
    })
}

impl Play {
    async fn new() -> Self {
        let mut stage = Stage::new().await;
        stage.timeout = LAMBDA_TIMEOUT;
        Self {
            stage,
            stack: Stack::new("sim"),
            wishes: Vec::new(),
            possessed: BTreeSet::new(),
            touched: BTreeSet::new(),
            outsiders: false,
            stormy: false,
            ever_stormy: false,
            names: BTreeMap::new(),
            collided: false,
            rollback_failed: false,
            unanswered: false,
            excused: BTreeSet::new(),
            tally: Tally::default(),
        }
    }

    async fn run(&mut self, history: &History) -> Held {
        for act in &history.acts {
            self.act(act).await?;
        }
        self.wind_up().await?;
        let world = self.stage.world.lock();
        if let Some(protest) = world.ssm.protests.first().or(world.bucket.protests.first()) {
            return Err(format!("every request is one that its service takes: {protest}"));
        }
        self.tally.histories = 1;
        self.tally.calls = world.ssm.journal.len() as u64;
        Ok(())
    }

    async fn act(&mut self, act: &Act) -> Held {
        match act {
            Act::Pass { s } => self.stage.pass(*s).await,
            Act::Outsider(outsider) => self.outsider(outsider),
            Act::Deploy { wishes, siblings, weather } => {
                if self.stack.state() == State::UpdateRollbackFailed {
                    self.stack.continue_rollback();
                    return self.settle(weather).await;
                }
                if matches!(self.stack.state(), State::RollbackComplete | State::RollbackFailed | State::DeleteFailed) {
                    self.stack.delete();
                    self.settle(&[]).await?;
                }
                if matches!(
                    self.stack.state(),
                    State::RollbackFailed | State::DeleteFailed | State::UpdateRollbackFailed
                ) {
                    return Ok(());
                }
                let template: Template =
                    wishes.iter().map(|(logical_id, wish)| ((*logical_id).to_owned(), wish.properties())).collect();
                for (logical_id, wish) in wishes {
                    if let Some(name) = wish.name {
                        let known = *self.names.entry(name).or_insert(logical_id);
                        self.collided |= known != *logical_id;
                    }
                    self.wishes.push((cloudformation::delivered(&wish.properties()), wish.clone()));
                }
                self.stack.deploy(&template, *siblings);
                self.settle(weather).await?;
                let calm = !self.stormy && !self.outsiders && !self.collided;
                let state = self.stack.state();
                let well = [
                    State::CreateComplete,
                    State::UpdateComplete,
                    State::RollbackComplete,
                    State::UpdateRollbackComplete,
                ];
                if calm && !well.contains(&state) {
                    return Err(format!("in calm weather a deployment or its rollback succeeds, not {state:?}"));
                }
                if calm
                    && wishes.len() == 1
                    && *siblings == Siblings::Succeed
                    && !matches!(state, State::CreateComplete | State::UpdateComplete)
                {
                    return Err(format!("in calm weather a deployment of one resource succeeds, not {state:?}"));
                }
            }
            Act::Delete { weather } => match self.stack.state() {
                State::Absent | State::DeleteComplete => {}
                State::UpdateRollbackFailed => {
                    self.stack.continue_rollback();
                    self.settle(weather).await?;
                }
                _ => {
                    self.stack.delete();
                    self.settle(weather).await?;
                }
            },
        }
        Ok(())
    }

    /// Calm weather: what failed is tried again, and then the stack is deleted.
    async fn wind_up(&mut self) -> Held {
        self.stormy = false;
        for _ in 0..2 {
            if self.stack.state() == State::UpdateRollbackFailed {
                self.stack.continue_rollback();
                self.settle(&[]).await?;
            }
        }
        if self.stack.state() == State::UpdateRollbackFailed && !self.outsiders && !self.collided {
            return Err("a rollback that failed in a storm succeeds in calm weather".to_owned());
        }
        if !matches!(self.stack.state(), State::Absent | State::DeleteComplete) {
            self.stack.delete();
            self.settle(&[]).await?;
            if self.stack.state() != State::DeleteComplete {
                return Err(format!("a stack is deleted in calm weather, not {:?}", self.stack.state()));
            }
        }
        Ok(())
    }

    async fn settle(&mut self, weather: &[Weather]) -> Held {
        self.stormy |= weather.iter().any(|weather| !weather.is_calm());
        self.ever_stormy |= self.stormy;
        self.outsiders |= weather.iter().any(|weather| weather.meanwhile.is_some());
        for count in 0.. {
            let Some(event) = self.stack.next_event() else { break };
            if self.stack.state() == State::DeleteInProgress
                && self.rollback_failed
                && (self.outsiders || self.collided)
            {
                self.excused
                    .insert("another sync of the name kept a rollback from succeeding, and then the stack was deleted");
            }
            if count == EVENTS_MAX {
                return Err(format!("a stack settles within {EVENTS_MAX} events"));
            }
            let calm = Weather::calm(count);
            let weather = weather.iter().find(|weather| weather.event == count).unwrap_or(&calm);
            self.deliver(event, weather).await?;
        }
        self.rollback_failed = self.stack.state() == State::UpdateRollbackFailed;
        self.check_settled()
    }

    /// Delivers an event in its weather, and checks what came of it.
    async fn deliver(&mut self, event: Event, weather: &Weather) -> Held {
        self.tally.events += 1;
        if weather.skew_ms > 0 {
            // A sync that seems to be younger than the update that replaces it cannot be told from its replacement.
            self.stage.pass(SKEW_S_MAX).await;
        }
        let calls_before = self.arm(weather);
        let requested_ms = self.stage.now_ms();
        let text = self.text(&event);
        let meanwhile = weather.meanwhile.clone();
        let outsiders_act = async {
            if let Some((after_ms, outsider)) = meanwhile {
                sleep(Duration::from_millis(after_ms)).await;
                Some(outsider)
            } else {
                None
            }
        };
        // The outsider needs the whole play; it acts between two polls of the delivery.
        let mut events = vec![event.clone()];
        let mut late_create = false;
        let answer = {
            let stage = &mut self.stage;
            let stack = &mut self.stack;
            let world = stage.world.clone();
            let wishes = self.wishes.clone();
            let (delivered, acted) =
                tokio::join!(deliver(stage, stack, &event, &text, weather, &mut events, &mut late_create,), async {
                    let outsider = outsiders_act.await?;
                    let now_ms = world.clock.now_ms();
                    Some(act(&mut world.lock(), now_ms, &outsider, &wishes))
                },);
            self.touched.extend(acted.into_iter().flatten());
            delivered?
        };
        self.calm();
        let calls = self.stage.world.lock().ssm.journal.len() - calls_before;
        if calls > CALLS_MAX {
            return Err(format!("SSM is not called all the time: {calls} times for one event"));
        }
        for event in &events {
            self.check_answers(event)?;
        }
        self.check_foreign(calls_before, requested_ms)?;
        if let Some(answer) = &answer {
            self.note_success(&event, answer);
            self.check_calls(&event, answer, calls_before, weather)?;
            self.stack.answer(answer);
        }
        if answer == Some(Answer::TimedOut) {
            self.unanswered = true;
        }
        if late_create {
            self.excused.insert("a cancelled Create that SSM carried out after its Delete had looked");
        }
        if matches!(weather.delivery, Delivery::Elsewhere { .. }) && matches!(answer, Some(Answer::Failed { .. })) {
            self.excused.insert("a failed event that came again elsewhere and then succeeded");
        }
        if matches!(weather.delivery, Delivery::Elsewhere { .. }) && !weather.faults.is_empty() {
            self.excused.insert(ONCE_MORE);
        }
        if weather.delivery == Delivery::Twice {
            self.excused.insert(TWICE);
        }
        Ok(())
    }

    /// Sets the weather; the number of calls so far.
    fn arm(&mut self, weather: &Weather) -> usize {
        let mut world = self.stage.world.lock();
        for fault in &weather.faults {
            world.ssm.inject(fault.clone());
        }
        for fault in &weather.bucket {
            world.bucket.inject(*fault);
        }
        world.ssm.list_lag = weather.list_lag;
        world.ssm.linger = weather.linger;
        world.ssm.shown.created_skew_ms = weather.skew_ms;
        world.ssm.source_state = weather.source_state.map(str::to_owned);
        if let Some(script) = &weather.first_sync {
            world.ssm.first_sync = script.clone();
        }
        world.ssm.journal.len()
    }

    fn calm(&mut self) {
        let mut world = self.stage.world.lock();
        world.ssm.calm();
        world.ssm.source_state = None;
        world.bucket.calm();
        world.ssm.first_sync = crate::world::sync::Script::settles();
    }

    fn text(&self, event: &Event) -> String {
        let url = self.stage.url(&event.stack_id, &event.logical_id, &event.request_id);
        event.json(&url).to_string()
    }

    fn outsider(&mut self, outsider: &Outsider) {
        self.outsiders = true;
        let now_ms = self.stage.now_ms();
        let touched = act(&mut self.stage.world.lock(), now_ms, outsider, &self.wishes);
        self.touched.extend(touched);
    }

    fn wish(&self, properties: &Value) -> Option<&Wish> {
        self.wishes.iter().find(|(delivered, _)| delivered == properties).map(|(_, wish)| wish)
    }

    /// What a success means for where something of ours may stand.
    fn note_success(&mut self, event: &Event, answer: &Answer) {
        let Answer::Success { data, .. } = answer else { return };
        let Some(wish) = self.wish(&event.properties).cloned() else { return };
        match event.request_type {
            RequestType::Create | RequestType::Update => {
                let name = data["SyncName"].as_str().unwrap_or_default();
                let old = event.old_properties.as_ref().and_then(|old| self.wish(old)).cloned();
                for left in old.iter().flat_map(Wish::regions).filter(|left| !wish.regions().contains(left)) {
                    self.possessed.remove(&(left.to_owned(), name.to_owned()));
                }
                self.possessed.extend(wish.regions().into_iter().map(|region| (region.to_owned(), name.to_owned())));
            }
            RequestType::Delete => {
                // The id is the name; or it is none of ours, and then the wish has the name.
                let id = event.physical_id.clone().unwrap_or_default();
                if !is_no_sync(&id) {
                    let named = |held: &str| id == held || wish.name == Some(held);
                    self.possessed.retain(|(place, held)| !(named(held) && wish.regions().contains(place.as_str())));
                }
            }
        }
    }

    /// Every verdict is one that CloudFormation takes, and the same however often it is told.
    fn check_answers(&self, event: &Event) -> Held {
        let world = self.stage.world.lock();
        for body in world.bucket.answers(&event.request_id) {
            let answer = cloudformation::read_answer(&event.stack_id, &event.request_id, &event.logical_id, body)
                .map_err(|why| format!("an answer is one that CloudFormation takes: {why}"))?;
            match answer {
                Answer::Failed { physical_id, reason } => {
                    if reason.contains("fault of its own") {
                        return Err("the function does not panic".to_owned());
                    }
                    if event.request_type == RequestType::Update && physical_id != event.physical_id {
                        return Err("a failed Update answers with the id that it came with".to_owned());
                    }
                    if !reason.contains("log stream") {
                        return Err(format!("a Reason ends with where to look further: {reason}"));
                    }
                }
                Answer::Success { data, .. } => {
                    let missing = resource_data_sync::handler::ATTRIBUTES
                        .iter()
                        .find(|attribute| event.request_type != RequestType::Delete && !data[**attribute].is_string());
                    if let Some(attribute) = missing {
                        return Err(format!("every attribute is in a SUCCESS: {attribute}"));
                    }
                }
                Answer::TimedOut | Answer::Cancelled => {}
            }
        }
        Ok(())
    }

    /// What others have made is what it was.
    fn check_foreign(&mut self, calls_before: usize, requested_ms: u64) -> Held {
        let world = self.stage.world.lock();
        for call in &world.ssm.journal[calls_before..] {
            let place = |sync: &Sync| (call.region.clone(), sync.name.clone());
            match &call.change {
                Some(Change::Created(sync)) => {
                    self.possessed.insert(place(sync));
                }
                Some(Change::Deleted(before) | Change::Updated { before, .. }) => {
                    let foreign = before.maker == Maker::Outsider || before.tampered;
                    let held = self.possessed.contains(&place(before));
                    let twin = before.created_ms + TWIN_AGE_MS_MAX >= requested_ms
                        && self.wishes.iter().any(|(_, wish)| {
                            wish.name.is_none_or(|name| name == before.name) && wish.config.looks_like(before)
                        });
                    if foreign && !held && !twin {
                        return Err(format!(
                            "what others have made is left alone: {} of {} in {}",
                            call.op.name(),
                            before.name,
                            call.region
                        ));
                    }
                    if foreign {
                        *self
                            .tally
                            .limits
                            .entry(if held { "drift under a held name" } else { "a twin" })
                            .or_default() += 1;
                    }
                }
                None => {}
            }
        }
        Ok(())
    }

    /// In calm weather every call is one that the situation needs.
    fn check_calls(&self, event: &Event, answer: &Answer, calls_before: usize, weather: &Weather) -> Held {
        let Answer::Success { .. } = answer else { return Ok(()) };
        if self.ever_stormy || self.outsiders || !weather.is_calm() {
            return Ok(());
        }
        let world = self.stage.world.lock();
        let calls = &world.ssm.journal[calls_before..];
        let new = self.wish(&event.properties);
        let old = event.old_properties.as_ref().and_then(|old| self.wish(old));
        for region in super::wish::REGIONS {
            let here: Vec<_> = calls.iter().filter(|call| call.region == region).collect();
            let changes: String = here
                .iter()
                .filter(|call| call.op != Op::List)
                .map(|call| call.op.name().chars().next().expect("a name"))
                .collect();
            let wanted = new.is_some_and(|wish| wish.regions().contains(region));
            let needed = match (event.request_type, old, new) {
                (RequestType::Create, ..) if wanted => "C",
                (RequestType::Create, ..) => "",
                // What a failed Create has made in some Regions goes.
                (RequestType::Delete, ..) if event.physical_id.as_deref().is_some_and(is_no_sync) => continue,
                (RequestType::Delete, ..) if wanted => "D",
                (RequestType::Delete, ..) => "",
                (RequestType::Update, Some(old), Some(new)) => match change(old, new, region) {
                    // An update back may find its sync still there, or a rename's leftovers to remove.
                    _ if event.why == cloudformation::Why::Rollback => continue,
                    needed => needed,
                },
                (RequestType::Update, ..) => continue,
            };
            if changes != needed {
                return Err(format!(
                    "no call is made that the situation does not need: {} in {region} made {changes:?} for {needed:?}",
                    event.request_type.name()
                ));
            }
        }
        Ok(())
    }

    /// Ours are exactly what the template says.
    fn check_settled(&mut self) -> Held {
        let world = self.stage.world.lock();
        let complete = [
            State::CreateComplete,
            State::UpdateComplete,
            State::UpdateRollbackComplete,
            State::RollbackComplete,
            State::DeleteComplete,
        ];
        if !complete.contains(&self.stack.state()) {
            return Ok(());
        }
        let wanted: Vec<Wish> =
            self.stack.resources().values().filter_map(|resource| self.wish(&resource.properties)).cloned().collect();
        let ours: Vec<(&str, &Sync)> =
            world.ssm.all().filter(|(_, sync)| sync.maker == Maker::Function && !sync.tampered).collect();
        for wish in &wanted {
            for region in wish.regions() {
                let met = world.ssm.all().any(|(place, sync)| place == region && wish.is_met_by(sync));
                let touched = self
                    .touched
                    .iter()
                    .any(|(place, name)| place == region && wish.name.is_none_or(|wanted| wanted == name));
                if !met && !touched && !self.excused.contains(TWICE) && !self.excused.contains(ONCE_MORE) {
                    return Err(format!(
                        "in state {:?} what the template says stands: {} in {region}",
                        self.stack.state(),
                        wish.properties()
                    ));
                }
            }
        }
        for (region, sync) in &ours {
            let named = wanted.iter().any(|wish| wish.regions().contains(region) && wish.is_met_by(sync));
            if named {
                continue;
            }
            let old = sync.created_ms + TWIN_AGE_MS_MAX < self.stage.world.clock.now_ms();
            let abandoned = self.stack.abandoned().iter().any(|(_, resource)| resource.physical_id == sync.name);
            let limit = if abandoned {
                Some("CloudFormation gave up on a clean-up")
            } else if self.unanswered && old && sync.name.len() < 20 {
                Some("events that were never answered, until what they made was older than ServiceTimeout")
            } else {
                self.excused.first().copied()
            };
            let Some(limit) = limit else {
                return Err(format!(
                    "in state {:?} nothing of ours stands but what the template says: {} in {region}: {}",
                    self.stack.state(),
                    sync.name,
                    sync.essence()
                ));
            };
            *self.tally.limits.entry(limit).or_default() += 1;
        }
        Ok(())
    }
}

/// Is it the id of a Create that made nothing?
fn is_no_sync(id: &str) -> bool {
    id.chars().count() > 64
}

/// The changing calls that an Update needs in a Region.
fn change(old: &Wish, new: &Wish, region: &str) -> &'static str {
    let (was, is) = (old.regions().contains(region), new.regions().contains(region));
    let updatable = match (&old.config, &new.config) {
        (Config::Source(old), Config::Source(new)) => {
            std::mem::discriminant(&old.from) == std::mem::discriminant(&new.from)
        }
        _ => false,
    };
    let same_name = old.name == new.name && (old.name.is_some() || old.config == new.config || updatable);
    match (was, is) {
        (_, false) if !same_name => "",
        (_, true) if !same_name => "C",
        (false, false) => "",
        (false, true) => "C",
        (true, false) => "D",
        (true, true) if old.config == new.config => "",
        (true, true) if updatable => "U",
        (true, true) => "DC",
    }
}

/// Carries out what somebody else does; the places that are touched.
fn act(
    world: &mut crate::world::World,
    now_ms: u64,
    outsider: &Outsider,
    wishes: &[(Value, Wish)],
) -> Vec<(String, String)> {
    match outsider {
        Outsider::Makes { region, name, config } => {
            if world.ssm.syncs(region).len() >= NAMES_A_REGION && world.ssm.sync(region, name).is_none() {
                return Vec::new();
            }
            world.ssm.outsider_put(now_ms, region, &config.request(name));
            vec![((*region).to_owned(), (*name).to_owned())]
        }
        Outsider::MakesTheSame { region } => {
            let Some((_, wish)) = wishes.last() else { return Vec::new() };
            let Some(name) = wish.name else { return Vec::new() };
            act(world, now_ms, &Outsider::Makes { region, name, config: wish.config.clone() }, wishes)
        }
        Outsider::Deletes { region, nth } => {
            let Some(name) = world.ssm.syncs(region).get(*nth).map(|sync| sync.name.clone()) else {
                return Vec::new();
            };
            world.ssm.outsider_delete(region, &name);
            vec![((*region).to_owned(), name)]
        }
        Outsider::Fills { region, free } => {
            let room = NAMES_A_REGION.saturating_sub(world.ssm.syncs(region).len()).saturating_sub(*free);
            for number in 0..room {
                let name = format!("filler-{number}-{now_ms}");
                let sync = serde_json::json!({
                    "SyncName": name,
                    "SyncType": "SyncToDestination",
                    "S3Destination": { "BucketName": "others", "Region": REGION, "SyncFormat": "JsonSerDe" },
                });
                world.ssm.outsider_put(now_ms, region, &sync);
            }
            Vec::new()
        }
    }
}

/// Brings an event to the function as Lambda would. `None`: the stack has heard the answer already.
async fn deliver(
    stage: &mut Stage,
    stack: &mut Stack,
    event: &Event,
    text: &str,
    weather: &Weather,
    events: &mut Vec<Event>,
    late_create: &mut bool,
) -> Result<Option<Answer>, String> {
    let began_ms = stage.now_ms();
    match weather.delivery {
        Delivery::Once => lambda(stage, text, 0).await?,
        Delivery::Again => {
            lambda(stage, text, 0).await?;
            let calls = stage.world.lock().ssm.journal.len();
            let told = invoke(&stage.function, stage, text, u32::MAX).await?;
            if told == Told::Accepted && stage.world.lock().ssm.journal.len() != calls {
                return Err("an event that comes again to the same process makes no calls".to_owned());
            }
            let world = stage.world.lock();
            let answers = world.bucket.answers(&event.request_id);
            if answers.windows(2).any(|pair| pair[0] != pair[1]) {
                return Err("a verdict, once made, never changes".to_owned());
            }
        }
        Delivery::Elsewhere { after_s } => {
            lambda(stage, text, 0).await?;
            let before = ours(stage);
            stage.pass(after_s).await;
            stage.restart().await;
            lambda(stage, text, 0).await?;
            let world = stage.world.lock();
            let answers = world.bucket.answers(&event.request_id);
            let first_ok = answers.first().is_some_and(|body| status(body) == "SUCCESS");
            drop(world);
            // Sharing that changed within the second of its request is replaced once more, and that can fail.
            let undisturbed = weather.meanwhile.is_none() && weather.faults.is_empty();
            if first_ok && undisturbed && ours(stage) != before {
                return Err("an event that comes again to another process leaves everything as it is".to_owned());
            }
        }
        Delivery::Twice => {
            let other = stage.another_process().await;
            let (first, second) =
                tokio::join!(invoke(&stage.function, stage, text, u32::MAX), invoke(&other, stage, text, u32::MAX));
            let (first, second) = (first?, second?);
            if first != Told::Accepted && second != Told::Accepted {
                lambda(stage, text, 1).await?;
            }
        }
        Delivery::Killed { polls } => {
            let told = invoke(&stage.function, stage, text, polls).await?;
            if told != Told::Accepted {
                stage.restart().await;
                stage.pass(RETRIES_AFTER_S[0]).await;
                lambda(stage, text, 1).await?;
            }
        }
        Delivery::Cancelled { after_ms } if event.request_type == RequestType::Create => {
            let other = stage.another_process().await;
            let create = invoke(&stage.function, stage, text, u32::MAX);
            tokio::pin!(create);
            let early = timeout(Duration::from_millis(after_ms), &mut create).await;
            stack.answer(&Answer::Cancelled);
            let Some(delete) = stack.next_event() else { return Err("a cancelled Create is deleted".to_owned()) };
            let url = stage.url(&delete.stack_id, &delete.logical_id, &delete.request_id);
            let delete_text = delete.json(&url).to_string();
            match early {
                Ok(told) => {
                    told?;
                    invoke(&other, stage, &delete_text, u32::MAX).await?;
                }
                Err(_) => {
                    let (created, deleted) = tokio::join!(&mut create, invoke(&other, stage, &delete_text, u32::MAX));
                    created?;
                    deleted?;
                }
            }
            let answer = first_answer(stage, &delete);
            let told_ms = {
                let world = stage.world.lock();
                let told = world.bucket.puts.iter().find(|put| put.request_id.as_ref() == Some(&delete.request_id));
                told.map_or(u64::MAX, |put| put.at_ms)
            };
            if created_after(stage, told_ms) || stage.world.lock().ssm.list_lag > 0 {
                *late_create = true;
            }
            events.push(delete);
            stack.answer(&answer);
            return Ok(None);
        }
        Delivery::Overtaken if event.request_type == RequestType::Create => {
            stage.pass(2).await;
            stack.answer(&Answer::Cancelled);
            let Some(delete) = stack.next_event() else { return Err("a cancelled Create is deleted".to_owned()) };
            let url = stage.url(&delete.stack_id, &delete.logical_id, &delete.request_id);
            lambda(stage, &delete.json(&url).to_string(), 0).await?;
            lambda(stage, text, 0).await?;
            let answer = first_answer(stage, &delete);
            events.push(delete);
            stack.answer(&answer);
            return Ok(None);
        }
        Delivery::Cancelled { .. } | Delivery::Overtaken => lambda(stage, text, 0).await?,
        Delivery::Dropped => {
            give_up(stage, began_ms).await;
            return Ok(Some(Answer::TimedOut));
        }
        Delivery::Unanswered => {
            let refuse = crate::world::bucket::BucketFault::first(crate::world::bucket::BucketFaultKind::Refuse);
            stage.world.lock().bucket.inject(refuse.times(u32::MAX));
            lambda(stage, text, 0).await?;
            give_up(stage, began_ms).await;
            return Ok(Some(Answer::TimedOut));
        }
    }
    let answer = first_answer(stage, event);
    if answer == Answer::TimedOut {
        give_up(stage, began_ms).await;
    }
    Ok(Some(answer))
}

/// CloudFormation waits for as long as it does, and turns to what comes next.
async fn give_up(stage: &Stage, began_ms: u64) {
    let waited = Duration::from_millis(stage.now_ms() - began_ms);
    sleep(SERVICE_TIMEOUT.saturating_sub(waited) + Duration::from_secs(2)).await;
}

fn first_answer(stage: &Stage, event: &Event) -> Answer {
    let world = stage.world.lock();
    world.bucket.answers(&event.request_id).first().map_or(Answer::TimedOut, |body| event.read(body))
}

/// Was a sync made so late that a Delete which was answered then could not see it, or made anew after that Delete?
fn created_after(stage: &Stage, told_ms: u64) -> bool {
    let world = stage.world.lock();
    let looked_ms = told_ms.saturating_sub(TRANSIT_MS);
    let last =
        |of: fn(&Change) -> bool| world.ssm.journal.iter().rposition(|call| call.change.as_ref().is_some_and(of));
    let created = last(|change| matches!(change, Change::Created(_)));
    let deleted = last(|change| matches!(change, Change::Deleted(_)));
    let late =
        world.ssm.journal.iter().any(|call| call.at_ms >= looked_ms && matches!(call.change, Some(Change::Created(_))));
    late || (deleted.is_some() && created > deleted)
}

fn status(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    answer["Status"].as_str().unwrap_or_default().to_owned()
}

fn ours(stage: &Stage) -> BTreeSet<String> {
    let world = stage.world.lock();
    world
        .ssm
        .all()
        .filter(|(_, sync)| sync.maker == Maker::Function)
        .map(|(region, sync)| format!("{region} {} {}", sync.name, sync.configuration))
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Accepted,
    /// An error was told to Lambda, which delivers again.
    Error,
    Killed,
}

/// Delivers an event, and again after each error, as often as Lambda does.
async fn lambda(stage: &mut Stage, text: &str, tries_before: usize) -> Result<(), String> {
    for attempt in tries_before..=RETRIES_AFTER_S.len() {
        if invoke(&stage.function, stage, text, u32::MAX).await? == Told::Accepted {
            return Ok(());
        }
        if let Some(pause_s) = RETRIES_AFTER_S.get(attempt) {
            stage.pass(*pause_s).await;
        }
    }
    Ok(())
}

/// One invocation, of which so many steps are taken at most.
async fn invoke(function: &Function, stage: &Stage, text: &str, polls: u32) -> Result<Told, String> {
    let raw: Box<RawValue> = serde_json::from_str(text).expect("events are JSON");
    let deadline_ms = stage.now_ms() + u64::try_from(LAMBDA_TIMEOUT.as_millis()).expect("a short time");
    let deadline = Timestamp::from_epoch_ms(i64::try_from(deadline_ms).expect("this era"));
    let answers_before = stage.world.lock().bucket.puts.iter().filter(|put| put.stored).count();
    let served = Mortal { inner: Box::pin(function.handle(&raw, deadline)), polls };
    let Ok(served) = timeout(LAMBDA_TIMEOUT, served).await else {
        return Err("every invocation ends before Lambda's deadline".to_owned());
    };
    let answers = stage.world.lock().bucket.puts.iter().filter(|put| put.stored).count();
    match served {
        None => Ok(Told::Killed),
        Some(Ok(())) if answers == answers_before => {
            Err("an invocation that ends well has answered CloudFormation".to_owned())
        }
        Some(Ok(())) => Ok(Told::Accepted),
        Some(Err(Untold::NotTold(_))) => Ok(Told::Error),
        Some(Err(other)) => Err(format!("there is somewhere to answer to: {other}")),
    }
}

/// A future that dies after so many polls.
struct Mortal<F> {
    inner: Pin<Box<F>>,
    polls: u32,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        self.inner.as_mut().poll(context).map(Some)
    }
}

/// The story of a violation, for a person.
pub fn story(seed: u64, history: &History, violation: &Violation) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "\nA promise is broken: {}\n", violation.promise);
    let _ = writeln!(text, "The shortest history that shows it (of seed {seed}, resource {RESOURCE}):\n{history}");
    let _ = writeln!(text, "What was said:\n{}", violation.transcript);
    text
}
