//! From DynamoDB's errors to [`TableError`], and which of them are tried again.
//!
//! Must never retry past the deadline. Next: [`crate::reconcile`].

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::warn;

use super::ATTEMPT_TIMEOUT;
use crate::{
    connector,
    policy::{
        TableError,
        wait::{Backoff, WaitReason},
    },
};

/// Retries what may be temporary: throttling, a table out of reach, a role whose policy has not propagated yet.
pub(super) async fn retried<T, F>(deadline: Instant, mut attempt: impl FnMut() -> F) -> Result<T, TableError>
where
    F: Future<Output = Result<T, TableError>>,
{
    let mut last = None;
    let (mut since, mut backoff) = (Instant::now(), Backoff::new(WaitReason::Transient));
    loop {
        let Ok(result) = timeout_at(deadline, attempt()).await else {
            return Err(last.unwrap_or(TableError::NoTime));
        };
        let error = match result {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let Some(reason) = error.retry_reason() else { return Err(error) };
        if backoff.reason() != reason {
            (since, backoff) = (Instant::now(), Backoff::new(reason));
        }
        warn!(step = "Table", outcome = %format!("{error:?}"));
        match backoff.pause(since.elapsed(), fastrand::f64()) {
            Some(pause) if Instant::now() + pause < deadline => sleep(pause).await,
            _ => return Err(error),
        }
        last = Some(error);
    }
}

/// The meaning of an error from DynamoDB or the connection to it.
pub(super) fn table_error<E: ProvideErrorMetadata + std::error::Error + 'static>(
    action: &'static str,
    error: &SdkError<E>,
) -> TableError {
    let service = match error {
        SdkError::ServiceError(service) => service,
        SdkError::ConstructionFailure(_) => return TableError::NotSent { why: connector::why(error) },
        SdkError::DispatchFailure(_) if connector::lacks_credentials(error) => {
            return TableError::NotSent { why: connector::why(error) };
        }
        SdkError::TimeoutError(_) => {
            return TableError::Unreachable { why: format!("no response within {} s", ATTEMPT_TIMEOUT.as_secs()) };
        }
        _ => return TableError::Unreachable { why: connector::why(error) },
    };
    let code = service.err().code().unwrap_or("no code").to_owned();
    let message = service.err().message().unwrap_or_default().to_owned();
    let says = |words: &str| message.to_lowercase().contains(words);
    match code.as_str() {
        // A table or role could have "kms" in its name.
        "AccessDeniedException" if says("kms") && !says("perform: dynamodb:") => TableError::KmsDenied { message },
        "KMSAccessDeniedException" => TableError::KmsDenied { message },
        "AccessDeniedException" => {
            TableError::Denied { action: format!("dynamodb:{action}"), explicit: says("explicit deny"), message }
        }
        "ResourceNotFoundException" => TableError::Missing,
        "ValidationException" if says("item size") => TableError::TooLarge,
        "ValidationException" if says("key") => TableError::WrongKey { message },
        "ThrottlingException" | "ProvisionedThroughputExceededException" | "RequestLimitExceeded" => {
            TableError::Throttled
        }
        "ExpiredTokenException" | "InvalidSignatureException" | "UnrecognizedClientException" => {
            TableError::NotSent { why: format!("{code}, {message}") }
        }
        _ if service.raw().status().is_server_error() => TableError::Failing { operation: action.to_owned(), code },
        _ => TableError::Other { operation: action.to_owned(), code, message },
    }
}
