//! The texts that people read: what failed, where, in SSM's own words, and what to do. Pure.
//!
//! Causes are data until they get here, so that many Regions with one cause become one sentence. [`failure`] says what
//! failed; [`remedy`], [`destination`] and [`source`] what to do; [`event`] and [`table`] why a whole event was not
//! served. Every remedy ends with a link to its [`Page`]. Must never lose a Region. Next:
//! [`failure`].

pub mod failure;
pub mod phrases;
pub mod remedy;
pub mod remedy_text;
pub mod destination;
pub mod source;
pub mod event;
pub mod table;
pub mod page;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    policy::{Cause, Failure, record::SyncKey},
    sync::{Listed, listed::Health},
};

use failure::{Statement, restored};
use remedy::{Remedy, remedies};

pub use event::{EventFailure, invalid_properties};
pub use page::{DocsUrl, Page};

/// What the texts need to know besides the failure.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The function's own partition, account and Region.
    pub partition: &'a str,
    pub account: &'a str,
    pub region: &'a str,
    /// The ownership table's name.
    pub table: &'a str,
    /// The key of the resource's record.
    pub resource: &'a str,
    /// Both are empty if unknown, as in a Plan without them.
    pub stack_id: &'a str,
    pub logical_id: &'a str,
    /// The name of the sync that the resource has now.
    pub present_name: Option<&'a str>,
    /// The event is a Delete.
    pub is_delete: bool,
    pub docs: &'a DocsUrl,
}

impl<'a> Context<'a> {
    pub(crate) fn stack_name(&self) -> &'a str {
        or(self.stack_id.split('/').nth(1).unwrap_or(self.stack_id), "STACK")
    }

    pub(crate) fn sync_arn(&self, region: &str, name: &str) -> String {
        format!("arn:{}:ssm:{region}:{}:resource-data-sync/{name}", self.partition, self.account)
    }

    pub(crate) fn logical_id(&self) -> &'a str {
        or(self.logical_id, "LOGICAL_ID")
    }
}

fn or<'a>(text: &'a str, placeholder: &'a str) -> &'a str {
    if text.is_empty() { placeholder } else { text }
}

/// The `Reason` for these failures: every failing Region first, then what failed, then what to do.
#[must_use]
pub fn reason(failures: &[Failure], context: &Context) -> String {
    let mut groups: Vec<(Statement, Vec<&Failure>)> = Vec::new();
    for failure in failures {
        let statement = Statement::new(failure);
        match groups.iter_mut().find(|(first, _)| statement.is_like(first)) {
            Some((_, members)) => members.push(failure),
            None => groups.push((statement, vec![failure])),
        }
    }
    let mut sentences = Vec::new();
    if groups.len() > 1 {
        sentences.push(overview(failures));
    }
    sentences.extend(groups.iter().map(|(statement, members)| statement.sentence(members)));
    sentences.extend(restored(failures));
    sentences.extend(what_to_do(failures, context));
    sentences.join(" ")
}

/// The text of a single failure, for a Plan.
#[must_use]
pub fn failure_text(failure: &Failure, context: &Context) -> String {
    reason(std::slice::from_ref(failure), context)
}

/// The warning for a sync that is as wanted but not healthy, with what to do.
#[must_use]
pub fn status_warning(key: &SyncKey, listed: &Listed, context: &Context) -> Option<String> {
    let config = listed.config.clone();
    let (status, cause) = match listed.health() {
        Health::BadState => {
            let state = listed.bad_state()?.to_owned();
            (format!("state {state}"), Cause::SourceState { state, config })
        }
        Health::Failed => {
            let message = listed.last_status_message.clone();
            let said = message.as_deref().map(|message| format!(": {}", words(message))).unwrap_or_default();
            (format!("status Failed{said}"), Cause::FirstSyncFailed { config, message })
        }
        Health::Good | Health::InProgress | Health::NoStatus => return None,
    };
    let failure =
        Failure { name: key.name.clone(), region: key.region.clone(), cause, restored: None, is_removal: false };
    let remedies = what_to_do(std::slice::from_ref(&failure), context).join(" ");
    Some(format!("Resource data sync {} in {} has {status}. {remedies}", key.name, key.region))
}

/// Names every failing Region at the beginning, where nothing is cut.
fn overview(failures: &[Failure]) -> String {
    let mut by_name: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for failure in failures {
        by_name.entry(failure.name.as_str()).or_default().insert(failure.region.as_str());
    }
    let parts: Vec<_> = by_name.iter().map(|(name, regions)| format!("{name} in {}", list(regions))).collect();
    format!("Failed: resource data sync {}.", parts.join("; "))
}

/// Each remedy once, for all Regions that need it.
fn what_to_do(failures: &[Failure], context: &Context) -> Vec<String> {
    let mut needed: Vec<(Remedy, BTreeSet<&str>)> = Vec::new();
    for failure in failures {
        for remedy in remedies(failure, context) {
            failure::add(&mut needed, remedy, failure.region.as_str(), PartialEq::eq);
        }
    }
    needed.iter().map(|(remedy, regions)| remedy.sentences(regions, context)).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    let (last, others) = match items.split_last() {
        Some((last, others)) => (last.as_ref(), others),
        None => return String::new(),
    };
    if others.is_empty() {
        return last.to_owned();
    }
    format!("{} and {last}", others.iter().map(T::as_ref).collect::<Vec<_>>().join(", "))
}

/// A service's own words on one line, without a final full stop, and short enough to leave room for the remedy.
pub(crate) fn words(message: &str) -> String {
    const CHARS_MAX: usize = 600;
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches('.').trim_end();
    match line.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
