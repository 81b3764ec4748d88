//! What the author of a template reads when something fails: what failed, where, SSM's words, and what to do.
//!
//! Every known cause has a remedy of one sentence here and a section of the README that it names.

use std::fmt::Write as _;

use crate::{
    plan::Wait,
    ssm::{Kind, Operation, Rejection},
    sync::{self, Config, Listed, SYNCS_PER_REGION, SyncType},
};

/// Which sync is spoken of, and what is needed to write its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub region: String,
    pub partition: String,
    pub account: String,
}

/// Why a sync could not be brought to where it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    Rejected {
        rejection: Rejection,
        config: Option<Config>,
    },
    /// Another's sync has the name. `None`: List does not show it.
    Taken {
        by: Option<Listed>,
    },
    Quota {
        rejection: Rejection,
        occupants: Vec<Listed>,
    },
    NeverListed,
    Vanished,
    NeverGone,
    FirstSyncFailed {
        config: Config,
        message: Option<String>,
    },
    BadState {
        state: String,
    },
    TimeRanOut {
        waiting_for: WaitingFor,
        last_seen: Option<String>,
    },
}

/// What was being done when the time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    Answer(Operation),
    Wait(Wait),
}

impl Place {
    /// The ARN of the sync.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:{}:ssm:{}:{}:resource-data-sync/{}", self.partition, self.region, self.account, self.name)
    }
}

/// The sentence, or two, that say what failed and what to do.
#[must_use]
pub fn describe(place: &Place, cause: &Cause) -> String {
    let Place { name, region, .. } = place;
    match cause {
        Cause::Rejected { rejection, config } => {
            let failed = match rejection.operation {
                Operation::Create => "could not be created",
                Operation::Update => "could not be updated",
                Operation::Delete => "could not be deleted",
                Operation::List => "could not be looked up",
            };
            let remedy = remedy(place, rejection, config.as_ref());
            format!("Resource data sync {name} {failed} in {region}: {}. {remedy}", said(rejection))
        }
        Cause::Taken { by } => {
            let by = match by {
                Some(listed) => match listed.created {
                    Some(created) => format!("{}, created {created}", listed.config.summary()),
                    None => format!("{}, created at an unknown time", listed.config.summary()),
                },
                None => "a sync that ListResourceDataSync does not show".to_owned(),
            };
            format!(
                "The name {name} is taken in {region} by {by}, which this resource did not make and so leaves alone. \
                 Choose another SyncName, leave SyncName out to have a name made up, or delete that sync first \
                 (README: Name taken)."
            )
        }
        Cause::Quota { rejection, occupants } => {
            let mut names = String::new();
            for listed in occupants {
                let owner = if sync::is_reserved(&listed.name) { " (AWS's own)" } else { "" };
                let separator = if names.is_empty() { "" } else { ", " };
                let _ = write!(names, "{separator}{}{owner}", listed.name);
            }
            if names.is_empty() {
                names = "(none that ListResourceDataSync shows)".to_owned();
            }
            format!(
                "Resource data sync {name} could not be created in {region}: {}. An account can hold \
                 {SYNCS_PER_REGION} syncs in a Region, and the places are held by {names}. Delete one that is not \
                 needed (README: Quota of five).",
                said(rejection)
            )
        }
        Cause::NeverListed => format!(
            "SSM accepted resource data sync {name} in {region}, but ListResourceDataSync has not shown it for two \
             minutes. Try again; if it stays so, ask AWS Support with the sync's ARN, {}.",
            place.arn()
        ),
        Cause::Vanished => format!(
            "Resource data sync {name} was created in {region} and was gone before it settled: somebody, or the Delete \
             of a cancelled deployment, has removed it. Deploy again."
        ),
        Cause::NeverGone => format!(
            "Resource data sync {name} was deleted in {region}, but ListResourceDataSync still shows it. \
             Try again in a few minutes."
        ),
        Cause::FirstSyncFailed { config, message } => {
            let message = message.as_deref().unwrap_or("SSM gave no reason");
            let remedy = match config {
                Config::ToDestination(_) => destination_remedy(place, message, config),
                Config::FromSource(_) => String::from("Look at the sync's status in Explorer's settings."),
            };
            format!(
                "Resource data sync {name} was created in {region}, but its first sync failed: {}. {remedy}",
                sentence(message)
            )
        }
        Cause::BadState { state } => {
            format!("Resource data sync {name} in {region} is in the state {state}. {}", state_remedy(state))
        }
        Cause::TimeRanOut { waiting_for, last_seen } => {
            let waiting_for = match waiting_for {
                WaitingFor::Answer(operation) => format!("SSM's answer to {}", operation.as_str()),
                WaitingFor::Wait(Wait::Trouble) => "SSM to answer without an error".to_owned(),
                WaitingFor::Wait(Wait::BucketPolicy) => "SSM to be able to write to the bucket".to_owned(),
                WaitingFor::Wait(Wait::Fading) => "the deleted sync to be gone".to_owned(),
                WaitingFor::Wait(Wait::Listing) => "the new sync to be listed".to_owned(),
                WaitingFor::Wait(Wait::UpdateListing) => "the update to be listed".to_owned(),
                WaitingFor::Wait(Wait::FirstStatus) => "the new sync's first status".to_owned(),
                WaitingFor::Wait(Wait::Straggler) => "what a cancelled Create may have left".to_owned(),
                WaitingFor::Wait(Wait::FirstSync) => "the first sync to be Successful".to_owned(),
            };
            let seen = last_seen.as_ref().map(|seen| format!(" (last seen: {})", sentence(seen))).unwrap_or_default();
            format!(
                "Time ran out for resource data sync {name} in {region} while waiting for {waiting_for}{seen}. \
                 Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout \
                 (README: Time ran out)."
            )
        }
    }
}

