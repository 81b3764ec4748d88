//! The real binary, built by the cargo that runs the sandbox.

use std::path::PathBuf;
use std::process::Command;

use crate::Failure;
use crate::arguments::Arguments;

/// The binary that was named, else the one beside the sandbox, built now.
pub fn bootstrap(arguments: &Arguments) -> Result<PathBuf, Failure> {
    if let Some(path) = &arguments.bootstrap {
        return Ok(path.clone());
    }
    let examples = std::env::current_exe()?;
    let folder = examples.ancestors().nth(2).ok_or("the sandbox is not where cargo puts it")?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // With the example beside it, the crates have the features that they were just compiled with.
    cargo.args(["build", "--quiet", "--bin", "bootstrap", "--example", "sandbox"]);
    cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    // `cargo run` tells its child what it runs. Build scripts that watch these would see a change in them, and half of the
    // dependencies would be compiled again each time.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")) {
            cargo.env_remove(name);
        }
    }
    match cargo.status()?.success() {
        true => Ok(folder.join("bootstrap")),
        false => Err("the function does not build".into()),
    }
}
