use expect_test::expect;
use serde_json::json;

use super::*;

fn adopting(properties: &Value) -> Value {
    with(properties, "AdoptExisting", json!("true"))
}

#[tokio::test(start_paused = true)]
async fn nothing_to_adopt() {
    let mut story = Story::new();
    story.create(&adopting(&inventory())).await;
    story.note("put on a sync of the resource's own that is missing");
    story.create(&inventory()).await;
    story.env.aws.lock().ssm.foreign_delete(REGION, "inventory");
    story.update(&adopting(&inventory())).await;
    story.note("and that another client has made again");
    story.by_hand(REGION, &inventory());
    story.update(&adopting(&inventory())).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            AdoptExisting needs a sync that exists, and none named inventory is listed in eu-west-1. Leave AdoptExisting out to
            have inventory created, or correct SyncName or Regions. #adoptexisting
        # put on a sync of the resource's own that is missing
        Create
          0.11 List   eu-west-1  –
          0.13 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.15 Create eu-west-1  inventory → logs
          0.17 List   eu-west-1  inventory → logs (InProgress)
          0.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Update inventory
          0.25 List   eu-west-1  –
          0.27 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            AdoptExisting needs a sync that exists, and none named inventory is listed in eu-west-1. Leave AdoptExisting out to
            have inventory created, or correct SyncName or Regions. #adoptexisting
        # and that another client has made again
        Update inventory
          0.33 List   eu-west-1  inventory → logs (Successful)
          0.35 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_differs_is_not_adopted() {
    let mut story = Story::new();
    let mut theirs = to_bucket("inventory", "theirs");
    theirs["S3Destination"]["Prefix"] = json!("a");
    story.by_hand(REGION, &theirs);
    story.create(&adopting(&inventory())).await;
    story.note("once it agrees");
    story.by_hand(REGION, &inventory());
    story.create(&adopting(&inventory())).await;
    story.note("each Update compares again");
    story.update(&with(&adopting(&inventory()), "Trigger", json!("2"))).await;
    story.by_hand(REGION, &theirs);
    story.update(&with(&adopting(&inventory()), "Trigger", json!("3"))).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  inventory → theirs/a (Successful)
          0.05 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            AdoptExisting changes nothing, and sync inventory in eu-west-1 does not agree with the properties:
            S3Destination.BucketName is theirs, not logs; S3Destination.Prefix is a, not none. Set the #adoptexisting
        # once it agrees
        Create
          0.11 List   eu-west-1  inventory → logs (Successful)
          0.13 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # each Update compares again
        Update inventory
          0.19 List   eu-west-1  inventory → logs (Successful)
          0.21 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Update inventory
          0.27 List   eu-west-1  inventory → theirs/a (Successful)
          0.29 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          FAILED inventory
            AdoptExisting changes nothing, and sync inventory in eu-west-1 does not agree with the properties:
            S3Destination.BucketName is theirs, not logs; S3Destination.Prefix is a, not none. Set the #adoptexisting
        There is: eu-west-1 inventory → theirs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn another_stacks_sync() {
    let mut story = Story::new();
    story.other_resource(OTHER_STACK, "Sync", &inventory()).await;
    story.note("what is no record is passed over");
    story.env.aws.lock().table.put(&json!({ "Resource": "a", "Syncs": "none" }));
    story.create(&inventory()).await;
    story.delete(&inventory()).await;
    story.note("it can be looked at, and not be taken over");
    story.create(&adopting(&inventory())).await;
    story.update(&inventory()).await;
    story.check(expect![[r#"
        # what is no record is passed over
        Create
          0.15 Read   record     –
          0.17 List   eu-west-1  inventory → logs (Successful)
          0.19 Scan   record     2 records, and more
          0.21 Scan   record     0 records
          0.23 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000002
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). It
            belongs to resource Sync of stack #name-already-exists
        Delete nothing-created:00000000-0000-4000-8000-000000000002
          0.29 Write  record     v2 Done
          SUCCESS nothing-created:00000000-0000-4000-8000-000000000002
        # it can be looked at, and not be taken over
        Create
          0.35 List   eu-west-1  inventory → logs (Successful)
          0.37 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Update inventory
          0.43 List   eu-west-1  inventory → logs (Successful)
          0.45 Scan   record     2 records, and more
          0.47 Scan   record     1 record
          0.49 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). It
            belongs to resource Sync of stack #name-already-exists
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn taken_off_it_is_the_resources_own() {
    let mut story = Story::new();
    story.by_hand(REGION, &inventory());
    assert_eq!(story.create(&adopting(&inventory())).await.status(), "SUCCESS");
    story.goes_on().await;
    story.note("taken off with a change that is refused, and its rollback");
    story.fault(at_create(refused()));
    story.update(&moved()).await;
    story.update(&adopting(&inventory())).await;
    story.note("with a change that succeeds, and the rollback since something else fails");
    story.update(&moved()).await;
    story.update(&adopting(&inventory())).await;
    story.note("without a change, and the stack's Delete");
    story.update(&inventory()).await;
    story.delete(&inventory()).await;
    story.check(expect![[r##"
        # taken off with a change that is refused, and its rollback
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
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". … The previous configuration of
            inventory was restored in eu-west-1 #bucket-policy
        Update inventory
         60.35 List   eu-west-1  inventory → logs (Successful)
         60.37 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # with a change that succeeds, and the rollback since something else fails
        Update inventory
         60.43 List   eu-west-1  inventory → logs (Successful)
         60.45 Scan   record     1 record
         60.47 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making Foreign
         60.49 Delete eu-west-1  inventory
         60.51 List   eu-west-1  –
         60.53 Create eu-west-1  inventory → more-logs
         60.55 List   eu-west-1  inventory → more-logs (InProgress)
         60.57 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Update inventory
         60.63 List   eu-west-1  inventory → more-logs (Successful)
         60.65 Write  record     v7 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.67 Delete eu-west-1  inventory
         60.69 List   eu-west-1  –
         60.71 Create eu-west-1  inventory → logs
         60.73 List   eu-west-1  inventory → logs (InProgress)
         60.75 Write  record     v8 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # without a change, and the stack's Delete
        Update inventory
         60.81 List   eu-west-1  inventory → logs (Successful)
         60.83 Scan   record     1 record
         60.85 Write  record     v9 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         60.91 Write  record     v10 Working: eu-west-1/SyncToDestination/inventory Open
         60.93 List   eu-west-1  inventory → logs (Successful)
         60.95 Delete eu-west-1  inventory
         60.97 List   eu-west-1  –
         60.99 Write  record     v11 Done
          SUCCESS inventory
        There is: nothing
    "##]]);
}

#[tokio::test(start_paused = true)]
async fn a_retained_sync_is_taken_until_adopted() {
    let mut story = Story::of(&inventory()).await;
    story.note("DeletionPolicy: Retain; the resource comes back into the template");
    story.create(&inventory()).await;
    story.delete(&inventory()).await;
    story.create(&adopting(&inventory())).await;
    story.note("something else failed: the Create's rollback");
    story.delete(&adopting(&inventory())).await;
    story.check(expect![[r#"
        # DeletionPolicy: Retain; the resource comes back into the template
        Create
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED nothing-created:00000000-0000-4000-8000-000000000002
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). This
            resource retained it earlier, so it was left unchanged. To take it over, #name-already-exists
        Delete nothing-created:00000000-0000-4000-8000-000000000002
         60.25 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS nothing-created:00000000-0000-4000-8000-000000000002
        Create
         60.31 List   eu-west-1  inventory → logs (Successful)
         60.33 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # something else failed: the Create's rollback
        Delete inventory
         60.39 Write  record     v6 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}
