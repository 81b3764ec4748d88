//! What happens to stacks, drawn from seeds and run on the real function: hours cost milliseconds.
//!
//! `cargo test` runs the first seeds. `SIMULATE=FIRST..LAST cargo test --release --test it simulation -- --nocapture` runs any
//! others, and `SIMULATE=SEED` tells the story of one that breaks an invariant.

pub mod desired;
pub mod invariants;
pub mod lambda;
pub mod ledger;
pub mod limits;
pub mod run;
pub mod scenario;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    thread,
};

use self::{
    invariants::Violation,
    run::{Tally, run},
    scenario::Scenario,
};

/// Seeds that every test run takes.
const SEEDS: Range<u64> = 0..2_000;
/// Scenarios that break an invariant, after which no more are run.
const BROKEN_MAX: usize = 20;
const SHRINKING_ATTEMPTS_MAX: u32 = 600;

#[test]
fn no_scenario_breaks_an_invariant() {
    let seeds = seeds();
    let whole = Mutex::new(Tally::default());
    let broken: Mutex<BTreeMap<u64, Violation>> = Mutex::default();
    let lock = || broken.lock().unwrap_or_else(PoisonError::into_inner);
    side_by_side(seeds.clone(), |seed| {
        if lock().len() < BROKEN_MAX {
            match attempt(seed, &Scenario::draw(seed)) {
                Ok(tally) => whole.lock().unwrap_or_else(PoisonError::into_inner).add(tally),
                Err(violation) => drop(lock().insert(seed, violation)),
            }
        }
    });
    for (seed, violation) in &*lock() {
        eprintln!("seed {seed}: {}: {}", violation.invariant, violation.words);
    }
    if let Some((seed, violation)) = lock().pop_first() {
        eprintln!("looking for the shortest scenario that shows the first");
        let (shortest, violation) = shrink(seed, Scenario::draw(seed), violation);
        panic!("{}", story(seed, &shortest, &violation));
    }
    let tally = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{} events in the scenarios of the seeds {seeds:?}", tally.events);
    for limit in limits::LIMITS {
        if let Some(count) = tally.limits.get(&limit.number) {
            println!("{count:>5} x limit {}: {}", limit.number, limit.text());
        }
    }
}

fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("SIMULATE") else { return SEEDS };
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("SIMULATE is SEED or FIRST..LAST, not {asked}"));
    match asked.split_once("..") {
        Some((first, last)) => number(first)..number(last),
        None => number(&asked)..number(&asked) + 1,
    }
}

/// Does work on each item, on every processor.
pub fn side_by_side<T: Send>(items: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
    let items = Mutex::new(items);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(item) = { items.lock().unwrap_or_else(PoisonError::into_inner).next() } {
                    work(item);
                }
            });
        }
    });
}

/// Runs a scenario; a panic breaks an invariant, too.
pub fn attempt(seed: u64, scenario: &Scenario) -> Result<Tally, Violation> {
    catch_unwind(AssertUnwindSafe(|| run(seed, scenario))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Violation::new("nothing panics", text.unwrap_or_default()))
    })
}

/// The shortest scenario that can be found and that breaks an invariant still.
fn shrink(seed: u64, mut scenario: Scenario, mut violation: Violation) -> (Scenario, Violation) {
    let mut attempts = 0;
    loop {
        let smaller = scenario.smaller().into_iter().find_map(|smaller| {
            attempts += 1;
            if attempts > SHRINKING_ATTEMPTS_MAX {
                return None;
            }
            let found = attempt(seed, &smaller).err()?;
            (found.invariant == violation.invariant).then_some((smaller, found))
        });
        match smaller {
            Some(found) => (scenario, violation) = found,
            None => return (scenario, violation),
        }
    }
}

/// A violation, for a person.
fn story(seed: u64, scenario: &Scenario, violation: &Violation) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "\nAn invariant is broken: {}: {}\n", violation.invariant, violation.words);
    let _ = writeln!(text, "The shortest scenario that shows it (of seed {seed}):\n{scenario}");
    let _ = writeln!(text, "What was called:\n{}", violation.transcript);
    text
}
