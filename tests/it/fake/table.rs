//! One DynamoDB table: three operations, conditions, strong and weak reads, pages.
//!
//! Knows no more of DynamoDB than the function uses. What it does not know is a violation, which fails the test.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_dynamo::Item;
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
        let item: Item = serde_dynamo::to_item(record).expect("an item is an object");
        self.write(serde_json::to_value(item).expect("JSON"));
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
        let (name, key_type) = self.key;
        let item = &body["Item"];
        let Some(key) = item[name][key_type].as_str() else {
            let words = format!("One or more parameter values were invalid: Missing the key {name} in the item");
            return Err(Refusal::new(VALIDATION, words));
        };
        // With the names of types and the quotes, which is a little more than DynamoDB counts.
        if item.to_string().len() > ITEM_BYTES_MAX {
            return Err(Refusal::new(VALIDATION, "Item size has exceeded the maximum allowed size"));
        }
        let present = self.items.get(key).map(|stored| &stored.item);
        if !holds(body, present).expect("checked before") {
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
        let rest: Vec<_> = self.items.iter().filter(|(key, _)| key.as_str() > start).collect();
        let page = &rest[..rest.len().min(self.page_size)];
        let items: Vec<Value> = page.iter().filter_map(|(_, stored)| stored.read(body)).collect();
        let mut output = json!({ "Count": items.len(), "ScannedCount": page.len(), "Items": items });
        // As DynamoDB does: also where nothing comes behind a full page.
        if let Some((key, _)) = page.last().filter(|_| page.len() == self.page_size) {
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

/// Does `attribute_not_exists(#name)` or `#name = :value` hold? A placeholder that is not used is refused.
fn holds(body: &Value, item: Option<&Value>) -> Result<bool, String> {
    let Some(condition) = body["ConditionExpression"].as_str() else { return Ok(true) };
    let unknown = || format!("a condition that this table does not know: {body}");
    let meant = |placeholders: &str, placeholder: &str| {
        let only = body[placeholders].as_object().filter(|placeholders| placeholders.len() == 1);
        only.and_then(|only| only.get(placeholder)).ok_or_else(unknown)
    };
    let attribute = |placeholder: &str| {
        let name = meant("ExpressionAttributeNames", placeholder);
        name.map(|name| item.and_then(|item| item.get(name.as_str().unwrap_or_default())))
    };
    if let Some((left, right)) = condition.split_once(" = ") {
        return Ok(attribute(left)? == Some(meant("ExpressionAttributeValues", right)?));
    }
    let absent = condition.strip_prefix("attribute_not_exists(").and_then(|rest| rest.strip_suffix(')'));
    match absent.filter(|_| body["ExpressionAttributeValues"].is_null()) {
        Some(placeholder) => Ok(attribute(placeholder)?.is_none()),
        None => Err(unknown()),
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
        _ => &["TableName", "ConsistentRead", "ExclusiveStartKey"],
    };
    let members = body.as_object().into_iter().flatten();
    if let Some((member, _)) = members.clone().find(|(member, _)| !known.contains(&member.as_str())) {
        return Some(format!("a member that this table does not know: {member}"));
    }
    let groups = ["Key", "Item", "ExpressionAttributeValues"].map(|member| &body[member]);
    match groups.into_iter().find(|group| !group.is_null() && Item::deserialize(*group).is_err()) {
        Some(malformed) => Some(format!("no attribute values: {malformed}")),
        None => holds(body, None).err(),
    }
}

/// `{"State": {"S": "Done"}}` and the like, without the types; null where it is no item.
pub fn plain(item: &Value) -> Value {
    let item: Result<Item, _> = serde_json::from_value(item.clone());
    item.ok().and_then(|item| serde_dynamo::from_item(item).ok()).unwrap_or_default()
}
