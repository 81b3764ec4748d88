//! Medians with their spread, as Markdown.

use std::fmt::Write as _;

use crate::compare::{COLUMNS, Results};

pub struct Column {
    pub key: &'static str,
    pub title: &'static str,
    pub unit: Unit,
}

#[derive(Clone, Copy)]
pub enum Unit {
    Ms,
    Mb,
}

#[derive(Clone, Debug, Default)]
pub struct Series(Vec<f64>);

impl Series {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Half of the distance between the quartiles.
    pub fn spread(&self) -> f64 {
        (self.quantile(0.75) - self.quantile(0.25)) / 2.0
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "short")]
    fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
        let at = part * last as f64;
        let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
        below + (above - below) * at.fract()
    }
}

fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// A row a contender: median ± half the distance between the quartiles.
pub fn values(results: &Results, order: &[&'static str]) -> String {
    let mut text = head("contender", "");
    for name in order.iter().filter(|name| results.contains_key(*name)) {
        let _ = write!(text, "| {name} |");
        for column in &COLUMNS {
            let Some(series) = results[name].get(column.key) else {
                text.push_str(" – |");
                continue;
            };
            let (median, spread) = (series.median(), series.spread());
            let spread = if column.key == "zip" { String::new() } else { format!(" ± {}", digits(spread)) };
            let _ = write!(text, " {}{spread} |", digits(median));
        }
        text.push('\n');
    }
    text
}

/// How many times what the function takes the others take.
pub fn ratios(results: &Results, order: &[&'static str]) -> String {
    let mut text = head("bootstrap : contender", " (×)");
    for name in order.iter().filter(|name| **name != "bootstrap" && results.contains_key(*name)) {
        let _ = write!(text, "| {name} |");
        for column in &COLUMNS {
            match ratio(results, column.key, name) {
                Some(ratio) if ratio >= 1.0 => {
                    let _ = write!(text, " {ratio:.2} |");
                }
                Some(ratio) => {
                    let _ = write!(text, " 1/{} |", digits(1.0 / ratio));
                }
                None => text.push_str(" – |"),
            }
        }
        text.push('\n');
    }
    text
}

/// Ours through theirs.
pub fn ratio(results: &Results, key: &str, name: &str) -> Option<f64> {
    let ours = results.get("bootstrap")?.get(key)?.median();
    Some(ours / results.get(name)?.get(key)?.median())
}

fn head(first: &str, suffix: &str) -> String {
    let titles = COLUMNS.iter().map(|column| match (column.unit, suffix) {
        (_, "") => column.title.to_owned(),
        (Unit::Ms, _) => column.title.trim_end_matches(" ms").to_owned(),
        (Unit::Mb, _) => column.title.trim_end_matches(" MB").to_owned(),
    });
    let titles: Vec<String> = titles.collect();
    format!("| {first} | {} |\n|---|{}\n", titles.join(" | "), "---|".repeat(COLUMNS.len()))
}
