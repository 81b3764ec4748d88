//! A scenario: what happens to two stacks, as data. Drawn from a seed, shrunk by leaving things out, told as a story.

use std::{collections::BTreeMap, fmt};

use fastrand::Rng;

use super::desired::{Config, Desired, NAMES, REGIONS, pick, some_of};
use crate::fake::{
    cloudformation::Siblings,
    fault::{Fault, FaultKind, Op},
    ssm::Lag,
    sync::Script,
};

/// The logical ids of the resources of a stack.
pub const RESOURCES: [&str; 2] = ["Sync", "Twin"];
pub const STACKS: usize = 2;
const STEPS_MAX: usize = 8;

pub type Template = BTreeMap<&'static str, Desired>;

#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// SSM's clock minus ours.
    pub skew_ms: i64,
    /// SSM lists in its own words.
    pub is_reworded: bool,
    pub steps: Vec<Step>,
}

/// Something that happens, once what happened before has settled.
#[derive(Clone, Debug)]
pub enum Step {
    Stack {
        stack: usize,
        operation: Operation,
        troubles: Vec<Trouble>,
    },
    Client(Client),
    /// Somebody deletes the record of a stack's first resource.
    DeleteRecord {
        stack: usize,
    },
    /// Lambda delivers an event once more that was delivered so many events ago.
    Redeliver {
        back: usize,
    },
    Pass {
        s: u64,
    },
}

/// What is done with a stack.
#[derive(Clone, Debug)]
pub enum Operation {
    /// It is created or updated; after a failed rollback, that is continued instead.
    Deploy(Deploy),
    Delete,
    /// A failed rollback is continued, without the resource that failed.
    Skip,
}

#[derive(Clone, Debug, Default)]
pub struct Deploy {
    pub template: Template,
    pub siblings: Siblings,
    /// `DeletionPolicy` and `UpdateReplacePolicy` of every resource are `Retain`.
    pub retain: bool,
    /// An Update that fails stays as it is.
    pub rollback_disabled: bool,
}

/// Another client of SSM, in a Region.
#[derive(Clone, Debug)]
pub struct Client {
    pub region: &'static str,
    pub act: Act,
}

#[derive(Clone, Debug)]
pub enum Act {
    /// A sync of that name makes way.
    Create(&'static str, Config),
    /// As another client has to: where there is none of that name.
    CreateIfFree(&'static str, Config),
    /// What that stack's last template asks for, under the name that it asks for.
    CreateTheSame(usize),
    /// The n-th sync.
    Delete(usize),
    /// The n-th sync is given another configuration.
    Update(usize, Config),
    /// Up to so many free places.
    Fill(usize),
}

/// How the n-th event of a step fares. Any other is delivered once, and nothing goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    pub event: usize,
    pub delivery: Delivery,
    pub faults: Vec<Fault>,
    pub lag: Lag,
    pub first_sync: Option<Script>,
    pub source_state: Option<&'static str>,
    /// Another client acts so many milliseconds after the event came.
    pub meanwhile: Option<(u64, Client)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    #[default]
    Once,
    /// To two processes, the second so much later: while the first is at work, or long after.
    Twice {
        apart_ms: u64,
    },
    Stopped(Stop),
    /// CloudFormation gives up after so long, and its next event comes while this one is still served; the process is killed
    /// after so many calls.
    Cancelled {
        after_ms: u64,
        calls: usize,
    },
    /// The function never gets it.
    Dropped,
    /// No response arrives.
    Unheard,
}

/// The process that serves an event is stopped, before it hears of its last call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub calls: usize,
    /// It goes on once what comes next has been served. Otherwise it is killed.
    pub is_frozen: bool,
    pub next: Next,
    pub after_s: u64,
}

/// What comes after an event whose process was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The event, again.
    Delivery,
    /// CloudFormation has given it up, and sends its next event.
    Event,
    /// The same; where there is none, since nothing is rolled back, the stack is deleted.
    StackDelete,
}

