//! Golden transcripts: an event goes in, every request to SSM and the PUT come out.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::{
    stage::{REGION, Stage, from_source, to_bucket, with},
    world::fault::{Fault, FaultKind, Op},
};

fn check(stage: &mut Stage, expected: &Expect) {
    expected.assert_eq(&stage.transcript());
}

#[tokio::test(start_paused = true)]
async fn a_create_and_its_delete() {
    let mut stage = Stage::new().await;
    let properties = to_bucket("inventory", "logs");
    stage.create(&properties).await;
    stage.delete("inventory", &properties).await;
    check(
        &mut stage,
        &expect![[r#"
        0.01    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.03    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        0.55    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (InProgress)]
        0.57    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
        0.59    eu-west-1 DeleteResourceDataSync {"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.61    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> []
        0.63    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync"}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn every_property_under_the_names_of_the_api() {
    let mut stage = Stage::new().await;
    let properties = json!({
        "SyncName": "inventory",
        "SyncType": "SyncToDestination",
        "S3Destination": {
            "BucketName": "logs",
            "Prefix": "ssm",
            "SyncFormat": "JsonSerDe",
            "Region": "us-east-1",
            "AWSKMSKeyARN": "arn:aws:kms:us-east-1:123456789012:key/k",
            "DestinationDataSharing": { "DestinationDataSharingType": "Organization" },
        },
    });
    stage.create(&properties).await;
    check(
        &mut stage,
        &expect![[r#"
        0.01    eu-west-1 CreateResourceDataSync {"S3Destination":{"AWSKMSKeyARN":"arn:aws:kms:us-east-1:123456789012:key/k","BucketName":"logs","DestinationDataSharing":{"DestinationDataSharingType":"Organization"},"Prefix":"ssm","Region":"us-east-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.03    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        0.55    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (InProgress)]
        0.57    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn the_native_flat_form() {
    let mut stage = Stage::new().await;
    let properties = json!({
        "SyncName": "inventory",
        "BucketName": "logs",
        "BucketPrefix": "ssm",
        "BucketRegion": "us-east-1",
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
        "SyncFormat": "JsonSerDe",
        "SyncType": "",
        "SyncSource": {},
    });
    stage.create(&properties).await;
    check(
        &mut stage,
        &expect![[r#"
        0.01    eu-west-1 CreateResourceDataSync {"S3Destination":{"AWSKMSKeyARN":"arn:aws:kms:us-east-1:123456789012:key/k","BucketName":"logs","Prefix":"ssm","Region":"us-east-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.03    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        0.55    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (InProgress)]
        0.57    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn an_organization_whose_units_change() {
    let mut stage = Stage::new().await;
    let properties = |units: Value, flag: &str| {
        json!({
            "SyncName": "explorer",
            "SyncType": "SyncFromSource",
            "SyncSource": {
                "SourceType": "AwsOrganizations",
                "AwsOrganizationsSource": { "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": units },
                "SourceRegions": ["eu-west-1", "us-east-1"],
                "IncludeFutureRegions": flag,
                "EnableAllOpsDataSources": "True",
            },
        })
    };
    let old = properties(json!(["ou-ab12-34cd56ef"]), "false");
    let new = properties(json!([{ "OrganizationalUnitId": "ou-ab12-34cd56ef" }, "ou-ab12-99999999"]), "true");
    stage.create(&old).await;
    stage.update("explorer", &new, &old).await;
    stage.delete("explorer", &new).await;
    check(
        &mut stage,
        &expect![[r#"
        0.01    eu-west-1 CreateResourceDataSync {"SyncName":"explorer","SyncSource":{"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":[{"OrganizationalUnitId":"ou-ab12-34cd56ef"}]},"EnableAllOpsDataSources":true,"IncludeFutureRegions":false,"SourceRegions":["eu-west-1","us-east-1"],"SourceType":"AwsOrganizations"},"SyncType":"SyncFromSource"}
                -> {}
        0.03    eu-west-1 ListResourceDataSync {"SyncType":"SyncFromSource"}
                -> [explorer (no status)]
        0.05    PUT {"Status":"SUCCESS","PhysicalResourceId":"explorer","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer","LastStatus":"","RegionStates":"eu-west-1=Listed","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"explorer","SyncSourceState":"","SyncType":"SyncFromSource"}}
                -> 200
        0.07    eu-west-1 ListResourceDataSync {"SyncType":"SyncFromSource"}
                -> [explorer (no status)]
        0.09    eu-west-1 UpdateResourceDataSync {"SyncName":"explorer","SyncSource":{"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":[{"OrganizationalUnitId":"ou-ab12-34cd56ef"},{"OrganizationalUnitId":"ou-ab12-99999999"}]},"EnableAllOpsDataSources":true,"IncludeFutureRegions":true,"SourceRegions":["eu-west-1","us-east-1"],"SourceType":"AwsOrganizations"},"SyncType":"SyncFromSource"}
                -> {}
        0.11    eu-west-1 ListResourceDataSync {"SyncType":"SyncFromSource"}
                -> [explorer (no status)]
        0.13    PUT {"Status":"SUCCESS","PhysicalResourceId":"explorer","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer","LastStatus":"","RegionStates":"eu-west-1=Listed","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"explorer","SyncSourceState":"","SyncType":"SyncFromSource"}}
                -> 200
        0.15    eu-west-1 DeleteResourceDataSync {"SyncName":"explorer","SyncType":"SyncFromSource"}
                -> {}
        0.17    eu-west-1 ListResourceDataSync {"SyncType":"SyncFromSource"}
                -> []
        0.19    PUT {"Status":"SUCCESS","PhysicalResourceId":"explorer","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000003","LogicalResourceId":"Sync"}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_changes_under_a_kept_name() {
    let mut stage = Stage::new().await;
    let (old, new) = (to_bucket("inventory", "logs"), to_bucket("inventory", "more-logs"));
    stage.create(&old).await;
    stage.transcript();
    stage.update("inventory", &new, &old).await;
    check(
        &mut stage,
        &expect![[r#"
        0.59    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (Successful)]
        0.61    eu-west-1 DeleteResourceDataSync {"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.63    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> []
        0.65    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"more-logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.67    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        1.19    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (InProgress)]
        1.21    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_refuses_under_a_kept_name_and_the_old_one_put_back() {
    let mut stage = Stage::new().await;
    let mut old = to_bucket("inventory", "logs");
    old["S3Destination"]["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
    let new = to_bucket("inventory", "more-logs");
    stage.create(&old).await;
    stage.transcript();
    let refusal = FaultKind::Invalid("The bucket more-logs is not in Region eu-west-1.".to_owned());
    stage.world.lock().ssm.inject(Fault::at(Op::Create, refusal));
    stage.update("inventory", &new, &old).await;
    check(
        &mut stage,
        &expect![[r#"
        0.59    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (Successful)]
        0.61    eu-west-1 DeleteResourceDataSync {"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.63    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> []
        0.65    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"more-logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> ResourceDataSyncInvalidConfigurationException "The bucket more-logs is not in Region eu-west-1."
        0.67    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","DestinationDataSharing":{"DestinationDataSharingType":"Organization"},"Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.69    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        0.71    PUT {"Status":"FAILED","Reason":"Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync was answered with ResourceDataSyncInvalidConfigurationException, \"The bucket more-logs is not in Region eu-west-1\". Check that bucket more-logs exists, is in eu-west-1, and lets ssm.amazonaws.com write (README: Bucket policy). The old configuration of inventory was put back in eu-west-1. See log stream 2026/11/23/[$LATEST]0123456789abcdef in log group /aws/lambda/resource-data-sync.","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync"}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_of_nothing() {
    let mut stage = Stage::new().await;
    let properties = from_source("explorer", &["eu-west-1", "us-east-1"]);
    stage.create(&properties).await;
    stage.transcript();
    stage.update("explorer", &from_source("explorer", &["us-east-1", "eu-west-1"]), &properties).await;
    check(
        &mut stage,
        &expect![[r#"
        0.07    eu-west-1 ListResourceDataSync {"SyncType":"SyncFromSource"}
                -> [explorer (no status)]
        0.09    PUT {"Status":"SUCCESS","PhysicalResourceId":"explorer","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer","LastStatus":"","RegionStates":"eu-west-1=Listed","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"explorer","SyncSourceState":"","SyncType":"SyncFromSource"}}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_made_up_name_that_changes_with_its_bucket() {
    let mut stage = Stage::new().await;
    let old = with(&to_bucket("", "logs"), "SyncName", Value::Null);
    let new = with(&to_bucket("", "more-logs"), "SyncName", json!(""));
    let old_id = stage.create(&old).await.id().to_owned();
    let new_id = stage.update(&old_id, &new, &old).await.id().to_owned();
    stage.delete(&old_id, &old).await;
    assert_eq!(stage.names(REGION), [new_id]);
    check(
        &mut stage,
        &expect![[r#"
        0.01    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory-Sync-ap7mi2t93i568s56","SyncType":"SyncToDestination"}
                -> {}
        0.03    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory-Sync-ap7mi2t93i568s56 (no status)]
        0.55    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory-Sync-ap7mi2t93i568s56 (InProgress)]
        0.57    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory-Sync-ap7mi2t93i568s56","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory-Sync-ap7mi2t93i568s56","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory-Sync-ap7mi2t93i568s56","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
        0.59    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"more-logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory-Sync-99gc0ullks1tdfgp","SyncType":"SyncToDestination"}
                -> {}
        0.61    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory-Sync-ap7mi2t93i568s56 (Successful), inventory-Sync-99gc0ullks1tdfgp (no status)]
        1.13    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory-Sync-ap7mi2t93i568s56 (Successful), inventory-Sync-99gc0ullks1tdfgp (InProgress)]
        1.15    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory-Sync-99gc0ullks1tdfgp","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory-Sync-99gc0ullks1tdfgp","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory-Sync-99gc0ullks1tdfgp","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
        1.17    eu-west-1 DeleteResourceDataSync {"SyncName":"inventory-Sync-ap7mi2t93i568s56","SyncType":"SyncToDestination"}
                -> {}
        1.19    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory-Sync-99gc0ullks1tdfgp (Successful)]
        1.21    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory-Sync-ap7mi2t93i568s56","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000003","LogicalResourceId":"Sync"}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken() {
    let mut stage = Stage::new().await;
    let properties = to_bucket("inventory", "logs");
    let theirs = json!({ "SyncName": "inventory", "S3Destination": { "BucketName": "logs", "SyncFormat": "JsonSerDe", "Region": REGION } });
    stage.outsider(REGION, &theirs);
    stage.pass(60).await;
    let id = stage.create(&properties).await.id().to_owned();
    stage.delete(&id, &properties).await;
    check(
        &mut stage,
        &expect![[r#"
        60.01   eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> ResourceDataSyncAlreadyExistsException
        60.03   eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (Successful)]
        60.05   PUT {"Status":"FAILED","Reason":"The name inventory is taken in eu-west-1 by a sync to bucket logs in eu-west-1, created 2026-11-23T08:00:00Z, which this resource did not make and so leaves alone. Choose another SyncName, leave SyncName out to have a name made up, or delete that sync first (README: Name taken). See log stream 2026/11/23/[$LATEST]0123456789abcdef in log group /aws/lambda/resource-data-sync.","PhysicalResourceId":"Custom::ResourceDataSync/failed-create-is-no-sync/20261123T080100Z/taken/inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync"}
                -> 200
        60.07   PUT {"Status":"SUCCESS","PhysicalResourceId":"Custom::ResourceDataSync/failed-create-is-no-sync/20261123T080100Z/taken/inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync"}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn one_resource_in_three_regions() {
    let mut stage = Stage::new().await;
    let old = with(&to_bucket("inventory", "logs"), "Regions", json!(["us-east-1", "eu-west-1"]));
    let new = with(&to_bucket("inventory", "logs"), "Regions", json!(["us-east-1", "ap-south-1"]));
    stage.create(&old).await;
    stage.update("inventory", &new, &old).await;
    stage.delete("inventory", &new).await;
    check(
        &mut stage,
        &expect![[r#"
        0.01    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.01    us-east-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.03    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        0.03    us-east-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        0.55    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (InProgress)]
        0.55    us-east-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (InProgress)]
        0.57    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress,us-east-1=InProgress","Regions":"eu-west-1,us-east-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
        0.59    ap-south-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        0.61    ap-south-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (no status)]
        1.13    ap-south-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (InProgress)]
        1.15    us-east-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (Successful)]
        1.17    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> [inventory (Successful)]
        1.19    eu-west-1 DeleteResourceDataSync {"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        1.21    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> []
        1.23    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000002","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:ap-south-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"ap-south-1=InProgress,us-east-1=Successful","Regions":"ap-south-1,us-east-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
                -> 200
        1.25    ap-south-1 DeleteResourceDataSync {"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        1.25    us-east-1 DeleteResourceDataSync {"SyncName":"inventory","SyncType":"SyncToDestination"}
                -> {}
        1.27    ap-south-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> []
        1.27    us-east-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                -> []
        1.29    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000003","LogicalResourceId":"Sync"}
                -> 200
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_lost_after_the_sync_was_made() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::LoseReplyAfter));
    stage.create(&to_bucket("inventory", "logs")).await;
    check(
        &mut stage,
        &expect![[r#"
            0.01    eu-west-1 CreateResourceDataSync {"S3Destination":{"BucketName":"logs","Region":"eu-west-1","SyncFormat":"JsonSerDe"},"SyncName":"inventory","SyncType":"SyncToDestination"}
                    -> (connection closed)
            0.34    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                    -> [inventory (no status)]
            0.86    eu-west-1 ListResourceDataSync {"SyncType":"SyncToDestination"}
                    -> [inventory (InProgress)]
            0.88    PUT {"Status":"SUCCESS","PhysicalResourceId":"inventory","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync","Data":{"Arn":"arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory","LastStatus":"InProgress","RegionStates":"eu-west-1=InProgress","Regions":"eu-west-1","SyncCreatedTime":"2026-11-23T08:00:00Z","SyncName":"inventory","SyncSourceState":"","SyncType":"SyncToDestination"}}
                    -> 200
        "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn faults_in_the_properties_are_told_at_once() {
    let mut stage = Stage::new().await;
    let properties = json!({
        "SyncNam": "inventory",
        "S3Destination": { "BucketName": "", "Prefix": "p".repeat(300), "Region": "eu-west-1", "SyncFormat": "Parquet" },
        "BucketName": "logs",
        "SyncSource": { "SourceType": "SingleAccountMultiRegion", "SourceRegions": [] },
        "WaitForFirstSync": "yes",
        "Regions": ["eu-west-1", "eu-west-1", "Ireland"],
    });
    stage.create(&properties).await;
    check(
        &mut stage,
        &expect![[r#"
            0.01    PUT {"Status":"FAILED","Reason":"The properties are at fault, and nothing was changed. SyncNam: there is no such property; did you mean SyncName?; BucketName: given together with S3Destination; write the destination in one of the two forms; S3Destination.BucketName: required (1 to 2048 characters), but it is missing; S3Destination.Prefix: must have 1 to 256 characters, got 300 characters; S3Destination.SyncFormat: must be JsonSerDe, got \"Parquet\"; SyncSource.SourceType: must be SingleAccountMultiRegions or AwsOrganizations, got \"SingleAccountMultiRegion\"; SyncSource.SourceRegions: must have at least one item, got 0; SyncSource: allowed only when SyncType is SyncFromSource; Regions[1]: \"eu-west-1\" is listed twice; Regions[2]: must be the name of a Region, like eu-west-1, got \"Ireland\"; WaitForFirstSync: must be true or false, got \"yes\". See log stream 2026/11/23/[$LATEST]0123456789abcdef in log group /aws/lambda/resource-data-sync.","PhysicalResourceId":"Custom::ResourceDataSync/failed-create-is-no-sync/20261123T080000Z/invalid/","StackId":"arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002","RequestId":"00000000-0000-4000-8000-000000000001","LogicalResourceId":"Sync"}
                    -> 200
        "#]],
    );
}
