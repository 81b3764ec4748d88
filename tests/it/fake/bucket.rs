//! The bucket that CloudFormation's presigned URLs point to: takes exactly what S3 takes.

use hyper::body::Bytes;

use super::call_log::Refusal;
use super::clock::amz_date;
use super::exchange::{Request, header, target};
use super::scramble;

/// CloudFormation takes no longer response.
pub const BODY_BYTES_MAX: usize = 4096;

#[derive(Debug, Default)]
pub struct Bucket {
    /// Take any URL below `/response/`, not only issued ones.
    pub open: bool,
    /// By their targets, the requests of CloudFormation that URLs were issued for.
    issued: Vec<(String, String)>,
    /// Target and body of what was put, in order.
    stored: Vec<(String, Bytes)>,
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
        self.issued.push((target(&url.parse().expect("a URL")).to_owned(), request_id.to_owned()));
        url
    }

    /// The bodies that arrived for a request of CloudFormation; only the first counts.
    pub fn responses(&self, request_id: &str) -> Vec<&[u8]> {
        let is_for = |target: &str| self.issued.iter().any(|(issued, id)| issued == target && id == request_id);
        self.stored.iter().filter(|(target, _)| is_for(target)).map(|(_, body)| &**body).collect()
    }

    /// Refuses what is not the request that was signed.
    pub fn put(&mut self, request: &Request) -> Result<(), Refusal> {
        let target = target(request.uri());
        let is_known =
            self.issued.iter().any(|(issued, _)| issued == target) || (self.open && target.starts_with("/response/"));
        let refused = |status: u16, code: &str| Err(Refusal::new(code, "").status(status));
        if request.method() != "PUT" || !is_known || header(request, "content-type").is_some() {
            return refused(403, "SignatureDoesNotMatch");
        }
        if header(request, "transfer-encoding").is_some() {
            return refused(501, "NotImplemented");
        }
        match header(request, "content-length") {
            None => return refused(411, "MissingContentLength"),
            Some(length) if length.parse() != Ok(request.body().len()) => return refused(400, "IncompleteBody"),
            Some(_) => {}
        }
        self.stored.push((target.to_owned(), request.body().clone()));
        Ok(())
    }
}
