//! The event files: which there are, and what they hold.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Failure;
use crate::arguments;
use crate::fake::Services;
use crate::fake::sync::Script;

const A_DAY_MS: u64 = 86_400_000;

/// One event to play, and the member `Sandbox` that came with it.
#[derive(Debug)]
pub struct Scene {
    pub file: String,
    pub event: Value,
    sandbox: Value,
}

impl Scene {
    pub fn title(&self) -> &str {
        self.sandbox["title"].as_str().unwrap_or(&self.file)
    }

    /// The status that the response should have.
    pub fn expected(&self) -> &str {
        self.sandbox["expect"].as_str().unwrap_or("SUCCESS")
    }

    /// Other clients act, and faults lie in wait.
    pub fn arrange(&self, aws: &mut Services, now_ms: u64) -> Result<(), Failure> {
        let listed = |member: &str| self.sandbox[member].as_array().into_iter().flatten();
        for foreign in listed("foreign") {
            let region = foreign["region"].as_str().unwrap_or(crate::fake::process::REGION);
            aws.ssm.foreign_create(now_ms - A_DAY_MS, region, &foreign["sync"]);
        }
        aws.ssm.first_sync = self.sandbox["firstSync"].as_str().map_or_else(Script::settles, Script::fails);
        for fault in listed("faults") {
            aws.inject(arguments::fault(fault.as_str().unwrap_or_default())?);
        }
        Ok(())
    }
}

/// The events of every file, and of the JSON files of every folder by their names.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Scene>, Failure> {
    let mut scenes = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries: Result<Vec<_>, _> = fs::read_dir(path)?.collect();
            let mut files: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
            files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
            files.sort();
            for file in files {
                scenes.push(read(&file)?);
            }
        } else {
            scenes.push(read(path)?);
        }
    }
    Ok(scenes)
}

fn read(file: &Path) -> Result<Scene, Failure> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|error| named(&error))?;
    let mut event: Value = serde_json::from_str(&text).map_err(|error| named(&error))?;
    let members = event.as_object_mut().ok_or_else(|| named(&"an event is an object"))?;
    let sandbox = members.remove("Sandbox").unwrap_or_default();
    let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Scene { file, event, sandbox })
}
