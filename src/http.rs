//! The one HTTP connector: for SSM, for DynamoDB and for the response.

use std::{error::Error, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

/// As long as the SDK waits by default. It would set that on a connector of its own.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// Built once: it reads the machine's trust roots.
#[must_use]
pub fn connector() -> SharedHttpConnector {
    SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build())
            // Said although it is the default: a proxy would see the response URL.
            .proxy_config(ProxyConfig::disabled())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build(),
    )
}

/// The same connector for the SDK's clients.
#[must_use]
pub fn client(connector: &SharedHttpConnector) -> SharedHttpClient {
    let connector = connector.clone();
    http_client_fn(move |_, _| connector.clone())
}

/// The innermost reason: "Connection refused", where the errors around it say "dispatch failure". Never what was sent.
#[must_use]
pub fn why(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    loop {
        if cause.is::<CredentialsError>() {
            return "no credentials".to_owned();
        }
        match cause.source() {
            Some(source) => cause = source,
            None => return cause.to_string(),
        }
    }
}
