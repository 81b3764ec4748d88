//! Physical ids: a sync's name, or the record of a Create that failed.

use std::{collections::BTreeMap, fmt};

use crate::time::Timestamp;

/// How every id of a failed Create begins: so long that with a time behind it no sync can have such a name.
pub const FAILED_PREFIX: &str = "Custom::ResourceDataSync/failed-create-is-no-sync/";

/// What looks like the beginning of one. No sync may be named so.
pub const LOOKS_FAILED_PREFIX: &str = "Custom::ResourceDataSync";

/// CloudFormation's limit on a physical id.
pub const ID_BYTES_MAX: usize = 1_024;

/// What a physical id says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhysicalId {
    Name(String),
    Failed(FailedCreate),
}

/// What a failed Create leaves for its Delete to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCreate {
    /// The name that was asked for; empty when the properties gave none that could be used.
    pub name: String,
    /// When the Create was requested.
    pub requested: Timestamp,
    pub fates: Fates,
}

/// What became of the Create in each Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fates {
    /// The same in every Region that the properties name.
    Everywhere(Fate),
    ByRegion(BTreeMap<String, Fate>),
}

/// What became of a failed Create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The properties were at fault: SSM was not asked.
    Invalid,
    /// Another's sync has the name.
    Taken,
    /// SSM refused, and no attempt can have made anything.
    Refused,
    /// SSM refused, yet an earlier delivery of the same request may have made the sync.
    RefusedLate,
    /// The sync was made, or may have been.
    Unknown,
}

impl Fate {
    pub const ALL: [Self; 5] = [Self::Invalid, Self::Taken, Self::Refused, Self::RefusedLate, Self::Unknown];

    /// Can a sync of ours stand under the name?
    #[must_use]
    pub const fn may_have_made(self) -> bool {
        match self {
            Self::Invalid | Self::Taken | Self::Refused => false,
            Self::RefusedLate | Self::Unknown => true,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::RefusedLate => "refused-late",
            Self::Unknown => "unknown",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.as_str() == text)
    }
}

impl Fates {
    #[must_use]
    pub fn in_region(&self, region: &str) -> Option<Fate> {
        match self {
            Self::Everywhere(fate) => Some(*fate),
            Self::ByRegion(fates) => fates.get(region).copied(),
        }
    }
}

impl PhysicalId {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match FailedCreate::parse(text) {
            Some(failed) => Self::Failed(failed),
            None => Self::Name(text.to_owned()),
        }
    }
}

impl FailedCreate {
    /// Reads `PREFIX/TIME/FATES/NAME`; the name is last, since it can hold any character.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(FAILED_PREFIX)?.splitn(3, '/');
        let requested = Timestamp::from_basic(parts.next()?)?;
        let fates = parts.next()?;
        let name = parts.next()?.to_owned();
        let fates = match Fate::parse(fates) {
            Some(fate) => Fates::Everywhere(fate),
            None => {
                let mut by_region = BTreeMap::new();
                for group in fates.split(';') {
                    let (fate, regions) = group.split_once('=')?;
                    let fate = Fate::parse(fate)?;
                    if regions.split(',').any(str::is_empty) {
                        return None;
                    }
                    by_region.extend(regions.split(',').map(|region| (region.to_owned(), fate)));
                }
                Fates::ByRegion(by_region)
            }
        };
        Some(Self { name, requested, fates })
    }
}

/// The id as CloudFormation keeps it.
impl fmt::Display for FailedCreate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAILED_PREFIX}{}/", self.requested.to_basic())?;
        match &self.fates {
            Fates::Everywhere(fate) => f.write_str(fate.as_str())?,
            Fates::ByRegion(by_region) => {
                let mut first = true;
                for fate in Fate::ALL {
                    let regions: Vec<&str> =
                        by_region.iter().filter(|(_, f)| **f == fate).map(|(region, _)| region.as_str()).collect();
                    if !regions.is_empty() {
                        let separator = if first { "" } else { ";" };
                        write!(f, "{separator}{}={}", fate.as_str(), regions.join(","))?;
                        first = false;
                    }
                }
            }
        }
        write!(f, "/{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_a_failed_create_says_again_what_it_was_told() {
        let requested = Timestamp::from_basic("20261123T080854Z").unwrap();
        let by_region = BTreeMap::from([
            ("eu-west-1".to_owned(), Fate::Unknown),
            ("us-east-1".to_owned(), Fate::Taken),
            ("us-east-2".to_owned(), Fate::Taken),
        ]);
        let mut all: Vec<Fates> = Fate::ALL.into_iter().map(Fates::Everywhere).collect();
        all.push(Fates::ByRegion(by_region));
        for fates in all {
            for name in ["inventory", "", "a/b;c=d,e", "ünï"] {
                let failed = FailedCreate { name: name.into(), requested, fates: fates.clone() };
                assert!(failed.to_string().len() > crate::sync::NAME_CHARS_MAX, "no sync's name");
                assert_eq!(PhysicalId::parse(&failed.to_string()), PhysicalId::Failed(failed));
            }
        }
    }

    #[test]
    fn regression_a_region_without_a_name_makes_no_id_of_a_failed_create() {
        for fates in ["taken=", "taken=,", "taken=a,,b", "unknown=a;taken=,b"] {
            let id = format!("{FAILED_PREFIX}20261123T080854Z/{fates}/inventory");
            assert_eq!(PhysicalId::parse(&id), PhysicalId::Name(id.clone()));
        }
    }

    #[test]
    fn any_other_id_is_a_name() {
        for id in [
            "",
            "inventory",
            "ResourceDataSync-failed",
            "ResourceDataSync-failed/x",
            "ResourceDataSync-failed/20261123T080854Z/what/name",
        ] {
            assert_eq!(PhysicalId::parse(id), PhysicalId::Name(id.into()));
        }
    }
}
