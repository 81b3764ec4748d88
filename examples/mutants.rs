//! Breaks the function in every way of `tests/mutants/table.rs`, one at a time, and shows that the suite catches each.
//!
//! `cargo run --example mutants -- [NAME…] [--shard 1/4]`, where NAME is a part of a name. The sources are copied below
//! `target/mutants`, so nothing here changes. The last lines are a table; the exit code is 1 if the suite let a break
//! pass that the table does not explain.

#[path = "../tests/mutants/table.rs"]
mod table;

use std::{
    collections::BTreeSet,
    env, fs, io,
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use table::{MUTANTS, Mutant};

/// The suite takes a minute; a break that makes it wait for ever is caught by that.
const SUITE_LIMIT: Duration = Duration::from_secs(300);

/// Each stage is for what the one before let pass.
const STAGES: [Stage; 3] = [
    Stage { binary: "lib", args: &[], histories: "0..0" },
    // The rules of the house look at the repository, which the copy is not, and the load is about the process.
    Stage {
        binary: "it",
        args: &["--skip", "tidy::", "--skip", "mutants::", "--skip", "load::", "--skip", "simulation::"],
        histories: "0..0",
    },
    Stage { binary: "it", args: &["simulation::"], histories: "0..200" },
];

struct Stage {
    binary: &'static str,
    args: &'static [&'static str],
    histories: &'static str,
}

enum Verdict {
    Caught(String),
    Survived,
    NotBuildable(String),
}

fn main() -> ExitCode {
    let mutants = match chosen(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(mutants) => mutants,
        Err(why) => {
            eprintln!("{why}\nmutants [NAME...] [--shard N/OF]");
            return ExitCode::from(2);
        }
    };
    match run(&mutants) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn chosen(args: &[String]) -> Result<Vec<Mutant>, String> {
    let mut names = Vec::new();
    let mut shard = (1, 1);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--shard" {
            let parts = args.next().and_then(|shard| shard.split_once('/'));
            shard = parts
                .and_then(|(n, of)| Some((n.parse::<usize>().ok()?, of.parse::<usize>().ok()?)))
                .filter(|(n, of)| (1..=*of).contains(n))
                .ok_or("--shard takes N/OF")?;
        } else {
            names.push(arg.as_str());
        }
    }
    let named = MUTANTS.iter().filter(|mutant| names.is_empty() || names.iter().any(|name| mutant.name.contains(name)));
    let (n, of) = shard;
    let chosen: Vec<Mutant> = named.skip(n - 1).step_by(of).copied().collect();
    if chosen.is_empty() { Err("no break of that name".to_owned()) } else { Ok(chosen) }
}

fn run(mutants: &[Mutant]) -> io::Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let base = root.join("target/mutants");
    let tree = Tree { root: base.join("tree"), target: base.join("target") };
    copy_sources(root, &tree.root)?;
    share_dependencies(&tree.target)?;
    println!("the suite as it is …");
    match tree.judge()? {
        Verdict::Survived => {}
        Verdict::Caught(test) => return Err(io::Error::other(format!("{test} fails without any break"))),
        Verdict::NotBuildable(why) => return Err(io::Error::other(why)),
    }
    let mut rows = Vec::new();
    let mut sound = true;
    for (index, mutant) in mutants.iter().enumerate() {
        let started = Instant::now();
        let originals = tree.apply(mutant)?;
        let verdict = tree.judge();
        for (path, original) in originals {
            fs::write(path, original)?;
        }
        let (word, by, good) = match (verdict?, mutant.survives) {
            (Verdict::Caught(by), None) => ("caught", by, true),
            (Verdict::Caught(by), Some(_)) => ("caught, though said to survive", by, false),
            (Verdict::Survived, Some(why)) => ("survives", why.to_owned(), true),
            (Verdict::Survived, None) => ("SURVIVED", mutant.why.to_owned(), false),
            (Verdict::NotBuildable(why), _) => ("NOT BUILDABLE", why, false),
        };
        sound &= good;
        let row = format!("| {} | {word} | {by} | {} s |", mutant.name, started.elapsed().as_secs());
        println!("{}/{} {row}", index + 1, mutants.len());
        rows.push(row);
    }
    println!("\n| break | outcome | by | took |\n|---|---|---|---|\n{}", rows.join("\n"));
    Ok(sound)
}

/// The copy that is broken, and where it is built.
struct Tree {
    root: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Applies a break; gives what the files held before.
    fn apply(&self, mutant: &Mutant) -> io::Result<Vec<(PathBuf, String)>> {
        let mut originals: Vec<(PathBuf, String)> = Vec::new();
        for edit in mutant.edits {
            let path = self.root.join(edit.file);
            let source = fs::read_to_string(&path)?;
            if source.matches(edit.find).count() != 1 {
                let what = format!("{}: not exactly once in {}: {}", mutant.name, edit.file, edit.find);
                return Err(io::Error::other(what));
            }
            fs::write(&path, source.replace(edit.find, edit.replace))?;
            if originals.iter().all(|(known, _)| *known != path) {
                originals.push((path, source));
            }
        }
        Ok(originals)
    }

