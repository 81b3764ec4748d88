//! The policy: what an event means, whose a sync is, what a record says before and after, and what no step ever does.

mod plan;
mod text;

use std::collections::{BTreeMap, HashMap};

use expect_test::{Expect, expect};
use resource_data_sync::{
    policy::{
        Cause,
        outcome::{Attempt, End, Progress, Seen, TaskOutcome, Unresolved},
        ownership::{Known, Verdict, judge, owner},
        record::{Announcement, Closing, Entry, Record, RequestType, SyncKey},
        tasks::{Goal, Phase, Stance, StatusWanted, Task, Then, tasks},
    },
    sync::{CallError, ErrorKind, Operation},
};
use serde_dynamo::{AttributeValue, from_item, to_item};
use serde_json::json;

use text::{at, change, config, config_text, entry, entry_text, key, key_text, listed, record, request};

pub const STANCES: [Stance; 5] =
    [Stance::Own, Stance::Retained, Stance::RetainedBeforeCreate, Stance::TakingOver, Stance::Looking];

/// Rows of an event and the record that it finds; out come its tasks.
fn check(rows: &[(&str, &str)], expected: Expect) {
    let task = |task: &Task| {
        let goal = match &task.goal {
            Goal::Present { then: Then::GiveBack, .. } => "Present, then given back",
            Goal::Present { .. } => "Present",
            Goal::Unchanged { .. } => "Unchanged",
            Goal::Absent => "Absent",
            Goal::LetGo => "LetGo",
            Goal::Forget => "Forget",
        };
        let stance = if task.stance == Stance::Own { String::new() } else { format!(" ({:?})", task.stance) };
        format!("    {:?} {}: {goal}{stance}\n", task.phase, key_text(&task.key))
    };
    let row = |(event, found): &(&str, &str)| {
        let tasks: String = tasks(&change(event), &record(found)).iter().map(task).collect();
        format!("{event} | {found}\n{tasks}")
    };
    expected.assert_eq(&rows.iter().map(row).collect::<String>());
}

