//! A history: what happens to a stack, as data. Drawn from a seed, shrunk by leaving things out, told as a story.

use std::{collections::BTreeMap, fmt};

use fastrand::Rng;

use super::wish::{Config, NAMES, REGIONS, Wish, pick};
use crate::world::{
    bucket::{BucketFault, BucketFaultKind},
    cloudformation::Siblings,
    fault::{Fault, FaultKind, Op},
    sync::Script,
};

pub const RESOURCE: &str = "Sync";
pub const SIBLING: &str = "Twin";
const ACTS_MAX: usize = 7;

#[derive(Clone, Debug)]
pub struct History {
    pub acts: Vec<Act>,
}

/// Something that happens, once what happened before has settled.
#[derive(Clone, Debug)]
pub enum Act {
    /// The stack is created or updated.
    Deploy {
        wishes: BTreeMap<&'static str, Wish>,
        siblings: Siblings,
        weather: Vec<Weather>,
    },
    /// The stack is deleted; or, after a failed rollback, that is continued.
    Delete {
        weather: Vec<Weather>,
    },
    Outsider(Outsider),
    Pass {
        s: u64,
    },
}

/// Somebody else works in the same account.
#[derive(Clone, Debug)]
pub enum Outsider {
    Makes {
        region: &'static str,
        name: &'static str,
        config: Config,
    },
    /// Makes what the last template asks for, under its name.
    MakesTheSame {
        region: &'static str,
    },
    /// Deletes what stands under the n-th name of a Region.
    Deletes {
        region: &'static str,
        nth: usize,
    },
    /// Fills the Region up to so many free places.
    Fills {
        region: &'static str,
        free: usize,
    },
}

/// How the n-th event of an act fares. Any other has calm weather.
#[derive(Clone, Debug)]
pub struct Weather {
    pub event: usize,
    pub delivery: Delivery,
    pub faults: Vec<Fault>,
    pub bucket: Vec<BucketFault>,
    pub list_lag: u32,
    pub linger: u32,
    pub skew_ms: i64,
    pub first_sync: Option<Script>,
    /// `SyncSource.State` of what is made meanwhile.
    pub source_state: Option<&'static str>,
    /// Somebody else acts so many milliseconds after the event came.
    pub meanwhile: Option<(u64, Outsider)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Once,
    /// Again to the same process, after its answer.
    Again,
    /// To another process as well, so much later.
    Elsewhere {
        after_s: u64,
    },
    /// To two processes at once.
    Twice,
    /// The process dies when it has gone so many steps, and Lambda delivers again a minute later.
    Killed {
        polls: u32,
    },
    /// A Create: cancelled after so long, and its Delete comes while it may still run.
    Cancelled {
        after_ms: u64,
    },
    /// A Create: cancelled before it comes, and its Delete comes first.
    Overtaken,
    /// The function never gets it.
    Dropped,
    /// No answer ever arrives, however often it is tried.
    Unanswered,
}

