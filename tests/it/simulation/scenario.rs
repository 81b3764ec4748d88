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
    /// A stack is created or updated; after a failed rollback, that is continued instead.
    Deploy(Deploy),
    Delete {
        stack: usize,
        troubles: Vec<Trouble>,
    },
    /// Continues a failed rollback, without the resource that failed.
    Skip {
        stack: usize,
        troubles: Vec<Trouble>,
    },
    Client(Client),
    /// Somebody deletes the record of a resource.
    DeleteRecord {
        stack: usize,
        resource: &'static str,
    },
    /// Lambda delivers an event once more that was delivered so many events ago.
    Redeliver {
        back: usize,
    },
    Pass {
        s: u64,
    },
}

#[derive(Clone, Debug, Default)]
pub struct Deploy {
    pub stack: usize,
    pub template: Template,
    pub siblings: Siblings,
    /// `DeletionPolicy` and `UpdateReplacePolicy` of every resource are `Retain`.
    pub retain: bool,
    /// An Update that fails stays as it is.
    pub rollback_disabled: bool,
    pub troubles: Vec<Trouble>,
}

/// Another client of SSM.
#[derive(Clone, Debug)]
pub enum Client {
    Creates {
        region: &'static str,
        name: &'static str,
        config: Config,
    },
    /// As another client has to: where there is none of that name.
    CreatesIfFree {
        region: &'static str,
        name: &'static str,
        config: Config,
    },
    /// Creates what a stack's last template asks for, under the name that it asks for.
    CreatesTheSame {
        region: &'static str,
        stack: usize,
    },
    /// Deletes the n-th sync of a Region.
    Deletes {
        region: &'static str,
        nth: usize,
    },
    /// Gives the n-th sync of a Region another configuration.
    Updates {
        region: &'static str,
        nth: usize,
        config: Config,
    },
    /// Fills the Region up to so many free places.
    Fills {
        region: &'static str,
        free: usize,
    },
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
    /// To another process as well, so much after the response.
    Again {
        after_s: u64,
    },
    /// To two processes at once.
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
    /// CloudFormation gives up before the event comes: the next one is served first.
    Superseded {
        after_s: u64,
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
            let troubles = |rng: &mut Rng| draw_troubles(rng, has_troubles, has_clients);
            steps.push(match rng.u8(..20) {
                0 | 1 => Step::Delete { stack, troubles: troubles(rng) },
                2 => Step::Pass { s: pick(rng, &[1, 20, 600, 90_000]) },
                3 | 4 if has_troubles => Step::Redeliver { back: rng.usize(..4) },
                5 if has_troubles => Step::Skip { stack, troubles: troubles(rng) },
                6 if has_clients && rng.u8(..3) == 0 => Step::DeleteRecord { stack, resource: RESOURCES[0] },
                6..=9 if has_clients => Step::Client(Client::draw(rng)),
                _ => {
                    let template = &mut wanted[stack];
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
                    Step::Deploy(Deploy {
                        stack,
                        template: template.clone(),
                        siblings: if rng.u8(..4) == 0 { Siblings::Fail } else { Siblings::Succeed },
                        retain: rng.u8(..8) == 0,
                        rollback_disabled: rng.u8(..12) == 0,
                        troubles: troubles(rng),
                    })
                }
            });
        }
        let skew_ms = if has_troubles { pick(rng, &[0, 0, 0, -4_900, 4_900]) } else { 0 };
        let is_reworded = rng.bool();
        if rng.u8(..8) == 0 {
            let retain = some_of(rng, &REGIONS);
            for desired in steps.iter_mut().filter_map(Step::template).flat_map(BTreeMap::values_mut) {
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
            Step::Deploy(Deploy { troubles, .. }) | Step::Delete { troubles, .. } => troubles.is_empty(),
            Step::Pass { .. } => true,
            _ => false,
        })
    }

    pub fn retains_nothing(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step, Step::Deploy(Deploy { retain: true, .. })))
    }

    /// One stack with one resource, of which nothing is retained or adopted, and nothing goes wrong.
    pub fn is_plain(&self) -> bool {
        let is_alone = self.steps.iter().all(|step| match step {
            Step::Deploy(Deploy { stack, template, .. }) => {
                *stack == 0
                    && template.keys().eq(&RESOURCES[..1])
                    && template.values().all(|desired| !desired.adopt && desired.retain.is_empty())
            }
            _ => true,
        });
        self.is_quiet() && self.retains_nothing() && is_alone
    }

    /// Every scenario that is this one with something left out, the boldest first.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for index in (0..self.steps.len()).rev() {
            let mut smaller = self.clone();
            smaller.steps.remove(index);
            all.push(smaller);
        }
        if self.skew_ms != 0 {
            all.push(Self { skew_ms: 0, ..self.clone() });
        }
        if self.is_reworded {
            all.push(Self { is_reworded: false, ..self.clone() });
        }
        for (index, step) in self.steps.iter().enumerate() {
            for step in step.smaller() {
                let mut smaller = self.clone();
                smaller.steps[index] = step;
                all.push(smaller);
            }
        }
        all
    }
}

impl Step {
    /// One deployment of a stack that has one resource.
    pub fn deploy(desired: Desired, troubles: Vec<Trouble>) -> Self {
        Self::Deploy(Deploy { template: Template::from([(RESOURCES[0], desired)]), troubles, ..Deploy::default() })
    }

