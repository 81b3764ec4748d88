//! What no type can hold: what is cited exists, versions agree, and the pure folders are pure.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fake::process::redirections;

pub fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files in a folder of the repository and in those below.
fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let paths = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder");
    let paths = paths.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(path) } else { vec![path] }).collect()
}

/// The anchor that GitHub gives a heading.
pub fn anchor(heading: &str) -> String {
    let is_kept = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    heading.trim().chars().filter(is_kept).collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_heading(page: &str, wanted: &str) -> bool {
    let mut headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_matches('#'));
    headings.any(|heading| anchor(heading) == wanted)
}

#[test]
fn pages_and_headings_that_are_cited_exist() {
    let pages = files("docs").into_iter().chain(["README.md".into(), "CONTRIBUTING.md".into()]);
    for path in pages.chain(["src", "tests/it", "examples/sandbox"].iter().flat_map(files)) {
        let (start, folder) = match path.extension().and_then(|it| it.to_str()) {
            Some("md") => ("](", path.parent().expect("a folder")),
            Some("rs") => ("docs/", Path::new("docs")),
            _ => continue,
        };
        for cited in read(&path).split(start).skip(1).filter_map(|rest| rest.split([')', '"', '`', ' ', '\n']).next()) {
            let (file, anchor) = cited.split_once('#').unwrap_or((cited, ""));
            let page = if file.is_empty() { path.clone() } else { folder.join(file) };
            if page.extension().is_some_and(|it| it == "md") && !file.contains("://") {
                let anchor = anchor.trim_end_matches(['.', ':', ',', ';']);
                assert!(has_heading(&read(page), anchor) || anchor.is_empty(), "{}: {cited}", path.display());
            }
        }
    }
}

#[test]
fn changelog_and_template_have_the_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("CHANGELOG.md").contains(&format!("\n## [{version}]")), "CHANGELOG.md");
    assert!(read("template.yaml").contains(&format!("SemanticVersion: {version}\n")), "template.yaml");
}

#[test]
fn every_parameter_of_the_template_is_documented() {
    let (template, page) = (read("template.yaml"), read("docs/operations.md"));
    let (_, parameters) = template.split_once("\nParameters:\n").expect("parameters");
    let lines = parameters.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    let names: Vec<&str> = lines.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':')).collect();
    let is_name = |name: &&&str| name.starts_with(char::is_alphabetic);
    for name in names.iter().filter(is_name) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    assert!(names.contains(&"AllowedBuckets"), "{names:?}");
}

/// `sam local` hands the function what this template declares, and nothing else.
#[test]
fn sam_local_gets_the_deployed_function() {
    let (deployed, local) = (read("template.yaml"), read("events/sam-local.yaml"));
    for setting in
        ["BuildMethod: rust-cargolambda", "Binary: bootstrap", "Handler: bootstrap", "Runtime: provided.al2023"]
    {
        assert!(deployed.contains(setting) && local.contains(setting), "{setting}");
    }
    let (_, variables) = local.split_once("Variables:\n").expect("variables");
    let declared: Vec<&str> = variables.lines().map(str::trim).collect();
    let wanted = redirections("host.docker.internal", 9101, "resource-data-sync");
    assert_eq!(declared, wanted.map(|(name, value)| format!("{name}: {value}")));
}

#[test]
fn the_pure_folders_name_no_client() {
    let folders = ["src/sync", "src/policy", "src/properties", "src/cloudformation", "src/messages"];
    for path in folders.iter().flat_map(files) {
        let client = ["tokio", "aws_", "lambda_runtime"].into_iter().find(|client| read(&path).contains(client));
        assert_eq!(client, None, "{}", path.display());
    }
}
