//! Why the ownership table can't be used; [`crate::registry`] makes it, [`crate::messages`] puts it into words.
//!
//! Must never ask to wait where waiting does not help. Next: [`super::outcome`].

use super::wait::WaitReason;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// The IAM action that was denied, `dynamodb:GetItem` for one. `explicit`: by a policy that denies.
    Denied {
        action: String,
        explicit: bool,
        message: String,
    },
    /// KMS, behind DynamoDB, does not let the function use the table's key.
    KmsDenied {
        message: String,
    },
    /// The table has another key schema.
    WrongKey {
        message: String,
    },
    Missing,
    /// Throttled until the time ended.
    Throttled,
    /// The record would be larger than the 400 KB of an item.
    TooLarge,
    Unreachable {
        why: String,
    },
    /// DynamoDB returned internal errors until the time ended.
    Failing {
        operation: String,
        code: String,
    },
    /// The time ended before the table responded.
    NoTime,
    /// The SDK did not send the call: credentials or a Region are missing.
    NotSent {
        why: String,
    },
    /// The record was written by a later release.
    NewerFormat {
        format: u64,
    },
    Unreadable {
        why: String,
    },
    /// `OWNERSHIP_TABLE` is not set.
    NoTable,
    Other {
        operation: String,
        code: String,
        message: String,
    },
}

impl TableError {
    /// The reason to wait before another attempt; `None` if waiting does not help.
    #[must_use]
    pub const fn retry_reason(&self) -> Option<WaitReason> {
        match self {
            Self::Throttled | Self::Unreachable { .. } | Self::Failing { .. } => Some(WaitReason::Transient),
            // A role's policy may not have propagated: this is a new stack's first call.
            Self::Denied { explicit: false, .. } | Self::KmsDenied { .. } => Some(WaitReason::Permission),
            Self::Denied { explicit: true, .. }
            | Self::NoTime
            | Self::NotSent { .. }
            | Self::WrongKey { .. }
            | Self::Missing
            | Self::TooLarge
            | Self::NewerFormat { .. }
            | Self::Unreadable { .. }
            | Self::NoTable
            | Self::Other { .. } => None,
        }
    }
}
