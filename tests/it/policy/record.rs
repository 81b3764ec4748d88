//! What a record says of a sync before an event, once it is opened, and once it is closed; and the item that it is.

use std::collections::{BTreeMap, HashMap};

use expect_test::expect;
use resource_data_sync::{
    clock::from_millis,
    policy::{
        Cause,
        closing::Closing,
        opening::Announcement,
        outcome::{End, TaskOutcome},
        progress::{Attempt, Progress, Seen, Unresolved},
        record::{Entry, Record, RequestType, SyncKey},
        task::{Goal, Phase, Stance, StatusWanted, Task, Then},
    },
    sync::{CallError, ErrorKind, Operation},
};
use serde_dynamo::{AttributeValue, from_item, to_item};
use serde_json::json;

use super::text::{at, config, entry_text, key, key_text, listed, record, request};

/// What an event does to one sync. Its ends: none where it was not begun; a second one where something was restored.
type Case<'a> = (&'a str, RequestType, &'a str, &'a Goal, &'a Announcement, &'a [&'a End], &'a Progress);

/// The entry before, opened and closed.
fn told((what, of, entry, goal, announced, ends, progress): &Case<'_>) -> String {
    let text = if entry.is_empty() { String::new() } else { format!("Name a; Created r0; eu a: {entry}") };
    let before = record(&text);
    let task = Task {
        key: key("eu a"),
        entry: before.syncs.get(&key("eu a")).cloned(),
        stance: Stance::Own,
        goal: (*goal).clone(),
        phase: Phase::Change,
    };
    let request = request(*of, "r2");
    let opened = before.opened(&[(&task, (*announced).clone())], &request, at(1_000));
    let written = before.next_version(&request, "attempt", at(1_000));
    let written = Record { syncs: opened.clone().unwrap_or_else(|| before.syncs.clone()), ..written };
    let outcome = match ends {
        [end, restored @ ..] => {
            let restored = restored.first().map(|end| (*end).clone());
            TaskOutcome::new(task, (*end).clone(), progress, restored, at(1_010))
        }
        [] => TaskOutcome::untouched(task, None),
    };
    let is_success = outcome.failure().is_none() && !ends.is_empty();
    let name = "a".into();
    let closing = Closing {
        request: &request,
        is_success,
        name: (is_success && *of != RequestType::Delete).then_some(&name),
        left_to_clean_up: None,
        now: at(1_010),
    };
    let closed = written.closed(&before.syncs, &[outcome], &closing);
    let of_entry = |syncs: &BTreeMap<SyncKey, Entry>| syncs.get(&key("eu a")).map_or("–".to_owned(), entry_text);
    let opened = opened.map_or("not opened".to_owned(), |syncs| of_entry(&syncs));
    let gone = if closed.expires.is_some() { ", expires" } else { "" };
    let how = if is_success { "SUCCESS" } else { "FAILED" };
    let created = closed.last_create.as_deref().unwrap_or("–");
    let before = of_entry(&before.syncs);
    let after = format!("{} ({how}, {:?}, Created {created}{gone})", of_entry(&closed.syncs), closed.state);
    format!("{of:?}, {what}\n  {before} → {opened} → {after}\n")
}

