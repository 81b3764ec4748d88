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
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.21 Create eu-west-1  audit → logs
         60.23 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         60.25 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        Delete inventory
         60.31 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Open
         60.33 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.35 Delete eu-west-1  inventory
         60.37 List   eu-west-1  audit → logs (Successful)
         60.39 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS inventory
        There is: eu-west-1 audit → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_that_was_never_heard_of() {
    let mut story = Story::of(&inventory()).await;
    story.update(&audit()).await;
    story.goes_on().await;
    story.note("CloudFormation had stopped waiting: the rollback comes under the old id");
    story.id = "inventory".to_owned();
    story.update(&inventory()).await;
    story.check(expect![[r#"
        # CloudFormation had stopped waiting: the rollback comes under the old id
        Update inventory
        120.29 Read   record     v4 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
        120.31 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        120.33 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
        120.35 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        120.37 Delete eu-west-1  audit
        120.39 List   eu-west-1  inventory → logs (Successful)
        120.41 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_name_whose_first_sync_fails() {
    let mut story = Story::of(&inventory()).await;
    story.first_sync(Script::fails("Access Denied"));
    story.update(&audit()).await;
    story.note("its rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Settled
         60.21 Create eu-west-1  audit → logs
         60.23 List   eu-west-1  inventory → logs (Successful), audit → logs (no status)
         60.59 List   eu-west-1  inventory → logs (Successful), audit → logs (Failed)
         60.61 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync audit was created in eu-west-1, but its first sync failed: "Access Denied". In the policy of
            bucket logs, allow ssm.amazonaws.com s3:GetBucketAcl on arn:aws:s3:::logs, and #bucket-policy
        # its rollback
        Update inventory
         60.67 List   eu-west-1  inventory → logs (Successful), audit → logs (Failed)
         60.69 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
         60.71 List   eu-west-1  inventory → logs (Successful), audit → logs (Failed)
         60.73 Delete eu-west-1  audit
         60.75 List   eu-west-1  inventory → logs (Successful)
         60.77 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_old_name_stays() {
    let mut story = Story::of(&inventory()).await;
    story.update(&audit()).await;
    story.update(&with(&audit(), "Trigger", json!("2"))).await;
    story.goes_on().await;
    story.note("UpdateReplacePolicy: Retain; back to the old name, and it differs");
    story.update(&moved()).await;
    story.note("it agrees");
    story.update(&inventory()).await;
    story.note("another name once more, retained again, and the stack's Delete");
    story.update(&audit()).await;
    story.delete(&audit()).await;
    story.check(expect![[r#"
        # UpdateReplacePolicy: Retain; back to the old name, and it differs
        Update audit
        120.37 Read   record     v5 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
        120.39 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        120.41 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          FAILED audit
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). This
            resource retained it earlier, so it was left unchanged. To take it over, #name-already-exists
        # it agrees
        Update audit
        120.47 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        120.49 Write  record     v7 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # another name once more, retained again, and the stack's Delete
        Update inventory
        120.55 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        120.57 Write  record     v8 Done: eu-west-1/SyncToDestination/audit Settled, eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        Delete audit
        120.63 Write  record     v9 Working: eu-west-1/SyncToDestination/audit Open, eu-west-1/SyncToDestination/inventory Settled
        120.65 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
        120.67 Delete eu-west-1  audit
        120.69 List   eu-west-1  inventory → logs (Successful)
        120.71 Write  record     v10 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS audit
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_generated_name_changes_with_the_bucket() {
    let mut story = Story::new();
    story.create(&nameless("logs")).await;
    story.goes_on().await;
    story.update(&nameless("more-logs")).await;
    story.check(expect![[r#"
        Update inventory-Sync-ap7mi2t93i568s56
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Settled
         60.17 List   eu-west-1  inventory-Sync-ap7mi2t93i568s56 → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory-Sync-99gc0ullks1tdfgp Open Making, eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Settled
         60.21 Create eu-west-1  inventory-Sync-99gc0ullks1tdfgp → more-logs
         60.23 List   eu-west-1  inventory-Sync-ap7mi2t93i568s56 → logs (Successful), inventory-Sync-99gc0ullks1tdfgp → more-logs (InProgress)
         60.25 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory-Sync-99gc0ullks1tdfgp Settled, eu-west-1/SyncToDestination/inventory-Sync-ap7mi2t93i568s56 Settled
          SUCCESS inventory-Sync-99gc0ullks1tdfgp
        There is: eu-west-1 inventory-Sync-ap7mi2t93i568s56 → logs; eu-west-1 inventory-Sync-99gc0ullks1tdfgp → more-logs
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
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Open
         60.21 Create eu-west-1  audit → logs
         60.23 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
         60.25 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
         60.27 Delete eu-west-1  inventory
         60.29 List   eu-west-1  audit → logs (Successful)
         60.31 Write  record     v4 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS audit
        Delete inventory-Sync-1A2B3C4D5E6F7
         60.37 Write  record     v5 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS inventory-Sync-1A2B3C4D5E6F7
        There is: eu-west-1 audit → logs
    "#]]);
}
