use expect_test::expect;
use serde_json::json;

use super::*;

fn retaining(properties: &Value, regions: &[&str]) -> Value {
    with(properties, "RetainRegions", json!(regions))
}

#[tokio::test(start_paused = true)]
async fn added_first_then_changed_then_removed() {
    let mut story = Story::of(&in_regions(&inventory(), &["eu-west-1", "us-east-1"])).await;
    story.update(&in_regions(&moved(), &["ap-south-1", "us-east-1"])).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   ap-south-1 –
         60.67 List   us-east-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: ap-south-1/SyncToDestination/inventory Open Making, eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open Making
         60.71 Create ap-south-1 inventory → more-logs
         60.73 List   ap-south-1 inventory → more-logs (no status)
         61.04 List   ap-south-1 inventory → more-logs (InProgress)
         61.06 Delete us-east-1  inventory
         61.08 List   us-east-1  –
         61.10 Create us-east-1  inventory → more-logs
         61.12 List   us-east-1  inventory → more-logs (no status)
         61.52 List   us-east-1  inventory → more-logs (InProgress)
         61.54 List   eu-west-1  inventory → logs (Successful)
         61.56 Read   record     v3 Working: ap-south-1/SyncToDestination/inventory Open Making, eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open Making
         61.58 Delete eu-west-1  inventory
         61.60 List   eu-west-1  –
         61.62 Write  record     v4 Done: ap-south-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: ap-south-1 inventory → more-logs; us-east-1 inventory → more-logs
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   ap-south-1 –
         60.47 List   us-east-1  –
         60.49 Write  record     v3 Working: ap-south-1/SyncToDestination/inventory Open Making, eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open Making
         60.51 Create ap-south-1 inventory → more-logs
         60.51 Create us-east-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.53 List   ap-south-1 inventory → more-logs (no status)
         61.03 List   ap-south-1 inventory → more-logs (InProgress)
         61.05 Write  record     v4 Done: ap-south-1/SyncToDestination/inventory Open, eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be created in us-east-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". Check that bucket #bucket-policy
        # its rollback
        Update inventory
         61.11 List   eu-west-1  inventory → logs (Successful)
         61.13 Write  record     v5 Working: ap-south-1/SyncToDestination/inventory Open, eu-west-1/SyncToDestination/inventory Settled
         61.15 List   ap-south-1 inventory → more-logs (Successful)
         61.17 Delete ap-south-1 inventory
         61.19 List   ap-south-1 –
         61.21 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Open
         60.71 List   me-south-1                                        ✗ UnrecognizedClient "The security token included in the request is invalid."
         60.73 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be looked up in me-south-1: ListResourceDataSync returned
            UnrecognizedClientException, "The security token included in the request is #region-not-enabled #closed-region
        # its rollback
        Update inventory
         60.79 List   eu-west-1  inventory → logs (Successful)
         60.79 List   me-south-1                                        ✗ UnrecognizedClient "The security token included in the request is invalid."
         60.81 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # with RetainRegions
        Update inventory
         60.87 List   eu-west-1  inventory → logs (Successful)
         60.89 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled Foreign
         60.91 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # and the stack's Delete
        Delete inventory
         60.97 Write  record     v8 Working: eu-west-1/SyncToDestination/inventory Open, me-south-1/SyncToDestination/inventory Settled Foreign
         60.99 List   eu-west-1  inventory → logs (Successful)
         61.01 Delete eu-west-1  inventory
         61.03 List   eu-west-1  –
         61.05 Write  record     v9 Done
          SUCCESS inventory
        There is: me-south-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_closed_region_beside_a_change() {
    let both = in_regions(&inventory(), &["eu-west-1", "me-south-1"]);
    let mut story = Story::of(&both).await;
    story.fault(Fault::region("me-south-1", FaultKind::ExplicitDeny));
    story.update(&with(&both, "Trigger", json!("2"))).await;
    story.note("a change that needs the Region");
    story.update(&in_regions(&moved(), &["eu-west-1", "me-south-1"])).await;
    story.no_faults();
    story.note("the Region is open again");
    story.update(&in_regions(&moved(), &["eu-west-1", "me-south-1"])).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.67 List   me-south-1                                        ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.69 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # a change that needs the Region
        Update inventory
         60.75 List   eu-west-1  inventory → logs (Successful)
         60.75 List   me-south-1                                        ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.77 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be looked up in me-south-1: ListResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # the Region is open again
        Update inventory
         60.83 List   eu-west-1  inventory → logs (Successful)
         60.83 List   me-south-1 inventory → logs (Successful)
         60.85 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making, me-south-1/SyncToDestination/inventory Open Making
         60.87 Delete eu-west-1  inventory
         60.87 Delete me-south-1 inventory
         60.89 List   eu-west-1  –
         60.89 List   me-south-1 –
         60.91 Create eu-west-1  inventory → more-logs
         60.91 Create me-south-1 inventory → more-logs
         60.93 List   eu-west-1  inventory → more-logs (no status)
         60.93 List   me-south-1 inventory → more-logs (no status)
         61.44 List   eu-west-1  inventory → more-logs (InProgress)
         61.44 List   me-south-1 inventory → more-logs (InProgress)
         61.45 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs; me-south-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_region_is_found_by_the_rollback() {
    let both = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let mut story = Story::of(&both).await;
    story.update(&retaining(&in_regions(&inventory(), &["eu-west-1"]), &["us-east-1"])).await;
    story.note("something else failed: the rollback");
    story.update(&both).await;
    story.delete(&both).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
         60.71 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # something else failed: the rollback
        Update inventory
         60.77 List   us-east-1  inventory → logs (Successful)
         60.77 List   eu-west-1  inventory → logs (Successful)
         60.79 Scan   record     1 record
         60.81 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         60.87 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open
         60.89 List   eu-west-1  inventory → logs (Successful)
         60.89 List   us-east-1  inventory → logs (Successful)
         60.91 Delete eu-west-1  inventory
         60.91 Delete us-east-1  inventory
         60.93 List   eu-west-1  –
         60.93 List   us-east-1  –
         60.95 Write  record     v7 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_region_stays_under_the_old_name() {
    let before = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let renamed = retaining(&in_regions(&to_bucket("renamed", "logs"), &["eu-west-1"]), &["us-east-1"]);
    let mut story = Story::of(&before).await;
    story.update(&renamed).await;
    story.note("the clean-up");
    story.delete_id("inventory", &before).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Open Making, us-east-1/SyncToDestination/inventory Settled Foreign
         60.71 Create eu-west-1  renamed → logs
         60.73 List   eu-west-1  inventory → logs (Successful), renamed → logs (no status)
         61.22 List   eu-west-1  inventory → logs (Successful), renamed → logs (InProgress)
         61.23 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS renamed
        # the clean-up
        Delete inventory
         61.30 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open, eu-west-1/SyncToDestination/renamed Settled, us-east-1/SyncToDestination/inventory Settled Foreign
         61.31 List   eu-west-1  inventory → logs (Successful), renamed → logs (Successful)
         61.34 Delete eu-west-1  inventory
         61.35 List   eu-west-1  renamed → logs (Successful)
         61.38 Write  record     v6 Done: eu-west-1/SyncToDestination/renamed Settled
          SUCCESS inventory
        There is: eu-west-1 renamed → logs; us-east-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_rename_that_retains_a_region_is_rolled_back() {
    let before = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let renamed = retaining(&in_regions(&to_bucket("renamed", "logs"), &["eu-west-1"]), &["us-east-1"]);
    let mut story = Story::of(&before).await;
    story.update(&renamed).await;
    story.note("something else failed: the rollback, and its clean-up");
    story.update(&before).await;
    story.delete_id("renamed", &renamed).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Open Making, us-east-1/SyncToDestination/inventory Settled Foreign
         60.71 Create eu-west-1  renamed → logs
         60.73 List   eu-west-1  inventory → logs (Successful), renamed → logs (no status)
         61.22 List   eu-west-1  inventory → logs (Successful), renamed → logs (InProgress)
         61.23 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS renamed
        # something else failed: the rollback, and its clean-up
        Update renamed
         61.30 List   us-east-1  inventory → logs (Successful)
         61.30 List   eu-west-1  inventory → logs (Successful), renamed → logs (Successful)
         61.31 Scan   record     1 record
         61.34 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete renamed
         61.40 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Settled, eu-west-1/SyncToDestination/renamed Open, us-east-1/SyncToDestination/inventory Settled
         61.41 List   eu-west-1  inventory → logs (Successful), renamed → logs (Successful)
         61.44 Delete eu-west-1  renamed
         61.45 List   eu-west-1  inventory → logs (Successful)
         61.48 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
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
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.67 List   us-east-1  inventory → logs (Successful)
         60.69 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         60.75 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Settled
         60.77 List   eu-west-1  inventory → logs (Successful)
         60.79 Delete eu-west-1  inventory
         60.81 List   eu-west-1  –
         60.83 Write  record     v5 Done
          SUCCESS inventory
        There is: us-east-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_in_a_closed_region_says_the_way_out() {
    let properties = in_regions(&inventory(), &["eu-west-1", "me-south-1"]);
    let mut story = Story::of(&properties).await;
    story.fault(Fault::region("me-south-1", FaultKind::ExplicitDeny));
    story.delete(&properties).await;
    story.check(expect![[r#"
        Delete inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
         60.67 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open, me-south-1/SyncToDestination/inventory Open
         60.69 List   eu-west-1  inventory → logs (Successful)
         60.69 List   me-south-1                                        ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.71 Delete eu-west-1  inventory
         60.73 List   eu-west-1  –
         60.75 Write  record     v4 Done: me-south-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be looked up in me-south-1: ListResourceDataSync returned
            AccessDeniedException, "User: #access-denied #closed-region
        There is: me-south-1 inventory → logs
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  sources: –
         60.49 Write  record     v3 Working: eu-west-1/SyncFromSource/inventory Open Making, eu-west-1/SyncToDestination/inventory Open
         60.51 Create eu-west-1  inventory → SingleAccountMultiRegions of eu-west-1
         60.53 List   eu-west-1  sources: inventory → SingleAccountMultiRegions of eu-west-1 (no state)
         60.55 List   eu-west-1  inventory → logs (Successful)
         60.57 Delete eu-west-1  inventory
         60.59 List   eu-west-1  –
         60.61 Write  record     v4 Done: eu-west-1/SyncFromSource/inventory Settled
          SUCCESS inventory
        # something else failed: the rollback
        Update inventory
         60.67 List   eu-west-1  –
         60.69 Write  record     v5 Working: eu-west-1/SyncFromSource/inventory Open, eu-west-1/SyncToDestination/inventory Open Making
         60.71 Create eu-west-1  inventory → logs
         60.73 List   eu-west-1  inventory → logs (no status)
         61.21 List   eu-west-1  inventory → logs (InProgress)
         61.23 List   eu-west-1  sources: inventory → SingleAccountMultiRegions of eu-west-1 (no state)
         61.25 Read   record     v5 Working: eu-west-1/SyncFromSource/inventory Open, eu-west-1/SyncToDestination/inventory Open Making
         61.27 Delete eu-west-1  inventory
         61.29 List   eu-west-1  sources: –
         61.31 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_type_without_a_place() {
    let mut story = Story::of(&inventory()).await;
    story.fill(REGION, 4);
    story.update(&source_of_that_name()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  sources: –
         60.49 Write  record     v3 Working: eu-west-1/SyncFromSource/inventory Open Making, eu-west-1/SyncToDestination/inventory Open
         60.51 Create eu-west-1  inventory → SingleAccountMultiRegions of eu-west-1 ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         60.53 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), and more
         60.55 List   eu-west-1  two → theirs (Successful), three → theirs (Successful), and more
         60.57 List   eu-west-1  four → theirs (Successful)
         60.59 List   eu-west-1  sources: –
         60.61 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
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
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.67 List   me-south-1 inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making, me-south-1/SyncToDestination/inventory Open Making
         60.71 Delete eu-west-1  inventory
         60.71 Delete me-south-1 inventory                              ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.73 List   eu-west-1  –
         60.75 Create eu-west-1  inventory → more-logs
         60.77 List   eu-west-1  inventory → more-logs (no status)
         61.04 List   eu-west-1  inventory → more-logs (InProgress)
         61.06 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open, me-south-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be deleted in me-south-1: DeleteResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # its rollback
        Update inventory
         61.12 List   eu-west-1  inventory → more-logs (Successful)
         61.12 List   me-south-1                                        ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         61.14 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making, me-south-1/SyncToDestination/inventory Settled
         61.16 Delete eu-west-1  inventory
         61.18 List   eu-west-1  –
         61.20 Create eu-west-1  inventory → logs
         61.22 List   eu-west-1  inventory → logs (no status)
         61.71 List   eu-west-1  inventory → logs (InProgress)
         61.73 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs; me-south-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_attributes_have_one_order() {
    let mut story = Story::of(&in_regions(&inventory(), &["ap-south-1"])).await;
    let both = in_regions(&inventory(), &["ap-south-1", "us-east-1"]);
    for trigger in ["1", "2"] {
        let served = story.update(&with(&both, "Trigger", json!(trigger))).await;
        let data = &served.response()["Data"];
        assert_eq!(data["Regions"], "ap-south-1,us-east-1");
        assert!(data["RegionStates"].as_str().is_some_and(|states| states.starts_with("ap-south-1=")), "{data}");
        assert_eq!(data["Arn"], "arn:aws:ssm:ap-south-1:123456789012:resource-data-sync/inventory");
    }
}
