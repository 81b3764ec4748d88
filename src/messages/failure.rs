//! What failed: one sentence for all Regions with one cause.
//!
//! Must never hide a Region behind another. Next: [`super::phrases`], whose parts it uses.

use std::collections::BTreeSet;

use crate::{
    policy::{Cause, Failure, Restored},
    sync::{Region, name::SYNCS_PER_REGION},
};

use super::{
    list,
    phrases::{awaited, brief, could_not, described, differences, holders, said, whose},
    words,
};

/// A failure as a sentence with room for what differs from Region to Region: `before` REGIONS `middle` NOTES `after`.
pub(super) struct Statement {
    before: String,
    middle: String,
    note: Option<String>,
    after: String,
}

impl Statement {
    pub(super) fn new(failure: &Failure) -> Self {
        let Failure { name, cause, .. } = failure;
        let sync = format!("Resource data sync {name}");
        match cause {
            Cause::Call { error, .. } => {
                Self::plain(format!("{sync} {}", could_not(error)), format!(": {}.", said(error)))
            }
            Cause::NameTaken { by: None, .. } => Self::plain(
                format!("A sync named {name} already exists"),
                ", and ListResourceDataSync does not show it.",
            ),
            Cause::NameTaken { by: Some(listed), owner } => Self {
                before: format!("A sync named {name} already exists"),
                middle: " (".to_owned(),
                note: Some(described(listed)),
                after: format!("). {}", whose(owner)),
            },
            Cause::NothingToAdopt => {
                Self::plain(format!("AdoptExisting needs a sync that exists, and none named {name} is listed"), ".")
            }
            Cause::Differs(fields) => Self::plain(
                format!("AdoptExisting changes nothing, and sync {name}"),
                format!(" does not agree with the properties: {}.", differences(fields)),
            ),
            Cause::Quota { error, held_by, .. } => Self {
                before: format!("{sync} could not be created"),
                middle: format!(": {}. All {SYNCS_PER_REGION} places are held (", said(error)),
                note: Some(holders(held_by)),
                after: ").".to_owned(),
            },
            Cause::NeverListed => Self::plain(
                format!("SSM accepted resource data sync {name}"),
                ", but ListResourceDataSync has not shown it for two minutes.",
            ),
            Cause::Vanished => Self::plain(
                format!("{sync} was created"),
                " and was deleted before it settled, by another client or by the Delete of a cancelled deployment.",
            ),
            Cause::NeverDeleted => Self::plain(
                format!("{sync} was deleted"),
                ", but ListResourceDataSync still shows it after two minutes.",
            ),
            Cause::FirstSyncFailed { .. } => {
                Self::plain(format!("{sync} was created"), format!(", but {}.", brief(cause)))
            }
            Cause::SourceState { state, .. } => Self::plain(sync, format!(" is in the state {}.", words(state))),
            Cause::Table(_) => Self::plain(sync, ": the ownership table could not be used."),
            Cause::Unannounced => Self::plain(
                sync,
                " is no longer as this event found it, and needs more than the event has recorded. Nothing more was \
                 changed.",
            ),
            Cause::OutOfTime { waiting_for, last } => Self::plain(
                format!("Time ran out for resource data sync {name}"),
                format!(" while waiting for {}.", awaited(*waiting_for, last.as_deref())),
            ),
        }
    }

    fn plain(before: String, after: impl Into<String>) -> Self {
        Self { before, middle: String::new(), note: None, after: after.into() }
    }

    /// Are the two alike except for their Regions and the ids of requests?
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.before == other.before
            && masked(&self.middle) == masked(&other.middle)
            && masked(&self.after) == masked(&other.after)
    }

    /// One sentence for all failures that share it.
    pub(super) fn sentence(&self, members: &[&Failure]) -> String {
        let mut notes: Vec<(String, BTreeSet<&str>)> = Vec::new();
        for failure in members {
            let (note, region) = (Self::new(failure).note.unwrap_or_default(), failure.region.as_str());
            add(&mut notes, note, region, PartialEq::eq);
        }
        let regions = list(notes.iter().flat_map(|(_, regions)| regions).collect::<BTreeSet<_>>());
        let note = match notes.as_slice() {
            [(note, _)] => note.clone(),
            _ => {
                notes.iter().map(|(note, regions)| format!("{}: {note}", list(regions))).collect::<Vec<_>>().join("; ")
            }
        };
        format!("{} in {regions}{}{note}{}", self.before, self.middle, self.after)
    }
}

/// Adds a Region to the group that is alike, or begins another.
pub(super) fn add<'a, T>(
    groups: &mut Vec<(T, BTreeSet<&'a str>)>,
    item: T,
    region: &'a str,
    alike: impl Fn(&T, &T) -> bool,
) {
    match groups.iter_mut().find(|(known, _)| alike(known, &item)) {
        Some((_, regions)) => drop(regions.insert(region)),
        None => groups.push((item, BTreeSet::from([region]))),
    }
}

/// The same error differs from Region to Region in ARNs, hosts and the ids of requests.
fn masked(text: &str) -> String {
    let mut follows_id = false;
    let masked = |word: &'_ str| {
        let is_id = follows_id && !word.is_empty();
        follows_id = word == "ID" || word == "RequestId" || follows_id && word.is_empty();
        if is_id || Region::is_valid(word) { "*".to_owned() } else { word.to_owned() }
    };
    text.split([' ', ':', '.']).map(masked).collect::<Vec<_>>().join(" ")
}

/// What became of the previous configurations: each outcome once.
pub(super) fn restored(failures: &[Failure]) -> Vec<String> {
    let mut outcomes: Vec<((String, String), BTreeSet<&str>)> = Vec::new();
    for Failure { name, region, restored, .. } in failures {
        let outcome = match restored {
            None => continue,
            Some(Restored::Yes) => (format!("The previous configuration of {name} was restored"), String::new()),
            Some(Restored::No(cause)) => {
                (format!("The previous configuration of {name} could not be restored"), format!(": {}", brief(cause)))
            }
        };
        add(&mut outcomes, outcome, region.as_str(), |a, b| a.0 == b.0 && masked(&a.1) == masked(&b.1));
    }
    outcomes.iter().map(|((what, why), regions)| format!("{what} in {}{why}.", list(regions))).collect()
}
