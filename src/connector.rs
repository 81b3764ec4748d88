//! The one HTTP connector: for SSM, for DynamoDB and for the response.
//!
//! Must never use a proxy, which would see the response URL. Next: [`crate::function`].

use std::{error::Error, iter::successors, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

/// The SDK's default, which it would set only on its own connector.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// Built once: it reads the machine's trust roots.
#[must_use]
pub fn connector() -> SharedHttpConnector {
    SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build())
            // Explicit, although it is the default: a proxy would see the response URL.
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

/// The innermost error: "Connection refused", where those around it say "dispatch failure". Never what was sent.
#[must_use]
pub fn why(error: &(dyn Error + 'static)) -> String {
    if lacks_credentials(error) {
        return "no credentials".to_owned();
    }
    layers(error).last().unwrap_or(error).to_string()
}

/// Did the SDK find no credentials, and so send nothing?
#[must_use]
pub fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    layers(error).any(<dyn Error>::is::<CredentialsError>)
}

/// An error and its sources.
pub fn layers<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}
