//! From the SDK's errors to [`CallError`]: first whether SSM responded at all, then what its code means.
//!
//! Must never call something not done that may have been. Next: `interceptors`.

use std::error::Error as StdError;

use aws_sdk_ssm::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::{client::result::ConnectorError, http::Response};
use hyper_util::client::legacy;

use crate::{
    connector,
    policy::wait::CALL_TIMEOUT,
    sync::{CallError, ErrorKind, Operation},
};

/// A request that lacks something required: never sent.
pub(super) fn not_built(operation: Operation, error: &BuildError) -> CallError {
    CallError::NotSent { operation, why: error.to_string() }
}

pub(super) fn call_error<E>(operation: Operation, error: &SdkError<E, Response>) -> CallError
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let code = context.err().code().map_or_else(|| format!("HTTP {status}"), str::to_owned);
            let message = context.err().message().filter(|message| !message.is_empty());
            let kind = kind(&code, message.unwrap_or_default(), status);
            CallError::Service { operation, kind, code, message: message.map(str::to_owned) }
        }
        // No code: something in between responded, not SSM.
        SdkError::ResponseError(context) if !context.raw().status().is_success() => {
            let status = context.raw().status().as_u16();
            let code = format!("HTTP {status}");
            CallError::Service { operation, kind: kind(&code, "", status), code, message: None }
        }
        SdkError::ResponseError(_) => {
            CallError::Unknown { operation, why: "the response could not be read".to_owned() }
        }
        SdkError::TimeoutError(_) => {
            CallError::Unknown { operation, why: format!("no response within {} s", CALL_TIMEOUT.as_secs()) }
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) if is_before_sending(error) => CallError::NotSent { operation, why: connector::why(error) },
            _ => CallError::Unknown { operation, why: connector::why(error) },
        },
        SdkError::ConstructionFailure(_) => CallError::NotSent { operation, why: connector::why(error) },
        _ => CallError::Unknown { operation, why: connector::why(error) },
    }
}

/// No connection came about, or the SDK had no credentials and never came to HTTP.
fn is_before_sending(error: &ConnectorError) -> bool {
    match connector::layers(error).find_map(|error| error.downcast_ref::<legacy::Error>()) {
        Some(error) => error.is_connect(),
        None => error.is_other() && error.as_other().is_none(),
    }
}

/// By code. The status decides only if the code is unknown.
fn kind(code: &str, message: &str, status: u16) -> ErrorKind {
    match code {
        "ResourceDataSyncAlreadyExistsException" => ErrorKind::NameExists,
        "ResourceDataSyncCountExceededException" => ErrorKind::CountExceeded,
        "ResourceDataSyncNotFoundException" => ErrorKind::NotFound,
        "ResourceDataSyncInvalidConfigurationException" if message.contains("S3 write failed for bucket") => {
            ErrorKind::BucketNotReady
        }
        // The token of a listing whose pages took too long.
        "ResourceDataSyncConflictException" | "InvalidNextToken" => ErrorKind::Transient,
        _ if is_throttling(code) => ErrorKind::Transient,
        "AccessDenied" | "AccessDeniedException" | "NotAuthorized" | "UnauthorizedOperation" => {
            ErrorKind::AccessDenied { explicit: message.contains("explicit deny") }
        }
        "AuthFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "InvalidClientTokenIdException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "OptInRequired"
        | "UnrecognizedClientException" => ErrorKind::Credentials,
        "InvalidAction" | "UnknownOperation" | "UnknownOperationException" => ErrorKind::Unsupported,
        // The service may have acted and been too late to say so, despite the 4xx.
        "RequestAbortedException" | "RequestTimeout" | "RequestTimeoutException" => ErrorKind::Internal,
        "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "MalformedHttpRequestException"
        | "RequestEntityTooLargeException"
        | "RequestExpired"
        | "ResourceDataSyncInvalidConfigurationException"
        | "SerializationException"
        | "SignatureDoesNotMatch"
        | "ValidationError"
        | "ValidationException" => ErrorKind::Refused,
        _ if status == 501 => ErrorKind::Unsupported,
        _ if status >= 500 => ErrorKind::Internal,
        _ => ErrorKind::UnknownCode,
    }
}

/// The codes that AWS's SDKs treat as throttling.
fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "BandwidthLimitExceeded"
            | "EC2ThrottledException"
            | "LimitExceededException"
            | "PriorRequestNotComplete"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
            | "TransactionInProgressException"
    )
}
