//! Faults as data: which call is hit, and what becomes of it.

use serde_json::Value;

use super::ACCOUNT;
use super::call_log::{Outcome, Refusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Ssm,
    DynamoDb,
    /// The bucket that responses go to.
    S3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    List,
    Create,
    Update,
    Delete,
    GetItem,
    PutItem,
    Scan,
    /// The PUT of a response.
    Respond,
}

impl Op {
    pub const ALL: [Self; 8] =
        [Self::List, Self::Create, Self::Update, Self::Delete, Self::GetItem, Self::PutItem, Self::Scan, Self::Respond];

    /// The operation's name on the wire and in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "ListResourceDataSync",
            Self::Create => "CreateResourceDataSync",
            Self::Update => "UpdateResourceDataSync",
            Self::Delete => "DeleteResourceDataSync",
            Self::GetItem => "GetItem",
            Self::PutItem => "PutItem",
            Self::Scan => "Scan",
            Self::Respond => "PutObject",
        }
    }

    pub fn service(self) -> Service {
        match self {
            Self::List | Self::Create | Self::Update | Self::Delete => Service::Ssm,
            Self::GetItem | Self::PutItem | Self::Scan => Service::DynamoDb,
            Self::Respond => Service::S3,
        }
    }

    /// Whether it is meant to change a sync.
    pub fn changes_syncs(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }

    pub fn of_target(target: &str) -> Option<Self> {
        let (service, name) = match target.split_once('.')? {
            ("AmazonSSM", name) => (Service::Ssm, name),
            ("DynamoDB_20120810", name) => (Service::DynamoDb, name),
            _ => return None,
        };
        Self::ALL.into_iter().find(|op| op.service() == service && op.name() == name)
    }
}

/// Hits the `nth` matching call (the first is 1) and the `times - 1` after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Any operation of SSM if `None`.
    pub operation: Option<Op>,
    /// Any Region if `None`.
    pub region: Option<String>,
    pub nth: u32,
    pub times: u32,
    pub kind: FaultKind,
}

impl Fault {
    /// Hits the first call of an operation, in any Region.
    pub fn at(operation: Op, kind: FaultKind) -> Self {
        Self { operation: Some(operation), region: None, nth: 1, times: 1, kind }
    }

    /// Hits every call to SSM in a Region.
    pub fn region(region: &str, kind: FaultKind) -> Self {
        Self { operation: None, region: Some(region.to_owned()), nth: 1, times: u32::MAX, kind }
    }

    pub fn nth(self, nth: u32) -> Self {
        Self { nth, ..self }
    }

    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    pub fn within(self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self }
    }

    fn concerns(&self, operation: Op, region: &str) -> bool {
        self.operation.map_or(operation.service() == Service::Ssm, |wanted| wanted == operation)
            && self.region.as_deref().is_none_or(|wanted| wanted == region)
    }
}

/// The faults that lie in wait, each with the number of calls that it has counted.
#[derive(Debug, Default)]
pub struct Faults(Vec<(Fault, u32)>);

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    /// Counts the call against every fault that concerns it; the first that hits is the one.
    pub fn hit(&mut self, op: Op, region: &str) -> Option<FaultKind> {
        let mut hit = None;
        for (fault, count) in self.0.iter_mut().filter(|(fault, _)| fault.concerns(op, region)) {
            *count += 1;
            let is_hit = count.checked_sub(fault.nth).is_some_and(|after_first| after_first < fault.times);
            if hit.is_none() && is_hit {
                hit = Some(fault.kind.clone());
            }
        }
        hit
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `ThrottlingException`; S3's `SlowDown`.
    Throttle,
    /// DynamoDB's `ProvisionedThroughputExceededException`.
    Throughput,
    /// 500 and nothing was done.
    ErrorBefore,
    /// 500 although it was done.
    ErrorAfter,
    /// The connection breaks before anything was done.
    LoseReplyBefore,
    /// The connection breaks after it was done.
    LoseReplyAfter,
    /// The connection breaks, and so many milliseconds later it is done, whether or not its client still lives.
    DoneLater(u64),
    /// Nothing is done and no response comes.
    Hang,
    /// It is done and no response comes.
    HangAfter,
    /// No response comes, and so many milliseconds later it is done.
    HangDoneLater(u64),
    /// It is done, and the response comes after so many milliseconds.
    Slow(u64),
    /// `AccessDeniedException`, in IAM's words for what no policy allows.
    Denied,
    /// `AccessDeniedException`, in IAM's words for what an organization's policy denies.
    ExplicitDeny,
    /// The table's key may not be used.
    KeyDenied,
    /// `UnrecognizedClientException`, as in a Region that is not enabled.
    RegionDisabled,
    /// `UnknownOperationException`.
    Unsupported,
    /// HTTP 501, as an emulator has it.
    NotImplemented,
    /// The bucket policy has not spread yet.
    S3WriteFailed,
    /// `ResourceDataSyncInvalidConfigurationException` with this message.
    Invalid(String),
    /// `ResourceDataSyncConflictException`.
    Conflict,
    /// Any other error.
    Refused { status: u16, code: String, message: String },
}

