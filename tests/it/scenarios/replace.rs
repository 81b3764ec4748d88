use expect_test::expect;
use serde_json::json;

use super::*;
use crate::fake::ssm::Lag;
use crate::fake::sync::Script;

#[tokio::test(start_paused = true)]
async fn another_bucket_under_the_same_name() {
    let mut story = Story::of(&inventory()).await;
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → more-logs
         60.70 List   eu-west-1  inventory → more-logs (no status)
         60.98 List   eu-west-1  inventory → more-logs (InProgress)
         61.00 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn sharing_that_list_does_not_show() {
    let mut story = Story::of(&inventory()).await;
    story.update(&shared()).await;
    story.note("and once more: nothing differs");
    story.update(&with(&shared(), "Trigger", json!("2"))).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → logs, shared
         60.70 List   eu-west-1  inventory → logs (no status)
         60.98 List   eu-west-1  inventory → logs (InProgress)
         61.00 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # and once more: nothing differs
        Update inventory
         61.04 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
         61.06 List   eu-west-1  inventory → logs (Successful)
         61.08 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn refused_and_restored() {
    let mut story = Story::of(&shared()).await;
    story.fault(at_create(refused()));
    story.update(&moved()).await;
    story.note("its rollback: nothing differs");
    story.update(&shared()).await;
    story.delete(&shared()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.70 List   eu-west-1  –
         60.72 Create eu-west-1  inventory → logs, shared
         60.74 List   eu-west-1  inventory → logs (no status)
         60.76 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". The previous #bucket-policy
        # its rollback: nothing differs
        Update inventory
         60.80 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory Open
         60.82 List   eu-west-1  inventory → logs (InProgress)
         60.84 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         60.88 Read   record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
         60.90 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Open
         60.92 List   eu-west-1  inventory → logs (Successful)
         60.94 Delete eu-west-1  inventory
         60.96 List   eu-west-1  –
         60.98 Write  record     v7 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_that_fails_is_replaced_again() {
    let mut story = Story::of(&shared()).await;
    story.env.aws.lock().ssm.first_sync = Script::fails("Access Denied");
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → more-logs
         60.70 List   eu-west-1  inventory → more-logs (no status)
         60.98 List   eu-west-1  inventory → more-logs (Failed)
         61.00 List   eu-west-1  inventory → more-logs (Failed)
         61.02 Scan   record     1 records
         61.04 Delete eu-west-1  inventory
         61.06 List   eu-west-1  –
         61.08 Create eu-west-1  inventory → logs, shared
         61.10 List   eu-west-1  inventory → logs (no status)
         61.12 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory was created in eu-west-1, but its first sync failed: "Access Denied". The previous
            configuration of inventory was restored in eu-west-1. In the policy of bucket #bucket-policy
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_policy_that_never_spreads_is_restored() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(FaultKind::S3WriteFailed).times(14));
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         61.32 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 11 times more, until 180.70
        180.72 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
        180.74 List   eu-west-1  –
        180.76 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "S3 write failed for bucket: logs. Please refer to SSM Docume…"
        181.46 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
        181.48 Create eu-west-1  inventory → logs
        181.50 List   eu-west-1  inventory → logs (no status)
        181.52 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "S3 write failed for bucket: more-logs. Please refer to
            #bucket-policy
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_restore_is_refused_too() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(refused()).always());
    story.update(&moved()).await;
    story.note("the rollback fails too, and is skipped");
    story.update(&inventory()).await;
    story.no_faults();
    story.note("the next deployment makes it");
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.70 List   eu-west-1  –
         60.72 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
         60.74 Write  record     v4 Done
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". The previous #bucket-policy
            #rollback-failed
        # the rollback fails too, and is skipped
        Update inventory
         60.78 Read   record     v4 Done
         60.80 List   eu-west-1  –
         60.82 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.84 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
         60.86 Write  record     v6 Done
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". Check that bucket #bucket-policy
        # the next deployment makes it
        Update inventory
         60.90 Read   record     v6 Done
         60.92 List   eu-west-1  –
         60.94 Write  record     v7 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.96 Create eu-west-1  inventory → more-logs
         60.98 List   eu-west-1  inventory → more-logs (no status)
         61.41 List   eu-west-1  inventory → more-logs (InProgress)
         61.43 Write  record     v8 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_old_name_fades_slowly() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.lag = Lag { deletions_ms: 1_000, release_ms: 4_000, ..Lag::default() };
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  inventory → logs (Successful)
         61.05 List   eu-west-1  inventory → logs (Successful)
         61.75 List   eu-west-1  –
         61.77 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.79 Create eu-west-1  inventory → more-logs                  ✗ AlreadyExists
         61.81 List   eu-west-1  –
         62.92 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         62.94 Create eu-west-1  inventory → more-logs                  ✗ AlreadyExists
         62.96 List   eu-west-1  –
         66.56 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         66.58 Create eu-west-1  inventory → more-logs
         66.61 List   eu-west-1  inventory → more-logs (no status)
         67.01 List   eu-west-1  inventory → more-logs (InProgress)
         67.03 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_old_place_fades_slowly() {
    let mut story = Story::of(&inventory()).await;
    story.fill(REGION, 4);
    story.env.aws.lock().ssm.count_first = true;
    story.env.aws.lock().ssm.lag = Lag { release_ms: 1_000, ..Lag::default() };
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), and more
         60.62 List   eu-west-1  two → theirs (Successful), three → theirs (Successful), and more
         60.64 List   eu-west-1  four → theirs (Successful)
         60.66 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.68 Delete eu-west-1  inventory
         60.70 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
         60.72 List   eu-west-1  three → theirs (Successful), four → theirs (Successful)
         60.74 Create eu-west-1  inventory → more-logs                  ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         61.24 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.26 Create eu-west-1  inventory → more-logs                  ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         62.22 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         62.24 Create eu-west-1  inventory → more-logs
         62.26 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
         62.28 List   eu-west-1  three → theirs (Successful), four → theirs (Successful), and more
         62.30 List   eu-west-1  inventory → more-logs (no status)
         62.61 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
         62.63 List   eu-west-1  three → theirs (Successful), four → theirs (Successful), and more
         62.65 List   eu-west-1  inventory → more-logs (InProgress)
         62.67 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 one → theirs; eu-west-1 two → theirs; eu-west-1 three → theirs; eu-west-1 four → theirs; eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn never_gone_is_a_failure() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.lag = Lag { deletions_ms: 600_000, ..Lag::default() };
    story.update(&moved()).await;
    story.env.aws.lock().ssm.lag = Lag::default();
    story.note("its rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  inventory → logs (Successful)
                 … 69 times more, until 300.72
        300.74 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED inventory
            Resource data sync inventory was deleted in eu-west-1, but ListResourceDataSync still shows it after two minutes.
            The previous configuration of inventory could not be restored in eu-west-1: the #list-lags-behind
        # its rollback
        Update inventory
        300.78 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory Open Making
        300.80 List   eu-west-1  –
        300.82 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
        300.84 Create eu-west-1  inventory → logs
        300.86 List   eu-west-1  inventory → logs (no status)
        301.15 List   eu-west-1  inventory → logs (InProgress)
        301.17 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_delete_is_refused() {
    let mut story = Story::of(&inventory()).await;
    story.fault(Fault::at(Op::Delete, FaultKind::ExplicitDeny));
    story.update(&moved()).await;
    story.note("its rollback: nothing differs");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory                              ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.66 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be deleted in eu-west-1: DeleteResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # its rollback: nothing differs
        Update inventory
         60.70 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
         60.72 List   eu-west-1  inventory → logs (Successful)
         60.74 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_of_unknown_outcome() {
    let mut story = Story::of(&inventory()).await;
    story.fault(Fault::at(Op::Delete, FaultKind::DoneLater(3_000)));
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory                              ✗ connection closed
         61.03 List   eu-west-1  inventory → logs (Successful)
         61.05 Delete eu-west-1  inventory
         61.07 List   eu-west-1  –
         61.46 List   eu-west-1  –
         62.02 List   eu-west-1  –
         63.64 Delete eu-west-1  inventory  (late)                      ✗ NotFound "The specified sync name wasn't found."
         63.84 List   eu-west-1  –
         67.52 List   eu-west-1  –
         69.09 List   eu-west-1  –
         69.11 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         69.13 Create eu-west-1  inventory → more-logs
         69.15 List   eu-west-1  inventory → more-logs (no status)
         69.63 List   eu-west-1  inventory → more-logs (InProgress)
         69.65 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_create_is_looked_for_before_the_restore() {
    let mut story = Story::of(&shared()).await;
    story.fault(at_create(FaultKind::DoneLater(6_000)));
    story.env.aws.lock().ssm.lag = Lag { creations_ms: 3_000, ..Lag::default() };
    story.env.aws.lock().ssm.first_sync = Script::fails("Access Denied");
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → more-logs                  ✗ connection closed
         61.14 List   eu-west-1  –
         61.16 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.18 Create eu-west-1  inventory → more-logs
         61.20 List   eu-west-1  –
                 … 3 times more, until 63.93
         66.68 Create eu-west-1  inventory → more-logs  (late)          ✗ AlreadyExists
         67.43 List   eu-west-1  inventory → more-logs (no status)
         67.75 List   eu-west-1  inventory → more-logs (Failed)
         67.77 List   eu-west-1  inventory → more-logs (Failed)
         67.79 Scan   record     1 records
         67.81 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         67.83 Delete eu-west-1  inventory
         67.85 List   eu-west-1  –
         67.87 Create eu-west-1  inventory → logs, shared
         67.89 List   eu-west-1  –
                 … 3 times more, until 70.78
         73.66 List   eu-west-1  inventory → logs (no status)
         73.67 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory was created in eu-west-1, but its first sync failed: "Access Denied". The previous
            configuration of inventory was restored in eu-west-1. In the policy of bucket #bucket-policy
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn somebody_takes_the_name_in_between() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(FaultKind::Throttle).times(2));
    let event = story.env.event("Update", Some("inventory"), &moved());
    let (served, ()) = tokio::join!(story.env.send(&event), async {
        story.env.pass(0).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        story.by_hand(REGION, &to_bucket("inventory", "theirs"));
    });
    story.tell(&event, "", &served);
    story.note("its rollback, and the stack's Delete");
    story.update(&inventory()).await;
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
         60.66 List   eu-west-1  –
         60.68 Create eu-west-1  inventory → more-logs                  ✗ Throttling "Rate exceeded"
         61.01 List   eu-west-1  inventory → theirs (Successful)
         61.03 List   eu-west-1  inventory → theirs (Successful)
         61.05 Scan   record     1 records
         61.07 Write  record     v4 Done
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket theirs in eu-west-1, created 2026-11-23T08:01:00Z). It
            is not the one that this resource created: another client has replaced that one. It #name-already-exists
        # its rollback, and the stack's Delete
        Update inventory
         61.11 Read   record     v4 Done
         61.13 List   eu-west-1  inventory → theirs (Successful)
         61.15 Scan   record     1 records
         61.17 Write  record     v5 Done
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket theirs in eu-west-1, created 2026-11-23T08:01:00Z). This
            resource did not create it and left it unchanged; no record says whose it is. To #name-already-exists
        Delete inventory
         61.21 Read   record     v5 Done
         61.23 Write  record     v6 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → theirs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn killed_after_its_delete_then_refused() {
    let mut story = Story::of(&shared()).await;
    story.fault(at_create(refused()));
    let event = story.env.event("Update", Some("inventory"), &moved());
    story.kill(event, 4).await;
    story.again().await;
    story.check(expect![[r#"
        Update inventory, killed
         60.58 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.60 List   eu-west-1  inventory → logs (Successful)
         60.62 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.64 Delete eu-west-1  inventory
        Update inventory, again
         60.65 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.67 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.69 List   eu-west-1  –
         68.71 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.73 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         68.75 List   eu-west-1  –
         68.77 Create eu-west-1  inventory → logs, shared
         68.79 List   eu-west-1  inventory → logs (no status)
         68.81 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". The previous #bucket-policy
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_source_of_another_kind_is_replaced() {
    let organization = json!({ "SyncName": "explorer", "SyncType": "SyncFromSource", "SyncSource": {
        "SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1"],
        "AwsOrganizationsSource": { "OrganizationSourceType": "EntireOrganization" },
    } });
    let mut story = Story::of(&explorer(&["eu-west-1"])).await;
    story.update(&organization).await;
    story.check(expect![[r#"
        Update explorer
         60.15 Read   record     v2 Done: eu-west-1/SyncFromSource/explorer Settled
         60.17 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.19 Write  record     v3 Working: eu-west-1/SyncFromSource/explorer Open Making
         60.21 Delete eu-west-1  explorer
         60.23 List   eu-west-1  sources: –
         60.25 Create eu-west-1  explorer → EntireOrganization of eu-west-1
         60.27 List   eu-west-1  sources: explorer → EntireOrganization of eu-west-1 (no state)
         60.29 Write  record     v4 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
        There is: eu-west-1 explorer → sources ["eu-west-1"]
    "#]]);
}
