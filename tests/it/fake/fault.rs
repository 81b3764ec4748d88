//! Faults as data: which call is hit, and what becomes of it.

use super::ACCOUNT;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    List,
    Create,
    Update,
    Delete,
}

impl Op {
    pub const ALL: [Self; 4] = [Self::List, Self::Create, Self::Update, Self::Delete];

    /// The operation's name on the wire and in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "ListResourceDataSync",
            Self::Create => "CreateResourceDataSync",
            Self::Update => "UpdateResourceDataSync",
            Self::Delete => "DeleteResourceDataSync",
        }
    }

    pub fn of_target(target: &str) -> Option<Self> {
        let name = target.strip_prefix("AmazonSSM.")?;
        Self::ALL.into_iter().find(|op| op.name() == name)
    }
}

/// Hits the `nth` matching call (the first is 1) and the `times - 1` after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Any operation if `None`.
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

    pub fn concerns(&self, operation: Op, region: &str) -> bool {
        self.operation.is_none_or(|wanted| wanted == operation)
            && self.region.as_deref().is_none_or(|wanted| wanted == region)
    }

    /// Whether the fault hits its `count`-th matching call.
    pub fn hits(&self, count: u32) -> bool {
        strikes(self.nth, self.times, count)
    }
}

/// Whether the `count`-th of some calls is the `nth` or one of the `times - 1` after it.
pub fn strikes(nth: u32, times: u32, count: u32) -> bool {
    count.checked_sub(nth).is_some_and(|after_first| after_first < times)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `ThrottlingException`.
    Throttle,
    /// 500 and nothing was done.
    ErrorBefore,
    /// 500 although it was done.
    ErrorAfter,
    /// The connection breaks before anything was done.
    LoseReplyBefore,
    /// The connection breaks after it was done.
    LoseReplyAfter,
    /// Nothing is done and nothing is ever said.
    Hang,
    /// It is done and nothing is ever said.
    HangAfter,
    /// It is done, and said after so many milliseconds.
    Slow(u64),
    /// `AccessDeniedException`, in IAM's words.
    Denied,
    /// The bucket policy has not spread yet.
    S3WriteFailed,
    /// `ResourceDataSyncInvalidConfigurationException` with this message.
    Invalid(String),
    /// `ResourceDataSyncConflictException`.
    Conflict,
    /// Any other error.
    Refused { code: String, message: String },
}

impl FaultKind {
    /// Whether the operation is carried out all the same.
    pub fn commits(&self) -> bool {
        matches!(self, Self::ErrorAfter | Self::LoseReplyAfter | Self::HangAfter | Self::Slow(_))
    }
}

/// IAM's words for a call that no policy allows.
pub fn denied(operation: Op, region: &str, name: Option<&str>) -> String {
    let action = operation.name();
    let resource = name.map_or_else(
        || format!("arn:aws:ssm:{region}:{ACCOUNT}:*"),
        |name| format!("arn:aws:ssm:{region}:{ACCOUNT}:resource-data-sync/{name}"),
    );
    format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: \
         ssm:{action} on resource: {resource} because no identity-based policy allows the ssm:{action} action"
    )
}