impl FaultKind {
    /// What the client gets instead of the outcome. `None`: the outcome.
    pub fn outcome(&self, op: Op, region: &str, body: &Value) -> Option<Outcome> {
        let invalid = |message: String| Refusal::new("ResourceDataSyncInvalidConfigurationException", message);
        Some(Outcome::Refused(match self {
            Self::Slow(_) => return None,
            Self::LoseReplyBefore | Self::LoseReplyAfter | Self::DoneLater(_) => return Some(Outcome::Dropped),
            Self::Hang | Self::HangAfter | Self::HangDoneLater(_) => return Some(Outcome::Hung),
            Self::Throttle if op == Op::Respond => Refusal::new("SlowDown", "Reduce your request rate.").status(503),
            Self::Throttle => Refusal::new("ThrottlingException", "Rate exceeded"),
            Self::Throughput => Refusal::new(
                "ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded.",
            ),
            Self::ErrorBefore | Self::ErrorAfter => {
                Refusal::new("InternalServerError", "An error occurred on the server side.").status(500)
            }
            Self::Denied if op == Op::Respond => Refusal::new("AccessDenied", "Request has expired").status(403),
            Self::Denied => {
                let because = format!("because no identity-based policy allows the {} action", action(op));
                Refusal::new("AccessDeniedException", denied(op, region, body, &because))
            }
            Self::ExplicitDeny => Refusal::new(
                "AccessDeniedException",
                denied(op, region, body, "with an explicit deny in a service control policy"),
            ),
            Self::KeyDenied => Refusal::new("AccessDeniedException", "KMS key access denied error"),
            Self::RegionDisabled => {
                Refusal::new("UnrecognizedClientException", "The security token included in the request is invalid.")
            }
            Self::Unsupported => Refusal::new("UnknownOperationException", "").without_message(),
            Self::NotImplemented => {
                Refusal::new("InternalFailure", format!("{} is not implemented.", op.name())).status(501)
            }
            Self::S3WriteFailed => invalid(format!(
                "S3 write failed for bucket: {}. Please refer to SSM Documentation for S3 bucket policy.",
                body["S3Destination"]["BucketName"].as_str().unwrap_or("?")
            )),
            Self::Invalid(message) => invalid(message.clone()),
            Self::Conflict => Refusal::new(
                "ResourceDataSyncConflictException",
                "Another UpdateResourceDataSync request is being processed. Wait a few minutes and try again.",
            ),
            Self::Refused { status, code, message } => Refusal::new(code, message).status(*status),
        }))
    }

    /// Whether the operation is carried out all the same.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::ErrorAfter | Self::LoseReplyAfter | Self::HangAfter | Self::Slow(_))
    }

    /// How much later it is carried out.
    pub fn done_after_ms(&self) -> Option<u64> {
        match self {
            Self::DoneLater(after_ms) | Self::HangDoneLater(after_ms) => Some(*after_ms),
            _ => None,
        }
    }
}

fn action(op: Op) -> String {
    let service = if op.service() == Service::DynamoDb { "dynamodb" } else { "ssm" };
    format!("{service}:{}", op.name())
}

/// IAM's words.
fn denied(op: Op, region: &str, body: &Value, because: &str) -> String {
    let action = action(op);
    let resource = match (op.service(), body["SyncName"].as_str()) {
        (Service::DynamoDb, _) => {
            format!("dynamodb:{region}:{ACCOUNT}:table/{}", body["TableName"].as_str().unwrap_or("?"))
        }
        (_, Some(name)) => format!("ssm:{region}:{ACCOUNT}:resource-data-sync/{name}"),
        (_, None) => format!("ssm:{region}:{ACCOUNT}:*"),
    };
    format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: \
         {action} on resource: arn:aws:{resource} {because}"
    )
}
