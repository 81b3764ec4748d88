//! One contender's process: started, watched through `/proc`, ended.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        signal::{Signal, kill},
        time::TimeValLike,
    },
    unistd::Pid,
};
use tokio::time::{sleep, timeout};

use crate::{
    contender::Contender,
    place::{Authority, Place, Roots},
    world::runtime_api::{RuntimeApi, Told},
};

/// Nothing here takes so long, not even Python under valgrind.
pub const LIMIT: Duration = Duration::from_secs(60);

pub struct Process {
    pub api: RuntimeApi,
    pub started: Instant,
    child: Child,
    cpu_before: Duration,
}

/// What one invocation took.
pub struct Invoked {
    pub delivered: Instant,
    pub answered: Instant,
}

impl Process {
    /// `wrapper` is a program, with its arguments, that runs the contender.
    pub async fn start(
        contender: &Contender,
        place: &Place,
        authority: &Authority,
        roots: Roots,
        wrapper: &[String],
    ) -> Self {
        let api = RuntimeApi::start(0, crate::place::REGION, LIMIT).await.expect("a Runtime API");
        let own = contender.program.display().to_string();
        let words: Vec<&String> = wrapper.iter().chain([&own]).chain(&contender.arguments).collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .envs(place.environment(api.address, authority, roots))
            .envs(contender.environment.iter().cloned())
            .stdin(Stdio::null());
        if std::env::var_os("BENCH_LOGS").is_none() {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        let cpu_before = cpu_of_children();
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", words[0]));
        Self { api, started, child, cpu_before }
    }

    /// When it asked for its `nth` event.
    pub async fn polled(&mut self, nth: usize) -> Instant {
        tokio::select! {
            at = self.api.polled(nth) => at,
            end = ended(&mut self.child) => panic!("before it asked for event {nth}: {end} (BENCH_LOGS=1 shows its words)"),
        }
    }

    /// Delivers an event. `nth` counts the answers in this place.
    pub async fn invoke(&mut self, works: bool, place: &Place, event: Vec<u8>, nth: usize) -> Invoked {
        let delivered = Instant::now();
        let told = tokio::select! {
            told = self.api.invoke(event, LIMIT) => told,
            end = ended(&mut self.child) => panic!("in event {nth}: {end} (BENCH_LOGS=1 shows its words)"),
        };
        let told_at = Instant::now();
        assert!(matches!(told, Told::Response(_)), "{told:?}; {:?}; {:?}", place.fault(), self.child.try_wait());
        let answered = match works {
            true => {
                timeout(LIMIT, place.taken(nth)).await.unwrap_or_else(|_| panic!("not answered: {:?}", place.fault()))
            }
            false => told_at,
        };
        if works && let Some(fault) = place.fault() {
            panic!("{fault}");
        }
        Invoked { delivered, answered }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn peak_kb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.and_then(|peak| peak.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
    }

    /// CPU time of the threads that live.
    pub fn cpu_of_threads(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.id())).into_iter().flatten().flatten();
        let ns = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(ns.sum())
    }

    /// Ends it, and gives the CPU time of all its life (rusage).
    pub fn end(mut self, signal: Signal) -> Duration {
        let id = Pid::from_raw(self.id().cast_signed());
        kill(id, signal).expect("a process to end");
        self.child.wait().expect("a process that ended");
        cpu_of_children() - self.cpu_before
    }
}

/// Says how the process ended, if it does, or that it is stuck.
async fn ended(child: &mut Child) -> String {
    let since = Instant::now();
    while since.elapsed() < LIMIT {
        sleep(Duration::from_millis(50)).await;
        if let Ok(Some(status)) = child.try_wait() {
            return status.to_string();
        }
    }
    "no word".to_owned()
}

/// One process runs at a time, so a difference of this is that one's.
fn cpu_of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("usage of the children");
    let us = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(us.unsigned_abs())
}
