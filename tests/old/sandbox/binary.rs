//! The real binary: built with the cargo that runs the sandbox, quietly unless it fails.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::arguments::Profile;

/// Builds `bootstrap` and says where it is; the error ends with cargo's own words.
pub fn build(profile: Profile) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--bin", "bootstrap"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .stdin(Stdio::null());
    // `cargo run` tells its child what it runs. A build script that watches these sees a change in them, and half of the
    // dependencies would be compiled again each time.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")) {
            command.env_remove(name);
        }
    }
    match profile {
        // With the example beside it, the crates have the features that they were just compiled with.
        Profile::Debug => command.args(["--example", "sandbox"]),
        Profile::Release => command.arg("--release"),
    };
    let output = command.output().map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the function does not build:\n{}", words.trim_end()));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "bootstrap")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| "cargo built no bootstrap".to_owned())
}
