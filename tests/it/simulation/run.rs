//! Runs a scenario on the real function, in virtual time, and holds it to the invariants after every event and every step.

use std::{collections::BTreeMap, ops::Range, rc::Rc, time::Duration};

use serde_json::Value;
use tokio::time::{sleep, timeout};
use tracing::subscriber::NoSubscriber;

use super::{
    desired::{Config, Desired},
    invariants::{self, Moment, Violation},
    lambda::{self, invoke, until},
    ledger::{self, Ledger, Owner, SyncId, Touch},
    scenario::{Act, Client, Delivery, Deploy, Next, Operation, RESOURCES, Scenario, Step, Stop, Template, Trouble},
};
use crate::{
    env::Env,
    fake::{
        Services,
        call_log::{Call, Change},
        cloudformation::{self, Event, RequestType, Response, Stack, State, Why},
        fault::{Fault, FaultKind, Op, Service},
        ssm::Lag,
        sync::{Script, Sync, Wording},
    },
};

/// How long CloudFormation waits for a response.
pub const SERVICE_TIMEOUT: Duration = Duration::from_secs(3_600);
const EVENTS_MAX: usize = 60;
/// List is behind by less.
const LAG_S_MAX: u64 = 10;
const SYNCS_PER_REGION: usize = 5;

/// What one or many scenarios came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub events: u64,
    /// The limits that were met, by their numbers.
    pub limits: BTreeMap<usize, u64>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.events += other.events;
        for (limit, count) in other.limits {
            *self.limits.entry(limit).or_default() += count;
        }
    }
}

/// An event that was delivered, how it fared, and what came of it.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub event: Event,
    pub text: String,
    /// The key of its resource's record.
    pub resource: String,
    pub at_ms: u64,
    pub delivery: Delivery,
    pub faults: Vec<Fault>,
    /// The calls of all services that came while it was served.
    pub calls: Range<usize>,
    pub response: Response,
    /// It was delivered before, and CloudFormation knows nothing of this.
    pub is_redelivery: bool,
    pub is_rollback_disabled: bool,
}

impl Delivered {
    pub fn is_of(&self, request_type: RequestType) -> bool {
        self.event.request_type == request_type
    }

    pub fn is_unheard(&self) -> bool {
        matches!(self.response, Response::TimedOut | Response::Cancelled)
    }

    /// The id of its SUCCESS, as CloudFormation knows it.
    pub fn succeeded_as(&self) -> Option<&str> {
        id_of(&self.response)
    }

    pub fn has_table_fault(&self) -> bool {
        self.faults.iter().any(|fault| fault.operation.is_some_and(|op| op.service() == Service::DynamoDb))
    }
}

pub struct Run {
    pub env: Rc<Env>,
    pub stacks: Vec<Stack>,
    /// What is wanted, by its properties as they are delivered.
    desired: Vec<(Value, Desired)>,
    /// The last template of each stack.
    templates: Vec<Template>,
    pub ledger: Ledger,
    pub touches: Vec<Touch>,
    pub delivered: Vec<Delivered>,
    /// When another client last changed something under this Region and name.
    pub drifted: BTreeMap<(String, String), u64>,
    /// When somebody deleted the record of this resource.
    pub lost_records: BTreeMap<String, u64>,
    /// Resources whose rollback was skipped.
    pub skipped: Vec<String>,
    pub scenario: Scenario,
    pub tally: Tally,
    /// How far List was behind at most.
    pub lag_ms: u64,
    calls_read: usize,
}

/// Runs a scenario to its end: what exists then is deleted, and nothing goes wrong any more.
pub fn run(seed: u64, scenario: &Scenario) -> Result<Tally, Violation> {
    in_virtual_time(async {
        let mut run = Run::new(scenario);
        fastrand::seed(seed);
        match run.all().await {
            Ok(()) => Ok(run.tally),
            Err(violation) => Err(Violation { transcript: run.env.transcript(), ..violation }),
        }
    })
}

fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    // Nobody reads the log, and writing it would take half of the time.
    tracing::subscriber::with_default(NoSubscriber::default(), || runtime.block_on(work))
}

