//! What a process keeps from event to event, and what Lambda says about an invocation.
//!
//! Must never keep anything of an event. Next: [`crate::intent`].

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use time::UtcDateTime;

use crate::{
    messages::{Context, DocsUrl},
    registry::Registry,
    settings::Settings,
    ssm::Ssm,
};

/// What a process keeps from event to event: clients, and no state.
#[derive(Debug)]
pub struct Function {
    pub(crate) settings: Settings,
    pub(crate) docs: DocsUrl,
    pub(crate) ssm: Ssm,
    pub(crate) registry: Registry,
    pub(crate) http: SharedHttpConnector,
    pub(crate) time_of_day: fn() -> UtcDateTime,
}

/// What Lambda says about an invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// When Lambda ends the process.
    pub deadline: UtcDateTime,
    pub request_id: String,
    pub function_arn: String,
}

/// The account and partition that the function runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    pub partition: String,
    pub account: String,
}

impl Own {
    /// From the ARN that was invoked, `arn:aws:lambda:REGION:ACCOUNT:function:NAME`; local tools have none.
    #[must_use]
    pub fn of(function_arn: &str) -> Option<Self> {
        let parts: Vec<&str> = function_arn.split(':').collect();
        match parts[..] {
            ["arn", partition, "lambda", _, account, "function", ..] => {
                Some(Self { partition: partition.to_owned(), account: account.to_owned() })
            }
            _ => None,
        }
    }

    /// As [`Self::of`], with defaults if there is no ARN.
    #[must_use]
    pub fn or_unknown(function_arn: &str) -> Self {
        let unknown = || Self { partition: "aws".to_owned(), account: String::new() };
        Self::of(function_arn).unwrap_or_else(unknown)
    }
}

impl Function {
    #[must_use]
    pub fn new(
        settings: Settings,
        sdk: &SdkConfig,
        http: SharedHttpConnector,
        time_of_day: fn() -> UtcDateTime,
    ) -> Self {
        Self {
            docs: DocsUrl::new(settings.docs_url.as_deref()),
            ssm: Ssm::new(sdk, settings.ssm_endpoint.clone()),
            registry: Registry::new(sdk, settings.table.clone(), settings.dynamodb_endpoint.clone()),
            settings,
            http,
            time_of_day,
        }
    }

    /// What messages need to know besides what failed.
    pub(crate) fn context<'a>(&'a self, own: &'a Own) -> Context<'a> {
        Context {
            partition: &own.partition,
            account: &own.account,
            region: self.settings.region.as_deref().unwrap_or_default(),
            table: self.settings.table.as_deref().unwrap_or_default(),
            resource: "",
            stack_id: "",
            logical_id: "",
            present_name: None,
            is_delete: false,
            docs: &self.docs,
        }
    }
}
