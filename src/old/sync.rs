//! The domain: a resource data sync as it is wanted, and as SSM lists it.

use std::{collections::BTreeSet, fmt};

use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// SSM's limit on the length of a sync's name, in characters.
pub const NAME_CHARS_MAX: usize = 64;

/// Every account holds this many syncs a Region.
pub const SYNCS_PER_REGION: usize = 5;

/// The two types of SSM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncType {
    ToDestination,
    FromSource,
}

impl SyncType {
    pub const ALL: [Self; 2] = [Self::ToDestination, Self::FromSource];

    /// The name that SSM gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToDestination => "SyncToDestination",
            Self::FromSource => "SyncFromSource",
        }
    }

    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::ToDestination => Self::FromSource,
            Self::FromSource => Self::ToDestination,
        }
    }
}

impl fmt::Display for SyncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a sync does: everything but its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Config {
    ToDestination(Destination),
    FromSource(Source),
}

/// `S3Destination`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Destination {
    pub bucket_name: String,
    pub prefix: Option<String>,
    pub sync_format: String,
    pub region: String,
    pub kms_key_arn: Option<String>,
    /// `DestinationDataSharingType`. SSM never lists it.
    pub sharing: Option<String>,
}

/// `SyncSource`. Lists are sets: SSM gives them in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Source {
    pub source_type: String,
    pub organization: Option<Organization>,
    pub source_regions: BTreeSet<String>,
    pub include_future_regions: bool,
    pub enable_all_ops_data_sources: bool,
}

/// `AwsOrganizationsSource`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Organization {
    pub source_type: String,
    pub units: BTreeSet<String>,
}

/// How far what is listed is from what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    None,
    /// `UpdateResourceDataSync` can mend it.
    Updatable,
    /// Only another sync can.
    Replacing,
}

impl Config {
    #[must_use]
    pub const fn sync_type(&self) -> SyncType {
        match self {
            Self::ToDestination(_) => SyncType::ToDestination,
            Self::FromSource(_) => SyncType::FromSource,
        }
    }

    /// `DestinationDataSharing`, which SSM keeps but never lists.
    #[must_use]
    pub fn sharing(&self) -> Option<&str> {
        match self {
            Self::ToDestination(destination) => destination.sharing.as_deref(),
            Self::FromSource(_) => None,
        }
    }

    /// Compares with what List shows, so without the hidden sharing.
    #[must_use]
    pub fn difference(&self, listed: &Self) -> Difference {
        match (self, listed) {
            (Self::ToDestination(a), Self::ToDestination(b)) => {
                let visible = |d: &Destination| Destination { sharing: None, ..d.clone() };
                if visible(a) == visible(b) { Difference::None } else { Difference::Replacing }
            }
            (Self::FromSource(a), Self::FromSource(b)) => {
                let kind = |s: &Source| (s.source_type.clone(), s.organization.as_ref().map(|o| o.source_type.clone()));
                if a == b {
                    Difference::None
                } else if kind(a) == kind(b) {
                    Difference::Updatable
                } else {
                    Difference::Replacing
                }
            }
            _ => Difference::Replacing,
        }
    }

    /// The bucket or the source, in a few words.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::ToDestination(d) => match &d.prefix {
                Some(prefix) => format!("a sync to bucket {}/{prefix} in {}", d.bucket_name, d.region),
                None => format!("a sync to bucket {} in {}", d.bucket_name, d.region),
            },
            Self::FromSource(s) => match &s.organization {
                Some(o) => format!("a sync from {} ({})", s.source_type, o.source_type),
                None => format!("a sync from {}", s.source_type),
            },
        }
    }

    /// What `UpdateResourceDataSync` cannot change, as bytes that two configurations share only if all of it is alike.
    fn fixed_part(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut field = |value: Option<&str>| match value {
            Some(value) => {
                bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
                bytes.extend_from_slice(value.as_bytes());
            }
            None => bytes.extend_from_slice(&u64::MAX.to_be_bytes()),
        };
        field(Some(self.sync_type().as_str()));
        match self {
            Self::ToDestination(d) => {
                field(Some(&d.bucket_name));
                field(d.prefix.as_deref());
                field(Some(&d.sync_format));
                field(Some(&d.region));
                field(d.kms_key_arn.as_deref());
                field(d.sharing.as_deref());
            }
            Self::FromSource(s) => {
                field(Some(&s.source_type));
                field(s.organization.as_ref().map(|o| o.source_type.as_str()));
            }
        }
        bytes
    }
}

/// A sync as `ListResourceDataSync` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub config: Config,
    pub created: Option<Timestamp>,
    /// `LastStatus`, in SSM's own word. Never there for `SyncFromSource`.
    pub last_status: Option<String>,
    pub last_status_message: Option<String>,
    /// `SyncSource.State`, in SSM's own word.
    pub source_state: Option<String>,
    pub last_sync: Option<Timestamp>,
    pub last_successful_sync: Option<Timestamp>,
}