/// The calls of the first event of a scenario's last step.
pub fn calls_of_last_step(scenario: &Scenario) -> Vec<Call> {
    in_virtual_time(async {
        let mut run = Run::new(scenario);
        let (last, before) = scenario.steps.split_last().expect("a step");
        for step in before {
            run.step(step).await.expect("nothing goes wrong");
        }
        let first = run.delivered.len();
        run.step(last).await.expect("nothing goes wrong");
        run.env.aws.lock().calls[run.delivered[first].calls.clone()].to_vec()
    })
}

impl Run {
    fn new(scenario: &Scenario) -> Self {
        let env = Env::new();
        let wording = if scenario.is_reworded { Wording::own() } else { Wording::default() };
        env.aws.lock().ssm.wording = Wording { created_skew_ms: scenario.skew_ms, ..wording };
        Self {
            env: Rc::new(env),
            stacks: vec![Stack::new("sim"), Stack::new("rival")],
            desired: Vec::new(),
            templates: vec![Template::new(); 2],
            ledger: Ledger::default(),
            touches: Vec::new(),
            delivered: Vec::new(),
            drifted: BTreeMap::new(),
            lost_records: BTreeMap::new(),
            skipped: Vec::new(),
            scenario: scenario.clone(),
            tally: Tally::default(),
            lag_ms: 0,
            calls_read: 0,
        }
    }

    /// What these properties, as they are delivered, want.
    pub fn desired(&self, properties: &Value) -> Option<&Desired> {
        self.desired.iter().find(|(delivered, _)| delivered == properties).map(|(_, desired)| desired)
    }

    async fn all(&mut self) -> Result<(), Violation> {
        for step in self.scenario.steps.clone() {
            self.step(&step).await?;
        }
        self.wind_up().await
    }

    async fn step(&mut self, step: &Step) -> Result<(), Violation> {
        match step {
            Step::Pass { s } => self.env.pass(*s).await,
            Step::Client(client) => {
                let drifted = client.act(&mut self.env.aws.lock(), self.env.aws.clock.now_ms(), &self.names());
                self.drift(drifted);
            }
            Step::DeleteRecord { stack } => {
                let key = format!("{}|{}", self.stacks[*stack].id, RESOURCES[0]);
                if self.env.aws.lock().table.delete(&key).is_some() {
                    self.lost_records.insert(key.clone(), self.env.aws.clock.now_ms());
                    self.ledger.forget(&key);
                }
            }
            Step::Redeliver { back } => self.redeliver(*back).await?,
            Step::Stack { stack, operation, troubles } => self.operate(*stack, operation, troubles).await?,
        }
        Ok(())
    }

    async fn operate(&mut self, stack: usize, operation: &Operation, troubles: &[Trouble]) -> Result<(), Violation> {
        match operation {
            Operation::Deploy(deploy) => {
                if self.make_ready(stack, troubles).await? {
                    self.deploy(stack, deploy);
                    self.settle(stack, troubles).await?;
                    invariants::check(self, Moment::Deployed(stack, deploy.siblings))?;
                }
            }
            Operation::Delete => self.delete(stack, troubles).await?,
            Operation::Skip => {
                if self.stacks[stack].state() == State::UpdateRollbackFailed {
                    let skipped = self.stacks[stack].skip_resource();
                    self.skipped.push(format!("{}|{skipped}", self.stacks[stack].id));
                    self.settle(stack, troubles).await?;
                }
            }
        }
        Ok(())
    }

    /// Brings a stack into a state in which it can be deployed. False: it can't, or its rollback was continued instead.
    async fn make_ready(&mut self, stack: usize, troubles: &[Trouble]) -> Result<bool, Violation> {
        match self.stacks[stack].state() {
            State::UpdateRollbackFailed => {
                self.stacks[stack].continue_rollback();
                self.settle(stack, troubles).await?;
                return Ok(false);
            }
            State::RollbackComplete | State::RollbackFailed | State::DeleteFailed => {
                self.delete(stack, &[]).await?;
            }
            _ => {}
        }
        if self.stacks[stack].state() == State::DeleteComplete {
            // A stack that is created again has another id.
            self.stacks[stack] = Stack::new(&format!("{}-again", self.stacks[stack].name));
        }
        Ok(!matches!(self.stacks[stack].state(), State::RollbackFailed | State::DeleteFailed))
    }