impl Scenario {
    pub fn draw(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed);
        // One in four is quiet: what must hold without any trouble is checked most strictly there.
        let has_troubles = rng.u8(..4) != 0;
        let has_clients = rng.u8(..3) == 0;
        let has_rival = rng.u8(..3) == 0;
        let mut wanted: [Template; STACKS] = [Template::new(), Template::new()];
        let mut steps = Vec::new();
        for _ in 0..rng.usize(1..=STEPS_MAX) {
            let stack = if has_rival && rng.u8(..3) == 0 { 1 } else { 0 };
            let operate = |rng: &mut Rng, operation| {
                let troubles = draw_troubles(rng, has_troubles, has_clients);
                Step::Stack { stack, operation, troubles }
            };
            steps.push(match rng.u8(..20) {
                0 | 1 => operate(rng, Operation::Delete),
                2 => Step::Pass { s: pick(rng, &[1, 20, 600, 90_000]) },
                3 | 4 if has_troubles => Step::Redeliver { back: rng.usize(..4) },
                5 if has_troubles => operate(rng, Operation::Skip),
                6 if has_clients && rng.u8(..3) == 0 => Step::DeleteRecord { stack },
                6..=9 if has_clients => Step::Client(Client::draw(rng)),
                _ => {
                    change_template(&mut wanted[stack], rng, has_clients);
                    let deploy = Deploy {
                        template: wanted[stack].clone(),
                        siblings: if rng.u8(..4) == 0 { Siblings::Fail } else { Siblings::Succeed },
                        retain: rng.u8(..8) == 0,
                        rollback_disabled: rng.u8(..12) == 0,
                    };
                    operate(rng, Operation::Deploy(deploy))
                }
            });
        }
        let skew_ms = if has_troubles { pick(rng, &[0, 0, 0, -4_900, 4_900]) } else { 0 };
        let is_reworded = rng.bool();
        if rng.u8(..8) == 0 {
            let retain = some_of(rng, &REGIONS);
            let deploys = steps.iter_mut().filter_map(Step::deploy_mut);
            for desired in deploys.flat_map(|deploy| deploy.template.values_mut()) {
                if rng.u8(..3) != 0 {
                    desired.retain.clone_from(&retain);
                }
            }
        }
        Self { skew_ms, is_reworded, steps }
    }

    /// Is there nothing but what the authors of the templates do?
    pub fn is_quiet(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Stack { operation: Operation::Deploy(_) | Operation::Delete, troubles, .. } => troubles.is_empty(),
            Step::Pass { .. } => true,
            _ => false,
        })
    }

    pub fn retains_nothing(&self) -> bool {
        !self.steps.iter().filter_map(Step::deploy).any(|deploy| deploy.retain)
    }

    /// One stack with one resource, of which nothing is retained or adopted, and nothing goes wrong.
    pub fn is_plain(&self) -> bool {
        let is_first = |step: &Step| step.deploy().is_none() || matches!(step, Step::Stack { stack: 0, .. });
        let is_alone = |deploy: &Deploy| {
            deploy.template.keys().eq(&RESOURCES[..1])
                && deploy.template.values().all(|desired| !desired.adopt && desired.retain.is_empty())
        };
        self.is_quiet()
            && self.retains_nothing()
            && self.steps.iter().all(is_first)
            && self.steps.iter().filter_map(Step::deploy).all(is_alone)
    }

    /// Every scenario that is this one with something left out, the boldest first.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut without = |leave_out: &dyn Fn(&mut Self)| {
            let mut smaller = self.clone();
            leave_out(&mut smaller);
            if format!("{smaller:?}") != format!("{self:?}") {
                all.push(smaller);
            }
        };
        for index in (0..self.steps.len()).rev() {
            without(&|it| drop(it.steps.remove(index)));
        }
        without(&|it| it.skew_ms = 0);
        without(&|it| it.is_reworded = false);
        for (index, step) in self.steps.iter().enumerate() {
            for nth in 0..step.troubles().len() {
                without(&|it| drop(it.steps[index].troubles_mut().remove(nth)));
                for leave_out in Trouble::LEAVE_OUT {
                    without(&|it| leave_out(&mut it.steps[index].troubles_mut()[nth]));
                }
            }
            let mut without = |leave_out: &dyn Fn(&mut Deploy)| {
                without(&|it| it.steps[index].deploy_mut().into_iter().for_each(leave_out));
            };
            without(&|it| it.siblings = Siblings::Succeed);
            without(&|it| it.retain = false);
            without(&|it| it.rollback_disabled = false);
            for resource in RESOURCES {
                without(&|it| {
                    if it.template.len() > 1 {
                        it.template.remove(resource);
                    }
                });
                let mut without = |leave_out: &dyn Fn(&mut Desired)| {
                    without(&|it| it.template.get_mut(resource).into_iter().for_each(leave_out));
                };
                for region in REGIONS {
                    without(&|it| {
                        if it.regions.len() > 1 {
                            it.regions.remove(region);
                        }
                    });
                    without(&|it| it.retain.retain(|other| *other != region));
                }
                without(&|it| it.wait_for_first_sync = false);
            }
        }
        all
    }
}