    fn judge(&self) -> io::Result<Verdict> {
        let binaries = match self.build()? {
            Ok(binaries) => binaries,
            Err(why) => return Ok(Verdict::NotBuildable(why)),
        };
        let end = Instant::now() + SUITE_LIMIT;
        for stage in STAGES {
            let Some((_, binary)) = binaries.iter().find(|(name, _)| name == stage.binary) else {
                return Err(io::Error::other(format!("cargo built no test binary {}", stage.binary)));
            };
            if let Some(by) = self.first_failure(binary, &stage, end)? {
                return Ok(Verdict::Caught(by));
            }
        }
        Ok(Verdict::Survived)
    }

    /// The test binaries by name, or the compiler's first complaint.
    fn build(&self) -> io::Result<Result<Vec<(String, PathBuf)>, String>> {
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args([
                "test",
                "--offline",
                "--lib",
                "--test",
                "it",
                "--no-run",
                "--message-format=json-render-diagnostics",
            ])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            // Nobody debugs these, and they link in half the time.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .output()?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let complaint = text.lines().find(|line| line.starts_with("error")).unwrap_or("it does not build");
            return Ok(Err(complaint.to_owned()));
        }
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let binaries = messages.lines().filter_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            let executable = message["executable"].as_str().filter(|_| message["profile"]["test"] == true)?;
            let is_lib = message["target"]["kind"].as_array()?.iter().any(|kind| kind == "lib");
            let name = if is_lib { "lib" } else { message["target"]["name"].as_str()? };
            Some((name.to_owned(), PathBuf::from(executable)))
        });
        Ok(Ok(binaries.collect()))
    }

    /// Runs tests until the first that fails.
    fn first_failure(&self, binary: &Path, stage: &Stage, end: Instant) -> io::Result<Option<String>> {
        let mut child = Command::new(binary)
            .args(stage.args)
            .current_dir(&self.root)
            .env("CARGO_MANIFEST_DIR", &self.root)
            .env("SIMULATE", stage.histories)
            .env_remove("UPDATE_EXPECT")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // The function that an end-to-end test started goes with it.
            .process_group(0)
            .spawn()?;
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || forward(stdout, &sender));
        }
        loop {
            match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(test) = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED")) {
                        stop(&mut child)?;
                        return Ok(Some(test.to_owned()));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    stop(&mut child)?;
                    return Ok(Some(format!("no end within {} s", SUITE_LIMIT.as_secs())));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = child.wait()?;
                    return Ok((!status.success()).then(|| format!("the test process ended: {status}")));
                }
            }
        }
    }
}

fn forward(stdout: impl Read, sender: &mpsc::Sender<String>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if sender.send(line).is_err() {
            return;
        }
    }
}

/// Ends a process and all that it started.
fn stop(child: &mut Child) -> io::Result<()> {
    Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status()?;
    child.wait()?;
    Ok(())
}

/// Makes `to` a copy of everything that git would keep, and touches only what differs: cargo goes by times.
fn copy_sources(from: &Path, to: &Path) -> io::Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(from)
        .output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let paths: BTreeSet<&str> = listed.split_terminator('\0').filter(|path| from.join(path).is_file()).collect();
    for path in &paths {
        let bytes = fs::read(from.join(path))?;
        let copy = to.join(path);
        if fs::read(&copy).ok().as_ref() != Some(&bytes) {
            if let Some(parent) = copy.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(copy, bytes)?;
        }
    }
    for file in files_below(to)? {
        let kept = file.strip_prefix(to).ok().and_then(Path::to_str).is_some_and(|path| paths.contains(path));
        if !kept {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// The first build of the SDK takes minutes: what is built already is linked into the new target directory.
fn share_dependencies(target: &Path) -> io::Result<()> {
    let debug = target.join("debug");
    let built = env::current_exe()?.parent().and_then(Path::parent).map(Path::to_owned);
    let Some(built) = built.filter(|_| !debug.exists()) else { return Ok(()) };
    for folder in ["build", "deps", ".fingerprint"] {
        for file in files_below(&built.join(folder))? {
            let Ok(below) = file.strip_prefix(&built) else { continue };
            let link = debug.join(below);
            if let Some(parent) = link.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::hard_link(&file, &link).or_else(|_| fs::copy(&file, &link).map(drop))?;
        }
    }
    Ok(())
}
