//! What can go wrong, by name.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::bucket::{BucketFault, BucketFaultKind};
use crate::world::fault::{Fault, FaultKind, Op};
use crate::world::ssm::Ssm;
use crate::world::sync::{Script, Shown};

/// A fault as it was asked for: `NAME[:OPERATION][:K]`.
#[derive(Clone, Debug)]
pub struct NamedFault {
    entry: &'static Entry,
    operation: Option<Op>,
    nth: u32,
}

#[derive(Debug)]
struct Entry {
    name: &'static str,
    explained: &'static str,
    effect: Effect,
}

#[derive(Debug)]
enum Effect {
    /// Hits calls of one operation, or of any.
    Call { operation: Option<Op>, times: u32, kind: fn() -> FaultKind },
    /// Hits requests to the bucket.
    Put { times: u32, kind: BucketFaultKind },
    /// Is so while the event lasts.
    Weather(fn(&mut Ssm)),
    /// Someone else was there before the event. Gets the Region and the properties of the resource.
    Outsider(fn(&mut Ssm, u64, &str, &Value)),
}

#[rustfmt::skip] // A table reads best as one.
const CATALOGUE: &[Entry] = &[
    call("throttle", "SSM says ThrottlingException, once", None, 1, || FaultKind::Throttle),
    call("throttle-on", "SSM says ThrottlingException to every Create", Some(Op::Create), u32::MAX, || FaultKind::Throttle),
    call("error-before", "500 from SSM, and nothing was done", Some(Op::Create), 1, || FaultKind::ErrorBefore),
    call("error-after", "500 from SSM, and yet it was done", Some(Op::Create), 1, || FaultKind::ErrorAfter),
    call("lose-request", "the connection breaks before SSM has done anything", Some(Op::Create), 1, || FaultKind::LoseReplyBefore),
    call("lose-reply", "the connection breaks after SSM has done it", Some(Op::Create), 1, || FaultKind::LoseReplyAfter),
    call("hang", "SSM never answers, and does nothing", Some(Op::Create), 1, || FaultKind::Hang),
    call("hang-after", "SSM does it, and never answers", Some(Op::Create), 1, || FaultKind::HangAfter),
    call("slow", "SSM does it, and says so three seconds later", Some(Op::Create), 1, || FaultKind::Slow(3_000)),
    call("denied", "the function's role may not do it", Some(Op::Create), u32::MAX, || FaultKind::Denied),
    call("s3-write-failed", "SSM can't write to the bucket yet: the policy has not spread; twice", Some(Op::Create), 2, || FaultKind::S3WriteFailed),
    call("s3-write-denied", "SSM can't write to the bucket, ever (takes two minutes)", Some(Op::Create), u32::MAX, || FaultKind::S3WriteFailed),
    call("invalid", "SSM refuses the configuration, once", Some(Op::Create), 1, || {
        FaultKind::Invalid("The KMS key does not exist in the Region of the bucket.".to_owned())
    }),
    call("conflict", "another change of the sync is being processed; twice", Some(Op::Update), 2, || FaultKind::Conflict),
    outsider("taken", "someone else has a sync under the same SyncName", take_name),
    outsider("quota", "someone else's syncs fill the five places of the Region", fill_places),
    weather("list-lag", "List is behind the truth for two calls after each change", |ssm| ssm.list_lag = 2),
    weather("linger", "a deleted sync is still listed twice, and still holds its name", |ssm| ssm.linger = 2),
    weather("in-progress", "the first sync stays InProgress", |ssm| ssm.first_sync = Script::stays_in_progress()),
    weather("no-status", "the first sync never gets a status (takes a minute)", |ssm| ssm.first_sync = Script::no_status()),
    weather("first-sync-failed", "the first sync fails", |ssm| ssm.first_sync = Script::fails(FIRST_SYNC)),
    weather("first-sync-failed-late", "the first sync fails after InProgress", |ssm| ssm.first_sync = Script::fails_late(FIRST_SYNC)),
    weather("no-created-time", "List leaves SyncCreatedTime off", |ssm| ssm.shown.hide_created_time = true),
    weather("clock-skew", "SSM's clock is three seconds behind", |ssm| ssm.shown.created_skew_ms = -3_000),
    weather("no-permissions", "the State of a source is NoPermissions", |ssm| ssm.source_state = Some("NoPermissions".to_owned())),
    weather("trusted-access-disabled", "the State of a source is TrustedAccessDisabled", |ssm| ssm.source_state = Some("TrustedAccessDisabled".to_owned())),
    weather("organization-not-exists", "the State of a source is OrganizationNotExists", |ssm| ssm.source_state = Some("OrganizationNotExists".to_owned())),
    put("bucket-503", "the response bucket says SlowDown, twice", 2, BucketFaultKind::Unavailable),
    put("bucket-307", "the response bucket redirects, once", 1, BucketFaultKind::Redirect),
    put("bucket-403", "the response bucket refuses", u32::MAX, BucketFaultKind::Refuse),
    put("bucket-reset", "the connection to the response bucket breaks, once", 1, BucketFaultKind::Reset),
    put("bucket-reset-after", "the answer is stored, and the connection breaks before the function knows", 1, BucketFaultKind::ResetAfter),
    put("bucket-hang", "the response bucket does not answer, once", 1, BucketFaultKind::Hang),
];

