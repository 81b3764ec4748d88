//! One DynamoDB table: three operations, conditions, strong and weak reads, pages.
//!
//! Knows no more of DynamoDB than the function uses. What it does not know is a violation, which fails the test.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call_log::Refusal;
use super::fault::Op;

const ITEM_BYTES_MAX: usize = 400 * 1024;
const VALIDATION: &str = "ValidationException";

#[derive(Debug)]
pub struct Table {
    pub name: String,
    /// The only Region that has it.
    pub region: String,
    /// The attribute that is its key, and the key's type.
    pub key: (&'static str, &'static str),
    /// Items a page of Scan.
    pub page_size: usize,
    items: BTreeMap<String, Stored>,
}

#[derive(Debug)]
struct Stored {
    item: Value,
    /// The item before the last write, which is what a weak read finds.
    before: Option<Value>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            name: "resource-data-sync".to_owned(),
            region: "eu-west-1".to_owned(),
            key: ("Resource", "S"),
            page_size: 2,
            items: BTreeMap::new(),
        }
    }
}

impl Table {
    /// A record as plain JSON.
    pub fn record(&self, key: &str) -> Option<Value> {
        self.items.get(key).map(|stored| plain(&stored.item))
    }

    /// Every record, by its key.
    pub fn records(&self) -> impl Iterator<Item = (&str, Value)> {
        self.items.iter().map(|(key, stored)| (key.as_str(), plain(&stored.item)))
    }

    /// Another client writes an item, of plain JSON.
    pub fn put(&mut self, record: &Value) {
        let Value::Object(members) = record else { panic!("an item is an object: {record}") };
        let item = members.iter().map(|(name, value)| (name.clone(), typed(value))).collect();
        self.write(item);
    }

    /// Another client, or the item's time to live, deletes it.
    pub fn delete(&mut self, key: &str) -> Option<Value> {
        self.items.remove(key).map(|stored| plain(&stored.item))
    }

    pub fn serve(&mut self, region: &str, op: Op, body: &Value) -> Result<Value, Refusal> {
        if region != self.region || body["TableName"] != json!(self.name) {
            return Err(Refusal::new("ResourceNotFoundException", "Requested resource not found"));
        }
        match op {
            Op::GetItem => self.get(body),
            Op::PutItem => self.put_item(body),
            _ => self.scan(body),
        }
    }

    fn get(&self, body: &Value) -> Result<Value, Refusal> {
        let (name, key_type) = self.key;
        let key = body["Key"][name][key_type].as_str();
        let (Some(key), Some(1)) = (key, body["Key"].as_object().map(Map::len)) else {
            return Err(Refusal::new(VALIDATION, "The provided key element does not match the schema"));
        };
        let item = self.items.get(key).and_then(|stored| stored.read(body));
        Ok(item.map_or_else(|| json!({}), |item| json!({ "Item": item })))
    }

