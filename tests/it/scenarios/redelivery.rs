use std::fmt::Write as _;

use expect_test::expect;

use super::*;
use crate::fake::sync::Script;

/// What became of an event after something, in one line.
fn became(story: &Story, what: &str, served: &Served) -> String {
    let record = story.env.record();
    let state = |of: &Value| {
        let making = if of["Making"].is_object() { " Making" } else { "" };
        format!("{}{making}", of["State"].as_str().unwrap_or("–"))
    };
    let entries: Vec<String> =
        record["Syncs"].as_object().into_iter().flat_map(|syncs| syncs.values().map(state)).collect();
    format!(
        "{what:<26} {:<4} {:>5.1} s  {} {}; {}; {}\n",
        served.changes(),
        served.took.as_secs_f64(),
        served.status(),
        served.id(),
        story.there(),
        [vec![state(&record)], entries].concat().join(" "),
    )
}

async fn begun(before: Option<&Value>) -> Story {
    match before {
        Some(properties) => Story::of(properties).await,
        None => Story::new(),
    }
}

/// Kills an event after each number of calls, and sends what comes next.
async fn killed(
    before: Option<&Value>,
    event: impl Fn(&Story) -> Value,
    next: impl Fn(&Story, &Value) -> Value,
) -> String {
    let mut text = String::new();
    for calls in 1.. {
        let mut story = begun(before).await;
        let event = event(&story);
        let served = story.env.send_and_kill(&event, calls).await;
        if served.ended.is_some() {
            break;
        }
        let next = story.env.send(&next(&story, &event)).await;
        let last = served.calls.last().map_or("?", |call| call.op.name());
        text += &became(&story, &format!("{calls} {last}"), &next);
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_killed_and_delivered_again() {
    let create = |story: &Story| story.env.event("Create", None, &inventory());
    let again = |_: &Story, event: &Value| event.clone();
    expect![[r#"
        1 GetItem                  C      0.1 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        2 ListResourceDataSync     C      0.1 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        3 PutItem                  C      8.2 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        4 CreateResourceDataSync          8.1 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        5 ListResourceDataSync            8.1 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        6 PutItem                         0.0 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        7 PutObject                       0.0 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
    "#]]
    .assert_eq(&killed(None, create, again).await);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_is_killed_and_rolled_back() {
    let update = |story: &Story| story.env.event("Update", Some("inventory"), &moved());
    let rollback = |story: &Story, _: &Value| story.env.event("Update", Some("inventory"), &shared());
    expect![[r#"
        1 GetItem                         0.1 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        2 ListResourceDataSync            0.1 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        3 PutItem                  DC     8.2 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        4 DeleteResourceDataSync   C      8.2 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        5 ListResourceDataSync     C      8.2 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        6 CreateResourceDataSync   DC     8.2 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        7 ListResourceDataSync     DC     8.2 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        8 PutItem                  DC     0.2 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
        9 PutObject                DC     0.2 s  SUCCESS inventory; eu-west-1 inventory → logs, shared; Done Settled
    "#]]
    .assert_eq(&killed(Some(&shared()), update, rollback).await);
}

const KINDS: [FaultKind; 6] = [
    FaultKind::ErrorBefore,
    FaultKind::ErrorAfter,
    FaultKind::LoseReplyBefore,
    FaultKind::LoseReplyAfter,
    FaultKind::DoneLater(3_000),
    FaultKind::HangDoneLater(7_000),
];

/// Every fault at the first call of an operation.
async fn faulted(before: Option<&Value>, operation: Op, event: impl Fn(&Story) -> Value) -> String {
    let mut text = String::new();
    for kind in KINDS {
        let story = begun(before).await;
        story.fault(Fault::at(operation, kind.clone()));
        let served = story.env.send(&event(&story)).await;
        let name = operation.name().trim_end_matches("ResourceDataSync");
        text += &became(&story, &format!("{name} {kind:?}"), &served);
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_reply_is_lost() {
    let create = |story: &Story| story.env.event("Create", None, &inventory());
    let update = |story: &Story| story.env.event("Update", Some("inventory"), &moved());
    let created = faulted(None, Op::Create, create).await;
    let replaced = faulted(Some(&shared()), Op::Delete, update).await;
    expect![[r#"
        Create ErrorBefore         CC     0.5 s  SUCCESS inventory; eu-west-1 inventory → logs; Working Settled
        Create ErrorAfter          C      0.4 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        Create LoseReplyBefore     CC     0.7 s  SUCCESS inventory; eu-west-1 inventory → logs; Working Settled
        Create LoseReplyAfter      C      0.6 s  SUCCESS inventory; eu-west-1 inventory → logs; Done Settled
        Create DoneLater(3000)     CC     0.7 s  SUCCESS inventory; eu-west-1 inventory → logs; Working Settled
        Create HangDoneLater(7000) CC     5.7 s  SUCCESS inventory; eu-west-1 inventory → logs; Working Settled
        Delete ErrorBefore         DDC    8.7 s  SUCCESS inventory; eu-west-1 inventory → more-logs; Done Settled
        Delete ErrorAfter          DC     0.6 s  SUCCESS inventory; eu-west-1 inventory → more-logs; Done Settled
        Delete LoseReplyBefore     DDC    8.6 s  SUCCESS inventory; eu-west-1 inventory → more-logs; Done Settled
        Delete LoseReplyAfter      DC     0.5 s  SUCCESS inventory; eu-west-1 inventory → more-logs; Done Settled
        Delete DoneLater(3000)     DDC    8.6 s  SUCCESS inventory; eu-west-1 inventory → more-logs; Done Settled
        Delete HangDoneLater(7000) DDC   11.6 s  SUCCESS inventory; eu-west-1 inventory → more-logs; Done Settled
    "#]]
    .assert_eq(&(created + &replaced));
}

#[tokio::test(start_paused = true)]
async fn a_closing_and_a_response_get_lost() {
    let mut story = Story::new();
    story.fault(Fault::at(Op::PutItem, FaultKind::LoseReplyAfter).nth(2));
    story.fault(Fault::at(Op::Respond, FaultKind::Denied).times(3));
    story.create(&inventory()).await;
    let first = story.again().await;
    story.note("by another process");
    story.env.restart();
    assert_eq!(story.again().await.bytes, first.bytes);
    story.check(expect![[r#"
        Create
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
          0.09 List   eu-west-1  inventory → logs (InProgress)
          0.11 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled ✗ connection closed
          0.68 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled ✗ ConditionalCheckFailed "The conditional request failed"
          0.70 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
          0.72 Put    response   SUCCESS                                ✗ AccessDenied "Request has expired"
          1.02 Put    response   SUCCESS                                ✗ AccessDenied "Request has expired"
          1.59 Put    response   SUCCESS                                ✗ AccessDenied "Request has expired"
          not reported: The response was not delivered after 3 attempts (cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com: HTTP 403, AccessDenied).
        Create, again
          SUCCESS inventory
        # by another process
        Create, again
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn two_deliveries_at_once() {
    let mut story = Story::new();
    story.first_sync(Script::settles());
    let event = story.env.event("Create", None, &inventory());
    let other = story.env.another_process();
    let (first, second) = tokio::join!(story.env.send(&event), story.env.send_to(&other, &event, usize::MAX));
    story.tell(&event, ", twice at once", &first);
    story.tell(&event, ", the other delivery", &second);
    story.again().await;
    story.check(expect![[r#"
        Create, twice at once
          0.01 Read   record     –
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making ✗ ConditionalCheckFailed "The conditional request failed"
          0.07 Create eu-west-1  inventory → logs
          0.07 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.09 List   eu-west-1  inventory → logs (no status)
          0.09 Read   record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.11 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.61 List   eu-west-1  inventory → logs (InProgress)
          0.63 Write  record     v2 Done: eu-west-1/SyncToDestination/inventory Settled ✗ ConditionalCheckFailed "The conditional request failed"
          0.65 Read   record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.13 List   eu-west-1  inventory → logs (Successful)
          8.15 Scan   record     1 record
          8.17 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
          not reported: Another invocation serves this event at the same time and responds to it.
        Create, the other delivery
        Create, again
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_later_event_takes_over() {
    let mut story = Story::of(&inventory()).await;
    story.fault(at_create(FaultKind::S3WriteFailed));
    let update = story.env.event("Update", Some("inventory"), &moved());
    let other = story.env.another_process();
    let (first, second) = tokio::join!(story.env.send(&update), async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        story.env.send_to(&other, &story.env.event("Delete", Some("inventory"), &inventory()), usize::MAX).await
    });
    story.tell(&update, ", and a Delete in the middle of it", &first);
    let _ = writeln!(story.text, "  the Delete: {} {}", second.status(), second.reason());
    story.check(expect![[r#"
        Update inventory, and a Delete in the middle of it
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
         60.23 List   eu-west-1  –
         60.25 Create eu-west-1  inventory → more-logs                  ✗ InvalidConfiguration "S3 write failed for bucket: more-logs. Please refer to SSM D…"
         60.35 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.37 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
         61.04 Read   record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
          FAILED inventory
            Superseded: a later event of this resource came while this event was being served, and went on from there.
            #superseded
         68.39 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
         68.41 List   eu-west-1  –
         68.43 Delete eu-west-1  inventory                              ✗ NotFound "The specified sync name wasn't found."
         68.45 List   eu-west-1  –
         68.47 Write  record     v6 Done
          SUCCESS inventory
          the Delete: SUCCESS 
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_superseded_event_changes_nothing() {
    let mut story = Story::new();
    let late_create = story.env.event("Create", None, &inventory());
    let late_delete = story.env.event("Delete", Some(INVENTED), &inventory());
    story.env.pass(5).await;
    story.delete_id(INVENTED, &inventory()).await;
    story.note("the Create that the Delete was for comes only now");
    story.send(late_create).await;
    story.create(&inventory()).await;
    story.note("a Delete that was sent before that Create");
    story.send(late_delete).await;
    story.check(expect![[r#"
        Delete inventory-Sync-1A2B3C4D5E6F7
          5.01 Read   record     –
          5.03 Write  record     v1 Done
          SUCCESS inventory-Sync-1A2B3C4D5E6F7
        # the Create that the Delete was for comes only now
        Create
          FAILED nothing-created:00000000-0000-4000-8000-000000000001
            Superseded by a later Delete of this resource. Nothing was changed. #superseded
        Create
          5.13 List   eu-west-1  –
          5.15 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          5.17 Create eu-west-1  inventory → logs
          5.19 List   eu-west-1  inventory → logs (InProgress)
          5.21 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # a Delete that was sent before that Create
        Delete inventory-Sync-1A2B3C4D5E6F7
          SUCCESS inventory-Sync-1A2B3C4D5E6F7
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_event_is_waited_out() {
    let mut story = Story::of(&inventory()).await;
    let event = story.env.event("Update", Some("inventory"), &moved());
    story.kill(event, 4).await;
    story.note("eight seconds have to pass, and fewer are left");
    story.update(&with(&inventory(), "ServiceTimeout", serde_json::json!("8"))).await;
    story.env.pass(16 * 60 + 1).await;
    story.note("after sixteen minutes nothing is waited for");
    story.update(&inventory()).await;
    story.check(expect![[r#"
        Update inventory, killed
         60.15 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         60.17 List   eu-west-1  inventory → logs (Successful)
         60.19 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
         60.21 Delete eu-west-1  inventory
        # eight seconds have to pass, and fewer are left
        Update inventory
          FAILED inventory
            An earlier event of this resource did not finish, so this one has to wait for 8 s, and only 6 s are left. Nothing
            was changed. Try again with a ServiceTimeout of at least 20 s and a function #unfinished-event
        # after sixteen minutes nothing is waited for
        Update inventory
        1021.28 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
        1021.30 List   eu-west-1  –
        1021.32 Write  record     v5 Working: eu-west-1/SyncToDestination/inventory Open Making
        1021.34 Create eu-west-1  inventory → logs
        1021.36 List   eu-west-1  inventory → logs (InProgress)
        1021.38 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn the_records_tell_two_equal_syncs_apart() {
    let mut story = Story::new();
    let event = story.env.event("Create", None, &inventory());
    story.kill(event, 3).await;
    story.note("another stack makes an equal sync");
    story.other_resource(OTHER_STACK, "Sync", &inventory()).await;
    story.again().await;
    story.delete(&inventory()).await;
    story.check(expect![[r#"
        Create, killed
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
        # another stack makes an equal sync
        Create, again
          0.22 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.24 List   eu-west-1  inventory → logs (Successful)
          8.26 Scan   record     2 records, and more
          8.28 Scan   record     0 records
          8.30 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Open Making
          FAILED create-failed:00000000-0000-4000-8000-000000000001
            A sync named inventory already exists in eu-west-1 (bucket logs in eu-west-1, created 2026-11-23T08:00:00Z). It
            belongs to resource Sync of stack #name-already-exists
        Delete create-failed:00000000-0000-4000-8000-000000000001
          8.36 Write  record     v4 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.38 List   eu-west-1  inventory → logs (Successful)
          8.40 Scan   record     2 records, and more
          8.42 Scan   record     0 records
          8.44 Write  record     v5 Done
          SUCCESS create-failed:00000000-0000-4000-8000-000000000001
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn a_killed_creates_sync_is_listed_late() {
    let mut story = Story::new();
    story.env.aws.lock().ssm.lag.creations_ms = 20_000;
    let event = story.env.event("Create", None, &inventory());
    story.kill(event, 4).await;
    story.again().await;
    story.check(expect![[r#"
        Create, killed
          0.01 Read   record     –
          0.03 List   eu-west-1  –
          0.05 Write  record     v1 Working: eu-west-1/SyncToDestination/inventory Open Making
          0.07 Create eu-west-1  inventory → logs
        Create, again
          0.10 Write  record     v2 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.12 List   eu-west-1  –
          8.14 Write  record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
          8.16 Create eu-west-1  inventory → logs                       ✗ AlreadyExists
          8.18 List   eu-west-1  –
          8.69 Read   record     v3 Working: eu-west-1/SyncToDestination/inventory Open Making
                 … 5 times more, until 24.32
         24.34 Create eu-west-1  inventory → logs                       ✗ AlreadyExists
         24.36 List   eu-west-1  inventory → logs (InProgress)
         24.38 Scan   record     1 record
         24.39 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}
