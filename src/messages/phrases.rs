//! Parts of sentences: what SSM said, what was waited for, what exists and whose it is.
//!
//! Must never change SSM's own words but to shorten them. Next: [`super::remedy`].

use crate::{
    policy::{Cause, Owner, Relation, WaitingFor, wait::WaitReason},
    sync::{CallError, Difference, Listed, Operation, SyncName, seconds_text},
};

use super::words;

pub(super) const fn could_not(error: &CallError) -> &'static str {
    match error.operation() {
        Operation::Create => "could not be created",
        Operation::Update => "could not be updated",
        Operation::Delete => "could not be deleted",
        Operation::List => "could not be looked up",
    }
}

/// SSM's code and own words, or why it could not be called.
pub(super) fn said(error: &CallError) -> String {
    let operation = error.operation();
    match error {
        CallError::Service { code, message, .. } => {
            let message = message.as_deref().map(words).filter(|message| !message.is_empty());
            let message = message.map(|message| format!(", \"{message}\"")).unwrap_or_default();
            format!("{operation} returned {}{message}", words(code))
        }
        CallError::NotSent { why, .. } => format!("{operation} was not sent ({})", words(why)),
        CallError::Unknown { why, .. } => format!("{operation} got no usable response ({})", words(why)),
    }
}

/// The cause in half a sentence.
pub(super) fn brief(cause: &Cause) -> String {
    match cause {
        Cause::Call { error, .. } | Cause::Quota { error, .. } => said(error),
        Cause::NameTaken { .. } => "a sync of that name already exists".to_owned(),
        Cause::NothingToAdopt => "no sync of that name is listed".to_owned(),
        Cause::Differs(_) => "the sync does not agree with the properties".to_owned(),
        Cause::NeverListed => "SSM accepted it and has not listed it for two minutes".to_owned(),
        Cause::Vanished => "it was deleted before it settled".to_owned(),
        Cause::NeverDeleted => "the deleted sync is still listed after two minutes".to_owned(),
        Cause::FirstSyncFailed { message, .. } => {
            let message = message.as_deref().map(words).filter(|message| !message.is_empty());
            match message {
                Some(message) => format!("its first sync failed: \"{message}\""),
                None => "its first sync failed, and SSM gave no reason".to_owned(),
            }
        }
        Cause::SourceState { state, .. } => format!("it is in the state {}", words(state)),
        Cause::Table(_) => "the ownership table could not be used".to_owned(),
        Cause::Unannounced => "it is no longer as this event found it".to_owned(),
        Cause::OutOfTime { waiting_for, last } => {
            format!("time ran out while waiting for {}", awaited(*waiting_for, last.as_deref()))
        }
    }
}

/// What was waited for, and what was seen last.
pub(super) fn awaited(waiting_for: WaitingFor, last: Option<&Cause>) -> String {
    let awaited = match waiting_for {
        WaitingFor::Response(operation) => format!("SSM's response to {operation}"),
        WaitingFor::Wait(reason) => event_of(reason).to_owned(),
    };
    last.map_or_else(|| awaited.clone(), |last| format!("{awaited} (last seen: {})", brief(last)))
}

/// What would end the wait.
const fn event_of(reason: WaitReason) -> &'static str {
    match reason {
        WaitReason::Transient => "SSM to carry out the call",
        WaitReason::Permission => "the function's role to be allowed the call",
        WaitReason::BucketPolicy => "SSM to be able to write to the bucket",
        WaitReason::Deletion => "the deletion of the sync to become visible",
        WaitReason::UnlistedName => "the sync that holds the name to be listed",
        WaitReason::LateDelete => "a delete whose outcome is not known",
        WaitReason::Listing => "the new sync to be listed",
        WaitReason::UpdateListing => "the update to be listed",
        WaitReason::FirstStatus => "the first LastStatus of the new sync",
        WaitReason::FirstSync => "the first sync to be Successful",
        WaitReason::SourceState => "the sync's state to become good",
    }
}

pub(super) fn differences(fields: &[Difference]) -> String {
    let each = fields.iter().map(|Difference { field, found, wanted, .. }| format!("{field} is {found}, not {wanted}"));
    each.collect::<Vec<_>>().join("; ")
}

/// What exists under the name.
pub(super) fn described(listed: &Listed) -> String {
    match listed.created {
        Some(created) => format!("{}, created {}", listed.config.summary(), seconds_text(created)),
        None => format!("{}, created at an unknown time", listed.config.summary()),
    }
}

pub(super) fn whose(owner: &Owner) -> String {
    match owner {
        Owner::Nobody => {
            "This resource did not create it and left it unchanged; no record says whose it is.".to_owned()
        }
        Owner::Unknown => {
            "This resource did not create it and left it unchanged; whose it is could not be looked up.".to_owned()
        }
        Owner::Resource { stack_id, logical_id, relation: Relation::OtherStack, .. } => {
            format!("It belongs to resource {logical_id} of stack {stack_id} and was left unchanged.")
        }
        Owner::Resource { logical_id, relation: Relation::SameStack, .. } => {
            format!("It belongs to resource {logical_id} of this stack and was left unchanged.")
        }
        Owner::Retained => "This resource retained it earlier, so it was left unchanged.".to_owned(),
        Owner::MadeAgain => {
            "It is not the one that this resource created: another client has replaced that one. It was left unchanged."
                .to_owned()
        }
    }
}

pub(super) fn holders(held_by: &[Listed]) -> String {
    if held_by.is_empty() {
        return "by syncs that ListResourceDataSync does not show".to_owned();
    }
    let (aws, others): (Vec<_>, Vec<_>) =
        held_by.iter().map(|listed| &listed.name).partition(|name| name.is_reserved());
    let names = |names: &[&SyncName]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    match (others.is_empty(), aws.is_empty()) {
        (_, true) => names(&others),
        (true, false) => format!("AWS's own: {}", names(&aws)),
        (false, false) => format!("{}; AWS's own: {}", names(&others), names(&aws)),
    }
}
