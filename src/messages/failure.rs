//! What failed: one sentence for all Regions with one cause.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    policy::{Cause, Failure, Restored, WaitingFor},
    sync::{Region, name::SYNCS_PER_REGION},
};

use super::{
    list,
    phrases::{awaited, brief, could_not, described, differences, holders, said, whose},
    words,
};

/// A failure in words, around what differs from Region to Region: `before` REGIONS `middle` NOTES `after`.
pub(super) struct Told {
    before: String,
    middle: String,
    note: Option<String>,
    after: String,
}

impl Told {
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
                format!("AdoptExisting changes nothing, and sync {name} does not agree with the properties"),
                format!(": {}.", differences(fields)),
            ),
            Cause::Quota { error, held_by, .. } => Self {
                before: format!("{sync} could not be created"),
                middle: format!(": {}. All {SYNCS_PER_REGION} places are held: ", said(error)),
                note: Some(holders(held_by)),
                after: ".".to_owned(),
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
            Cause::Table(_) => Self::plain(sync, " was left as it is: the ownership table could not be used."),
            Cause::Unannounced => Self::plain(
                sync,
                " is no longer as this event found it, and needs more than the event has recorded. It was left as it \
                 is.",
            ),
            Cause::OutOfTime { waiting_for: WaitingFor::ToBegin, .. } => {
                Self::plain(format!("Time ran out before the work on resource data sync {name} was begun"), ".")
            }
            Cause::OutOfTime { waiting_for, last } => Self::plain(
                format!("Time ran out for resource data sync {name}"),
                format!(" while waiting for {}.", awaited(*waiting_for, last.as_deref())),
            ),
        }
    }

    fn plain(before: String, after: impl Into<String>) -> Self {
        Self { before, middle: String::new(), note: None, after: after.into() }
    }

    /// Are the two the same but for their Regions, and for what a service says anew in each answer?
    pub(super) fn is_like(&self, region: &Region, other: &Self, others: &Region) -> bool {
        let same = |a: &str, b: &str| a == b || masked(a, region) == masked(b, others);
        self.before == other.before && same(&self.middle, &other.middle) && same(&self.after, &other.after)
    }

    /// The sentence for all who share it.
    pub(super) fn sentence(&self, members: &[&Failure]) -> String {
        let notes: BTreeMap<&str, Option<String>> =
            members.iter().map(|failure| (failure.region.as_str(), Self::new(failure).note)).collect();
        let regions = list(notes.keys());
        let note: Cow<'_, str> = match &self.note {
            None => "".into(),
            Some(note) if notes.values().all(|other| other.as_ref() == Some(note)) => note.into(),
            Some(_) => {
                let each = notes.iter().filter_map(|(region, note)| Some(format!("{region}: {}", note.as_ref()?)));
                each.collect::<Vec<_>>().join("; ").into()
            }
        };
        format!("{} in {regions}{}{note}{}", self.before, self.middle, self.after)
    }
}

/// What a service says differs in its Region (in ARNs and hosts) and in the ids of requests.
fn masked(text: &str, region: &Region) -> String {
    let text = text.replace(&format!(":{region}:"), ":*:").replace(&format!(".{region}."), ".*.");
    let mut follows_id = false;
    let shown =
        |word| if std::mem::replace(&mut follows_id, word == "ID:" || word == "RequestId:") { "*" } else { word };
    text.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

/// What became of the previous configurations, each outcome once.
pub(super) fn restored(failures: &[Failure]) -> Vec<String> {
    let mut outcomes: Vec<(String, Vec<&Region>)> = Vec::new();
    for failure in failures {
        let name = &failure.name;
        let outcome = match &failure.restored {
            None => continue,
            Some(Restored::Yes) => format!("The previous configuration of {name} was restored in @."),
            Some(Restored::No(cause)) => {
                format!("The previous configuration of {name} could not be restored in @: {}.", brief(cause))
            }
        };
        match outcomes
            .iter_mut()
            .find(|(known, regions)| masked(known, regions[0]) == masked(&outcome, &failure.region))
        {
            Some((_, regions)) => regions.push(&failure.region),
            None => outcomes.push((outcome, vec![&failure.region])),
        }
    }
    let told = |(outcome, regions): (String, Vec<&Region>)| {
        outcome.replacen(" in @", &format!(" in {}", list(regions.iter().map(|region| region.as_str()))), 1)
    };
    outcomes.into_iter().map(told).collect()
}
