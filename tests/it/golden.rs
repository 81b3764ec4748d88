//! Tables as text: in each line what goes in, and behind an arrow what comes of it.

use expect_test::Expect;

/// Of a line, without its indentation.
const WIDTH: usize = 108;

/// Works out what comes of each line of a table, and holds the table to it. One result stands in its line where there is
/// room, all else below it.
pub fn check(table: &Expect, mut results: impl FnMut(&str) -> Vec<String>) {
    let mut text = String::new();
    for line in table.data().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('→')) {
        let (input, _) = line.split_once(" → ").unwrap_or((line, ""));
        text += input;
        let results = results(input);
        assert!(!results.is_empty() || line.starts_with('#'), "nothing comes of {line}");
        match results.as_slice() {
            [result] if format!("{input} → {result}").chars().count() <= WIDTH => text += &format!(" → {result}"),
            results => text.extend(results.iter().map(|result| format!("\n  → {result}"))),
        }
        text += "\n";
    }
    table.assert_eq(&text);
}
