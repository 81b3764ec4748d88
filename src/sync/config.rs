//! The configuration of a sync: its destination or its source.
//!
//! Must never change how it is stored: records of earlier releases are read. Next: [`super::difference`].

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

/// SSM's two types of sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncType {
    ToDestination,
    FromSource,
}

impl SyncType {
    pub const ALL: [Self; 2] = [Self::ToDestination, Self::FromSource];

    /// As SSM writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToDestination => "SyncToDestination",
            Self::FromSource => "SyncFromSource",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sync_type| sync_type.as_str() == text)
    }
}

impl fmt::Display for SyncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Everything about a sync but its name. Its JSON is the property, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Config {
    #[serde(rename = "S3Destination")]
    ToDestination(Destination),
    #[serde(rename = "SyncSource")]
    FromSource(Source),
}

/// `S3Destination`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Destination {
    pub bucket_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    pub sync_format: String,
    pub region: String,
    #[serde(rename = "AWSKMSKeyARN", default, skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    /// `DestinationDataSharing.DestinationDataSharingType`, which List does not show.
    #[serde(rename = "DestinationDataSharing", default, skip_serializing_if = "Option::is_none", with = "sharing")]
    pub destination_data_sharing_type: Option<String>,
}

/// `SyncSource`. Lists are sets, since SSM returns them in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Source {
    pub source_type: String,
    #[serde(rename = "AwsOrganizationsSource", default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    pub source_regions: BTreeSet<String>,
    #[serde(default)]
    pub include_future_regions: bool,
    /// `None`: not sent, so SSM decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_all_ops_data_sources: Option<bool>,
}

/// `AwsOrganizationsSource`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Organization {
    pub organization_source_type: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub organizational_units: BTreeSet<String>,
}

impl Config {
    #[must_use]
    pub const fn sync_type(&self) -> SyncType {
        match self {
            Self::ToDestination(_) => SyncType::ToDestination,
            Self::FromSource(_) => SyncType::FromSource,
        }
    }

    /// The same bucket, or type of source: the least that a sync of ours must have.
    #[must_use]
    pub fn has_target_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ToDestination(a), Self::ToDestination(b)) => a.bucket_name == b.bucket_name,
            (Self::FromSource(a), Self::FromSource(b)) => a.source_type == b.source_type,
            _ => false,
        }
    }

    /// The bucket or the source, in a few words.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::ToDestination(Destination { bucket_name, prefix: Some(prefix), region, .. }) => {
                format!("bucket {bucket_name}/{} in {region}", prefix.trim_matches('/'))
            }
            Self::ToDestination(Destination { bucket_name, region, .. }) => format!("bucket {bucket_name} in {region}"),
            Self::FromSource(Source { source_type, organization: Some(organization), .. }) => {
                format!("source {source_type}, {}", organization.organization_source_type)
            }
            Self::FromSource(Source { source_type, .. }) => format!("source {source_type}"),
        }
    }
}

/// `{"DestinationDataSharingType": …}`
mod sharing {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Sharing {
        destination_data_sharing_type: String,
    }

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(sharing: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
        let block = sharing.clone().map(|destination_data_sharing_type| Sharing { destination_data_sharing_type });
        block.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        let block = Option::<Sharing>::deserialize(deserializer)?;
        Ok(block.map(|sharing| sharing.destination_data_sharing_type))
    }
}
