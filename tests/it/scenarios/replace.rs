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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → more-logs
         60.57 List   eu-west-1  inventory → more-logs (no status)
         60.97 List   eu-west-1  inventory → more-logs (InProgress)
         60.99 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_is_refused() {
    let mut story = Story::of(&inventory()).await;
    let (code, message) = ("OddException".to_owned(), "Not today.".to_owned());
    story.fault(Fault::at(Op::Delete, FaultKind::Refused { status: 400, code, message }));
    story.update(&moved()).await;
    story.note("the rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory                              ✗ Odd "Not today."
         60.53 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED inventory
            Resource data sync inventory could not be deleted in eu-west-1: DeleteResourceDataSync returned OddException, "Not
            today". Try again; if it stays so, make the same call with the AWS CLI to see what #refused-by-ssm
        # the rollback
        Update inventory
         60.59 List   eu-west-1  inventory → logs (Successful)
         60.61 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.63 Delete eu-west-1  inventory
         60.65 List   eu-west-1  –
         60.67 Create eu-west-1  inventory → logs
         60.69 List   eu-west-1  inventory → logs (no status)
         61.09 List   eu-west-1  inventory → logs (InProgress)
         61.11 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → logs, shared
         60.57 List   eu-west-1  inventory → logs (no status)
         60.97 List   eu-west-1  inventory → logs (InProgress)
         60.99 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # and once more: nothing differs
        Update inventory
         61.05 List   eu-west-1  inventory → logs (Successful)
         61.07 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.57 List   eu-west-1  –
         60.59 Create eu-west-1  inventory → logs, shared
         60.61 List   eu-west-1  inventory → logs (no status)
         60.63 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". The previous #bucket-policy
        # its rollback: nothing differs
        Update inventory
         60.69 List   eu-west-1  inventory → logs (InProgress)
         60.71 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         60.77 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Open
         60.79 List   eu-west-1  inventory → logs (Successful)
         60.81 Delete eu-west-1  inventory
         60.83 List   eu-west-1  –
         60.85 Write  record     v7 Done
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → more-logs
         60.57 List   eu-west-1  inventory → more-logs (no status)
         60.97 List   eu-west-1  inventory → more-logs (Failed)
         60.99 List   eu-west-1  inventory → more-logs (Failed)
         61.01 Scan   record     1 record
         61.03 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.05 Delete eu-west-1  inventory
         61.07 List   eu-west-1  –
         61.09 Create eu-west-1  inventory → logs, shared
         61.11 List   eu-west-1  inventory → logs (no status)
         61.13 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         61.12 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 11 times more, until 180.57
        180.59 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
        180.61 List   eu-west-1  –
        180.63 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "S3 write failed for bucket: logs. Please refer to SSM Docume…"
        181.18 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
        181.20 Create eu-west-1  inventory → logs
        181.22 List   eu-west-1  inventory → logs (no status)
        181.24 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.57 List   eu-west-1  –
         60.59 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
         60.61 Write  record     v4 Done
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". The #bucket-policy
            #rollback-failed
        # the rollback fails too, and is skipped
        Update inventory
         60.67 List   eu-west-1  –
         60.69 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.71 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
         60.73 Write  record     v6 Done
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". Check that bucket #bucket-policy
        # the next deployment makes it
        Update inventory
         60.79 List   eu-west-1  –
         60.81 Write  record     v7 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.83 Create eu-west-1  inventory → more-logs
         60.85 List   eu-west-1  inventory → more-logs (no status)
         61.35 List   eu-west-1  inventory → more-logs (InProgress)
         61.37 Write  record     v8 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  inventory → logs (Successful)
         60.83 List   eu-west-1  inventory → logs (Successful)
         61.37 List   eu-west-1  inventory → logs (Successful)
         63.07 List   eu-west-1  –
         63.09 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         63.11 Create eu-west-1  inventory → more-logs                  ✗ AlreadyExists
         63.13 List   eu-west-1  –
         66.40 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         66.42 Create eu-west-1  inventory → more-logs
         66.44 List   eu-west-1  inventory → more-logs (no status)
         66.95 List   eu-west-1  inventory → more-logs (InProgress)
         66.97 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), and more
         60.49 List   eu-west-1  two → theirs (Successful), three → theirs (Successful), and more
         60.51 List   eu-west-1  four → theirs (Successful)
         60.53 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.55 Delete eu-west-1  inventory
         60.57 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
         60.59 List   eu-west-1  three → theirs (Successful), four → theirs (Successful)
         60.61 Create eu-west-1  inventory → more-logs                  ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         61.10 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.12 Create eu-west-1  inventory → more-logs                  ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         61.86 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.88 Create eu-west-1  inventory → more-logs
         61.90 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
         61.92 List   eu-west-1  three → theirs (Successful), four → theirs (Successful), and more
         61.94 List   eu-west-1  inventory → more-logs (no status)
         62.40 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), and more
         62.41 List   eu-west-1  three → theirs (Successful), four → theirs (Successful), and more
         62.44 List   eu-west-1  inventory → more-logs (InProgress)
         62.45 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  inventory → logs (Successful)
                 … 69 times more, until 300.59
        300.61 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED inventory
            Resource data sync inventory was deleted in eu-west-1, but ListResourceDataSync still shows it after two minutes.
            The previous configuration of inventory could not be restored in eu-west-1: the #list-lags-behind
        # its rollback
        Update inventory
        300.67 List   eu-west-1  –
        300.69 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
        300.71 Create eu-west-1  inventory → logs
        300.73 List   eu-west-1  inventory → logs (no status)
        301.16 List   eu-west-1  inventory → logs (InProgress)
        301.18 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory                              ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.53 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be deleted in eu-west-1: DeleteResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # its rollback: nothing differs
        Update inventory
         60.59 List   eu-west-1  inventory → logs (Successful)
         60.61 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory                              ✗ connection closed
         60.93 List   eu-west-1  inventory → logs (Successful)
         60.95 Delete eu-west-1  inventory
         60.97 List   eu-west-1  –
         61.44 List   eu-west-1  –
         62.32 List   eu-west-1  –
         63.51 Delete eu-west-1  inventory  (late)                      ✗ NotFound "The specified sync name wasn't found."
         63.54 List   eu-west-1  –
         67.50 List   eu-west-1  –
         68.99 List   eu-west-1  –
         69.01 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         69.03 Create eu-west-1  inventory → more-logs
         69.05 List   eu-west-1  inventory → more-logs (no status)
         69.36 List   eu-west-1  inventory → more-logs (InProgress)
         69.38 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → more-logs                  ✗ connection closed
         61.05 List   eu-west-1  –
         61.07 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.09 Create eu-west-1  inventory → more-logs
         61.11 List   eu-west-1  –
                 … 3 times more, until 63.91
         66.55 Create eu-west-1  inventory → more-logs  (late)          ✗ AlreadyExists
         66.63 List   eu-west-1  inventory → more-logs (no status)
         67.10 List   eu-west-1  inventory → more-logs (Failed)
         67.12 List   eu-west-1  inventory → more-logs (Failed)
         67.14 Scan   record     1 record
         67.16 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         67.18 Delete eu-west-1  inventory
         67.20 List   eu-west-1  –
         67.22 Create eu-west-1  inventory → logs, shared
         67.24 List   eu-west-1  –
                 … 3 times more, until 69.76
         72.15 List   eu-west-1  inventory → logs (no status)
         72.17 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
         60.53 List   eu-west-1  –
         60.55 Create eu-west-1  inventory → more-logs                  ✗ Throttling "Rate exceeded"
         60.85 List   eu-west-1  inventory → theirs (Successful)
         60.87 List   eu-west-1  inventory → theirs (Successful)
         60.89 Scan   record     1 record
         60.91 Write  record     v4 Done
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket theirs in eu-west-1, created 2026-11-23T08:01:00Z). It
            is not the one that this resource created: another client has #name-already-exists #rollback-failed
        # its rollback, and the stack's Delete
        Update inventory
         60.97 List   eu-west-1  inventory → theirs (Successful)
         60.99 Scan   record     1 record
         61.01 Write  record     v5 Done
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket theirs in eu-west-1, created 2026-11-23T08:01:00Z). This
            resource did not create it and left it unchanged; no record says whose it #name-already-exists
        Delete inventory
         61.07 Write  record     v6 Done
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
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Successful)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.51 Delete eu-west-1  inventory
        Update inventory, again
         60.54 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.56 List   eu-west-1  –
         68.58 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.60 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         68.62 List   eu-west-1  –
         68.64 Create eu-west-1  inventory → logs, shared
         68.66 List   eu-west-1  inventory → logs (no status)
         68.68 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". The previous #bucket-policy
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}