    fn put_item(&mut self, body: &Value) -> Result<Value, Refusal> {
        let invalid =
            |what: String| Refusal::new(VALIDATION, format!("One or more parameter values were invalid: {what}"));
        let (name, key_type) = self.key;
        let item = &body["Item"];
        let key = match item[name].as_object().and_then(|value| value.iter().next()) {
            None => return Err(invalid(format!("Missing the key {name} in the item"))),
            Some((actual, _)) if actual != key_type => {
                return Err(invalid(format!("Type mismatch for key {name} expected: {key_type} actual: {actual}")));
            }
            Some((_, key)) => key.as_str().unwrap_or_default(),
        };
        if item.as_object().into_iter().flatten().map(|(name, value)| name.len() + bytes(value)).sum::<usize>()
            > ITEM_BYTES_MAX
        {
            return Err(Refusal::new(VALIDATION, "Item size has exceeded the maximum allowed size"));
        }
        let present = self.items.get(key).map(|stored| &stored.item);
        if !Condition::of(body).expect("checked before").is_none_or(|condition| condition.holds(present)) {
            let refusal = Refusal::new("ConditionalCheckFailedException", "The conditional request failed");
            return Err(match present {
                Some(item) if body["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" => {
                    refusal.with("Item", item.clone())
                }
                _ => refusal,
            });
        }
        self.write(item.clone());
        Ok(json!({}))
    }

    fn write(&mut self, item: Value) {
        let (name, key_type) = self.key;
        let key = item[name][key_type].as_str().expect("an item has the key").to_owned();
        let before = self.items.remove(&key).map(|stored| stored.item);
        self.items.insert(key, Stored { item, before });
    }

    fn scan(&self, body: &Value) -> Result<Value, Refusal> {
        let (name, key_type) = self.key;
        let start = body["ExclusiveStartKey"][name][key_type].as_str().unwrap_or_default();
        let limit = body["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let rest: Vec<_> = self.items.iter().filter(|(key, _)| key.as_str() > start).collect();
        let page = &rest[..rest.len().min(limit).min(self.page_size)];
        let items: Vec<Value> = page.iter().filter_map(|(_, stored)| stored.read(body)).collect();
        let mut output = json!({ "Count": items.len(), "ScannedCount": page.len(), "Items": items });
        // As DynamoDB does: also where nothing comes behind a full page.
        if let Some((key, _)) = page.last().filter(|_| page.len() == self.page_size.min(limit)) {
            output["LastEvaluatedKey"] = json!({ name: { key_type: key } });
        }
        Ok(output)
    }
}

impl Stored {
    fn read(&self, body: &Value) -> Option<Value> {
        match body["ConsistentRead"].as_bool() {
            Some(true) => Some(self.item.clone()),
            _ => self.before.clone(),
        }
    }
}

enum Condition<'a> {
    Absent(&'a str),
    Equals(&'a str, &'a Value),
}

impl<'a> Condition<'a> {
    /// `attribute_not_exists(#name)` or `#name = :value`, with every placeholder used.
    fn of(body: &'a Value) -> Result<Option<Self>, String> {
        let Some(text) = body["ConditionExpression"].as_str() else { return Ok(None) };
        let unknown = || format!("a condition that this table does not know: {text}");
        let name = |placeholder: &str| match placeholder.starts_with('#') {
            true => body["ExpressionAttributeNames"][placeholder].as_str().ok_or_else(unknown),
            false => Err(unknown()),
        };
        let counts = ["ExpressionAttributeNames", "ExpressionAttributeValues"]
            .map(|member| body[member].as_object().map_or(0, Map::len));
        let (condition, used) = match text.strip_prefix("attribute_not_exists(").and_then(|rest| rest.strip_suffix(')'))
        {
            Some(placeholder) => (Self::Absent(name(placeholder)?), [1, 0]),
            None => {
                let (left, right) = text.split_once('=').ok_or_else(unknown)?;
                let value = body["ExpressionAttributeValues"].get(right.trim()).ok_or_else(unknown)?;
                (Self::Equals(name(left.trim())?, value), [1, 1])
            }
        };
        if counts == used { Ok(Some(condition)) } else { Err(format!("placeholders that are not used in: {text}")) }
    }

    fn holds(&self, item: Option<&Value>) -> bool {
        match self {
            Self::Absent(name) => item.is_none_or(|item| item.get(*name).is_none()),
            Self::Equals(name, value) => item.is_some_and(|item| item.get(*name) == Some(*value)),
        }
    }
}

/// What is wrong with a request, or beyond what is known here.
pub fn violation(op: Op, body: &Value) -> Option<String> {
    let known: &[&str] = match op {
        Op::GetItem => &["TableName", "Key", "ConsistentRead"],
        Op::PutItem => &[
            "TableName",
            "Item",
            "ConditionExpression",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "ReturnValuesOnConditionCheckFailure",
        ],
        _ => &["TableName", "ConsistentRead", "ExclusiveStartKey", "Limit"],
    };
    let members = body.as_object().into_iter().flatten();
    if let Some((member, _)) = members.clone().find(|(member, _)| !known.contains(&member.as_str())) {
        return Some(format!("a member that this table does not know: {member}"));
    }
    let groups = ["Key", "Item", "ExpressionAttributeValues"].map(|member| body[member].as_object());
    let malformed = groups.into_iter().flatten().flatten().find(|(_, value)| !is_typed(value));
    match malformed {
        Some((name, value)) => Some(format!("no attribute value: {name}: {value}")),
        None => Condition::of(body).err(),
    }
}

fn is_typed(value: &Value) -> bool {
    let Some((kind, inner)) = value.as_object().filter(|members| members.len() == 1).and_then(|m| m.iter().next())
    else {
        return false;
    };
    match (kind.as_str(), inner) {
        ("S", Value::String(_)) | ("BOOL" | "NULL", Value::Bool(_)) => true,
        ("N", Value::String(number)) => number.parse::<f64>().is_ok(),
        ("M", Value::Object(members)) => members.values().all(is_typed),
        ("L", Value::Array(items)) => items.iter().all(is_typed),
        _ => false,
    }
}

/// The size of a value as DynamoDB counts it.
fn bytes(value: &Value) -> usize {
    match value.as_object().and_then(|members| members.iter().next()) {
        Some((_, Value::String(text))) => text.len(),
        Some((_, Value::Object(members))) => {
            3 + members.iter().map(|(name, value)| 1 + name.len() + bytes(value)).sum::<usize>()
        }
        Some((_, Value::Array(items))) => 3 + items.iter().map(|item| 1 + bytes(item)).sum::<usize>(),
        _ => 1,
    }
}

/// `{"M": {"State": {"S": "Done"}}}` and the like, without the types.
pub fn plain(item: &Value) -> Value {
    let members = item.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value_of(value))).collect()
}

fn value_of(typed: &Value) -> Value {
    match typed.as_object().and_then(|members| members.iter().next()).map(|(kind, inner)| (kind.as_str(), inner)) {
        Some(("N", Value::String(number))) => serde_json::from_str(number).unwrap_or_default(),
        Some(("M", members)) => plain(members),
        Some(("L", Value::Array(items))) => items.iter().map(value_of).collect(),
        Some(("NULL", _)) | None => Value::Null,
        Some((_, inner)) => inner.clone(),
    }
}

fn typed(plain: &Value) -> Value {
    match plain {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(_) => json!({ "BOOL": plain }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(_) => json!({ "S": plain }),
        Value::Array(items) => json!({ "L": items.iter().map(typed).collect::<Vec<_>>() }),
        Value::Object(members) => {
            let members: Map<_, _> = members.iter().map(|(name, value)| (name.clone(), typed(value))).collect();
            json!({ "M": members })
        }
    }
}