#[test]
fn a_record_is_opened_and_closed() {
    use RequestType::{Create, Delete, Update};
    let present = |then| Goal::Present { config: config("b"), status: StatusWanted::First, then };
    let (keep, give_back, look) =
        (present(Then::Keep), present(Then::GiveBack), Goal::Unchanged { config: config("b") });
    let (absent, let_go, forget) = (Goal::Absent, Goal::LetGo, Goal::Forget);

    let (nothing, create, delete) = (Announcement::Nothing, Announcement::Create, Announcement::Delete);
    let (update, go) = (Announcement::Update { exists: Some(at(100)) }, Announcement::LetGo);
    let replace = Announcement::Replace { exists: Some(at(100)), previous: Some(config("a")) };

    let message = None;
    let (operation, kind, code) = (Operation::Create, ErrorKind::Refused, "No".to_owned());
    let error = CallError::Service { operation, kind, code, message };
    let failed = End::Failed(Cause::Call { error, config: None });
    let (as_it_was, made) = (End::Settled(listed("b", Some(100))), End::Settled(listed("b", Some(1_001))));
    let (restored, no_status) = (End::Settled(listed("a", Some(1_005))), End::NoStatusYet(listed("b", Some(1_001))));
    let (gone, left, closed) = (End::Done, End::LeftAlone(listed("c", Some(300))), End::RegionClosed);

    let saw = |created, of| Seen::Ours { created: Some(at(created)), config: Some(config(of)) };
    let none = Progress::default();
    let unresolved = |operation| Some(Unresolved { operation, sent_at: at(1_009), is_followed: false });
    let tried = Progress { has_tried_create: true, seen: Seen::NothingOfOurs, ..none.clone() };
    let created = Progress { created: Attempt::Accepted, seen: saw(1_001, "b"), ..tried.clone() };
    let unlisted = Progress { seen: Seen::NothingOfOurs, ..created.clone() };
    let vanished = Progress { is_created_seen: true, ..unlisted.clone() };
    let lost = Progress { created: Attempt::Unknown, unresolved: unresolved(Operation::Create), ..tried.clone() };
    let updated = Progress { updated: Attempt::Accepted, seen: saw(100, "b"), ..none.clone() };
    let update_lost = Progress { updated: Attempt::Unknown, unresolved: unresolved(Operation::Update), ..none.clone() };
    let deleted = Progress { deleted: Attempt::Accepted, previous: Some(config("a")), ..none.clone() };
    let delete_lost = Progress { deleted: Attempt::Unknown, unresolved: unresolved(Operation::Delete), ..none.clone() };
    let seen_gone = Progress { seen: Seen::NothingOfOurs, ..deleted.clone() };
    let replaced = Progress { deleted: Attempt::Accepted, ..created.clone() };

    let (was, is) = ("Settled r1 @100 a", "Settled r1 @100 b");
    let (let_go_of, making) = ("Settled r1 @100 b Foreign", "Open r1 Making:500-1700:a");
    let rows: [Case<'_>; 37] = [
        ("made", Create, "", &keep, &create, &[&made], &created),
        ("made, no status yet", Create, "", &keep, &create, &[&no_status], &created),
        ("its first sync failed", Create, "", &keep, &create, &[&failed], &created),
        ("never listed", Create, "", &keep, &create, &[&failed], &unlisted),
        ("vanished", Create, "", &keep, &create, &[&failed], &vanished),
        ("refused", Create, "", &keep, &create, &[&failed], &tried),
        ("unknown", Create, "", &keep, &create, &[&failed], &lost),
        ("not begun", Create, "", &keep, &create, &[], &none),
        ("an earlier attempt gone on from", Create, making, &keep, &create, &[&made], &created),
        ("refused after an earlier attempt", Create, making, &keep, &create, &[&failed], &tried),
        ("made where it was let go of, and is missing", Update, let_go_of, &keep, &create, &[&made], &created),
        ("listed as wanted", Update, is, &keep, &nothing, &[&as_it_was], &none),
        ("listed as wanted, and another Region fails", Update, is, &keep, &nothing, &[], &none),
        ("updated", Update, was, &keep, &update, &[&as_it_was], &updated),
        ("updated, and in a bad state", Update, was, &keep, &update, &[&failed], &updated),
        ("update unknown", Update, was, &keep, &update, &[&failed], &update_lost),
        ("update refused", Update, was, &keep, &update, &[&failed], &none),
        ("replaced", Update, was, &keep, &replace, &[&made], &replaced),
        ("restored", Update, was, &keep, &replace, &[&failed, &restored], &deleted),
        ("restore refused", Update, was, &keep, &replace, &[&failed, &failed], &seen_gone),
        ("delete refused", Update, was, &keep, &replace, &[&failed], &none),
        ("removed", Update, was, &absent, &delete, &[&gone], &seen_gone),
        ("removal refused", Update, was, &absent, &delete, &[&failed], &none),
        ("removal not begun", Update, was, &absent, &delete, &[], &none),
        ("removed", Delete, was, &absent, &delete, &[&gone], &seen_gone),
        ("left to its owner", Delete, was, &absent, &delete, &[&left], &none),
        ("still listed", Delete, was, &absent, &delete, &[&failed], &deleted),
        ("removal refused", Delete, was, &absent, &delete, &[&failed], &none),
        ("removal unknown", Delete, was, &absent, &delete, &[&failed], &delete_lost),
        ("let go of", Update, was, &let_go, &go, &[&gone], &none),
        ("not let go of, since another Region fails", Update, was, &let_go, &go, &[], &none),
        ("forgotten", Delete, was, &forget, &nothing, &[&gone], &none),
        ("looked at", Create, "", &look, &nothing, &[&as_it_was], &none),
        ("given back", Update, is, &give_back, &nothing, &[&as_it_was], &none),
        ("taken over", Update, let_go_of, &keep, &nothing, &[&as_it_was], &none),
        ("closed to the account", Update, is, &keep, &nothing, &[&closed], &none),
        ("closed to the account, and let go of before", Update, let_go_of, &keep, &nothing, &[&closed], &none),
    ];
    expect![[r#"
        Create, made
          – → Open r2 Making:1000-2200:b → Settled r2 @1001 b (SUCCESS, Done, Created r2)
        Create, made, no status yet
          – → Open r2 Making:1000-2200:b → Settled r2 @1001 b (SUCCESS, Done, Created r2)
        Create, its first sync failed
          – → Open r2 Making:1000-2200:b → Open r2 @1001 b (FAILED, Done, Created r2)
        Create, never listed
          – → Open r2 Making:1000-2200:b → Open r2 Making:1000-2200:b (FAILED, Done, Created r2)
        Create, vanished
          – → Open r2 Making:1000-2200:b → – (FAILED, Done, Created r2, expires)
        Create, refused
          – → Open r2 Making:1000-2200:b → – (FAILED, Done, Created r2, expires)
        Create, unknown
          – → Open r2 Making:1000-2200:b → Open r2 Making:1000-2200:b (FAILED, Working, Created r2)
        Create, not begun
          – → Open r2 Making:1000-2200:b → – (FAILED, Done, Created r2, expires)
        Create, an earlier attempt gone on from
          Open r1 Making:500-1700:a → Open r2 Making:500-2200:b,a → Settled r2 @1001 b (SUCCESS, Done, Created r2)
        Create, refused after an earlier attempt
          Open r1 Making:500-1700:a → Open r2 Making:500-2200:b,a → Open r1 Making:500-1700:a (FAILED, Done, Created r2)
        Update, made where it was let go of, and is missing
          Settled r1 @100 b Foreign → Open r2 Making:1000-2200:b → Settled r2 @1001 b (SUCCESS, Done, Created –)
        Update, listed as wanted
          Settled r1 @100 b → not opened → Settled r2 @100 b (SUCCESS, Done, Created –)
        Update, listed as wanted, and another Region fails
          Settled r1 @100 b → not opened → Settled r1 @100 b (FAILED, Done, Created r0)
        Update, updated
          Settled r1 @100 a → Open r2 @100 → Settled r2 @100 b (SUCCESS, Done, Created –)
        Update, updated, and in a bad state
          Settled r1 @100 a → Open r2 @100 → Open r2 @100 b (FAILED, Done, Created r0)
        Update, update unknown
          Settled r1 @100 a → Open r2 @100 → Open r2 @100 (FAILED, Working, Created r0)
        Update, update refused
          Settled r1 @100 a → Open r2 @100 → Settled r1 @100 a (FAILED, Done, Created r0)
        Update, replaced
          Settled r1 @100 a → Open r2 @100 a Making:1000-2200:b,a → Settled r2 @1001 b (SUCCESS, Done, Created –)
        Update, restored
          Settled r1 @100 a → Open r2 @100 a Making:1000-2200:b,a → Open r2 @1005 a (FAILED, Done, Created r0)
        Update, restore refused
          Settled r1 @100 a → Open r2 @100 a Making:1000-2200:b,a → – (FAILED, Done, Created r0, expires)
        Update, delete refused
          Settled r1 @100 a → Open r2 @100 a Making:1000-2200:b,a → Settled r1 @100 a (FAILED, Done, Created r0)
        Update, removed
          Settled r1 @100 a → Open r2 @100 a → – (SUCCESS, Done, Created –, expires)
        Update, removal refused
          Settled r1 @100 a → Open r2 @100 a → Settled r1 @100 a (FAILED, Done, Created r0)
        Update, removal not begun
          Settled r1 @100 a → Open r2 @100 a → Settled r1 @100 a (FAILED, Done, Created r0)
        Delete, removed
          Settled r1 @100 a → Open r2 @100 a → – (SUCCESS, Done, Created r0, expires)
        Delete, left to its owner
          Settled r1 @100 a → Open r2 @100 a → – (SUCCESS, Done, Created r0, expires)
        Delete, still listed
          Settled r1 @100 a → Open r2 @100 a → Open r2 @100 a (FAILED, Done, Created r0)
        Delete, removal refused
          Settled r1 @100 a → Open r2 @100 a → Open r2 @100 a (FAILED, Done, Created r0)
        Delete, removal unknown
          Settled r1 @100 a → Open r2 @100 a → Open r2 @100 a (FAILED, Working, Created r0)
        Update, let go of
          Settled r1 @100 a → Settled r2 @100 a Foreign → Settled r2 @100 a Foreign (SUCCESS, Done, Created –)
        Update, not let go of, since another Region fails
          Settled r1 @100 a → Settled r2 @100 a Foreign → Settled r1 @100 a (FAILED, Done, Created r0)
        Delete, forgotten
          Settled r1 @100 a → not opened → – (SUCCESS, Done, Created r0, expires)
        Create, looked at
          – → not opened → Settled r2 @100 b Foreign (SUCCESS, Done, Created r2)
        Update, given back
          Settled r1 @100 b → not opened → Settled r2 @100 b Foreign (SUCCESS, Done, Created –)
        Update, taken over
          Settled r1 @100 b Foreign → not opened → Settled r2 @100 b (SUCCESS, Done, Created –)
        Update, closed to the account
          Settled r1 @100 b → not opened → Settled r2 @100 b (SUCCESS, Done, Created –)
        Update, closed to the account, and let go of before
          Settled r1 @100 b Foreign → not opened → Settled r2 @100 b (SUCCESS, Done, Created –)
    "#]]
    .assert_eq(&rows.iter().map(told).collect::<String>());
}

#[test]
fn a_rename_leaves_the_old_name_settled() {
    let found = record(
        "Name a; Created r1; eu a: Open r1 @100 a; us a: Open r1 @100 a Making:500-1700:a; ap a: Open r1; \
        eu c: Open r1 @100 a; me a: Settled r1 @100 a Foreign",
    );
    let request = request(RequestType::Update, "r2");
    let (old, new) = ("a".into(), "b".into());
    let closing =
        Closing { request: &request, is_success: true, name: Some(&new), left_to_clean_up: Some(&old), now: at(1_010) };
    let closed = found.closed(&found.syncs, &[], &closing);
    assert_eq!((closed.name, closed.last_create, closed.expires), (Some(new), None, None));
    let syncs = closed.syncs.iter().map(|(key, entry)| format!("{}: {}\n", key_text(key), entry_text(entry)));
    expect![[r#"
        ap a: Open r1
        eu a: Settled r2 @100 a
        eu c: Open r1 @100 a
        me a: Settled r1 @100 a Foreign
        us a: Open r1 @100 a Making:500-1700:a
    "#]]
    .assert_eq(&syncs.collect::<String>());
}

#[test]
fn a_record_is_an_item_for_people() {
    let mut whole = record(
        "Name a/b; Created r1; eu a/b: Settled r1 @100 source:eu; \
        us a/b: Open r2 @100 a/p Making:200-1400:b,a/p Foreign",
    );
    whole = whole.next_version(&request(RequestType::Update, "r2"), "0123456789abcdef", at(1_010));
    whole.response = Some("{\"Status\":\"SUCCESS\"}".to_owned());
    whole.expires = Some(87_410);
    let item: HashMap<String, AttributeValue> = to_item(&whole).expect("an item");
    assert_eq!(from_item::<_, Record>(item.clone()).expect("a record"), whole);
    let attributes: BTreeMap<String, serde_json::Value> =
        item.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let lines = attributes.iter().map(|(name, value)| format!("{name}: {value}\n"));
    expect![[r#"
        Attempt: {"S":"0123456789abcdef"}
        Created: {"S":"r1"}
        Expires: {"N":"87410"}
        Format: {"N":"1"}
        Name: {"S":"a/b"}
        RequestId: {"S":"r2"}
        RequestTime: {"N":"1000"}
        RequestType: {"S":"Update"}
        Resource: {"S":"stack|Sync"}
        Response: {"S":"{\"Status\":\"SUCCESS\"}"}
        State: {"S":"Working"}
        Syncs: {"M":{"eu/SyncToDestination/a/b":{"M":{"Configuration":{"S":"{\"SyncSource\":{\"SourceType\":\"SingleAccountMultiRegions\",\"SourceRegions\":[\"eu\"],\"IncludeFutureRegions\":false}}"},
            "RequestId":{"S":"r1"},
            "State":{"S":"Settled"},
            "SyncCreatedTime":{"N":"100"}}},
            "us/SyncToDestination/a/b":{"M":{"Configuration":{"S":"{\"S3Destination\":{\"BucketName\":\"a\",\"Prefix\":\"p\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"},
            "Foreign":{"BOOL":true},
            "Making":{"M":{"Configurations":{"L":[{"S":"{\"S3Destination\":{\"BucketName\":\"b\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"},{"S":"{\"S3Destination\":{\"BucketName\":\"a\",\"Prefix\":\"p\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"}]},
            "Since":{"N":"200"},
            "Until":{"N":"1400"}}},
            "RequestId":{"S":"r2"},
            "State":{"S":"Open"},
            "SyncCreatedTime":{"N":"100"}}}}}
        Version: {"N":"1"}
        Written: {"N":"1010"}
    "#]].assert_eq(&lines.collect::<String>().replace(",\"", ",\n    \""));

    let bare = Record::new("stack|Sync".into(), request(RequestType::Create, "r1"), "attempt".into());
    let item: HashMap<String, AttributeValue> = to_item(&bare).expect("an item");
    assert_eq!(from_item::<_, Record>(item.clone()).expect("a record"), bare);
    assert!(item.values().all(|value| *value != AttributeValue::Null(true)), "{item:?}");
    for ms in [1_795_420_800_001, 1_795_420_800_999, 4_102_444_799_999] {
        let time = from_millis(ms);
        let mut timed = record("eu a: Settled r1 @100 a");
        timed.syncs.values_mut().for_each(|entry| entry.sync_created_time = Some(time));
        let item: HashMap<String, AttributeValue> = to_item(&timed).expect("an item");
        assert_eq!(from_item::<_, Record>(item).expect("a record"), timed, "{ms}");
    }
}
