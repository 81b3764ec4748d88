//! The function's environment, read once.
//!
//! Must never fail: what is missing is reported in the response to each event. Next: [`crate::clock`].

use std::env;

#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub region: Option<String>,
    /// `OWNERSHIP_TABLE`.
    pub table: Option<String>,
    /// `ALLOWED_BUCKETS`: patterns; empty if every bucket is allowed.
    pub allowed_buckets: Vec<String>,
    /// `DOCS_URL`: the address of the troubleshooting page, to which a remedy adds its anchor.
    pub docs_url: Option<String>,
    /// `RESPONSE_URL_EXTRA_HOSTS`.
    pub extra_hosts: Vec<String>,
    /// `AWS_ENDPOINT_URL_SSM` or `AWS_ENDPOINT_URL`. The SDK itself would not treat a blank one as unset.
    pub ssm_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`.
    pub dynamodb_endpoint: Option<String>,
    pub log_group: String,
    pub log_stream: String,
}

impl Settings {
    #[must_use]
    pub fn from_env() -> Self {
        Self::read(|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// A blank variable counts as unset: a template sets a parameter that was left out to an empty string.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let or_empty = |name: &str| text(name).unwrap_or_default();
        let endpoint = |name: &str| text(name).or_else(|| text("AWS_ENDPOINT_URL"));
        Self {
            region: text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")),
            table: text("OWNERSHIP_TABLE"),
            allowed_buckets: elements(&or_empty("ALLOWED_BUCKETS")).map(str::to_owned).collect(),
            docs_url: text("DOCS_URL"),
            extra_hosts: elements(&or_empty("RESPONSE_URL_EXTRA_HOSTS")).map(str::to_ascii_lowercase).collect(),
            ssm_endpoint: endpoint("AWS_ENDPOINT_URL_SSM"),
            dynamodb_endpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
            log_group: or_empty("AWS_LAMBDA_LOG_GROUP_NAME"),
            log_stream: or_empty("AWS_LAMBDA_LOG_STREAM_NAME"),
        }
    }
}

fn elements(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|element| !element.is_empty())
}
