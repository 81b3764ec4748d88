//! Instructions by callgrind: a figure that repeats, whatever else the machine does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    contender::{Contender, folder},
    place::{Authority, Place, Roots, Wire, properties},
    process::Process,
};
use nix::sys::signal::Signal;

/// Of a cold Create over TLS: from exec to the next `/next`, with one call of SSM, and for each further call.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// One Create, one List, one PUT.
    pub create: u64,
    /// What one more page of List costs.
    pub call: u64,
    /// What as many authorities cost as a platform has.
    pub authorities: u64,
}

impl Counts {
    /// What is left of a Create when all but one call are taken off.
    pub fn with_one_call(self) -> u64 {
        self.create - self.call
    }
}

/// The quota of five leaves room for so many syncs of somebody else, one a page.
const MORE_PAGES: u64 = 4;
const TRIES: usize = 5;

pub async fn count(contender: &Contender, authority: &Authority) -> Counts {
    let with_pages = totals(&ran_with(contender, authority, MORE_PAGES, Roots::Test).await);
    let with_authorities = totals(&ran_with(contender, authority, 0, Roots::Made).await);
    let create = totals(&ran(contender, authority).await);
    Counts { create, call: (with_pages - create) / MORE_PAGES, authorities: with_authorities - create }
}

pub fn can_count() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// One Create, and what callgrind wrote of it.
pub async fn ran(contender: &Contender, authority: &Authority) -> PathBuf {
    ran_with(contender, authority, 0, Roots::Test).await
}

/// The same, where List has so many pages before its own.
async fn ran_with(contender: &Contender, authority: &Authority, more_pages: u64, roots: Roots) -> PathBuf {
    for _ in 0..TRIES {
        // Under valgrind on a busy machine a time-out of the contender's own can strike; then it connects once more.
        if let (out, 1) = ran_once(contender, authority, more_pages, roots).await {
            return out;
        }
    }
    panic!("{} does not manage with one connection to SSM; is the machine too busy?", contender.name)
}

/// What callgrind wrote, and the connections to SSM.
async fn ran_once(contender: &Contender, authority: &Authority, more_pages: u64, roots: Roots) -> (PathBuf, usize) {
    let mut place = Place::open(Wire::Tls, authority, Duration::ZERO).await.expect("a place");
    place.world.lock().ssm.page_size = 1;
    for number in 0..more_pages {
        place.add_sync_of_somebody_else(number);
    }
    let event = place.create(&properties());
    let out = folder().join("callgrind.out");
    let _ = fs::remove_file(&out);
    let wrapper = [
        "setarch".to_owned(),
        "-R".to_owned(),
        "valgrind".to_owned(),
        "--quiet".to_owned(),
        "--tool=callgrind".to_owned(),
        "--demangle=no".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let mut process = Process::start(contender, &place, authority, roots, &wrapper).await;
    process.polled(1).await;
    process.invoke(contender.works, &place, event, 1).await;
    process.polled(2).await;
    // callgrind writes its totals when the process is asked to end.
    process.end(Signal::SIGTERM);
    (out, place.ssm_connections())
}

fn totals(out: &Path) -> u64 {
    let text = fs::read_to_string(out).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
    let line = text.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    line.and_then(|count| count.trim().parse().ok()).expect("callgrind's totals")
}
