//! What a release finds in the table that an earlier one has written. `tests/it/records` has records as 0.1.0 wrote them: they
//! are never changed, and a release that writes others adds its own.

use expect_test::expect;

use super::*;
use crate::fake::clock::BASE_MS;

/// Begins with a record of an earlier release, and with the syncs of its time.
async fn found(name: &str, record: &str, syncs: &[(&str, Value)]) -> Story {
    let mut story = Story::new();
    story.id = name.to_owned();
    story.env.aws.lock().table.put(&serde_json::from_str(record).expect("JSON"));
    for (region, sync) in syncs {
        story.env.aws.lock().ssm.foreign_create(BASE_MS + 70, region, sync);
    }
    story.env.pass(60).await;
    story
}

fn destination(bucket: &Value) -> Value {
    json!({ "SyncName": "inventory", "SyncType": "SyncToDestination", "S3Destination": bucket })
}

/// As the recorded `Configuration`, but for what List hides.
fn settled() -> Value {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
    let sharing = json!({ "DestinationDataSharingType": "Organization" });
    destination(&json!({
        "BucketName": "logs", "Prefix": "ssm/", "SyncFormat": "JsonSerDe", "Region": REGION, "AWSKMSKeyARN": key,
        "DestinationDataSharing": sharing,
    }))
}

#[tokio::test(start_paused = true)]
async fn a_settled_record() {
    let mut story = found("inventory", include_str!("../records/settled.json"), &[(REGION, settled())]).await;
    story.note("as it was asked for, sharing included");
    story.update(&settled()).await;
    story.note("a release within the same Format may add attributes");
    let mut later = with(&story.env.record(), "Later", json!("more"));
    later["Syncs"]["eu-west-1/SyncToDestination/inventory"]["Later"] = json!(["more"]);
    story.env.aws.lock().table.put(&later);
    story.delete(&settled()).await;
    story.check(expect![[r#"
        # as it was asked for, sharing included
        Update inventory
         60.01 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.03 List   eu-west-1  inventory → logs/ssm/ (Successful)
         60.05 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # a release within the same Format may add attributes
        Delete inventory
         60.11 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open
         60.13 List   eu-west-1  inventory → logs/ssm/ (Successful)
         60.15 Delete eu-west-1  inventory
         60.17 List   eu-west-1  –
         60.19 Write  record     v5 Done
          SUCCESS inventory
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_a_killed_replacement() {
    let made = destination(&json!({ "BucketName": "more-logs", "SyncFormat": "JsonSerDe", "Region": REGION }));
    let mut story = found("inventory", include_str!("../records/killed-while-replacing.json"), &[(REGION, made)]).await;
    story.note("the rollback");
    story.update(&settled()).await;
    story.check(expect![[r#"
        # the rollback
        Update inventory
         60.01 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.03 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.05 List   eu-west-1  inventory → more-logs (Successful)
         68.07 Scan   record     1 record
         68.09 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.11 Delete eu-west-1  inventory
         68.13 List   eu-west-1  –
         68.15 Create eu-west-1  inventory → logs/ssm/, shared
         68.17 List   eu-west-1  inventory → logs/ssm/ (InProgress)
         68.19 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs, shared
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_record_with_a_region_let_go() {
    let sync = explorer(&[REGION]);
    let mut story =
        found("explorer", include_str!("../records/retained.json"), &[(REGION, sync.clone()), ("us-east-1", sync)])
            .await;
    story.note("the Region is taken back");
    story.update(&in_regions(&explorer(&[REGION]), &[REGION, "us-east-1"])).await;
    story.check(expect![[r##"
        # the Region is taken back
        Update explorer
         60.01 Read   record     v4 Done: eu-west-1/SyncFromSource/explorer Settled, us-east-1/SyncFromSource/explorer Settled Foreign
         60.03 List   us-east-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.03 List   eu-west-1  sources: explorer → SingleAccountMultiRegions of eu-west-1 (no state)
         60.05 Scan   record     1 record
         60.07 Write  record     v5 Done: eu-west-1/SyncFromSource/explorer Settled, us-east-1/SyncFromSource/explorer Settled
          SUCCESS explorer
        There is: eu-west-1 explorer → sources ["eu-west-1"]; us-east-1 explorer → sources ["eu-west-1"]
    "##]]);
}
