//! Whose sync is it, and what becomes of it: each sentence of sections 4 to 6 of the standard as a scenario.

use std::time::Duration;

use resource_data_sync::physical_id::{FAILED_PREFIX, PhysicalId};
use serde_json::{Value, json};

use crate::{
    stage::{REGION, Served, Stage, from_source, to_bucket, with},
    world::{
        bucket::{BucketFault, BucketFaultKind},
        cloudformation::{Siblings, Stack, State, Template},
        fault::{Fault, FaultKind, Op},
        journal::Change,
        sync::{Maker, Script, Status, Sync},
    },
};

const ELSEWHERE: &str = "us-east-1";

fn inventory() -> Value {
    to_bucket("inventory", "logs")
}

fn more() -> Value {
    to_bucket("inventory", "more-logs")
}

fn explorer() -> Value {
    from_source("explorer", &[REGION])
}

fn nameless(bucket: &str) -> Value {
    with(&to_bucket("", bucket), "SyncName", Value::Null)
}

/// No answer gets through.
fn fail_puts(stage: &Stage) {
    let refused = BucketFault::first(BucketFaultKind::Refuse).times(u32::MAX);
    stage.world.lock().bucket.inject(refused);
}

fn in_regions(properties: &Value, regions: &[&str]) -> Value {
    with(properties, "Regions", json!(regions))
}

fn shared(bucket: &str) -> Value {
    let mut properties = to_bucket("inventory", bucket);
    properties["S3Destination"]["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
    properties
}

/// What an outsider makes: the sync that `properties` describe.
fn made_by_hand(properties: &Value) -> Value {
    let mut sync = json!({ "SyncName": properties["SyncName"] });
    for member in ["SyncType", "SyncSource", "S3Destination"] {
        if !properties[member].is_null() {
            sync[member] = properties[member].clone();
        }
    }
    if sync["S3Destination"].is_object() {
        sync["S3Destination"]["SyncFormat"] = json!("JsonSerDe");
    }
    sync
}

fn find(stage: &Stage, region: &str, name: &str) -> Option<Sync> {
    stage.world.lock().ssm.sync(region, name).cloned()
}

fn bucket_of(stage: &Stage, region: &str, name: &str) -> String {
    let sync = find(stage, region, name).unwrap_or_else(|| panic!("{name} stands in {region}"));
    sync.configuration["BucketName"].as_str().expect("a destination").to_owned()
}

fn inject(stage: &Stage, fault: Fault) {
    stage.world.lock().ssm.inject(fault);
}

fn invalid() -> FaultKind {
    FaultKind::Invalid("The moon is full.".to_owned())
}

fn check(served: &Served, status: &str, id: &str, changes: &str) {
    assert_eq!((served.status(), served.id(), served.changes().as_str()), (status, id, changes), "{}", served.reason());
}

/// FAILED with the id of a failed Create; `what` is the part that tells its fate.
fn check_failed_create(served: &Served, what: &str, changes: &str) {
    let (status, id) = (served.status(), served.id());
    assert_eq!((status, served.changes().as_str()), ("FAILED", changes), "{}", served.reason());
    let told = id.strip_prefix(FAILED_PREFIX).and_then(|rest| rest.split_once('/')).map(|(_, told)| told);
    assert_eq!(told, Some(what), "{id}");
    assert!(id.len() <= 1024);
}

fn is_taken(served: &Served) -> bool {
    served.status() == "FAILED" && served.reason().contains(" is taken in ")
}

/// A Create whose process is killed right after SSM has made the sync; gives its event.
async fn killed_after_create(stage: &mut Stage, properties: &Value) -> Value {
    let event = stage.event("Create", None, properties, None);
    inject(stage, Fault::at(Op::Create, FaultKind::HangAfter));
    let timeout = std::mem::replace(&mut stage.timeout, Duration::from_secs(600));
    let raw: Box<serde_json::value::RawValue> = serde_json::from_str(&event.to_string()).unwrap();
    let deadline = resource_data_sync::time::Timestamp::from_epoch_ms(i64::try_from(stage.now_ms()).unwrap() + 600_000);
    let killed = tokio::time::timeout(Duration::from_secs(1), stage.function.handle(&raw, deadline)).await;
    assert!(killed.is_err(), "it was at work");
    stage.world.lock().ssm.calm();
    stage.timeout = timeout;
    stage.restart().await;
    event
}

// 4.1 The physical id.

#[tokio::test(start_paused = true)]
async fn the_physical_id_is_the_syncs_name_and_stays_so_under_a_kept_name() {
    let mut stage = Stage::new().await;
    check(&stage.create(&inventory()).await, "SUCCESS", "inventory", "C");
    check(&stage.update("inventory", &more(), &inventory()).await, "SUCCESS", "inventory", "DC");
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "more-logs");
}

// 4.2 Names that are made up.

#[tokio::test(start_paused = true)]
async fn a_made_up_name_is_the_same_whenever_it_is_computed() {
    let mut stage = Stage::new().await;
    let created = stage.create(&nameless("logs")).await;
    let id = created.id().to_owned();
    check(&created, "SUCCESS", "inventory-Sync-ap7mi2t93i568s56", "C");
    stage.restart().await;
    check(&stage.update(&id, &nameless("logs"), &nameless("logs")).await, "SUCCESS", &id, "");
    let waits = with(&nameless("logs"), "WaitForFirstSync", json!("true"));
    check(&stage.update(&id, &waits, &nameless("logs")).await, "SUCCESS", &id, "");
    check(&stage.delete(&id, &nameless("logs")).await, "SUCCESS", &id, "D");
    assert!(stage.names(REGION).is_empty());
}