impl History {
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let mut wishes = BTreeMap::from([(RESOURCE, Wish::draw(rng))]);
        let mut acts = Vec::new();
        // Every other history is a quiet one: what must hold without any trouble is checked most strictly there.
        let stormy = rng.u8(..4) != 0;
        let outsiders = rng.u8(..3) == 0;
        let count = rng.usize(1..=ACTS_MAX);
        let mut deployed = false;
        for _ in 0..count {
            if outsiders && rng.u8(..3) == 0 {
                acts.push(Act::Outsider(Outsider::draw(rng)));
                continue;
            }
            match rng.u8(..12) {
                0 if deployed => {
                    acts.push(Act::Delete { weather: draw_weather(rng, stormy, outsiders) });
                    deployed = false;
                }
                1 => acts.push(Act::Pass { s: pick(rng, &[1, 20, 600, 90_000]) }),
                _ => {
                    if deployed && rng.u8(..10) != 0 {
                        let wish = wishes[RESOURCE].changed(rng);
                        wishes.insert(RESOURCE, wish);
                    }
                    match rng.u8(..12) {
                        0 => {
                            wishes.insert(SIBLING, Wish::draw(rng).of_a_sibling());
                        }
                        1 => {
                            wishes.remove(SIBLING);
                        }
                        _ => {}
                    }
                    let siblings = if rng.u8(..4) == 0 { Siblings::Fail } else { Siblings::Succeed };
                    let weather = draw_weather(rng, stormy, outsiders);
                    acts.push(Act::Deploy { wishes: wishes.clone(), siblings, weather });
                    deployed = true;
                }
            }
        }
        Self { acts }
    }

    /// Every history that is this one with something left out, the boldest first.
    pub fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        for index in (0..self.acts.len()).rev() {
            let mut acts = self.acts.clone();
            acts.remove(index);
            smaller.push(Self { acts });
        }
        for (index, act) in self.acts.iter().enumerate() {
            for act in act.smaller() {
                let mut acts = self.acts.clone();
                acts[index] = act;
                smaller.push(Self { acts });
            }
        }
        smaller
    }
}

impl Act {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Deploy { wishes, siblings, weather } => {
                let mut smaller: Vec<Self> = smaller_weather(weather)
                    .into_iter()
                    .map(|weather| Self::Deploy { wishes: wishes.clone(), siblings: *siblings, weather })
                    .collect();
                let mut with = |wishes: BTreeMap<&'static str, Wish>, siblings: Siblings| {
                    smaller.push(Self::Deploy { wishes, siblings, weather: weather.clone() });
                };
                if *siblings == Siblings::Fail {
                    with(wishes.clone(), Siblings::Succeed);
                }
                if wishes.contains_key(SIBLING) {
                    let mut wishes = wishes.clone();
                    wishes.remove(SIBLING);
                    with(wishes, *siblings);
                }
                for (logical_id, wish) in wishes {
                    let mut simpler = Vec::new();
                    if wish.spelling != 0 {
                        simpler.push(Wish { spelling: 0, ..wish.clone() });
                    }
                    if wish.wait_for_first_sync {
                        simpler.push(Wish { wait_for_first_sync: false, ..wish.clone() });
                    }
                    if wish.regions.is_some() {
                        simpler.push(Wish { regions: None, ..wish.clone() });
                    }
                    if let Some(regions) = &wish.regions
                        && regions.len() > 1
                    {
                        for drop in 0..regions.len() {
                            let mut regions = regions.clone();
                            regions.remove(drop);
                            simpler.push(Wish { regions: Some(regions), ..wish.clone() });
                        }
                    }
                    for simple in simpler {
                        let mut wishes = wishes.clone();
                        wishes.insert(logical_id, simple);
                        with(wishes, *siblings);
                    }
                }
                smaller
            }
            Self::Delete { weather } => {
                smaller_weather(weather).into_iter().map(|weather| Self::Delete { weather }).collect()
            }
            Self::Outsider(_) | Self::Pass { .. } => Vec::new(),
        }
    }
}

fn smaller_weather(weather: &[Weather]) -> Vec<Vec<Weather>> {
    let mut all = Vec::new();
    for index in 0..weather.len() {
        let mut fewer = weather.to_vec();
        fewer.remove(index);
        all.push(fewer);
        let one = &weather[index];
        let mut simpler = Vec::new();
        for fault in 0..one.faults.len() {
            let mut one = one.clone();
            one.faults.remove(fault);
            simpler.push(one);
        }
        for fault in 0..one.bucket.len() {
            let mut one = one.clone();
            one.bucket.remove(fault);
            simpler.push(one);
        }
        if one.delivery != Delivery::Once {
            simpler.push(Weather { delivery: Delivery::Once, ..one.clone() });
        }
        if one.list_lag > 0 {
            simpler.push(Weather { list_lag: 0, ..one.clone() });
        }
        if one.linger > 0 {
            simpler.push(Weather { linger: 0, ..one.clone() });
        }
        if one.skew_ms != 0 {
            simpler.push(Weather { skew_ms: 0, ..one.clone() });
        }
        if one.first_sync.is_some() {
            simpler.push(Weather { first_sync: None, ..one.clone() });
        }
        if one.source_state.is_some() {
            simpler.push(Weather { source_state: None, ..one.clone() });
        }
        if one.meanwhile.is_some() {
            simpler.push(Weather { meanwhile: None, ..one.clone() });
        }
        for one in simpler {
            let mut weather = weather.to_vec();
            weather[index] = one;
            all.push(weather);
        }
    }
    all
}