    fn template(&mut self) -> Option<&mut Template> {
        match self {
            Self::Deploy(deploy) => Some(&mut deploy.template),
            _ => None,
        }
    }

    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Deploy(deploy) => deploy.smaller().into_iter().map(Self::Deploy).collect(),
            Self::Delete { stack, troubles } => smaller_troubles(troubles)
                .into_iter()
                .map(|troubles| Self::Delete { stack: *stack, troubles })
                .collect(),
            Self::Skip { stack, troubles } => {
                smaller_troubles(troubles).into_iter().map(|troubles| Self::Skip { stack: *stack, troubles }).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Deploy {
    fn smaller(&self) -> Vec<Self> {
        let mut all: Vec<Self> =
            smaller_troubles(&self.troubles).into_iter().map(|troubles| Self { troubles, ..self.clone() }).collect();
        if self.siblings == Siblings::Fail {
            all.push(Self { siblings: Siblings::Succeed, ..self.clone() });
        }
        if self.retain {
            all.push(Self { retain: false, ..self.clone() });
        }
        if self.rollback_disabled {
            all.push(Self { rollback_disabled: false, ..self.clone() });
        }
        for (resource, desired) in &self.template {
            let mut with = |simpler: Option<Desired>| {
                let mut deploy = self.clone();
                match simpler {
                    Some(desired) => deploy.template.insert(resource, desired),
                    None => deploy.template.remove(resource),
                };
                all.push(deploy);
            };
            if self.template.len() > 1 {
                with(None);
            }
            for region in desired.regions.iter().filter(|_| desired.regions.len() > 1) {
                let mut fewer = desired.clone();
                fewer.regions.remove(region);
                with(Some(fewer));
            }
            for region in &desired.retain {
                let mut fewer = desired.clone();
                fewer.retain.remove(region);
                with(Some(fewer));
            }
            if desired.wait_for_first_sync {
                with(Some(Desired { wait_for_first_sync: false, ..desired.clone() }));
            }
        }
        all
    }
}

fn smaller_troubles(troubles: &[Trouble]) -> Vec<Vec<Trouble>> {
    let mut all = Vec::new();
    for (index, trouble) in troubles.iter().enumerate() {
        let mut fewer = troubles.to_vec();
        fewer.remove(index);
        all.push(fewer);
        let default = Trouble::default();
        let mut simpler = vec![
            Trouble { delivery: default.delivery, ..trouble.clone() },
            Trouble { lag: default.lag, ..trouble.clone() },
            Trouble { first_sync: None, ..trouble.clone() },
            Trouble { source_state: None, ..trouble.clone() },
            Trouble { meanwhile: None, ..trouble.clone() },
        ];
        for fault in 0..trouble.faults.len() {
            let mut trouble = trouble.clone();
            trouble.faults.remove(fault);
            simpler.push(trouble);
        }
        simpler.retain(|simpler| format!("{simpler:?}") != format!("{trouble:?}"));
        for simpler in simpler {
            let mut troubles = troubles.to_vec();
            troubles[index] = simpler;
            all.push(troubles);
        }
    }
    all
}

impl Client {
    fn draw(rng: &mut Rng) -> Self {
        let region = pick(rng, &REGIONS);
        match rng.u8(..8) {
            0 => Self::Creates { region, name: pick(rng, &[NAMES[0], NAMES[1], "gamma"]), config: Config::draw(rng) },
            1..=3 => Self::CreatesTheSame { region, stack: rng.usize(..STACKS) },
            4 | 5 => Self::Deletes { region, nth: rng.usize(..3) },
            6 => Self::Updates { region, nth: rng.usize(..3), config: Config::draw(rng) },
            _ => Self::Fills { region, free: rng.usize(..3) },
        }
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
            0 => Self::Again { after_s: pick(rng, &[0, 60, 4_000]) },
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
            12 => Self::Superseded { after_s: pick(rng, &[0, 5, 60]) },
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
            let number = index + 1;
            let troubles = match step {
                Step::Deploy(Deploy { stack, template, siblings, retain, rollback_disabled, troubles }) => {
                    write!(f, "{number}. Stack {stack} is deployed")?;
                    for (is, words) in [
                        (*siblings == Siblings::Fail, ", and another of its resources fails"),
                        (*retain, ", with the policy Retain"),
                        (*rollback_disabled, ", without rollback"),
                    ] {
                        f.write_str(if is { words } else { "" })?;
                    }
                    writeln!(f, ":")?;
                    for (resource, desired) in template {
                        writeln!(f, "     {resource}: {}", desired.properties())?;
                    }
                    troubles
                }
                Step::Delete { stack, troubles } => {
                    writeln!(f, "{number}. Stack {stack} is deleted.")?;
                    troubles
                }
                Step::Skip { stack, troubles } => {
                    writeln!(f, "{number}. The failed rollback of stack {stack} skips its resource.")?;
                    troubles
                }
                other => {
                    writeln!(f, "{number}. {other:?}")?;
                    continue;
                }
            };
            for trouble in troubles {
                writeln!(f, "     {trouble:?}")?;
            }
        }
        Ok(())
    }
}
