//! The table of deliberate breaks keeps up with the sources. Breaking them takes long: `cargo run --example mutants`.

#[path = "../mutants/table.rs"]
mod table;

use std::{collections::BTreeSet, fs, path::Path};

use table::{Edit, MUTANTS, Mutant};

#[test]
fn every_break_finds_its_place_exactly_once() {
    for Mutant { name, edits, .. } in MUTANTS {
        for Edit { file, find, replace } in *edits {
            let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a source");
            assert_eq!(source.matches(find).count(), 1, "{name}: {find} in {file}");
            assert_ne!(find, replace, "{name} breaks something");
        }
    }
}

#[test]
fn every_break_has_a_name_of_its_own_and_says_what_it_would_do() {
    let names: BTreeSet<&str> = MUTANTS.iter().map(|mutant| mutant.name).collect();
    assert_eq!(names.len(), MUTANTS.len());
    assert!(MUTANTS.iter().all(|mutant| !mutant.why.is_empty() && mutant.survives != Some("")));
}
