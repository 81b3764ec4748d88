use expect_test::expect;
use serde_json::json;

use super::*;
use crate::env::from_source;
use crate::fake::ssm::Lag;
use crate::fake::sync::Script;

#[tokio::test(start_paused = true)]
async fn a_sync_to_a_bucket() {
    let mut story = Story::new();
    story.first_sync(Script::settles());
    let served = story.create(&inventory()).await;
    let data = served.response()["Data"].as_object().expect("attributes").clone();
    story.attributes(&served, &data.keys().map(String::as_str).collect::<Vec<_>>());
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (no status)
          0.39 List   eu-west-1  inventory → logs (InProgress)
          0.41 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
            Arn "arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory", LastStatus "InProgress", RegionStates "eu-west-1=InProgress", Regions "eu-west-1", SyncCreatedTime "2026-11-23T08:00:00Z", SyncName "inventory", SyncSourceState "", SyncType "SyncToDestination"
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_sync_from_a_source() {
    let mut story = Story::new();
    let served = story.create(&explorer(&["eu-west-1", "us-east-1"])).await;
    let data = served.response()["Data"].as_object().expect("attributes").clone();
    story.attributes(&served, &data.keys().map(String::as_str).collect::<Vec<_>>());
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  sources: –
          0.05 Write  record     v1 Working: eu-west-1/SyncFromSource/explorer Open Making
          0.07 Create eu-west-1  explorer → SingleAccountMultiRegions of eu-west-1 us-east-1
          0.09 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of us-east-1 eu-west-1 (no state)
          0.11 Write  record     v2 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
            Arn "arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/explorer", LastStatus "", RegionStates "eu-west-1=Listed", Regions "eu-west-1", SyncCreatedTime "2026-11-23T08:00:00Z", SyncName "explorer", SyncSourceState "", SyncType "SyncFromSource"
        There is: eu-west-1 explorer → sources ["eu-west-1","us-east-1"]
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn one_region_refused_and_the_rest_removed() {
    let mut story = Story::new();
    let properties = in_regions(&inventory(), &["us-east-1", "eu-west-1"]);
    story.fault(at_create(refused()).within("us-east-1"));
    story.create(&properties).await;
    story.delete(&properties).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.03 List   us-east-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making, us-east-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.07 Create us-east-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
          0.09 List   eu-west-1  inventory → logs (InProgress)
          0.11 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            Resource data sync inventory could not be created in us-east-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". Check that bucket #bucket-policy
        Delete create-failed:00000000-0000-4000-8000-000000000001
          0.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
          0.19 List   eu-west-1  inventory → logs (Successful)
          0.21 Delete eu-west-1  inventory
          0.23 List   eu-west-1  –
          0.25 Write  record     v4 Done
          SUCCESS create-failed:00000000-0000-4000-8000-000000000001
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_refused() {
    let mut story = Story::new();
    story.note("a Region without the service");
    story.fault(Fault::region(REGION, FaultKind::Unsupported));
    story.create(&inventory()).await;
    story.no_faults();
    story.note("a permission that never spreads");
    story.fault(at_create(FaultKind::Denied).always());
    story.create(&inventory()).await;
    story.no_faults();
    story.note("a code that does not say for certain that nothing was made");
    let (code, message) = ("OddException".to_owned(), "Not today.".to_owned());
    story.fault(at_create(FaultKind::Refused { status: 400, code, message }));
    story.create(&inventory()).await;
    story.check(expect![[r##"
        # a Region without the service
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1                                         ✗ UnknownOperation
          0.05 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            Resource data sync inventory could not be looked up in eu-west-1: ListResourceDataSync returned
            UnknownOperationException. SSM does not offer resource data syncs there, so take it out of #region-not-supported
        # a permission that never spreads
        Create
          0.11 List   eu-west-1  –
          0.13 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.15 Create eu-west-1  inventory → logs                       ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          1.08 Read   record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 9 times more, until 30.17
         30.19 Create eu-west-1  inventory → logs                       ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         30.21 Write  record     v3 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000002
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # a code that does not say for certain that nothing was made
        Create
         30.27 List   eu-west-1  –
         30.29 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         30.31 Create eu-west-1  inventory → logs                       ✗ Odd "Not today."
         30.33 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED create-failed:00000000-0000-4000-8000-000000000003
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned OddException, "Not
            today". Change the resource's properties accordingly. #refused-by-ssm
        There is: nothing
    "##]]);
}

#[tokio::test(start_paused = true)]
async fn a_name_taken_in_one_region_stops_all() {
    let mut story = Story::new();
    story.note("an equal sync of nobody's");
    story.by_hand("us-east-1", &inventory());
    let properties = in_regions(&inventory(), &["us-east-1", "eu-west-1"]);
    story.create(&properties).await;
    story.delete(&properties).await;
    story.check(expect![[r#"
        # an equal sync of nobody's
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.03 List   us-east-1  inventory → logs (Successful)
          0.05 Scan   record     0 records
          0.07 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            A sync named inventory already exists in us-east-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). This
            resource did not create it and left it unchanged; no record says whose it is. #name-already-exists
        Delete nothing-created:00000000-0000-4000-8000-000000000001
          0.13 Write  record     v2 Done
          SUCCESS nothing-created:00000000-0000-4000-8000-000000000001
        There is: us-east-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_list_does_not_show() {
    let mut story = Story::new();
    story.env.aws.lock().ssm.lag = Lag { creations_ms: 600_000, ..Lag::default() };
    story.by_hand(REGION, &to_bucket("inventory", "theirs"));
    story.create(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs                       ✗ AlreadyExists
          0.09 List   eu-west-1  –
          0.39 Create eu-west-1  inventory → logs                       ✗ AlreadyExists
          0.41 List   eu-west-1  –
          0.97 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 8 times more, until 25.11
         25.13 Create eu-west-1  inventory → logs                       ✗ AlreadyExists
         25.15 List   eu-west-1  –
         25.17 Write  record     v2 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            A sync named inventory already exists in eu-west-1, and ListResourceDataSync does not show it. Deploy again in a
            few minutes; if inventory is still taken, choose another SyncName. #name-already-exists
        There is: eu-west-1 inventory → theirs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_that_fails() {
    let mut story = Story::new();
    story.first_sync(Script::fails("S3 write failed: Access Denied"));
    story.create(&inventory()).await;
    story.delete(&inventory()).await;
    story.note("InProgress is enough, unless the template asks for more");
    story.first_sync(Script::fails_late("The bucket is gone"));
    story.create(&with(&inventory(), "WaitForFirstSync", json!("true"))).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (no status)
          0.39 List   eu-west-1  inventory → logs (Failed)
          0.41 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            Resource data sync inventory was created in eu-west-1, but its first sync failed: "S3 write failed: Access Denied".
            In the policy of bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on #bucket-policy
        Delete create-failed:00000000-0000-4000-8000-000000000001
          0.47 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
          0.49 List   eu-west-1  inventory → logs (Failed)
          0.51 Delete eu-west-1  inventory
          0.53 List   eu-west-1  –
          0.55 Write  record     v4 Done
          SUCCESS create-failed:00000000-0000-4000-8000-000000000001
        # InProgress is enough, unless the template asks for more
        Create
          0.61 List   eu-west-1  –
          0.63 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.65 Create eu-west-1  inventory → logs
          0.67 List   eu-west-1  inventory → logs (no status)
          1.47 List   eu-west-1  inventory → logs (InProgress)
          2.94 List   eu-west-1  inventory → logs (Failed)
          2.96 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED create-failed:00000000-0000-4000-8000-000000000003
            Resource data sync inventory was created in eu-west-1, but its first sync failed: "The bucket is gone". Check that
            bucket logs exists, is in eu-west-1, and that its policy lets ssm.amazonaws.com #bucket-policy
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn no_status_after_a_minute_is_pending() {
    let mut story = Story::new();
    story.first_sync(Script::no_status());
    let served = story.create(&inventory()).await;
    story.attributes(&served, &["LastStatus", "RegionStates"]);
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (no status)
                 … 19 times more, until 60.11
         60.13 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
            LastStatus "Pending", RegionStates "eu-west-1=Pending"
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_outlived() {
    let mut story = Story::new();
    for op in [Op::GetItem, Op::PutItem, Op::List, Op::Create] {
        story.fault(Fault::at(op, FaultKind::Denied));
    }
    story.fault(at_create(FaultKind::S3WriteFailed).nth(2).times(2));
    story.fault(at_create(FaultKind::Throttle).nth(4).times(2));
    story.fault(at_create(FaultKind::Conflict).nth(6));
    story.create(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record                                            ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          0.74 Read   record     –
          0.76 List   eu-west-1                                         ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          1.48 List   eu-west-1  –
          1.50 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          2.28 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          2.30 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          2.32 Create eu-west-1  inventory → logs                       ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          3.45 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          3.47 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "S3 write failed for bucket: logs. Please refer to SSM Docume…"
          4.23 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          4.25 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "S3 write failed for bucket: logs. Please refer to SSM Docume…"
          5.61 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          5.63 Create eu-west-1  inventory → logs                       ✗ Throttling "Rate exceeded"
          5.98 List   eu-west-1  –
          6.00 Create eu-west-1  inventory → logs                       ✗ Throttling "Rate exceeded"
          6.77 List   eu-west-1  –
          6.79 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          6.81 Create eu-west-1  inventory → logs                       ✗ Conflict "Another UpdateResourceDataSync request is being processed. W…"
          8.69 List   eu-west-1  –
          8.71 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.73 Create eu-west-1  inventory → logs
          8.75 List   eu-west-1  inventory → logs (InProgress)
          8.77 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn no_place_is_left() {
    let mut story = Story::new();
    story.fill();
    story.by_hand(REGION, &from_source("AWS-QuickSetup-Explorer", &["eu-west-1"]));
    story.create(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
          0.05 List   eu-west-1  three → theirs (Successful), four → theirs (Successful)
          0.07 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.09 Create eu-west-1  inventory → logs                       ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
          0.11 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
          0.13 List   eu-west-1  three → theirs (Successful), four → theirs (Successful)
          0.15 List   eu-west-1  sources: AWS-QuickSetup-Explorer → SingleAccountMultiRegions of eu-west-1 (no state)
          0.17 Write  record     v2 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncCountExceededException, "You have exceeded the allowed maximum sync configurations". #quota-of-five
        There is: eu-west-1 one → theirs; eu-west-1 two → theirs; eu-west-1 three → theirs; eu-west-1 four → theirs; eu-west-1 AWS-QuickSetup-Explorer → sources ["eu-west-1"]
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_source_in_a_bad_state() {
    let mut story = Story::new();
    story.env.aws.lock().ssm.source_state = Some("NoPermissions".to_owned());
    story.create(&explorer(&["eu-west-1"])).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  sources: –
          0.05 Write  record     v1 Working: eu-west-1/SyncFromSource/explorer Open Making
          0.07 Create eu-west-1  explorer → SingleAccountMultiRegions of eu-west-1
          0.09 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (NoPermissions)
                 … 11 times more, until 30.11
         30.13 Write  record     v2 Done: eu-west-1/SyncFromSource/explorer Open
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            Resource data sync explorer in eu-west-1 is in the state NoPermissions. Create the service-linked role of
            accountdiscovery.ssm.amazonaws.com: `aws iam create-service-linked-role #service-linked-role
        There is: eu-west-1 explorer → sources ["eu-west-1"]
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn never_listed_is_a_failure() {
    let mut story = Story::new();
    story.env.aws.lock().ssm.lag = Lag { creations_ms: 200_000, ..Lag::default() };
    story.create(&inventory()).await;
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  –
                 … 35 times more, until 120.11
        120.13 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            SSM accepted resource data sync inventory in eu-west-1, but ListResourceDataSync has not shown it for two minutes.
            Deploy again in a few minutes; if it stays so, ask AWS Support with the sync's #list-lags-behind
        Delete create-failed:00000000-0000-4000-8000-000000000001
        120.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
        120.21 List   eu-west-1  –
        120.23 Delete eu-west-1  inventory
        120.25 List   eu-west-1  –
        120.27 Write  record     v4 Done
          SUCCESS create-failed:00000000-0000-4000-8000-000000000001
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_not_allowed() {
    let mut story = Story::new();
    story.allow_buckets(&["audit-*"]);
    story.create(&inventory()).await;
    story.allow_buckets(&[]);
    story.create(&inventory()).await;
    story.allow_buckets(&["audit-*"]);
    story.note("what was made before the bound is kept, restored and deleted");
    story.update(&with(&inventory(), "Trigger", json!("2"))).await;
    story.fault(at_create(refused()));
    story.update(&to_bucket("inventory", "audit-logs")).await;
    story.update(&inventory()).await;
    story.note("in another Region it would be another destination");
    story.update(&in_regions(&inventory(), &["eu-west-1", "us-east-1"])).await;
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            S3Destination.BucketName: the function's ALLOWED_BUCKETS does not allow bucket logs, only audit-*. Nothing was
            changed. #bucket-not-allowed
        Create
          0.09 List   eu-west-1  –
          0.11 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.13 Create eu-west-1  inventory → logs
          0.15 List   eu-west-1  inventory → logs (InProgress)
          0.17 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # what was made before the bound is kept, restored and deleted
        Update inventory
          0.23 List   eu-west-1  inventory → logs (Successful)
          0.25 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Update inventory
          0.31 List   eu-west-1  inventory → logs (Successful)
          0.33 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.35 Delete eu-west-1  inventory
          0.37 List   eu-west-1  –
          0.39 Create eu-west-1  inventory → audit-logs                 ✗ InvalidConfiguration "The bucket is in another Region."
          0.41 List   eu-west-1  –
          0.43 Create eu-west-1  inventory → logs
          0.45 List   eu-west-1  inventory → logs (InProgress)
          0.47 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". … The previous configuration of
            inventory was restored in eu-west-1 #bucket-policy
        Update inventory
          0.53 List   eu-west-1  inventory → logs (Successful)
          0.55 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # in another Region it would be another destination
        Update inventory
          0.61 Write  record     v8 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            S3Destination.BucketName: the function's ALLOWED_BUCKETS does not allow bucket logs, only audit-*. Nothing was
            changed. #bucket-not-allowed
        Delete inventory
          0.67 Write  record     v9 Working: eu-west-1/SyncToDestination/inventory Open
          0.69 List   eu-west-1  inventory → logs (Successful)
          0.71 Delete eu-west-1  inventory
          0.73 List   eu-west-1  –
          0.75 Write  record     v10 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn two_resources_want_one_name_at_once() {
    let mut story = Story::new();
    let event = story.env.event("Create", None, &inventory());
    let theirs = story.env.event_of(OTHER_STACK, "Sync", "Create", None, &inventory());
    let other = story.env.another_process();
    let (first, second) = tokio::join!(story.env.send(&event), story.env.send_to(&other, &theirs, usize::MAX));
    story.tell(&event, ", and another stack's", &first);
    assert_eq!([first.status(), second.status()], ["SUCCESS", "FAILED"]);
    story.check(expect![[r#"
        Create, and another stack's
          0.01 Read   record     –
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.07 Create eu-west-1  inventory → logs                       ✗ AlreadyExists
          0.09 List   eu-west-1  inventory → logs (InProgress)
          0.09 List   eu-west-1  inventory → logs (Successful)
          0.11 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          0.11 Scan   record     2 records, and more
          SUCCESS inventory
          0.13 Scan   record     0 records
          0.15 Write  record     v2 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000002
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). It
            belongs to resource Sync of stack #name-already-exists
        There is: eu-west-1 inventory → logs
    "#]]);
}
