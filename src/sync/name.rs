//! Names of Regions, and of syncs: given by the author of a template or generated.
//!
//! Must never generate another name for the same properties: stacks live longer than releases. Next:
//! [`super::call_error`].

use std::{borrow::Borrow, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Config;

/// SSM's limit on the name of a sync, in characters.
pub const NAME_CHARS_MAX: usize = 64;

/// SSM's quota for each account and Region.
pub const SYNCS_PER_REGION: usize = 5;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: Into<String>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text! {
    /// The name of a sync: unique in its account, Region and type.
    SyncName
}

text! {
    /// An AWS Region.
    Region
}

impl Region {
    /// `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`: an area, one or two words, and a number.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase());
        match text.split('-').collect::<Vec<_>>().as_slice() {
            [area, words @ .., number] => {
                (2..=4).contains(&area.len())
                    && is_word(area)
                    && (1..=2).contains(&words.len())
                    && words.iter().all(|word| word.len() >= 2 && is_word(word))
                    && (1..=2).contains(&number.len())
                    && number.bytes().all(|b| b.is_ascii_digit())
                    && !number.starts_with('0')
            }
            _ => false,
        }
    }
}

/// The prefixes of the physical ids of failed Creates, which are not names.
pub const CREATE_FAILED: &str = "create-failed:";
pub const NOTHING_CREATED: &str = "nothing-created:";

/// Names that AWS uses for its own syncs.
pub const RESERVED_NAMES: [&str; 1] = ["InspectorResourceDataSync-do-not-delete"];
pub const RESERVED_PREFIXES: [&str; 2] = ["license-manager-", "AWS-QuickSetup-"];

impl SyncName {
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        RESERVED_NAMES.contains(&self.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| self.0.starts_with(prefix))
    }

    /// The name of a sync whose template gives none: always the same for the same properties.
    ///
    /// Readable parts, then a digest of the stack, the logical id, and all that SSM cannot update, so that such a
    /// change gives another name and CloudFormation replaces the resource.
    #[must_use]
    pub fn generated(stack_id: &str, logical_id: &str, config: &Config) -> Self {
        const DIGEST_CHARS: usize = 16;
        const READABLE_CHARS: usize = NAME_CHARS_MAX - DIGEST_CHARS - 1;

        let mut hash = Sha256::new();
        for part in [stack_id.as_bytes(), logical_id.as_bytes(), &fixed_part(config)] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest: String = hash
            .finalize()
            .iter()
            .take(DIGEST_CHARS)
            .map(|byte| char::from(b"0123456789abcdefghijklmnopqrstuv"[usize::from(byte & 31)]))
            .collect();

        let plain =
            |text: &str| -> String { text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect() };
        let stack = plain(stack_id.split('/').nth(1).unwrap_or("stack"));
        let logical = plain(logical_id);
        // The logical id gets up to two thirds of the room, since it distinguishes the resources of a stack.
        let room = READABLE_CHARS.saturating_sub(stack.len() + 1).max(READABLE_CHARS * 2 / 3);
        let logical = &logical[..logical.len().min(room)];
        let stack = &stack[..stack.len().min(READABLE_CHARS - logical.len() - 1)];
        let name = Self(format!("{stack}-{logical}-{digest}"));
        if name.is_reserved() {
            let kept = name.0.len().min(NAME_CHARS_MAX - 1);
            return Self(format!("x{}", &name.0[..kept]));
        }
        name
    }
}

/// What `UpdateResourceDataSync` cannot change, as bytes.
///
/// Generated names live as long as their stacks: a field that is added must leave these bytes as they are when it is
/// absent. The patterns name every field, so that the compiler points here when one is added.
fn fixed_part(config: &Config) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut field = |value: Option<&str>| match value {
        Some(value) => {
            bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
            bytes.extend_from_slice(value.as_bytes());
        }
        None => bytes.extend_from_slice(&u64::MAX.to_be_bytes()),
    };
    field(Some(config.sync_type().as_str()));
    match config {
        Config::ToDestination(super::Destination {
            bucket_name,
            prefix,
            sync_format,
            region,
            kms_key_arn,
            destination_data_sharing_type,
        }) => {
            field(Some(bucket_name));
            field(prefix.as_deref());
            field(Some(sync_format));
            field(Some(region));
            field(kms_key_arn.as_deref());
            field(destination_data_sharing_type.as_deref());
        }
        Config::FromSource(super::Source {
            source_type,
            organization,
            source_regions: _,
            include_future_regions: _,
            enable_all_ops_data_sources: _,
        }) => {
            field(Some(source_type));
            field(organization.as_ref().map(|organization| organization.organization_source_type.as_str()));
        }
    }
    bytes
}
