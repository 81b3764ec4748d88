//! Every call to SSM, to DynamoDB and to the bucket in one log, in the order in which they came.

use serde_json::{Map, Value};

use super::fault::Op;
use super::sync::Sync;

#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub at_ms: u64,
    pub region: String,
    pub op: Op,
    pub body: Value,
    pub outcome: Outcome,
    /// What the call changed in SSM, whether or not its client heard of it.
    pub change: Option<Change>,
    /// Its client heard nothing earlier; now it is carried out ([`super::fault::FaultKind::DoneLater`]).
    pub is_late: bool,
}

impl Call {
    /// The sync that the call names.
    pub fn name(&self) -> Option<&str> {
        self.body["SyncName"].as_str()
    }
}

/// What the client got.
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

    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
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
