//! `ResponseURL`: where the response goes, and a secret.
//!
//! Whoever has the URL can respond for us, so nothing may print it: [`ResponseUrl`] shows its host alone, and
//! [`ResponseUrl::redact`] takes it out of texts that others wrote. Next: [`super::hosts`].

use std::{fmt, ops::Range};

use http::{Uri, uri::Scheme};
use percent_encoding::percent_decode_str;
use thiserror::Error;
use time::{Duration, UtcDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::hosts;

/// A URL that the function may respond to.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl {
    uri: Uri,
    /// Must appear in no text.
    secrets: Vec<String>,
}

/// Why the event cannot be responded to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UrlError {
    #[error("The event has no ResponseURL: no response can be sent, and nothing was changed.")]
    Missing,
    #[error("The event's ResponseURL is not a URL: no response can be sent, and nothing was changed.")]
    Malformed,
    /// Neither a host of S3 nor listed in `RESPONSE_URL_EXTRA_HOSTS`.
    #[error(
        "The event's ResponseURL is on {host}, which is not a host of Amazon S3: no response was sent, and nothing was \
         changed. For local runs, list the host in RESPONSE_URL_EXTRA_HOSTS."
    )]
    ForeignHost { host: String },
    #[error("The event's ResponseURL is not https: no response was sent, and nothing was changed.")]
    NotHttps,
}

/// When CloudFormation made a request, as far as the URL shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested {
    /// `X-Amz-Date`, when the URL was signed.
    pub signed_at: Option<UtcDateTime>,
    /// The older signature has only the time at which the URL expires, two hours later.
    pub two_hours_before_expiry: Option<UtcDateTime>,
}

/// A shorter value could be an ordinary word.
const SECRET_CHARS_MIN: usize = 8;
const REDACTED: &str = "[response URL]";
const AMZ_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

impl ResponseUrl {
    /// Reads a URL; `extra_hosts` are those of `RESPONSE_URL_EXTRA_HOSTS`, which plain http may go to.
    ///
    /// # Errors
    /// When it is not a URL that the function may respond to.
    pub fn parse(text: &str, extra_hosts: &[String]) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Missing);
        }
        // The parser would drop a fragment, and the bytes sent would differ from those received.
        if text.contains('#') {
            return Err(UrlError::Malformed);
        }
        let uri: Uri = text.parse().map_err(|_| UrlError::Malformed)?;
        let is_https = uri.scheme() == Some(&Scheme::HTTPS);
        if !is_https && uri.scheme() != Some(&Scheme::HTTP) {
            return Err(UrlError::Malformed);
        }
        let default_port = if is_https { 443 } else { 80 };
        let authority = uri.authority().ok_or(UrlError::Malformed)?;
        let host = authority.host().to_ascii_lowercase();
        // The authority is a host and perhaps a valid port: no user.
        let port = match (authority.as_str().strip_prefix(authority.host()), authority.port_u16()) {
            (Some(""), None) if !host.is_empty() => default_port,
            (Some(_), Some(port)) if !host.is_empty() => port,
            _ => return Err(UrlError::Malformed),
        };
        if !hosts::is_extra(&host, port, extra_hosts) {
            if !hosts::is_s3(&host) || (is_https && port != 443) {
                return Err(UrlError::ForeignHost { host });
            }
            if !is_https {
                return Err(UrlError::NotHttps);
            }
        }
        let secrets = secrets(text, uri.query().unwrap_or_default());
        Ok(Self { uri, secrets })
    }

    #[must_use]
    pub fn requested(&self) -> Requested {
        let value = |name: &str| {
            parameters(self.uri.query().unwrap_or_default())
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        let expires = value("Expires").and_then(|seconds| seconds.parse().ok());
        Requested {
            signed_at: value("X-Amz-Date").and_then(|text| UtcDateTime::parse(text, AMZ_DATE).ok()),
            two_hours_before_expiry: expires
                .and_then(|seconds| UtcDateTime::from_unix_timestamp(seconds).ok())
                .and_then(|expires| expires.checked_sub(Duration::hours(2))),
        }
    }

    /// `text` without the URL, its query, or any secret part of it.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let found = self.secrets.iter().flat_map(|secret| text.match_indices(secret.as_str()));
        let mut places: Vec<Range<usize>> = found.map(|(start, secret)| start..start + secret.len()).collect();
        places.sort_by_key(|place| place.start);
        let mut clean = String::with_capacity(text.len());
        let mut end = 0;
        for place in places {
            if place.start >= end {
                clean.push_str(&text[end..place.start]);
                clean.push_str(REDACTED);
            }
            end = end.max(place.end);
        }
        clean.push_str(&text[end..]);
        clean
    }

    /// The host, with its port if there is one. Nothing else may be shown.
    #[must_use]
    pub fn host(&self) -> &str {
        self.uri.authority().map_or("", http::uri::Authority::as_str)
    }

    /// For the one module that sends the response.
    pub(crate) const fn uri(&self) -> &Uri {
        &self.uri
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseUrl({})", self.host())
    }
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter_map(|pair| pair.split_once('='))
}

/// The URL, its query, and the signature, credential and token in it, both encoded and decoded. A date, a Region or an
/// operation is no secret; redacting it would leave holes in SSM's messages.
fn secrets(url: &str, query: &str) -> Vec<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut secrets = vec![url.to_owned(), query.to_owned()];
    for (name, value) in parameters(query) {
        let name = decoded(name).to_ascii_lowercase();
        // X-Amz-Signature and Signature, X-Amz-Credential, AWSAccessKeyId, X-Amz-Security-Token.
        if ["signature", "credential", "accesskeyid", "token"].iter().any(|secret| name.ends_with(secret)) {
            let value_decoded = decoded(value);
            if name.ends_with("credential") {
                secrets.extend(value_decoded.split('/').next().map(str::to_owned));
            }
            secrets.extend([value.to_owned(), value_decoded]);
        }
    }
    secrets.retain(|secret| secret.len() >= SECRET_CHARS_MIN);
    secrets
}
