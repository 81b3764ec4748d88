//! The service's own model of the four operations, and whether a value keeps to it.
//!
//! `model.json` comes from AWS (see `model.README.md`), so requests are held to the service's idea of them, not to ours.
//! Stricter than the service in one point: a member that the model does not know is refused rather than ignored.

use std::sync::LazyLock;

use serde_json::Value;

static MODEL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("model.json")).expect("model.json is JSON"));

/// What is wrong with the input of an operation, in the service's words; `None` if nothing is.
pub fn violation(operation: &str, input: &Value) -> Option<String> {
    let shape = &MODEL["operations"][operation]["input"]["shape"];
    let complaints = complaints(shape.as_str()?, input);
    let many = if complaints.len() == 1 { "" } else { "s" };
    (!complaints.is_empty())
        .then(|| format!("{} validation error{many} detected: {}", complaints.len(), complaints.join("; ")))
}

/// Everything in which a value departs from a shape.
pub fn complaints(shape: &str, value: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    check(shape, value, "", &mut complaints);
    complaints
}

fn check(name: &str, value: &Value, path: &str, complaints: &mut Vec<String>) {
    let shape = &MODEL["shapes"][name];
    let mut complain = |constraint: &str| complaints.push(complaint(value, path, constraint));
    match (shape["type"].as_str().unwrap_or_default(), value) {
        ("structure", Value::Object(_)) => check_structure(shape, value, path, complaints),
        ("list", Value::Array(items)) => {
            if let Some(violated) = out_of_bounds(shape, items.len()) {
                complain(&violated);
            }
            let member = shape["member"]["shape"].as_str().unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}.{}.member", index + 1);
                check(member, item, &path, complaints);
            }
        }
        ("string", Value::String(text)) => {
            if let Some(violated) = out_of_bounds(shape, text.chars().count()) {
                complain(&violated);
            }
            if let Some(pattern) = shape["pattern"].as_str()
                && !matches(pattern, text)
            {
                complain(&format!("Member must satisfy regular expression pattern: {pattern}"));
            }
            if let Some(values) = shape["enum"].as_array()
                && !values.contains(value)
            {
                let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                complain(&format!("Member must satisfy enum value set: [{}]", values.join(", ")));
            }
        }
        ("integer", Value::Number(number)) if number.is_i64() => {
            let number = number.as_i64().unwrap_or_default();
            if shape["min"].as_i64().is_some_and(|min| number < min)
                || shape["max"].as_i64().is_some_and(|max| number > max)
            {
                complain("Member must have value within the model's bounds");
            }
        }
        ("boolean", Value::Bool(_)) | ("timestamp", Value::Number(_)) => {}
        (expected, _) => complain(&format!("Member must be a {expected}")),
    }
}

fn check_structure(shape: &Value, value: &Value, path: &str, complaints: &mut Vec<String>) {
    let below = |member: &str| match path {
        "" => lower_first(member),
        _ => format!("{path}.{}", lower_first(member)),
    };
    for member in shape["required"].as_array().into_iter().flatten() {
        let member = member.as_str().unwrap_or_default();
        if value[member].is_null() {
            let constraint = "Member must not be null";
            complaints.push(complaint(&Value::Null, &below(member), constraint));
        }
    }
    for (member, value) in value.as_object().into_iter().flatten() {
        match shape["members"][member]["shape"].as_str() {
            Some(_) if value.is_null() => {}
            Some(shape) => check(shape, value, &below(member), complaints),
            None => complaints.push(complaint(value, &below(member), "Member is unknown")),
        }
    }
}

fn complaint(value: &Value, path: &str, constraint: &str) -> String {
    let shown = match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    };
    format!("Value {shown} at '{path}' failed to satisfy constraint: {constraint}")
}

fn out_of_bounds(shape: &Value, length: usize) -> Option<String> {
    let bound = |name: &str| shape[name].as_u64().and_then(|n| usize::try_from(n).ok());
    match (bound("min"), bound("max")) {
        (Some(min), _) if length < min => Some(format!("Member must have length greater than or equal to {min}")),
        (_, Some(max)) if length > max => Some(format!("Member must have length less than or equal to {max}")),
        _ => None,
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Whether the text matches one of the model's two patterns.
fn matches(pattern: &str, text: &str) -> bool {
    let is_part = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match pattern {
        "arn:.*" => text.starts_with("arn:") && !text.contains('\n'),
        "^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$" => text
            .strip_prefix("ou-")
            .and_then(|rest| rest.split_once('-'))
            .is_some_and(|(root, unit)| is_part(root, 4..=32) && is_part(unit, 8..=32)),
        other => panic!("the model has a new pattern: {other}"),
    }
}
