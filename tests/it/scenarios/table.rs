use expect_test::expect;
use serde_json::json;

use super::*;

fn at_read(kind: FaultKind) -> Fault {
    Fault::at(Op::GetItem, kind)
}

fn at_write(kind: FaultKind) -> Fault {
    Fault::at(Op::PutItem, kind)
}

#[tokio::test(start_paused = true)]
async fn a_table_that_cannot_be_read_changes_nothing() {
    let mut story = Story::of(&inventory()).await;
    let passing =
        [("denied", FaultKind::Denied), ("throttled", FaultKind::Throughput), ("out of reach", FaultKind::Hang)];
    for (trouble, kind) in passing {
        story.note(trouble);
        story.fault(at_read(kind).always());
        story.update(&with(&moved(), "ServiceTimeout", json!("30"))).await;
        story.no_faults();
    }
    story.note("with another key");
    story.env.aws.lock().table.key = ("Id", "S");
    story.update(&moved()).await;
    story.note("missing");
    story.env.aws.lock().table.name = "restored".to_owned();
    story.update(&moved()).await;
    story.note("not named");
    story.env.settings.table = None;
    story.env.restart();
    story.delete(&inventory()).await;
    story.check(expect![[r##"
        # denied
        Update inventory
         60.15 Read   record                                            ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
                 … 9 times more, until 82.22
          FAILED inventory
            DynamoDB denied dynamodb:GetItem on the ownership table resource-data-sync: "User:
            arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to
            #table-access-denied
        # throttled
        Update inventory
         82.26 Read   record                                            ✗ ProvisionedThroughputExceeded "The level of configured provisioned throughput for the table…"
                 … 17 times more, until 105.86
          FAILED inventory
            DynamoDB throttled the ownership table resource-data-sync until the time ended. Nothing more was changed. Make the
            table's capacity on demand, or raise it, and deploy again. #table-throttled
        # out of reach
        Update inventory
        105.90 Read   record                                            ✗ no response
                 … 4 times more, until 127.83
          FAILED inventory
            DynamoDB's endpoint in eu-west-1 is out of reach: no response within 5 s. Nothing more was changed. In a VPC, the
            function needs a gateway endpoint for DynamoDB, or a NAT gateway. #dynamodb-out-of-reach
        # with another key
        Update inventory
        129.21 Read   record                                            ✗ Validation "The provided key element does not match the schema"
          FAILED inventory
            The ownership table resource-data-sync has the wrong key: "The provided key element does not match the schema".
            Nothing more was changed. It must have the partition key Resource, of type String, #key-of-the-table
        # missing
        Update inventory
        129.25 Read   record                                            ✗ ResourceNotFound "Requested resource not found"
          FAILED inventory
            The ownership table resource-data-sync does not exist in eu-west-1. Nothing more was changed. Restore it from its
            backup, or correct OWNERSHIP_TABLE. #table-not-found
        # not named
        Delete inventory
          FAILED inventory
            The function does not know its ownership table: OWNERSHIP_TABLE is not set in its environment. Nothing more was
            changed. Set it to the table of the function's stack. #the-functions-environment
        There is: eu-west-1 inventory → logs
    "##]]);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_too_large() {
    let units: Vec<String> = (0..1000).map(|unit| format!("ou-{unit:032}-{unit:032}")).collect();
    let regions: Vec<String> = (1..8).map(|number| format!("eu-west-{number}")).collect();
    let mut story = Story::new();
    story.create(&json!({
        "SyncName": "explorer", "SyncType": "SyncFromSource", "Regions": regions,
        "SyncSource": {
            "SourceType": "AwsOrganizations", "SourceRegions": ["eu-west-1"],
            "AwsOrganizationsSource": { "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": units },
        },
    })).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  sources: –
          0.03 List   eu-west-2  sources: –
          0.03 List   eu-west-3  sources: –
          0.03 List   eu-west-4  sources: –
          0.03 List   eu-west-5  sources: –
          0.03 List   eu-west-6  sources: –
          0.03 List   eu-west-7  sources: –
          0.05 Write  record     v1 Working: eu-west-1/SyncFromSource/explorer Open Making, eu-west-2/SyncFromSource/explorer Open Making, eu-west-3/SyncFromSource/explorer Open Making, eu-west-4/SyncFromSource/explorer Open Making, eu-west-5/SyncFromSource/explorer Open Making, eu-west-6/SyncFromSource/explorer Open Making, eu-west-7/SyncFromSource/explorer Open Making ✗ Validation "Item size has exceeded the maximum allowed size"
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            The record of this resource would be larger than the 400 KB that DynamoDB allows. Nothing more was changed. Spread
            its Regions or organizational units over several resources. #record-too-large
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_a_newer_release() {
    let mut story = Story::of(&inventory()).await;
    let record = story.env.record();
    story.env.aws.lock().table.put(&with(&record, "Format", json!(2)));
    story.update(&moved()).await;
    story.delete(&inventory()).await;
    story.note("damaged");
    story.env.aws.lock().table.put(&with(&record, "Syncs", json!("none")));
    let served = story.update(&moved()).await;
    assert!(served.reason().contains(&format!("with key Resource = {STACK}|Sync ")), "{}", served.reason());
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          FAILED inventory
            A record in the ownership table resource-data-sync has format 2, of a newer release of the function. Nothing more
            was changed. Deploy that release, or a later one. #record-of-a-newer-release
        Delete inventory
          FAILED inventory
            A record in the ownership table resource-data-sync has format 2, of a newer release of the function. Nothing more
            was changed. Deploy that release, or a later one. #record-of-a-newer-release
        # damaged
        Update inventory
         60.23 Read   record     v2 Done
          FAILED inventory
            The ownership record of this resource cannot be read (see the log). Nothing more was changed. Restore the item with
            key Resource = #unreadable-record
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_success_that_cannot_be_written() {
    let mut story = Story::new();
    story.fault(at_write(FaultKind::ExplicitDeny).nth(2).always());
    story.create(&inventory()).await;
    story.no_faults();
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (InProgress)
          0.11 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            DynamoDB denied dynamodb:PutItem on the ownership table resource-data-sync: "User:
            arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to
            #table-access-denied
        Delete create-failed:00000000-0000-4000-8000-000000000001
          0.17 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.21 List   eu-west-1  inventory → logs (Successful)
          8.23 Scan   record     1 record
          8.25 Delete eu-west-1  inventory
          8.27 List   eu-west-1  –
          8.29 Write  record     v4 Done
          SUCCESS create-failed:00000000-0000-4000-8000-000000000001
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_cannot_be_written() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(refused()));
    story.fault(at_write(FaultKind::ExplicitDeny).nth(2).always());
    story.update(&moved()).await;
    story.no_faults();
    story.note("its rollback");
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
         60.29 Create eu-west-1  inventory → logs
         60.31 List   eu-west-1  inventory → logs (InProgress)
         60.33 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Open ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          FAILED inventory
            Resource data sync inventory could not be created in eu-west-1: CreateResourceDataSync returned
            ResourceDataSyncInvalidConfigurationException, "The bucket is in another Region". … The previous configuration of
            inventory was restored in eu-west-1 #bucket-policy
        # its rollback
        Update inventory
         60.39 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.41 List   eu-west-1  inventory → logs (Successful)
         68.43 Scan   record     1 record
         68.45 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn denied_in_the_middle_of_the_work() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(FaultKind::S3WriteFailed).times(2));
    story.fault(at_read(FaultKind::ExplicitDeny).nth(2).always());
    story.update(&moved()).await;
    story.no_faults();
    story.note("its rollback");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         61.04 Read   record                                            ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         61.06 List   eu-west-1  –
         61.08 Read   record                                            ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
         61.10 Write  record     v4 Done
          FAILED inventory
            Resource data sync inventory in eu-west-1: the ownership table could not be used. … The previous configuration of
            inventory could not be restored in eu-west-1: the ownership table could not be used #table-access-denied
            #rollback-failed
        # its rollback
        Update inventory
         61.16 List   eu-west-1  –
         61.18 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.20 Create eu-west-1  inventory → logs
         61.22 List   eu-west-1  inventory → logs (InProgress)
         61.24 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_scan_is_denied_where_it_decides() {
    let mut story = Story::new();
    story.fault(Fault::at(Op::Scan, FaultKind::ExplicitDeny).always());
    story.fault(at_create(FaultKind::LoseReplyAfter));
    story.create(&inventory()).await;
    story.no_faults();
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs                       ✗ connection closed
          0.57 List   eu-west-1  inventory → logs (InProgress)
          0.59 Scan   record                                            ✗ AccessDenied "User: arn:aws:sts::123456789012:assumed-role/resource-data-s…"
          0.61 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            Resource data sync inventory in eu-west-1: the ownership table could not be used. DynamoDB denied dynamodb:Scan on
            the ownership table resource-data-sync: "User: #table-access-denied
        Delete create-failed:00000000-0000-4000-8000-000000000001
          0.67 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.69 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.71 List   eu-west-1  inventory → logs (Successful)
          8.73 Scan   record     1 record
          8.75 Delete eu-west-1  inventory
          8.77 List   eu-west-1  –
          8.79 Write  record     v5 Done
          SUCCESS create-failed:00000000-0000-4000-8000-000000000001
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_a_create_that_made_nothing() {
    let mut story = Story::new();
    story.fault(at_read(FaultKind::KeyDenied).always());
    story.create(&inventory()).await;
    story.delete(&inventory()).await;
    story.note("and of one that may have made something");
    story.delete_id("create-failed:00000000-0000-4000-8000-000000000009", &inventory()).await;
    story.check(expect![[r#"
        Create
          0.01 Read   record                                            ✗ AccessDenied "KMS key access denied error"
                 … 11 times more, until 30.03
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            KMS does not let the function use the key of the ownership table resource-data-sync: "KMS key access denied error".
            Nothing more was changed. Allow the function's role kms:Decrypt on the key #kms-key-of-the-table
        Delete nothing-created:00000000-0000-4000-8000-000000000001
         30.07 Read   record                                            ✗ AccessDenied "KMS key access denied error"
                 … 10 times more, until 60.09
          SUCCESS nothing-created:00000000-0000-4000-8000-000000000001
        # and of one that may have made something
        Delete create-failed:00000000-0000-4000-8000-000000000009
         60.13 Read   record                                            ✗ AccessDenied "KMS key access denied error"
                 … 9 times more, until 90.15
          FAILED create-failed:00000000-0000-4000-8000-000000000009
            KMS does not let the function use the key of the ownership table resource-data-sync: "KMS key access denied error".
            Nothing more was changed. Allow the function's role kms:Decrypt on the key #kms-key-of-the-table
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_record_was_deleted_by_hand() {
    let mut story = Story::of(&inventory()).await;
    story.env.aws.lock().table.delete(&format!("{STACK}|Sync"));
    story.update(&with(&inventory(), "Trigger", json!("2"))).await;
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     –
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Scan   record     0 records
         60.21 Write  record     v1 Done
          FAILED inventory
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). This
            resource did not create it and left it unchanged; no record says whose it is. #name-already-exists
        Delete inventory
         60.27 Write  record     v2 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_record_vanishes_during_the_work() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(FaultKind::S3WriteFailed).times(2));
    let event = story.env.event("Update", Some("inventory"), &moved());
    let (served, ()) = tokio::join!(story.env.send(&event), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        story.env.aws.lock().table.delete(&format!("{STACK}|Sync"));
    });
    story.tell(&event, "", &served);
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         61.04 Read   record     –
          FAILED inventory
            Superseded: a later event of this resource came while this event was being served, and went on from there.
            #superseded
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn what_a_newer_record_owns_is_not_known() {
    let mut story = Story::new();
    story.other_resource(STACK, "Other", &to_bucket("other", "logs")).await;
    let mut record = story.env.aws.lock().table.record(&format!("{STACK}|Other")).expect("a record");
    record["Format"] = json!(2);
    story.env.aws.lock().table.put(&record);
    let event = story.env.event("Create", None, &inventory());
    story.kill(event, 4).await;
    story.again().await;
    story.check(expect![[r#"
        Create, killed
          0.15 Read   record     –
          0.17 List   eu-west-1  other → logs (Successful)
          0.19 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.21 Create eu-west-1  inventory → logs
        Create, again
          0.24 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.26 List   eu-west-1  other → logs (Successful), inventory → logs (InProgress)
          8.28 Scan   record     2 records, and more
          8.30 Scan   record     0 records
          8.32 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED create-failed:00000000-0000-4000-8000-000000000002
            Resource data sync inventory in eu-west-1: the ownership table could not be used. A record in the ownership table
            resource-data-sync has format 2, of a newer release of the function. #record-of-a-newer-release
        There is: eu-west-1 other → logs; eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_table_lets_changes_through() {
    let mut story = Story::of(&inventory()).await;
    for op in [Op::GetItem, Op::PutItem, Op::List] {
        story.fault(Fault::at(op, FaultKind::Slow(700)).always());
    }
    story.update(&moved()).await;
    story.check(expect![[r#"
        Update inventory
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.87 List   eu-west-1  inventory → logs (Successful)
         61.59 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         62.31 List   eu-west-1  inventory → logs (Successful)
         63.03 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         63.75 Delete eu-west-1  inventory
         63.77 List   eu-west-1  –
         64.49 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         65.21 Create eu-west-1  inventory → more-logs
         65.23 List   eu-west-1  inventory → more-logs (InProgress)
         65.95 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → more-logs
    "#]]);
}
