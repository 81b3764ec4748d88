use expect_test::expect;
use serde_json::json;

use super::*;
use crate::fake::ssm::Lag;

#[tokio::test(start_paused = true)]
async fn everything_goes_whatever_the_properties() {
    let mut story = Story::of(&in_regions(&inventory(), &["eu-west-1", "us-east-1"])).await;
    story.note("in one Region it is gone already");
    story.env.aws.lock().ssm.foreign_delete("us-east-1", "inventory");
    story.delete(&json!({ "SyncName": ["?"], "Nonsense": {}, "Regions": "?" })).await;
    story.check(expect![[r#"
        # in one Region it is gone already
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, us-east-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open, us-east-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  inventory → logs (Successful)
         60.19 List   us-east-1  –
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Write  record     v4 Done
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
async fn a_region_that_refuses_stops_no_other() {
    let properties = in_regions(&inventory(), &["eu-west-1", "me-south-1"]);
    let mut story = Story::of(&properties).await;
    story.fault(Fault::at(Op::Delete, FaultKind::Denied).within("me-south-1"));
    story.delete(&properties).await;
    story.note("nothing can be called there: denied explicitly, then not offered");
    story.fault(Fault::region("me-south-1", FaultKind::ExplicitDeny).times(1));
    story.delete(&properties).await;
    story.fault(Fault::region("me-south-1", FaultKind::NotImplemented).times(1));
    story.delete(&properties).await;
    story.note("the Region is open again");
    story.delete(&properties).await;
    story.check(expect![[r#"
        Delete inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled, me-south-1/SyncToDestination/inventory Settled
         60.17 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open, me-south-1/SyncToDestination/inventory Open
         60.19 List   eu-west-1  inventory → logs (Successful)
         60.19 List   me-south-1 inventory → logs (Successful)
         60.21 Delete eu-west-1  inventory
         60.21 Delete me-south-1 inventory                              ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.23 List   eu-west-1  –
         60.25 Write  record     v4 Done: me-south-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be deleted in me-south-1: DeleteResourceDataSync returned
            AccessDeniedException, "User: #access-denied
        # nothing can be called there: denied explicitly, then not offered
        Delete inventory
         60.31 Write  record     v5 Working: me-south-1/SyncToDestination/inventory Open
         60.33 List   me-south-1                                        ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         60.35 Write  record     v6 Done: me-south-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be looked up in me-south-1: ListResourceDataSync returned
            AccessDeniedException, "User: #access-denied #closed-region
        Delete inventory
         60.41 Write  record     v7 Working: me-south-1/SyncToDestination/inventory Open
         60.43 List   me-south-1                                        ✗ InternalFailure "ListResourceDataSync is not implemented."
         60.45 Write  record     v8 Done: me-south-1/SyncToDestination/inventory Open
          FAILED inventory
            Resource data sync inventory could not be looked up in me-south-1: ListResourceDataSync returned InternalFailure,
            "ListResourceDataSync is not implemented". To leave the sync there, list me-south-1 #closed-region
        # the Region is open again
        Delete inventory
         60.51 Write  record     v9 Working: me-south-1/SyncToDestination/inventory Open
         60.53 List   me-south-1 inventory → logs (Successful)
         60.55 Delete me-south-1 inventory
         60.57 List   me-south-1 –
         60.59 Write  record     v10 Done
          SUCCESS inventory
        There is: nothing
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
    story.other_resource("dev", "Sync", &inventory()).await;
    story.other_resource("dev", "Sync", &to_bucket("audit", "logs")).await;
    let event = story.env.event_of("dev", "Sync", "Delete", Some("inventory"), &inventory());
    story.send(event).await;
    story.note("a Create that was not heard, by the id that the engine invents");
    let event =
        story.env.event_of("dev", "Sync", "Delete", Some("dev-Sync-1A2B3C4D5E6F7"), &to_bucket("audit", "logs"));
    story.send(event).await;
    story.note("without a SyncName");
    let event = story.env.event_of("dev", "Sync", "Create", None, &with(&inventory(), "SyncName", Value::Null));
    story.send(event).await;
    story.check(expect![[r#"
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
