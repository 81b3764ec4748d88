//! `S3Destination`, and the native type's flat form of it.
//!
//! Must never mix the two forms. Next: `source`.

use crate::sync::Destination;

use super::{forms, reader::Reader};

const BLOCK: &str = "S3Destination";

/// The names of each field of a [`Destination`]: its own, then its aliases.
struct Names {
    bucket_name: &'static [&'static str],
    prefix: &'static [&'static str],
    sync_format: &'static [&'static str],
    region: &'static [&'static str],
    kms_key_arn: &'static [&'static str],
    /// The flat form has none.
    sharing: &'static [&'static str],
}

const IN_BLOCK: Names = Names {
    bucket_name: &["BucketName"],
    prefix: &["Prefix", "BucketPrefix"],
    sync_format: &["SyncFormat"],
    region: &["Region", "BucketRegion"],
    kms_key_arn: &["AWSKMSKeyARN", "KMSKeyArn"],
    sharing: &["DestinationDataSharing"],
};

const FLAT: Names = Names {
    bucket_name: &["BucketName"],
    prefix: &["BucketPrefix"],
    sync_format: &["SyncFormat"],
    region: &["BucketRegion"],
    kms_key_arn: &["KMSKeyArn"],
    sharing: &[],
};

impl Names {
    fn all(&self) -> impl Iterator<Item = &'static str> {
        let Self { bucket_name, prefix, sync_format, region, kms_key_arn, sharing } = *self;
        [bucket_name, prefix, region, kms_key_arn, sync_format, sharing].into_iter().flatten().copied()
    }
}

/// The top-level keys that give a destination.
pub fn keys_given(top: &mut Reader<'_, '_>) -> Vec<&'static str> {
    [BLOCK].into_iter().chain(FLAT.all()).filter(|key| top.has(key)).collect()
}

/// Reads the form that is given. Where the whole destination is refused, the flat form's faults are not reported as
/// well.
pub fn read(top: &mut Reader<'_, '_>, is_refused: bool) -> Option<Destination> {
    let flat_keys: Vec<_> = FLAT.all().filter(|key| top.has(key)).collect();
    let has_block = top.has(BLOCK);
    if has_block && !is_refused {
        for key in &flat_keys {
            top.fault(key, format!("given together with {BLOCK}; write the destination in one of the two forms"));
        }
    }
    let in_block = top.block(BLOCK, |block| fields(block, &IN_BLOCK));
    let flat = top.silent_if(has_block || is_refused || flat_keys.is_empty(), |top| fields(top, &FLAT));
    if has_block { in_block } else { flat }
}

fn fields(block: &mut Reader<'_, '_>, names: &Names) -> Option<Destination> {
    let bucket_name = block.one_of(names.bucket_name).and_then(|key| block.required_text(key, 2048, forms::bucket));
    let prefix = block.one_of(names.prefix).and_then(|key| block.text(key, 256, forms::any));
    let sync_format = block.one_of(names.sync_format).and_then(|key| block.choice(key, &["JsonSerDe"]));
    let region = block.one_of(names.region).and_then(|key| block.required_text(key, 64, forms::region));
    let kms_key_arn = block
        .one_of(names.kms_key_arn)
        .and_then(|key| block.text(key, 512, |arn| forms::kms_key_arn(arn, region.as_deref())));
    let sharing = block.one_of(names.sharing).and_then(|key| {
        block.block(key, |sharing| sharing.required_choice("DestinationDataSharingType", &["Organization"]))
    });
    Some(Destination {
        bucket_name: bucket_name?,
        prefix,
        sync_format: sync_format.unwrap_or_else(|| "JsonSerDe".to_owned()),
        region: region?,
        kms_key_arn,
        destination_data_sharing_type: sharing,
    })
}