const FIRST_SYNC: &str = "Access denied while writing to the bucket. Check the bucket policy.";

const fn call(
    name: &'static str,
    explained: &'static str,
    operation: Option<Op>,
    times: u32,
    kind: fn() -> FaultKind,
) -> Entry {
    let effect = Effect::Call { operation, times, kind };
    Entry { name, explained, effect }
}

const fn put(name: &'static str, explained: &'static str, times: u32, kind: BucketFaultKind) -> Entry {
    let effect = Effect::Put { times, kind };
    Entry { name, explained, effect }
}

const fn weather(name: &'static str, explained: &'static str, set: fn(&mut Ssm)) -> Entry {
    let effect = Effect::Weather(set);
    Entry { name, explained, effect }
}

const fn outsider(name: &'static str, explained: &'static str, act: fn(&mut Ssm, u64, &str, &Value)) -> Entry {
    let effect = Effect::Outsider(act);
    Entry { name, explained, effect }
}

/// Reads `NAME[:OPERATION][:K]`; the error is one line for a person.
pub fn named(text: &str) -> Result<NamedFault, String> {
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let entry = CATALOGUE
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| format!("unknown fault {name}; see --list-faults"))?;
    let mut fault = NamedFault { entry, operation: None, nth: 1 };
    for part in parts {
        if let Some(nth) = part.parse().ok().filter(|nth| *nth > 0) {
            fault.nth = nth;
        } else if let Some(operation) =
            Op::ALL.into_iter().find(|op| op.name().to_lowercase() == format!("{part}resourcedatasync"))
        {
            fault.operation = Some(operation);
        } else {
            return Err(format!("--fault {text}: {part} is neither list, create, update or delete nor a count"));
        }
    }
    match entry.effect {
        Effect::Put { .. } | Effect::Weather(_) | Effect::Outsider(_) if fault.operation.is_some() => {
            Err(format!("--fault {text}: {name} takes no operation"))
        }
        Effect::Weather(_) | Effect::Outsider(_) if fault.nth > 1 => {
            Err(format!("--fault {text}: {name} takes no count"))
        }
        _ => Ok(fault),
    }
}

/// A line for each name.
pub fn list() -> String {
    CATALOGUE.iter().map(|entry| format!("  {:<24} {}\n", entry.name, entry.explained)).collect()
}

impl NamedFault {
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Someone else acts before the event.
    pub fn is_outsider(&self) -> bool {
        matches!(self.entry.effect, Effect::Outsider(_))
    }

    pub fn explained(&self) -> &'static str {
        self.entry.explained
    }

    /// Brings the fault into the world, for an event with these properties.
    pub fn arrange(&self, world: &mut World, now_ms: u64, region: &str, properties: &Value) {
        match &self.entry.effect {
            Effect::Call { operation, times, kind } => world.ssm.inject(Fault {
                operation: self.operation.or(*operation),
                region: None,
                nth: self.nth,
                times: *times,
                kind: kind(),
            }),
            Effect::Put { times, kind } => {
                world.bucket.inject(BucketFault { nth: self.nth, times: *times, kind: *kind });
            }
            Effect::Weather(set) => set(&mut world.ssm),
            Effect::Outsider(act) => act(&mut world.ssm, now_ms, region, properties),
        }
    }
}

/// Calm weather again, as before any fault. What an outsider made stays.
pub fn lift(world: &mut World) {
    world.bucket.calm();
    world.ssm.calm();
    world.ssm.first_sync = Script::settles();
    world.ssm.source_state = None;
    world.ssm.shown = Shown::default();
}

const A_DAY_MS: u64 = 86_400_000;

/// Takes the name that the properties ask for, unless something stands there already.
fn take_name(ssm: &mut Ssm, now_ms: u64, region: &str, properties: &Value) {
    if let Some(name) = properties["SyncName"].as_str()
        && ssm.sync(region, name).is_none()
    {
        ssm.outsider_put(now_ms - A_DAY_MS, region, &foreign(name));
    }
}

fn fill_places(ssm: &mut Ssm, now_ms: u64, region: &str, _properties: &Value) {
    let names = [
        "InspectorResourceDataSync-do-not-delete",
        "AWS-QuickSetup-PatchPolicy",
        "inventory-of-finance",
        "inventory-of-research",
        "inventory-of-sales",
    ];
    for name in names {
        if ssm.syncs(region).len() < 5 && ssm.sync(region, name).is_none() {
            ssm.outsider_put(now_ms - A_DAY_MS, region, &foreign(name));
        }
    }
}

fn foreign(name: &str) -> Value {
    json!({
        "SyncName": name,
        "SyncType": "SyncToDestination",
        "S3Destination": { "BucketName": "somebody-elses-bucket", "SyncFormat": "JsonSerDe", "Region": "us-east-1" },
    })
}
