//! Physical ids: a sync's name, or the mark of a Create that failed.
//!
//! Must never take the mark of a failed Create for a name. Next: [`super::response_url`].

use std::fmt;

use crate::sync::{
    SyncName,
    name::{CREATE_FAILED, NOTHING_CREATED},
};

/// What a physical id says (docs/behavior.md#ownership).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhysicalId {
    /// A sync's name, as `Ref` gives it for the native type.
    Name(SyncName),
    /// The Create with this request id failed and may have left something.
    CreateFailed { request_id: String },
    /// The Create with this request id failed and left nothing.
    NothingCreated { request_id: String },
}

impl PhysicalId {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some(request_id) = text.strip_prefix(CREATE_FAILED) {
            Self::CreateFailed { request_id: request_id.to_owned() }
        } else if let Some(request_id) = text.strip_prefix(NOTHING_CREATED) {
            Self::NothingCreated { request_id: request_id.to_owned() }
        } else {
            Self::Name(text.into())
        }
    }

    /// Does it look like the id that CloudFormation invents when a Create was cancelled or never responded to?
    #[must_use]
    pub fn looks_invented(&self) -> bool {
        let Self::Name(name) = self else { return false };
        name.as_str().rsplit_once('-').is_some_and(|(_, end)| {
            (12..=14).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
    }
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::CreateFailed { request_id } => write!(f, "{CREATE_FAILED}{request_id}"),
            Self::NothingCreated { request_id } => write!(f, "{NOTHING_CREATED}{request_id}"),
        }
    }
}
