//! The remedies of a failure, as data, since failures in many Regions can share one.
//!
//! Must never guess: a cause that is not known has a remedy that says so. Next: [`super::remedy_text`].

use crate::{
    policy::{Cause, Failure, Owner, PlaceFor, Restored, TableError, WaitingFor, wait::WaitReason},
    sync::{CallError, Config, ErrorKind, Operation, Region},
};

use super::{
    Context,
    destination::{DestinationRemedy, is_opt_in},
    source::SourceProblem,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    Allow {
        action: String,
        target: Target,
        is_explicit: bool,
    },
    EnableRegion {
        is_wanted: bool,
    },
    /// The Region is closed to the account, but its sync can be left there.
    LeaveRegion,
    OtherRegion,
    ReachSsm,
    SetEnvironment,
    Destination(DestinationRemedy),
    Source(SourceProblem),
    CorrectProperties,
    FreeName {
        name: String,
        owner: Owner,
    },
    UnlistedName {
        name: String,
    },
    CreateToAdopt {
        name: String,
    },
    AgreeToAdopt,
    FreePlace(PlaceFor),
    ListLags {
        name: String,
    },
    /// The obstacle may be gone.
    TryAgain,
    /// SSM does not say what it refuses.
    TryByHand,
    MoreTime,
    LessWaiting,
    PassRollback,
    Table(TableError),
}

/// The resource on which an action has to be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Sync(String),
    Other(String),
}

/// All remedies of one failure.
pub(super) fn remedies(failure: &Failure, context: &Context) -> Vec<Remedy> {
    let mut remedies = of_cause(&failure.cause, failure, context);
    if let Some(Restored::No(cause)) = &failure.restored {
        remedies.extend(of_cause(cause, failure, context));
        let exists = matches!(**cause, Cause::NeverDeleted | Cause::FirstSyncFailed { .. });
        remedies.extend((!exists).then_some(Remedy::PassRollback));
    }
    remedies
}

fn of_cause(cause: &Cause, failure: &Failure, context: &Context) -> Vec<Remedy> {
    let name = failure.name.to_string();
    let remedy = match cause {
        Cause::Call { error, config } => return of_call(error, config.as_ref(), failure, context),
        Cause::NameTaken { by: None, .. } => Remedy::UnlistedName { name },
        Cause::NameTaken { by: Some(_), owner } => Remedy::FreeName { name, owner: owner.clone() },
        Cause::NothingToAdopt => Remedy::CreateToAdopt { name },
        Cause::Differs(_) => Remedy::AgreeToAdopt,
        Cause::Quota { needed_for, .. } => Remedy::FreePlace(*needed_for),
        Cause::NeverListed | Cause::NeverDeleted => Remedy::ListLags { name },
        Cause::Vanished | Cause::Unannounced => Remedy::TryAgain,
        Cause::Table(error) => Remedy::Table(error.clone()),
        Cause::FirstSyncFailed { config: Config::ToDestination(destination), message } => {
            Remedy::Destination(DestinationRemedy::new(message.as_deref().unwrap_or_default(), destination))
        }
        Cause::FirstSyncFailed { config: Config::FromSource(_), .. } => Remedy::Source(SourceProblem::Other),
        Cause::SourceState { state, .. } => Remedy::Source(SourceProblem::of_state(state)),
        Cause::OutOfTime { last: Some(last), .. } => return of_cause(last, failure, context),
        Cause::OutOfTime { waiting_for: WaitingFor::Wait(WaitReason::FirstSync), last: None } => Remedy::LessWaiting,
        Cause::OutOfTime { last: None, .. } => Remedy::MoreTime,
    };
    vec![remedy]
}

