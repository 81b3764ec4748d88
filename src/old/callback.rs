//! The PUT that tells CloudFormation.

use std::{fmt, time::Duration};

use aws_smithy_runtime_api::{client::orchestrator::HttpRequest, http::StatusCode};
use aws_smithy_types::body::SdkBody;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep_until, timeout_at},
};
use tracing::{info, warn};

use crate::{
    response_url::ResponseUrl,
    transport::{Http, is_unreachable},
};

/// One try may take this long, or a third of what is left.
const TRY_TIMEOUT: Duration = Duration::from_secs(5);
const TRY_TIMEOUT_MIN: Duration = Duration::from_millis(150);
/// A refusal that no waiting mends is tried this often.
const REFUSALS_MAX: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// CloudFormation has not been told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTold {
    pub tries: u32,
    pub last: String,
}

impl fmt::Display for NotTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CloudFormation could not be told after {} tries ({}); the event has to be delivered again",
            self.tries, self.last
        )
    }
}

impl std::error::Error for NotTold {}

enum Try {
    Told,
    /// Worth another try: broken, busy, or sent elsewhere.
    Passing(String),
    Refused(String),
}

/// Sends `body` until it is accepted or `deadline` comes. Every try sends the same bytes on a connection of its own,
/// the first on the one that `opening` opens.
///
/// # Errors
/// When no try was accepted.
pub async fn put(
    http: &Http,
    url: &ResponseUrl,
    opening: JoinHandle<()>,
    body: &[u8],
    deadline: Instant,
) -> Result<(), NotTold> {
    let mut opening = Some(opening);
    let mut tries = 0;
    let mut refusals = 0;
    let mut pause = FIRST_PAUSE;
    loop {
        tries += 1;
        let left = deadline.saturating_duration_since(Instant::now());
        let end = deadline.min(Instant::now() + (left / 3).clamp(TRY_TIMEOUT_MIN, TRY_TIMEOUT));
        let opening = opening.take();
        let try_once = async {
            if let Some(opening) = opening {
                let _ = opening.await;
            }
            put_once(http, url, body).await
        };
        let ended = match timeout_at(end, try_once).await {
            Ok(ended) => ended,
            Err(_) => Try::Passing("no answer in time".to_owned()),
        };
        let last = match ended {
            Try::Told => {
                info!(step = "Answer", outcome = "accepted", tries, bytes = body.len());
                return Ok(());
            }
            Try::Passing(last) => last,
            Try::Refused(last) => {
                refusals += 1;
                last
            }
        };
        warn!(step = "Answer", outcome = %last, tries);
        let next = Instant::now() + pause.mul_f64(fastrand::f64().mul_add(0.5, 0.5));
        if refusals >= REFUSALS_MAX || next >= deadline {
            return Err(NotTold { tries, last });
        }
        sleep_until(next).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens the connection that the first try will go by.
pub fn open(http: &Http, url: &ResponseUrl) -> JoinHandle<()> {
    tokio::spawn(http.open(url.uri()))
}

async fn put_once(http: &Http, url: &ResponseUrl, body: &[u8]) -> Try {
    let Ok(request) = http::Request::put(url.uri().clone())
        .header(http::header::CONTENT_LENGTH, body.len())
        // The presigned URL is used once a stack operation: a kept connection would be stale, and this one is not kept.
        .header(http::header::CONNECTION, "close")
        .body(SdkBody::from(body))
    else {
        return Try::Refused("the URL cannot be sent".to_owned());
    };
    let Ok(request) = HttpRequest::try_from(request) else {
        return Try::Refused("the URL cannot be sent".to_owned());
    };
    match http.call(request).await {
        Ok(response) => judge(response.status()),
        // Only the class of the error: its text can hold what was sent.
        Err(error) if error.is_user() => Try::Refused("the request cannot be sent".to_owned()),
        Err(error) if is_unreachable(&error) => Try::Passing("no connection".to_owned()),
        Err(_) => Try::Passing("the connection broke".to_owned()),
    }
}

fn judge(status: StatusCode) -> Try {
    let told = format!("HTTP {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Try::Told,
        300..=399 | 429 | 500..=599 => Try::Passing(told),
        _ => Try::Refused(told),
    }
}
