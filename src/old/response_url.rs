//! `ResponseURL`: where the answer goes, and a secret.
//!
//! Whoever has the URL can answer for us, so no code path can print it: [`ResponseUrl`] shows its host alone, and
//! [`ResponseUrl::redact`] takes it out of texts that others wrote.

use std::fmt;

use http::Uri;

use crate::time::Timestamp;

/// A URL that we may answer to.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl {
    uri: Uri,
    /// The URL, its query, and the values in it: what may stand in no text. The whole before its parts.
    secrets: Vec<String>,
}

/// Why there is nowhere to answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlFault {
    Missing,
    Malformed,
    /// Neither AWS's nor listed in `RESPONSE_URL_EXTRA_HOSTS`.
    ForeignHost,
    /// Plain `http` to a host of AWS.
    NotHttps,
}

impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the event has no ResponseURL, so nobody can be answered and nothing was changed",
            Self::Malformed => {
                "the event's ResponseURL is not a URL, so nobody can be answered and nothing was changed"
            }
            Self::ForeignHost => {
                "the event's ResponseURL is not on a host of AWS, so it was not answered and nothing was changed \
                 (for local runs, list the host in RESPONSE_URL_EXTRA_HOSTS)"
            }
            Self::NotHttps => "the event's ResponseURL is not https, so it was not answered and nothing was changed",
        })
    }
}

impl std::error::Error for UrlFault {}

/// AWS's own domains, one or more a partition.
const AWS_DOMAINS: [&str; 8] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws",
];

/// A value of the query shorter than this is too common to be taken out of texts.
const SECRET_CHARS_MIN: usize = 8;

impl ResponseUrl {
    /// Reads a URL; `extra_hosts` are those of `RESPONSE_URL_EXTRA_HOSTS`, with or without a port.
    ///
    /// # Errors
    /// When there is no URL that we would answer to.
    pub fn parse(text: &str, extra_hosts: &[String]) -> Result<Self, UrlFault> {
        if text.is_empty() {
            return Err(UrlFault::Missing);
        }
        // A fragment would be dropped by the parser, so that other bytes would go out than came in.
        if text.contains('#') {
            return Err(UrlFault::Malformed);
        }
        let uri: Uri = text.parse().map_err(|_| UrlFault::Malformed)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(UrlFault::Malformed);
        };
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(UrlFault::Malformed);
        }
        let host = authority.host().to_ascii_lowercase();
        let host_and_port = authority.as_str().to_ascii_lowercase();
        let listed = extra_hosts.iter().any(|extra| *extra == host || *extra == host_and_port);
        let aws = AWS_DOMAINS
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')));
        match scheme {
            "https" if listed => {}
            "http" if listed => {}
            "https" if aws && matches!(authority.port_u16(), None | Some(443)) => {}
            "http" if aws => return Err(UrlFault::NotHttps),
            "http" | "https" => return Err(UrlFault::ForeignHost),
            _ => return Err(UrlFault::Malformed),
        }
        let secrets = secrets(text, uri.query().unwrap_or_default());
        Ok(Self { uri, secrets })
    }

    /// The hosts in a setting of `RESPONSE_URL_EXTRA_HOSTS`.
    #[must_use]
    pub fn extra_hosts(setting: &str) -> Vec<String> {
        setting.split(',').map(|host| host.trim().to_ascii_lowercase()).filter(|host| !host.is_empty()).collect()
    }

    /// When CloudFormation made the request: the `X-Amz-Date` that the URL was signed at.
    #[must_use]
    pub fn requested(&self) -> Option<Timestamp> {
        self.parameters()
            .find(|(name, _)| name.eq_ignore_ascii_case("X-Amz-Date"))
            .and_then(|(_, value)| Timestamp::from_basic(value))
    }

    /// `text` without the URL, its query, or any value in it.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        const INSTEAD: &str = "[response URL]";
        let mut clean = text.to_owned();
        for secret in &self.secrets {
            // Most texts quote nothing; one that is shorter cannot.
            if secret.len() <= clean.len() && clean.contains(secret.as_str()) {
                clean = clean.replace(secret.as_str(), INSTEAD);
            }
        }
        clean
    }

    /// For the one module that sends the answer.
    pub(crate) const fn uri(&self) -> &Uri {
        &self.uri
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        parameters(self.uri.query().unwrap_or_default())
    }
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter_map(|pair| pair.split_once('='))
}