/// SSM's code and own words, or why it could not be asked.
#[must_use]
pub fn said(rejection: &Rejection) -> String {
    let call = rejection.operation.as_str();
    match (&rejection.code, &rejection.message) {
        (Some(code), Some(message)) => format!("{call} was answered with {code}, \"{}\"", sentence(message)),
        (Some(code), None) => format!("{call} was answered with {code}"),
        (None, Some(message)) => format!("{call} failed, {}", sentence(message)),
        (None, None) => format!("{call} failed without a word"),
    }
}

/// A message without the full stop that would double ours.
fn sentence(message: &str) -> &str {
    message.trim().trim_end_matches('.')
}

fn remedy(place: &Place, rejection: &Rejection, config: Option<&Config>) -> String {
    let message = rejection.message.as_deref().unwrap_or_default();
    let code = rejection.code.as_deref().unwrap_or_default();
    if rejection.kind == Kind::AccessDenied {
        let resource = match rejection.operation {
            Operation::List => "*".to_owned(),
            _ => place.arn(),
        };
        return format!(
            "Allow the function's role ssm:{} on {resource} (README: Access denied).",
            rejection.operation.as_str()
        );
    }
    if matches!(
        code,
        "UnrecognizedClientException"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
    ) {
        return "The function's credentials are not accepted: check its role, and that the Region is enabled for the \
                account (README: Access denied)."
            .to_owned();
    }
    match rejection.kind {
        Kind::Unreachable => format!(
            "SSM's endpoint in {} cannot be reached from the function: check that the Region exists and is enabled, \
             and, in a VPC, that there is a route or an interface endpoint (README: SSM out of reach).",
            place.region
        ),
        Kind::Busy | Kind::Unclear => "SSM did not recover in the time there was: deploy again.".to_owned(),
        _ => {
            if let Some(remedy) = organization_remedy(message) {
                return remedy.to_owned();
            }
            match config {
                Some(config @ Config::ToDestination(_))
                    if code == "ResourceDataSyncInvalidConfigurationException" || speaks_of_a_destination(message) =>
                {
                    destination_remedy(place, message, config)
                }
                _ if code.is_empty() => {
                    "Check the function's environment, its role and its way to SSM (README: SSM out of reach)."
                        .to_owned()
                }
                _ => "Correct the resource's properties accordingly.".to_owned(),
            }
        }
    }
}

fn speaks_of_a_destination(message: &str) -> bool {
    let says = message.to_lowercase();
    ["bucket", "kms", "object lock", "s3"].iter().any(|word| says.contains(word))
}