    fn deploy(&mut self, stack: usize, deploy: &Deploy) {
        let mut template = cloudformation::Template::new();
        for (resource, desired) in &deploy.template {
            self.desired.push((cloudformation::delivered(&desired.properties()), desired.clone()));
            template.insert((*resource).to_owned(), desired.properties());
        }
        self.templates[stack].clone_from(&deploy.template);
        let stack = &mut self.stacks[stack];
        stack.retained = RESOURCES.iter().filter(|_| deploy.retain).map(|resource| (*resource).to_owned()).collect();
        stack.is_rollback_disabled = deploy.rollback_disabled;
        stack.deploy(&template, deploy.siblings);
    }

    async fn delete(&mut self, stack: usize, troubles: &[Trouble]) -> Result<(), Violation> {
        if matches!(self.stacks[stack].state(), State::Absent | State::DeleteComplete) {
            return Ok(());
        }
        self.stacks[stack].delete();
        self.settle(stack, troubles).await
    }

    /// Nothing goes wrong any more: what failed is tried again, and then the stacks are deleted.
    async fn wind_up(&mut self) -> Result<(), Violation> {
        for stack in 0..self.stacks.len() {
            for _ in 0..2 {
                if self.stacks[stack].state() == State::UpdateRollbackFailed {
                    self.stacks[stack].continue_rollback();
                    self.settle(stack, &[]).await?;
                }
            }
            self.delete(stack, &[]).await?;
        }
        // What is carried out late has been carried out by then.
        self.env.pass(10).await;
        self.read_calls();
        invariants::check(self, Moment::End)
    }

    /// List is behind from now on. What it has shown before, it goes on showing.
    async fn lag(&mut self, troubles: &[Trouble]) {
        let furthest_ms = |lag: &Lag| lag.creations_ms.max(lag.updates_ms).max(lag.deletions_ms);
        let Some(lag) = troubles.iter().map(|trouble| trouble.lag).max_by_key(furthest_ms) else { return };
        self.lag_ms = self.lag_ms.max(furthest_ms(&lag));
        if self.lag_ms > 0 {
            self.env.pass(LAG_S_MAX).await;
        }
        self.env.aws.lock().ssm.lag = lag;
    }

    async fn settle(&mut self, stack: usize, troubles: &[Trouble]) -> Result<(), Violation> {
        self.lag(troubles).await;
        for count in 0..EVENTS_MAX {
            let Some(event) = self.stacks[stack].next_event() else {
                self.env.aws.lock().ssm.lag = Lag::default();
                self.settled(stack);
                return invariants::check(self, Moment::Settled(stack));
            };
            let calm = Trouble::default();
            let trouble = troubles.iter().find(|trouble| trouble.event == count).unwrap_or(&calm);
            self.serve(stack, event, trouble).await?;
        }
        Err(Violation::new("a stack settles", format!("not within {EVENTS_MAX} events")))
    }

    /// What the policy Retain has let go of, and what is wanted again.
    fn settled(&mut self, stack: usize) {
        let Stack { id, retained, .. } = &self.stacks[stack];
        if !invariants::is_over(self.stacks[stack].state()) {
            return;
        }
        let aws = self.env.aws.lock();
        for (region, sync) in aws.ssm.all() {
            let sync = SyncId::new(region, sync);
            let Owner::Resource(resource) = self.ledger.owner(&sync) else { continue };
            let Some(logical_id) = resource.strip_prefix(&format!("{id}|")) else { continue };
            let is_there = self.stacks[stack].resources().contains_key(logical_id);
            let is_wanted = invariants::wanted(self, stack).iter().any(|wanted| wanted.is(&sync));
            // An id that CloudFormation has let go of is retained, whatever the record says of it.
            let was_id =
                |delivered: &Delivered| delivered.resource == resource && delivered.succeeded_as() == Some(&sync.name);
            let is_let_go = !is_there || self.delivered.iter().any(was_id);
            let is_skipped = self.skipped.contains(&resource);
            if retained.contains(logical_id) && !is_wanted && is_let_go && !is_skipped {
                self.ledger.set(&sync, Owner::Retained(resource));
            }
        }
        self.ledger.wanted_again_is_owned();
    }

