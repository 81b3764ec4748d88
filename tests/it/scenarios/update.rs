use expect_test::expect;
use serde_json::json;

use super::*;
use crate::fake::sync::{Script, Wording};

fn units(units: &[&str]) -> Value {
    json!({
        "SyncName": "explorer",
        "SyncType": "SyncFromSource",
        "SyncSource": {
            "SourceType": "AwsOrganizations",
            "AwsOrganizationsSource": { "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": units },
            "SourceRegions": ["eu-west-1"],
            "IncludeFutureRegions": "true",
        },
    })
}

#[tokio::test(start_paused = true)]
async fn nothing_differs() {
    let mut story = Story::of(&inventory()).await;
    let served = story.update(&with(&inventory(), "Trigger", json!("2"))).await;
    story.attributes(&served, &["LastStatus", "SyncCreatedTime"]);
    story.note("invalid properties touch nothing");
    story.update(&with(&inventory(), "SyncNme", json!("x"))).await;
    story.note("a sync that is missing is made");
    story.env.aws.lock().ssm.foreign_delete(REGION, "inventory");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
            LastStatus "Successful", SyncCreatedTime "2026-11-23T08:00:00Z"
        # invalid properties touch nothing
        Update inventory
          FAILED inventory
            Invalid properties; nothing was changed. (1) SyncNme: there is no such property here; did you mean SyncName?
            #invalid-properties
        # a sync that is missing is made
        Update inventory
         60.27 List   eu-west-1  –
         60.29 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.31 Create eu-west-1  inventory → logs
         60.33 List   eu-west-1  inventory → logs (InProgress)
         60.35 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_refused() {
    let mut story = Story::of(&explorer(&["eu-west-1"])).await;
    story.fault(Fault::at(Op::Update, FaultKind::Invalid("OrganizationNotExists".to_owned())));
    story.update(&explorer(&["us-east-1"])).await;
    story.note("its rollback");
    story.update(&explorer(&["eu-west-1"])).await;
    story.check(expect![[r#"
        Update explorer
         60.15 Read   record     v2 Done: eu-west-1/SyncFromSource/explorer Settled
         60.17 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.19 Write  record     v3 Working: eu-west-1/SyncFromSource/explorer Open
         60.21 Update eu-west-1  explorer → SingleAccountMultiRegions of us-east-1 ✗ InvalidConfiguration "OrganizationNotExists"
         60.23 Write  record     v4 Done: eu-west-1/SyncFromSource/explorer Settled
          FAILED explorer
            Resource data sync explorer could not be updated in eu-west-1: UpdateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "OrganizationNotExists". Account 123456789012 is in no
            #no-organization
        # its rollback
        Update explorer
         60.29 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.31 Write  record     v5 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
        There is: eu-west-1 explorer → sources ["eu-west-1"]
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_changed_source_is_put_right() {
    let mut story = Story::of(&explorer(&["eu-west-1"])).await;
    let drifted = json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": ["us-east-1"] });
    assert!(story.env.aws.lock().ssm.foreign_update(1, REGION, "explorer", drifted));
    story.fault(Fault::at(Op::Update, FaultKind::LoseReplyAfter));
    story.update(&with(&explorer(&["eu-west-1"]), "Trigger", json!("2"))).await;
    story.check(expect![[r#"
        Update explorer
         60.15 Read   record     v2 Done: eu-west-1/SyncFromSource/explorer Settled
         60.17 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of us-east-1 (no state)
         60.19 Write  record     v3 Working: eu-west-1/SyncFromSource/explorer Open
         60.21 Update eu-west-1  explorer → SingleAccountMultiRegions of eu-west-1 ✗ connection closed
         60.58 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.60 Write  record     v4 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
        There is: eu-west-1 explorer → sources ["eu-west-1"]
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_was_made_again_is_not_ours() {
    let mut story = Story::of(&inventory()).await;
    story.by_hand(REGION, &inventory());
    story.update(&with(&inventory(), "Trigger", json!("2"))).await;
    story.note("the stack's Delete");
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Scan   record     1 record
         60.21 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:01:00Z). It is
            not the one that this resource created: another client has replaced that one. #name-already-exists
        # the stack's Delete
        Delete inventory
         60.27 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open
         60.29 List   eu-west-1  inventory → logs (Successful)
         60.31 Write  record     v5 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_failed_since_is_no_failure() {
    let mut story = Story::new();
    story.first_sync(Script::fails_late("The bucket is gone"));
    story.create(&inventory()).await;
    story.goes_on().await;
    let served = story.update(&with(&inventory(), "WaitForFirstSync", json!("true"))).await;
    story.attributes(&served, &["LastStatus", "RegionStates"]);
    story.check(expect![[r#"
        Update inventory
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.47 List   eu-west-1  inventory → logs (Failed)
         60.49 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
            LastStatus "Failed", RegionStates "eu-west-1=Failed"
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_earlier_bad_state_is_no_failure() {
    let mut story = Story::of(&explorer(&["eu-west-1"])).await;
    let mut drifted = json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": ["eu-west-1"] });
    drifted["State"] = json!("NoPermissions");
    story.env.aws.lock().ssm.foreign_update(1, REGION, "explorer", drifted);
    let served = story.update(&with(&explorer(&["eu-west-1"]), "Trigger", json!("2"))).await;
    story.attributes(&served, &["SyncSourceState", "RegionStates"]);
    story.check(expect![[r#"
        Update explorer
         60.15 Read   record     v2 Done: eu-west-1/SyncFromSource/explorer Settled
         60.17 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (NoPermissions)
         60.19 Write  record     v3 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
            SyncSourceState "NoPermissions", RegionStates "eu-west-1=NoPermissions"
        There is: eu-west-1 explorer → sources ["eu-west-1"]
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_failed_create() {
    let mut story = Story::new();
    story.env.aws.lock().ssm.first_sync_of.insert("inventory".to_owned(), Script::fails("Access Denied"));
    story.create(&inventory()).await;
    story.goes_on().await;
    story.note("fails under the id that came");
    story.fault(at_create(refused()));
    story.update(&to_bucket("audit", "logs")).await;
    story.note("and succeeds under the name");
    story.update(&to_bucket("audit", "logs")).await;
    story.delete_id("create-failed:00000000-0000-4000-8000-000000000001", &inventory()).await;
    story.check(expect![[r##"
        # fails under the id that came
        Update create-failed:00000000-0000-4000-8000-000000000001
         60.45 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Open
         60.47 List   eu-west-1  inventory → logs (Failed)
         60.49 Write  record     v3 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Open
         60.51 Create eu-west-1  audit → logs                           ✗ InvalidConfiguration "The bucket is in another Region."
         60.53 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            Resource data sync audit could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". Check that bucket logs
            #bucket-policy
        # and succeeds under the name
        Update create-failed:00000000-0000-4000-8000-000000000001
         60.59 List   eu-west-1  inventory → logs (Failed)
         60.61 Write  record     v5 Working: eu-west-1/SyncToDestination/audit Open Making, eu-west-1/SyncToDestination/inventory Open
         60.63 Create eu-west-1  audit → logs
         60.65 List   eu-west-1  inventory → logs (Failed), audit → logs (InProgress)
         60.67 List   eu-west-1  inventory → logs (Failed), audit → logs (Successful)
         60.69 Delete eu-west-1  inventory
         60.71 List   eu-west-1  audit → logs (Successful)
         60.73 Write  record     v6 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS audit
        Delete create-failed:00000000-0000-4000-8000-000000000001
         60.79 Write  record     v7 Done: eu-west-1/SyncToDestination/audit Settled
          SUCCESS create-failed:00000000-0000-4000-8000-000000000001
        There is: eu-west-1 audit → logs
    "##]]);
}

#[tokio::test(start_paused = true)]
async fn what_list_hides_is_compared_with_the_record() {
    let mut story = Story::new();
    story.env.aws.lock().ssm.wording = Wording::own();
    let mut properties = units(&["ou-ab12-34cd56ef"]);
    properties["SyncSource"]["EnableAllOpsDataSources"] = json!("false");
    story.create(&properties).await;
    story.goes_on().await;
    properties["SyncSource"]["EnableAllOpsDataSources"] = json!("true");
    story.update(&properties).await;
    story.update(&with(&properties, "Trigger", json!("2"))).await;
    story.check(expect![[r#"
        Update explorer
         60.15 Read   record     v2 Done: eu-west-1/SyncFromSource/explorer Settled
         60.17 List   eu-west-1  sources: explorer → OrganizationalUnits of eu-west-1 ap-southeast-7 (no state)
         60.19 Write  record     v3 Working: eu-west-1/SyncFromSource/explorer Open
         60.21 Update eu-west-1  explorer → OrganizationalUnits of eu-west-1
         60.23 List   eu-west-1  sources: explorer → OrganizationalUnits of eu-west-1 ap-southeast-7 (no state)
         60.25 Write  record     v4 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
        Update explorer
         60.31 List   eu-west-1  sources: explorer → OrganizationalUnits of eu-west-1 ap-southeast-7 (no state)
         60.33 Write  record     v5 Done: eu-west-1/SyncFromSource/explorer Settled
          SUCCESS explorer
        There is: eu-west-1 explorer → sources ["eu-west-1"]
    "#]]);
}
