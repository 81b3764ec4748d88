//! The contenders side by side: every round runs each of them once, so that the machine's weather hits all alike.

use std::{collections::BTreeMap, time::Duration};

use nix::sys::signal::Signal;

use crate::{
    contender::Contender,
    place::{Authority, Place, Roots, Wire, properties},
    process::{Invoked, Process},
    table::{Column, Series, Unit},
    throttle::Throttle,
    world::ssm::scramble,
};

/// Creates that a warm process serves before it is measured, and the ones that are.
const WARM_UP: usize = 3;
const WARM: usize = 20;

pub struct Setting {
    pub wire: Wire,
    pub roots: Roots,
    pub rtt: Duration,
    pub rounds: usize,
}

pub const COLUMNS: [Column; 8] = [
    Column { key: "init", title: "init ms", unit: Unit::Ms },
    Column { key: "cold", title: "event → answered ms", unit: Unit::Ms },
    Column { key: "throttled", title: "the same at 128 MB ms", unit: Unit::Ms },
    Column { key: "cpu", title: "CPU of a cold Create ms", unit: Unit::Ms },
    Column { key: "warm", title: "warm Create ms", unit: Unit::Ms },
    Column { key: "warm_cpu", title: "its CPU ms", unit: Unit::Ms },
    Column { key: "peak", title: "peak MB", unit: Unit::Mb },
    Column { key: "zip", title: "zip MB", unit: Unit::Mb },
];

pub type Results = BTreeMap<&'static str, BTreeMap<&'static str, Series>>;

pub async fn compare(contenders: &[Contender], authority: &Authority, setting: &Setting) -> Results {
    let mut results = Results::new();
    for round in 0..setting.rounds {
        eprint!("\rround {} of {} ", round + 1, setting.rounds);
        for contender in shuffled(contenders, round) {
            if setting.wire == Wire::Plain && !contender.speaks_plain {
                continue;
            }
            let series = results.entry(contender.name).or_default();
            let mut note = |key, value: f64| series.entry(key).or_default().push(value);
            if round == 0 {
                #[expect(clippy::cast_precision_loss, reason = "megabytes")]
                note("zip", contender.zip_bytes() as f64 / 1e6);
            }
            cold(contender, authority, setting, &mut note).await;
            throttled(contender, authority, setting, &mut note).await;
            warm(contender, authority, setting, &mut note).await;
        }
    }
    eprintln!();
    results
}

/// Another order each round, so that nobody is always the one after Python; the same in every run.
fn shuffled(contenders: &[Contender], round: usize) -> Vec<&Contender> {
    let mut order: Vec<&Contender> = contenders.iter().collect();
    order.sort_by_cached_key(|contender| {
        contender.name.bytes().fold(scramble(round as u64), |mixed, byte| scramble(mixed ^ u64::from(byte)))
    });
    order
}

pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn took(invoked: &Invoked) -> f64 {
    ms(invoked.answered - invoked.delivered)
}

/// One process for one Create; its CPU time is that of its whole life.
async fn cold(
    contender: &Contender,
    authority: &Authority,
    setting: &Setting,
    note: &mut impl FnMut(&'static str, f64),
) {
    let mut place = Place::open(setting.wire, authority, setting.rtt).await.expect("a place");
    let event = place.create(&properties());
    let mut process = Process::start(contender, &place, authority, setting.roots, &[]).await;
    let ready = process.polled(1).await;
    note("init", ms(ready - process.started));
    let invoked = process.invoke(contender.works, &place, event, 1).await;
    note("cold", took(&invoked));
    process.polled(2).await;
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    note("peak", process.peak_kb() as f64 * 1024.0 / 1e6);
    note("cpu", ms(process.end(Signal::SIGKILL)));
}

/// As [`cold`], but from the first `/next` on with the CPU share of a small function: Lambda does not throttle the start.
async fn throttled(
    contender: &Contender,
    authority: &Authority,
    setting: &Setting,
    note: &mut impl FnMut(&'static str, f64),
) {
    let mut place = Place::open(setting.wire, authority, setting.rtt).await.expect("a place");
    let event = place.create(&properties());
    let mut process = Process::start(contender, &place, authority, setting.roots, &[]).await;
    process.polled(1).await;
    let throttle = Throttle::on(process.id());
    let invoked = process.invoke(contender.works, &place, event, 1).await;
    note("throttled", took(&invoked));
    process.end(Signal::SIGKILL);
    throttle.off();
}

async fn warm(
    contender: &Contender,
    authority: &Authority,
    setting: &Setting,
    note: &mut impl FnMut(&'static str, f64),
) {
    let mut place = Place::open(setting.wire, authority, setting.rtt).await.expect("a place");
    let mut process = Process::start(contender, &place, authority, setting.roots, &[]).await;
    let mut times = Series::default();
    let mut cpu_before = Duration::ZERO;
    for nth in 1..=WARM_UP + WARM {
        let event = place.create(&properties());
        process.polled(nth).await;
        if nth == WARM_UP + 1 {
            cpu_before = process.cpu_of_threads();
        }
        let invoked = process.invoke(contender.works, &place, event, nth).await;
        if nth > WARM_UP {
            times.push(took(&invoked));
        }
        place.clear();
    }
    process.polled(WARM_UP + WARM + 1).await;
    let cpu = process.cpu_of_threads().saturating_sub(cpu_before);
    note("warm", times.median());
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    note("warm_cpu", ms(cpu) / WARM as f64);
    process.end(Signal::SIGKILL);
}
