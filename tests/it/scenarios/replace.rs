use expect_test::expect;
use serde_json::json;

use super::*;
use crate::fake::ssm::Lag;
use crate::fake::sync::Script;

#[tokio::test(start_paused = true)]
async fn another_configuration_under_the_same_name() {
    let mut story = Story::of(&inventory()).await;
    story.update(&shared()).await;
    story.note("List does not show the sharing; the record has it, and nothing differs");
    story.update(&with(&shared(), "Trigger", json!("2"))).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → logs, shared
         60.27 List   eu-west-1  inventory → logs (InProgress)
         60.29 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # List does not show the sharing; the record has it, and nothing differs
        Update inventory
         60.35 List   eu-west-1  inventory → logs (Successful)
         60.37 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_is_refused() {
    let mut story = Story::of(&inventory()).await;
    story.fault(Fault::at(Op::Delete, FaultKind::ExplicitDeny));
    story.update(&moved()).await;
    story.note("with a code that does not say for certain that nothing was done");
    let (code, message) = ("OddException".to_owned(), "Not today.".to_owned());
    story.fault(Fault::at(Op::Delete, FaultKind::Refused { status: 400, code, message }));
    story.update(&moved()).await;
    story.note("the rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory                              ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.23 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            Resource data sync inventory could not be deleted in eu-west-1: DeleteResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # with a code that does not say for certain that nothing was done
        Update inventory
         60.29 List   eu-west-1  inventory → logs (Successful)
         60.31 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.33 Delete eu-west-1  inventory                              ✗ Odd "Not today."
         60.35 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED inventory
            Resource data sync inventory could not be deleted in eu-west-1: DeleteResourceDataSync returned OddException, "Not
            today". Try again; if it stays so, make the same call with the AWS CLI to see what #refused-by-ssm
        # the rollback
        Update inventory
         60.41 List   eu-west-1  inventory → logs (Successful)
         60.43 Write  record     v7 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.45 Delete eu-west-1  inventory
         60.47 List   eu-west-1  –
         60.49 Create eu-west-1  inventory → logs
         60.51 List   eu-west-1  inventory → logs (InProgress)
         60.53 Write  record     v8 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn refused_and_restored() {
    let mut story = Story::of(&shared()).await;
    story.first_sync(Script::settles());
    story.fault(at_create(refused()));
    story.update(&moved()).await;
    story.note("its rollback: nothing differs");
    story.update(&shared()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.27 List   eu-west-1  –
         60.29 Create eu-west-1  inventory → logs, shared
         60.31 List   eu-west-1  inventory → logs (no status)
         60.33 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". … The previous configuration of
            inventory was restored in eu-west-1 #bucket-policy
        # its rollback: nothing differs
        Update inventory
         60.39 List   eu-west-1  inventory → logs (InProgress)
         60.41 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
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
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         61.04 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 11 times more, until 180.27
        180.29 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
        180.31 List   eu-west-1  –
        180.33 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "S3 write failed for bucket: logs. Please refer to SSM Docume…"
        181.20 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
        181.22 Create eu-west-1  inventory → logs
        181.24 List   eu-west-1  inventory → logs (InProgress)
        181.26 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "S3 write failed for bucket: more-logs. Please refer to … The
            previous configuration of inventory was restored in eu-west-1 #bucket-policy
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
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.27 List   eu-west-1  –
         60.29 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
         60.31 Write  record     v4 Done
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". … The previous configuration of
            inventory could not be restored in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region" #bucket-policy #rollback-failed
        # the rollback fails too, and is skipped
        Update inventory
         60.37 List   eu-west-1  –
         60.39 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.41 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
         60.43 Write  record     v6 Done
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". Check that bucket #bucket-policy
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_old_name_fades_slowly() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.lag = Lag { deletions_ms: 1_000, release_ms: 4_000, ..Lag::default() };
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  inventory → logs (Successful)
         60.59 List   eu-west-1  inventory → logs (Successful)
         61.60 List   eu-west-1  –
         61.62 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.65 Create eu-west-1  inventory → more-logs                  ✗ AlreadyExists
         61.66 List   eu-west-1  –
         63.54 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         63.56 Create eu-west-1  inventory → more-logs                  ✗ AlreadyExists
         63.58 List   eu-west-1  –
         67.48 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         67.50 Create eu-west-1  inventory → more-logs
         67.52 List   eu-west-1  inventory → more-logs (InProgress)
         67.54 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_old_place_fades_slowly() {
    let mut story = Story::of(&inventory()).await;
    story.fill();
    story.env.aws.lock().ssm.page_size = 5;
    story.env.aws.lock().ssm.count_first = true;
    story.env.aws.lock().ssm.lag = Lag { release_ms: 1_000, ..Lag::default() };
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful), one → theirs (Successful), two → theirs (Successful), three → theirs (Successful), four → theirs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), three → theirs (Successful), four → theirs (Successful)
         60.25 Create eu-west-1  inventory → more-logs                  ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         60.65 Create eu-west-1  inventory → more-logs                  ✗ CountExceeded "You have exceeded the allowed maximum sync configurations."
         61.23 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.25 Create eu-west-1  inventory → more-logs
         61.27 List   eu-west-1  one → theirs (Successful), two → theirs (Successful), three → theirs (Successful), four → theirs (Successful), inventory → more-logs (InProgress)
         61.29 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 one → theirs; eu-west-1 two → theirs; eu-west-1 three → theirs; eu-west-1 four → theirs; eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn never_gone_is_a_failure() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.lag = Lag { deletions_ms: 600_000, ..Lag::default() };
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  inventory → logs (Successful)
                 … 71 times more, until 300.29
        300.31 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED inventory
            Resource data sync inventory was deleted in eu-west-1, but ListResourceDataSync still shows it after two minutes.
            … The previous configuration of inventory could not be restored in eu-west-1: the deleted sync is still listed
            after two minutes #list-lags-behind
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_that_fails_is_replaced_again() {
    let mut story = Story::of(&shared()).await;
    story.note("SSM's reply is lost, List is behind, and at last the first sync fails");
    story.fault(at_create(FaultKind::DoneLater(6_000)));
    story.env.aws.lock().ssm.lag = Lag { creations_ms: 3_000, ..Lag::default() };
    story.first_sync(Script::fails("Access Denied"));
    story.update(&moved()).await;
    story.check(expect![[r##"
        # SSM's reply is lost, List is behind, and at last the first sync fails
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ connection closed
         60.56 List   eu-west-1  –
         60.58 Create eu-west-1  inventory → more-logs
         60.60 List   eu-west-1  –
                 … 3 times more, until 63.04
         66.25 Create eu-west-1  inventory → more-logs  (late)          ✗ AlreadyExists
         66.82 List   eu-west-1  inventory → more-logs (no status)
         67.24 List   eu-west-1  inventory → more-logs (Failed)
         67.26 List   eu-west-1  inventory → more-logs (Failed)
         67.28 Scan   record     1 record
         67.30 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         67.32 Delete eu-west-1  inventory
         67.34 List   eu-west-1  –
         67.36 Create eu-west-1  inventory → logs, shared
         67.38 List   eu-west-1  –
                 … 3 times more, until 69.91
         73.51 List   eu-west-1  inventory → logs (no status)
         73.53 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory was created in eu-west-1, but its first sync failed: "Access Denied". … The previous
            configuration of inventory was restored in eu-west-1 #bucket-policy
        There is: eu-west-1 inventory → logs, shared
    "##]]);
}

#[tokio::test(start_paused = true)]
async fn a_late_create_after_a_restore_that_was_refused() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(FaultKind::DoneLater(6_000)));
    story.fault(at_create(refused()).nth(2).always());
    story.update(&moved()).await;
    story.no_faults();
    story.env.pass(10).await;
    story.note("the rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ connection closed
         60.56 List   eu-west-1  –
         60.58 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.60 List   eu-west-1  –
         60.62 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "The bucket is in another Region."
         60.64 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". … The previous configuration of
            inventory could not be restored in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region" #bucket-policy #rollback-failed
        # the rollback
        Update inventory
         66.25 Create eu-west-1  inventory → more-logs  (late)
         70.68 Read   record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         70.70 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         78.72 List   eu-west-1  inventory → more-logs (InProgress)
         78.74 Scan   record     1 record
         78.76 Write  record     v6 Working: eu-west-1/SyncToDestination/inventory Open Making
         78.78 Delete eu-west-1  inventory
         78.80 List   eu-west-1  –
         78.82 Create eu-west-1  inventory → logs
         78.84 List   eu-west-1  inventory → logs (InProgress)
         78.86 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
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
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ Throttling "Rate exceeded"
         60.65 List   eu-west-1  inventory → theirs (Successful)
         60.67 List   eu-west-1  inventory → theirs (Successful)
         60.69 Scan   record     1 record
         60.71 Write  record     v4 Done
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket theirs in eu-west-1, created 2026-11-23T08:01:00Z). It
            is not the one that this resource created: another client has … The previous configuration of inventory could not
            be restored in eu-west-1: a sync of that name already exists #name-already-exists #rollback-failed
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
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
        Update inventory, again
         60.24 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.26 List   eu-west-1  –
         68.28 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.30 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         68.32 List   eu-west-1  –
         68.34 Create eu-west-1  inventory → logs, shared
         68.36 List   eu-west-1  inventory → logs (InProgress)
         68.38 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". … The previous configuration of
            inventory was restored in eu-west-1 #bucket-policy
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}