/// The next version of a stack's template.
fn change_template(template: &mut Template, rng: &mut Rng, has_clients: bool) {
    match template.get(RESOURCES[0]) {
        None => drop(template.insert(RESOURCES[0], Desired::draw(rng))),
        Some(present) if rng.u8(..10) != 0 => {
            drop(template.insert(RESOURCES[0], present.changed(rng, has_clients)));
        }
        Some(_) => {}
    }
    match rng.u8(..12) {
        0 => drop(template.insert(RESOURCES[1], Desired::draw(rng))),
        1 => drop(template.remove(RESOURCES[1])),
        2 if template.len() > 1 => drop(template.remove(RESOURCES[0])),
        _ => {}
    }
}

impl Step {
    /// One deployment of the first stack, which has one resource.
    pub fn deploy_one(desired: Desired, troubles: Vec<Trouble>) -> Self {
        let deploy = Deploy { template: Template::from([(RESOURCES[0], desired)]), ..Deploy::default() };
        Self::Stack { stack: 0, operation: Operation::Deploy(deploy), troubles }
    }

    pub fn deploy(&self) -> Option<&Deploy> {
        match self {
            Self::Stack { operation: Operation::Deploy(deploy), .. } => Some(deploy),
            _ => None,
        }
    }

    pub fn deploy_mut(&mut self) -> Option<&mut Deploy> {
        match self {
            Self::Stack { operation: Operation::Deploy(deploy), .. } => Some(deploy),
            _ => None,
        }
    }

    fn troubles(&self) -> &[Trouble] {
        match self {
            Self::Stack { troubles, .. } => troubles,
            _ => &[],
        }
    }

    pub fn troubles_mut(&mut self) -> &mut Vec<Trouble> {
        match self {
            Self::Stack { troubles, .. } => troubles,
            other => panic!("{other:?} sends no events"),
        }
    }
}

impl Client {
    fn draw(rng: &mut Rng) -> Self {
        let region = pick(rng, &REGIONS);
        let act = match rng.u8(..8) {
            0 => Act::Create(pick(rng, &[NAMES[0], NAMES[1], "gamma"]), Config::draw(rng)),
            1..=3 => Act::CreateTheSame(rng.usize(..STACKS)),
            4 | 5 => Act::Delete(rng.usize(..3)),
            6 => Act::Update(rng.usize(..3), Config::draw(rng)),
            _ => Act::Fill(rng.usize(..3)),
        };
        Self { region, act }
    }
}

fn draw_troubles(rng: &mut Rng, has_troubles: bool, has_clients: bool) -> Vec<Trouble> {
    if !has_troubles {
        return Vec::new();
    }
    let count = pick(rng, &[0, 1, 1, 2]);
    (0..count).map(|_| Trouble::draw(rng, has_clients)).collect()
}

impl Trouble {
    const LEAVE_OUT: [fn(&mut Self); 7] = [
        |trouble| trouble.delivery = Delivery::Once,
        |trouble| trouble.lag = Lag::default(),
        |trouble| trouble.first_sync = None,
        |trouble| trouble.source_state = None,
        |trouble| trouble.meanwhile = None,
        |trouble| drop(trouble.faults.pop()),
        |trouble| drop(trouble.faults.drain(..trouble.faults.len().min(1))),
    ];

    fn draw(rng: &mut Rng, has_clients: bool) -> Self {
        let mut trouble = Self { event: pick(rng, &[0, 0, 0, 1, 1, 2, 3]), ..Self::default() };
        if rng.u8(..3) != 0 {
            trouble.delivery = Delivery::draw(rng);
        }
        for _ in 0..pick(rng, &[0, 0, 1, 1, 2]) {
            trouble.faults.push(draw_fault(rng));
        }
        if rng.u8(..3) == 0 {
            let lag = |rng: &mut Rng| pick(rng, &[0, 0, 700, 3_000, 9_000]);
            trouble.lag =
                Lag { creations_ms: lag(rng), updates_ms: lag(rng), deletions_ms: lag(rng), release_ms: lag(rng) };
        }
        if rng.u8(..8) == 0 {
            let script = pick(rng, &[0, 1, 2]);
            trouble.first_sync = Some(match script {
                0 => Script::fails("Access Denied"),
                1 => Script::no_status(),
                _ => Script::stays_in_progress(),
            });
        }
        if rng.u8(..16) == 0 {
            trouble.source_state = Some("NoPermissions");
        }
        if has_clients && rng.u8(..3) == 0 {
            trouble.meanwhile = Some((pick(rng, &[25, 90, 200, 600, 3_000, 9_000]), Client::draw(rng)));
        }
        trouble
    }
}

