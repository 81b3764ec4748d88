//! What each remedy advises, with the page that has the details.
//!
//! Must never name an action, a resource or a command that the reader would have to correct. Next:
//! [`super::destination`].

use std::collections::BTreeSet;

use serde_json::json;

use crate::policy::{Owner, PlaceFor};

use super::{
    Context, Page, list,
    remedy::{Remedy, Target},
};

impl Remedy {
    /// What to do in these Regions, with a link to the page.
    pub(super) fn sentences(&self, regions: &BTreeSet<&str>, context: &Context) -> String {
        format!("{} {}", self.text(regions, context), self.page().see(context.docs))
    }

    const fn page(&self) -> Page {
        match self {
            Self::Allow { .. } => Page::AccessDenied,
            Self::EnableRegion { .. } => Page::RegionNotEnabled,
            Self::LeaveRegion => Page::ClosedRegion,
            Self::OtherRegion => Page::RegionNotSupported,
            Self::ReachSsm => Page::SsmOutOfReach,
            Self::SetEnvironment => Page::FunctionsEnvironment,
            Self::Destination(remedy) => remedy.page(),
            Self::Source(problem) => problem.page(),
            Self::CorrectProperties | Self::TryByHand => Page::RefusedBySsm,
            Self::FreeName { .. } | Self::UnlistedName { .. } => Page::NameAlreadyExists,
            Self::CreateToAdopt { .. } | Self::AgreeToAdopt => Page::AdoptExisting,
            Self::FreePlace(_) => Page::QuotaOfFive,
            Self::ListLags { .. } => Page::ListLagsBehind,
            Self::TryAgain => Page::ChangedMeanwhile,
            Self::MoreTime | Self::LessWaiting => Page::TimeRanOut,
            Self::PassRollback => Page::RollbackFailed,
            Self::Table(error) => error.page(),
        }
    }

    fn text(&self, regions: &BTreeSet<&str>, context: &Context) -> String {
        let text = match self {
            Self::Allow { action, target, is_explicit } => {
                let target = match target {
                    Target::Sync(name) => sync_arn(name, regions, context),
                    Target::Other(target) => target.clone(),
                };
                return allow(action, &target, *is_explicit);
            }
            Self::EnableRegion { is_wanted } => {
                return format!(
                    "SSM does not accept the function's credentials there: check that {} is enabled for account {}{}.",
                    list(regions),
                    context.account,
                    if *is_wanted { ", or take it out of Regions" } else { "" }
                );
            }
            Self::Table(error) => return error.sentences(context),
            Self::LeaveRegion => return leave_text(regions, context),
            Self::OtherRegion => "SSM does not offer resource data syncs there, so take it out of Regions.",
            Self::ReachSsm => {
                "The function cannot reach SSM there. Check the Region's name and that it is enabled for the account; \
                 in a VPC, the function needs a NAT gateway or, for its own Region, an interface endpoint for SSM."
            }
            Self::SetEnvironment => "The function has no credentials: check that it has an execution role.",
            Self::Destination(remedy) => return remedy.text(regions, context),
            Self::Source(problem) => return problem.text(context),
            Self::CorrectProperties => "Change the resource's properties accordingly.",
            Self::FreeName { name, owner } => return free_name_text(name, owner, context),
            Self::UnlistedName { name } => {
                return format!("Deploy again in a few minutes; if {name} is still taken, choose another SyncName.");
            }
            Self::CreateToAdopt { name } => {
                return format!("Leave AdoptExisting out to have {name} created, or correct SyncName or Regions.");
            }
            Self::AgreeToAdopt => {
                "Set the properties to what the sync has. You can change them once it is adopted and AdoptExisting is \
                 removed."
            }
            Self::FreePlace(needed_for) => return free_place_text(*needed_for, context),
            Self::ListLags { name } => {
                return format!(
                    "Deploy again in a few minutes; if it stays so, ask AWS Support with the sync's ARN, {}.",
                    sync_arn(name, regions, context)
                );
            }
            Self::TryAgain => "Try again.",
            Self::TryByHand => "Try again; if it stays so, make the same call with the AWS CLI to see what is refused.",
            Self::MoreTime => "Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout.",
            Self::LessWaiting => {
                "A sync can stay InProgress for ever although it works: leave WaitForFirstSync out, or raise \
                 ServiceTimeout or the function's timeout."
            }
            Self::PassRollback => return pass_rollback_text(context),
        };
        text.to_owned()
    }
}

fn sync_arn(name: &str, regions: &BTreeSet<&str>, context: &Context) -> String {
    let region = if regions.len() == 1 { regions.first().copied().unwrap_or("*") } else { "*" };
    context.sync_arn(region, name)
}

/// For a policy that does not allow the action, or explicitly denies it.
pub(super) fn allow(action: &str, target: &str, is_explicit: bool) -> String {
    if is_explicit {
        format!(
            "A policy denies {action} on {target} explicitly: exempt the function's role in that service control \
             policy, permissions boundary or VPC endpoint policy."
        )
    } else {
        format!("Allow the function's role {action} on {target}.")
    }
}

fn leave_text(regions: &BTreeSet<&str>, context: &Context) -> String {
    let (regions, stack, resource) = (list(regions), context.stack_name(), context.logical_id());
    if context.is_delete {
        format!(
            "To leave the sync there, list {regions} in RetainRegions in an update before the delete; where the stack \
             is DELETE_FAILED already, run `aws cloudformation delete-stack --stack-name {stack} --retain-resources \
             {resource}`."
        )
    } else {
        format!(
            "To leave the sync there, list {regions} in RetainRegions; where a rollback fails with this, run `aws \
             cloudformation continue-update-rollback --stack-name {stack} --resources-to-skip {resource}`."
        )
    }
}

fn free_name_text(name: &str, owner: &Owner, context: &Context) -> String {
    match owner {
        Owner::Nobody | Owner::Unknown | Owner::Retained | Owner::MadeAgain => {
            format!(
                "To take it over, deploy with SyncName {name} and AdoptExisting true; otherwise choose another \
                 SyncName, or delete that sync."
            )
        }
        Owner::Resource { resource, .. } => {
            let key = json!({ "Resource": { "S": resource } });
            format!(
                "To move it here, set AdoptExisting true there and then here; otherwise choose another SyncName. If \
                 that resource is gone, delete its record: `aws dynamodb delete-item --region {} --table-name {} --key '{key}'`.",
                context.region, context.table
            )
        }
    }
}

fn free_place_text(needed_for: PlaceFor, context: &Context) -> String {
    let delete = "Delete one that is not needed (but none of AWS's own)";
    match (needed_for, context.present_name) {
        (PlaceFor::NewSync, _) => format!("{delete}."),
        (PlaceFor::NewName, present) => {
            let present = present.map(|name| format!(", {name}")).unwrap_or_default();
            format!(
                "{delete}; or set SyncName to the present name{present}: that makes the change in place, which needs \
                 no further place."
            )
        }
        (PlaceFor::NewType, _) => format!(
            "{delete}: a change of SyncType needs a free place, since the new sync is created before the previous one \
             is deleted."
        ),
    }
}

fn pass_rollback_text(context: &Context) -> String {
    format!(
        "If the rollback fails too, run `aws cloudformation continue-update-rollback --stack-name {} \
         --resources-to-skip {}`; the next update creates the sync again.",
        context.stack_name(),
        context.logical_id()
    )
}
