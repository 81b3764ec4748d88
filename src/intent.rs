//! What a request asks for: from CloudFormation's request to the policy's change, or why it is refused.
//!
//! Must never let a Delete fail because of its properties. Next: [`crate::handler`].

use std::collections::BTreeSet;

use crate::{
    cloudformation::{PhysicalId, Request, StackId},
    function::Own,
    messages::EventFailure,
    policy::{
        change::{Change, Desired, Id},
        record::{Record, RequestType, SyncKey},
    },
    properties::{Fault, Parsed, Properties},
    settings::Settings,
    sync::{Config, Region, SyncName},
};

/// Why a Create or Update is refused before the record is read.
#[derive(Debug)]
pub enum Refusal {
    Properties(Vec<Fault>),
    Event(EventFailure),
}

impl From<EventFailure> for Refusal {
    fn from(failure: EventFailure) -> Self {
        Self::Event(failure)
    }
}

/// What a request of a known kind asks for.
///
/// # Errors
/// When the properties are invalid, or lack something that the function needs. Never for a Delete.
pub fn change(kind: RequestType, request: &Request, parsed: Parsed, settings: &Settings) -> Result<Change, Refusal> {
    let (stack_id, logical_id) = (&request.stack_id, request.logical_id.as_str());
    match kind {
        RequestType::Create => Ok(Change::Create { desired: desired(parsed, stack_id, logical_id, settings)? }),
        RequestType::Update => Ok(Change::Update {
            id: Id::of(request.physical_id.as_ref()),
            desired: desired(parsed, stack_id, logical_id, settings)?,
        }),
        RequestType::Delete => {
            let partial = parsed.lenient();
            let generated = || partial.config.as_ref().map(|config| generated(stack_id, logical_id, config));
            Ok(Change::Delete {
                id: Id::of(request.physical_id.as_ref()),
                name: partial.name.clone().or_else(generated),
                regions: partial.regions.unwrap_or_else(|| own_region(settings).into_iter().collect()),
                retain: partial.retain_regions,
            })
        }
    }
}

/// Refuses a stack of another account: the sync would be created in the function's own.
#[must_use]
pub fn other_account(stack_id: &StackId, own: &Own) -> Option<EventFailure> {
    let account = stack_id.account().filter(|account| !own.account.is_empty() && *account != own.account)?;
    let stack_region = stack_id.region().unwrap_or_default().to_owned();
    Some(EventFailure::OtherAccount { stack_account: account.to_owned(), stack_region })
}

/// What valid properties ask for.
///
/// # Errors
/// As [`change`].
pub fn desired(parsed: Parsed, stack_id: &StackId, logical_id: &str, settings: &Settings) -> Result<Desired, Refusal> {
    let properties = parsed.strict().map_err(Refusal::Properties)?;
    let name = match &properties.name {
        Some(name) => name.clone(),
        None if stack_id.is_from_cloudformation() => generated(stack_id, logical_id, &properties.config),
        None => return Err(EventFailure::SyncNameRequired.into()),
    };
    named(properties, name, settings).map_err(Refusal::Event)
}

/// What valid properties ask for under this name.
///
/// # Errors
/// When neither the properties nor the environment name a Region.
pub fn named(properties: Properties, name: SyncName, settings: &Settings) -> Result<Desired, EventFailure> {
    let regions = match properties.regions {
        Some(regions) => regions,
        None => BTreeSet::from([own_region(settings).ok_or(EventFailure::NoRegion)?]),
    };
    Ok(Desired {
        name,
        config: properties.config,
        regions,
        adopt: properties.adopt_existing,
        retain: properties.retain_regions,
        wait_for_first_sync: properties.wait_for_first_sync,
    })
}

/// Refuses a destination that `ALLOWED_BUCKETS` does not allow, unless the record already has it for that sync.
#[must_use]
pub fn forbidden_bucket(desired: &Desired, record: Option<&Record>, settings: &Settings) -> Option<EventFailure> {
    let Config::ToDestination(destination) = &desired.config else { return None };
    let bucket = &destination.bucket_name;
    let allowed = &settings.allowed_buckets;
    if allowed.is_empty() || allowed.iter().any(|pattern| matches_pattern(pattern, bucket)) {
        return None;
    }
    let is_recorded = desired.regions.iter().all(|region| {
        let key = SyncKey::of(region, &desired.config, &desired.name);
        let entry = record.and_then(|record| record.syncs.get(&key));
        entry.is_some_and(|entry| {
            let made = entry.making.iter().flat_map(|making| &making.configurations);
            entry.configuration.iter().chain(made).any(|config| config.has_target_of(&desired.config))
        })
    });
    (!is_recorded).then(|| EventFailure::BucketNotAllowed { bucket: bucket.clone(), allowed: allowed.clone() })
}

/// Does the text match a pattern with `*` for any characters?
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = text.split_once(part) else { return false };
        text = behind;
    }
    text.ends_with(end)
}

/// The record's key. It ends with the sync's name if the stack id is not CloudFormation's, since such ids can be
/// shared.
#[must_use]
pub fn resource(stack_id: &StackId, logical_id: &str, change: &Change) -> String {
    if stack_id.is_from_cloudformation() {
        return resource_without_name(stack_id, logical_id);
    }
    let name = match change {
        Change::Create { desired } | Change::Update { desired, .. } => Some(&desired.name),
        Change::Delete { id: Id::Name(id) | Id::PerhapsInvented(id), .. } => Some(id),
        Change::Delete { name, .. } => name.as_ref(),
    };
    name.map_or_else(|| resource_without_name(stack_id, logical_id), |name| shared(stack_id, logical_id, name))
}

/// The key of a Delete's record if its id turns out to be no name, by the name in the properties.
#[must_use]
pub fn resource_by_properties(stack_id: &StackId, logical_id: &str, change: &Change) -> Option<String> {
    let Change::Delete { id: Id::PerhapsInvented(_), name: Some(name), .. } = change else { return None };
    (!stack_id.is_from_cloudformation()).then(|| shared(stack_id, logical_id, name))
}

/// The record's key, as far as it is known before the properties are read.
#[must_use]
pub fn resource_without_name(stack_id: &StackId, logical_id: &str) -> String {
    format!("{}|{logical_id}", stack_id.as_str())
}

fn shared(stack_id: &StackId, logical_id: &str, name: &SyncName) -> String {
    format!("{}|{name}", resource_without_name(stack_id, logical_id))
}

impl Id {
    /// What a physical id can stand for.
    #[must_use]
    pub fn of(physical_id: Option<&PhysicalId>) -> Self {
        match physical_id {
            Some(id @ PhysicalId::Name(name)) if id.looks_invented() => Self::PerhapsInvented(name.clone()),
            Some(PhysicalId::Name(name)) => Self::Name(name.clone()),
            Some(PhysicalId::CreateFailed { request_id } | PhysicalId::NothingCreated { request_id }) => {
                Self::Failed { request_id: request_id.clone() }
            }
            None => Self::Invented,
        }
    }
}

fn generated(stack_id: &StackId, logical_id: &str, config: &Config) -> SyncName {
    SyncName::generated(stack_id.as_str(), logical_id, config)
}

fn own_region(settings: &Settings) -> Option<Region> {
    settings.region.as_deref().map(Region::from)
}
