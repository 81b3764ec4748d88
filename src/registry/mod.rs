//! The table of records: reads one, writes one on a condition, and scans them all. The only owner of DynamoDB's SDK.
//!
//! `ledger` and `lease` are how one event uses its record. Must never write unconditionally, nor decide what a record
//! says; that is up to [`crate::policy::record`]. Next: `ledger`.

mod ledger;
mod lease;
mod error;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    config::{StalledStreamProtectionConfig, timeout::TimeoutConfig},
    error::SdkError,
    operation::put_item::PutItemError,
    types::AttributeValue,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use tokio::time::Instant;
use tracing::warn;

use crate::policy::{
    TableError,
    record::{FORMAT, Record},
};

use error::{retried, table_error};

pub use lease::{Lease, Superseded, WriteError};
pub use ledger::{Ledger, TakeError, Taken};

type Item = std::collections::HashMap<String, AttributeValue>;

const KEY: &str = "Resource";
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// What a Scan finds.
#[derive(Debug, Default)]
pub struct Records {
    pub records: Vec<Record>,
    /// There is a record of a later release: what it owns is not known.
    pub newer: Option<TableError>,
}

/// The table of one function.
#[derive(Debug)]
pub struct Registry {
    client: Client,
    table: Option<String>,
}

impl Registry {
    #[must_use]
    pub fn new(sdk: &SdkConfig, table: Option<String>, endpoint: Option<String>) -> Self {
        let mut config = aws_sdk_dynamodb::config::Builder::from(sdk)
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(endpoint);
        Self { client: Client::from_conf(config.build()), table }
    }

    fn table(&self) -> Result<&str, TableError> {
        self.table.as_deref().ok_or(TableError::NoTable)
    }

    /// The record of a resource, by a strong read.
    async fn read(&self, resource: &str) -> Result<Option<Record>, TableError> {
        let key = AttributeValue::S(resource.to_owned());
        let request = self.client.get_item().table_name(self.table()?).key(KEY, key).consistent_read(true);
        let output = request.send().await.map_err(|error| table_error("GetItem", &error))?;
        output.item.map(record).transpose().inspect_err(|error| warn!(step = "Read", outcome = %format!("{error:?}")))
    }

    /// Is there no record of a resource?
    ///
    /// # Errors
    /// When the table can't be used until `deadline`.
    pub async fn is_missing(&self, resource: &str, deadline: Instant) -> Result<bool, TableError> {
        retried(deadline, || self.read(resource)).await.map(|record| record.is_none())
    }

    /// Writes a record if the table still has the version before it. `false`: it does not.
    async fn put(&self, record: &Record) -> Result<bool, TableError> {
        let item: Item = to_item(record).map_err(unreadable)?;
        let request = self.client.put_item().table_name(self.table()?).set_item(Some(item));
        let request = if record.version == 1 {
            request.condition_expression("attribute_not_exists(#r)").expression_attribute_names("#r", KEY)
        } else {
            let before = AttributeValue::N((record.version - 1).to_string());
            request
                .condition_expression("#v = :v")
                .expression_attribute_names("#v", "Version")
                .expression_attribute_values(":v", before)
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(false)
            }
            Err(error) => Err(table_error("PutItem", &error)),
        }
    }

    /// Every record of the table. Items that are no records, or can't be read, are skipped.
    ///
    /// # Errors
    /// When the table can't be used until `deadline`.
    pub async fn all(&self, deadline: Instant) -> Result<Records, TableError> {
        let table = self.table()?;
        let mut all = Records::default();
        let mut start: Option<Item> = None;
        loop {
            let page = retried(deadline, || async {
                let request = self.client.scan().table_name(table).consistent_read(true);
                let request = request.set_exclusive_start_key(start.clone());
                request.send().await.map_err(|error| table_error("Scan", &error))
            })
            .await?;
            for item in page.items.unwrap_or_default() {
                let key = item.get(KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
                match record(item) {
                    Ok(record) => all.records.push(record),
                    Err(error) => {
                        warn!(step = "Scan", outcome = %format!("skipped an item that is not a record: {key}"));
                        all.newer =
                            all.newer.or(Some(error).filter(|error| matches!(error, TableError::NewerFormat { .. })));
                    }
                }
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(all);
            }
        }
    }
}

fn record(item: Item) -> Result<Record, TableError> {
    let format = item.get("Format").and_then(|format| format.as_n().ok()).and_then(|format| format.parse().ok());
    match format {
        Some(format) if format > FORMAT => Err(TableError::NewerFormat { format }),
        _ => from_item(item).map_err(unreadable),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes it so")]
fn unreadable(error: serde_dynamo::Error) -> TableError {
    TableError::Unreadable { why: error.to_string() }
}
