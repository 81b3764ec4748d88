//! What a sync does: its configuration, and how two of them differ.

use std::{borrow::Cow, collections::BTreeSet, fmt};

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

/// Against what a configuration is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    /// What List shows, in SSM's own words.
    Listed,
    /// What the record says was asked for: it decides where List's words leave a choice.
    Recorded,
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
        self.compare(listed, Against::Listed)
    }

    /// Each field in which what is asked for has changed since `recorded` was, where List would not show it.
    #[must_use]
    pub fn hidden_differences(&self, listed: &Self, recorded: &Self) -> Vec<Difference> {
        let mut hidden = self.compare(recorded, Against::Recorded);
        // Where List shows a field just as it is asked for, the record is not needed.
        let shown = listed.plainly_shows(self);
        hidden.retain(|difference| !shown.contains(&difference.field));
        hidden
    }

    fn compare(&self, other: &Self, against: Against) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut field = |field, agrees: bool, wanted: Cow<'_, str>, listed: Cow<'_, str>, is_updatable| {
            if !agrees {
                found.push(Difference { field, wanted: wanted.into_owned(), found: listed.into_owned(), is_updatable });
            }
        };
        match (self, other) {
            (Self::ToDestination(a), Self::ToDestination(b)) => {
                let text = |value: &Option<String>| Cow::Owned(value.clone().unwrap_or_else(|| "none".to_owned()));
                if against == Against::Listed {
                    field(
                        "S3Destination.BucketName",
                        a.bucket_name == b.bucket_name,
                        (&a.bucket_name).into(),
                        (&b.bucket_name).into(),
                        false,
                    );
                    let prefix = |d: &Destination| d.prefix.as_deref().unwrap_or_default().trim_matches('/').to_owned();
                    field("S3Destination.Prefix", prefix(a) == prefix(b), text(&a.prefix), text(&b.prefix), false);
                    field(
                        "S3Destination.SyncFormat",
                        a.sync_format == b.sync_format,
                        (&a.sync_format).into(),
                        (&b.sync_format).into(),
                        false,
                    );
                    field("S3Destination.Region", a.region == b.region, (&a.region).into(), (&b.region).into(), false);
                }
                let keys_agree = match against {
                    Against::Listed => same_key(a.kms_key_arn.as_deref(), b.kms_key_arn.as_deref()),
                    Against::Recorded => a.kms_key_arn == b.kms_key_arn,
                };
                field("S3Destination.AWSKMSKeyARN", keys_agree, text(&a.kms_key_arn), text(&b.kms_key_arn), false);
                let (sharing_a, sharing_b) = (&a.destination_data_sharing_type, &b.destination_data_sharing_type);
                let is_hidden = against == Against::Listed && sharing_b.is_none();
                field(
                    "S3Destination.DestinationDataSharing",
                    is_hidden || sharing_a == sharing_b,
                    text(sharing_a),
                    text(sharing_b),
                    false,
                );
            }
            (Self::FromSource(a), Self::FromSource(b)) => a.compare(b, against, &mut field),
            _ => field("SyncType", false, self.sync_type().as_str().into(), other.sync_type().as_str().into(), false),
        }
        found
    }

    /// The fields, of those that List may hide or reword, that it shows exactly as `asked`.
    fn plainly_shows(&self, asked: &Self) -> Vec<&'static str> {
        let mut shown = Vec::new();
        match (self, asked) {
            (Self::ToDestination(listed), Self::ToDestination(asked)) => {
                if listed.kms_key_arn == asked.kms_key_arn {
                    shown.push("S3Destination.AWSKMSKeyARN");
                }
                if listed.destination_data_sharing_type.is_some() {
                    shown.push("S3Destination.DestinationDataSharing");
                }
            }
            (Self::FromSource(listed), Self::FromSource(asked)) => {
                if listed.source_regions == asked.source_regions {
                    shown.push("SyncSource.SourceRegions");
                }
            }
            _ => {}
        }
        shown
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

impl Source {
    fn organization_type(&self) -> Option<&str> {
        self.organization.as_ref().map(|organization| organization.organization_source_type.as_str())
    }

    fn compare<'a>(
        &'a self,
        other: &'a Self,
        against: Against,
        field: &mut impl FnMut(&'static str, bool, Cow<'a, str>, Cow<'a, str>, bool),
    ) {
        let list = |set: &BTreeSet<String>| Cow::Owned(set.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        let units =
            |source: &Self| source.organization.as_ref().map(|o| o.organizational_units.clone()).unwrap_or_default();
        if against == Against::Listed {
            field(
                "SyncSource.SourceType",
                self.source_type == other.source_type,
                (&self.source_type).into(),
                (&other.source_type).into(),
                false,
            );
            let (a, b) = (self.organization_type(), other.organization_type());
            let word = |value: Option<&'a str>| Cow::Borrowed(value.unwrap_or("none"));
            field("SyncSource.AwsOrganizationsSource.OrganizationSourceType", a == b, word(a), word(b), false);
            let (a, b) = (units(self), units(other));
            field("SyncSource.AwsOrganizationsSource.OrganizationalUnits", a == b, list(&a), list(&b), true);
            let (a, b) = (self.include_future_regions, other.include_future_regions);
            field("SyncSource.IncludeFutureRegions", a == b, a.to_string().into(), b.to_string().into(), true);
        }
        let (a, b) = (&self.source_regions, &other.source_regions);
        // SSM adds the Regions that come online.
        let grows = against == Against::Listed && self.include_future_regions && a.is_subset(b);
        field("SyncSource.SourceRegions", grows || a == b, list(a), list(b), true);
        let (a, b) = (self.enable_all_ops_data_sources, other.enable_all_ops_data_sources);
        // SSM turns it on for an organization, whatever was asked.
        let is_organization = self.organization.is_some();
        let is_reworded = against == Against::Listed && is_organization;
        let effective = |asked: Option<bool>| asked.unwrap_or(is_organization);
        field(
            "SyncSource.EnableAllOpsDataSources",
            is_reworded || effective(a) == effective(b),
            effective(a).to_string().into(),
            effective(b).to_string().into(),
            true,
        );
    }
}

/// The same key, or one of the two an alias: SSM may list a key's id for its alias.
fn same_key(asked: Option<&str>, listed: Option<&str>) -> bool {
    match (asked, listed) {
        (Some(a), Some(b)) => a == b || a.contains(":alias/") != b.contains(":alias/"),
        (a, b) => a == b,
    }
}
