use expect_test::expect;
use serde_json::json;

use super::*;

fn retaining(properties: &Value, regions: &[&str]) -> Value {
    with(properties, "RetainRegions", json!(regions))
}

#[tokio::test(start_paused = true)]
async fn added_first_then_changed_then_removed() {
    let mut story = Story::of(&in_regions(&inventory(), &["ap-south-1", "ca-central-1", "eu-west-1"])).await;
    let served = story.update(&in_regions(&moved(), &["us-east-1", "ap-south-1", "eu-west-1"])).await;
    story.note("the Arn is that of the function's own Region");
    story.attributes(&served, &["Arn", "LastStatus", "Regions", "RegionStates"]);
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: ap-south-1/SyncToDestination/inventory Settled, ca-central-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/inventory Settled
         60.17 List   us-east-1  –
         60.17 List   ap-south-1 inventory → logs (Successful)
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: ap-south-1/SyncToDestination/inventory Open Making, ca-central-1/SyncToDestination/inventory Open, eu-west-1/SyncToDestination/inventory Open Making, us-east-1/SyncToDestination/inventory Open Making
         60.21 Create us-east-1  inventory → more-logs
         60.23 List   us-east-1  inventory → more-logs (InProgress)
         60.25 Delete ap-south-1 inventory
         60.25 Delete eu-west-1  inventory
         60.27 List   ap-south-1 –
         60.27 List   eu-west-1  –
         60.29 Create ap-south-1 inventory → more-logs
         60.29 Create eu-west-1  inventory → more-logs
         60.31 List   ap-south-1 inventory → more-logs (InProgress)
         60.31 List   eu-west-1  inventory → more-logs (InProgress)
         60.33 List   ca-central-1 inventory → logs (Successful)
         60.35 Delete ca-central-1 inventory
         60.37 List   ca-central-1 –
         60.39 Write  record     v4 Done: ap-south-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # the Arn is that of the function's own Region
            Arn "arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory", LastStatus "InProgress", Regions "ap-south-1,eu-west-1,us-east-1", RegionStates "ap-south-1=InProgress,eu-west-1=InProgress,us-east-1=InProgress"
        There is: ap-south-1 inventory → more-logs; eu-west-1 inventory → more-logs; us-east-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_was_replaced_during_another_region_is_left() {
    let mut story = Story::of(&in_regions(&inventory(), &["eu-west-1"])).await;
    story.fault(at_create(FaultKind::S3WriteFailed).times(2).within("us-east-1"));
    let event = story.env.event("Update", Some("inventory"), &in_regions(&moved(), &["us-east-1", "eu-west-1"]));
    let (served, ()) = tokio::join!(story.env.send(&event), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        story.env.aws.lock().ssm.foreign_delete("eu-west-1", "inventory");
        story.by_hand("eu-west-1", &to_bucket("inventory", "theirs"));
    });
    story.tell(&event, "", &served);
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   us-east-1  –
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making, us-east-1/SyncToDestination/inventory Open Making
         60.21 Create us-east-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         61.05 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making, us-east-1/SyncToDestination/inventory Open Making
         61.07 Create us-east-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         63.09 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making, us-east-1/SyncToDestination/inventory Open Making
         63.11 Create us-east-1  inventory → more-logs
         63.13 List   us-east-1  inventory → more-logs (InProgress)
         63.15 List   eu-west-1  inventory → theirs (Successful)
         63.17 Scan   record     1 record
         63.19 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Open
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket theirs in eu-west-1, created 2026-11-23T08:01:00Z). It
            is not the one that this resource created: another client has replaced that #name-already-exists
        There is: eu-west-1 inventory → theirs; us-east-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_refused_stops_the_rest() {
    let old = in_regions(&inventory(), &["eu-west-1"]);
    let mut story = Story::of(&old).await;
    story.fault(at_create(refused()).within("us-east-1"));
    story.update(&in_regions(&moved(), &["ap-south-1", "us-east-1"])).await;
    story.note("its rollback");
    story.update(&old).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   ap-south-1 –
         60.17 List   us-east-1  –
         60.19 Write  record     v3 Working: ap-south-1/SyncToDestination/inventory Open Making, eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open Making
         60.21 Create ap-south-1 inventory → more-logs
         60.21 Create us-east-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.23 List   ap-south-1 inventory → more-logs (InProgress)
         60.25 Write  record     v4 Done: ap-south-1/SyncToDestination/inventory Open, eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be created in us-east-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". Check that bucket #bucket-policy
        # its rollback
        Update inventory
         60.31 List   eu-west-1  inventory → logs (Successful)
         60.33 Write  record     v5 Working: ap-south-1/SyncToDestination/inventory Open, eu-west-1/SyncToDestination/inventory Settled
         60.35 List   ap-south-1 inventory → more-logs (Successful)
         60.37 Delete ap-south-1 inventory
         60.39 List   ap-south-1 –
         60.41 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_closed_region_that_is_removed() {
    let mut story = Story::of(&in_regions(&inventory(), &["eu-west-1", "me-south-1"])).await;
    story.fault(Fault::region("me-south-1", FaultKind::RegionDisabled));
    story.update(&in_regions(&inventory(), &["eu-west-1"])).await;
    story.note("its rollback");
    story.update(&in_regions(&inventory(), &["eu-west-1", "me-south-1"])).await;
    story.note("with RetainRegions");
    story.update(&retaining(&in_regions(&inventory(), &["eu-west-1"]), &["me-south-1"])).await;
    story.note("and the stack's Delete");
    story.delete(&retaining(&in_regions(&inventory(), &["eu-west-1"]), &["me-south-1"])).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Open
         60.21 List   me-south-1                                        ✗ UnrecognizedClient "The security token included in the request is invalid."
         60.23 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be looked up in me-south-1: ListResourceDataSync returned
            UnrecognizedClientException, "The security token included in the request is #region-not-enabled #closed-region
        # its rollback
        Update inventory
         60.29 List   eu-west-1  inventory → logs (Successful)
         60.29 List   me-south-1                                        ✗ UnrecognizedClient "The security token included in the request is invalid."
         60.31 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # with RetainRegions
        Update inventory
         60.37 List   eu-west-1  inventory → logs (Successful)
         60.39 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled Foreign
         60.41 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # and the stack's Delete
        Delete inventory
         60.47 Write  record     v8 Working: eu-west-1/SyncToDestination/inventory Open, me-south-1/SyncToDestination/inventory Settled Foreign
         60.49 List   eu-west-1  inventory → logs (Successful)
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Write  record     v9 Done
          SUCCESS inventory
        There is: me-south-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_rename_that_retains_a_region() {
    let before = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let renamed = retaining(&in_regions(&to_bucket("renamed", "logs"), &["eu-west-1"]), &["us-east-1"]);
    let mut story = Story::of(&before).await;
    story.update(&renamed).await;
    story.note("something else failed: the rollback, and its clean-up");
    story.update(&before).await;
    story.delete_id("renamed", &renamed).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Open Making, us-east-1/SyncToDestination/inventory Settled Foreign
         60.21 Create eu-west-1  renamed → logs
         60.23 List   eu-west-1  inventory → logs (Successful), renamed → logs (InProgress)
         60.25 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS renamed
        # something else failed: the rollback, and its clean-up
        Update renamed
         60.31 List   us-east-1  inventory → logs (Successful)
         60.31 List   eu-west-1  inventory → logs (Successful), renamed → logs (Successful)
         60.33 Scan   record     1 record
         60.35 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete renamed
         60.41 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Open, us-east-1/SyncToDestination/inventory Settled
         60.43 List   eu-west-1  inventory → logs (Successful), renamed → logs (Successful)
         60.45 Delete eu-west-1  renamed
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS renamed
        There is: eu-west-1 inventory → logs; us-east-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_region_stays_at_the_delete() {
    let properties = retaining(&in_regions(&inventory(), &["eu-west-1", "us-east-1"]), &["us-east-1"]);
    let mut story = Story::of(&properties).await;
    story.note("it counts in an Update only for Regions that are not in Regions");
    story.update(&with(&properties, "Trigger", json!("2"))).await;
    story.delete(&properties).await;
    story.check(expect![[r#"
        # it counts in an Update only for Regions that are not in Regions
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.17 List   us-east-1  inventory → logs (Successful)
         60.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         60.25 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Settled
         60.27 List   eu-west-1  inventory → logs (Successful)
         60.29 Delete eu-west-1  inventory
         60.31 List   eu-west-1  –
         60.33 Write  record     v5 Done
          SUCCESS inventory
        There is: us-east-1 inventory → logs
    "#]]);
}

fn source_of_that_name() -> Value {
    crate::env::from_source("inventory", &["eu-west-1"])
}

#[tokio::test(start_paused = true)]
async fn the_new_type_first_then_the_old_goes() {
    let mut story = Story::of(&inventory()).await;
    story.update(&source_of_that_name()).await;
    story.note("something else failed: the rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  sources: –
         60.19 Write  record     v3 Working: eu-west-1/SyncFromSource/inventory Open Making, eu-west-1/SyncToDestination/inventory Open
         60.21 Create eu-west-1  inventory → SingleAccountMultiRegions of eu-west-1
         60.23 List   eu-west-1  sources: inventory → SingleAccountMultiRegions of eu-west-1 (no state)
         60.25 List   eu-west-1  inventory → logs (Successful)
         60.27 Delete eu-west-1  inventory
         60.29 List   eu-west-1  –
         60.31 Write  record     v4 Done: eu-west-1/SyncFromSource/inventory Settled
          SUCCESS inventory
        # something else failed: the rollback
        Update inventory
         60.37 List   eu-west-1  –
         60.39 Write  record     v5 Working: eu-west-1/SyncFromSource/inventory Open, eu-west-1/SyncToDestination/inventory Open Making
         60.41 Create eu-west-1  inventory → logs
         60.43 List   eu-west-1  inventory → logs (InProgress)
         60.45 List   eu-west-1  sources: inventory → SingleAccountMultiRegions of eu-west-1 (no state)
         60.47 Delete eu-west-1  inventory
         60.49 List   eu-west-1  sources: –
         60.51 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_type_without_a_place() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.page_size = 5;
    story.fill();
    story.update(&source_of_that_name()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  sources: –
         60.19 Write  record     v3 Working: eu-west-1/SyncFromSource/inventory Open Making, eu-west-1/SyncToDestination/inventory Open
         60.21 Create eu-west-1  inventory → SingleAccountMultiRegions of eu-west-1 ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         60.23 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), two → theirs (Successful), three → theirs (Successful), four → theirs (Successful)
         60.25 List   eu-west-1  sources: –
         60.27 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncCountExceededException, "You have exceeded the allowed maximum sync configurations". #quota-of-five
        There is: eu-west-1 inventory → logs; eu-west-1 one → theirs; eu-west-1 two → theirs; eu-west-1 three → theirs; eu-west-1 four → theirs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_region_that_closes_during_an_update() {
    let both = in_regions(&inventory(), &["eu-west-1", "me-south-1"]);
    let mut story = Story::of(&both).await;
    let me_south_1 = |op| Fault::at(op, FaultKind::ExplicitDeny).within("me-south-1").always();
    story.fault(me_south_1(Op::Delete));
    story.update(&in_regions(&moved(), &["eu-west-1", "me-south-1"])).await;
    story.fault(me_south_1(Op::List));
    story.note("its rollback");
    story.update(&both).await;
    story.note("a change that needs the Region");
    story.update(&in_regions(&moved(), &["eu-west-1", "me-south-1"])).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.17 List   me-south-1 inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making, me-south-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.21 Delete me-south-1 inventory                              ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs
         60.27 List   eu-west-1  inventory → more-logs (InProgress)
         60.29 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open, me-south-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be deleted in me-south-1: DeleteResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # its rollback
        Update inventory
         60.35 List   eu-west-1  inventory → more-logs (Successful)
         60.35 List   me-south-1                                        ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.37 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making, me-south-1/SyncToDestination/inventory Settled
         60.39 Delete eu-west-1  inventory
         60.41 List   eu-west-1  –
         60.43 Create eu-west-1  inventory → logs
         60.45 List   eu-west-1  inventory → logs (InProgress)
         60.47 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # a change that needs the Region
        Update inventory
         60.53 List   eu-west-1  inventory → logs (Successful)
         60.53 List   me-south-1                                        ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.55 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be looked up in me-south-1: ListResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        There is: eu-west-1 inventory → logs; me-south-1 inventory → logs
    "#]]);
}
