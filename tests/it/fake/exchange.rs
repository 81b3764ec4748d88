//! What goes over the wire, before any wire: a request, and the ways in which a server can reply.

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

    /// The Region in the credential scope of a `SigV4` signature.
    pub fn region(&self) -> Option<&str> {
        let scope = self.header("authorization")?.split("Credential=").nth(1)?;
        scope.split('/').nth(2)
    }

    /// The body as JSON; as text where it is none.
    pub fn json(&self) -> Value {
        json(&self.body)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn json(&self) -> Value {
        json(&self.body)
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Response(Response),
    /// The response comes, but only after this long.
    Slow {
        response: Response,
        after_ms: u64,
    },
    /// The connection is closed without a response.
    Drop,
    /// The connection stays open without a response, for ever.
    Hang,
}

impl Reply {
    /// The response, for callers that arranged no fault.
    pub fn response(self) -> Response {
        match self {
            Self::Response(response) | Self::Slow { response, .. } => response,
            Self::Drop | Self::Hang => panic!("no response came: {self:?}"),
        }
    }
}

/// Path and query of an absolute URL, byte for byte.
pub fn target_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    &url[path..]
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}