impl Delivery {
    fn draw(rng: &mut Rng) -> Self {
        let calls = rng.usize(1..14);
        match rng.u8(..16) {
            0 => Self::Twice { apart_ms: pick(rng, &[4_000, 60_000, 4_000_000]) },
            1..=3 => Self::Twice { apart_ms: pick(rng, &[0, 15, 60, 130, 4_000]) },
            4..=8 => Self::Stopped(Stop {
                calls,
                is_frozen: rng.u8(..4) == 0,
                next: pick(rng, &[Next::Delivery, Next::Delivery, Next::Event]),
                after_s: pick(rng, &[0, 1, 60]),
            }),
            9..=11 => Self::Cancelled {
                after_ms: pick(rng, &[1, 50, 130, 240, 700, 2_500, 9_000]),
                calls: if rng.bool() { calls } else { usize::MAX },
            },
            // CloudFormation gives up before the event comes: the next one is served first.
            12 => Self::Stopped(Stop { calls: 0, is_frozen: true, next: Next::Event, after_s: pick(rng, &[0, 5, 60]) }),
            13 => Self::Dropped,
            _ => Self::Unheard,
        }
    }
}

fn draw_fault(rng: &mut Rng) -> Fault {
    if rng.u8(..3) == 0 {
        let op = pick(rng, &[Op::GetItem, Op::PutItem, Op::PutItem, Op::Scan]);
        let kind = match rng.u8(..8) {
            0 => FaultKind::Throttle,
            1 => FaultKind::Throughput,
            2 => FaultKind::Slow(pick(rng, &[300, 1_500, 4_000])),
            3 => FaultKind::LoseReplyBefore,
            4 => FaultKind::LoseReplyAfter,
            5 => FaultKind::Hang,
            6 => FaultKind::HangAfter,
            _ => FaultKind::HangDoneLater(pick(rng, &[500, 4_900])),
        };
        let times = pick(rng, &[1, 1, 2, u32::MAX]);
        return Fault::at(op, kind).nth(rng.u32(1..5)).times(times);
    }
    let op = pick(rng, &[Op::Create, Op::Create, Op::Create, Op::Delete, Op::Delete, Op::Update, Op::List]);
    let kind = match rng.u8(..16) {
        0 => FaultKind::Throttle,
        1 => FaultKind::ErrorBefore,
        2 | 3 => FaultKind::ErrorAfter,
        4 => FaultKind::LoseReplyBefore,
        5 => FaultKind::LoseReplyAfter,
        6 | 7 => FaultKind::DoneLater(pick(rng, &[100, 2_000, 4_900])),
        8 => FaultKind::HangAfter,
        9 => FaultKind::HangDoneLater(pick(rng, &[100, 2_000, 4_900])),
        10 => FaultKind::Slow(pick(rng, &[300, 4_000])),
        11 => FaultKind::Denied,
        12 => FaultKind::S3WriteFailed,
        13 => FaultKind::Conflict,
        14 => FaultKind::Refused { status: 400, code: "BrandNewException".to_owned(), message: "No.".to_owned() },
        _ => FaultKind::Invalid("The bucket is in another Region.".to_owned()),
    };
    let fault = Fault::at(op, kind).nth(pick(rng, &[1, 1, 2])).times(pick(rng, &[1, 1, 2]));
    if rng.u8(..3) == 0 { fault.within(REGIONS[rng.usize(..REGIONS.len())]) } else { fault }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.skew_ms != 0 {
            writeln!(f, "SSM's clock is {} ms ahead.", self.skew_ms)?;
        }
        if self.is_reworded {
            writeln!(f, "SSM lists in its own words.")?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            write!(f, "{}. ", index + 1)?;
            match step {
                Step::Stack { stack, operation: Operation::Deploy(deploy), .. } => {
                    write!(f, "Stack {stack} is deployed")?;
                    for (is, words) in [
                        (deploy.siblings == Siblings::Fail, ", and another of its resources fails"),
                        (deploy.retain, ", with the policy Retain"),
                        (deploy.rollback_disabled, ", without rollback"),
                    ] {
                        f.write_str(if is { words } else { "" })?;
                    }
                    writeln!(f, ":")?;
                    for (resource, desired) in &deploy.template {
                        writeln!(f, "     {resource}: {}", desired.properties())?;
                    }
                }
                Step::Stack { stack, operation, .. } => writeln!(f, "{operation:?} of stack {stack}.")?,
                other => writeln!(f, "{other:?}")?,
            }
            for trouble in step.troubles() {
                writeln!(f, "     {trouble:?}")?;
            }
        }
        Ok(())
    }
}
