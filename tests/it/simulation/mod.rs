//! Stack histories, drawn from seeds and played on the real function: hours of a stack's life cost milliseconds.
//!
//! `cargo test` plays the first seeds. `SIMULATE=FIRST..LAST cargo test --release --test it simulation -- --nocapture` plays
//! any others, and `SIMULATE=SEED` tells the story of one.

mod history;
mod play;
mod wish;

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use self::{
    history::History,
    play::{Tally, Violation, play, story},
};

/// Seeds that every run plays.
const SEEDS: u64 = 2_000;
/// The seeds are shared out among tests, which run side by side.
const SHARES: u64 = 4;

#[test]
fn histories_share_1() {
    simulate(0);
}

#[test]
fn histories_share_2() {
    simulate(1);
}

#[test]
fn histories_share_3() {
    simulate(2);
}

#[test]
fn histories_share_4() {
    simulate(3);
}

fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("SIMULATE") else { return 0..SEEDS };
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("SIMULATE is SEED or FIRST..LAST, not {asked}"));
    match asked.split_once("..") {
        Some((first, last)) => number(first)..number(last),
        None => number(&asked)..number(&asked) + 1,
    }
}

fn simulate(share: u64) {
    let mut whole = Tally::default();
    let mut histories = 0;
    for seed in seeds().filter(|seed| seed % SHARES == share) {
        let history = History::draw(seed);
        match attempt(&history) {
            Ok(tally) => {
                histories += 1;
                whole.events += tally.events;
                whole.calls += tally.calls;
                for (limit, count) in tally.limits {
                    *whole.limits.entry(limit).or_default() += count;
                }
            }
            Err(violation) => {
                let (shortest, violation) = shrink(history, violation);
                panic!("{}", story(seed, &shortest, &violation));
            }
        }
    }
    println!(
        "{histories} histories, {} events, {} calls of SSM; limits met: {:?}",
        whole.events, whole.calls, whole.limits
    );
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
    loop {
        let smaller = history.smaller().into_iter().find_map(|smaller| {
            let violation = attempt(&smaller).err()?;
            Some((smaller, violation))
        });
        match smaller {
            Some(found) => (history, violation) = found,
            None => return (history, violation),
        }
    }
}
