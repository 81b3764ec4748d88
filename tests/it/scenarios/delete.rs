use expect_test::expect;
use serde_json::json;

use super::*;
use crate::fake::ssm::Lag;

#[tokio::test(start_paused = true)]
async fn everything_goes_whatever_the_properties() {
    let mut story = Story::of(&in_regions(&inventory(), &["eu-west-1", "us-east-1"])).await;
    story.delete(&json!({ "SyncName": ["?"], "Nonsense": {}, "Regions": "?" })).await;
    story.check(expect![[r#"
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  inventory → logs (Successful)
         60.19 List   us-east-1  inventory → logs (Successful)
         60.21 Delete eu-west-1  inventory
         60.21 Delete us-east-1  inventory
         60.23 List   eu-west-1  –
         60.23 List   us-east-1  –
         60.25 Write  record     v4 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_recorded() {
    let mut story = Story::new();
    story.by_hand(REGION, &inventory());
    story.delete_id("inventory", &inventory()).await;
    story.check(expect![[r#"
        Delete inventory
          0.01 Read   record     –
          0.03 Write  record     v1 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_not_deleted() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.foreign_delete(REGION, "inventory");
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  –
         60.21 Write  record     v4 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_may_yet_take_effect() {
    let mut story = Story::new();
    story.fault(at_create(FaultKind::HangDoneLater(7_000)));
    let event = story.env.event("Create", None, &inventory());
    story.kill(event, 4).await;
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Create, killed
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs                       ✗ no response
        Delete inventory-Sync-1A2B3C4D5E6F7
          0.10 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          7.07 Create eu-west-1  inventory → logs  (late)
          8.12 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.14 List   eu-west-1  inventory → logs (InProgress)
          8.16 Scan   record     1 record
          8.18 Delete eu-west-1  inventory
          8.20 List   eu-west-1  –
          8.22 Write  record     v4 Done
          SUCCESS inventory-Sync-1A2B3C4D5E6F7
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_never_heard_of() {
    let mut story = Story::new();
    story.create(&inventory()).await;
    story.goes_on().await;
    story.note("CloudFormation had stopped waiting");
    story.delete_id(INVENTED, &inventory()).await;
    story.check(expect![[r#"
        # CloudFormation had stopped waiting
        Delete inventory-Sync-1A2B3C4D5E6F7
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  inventory → logs (Successful)
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Write  record     v4 Done
          SUCCESS inventory-Sync-1A2B3C4D5E6F7
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn superseded_leaves_everything() {
    let mut story = Story::of(&inventory()).await;
    story.update(&moved()).await;
    story.goes_on().await;
    story.env.age_ms = Some(90_000);
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Delete inventory
        120.33 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn refused_in_one_region_goes_on_in_others() {
    let properties = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let mut story = Story::of(&properties).await;
    story.fault(Fault::at(Op::Delete, FaultKind::Denied).within("us-east-1"));
    story.delete(&properties).await;
    story.note("tried again");
    story.delete(&properties).await;
    story.check(expect![[r#"
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  inventory → logs (Successful)
         60.19 List   us-east-1  inventory → logs (Successful)
         60.21 Delete eu-west-1  inventory
         60.21 Delete us-east-1  inventory                              ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.23 List   eu-west-1  –
         60.25 Write  record     v4 Done: us-east-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be deleted in us-east-1: DeleteResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # tried again
        Delete inventory
         60.31 Write  record     v5 Working: us-east-1/SyncToDestination/inventory Open
         60.33 List   us-east-1  inventory → logs (Successful)
         60.35 Delete us-east-1  inventory
         60.37 List   us-east-1  –
         60.39 Write  record     v6 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_region_that_lost_the_service() {
    let mut story = Story::of(&inventory()).await;
    story.fault(Fault::region(REGION, FaultKind::NotImplemented));
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1                                         ✗ InternalFailure "ListResourceDataSync is not implemented."
         60.21 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be looked up in eu-west-1: ListResourceDataSync returned InternalFailure,
            "ListResourceDataSync is not implemented". To leave the sync there, list eu-west-1 in #closed-region
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn never_gone_is_a_failure() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.lag = Lag { deletions_ms: 600_000, ..Lag::default() };
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  inventory → logs (Successful)
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  inventory → logs (Successful)
                 … 36 times more, until 180.25
        180.27 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory was deleted in eu-west-1, but ListResourceDataSync still shows it after two minutes.
            Deploy again in a few minutes; if it stays so, ask AWS Support with the sync's #list-lags-behind
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn made_again_by_another_after_our_delete() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.lag = Lag { deletions_ms: 60_000, ..Lag::default() };
    let event = story.env.event("Delete", Some("inventory"), &inventory());
    let (served, ()) = tokio::join!(story.env.send(&event), async {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        story.by_hand(REGION, &inventory());
    });
    story.tell(&event, "", &served);
    story.check(expect![[r#"
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  inventory → logs (Successful)
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  inventory → logs (Successful)
                 … 3 times more, until 63.44
         63.46 Write  record     v4 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_stack_id_that_is_shared() {
    let mut story = Story::new();
    for name in ["inventory", "audit"] {
        let event = story.event_of("dev", "Sync", "Create", None, &to_bucket(name, "logs"));
        story.send(event).await;
    }
    let event = story.event_of("dev", "Sync", "Delete", Some("inventory"), &inventory());
    story.send(event).await;
    story.note("a Create that was not heard, by the id that the engine invents");
    let event = story.event_of("dev", "Sync", "Delete", Some("dev-Sync-1A2B3C4D5E6F7"), &to_bucket("audit", "logs"));
    story.send(event).await;
    story.note("without a SyncName");
    let event = story.event_of("dev", "Sync", "Create", None, &with(&inventory(), "SyncName", Value::Null));
    story.send(event).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (InProgress)
          0.11 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Create
          0.15 Read   record     –
          0.17 List   eu-west-1  inventory → logs (Successful)
          0.19 Write  record     v1 Working: eu-west-1/SyncToDestination/audit Open Making
          0.21 Create eu-west-1  audit → logs
          0.23 List   eu-west-1  inventory → logs (Successful), audit → logs (InProgress)
          0.25 Write  record     v2 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS audit
        Delete inventory
          0.29 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          0.31 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
          0.33 List   eu-west-1  inventory → logs (Successful), audit → logs (Successful)
          0.35 Delete eu-west-1  inventory
          0.37 List   eu-west-1  audit → logs (Successful)
          0.39 Write  record     v4 Done
          SUCCESS inventory
        # a Create that was not heard, by the id that the engine invents
        Delete dev-Sync-1A2B3C4D5E6F7
          0.43 Read   record     –
          0.45 Read   record     v2 Done: eu-west-1/SyncToDestination/audit Settled
          0.47 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open
          0.49 List   eu-west-1  audit → logs (Successful)
          0.51 Delete eu-west-1  audit
          0.53 List   eu-west-1  –
          0.55 Write  record     v4 Done
          SUCCESS dev-Sync-1A2B3C4D5E6F7
        # without a SyncName
        Create
          FAILED nothing-created:00000000-0000-4000-8000-000000000005
            The stack's id (dev) is not one of CloudFormation's own and can be shared, so no name is generated from it. Nothing
            was changed. Give the resource a SyncName. #syncname-required
        There is: nothing
    "#]]);
}
