//! What was asked of SSM, what it answered, and what that changed.

use serde_json::{Map, Value};

use super::fault::Op;
use super::sync::Sync;

/// One call, in the order in which SSM got them.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub at_ms: u64,
    pub region: String,
    pub op: Op,
    pub body: Value,
    pub outcome: Outcome,
    /// What the call changed, whether or not its caller was told.
    pub change: Option<Change>,
    /// The answer was held back for so long.
    pub late_ms: u64,
}

impl Call {
    /// The sync that the call names.
    pub fn name(&self) -> Option<&str> {
        self.body["SyncName"].as_str()
    }
}

/// What the caller was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Done(Value),
    Refused(Refusal),
    /// The connection closed.
    Dropped,
    /// Nothing, ever.
    Hung,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: Option<String>,
    /// Members of the error other than its message.
    pub members: Map<String, Value>,
}

impl Refusal {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: Some(message.into()), members: Map::new() }
    }

    /// An error of the service itself.
    pub fn internal() -> Self {
        Self { status: 500, ..Self::new("InternalServerError", "An error occurred on the server side.") }
    }

    pub fn with(mut self, member: &str, value: &str) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    pub fn without_message(self) -> Self {
        Self { message: None, ..self }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Created(Sync),
    Updated { before: Sync, after: Sync },
    Deleted(Sync),
}
