//! What a template's author reads: every message, from SSM's error to the whole `Reason`.
//!
//! A golden text has a line for each sentence; the end that all Reasons share is checked and left off.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use expect_test::{Expect, expect};
use resource_data_sync::{clock::time_of_day, transport::Http};
use serde_json::{Value, json};

use crate::{
    stage::{REGION, STACK, Served, Stage, from_source, to_bucket, with},
    world::{
        fault::{Fault, FaultKind, Op},
        sync::{Script, Status},
    },
};

const END: &str = " See log stream 2026/11/23/[$LATEST]0123456789abcdef in log group /aws/lambda/resource-data-sync.";

fn check(served: &Served, expected: &Expect) {
    assert_eq!(served.status(), "FAILED", "{:?}", served.answer);
    let reason = served.reason().strip_suffix(END).expect("every Reason ends with the log stream");
    expected.assert_eq(&reason.replace(". ", ".\n"));
}

/// The Reason of a Create at whose first `op` SSM says this.
async fn create_refused(properties: &Value, op: Op, kind: FaultKind) -> Served {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.inject(Fault::at(op, kind).always());
    stage.create(properties).await
}

fn invalid(message: &str) -> FaultKind {
    FaultKind::Invalid(message.to_owned())
}

fn refused(code: &str, message: &str) -> FaultKind {
    FaultKind::Refused { code: code.to_owned(), message: message.to_owned() }
}

fn inventory() -> Value {
    to_bucket("inventory", "logs")
}

fn explorer() -> Value {
    from_source("explorer", &[REGION])
}

fn organization() -> Value {
    with(
        &explorer(),
        "SyncSource",
        json!({
            "SourceType": "AwsOrganizations",
            "AwsOrganizationsSource": { "OrganizationSourceType": "EntireOrganization" },
            "SourceRegions": [REGION],
        }),
    )
}

fn with_key(key: Option<&str>) -> Value {
    with(&inventory(), "S3Destination", json!({ "BucketName": "logs", "Region": "us-east-1", "AWSKMSKeyARN": key }))
}

fn with_prefix() -> Value {
    with(&inventory(), "S3Destination", json!({ "BucketName": "logs", "Region": REGION, "Prefix": "ssm/inventory" }))
}

fn shared() -> Value {
    let sharing = json!({ "DestinationDataSharingType": "Organization" });
    with(
        &inventory(),
        "S3Destination",
        json!({ "BucketName": "logs", "Region": REGION, "Prefix": "ssm", "DestinationDataSharing": sharing }),
    )
}

// The event itself.

#[tokio::test(start_paused = true)]
async fn a_request_of_an_unknown_type() {
    let mut stage = Stage::new().await;
    let event = stage.event("Destroy", Some("inventory"), &inventory(), None);
    check(&stage.send(&event).await, &expect!["RequestType must be Create, Update or Delete, got Destroy."]);
    let mut event = stage.event("Create", None, &inventory(), None);
    event["RequestType"] = json!(null);
    check(&stage.send(&event).await, &expect!["RequestType must be Create, Update or Delete, got none."]);
}

#[tokio::test(start_paused = true)]
async fn an_update_of_nobody_knows_what() {
    let mut stage = Stage::new().await;
    let event = stage.event("Update", None, &inventory(), Some(&inventory()));
    check(
        &stage.send(&event).await,
        &expect!["The Update came without a PhysicalResourceId, so it is not known which sync to update."],
    );
}

