//! What goes over the wire, before any wire: a request, and the four ways in which a server can reply.

use serde_json::Value;

/// One HTTP request, its target byte for byte as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The Region in the credential scope of a `SigV4` signature, else in a `Host` like `ssm.eu-west-1.amazonaws.com`.
    pub fn region(&self) -> Option<&str> {
        let scope = self
            .header("authorization")
            .and_then(|signature| signature.split("Credential=").nth(1))
            .and_then(|credential| credential.split('/').nth(2));
        scope.or_else(|| self.header("host")?.strip_prefix("ssm.")?.split('.').next())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Answer(Answer),
    /// The answer comes, but only after this long.
    Late {
        answer: Answer,
        after_ms: u64,
    },
    /// The connection is closed and nothing is said.
    Drop,
    /// The connection stays open and nothing is said, ever.
    Hang,
}

impl Reply {
    /// The answer, for callers that arranged no fault.
    pub fn answer(self) -> Answer {
        match self {
            Self::Answer(answer) | Self::Late { answer, .. } => answer,
            Self::Drop | Self::Hang => panic!("no answer came: {self:?}"),
        }
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }
}
