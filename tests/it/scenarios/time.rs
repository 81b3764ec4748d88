use std::time::Duration;

use expect_test::expect;
use serde_json::json;

use super::*;
use crate::fake::sync::{Script, Status};

fn within(properties: &Value, seconds: u32) -> Value {
    with(properties, "ServiceTimeout", json!(seconds.to_string()))
}

#[tokio::test(start_paused = true)]
async fn a_bucket_policy_and_little_time() {
    let mut story = Story::new();
    story.fault(at_create(FaultKind::S3WriteFailed).always());
    story.create(&within(&inventory(), 12)).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "S3 write failed for bucket: logs. Please refer to SSM Docume…"
          0.64 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 3 times more, until 9.11
          9.13 Create eu-west-1  inventory → logs                       ✗ InvalidConfiguration "S3 write failed for bucket: logs. Please refer to SSM Docume…"
          9.15 Write  record     v2 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM to be able to write to the bucket
            (last seen: CreateResourceDataSync returned #bucket-policy
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_that_never_comes() {
    let mut story = Story::new();
    story.first_sync(Script::stays_in_progress());
    story.create(&with(&within(&inventory(), 60), "WaitForFirstSync", json!(true))).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (no status)
          0.67 List   eu-west-1  inventory → logs (InProgress)
                 … 6 times more, until 49.51
         49.53 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            Time ran out for resource data sync inventory in eu-west-1 while waiting for the first sync to be Successful. A
            sync can stay InProgress for ever although it works: leave WaitForFirstSync out, or #time-ran-out
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_ssm_that_never_answers() {
    let mut story = Story::new();
    story.fault(Fault::at(Op::List, FaultKind::Hang).always());
    story.create(&within(&inventory(), 60)).await;
    story.no_faults();
    story.note("to a Create alone, and Lambda's own time ends first");
    story.env.timeout = Duration::from_secs(30);
    story.fault(at_create(FaultKind::Hang).always());
    story.create(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1                                         ✗ no response
                 … 9 times more, until 49.51
         50.01 Write  record     v1 Done
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM's response to ListResourceDataSync
            (last seen: ListResourceDataSync got no usable response (no response within 5 s)). #time-ran-out
        # to a Create alone, and Lambda's own time ends first
        Create
         50.07 List   eu-west-1  –
         50.09 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
         50.11 Create eu-west-1  inventory → logs                       ✗ no response
         55.55 List   eu-west-1  –
         55.57 Read   record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 3 times more, until 73.57
         73.59 Create eu-west-1  inventory → logs                       ✗ no response
         74.05 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
          FAILED create-failed:00000000-0000-4000-8000-000000000002
            Time ran out for resource data sync inventory in eu-west-1 while waiting for SSM to carry out the call (last seen:
            CreateResourceDataSync got no usable response (no response in time)). Deploy again; #time-ran-out
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_keeps_time_to_restore() {
    let mut story = Story::of(&shared()).await;
    story.first_sync(Script::no_status());
    story.fault(at_create(FaultKind::S3WriteFailed).times(5));
    let served = story.update(&within(&moved(), 30)).await;
    story.attributes(&served, &["LastStatus"]);
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         61.04 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 4 times more, until 76.39
         76.41 Create eu-west-1  inventory → more-logs
         76.43 List   eu-west-1  inventory → more-logs (no status)
         76.45 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
            LastStatus "Pending"
        There is: eu-west-1 inventory → more-logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_too_old() {
    let mut story = Story::of(&inventory()).await;
    story.env.age_ms = Some(3_601_000);
    story.update(&moved()).await;
    story.create(&inventory()).await;
    story.env.age_ms = Some(31_000);
    story.delete_id("inventory", &within(&inventory(), 30)).await;
    story.note("without a date in its URL it is served");
    story.env.age_ms = None;
    story.id = "inventory".to_owned();
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
          FAILED inventory
            CloudFormation has stopped waiting for this request (3601 s old, ServiceTimeout 3600 s). Nothing was changed.
        Create
          FAILED create-failed:00000000-0000-4000-8000-000000000003
            CloudFormation has stopped waiting for this request (3601 s old, ServiceTimeout 3600 s). Nothing was changed.
        Delete inventory
          FAILED inventory
            CloudFormation has stopped waiting for this request (31 s old, ServiceTimeout 30 s). Nothing was changed.
        # without a date in its URL it is served
        Update inventory
         60.21 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.23 List   eu-west-1  inventory → logs (Successful)
         60.25 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_list_never_shows() {
    let mut story = Story::of(&explorer(&["eu-west-1"])).await;
    story.env.aws.lock().ssm.lag.updates_ms = 600_000;
    story.update(&explorer(&["us-east-1"])).await;
    story.check(expect![[r#"
        Update explorer
         60.15 Read   record     v2 Done: eu-west-1/SyncFromSource/explorer Settled
         60.17 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.19 Write  record     v3 Working: eu-west-1/SyncFromSource/explorer Open
         60.21 Update eu-west-1  explorer → SingleAccountMultiRegions of us-east-1
         60.23 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
                 … 19 times more, until 120.25
        120.27 Write  record     v4 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
        There is: eu-west-1 explorer → sources ["us-east-1"]
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_last_look_is_at_the_end() {
    let mut story = Story::new();
    let mut statuses = vec![Status::InProgress; 6];
    statuses.push(Status::Successful);
    story.first_sync(Script(statuses));
    let served = story.create(&with(&within(&inventory(), 60), "WaitForFirstSync", json!(true))).await;
    assert_eq!(served.status(), "SUCCESS", "half of the time was left: {}", served.reason());
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (InProgress)
                 … 5 times more, until 19.24
         43.19 List   eu-west-1  inventory → logs (Successful)
         43.21 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}
