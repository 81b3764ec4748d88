//! The bucket that CloudFormation's presigned URLs point to: takes exactly what S3 takes, and remembers every request.

use super::clock::amz_date;
use super::exchange::{Answer, Reply, Request};
use super::fault::strikes;
use super::ssm::scramble;

/// CloudFormation takes no longer answer.
pub const BODY_BYTES_MAX: usize = 4096;

#[derive(Debug, Default)]
pub struct Bucket {
    /// Take any URL below `/response/`, not only issued ones.
    pub open: bool,
    /// Every request, in order, with what became of it.
    pub puts: Vec<Put>,
    /// What S3 lets pass and CloudFormation does not.
    pub protests: Vec<String>,
    issued: Vec<Issued>,
    faults: Vec<(BucketFault, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Issued {
    request_id: String,
    target: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    pub at_ms: u64,
    pub request: Request,
    /// The event whose URL it went to.
    pub request_id: Option<String>,
    pub verdict: Verdict,
    /// The bytes are in the bucket, whatever the client was told.
    pub stored: bool,
}

/// What the client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused { status: u16, code: &'static str },
    Dropped,
    Hung,
}

/// Hits the `nth` request and the `times - 1` after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketFault {
    pub nth: u32,
    pub times: u32,
    pub kind: BucketFaultKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketFaultKind {
    /// 503 `SlowDown`.
    Unavailable,
    /// 307 to a place where nothing may ever be put.
    Redirect,
    /// 403 `AccessDenied`, as after the URL's expiry.
    Refuse,
    /// The connection breaks before the bytes are stored.
    Reset,
    /// The connection breaks after the bytes are stored.
    ResetAfter,
    /// Nothing is stored and nothing is ever said.
    Hang,
}

impl BucketFault {
    pub fn first(kind: BucketFaultKind) -> Self {
        Self { nth: 1, times: 1, kind }
    }

    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }
}

impl Bucket {
    /// A presigned URL like those of CloudFormation, below `base` (`https://bucket.s3.amazonaws.com/response`, say). Without
    /// `requested_ms` it carries no `X-Amz-Date`.
    pub fn issue(
        &mut self,
        base: &str,
        stack_id: &str,
        logical_id: &str,
        request_id: &str,
        requested_ms: Option<u64>,
    ) -> String {
        let date = requested_ms.map(amz_date);
        let day = date.as_deref().map_or("20261123", |date| &date[..8]);
        let dated = date.as_deref().map_or_else(String::new, |date| format!("&X-Amz-Date={date}"));
        let serial = self.issued.len() as u64;
        let signature: String = (1..=4).map(|part| format!("{:016x}", scramble(serial * 4 + part))).collect();
        let url = format!(
            "{base}/{}%7C{logical_id}%7C{request_id}?X-Amz-Algorithm=AWS4-HMAC-SHA256{dated}&X-Amz-SignedHeaders=host\
             &X-Amz-Expires=7200&X-Amz-Credential=AKIA6L7Q4OWTEXAMPLE%2F{day}%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Signature={signature}",
            stack_id.replace(':', "%3A"),
        );
        self.issued.push(Issued { request_id: request_id.to_owned(), target: target_of(&url).to_owned() });
        url
    }

    pub fn inject(&mut self, fault: BucketFault) {
        self.faults.push((fault, 0));
    }

    pub fn calm(&mut self) {
        self.faults.clear();
    }

    /// The bodies that arrived for an event, each in the bucket for CloudFormation to see; only the first counts.
    pub fn answers(&self, request_id: &str) -> Vec<&[u8]> {
        self.puts
            .iter()
            .filter(|put| put.stored && put.request_id.as_deref() == Some(request_id))
            .map(|put| put.request.body.as_slice())
            .collect()
    }

    pub fn handle(&mut self, now_ms: u64, request: &Request) -> Reply {
        let request_id =
            self.issued.iter().find(|issued| issued.target == request.target).map(|issued| issued.request_id.clone());
        let known = request_id.is_some() || (self.open && request.target.starts_with("/response/"));
        let fault = self.fault();
        let (verdict, stored) = match (refusal(request, known), fault) {
            (_, Some(BucketFaultKind::Reset)) => (Verdict::Dropped, false),
            (_, Some(BucketFaultKind::Hang)) => (Verdict::Hung, false),
            (_, Some(BucketFaultKind::Unavailable)) => (refused(503, "SlowDown"), false),
            (_, Some(BucketFaultKind::Redirect)) => (refused(307, "TemporaryRedirect"), false),
            (_, Some(BucketFaultKind::Refuse)) => (refused(403, "AccessDenied"), false),
            (Some(refusal), _) => (refusal, false),
            (None, Some(BucketFaultKind::ResetAfter)) => (Verdict::Dropped, true),
            (None, None) => (Verdict::Accepted, true),
        };
        if stored && request.body.len() > BODY_BYTES_MAX {
            let bytes = request.body.len();
            self.protests.push(format!("an answer of {bytes} bytes: CloudFormation takes {BODY_BYTES_MAX}"));
        }
        self.puts.push(Put { at_ms: now_ms, request: request.clone(), request_id, verdict: verdict.clone(), stored });
        reply(&verdict, self.puts.len() as u64)
    }

    fn fault(&mut self) -> Option<BucketFaultKind> {
        let mut hit = None;
        for (fault, count) in &mut self.faults {
            *count += 1;
            if hit.is_none() && strikes(fault.nth, fault.times, *count) {
                hit = Some(fault.kind);
            }
        }
        hit
    }
}

/// What S3 says to a request that is not the one that was signed.
fn refusal(request: &Request, known: bool) -> Option<Verdict> {
    if request.method != "PUT" || !known || request.header("content-type").is_some() {
        return Some(refused(403, "SignatureDoesNotMatch"));
    }
    if request.header("transfer-encoding").is_some() {
        return Some(refused(501, "NotImplemented"));
    }
    match request.header("content-length") {
        None => Some(refused(411, "MissingContentLength")),
        Some(length) if length.parse() == Ok(request.body.len()) => None,
        Some(_) => Some(refused(400, "IncompleteBody")),
    }
}

fn refused(status: u16, code: &'static str) -> Verdict {
    Verdict::Refused { status, code }
}

fn reply(verdict: &Verdict, serial: u64) -> Reply {
    let id = format!("{:016X}", scramble(serial));
    let (status, code) = match verdict {
        Verdict::Accepted => (200, None),
        Verdict::Refused { status, code } => (*status, Some(code)),
        Verdict::Dropped => return Reply::Drop,
        Verdict::Hung => return Reply::Hang,
    };
    let mut headers = vec![("x-amz-request-id", id.clone())];
    if status == 307 {
        headers.push(("location", "/response/elsewhere".to_owned()));
    }
    let body = code.map_or_else(String::new, |code| {
        headers.push(("content-type", "application/xml".to_owned()));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><RequestId>{id}</RequestId></Error>"
        )
    });
    Reply::Answer(Answer { status, headers, body: body.into_bytes() })
}

/// Path and query of an absolute URL, byte for byte.
pub fn target_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    &url[path..]
}
