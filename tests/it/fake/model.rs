//! The service's own model of the four operations, and whether a value keeps to it.
//!
//! `model.json` comes from AWS (see `model.README.md`), so requests are held to the service's idea of them, not to ours.
//! Stricter than the service in one point: a member that the model does not know is refused rather than ignored.

use std::sync::LazyLock;

use serde_json::Value;

static MODEL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("model.json")).expect("model.json is JSON"));

/// What is wrong with the input of an operation; `None` if nothing is.
pub fn violation(operation: &str, input: &Value) -> Option<String> {
    let shape = MODEL["operations"][operation]["input"]["shape"].as_str()?;
    check(shape, input, "input").err()
}

fn check(name: &str, value: &Value, path: &str) -> Result<(), String> {
    let shape = &MODEL["shapes"][name];
    let is_within = |size: i64| {
        shape["min"].as_i64().is_none_or(|min| size >= min) && shape["max"].as_i64().is_none_or(|max| size <= max)
    };
    let is_length = |length: usize| i64::try_from(length).is_ok_and(is_within);
    let is_valid = match (shape["type"].as_str().unwrap_or_default(), value) {
        ("structure", Value::Object(members)) => {
            let mut required = shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            if let Some(missing) = required.find(|member| value[*member].is_null()) {
                return Err(format!("{path}.{missing} is missing"));
            }
            for (member, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                let path = format!("{path}.{member}");
                let shape = shape["members"][member]["shape"].as_str().ok_or_else(|| format!("{path} is unknown"))?;
                check(shape, value, &path)?;
            }
            true
        }
        ("list", Value::Array(items)) => {
            let member = shape["member"]["shape"].as_str().unwrap_or_default();
            items.iter().try_for_each(|item| check(member, item, path))?;
            is_length(items.len())
        }
        ("string", Value::String(text)) => {
            is_length(text.chars().count())
                && shape["pattern"].as_str().is_none_or(|pattern| matches(pattern, text))
                && shape["enum"].as_array().is_none_or(|values| values.contains(value))
        }
        ("integer", Value::Number(number)) => number.as_i64().is_some_and(is_within),
        ("boolean", Value::Bool(_)) | ("timestamp", Value::Number(_)) => true,
        _ => false,
    };
    if is_valid { Ok(()) } else { Err(format!("{path} is no {name}: {value}")) }
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