#[tokio::test(start_paused = true)]
async fn under_a_made_up_name_what_cannot_be_updated_gives_a_new_name_and_what_can_is_updated() {
    let source = |kind: Value| with(&with(&explorer(), "SyncName", Value::Null), "SyncSource", kind);
    let regions = |regions: &[&str]| json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": regions });
    let organization = json!({
        "SourceType": "AwsOrganizations",
        "AwsOrganizationsSource": { "OrganizationSourceType": "EntireOrganization" },
        "SourceRegions": [REGION],
    });
    let mut stage = Stage::new().await;
    let (one, two) = (source(regions(&[REGION])), source(regions(&[REGION, ELSEWHERE])));
    let id = stage.create(&one).await.id().to_owned();
    check(&stage.update(&id, &two, &one).await, "SUCCESS", &id, "U");
    let replaced = stage.update(&id, &source(organization), &two).await;
    assert_eq!((replaced.status(), replaced.changes().as_str()), ("SUCCESS", "C"), "the old one is CloudFormation's");
    assert_ne!(replaced.id(), id);
    assert_eq!(stage.names(REGION).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_made_up_name_proves_that_the_sync_is_ours_however_late_and_whatever_its_age() {
    let mut stage = Stage::new().await;
    let event = killed_after_create(&mut stage, &nameless("logs")).await;
    stage.world.lock().ssm.shown.hide_created_time = true;
    let again = stage.send(&event).await;
    check(&again, "SUCCESS", "inventory-Sync-ap7mi2t93i568s56", "C");
    assert_eq!(stage.names(REGION), ["inventory-Sync-ap7mi2t93i568s56"]);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_made_up_for_the_longest_ids_still_fits() {
    let mut stage = Stage::new().await;
    let mut event = stage.event("Create", None, &nameless("logs"), None);
    event["StackId"] = json!(format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/{}/uuid", "s".repeat(128)));
    event["LogicalResourceId"] = json!("L".repeat(255));
    let served = stage.send(&event).await;
    assert_eq!((served.status(), served.id().chars().count()), ("SUCCESS", 64));
}

// 4.3 Failed Creates and their ids.

#[tokio::test(start_paused = true)]
async fn a_create_with_faulty_properties_is_invalid_and_its_delete_calls_nothing() {
    let mut stage = Stage::new().await;
    let created = stage.create(&json!({ "SyncName": "inventory" })).await;
    check_failed_create(&created, "invalid/", "");
    assert_eq!(created.letters(), "", "nothing is sent to SSM");
    stage.outsider(REGION, &made_by_hand(&inventory()));
    let deleted = stage.delete(created.id(), &json!({ "SyncName": "inventory" })).await;
    assert_eq!((deleted.status(), deleted.letters().as_str()), ("SUCCESS", ""));
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_taken_leaves_the_other_alone_at_its_delete_even_if_that_looks_like_ours() {
    let mut stage = Stage::new().await;
    stage.outsider(REGION, &made_by_hand(&inventory()));
    let created = stage.create(&inventory()).await;
    check_failed_create(&created, "taken/inventory", "C");
    stage.pass(40).await;
    let deleted = stage.delete(created.id(), &inventory()).await;
    assert_eq!((deleted.status(), deleted.id(), deleted.letters().as_str()), ("SUCCESS", created.id(), ""));
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_refused_has_made_nothing_and_its_delete_calls_nothing() {
    let mut stage = Stage::new().await;
    inject(&stage, Fault::at(Op::Create, invalid()));
    let created = stage.create(&inventory()).await;
    check_failed_create(&created, "refused/inventory", "C");
    stage.outsider(REGION, &made_by_hand(&inventory()));
    let deleted = stage.delete(created.id(), &inventory()).await;
    assert_eq!((deleted.status(), deleted.changes().as_str()), ("SUCCESS", ""));
    assert_eq!(stage.names(REGION), ["inventory"], "somebody else's");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_refused_when_it_came_again_removes_what_the_first_delivery_made() {
    let mut stage = Stage::new().await;
    let event = killed_after_create(&mut stage, &inventory()).await;
    stage.pass(40).await;
    inject(&stage, Fault::at(Op::Create, FaultKind::Denied));
    let created = stage.send(&event).await;
    check_failed_create(&created, "refused-late/inventory", "C");
    let deleted = stage.delete(created.id(), &inventory()).await;
    check(&deleted, "SUCCESS", created.id(), "D");
    assert!(stage.names(REGION).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_a_refused_create_succeeds_where_list_is_denied_and_that_of_an_unknown_one_does_not() {
    let mut stage = Stage::new().await;
    stage.age_ms = Some(31_000);
    inject(&stage, Fault::at(Op::Create, FaultKind::Denied));
    let refused = stage.create(&inventory()).await;
    check_failed_create(&refused, "refused-late/inventory", "C");
    stage.age_ms = Some(0);
    inject(&stage, Fault::at(Op::List, FaultKind::Denied).always());
    check(&stage.delete(refused.id(), &inventory()).await, "SUCCESS", refused.id(), "");

    let unknown = stage.create(&inventory()).await;
    check_failed_create(&unknown, "unknown/inventory", "C");
    check(&stage.delete(unknown.id(), &inventory()).await, "FAILED", unknown.id(), "");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_cut_off_is_unknown_and_its_delete_removes_what_it_made() {
    let mut stage = Stage::new().await;
    stage.timeout = Duration::from_secs(8);
    inject(&stage, Fault::at(Op::Create, FaultKind::HangAfter));
    let created = stage.create(&inventory()).await;
    check_failed_create(&created, "unknown/inventory", "C");
    assert_eq!(stage.names(REGION), ["inventory"]);
    check(&stage.delete(created.id(), &inventory()).await, "SUCCESS", created.id(), "D");
    assert!(stage.names(REGION).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_first_sync_failed_is_removed_by_its_delete() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.first_sync = Script::fails("no");
    let created = stage.create(&inventory()).await;
    check_failed_create(&created, "unknown/inventory", "C");
    check(&stage.delete(created.id(), &inventory()).await, "SUCCESS", created.id(), "D");
    assert!(stage.names(REGION).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_an_unknown_create_removes_only_what_is_ours() {
    for (theirs, wait_s) in [(more(), 0), (inventory(), 10)] {
        let mut stage = Stage::new().await;
        stage.outsider(REGION, &made_by_hand(&theirs));
        stage.pass(wait_s).await;
        stage.timeout = Duration::from_secs(8);
        inject(&stage, Fault::at(Op::Create, FaultKind::Hang));
        let created = stage.create(&inventory()).await;
        check_failed_create(&created, "unknown/inventory", "C");
        check(&stage.delete(created.id(), &inventory()).await, "SUCCESS", created.id(), "");
        assert_eq!(stage.names(REGION), ["inventory"], "it differs, or was there before the request");
    }
}

#[tokio::test(start_paused = true)]
async fn with_many_regions_the_id_tells_their_fates_apart_and_the_delete_acts_on_each() {
    let mut stage = Stage::new().await;
    let everywhere = in_regions(&inventory(), &["eu-west-1", "us-east-1", "us-west-2", "ap-south-1"]);
    stage.outsider("us-west-2", &made_by_hand(&inventory()));
    inject(&stage, Fault::at(Op::Create, invalid()).within("us-east-1"));
    stage.world.lock().ssm.first_sync_of.clear();
    let created = stage.create(&everywhere).await;
    check_failed_create(&created, "taken=us-west-2;refused=us-east-1;unknown=ap-south-1,eu-west-1/inventory", "CCCC");
    stage.outsider("us-east-1", &made_by_hand(&inventory()));
    let deleted = stage.delete(created.id(), &everywhere).await;
    check(&deleted, "SUCCESS", created.id(), "DD");
    for (region, left) in [("eu-west-1", 0), ("ap-south-1", 0), ("us-west-2", 1), ("us-east-1", 1)] {
        assert_eq!(stage.names(region).len(), left, "{region}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_id_of_a_create_that_failed_in_forty_regions_is_one_that_cloudformation_takes() {
    let mut stage = Stage::new().await;
    let regions: Vec<String> = (0..40).map(|n| format!("ap-southeast-{n}")).collect();
    let regions: Vec<&str> = regions.iter().map(String::as_str).collect();
    inject(&stage, Fault::at(Op::Create, invalid()).always());
    inject(&stage, Fault::at(Op::Create, FaultKind::Hang).within("ap-southeast-1").always());
    let name = "🦀".repeat(64);
    let created = stage.create(&in_regions(&to_bucket(&name, "logs"), &regions)).await;
    assert_eq!(created.status(), "FAILED");
    assert!(created.id().len() <= 1024, "{} bytes", created.id().len());
    let PhysicalId::Failed(failed) = PhysicalId::parse(created.id()) else { panic!("a failed Create") };
    assert_eq!(failed.name, name);
}

#[tokio::test(start_paused = true)]
async fn regression_a_sync_that_never_fades_is_looked_for_every_few_seconds() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.world.lock().ssm.linger = u32::MAX;
    let served = stage.delete("inventory", &inventory()).await;
    assert_eq!(served.status(), "FAILED");
    assert!(served.took > Duration::from_secs(800), "{:?}", served.took);
    assert!(served.calls.len() < 200, "{} calls", served.calls.len());
}

#[tokio::test(start_paused = true)]
async fn regression_the_look_for_a_straggler_takes_no_more_time_than_there_is() {
    let mut stage = Stage::new().await;
    for (timeout_s, looks) in [(1, "L"), (3, "LLL"), (900, "LLLL")] {
        stage.timeout = Duration::from_secs(timeout_s);
        let served = stage.delete(STRAY, &inventory()).await;
        assert_eq!((served.status(), served.letters().as_str()), ("SUCCESS", looks), "{timeout_s} s");
        assert!(served.took < Duration::from_secs(4), "{:?}", served.took);
    }
}

#[tokio::test(start_paused = true)]
async fn regression_a_request_that_was_waited_for_to_the_last_second_is_undone() {
    let mut stage = Stage::new().await;
    fail_puts(&stage);
    assert!(stage.create(&inventory()).await.told.is_err());
    stage.world.lock().bucket.calm();
    stage.pass(3_602).await;
    check(&stage.delete(STRAY, &inventory()).await, "SUCCESS", STRAY, "D");

    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    let renamed = with(&inventory(), "SyncName", json!("renamed"));
    fail_puts(&stage);
    assert!(stage.update("inventory", &renamed, &inventory()).await.told.is_err());
    stage.world.lock().bucket.calm();
    stage.pass(3_602).await;
    check(&stage.update("inventory", &inventory(), &renamed).await, "SUCCESS", "inventory", "D");
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn regression_a_create_that_its_own_delete_has_overtaken_is_not_acted_on() {
    let mut stage = Stage::new().await;
    let create = stage.event("Create", None, &inventory(), None);
    stage.pass(2).await;
    check(&stage.delete(STRAY, &inventory()).await, "SUCCESS", STRAY, "");
    let overtaken = stage.send(&create).await;
    assert_eq!((overtaken.status(), overtaken.letters().as_str()), ("FAILED", ""));
    assert!(overtaken.reason().starts_with("The resource was deleted after this Create was requested"));
    // Another resource, and a Create that comes after the Delete, are none of its business.
    stage.pass(2).await;
    check(&stage.create(&inventory()).await, "SUCCESS", "inventory", "C");
}

#[tokio::test(start_paused = true)]
async fn regression_a_refused_create_that_another_delivery_has_made_is_removed_under_a_made_up_name() {
    let mut stage = Stage::new().await;
    let made_up = with(&inventory(), "SyncName", Value::Null);
    let create = stage.event("Create", None, &made_up, None);
    inject(&stage, Fault::at(Op::Create, FaultKind::Denied));
    let refused = stage.send(&create).await;
    assert_eq!((refused.status(), refused.changes().as_str()), ("FAILED", "C"));
    stage.pass(180).await;
    stage.restart().await;
    assert_eq!(stage.send(&create).await.status(), "SUCCESS");
    check(&stage.delete(refused.id(), &made_up).await, "SUCCESS", refused.id(), "D");
    assert_eq!(stage.world.lock().ssm.all().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn regression_a_delete_that_is_lost_does_not_go_out_again_before_a_look() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.pass(60).await;
    inject(&stage, Fault::at(Op::Delete, FaultKind::HangAfter));
    let world = stage.world.clone();
    let somebody = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(8)).await;
        let now_ms = world.clock.now_ms();
        world.lock().ssm.outsider_put(now_ms, REGION, &made_by_hand(&inventory()));
    });
    check(&stage.delete("inventory", &inventory()).await, "SUCCESS", "inventory", "D");
    somebody.await.unwrap();
    assert_eq!(find(&stage, REGION, "inventory").unwrap().maker, Maker::Outsider);
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_failed_create_makes_what_is_wanted_and_answers_with_the_name() {
    let mut stage = Stage::new().await;
    inject(&stage, Fault::at(Op::Create, invalid()));
    let failed = stage.create(&inventory()).await.id().to_owned();
    check(&stage.update(&failed, &more(), &inventory()).await, "SUCCESS", "inventory", "C");
    check(&stage.delete(&failed, &inventory()).await, "SUCCESS", &failed, "");
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "more-logs");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_joined_under_the_id_of_a_failed_create_goes_with_it() {
    let mut stage = Stage::new().await;
    let (one, both) = (in_regions(&inventory(), &[REGION]), in_regions(&inventory(), &[REGION, ELSEWHERE]));
    stage.timeout = Duration::from_secs(8);
    inject(&stage, Fault::at(Op::Create, FaultKind::HangAfter));
    let failed = stage.create(&one).await;
    check_failed_create(&failed, "unknown=eu-west-1/inventory", "C");
    check(&stage.update(failed.id(), &both, &one).await, "SUCCESS", failed.id(), "CC");
    assert_eq!((stage.names(REGION).len(), stage.names(ELSEWHERE).len()), (1, 1));
    check(&stage.delete(failed.id(), &both).await, "SUCCESS", failed.id(), "DD");
    assert!(stage.names(REGION).is_empty() && stage.names(ELSEWHERE).is_empty());
}

/// A Create that made the sync and never heard of it.
async fn cut_off_create(stage: &mut Stage, properties: &Value) -> String {
    let timeout = std::mem::replace(&mut stage.timeout, Duration::from_secs(8));
    inject(stage, Fault::at(Op::Create, FaultKind::HangAfter));
    let failed = stage.create(properties).await;
    check_failed_create(&failed, &format!("unknown/{}", properties["SyncName"].as_str().unwrap()), "C");
    stage.world.lock().ssm.calm();
    stage.timeout = timeout;
    failed.id().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_failed_create_keeps_an_id_whose_delete_would_undo_it() {
    let mut stage = Stage::new().await;
    let failed = cut_off_create(&mut stage, &inventory()).await;
    check(&stage.update(&failed, &inventory(), &inventory()).await, "SUCCESS", &failed, "C");
    assert_eq!(stage.names(REGION), ["inventory"]);
    check(&stage.update(&failed, &more(), &inventory()).await, "SUCCESS", "inventory", "CDC");
    check(&stage.delete(&failed, &inventory()).await, "SUCCESS", &failed, "");
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "more-logs");
}

#[tokio::test(start_paused = true)]
async fn regression_a_source_that_was_updated_for_a_failed_create_is_not_taken_for_anothers() {
    let mut stage = Stage::new().await;
    let failed = cut_off_create(&mut stage, &explorer()).await;
    let wider = from_source("explorer", &[REGION, ELSEWHERE]);
    check(&stage.update(&failed, &wider, &explorer()).await, "SUCCESS", "explorer", "CU");
    check(&stage.delete(&failed, &explorer()).await, "SUCCESS", &failed, "");
    assert_eq!(stage.names(REGION), ["explorer"], "what is wanted outlives the id that was given up");
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_failed_create_leaves_anothers_sync_alone() {
    let mut stage = Stage::new().await;
    stage.outsider(REGION, &made_by_hand(&inventory()));
    let failed = stage.create(&inventory()).await.id().to_owned();
    for wanted in [inventory(), more()] {
        let updated = stage.update(&failed, &wanted, &inventory()).await;
        assert!(is_taken(&updated), "{}", updated.reason());
        check(&updated, "FAILED", &failed, "C");
    }
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "logs");
}

// 4.4 Ours.

#[tokio::test(start_paused = true)]
async fn a_create_that_comes_again_to_another_process_finds_its_sync() {
    let mut stage = Stage::new().await;
    let event = killed_after_create(&mut stage, &inventory()).await;
    stage.pass(60).await;
    check(&stage.send(&event).await, "SUCCESS", "inventory", "C");
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_comes_again_within_half_a_minute_cannot_be_told_from_a_second_resource() {
    let mut stage = Stage::new().await;
    let event = killed_after_create(&mut stage, &inventory()).await;
    stage.pass(20).await;
    let again = stage.send(&event).await;
    assert!(is_taken(&again), "{}", again.reason());
    check_failed_create(&again, "taken/inventory", "C");
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn the_second_of_two_resources_that_name_the_same_sync_at_the_same_moment_is_taken() {
    let mut stage = Stage::new().await;
    check(&stage.create(&inventory()).await, "SUCCESS", "inventory", "C");
    let second = stage.create(&inventory()).await;
    check_failed_create(&second, "taken/inventory", "C");
    check(&stage.delete(second.id(), &inventory()).await, "SUCCESS", second.id(), "");
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn a_sync_is_ours_after_a_lost_reply_only_if_it_was_made_since_the_request() {
    for (skew_ms, ours) in [(-4_000, true), (-6_000, false), (6_000, true)] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.shown.created_skew_ms = skew_ms;
        inject(&stage, Fault::at(Op::Create, FaultKind::LoseReplyAfter));
        let served = stage.create(&inventory()).await;
        assert_eq!(is_taken(&served), !ours, "{skew_ms} ms: {}", served.reason());
        assert_eq!(stage.names(REGION), ["inventory"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sync_without_a_time_is_not_known_to_be_ours() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.shown.hide_created_time = true;
    inject(&stage, Fault::at(Op::Create, FaultKind::LoseReplyAfter));
    assert!(is_taken(&stage.create(&inventory()).await));
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_differs_from_what_was_asked_for_is_not_ours_even_after_a_lost_attempt() {
    let mut stage = Stage::new().await;
    stage.outsider(REGION, &made_by_hand(&more()));
    inject(&stage, Fault::at(Op::Create, FaultKind::LoseReplyBefore));
    assert!(is_taken(&stage.create(&inventory()).await));
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "more-logs");
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_request_is_the_time_of_receipt_where_the_url_does_not_tell() {
    let mut stage = Stage::new().await;
    stage.age_ms = None;
    stage.outsider(REGION, &made_by_hand(&inventory()));
    stage.pass(10).await;
    inject(&stage, Fault::at(Op::Create, FaultKind::LoseReplyBefore));
    assert!(is_taken(&stage.create(&inventory()).await), "it was there ten seconds before the receipt");
    stage.world.lock().ssm.outsider_delete(REGION, "inventory");
    inject(&stage, Fault::at(Op::Create, FaultKind::LoseReplyAfter));
    check(&stage.create(&inventory()).await, "SUCCESS", "inventory", "C");
}

#[tokio::test(start_paused = true)]
async fn the_loop_sees_every_attempt_of_a_create() {
    for kind in [FaultKind::ErrorBefore, FaultKind::LoseReplyBefore, FaultKind::Throttle, FaultKind::Conflict] {
        let mut stage = Stage::new().await;
        inject(&stage, Fault::at(Op::Create, kind.clone()));
        let served = stage.create(&inventory()).await;
        check(&served, "SUCCESS", "inventory", "CC");
        assert!(served.letters().starts_with("CLC"), "{kind:?}: a look between two attempts: {}", served.letters());
    }
    for kind in [FaultKind::ErrorAfter, FaultKind::LoseReplyAfter, FaultKind::HangAfter] {
        let mut stage = Stage::new().await;
        inject(&stage, Fault::at(Op::Create, kind));
        check(&stage.create(&inventory()).await, "SUCCESS", "inventory", "C");
    }
}

// 4.5 A sync that is not ours.

#[tokio::test(start_paused = true)]
async fn a_create_never_adopts_changes_or_deletes_a_sync_that_is_not_ours() {
    for theirs in [inventory(), more(), from_source("inventory", &[REGION])] {
        for age_ms in [0, 31_000] {
            let mut stage = Stage::new().await;
            stage.outsider(REGION, &made_by_hand(&theirs));
            stage.pass(60).await;
            let before = find(&stage, REGION, "inventory").unwrap().essence();
            stage.age_ms = Some(age_ms);
            let served = stage.create(&inventory()).await;
            assert!(is_taken(&served), "{}", served.reason());
            assert!(!served.changes().contains(['D', 'U']));
            let deleted = stage.delete(served.id(), &inventory()).await;
            check(&deleted, "SUCCESS", served.id(), "");
            assert_eq!(find(&stage, REGION, "inventory").unwrap().essence(), before);
        }
    }
}

// 4.6 Ids that we never gave.

const STRAY: &str = "inventory-Sync-1ABCDEFGHIJKL";

#[tokio::test(start_paused = true)]
async fn the_delete_of_a_stray_id_removes_the_made_up_name() {
    let mut stage = Stage::new().await;
    stage.create(&nameless("logs")).await;
    check(&stage.delete(STRAY, &nameless("logs")).await, "SUCCESS", STRAY, "D");
    assert!(stage.names(REGION).is_empty());
}

#[tokio::test(start_paused = true)]
async fn regression_the_delete_of_a_stray_id_removes_the_sync_of_that_name_and_nothing_else() {
    let mut stage = Stage::new().await;
    stage.create(&to_bucket(STRAY, "logs")).await;
    stage.create(&inventory()).await;
    check(&stage.delete(STRAY, &inventory()).await, "SUCCESS", STRAY, "D");
    assert_eq!(stage.names(REGION), ["inventory"]);
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_a_stray_id_removes_an_equal_named_sync_that_was_made_while_it_was_waited_for() {
    let mut stage = Stage::new().await;
    killed_after_create(&mut stage, &inventory()).await;
    stage.pass(3_500).await;
    check(&stage.delete(STRAY, &inventory()).await, "SUCCESS", STRAY, "D");
    assert!(stage.names(REGION).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_a_stray_id_leaves_what_differs_is_too_old_or_too_young() {
    async fn leaves(stage: &mut Stage, properties: &Value) {
        check(&stage.delete(STRAY, properties).await, "SUCCESS", STRAY, "");
        assert_eq!(stage.names(REGION), ["inventory"]);
    }
    let mut stage = Stage::new().await;
    killed_after_create(&mut stage, &inventory()).await;
    leaves(&mut stage, &more()).await;
    stage.pass(70).await;
    leaves(&mut stage, &with(&inventory(), "ServiceTimeout", json!("60"))).await;
    stage.pass(3_600).await;
    leaves(&mut stage, &inventory()).await;

    let mut stage = Stage::new().await;
    stage.pass(600).await;
    stage.create(&inventory()).await;
    stage.age_ms = Some(300_000);
    leaves(&mut stage, &inventory()).await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_without_an_id_is_one_of_a_stray_id_and_answers_with_a_name_of_ours() {
    let mut stage = Stage::new().await;
    killed_after_create(&mut stage, &inventory()).await;
    let event = stage.event("Delete", None, &inventory(), None);
    check(&stage.send(&event).await, "SUCCESS", "inventory", "D");
    assert!(stage.names(REGION).is_empty());
    let event = stage.event("Delete", None, &json!({ "SyncName": 7 }), None);
    let served = stage.send(&event).await;
    assert_eq!((served.status(), served.changes().as_str()), ("SUCCESS", ""), "{}", served.reason());
    assert!(served.id().starts_with(FAILED_PREFIX));
}

#[tokio::test(start_paused = true)]
async fn a_delete_never_touches_what_aws_keeps_for_itself() {
    let mut stage = Stage::new().await;
    let reserved = "InspectorResourceDataSync-do-not-delete";
    stage.outsider(REGION, &made_by_hand(&to_bucket(reserved, "logs")));
    for properties in [inventory(), to_bucket(reserved, "logs"), json!({})] {
        check(&stage.delete(reserved, &properties).await, "SUCCESS", reserved, "");
    }
    assert_eq!(stage.names(REGION), [reserved]);
}

// 4.7 Regions that join and leave, types that change.

#[tokio::test(start_paused = true)]
async fn joins_come_first_then_changes_then_leaves() {
    let mut stage = Stage::new().await;
    let old = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    let new = in_regions(&more(), &["us-east-1", "ap-south-1"]);
    stage.create(&old).await;
    let updated = stage.update("inventory", &new, &old).await;
    check(&updated, "SUCCESS", "inventory", "CDCD");
    let changes: Vec<String> = updated
        .calls
        .iter()
        .filter(|call| call.op != Op::List)
        .map(|call| format!("{} {}", &call.op.name()[..6], call.region))
        .collect();
    assert_eq!(changes, ["Create ap-south-1", "Delete us-east-1", "Create us-east-1", "Delete eu-west-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_region_that_leaves_keeps_a_sync_that_is_not_as_the_old_properties_say() {
    let mut stage = Stage::new().await;
    let old = in_regions(&inventory(), &["eu-west-1", "us-east-1", "us-west-2"]);
    stage.create(&old).await;
    stage.outsider("us-east-1", &made_by_hand(&more()));
    let updated = stage.update("inventory", &in_regions(&inventory(), &["eu-west-1"]), &old).await;
    check(&updated, "SUCCESS", "inventory", "D");
    assert_eq!((stage.names("us-east-1").len(), stage.names("us-west-2").len()), (1, 0));
    assert_eq!(updated.answer.unwrap()["Data"]["Regions"], "eu-west-1");
}

#[tokio::test(start_paused = true)]
async fn in_a_region_that_joins_an_equal_sync_is_ours_and_another_is_taken() {
    let mut stage = Stage::new().await;
    let old = in_regions(&inventory(), &["eu-west-1"]);
    let new = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    stage.create(&old).await;
    stage.outsider("us-east-1", &made_by_hand(&more()));
    stage.pass(600).await;
    let failed = stage.update("inventory", &new, &old).await;
    assert!(is_taken(&failed), "{}", failed.reason());
    check(&failed, "FAILED", "inventory", "C");
    assert_eq!(bucket_of(&stage, "us-east-1", "inventory"), "more-logs");
    stage.outsider("us-east-1", &made_by_hand(&inventory()));
    stage.pass(600).await;
    check(&stage.update("inventory", &new, &old).await, "SUCCESS", "inventory", "C");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_cannot_join_stops_what_would_come_after_it_and_the_rollback_undoes_what_did_join() {
    let mut stage = Stage::new().await;
    let old = in_regions(&inventory(), &["eu-west-1"]);
    let new = in_regions(&inventory(), &["us-east-1", "us-west-2"]);
    stage.create(&old).await;
    inject(&stage, Fault::at(Op::Create, invalid()).within("us-west-2"));
    let failed = stage.update("inventory", &new, &old).await;
    check(&failed, "FAILED", "inventory", "CC");
    assert!(failed.reason().contains(" It worked in us-east-1."), "{}", failed.reason());
    assert_eq!(stage.names("eu-west-1"), ["inventory"], "nothing has left yet");
    let rolled_back = stage.update("inventory", &old, &new).await;
    assert_eq!((rolled_back.status(), rolled_back.id()), ("SUCCESS", "inventory"), "{}", rolled_back.reason());
    let standing: Vec<String> = stage.world.lock().ssm.all().map(|(region, _)| region.to_owned()).collect();
    assert_eq!(standing, ["eu-west-1"]);
}

#[tokio::test(start_paused = true)]
async fn without_aws_region_a_resource_that_names_its_regions_is_served() {
    let mut stage = Stage::in_region(None).await;
    let properties = in_regions(&inventory(), &["us-west-2", "eu-west-1"]);
    let created = stage.create(&properties).await;
    check(&created, "SUCCESS", "inventory", "CC");
    let arn = "arn:aws:ssm:eu-west-1:123456789012:resource-data-sync/inventory";
    assert_eq!(created.answer.unwrap()["Data"]["Arn"], arn);
    check(&stage.delete("inventory", &properties).await, "SUCCESS", "inventory", "DD");
}

#[tokio::test(start_paused = true)]
async fn a_type_that_changes_is_replaced_in_place_and_changes_back_at_the_rollback() {
    let mut stage = Stage::new().await;
    let (bucket, source) = (inventory(), from_source("inventory", &[REGION]));
    stage.create(&bucket).await;
    check(&stage.update("inventory", &source, &bucket).await, "SUCCESS", "inventory", "DC");
    check(&stage.update("inventory", &bucket, &source).await, "SUCCESS", "inventory", "DC");
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "logs");
}

#[tokio::test(start_paused = true)]
async fn a_type_that_changes_leaves_a_sync_of_the_old_type_that_is_not_as_the_old_properties_say() {
    let mut stage = Stage::new().await;
    stage.outsider(REGION, &made_by_hand(&more()));
    stage.pass(600).await;
    let failed = stage.update("inventory", &from_source("inventory", &[REGION]), &inventory()).await;
    assert!(is_taken(&failed), "{}", failed.reason());
    check(&failed, "FAILED", "inventory", "C");
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "more-logs");
}

#[tokio::test(start_paused = true)]
async fn under_a_type_that_is_new_an_equal_sync_is_ours_and_another_is_taken() {
    let wanted = from_source("inventory", &[REGION]);
    for (standing, status) in [(wanted.clone(), "SUCCESS"), (from_source("inventory", &[ELSEWHERE]), "FAILED")] {
        let mut stage = Stage::new().await;
        stage.outsider(REGION, &made_by_hand(&standing));
        stage.pass(600).await;
        let served = stage.update("inventory", &wanted, &inventory()).await;
        check(&served, status, "inventory", "");
        assert_eq!(is_taken(&served), status == "FAILED");
        assert_eq!(find(&stage, REGION, "inventory").unwrap().maker, Maker::Outsider);
    }
    // The process died between the delete of the old type and the create of the new.
    let mut stage = Stage::new().await;
    check(&stage.update("inventory", &wanted, &inventory()).await, "SUCCESS", "inventory", "C");
}

#[tokio::test(start_paused = true)]
async fn a_type_that_cannot_change_gets_its_old_sync_back_with_what_list_hides() {
    let mut stage = Stage::new().await;
    stage.create(&shared("logs")).await;
    inject(&stage, Fault::at(Op::Create, invalid()));
    let failed = stage.update("inventory", &from_source("inventory", &[REGION]), &shared("logs")).await;
    check(&failed, "FAILED", "inventory", "DCC");
    assert!(failed.reason().contains(" The old configuration of inventory was put back in eu-west-1."));
    let back = find(&stage, REGION, "inventory").unwrap();
    assert_eq!(back.configuration["DestinationDataSharing"]["DestinationDataSharingType"], "Organization");
}

#[tokio::test(start_paused = true)]
async fn a_type_that_changes_and_whose_first_sync_fails_gives_way_to_the_old_one() {
    let mut stage = Stage::new().await;
    let source = from_source("inventory", &[REGION]);
    stage.create(&source).await;
    stage.world.lock().ssm.first_sync = Script::fails("no");
    let failed = stage.update("inventory", &inventory(), &source).await;
    check(&failed, "FAILED", "inventory", "DCDC");
    assert!(failed.reason().contains(" The old configuration of inventory was put back in eu-west-1."));
    assert_eq!(find(&stage, REGION, "inventory").unwrap().configuration["SourceRegions"], json!([REGION]));
}

// 4.8 What a failed rename left.

#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_failed_rename_removes_what_it_made_in_every_region() {
    let mut stage = Stage::new().await;
    let regions = ["eu-west-1", "us-east-1", "us-west-2"];
    let old = in_regions(&inventory(), &regions);
    let new = in_regions(&to_bucket("renamed", "logs"), &regions);
    stage.create(&old).await;
    stage.pass(600).await;
    inject(&stage, Fault::at(Op::Create, invalid()).within("us-east-1"));
    let failed = stage.update("inventory", &new, &old).await;
    check(&failed, "FAILED", "inventory", "CCC");
    check(&stage.update("inventory", &old, &new).await, "SUCCESS", "inventory", "DD");
    for region in regions {
        assert_eq!(stage.names(region), ["inventory"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_failed_rename_leaves_what_differs_or_is_too_old() {
    let renamed = to_bucket("renamed", "logs");
    for (theirs, wait_s) in [(to_bucket("renamed", "theirs"), 0), (renamed.clone(), 3_700)] {
        let mut stage = Stage::new().await;
        stage.create(&inventory()).await;
        stage.outsider(REGION, &made_by_hand(&theirs));
        stage.pass(wait_s).await;
        check(&stage.update("inventory", &inventory(), &renamed).await, "SUCCESS", "inventory", "");
        assert_eq!(stage.names(REGION), ["inventory", "renamed"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_old_properties_of_a_failed_rename_say_nothing_about_the_sync_that_is_held() {
    let held = in_regions(&inventory(), &[REGION, ELSEWHERE]);
    let mut sharing = with(&shared("logs"), "SyncName", json!("renamed"));
    sharing["Regions"] = json!([REGION]);
    let source = from_source("renamed", &[REGION]);
    let farther = in_regions(&to_bucket("renamed", "logs"), &[REGION, ELSEWHERE, "us-west-2"]);
    for renamed in [sharing, source, farther] {
        let mut stage = Stage::new().await;
        stage.create(&held).await;
        stage.outsider("us-west-2", &made_by_hand(&inventory()));
        // The bucket that the rollback comes back to is another's by now in one Region: it is mended, not taken.
        let drifted = json!({ "BucketName": "elsewhere", "SyncFormat": "JsonSerDe", "Region": REGION });
        stage.world.lock().ssm.outsider_change(stage.now_ms(), ELSEWHERE, "inventory", drifted);
        let served = stage.update("inventory", &held, &renamed).await;
        check(&served, "SUCCESS", "inventory", "DC");
        assert!(served.calls.iter().all(|call| call.op == Op::List || call.region == ELSEWHERE));
        assert_eq!(stage.names("us-west-2"), ["inventory"], "somebody else's");
    }
}

#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_failed_change_to_a_made_up_name_removes_what_it_made() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.world.lock().ssm.first_sync = Script::fails("no");
    let failed = stage.update("inventory", &nameless("logs"), &inventory()).await;
    check(&failed, "FAILED", "inventory", "C");
    assert_eq!(stage.names(REGION).len(), 2);
    stage.pass(7_200).await;
    check(&stage.update("inventory", &inventory(), &nameless("logs")).await, "SUCCESS", "inventory", "D");
    assert_eq!(stage.names(REGION), ["inventory"]);
}

// 4.9 Events that come again.

#[tokio::test(start_paused = true)]
async fn every_event_that_comes_again_to_another_process_has_the_same_result() {
    let mut stage = Stage::new().await;
    let create = stage.event("Create", None, &inventory(), None);
    check(&stage.send(&create).await, "SUCCESS", "inventory", "C");
    stage.restart().await;
    stage.pass(60).await;
    check(&stage.send(&create).await, "SUCCESS", "inventory", "C");

    let update = stage.event("Update", Some("inventory"), &more(), Some(&inventory()));
    check(&stage.send(&update).await, "SUCCESS", "inventory", "DC");
    stage.restart().await;
    stage.pass(60).await;
    check(&stage.send(&update).await, "SUCCESS", "inventory", "");

    let delete = stage.event("Delete", Some("inventory"), &more(), None);
    check(&stage.send(&delete).await, "SUCCESS", "inventory", "D");
    stage.restart().await;
    stage.pass(60).await;
    check(&stage.send(&delete).await, "SUCCESS", "inventory", "D");
    assert!(stage.names(REGION).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_older_than_its_service_timeout_is_not_acted_on() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    for (service_timeout, age_ms) in [("", 3_601_000), ("60", 61_000)] {
        let timed = |properties: &Value| with(properties, "ServiceTimeout", json!(service_timeout));
        stage.age_ms = Some(age_ms);
        let created = stage.create(&timed(&to_bucket("other", "logs"))).await;
        check_failed_create(&created, "unknown/other", "");
        let updated = stage.update("inventory", &timed(&more()), &inventory()).await;
        let deleted = stage.delete("inventory", &timed(&inventory())).await;
        for served in [&updated, &deleted] {
            check(served, "FAILED", "inventory", "");
            assert_eq!(served.letters(), "");
        }
    }
    assert_eq!(stage.names(REGION), ["inventory"]);
    stage.age_ms = Some(3_500_000);
    check(&stage.delete("inventory", &inventory()).await, "SUCCESS", "inventory", "D");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_create_leaves_no_orphan() {
    for properties in [inventory(), nameless("logs")] {
        let mut stage = Stage::new().await;
        killed_after_create(&mut stage, &properties).await;
        check(&stage.delete(STRAY, &properties).await, "SUCCESS", STRAY, "D");
        assert!(stage.names(REGION).is_empty());
    }
}

// 5 Lifecycle.

#[tokio::test(start_paused = true)]
async fn an_update_makes_what_is_missing() {
    let mut stage = Stage::new().await;
    check(&stage.update("inventory", &inventory(), &inventory()).await, "SUCCESS", "inventory", "C");
    check(&stage.update("explorer", &explorer(), &explorer()).await, "SUCCESS", "explorer", "C");
}

#[tokio::test(start_paused = true)]
async fn an_update_mends_what_somebody_else_has_changed() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.create(&explorer()).await;
    let now_ms = stage.now_ms();
    let theirs = made_by_hand(&more())["S3Destination"].clone();
    stage.world.lock().ssm.outsider_change(now_ms, REGION, "inventory", theirs);
    let source = from_source("explorer", &[ELSEWHERE])["SyncSource"].clone();
    stage.world.lock().ssm.outsider_change(now_ms, REGION, "explorer", source);
    check(&stage.update("inventory", &inventory(), &inventory()).await, "SUCCESS", "inventory", "DC");
    check(&stage.update("explorer", &explorer(), &explorer()).await, "SUCCESS", "explorer", "U");
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "logs");
}

#[tokio::test(start_paused = true)]
async fn each_field_of_a_source_that_can_be_updated_is_and_every_other_is_replaced() {
    let mut was = json!({
        "SyncName": "explorer", "SyncType": "SyncFromSource",
        "SyncSource": {
            "SourceType": "AwsOrganizations", "SourceRegions": [REGION],
            "AwsOrganizationsSource": {
                "OrganizationSourceType": "OrganizationalUnits", "OrganizationalUnits": ["ou-ab12-34cd56ef"],
            },
        },
    });
    let mut stage = Stage::new().await;
    stage.create(&was).await;
    let unit = json!({ "OrganizationalUnitId": "ou-ab12-99999999" });
    for (place, value, changes) in [
        ("/IncludeFutureRegions", json!("true"), "U"),
        ("/EnableAllOpsDataSources", json!("true"), "U"),
        ("/SourceRegions", json!([ELSEWHERE, REGION]), "U"),
        ("/AwsOrganizationsSource/OrganizationalUnits", json!([unit]), "U"),
        ("/IncludeFutureRegions", json!("false"), "U"),
        ("/AwsOrganizationsSource", json!({ "OrganizationSourceType": "EntireOrganization" }), "DC"),
    ] {
        let mut wanted = was.clone();
        match wanted["SyncSource"].pointer_mut(place) {
            Some(there) => *there = value,
            None => wanted["SyncSource"][&place[1..]] = value,
        }
        check(&stage.update("explorer", &wanted, &was).await, "SUCCESS", "explorer", changes);
        check(&stage.update("explorer", &wanted, &wanted).await, "SUCCESS", "explorer", "");
        was = wanted;
    }
    check(&stage.update("explorer", &explorer(), &was).await, "SUCCESS", "explorer", "DC");
}

#[tokio::test(start_paused = true)]
async fn each_field_of_a_destination_is_replaced_in_place() {
    let mut was = json!({ "BucketName": "logs", "Region": REGION });
    let of = |destination: &Value| with(&inventory(), "S3Destination", destination.clone());
    let mut stage = Stage::new().await;
    stage.create(&of(&was)).await;
    for (key, value) in [
        ("BucketName", json!("more-logs")),
        ("Prefix", json!("ssm")),
        ("Region", json!(ELSEWHERE)),
        ("AWSKMSKeyARN", json!("arn:aws:kms:us-east-1:123456789012:key/k")),
        ("Prefix", json!("")),
    ] {
        let wanted = with(&was, key, value);
        check(&stage.update("inventory", &of(&wanted), &of(&was)).await, "SUCCESS", "inventory", "DC");
        check(&stage.update("inventory", &of(&wanted), &of(&wanted)).await, "SUCCESS", "inventory", "");
        was = wanted;
    }
}

fn sharing(stage: &Stage) -> Option<String> {
    let destination = find(stage, REGION, "inventory").expect("it stands").configuration;
    destination["DestinationDataSharing"]["DestinationDataSharingType"].as_str().map(str::to_owned)
}

#[tokio::test(start_paused = true)]
async fn a_sharing_that_changes_is_replaced_though_list_does_not_show_it() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.pass(5).await;
    check(&stage.update("inventory", &shared("logs"), &inventory()).await, "SUCCESS", "inventory", "DC");
    assert_eq!(sharing(&stage).as_deref(), Some("Organization"));
    stage.pass(5).await;
    check(&stage.update("inventory", &shared("logs"), &shared("logs")).await, "SUCCESS", "inventory", "");
    check(&stage.update("inventory", &inventory(), &shared("logs")).await, "SUCCESS", "inventory", "DC");
    assert_eq!(sharing(&stage), None);
}

#[tokio::test(start_paused = true)]
async fn a_sharing_that_changed_is_taken_as_replaced_only_a_full_second_after_the_request() {
    for (late_ms, again) in [(1_500, ""), (0, "DC")] {
        let mut stage = Stage::new().await;
        stage.create(&inventory()).await;
        stage.pass(5).await;
        let event = stage.event("Update", Some("inventory"), &shared("logs"), Some(&inventory()));
        inject(&stage, Fault::at(Op::List, FaultKind::Slow(late_ms)));
        check(&stage.send(&event).await, "SUCCESS", "inventory", "DC");
        stage.restart().await;
        check(&stage.send(&event).await, "SUCCESS", "inventory", again);
        assert_eq!(sharing(&stage).as_deref(), Some("Organization"), "replacing twice does no harm");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_fails_puts_the_old_configuration_back_with_what_list_hides() {
    let mut stage = Stage::new().await;
    stage.create(&shared("logs")).await;
    stage.pass(5).await;
    let before = find(&stage, REGION, "inventory").unwrap().configuration;
    let not_valid = || FaultKind::Refused { code: "ValidationException".into(), message: "No.".into() };
    for (new, kind) in [(inventory(), invalid()), (more(), FaultKind::Denied), (shared("more-logs"), not_valid())] {
        stage.world.lock().ssm.calm();
        inject(&stage, Fault::at(Op::Create, kind));
        let failed = stage.update("inventory", &new, &shared("logs")).await;
        check(&failed, "FAILED", "inventory", "DCC");
        assert!(failed.reason().contains("The old configuration of inventory was put back in eu-west-1."));
        assert_eq!(find(&stage, REGION, "inventory").unwrap().configuration, before);
        stage.pass(5).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_replacement_whose_first_sync_fails_puts_the_old_configuration_back() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.world.lock().ssm.first_sync = Script::fails("no");
    let failed = stage.update("inventory", &more(), &inventory()).await;
    check(&failed, "FAILED", "inventory", "DCDC");
    assert!(failed.reason().contains("The old configuration of inventory was put back in eu-west-1."));
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "logs");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_is_cut_off_leaves_time_to_put_the_old_configuration_back() {
    for kind in [FaultKind::Throttle, FaultKind::Hang, FaultKind::S3WriteFailed] {
        let mut stage = Stage::new().await;
        stage.create(&inventory()).await;
        stage.timeout = Duration::from_secs(60);
        let world = stage.world.clone();
        inject(&stage, Fault::at(Op::Create, kind.clone()).always());
        // The weather clears when the time for the new one is over.
        let weather = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(36)).await;
            world.lock().ssm.calm();
        });
        let failed = stage.update("inventory", &more(), &inventory()).await;
        weather.await.unwrap();
        assert_eq!((failed.status(), failed.id()), ("FAILED", "inventory"));
        assert_eq!(bucket_of(&stage, REGION, "inventory"), "logs", "{kind:?}: {}", failed.reason());
        assert!(failed.reason().contains("was put back in eu-west-1."), "{kind:?}: {}", failed.reason());
    }
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_somebody_makes_between_the_delete_and_the_create_is_theirs() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.pass(5).await;
    inject(&stage, Fault::at(Op::Delete, FaultKind::Slow(2_000)));
    let world = stage.world.clone();
    let somebody = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now_ms = world.clock.now_ms();
        world.lock().ssm.outsider_put(now_ms, REGION, &made_by_hand(&to_bucket("inventory", "theirs")));
    });
    let failed = stage.update("inventory", &more(), &inventory()).await;
    somebody.await.unwrap();
    assert!(is_taken(&failed), "{}", failed.reason());
    assert_eq!((failed.id(), bucket_of(&stage, REGION, "inventory").as_str()), ("inventory", "theirs"));
}

#[tokio::test(start_paused = true)]
async fn a_rename_makes_the_new_sync_first_and_leaves_the_old_to_cloudformation() {
    let mut stage = Stage::new().await;
    let mut stack = Stack::new("inventory");
    assert_eq!(stage.deploy(&mut stack, &inventory(), Siblings::Succeed).await, State::CreateComplete);
    stack.deploy(&Template::from([("Sync".to_owned(), to_bucket("renamed", "logs"))]), Siblings::Succeed);
    let event = stack.next_event().unwrap();
    let answer = stage.deliver(&event).await;
    assert_eq!(stage.names(REGION), ["inventory", "renamed"]);
    stack.answer(&answer);
    assert_eq!(stage.settle(&mut stack).await, State::UpdateComplete);
    assert_eq!(stage.names(REGION), ["renamed"]);
    assert_eq!(stack.resources()["Sync"].physical_id, "renamed");
}

#[tokio::test(start_paused = true)]
async fn every_change_that_a_sibling_rolls_back_ends_where_it_began() {
    let two = |properties: &Value| in_regions(properties, &["eu-west-1", "us-east-1"]);
    for (old, new) in [
        (inventory(), to_bucket("renamed", "logs")),
        (inventory(), to_bucket("renamed", "more-logs")),
        (inventory(), from_source("renamed", &[REGION])),
        (inventory(), more()),
        (inventory(), shared("logs")),
        (shared("logs"), inventory()),
        (inventory(), from_source("inventory", &[REGION])),
        (inventory(), nameless("logs")),
        (nameless("logs"), nameless("more-logs")),
        (nameless("logs"), inventory()),
        (inventory(), two(&inventory())),
        (two(&inventory()), in_regions(&more(), &["us-east-1", "us-west-2"])),
        (two(&inventory()), to_bucket("renamed", "logs")),
        (inventory(), two(&to_bucket("renamed", "logs"))),
        (explorer(), from_source("explorer", &[ELSEWHERE])),
    ] {
        for wait_s in [1, 600] {
            let mut stage = Stage::new().await;
            let mut stack = Stack::new("inventory");
            stage.deploy(&mut stack, &old, Siblings::Succeed).await;
            stage.pass(wait_s).await;
            let before = standing(&stage);
            let state = stage.deploy(&mut stack, &new, Siblings::Fail).await;
            assert_eq!((state, standing(&stage)), (State::UpdateRollbackComplete, before), "{old} -> {new}");
            stack.delete();
            assert_eq!(stage.settle(&mut stack).await, State::DeleteComplete);
            assert_eq!(stage.world.lock().ssm.all().count(), 0, "{old} -> {new}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rename_onto_a_sync_that_exists_is_taken() {
    for wait_s in [10, 90_000] {
        for theirs in [to_bucket("renamed", "logs"), to_bucket("renamed", "theirs"), from_source("renamed", &[REGION])]
        {
            let mut stage = Stage::new().await;
            stage.create(&inventory()).await;
            stage.pass(wait_s).await;
            stage.outsider(REGION, &made_by_hand(&theirs));
            stage.pass(10).await;
            let failed = stage.update("inventory", &to_bucket("renamed", "logs"), &inventory()).await;
            assert!(is_taken(&failed), "{}", failed.reason());
            assert_eq!((failed.id(), failed.changes().contains(['D', 'U'])), ("inventory", false));
            assert_eq!(stage.names(REGION), ["inventory", "renamed"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rename_onto_an_equal_older_sync_is_a_rollback_for_a_day() {
    for (wait_s, status, id) in [(86_000, "SUCCESS", "renamed"), (86_500, "FAILED", "inventory")] {
        let mut stage = Stage::new().await;
        stage.outsider(REGION, &made_by_hand(&to_bucket("renamed", "logs")));
        stage.pass(10).await;
        stage.create(&inventory()).await;
        stage.pass(wait_s).await;
        let served = stage.update("inventory", &to_bucket("renamed", "logs"), &inventory()).await;
        check(&served, status, id, "C");
        assert_eq!(is_taken(&served), status == "FAILED");
        assert_eq!(stage.names(REGION), ["inventory", "renamed"]);
    }
}

/// Four syncs of somebody else's, so that ours is the fifth.
async fn with_one_place_left() -> Stage {
    let stage = Stage::new().await;
    for name in ["a", "b", "c", "d"] {
        stage.outsider(REGION, &made_by_hand(&to_bucket(name, "theirs")));
    }
    stage
}

#[tokio::test(start_paused = true)]
async fn a_rename_at_the_quota_deletes_the_old_sync_first() {
    for linger in [0, 3] {
        let mut stage = with_one_place_left().await;
        stage.create(&inventory()).await;
        stage.world.lock().ssm.linger = linger;
        let served = stage.update("inventory", &to_bucket("renamed", "logs"), &inventory()).await;
        check(&served, "SUCCESS", "renamed", "CDC");
        assert_eq!(stage.names(REGION), ["a", "b", "c", "d", "renamed"]);
        check(&stage.delete("inventory", &inventory()).await, "SUCCESS", "inventory", "D");
        assert_eq!(stage.names(REGION), ["a", "b", "c", "d", "renamed"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rename_at_the_quota_makes_no_room_in_a_region_where_the_old_name_was_never_ours() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    let theirs = ["a", "b", "c", "d", "inventory"];
    for name in theirs {
        stage.outsider(ELSEWHERE, &made_by_hand(&to_bucket(name, "logs")));
    }
    let renamed = in_regions(&to_bucket("renamed", "logs"), &[REGION, ELSEWHERE]);
    check(&stage.update("inventory", &renamed, &inventory()).await, "FAILED", "inventory", "CC");
    assert_eq!(stage.names(ELSEWHERE), theirs);
}

#[tokio::test(start_paused = true)]
async fn a_rename_at_the_quota_that_fails_puts_the_old_sync_back_with_what_list_hides() {
    let mut stage = with_one_place_left().await;
    stage.create(&shared("logs")).await;
    inject(&stage, Fault::at(Op::Create, invalid()).nth(2));
    let failed = stage.update("inventory", &to_bucket("renamed", "logs"), &shared("logs")).await;
    check(&failed, "FAILED", "inventory", "CDCC");
    assert!(failed.reason().contains("The old configuration of inventory was put back"), "{}", failed.reason());
    assert_eq!(stage.names(REGION), ["a", "b", "c", "d", "inventory"]);
    assert_eq!(sharing(&stage).as_deref(), Some("Organization"));
}

#[tokio::test(start_paused = true)]
async fn a_rename_at_the_quota_whose_first_sync_fails_puts_the_old_sync_back() {
    let mut stage = with_one_place_left().await;
    stage.create(&inventory()).await;
    stage.world.lock().ssm.first_sync = Script::fails("no");
    let failed = stage.update("inventory", &to_bucket("renamed", "logs"), &inventory()).await;
    assert_eq!((failed.status(), failed.id()), ("FAILED", "inventory"));
    assert!(failed.reason().contains("The old configuration of inventory was put back"), "{}", failed.reason());
    assert_eq!(stage.names(REGION), ["a", "b", "c", "d", "inventory"]);
}

#[tokio::test(start_paused = true)]
async fn a_rename_at_the_quota_that_a_sibling_rolls_back_ends_where_it_began() {
    let mut stage = with_one_place_left().await;
    let mut stack = Stack::new("inventory");
    stage.deploy(&mut stack, &inventory(), Siblings::Succeed).await;
    stage.pass(60).await;
    let state = stage.deploy(&mut stack, &to_bucket("renamed", "logs"), Siblings::Fail).await;
    assert_eq!(state, State::UpdateRollbackComplete);
    assert_eq!(stage.names(REGION), ["a", "b", "c", "d", "inventory"]);
}

#[tokio::test(start_paused = true)]
async fn the_quota_is_no_matter_under_a_kept_name_and_refuses_a_new_one() {
    let mut stage = with_one_place_left().await;
    stage.world.lock().ssm.count_first = true;
    stage.create(&inventory()).await;
    check(&stage.update("inventory", &more(), &inventory()).await, "SUCCESS", "inventory", "DC");
    let failed = stage.create(&to_bucket("sixth", "logs")).await;
    check_failed_create(&failed, "refused/sixth", "C");
}

#[tokio::test(start_paused = true)]
async fn a_delete_sends_the_type_and_waits_until_the_sync_is_gone() {
    for (properties, sync_type) in [(inventory(), "SyncToDestination"), (explorer(), "SyncFromSource")] {
        let mut stage = Stage::new().await;
        let id = stage.create(&properties).await.id().to_owned();
        stage.world.lock().ssm.linger = 4;
        let served = stage.delete(&id, &properties).await;
        check(&served, "SUCCESS", &id, "D");
        assert_eq!(served.letters(), "DLLLLL", "until it is no longer listed");
        assert!(served.calls.iter().all(|call| call.body["SyncType"] == sync_type));
        check(&stage.delete(&id, &properties).await, "SUCCESS", &id, "D");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_whose_type_cannot_be_read_looks_under_both() {
    for properties in [inventory(), from_source("inventory", &[REGION])] {
        let mut stage = Stage::new().await;
        stage.create(&properties).await;
        let unreadable = json!({ "SyncName": "inventory", "SyncType": "?", "S3Destination": 7 });
        check(&stage.delete("inventory", &unreadable).await, "SUCCESS", "inventory", "D");
        assert!(stage.names(REGION).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_never_fails_because_of_properties() {
    for properties in [
        json!({}),
        json!({ "Nonsense": 7 }),
        json!({ "SyncName": 7 }),
        json!({ "SyncName": "inventory", "Regions": 7, "ServiceTimeout": "soon" }),
    ] {
        let mut stage = Stage::new().await;
        stage.create(&inventory()).await;
        check(&stage.delete("inventory", &properties).await, "SUCCESS", "inventory", "D");
        assert!(stage.names(REGION).is_empty(), "the physical id is enough: {properties}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_failed_in_a_region_goes_on_in_the_others_and_can_be_tried_again() {
    let mut stage = Stage::new().await;
    let everywhere = in_regions(&inventory(), &["eu-west-1", "us-east-1"]);
    stage.create(&everywhere).await;
    inject(&stage, Fault::at(Op::Delete, FaultKind::Denied).within("us-east-1"));
    check(&stage.delete("inventory", &everywhere).await, "FAILED", "inventory", "DD");
    assert_eq!((stage.names("eu-west-1").len(), stage.names("us-east-1").len()), (0, 1));
    check(&stage.delete("inventory", &everywhere).await, "SUCCESS", "inventory", "DD");
    assert_eq!(stage.world.lock().ssm.all().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_is_made_anew_after_our_delete_is_left_alone() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    inject(&stage, Fault::at(Op::List, FaultKind::Conflict).nth(1).times(6));
    let world = stage.world.clone();
    let somebody = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let now_ms = world.clock.now_ms();
        world.lock().ssm.outsider_put(now_ms, REGION, &made_by_hand(&inventory()));
    });
    let served = stage.delete("inventory", &inventory()).await;
    somebody.await.unwrap();
    assert!(served.took > Duration::from_secs(10), "{:?}", served.took);
    check(&served, "SUCCESS", "inventory", "D");
    assert_eq!(find(&stage, REGION, "inventory").unwrap().maker, Maker::Outsider);
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_answers_with_the_id_that_it_came_with() {
    let renamed = to_bucket("renamed", "logs");
    for (wanted, fault) in [
        (more(), Some(Fault::at(Op::Delete, FaultKind::Denied))),
        (more(), Some(Fault::at(Op::Create, FaultKind::Denied).always())),
        (renamed.clone(), Some(Fault::at(Op::Create, FaultKind::Denied))),
        (renamed, Some(Fault::at(Op::List, FaultKind::Denied).always())),
        (json!({ "SyncName": "renamed" }), None),
    ] {
        let mut stage = Stage::new().await;
        stage.create(&inventory()).await;
        if let Some(fault) = fault {
            inject(&stage, fault);
        }
        let failed = stage.update("inventory", &wanted, &inventory()).await;
        assert_eq!((failed.status(), failed.id()), ("FAILED", "inventory"), "{}", failed.reason());
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_old_properties_are_missing_or_faulty_still_updates() {
    for old in [None, Some(json!({})), Some(json!({ "SyncName": 7 })), Some(json!([]))] {
        let mut stage = Stage::new().await;
        stage.create(&inventory()).await;
        let event = stage.event("Update", Some("inventory"), &more(), old.as_ref());
        check(&stage.send(&event).await, "SUCCESS", "inventory", "DC");
    }
}

// 6 SSM as it behaves.

#[tokio::test(start_paused = true)]
async fn list_is_read_to_its_last_page_and_the_name_is_matched_exactly() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.page_size = 1;
    for name in ["inventory2", "Inventory", "inventor", "my-inventory"] {
        stage.outsider(REGION, &made_by_hand(&to_bucket(name, "theirs")));
    }
    let created = stage.create(&inventory()).await;
    check(&created, "SUCCESS", "inventory", "C");
    assert!(created.letters().starts_with("CLLLLL"), "{}", created.letters());
    check(&stage.update("inventory", &more(), &inventory()).await, "SUCCESS", "inventory", "DC");
    check(&stage.delete("inventory", &more()).await, "SUCCESS", "inventory", "D");
    assert_eq!(stage.names(REGION), ["Inventory", "inventor", "inventory2", "my-inventory"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_no_longer_valid_starts_the_listing_anew() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.page_size = 1;
    stage.outsider(REGION, &made_by_hand(&to_bucket("a", "theirs")));
    let no_token = FaultKind::Refused { code: "InvalidNextToken".into(), message: "Not valid.".into() };
    inject(&stage, Fault::at(Op::List, no_token).nth(2));
    check(&stage.create(&inventory()).await, "SUCCESS", "inventory", "C");
}

#[tokio::test(start_paused = true)]
async fn a_listing_without_an_end_is_a_failure() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.page_size = 0;
    stage.outsider(REGION, &made_by_hand(&to_bucket("a", "theirs")));
    let failed = stage.create(&inventory()).await;
    check_failed_create(&failed, "unknown/inventory", "C");
    assert!(failed.reason().contains("the listing did not end within 100 pages"), "{}", failed.reason());
}

#[tokio::test(start_paused = true)]
async fn a_bucket_policy_that_spreads_within_two_minutes_is_waited_for_with_growing_pauses() {
    let mut stage = Stage::new().await;
    inject(&stage, Fault::at(Op::Create, FaultKind::S3WriteFailed).times(6));
    let served = stage.create(&inventory()).await;
    check(&served, "SUCCESS", "inventory", "CCCCCCC");
    let at: Vec<u64> = served.calls.iter().filter(|call| call.op == Op::Create).map(|call| call.at_ms).collect();
    let pauses: Vec<u64> = at.windows(2).map(|pair| (pair[1] - pair[0]) / 1_000).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 20]);

    let mut stage = Stage::new().await;
    inject(&stage, Fault::at(Op::Create, FaultKind::S3WriteFailed).always());
    let served = stage.create(&inventory()).await;
    assert!((120..125).contains(&served.took.as_secs()), "{:?}", served.took);
    check_failed_create(&served, "refused/inventory", &served.changes());
}

#[tokio::test(start_paused = true)]
async fn another_fault_of_the_configuration_fails_at_once() {
    let mut stage = Stage::new().await;
    inject(&stage, Fault::at(Op::Create, invalid()).always());
    let served = stage.create(&inventory()).await;
    check_failed_create(&served, "refused/inventory", "C");
    assert!(served.took < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_old_name_fading_after_our_own_delete_is_waited_for() {
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    stage.world.lock().ssm.linger = 6;
    check(&stage.update("inventory", &more(), &inventory()).await, "SUCCESS", "inventory", "DC");
    assert_eq!(bucket_of(&stage, REGION, "inventory"), "more-logs");
    // Listed no more, and its name not yet free.
    let mut stage = Stage::new().await;
    stage.create(&inventory()).await;
    let exists = FaultKind::Refused { code: "ResourceDataSyncAlreadyExistsException".into(), message: String::new() };
    inject(&stage, Fault::at(Op::Create, exists).times(5));
    check(&stage.update("inventory", &more(), &inventory()).await, "SUCCESS", "inventory", "DCCCCCC");
}

#[tokio::test(start_paused = true)]
async fn conflict_throttling_and_broken_answers_are_outlived() {
    let wider = from_source("explorer", &[REGION, ELSEWHERE]);
    for kind in [FaultKind::Conflict, FaultKind::Throttle, FaultKind::ErrorBefore, FaultKind::LoseReplyBefore] {
        for op in Op::ALL {
            let mut stage = Stage::new().await;
            inject(&stage, Fault::at(op, kind.clone()).times(5));
            let served = [
                stage.create(&explorer()).await,
                stage.update("explorer", &wider, &explorer()).await,
                stage.delete("explorer", &wider).await,
            ];
            for served in served {
                let told = (served.status(), served.id());
                assert_eq!(told, ("SUCCESS", "explorer"), "{kind:?} at {op:?}: {}", served.reason());
            }
            assert!(stage.names(REGION).is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_lags_behind_is_outlived() {
    for list_lag in [1, 3, 10] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.list_lag = list_lag;
        check(&stage.create(&inventory()).await, "SUCCESS", "inventory", "C");
        let updated = stage.update("inventory", &more(), &inventory()).await;
        assert_eq!((updated.status(), updated.id()), ("SUCCESS", "inventory"), "{}", updated.reason());
        assert_eq!(bucket_of(&stage, REGION, "inventory"), "more-logs");
        check(&stage.delete("inventory", &more()).await, "SUCCESS", "inventory", "D");
        assert!(stage.names(REGION).is_empty());
        check(&stage.create(&explorer()).await, "SUCCESS", "explorer", "C");
        let wider = from_source("explorer", &[REGION, ELSEWHERE]);
        check(&stage.update("explorer", &wider, &explorer()).await, "SUCCESS", "explorer", "U");
    }
}

fn last_status(served: &Served) -> &str {
    served.answer.as_ref().and_then(|answer| answer["Data"]["LastStatus"].as_str()).unwrap_or("none")
}

#[tokio::test(start_paused = true)]
async fn a_create_settles_with_its_first_status() {
    for (script, status, last, seconds) in [
        (Script::successful(), "SUCCESS", "Successful", 0..1),
        (Script::stays_in_progress(), "SUCCESS", "InProgress", 0..2),
        (Script::fails("no"), "FAILED", "none", 0..2),
        (Script::no_status(), "SUCCESS", "Pending", 60..65),
        (Script(vec![Status::None, Status::None, Status::None, Status::Successful]), "SUCCESS", "Successful", 3..5),
    ] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.first_sync = script.clone();
        let served = stage.create(&inventory()).await;
        assert_eq!((served.status(), last_status(&served)), (status, last), "{script:?}");
        assert!(seconds.contains(&served.took.as_secs()), "{script:?}: {:?}", served.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_waits_for_its_first_sync_takes_only_successful() {
    let slow = Script([vec![Status::InProgress; 20], vec![Status::Successful]].concat());
    for (script, status, last) in [
        (Script::settles(), "SUCCESS", "Successful"),
        (slow, "SUCCESS", "Successful"),
        (Script::fails_late("no"), "FAILED", "none"),
        (Script::stays_in_progress(), "FAILED", "none"),
        (Script::no_status(), "FAILED", "none"),
    ] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.first_sync = script.clone();
        let served = stage.create(&with(&inventory(), "WaitForFirstSync", json!("true"))).await;
        assert_eq!((served.status(), last_status(&served)), (status, last), "{script:?}");
    }
    let mut stage = Stage::new().await;
    check(&stage.create(&with(&explorer(), "WaitForFirstSync", json!("true"))).await, "SUCCESS", "explorer", "C");
}

#[tokio::test(start_paused = true)]
async fn the_state_of_a_source_goes_into_the_answer() {
    for (state, noted) in [("NoPermissions", true), ("Success", false)] {
        let mut stage = Stage::new().await;
        stage.world.lock().ssm.source_state = Some(state.to_owned());
        let created = stage.create(&explorer()).await;
        // It stays so when an update finds nothing to do.
        for served in [created, stage.update("explorer", &explorer(), &explorer()).await] {
            assert_eq!((served.status(), !served.reason().is_empty()), ("SUCCESS", noted));
            assert_eq!(served.answer.as_ref().unwrap()["Data"]["SyncSourceState"], state);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_changes_nothing_is_a_success_whatever_the_last_sync_said() {
    let mut stage = Stage::new().await;
    stage.world.lock().ssm.first_sync = Script(vec![Status::InProgress, Status::Failed("Later.".into())]);
    stage.create(&inventory()).await;
    stage.pass(600).await;
    let served = stage.update("inventory", &with(&inventory(), "WaitForFirstSync", json!("true")), &inventory()).await;
    check(&served, "SUCCESS", "inventory", "");
    assert_eq!(last_status(&served), "Failed");
}

#[tokio::test(start_paused = true)]
async fn every_request_keeps_to_the_services_own_model() {
    let mut stage = Stage::new().await;
    for properties in [inventory(), with(&shared("logs"), "SyncName", json!("shared")), explorer()] {
        let id = stage.create(&properties).await.id().to_owned();
        stage.update(&id, &properties, &properties).await;
        stage.delete(&id, &properties).await;
    }
    let world = stage.world.lock();
    assert_eq!(world.ssm.protests, Vec::<String>::new());
    assert_eq!(world.ssm.journal.iter().filter(|call| matches!(call.change, Some(Change::Created(_)))).count(), 3);
}

#[tokio::test(start_paused = true)]
async fn regions_go_side_by_side() {
    let mut stage = Stage::new().await;
    inject(&stage, Fault::at(Op::Create, FaultKind::Slow(9_000)).times(4));
    let everywhere = in_regions(&inventory(), &["eu-west-1", "us-east-1", "us-west-2", "ap-south-1"]);
    let served = stage.create(&everywhere).await;
    check(&served, "SUCCESS", "inventory", "CCCC");
    assert!(served.took < Duration::from_secs(15), "{:?}", served.took);
}

// What breaks, breaks at every point of every change.

/// Region, name and configuration of all that stands.
fn standing(stage: &Stage) -> Vec<(String, String, Value)> {
    let world = stage.world.lock();
    let all = world.ssm.all();
    all.map(|(region, sync)| (region.to_owned(), sync.name.clone(), sync.configuration.clone())).collect()
}

/// Each of these at the first call of each operation, once, and from the second on for a while.
fn every_fault() -> impl Iterator<Item = Fault> {
    let kinds = [FaultKind::LoseReplyAfter, FaultKind::HangAfter, FaultKind::Hang, FaultKind::Denied];
    kinds.into_iter().flat_map(|kind| {
        Op::ALL.into_iter().flat_map(move |op| {
            let kind = kind.clone();
            [(1, 1), (2, 60)].map(|(nth, times)| Fault::at(op, kind.clone()).nth(nth).times(times)).into_iter()
        })
    })
}

/// The weather clears after a while, and the events of the stack are delivered until it is settled.
async fn deploy_in_bad_weather(stage: &mut Stage, stack: &mut Stack, properties: &Value, fault: &Fault) -> State {
    inject(stage, fault.clone());
    stage.timeout = Duration::from_secs(300);
    let world = stage.world.clone();
    let weather = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(500)).await;
        world.lock().ssm.calm();
    });
    let mut state = stage.deploy(stack, properties, Siblings::Succeed).await;
    weather.await.unwrap();
    if state == State::UpdateRollbackFailed {
        stack.continue_rollback();
        state = stage.settle(stack).await;
    }
    state
}

#[tokio::test(start_paused = true)]
async fn whatever_breaks_in_a_create_the_stack_can_be_deleted_and_nothing_is_left() {
    for properties in [inventory(), nameless("logs"), explorer(), in_regions(&inventory(), &[REGION, ELSEWHERE])] {
        for fault in every_fault() {
            let mut stage = Stage::new().await;
            let mut stack = Stack::new("inventory");
            let state = deploy_in_bad_weather(&mut stage, &mut stack, &properties, &fault).await;
            let made = standing(&stage).len();
            match state {
                State::CreateComplete => assert!(made > 0, "{fault:?}"),
                State::RollbackComplete => assert_eq!(made, 0, "{fault:?}: {properties}"),
                State::RollbackFailed => {}
                other => panic!("{fault:?}: {other:?}"),
            }
            if state != State::RollbackComplete {
                stack.delete();
                assert_eq!(stage.settle(&mut stack).await, State::DeleteComplete, "{fault:?}: {properties}");
            }
            assert_eq!(standing(&stage), [], "{fault:?}: {properties}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_breaks_in_an_update_the_stack_ends_where_it_began_or_where_it_was_to_go() {
    for (old, new) in [
        (inventory(), more()),
        (inventory(), to_bucket("renamed", "logs")),
        (inventory(), from_source("inventory", &[REGION])),
        (in_regions(&inventory(), &[REGION, ELSEWHERE]), in_regions(&more(), &["us-west-2", ELSEWHERE])),
        (nameless("logs"), nameless("more-logs")),
    ] {
        for fault in every_fault() {
            let mut stage = Stage::new().await;
            let mut stack = Stack::new("inventory");
            stage.deploy(&mut stack, &old, Siblings::Succeed).await;
            stage.pass(100).await;
            let before = standing(&stage);
            let state = deploy_in_bad_weather(&mut stage, &mut stack, &new, &fault).await;
            let after = standing(&stage);
            // CloudFormation gives a clean-up up after three attempts, and says so.
            let abandoned = stack.abandoned().len();
            match state {
                State::UpdateComplete => {
                    assert_ne!(before, after, "{fault:?}: {old} -> {new}");
                    assert_eq!(after.len(), before.len() + abandoned, "{fault:?}: {old} -> {new}");
                }
                State::UpdateRollbackComplete => assert_eq!(before, after, "{fault:?}: {old} -> {new}"),
                other => panic!("{fault:?}: {other:?}: {old} -> {new}"),
            }
            stack.delete();
            assert_eq!(stage.settle(&mut stack).await, State::DeleteComplete, "{fault:?}: {old} -> {new}");
            assert_eq!(standing(&stage).len(), abandoned, "{fault:?}: {old} -> {new}");
        }
    }
}
