//! The PUT that brings a response to CloudFormation.
//!
//! Must never send other bytes in a second attempt, nor follow a redirect. Next: [`crate::connector`].

use std::time::Duration;

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use http::header;
use http_body_util::{BodyExt as _, Limited};
use lambda_runtime::Diagnostic;
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{info, warn};

use crate::{
    cloudformation::{ResponseUrl, TooLong, UrlError},
    connector::why,
    policy::wait::{Backoff, WaitReason},
};

/// An attempt may take this long, or a third of what is left.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT_MIN: Duration = Duration::from_millis(150);
/// A refusal (4xx) is final after this many.
const REFUSALS_MAX: u32 = 3;
const ERROR_BODY_BYTES_MAX: usize = 65_536;

/// CloudFormation has no response. The invocation ends in this error, so that Lambda delivers the event again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoResponse {
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error(transparent)]
    NotDelivered(#[from] NotDelivered),
    #[error("Another invocation serves this event at the same time and responds to it.")]
    ServedElsewhere,
}

impl From<NoResponse> for Diagnostic {
    fn from(error: NoResponse) -> Self {
        let error_type = match &error {
            NoResponse::Url(UrlError::Missing) => "NoResponseUrl",
            NoResponse::Url(_) => "ResponseUrlRefused",
            NoResponse::TooLong(_) => "ResponseTooLong",
            NoResponse::NotDelivered(_) => "ResponseNotDelivered",
            NoResponse::ServedElsewhere => "ServedElsewhere",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// No attempt was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "The response was not delivered after {attempts} attempt{} ({host}: {last}).",
    if *attempts == 1 { "" } else { "s" }
)]
pub struct NotDelivered {
    pub attempts: u32,
    pub host: String,
    pub last: Failure,
}

/// How an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// `code` is the `<Code>` of S3.
    #[error("HTTP {status}{}", code.as_ref().map(|code| format!(", {code}")).unwrap_or_default())]
    Status { status: u16, code: Option<String> },
    #[error("{0}")]
    Nothing(String),
}

impl Failure {
    /// Is it an error that waiting does not mend?
    const fn is_refusal(&self) -> bool {
        matches!(self, Self::Status { status: 400..=428 | 430..=499, .. })
    }
}

/// Sends `body` until it is accepted or `deadline` comes. Every attempt sends the same bytes on its own connection.
///
/// # Errors
/// When no attempt was accepted.
pub async fn put(
    http: &SharedHttpConnector,
    url: &ResponseUrl,
    body: &[u8],
    deadline: Instant,
) -> Result<(), NotDelivered> {
    let mut backoff = Backoff::new(WaitReason::Transient);
    let (mut attempts, mut refusals) = (0, 0);
    loop {
        attempts += 1;
        let left = deadline.saturating_duration_since(Instant::now());
        let end = Instant::now() + (left / 3).clamp(ATTEMPT_TIMEOUT_MIN, ATTEMPT_TIMEOUT);
        let Err(last) = attempt(http, url, body, end.min(deadline)).await else {
            info!(step = "Deliver", outcome = "accepted", attempts, bytes = body.len());
            return Ok(());
        };
        warn!(step = "Deliver", outcome = %last, attempts);
        refusals += u32::from(last.is_refusal());
        let left = deadline.saturating_duration_since(Instant::now());
        let pause = backoff.pause(Duration::ZERO, fastrand::f64()).unwrap_or_default().min(left / 4);
        if refusals >= REFUSALS_MAX || left.saturating_sub(pause) < ATTEMPT_TIMEOUT_MIN {
            return Err(NotDelivered { attempts, host: url.host().to_owned(), last });
        }
        sleep(pause).await;
    }
}

async fn attempt(http: &SharedHttpConnector, url: &ResponseUrl, body: &[u8], end: Instant) -> Result<(), Failure> {
    let request = http::Request::put(url.uri().clone())
        .header(header::CONTENT_LENGTH, body.len())
        // A connection that is kept would be stale by the next event.
        .header(header::CONNECTION, "close")
        .body(SdkBody::from(body));
    let Some(request) = request.ok().and_then(|request| HttpRequest::try_from(request).ok()) else {
        return Err(Failure::Nothing("the URL cannot be sent".to_owned()));
    };
    let response = match timeout_at(end, http.call(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(Failure::Nothing(url.redact(&why(&error)))),
        Err(_) => return Err(Failure::Nothing("no response in time".to_owned())),
    };
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let code = timeout_at(end, error_code(response)).await.ok().flatten();
    Err(Failure::Status { status: status.as_u16(), code })
}

/// The `<Code>` of S3's error, which says more than the status.
async fn error_code(response: HttpResponse) -> Option<String> {
    let body = Limited::new(response.into_body(), ERROR_BODY_BYTES_MAX).collect().await.ok()?.to_bytes();
    let text = String::from_utf8_lossy(&body);
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    let is_code = (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then(|| code.to_owned())
}
