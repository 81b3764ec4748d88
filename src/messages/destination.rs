//! What a bucket and its key need, by what SSM or S3 complains about.
//!
//! Must never advise a condition that a service can't meet. Next: [`super::source`].

use std::collections::BTreeSet;

use crate::sync::Destination;

use super::{Context, Page, list};

/// The Regions that every account of the partition `aws` has. Accounts have to opt in to any other.
const DEFAULT_REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

#[must_use]
pub fn is_opt_in(partition: &str, region: &str) -> bool {
    partition == "aws" && !DEFAULT_REGIONS.contains(&region)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationRemedy {
    destination: Destination,
    needs: Needs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// SSM could not write: the bucket's policy, or a key's.
    Write,
    Key,
    NoObjectLock,
    /// The bucket does not exist.
    Bucket,
    /// Unknown.
    Look,
}

impl DestinationRemedy {
    #[must_use]
    pub fn new(message: &str, destination: &Destination) -> Self {
        // The bucket's name could contain any of the words.
        let says = message.to_lowercase().replace(&destination.bucket_name.to_lowercase(), "");
        let mentions = |words: &[&str]| words.iter().any(|word| says.contains(word));
        let needs = if mentions(&["object lock", "objectlock", "content-md5"]) {
            Needs::NoObjectLock
        } else if mentions(&["kms", "encryption key"]) {
            Needs::Key
        } else if mentions(&["nosuchbucket", "does not exist", "not found"]) {
            Needs::Bucket
        } else if mentions(&["write failed", "denied", "forbidden", "policy", "permission", "not authorized"]) {
            Needs::Write
        } else {
            Needs::Look
        };
        Self { destination: destination.clone(), needs }
    }

    #[must_use]
    pub const fn page(&self) -> Page {
        match self.needs {
            Needs::Write | Needs::Look if self.destination.destination_data_sharing_type.is_some() => {
                Page::OrganizationSharing
            }
            Needs::Write | Needs::Look => Page::BucketPolicy,
            Needs::Key => Page::KmsKey,
            Needs::NoObjectLock => Page::ObjectLock,
            Needs::Bucket => Page::BucketNotFound,
        }
    }

    #[must_use]
    pub fn text(&self, regions: &BTreeSet<&str>, context: &Context) -> String {
        let Destination { bucket_name: bucket, region, kms_key_arn, .. } = &self.destination;
        let principals = self.principals(regions, context);
        let allowed = list(&principals);
        match self.needs {
            Needs::Write => {
                let same = if principals.len() == 1 { "the same principal" } else { "the same principals" };
                let key = match kms_key_arn {
                    Some(key) => format!(
                        "In the policy of key {key}, allow {same} kms:GenerateDataKey; S3 does not say which of the \
                         two refused."
                    ),
                    None => format!(
                        "If the bucket is encrypted by default with a KMS key of your own, allow {same} \
                         kms:GenerateDataKey in that key's policy."
                    ),
                };
                format!("{} {key}", self.bucket_statements(&allowed, context))
            }
            Needs::Key => {
                let key = match kms_key_arn {
                    Some(key) => format!("key {key}"),
                    None => format!("the key with which bucket {bucket} is encrypted by default"),
                };
                format!(
                    "In the policy of {key}, allow {allowed} kms:GenerateDataKey. The key must be enabled and in the \
                     bucket's Region, {region}."
                )
            }
            Needs::NoObjectLock => {
                format!(
                    "SSM cannot write to a bucket that is configured for Object Lock: use one without it instead of \
                     {bucket}."
                )
            }
            Needs::Bucket => format!("Check that bucket {bucket} exists and is in {region}."),
            Needs::Look => {
                format!(
                    "Check that bucket {bucket} exists, is in {region}, and that its policy lets {allowed} write to it."
                )
            }
        }
    }

    /// From an opt-in Region, SSM writes to other Regions as that Region's own principal.
    fn principals(&self, regions: &BTreeSet<&str>, context: &Context) -> Vec<String> {
        let own = regions
            .iter()
            .filter(|region| **region != self.destination.region && is_opt_in(context.partition, region))
            .map(|region| format!("ssm.{region}.amazonaws.com"));
        std::iter::once("ssm.amazonaws.com".to_owned()).chain(own).collect()
    }

    fn bucket_statements(&self, allowed: &str, context: &Context) -> String {
        let Destination { bucket_name: bucket, prefix, destination_data_sharing_type: sharing, .. } = &self.destination;
        let Context { partition, account, .. } = context;
        let folder = prefix.as_deref().unwrap_or_default().trim_matches('/');
        let parts = folder.split('/').filter(|_| !folder.is_empty());
        // Two slashes in a row are part of the object's key; `*` matches the nothing between them.
        let folder: String =
            parts.map(|part| if part.is_empty() { "*/".to_owned() } else { format!("{part}/") }).collect();
        let objects = format!("arn:{partition}:s3:::{bucket}/{folder}*/accountid=");
        let bucket = format!(
            "In the policy of bucket {bucket}, allow {allowed} s3:GetBucketAcl on arn:{partition}:s3:::{bucket}"
        );
        let never = "a service never matches aws:PrincipalOrgID or its like";
        if sharing.is_some() {
            format!(
                "{bucket}, s3:PutObjectTagging on {objects}*/*, and s3:PutObject there with the condition \
                 aws:SourceOrgID; {never}."
            )
        } else {
            format!(
                "{bucket}, and s3:PutObject on {objects}{account}/*. Its conditions may name aws:SourceAccount \
                 ({account}) or aws:SourceOrgID; {never}."
            )
        }
    }
}
