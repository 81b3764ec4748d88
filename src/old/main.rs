//! The process that Lambda starts: settings, one HTTP stack, and the loop that serves events.

use std::{env, process::ExitCode};

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use resource_data_sync::{
    clock::{self, time_of_day},
    handler::{Function, Settings},
    logging,
    response_url::ResponseUrl,
    ssm::Ssm,
    transport::Http,
};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        eprintln!(
            "bootstrap is a Lambda function: it is started by Lambda, by `sam local invoke`, \
             or by `cargo run --example sandbox`"
        );
        return ExitCode::from(2);
    }
    logging::init();
    let function = function();
    function.prepare().await;
    let function = &function;
    let served = Runtime::new(service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let deadline = clock::deadline(event.context.deadline, time_of_day());
        function
            .handle(&event.payload, deadline)
            .await
            .map_err(|untold| lambda_runtime::Error::from(untold.to_string()))
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

fn function() -> Function {
    let text = |name: &str| env::var(name).unwrap_or_default();
    let region = Some(text("AWS_REGION")).filter(|region| !region.is_empty());
    let settings = Settings {
        region: region.clone(),
        extra_hosts: ResponseUrl::extra_hosts(&text("RESPONSE_URL_EXTRA_HOSTS")),
        log_group: text("AWS_LAMBDA_LOG_GROUP_NAME"),
        log_stream: text("AWS_LAMBDA_LOG_STREAM_NAME"),
    };
    // One for SSM and for the answer: each would parse the trust roots again.
    let http = Http::new(time_of_day);
    let ssm = Ssm::new(Ssm::settings(http.client(), region));
    Function::new(settings, ssm, http, time_of_day)
}