fn of_call(error: &CallError, config: Option<&Config>, failure: &Failure, context: &Context) -> Vec<Remedy> {
    let message = error.message().unwrap_or_default();
    let is_removal = failure.is_removal || context.is_delete;
    let mut remedies = vec![match (error, error.kind()) {
        (CallError::NotSent { why, .. }, _) if why.to_lowercase().contains("credential") => Remedy::SetEnvironment,
        (CallError::NotSent { .. }, _) => Remedy::ReachSsm,
        (_, Some(ErrorKind::AccessDenied { explicit })) => allow(error.operation(), message, explicit, failure),
        (_, Some(ErrorKind::Credentials)) => Remedy::EnableRegion { is_wanted: !is_removal },
        (_, Some(ErrorKind::Unsupported)) if is_removal => Remedy::LeaveRegion,
        (_, Some(ErrorKind::Unsupported)) => Remedy::OtherRegion,
        (_, Some(ErrorKind::CountExceeded)) => Remedy::FreePlace(PlaceFor::NewSync),
        (_, Some(ErrorKind::NameExists)) => Remedy::UnlistedName { name: failure.name.to_string() },
        (_, Some(ErrorKind::NotFound)) => Remedy::TryAgain,
        (_, None | Some(ErrorKind::Transient | ErrorKind::Internal)) => Remedy::MoreTime,
        (_, Some(ErrorKind::BucketNotReady | ErrorKind::Refused | ErrorKind::UnknownCode)) => {
            refused(error, message, config)
        }
    }];
    let is_denied_above = error.is_region_closed() || message.contains("service control policy");
    if is_denied_above && is_removal {
        remedies.push(Remedy::LeaveRegion);
    }
    let is_refused = matches!(
        error.kind(),
        Some(ErrorKind::Refused | ErrorKind::UnknownCode | ErrorKind::AccessDenied { explicit: false })
    );
    if is_refused
        && error.operation() != Operation::List
        && config.is_some_and(|config| aggregates_opt_in_regions(config, &failure.region, context))
    {
        remedies.push(Remedy::Source(SourceProblem::OptInRegion));
    }
    remedies
}

/// SSM sometimes names an action and resource of another service.
fn allow(operation: Operation, message: &str, is_explicit: bool, failure: &Failure) -> Remedy {
    let own = format!("ssm:{operation}");
    let word_after =
        |marker| message.split_once(marker).and_then(|(_, rest): (_, &str)| rest.split_whitespace().next());
    let action = word_after("perform: ").unwrap_or(&own).to_owned();
    let target = if action != own {
        Target::Other(word_after("on resource: ").unwrap_or("*").to_owned())
    } else if operation == Operation::List {
        Target::Other("*".to_owned())
    } else {
        Target::Sync(failure.name.to_string())
    };
    Remedy::Allow { action, target, is_explicit }
}

fn refused(error: &CallError, message: &str, config: Option<&Config>) -> Remedy {
    if message.is_empty() || matches!(error.operation(), Operation::List | Operation::Delete) {
        return Remedy::TryByHand;
    }
    let says = message.to_lowercase();
    let is_about_destination = match error.code() {
        Some("ResourceDataSyncInvalidConfigurationException") => true,
        // Its message names the malformed member, such as a bucket.
        Some("ValidationException") => false,
        _ => ["bucket", "kms", "object lock", "s3"].iter().any(|word| says.contains(word)),
    };
    match config {
        Some(Config::ToDestination(destination)) if is_about_destination => {
            Remedy::Destination(DestinationRemedy::new(message, destination))
        }
        Some(Config::ToDestination(_)) => Remedy::CorrectProperties,
        _ => SourceProblem::of_message(message).map_or(Remedy::CorrectProperties, Remedy::Source),
    }
}

/// Does an organization's source include, or is it in, a Region that accounts have to opt in to?
fn aggregates_opt_in_regions(config: &Config, region: &Region, context: &Context) -> bool {
    let Config::FromSource(source) = config else { return false };
    let mut regions = source.source_regions.iter().map(String::as_str).chain([region.as_str()]);
    source.organization.is_some() && regions.any(|region| is_opt_in(context.partition, region))
}