#[tokio::test(start_paused = true)]
async fn a_function_that_does_not_know_its_region() {
    let mut stage = Stage::in_region(None).await;
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        The function does not know its Region: AWS_REGION is not set in its environment.
        Nothing was changed."#]],
    );
    check(
        &stage.delete("inventory", &inventory()).await,
        &expect![[r#"
        The function does not know its Region: AWS_REGION is not set in its environment.
        Nothing was changed."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn faults_in_the_properties() {
    let mut stage = Stage::new().await;
    check(
        &stage.create(&json!({ "SyncNam": "inventory" })).await,
        &expect![[r#"
        The properties are at fault, and nothing was changed.
        SyncNam: there is no such property; did you mean SyncName?; S3Destination: required when SyncType is SyncToDestination (the default), but it is missing."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_waits_for_any_more() {
    let mut stage = Stage::new().await;
    stage.age_ms = Some(3_601_000);
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        The request is 3601 s old, which is more than its ServiceTimeout of 3600 s: nobody waits for it any more, so it was not acted on.
        Deploy again."#]],
    );
    stage.age_ms = Some(61_000);
    check(
        &stage.delete("inventory", &with(&inventory(), "ServiceTimeout", json!("60"))).await,
        &expect![[r#"
        The request is 61 s old, which is more than its ServiceTimeout of 60 s: nobody waits for it any more, so it was not acted on.
        Deploy again."#]],
    );
}

#[derive(Debug)]
struct Panics;

impl HttpConnector for Panics {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        panic!("a fault of the function's own, arranged by a test");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic() {
    let mut stage = Stage::new().await;
    stage.reach_ssm_by(SharedHttpConnector::new(Panics).into(), None).await;
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        The function met a fault of its own (a panic, told in its log) and stopped.
        Deploy again; if it happens again, report it with that log."#]],
    );
}

// Whose it is.

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_says_by_what_and_since_when() {
    let mut stage = Stage::new().await;
    let theirs = json!({ "BucketName": "theirs", "Prefix": "a/b", "SyncFormat": "JsonSerDe", "Region": "us-east-1" });
    stage.outsider(REGION, &json!({ "SyncName": "inventory", "S3Destination": theirs }));
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        The name inventory is taken in eu-west-1 by a sync to bucket theirs/a/b in us-east-1, created 2026-11-23T08:00:00Z, which this resource did not make and so leaves alone.
        Choose another SyncName, leave SyncName out to have a name made up, or delete that sync first (README: Name taken)."#]],
    );
    stage.world.lock().ssm.shown.hide_created_time = true;
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        The name inventory is taken in eu-west-1 by a sync to bucket theirs/a/b in us-east-1, created at an unknown time, which this resource did not make and so leaves alone.
        Choose another SyncName, leave SyncName out to have a name made up, or delete that sync first (README: Name taken)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_by_the_other_type() {
    let mut stage = Stage::new().await;
    stage.outsider(
        REGION,
        &json!({
            "SyncName": "inventory", "SyncType": "SyncFromSource",
            "SyncSource": { "SourceType": "SingleAccountMultiRegions", "SourceRegions": [REGION] },
        }),
    );
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        The name inventory is taken in eu-west-1 by a sync from SingleAccountMultiRegions, created 2026-11-23T08:00:00Z, which this resource did not make and so leaves alone.
        Choose another SyncName, leave SyncName out to have a name made up, or delete that sync first (README: Name taken)."#]],
    );
    stage.outsider(
        REGION,
        &json!({
            "SyncName": "explorer", "SyncType": "SyncFromSource",
            "SyncSource": {
                "SourceType": "AwsOrganizations",
                "AwsOrganizationsSource": { "OrganizationSourceType": "EntireOrganization" },
                "SourceRegions": ["us-east-1"],
            },
        }),
    );
    check(
        &stage.create(&explorer()).await,
        &expect![[r#"
        The name explorer is taken in eu-west-1 by a sync from AwsOrganizations (EntireOrganization), created 2026-11-23T08:00:00Z, which this resource did not make and so leaves alone.
        Choose another SyncName, leave SyncName out to have a name made up, or delete that sync first (README: Name taken)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_by_what_list_does_not_show() {
    let taken = refused("ResourceDataSyncAlreadyExistsException", "");
    check(
        &create_refused(&inventory(), Op::Create, taken).await,
        &expect![[r#"
        The name inventory is taken in eu-west-1 by a sync that ListResourceDataSync does not show, which this resource did not make and so leaves alone.
        Choose another SyncName, leave SyncName out to have a name made up, or delete that sync first (README: Name taken)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn the_quota_names_who_holds_the_places() {
    let mut stage = Stage::new().await;
    for name in ["InspectorResourceDataSync-do-not-delete", "AWS-QuickSetup-x", "license-manager-y", "mine"] {
        let s3 = json!({ "BucketName": "b", "SyncFormat": "JsonSerDe", "Region": REGION });
        stage.outsider(REGION, &json!({ "SyncName": name, "S3Destination": s3 }));
    }
    let source = json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": [REGION] });
    stage.outsider(REGION, &json!({ "SyncName": "other", "SyncType": "SyncFromSource", "SyncSource": source }));
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncCountExceededException, "You have exceeded the allowed maximum sync configurations".
        An account can hold 5 syncs in a Region, and the places are held by AWS-QuickSetup-x (AWS's own), InspectorResourceDataSync-do-not-delete (AWS's own), license-manager-y (AWS's own), mine, other.
        Delete one that is not needed (README: Quota of five)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_quota_whose_holders_are_not_shown() {
    let full = refused("ResourceDataSyncCountExceededException", "You have exceeded the allowed maximum.");
    check(
        &create_refused(&inventory(), Op::Create, full).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncCountExceededException, "You have exceeded the allowed maximum".
        An account can hold 5 syncs in a Region, and the places are held by (none that ListResourceDataSync shows).
        Delete one that is not needed (README: Quota of five)."#]],
    );
}

// What may not be done.

#[tokio::test(start_paused = true)]
async fn what_is_denied_is_told_with_the_action_and_the_resource() {
    check(
        &create_refused(&inventory(), Op::Create, FaultKind::Denied).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with AccessDeniedException, "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: ssm:CreateResourceDataSync on resource: arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory because no identity-based policy allows the ssm:CreateResourceDataSync action".
        Allow the function's role ssm:CreateResourceDataSync on arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory (README: Access denied)."#]],
    );
    check(
        &create_refused(&inventory(), Op::List, FaultKind::Denied).await,
        &expect![[r#"
        Resource data sync inventory could not be looked up in eu-west-1: ListResourceDataSync was answered with AccessDeniedException, "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: ssm:ListResourceDataSync on resource: arn:aws:ssm:eu-west-1:123456789012:* because no identity-based policy allows the ssm:ListResourceDataSync action".
        Allow the function's role ssm:ListResourceDataSync on * (README: Access denied)."#]],
    );

    let mut stage = Stage::new().await;
    stage.create(&explorer()).await;
    stage.world.lock().ssm.inject(Fault::at(Op::Update, FaultKind::Denied).always());
    stage.world.lock().ssm.inject(Fault::at(Op::Delete, FaultKind::Denied).always());
    let more = from_source("explorer", &[REGION, "us-east-1"]);
    check(
        &stage.update("explorer", &more, &explorer()).await,
        &expect![[r#"
        Resource data sync explorer could not be updated in eu-west-1: UpdateResourceDataSync was answered with AccessDeniedException, "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: ssm:UpdateResourceDataSync on resource: arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer because no identity-based policy allows the ssm:UpdateResourceDataSync action".
        Allow the function's role ssm:UpdateResourceDataSync on arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer (README: Access denied)."#]],
    );
    check(
        &stage.delete("explorer", &explorer()).await,
        &expect![[r#"
        Resource data sync explorer could not be deleted in eu-west-1: DeleteResourceDataSync was answered with AccessDeniedException, "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: ssm:DeleteResourceDataSync on resource: arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer because no identity-based policy allows the ssm:DeleteResourceDataSync action".
        Allow the function's role ssm:DeleteResourceDataSync on arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer (README: Access denied)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_in_another_partition_is_told_with_its_arn() {
    for (region, partition, expected) in [
        (
            "us-gov-west-1",
            "aws-us-gov",
            expect![[r#"
            Resource data sync inventory could not be created in us-gov-west-1: CreateResourceDataSync was answered with AccessDeniedException, "No".
            Allow the function's role ssm:CreateResourceDataSync on arn:aws-us-gov:ssm:us-gov-west-1:123456789012:resource-data-sync/inventory (README: Access denied)."#]],
        ),
        (
            "cn-north-1",
            "aws-cn",
            expect![[r#"
            Resource data sync inventory could not be created in cn-north-1: CreateResourceDataSync was answered with AccessDeniedException, "No".
            Allow the function's role ssm:CreateResourceDataSync on arn:aws-cn:ssm:cn-north-1:123456789012:resource-data-sync/inventory (README: Access denied)."#]],
        ),
    ] {
        let mut stage = Stage::in_region(Some(region)).await;
        stage.world.lock().ssm.inject(Fault::at(Op::Create, refused("AccessDeniedException", "No.")));
        let mut event = stage.event("Create", None, &inventory(), None);
        event["StackId"] = json!(STACK.replace(":aws:", &format!(":{partition}:")).replace(REGION, region));
        check(&stage.send(&event).await, &expected);
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_not_accepted() {
    for code in [
        "UnrecognizedClientException",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
    ] {
        let served = create_refused(&inventory(), Op::Create, refused(code, "The token is no good.")).await;
        let remedy = "The function's credentials are not accepted: check its role, and that the Region is enabled for \
                      the account (README: Access denied).";
        assert_eq!(
            served.reason(),
            format!(
                "Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered \
                 with {code}, \"The token is no good\". {remedy}{END}"
            )
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_cannot_be_reached_is_told_after_two_minutes() {
    let mut stage = Stage::new().await;
    // Nothing listens at the port of TCP's multiplexer.
    stage.reach_ssm_by(Http::new(time_of_day), Some("http://127.0.0.1:1")).await;
    let served = stage.create(&inventory()).await;
    assert!((120..150).contains(&served.took.as_secs()), "{:?}", served.took);
    check(
        &served,
        &expect![[r#"
        Resource data sync inventory could not be looked up in eu-west-1: ListResourceDataSync failed, Connection refused (os error 111).
        SSM's endpoint in eu-west-1 cannot be reached from the function: check that the Region exists and is enabled, and, in a VPC, that there is a route or an interface endpoint (README: SSM out of reach)."#]],
    );
    check(
        &stage.delete("inventory", &inventory()).await,
        &expect![[r#"
        Resource data sync inventory could not be looked up in eu-west-1: ListResourceDataSync failed, Connection refused (os error 111).
        SSM's endpoint in eu-west-1 cannot be reached from the function: check that the Region exists and is enabled, and, in a VPC, that there is a route or an interface endpoint (README: SSM out of reach)."#]],
    );
}

/// Something that answers in SSM's place.
#[derive(Debug)]
struct Proxy {
    status: u16,
    body: &'static str,
}

impl HttpConnector for Proxy {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = StatusCode::try_from(self.status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(self.body))))
    }
}

async fn create_through(proxy: Proxy) -> Served {
    let mut stage = Stage::new().await;
    stage.timeout = Duration::from_secs(60);
    stage.reach_ssm_by(SharedHttpConnector::new(proxy).into(), None).await;
    stage.create(&inventory()).await
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_ssms() {
    let served = create_through(Proxy { status: 502, body: "<html>no</html>" }).await;
    assert_eq!(served.status(), "FAILED");
    assert!(served.reason().starts_with("Time ran out for resource data sync inventory in eu-west-1"));
    assert!(served.reason().contains("failed, the answer could not be read)"), "{}", served.reason());
    for (status, body) in [(403, "<html>no</html>"), (403, "{}"), (404, "")] {
        let served = create_through(Proxy { status, body }).await;
        assert_eq!(served.status(), "FAILED");
        let words =
            format!("CreateResourceDataSync failed, an answer of HTTP {status} that is not SSM's own. Check the");
        assert!(served.reason().contains(&words), "{}", served.reason());
    }
}

// What a destination needs.

#[tokio::test(start_paused = true)]
async fn a_bucket_that_ssm_cannot_write_to() {
    let served = create_refused(&inventory(), Op::Create, FaultKind::S3WriteFailed).await;
    assert!((120..125).contains(&served.took.as_secs()), "{:?}", served.took);
    check(
        &served,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "S3 write failed for bucket: logs.
        Please refer to SSM Documentation for S3 bucket policy".
        In the policy of bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject on arn:aws:s3:::logs/*/accountid=123456789012/* (README: Bucket policy)."#]],
    );
    check(
        &create_refused(&with_prefix(), Op::Create, FaultKind::S3WriteFailed).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "S3 write failed for bucket: logs.
        Please refer to SSM Documentation for S3 bucket policy".
        In the policy of bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject on arn:aws:s3:::logs/ssm/inventory/*/accountid=123456789012/* (README: Bucket policy)."#]],
    );
    check(
        &create_refused(&shared(), Op::Create, FaultKind::S3WriteFailed).await,
        &expect![[r#"
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "S3 write failed for bucket: logs.
            Please refer to SSM Documentation for S3 bucket policy".
            In the policy of bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on the bucket, s3:PutObjectTagging on arn:aws:s3:::logs/ssm/*/accountid=*/*, and s3:PutObject there with the condition aws:SourceOrgID (README: Organization sharing)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_policy_in_another_partition() {
    let mut stage = Stage::in_region(Some("us-gov-west-1")).await;
    stage.world.lock().ssm.inject(Fault::at(Op::Create, invalid("Access Denied by the bucket's policy.")));
    let mut event = stage.event("Create", None, &inventory(), None);
    event["StackId"] = json!(STACK.replace(":aws:", ":aws-us-gov:"));
    check(
        &stage.send(&event).await,
        &expect![[r#"
        Resource data sync inventory could not be created in us-gov-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "Access Denied by the bucket's policy".
        In the policy of bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject on arn:aws-us-gov:s3:::logs/*/accountid=123456789012/* (README: Bucket policy)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_not_there() {
    check(
        &create_refused(&inventory(), Op::Create, invalid("NoSuchBucket")).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "NoSuchBucket".
        Check that bucket logs exists and is in eu-west-1 (README: Bucket policy)."#]],
    );
    check(
        &create_refused(&inventory(), Op::Create, invalid("The specified bucket does not exist")).await,
        &expect![[r#"
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The specified bucket does not exist".
            Check that bucket logs exists and is in eu-west-1 (README: Bucket policy)."#]],
    );
    check(
        &create_refused(&inventory(), Op::Create, invalid("Bucket not found.")).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "Bucket not found".
        Check that bucket logs exists and is in eu-west-1 (README: Bucket policy)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_ssm_may_not_use() {
    let kms = || invalid("S3 write denied: KMS.AccessDenied");
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    check(
        &create_refused(&with_key(Some(key)), Op::Create, kms()).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "S3 write denied: KMS.AccessDenied".
        Allow ssm.amazonaws.com kms:GenerateDataKey on arn:aws:kms:us-east-1:123456789012:key/k in the key's policy; the key must be in the bucket's Region, us-east-1 (README: KMS key)."#]],
    );
    check(
        &create_refused(&with_key(None), Op::Create, kms()).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "S3 write denied: KMS.AccessDenied".
        Allow ssm.amazonaws.com kms:GenerateDataKey on the bucket's key in the key's policy; the key must be in the bucket's Region, us-east-1 (README: KMS key)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_with_object_lock() {
    let lock = invalid("Content-MD5 HTTP header is required for Put Object requests with Object Lock parameters");
    check(
        &create_refused(&inventory(), Op::Create, lock).await,
        &expect![[r#"
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "Content-MD5 HTTP header is required for Put Object requests with Object Lock parameters".
            Bucket logs is configured for Object Lock, under which SSM cannot write: use a bucket without it (README: Object Lock)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_complaint_about_a_destination_that_nobody_has_met_before() {
    check(
        &create_refused(&inventory(), Op::Create, invalid("The moon is full.")).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The moon is full".
        Check that bucket logs exists, is in eu-west-1, and lets ssm.amazonaws.com write (README: Bucket policy)."#]],
    );
    check(
        &create_refused(&inventory(), Op::Create, refused("ValidationException", "1 validation error.")).await,
        &expect![[r#"
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ValidationException, "1 validation error".
            Correct the resource's properties accordingly."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn regression_an_error_without_words_is_not_quoted() {
    check(
        &create_refused(&inventory(), Op::Create, refused("Odd", "")).await,
        &expect![[r#"
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with Odd.
            Correct the resource's properties accordingly."#]],
    );
}

// What a source needs.

#[tokio::test(start_paused = true)]
async fn an_organization_that_is_not_ready() {
    for (message, expected) in [
        (
            "The service-linked role AWSServiceRoleForAmazonSSM_AccountDiscovery is missing.",
            expect![[r#"
            Resource data sync explorer could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The service-linked role AWSServiceRoleForAmazonSSM_AccountDiscovery is missing".
            Create the service-linked role: aws iam create-service-linked-role --aws-service-name accountdiscovery.ssm.amazonaws.com (README: Service-linked role)."#]],
        ),
        (
            "You must enable trusted access.",
            expect![[r#"
            Resource data sync explorer could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "You must enable trusted access".
            Enable trusted access for ssm.amazonaws.com in AWS Organizations (README: Trusted access)."#]],
        ),
        (
            "The account is no delegated administrator.",
            expect![[r#"
            Resource data sync explorer could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The account is no delegated administrator".
            Deploy in the organization's management account, or register this account as the delegated administrator for ssm.amazonaws.com (README: Delegated administrator)."#]],
        ),
        (
            "The organizational unit ou-ab12-34cd56ef is unknown.",
            expect![[r#"
            Resource data sync explorer could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The organizational unit ou-ab12-34cd56ef is unknown".
            Name organizational units that exist in the organization (README: Organizational unit)."#]],
        ),
        (
            "The account is not a member of an organization.",
            expect![[r#"
            Resource data sync explorer could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The account is not a member of an organization".
            The account is in no organization: create or join one, or use SourceType SingleAccountMultiRegions (README: Organization missing)."#]],
        ),
        (
            "AWSOrganizationsNotInUseException: AWS Organizations is not in use.",
            expect![[r#"
            Resource data sync explorer could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "AWSOrganizationsNotInUseException: AWS Organizations is not in use".
            The account is in no organization: create or join one, or use SourceType SingleAccountMultiRegions (README: Organization missing)."#]],
        ),
    ] {
        check(&create_refused(&organization(), Op::Create, invalid(message)).await, &expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_ssm_refuses() {
    let mut stage = Stage::new().await;
    stage.create(&explorer()).await;
    let more = from_source("explorer", &[REGION, "us-east-1"]);
    for (kind, expected) in [
        (
            invalid("SourceRegions must be enabled."),
            expect![[r#"
            Resource data sync explorer could not be updated in eu-west-1: UpdateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "SourceRegions must be enabled".
            Correct the resource's properties accordingly."#]],
        ),
        (
            invalid("Enable trusted access first."),
            expect![[r#"
            Resource data sync explorer could not be updated in eu-west-1: UpdateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "Enable trusted access first".
            Enable trusted access for ssm.amazonaws.com in AWS Organizations (README: Trusted access)."#]],
        ),
        (
            refused("ValidationException", "1 validation error detected."),
            expect![[r#"
            Resource data sync explorer could not be updated in eu-west-1: UpdateResourceDataSync was answered with ValidationException, "1 validation error detected".
            Correct the resource's properties accordingly."#]],
        ),
    ] {
        stage.world.lock().ssm.calm();
        stage.world.lock().ssm.inject(Fault::at(Op::Update, kind).always());
        check(&stage.update("explorer", &more, &explorer()).await, &expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_in_a_bad_state_fails_only_where_its_first_sync_is_waited_for() {
    for (state, expected) in [
        (
            "NoPermissions",
            expect![[r#"
            Resource data sync explorer in eu-west-1 is in the state NoPermissions.
            Create the service-linked role: aws iam create-service-linked-role --aws-service-name accountdiscovery.ssm.amazonaws.com (README: Service-linked role)."#]],
        ),
        (
            "TrustedAccessDisabled",
            expect![[r#"
            Resource data sync explorer in eu-west-1 is in the state TrustedAccessDisabled.
            Enable trusted access for ssm.amazonaws.com in AWS Organizations (README: Trusted access)."#]],
        ),
        (
            "OrganizationNotExists",
            expect![[r#"
            Resource data sync explorer in eu-west-1 is in the state OrganizationNotExists.
            The account is in no organization: create or join one, or use SourceType SingleAccountMultiRegions (README: Organization missing)."#]],
        ),
        (
            "InvalidOrganizationalUnit",
            expect![[r#"
            Resource data sync explorer in eu-west-1 is in the state InvalidOrganizationalUnit.
            Name organizational units that exist in the organization (README: Organizational unit)."#]],
        ),
        (
            "SomethingNew",
            expect![[r#"
            Resource data sync explorer in eu-west-1 is in the state SomethingNew.
            Look at the sync in Explorer's settings."#]],
        ),
    ] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.source_state = Some(state.to_owned());
        let waits = with(&organization(), "WaitForFirstSync", json!("true"));
        let served = stage.create(&waits).await;
        check(&served, &expected);
        let failure = served.reason().strip_suffix(END).unwrap().to_owned();

        let mut stage = Stage::new().await;
        stage.world.lock().ssm.source_state = Some(state.to_owned());
        let served = stage.create(&organization()).await;
        assert_eq!((served.status(), served.reason()), ("SUCCESS", failure.as_str()), "a note with the same words");
    }
}

// How a sync does.

#[tokio::test(start_paused = true)]
async fn a_first_sync_that_fails() {
    for (message, expected) in [
        (
            "S3 write failed for bucket: logs. Please refer to SSM Documentation for S3 bucket policy.",
            expect![[r#"
            Resource data sync inventory was created in eu-west-1, but its first sync failed: S3 write failed for bucket: logs.
            Please refer to SSM Documentation for S3 bucket policy.
            In the policy of bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject on arn:aws:s3:::logs/*/accountid=123456789012/* (README: Bucket policy)."#]],
        ),
        (
            "KMS key is disabled.",
            expect![[r#"
            Resource data sync inventory was created in eu-west-1, but its first sync failed: KMS key is disabled.
            Allow ssm.amazonaws.com kms:GenerateDataKey on the bucket's key in the key's policy; the key must be in the bucket's Region, eu-west-1 (README: KMS key)."#]],
        ),
        (
            "NoSuchBucket",
            expect![[r#"
            Resource data sync inventory was created in eu-west-1, but its first sync failed: NoSuchBucket.
            Check that bucket logs exists and is in eu-west-1 (README: Bucket policy)."#]],
        ),
        (
            "Try again",
            expect![[r#"
            Resource data sync inventory was created in eu-west-1, but its first sync failed: Try again.
            Check that bucket logs exists, is in eu-west-1, and lets ssm.amazonaws.com write (README: Bucket policy)."#]],
        ),
        (
            "",
            expect![[r#"
            Resource data sync inventory was created in eu-west-1, but its first sync failed: SSM gave no reason.
            Check that bucket logs exists, is in eu-west-1, and lets ssm.amazonaws.com write (README: Bucket policy)."#]],
        ),
    ] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.first_sync = Script::fails(message);
        check(&stage.create(&inventory()).await, &expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_is_never_listed() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.list_lag = 1_000;
    let served = stage.create(&inventory()).await;
    assert!((120..125).contains(&served.took.as_secs()), "{:?}", served.took);
    check(
        &served,
        &expect![[r#"
        SSM accepted resource data sync inventory in eu-west-1, but ListResourceDataSync has not shown it for two minutes.
        Try again; if it stays so, ask AWS Support with the sync's ARN, arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_vanishes_before_it_settles() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.first_sync = Script::no_status();
    let world = stage.world.clone();
    let thief = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        world.lock().ssm.outsider_delete(REGION, "inventory").expect("it stood");
    });
    check(
        &stage.create(&inventory()).await,
        &expect![[r#"
        Resource data sync inventory was created in eu-west-1 and was gone before it settled: somebody, or the Delete of a cancelled deployment, has removed it.
        Deploy again."#]],
    );
    thief.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_deleted_sync_that_is_never_gone() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.world.lock().ssm.linger = 1_000;
    let served = stage.update("inventory", &to_bucket("inventory", "more"), &inventory()).await;
    check(
        &served,
        &expect![[r#"
        Resource data sync inventory was deleted in eu-west-1, but ListResourceDataSync still shows it.
        Try again in a few minutes.
        The old configuration of inventory could not be put back in eu-west-1 and has to be made again: Resource data sync inventory was deleted in eu-west-1, but ListResourceDataSync still shows it.
        Try again in a few minutes."#]],
    );

    let mut stage = Stage::new().await;
    stage.timeout = Duration::from_secs(60);
    stage.create(&inventory()).await;
    stage.world.lock().ssm.linger = 1_000;
    check(
        &stage.delete("inventory", &inventory()).await,
        &expect![[r#"
        Resource data sync inventory was deleted in eu-west-1, but ListResourceDataSync still shows it.
        Try again in a few minutes."#]],
    );
}

// Time.

#[tokio::test(start_paused = true)]
async fn time_that_runs_out_says_what_was_waited_for() {
    async fn with_time(seconds: u64, properties: &Value, arrange: impl FnOnce(&Stage)) -> Served {
        let mut stage = Stage::new().await;
        stage.timeout = Duration::from_secs(seconds);
        arrange(&stage);
        stage.create(properties).await
    }
    let inject =
        |op: Op, kind: FaultKind| move |stage: &Stage| stage.world.lock().ssm.inject(Fault::at(op, kind).always());
    let served = with_time(5, &inventory(), inject(Op::Create, FaultKind::Hang)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM's answer to CreateResourceDataSync.
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(5, &inventory(), inject(Op::List, FaultKind::Hang)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM's answer to ListResourceDataSync.
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(60, &inventory(), inject(Op::Create, FaultKind::Throttle)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM to answer without an error (last seen: CreateResourceDataSync was answered with ThrottlingException, "Rate exceeded").
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(60, &inventory(), inject(Op::Create, FaultKind::Conflict)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM to answer without an error (last seen: CreateResourceDataSync was answered with ResourceDataSyncConflictException, "Another UpdateResourceDataSync request is being processed.
        Wait a few minutes and try again").
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(60, &inventory(), inject(Op::Create, FaultKind::Hang)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM's answer to CreateResourceDataSync (last seen: CreateResourceDataSync failed, no answer within 10 s).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(60, &inventory(), inject(Op::Create, FaultKind::LoseReplyBefore)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM to answer without an error (last seen: CreateResourceDataSync failed, the connection broke (connection closed before message completed)).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(60, &inventory(), inject(Op::Create, FaultKind::ErrorBefore)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM to answer without an error (last seen: CreateResourceDataSync was answered with InternalServerError, "An error occurred on the server side").
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(60, &inventory(), inject(Op::Create, FaultKind::S3WriteFailed)).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM to be able to write to the bucket (last seen: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "S3 write failed for bucket: logs.
        Please refer to SSM Documentation for S3 bucket policy").
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(60, &inventory(), |stage| stage.world.lock().ssm.list_lag = 1_000).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for the new sync to be listed.
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let served = with_time(30, &inventory(), |stage| stage.world.lock().ssm.first_sync = Script::no_status()).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for the new sync's first status (last seen: no status).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let waits = with(&inventory(), "WaitForFirstSync", json!("true"));
    let slow = |stage: &Stage| stage.world.lock().ssm.first_sync = Script::stays_in_progress();
    check(
        &with_time(60, &waits, slow).await,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for the first sync to be Successful (last seen: InProgress).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    let silent = |stage: &Stage| stage.world.lock().ssm.first_sync = Script::no_status();
    check(
        &with_time(60, &waits, silent).await,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for the first sync to be Successful (last seen: no status).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn time_that_runs_out_during_an_update_or_a_delete() {
    let mut stage = Stage::new().await;
    stage.create(&explorer()).await;
    // Shorter than the SDK's first retry, whose moment is left to chance.
    stage.timeout = Duration::from_secs(5);
    let more = from_source("explorer", &[REGION, "us-east-1"]);
    stage.world.lock().ssm.inject(Fault::at(Op::Update, FaultKind::Hang).always());
    check(
        &stage.update("explorer", &more, &explorer()).await,
        &expect![[r#"
        Time ran out for resource data sync explorer in eu-west-1 while waiting for SSM's answer to UpdateResourceDataSync (last seen: listed).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    stage.world.lock().ssm.inject(Fault::at(Op::Delete, FaultKind::Hang).always());
    check(
        &stage.delete("explorer", &explorer()).await,
        &expect![[r#"
        Time ran out for resource data sync explorer in eu-west-1 while waiting for SSM's answer to DeleteResourceDataSync.
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    stage.world.lock().ssm.calm();
    stage.timeout = Duration::from_secs(20);
    stage.world.lock().ssm.list_lag = 1_000;
    check(
        &stage.update("explorer", &more, &explorer()).await,
        &expect![[r#"
        Time ran out for resource data sync explorer in eu-west-1 while waiting for the update to be listed (last seen: listed).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
    stage.world.lock().ssm.calm();
    stage.world.lock().ssm.inject(Fault::at(Op::Delete, FaultKind::Conflict).always());
    check(
        &stage.delete("explorer", &explorer()).await,
        &expect![[r#"
            Time ran out for resource data sync explorer in eu-west-1 while waiting for SSM to answer without an error (last seen: DeleteResourceDataSync was answered with ResourceDataSyncConflictException, "Another UpdateResourceDataSync request is being processed.
            Wait a few minutes and try again").
            Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn time_that_runs_out_while_a_replaced_sync_fades() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.timeout = Duration::from_secs(60);
    stage.world.lock().ssm.linger = 1_000;
    let served = stage.update("inventory", &to_bucket("inventory", "more"), &inventory()).await;
    check(
        &served,
        &expect![[r#"
        Time ran out for resource data sync inventory in eu-west-1 while waiting for the deleted sync to be gone (last seen: Successful).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out).
        The old configuration of inventory could not be put back in eu-west-1 and has to be made again: Time ran out for resource data sync inventory in eu-west-1 while waiting for the deleted sync to be gone (last seen: CreateResourceDataSync was answered with ResourceDataSyncAlreadyExistsException).
        Deploy again; if SSM needs longer, raise ServiceTimeout or the function's timeout (README: Time ran out)."#]],
    );
}

// What was put back.

#[tokio::test(start_paused = true)]
async fn a_replacement_that_fails_says_whether_the_old_configuration_is_back() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    let new = to_bucket("inventory", "more");
    stage.world.lock().ssm.inject(Fault::at(Op::Create, invalid("The moon is full.")));
    check(
        &stage.update("inventory", &new, &inventory()).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The moon is full".
        Check that bucket more exists, is in eu-west-1, and lets ssm.amazonaws.com write (README: Bucket policy).
        The old configuration of inventory was put back in eu-west-1."#]],
    );
    stage.world.lock().ssm.calm();
    stage.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::Denied).always());
    check(
        &stage.update("inventory", &new, &inventory()).await,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with AccessDeniedException, "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: ssm:CreateResourceDataSync on resource: arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory because no identity-based policy allows the ssm:CreateResourceDataSync action".
        Allow the function's role ssm:CreateResourceDataSync on arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory (README: Access denied).
        The old configuration of inventory could not be put back in eu-west-1 and has to be made again: Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with AccessDeniedException, "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: ssm:CreateResourceDataSync on resource: arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory because no identity-based policy allows the ssm:CreateResourceDataSync action".
        Allow the function's role ssm:CreateResourceDataSync on arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory (README: Access denied)."#]],
    );
}

// Many Regions.

#[tokio::test(start_paused = true)]
async fn every_region_that_failed_is_told_and_every_one_that_worked() {
    let mut stage = Stage::new().await;
    let everywhere = with(&inventory(), "Regions", json!(["eu-west-1", "us-east-1", "us-west-2", "ap-south-1"]));
    stage.world.lock().ssm.inject(Fault::at(Op::Create, invalid("The moon is full.")).within("us-east-1"));
    stage.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::Denied).within("us-west-2"));
    check(
        &stage.create(&everywhere).await,
        &expect![[r#"
        Resource data sync inventory could not be created in us-east-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "The moon is full".
        Check that bucket logs exists, is in eu-west-1, and lets ssm.amazonaws.com write (README: Bucket policy).
        Resource data sync inventory could not be created in us-west-2: CreateResourceDataSync was answered with AccessDeniedException, "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: ssm:CreateResourceDataSync on resource: arn:aws:ssm:us-west-2:123456789012:resource-data-sync/inventory because no identity-based policy allows the ssm:CreateResourceDataSync action".
        Allow the function's role ssm:CreateResourceDataSync on arn:aws:ssm:us-west-2:123456789012:resource-data-sync/inventory (README: Access denied).
        It worked in ap-south-1, eu-west-1."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_quote_of_ssms_keeps_its_own_full_stop_out() {
    let served = create_refused(&inventory(), Op::Create, invalid("It ends with dots... ")).await;
    check(
        &served,
        &expect![[r#"
        Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, "It ends with dots".
        Check that bucket logs exists, is in eu-west-1, and lets ssm.amazonaws.com write (README: Bucket policy)."#]],
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_log_group_or_stream_the_reason_ends_with_what_is_known() {
    let mut stage = Stage::new().await;
    stage.function.settings.log_group = String::new();
    assert!(
        stage.create(&json!({})).await.reason().ends_with(". See log stream 2026/11/23/[$LATEST]0123456789abcdef.")
    );
    stage.function.settings.log_stream = String::new();
    assert!(stage.create(&json!({})).await.reason().ends_with(". See the function's log."));
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_that_fails_late_is_seen_only_by_who_waits_for_it() {
    for (waits, status) in [("false", "SUCCESS"), ("true", "FAILED")] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.first_sync =
            Script(vec![Status::None, Status::InProgress, Status::InProgress, Status::Failed("Late.".into())]);
        let served = stage.create(&with(&inventory(), "WaitForFirstSync", json!(waits))).await;
        assert_eq!(served.status(), status);
    }
}

#[test]
fn every_section_of_the_readme_that_a_message_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = BTreeSet::new();
    for entry in fs::read_dir(root.join("src")).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        // A literal may go on in the next line.
        let joined = source.split("\\\n").map(str::trim_start).collect::<Vec<_>>().concat();
        named.extend(joined.split("(README: ").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()));
    }
    assert!(named.contains("Time ran out") && named.len() >= 10, "the search finds them: {named:?}");
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README.md");
    let headings: BTreeSet<&str> = readme.lines().filter_map(|line| line.strip_prefix("### ")).map(str::trim).collect();
    let missing: Vec<&String> = named.iter().filter(|name| !headings.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "README.md has no heading ### for {missing:?}");
}
