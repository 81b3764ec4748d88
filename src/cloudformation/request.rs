//! The event: read leniently where a response needs it, strictly otherwise.
//!
//! Must never fail for an event that can be responded to. Next: [`super::stack_id`].

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use thiserror::Error;

use crate::policy::record::RequestType;

use super::{PhysicalId, Requested, ResponseUrl, StackId, UrlError};

/// What the function is invoked with.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Event {
    Resource(Request),
    /// A direct invocation, whole.
    Plan(Value),
    /// A direct invocation, whole.
    Report(Value),
}

/// CloudFormation's request. However odd it is, it can be responded to.
#[derive(Debug)]
pub struct Request {
    pub response_url: ResponseUrl,
    pub stack_id: StackId,
    pub request_id: String,
    pub logical_id: String,
    /// `None` where CloudFormation sent none, or an empty one.
    pub physical_id: Option<PhysicalId>,
    pub kind: Result<RequestType, EventFault>,
    /// `RequestType` as it came, for logs.
    pub kind_text: String,
    /// `ResourceProperties`; null where there are none.
    pub properties: Value,
}

/// Why a request cannot be acted on, though it can be responded to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventFault {
    #[error("The event has no {}, so CloudFormation cannot accept a response to it.", .0.join(" and no "))]
    MissingIds(Vec<&'static str>),
    #[error("The event has no RequestType; Create, Update and Delete are known.")]
    MissingType,
    #[error("The event's RequestType is {0}; Create, Update and Delete are known.")]
    UnknownType(String),
    #[error("The event is an Update without a PhysicalResourceId.")]
    UpdateWithoutId,
    #[error("ResourceProperties cannot be read: nested too deeply, or not valid text.")]
    UnreadableProperties,
}

impl Event {
    /// Reads an event of any shape. A malformed field affects no other.
    ///
    /// # Errors
    /// When the event cannot be responded to.
    pub fn read(raw: &RawValue, extra_hosts: &[String]) -> Result<Self, UrlError> {
        let fields = Fields::read(raw.get());
        match fields.sns_message() {
            Some(message) => Self::from_fields(&Fields::read(&message), extra_hosts),
            None => Self::from_fields(&fields, extra_hosts),
        }
    }

    /// `RequestId`, `StackId` and `LogicalResourceId` of an event that can't be responded to, for the log.
    #[must_use]
    pub fn ids(raw: &RawValue) -> [String; 3] {
        let fields = Fields::read(raw.get());
        let message = fields.sns_message();
        let fields = message.as_deref().map_or(fields, Fields::read);
        let url = fields.id("ResponseURL").unwrap_or_else(|| "ResponseURL".to_owned());
        ["RequestId", "StackId", "LogicalResourceId"].map(|name| fields.text(name).replace(&url, "[response URL]"))
    }

    fn from_fields(fields: &Fields<'_>, extra_hosts: &[String]) -> Result<Self, UrlError> {
        let Some(url) = fields.id("ResponseURL") else {
            return match fields.text("RequestType").as_str() {
                "Plan" => Ok(Self::Plan(fields.object())),
                "Report" => Ok(Self::Report(fields.object())),
                _ => Err(UrlError::Missing),
            };
        };
        let response_url = ResponseUrl::parse(&url, extra_hosts)?;
        let properties = fields.value("ResourceProperties");
        let kind_text = response_url.redact(&fields.text("RequestType"));
        Ok(Self::Resource(Request {
            stack_id: StackId::from(fields.text("StackId")),
            request_id: fields.text("RequestId"),
            logical_id: fields.text("LogicalResourceId"),
            physical_id: fields.id("PhysicalResourceId").as_deref().map(PhysicalId::parse),
            kind: fields.kind(&kind_text, properties.is_none()),
            kind_text,
            properties: properties.unwrap_or_default(),
            response_url,
        }))
    }
}

impl Request {
    /// When CloudFormation made the request, as far as the URL shows it.
    #[must_use]
    pub fn requested(&self) -> Requested {
        self.response_url.requested()
    }

    /// The id for a response that changes nothing: the id that came, or else one that says that nothing was created.
    #[must_use]
    pub fn unchanged_id(&self) -> String {
        let nothing = || PhysicalId::NothingCreated { request_id: self.request_id.clone() }.to_string();
        self.physical_id.as_ref().map_or_else(nothing, ToString::to_string)
    }
}

/// The fields of an object, each still unread. Any other value has none.
#[derive(Default)]
struct Fields<'a>(HashMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    fn read(json: &'a str) -> Self {
        serde_json::from_str(json).map(Self).unwrap_or_default()
    }

    /// `None` if it cannot be read; null if it is missing.
    fn value(&self, name: &str) -> Option<Value> {
        self.0.get(name).map_or(Some(Value::Null), |raw| serde_json::from_str(raw.get()).ok())
    }

    /// A scalar as text; empty for anything else.
    fn text(&self, name: &str) -> String {
        match self.value(name) {
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            _ => String::new(),
        }
    }

    fn id(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|id| !id.is_empty())
    }

    /// The type of a request that can be acted on, or what is wrong with it.
    fn kind(&self, text: &str, is_unreadable: bool) -> Result<RequestType, EventFault> {
        let ids = ["StackId", "RequestId", "LogicalResourceId"];
        let missing: Vec<_> = ids.into_iter().filter(|name| self.id(name).is_none()).collect();
        if !missing.is_empty() {
            return Err(EventFault::MissingIds(missing));
        }
        match text {
            "Update" if self.id("PhysicalResourceId").is_none() => Err(EventFault::UpdateWithoutId),
            "Create" | "Update" if is_unreadable => Err(EventFault::UnreadableProperties),
            "Create" => Ok(RequestType::Create),
            "Update" => Ok(RequestType::Update),
            // Never fails because of its properties.
            "Delete" => Ok(RequestType::Delete),
            "" => Err(EventFault::MissingType),
            other => Err(EventFault::UnknownType(other.to_owned())),
        }
    }

    /// The whole object, without fields that cannot be read.
    fn object(&self) -> Value {
        self.0.keys().filter_map(|name| Some((name.clone(), self.value(name)?))).collect::<Map<_, _>>().into()
    }

    /// The event inside an SNS notification: a service token may be a topic.
    fn sns_message(&self) -> Option<String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Record {
            sns: Notification,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Notification {
            message: String,
        }
        let records: Vec<Record> = serde_json::from_str(self.0.get("Records")?.get()).ok()?;
        // SNS sends one record an invocation.
        records.into_iter().next().map(|record| record.sns.message)
    }
}