    /// Delivers an event, with its trouble, checks what came of it, and tells the stack.
    async fn serve(&mut self, stack: usize, event: Event, trouble: &Trouble) -> Result<(), Violation> {
        let is_cancellable = event.why == Why::Deploy && event.request_type != RequestType::Delete;
        let first = self.begin(stack, event, trouble);
        // CloudFormation signs, and Lambda delivers a second later: two events are hardly ever of the same second.
        self.env.pass(1).await;
        self.arm(trouble);
        let meanwhile = tokio::spawn(self.meanwhile(trouble));
        let last = match trouble.delivery {
            Delivery::Cancelled { after_ms, calls } if is_cancellable => {
                self.cancelled(stack, first, Duration::from_millis(after_ms), calls).await?
            }
            Delivery::Stopped(stop) if is_cancellable || stop.next != Next::Event => {
                self.stopped(stack, first, stop).await?
            }
            delivery => {
                self.deliver(Some(first), delivery).await?;
                Some(first)
            }
        };
        let drifted = meanwhile.await.expect("another client does not panic");
        self.drift(drifted);
        self.disarm();
        for delivered in first..self.delivered.len() {
            self.over(delivered).await;
        }
        self.read_calls();
        for delivered in first..self.delivered.len() {
            self.succeeded(delivered);
            invariants::check(self, Moment::Event(delivered))?;
        }
        if let Some(last) = last {
            let response = self.delivered[last].response.clone();
            self.stacks[stack].respond(&response);
        }
        Ok(())
    }

    /// CloudFormation gives the event up while it is served, and its next one is served at the same time.
    async fn cancelled(
        &mut self,
        stack: usize,
        first: usize,
        after: Duration,
        calls: usize,
    ) -> Result<Option<usize>, Violation> {
        let (env, text) = (self.env.clone(), self.delivered[first].text.clone());
        let last = env.aws.lock().calls.len().saturating_add(calls);
        let mut served = Box::pin(invoke(&env, &env.function, &text));
        let early = timeout(after, until(&env.aws, last, served.as_mut())).await.ok();
        let second = self.give_up(stack, first, Next::Event);
        let late = async {
            match early {
                Some(early) => early.transpose(),
                None => until(&env.aws, last, served.as_mut()).await.transpose(),
            }
        };
        let (late, other) = tokio::join!(late, self.deliver(second, Delivery::Once));
        late?;
        other?;
        Ok(second)
    }

    /// The process is stopped, and what comes next is served by another.
    async fn stopped(&mut self, stack: usize, first: usize, stop: Stop) -> Result<Option<usize>, Violation> {
        let Stop { calls, is_frozen, next, after_s } = stop;
        let (env, text) = (self.env.clone(), self.delivered[first].text.clone());
        let process = env.another_process();
        let last = env.aws.lock().calls.len() + calls;
        let mut served = Box::pin(invoke(&env, &process, &text));
        if let Some(reported) = until(&env.aws, last, served.as_mut()).await.transpose()? {
            // It ended before it could be stopped.
            if !reported {
                self.deliver(Some(first), Delivery::Once).await?;
            }
            return Ok(Some(first));
        }
        let frozen = is_frozen.then_some(served);
        env.pass(after_s).await;
        let last = match next {
            Next::Delivery => Some(first),
            next => self.give_up(stack, first, next),
        };
        self.deliver(last, Delivery::Once).await?;
        if let Some(frozen) = frozen {
            env.pass(after_s).await;
            if !frozen.await? {
                self.deliver(Some(first), Delivery::Once).await?;
            }
        }
        Ok(last)
    }

