//! An object of the properties, read key by key.
//!
//! Must never drop a value that can be read, even if it is invalid: one reading serves strict and lenient callers.
//! Next: `findings`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Fault, Object,
    findings::{Findings, is_blank, join, kind_of, quoted, shown},
    forms::{self, Form, Misfit},
};

const SPLIT: &str = "; make its parameter a CommaDelimitedList, or split it with !Split";
const INNER: &str = "; leave out the list around it";

/// One object and its path. An object that was left out is read silently, so that all its keys become known.
pub struct Reader<'r, 'a> {
    object: Option<&'a Object>,
    path: String,
    is_silent: bool,
    findings: &'r mut Findings<'a>,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub fn top(object: Option<&'a Object>, findings: &'r mut Findings<'a>) -> Self {
        findings.objects.extend(object.map(|object| (String::new(), object)));
        Self { object, path: String::new(), is_silent: false, findings }
    }
}

impl<'a> Reader<'_, 'a> {
    /// The value of a key, unless it is blank: parameters of templates default to `""`.
    fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        let known = self.findings.known.entry(self.path.clone()).or_default();
        if !known.contains(&key) {
            known.push(key);
        }
        self.object?.get(key).filter(|value| !is_blank(value))
    }

    pub fn has(&mut self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// Makes keys known that are ignored.
    pub fn ignore(&mut self, keys: &[&'static str]) {
        for key in keys {
            self.get(key);
        }
    }

    pub fn fault(&mut self, key: &str, what: impl Into<String>) {
        if !self.is_silent {
            self.findings.faults.push(Fault { path: join(&self.path, key), what: what.into() });
        }
    }

    /// The name or alias that is given, else the name. Two at once are a fault.
    pub fn one_of(&mut self, names: &[&'static str]) -> Option<&'static str> {
        let given: Vec<&'static str> = names.iter().copied().filter(|name| self.has(name)).collect();
        for alias in given.iter().skip(1) {
            self.fault(alias, format!("another name for {}, which is also given; keep one of them", given[0]));
        }
        given.first().or(names.first()).copied()
    }

    pub fn silent_if<T>(&mut self, is_silent: bool, read: impl FnOnce(&mut Reader<'_, 'a>) -> T) -> T {
        read(&mut Reader {
            object: self.object,
            path: self.path.clone(),
            is_silent: is_silent || self.is_silent,
            findings: self.findings,
        })
    }

    /// The object under a key.
    pub fn block<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Reader<'_, 'a>) -> Option<T>) -> Option<T> {
        let given = self.get(key);
        let object = self.object.and_then(|object| object.get(key)).and_then(Value::as_object);
        if let Some(other) = given.filter(|value| !value.is_object()) {
            self.fault(key, format!("must be an object, got {}", kind_of(other)));
        }
        self.silent_if(given.is_none_or(|value| !value.is_object()), |parent| parent.child(key, object, read))
    }

    /// An object in a list.
    pub fn object_at<T>(&mut self, path: &str, object: &'a Object, read: impl FnOnce(&mut Reader<'_, 'a>) -> T) -> T {
        self.child(path, Some(object), read)
    }

    fn child<T>(&mut self, key: &str, object: Option<&'a Object>, read: impl FnOnce(&mut Reader<'_, 'a>) -> T) -> T {
        let path = join(&self.path, key);
        self.findings.objects.extend(object.map(|object| (path.clone(), object)));
        read(&mut Reader { object, path, is_silent: self.is_silent, findings: self.findings })
    }

    pub fn text(&mut self, key: &'static str, chars_max: usize, form: impl Fn(&str) -> Form) -> Option<String> {
        let value = self.get(key)?;
        self.text_at(key, value, chars_max, form)
    }

    pub fn required_text(
        &mut self,
        key: &'static str,
        chars_max: usize,
        form: impl Fn(&str) -> Form,
    ) -> Option<String> {
        self.require(key, &format!("1 to {chars_max} characters"));
        self.text(key, chars_max, form)
    }

    pub fn text_at(
        &mut self,
        path: &str,
        value: &Value,
        chars_max: usize,
        form: impl Fn(&str) -> Form,
    ) -> Option<String> {
        let Value::String(text) = value else {
            self.fault(path, format!("must be a string, got {}", kind_of(value)));
            return None;
        };
        let chars = text.chars().count();
        if chars > chars_max {
            self.fault(path, format!("must have 1 to {chars_max} characters, got {chars}"));
        } else if let Err(Misfit { must, hint }) = forms::tidy(text).and_then(|()| form(text)) {
            self.fault(path, format!("must {must}, got {}{hint}", quoted(text)));
        }
        Some(text.clone())
    }

    pub fn region(&mut self, path: &str, value: &Value) -> Option<String> {
        self.text_at(path, value, 64, forms::region)
    }

    pub fn choice(&mut self, key: &'static str, allowed: &[&str]) -> Option<String> {
        let value = self.get(key)?;
        let text = value.as_str();
        if text.is_none_or(|text| !allowed.contains(&text)) {
            self.fault(key, format!("must be {}, got {}", allowed.join(" or "), shown(value)));
        }
        text.map(str::to_owned)
    }

    pub fn required_choice(&mut self, key: &'static str, allowed: &[&str]) -> Option<String> {
        self.require(key, &allowed.join(" or "));
        self.choice(key, allowed)
    }

    /// A boolean, which CloudFormation sends as a string.
    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        if flag.is_none() {
            self.fault(key, format!("must be true or false, got {}", shown(value)));
        }
        flag
    }

    pub fn whole_number(&mut self, key: &'static str, unit: &str, max: u64) -> Option<u64> {
        let value = self.get(key)?;
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        let number = number.filter(|number| (1..=max).contains(number));
        if number.is_none() {
            self.fault(key, format!("must be a whole number of {unit} from 1 to {max}, got {}", shown(value)));
        }
        number
    }

    /// A list as a set. `element` reads an element, given its path. Blank elements are skipped: an empty
    /// `CommaDelimitedList` arrives as `[""]`.
    pub fn list(
        &mut self,
        key: &'static str,
        mut element: impl FnMut(&mut Self, &str, &'a Value) -> Option<String>,
    ) -> Option<BTreeSet<String>> {
        let value = self.get(key)?;
        let Value::Array(elements) = value else {
            let hint = if value.is_string() { SPLIT } else { "" };
            self.fault(key, format!("must be a list, got {}{hint}", kind_of(value)));
            return None;
        };
        let mut set = BTreeSet::new();
        for (index, value) in elements.iter().enumerate().filter(|(_, value)| !is_blank(value)) {
            let path = format!("{key}[{index}]");
            match value {
                Value::Array(_) => self.fault(&path, format!("must be one element, got {}{INNER}", kind_of(value))),
                Value::String(text) if text.contains(',') => {
                    self.fault(&path, format!("must be one element, got {}{SPLIT}", kind_of(value)));
                }
                _ => set.extend(element(self, &path, value)),
            }
        }
        Some(set)
    }

    pub fn required_list(
        &mut self,
        key: &'static str,
        allowed: &str,
        element: impl FnMut(&mut Self, &str, &'a Value) -> Option<String>,
    ) -> Option<BTreeSet<String>> {
        self.require(key, &format!("a list of {allowed}"));
        self.list(key, element)
    }

    fn require(&mut self, key: &'static str, allowed: &str) {
        if !self.has(key) {
            self.fault(key, format!("required ({allowed}), but it is missing"));
        }
    }
}
