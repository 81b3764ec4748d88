//! The code that a cold Create runs, and where it lies in the binary.
//!
//! The kernel maps a file's pages in runs of 16, so code that is scattered brings much with it that does not run, at
//! every start. `layout.ld` tells the linker what belongs together. It is made here, from what callgrind saw run, and
//! names no hash of the compiler's, so that it outlives changes of the code and of the compiler; how well it still fits
//! is counted.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::Path,
    process::Command,
};

use crate::{
    contender::{Contender, cargo, folder, function, root},
    instructions,
    place::Authority,
};

/// A pattern may bring so much code along that does not run, for each byte that does.
const COLD_SHARE_MAX: f64 = 0.1;
/// The section of the code that runs.
const SECTION: &str = ".text.start";

/// Writes `layout.ld` anew, for the sources as they are.
pub async fn write(authority: &Authority) -> String {
    let target = folder().join("layout");
    let (target, binary) = (target.display().to_string(), target.join("release/bootstrap"));
    let unstripped = ["--config", "profile.release.strip=false", "--target-dir", &target];
    cargo(&root(), &[&["build", "--release", "--bin", "bootstrap"], &unstripped[..]].concat());
    let out = instructions::ran(&function(Some(&binary)), authority).await;
    let ran: HashSet<String> = names(&out).map(|name| general(&name)).collect();
    let mut code = Code::default();
    for (name, bytes) in functions(&binary) {
        let name = general(&name);
        let part = if ran.contains(&name) { &mut code.hot } else { &mut code.cold };
        *part.entry(name).or_default() += bytes;
    }
    let patterns = code.patterns();
    let mut script = format!(
        "/* What runs when the function starts and serves its first event lies together: fewer pages to map.\n\
         \x20* `cargo benchmark layout` writes this file; `cargo benchmark instructions` says how well it fits. */\n\
         SECTIONS\n{{\n  {SECTION} :\n  {{\n    *(\n"
    );
    for pattern in &patterns {
        // A `$` is no letter of the linker's.
        script.push_str(&format!("      .text.{}\n", pattern.replace('$', "?")));
    }
    script.push_str("    )\n  }\n}\nINSERT BEFORE .text;\n");
    fs::write(root().join("layout.ld"), script).expect("a file for the layout");
    let sum = |part: &BTreeMap<String, u64>| part.values().sum::<u64>() / 1000;
    format!(
        "## Layout\n\nOf {} kB of code, {} kB ran: {} functions, under {} patterns in layout.ld.\n",
        sum(&code.hot) + sum(&code.cold),
        sum(&code.hot),
        code.hot.len(),
        patterns.len()
    )
}

/// How much of what ran lies in the section that was made for it, of one; counted in functions.
pub fn fit(function: &Contender, out: &Path) -> f64 {
    let Some((start, end)) = section(&function.program) else { return 0.0 };
    let (mut inside, mut all) = (0, 0);
    // A stripped binary's functions have no name but their address.
    let addresses = names(out).filter_map(|name| u64::from_str_radix(name.strip_prefix("0x")?, 16).ok());
    for address in addresses.filter(|address| *address < 1 << 32).collect::<BTreeSet<_>>() {
        all += 1;
        inside += u32::from((start..end).contains(&address));
    }
    f64::from(inside) / f64::from(all.max(1))
}

/// The functions that callgrind saw, as the linker names them.
fn names(out: &Path) -> impl Iterator<Item = String> {
    let text = fs::read_to_string(out).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
    let names: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("fn=").or_else(|| line.strip_prefix("cfn=")))
        .filter_map(|function| Some(function.split_once(") ")?.1))
        // What calls itself is told apart by its depth.
        .map(|name| name.split_once('\'').map_or(name, |(name, _)| name).to_owned())
        .collect();
    names.into_iter()
}

/// Every function of a binary, and its size.
fn functions(binary: &Path) -> Vec<(String, u64)> {
    let lines = told("nm", &["--print-size", "--defined-only"], binary);
    let function = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, size, kind, name] = words[..] else { return None };
        matches!(kind, "t" | "T").then_some((name.to_owned(), u64::from_str_radix(size, 16).ok()?))
    };
    lines.lines().filter_map(function).collect()
}

/// Where [`SECTION`] lies.
fn section(binary: &Path) -> Option<(u64, u64)> {
    let lines = told("readelf", &["--section-headers", "--wide"], binary);
    let line = lines.lines().find(|line| line.contains(&format!(" {SECTION} ")))?;
    let mut words = line.split_whitespace().skip_while(|word| *word != "PROGBITS").skip(1);
    let address = u64::from_str_radix(words.next()?, 16).ok()?;
    let size = u64::from_str_radix(words.nth(1)?, 16).ok()?;
    Some((address, address + size))
}

fn told(program: &str, arguments: &[&str], binary: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(binary).output();
    let output = output.unwrap_or_else(|error| panic!("{program} of binutils: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A name without what changes from build to build: the compiler's hashes, the linker's numbers, ring's version.
fn general(name: &str) -> String {
    let mut name = name;
    let mut general = String::new();
    if let Some((_, rest)) = name.strip_prefix("ring_core_").and_then(|rest| rest.split_once("__")) {
        general.push_str("ring_core_*__");
        name = rest;
    }
    while let Some(first) = name.chars().next() {
        let rest = &name[first.len_utf8()..];
        if let Some(after) = name.strip_prefix("17h").and_then(|rest| rest.get(16..)).filter(|it| it.starts_with('E')) {
            general.push_str("17h*");
            name = after;
        } else if let Some((hash, after)) = name.strip_prefix("Cs").and_then(|rest| rest.split_once('_'))
            && hash.len() > 7
            && hash.chars().all(|c| c.is_ascii_alphanumeric())
        {
            general.push_str("Cs*_");
            name = after;
        } else if first == '.' && !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()) {
            general.push_str(".*");
            name = "";
        } else {
            general.push(first);
            name = rest;
        }
    }
    general
}

/// Names, and their bytes.
#[derive(Default)]
struct Code {
    hot: BTreeMap<String, u64>,
    cold: BTreeMap<String, u64>,
}

impl Code {
    /// The shortest patterns that cover all that is hot, and little else.
    fn patterns(&self) -> Vec<String> {
        let names: Vec<&str> = self.hot.keys().map(String::as_str).collect();
        let mut patterns = Vec::new();
        self.cover(&names, 0, &mut patterns);
        patterns
    }

    /// `names` are sorted, and have the first `shared` bytes in common.
    fn cover(&self, names: &[&str], shared: usize, patterns: &mut Vec<String>) {
        let (Some(first), Some(last)) = (names.first(), names.last()) else { return };
        let common = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
        let hot: u64 = names.iter().map(|name| self.hot[*name]).sum();
        let ends = if names.len() == 1 { shared..common } else { common..common + 1 };
        if let Some(end) = ends.into_iter().find(|end| self.is_covered_by(&first[..*end], hot)) {
            patterns.push(format!("{}*", &first[..end]));
        } else if names.len() == 1 {
            patterns.push((*first).to_owned());
        } else {
            for names in names.chunk_by(|one, other| one.as_bytes().get(common) == other.as_bytes().get(common)) {
                self.cover(names, common, patterns);
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share")]
    fn is_covered_by(&self, prefix: &str, hot: u64) -> bool {
        let cold = self.cold.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
        let cold: u64 = cold.map(|(_, bytes)| bytes).sum();
        cold as f64 <= COLD_SHARE_MAX * hot as f64
    }
}
