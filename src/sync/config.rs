//! What a sync does: its configuration, and how two of them differ.

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

    /// SSM's word for it.
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

/// Everything about a sync but its name. As JSON it is the block of `CreateResourceDataSync` that carries it.
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
    /// `DestinationDataSharing.DestinationDataSharingType`, which SSM keeps and List does not show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_data_sharing_type: Option<String>,
}

/// `SyncSource`. Lists are sets: SSM gives them in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Source {
    pub source_type: String,
    #[serde(rename = "AwsOrganizationsSource", default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    pub source_regions: BTreeSet<String>,
    #[serde(default)]
    pub include_future_regions: bool,
    /// Left out: not sent, SSM decides.
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

/// One field in which two configurations differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path of the property.
    pub field: &'static str,
    pub wanted: String,
    pub found: String,
    /// `UpdateResourceDataSync` can change it; otherwise only another sync can.
    pub is_updatable: bool,
}

const PREFIX: &str = "S3Destination.Prefix";
const KEY: &str = "S3Destination.AWSKMSKeyARN";
const SHARING: &str = "S3Destination.DestinationDataSharing";
const SOURCE_REGIONS: &str = "SyncSource.SourceRegions";
const OPS_DATA_SOURCES: &str = "SyncSource.EnableAllOpsDataSources";

/// A field as text, by the path of its property.
struct Field {
    path: &'static str,
    /// `None` where it is left out.
    value: Option<String>,
    is_updatable: bool,
}

impl Config {
    #[must_use]
    pub const fn sync_type(&self) -> SyncType {
        match self {
            Self::ToDestination(_) => SyncType::ToDestination,
            Self::FromSource(_) => SyncType::FromSource,
        }
    }

    /// Same bucket, or same type of source: what another client's sync of the name would hardly share.
    #[must_use]
    pub fn has_target_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ToDestination(a), Self::ToDestination(b)) => a.bucket_name == b.bucket_name,
            (Self::FromSource(a), Self::FromSource(b)) => a.source_type == b.source_type,
            _ => false,
        }
    }

    /// Each field in which what is listed does not agree with what is asked for. SSM lists in words of its own, and what
    /// it is known to reword is no difference (docs/behavior.md#agreement).
    #[must_use]
    pub fn differences(&self, listed: &Self) -> Vec<Difference> {
        let mut differences = self.compare(listed);
        differences.retain(|difference| !self.is_reworded(listed, difference.field));
        differences
    }

    /// Each field in which what is asked for has changed since `recorded` was, where List would not show it.
    #[must_use]
    pub fn hidden_differences(&self, listed: &Self, recorded: &Self) -> Vec<Difference> {
        let is_shown_otherwise = |field: &str| self.compare(listed).iter().any(|difference| difference.field == field);
        let mut differences = self.compare(recorded);
        differences.retain(|Difference { field, .. }| match *field {
            SHARING | OPS_DATA_SOURCES => self.is_reworded(listed, field),
            KEY | SOURCE_REGIONS => self.is_reworded(listed, field) && is_shown_otherwise(field),
            _ => false,
        });
        differences
    }

    /// Each field in which two configurations differ, to the letter.
    fn compare(&self, other: &Self) -> Vec<Difference> {
        let (wanted, found) = match (self, other) {
            (Self::ToDestination(a), Self::ToDestination(b)) => (Vec::from(a.fields()), Vec::from(b.fields())),
            (Self::FromSource(a), Self::FromSource(b)) => (Vec::from(a.fields()), Vec::from(b.fields())),
            _ => (vec![self.type_field()], vec![other.type_field()]),
        };
        let differing = wanted.into_iter().zip(found).filter(|(wanted, found)| wanted.value != found.value);
        differing
            .map(|(Field { path: field, value: wanted, is_updatable }, found)| Difference {
                field,
                wanted: wanted.unwrap_or_else(|| "none".to_owned()),
                found: found.value.unwrap_or_else(|| "none".to_owned()),
                is_updatable,
            })
            .collect()
    }

    /// May List show this field otherwise than it was asked for, and mean the same?
    fn is_reworded(&self, listed: &Self, field: &str) -> bool {
        match (self, listed) {
            (Self::ToDestination(asked), Self::ToDestination(listed)) => match field {
                PREFIX => asked.plain_prefix() == listed.plain_prefix(),
                KEY => is_alias_and_id(asked.kms_key_arn.as_deref(), listed.kms_key_arn.as_deref()),
                SHARING => listed.destination_data_sharing_type.is_none(),
                _ => false,
            },
            (Self::FromSource(asked), Self::FromSource(listed)) => match field {
                // SSM adds the Regions that come online.
                SOURCE_REGIONS => {
                    asked.include_future_regions && asked.source_regions.is_subset(&listed.source_regions)
                }
                // SSM turns it on for an organization, whatever was asked.
                OPS_DATA_SOURCES => asked.organization.is_some(),
                _ => false,
            },
            _ => false,
        }
    }

    fn type_field(&self) -> Field {
        field("SyncType", self.sync_type().as_str(), false)
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

// The patterns name every field, so that the compiler asks about a new one.
impl Destination {
    fn fields(&self) -> [Field; 6] {
        let Self { bucket_name, prefix, sync_format, region, kms_key_arn, destination_data_sharing_type } = self;
        let optional = |path, value: &Option<String>| Field { path, value: value.clone(), is_updatable: false };
        [
            field("S3Destination.BucketName", bucket_name, false),
            optional(PREFIX, prefix),
            field("S3Destination.SyncFormat", sync_format, false),
            field("S3Destination.Region", region, false),
            optional(KEY, kms_key_arn),
            optional(SHARING, destination_data_sharing_type),
        ]
    }

    fn plain_prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or_default().trim_matches('/')
    }
}

impl Source {
    fn fields(&self) -> [Field; 6] {
        let Self { source_type, organization, source_regions, include_future_regions, enable_all_ops_data_sources } =
            self;
        let list = |set: &BTreeSet<String>| set.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let (kind, units) = match organization {
            Some(Organization { organization_source_type, organizational_units }) => {
                (organization_source_type.as_str(), list(organizational_units))
            }
            None => ("none", String::new()),
        };
        let ops_data_sources = enable_all_ops_data_sources.unwrap_or(organization.is_some());
        [
            field("SyncSource.SourceType", source_type, false),
            field("SyncSource.AwsOrganizationsSource.OrganizationSourceType", kind, false),
            field("SyncSource.AwsOrganizationsSource.OrganizationalUnits", units, true),
            field(SOURCE_REGIONS, list(source_regions), true),
            field("SyncSource.IncludeFutureRegions", include_future_regions.to_string(), true),
            field(OPS_DATA_SOURCES, ops_data_sources.to_string(), true),
        ]
    }
}

fn field(path: &'static str, value: impl Into<String>, is_updatable: bool) -> Field {
    Field { path, value: Some(value.into()), is_updatable }
}

/// SSM may list a key's id for its alias: then the Region and account are the same.
fn is_alias_and_id(asked: Option<&str>, listed: Option<&str>) -> bool {
    let parts = |arn: &str| {
        let place = |(place, _): (&str, &str)| place.to_owned();
        (arn.split_once(":alias/").map(place), arn.split_once(":key/").map(place))
    };
    match (asked.map(parts), listed.map(parts)) {
        (Some((Some(of_alias), _)), Some((_, Some(of_id)))) | (Some((_, Some(of_id))), Some((Some(of_alias), _))) => {
            of_alias == of_id
        }
        _ => false,
    }
}