    async fn deliver(&self, index: Option<usize>, delivery: Delivery) -> Result<(), Violation> {
        match index {
            Some(index) => lambda::deliver(&self.env, &self.delivered[index].text, delivery).await,
            None => Ok(()),
        }
    }

    fn begin(&mut self, stack: usize, event: Event, trouble: &Trouble) -> usize {
        self.tally.events += 1;
        let url = self.env.url(&event.stack_id, &event.logical_id, &event.request_id);
        let calls = self.env.aws.lock().calls.len();
        self.delivered.push(Delivered {
            text: event.json(&url).to_string(),
            resource: format!("{}|{}", event.stack_id, event.logical_id),
            at_ms: self.env.aws.clock.now_ms(),
            delivery: trouble.delivery,
            faults: trouble.faults.clone(),
            calls: calls..calls,
            response: Response::TimedOut,
            is_redelivery: false,
            is_rollback_disabled: self.stacks[stack].is_rollback_disabled,
            event,
        });
        self.delivered.len() - 1
    }

    /// CloudFormation gives an event up, and turns to the next one.
    fn give_up(&mut self, stack: usize, first: usize, next: Next) -> Option<usize> {
        self.delivered[first].response = Response::Cancelled;
        self.stacks[stack].respond(&Response::Cancelled);
        if next == Next::StackDelete && self.stacks[stack].state().is_settled() {
            self.stacks[stack].delete();
        }
        let event = self.stacks[stack].next_event()?;
        let faults = self.delivered[first].faults.clone();
        Some(self.begin(stack, event, &Trouble { faults, ..Trouble::default() }))
    }

    /// Reads what CloudFormation got; where that is nothing, it waits as long as it does.
    async fn over(&mut self, index: usize) {
        let calls = self.env.aws.lock().calls.len();
        let Delivered { event, at_ms, .. } = self.delivered[index].clone();
        self.delivered[index].calls.end = calls;
        if self.delivered[index].response == Response::Cancelled {
            return;
        }
        let response = received(&self.env.aws.lock(), &event);
        if response.is_none() {
            let waited = Duration::from_millis(self.env.aws.clock.now_ms() - at_ms);
            sleep(SERVICE_TIMEOUT.saturating_sub(waited) + Duration::from_secs(2)).await;
        }
        self.delivered[index].response = response.unwrap_or(Response::TimedOut);
    }

    fn arm(&self, trouble: &Trouble) {
        let mut aws = self.env.aws.lock();
        for fault in &trouble.faults {
            aws.inject(fault.clone());
        }
        if trouble.delivery == Delivery::Unheard {
            aws.inject(Fault::at(Op::Respond, FaultKind::Denied).always());
        }
        aws.ssm.source_state = trouble.source_state.map(str::to_owned);
        if let Some(script) = &trouble.first_sync {
            aws.ssm.first_sync = script.clone();
        }
    }

    fn disarm(&self) {
        let mut aws = self.env.aws.lock();
        let lag = aws.ssm.lag;
        aws.clear_faults();
        aws.ssm.lag = lag;
        aws.ssm.source_state = None;
        aws.ssm.first_sync = Script::settles();
    }

    /// The names that the stacks want, with what they want there.
    fn names(&self) -> Vec<Option<(String, Desired)>> {
        let name = |(stack, template): (&Stack, &Template)| {
            let desired = template.get(RESOURCES[0])?;
            let present = stack.resources().get(RESOURCES[0]).map(|resource| resource.physical_id.clone());
            Some((desired.name.map(str::to_owned).or(present)?, desired.clone()))
        };
        self.stacks.iter().zip(&self.templates).map(name).collect()
    }

    /// Another client acts while an event is served; where it did.
    fn meanwhile(&self, trouble: &Trouble) -> impl Future<Output = Option<(String, String)>> + use<> {
        let (aws, names, meanwhile) = (self.env.aws.clone(), self.names(), trouble.meanwhile.clone());
        async move {
            let (after_ms, client) = meanwhile?;
            sleep(Duration::from_millis(after_ms)).await;
            let now_ms = aws.clock.now_ms();
            client.act(&mut aws.lock(), now_ms, &names)
        }
    }

