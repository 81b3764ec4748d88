//! The formats of texts.
//!
//! Must never refuse what could be meant, nor let through what can't be valid: SSM would refuse it only after an Update
//! has deleted a healthy sync. Next: [`crate::cloudformation`].

use crate::sync::{
    Region, SyncName,
    name::{CREATE_FAILED, NOTHING_CREATED, RESERVED_NAMES, RESERVED_PREFIXES},
};

/// Does a text have the right format?
pub type Form = Result<(), Misfit>;

pub struct Misfit {
    /// What the text must be or have, as in "must …, got …".
    pub must: String,
    /// What the author can do, after a semicolon.
    pub hint: &'static str,
}

pub fn any(_: &str) -> Form {
    Ok(())
}

/// The rules for every text.
pub fn tidy(text: &str) -> Form {
    ensure(!text.ends_with(['\n', '\r']), "not end with a line feed", "; YAML's | adds one")?;
    ensure(text.trim() == text, "not begin or end with white space", "")?;
    ensure(!text.contains(char::is_control), "not contain control characters", "")
}

pub fn sync_name(text: &str) -> Form {
    let reserved =
        RESERVED_NAMES.map(str::to_owned).into_iter().chain(RESERVED_PREFIXES.map(|name| format!("{name}*")));
    let reserved: Vec<String> = reserved.collect();
    let is_reserved = SyncName::from(text).is_reserved();
    ensure(!is_reserved, format!("not be a name that AWS reserves for its own syncs ({})", reserved.join(", ")), "")?;
    let is_id = [CREATE_FAILED, NOTHING_CREATED].iter().any(|prefix| text.starts_with(prefix));
    let must = format!("not begin with {CREATE_FAILED} or {NOTHING_CREATED}");
    ensure(!is_id, must, "; the ids of failed Creates begin with that")
}

pub fn bucket(text: &str) -> Form {
    const PATH: &str = "; a path in the bucket is the prefix";
    let is_url = text.to_ascii_lowercase().starts_with("s3:");
    ensure(!text.starts_with("arn:"), "be the name of a bucket, not its ARN", "")?;
    ensure(!is_url, "be the name of a bucket, not its URL", PATH)?;
    ensure(!text.contains('/'), "be the name of a bucket, without a slash", PATH)?;
    ensure(!text.contains(char::is_whitespace), "be the name of one bucket, without white space", "")
}

pub fn region(text: &str) -> Form {
    ensure(Region::is_valid(text), "be the name of one Region, like eu-west-1", "")
}

pub fn kms_key_arn(text: &str, bucket_region: Option<&str>) -> Form {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let key_region = match parts.as_slice() {
        ["arn", partition, "kms", key_region, account, resource]
            if is_partition(partition)
                && region(key_region).is_ok()
                && account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit())
                && is_key(resource) =>
        {
            Some(*key_region)
        }
        _ => None,
    };
    let must = "be the ARN of a KMS key or alias, like arn:aws:kms:REGION:ACCOUNT:key/ID";
    ensure(key_region.is_some(), must, "")?;
    // If the bucket's Region is itself invalid, it says nothing about the key.
    let bucket_region = bucket_region.filter(|bucket_region| region(bucket_region).is_ok());
    let must = format!("be a key in the bucket's Region, {}", bucket_region.unwrap_or_default());
    ensure(bucket_region.is_none() || bucket_region == key_region, must, "")
}

fn is_partition(text: &str) -> bool {
    text.strip_prefix("aws").is_some_and(|rest| {
        rest.is_empty() || rest.starts_with('-') && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    })
}

fn is_key(text: &str) -> bool {
    let is_made_of = |id: &str, others: &[u8]| {
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || others.contains(&b))
    };
    text.strip_prefix("key/").is_some_and(|id| is_made_of(id, b"-"))
        || text.strip_prefix("alias/").is_some_and(|alias| is_made_of(alias, b"-_/"))
}

/// `^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`
pub fn unit(text: &str) -> Form {
    const WHOLE: &str = "; the whole organization is OrganizationSourceType: EntireOrganization, without units";
    let is_root = text.starts_with("r-") || text.starts_with("o-");
    ensure(!is_root, "be an organizational unit, not a root or an organization", WHOLE)?;
    let is_part = |part: &str, chars_min: usize| {
        (chars_min..=32).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let is_unit = text
        .strip_prefix("ou-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(root, unit)| is_part(root, 4) && is_part(unit, 8));
    ensure(is_unit, "be the id of one organizational unit, like ou-ab12-34cd56ef", "")
}

fn ensure(holds: bool, must: impl Into<String>, hint: &'static str) -> Form {
    if holds { Ok(()) } else { Err(Misfit { must: must.into(), hint }) }
}
