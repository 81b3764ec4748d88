//! Between the domain's types and the SDK's.
//!
//! Must never lose a field. Next: `error`.

use aws_sdk_ssm::{
    error::BuildError,
    primitives::DateTime,
    types::{
        ResourceDataSyncAwsOrganizationsSource, ResourceDataSyncDestinationDataSharing, ResourceDataSyncItem,
        ResourceDataSyncOrganizationalUnit, ResourceDataSyncS3Destination, ResourceDataSyncS3Format,
        ResourceDataSyncSource, ResourceDataSyncSourceWithState,
    },
};
use time::UtcDateTime;

use crate::sync::{Config, Destination, Listed, Organization, Source, SyncType};

// The patterns name every field, so that the compiler points here when one is added.
pub(super) fn write_destination(destination: &Destination) -> Result<ResourceDataSyncS3Destination, BuildError> {
    let Destination { bucket_name, prefix, sync_format, region, kms_key_arn, destination_data_sharing_type } =
        destination;
    let sharing = destination_data_sharing_type.as_ref().map(|sharing_type| {
        ResourceDataSyncDestinationDataSharing::builder().destination_data_sharing_type(sharing_type).build()
    });
    ResourceDataSyncS3Destination::builder()
        .bucket_name(bucket_name)
        .set_prefix(prefix.clone())
        .sync_format(ResourceDataSyncS3Format::from(sync_format.as_str()))
        .region(region)
        .set_awskms_key_arn(kms_key_arn.clone())
        .set_destination_data_sharing(sharing)
        .build()
}

pub(super) fn write_source(source: &Source) -> Result<ResourceDataSyncSource, BuildError> {
    let Source { source_type, organization, source_regions, include_future_regions, enable_all_ops_data_sources } =
        source;
    let organization = organization.as_ref().map(write_organization).transpose()?;
    ResourceDataSyncSource::builder()
        .source_type(source_type)
        .set_aws_organizations_source(organization)
        .set_source_regions(Some(source_regions.iter().cloned().collect()))
        .include_future_regions(*include_future_regions)
        .set_enable_all_ops_data_sources(*enable_all_ops_data_sources)
        .build()
}

fn write_organization(organization: &Organization) -> Result<ResourceDataSyncAwsOrganizationsSource, BuildError> {
    let unit = |id: &String| ResourceDataSyncOrganizationalUnit::builder().organizational_unit_id(id).build();
    let units: Vec<_> = organization.organizational_units.iter().map(unit).collect();
    ResourceDataSyncAwsOrganizationsSource::builder()
        .organization_source_type(&organization.organization_source_type)
        .set_organizational_units((!units.is_empty()).then_some(units))
        .build()
}

/// An item of the listing of `sync_type`; items of `SyncToDestination` do not name their type. `None` if it has no name
/// or block, or is of another type.
pub(super) fn read_item(item: ResourceDataSyncItem, sync_type: SyncType) -> Option<Listed> {
    if text(item.sync_type).is_some_and(|stated| stated != sync_type.as_str()) {
        return None;
    }
    let mut source_state = None;
    let config = match sync_type {
        SyncType::ToDestination => Config::ToDestination(read_destination(item.s3_destination?)?),
        SyncType::FromSource => {
            let mut source = item.sync_source?;
            source_state = text(source.state.take());
            Config::FromSource(read_source(source)?)
        }
    };
    Some(Listed {
        name: text(item.sync_name)?.into(),
        config,
        created: item.sync_created_time.and_then(point_in_time),
        last_status: text(item.last_status.map(|status| status.as_str().to_owned())),
        last_status_message: text(item.last_sync_status_message),
        source_state,
        last_successful_sync: item.last_successful_sync_time.and_then(point_in_time),
    })
}

fn read_destination(destination: ResourceDataSyncS3Destination) -> Option<Destination> {
    let sharing = destination.destination_data_sharing.and_then(|sharing| sharing.destination_data_sharing_type);
    Some(Destination {
        bucket_name: text(Some(destination.bucket_name))?,
        prefix: text(destination.prefix),
        sync_format: destination.sync_format.as_str().to_owned(),
        region: destination.region,
        kms_key_arn: text(destination.awskms_key_arn),
        destination_data_sharing_type: text(sharing),
    })
}

fn read_source(source: ResourceDataSyncSourceWithState) -> Option<Source> {
    let organization = source.aws_organizations_source.map(|organization| Organization {
        organization_source_type: organization.organization_source_type,
        organizational_units: organization
            .organizational_units
            .into_iter()
            .flatten()
            .filter_map(|unit| unit.organizational_unit_id)
            .collect(),
    });
    Some(Source {
        source_type: text(source.source_type)?,
        organization,
        source_regions: source.source_regions.into_iter().flatten().collect(),
        include_future_regions: source.include_future_regions,
        enable_all_ops_data_sources: Some(source.enable_all_ops_data_sources),
    })
}

fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// To the nearest millisecond. SSM sends seconds with a fraction, which a floating-point number only approximates.
fn point_in_time(time: DateTime) -> Option<UtcDateTime> {
    const NANOS_PER_MILLI: i128 = 1_000_000;
    let millis = (time.as_nanos() + NANOS_PER_MILLI / 2).div_euclid(NANOS_PER_MILLI);
    UtcDateTime::from_unix_timestamp_nanos(millis * NANOS_PER_MILLI).ok()
}
