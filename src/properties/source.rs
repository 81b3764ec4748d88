//! `SyncSource`, with its organization.
//!
//! Must never take a missing boolean for `false` where SSM decides. Next: `forms`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sync::{Organization, Source};

use super::{forms, reader::Reader};

const SINGLE_ACCOUNT: &str = "SingleAccountMultiRegions";
const ORGANIZATIONS: &str = "AwsOrganizations";
const ENTIRE_ORGANIZATION: &str = "EntireOrganization";
const UNITS: &str = "OrganizationalUnits";
const UNITS_MAX: usize = 1000;
const UNIT_CHARS_MAX: usize = 128;

pub fn read(block: &mut Reader<'_, '_>) -> Option<Source> {
    const ORGANIZATION: &str = "AwsOrganizationsSource";
    let source_type = block.required_choice("SourceType", &[SINGLE_ACCOUNT, ORGANIZATIONS]);
    let has_organization = block.has(ORGANIZATION);
    let organization = block.block(ORGANIZATION, organization);
    match (source_type.as_deref(), has_organization) {
        (Some(ORGANIZATIONS), false) => {
            block.fault(ORGANIZATION, "required when SourceType is AwsOrganizations, but it is missing");
        }
        (Some(SINGLE_ACCOUNT), true) => block.fault(ORGANIZATION, "allowed only when SourceType is AwsOrganizations"),
        _ => {}
    }
    let source_regions = block.required_list("SourceRegions", "at least one Region", Reader::region);
    let include_future_regions = block.flag("IncludeFutureRegions").unwrap_or_default();
    let enable_all_ops_data_sources = block.flag("EnableAllOpsDataSources");
    let source_type = source_type?;
    if source_type == ORGANIZATIONS && organization.is_none() {
        return None;
    }
    Some(Source {
        source_type,
        organization,
        // Not part of a generated name, so a Delete does not need it.
        source_regions: source_regions.unwrap_or_default(),
        include_future_regions,
        enable_all_ops_data_sources,
    })
}

fn organization(block: &mut Reader<'_, '_>) -> Option<Organization> {
    let source_type = block.required_choice("OrganizationSourceType", &[ENTIRE_ORGANIZATION, UNITS]);
    let units = match source_type.as_deref() {
        Some(ENTIRE_ORGANIZATION) => {
            if block.has(UNITS) {
                block.fault(UNITS, "allowed only when OrganizationSourceType is OrganizationalUnits");
            }
            None
        }
        Some(UNITS) => block.required_list(UNITS, &format!("1 to {UNITS_MAX} units"), unit),
        _ => block.list(UNITS, unit),
    };
    let organizational_units: BTreeSet<String> = units.unwrap_or_default();
    if organizational_units.len() > UNITS_MAX {
        block.fault(UNITS, format!("must have 1 to {UNITS_MAX} units, got {}", organizational_units.len()));
    }
    Some(Organization { organization_source_type: source_type?, organizational_units })
}

/// A unit, as a string (native) or as `{OrganizationalUnitId}` (API).
fn unit<'a>(block: &mut Reader<'_, 'a>, path: &str, element: &'a Value) -> Option<String> {
    match element {
        Value::Object(object) => block.object_at(path, object, |object| {
            object.required_text("OrganizationalUnitId", UNIT_CHARS_MAX, forms::unit)
        }),
        other => block.text_at(path, other, UNIT_CHARS_MAX, forms::unit),
    }
}