impl Outsider {
    fn draw(rng: &mut Rng) -> Self {
        let region = pick(rng, &REGIONS);
        match rng.u8(..6) {
            0 | 1 => {
                let wish = Wish::draw(rng);
                Self::Makes { region, name: pick(rng, &[NAMES[0], NAMES[1], "gamma"]), config: wish.config }
            }
            2 => Self::MakesTheSame { region },
            3 | 4 => Self::Deletes { region, nth: rng.usize(..3) },
            _ => Self::Fills { region, free: rng.usize(..2) },
        }
    }
}

fn draw_weather(rng: &mut Rng, stormy: bool, outsiders: bool) -> Vec<Weather> {
    if !stormy {
        return Vec::new();
    }
    let mut weather = Vec::new();
    for event in 0..3 {
        if rng.bool() {
            weather.push(Weather::draw(rng, event, outsiders));
        }
    }
    weather
}

impl Weather {
    pub fn calm(event: usize) -> Self {
        Self {
            event,
            delivery: Delivery::Once,
            faults: Vec::new(),
            bucket: Vec::new(),
            list_lag: 0,
            linger: 0,
            skew_ms: 0,
            first_sync: None,
            source_state: None,
            meanwhile: None,
        }
    }

    pub fn is_calm(&self) -> bool {
        let Self { event: _, delivery, faults, bucket, list_lag, linger, skew_ms, first_sync, source_state, meanwhile } =
            self;
        *delivery == Delivery::Once
            && faults.is_empty()
            && bucket.is_empty()
            && (*list_lag, *linger, *skew_ms) == (0, 0, 0)
            && first_sync.is_none()
            && source_state.is_none()
            && meanwhile.is_none()
    }

    fn draw(rng: &mut Rng, event: usize, outsiders: bool) -> Self {
        let mut weather = Self::calm(event);
        for _ in 0..rng.u8(..3) {
            weather.faults.push(draw_fault(rng));
        }
        if rng.u8(..6) == 0 {
            let kind = pick(
                rng,
                &[
                    BucketFaultKind::Unavailable,
                    BucketFaultKind::Redirect,
                    BucketFaultKind::Refuse,
                    BucketFaultKind::Reset,
                    BucketFaultKind::ResetAfter,
                    BucketFaultKind::Hang,
                ],
            );
            weather.bucket.push(BucketFault::first(kind).times(pick(rng, &[1, 4, 40])));
        }
        weather.list_lag = pick(rng, &[0, 0, 0, 0, 1, 3]);
        weather.linger = pick(rng, &[0, 0, 0, 0, 1, 4]);
        weather.skew_ms = pick(rng, &[0, 0, 0, 0, 0, 0, -3_000, 3_000]);
        if rng.u8(..10) == 0 {
            weather.first_sync = Some(pick(
                rng,
                &[
                    Script::successful(),
                    Script::stays_in_progress(),
                    Script::no_status(),
                    Script::fails("Access denied"),
                    Script::fails_late("Access denied"),
                ],
            ));
        }
        if rng.u8(..12) == 0 {
            weather.source_state = Some(pick(rng, &["NoPermissions", "TrustedAccessDisabled", "Success"]));
        }
        if outsiders && rng.u8(..5) == 0 {
            weather.meanwhile = Some((rng.u64(..3_000), Outsider::draw(rng)));
        }
        weather.delivery = match rng.u8(..22) {
            0 | 1 => Delivery::Again,
            2 => Delivery::Elsewhere { after_s: pick(rng, &[5, 60, 180]) },
            3 => Delivery::Twice,
            4..=7 => Delivery::Killed { polls: rng.u32(1..40) },
            8 | 9 => Delivery::Cancelled { after_ms: pick(rng, &[0, 15, 25, 200, 5_000]) },
            10 => Delivery::Dropped,
            13 => Delivery::Overtaken,
            11 | 12 => Delivery::Unanswered,
            _ => Delivery::Once,
        };
        weather
    }
}

