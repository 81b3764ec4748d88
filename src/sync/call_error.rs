//! A call to SSM that failed, and what that means for the next step.
//!
//! Must never call a change undone that may have been done. Next: [`crate::policy`].

use std::fmt;

use thiserror::Error;

/// The four calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Create,
    Update,
    Delete,
    List,
}

impl Operation {
    /// The name of the operation, and of IAM's action without its service.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CreateResourceDataSync",
            Self::Update => "UpdateResourceDataSync",
            Self::Delete => "DeleteResourceDataSync",
            Self::List => "ListResourceDataSync",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// SSM responded with an error.
    #[error("{operation} returned {code}{}", message.as_ref().map(|message| format!(": {message}")).unwrap_or_default())]
    Service { operation: Operation, kind: ErrorKind, code: String, message: Option<String> },
    /// There was no connection, or the SDK refused to send: nothing was done.
    #[error("{operation} was not sent: {why}")]
    NotSent { operation: Operation, why: String },
    /// No readable response: it may have been done or not.
    #[error("{operation} got no usable response: {why}")]
    Unknown { operation: Operation, why: String },
}

/// What SSM's error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    NameExists,
    CountExceeded,
    /// "S3 write failed for bucket": the bucket's policy has not propagated yet, or does not allow it.
    BucketNotReady,
    NotFound,
    /// A conflict or throttling: nothing was done, and another attempt may succeed.
    Transient,
    /// 5xx: it may have been done or not.
    Internal,
    /// `explicit`: by a policy that denies, so waiting does not help.
    AccessDenied {
        explicit: bool,
    },
    /// The credentials are not accepted, as in a Region that is not enabled.
    Credentials,
    /// SSM does not offer resource data syncs in that Region.
    Unsupported,
    /// Any other known error: nothing was done.
    Refused,
    /// A 4xx with an unknown code.
    UnknownCode,
}

impl CallError {
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Service { operation, .. } | Self::NotSent { operation, .. } | Self::Unknown { operation, .. } => {
                *operation
            }
        }
    }

    #[must_use]
    pub const fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Service { kind, .. } => Some(*kind),
            Self::NotSent { .. } | Self::Unknown { .. } => None,
        }
    }

    /// SSM's own words, or why there are none.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Service { message, .. } => message.as_deref(),
            Self::NotSent { why, .. } | Self::Unknown { why, .. } => Some(why),
        }
    }

    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Service { code, .. } => Some(code),
            Self::NotSent { .. } | Self::Unknown { .. } => None,
        }
    }

    /// May the call have taken effect, or still do so?
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Service { kind: ErrorKind::Internal | ErrorKind::UnknownCode, .. })
    }

    /// Was what it should delete gone already?
    #[must_use]
    pub fn is_gone_already(&self) -> bool {
        self.operation() == Operation::Delete && self.kind() == Some(ErrorKind::NotFound)
    }

    /// Is the Region closed to the account: denied by a policy, or not enabled?
    #[must_use]
    pub const fn is_region_closed(&self) -> bool {
        matches!(self.kind(), Some(ErrorKind::AccessDenied { explicit: true } | ErrorKind::Credentials))
    }

    /// The same error with its texts changed.
    #[must_use]
    pub fn map_words(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Service { operation, kind, code, message } => {
                Self::Service { operation, kind, code: change(&code), message: message.as_deref().map(change) }
            }
            Self::NotSent { operation, why } => Self::NotSent { operation, why: change(&why) },
            Self::Unknown { operation, why } => Self::Unknown { operation, why: change(&why) },
        }
    }
}
