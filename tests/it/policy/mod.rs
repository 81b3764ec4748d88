//! The policy: what an event means, whose a sync is, what a record says before and after, and what no step ever does.

mod plan;
mod record;
mod text;

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use resource_data_sync::policy::{
    Owner,
    ownership::{Known, Verdict, owner, verdict},
    record::Record,
    task::{Goal, Stance, Task, Then},
    tasks::tasks,
};

use crate::golden;
use text::{at, change, config_text, entry, key, key_text, listed, record};

pub const STANCES: [Stance; 5] =
    [Stance::Own, Stance::Retained, Stance::RetainedBeforeCreate, Stance::TakingOver, Stance::Adopting];

/// Lines of an event and, behind a bar, the record that it finds; out come its tasks.
fn check(table: &Expect) {
    let told = |task: &Task| {
        let goal = match &task.goal {
            Goal::Present { then: Then::GiveBack, .. } => "Present, then given back",
            Goal::Present { .. } => "Present",
            Goal::Unchanged { .. } => "Unchanged",
            Goal::Absent => "Absent",
            Goal::LetGo => "LetGo",
            Goal::Forget => "Forget",
        };
        let stance = if task.stance == Stance::Own { String::new() } else { format!(" ({:?})", task.stance) };
        format!("{:?} {}: {goal}{stance}", task.phase, key_text(&task.key))
    };
    golden::check(table, |line| {
        let Some((event, found)) = line.split_once(" |") else { return Vec::new() };
        let tasks: Vec<String> = tasks(&change(event), &record(found.trim())).iter().map(told).collect();
        vec![if tasks.is_empty() { "nothing".to_owned() } else { tasks.join("; ") }]
    });
}

