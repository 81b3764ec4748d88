//! The process that Lambda starts: settings, one HTTP connector, and the loop that serves events.
//!
//! Must never fail before the first event. Next: the library's own page, [`resource_data_sync`].

use std::{env, process::ExitCode};

use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    retry::RetryConfig,
};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use resource_data_sync::{
    clock::{self, time_of_day},
    connector,
    handler::{Function, Invocation},
    logging,
    settings::Settings,
};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        eprintln!("bootstrap is a Lambda function: start it with Lambda, `sam local invoke` or `cargo sandbox`");
        return ExitCode::from(2);
    }
    logging::init();
    let connector = connector::connector();
    let function = &Function::new(Settings::from_env(), &sdk(&connector).await, connector, time_of_day);
    let served = Runtime::new(service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let invocation = Invocation {
            deadline: clock::deadline(event.context.deadline, time_of_day()),
            request_id: event.context.request_id,
            function_arn: event.context.invoked_function_arn,
        };
        Box::pin(function.handle(&event.payload, &invocation)).await.map_err(Diagnostic::from)
    }))
    .run()
    .await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(step = "Runtime", outcome = %error);
            ExitCode::FAILURE
        }
    }
}

/// Lambda's variables are the only source: if one is missing, the default chains would ask for instance metadata.
async fn sdk(connector: &SharedHttpConnector) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(connector::client(connector))
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .region(EnvironmentVariableRegionProvider::new())
        // Explicit, although it is the default: an invalid environment variable would end the process.
        .retry_config(RetryConfig::standard())
        .load()
        .await
}