fn draw_fault(rng: &mut Rng) -> Fault {
    let op = pick(rng, &[Op::List, Op::Create, Op::Create, Op::Update, Op::Delete, Op::Delete]);
    let kind = match rng.u8(..13) {
        0 => FaultKind::Throttle,
        1 => FaultKind::ErrorBefore,
        2 => FaultKind::ErrorAfter,
        3 => FaultKind::LoseReplyBefore,
        4 | 5 => FaultKind::LoseReplyAfter,
        6 => FaultKind::Hang,
        7 => FaultKind::HangAfter,
        8 => FaultKind::Slow(pick(rng, &[500, 3_000, 15_000])),
        9 => FaultKind::Denied,
        10 if op == Op::Create => FaultKind::S3WriteFailed,
        10 => FaultKind::Throttle,
        11 => FaultKind::Conflict,
        _ => FaultKind::Refused { code: "ValidationException".to_owned(), message: "1 validation error".to_owned() },
    };
    let fault = Fault::at(op, kind).nth(rng.u32(1..4)).times(pick(rng, &[1, 1, 1, 2, 5, 40, u32::MAX]));
    if rng.u8(..4) == 0 { fault.within(pick(rng, &REGIONS)) } else { fault }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, act) in self.acts.iter().enumerate() {
            match act {
                Act::Deploy { wishes, siblings, weather } => {
                    let fate = if *siblings == Siblings::Fail { ", and the rest of the stack fails" } else { "" };
                    writeln!(f, "{}. The stack is deployed{fate}:", index + 1)?;
                    for (logical_id, wish) in wishes {
                        writeln!(f, "     {logical_id}: {}", wish.properties())?;
                    }
                    tell(f, weather)?;
                }
                Act::Delete { weather } => {
                    writeln!(f, "{}. The stack is deleted, or its rollback continued.", index + 1)?;
                    tell(f, weather)?;
                }
                Act::Outsider(outsider) => writeln!(f, "{}. Somebody else: {outsider:?}", index + 1)?,
                Act::Pass { s } => writeln!(f, "{}. {s} s go by.", index + 1)?,
            }
        }
        Ok(())
    }
}

fn tell(f: &mut fmt::Formatter<'_>, weather: &[Weather]) -> fmt::Result {
    for weather in weather {
        let Weather { event, delivery, faults, bucket, list_lag, linger, skew_ms, first_sync, source_state, meanwhile } =
            weather;
        writeln!(f, "     event {}: delivered {delivery:?}", event + 1)?;
        for fault in faults {
            writeln!(f, "       {fault:?}")?;
        }
        for fault in bucket {
            writeln!(f, "       {fault:?}")?;
        }
        if (*list_lag, *linger, *skew_ms) != (0, 0, 0) {
            writeln!(
                f,
                "       List is {list_lag} looks behind, what is deleted lingers for {linger}, SSM's clock is {skew_ms} ms ahead"
            )?;
        }
        if let Some(state) = source_state {
            writeln!(f, "       sources are in the state {state}")?;
        }
        if let Some(script) = first_sync {
            writeln!(f, "       first sync: {script:?}")?;
        }
        if let Some((after_ms, outsider)) = meanwhile {
            writeln!(f, "       after {after_ms} ms, somebody else: {outsider:?}")?;
        }
    }
    Ok(())
}
