use expect_test::expect;
use serde_json::json;

use super::*;
use crate::fake::sync::Script;

fn audit() -> Value {
    to_bucket("audit", "logs")
}

fn nameless(bucket: &str) -> Value {
    with(&to_bucket("", bucket), "SyncName", Value::Null)
}

#[tokio::test(start_paused = true)]
async fn a_new_name_and_its_clean_up() {
    let mut story = Story::of(&inventory()).await;
    story.update(&audit()).await;
    story.delete_id("inventory", &inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.51 Create eu-west-1  audit → logs
         60.53 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.83 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         60.85 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        Delete inventory
         60.89 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
         60.91 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Open
         60.93 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.95 Delete eu-west-1  inventory
         60.97 List   eu-west-1  audit → logs (Successful)
         60.99 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS inventory
        There is: eu-west-1 audit → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_rolled_back_and_its_clean_up() {
    let mut story = Story::of(&inventory()).await;
    story.update(&audit()).await;
    story.note("something else failed: the rollback, and the clean-up of the new name");
    story.update(&inventory()).await;
    story.delete_id("audit", &audit()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.51 Create eu-west-1  audit → logs
         60.53 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.83 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         60.85 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        # something else failed: the rollback, and the clean-up of the new name
        Update audit
         60.89 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
         60.91 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.93 Write  record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete audit
         60.97 Read   record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
         60.99 Write  record     v6 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
         61.01 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         61.03 Delete eu-west-1  audit
         61.05 List   eu-west-1  inventory → logs (Successful)
         61.07 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_that_was_never_heard_of() {
    let mut story = Story::of(&inventory()).await;
    story.update(&audit()).await;
    story.note("CloudFormation had stopped waiting: the rollback comes under the old id");
    story.id = "inventory".to_owned();
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.51 Create eu-west-1  audit → logs
         60.53 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.83 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         60.85 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        # CloudFormation had stopped waiting: the rollback comes under the old id
        Update inventory
         60.89 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
         60.91 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.93 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
         60.95 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.97 Delete eu-west-1  audit
         60.99 List   eu-west-1  inventory → logs (Successful)
         61.01 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_that_is_taken() {
    let mut story = Story::of(&inventory()).await;
    story.by_hand(REGION, &audit());
    story.update(&audit()).await;
    story.note("its rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.49 Scan   record     1 record
         60.51 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            A sync named audit already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:01:00Z). This
            resource did not create it and left it unchanged; no record says whose it is. To take it #name-already-exists
        # its rollback
        Update inventory
         60.55 Read   record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
         60.57 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.59 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs; eu-west-1 audit → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_whose_first_sync_fails() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.first_sync = Script::fails("Access Denied");
    story.update(&audit()).await;
    story.note("its rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.51 Create eu-west-1  audit → logs
         60.53 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.83 List   eu-west-1  inventory → logs (Successful), audit → logs (Failed)
         60.85 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync audit was created in eu-west-1, but its first sync failed: "Access Denied". In the policy of
            bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on arn:aws:s3:::logs, and #bucket-policy
        # its rollback
        Update inventory
         60.89 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
         60.91 List   eu-west-1  inventory → logs (Successful), audit → logs (Failed)
         60.93 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
         60.95 List   eu-west-1  inventory → logs (Successful), audit → logs (Failed)
         60.97 Delete eu-west-1  audit
         60.99 List   eu-west-1  inventory → logs (Successful)
         61.01 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_without_a_place() {
    let mut story = Story::of(&inventory()).await;
    story.fill(REGION, 4);
    story.update(&audit()).await;
    story.note("its rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), and more
         60.49 List   eu-west-1  two → theirs (Successful), three → theirs (Successful), and more
         60.51 List   eu-west-1  four → theirs (Successful)
         60.53 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.55 Create eu-west-1  audit → logs                           ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         60.57 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), and more
         60.59 List   eu-west-1  two → theirs (Successful), three → theirs (Successful), and more
         60.61 List   eu-west-1  four → theirs (Successful)
         60.63 List   eu-west-1  sources: –
         60.65 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync audit could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncCountExceededException, "You have exceeded the allowed maximum sync configurations". All 5
            #quota-of-five
        # its rollback
        Update inventory
         60.69 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
         60.71 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), and more
         60.73 List   eu-west-1  two → theirs (Successful), three → theirs (Successful), and more
         60.75 List   eu-west-1  four → theirs (Successful)
         60.77 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs; eu-west-1 one → theirs; eu-west-1 two → theirs; eu-west-1 three → theirs; eu-west-1 four → theirs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_old_name_stays() {
    let mut story = Story::of(&inventory()).await;
    story.note("UpdateReplacePolicy: Retain");
    story.update(&audit()).await;
    story.update(&with(&audit(), "Trigger", json!("2"))).await;
    story.delete(&audit()).await;
    story.check(expect![[r#"
        # UpdateReplacePolicy: Retain
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.51 Create eu-west-1  audit → logs
         60.53 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.83 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         60.85 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        Update audit
         60.89 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
         60.91 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.93 Write  record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        Delete audit
         60.97 Read   record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
         60.99 Write  record     v6 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
         61.01 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         61.03 Delete eu-west-1  audit
         61.05 List   eu-west-1  inventory → logs (Successful)
         61.07 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn back_to_a_retained_name_that_agrees() {
    let mut story = Story::of(&inventory()).await;
    story.note("UpdateReplacePolicy: Retain");
    story.update(&audit()).await;
    story.update(&with(&audit(), "Trigger", json!("2"))).await;
    story.goes_on().await;
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update audit
        120.97 Read   record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
        120.99 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        121.01 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs; eu-west-1 audit → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn back_to_a_retained_name_that_differs() {
    let mut story = Story::of(&inventory()).await;
    story.note("UpdateReplacePolicy: Retain");
    story.update(&audit()).await;
    story.update(&with(&audit(), "Trigger", json!("2"))).await;
    story.goes_on().await;
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update audit
        120.97 Read   record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
        120.99 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        121.01 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          FAILED audit
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). This
            resource retained it earlier, so it was left unchanged. To take it over, deploy with #name-already-exists
        There is: eu-west-1 inventory → logs; eu-west-1 audit → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_generated_name_changes_with_the_bucket() {
    let mut story = Story::new();
    story.create(&nameless("logs")).await;
    let old = story.id.clone();
    story.goes_on().await;
    story.update(&nameless("more-logs")).await;
    story.delete_id(&old, &nameless("logs")).await;
    story.check(expect![[r#"
        Update inventory-Sync-ap7mi2t93i568s56
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Settled
         60.47 List   eu-west-1  inventory-Sync-ap7mi2t93i568s56 → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory-Sync-99gc0ullks1tdfgp Open Making, eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Settled
         60.51 Create eu-west-1  inventory-Sync-99gc0ullks1tdfgp → more-logs
         60.53 List   eu-west-1  inventory-Sync-ap7mi2t93i568s56 → logs (Successful), inventory-Sync-99gc0ullks1tdfgp → more-logs (no status)
         60.83 List   eu-west-1  inventory-Sync-ap7mi2t93i568s56 → logs (Successful), inventory-Sync-99gc0ullks1tdfgp → more-logs (InProgress)
         60.85 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory-Sync-99gc0ullks1tdfgp Settled, eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Settled
          SUCCESS inventory-Sync-99gc0ullks1tdfgp
        Delete inventory-Sync-ap7mi2t93i568s56
         60.89 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory-Sync-99gc0ullks1tdfgp Settled, eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Settled
         60.91 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory-Sync-99gc0ullks1tdfgp Settled, eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Open
         60.93 List   eu-west-1  inventory-Sync-ap7mi2t93i568s56 → logs (Successful), inventory-Sync-99gc0ullks1tdfgp → more-logs (Successful)
         60.95 Delete eu-west-1  inventory-Sync-ap7mi2t93i568s56
         60.97 List   eu-west-1  inventory-Sync-99gc0ullks1tdfgp → more-logs (Successful)
         60.99 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory-Sync-99gc0ullks1tdfgp Settled
          SUCCESS inventory-Sync-ap7mi2t93i568s56
        There is: eu-west-1 inventory-Sync-99gc0ullks1tdfgp → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_region_under_a_new_name() {
    let old = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let new = with(&in_regions(&audit(), &["eu-west-1"]), "RetainRegions", json!(["us-east-1"]));
    let mut story = Story::of(&old).await;
    story.update(&new).await;
    story.delete_id("inventory", &old).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
         60.71 Create eu-west-1  audit → logs
         60.73 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         61.22 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         61.23 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS audit
        Delete inventory
         61.27 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
         61.30 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Settled Foreign
         61.31 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         61.34 Delete eu-west-1  inventory
         61.35 List   eu-west-1  audit → logs (Successful)
         61.38 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS inventory
        There is: eu-west-1 audit → logs; us-east-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_region_under_a_new_name_rolled_back() {
    let old = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let new = with(&in_regions(&audit(), &["eu-west-1"]), "RetainRegions", json!(["us-east-1"]));
    let mut story = Story::of(&old).await;
    story.update(&new).await;
    story.note("something else failed: the rollback, and the clean-up of the new name");
    story.update(&old).await;
    story.delete_id("audit", &new).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
         60.71 Create eu-west-1  audit → logs
         60.73 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         61.22 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         61.23 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS audit
        # something else failed: the rollback, and the clean-up of the new name
        Update audit
         61.27 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
         61.30 List   us-east-1  inventory → logs (Successful)
         61.30 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         61.31 Scan   record     1 record
         61.34 Write  record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete audit
         61.38 Read   record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         61.40 Write  record     v6 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         61.41 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         61.44 Delete eu-west-1  audit
         61.45 List   eu-west-1  inventory → logs (Successful)
         61.48 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS audit
        There is: eu-west-1 inventory → logs; us-east-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_region_in_use_is_not_retained_by_a_clean_up() {
    let of = |name: &str| {
        with(&in_regions(&to_bucket(name, "logs"), &["eu-west-1", "us-east-1"]), "RetainRegions", json!(["us-east-1"]))
    };
    let mut story = Story::of(&of("inventory")).await;
    story.update(&of("audit")).await;
    story.delete_id("inventory", &of("inventory")).await;
    story.check(expect![[r#"
        Update inventory
         60.65 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.67 List   eu-west-1  inventory → logs (Successful)
         60.67 List   us-east-1  inventory → logs (Successful)
         60.69 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/audit Open Making, us-east-1/SyncToDestination/inventory Settled
         60.71 Create eu-west-1  audit → logs
         60.71 Create us-east-1  audit → logs
         60.73 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.73 List   us-east-1  inventory → logs (Successful), audit → logs (no status)
         61.23 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         61.23 List   us-east-1  inventory → logs (Successful), audit → logs (InProgress)
         61.25 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/audit Settled, us-east-1/SyncToDestination/inventory Settled
          SUCCESS audit
        Delete inventory
         61.29 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/audit Settled, us-east-1/SyncToDestination/inventory Settled
         61.31 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/audit Settled, us-east-1/SyncToDestination/inventory Open
         61.33 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         61.33 List   us-east-1  inventory → logs (Successful), audit → logs (Successful)
         61.35 Delete eu-west-1  inventory
         61.35 Delete us-east-1  inventory
         61.37 List   eu-west-1  audit → logs (Successful)
         61.37 List   us-east-1  audit → logs (Successful)
         61.39 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled, us-east-1/SyncToDestination/audit Settled
          SUCCESS inventory
        There is: eu-west-1 audit → logs; us-east-1 audit → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn back_to_a_retained_name_in_fewer_regions() {
    let mut story = Story::of(&in_regions(&inventory(), &["eu-west-1", "us-east-1"])).await;
    story.note("UpdateReplacePolicy: Retain");
    story.update(&audit()).await;
    story.update(&with(&audit(), "Trigger", json!("2"))).await;
    story.goes_on().await;
    story.update(&inventory()).await;
    story.delete_id("audit", &audit()).await;
    story.note("the stack's Delete");
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Update audit
        121.36 Read   record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
        121.38 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        121.39 Write  record     v6 Working: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
        121.42 Write  record     v7 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete audit
        121.45 Read   record     v7 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
        121.47 Write  record     v8 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
        121.50 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        121.52 Delete eu-west-1  audit
        121.53 List   eu-west-1  inventory → logs (Successful)
        121.56 Write  record     v9 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
          SUCCESS audit
        # the stack's Delete
        Delete inventory
        121.59 Read   record     v9 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled Foreign
        121.61 Write  record     v10 Working: eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Settled Foreign
        121.64 List   eu-west-1  inventory → logs (Successful)
        121.66 Delete eu-west-1  inventory
        121.67 List   eu-west-1  –
        121.69 Write  record     v11 Done
          SUCCESS inventory
        There is: us-east-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_under_an_invented_id() {
    let mut story = Story::new();
    story.create(&inventory()).await;
    story.goes_on().await;
    story.note("CloudFormation had stopped waiting, and updates what it never heard of");
    story.id = INVENTED.to_owned();
    story.update(&audit()).await;
    story.delete_id(INVENTED, &inventory()).await;
    story.check(expect![[r#"
        # CloudFormation had stopped waiting, and updates what it never heard of
        Update inventory-Sync-1A2B3C4D5E6F7
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Open
         60.51 Create eu-west-1  audit → logs
         60.53 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.83 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         60.85 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.87 Delete eu-west-1  inventory
         60.89 List   eu-west-1  audit → logs (Successful)
         60.91 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS audit
        Delete inventory-Sync-1A2B3C4D5E6F7
         60.95 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled
         60.97 Write  record     v5 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS inventory-Sync-1A2B3C4D5E6F7
        There is: eu-west-1 audit → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn another_type_under_a_new_name() {
    let mut story = Story::of(&inventory()).await;
    story.update(&explorer(&["eu-west-1"])).await;
    story.delete_id("inventory", &inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  sources: –
         60.49 Write  record     v3 Working: eu-west-1/SyncFromSource/explorer Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.51 Create eu-west-1  explorer → SingleAccountMultiRegions of eu-west-1
         60.53 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.55 Write  record     v4 Done: eu-west-1/SyncFromSource/explorer Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS explorer
        Delete inventory
         60.59 Read   record     v4 Done: eu-west-1/SyncFromSource/explorer Settled, eu-west-1/SyncToDestination/inventory Settled
         60.61 Write  record     v5 Working: eu-west-1/SyncFromSource/explorer Settled, eu-west-1/SyncToDestination/inventory Open
         60.63 List   eu-west-1  inventory → logs (Successful)
         60.65 Delete eu-west-1  inventory
         60.67 List   eu-west-1  –
         60.69 Write  record     v6 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS inventory
        There is: eu-west-1 explorer → sources ["eu-west-1"]
    "#]]);
}