#[test]
fn a_create_goes_on_from_what_is_open() {
    check(&expect![[r#"
        Create a in eu us | → Add eu a: Present; Add us a: Present
        Create a in eu | eu a: Open r1; us a: Open r1; eu b: Open r1; eu a source: Open r1
          → Change eu a: Present; Remove eu b: Absent; Remove eu a source: Absent; Remove us a: Absent
        Create a in eu | Name b; eu b: Settled r1 → Add eu a: Present; Remove eu b: LetGo
        Create a in eu | Name a; eu a: Settled r1; us a: Settled r1
          → Change eu a: Present (RetainedBeforeCreate); Remove us a: LetGo
        Create a in eu adopt | Name a; eu a: Settled r1 → Change eu a: Unchanged (Adopting)
        Create a in eu adopt | → Add eu a: Unchanged (Adopting)
        Create a in eu | eu a: Settled r1 Foreign; us a: Settled r1 Foreign
          → Add eu a: Present (RetainedBeforeCreate)
        # An Update under the id of a failed Create is one.
        Update failed:r1 to a in eu | eu a: Settled r1; us a: Open r2; eu b: Settled r0
          → Change eu a: Present; Remove eu b: LetGo; Remove us a: Absent
        Update failed:r1 to a in eu | eu a: Settled r0 → Change eu a: Present (RetainedBeforeCreate)
        Update invented to a in eu | Created r1; eu a: Settled r1; eu b: Settled r1
          → Change eu a: Present; Remove eu b: Absent
        Update invented to a in eu | eu a: Settled r1 → Change eu a: Present (RetainedBeforeCreate)
        Update S-1ABCDEFGHIJKL to a in eu | Created r1; eu a: Settled r1 → Change eu a: Present
    "#]]);
}

#[test]
fn an_update_adds_then_changes_then_removes() {
    check(&expect![[r#"
        Update a in eu us | Name a; us a: Settled r1; ap a: Settled r1
          → Add eu a: Present; Change us a: Present; Remove ap a: Absent
        Update a source in eu | Name a; eu a: Settled r1 → Add eu a source: Present; Remove eu a: Absent
        # A rename leaves the old name to the clean-up, also what is open there.
        Update a to b in eu | Name a; eu a: Settled r1; us a: Open r2; us c: Open r2; eu c: Settled r0
          → Add eu b: Present; Remove us c: Absent
        # Its rollback.
        Update b to a in eu | Name b; by r2; eu a: Settled r2; eu b: Settled r2 → Change eu a: Present
        # Done, and never heard of.
        Update a in eu | Name b; eu a: Settled r2; eu b: Settled r2 → Change eu a: Present; Remove eu b: Absent
        Update a to c in eu | Name b; eu a: Settled r2; eu b: Settled r2 → Add eu c: Present; Remove eu b: Absent
        # Retained earlier: good as it is under the wanted name, let go of in other Regions.
        Update b to a in eu | Name b; eu a: Settled r1; us a: Settled r1; eu b: Settled r5
          → Change eu a: Present (Retained); Remove us a: LetGo
        Update a in eu | Name a; eu a: Settled r1; eu c: Settled r0 → Change eu a: Present
        Update a in eu us | Name a; eu a: Settled r1 Foreign; us a: Open r2 Foreign
          → Add eu a: Present (TakingOver); Add us a: Present (TakingOver)
    "#]]);
}

#[test]
fn adopt_existing_looks_takes_over_and_gives_back() {
    check(&expect![[r#"
        Update a in eu adopt | Name a; eu a: Settled r1 → Change eu a: Present, then given back (Adopting)
        Update a in eu adopt | Name a; eu a: Open r1 → Change eu a: Present, then given back
        Update a in eu adopt | Name a; eu a: Settled r1 Foreign; us a: Settled r1 Foreign
          → Add eu a: Unchanged (Adopting)
        Update a in eu adopt | Name a; eu a: Open r2 Foreign → Add eu a: Present, then given back
        Update a in eu us adopt | Name a; eu a: Settled r1; ap a: Settled r1
          → Add us a: Unchanged (Adopting); Change eu a: Present, then given back (Adopting); Remove ap a: Absent
        Update a to b in eu adopt | Name a; eu a: Settled r1; eu b: Settled r0 → Change eu b: Unchanged (Adopting)
    "#]]);
}

#[test]
fn retain_regions_leaves_what_leaves() {
    check(&expect![[r#"
        Update a in eu retain us | Name a; eu a: Settled r1; us a: Settled r1
          → Change eu a: Present; Remove us a: LetGo
        Update a to b in eu retain us | Name a; eu a: Settled r1; us a: Settled r1; us c: Open r2
          → Add eu b: Present; Remove us a: LetGo; Remove us c: Absent
        # Not where something is wanted.
        Update a source in eu retain eu | Name a; eu a: Settled r1 → Add eu a source: Present; Remove eu a: Absent
        Update a to b in eu us retain us | Name a; us a: Settled r1 → Add eu b: Present; Add us b: Present
        Delete a in eu us retain us | Name a; eu a: Settled r1; us a: Settled r1; us c: Open r2
          → Remove eu a: Absent; Remove us a: Forget; Remove us c: Absent
        Delete a in eu us retain us | Name b; us a: Settled r1 → Remove us a: Absent
        Delete a in eu retain us | Name b; us a: Settled r1 → Remove us a: Forget
        Delete failed:r1 of a in us retain us | us a: Open r1 → Remove us a: Absent
        Delete invented of a in us retain us | Created r1; us a: Settled r1 → Remove us a: Absent
    "#]]);
}

#[test]
fn a_delete_works_from_the_record() {
    check(&expect![[r#"
        Delete a | → nothing
        Delete a | Name a; eu a: Settled r1; us a source: Settled r1; us c: Open r2; eu c: Settled r0
          → Remove eu a: Absent; Remove us c: Absent; Remove us a source: Absent
        # A clean-up leaves what the resource has now.
        Delete a | Name b; eu a: Settled r2; eu b: Settled r2; us b: Settled r2 Foreign → Remove eu a: Absent
        Delete a | Name a; eu a: Settled r1 Foreign; us a: Open r2 Foreign; eu c: Settled r1 Foreign
          → Remove eu a: Forget; Remove eu c: Forget; Remove us a: Forget
        Delete failed:r1 of a | eu a: Settled r1; eu b: Settled r1; us a: Open r2; us b: Settled r0
          → Remove eu a: Absent; Remove eu b: Absent; Remove us a: Absent
        Delete invented of a | Created r1; eu a: Settled r1; eu b: Settled r1; us b: Open r2
          → Remove eu a: Absent; Remove us b: Absent
        Delete invented of a | eu a: Settled r1 → nothing
        Delete S-1ABCDEFGHIJKL of a | Created r1; eu a: Settled r1 → Remove eu a: Absent
        Delete S-1ABCDEFGHIJKL of a | Created r1; eu a: Settled r1; eu S-1ABCDEFGHIJKL: Settled r1
          → Remove eu S-1ABCDEFGHIJKL: Absent
    "#]]);
}

/// What is not in the table is not ours; stances that say the same are one row.
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
    // At the edges of a Making's time, of other targets, and without a time.
    let in_time = [("b", 195), ("b", 194), ("b/x", 1_400), ("b", 1_401), ("a", 300), ("c", 300), ("source:eu", 300)];
    let timed = [("a", 100), ("b", 100)].into_iter().chain(in_time);
    let listings: Vec<_> = timed.map(|(of, created)| (of, Some(created))).chain([("a", None)]).collect();
    let mut table = String::new();
    for text in entries {
        table += &format!("{text}\n");
        for (of, created) in &listings {
            let mut verdicts: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for stance in STANCES {
                assert_eq!(verdict(stance, None, &listed(of, *created)), Verdict::NotOurs, "nothing is recorded");
                let verdict = match verdict(stance, Some(&entry(text)), &listed(of, *created)) {
                    Verdict::Ours(known) => format!("ours, {}", known_text(&known)),
                    Verdict::OursUnlessOwned(known) => format!("ours unless owned, {}", known_text(&known)),
                    Verdict::NotOurs => continue,
                };
                verdicts.entry(verdict).or_default().push(format!("{stance:?}"));
            }
            for (verdict, stances) in verdicts {
                let stances = if stances.len() == STANCES.len() { "any stance".into() } else { stances.join(", ") };
                table += &format!("  {of} @{}: {verdict} ({stances})\n", created.unwrap_or_default());
            }
        }
    }
    expect![[r#"
        Settled r1 @100 a
          a @100: ours, a (any stance)
          b @100: ours, a (any stance)
        Open r1 @100
          a @100: ours, not known what (any stance)
          b @100: ours, not known what (any stance)
        Open r1 Making:200-1400:b
          b @195: ours unless owned, b (any stance)
          b/x @1400: ours unless owned, not known what (any stance)
        Open r1 @100 a Making:200-1400:b,a
          a @100: ours, about to go (any stance)
          b @100: ours, about to go (any stance)
          b @195: ours unless owned, b (any stance)
          b/x @1400: ours unless owned, not known what (any stance)
          a @300: ours unless owned, a (any stance)
        Open r1 Making:200-1400:b,b/x,b/x/
          b @195: ours unless owned, b (any stance)
          b/x @1400: ours unless owned, not known what (any stance)
        Settled r1 @100 a Foreign
          a @100: ours unless owned, a (TakingOver)
          b @100: ours unless owned, a (TakingOver)
        Open r2 @100 a Foreign
          a @100: ours unless owned, a (TakingOver)
          a @100: ours, a (Own, Retained, RetainedBeforeCreate, Adopting)
          b @100: ours unless owned, a (TakingOver)
          b @100: ours, a (Own, Retained, RetainedBeforeCreate, Adopting)
        Open r2 @100 a Making:200-1400:b,a Foreign
          a @100: ours unless owned, about to go (TakingOver)
          a @100: ours, about to go (Own, Retained, RetainedBeforeCreate, Adopting)
          b @100: ours unless owned, about to go (TakingOver)
          b @100: ours, about to go (Own, Retained, RetainedBeforeCreate, Adopting)
          b @195: ours unless owned, b (any stance)
          b/x @1400: ours unless owned, not known what (any stance)
          a @300: ours unless owned, a (any stance)
    "#]]
    .assert_eq(&table);
}

fn known_text(known: &Known) -> String {
    match known {
        Known::Config(config) => config_text(config),
        Known::Unknown => "not known what".to_owned(),
        Known::AboutToGo(_) => "about to go".to_owned(),
    }
}

#[test]
fn another_record_owns_what_it_has_made() {
    let other = |resource: &str, text: &str| Record { resource: resource.to_owned(), ..record(text) };
    let records = [
        other("stack|Sync", "eu a: Settled r1 @100 a"),
        other("stack|Looks", "eu a: Settled r1 @100 a Foreign"),
        other("stack|Elsewhere", "us a: Settled r1 @100 a"),
        other("two|Owns|a", "eu a: Open r1 @200 Making:100-1300:a"),
        other("stack|Twin", "eu a: Settled r1 @400 a"),
    ];
    let told = |created: Option<i64>| match owner("stack|Sync", &key("eu a"), created.map(at), &records) {
        Some(Owner::Resource { stack_id, logical_id, resource, relation }) => {
            format!("{created:?}: {stack_id}, {logical_id}, {resource}, {relation:?}\n")
        }
        other => format!("{created:?}: {other:?}\n"),
    };
    expect![[r#"
        None: None
        Some(100): None
        Some(200): two, Owns, two|Owns|a, OtherStack
        Some(300): None
        Some(400): stack, Twin, stack|Twin, SameStack
    "#]]
    .assert_eq(&[None, Some(100), Some(200), Some(300), Some(400)].map(told).concat());
}
