//! What reading finds: faults, and unknown keys. Also how a fault quotes what was given.
//!
//! Must never stop at the first fault. Next: `destination`.

use std::{collections::BTreeMap, iter};

use serde_json::Value;

use super::{Fault, Object};

#[derive(Default)]
pub struct Findings<'a> {
    pub faults: Vec<Fault>,
    /// All known keys, by the path of their object.
    pub known: BTreeMap<String, Vec<&'static str>>,
    /// Every object that was read, by its path.
    pub objects: Vec<(String, &'a Object)>,
}

impl Findings<'_> {
    pub fn into_faults(mut self, properties: &Value) -> Vec<Fault> {
        let mut unresolved = Vec::new();
        find_unresolved(properties, "", &mut unresolved);
        // Whatever else is wrong with such a value, this is what to mend.
        self.faults.retain(|fault| unresolved.iter().all(|other| other.path != fault.path));
        let unknown = self.unknown_keys();
        self.faults.into_iter().chain(unresolved).chain(unknown).collect()
    }

    fn unknown_keys(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (path, object) in &self.objects {
            let known = self.known.get(path).map(Vec::as_slice).unwrap_or_default();
            for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
                let nearest = nearest(key, known);
                let elsewhere = self.elsewhere(key, path, nearest);
                let meant: Vec<String> = nearest.map(str::to_owned).into_iter().chain(elsewhere).collect();
                let what = match meant.is_empty() {
                    true => format!("there is no such property; known here: {}", known.join(", ")),
                    false => format!("there is no such property here; did you mean {}?", meant.join(" or ")),
                };
                faults.push(Fault { path: join(path, &plain(key)), what });
            }
        }
        faults
    }

    /// Another object that knows such a key, if the author put it in the wrong one.
    fn elsewhere(&self, key: &str, path: &str, nearest: Option<&str>) -> Option<String> {
        let others = self.known.iter().filter(|(other, _)| *other != path);
        let mut places = others.flat_map(|(path, keys)| iter::repeat(path).zip(keys));
        places.find(|(_, known)| known.eq_ignore_ascii_case(key) && Some(**known) != nearest).map(|(path, known)| {
            match path.as_str() {
                "" => format!("{known} at the top"),
                path => join(path, known),
            }
        })
    }
}

/// The known key that this one is probably a typo of.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |known: &str| strsim::damerau_levenshtein(&known.to_lowercase(), &key.to_lowercase());
    let (distance, nearest) = known.iter().map(|known| (distance(known), *known)).min()?;
    (distance <= 2.max(nearest.len() / 4)).then_some(nearest)
}

fn find_unresolved(value: &Value, path: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::String(text) if text.contains("{{resolve:") => faults.push(Fault {
            path: path.to_owned(),
            what: format!(
                "CloudFormation has not resolved the dynamic reference {}; check its spelling, or take the value from a \
                 parameter",
                quoted(text)
            ),
        }),
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                find_unresolved(element, &format!("{path}[{index}]"), faults);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                find_unresolved(value, &join(path, &plain(key)), faults);
            }
        }
        _ => {}
    }
}

pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Does it count as left out?
pub fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.iter().all(is_blank),
        Value::Object(object) => object.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

pub fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(flag) => format!("the boolean {flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {}", quoted(text)),
        Value::Array(elements) => format!("a list of {}", elements.len()),
        Value::Object(_) => "an object".into(),
    }
}

pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => kind_of(other),
    }
}

/// As JSON, so that a line feed is visible.
pub fn quoted(text: &str) -> String {
    Value::from(shortened(text)).to_string()
}

fn plain(key: &str) -> String {
    let is_plain = !key.is_empty() && !key.contains(|c: char| c.is_control() || c.is_whitespace());
    if is_plain { shortened(key) } else { quoted(key) }
}

/// Enough of a text to find it in the template.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 64;
    if text.chars().count() <= CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}