    fn drift(&mut self, drifted: Option<(String, String)>) {
        let now_ms = self.env.aws.clock.now_ms();
        self.drifted.extend(drifted.map(|place| (place, now_ms)));
    }

    /// Lambda delivers once more what was delivered before.
    async fn redeliver(&mut self, back: usize) -> Result<(), Violation> {
        let Some(index) = self.delivered.len().checked_sub(back + 1) else { return Ok(()) };
        let calls = self.env.aws.lock().calls.len();
        let again = Delivered {
            delivery: Delivery::Once,
            faults: Vec::new(),
            calls: calls..calls,
            is_redelivery: true,
            response: Response::Cancelled,
            ..self.delivered[index].clone()
        };
        lambda::deliver(&self.env, &again.text, Delivery::Once).await?;
        self.delivered.push(again);
        let index = self.delivered.len() - 1;
        self.over(index).await;
        self.read_calls();
        invariants::check(self, Moment::Event(index))
    }

    /// Keeps the ledger by what was called.
    fn read_calls(&mut self) {
        let aws = self.env.aws.lock();
        for index in self.calls_read..aws.calls.len() {
            let call = &aws.calls[index];
            let Some(change) = &call.change else { continue };
            let sent = ledger::sent(&aws.calls, index);
            // Of two events that were served at once, the one whose record speaks of the sync.
            let is_sender = |delivered: &Delivered| {
                delivered.calls.contains(&sent) && ledger::announces(&aws.calls[..sent], &delivered.resource, call)
            };
            let sender = self.delivered.iter().rposition(is_sender);
            let sender = sender.expect("what is changed was announced by an event that was served then");
            let resource = &self.delivered[sender].resource;
            match change {
                Change::Created(sync) => {
                    let is_lost = self.lost_records.get(resource).is_some_and(|lost| *lost >= aws.calls[sent].at_ms);
                    let owner = if is_lost { Owner::Nobody } else { Owner::Resource(resource.clone()) };
                    self.ledger.set(&SyncId::new(&call.region, sync), owner);
                }
                Change::Updated { before: sync, .. } | Change::Deleted(sync) => {
                    let sync = SyncId::new(&call.region, sync);
                    let is_allowed = self.ledger.may_change(&sync, resource) && !self.retains(&aws, sender, &sync);
                    self.touches.push(Touch { call: index, sent, sender, sync, is_allowed });
                }
            }
        }
        self.calls_read = aws.calls.len();
    }

    /// Keeps the ledger by a SUCCESS, whether or not CloudFormation still waits for it.
    fn succeeded(&mut self, index: usize) {
        let Delivered { event, resource, .. } = self.delivered[index].clone();
        let response = received(&self.env.aws.lock(), &event);
        let Some(physical_id) = response.as_ref().and_then(id_of) else { return };
        self.let_go(index);
        if event.request_type == RequestType::Delete {
            return;
        }
        self.skipped.retain(|skipped| *skipped != resource);
        let Some(desired) = self.desired(&event.properties).cloned() else { return };
        let aws = self.env.aws.lock();
        for (region, sync) in aws.ssm.all() {
            let is_meant = sync.name == physical_id
                && sync.sync_type == desired.config.sync_type()
                && desired.regions.contains(region);
            if is_meant {
                self.ledger.succeeded(&SyncId::new(region, sync), &resource, desired.adopt);
            }
        }
    }

