//! How a listed or previous configuration differs from what is asked for.
//!
//! Must never count as a difference what SSM only rewords: each Update would replace the sync. Next: [`super::listed`].

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

/// A field as text, with the path of its property.
struct Field {
    path: &'static str,
    /// `None` if it is left out.
    value: Option<String>,
    shown: Shown,
    is_updatable: bool,
}

/// How List shows a field that was asked for (docs/behavior.md#agreement).
enum Shown {
    AsAsked,
    /// Perhaps in SSM's own words: can what was asked for be listed like this?
    Reworded(fn(&str, &str) -> bool),
    /// Perhaps not at all.
    Hidden,
}

impl Config {
    /// Each field in which what is listed does not agree with what is asked for.
    #[must_use]
    pub fn differences(&self, listed: &Self) -> Vec<Difference> {
        let fields = self.paired_fields(listed);
        fields.into_iter().filter(|(asked, listed)| !asked.agrees_with(listed)).map(difference).collect()
    }

    /// Each field in which what is asked for has changed since `recorded` was, if List does not show it for certain: it
    /// hides or rewords some fields, and may lag behind in those that SSM updates.
    #[must_use]
    pub fn hidden_differences(&self, listed: &Self, recorded: &Self) -> Vec<Difference> {
        let listed = self.paired_fields(listed);
        let is_certain = |asked: &Field| {
            let shown = listed.iter().find(|(field, _)| field.path == asked.path);
            shown.is_some_and(|(asked, listed)| asked.is_shown_by(listed))
        };
        let fields = self.paired_fields(recorded).into_iter().filter(|(asked, was)| asked.value != was.value);
        fields.filter(|(asked, _)| asked.is_updatable || !is_certain(asked)).map(difference).collect()
    }

    /// Each field of this configuration, with the other's.
    fn paired_fields(&self, other: &Self) -> Vec<(Field, Field)> {
        let (ours, others) = match (self, other) {
            (Self::ToDestination(a), Self::ToDestination(b)) => (a.fields(), b.fields()),
            (Self::FromSource(a), Self::FromSource(b)) => (a.fields(), b.fields()),
            _ => (vec![self.type_field()], vec![other.type_field()]),
        };
        ours.into_iter().zip(others).collect()
    }

    fn type_field(&self) -> Field {
        fixed("SyncType", Some(self.sync_type().as_str()), Shown::AsAsked)
    }
}

// The patterns name every field, so that the compiler points here when one is added.
impl Destination {
    fn fields(&self) -> Vec<Field> {
        let Self { bucket_name, prefix, sync_format, region, kms_key_arn, destination_data_sharing_type } = self;
        // SSM drops the slashes at its ends.
        let prefix = prefix.as_deref().map(|prefix| prefix.trim_matches('/')).filter(|prefix| !prefix.is_empty());
        vec![
            fixed("S3Destination.BucketName", Some(bucket_name), Shown::AsAsked),
            fixed("S3Destination.Prefix", prefix, Shown::AsAsked),
            fixed("S3Destination.SyncFormat", Some(sync_format), Shown::AsAsked),
            fixed("S3Destination.Region", Some(region), Shown::AsAsked),
            fixed("S3Destination.AWSKMSKeyARN", kms_key_arn.as_deref(), Shown::Reworded(is_alias_and_id)),
            fixed("S3Destination.DestinationDataSharing", destination_data_sharing_type.as_deref(), Shown::Hidden),
        ]
    }
}

impl Source {
    fn fields(&self) -> Vec<Field> {
        let Self { source_type, organization, source_regions, include_future_regions, enable_all_ops_data_sources } =
            self;
        let (kind, units) = match organization {
            Some(Organization { organization_source_type, organizational_units }) => {
                (organization_source_type.as_str(), list(organizational_units))
            }
            None => ("none", String::new()),
        };
        // SSM adds the Regions that come online.
        let regions_shown = if *include_future_regions { Shown::Reworded(is_part_of) } else { Shown::AsAsked };
        // SSM turns it on for an organization, whatever was asked.
        let (ops_data, ops_data_shown) = match organization {
            Some(_) => (enable_all_ops_data_sources.unwrap_or(true), Shown::Reworded(|_, _| true)),
            None => (enable_all_ops_data_sources.unwrap_or(false), Shown::AsAsked),
        };
        let future = include_future_regions.to_string();
        vec![
            fixed("SyncSource.SourceType", Some(source_type), Shown::AsAsked),
            fixed("SyncSource.AwsOrganizationsSource.OrganizationSourceType", Some(kind), Shown::AsAsked),
            updatable("SyncSource.AwsOrganizationsSource.OrganizationalUnits", units, Shown::AsAsked),
            updatable("SyncSource.SourceRegions", list(source_regions), regions_shown),
            updatable("SyncSource.IncludeFutureRegions", future, Shown::AsAsked),
            updatable("SyncSource.EnableAllOpsDataSources", ops_data.to_string(), ops_data_shown),
        ]
    }
}

fn fixed(path: &'static str, value: Option<&str>, shown: Shown) -> Field {
    Field { path, value: value.map(str::to_owned), shown, is_updatable: false }
}

fn updatable(path: &'static str, value: String, shown: Shown) -> Field {
    Field { path, value: Some(value), shown, is_updatable: true }
}

impl Field {
    /// Can a sync that was made as asked be listed like this?
    fn agrees_with(&self, listed: &Self) -> bool {
        self.value == listed.value
            || match (&self.shown, &self.value, &listed.value) {
                (Shown::Reworded(can_be), Some(asked), Some(listed)) => can_be(asked, listed),
                (Shown::Hidden, _, None) => true,
                _ => false,
            }
    }

    /// Does this listing show for certain whether the sync is as asked?
    fn is_shown_by(&self, listed: &Self) -> bool {
        match self.shown {
            Shown::Hidden => listed.value.is_some(),
            Shown::AsAsked | Shown::Reworded(_) => self.value == listed.value || !self.agrees_with(listed),
        }
    }
}

fn difference((wanted, found): (Field, Field)) -> Difference {
    let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    let Field { path: field, value, is_updatable, .. } = wanted;
    Difference { field, wanted: text(value), found: text(found.value), is_updatable }
}

const SEPARATOR: &str = ", ";

fn list(set: &BTreeSet<String>) -> String {
    set.iter().map(String::as_str).collect::<Vec<_>>().join(SEPARATOR)
}

fn is_part_of(asked: &str, listed: &str) -> bool {
    let listed: Vec<&str> = listed.split(SEPARATOR).collect();
    asked.split(SEPARATOR).all(|element| listed.contains(&element))
}

/// SSM may list a key's id instead of its alias; their Region and account are the same.
fn is_alias_and_id(asked: &str, listed: &str) -> bool {
    let parts = |arn: &str| {
        let place = |(place, _): (&str, &str)| place.to_owned();
        (arn.split_once(":alias/").map(place), arn.split_once(":key/").map(place))
    };
    match (parts(asked), parts(listed)) {
        ((Some(of_alias), _), (_, Some(of_id))) | ((_, Some(of_id)), (Some(of_alias), _)) => of_alias == of_id,
        _ => false,
    }
}
