//! The CPU share of a 128 MB function: 1.45 ms in every 20 ms, by a quota of a cgroup of its own; where that is not
//! permitted, by stopping and continuing the process in the same rhythm, which is coarser.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, sleep},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

const QUOTA: Duration = Duration::from_micros(1_450);
const PERIOD: Duration = Duration::from_millis(20);

pub enum Throttle {
    Cgroup(PathBuf),
    Signals { over: Arc<AtomicBool>, thread: Option<JoinHandle<()>> },
}

impl Throttle {
    pub fn on(process: u32) -> Self {
        Self::by_cgroup(process).unwrap_or_else(|| Self::by_signals(process))
    }

    fn by_cgroup(process: u32) -> Option<Self> {
        let (quota, period) = (QUOTA.as_micros().to_string(), PERIOD.as_micros().to_string());
        let both = format!("{quota} {period}");
        let v1: &[(&str, &str)] = &[("cpu.cfs_period_us", &period), ("cpu.cfs_quota_us", &quota)];
        let v2: &[(&str, &str)] = &[("cpu.max", &both)];
        [("/sys/fs/cgroup/cpu", v1), ("/sys/fs/cgroup", v2)].into_iter().find_map(|(parent, settings)| {
            let group = PathBuf::from(parent).join(format!("benchmark-{process}"));
            fs::create_dir(&group).ok()?;
            let set = settings.iter().all(|(file, value)| fs::write(group.join(file), value).is_ok())
                && fs::write(group.join("cgroup.procs"), process.to_string()).is_ok();
            if set {
                return Some(Self::Cgroup(group));
            }
            let _ = fs::remove_dir(&group);
            None
        })
    }

    #[expect(clippy::disallowed_methods, reason = "a rhythm of real time, in a thread of its own")]
    fn by_signals(process: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&over);
        let id = Pid::from_raw(process.cast_signed());
        let thread = thread::spawn(move || {
            while !watched.load(Ordering::Relaxed) {
                let _ = kill(id, Signal::SIGCONT);
                sleep(QUOTA);
                let _ = kill(id, Signal::SIGSTOP);
                sleep(PERIOD.saturating_sub(QUOTA));
            }
            let _ = kill(id, Signal::SIGCONT);
        });
        Self::Signals { over, thread: Some(thread) }
    }

    /// Call it after the process has ended.
    pub fn off(self) {
        match self {
            Self::Cgroup(group) => {
                let _ = fs::remove_dir(group);
            }
            Self::Signals { over, thread } => {
                over.store(true, Ordering::Relaxed);
                if let Some(thread) = thread {
                    let _ = thread.join();
                }
            }
        }
    }
}
