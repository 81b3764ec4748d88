//! How what is listed, or was asked for before, differs from what is asked for.

use std::collections::BTreeSet;

use super::config::{Config, Destination, Organization, Source};

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
    /// Each field in which what is listed does not agree with what is asked for. SSM lists in words of its own, and what
    /// it is known to reword is no difference (docs/behavior.md#agreement).
    #[must_use]
    pub fn differences(&self, listed: &Self) -> Vec<Difference> {
        let mut differences = self.compare(listed);
        differences.retain(|difference| !self.is_reworded(listed, difference.field));
        differences
    }

    /// Each field in which what is asked for has changed since `recorded` was, where List does not show that for certain:
    /// it hides or rewords some fields, and may be behind in those that SSM updates.
    #[must_use]
    pub fn hidden_differences(&self, listed: &Self, recorded: &Self) -> Vec<Difference> {
        let is_shown = |field: &str| self.compare(listed).iter().all(|difference| difference.field != field);
        let mut differences = self.compare(recorded);
        differences.retain(|Difference { field, is_updatable, .. }| match *field {
            SHARING => self.is_reworded(listed, field),
            KEY => self.is_reworded(listed, field) && !is_shown(field),
            _ => *is_updatable,
        });
        differences
    }

    /// Each field in which two configurations differ, to the letter.
    fn compare(&self, other: &Self) -> Vec<Difference> {
        let (wanted, found) = match (self, other) {
            (Self::ToDestination(a), Self::ToDestination(b)) => (a.fields(), b.fields()),
            (Self::FromSource(a), Self::FromSource(b)) => (a.fields(), b.fields()),
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
}

// The patterns name every field, so that the compiler asks about a new one.
impl Destination {
    fn fields(&self) -> Vec<Field> {
        let Self { bucket_name, prefix, sync_format, region, kms_key_arn, destination_data_sharing_type } = self;
        let optional = |path, value: &Option<String>| Field { path, value: value.clone(), is_updatable: false };
        vec![
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
    fn fields(&self) -> Vec<Field> {
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
        vec![
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
