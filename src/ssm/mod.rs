//! SSM's four operations on resource data syncs, in every Region. The only owner of SSM's SDK.
//!
//! A call that changes something is sent once: a hidden retry would bypass the check of the record, and an attempt
//! whose response was lost may have been carried out. List has the SDK's retries. Next: `convert`.

mod convert;
mod error;
mod interceptors;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_config::SdkConfig;
use aws_sdk_ssm::{
    Client,
    config::{self, Builder, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig},
};

use crate::{
    policy::wait::CALL_TIMEOUT,
    sync::{CallError, Config, Listed, Operation, Region, Source, SyncName, SyncType},
};

/// For one listing. SSM has five syncs a Region, so more pages than this are an endless loop.
const PAGES_MAX: usize = 100;

/// SSM in every Region.
#[derive(Debug)]
pub struct Ssm {
    shared: Builder,
    clients: Mutex<HashMap<Region, Client>>,
}

/// SSM in one Region.
#[derive(Clone, Debug)]
pub struct RegionalSsm {
    client: Client,
}

impl Ssm {
    #[must_use]
    pub fn new(sdk: &SdkConfig, endpoint: Option<String>) -> Self {
        let mut shared = Builder::from(sdk)
            .retry_config(RetryConfig::standard())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(CALL_TIMEOUT).build())
            // Bodies are small, and the timeout of the attempt covers them.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        shared.set_endpoint_url(endpoint);
        Self { shared, clients: Mutex::default() }
    }

    /// The client of a Region, made when first needed.
    pub fn in_region(&self, region: &Region) -> RegionalSsm {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            let region = config::Region::new(region.as_str().to_owned());
            Client::from_conf(self.shared.clone().region(region).build())
        });
        RegionalSsm { client: client.clone() }
    }
}

impl RegionalSsm {
    pub async fn create(&self, name: &SyncName, config: &Config) -> Result<(), CallError> {
        let operation = Operation::Create;
        let not_built = |error| error::not_built(operation, &error);
        let call = self.client.create_resource_data_sync().sync_name(name.as_str());
        let call = call.sync_type(config.sync_type().as_str());
        let call = match config {
            Config::ToDestination(destination) => {
                call.s3_destination(convert::write_destination(destination).map_err(not_built)?)
            }
            Config::FromSource(source) => call.sync_source(convert::write_source(source).map_err(not_built)?),
        };
        let mut call = call.customize().config_override(once());
        if let Config::FromSource(Source { enable_all_ops_data_sources: None, .. }) = config {
            call = call.interceptor(interceptors::LeaveOutOpsDataSources);
        }
        let sent = call.send().await;
        sent.map(|_| ()).map_err(|error| error::call_error(operation, &error))
    }

    /// Updates a sync's source. SSM cannot update a `SyncToDestination`.
    pub async fn update(&self, name: &SyncName, source: &Source) -> Result<(), CallError> {
        let operation = Operation::Update;
        let built = convert::write_source(source).map_err(|error| error::not_built(operation, &error))?;
        let call = self.client.update_resource_data_sync().sync_name(name.as_str());
        let call = call.sync_type(SyncType::FromSource.as_str()).sync_source(built);
        let mut call = call.customize().config_override(once());
        if source.enable_all_ops_data_sources.is_none() {
            call = call.interceptor(interceptors::LeaveOutOpsDataSources);
        }
        let sent = call.send().await;
        sent.map(|_| ()).map_err(|error| error::call_error(operation, &error))
    }

    pub async fn delete(&self, name: &SyncName, sync_type: SyncType) -> Result<(), CallError> {
        let call = self.client.delete_resource_data_sync().sync_name(name.as_str()).sync_type(sync_type.as_str());
        let sent = call.customize().config_override(once()).send().await;
        sent.map(|_| ()).map_err(|error| error::call_error(Operation::Delete, &error))
    }

    /// All syncs of a type, from all pages, except items that cannot be read.
    pub async fn list(&self, sync_type: SyncType) -> Result<Vec<Listed>, CallError> {
        let mut listed = Vec::new();
        let mut token = None;
        for _ in 0..PAGES_MAX {
            let call = self.client.list_resource_data_sync().sync_type(sync_type.as_str()).set_next_token(token);
            let sent = call.customize().interceptor(interceptors::SkipUnreadable).send().await;
            let page = sent.map_err(|error| error::call_error(Operation::List, &error))?;
            let items = page.resource_data_sync_items.into_iter().flatten();
            listed.extend(items.filter_map(|item| convert::read_item(item, sync_type)));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(listed);
            }
        }
        let why = format!("the listing did not end within {PAGES_MAX} pages");
        Err(CallError::Unknown { operation: Operation::List, why })
    }
}

fn once() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}
