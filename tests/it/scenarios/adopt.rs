use expect_test::expect;
use serde_json::json;

use super::*;

fn adopting(properties: &Value) -> Value {
    with(properties, "AdoptExisting", json!("true"))
}

/// Another client's sync, adopted.
async fn adopted() -> Story {
    let mut story = Story::new();
    story.by_hand(REGION, &inventory());
    assert_eq!(story.create(&adopting(&inventory())).await.status(), "SUCCESS");
    story.goes_on().await;
    story
}

#[tokio::test(start_paused = true)]
async fn what_agrees_is_adopted_and_left() {
    let mut story = Story::new();
    story.by_hand(REGION, &shared());
    story.create(&adopting(&shared())).await;
    story.delete(&adopting(&shared())).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  inventory → logs (Successful)
          0.05 Write  record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete inventory
          0.11 Write  record     v2 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_adopt() {
    let mut story = Story::new();
    story.create(&adopting(&inventory())).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            AdoptExisting needs a sync that exists, and none named inventory is listed in eu-west-1. Leave AdoptExisting out to
            have inventory created, or correct SyncName or Regions. #adoptexisting
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_differs_is_not_adopted() {
    let mut story = Story::new();
    let mut theirs = to_bucket("inventory", "theirs");
    theirs["S3Destination"]["Prefix"] = json!("a");
    story.by_hand(REGION, &theirs);
    story.create(&adopting(&inventory())).await;
    story.delete(&adopting(&inventory())).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  inventory → theirs/a (Successful)
          0.05 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            AdoptExisting changes nothing, and sync inventory in eu-west-1 does not agree with the properties:
            S3Destination.BucketName is theirs, not logs; S3Destination.Prefix is a, not none. Write the #adoptexisting
        Delete nothing-created:00000000-0000-4000-8000-000000000001
          0.11 Write  record     v2 Done
          SUCCESS nothing-created:00000000-0000-4000-8000-000000000001
        There is: eu-west-1 inventory → theirs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_update_compares_again() {
    let mut story = adopted().await;
    story.update(&with(&adopting(&inventory()), "Trigger", json!("2"))).await;
    story.note("and after another client has replaced it");
    story.by_hand(REGION, &to_bucket("inventory", "theirs"));
    story.update(&with(&adopting(&inventory()), "Trigger", json!("3"))).await;
    story.check(expect![[r#"
        Update inventory
         60.09 Read   record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
         60.11 List   eu-west-1  inventory → logs (Successful)
         60.13 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # and after another client has replaced it
        Update inventory
         60.19 List   eu-west-1  inventory → theirs (Successful)
         60.21 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          FAILED inventory
            AdoptExisting changes nothing, and sync inventory in eu-west-1 does not agree with the properties:
            S3Destination.BucketName is theirs, not logs. Write the properties as the sync has them. They can #adoptexisting
        There is: eu-west-1 inventory → theirs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn taken_off_it_is_the_resources_own() {
    let mut story = adopted().await;
    story.update(&inventory()).await;
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.09 Read   record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
         60.11 List   eu-west-1  inventory → logs (Successful)
         60.13 Scan   record     1 record
         60.15 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         60.21 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open
         60.23 List   eu-west-1  inventory → logs (Successful)
         60.25 Delete eu-west-1  inventory
         60.27 List   eu-west-1  –
         60.29 Write  record     v4 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn taken_off_beside_its_owner() {
    let mut story = Story::new();
    story.other_resource(OTHER_STACK, "Sync", &inventory()).await;
    story.create(&adopting(&inventory())).await;
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.15 Read   record     –
          0.17 List   eu-west-1  inventory → logs (Successful)
          0.19 Write  record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Update inventory
          0.25 List   eu-west-1  inventory → logs (Successful)
          0.27 Scan   record     2 records, and more
          0.29 Scan   record     0 records
          0.31 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). It
            belongs to resource Sync of stack #name-already-exists
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn taken_off_changed_and_refused() {
    let mut story = adopted().await;
    story.fault(at_create(refused()));
    story.update(&moved()).await;
    story.note("its rollback, and the stack's Delete");
    story.update(&adopting(&inventory())).await;
    story.delete(&adopting(&inventory())).await;
    story.check(expect![[r#"
        Update inventory
         60.09 Read   record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
         60.11 List   eu-west-1  inventory → logs (Successful)
         60.13 Scan   record     1 record
         60.15 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making Foreign
         60.17 Delete eu-west-1  inventory
         60.19 List   eu-west-1  –
         60.21 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "The bucket is in another Region."
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → logs
         60.27 List   eu-west-1  inventory → logs (InProgress)
         60.29 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Open Foreign
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". The previous #bucket-policy
        # its rollback, and the stack's Delete
        Update inventory
         60.35 List   eu-west-1  inventory → logs (Successful)
         60.37 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete inventory
         60.43 Write  record     v5 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn taken_off_changed_and_rolled_back() {
    let mut story = adopted().await;
    story.update(&moved()).await;
    story.note("something else failed: the rollback, and the stack's Delete");
    story.update(&adopting(&inventory())).await;
    story.delete(&adopting(&inventory())).await;
    story.check(expect![[r#"
        Update inventory
         60.09 Read   record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
         60.11 List   eu-west-1  inventory → logs (Successful)
         60.13 Scan   record     1 record
         60.15 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making Foreign
         60.17 Delete eu-west-1  inventory
         60.19 List   eu-west-1  –
         60.21 Create eu-west-1  inventory → more-logs
         60.23 List   eu-west-1  inventory → more-logs (InProgress)
         60.25 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # something else failed: the rollback, and the stack's Delete
        Update inventory
         60.31 List   eu-west-1  inventory → more-logs (Successful)
         60.33 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.35 Delete eu-west-1  inventory
         60.37 List   eu-west-1  –
         60.39 Create eu-west-1  inventory → logs
         60.41 List   eu-west-1  inventory → logs (InProgress)
         60.43 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete inventory
         60.49 Write  record     v6 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn put_on_and_missing() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().ssm.foreign_delete(REGION, "inventory");
    story.update(&adopting(&inventory())).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  –
         60.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            AdoptExisting needs a sync that exists, and none named inventory is listed in eu-west-1. Leave AdoptExisting out to
            have inventory created, or correct SyncName or Regions. #adoptexisting
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn put_on_what_was_made_again_by_hand() {
    let mut story = Story::of(&inventory()).await;
    story.by_hand(REGION, &inventory());
    story.update(&adopting(&inventory())).await;
    story.delete(&adopting(&inventory())).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete inventory
         60.25 Write  record     v4 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_sync_is_adopted() {
    let mut story = Story::of(&inventory()).await;
    story.note("DeletionPolicy: Retain; the resource comes back into the template");
    story.create(&adopting(&inventory())).await;
    story.note("something else failed: the Create's rollback");
    story.delete(&adopting(&inventory())).await;
    story.check(expect![[r#"
        # DeletionPolicy: Retain; the resource comes back into the template
        Create
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # something else failed: the Create's rollback
        Delete inventory
         60.25 Write  record     v4 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}
