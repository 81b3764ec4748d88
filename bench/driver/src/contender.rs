//! Who runs: how each contender is built or installed, started, and what its zip weighs.

use std::{
    env, fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use zip::{ZipWriter, write::SimpleFileOptions};

#[derive(Clone, Debug)]
pub struct Contender {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(&'static str, String)>,
    /// What goes into its zip.
    contents: Vec<PathBuf>,
    /// Does it make the calls, or only answer?
    pub works: bool,
    /// Can it answer without TLS?
    pub speaks_plain: bool,
}

impl Contender {
    fn binary(name: &'static str, path: PathBuf) -> Self {
        Self {
            name,
            program: path.clone(),
            arguments: Vec::new(),
            environment: Vec::new(),
            contents: vec![path],
            works: true,
            speaks_plain: true,
        }
    }

    /// Bytes of the zip, packed as `cargo lambda` and `zip` do.
    pub fn zip_bytes(&self) -> usize {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for path in &self.contents {
            pack(&mut zip, path, &file_name(path));
        }
        zip.finish().expect("a zip in memory").into_inner().len()
    }
}

fn pack(zip: &mut ZipWriter<Cursor<Vec<u8>>>, path: &Path, name: &str) {
    if name.ends_with("__pycache__") {
        return;
    }
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder").flatten() {
            pack(zip, &entry.path(), &format!("{name}/{}", file_name(&entry.path())));
        }
    } else if let Ok(bytes) = fs::read(path) {
        zip.start_file(name, SimpleFileOptions::default()).expect("room in a zip");
        zip.write_all(&bytes).expect("room in a zip");
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// For what the benchmark installs and writes.
pub fn folder() -> PathBuf {
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder).expect("a folder in target");
    folder
}

/// The function, built now or given.
pub fn function(given: Option<&Path>) -> Contender {
    let path = match given {
        Some(path) => path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        None => {
            cargo(&root(), &["build", "--release", "--bin", "bootstrap"]);
            root().join("target/release/bootstrap")
        }
    };
    Contender::binary("bootstrap", path)
}

/// Another build of the function, to compare with.
pub fn other(given: &Path) -> Contender {
    Contender { name: "other", ..function(Some(given)) }
}

pub fn hello() -> Contender {
    Contender { works: false, ..bench_binary("hello", "release") }
}

pub fn by_hand() -> Contender {
    bench_binary("by-hand", "release")
}

pub fn defaults() -> Contender {
    bench_binary("defaults", "plain")
}

fn bench_binary(name: &'static str, profile: &str) -> Contender {
    let workspace = root().join("bench");
    cargo(&workspace, &["build", "--profile", profile, "--package", name]);
    Contender::binary(name, workspace.join("target").join(profile).join(name))
}

pub fn cargo(folder: &Path, arguments: &[&str]) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).arg("--quiet").current_dir(folder);
    // What cargo sets for the driver makes the build scripts of others run again.
    for (name, _) in
        env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        command.env_remove(name);
    }
    let status = command.status();
    assert!(status.is_ok_and(|status| status.success()), "cargo {} failed", arguments.join(" "));
}

/// crhelper under Lambda's Python runtime client; `None`, with a word, where Python or pip is missing.
pub fn crhelper() -> Option<Contender> {
    let packages = folder().join("python");
    if !packages.join("crhelper").is_dir() {
        let target = packages.display().to_string();
        let install = ["-m", "pip", "install", "--quiet", "--target", &target, "awslambdaric", "boto3", "crhelper"];
        if !ran("python3", &install, &folder()) {
            eprintln!("crhelper is left out: `python3 -m pip install` does not work here");
            return None;
        }
    }
    let handler = root().join("bench/peers/crhelper_handler.py");
    let paths = format!("{}:{}", packages.display(), handler.parent()?.display());
    Some(Contender {
        name: "crhelper",
        program: on_path(&["-c", "import sys; print(sys.executable)"], "python3")?,
        arguments: ["-m", "awslambdaric", "crhelper_handler.handler"].map(str::to_owned).to_vec(),
        environment: vec![("PYTHONPATH", paths)],
        contents: vec![packages, handler],
        works: true,
        // crhelper speaks HTTPS alone.
        speaks_plain: false,
    })
}

/// The SDK for JavaScript; `None`, with a word, where Node or npm is missing.
pub fn node() -> Option<Contender> {
    let packages = folder().join("node");
    fs::create_dir_all(&packages).expect("a folder in target");
    if !packages.join("node_modules/@aws-sdk/client-ssm").is_dir()
        && !ran("npm", &["install", "--silent", "--prefix", ".", "@aws-sdk/client-ssm"], &packages)
    {
        eprintln!("node is left out: `npm install` does not work here");
        return None;
    }
    let handler = packages.join("node.mjs");
    fs::copy(root().join("bench/peers/node.mjs"), &handler).expect("a copy of the handler");
    Some(Contender {
        name: "node",
        program: on_path(&["-p", "process.execPath"], "node")?,
        arguments: vec![handler.display().to_string()],
        environment: Vec::new(),
        contents: vec![packages.join("node_modules"), handler],
        works: true,
        speaks_plain: true,
    })
}

/// Where an interpreter really is, behind whatever shims.
fn on_path(ask: &[&str], program: &str) -> Option<PathBuf> {
    let output = Command::new(program).args(ask).stdin(Stdio::null()).output().ok()?;
    Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn ran(program: &str, arguments: &[&str], folder: &Path) -> bool {
    let status = Command::new(program).args(arguments).current_dir(folder).stdin(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
