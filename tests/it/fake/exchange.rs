//! What goes over the wire, before any wire: a request, and the ways in which a server can reply.

use http::Uri;
use hyper::body::Bytes;
use serde_json::Value;

pub type Request = http::Request<Bytes>;
pub type Response = http::Response<Bytes>;

/// What becomes of a request.
#[derive(Debug)]
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

pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Path and query, byte for byte.
pub fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}

/// A body as JSON; as text where it is none.
pub fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}
