//! Decides whose a listed sync is, by the record. Nothing else does (docs/behavior.md#ownership).
//!
//! A sync is the resource's own only if an entry of its record speaks of it. The first row that fits decides:
//!
//! | | entry | what is listed | whose |
//! |---|---|---|---|
//! | 1 | none | anything | not ours |
//! | 2 | `Foreign`, `Settled`, and not taken over | anything | not ours |
//! | 3 | with `Making` | created at its `SyncCreatedTime` | ours, but about to go: never counts as wanted |
//! | 4 | no `Making`, with `Configuration` | created at its `SyncCreatedTime` | ours, with that configuration |
//! | 5 | no `Making`, no `Configuration` | created at its `SyncCreatedTime` | ours; what it holds is not known |
//! | 6 | with `Making` | created within its time, with the target of one of its configurations | ours, unless another resource's record has its creation time |
//! | 7 | any | anything else | not ours |
//!
//! A sync that is being taken over is ours by rows 3 to 6 only if no other resource's record has it. What is not ours
//! is never changed or deleted. Nothing outside these rows counts: not the name, not an equal configuration. Next:
//! [`super::progress`].

use time::{Duration, UtcDateTime};

use crate::sync::{Config, Listed};

use super::{
    cause::{Owner, Relation},
    record::{Entry, Record, SyncKey},
    task::Stance,
};

/// How far SSM's clock and this process's may be apart.
const CLOCKS_APART: Duration = Duration::seconds(5);

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Ours(Known),
    /// Ours, unless another resource's record has its creation time.
    OursUnlessOwned(Known),
    NotOurs,
}

/// What is known of the configuration of our sync.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// The configuration that was asked for.
    Config(Config),
    /// Several may have been asked for, or none is recorded.
    Unknown,
    /// Its delete may be under way, or done while List lags behind.
    AboutToGo(Option<Config>),
}

impl Known {
    #[must_use]
    pub const fn config(&self) -> Option<&Config> {
        match self {
            Self::Config(config) | Self::AboutToGo(Some(config)) => Some(config),
            Self::Unknown | Self::AboutToGo(None) => None,
        }
    }
}

/// Decides by the entry under the sync's key.
#[must_use]
pub fn verdict(stance: Stance, entry: Option<&Entry>, listed: &Listed) -> Verdict {
    // Row 1.
    let Some(entry) = entry else { return Verdict::NotOurs };
    let is_taken_over = stance == Stance::TakingOver && entry.foreign;
    // Row 2.
    if entry.foreign && !entry.is_open() && !is_taken_over {
        return Verdict::NotOurs;
    }
    // Rows 3 to 5.
    if listed.created.is_some() && listed.created == entry.sync_created_time {
        let known = match (&entry.making, &entry.configuration) {
            (Some(_), config) => Known::AboutToGo(config.clone()),
            (None, Some(config)) => Known::Config(config.clone()),
            (None, None) => Known::Unknown,
        };
        return if is_taken_over { Verdict::OursUnlessOwned(known) } else { Verdict::Ours(known) };
    }
    // Rows 6 and 7.
    match made(entry, listed) {
        Some(known) => Verdict::OursUnlessOwned(known),
        None => Verdict::NotOurs,
    }
}

/// Could a Create under the entry's `Making` have made it, and with which configuration?
fn made(entry: &Entry, listed: &Listed) -> Option<Known> {
    let making = entry.making.as_ref()?;
    let created = listed.created?;
    let is_in_time = created >= making.since - CLOCKS_APART && created <= making.until;
    if !is_in_time || !making.configurations.iter().any(|config| config.has_target_of(&listed.config)) {
        return None;
    }
    let mut agreeing = making.configurations.iter().filter(|config| config.differences(&listed.config).is_empty());
    Some(match (agreeing.next(), agreeing.next()) {
        (Some(config), None) => Known::Config(config.clone()),
        _ => Known::Unknown,
    })
}

/// The record that owns a listed sync, by its creation time.
#[must_use]
pub fn owning_record<'a>(
    key: &SyncKey,
    created: Option<UtcDateTime>,
    records: impl IntoIterator<Item = &'a Record>,
) -> Option<&'a Record> {
    let created = created?;
    let is_own = |entry: &Entry| !entry.foreign && entry.sync_created_time == Some(created);
    records.into_iter().find(|record| record.syncs.get(key).is_some_and(is_own))
}

/// The other resource that owns the sync, by all records.
#[must_use]
pub fn owner(own: &str, key: &SyncKey, created: Option<UtcDateTime>, records: &[Record]) -> Option<Owner> {
    let record = owning_record(key, created, records.iter().filter(|record| record.resource != own))?;
    let (stack_id, logical_id) = resource_parts(&record.resource);
    let relation = if resource_parts(own).0 == stack_id { Relation::SameStack } else { Relation::OtherStack };
    Some(Owner::Resource {
        stack_id: stack_id.to_owned(),
        logical_id: logical_id.to_owned(),
        resource: record.resource.clone(),
        relation,
    })
}

/// The stack's id and the logical id in a record's key, `<StackId>|<LogicalResourceId>`.
#[must_use]
pub fn resource_parts(resource: &str) -> (&str, &str) {
    let mut parts = resource.split('|');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