    /// Does `RetainRegions` of this event name the Region of that sync, so that it has to be left?
    fn retains(&self, aws: &Services, index: usize, sync: &SyncId) -> bool {
        let Delivered { event, resource, .. } = &self.delivered[index];
        let Some(desired) = self.desired(&event.properties) else { return false };
        let is_before = |delivered: &&Delivered| {
            delivered.resource == *resource && !delivered.is_of(RequestType::Delete) && !delivered.is_redelivery
        };
        let named = |delivered: &Delivered| id_of(&received(aws, &delivered.event)?).map(str::to_owned);
        let name = || self.delivered[..index].iter().filter(is_before).rev().find_map(named);
        // In the clean-up after a replacement, what the properties still want is not left.
        let is_wanted = desired.regions.contains(sync.region.as_str())
            && (event.request_type != RequestType::Delete || name() != event.physical_id);
        event.physical_id.as_ref() == Some(&sync.name) && desired.retain.contains(sync.region.as_str()) && !is_wanted
    }

    /// What `RetainRegions` of an event has let go of.
    fn let_go(&mut self, index: usize) {
        let Delivered { event, resource, .. } = self.delivered[index].clone();
        let aws = self.env.aws.lock();
        for (region, sync) in aws.ssm.all() {
            let sync = SyncId::new(region, sync);
            if self.ledger.owner(&sync) == Owner::Resource(resource.clone()) && self.retains(&aws, index, &sync) {
                self.ledger.lets_go(&sync, &resource);
            }
        }
        if let (RequestType::Delete, Some(id)) = (event.request_type, &event.physical_id) {
            self.ledger.deleted(id, &resource);
        }
    }

    /// When this resource last had a SUCCESS: the time at which that event was sent.
    pub fn last_success_ms(&self, resource: &str) -> Option<u64> {
        let is_success = |delivered: &&Delivered| {
            delivered.resource == resource
                && !delivered.is_redelivery
                && !delivered.is_of(RequestType::Delete)
                && delivered.succeeded_as().is_some()
        };
        self.delivered.iter().rfind(is_success).map(|delivered| delivered.at_ms)
    }
}

/// What CloudFormation got in response to an event, whether or not it still waits for it.
fn received(aws: &Services, event: &Event) -> Option<Response> {
    aws.bucket.responses(&event.request_id).first().map(|body| event.read(body))
}

/// The id of a SUCCESS.
fn id_of(response: &Response) -> Option<&str> {
    match response {
        Response::Success { physical_id, .. } => Some(physical_id),
        _ => None,
    }
}

impl Client {
    /// Does it, and says where.
    fn act(&self, aws: &mut Services, now_ms: u64, names: &[Option<(String, Desired)>]) -> Option<(String, String)> {
        let region = self.region;
        let create = |aws: &mut Services, name: &str, config: &Config| {
            let has_place = aws.ssm.syncs(region).len() < SYNCS_PER_REGION || aws.ssm.sync(region, name).is_some();
            has_place.then(|| aws.ssm.foreign_create(now_ms, region, &config.request(name)))
        };
        let name = match &self.act {
            Act::Create(name, config) => {
                create(aws, name, config)?;
                (*name).to_owned()
            }
            Act::CreateIfFree(name, config) => {
                let is_taken = |sync: &Sync| sync.name == *name && sync.sync_type == config.sync_type();
                if aws.ssm.syncs(region).iter().any(is_taken) {
                    return None;
                }
                create(aws, name, config)?;
                (*name).to_owned()
            }
            Act::CreateTheSame(stack) => {
                let (name, desired) = names[*stack].as_ref()?;
                create(aws, name, &desired.config)?;
                name.clone()
            }
            Act::Delete(nth) => {
                let name = aws.ssm.syncs(region).get(*nth)?.name.clone();
                aws.ssm.foreign_delete(region, &name)?.name
            }
            Act::Update(nth, config) => {
                let sync = aws.ssm.syncs(region).get(*nth).filter(|sync| sync.sync_type == config.sync_type())?;
                let name = sync.name.clone();
                aws.ssm.foreign_update(now_ms, region, &name, config.block());
                name
            }
            Act::Fill(free) => {
                for number in aws.ssm.syncs(region).len() + free..SYNCS_PER_REGION {
                    let others = Desired::to_bucket("filler", "others").config;
                    create(aws, &format!("filler-{number}-{now_ms}"), &others)?;
                }
                return None;
            }
        };
        Some((region.to_owned(), name))
    }
}