/// What a bucket needs, judged by what SSM or S3 complains of.
fn destination_remedy(place: &Place, message: &str, config: &Config) -> String {
    let Config::ToDestination(destination) = config else { return String::new() };
    let bucket = &destination.bucket_name;
    let says = message.to_lowercase();
    let mentions = |words: &[&str]| words.iter().any(|word| says.contains(word));
    if mentions(&["object lock", "objectlock", "content-md5"]) {
        return format!(
            "Bucket {bucket} is configured for Object Lock, under which SSM cannot write: use a bucket without it \
             (README: Object Lock)."
        );
    }
    if mentions(&["kms", "encryption key"]) {
        let key = destination.kms_key_arn.as_deref().unwrap_or("the bucket's key");
        return format!(
            "Allow ssm.amazonaws.com kms:GenerateDataKey on {key} in the key's policy; the key must be in the \
             bucket's Region, {} (README: KMS key).",
            destination.region
        );
    }
    if mentions(&["nosuchbucket", "does not exist", "not found"]) {
        return format!("Check that bucket {bucket} exists and is in {} (README: Bucket policy).", destination.region);
    }
    if !mentions(&["write failed", "access denied", "accessdenied", "forbidden", "policy", "permission"]) {
        return format!(
            "Check that bucket {bucket} exists, is in {}, and lets ssm.amazonaws.com write (README: Bucket policy).",
            destination.region
        );
    }
    let prefix = destination.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
    let objects = format!("arn:{}:s3:::{bucket}/{prefix}*/accountid", place.partition);
    if destination.sharing.is_some() {
        format!(
            "In the policy of bucket {bucket}, allow ssm.amazonaws.com s3:GetBucketAcl on the bucket, \
             s3:PutObjectTagging on {objects}=*/*, and s3:PutObject there with the condition aws:SourceOrgID \
             (README: Organization sharing)."
        )
    } else {
        format!(
            "In the policy of bucket {bucket}, allow ssm.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject \
             on {objects}={}/* (README: Bucket policy).",
            place.account
        )
    }
}

fn organization_remedy(message: &str) -> Option<&'static str> {
    let says = message.to_lowercase();
    let causes = [
        ("service-linked role", "NoPermissions"),
        ("service linked role", "NoPermissions"),
        ("trusted access", "TrustedAccessDisabled"),
        ("delegated administrator", "DelegatedAdministrator"),
        ("organizational unit", "InvalidOrganizationalUnit"),
        ("organizationnotexists", "OrganizationNotExists"),
        ("not a member of an organization", "OrganizationNotExists"),
        ("not in use", "OrganizationNotExists"),
    ];
    causes.iter().find(|(words, _)| says.contains(words)).map(|(_, state)| state_remedy(state))
}

/// What to do about a `SyncSource.State`.
#[must_use]
pub fn state_remedy(state: &str) -> &'static str {
    match state {
        "NoPermissions" => {
            "Create the service-linked role: aws iam create-service-linked-role --aws-service-name \
             accountdiscovery.ssm.amazonaws.com (README: Service-linked role)."
        }
        "TrustedAccessDisabled" => {
            "Enable trusted access for ssm.amazonaws.com in AWS Organizations (README: Trusted access)."
        }
        "OrganizationNotExists" => {
            "The account is in no organization: create or join one, or use SourceType SingleAccountMultiRegions \
             (README: Organization missing)."
        }
        "InvalidOrganizationalUnit" => {
            "Name organizational units that exist in the organization (README: Organizational unit)."
        }
        "DelegatedAdministrator" => {
            "Deploy in the organization's management account, or register this account as the delegated administrator \
             for ssm.amazonaws.com (README: Delegated administrator)."
        }
        _ => "Look at the sync in Explorer's settings.",
    }
}

/// Is a `SyncSource.State` one that needs somebody to act?
#[must_use]
pub fn is_bad_state(state: Option<&str>) -> bool {
    state.is_some_and(|state| {
        !["", "none", "success", "successful", "succeeded"].contains(&state.to_ascii_lowercase().as_str())
    })
}

/// A word for what stands somewhere, for logs and messages.
#[must_use]
pub fn status_of(listed: &Listed) -> String {
    match (&listed.config.sync_type(), &listed.last_status, &listed.source_state) {
        (SyncType::ToDestination, Some(status), _) => match &listed.last_status_message {
            Some(message) => format!("{status}, {message}"),
            None => status.clone(),
        },
        (SyncType::ToDestination, None, _) => "no status".to_owned(),
        (SyncType::FromSource, _, Some(state)) => format!("listed, state {state}"),
        (SyncType::FromSource, _, None) => "listed".to_owned(),
    }
}
