//! `Custom::ResourceDataSync`: AWS Systems Manager resource data syncs as a CloudFormation custom resource.
pub mod callback;
pub mod clock;
pub mod failure;
pub mod handler;
pub mod logging;
pub mod physical_id;
pub mod plan;
pub mod properties;
pub mod reconcile;
pub mod request;
pub mod response;
pub mod response_url;
pub mod ssm;
pub mod sync;
pub mod time;
