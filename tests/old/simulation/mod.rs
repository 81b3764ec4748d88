//! Stack histories, drawn from seeds and played on the real function: hours of a stack's life cost milliseconds.
//!
//! `cargo test` plays the first seeds. `SIMULATE=FIRST..LAST cargo test --release --test it simulation -- --nocapture` plays
//! any others, and `SIMULATE=SEED` tells the story of one that breaks a promise.

mod coverage;
mod history;
mod play;
mod wish;

use std::{
    collections::{BTreeSet, HashSet},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use self::{
    coverage::Coverage,
    history::History,
    play::{Tally, Violation, play, story},
};
use crate::policy::every_situation;

/// Seeds that every run plays.
const SEEDS: Range<u64> = 0..2_000;
const SHRINKING_ATTEMPTS_MAX: u32 = 400;
/// Steps that the histories may miss.
const STEPS_OUT_OF_REACH_MAX: usize = 1;

#[test]
fn stack_histories_keep_every_promise() {
    let seeds = seeds();
    let next = AtomicU64::new(seeds.start);
    let whole = Mutex::new((Tally::default(), Coverage::default()));
    let broken = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let mut tally = Tally::default();
                let coverage = coverage::while_doing(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        let found = broken.lock().unwrap_or_else(PoisonError::into_inner).is_some();
                        if seed >= seeds.end || found {
                            break;
                        }
                        match attempt(&History::draw(seed)) {
                            Ok(one) => tally.add(one),
                            Err(violation) => {
                                *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some((seed, violation));
                            }
                        }
                    }
                });
                let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
                whole.0.add(tally);
                whole.1.add(coverage);
            });
        }
    });
    if let Some((seed, violation)) = broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
        eprintln!("seed {seed}: {}; looking for the shortest history that shows it", violation.promise);
        let (shortest, violation) = shrink(History::draw(seed), violation);
        panic!("{}", story(seed, &shortest, &violation));
    }
    let (tally, coverage) = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut steps = HashSet::new();
    let situations = every_situation(|_, step| {
        steps.insert(step);
    });
    let steps: BTreeSet<String> = steps.into_iter().map(|step| format!("{step:?}")).collect();
    let missed: Vec<&String> = steps.difference(&coverage.steps).collect();
    println!(
        "{} histories of the seeds {seeds:?}: {} events, {} calls of SSM",
        tally.histories, tally.events, tally.calls
    );
    println!(
        "the policy: {} of {} steps, {} of {situations} situations (most of these contradict themselves); never met: {missed:?}",
        steps.len() - missed.len(),
        steps.len(),
        coverage.situations.len(),
    );
    println!("limits that were met (README: Limits):");
    for (limit, count) in &tally.limits {
        println!("  {count:>5} x {limit}");
    }
    assert!(
        tally.histories < 1_000 || missed.len() <= STEPS_OUT_OF_REACH_MAX,
        "the histories reach too little: {missed:?}"
    );
}

fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("SIMULATE") else { return SEEDS };
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("SIMULATE is SEED or FIRST..LAST, not {asked}"));
    match asked.split_once("..") {
        Some((first, last)) => number(first)..number(last),
        None => number(&asked)..number(&asked) + 1,
    }
}

/// Plays a history; a panic breaks a promise, too.
fn attempt(history: &History) -> Result<Tally, Violation> {
    catch_unwind(AssertUnwindSafe(|| play(history))).unwrap_or_else(|panic| {
        let promise = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        Err(Violation { promise: format!("nothing panics: {promise}"), transcript: String::new() })
    })
}

/// The shortest history that can be found and that breaks a promise still.
fn shrink(mut history: History, mut violation: Violation) -> (History, Violation) {
    let mut attempts = 0;
    loop {
        let smaller = history.smaller().into_iter().find_map(|smaller| {
            attempts += 1;
            if attempts > SHRINKING_ATTEMPTS_MAX {
                return None;
            }
            let violation = attempt(&smaller).err()?;
            Some((smaller, violation))
        });
        match smaller {
            Some(found) => (history, violation) = found,
            None => return (history, violation),
        }
    }
}