/// Names that AWS keeps for itself.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED_NAMES.contains(&name) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

pub const RESERVED_NAMES: [&str; 1] = ["InspectorResourceDataSync-do-not-delete"];
pub const RESERVED_PREFIXES: [&str; 2] = ["license-manager-", "AWS-QuickSetup-"];

/// The name of a sync whose author gave none: the same whenever it is computed, and proof that the sync is ours.
///
/// Readable parts first (the stack's name, the logical id), then a digest of all that makes it unique. What cannot be
/// updated is part of the digest, so that such a change gives another name and CloudFormation replaces the resource.
#[must_use]
pub fn made_up_name(stack_id: &str, logical_id: &str, config: &Config) -> String {
    const DIGEST_CHARS: usize = 16;
    const READABLE_CHARS: usize = NAME_CHARS_MAX - DIGEST_CHARS - 1;

    let mut hash = Sha256::new();
    for part in [stack_id.as_bytes(), logical_id.as_bytes(), &config.fixed_part()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let letters: String = digest
        .iter()
        .take(DIGEST_CHARS)
        .map(|byte| char::from(b"0123456789abcdefghijklmnopqrstuv"[usize::from(byte & 31)]))
        .collect();

    let plain =
        |text: &str| -> String { text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect() };
    let stack = plain(stack_name(stack_id));
    let logical = plain(logical_id);
    // The logical id is kept whole up to two thirds of the room: it tells the resources of one stack apart.
    let logical_chars = logical.len().min(READABLE_CHARS * 2 / 3).max(READABLE_CHARS.saturating_sub(stack.len() + 1));
    let logical = &logical[..logical.len().min(logical_chars)];
    let stack = &stack[..stack.len().min(READABLE_CHARS - logical.len() - 1)];
    let name = format!("{stack}-{logical}-{letters}");
    if is_reserved(&name) {
        format!("x{}", &name[..name.len().min(NAME_CHARS_MAX - 1)].trim_start_matches('-'))
    } else {
        name
    }
}

/// The stack's name out of its id, `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID`.
fn stack_name(stack_id: &str) -> &str {
    stack_id.split('/').nth(1).unwrap_or("stack")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination() -> Destination {
        Destination {
            bucket_name: "bucket".into(),
            sync_format: "JsonSerDe".into(),
            region: "eu-west-1".into(),
            ..Destination::default()
        }
    }

    const STACK: &str =
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/6b6e2f40-c8a1-11f0-a3cb-0a1b2c3d4e5f";

    #[test]
    fn a_made_up_name_is_pinned_because_stacks_live_longer_than_versions() {
        let name = made_up_name(STACK, "Sync", &Config::ToDestination(destination()));
        assert_eq!(name, "inventory-Sync-d7tq0i2o8nmjv6om");
    }

    #[test]
    fn a_made_up_name_differs_with_everything_that_cannot_be_updated_and_with_nothing_else() {
        let base = destination();
        let variants = [
            Destination { bucket_name: "b2".into(), ..base.clone() },
            Destination { prefix: Some("p".into()), ..base.clone() },
            Destination { region: "us-east-1".into(), ..base.clone() },
            Destination { kms_key_arn: Some("arn:k".into()), ..base.clone() },
            Destination { sharing: Some("Organization".into()), ..base.clone() },
            base,
        ];
        let source = |kind: &str, regions: &[&str]| {
            Config::FromSource(Source {
                source_type: kind.into(),
                source_regions: regions.iter().map(ToString::to_string).collect(),
                ..Source::default()
            })
        };
        let mut names: BTreeSet<String> =
            variants.into_iter().map(|d| made_up_name(STACK, "Sync", &Config::ToDestination(d))).collect();
        names.insert(made_up_name(STACK, "Sync", &source("SingleAccountMultiRegions", &["a"])));
        names.insert(made_up_name(STACK, "Sync", &source("SingleAccountMultiRegions", &["b"])));
        names.insert(made_up_name(STACK, "Sync", &source("AwsOrganizations", &["a"])));
        assert_eq!(names.len(), 8);
    }

    #[test]
    fn a_made_up_name_fits_and_is_never_one_that_aws_keeps() {
        for (stack, logical) in [
            ("s".repeat(128), "L".repeat(255)),
            ("s".into(), "L".repeat(255)),
            ("s".repeat(128), "L".into()),
            ("license-manager-x".into(), "S".into()),
            ("AWS-QuickSetup-1".into(), "L".repeat(90)),
        ] {
            let id = format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/{stack}/uuid");
            let name = made_up_name(&id, &logical, &Config::ToDestination(destination()));
            assert!(name.chars().count() <= NAME_CHARS_MAX, "{name}");
            assert!(!is_reserved(&name), "{name}");
        }
    }
}
