//! The rules of the house that no compiler holds: who may name what, and what stands in no file.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

/// Parsing, planning and wording: they know neither the runtime nor the SDK.
const PURE: [&str; 9] =
    ["request", "properties", "plan", "failure", "sync", "physical_id", "response", "response_url", "time"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every tracked file that is text, with its path.
fn tracked() -> Vec<(String, String)> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().expect("git runs");
    assert!(output.status.success(), "this is a git repository");
    let paths = String::from_utf8(output.stdout).expect("paths are text");
    let files: Vec<(String, String)> = paths
        .split_terminator('\0')
        .filter_map(|path| Some((path.to_owned(), fs::read_to_string(root().join(path)).ok()?)))
        .collect();
    assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "the search finds the sources");
    files
}

fn sources() -> Vec<(String, String)> {
    tracked().into_iter().filter(|(path, _)| path.starts_with("src/")).collect()
}

/// The code of a source, without its comments and its unit tests.
fn code(source: &str) -> String {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Lines, as `path:number: line`, in which something is found.
fn found(files: &[(String, String)], is_wrong: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let wrong = text.lines().enumerate().filter(|(_, line)| is_wrong(path, line));
        found.extend(wrong.map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim())));
    }
    found
}

fn check(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn one_module_alone_knows_the_sdks_client() {
    let naming: Vec<String> =
        sources().into_iter().filter(|(_, text)| code(text).contains("aws_sdk_ssm")).map(|(path, _)| path).collect();
    assert_eq!(naming, ["src/ssm.rs"]);
}

#[test]
fn one_module_alone_reads_the_time_of_day() {
    let naming: Vec<String> =
        sources().into_iter().filter(|(_, text)| code(text).contains("SystemTime")).map(|(path, _)| path).collect();
    assert_eq!(naming, ["src/clock.rs"]);
    // Waits go by tokio's clock, which tests pause.
    for (path, text) in sources() {
        assert!(!code(&text).contains("std::time::Instant") && !code(&text).contains("thread::sleep"), "{path}");
    }
}

#[test]
fn parsing_planning_and_wording_know_neither_the_runtime_nor_the_sdk() {
    let sources = sources();
    for module in PURE {
        let path = format!("src/{module}.rs");
        let (_, text) = sources.iter().find(|(it, _)| *it == path).unwrap_or_else(|| panic!("{path} is there"));
        for foreign in ["tokio", "aws_", "hyper", "lambda_runtime", "tracing", "async "] {
            assert!(!code(text).contains(foreign), "{path} names {foreign}");
        }
    }
}

#[test]
fn the_policy_knows_no_other_module() {
    let plan = fs::read_to_string(root().join("src/plan.rs")).unwrap();
    assert!(!code(&plan).contains("use "), "plan.rs stands on its own");
}

#[test]
fn every_module_is_introduced_and_public_in_the_code_map() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{path} begins with what it is for");
        let module = path.trim_start_matches("src/").trim_end_matches(".rs");
        assert!(["lib", "main"].contains(&module) || lib.contains(&format!("mod {module};")), "{path} is in lib.rs");
    }
}

#[test]
fn nothing_unfinished_and_nothing_printed_stands_in_the_sources() {
    let unfinished = ["TODO", "FIXME", "XXX", "dbg!", "todo!", "unimplemented!"];
    let found = found(&sources(), |path, line| {
        unfinished.iter().any(|word| line.contains(word))
            || line.replace("eprintln!(", "").contains("print!(")
            || line.replace("eprintln!(", "").contains("println!(")
            || (line.contains("eprint") && path != "src/main.rs")
    });
    check(&found, "sources are finished, and log instead of printing");
}

#[test]
fn lines_are_at_most_120_characters_long() {
    // A URL cannot be broken.
    let found = found(&sources(), |_, line| line.chars().count() > 120 && !line.contains("https://"));
    check(&found, "lines have 120 characters at most");
}

#[test]
fn texts_end_with_one_line_feed_and_hold_no_tab_and_no_blank_at_an_end() {
    let files: Vec<(String, String)> =
        tracked().into_iter().filter(|(path, _)| path.ends_with(".rs") || path.ends_with(".toml")).collect();
    check(
        &found(&files, |_, line| line.contains(['\t', '\r']) || line.trim_end() != line),
        "no tab, and no blank at a line's end",
    );
    for (path, text) in files {
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path} ends with one line feed");
    }
}

#[test]
fn every_event_is_one_that_cloudformation_could_send_at_any_time() {
    for (path, text) in tracked().into_iter().filter(|(path, _)| path.starts_with("events/") && path.ends_with(".json"))
    {
        let event: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        for field in ["RequestType", "ResponseURL", "StackId", "RequestId", "LogicalResourceId", "ResourceType"] {
            assert!(event[field].is_string(), "{path} has no {field}");
        }
        let has_id = ["Update", "Delete"].contains(&event["RequestType"].as_str().unwrap_or_default());
        assert_eq!(event["PhysicalResourceId"].is_string(), has_id, "{path}: what is not made yet has no id");
        // A request that tells its age would soon be too old to be acted on.
        assert!(!text.contains("X-Amz-Date"), "{path} carries a time");
    }
}

#[test]
fn no_file_tells_of_the_place_where_it_was_written() {
    // Written apart, or this line would find itself.
    let places =
        [["/tm", "p/"], ["/wor", "k/"], ["/hom", "e/"], ["/roo", "t/"], ["sess", "ion"]].map(|parts| parts.concat());
    let meant = ["aws_session_token", "session_token", "session manager", "session policy"];
    // What the compiler names is not ours to word.
    let named = ["Cargo.lock", "layout.ld"];
    let files: Vec<(String, String)> =
        tracked().into_iter().filter(|(path, _)| !named.contains(&path.as_str())).collect();
    let found = found(&files, |path, line| {
        let line = meant.iter().fold(line.to_lowercase(), |line, meant| line.replace(meant, ""));
        // boto3 and pytest have such words of their own.
        path != "tests/it/tidy.rs" && !path.ends_with(".py") && places.iter().any(|place| line.contains(place))
    });
    check(&found, "files speak of the project, not of a machine");
}
