//! The event: read leniently for what an answer needs, strictly for what is asked.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::{
    response_url::{ResponseUrl, UrlFault},
    time::Timestamp,
};

/// What an answer needs, and the rest of the event still unread.
#[derive(Debug)]
pub struct Envelope {
    pub response_url: ResponseUrl,
    pub stack_id: String,
    pub request_id: String,
    pub logical_id: String,
    /// Absent when CloudFormation sent none, or an empty one.
    pub physical_id: Option<String>,
    pub request_type: Option<RequestType>,
    /// `RequestType` as it came, for messages.
    pub request_type_text: Option<String>,
    pub properties: Block,
    pub old_properties: Block,
}

/// The three requests of CloudFormation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestType {
    Create,
    Update,
    Delete,
}

impl RequestType {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
        }
    }
}

/// `ResourceProperties` or `OldResourceProperties`, as far as it can be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Missing,
    /// There, but no object; holds what it is instead.
    NotAnObject(&'static str),
    Object(serde_json::Map<String, serde_json::Value>),
}

impl Envelope {
    /// Reads an event of any shape. A fault in one field spoils only that field.
    ///
    /// # Errors
    /// When there is nowhere to answer to.
    pub fn read(event: &RawValue, extra_hosts: &[String]) -> Result<Self, UrlFault> {
        let fields: HashMap<String, &RawValue> = serde_json::from_str(event.get()).map_err(|_| UrlFault::Missing)?;
        let text = |name: &str| fields.get(name).and_then(|raw| scalar(raw));
        let response_url = ResponseUrl::parse(&text("ResponseURL").unwrap_or_default(), extra_hosts)?;
        let request_type_text = text("RequestType");
        Ok(Self {
            response_url,
            stack_id: text("StackId").unwrap_or_default(),
            request_id: text("RequestId").unwrap_or_default(),
            logical_id: text("LogicalResourceId").unwrap_or_default(),
            physical_id: text("PhysicalResourceId").filter(|id| !id.is_empty()),
            request_type: match request_type_text.as_deref() {
                Some("Create") => Some(RequestType::Create),
                Some("Update") => Some(RequestType::Update),
                Some("Delete") => Some(RequestType::Delete),
                _ => None,
            },
            request_type_text,
            properties: block(fields.get("ResourceProperties").copied()),
            old_properties: block(fields.get("OldResourceProperties").copied()),
        })
    }

    /// The ids without which CloudFormation takes no answer.
    #[must_use]
    pub fn missing_ids(&self) -> Option<String> {
        let ids =
            [("StackId", &self.stack_id), ("RequestId", &self.request_id), ("LogicalResourceId", &self.logical_id)];
        let missing: Vec<&str> = ids.iter().filter(|(_, id)| id.is_empty()).map(|(name, _)| *name).collect();
        (!missing.is_empty()).then(|| missing.join(" and no "))
    }

    /// When the request was made; `received` where the URL does not tell.
    #[must_use]
    pub fn requested(&self, received: Timestamp) -> Timestamp {
        self.response_url.requested().unwrap_or(received)
    }
}

fn scalar(raw: &RawValue) -> Option<String> {
    match serde_json::from_str(raw.get()).ok()? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn block(raw: Option<&RawValue>) -> Block {
    let Some(raw) = raw else { return Block::Missing };
    match serde_json::from_str(raw.get()) {
        Ok(serde_json::Value::Object(map)) => Block::Object(map),
        Ok(serde_json::Value::Null) => Block::Missing,
        Ok(serde_json::Value::Array(_)) => Block::NotAnObject("a list"),
        Ok(serde_json::Value::String(_)) => Block::NotAnObject("a string"),
        Ok(serde_json::Value::Number(_)) => Block::NotAnObject("a number"),
        Ok(serde_json::Value::Bool(_)) => Block::NotAnObject("a boolean"),
        Err(_) => Block::NotAnObject("something that cannot be read (nested too deeply, or not valid text)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> Result<Envelope, UrlFault> {
        Envelope::read(serde_json::from_str::<&RawValue>(event).unwrap(), &["h".into()])
    }

    #[test]
    fn a_fault_in_one_field_spoils_only_that_field() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let event = format!(
            r#"{{"ResponseURL":"http://h/x","StackId":7,"RequestId":"\ud800","LogicalResourceId":"L",
                "PhysicalResourceId":"","RequestType":"Destroy","ResourceProperties":{deep},
                "OldResourceProperties":null,"LogicalResourceId":"M"}}"#
        );
        let envelope = read(&event).unwrap();
        assert_eq!((envelope.stack_id.as_str(), envelope.request_id.as_str()), ("7", ""));
        assert_eq!((envelope.logical_id.as_str(), envelope.physical_id), ("M", None));
        assert_eq!((envelope.request_type, envelope.request_type_text.as_deref()), (None, Some("Destroy")));
        assert!(matches!(envelope.properties, Block::NotAnObject(_)));
        assert_eq!(envelope.old_properties, Block::Missing);
    }

    #[test]
    fn without_a_url_there_is_no_envelope() {
        for event in
            ["{}", "[]", "null", "7", r#"{"ResponseURL":null}"#, r#"{"ResponseURL":{}}"#, r#"{"ResponseURL":""}"#]
        {
            assert_eq!(read(event).unwrap_err(), UrlFault::Missing, "{event}");
        }
    }
}
