//! The event files: which there are, and what they hold.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::faults::{self, NamedFault};
use crate::world::fault::Op;
use crate::world::model;

/// One event to play, and what is to be arranged before.
#[derive(Debug)]
pub struct Scene {
    pub title: String,
    /// The file it came from.
    pub source: String,
    pub event: Value,
    pub faults: Vec<NamedFault>,
    pub outsiders: Vec<Outsider>,
}

/// A sync that someone else makes before the event.
#[derive(Debug)]
pub struct Outsider {
    pub region: String,
    pub sync: Value,
}

/// Every scene of every file, in order; the error is one line for a person.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Scene>, String> {
    let mut scenes = Vec::new();
    for path in paths {
        for file in files(path)? {
            scenes.extend(read(&file)?);
        }
    }
    Ok(scenes)
}

/// The file itself, or the JSON files of a folder by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let said = |error: io::Error| format!("{}: {error}", shown(path));
    if !fs::metadata(path).map_err(said)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(said)? {
        let file = entry.map_err(said)?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no .json files", shown(path)));
    }
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<Scene>, String> {
    let source = shown(file);
    let text = fs::read_to_string(file).map_err(|error| format!("{source}: {error}"))?;
    let json: Value =
        serde_json::from_str(&text).map_err(|error| format!("{source}:{}: {}", error.line(), without_place(&error)))?;
    let events = match json {
        Value::Array(events) => events,
        event => vec![event],
    };
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    events.into_iter().map(|event| scene(event, &source, &stem)).collect()
}

fn scene(mut event: Value, source: &str, stem: &str) -> Result<Scene, String> {
    let Some(members) = event.as_object_mut() else {
        return Err(format!("{source}: an event is an object"));
    };
    let sandbox = members.remove("Sandbox").unwrap_or_default();
    let listed = |member: &str| sandbox[member].as_array().into_iter().flatten();
    let faults = listed("faults")
        .map(|name| faults::named(name.as_str().unwrap_or_default()))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{source}: {error}"))?;
    let outsiders = listed("outsider")
        .map(|outsider| match model::refusal(Op::Create.name(), &outsider["sync"]) {
            Some(refusal) => Err(format!("{source}: the outsider's sync: {refusal}")),
            None => Ok(Outsider {
                region: outsider["region"].as_str().unwrap_or("us-east-1").to_owned(),
                sync: outsider["sync"].clone(),
            }),
        })
        .collect::<Result<_, _>>()?;
    let title = sandbox["title"].as_str().map_or_else(|| words(stem), str::to_owned);
    Ok(Scene { title, source: source.to_owned(), event, faults, outsiders })
}

/// `03-update-in-place` as a title.
fn words(stem: &str) -> String {
    let name = stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '_');
    let text = name.replace(['-', '_'], " ");
    let mut letters = text.chars();
    letters.next().map_or_else(|| stem.to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

/// The path as a person would type it here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// serde's words without its own line and column, which the file's name already has.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or_default();
    words.to_owned()
}