fn secrets(url: &str, query: &str) -> Vec<String> {
    let mut secrets = vec![url.to_owned()];
    if !query.is_empty() {
        secrets.push(query.to_owned());
    }
    for (_, value) in parameters(query) {
        for secret in [value.to_owned(), percent_decoded(value)] {
            let common = secret.len() < SECRET_CHARS_MIN || secret.eq_ignore_ascii_case("AWS4-HMAC-SHA256");
            if !common && !secrets.contains(&secret) {
                secrets.push(secret);
            }
        }
    }
    secrets
}

/// Shows the host and nothing else.
impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseUrl({})", self.uri.host().unwrap_or_default())
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/s/1%7CSync%7C2?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261123T080854Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=AKIAEXAMPLEEXAMPLE12%2F20261123%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0123456789abcdef0123456789abcdef";

    #[test]
    fn the_urls_that_are_answered_and_those_that_are_not() {
        let extra = ResponseUrl::extra_hosts(" 127.0.0.1, localhost:9000 ,,[::1]");
        let check = |url: &str| ResponseUrl::parse(url, &extra).map(|_| ());
        for url in [
            REAL,
            "https://b.s3.cn-north-1.amazonaws.com.cn/x?y",
            "https://b.s3.us-iso-east-1.c2s.ic.gov/x",
            "https://b.s3.us-isob-east-1.sc2s.sgov.gov/x",
            "https://b.s3.eu-isoe-west-1.cloud.adc-e.uk/x",
            "https://b.s3.us-isof-south-1.csp.hci.ic.gov/x",
            "https://b.s3.eusc-de-east-1.amazonaws.eu/x",
            "https://B.S3.AMAZONAWS.COM:443/x",
            "http://127.0.0.1:8080/x",
            "http://localhost:9000/x",
            "https://127.0.0.1/x",
            "http://[::1]:1/x",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for (url, fault) in [
            ("", UrlFault::Missing),
            ("nonsense", UrlFault::Malformed),
            ("https://", UrlFault::Malformed),
            ("ftp://b.s3.amazonaws.com/x", UrlFault::Malformed),
            ("https://s3.amazonaws.com@example.com/x", UrlFault::Malformed),
            ("https://user:password@b.s3.amazonaws.com/x", UrlFault::Malformed),
            ("https://b.s3.amazonaws.com/x#y", UrlFault::Malformed),
            ("https://b.s3.amazonaws.com /x", UrlFault::Malformed),
            ("https://amazonaws.com.example.com/x", UrlFault::ForeignHost),
            ("https://evilamazonaws.com/x", UrlFault::ForeignHost),
            ("https://amazonaws.com/x", UrlFault::ForeignHost),
            ("https://.amazonaws.com/x", UrlFault::ForeignHost),
            ("https://b.s3.amazonaws.com:8443/x", UrlFault::ForeignHost),
            ("https://example.com/?amazonaws.com", UrlFault::ForeignHost),
            ("http://localhost:9001/x", UrlFault::ForeignHost),
            ("http://b.s3.amazonaws.com/x", UrlFault::NotHttps),
        ] {
            assert_eq!(check(url), Err(fault), "{url}");
        }
    }

    #[test]
    fn the_time_of_the_request_is_the_time_of_the_signature() {
        let at = |url: &str| ResponseUrl::parse(url, &[]).unwrap().requested();
        assert_eq!(at(REAL), Timestamp::from_basic("20261123T080854Z"));
        assert_eq!(at("https://b.s3.amazonaws.com/x"), None);
        assert_eq!(at("https://b.s3.amazonaws.com/x?X-Amz-Date=soon"), None);
    }

    #[test]
    fn no_part_of_the_query_survives_in_a_text_or_in_debug() {
        let url = ResponseUrl::parse(REAL, &[]).unwrap();
        let query = REAL.split_once('?').unwrap().1;
        for quote in [
            REAL.to_owned(),
            query.to_owned(),
            "0123456789abcdef0123456789abcdef".into(),
            "AKIAEXAMPLEEXAMPLE12/20261123/eu-west-1/s3/aws4_request".into(),
        ] {
            let clean = url.redact(&format!("SSM said «{quote}»."));
            assert_eq!(clean, "SSM said «[response URL]».");
        }
        assert_eq!(
            format!("{url:?}"),
            "ResponseUrl(cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com)"
        );
    }
}