#[test]
fn a_create_goes_on_from_what_is_open_and_lets_go_of_the_rest() {
    check(
        &[
            ("Create a in eu us", ""),
            ("Create a in eu", "eu a: Open r1; us a: Open r1; eu b: Open r1; eu a source: Open r1"),
            ("Create a in eu", "Name b; eu b: Settled r1"),
            ("Create a in eu", "Name a; eu a: Settled r1; us a: Settled r1"),
            ("Create a in eu adopt", "Name a; eu a: Settled r1"),
            ("Create a in eu adopt", ""),
            ("Create a in eu", "eu a: Settled r1 Foreign; us a: Settled r1 Foreign"),
            // An Update under the id of a failed Create is one.
            ("Update failed:r1 to a in eu", "eu a: Settled r1; us a: Open r2; eu b: Settled r0"),
            ("Update failed:r1 to a in eu", "eu a: Settled r0"),
            ("Update invented to a in eu", "Created r1; eu a: Settled r1; eu b: Settled r1"),
            ("Update invented to a in eu", "eu a: Settled r1"),
            ("Update S-1ABCDEFGHIJKL to a in eu", "Created r1; eu a: Settled r1"),
        ],
        expect![[r#"
            Create a in eu us | 
                Add eu a: Present
                Add us a: Present
            Create a in eu | eu a: Open r1; us a: Open r1; eu b: Open r1; eu a source: Open r1
                Change eu a: Present
                Remove eu b: Absent
                Remove eu a source: Absent
                Remove us a: Absent
            Create a in eu | Name b; eu b: Settled r1
                Add eu a: Present
                Remove eu b: LetGo
            Create a in eu | Name a; eu a: Settled r1; us a: Settled r1
                Change eu a: Present (RetainedBeforeCreate)
                Remove us a: LetGo
            Create a in eu adopt | Name a; eu a: Settled r1
                Change eu a: Unchanged (Looking)
            Create a in eu adopt | 
                Add eu a: Unchanged (Looking)
            Create a in eu | eu a: Settled r1 Foreign; us a: Settled r1 Foreign
                Add eu a: Present (RetainedBeforeCreate)
            Update failed:r1 to a in eu | eu a: Settled r1; us a: Open r2; eu b: Settled r0
                Change eu a: Present
                Remove eu b: LetGo
                Remove us a: Absent
            Update failed:r1 to a in eu | eu a: Settled r0
                Change eu a: Present (RetainedBeforeCreate)
            Update invented to a in eu | Created r1; eu a: Settled r1; eu b: Settled r1
                Change eu a: Present
                Remove eu b: Absent
            Update invented to a in eu | eu a: Settled r1
                Change eu a: Present (RetainedBeforeCreate)
            Update S-1ABCDEFGHIJKL to a in eu | Created r1; eu a: Settled r1
                Change eu a: Present
        "#]],
    );
}

#[test]
fn an_update_adds_then_changes_then_removes() {
    check(
        &[
            ("Update a in eu us", "Name a; us a: Settled r1; ap a: Settled r1"),
            ("Update a source in eu", "Name a; eu a: Settled r1"),
            // A rename leaves the old name to the clean-up, also what is open there.
            ("Update a to b in eu", "Name a; eu a: Settled r1; us a: Open r2; us c: Open r2; eu c: Settled r0"),
            // Its rollback.
            ("Update b to a in eu", "Name b; by r2; eu a: Settled r2; eu b: Settled r2"),
            // Done, and never heard of.
            ("Update a in eu", "Name b; eu a: Settled r2; eu b: Settled r2"),
            ("Update a to c in eu", "Name b; eu a: Settled r2; eu b: Settled r2"),
            // Retained earlier: good as it is under the wanted name, let go of in other Regions.
            ("Update b to a in eu", "Name b; eu a: Settled r1; us a: Settled r1; eu b: Settled r5"),
            ("Update a in eu", "Name a; eu a: Settled r1; eu c: Settled r0"),
            ("Update a in eu us", "Name a; eu a: Settled r1 Foreign; us a: Open r2 Foreign"),
        ],
        expect![[r#"
            Update a in eu us | Name a; us a: Settled r1; ap a: Settled r1
                Add eu a: Present
                Change us a: Present
                Remove ap a: Absent
            Update a source in eu | Name a; eu a: Settled r1
                Add eu a source: Present
                Remove eu a: Absent
            Update a to b in eu | Name a; eu a: Settled r1; us a: Open r2; us c: Open r2; eu c: Settled r0
                Add eu b: Present
                Remove us c: Absent
            Update b to a in eu | Name b; by r2; eu a: Settled r2; eu b: Settled r2
                Change eu a: Present
            Update a in eu | Name b; eu a: Settled r2; eu b: Settled r2
                Change eu a: Present
                Remove eu b: Absent
            Update a to c in eu | Name b; eu a: Settled r2; eu b: Settled r2
                Add eu c: Present
                Remove eu b: Absent
            Update b to a in eu | Name b; eu a: Settled r1; us a: Settled r1; eu b: Settled r5
                Change eu a: Present (Retained)
                Remove us a: LetGo
            Update a in eu | Name a; eu a: Settled r1; eu c: Settled r0
                Change eu a: Present
            Update a in eu us | Name a; eu a: Settled r1 Foreign; us a: Open r2 Foreign
                Add eu a: Present (TakingOver)
                Add us a: Present (TakingOver)
        "#]],
    );
}

#[test]
fn adopt_existing_looks_takes_over_and_gives_back() {
    check(
        &[
            ("Update a in eu adopt", "Name a; eu a: Settled r1"),
            ("Update a in eu adopt", "Name a; eu a: Open r1"),
            ("Update a in eu adopt", "Name a; eu a: Settled r1 Foreign"),
            ("Update a in eu adopt", "Name a; eu a: Open r2 Foreign"),
            ("Update a in eu us adopt", "Name a; eu a: Settled r1; ap a: Settled r1"),
            ("Update a to b in eu adopt", "Name a; eu a: Settled r1; eu b: Settled r0"),
        ],
        expect![[r#"
            Update a in eu adopt | Name a; eu a: Settled r1
                Change eu a: Present, then given back (Looking)
            Update a in eu adopt | Name a; eu a: Open r1
                Change eu a: Present, then given back
            Update a in eu adopt | Name a; eu a: Settled r1 Foreign
                Add eu a: Unchanged (Looking)
            Update a in eu adopt | Name a; eu a: Open r2 Foreign
                Add eu a: Present, then given back
            Update a in eu us adopt | Name a; eu a: Settled r1; ap a: Settled r1
                Add us a: Unchanged (Looking)
                Change eu a: Present, then given back (Looking)
                Remove ap a: Absent
            Update a to b in eu adopt | Name a; eu a: Settled r1; eu b: Settled r0
                Change eu b: Unchanged (Looking)
        "#]],
    );
}

#[test]
fn retain_regions_leaves_what_leaves() {
    check(
        &[
            ("Update a in eu retain us", "Name a; eu a: Settled r1; us a: Settled r1"),
            ("Update a to b in eu retain us", "Name a; eu a: Settled r1; us a: Settled r1; us c: Open r2"),
            // Not where something is wanted.
            ("Update a source in eu retain eu", "Name a; eu a: Settled r1"),
            ("Update a to b in eu us retain us", "Name a; us a: Settled r1"),
            ("Delete a in eu us retain us", "Name a; eu a: Settled r1; us a: Settled r1; us c: Open r2"),
            ("Delete a in eu us retain us", "Name b; us a: Settled r1"),
            ("Delete a in eu retain us", "Name b; us a: Settled r1"),
            ("Delete failed:r1 of a in us retain us", "us a: Open r1"),
            ("Delete invented of a in us retain us", "Created r1; us a: Settled r1"),
        ],
        expect![[r#"
            Update a in eu retain us | Name a; eu a: Settled r1; us a: Settled r1
                Change eu a: Present
                Remove us a: LetGo
            Update a to b in eu retain us | Name a; eu a: Settled r1; us a: Settled r1; us c: Open r2
                Add eu b: Present
                Remove us a: LetGo
                Remove us c: Absent
            Update a source in eu retain eu | Name a; eu a: Settled r1
                Add eu a source: Present
                Remove eu a: Absent
            Update a to b in eu us retain us | Name a; us a: Settled r1
                Add eu b: Present
                Add us b: Present
            Delete a in eu us retain us | Name a; eu a: Settled r1; us a: Settled r1; us c: Open r2
                Remove eu a: Absent
                Remove us a: Forget
                Remove us c: Absent
            Delete a in eu us retain us | Name b; us a: Settled r1
                Remove us a: Absent
            Delete a in eu retain us | Name b; us a: Settled r1
                Remove us a: Forget
            Delete failed:r1 of a in us retain us | us a: Open r1
                Remove us a: Absent
            Delete invented of a in us retain us | Created r1; us a: Settled r1
                Remove us a: Absent
        "#]],
    );
}

#[test]
fn a_delete_works_from_the_record() {
    check(
        &[
            ("Delete a", ""),
            ("Delete a", "Name a; eu a: Settled r1; us a source: Settled r1; us c: Open r2; eu c: Settled r0"),
            // A clean-up leaves what the resource has now.
            ("Delete a", "Name b; eu a: Settled r2; eu b: Settled r2; us b: Settled r2 Foreign"),
            ("Delete a", "Name a; eu a: Settled r1 Foreign; us a: Open r2 Foreign; eu c: Settled r1 Foreign"),
            ("Delete failed:r1 of a", "eu a: Settled r1; eu b: Settled r1; us a: Open r2; us b: Settled r0"),
            ("Delete invented of a", "Created r1; eu a: Settled r1; eu b: Settled r1; us b: Open r2"),
            ("Delete invented of a", "eu a: Settled r1"),
            ("Delete S-1ABCDEFGHIJKL of a", "Created r1; eu a: Settled r1"),
            ("Delete S-1ABCDEFGHIJKL of a", "Created r1; eu a: Settled r1; eu S-1ABCDEFGHIJKL: Settled r1"),
        ],
        expect![[r#"
            Delete a | 
            Delete a | Name a; eu a: Settled r1; us a source: Settled r1; us c: Open r2; eu c: Settled r0
                Remove eu a: Absent
                Remove us c: Absent
                Remove us a source: Absent
            Delete a | Name b; eu a: Settled r2; eu b: Settled r2; us b: Settled r2 Foreign
                Remove eu a: Absent
            Delete a | Name a; eu a: Settled r1 Foreign; us a: Open r2 Foreign; eu c: Settled r1 Foreign
                Remove eu a: Forget
                Remove eu c: Forget
                Remove us a: Forget
            Delete failed:r1 of a | eu a: Settled r1; eu b: Settled r1; us a: Open r2; us b: Settled r0
                Remove eu a: Absent
                Remove eu b: Absent
                Remove us a: Absent
            Delete invented of a | Created r1; eu a: Settled r1; eu b: Settled r1; us b: Open r2
                Remove eu a: Absent
                Remove us b: Absent
            Delete invented of a | eu a: Settled r1
            Delete S-1ABCDEFGHIJKL of a | Created r1; eu a: Settled r1
                Remove eu a: Absent
            Delete S-1ABCDEFGHIJKL of a | Created r1; eu a: Settled r1; eu S-1ABCDEFGHIJKL: Settled r1
                Remove eu S-1ABCDEFGHIJKL: Absent
        "#]],
    );
}

/// Stances that say the same are one row.
#[test]
fn ownership_is_what_the_entry_says() {
    let entries = [
        "Settled r1 @100 a",
        "Open r1 @100",
        "Open r1 Making:200-1400:b",
        "Open r1 @100 a Making:200-1400:b,a",
        "Open r1 Making:200-1400:b,b/x,b/x/",
        "Settled r1 @100 a Foreign",
        "Open r2 @100 a Foreign",
        "Open r2 @100 a Making:200-1400:b,a Foreign",
    ];
    let listings = [("a", Some(100)), ("b", Some(100)), ("b", Some(195)), ("b", Some(194)), ("b/x", Some(1400)),
        ("b", Some(1401)), ("a", Some(300)), ("c", Some(300)), ("source:eu", Some(300)), ("a", None)];
    let mut table = String::new();
    for stance in STANCES {
        for (configuration, created) in listings {
            assert_eq!(judge(stance, None, &listed(configuration, created)), Verdict::NotOurs, "nothing recorded");
        }
    }
    for text in entries {
        table += &format!("{text}\n");
        for (configuration, created) in listings {
            let verdict = |stance: Stance| match judge(stance, Some(&entry(text)), &listed(configuration, created)) {
                Verdict::Ours(known) => format!("ours, {}", known_text(&known)),
                Verdict::AskOwners(known) => format!("ours unless owned, {}", known_text(&known)),
                Verdict::NotOurs => "–".to_owned(),
            };
            let mut by_verdict: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for stance in STANCES {
                by_verdict.entry(verdict(stance)).or_default().push(format!("{stance:?}"));
            }
            let created = created.map_or_else(|| "?".to_owned(), |created| created.to_string());
            for (verdict, stances) in by_verdict {
                let stances = if stances.len() == STANCES.len() { String::new() } else { stances.join(", ") };
                table += format!("  {configuration:<9} @{created:<5} {verdict:<30} {stances}").trim_end();
                table += "\n";
            }
        }
    }
    expect![[r#"
        Settled r1 @100 a
          a         @100   ours, a
          b         @100   ours, a
          b         @195   –
          b         @194   –
          b/x       @1400  –
          b         @1401  –
          a         @300   –
          c         @300   –
          source:eu @300   –
          a         @?     –
        Open r1 @100
          a         @100   ours, not known what
          b         @100   ours, not known what
          b         @195   –
          b         @194   –
          b/x       @1400  –
          b         @1401  –
          a         @300   –
          c         @300   –
          source:eu @300   –
          a         @?     –
        Open r1 Making:200-1400:b
          a         @100   –
          b         @100   –
          b         @195   ours unless owned, b
          b         @194   –
          b/x       @1400  ours unless owned, not known what
          b         @1401  –
          a         @300   –
          c         @300   –
          source:eu @300   –
          a         @?     –
        Open r1 @100 a Making:200-1400:b,a
          a         @100   ours, about to go
          b         @100   ours, about to go
          b         @195   ours unless owned, b
          b         @194   –
          b/x       @1400  ours unless owned, not known what
          b         @1401  –
          a         @300   ours unless owned, a
          c         @300   –
          source:eu @300   –
          a         @?     –
        Open r1 Making:200-1400:b,b/x,b/x/
          a         @100   –
          b         @100   –
          b         @195   ours unless owned, b
          b         @194   –
          b/x       @1400  ours unless owned, not known what
          b         @1401  –
          a         @300   –
          c         @300   –
          source:eu @300   –
          a         @?     –
        Settled r1 @100 a Foreign
          a         @100   ours unless owned, a           TakingOver
          a         @100   –                              Own, Retained, RetainedBeforeCreate, Looking
          b         @100   ours unless owned, a           TakingOver
          b         @100   –                              Own, Retained, RetainedBeforeCreate, Looking
          b         @195   –
          b         @194   –
          b/x       @1400  –
          b         @1401  –
          a         @300   –
          c         @300   –
          source:eu @300   –
          a         @?     –
        Open r2 @100 a Foreign
          a         @100   ours unless owned, a           TakingOver
          a         @100   ours, a                        Own, Retained, RetainedBeforeCreate, Looking
          b         @100   ours unless owned, a           TakingOver
          b         @100   ours, a                        Own, Retained, RetainedBeforeCreate, Looking
          b         @195   –
          b         @194   –
          b/x       @1400  –
          b         @1401  –
          a         @300   –
          c         @300   –
          source:eu @300   –
          a         @?     –
        Open r2 @100 a Making:200-1400:b,a Foreign
          a         @100   ours unless owned, about to go TakingOver
          a         @100   ours, about to go              Own, Retained, RetainedBeforeCreate, Looking
          b         @100   ours unless owned, about to go TakingOver
          b         @100   ours, about to go              Own, Retained, RetainedBeforeCreate, Looking
          b         @195   ours unless owned, b
          b         @194   –
          b/x       @1400  ours unless owned, not known what
          b         @1401  –
          a         @300   ours unless owned, a
          c         @300   –
          source:eu @300   –
          a         @?     –
    "#]].assert_eq(&table);
}

fn known_text(known: &Known) -> String {
    match known {
        Known::Config(config) => config_text(config),
        Known::Unknown => "not known what".to_owned(),
        Known::AboutToGo(_) => "about to go".to_owned(),
    }
}

#[test]
fn another_record_owns_what_it_speaks_of_and_does_not_look_at() {
    let other = |resource: &str, text: &str| Record { resource: resource.to_owned(), ..record(text) };
    let records = [
        other("stack|Sync", "eu a: Settled r1 @100 a"),
        other("stack|Looks", "eu a: Settled r1 @100 a Foreign"),
        other("stack|Elsewhere", "us a: Settled r1 @100 a"),
        other("two|Owns|a", "eu a: Open r1 @200 Making:100-1300:a"),
    ];
    let owned = |created: Option<i64>| owner("stack|Sync", &key("eu a"), created.map(at), &records);
    assert_eq!((owned(Some(100)), owned(None), owned(Some(300))), (None, None, None));
    expect![[r#"
        Some(
            Resource {
                stack_id: "two",
                logical_id: "Owns",
                resource: "two|Owns|a",
                relation: OtherStack,
            },
        )
    "#]].assert_debug_eq(&owned(Some(200)));
}

/// What an event does to one sync, and what comes of it.
struct Case {
    what: &'static str,
    of: RequestType,
    before: Option<&'static str>,
    goal: Goal,
    announced: Announcement,
    end: Option<End>,
    progress: Progress,
    restored: Option<End>,
}

fn present(then: Then) -> Goal {
    Goal::Present { config: config("b"), status: StatusWanted::First, then }
}

fn refused() -> End {
    End::Failed(Cause::Call {
        error: CallError::Service {
            operation: Operation::Create,
            kind: ErrorKind::Refused,
            code: "No".to_owned(),
            message: None,
        },
        config: None,
    })
}

impl Case {
    fn new(what: &'static str, of: RequestType, before: Option<&'static str>, goal: Goal) -> Self {
        let (announced, progress) = (Announcement::Nothing, Progress::default());
        Self { what, of, before, goal, announced, end: None, progress, restored: None }
    }

    fn does(self, announced: Announcement, end: End, progress: Progress) -> Self {
        Self { announced, end: Some(end), progress, ..self }
    }

    /// The record before, opened and closed.
    fn told(&self) -> String {
        let before = record(&self.before.map(|before| format!("Name a; Created r0; eu a: {before}")).unwrap_or_default());
        let task = Task {
            key: key("eu a"),
            entry: before.syncs.get(&key("eu a")).cloned(),
            stance: Stance::Own,
            goal: self.goal.clone(),
            phase: Phase::Change,
        };
        let request = request(self.of, "r2");
        let opened = before.opened(&[(&task, self.announced.clone())], &request, at(1_000));
        let written = before.taken_over(&request, "attempt", at(1_000));
        let written = Record { syncs: opened.clone().unwrap_or_else(|| before.syncs.clone()), ..written };
        let outcome = match &self.end {
            Some(end) => TaskOutcome::new(task, end.clone(), &self.progress, self.restored.clone(), at(1_010)),
            None => TaskOutcome::untouched(task, None),
        };
        let is_success = outcome.failure().is_none() && self.end.is_some();
        let name = "a".into();
        let closing = Closing {
            request: &request,
            is_success,
            name: (is_success && self.of != RequestType::Delete).then_some(&name),
            left_to_clean_up: None,
            now: at(1_010),
        };
        let closed = written.closed(&before.syncs, &[outcome], &closing);
        let of = |syncs: &BTreeMap<SyncKey, Entry>| syncs.get(&key("eu a")).map_or("–".to_owned(), entry_text);
        let opened = opened.map_or("not opened".to_owned(), |syncs| of(&syncs));
        let gone = closed.expires.map(|expires| format!(", expires {expires}")).unwrap_or_default();
        let how = if is_success { "SUCCESS" } else { "FAILED" };
        let closed = format!("{} ({how}, {:?}{gone})", of(&closed.syncs), closed.state);
        format!("{}: {:?}\n  {}\n  {opened}\n  {closed}\n", self.what, self.of, of(&before.syncs))
    }
}

#[test]
fn a_record_is_opened_and_closed() {
    use RequestType::{Create, Delete, Update};
    let made = || Progress { created: Attempt::Accepted, has_tried_create: true, ..Progress::default() };
    let saw = |created: i64, configuration: &str| {
        Some(Some(Seen { created: Some(at(created)), config: Some(config(configuration)) }))
    };
    let replaced = || Progress { deleted: Attempt::Accepted, previous: Some(config("a")), ..Progress::default() };
    let unresolved = Some(Unresolved { sent_at: at(1_009), is_followed: false });
    let settled = |created| End::Settled(listed("b", Some(created)));
    let replace = || Announcement::Replace { exists: Some(at(100)), previous: Some(config("a")) };
    let gone = || Progress { seen: Some(None), ..replaced() };
    let was = Some("Settled r1 @100 a");
    let rows = [
        Case::new("made", Create, None, present(Then::Keep)).does(
            Announcement::Create, settled(1_001), Progress { seen: saw(1_001, "b"), ..made() }),
        Case::new("no status yet", Create, None, present(Then::Keep)).does(
            Announcement::Create, End::NoStatusYet(listed("b", Some(1_001))), made()),
        Case::new("failed first sync", Create, None, present(Then::Keep)).does(
            Announcement::Create, refused(), Progress { seen: saw(1_001, "b"), is_created_seen: true, ..made() }),
        Case::new("never listed", Create, None, present(Then::Keep)).does(
            Announcement::Create, refused(), Progress { seen: Some(None), ..made() }),
        Case::new("refused", Create, None, present(Then::Keep)).does(
            Announcement::Create, refused(), Progress { has_tried_create: true, seen: Some(None), ..Progress::default() }),
        Case::new("unknown", Create, None, present(Then::Keep)).does(
            Announcement::Create, refused(), Progress { created: Attempt::Unknown, unresolved, ..made() }),
        Case::new("gone on from", Create, Some("Open r1 Making:500-1700:a"), present(Then::Keep)).does(
            Announcement::Create, settled(1_001), made()),
        Case::new("missing after it was let go of", Update, Some("Settled r1 @100 a Foreign"), present(Then::Keep)).does(
            Announcement::Create, settled(1_001), made()),
        Case::new("as it was", Update, Some("Settled r1 @100 b"), present(Then::Keep)).does(
            Announcement::Nothing, settled(100), Progress::default()),
        Case::new("updated", Update, was, present(Then::Keep)).does(
            Announcement::Update { exists: Some(at(100)) }, settled(100),
            Progress { updated: Attempt::Accepted, seen: saw(100, "b"), ..Progress::default() }),
        Case::new("update unknown", Update, was, present(Then::Keep)).does(
            Announcement::Update { exists: Some(at(100)) }, refused(),
            Progress { updated: Attempt::Unknown, unresolved, ..Progress::default() }),
        Case::new("replaced", Update, was, present(Then::Keep)).does(
            replace(), settled(1_001), Progress { created: Attempt::Accepted, ..replaced() }),
        Case { restored: Some(End::Settled(listed("a", Some(1_005)))), ..Case::new(
            "restored", Update, was, present(Then::Keep)).does(replace(), refused(), replaced()) },
        Case { restored: Some(refused()), ..Case::new(
            "restore refused", Update, was, present(Then::Keep)).does(replace(), refused(), gone()) },
        Case::new("delete refused", Update, was, present(Then::Keep)).does(replace(), refused(), Progress::default()),
        Case::new("removed", Update, was, Goal::Absent).does(Announcement::Delete, End::Gone, gone()),
        Case::new("removed", Delete, was, Goal::Absent).does(Announcement::Delete, End::Gone, gone()),
        Case::new("left to its owner", Delete, was, Goal::Absent).does(
            Announcement::Delete, End::LeftAlone(listed("c", Some(300))), Progress::default()),
        Case::new("still listed", Delete, was, Goal::Absent).does(Announcement::Delete, refused(), replaced()),
        Case::new("removal refused", Delete, was, Goal::Absent).does(
            Announcement::Delete, refused(), Progress::default()),
        Case::new("removal refused", Update, was, Goal::Absent).does(
            Announcement::Delete, refused(), Progress::default()),
        Case { announced: Announcement::Delete, ..Case::new("not begun", Update, was, Goal::Absent) },
        Case { announced: Announcement::Delete, ..Case::new("not begun", Delete, was, Goal::Absent) },
        Case { announced: Announcement::LetGo, ..Case::new("not let go of", Update, was, Goal::LetGo) },
        Case::new("let go of", Update, was, Goal::LetGo).does(Announcement::LetGo, End::Gone, Progress::default()),
        Case::new("forgotten", Delete, was, Goal::Forget).does(Announcement::Nothing, End::Gone, Progress::default()),
        Case::new("looked at", Create, None, Goal::Unchanged { config: config("b") }).does(
            Announcement::Nothing, settled(100), Progress::default()),
        Case::new("given back", Update, Some("Settled r1 @100 b"), present(Then::GiveBack)).does(
            Announcement::Nothing, settled(100), Progress::default()),
        Case::new("taken over", Update, Some("Settled r1 @100 b Foreign"), present(Then::Keep)).does(
            Announcement::Nothing, settled(100), Progress::default()),
        Case::new("closed", Update, Some("Settled r1 @100 b"), present(Then::Keep)).does(
            Announcement::MarkClosed, End::Closed, Progress::default()),
        Case { announced: Announcement::MarkClosed, ..Case::new(
            "closed, and another Region fails", Update, Some("Settled r1 @100 b"), present(Then::Keep)) },
    ];
    expect![[r#"
        made: Create
          –
          Open r2 Making:1000-2200:b
          Settled r2 @1001 b (SUCCESS, Done)
        no status yet: Create
          –
          Open r2 Making:1000-2200:b
          Settled r2 @1001 b (SUCCESS, Done)
        failed first sync: Create
          –
          Open r2 Making:1000-2200:b
          Open r2 @1001 b (FAILED, Done)
        never listed: Create
          –
          Open r2 Making:1000-2200:b
          Open r2 Making:1000-2200:b (FAILED, Done)
        refused: Create
          –
          Open r2 Making:1000-2200:b
          – (FAILED, Done, expires 87410)
        unknown: Create
          –
          Open r2 Making:1000-2200:b
          Open r2 Making:1000-2200:b (FAILED, Working)
        gone on from: Create
          Open r1 Making:500-1700:a
          Open r2 Making:500-2200:b,a
          Settled r2 @1001 b (SUCCESS, Done)
        missing after it was let go of: Update
          Settled r1 @100 a Foreign
          Open r2 Making:1000-2200:b
          Settled r2 @1001 b (SUCCESS, Done)
        as it was: Update
          Settled r1 @100 b
          not opened
          Settled r2 @100 b (SUCCESS, Done)
        updated: Update
          Settled r1 @100 a
          Open r2 @100
          Settled r2 @100 b (SUCCESS, Done)
        update unknown: Update
          Settled r1 @100 a
          Open r2 @100
          Open r2 @100 (FAILED, Working)
        replaced: Update
          Settled r1 @100 a
          Open r2 @100 a Making:1000-2200:b,a
          Settled r2 @1001 b (SUCCESS, Done)
        restored: Update
          Settled r1 @100 a
          Open r2 @100 a Making:1000-2200:b,a
          Open r2 @1005 a (FAILED, Done)
        restore refused: Update
          Settled r1 @100 a
          Open r2 @100 a Making:1000-2200:b,a
          – (FAILED, Done, expires 87410)
        delete refused: Update
          Settled r1 @100 a
          Open r2 @100 a Making:1000-2200:b,a
          Settled r1 @100 a (FAILED, Done)
        removed: Update
          Settled r1 @100 a
          Open r2 @100 a
          – (SUCCESS, Done, expires 87410)
        removed: Delete
          Settled r1 @100 a
          Open r2 @100 a
          – (SUCCESS, Done, expires 87410)
        left to its owner: Delete
          Settled r1 @100 a
          Open r2 @100 a
          – (SUCCESS, Done, expires 87410)
        still listed: Delete
          Settled r1 @100 a
          Open r2 @100 a
          Open r2 @100 a (FAILED, Done)
        removal refused: Delete
          Settled r1 @100 a
          Open r2 @100 a
          Open r2 @100 a (FAILED, Done)
        removal refused: Update
          Settled r1 @100 a
          Open r2 @100 a
          Settled r1 @100 a (FAILED, Done)
        not begun: Update
          Settled r1 @100 a
          Open r2 @100 a
          Settled r1 @100 a (FAILED, Done)
        not begun: Delete
          Settled r1 @100 a
          Open r2 @100 a
          Open r2 @100 a (FAILED, Done)
        not let go of: Update
          Settled r1 @100 a
          Settled r2 @100 a Foreign
          Settled r1 @100 a (FAILED, Done)
        let go of: Update
          Settled r1 @100 a
          Settled r2 @100 a Foreign
          Settled r2 @100 a Foreign (SUCCESS, Done)
        forgotten: Delete
          Settled r1 @100 a
          not opened
          – (SUCCESS, Done, expires 87410)
        looked at: Create
          –
          not opened
          Settled r2 @100 b Foreign (SUCCESS, Done)
        given back: Update
          Settled r1 @100 b
          not opened
          Settled r2 @100 b Foreign (SUCCESS, Done)
        taken over: Update
          Settled r1 @100 b Foreign
          not opened
          Settled r2 @100 b (SUCCESS, Done)
        closed: Update
          Settled r1 @100 b
          Settled r1 @100 b Foreign
          Settled r2 @100 b (SUCCESS, Done)
        closed, and another Region fails: Update
          Settled r1 @100 b
          Settled r1 @100 b Foreign
          Settled r1 @100 b (FAILED, Done)
    "#]].assert_eq(&rows.iter().map(Case::told).collect::<String>());
}

#[test]
fn a_rename_leaves_the_old_name_settled_for_its_clean_up() {
    let found = record("Name a; Created r1; eu a: Open r1 @100 a; us a: Open r1 @100 a Making:500-1700:a; ap a: Open r1; \
        eu c: Open r1 @100 a; me a: Settled r1 @100 a Foreign");
    let request = request(RequestType::Update, "r2");
    let (old, new) = ("a".into(), "b".into());
    let closing =
        Closing { request: &request, is_success: true, name: Some(&new), left_to_clean_up: Some(&old), now: at(1_010) };
    let closed = found.closed(&found.syncs, &[], &closing);
    assert_eq!((closed.name, closed.created, closed.expires), (Some(new), None, None));
    let syncs = closed.syncs.iter().map(|(key, entry)| format!("{}: {}\n", key_text(key), entry_text(entry)));
    expect![[r#"
        ap a: Open r1
        eu a: Settled r2 @100 a
        eu c: Open r1 @100 a
        me a: Settled r1 @100 a Foreign
        us a: Open r1 @100 a Making:500-1700:a
    "#]].assert_eq(&syncs.collect::<String>());
}

#[test]
fn a_record_is_an_item_that_people_can_read() {
    let mut whole = record("Name a/b; Created r1; eu a/b: Settled r1 @100 source:eu; \
        us a/b: Open r2 @100 a/p Making:200-1400:b,a/p Foreign");
    whole = whole.taken_over(&request(RequestType::Update, "r2"), "0123456789abcdef", at(1_010));
    whole.response = Some("{\"Status\":\"SUCCESS\"}".to_owned());
    whole.expires = Some(87_410);
    let item: HashMap<String, AttributeValue> = to_item(&whole).expect("an item");
    assert_eq!(from_item::<_, Record>(item.clone()).expect("a record"), whole);
    let sorted: BTreeMap<&String, &AttributeValue> = item.iter().collect();
    expect![[r#"
        {
          "Attempt": {
            "S": "0123456789abcdef"
          },
          "Created": {
            "S": "r1"
          },
          "Expires": {
            "N": "87410"
          },
          "Format": {
            "N": "1"
          },
          "Name": {
            "S": "a/b"
          },
          "RequestId": {
            "S": "r2"
          },
          "RequestTime": {
            "N": "1000"
          },
          "RequestType": {
            "S": "Update"
          },
          "Resource": {
            "S": "stack|Sync"
          },
          "Response": {
            "S": "{\"Status\":\"SUCCESS\"}"
          },
          "State": {
            "S": "Working"
          },
          "Syncs": {
            "M": {
              "eu/SyncToDestination/a/b": {
                "M": {
                  "Configuration": {
                    "S": "{\"SyncSource\":{\"SourceType\":\"SingleAccountMultiRegions\",\"SourceRegions\":[\"eu\"],\"IncludeFutureRegions\":false}}"
                  },
                  "RequestId": {
                    "S": "r1"
                  },
                  "State": {
                    "S": "Settled"
                  },
                  "SyncCreatedTime": {
                    "N": "100"
                  }
                }
              },
              "us/SyncToDestination/a/b": {
                "M": {
                  "Configuration": {
                    "S": "{\"S3Destination\":{\"BucketName\":\"a\",\"Prefix\":\"p\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"
                  },
                  "Foreign": {
                    "BOOL": true
                  },
                  "Making": {
                    "M": {
                      "Configurations": {
                        "L": [
                          {
                            "S": "{\"S3Destination\":{\"BucketName\":\"b\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"
                          },
                          {
                            "S": "{\"S3Destination\":{\"BucketName\":\"a\",\"Prefix\":\"p\",\"SyncFormat\":\"JsonSerDe\",\"Region\":\"eu-west-1\"}}"
                          }
                        ]
                      },
                      "Since": {
                        "N": "200"
                      },
                      "Until": {
                        "N": "1400"
                      }
                    }
                  },
                  "RequestId": {
                    "S": "r2"
                  },
                  "State": {
                    "S": "Open"
                  },
                  "SyncCreatedTime": {
                    "N": "100"
                  }
                }
              }
            }
          },
          "Version": {
            "N": "1"
          },
          "Written": {
            "N": "1010"
          }
        }"#]].assert_eq(&serde_json::to_string_pretty(&json!(sorted)).expect("JSON"));

    let bare = Record::new("stack|Sync".into(), request(RequestType::Create, "r1"), "attempt".into());
    let item: HashMap<String, AttributeValue> = to_item(&bare).expect("an item");
    assert_eq!(from_item::<_, Record>(item.clone()).expect("a record"), bare);
    assert!(item.values().all(|value| *value != AttributeValue::Null(true)), "{item:?}");
    for ms in [1_795_420_800_001, 1_795_420_800_999, 4_102_444_799_999] {
        let time = resource_data_sync::clock::from_millis(ms);
        let mut timed = record("eu a: Settled r1 @100 a");
        timed.syncs.values_mut().for_each(|entry| entry.sync_created_time = Some(time));
        let item: HashMap<String, AttributeValue> = to_item(&timed).expect("an item");
        assert_eq!(from_item::<_, Record>(item).expect("a record"), timed, "{ms}");
    }
}
