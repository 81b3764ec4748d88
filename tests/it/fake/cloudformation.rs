//! CloudFormation, as far as it concerns one stack of custom resources: templates in, events out, in its real order.
//!
//! Its habits that matter here: scalars arrive as strings; a changed physical id on Update is a replacement, whose old id is
//! deleted after the whole stack has succeeded; a failed Update is sent back with the two sets of properties swapped, to every
//! resource that had changed, and ids that only the failed update had are deleted after that; a failed Create is deleted under
//! the id of its response, or under an invented one if there was none; a resource that did not change hears nothing; what is
//! to be retained is forgotten without an event.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value, json};

use super::bucket::BODY_BYTES_MAX;
use super::{ACCOUNT, scramble};

const REGION: &str = "us-east-1";
/// Attempts at each Delete of a clean-up, after which the stack counts as updated all the same.
const CLEANUP_ATTEMPTS_MAX: u32 = 3;

/// Logical ids and the properties under each.
pub type Template = BTreeMap<String, Value>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    CreateInProgress,
    CreateComplete,
    RollbackInProgress,
    RollbackComplete,
    RollbackFailed,
    UpdateInProgress,
    /// The new resources exist and the old ones go.
    UpdateCleanup,
    UpdateComplete,
    /// Rollback was disabled: what failed stays as it is.
    UpdateFailed,
    UpdateRollbackInProgress,
    UpdateRollbackCleanup,
    UpdateRollbackComplete,
    UpdateRollbackFailed,
    DeleteInProgress,
    DeleteComplete,
    DeleteFailed,
}

impl State {
    pub fn is_settled(self) -> bool {
        !matches!(
            self,
            Self::CreateInProgress
                | Self::RollbackInProgress
                | Self::UpdateInProgress
                | Self::UpdateCleanup
                | Self::UpdateRollbackInProgress
                | Self::UpdateRollbackCleanup
                | Self::DeleteInProgress
        )
    }
}

/// Whether the rest of the stack, which is not ours, deploys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Siblings {
    #[default]
    Succeed,
    /// After our resources have succeeded.
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestType {
    Create,
    Update,
    Delete,
}

impl RequestType {
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// One event, waiting for its response.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub request_type: RequestType,
    pub stack_id: String,
    pub request_id: String,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub properties: Value,
    pub old_properties: Option<Value>,
    pub why: Why,
}

/// What in the life of the stack an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Deploy,
    Rollback,
    Cleanup,
    Deletion,
}

impl Event {
    /// The event as the function gets it.
    pub fn json(&self, response_url: &str) -> Value {
        let mut event = json!({
            "RequestType": self.request_type.name(),
            "ServiceToken": service_token(),
            "ResponseURL": response_url,
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.logical_id,
            "ResourceType": "Custom::ResourceDataSync",
            "ResourceProperties": self.properties,
        });
        if let Some(physical_id) = &self.physical_id {
            event["PhysicalResourceId"] = json!(physical_id);
        }
        if let Some(old_properties) = &self.old_properties {
            event["OldResourceProperties"] = old_properties.clone();
        }
        event
    }

    /// Reads a response as CloudFormation does: one that it would not take is a failure.
    pub fn read(&self, body: &[u8]) -> Response {
        read_response(&self.stack_id, &self.request_id, &self.logical_id, body)
            .unwrap_or_else(|reason| Response::Failed { physical_id: None, reason })
    }
}

/// The response to the event of these three ids, or why CloudFormation would not take it.
pub fn read_response(stack_id: &str, request_id: &str, logical_id: &str, body: &[u8]) -> Result<Response, String> {
    if body.len() > BODY_BYTES_MAX {
        return Err("Response object is too long.".to_owned());
    }
    let response: Value =
        serde_json::from_slice(body).map_err(|error| format!("Response is not valid JSON: {error}"))?;
    let text = |member: &str| response[member].as_str().unwrap_or_default();
    for (member, expected) in [("StackId", stack_id), ("RequestId", request_id), ("LogicalResourceId", logical_id)] {
        if text(member) != expected {
            return Err(format!("{member} of the response is not the request's."));
        }
    }
    let physical_id = text("PhysicalResourceId").to_owned();
    if physical_id.is_empty() || physical_id.len() > 1024 {
        return Err("Invalid PhysicalResourceId".to_owned());
    }
    match (text("Status"), text("Reason")) {
        ("SUCCESS", _) => match &response["Data"] {
            data @ (Value::Null | Value::Object(_)) => Ok(Response::Success { physical_id, data: data.clone() }),
            _ => Err("Data of the response is not an object.".to_owned()),
        },
        ("FAILED", "") => Err("Reason is missing from a FAILED response.".to_owned()),
        ("FAILED", reason) => Ok(Response::Failed { physical_id: Some(physical_id), reason: reason.to_owned() }),
        _ => Err("Status of the response is neither SUCCESS nor FAILED.".to_owned()),
    }
}

/// What CloudFormation makes of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    Success {
        physical_id: String,
        data: Value,
    },
    Failed {
        physical_id: Option<String>,
        reason: String,
    },
    /// None came within the service time-out.
    TimedOut,
    /// The stack's operation was cancelled while the event was under way; whatever comes is ignored.
    Cancelled,
}

impl Response {
    fn is_success(&self) -> bool {
        matches!(self, Self::Success { .. })
    }

    fn physical_id(&self) -> Option<&str> {
        match self {
            Self::Success { physical_id, .. } => Some(physical_id),
            Self::Failed { physical_id, .. } => physical_id.as_deref(),
            Self::TimedOut | Self::Cancelled => None,
        }
    }
}

/// One stack. Ask for the next event, respond to it, ask again, until there is none.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub name: String,
    pub id: String,
    /// Logical ids with `DeletionPolicy` and `UpdateReplacePolicy` `Retain`.
    pub retained: BTreeSet<String>,
    /// An Update that fails is not rolled back.
    pub is_rollback_disabled: bool,
    /// Resources whose last Update failed so: the next deployment tries them again.
    failed: BTreeSet<String>,
    state: State,
    siblings: Siblings,
    /// What the template under way says, as it is delivered.
    template: Template,
    /// What CloudFormation believes to exist.
    resources: BTreeMap<String, Resource>,
    /// What the operation under way has done, in the order of its events.
    changes: Vec<Change>,
    /// What the clean-up will delete.
    leftovers: Vec<(String, Resource)>,
    steps: VecDeque<Step>,
    outstanding: Option<Step>,
    requests: u64,
    seed: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub physical_id: String,
    pub properties: Value,
}

#[derive(Clone, Debug)]
struct Change {
    logical_id: String,
    before: Option<Resource>,
    /// What was asked for, under the id of the response, whether or not it succeeded.
    after: Resource,
}

/// An event to come.
#[derive(Clone, Debug)]
struct Step {
    request_type: RequestType,
    logical_id: String,
    /// What the event finds: of a rollback's Update what the failed one has left.
    before: Option<Resource>,
    properties: Value,
    attempts: u32,
}

impl Step {
    fn new(request_type: RequestType, logical_id: &str, before: Option<&Resource>, properties: &Value) -> Self {
        let (before, properties) = (before.cloned(), properties.clone());
        Self { request_type, logical_id: logical_id.to_owned(), before, properties, attempts: 1 }
    }

    fn delete((logical_id, resource): (&String, &Resource)) -> Self {
        Self::new(RequestType::Delete, logical_id, Some(resource), &resource.properties)
    }
}

impl Stack {
    pub fn new(name: &str) -> Self {
        let seed = name.bytes().fold(0, |hash, byte| scramble(u64::from(byte).wrapping_add(scramble(hash))));
        Self {
            name: name.to_owned(),
            id: format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{}", guid(seed)),
            seed,
            ..Self::default()
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn resources(&self) -> &BTreeMap<String, Resource> {
        &self.resources
    }

    /// Creates the stack or updates it.
    pub fn deploy(&mut self, template: &Template, siblings: Siblings) {
        self.state = match self.state {
            State::Absent | State::DeleteComplete => State::CreateInProgress,
            State::CreateComplete | State::UpdateComplete | State::UpdateRollbackComplete | State::UpdateFailed => {
                State::UpdateInProgress
            }
            other => panic!("a stack in state {other:?} cannot be deployed"),
        };
        self.siblings = siblings;
        self.changes.clear();
        self.template =
            template.iter().map(|(logical_id, properties)| (logical_id.clone(), delivered(properties))).collect();
        for (logical_id, properties) in &self.template {
            let before = self.resources.get(logical_id);
            let request_type = match before {
                Some(before) if before.properties == *properties && !self.failed.contains(logical_id) => continue,
                Some(_) => RequestType::Update,
                None => RequestType::Create,
            };
            self.steps.push_back(Step::new(request_type, logical_id, before, properties));
        }
        self.advance();
    }

    /// Deletes the stack, or tries again what was left of it.
    pub fn delete(&mut self) {
        assert!(self.state.is_settled(), "a stack at work cannot be deleted");
        self.state = State::DeleteInProgress;
        self.resources.retain(|logical_id, _| !self.retained.contains(logical_id));
        // What a rollback that failed did not come to clean up goes first.
        let leftovers = std::mem::take(&mut self.leftovers);
        let leftovers = leftovers.iter().map(|(logical_id, resource)| (logical_id, resource));
        self.steps = leftovers.chain(self.resources.iter().rev()).map(Step::delete).collect();
        self.advance();
    }

    /// Tries a failed rollback again from the event that failed.
    pub fn continue_rollback(&mut self) {
        assert_eq!(self.state, State::UpdateRollbackFailed);
        self.state = State::UpdateRollbackInProgress;
        self.advance();
    }

    /// Continues a failed rollback without the resource that failed, which counts as rolled back; which one that is.
    pub fn skip_resource(&mut self) -> String {
        assert_eq!(self.state, State::UpdateRollbackFailed);
        let step = self.steps.pop_front().expect("the step that failed");
        let failed = step.before.expect("a rollback fails at a resource that is restored");
        let restored = Resource { physical_id: failed.physical_id, properties: step.properties };
        self.resources.insert(step.logical_id.clone(), restored);
        self.state = State::UpdateRollbackInProgress;
        self.advance();
        step.logical_id
    }

    /// The next event to deliver; `None` once the stack is settled.
    pub fn next_event(&mut self) -> Option<Event> {
        assert!(self.outstanding.is_none(), "the event before waits for its response");
        if self.state.is_settled() {
            return None;
        }
        let step = self.steps.pop_front()?;
        let event = self.event(&step);
        self.outstanding = Some(step);
        Some(event)
    }

    /// Says what became of the event.
    pub fn respond(&mut self, response: &Response) {
        let step = self.outstanding.take().expect("an event is waiting");
        match (step.request_type, self.state) {
            (RequestType::Delete, _) => self.deleted(step, response),
            (_, State::UpdateRollbackInProgress) => self.restored(step, response),
            _ => self.changed(step, response),
        }
        self.advance();
    }

    fn changed(&mut self, Step { logical_id, before, properties, .. }: Step, response: &Response) {
        let present = response.physical_id().or(before.as_ref().map(|before| before.physical_id.as_str()));
        let physical_id = present.map_or_else(|| self.invented_id(&logical_id), str::to_owned);
        let after = Resource { physical_id, properties };
        self.resources.insert(logical_id.clone(), after.clone());
        self.failed.remove(&logical_id);
        if !response.is_success() && before.is_some() && self.is_rollback_disabled {
            self.failed.insert(logical_id);
            self.steps.clear();
            self.collect_replaced(Vec::new());
            self.state = State::UpdateFailed;
            return;
        }
        self.changes.push(Change { logical_id, before, after });
        if !response.is_success() {
            self.roll_back();
        }
    }

    fn restored(&mut self, step: Step, response: &Response) {
        let Response::Success { physical_id, .. } = response else {
            self.state = State::UpdateRollbackFailed;
            self.steps.push_front(step);
            return;
        };
        let failed = step.before.expect("an Update has one before");
        if *physical_id != failed.physical_id {
            self.leftovers.push((step.logical_id.clone(), failed));
        }
        let restored = Resource { physical_id: physical_id.clone(), properties: step.properties };
        self.resources.insert(step.logical_id, restored);
    }

    fn deleted(&mut self, step: Step, response: &Response) {
        let is_cleanup = matches!(self.state, State::UpdateCleanup | State::UpdateRollbackCleanup);
        if response.is_success() && !is_cleanup {
            self.resources.remove(&step.logical_id);
        } else if !response.is_success() && is_cleanup && step.attempts < CLEANUP_ATTEMPTS_MAX {
            self.steps.push_back(Step { attempts: step.attempts + 1, ..step });
        }
    }

    fn roll_back(&mut self) {
        self.steps.clear();
        let changes = std::mem::take(&mut self.changes);
        if self.state == State::CreateInProgress {
            self.state = State::RollbackInProgress;
            self.steps = changes.iter().rev().map(|change| Step::delete((&change.logical_id, &change.after))).collect();
            return;
        }
        self.state = State::UpdateRollbackInProgress;
        for Change { logical_id, before, after } in changes.into_iter().rev() {
            if let Some(before) = before {
                let restore = Step::new(RequestType::Update, &logical_id, Some(&after), &before.properties);
                self.steps.push_back(restore);
            } else {
                self.resources.remove(&logical_id);
                self.leftovers.push((logical_id, after));
            }
        }
    }

    /// Goes from phase to phase until there is an event to send or nothing left to do.
    fn advance(&mut self) {
        while self.steps.is_empty() && !self.state.is_settled() {
            match self.state {
                State::CreateInProgress | State::UpdateInProgress if self.siblings == Siblings::Fail => {
                    self.siblings = Siblings::Succeed;
                    self.roll_back();
                }
                State::CreateInProgress => self.state = State::CreateComplete,
                State::UpdateInProgress => {
                    let is_gone = |logical_id: &String, _: &mut Resource| !self.template.contains_key(logical_id);
                    let gone = self.resources.extract_if(.., is_gone).collect();
                    self.collect_replaced(gone);
                    self.clean_up(State::UpdateCleanup);
                }
                State::UpdateRollbackInProgress => self.clean_up(State::UpdateRollbackCleanup),
                State::UpdateCleanup => self.state = State::UpdateComplete,
                State::UpdateRollbackCleanup => self.state = State::UpdateRollbackComplete,
                State::RollbackInProgress if self.resources.is_empty() => self.state = State::RollbackComplete,
                State::RollbackInProgress => self.state = State::RollbackFailed,
                State::DeleteInProgress if self.resources.is_empty() => self.state = State::DeleteComplete,
                _ => self.state = State::DeleteFailed,
            }
        }
    }

    /// The next clean-up deletes the ids that were replaced, and the resources that are gone.
    fn collect_replaced(&mut self, gone: Vec<(String, Resource)>) {
        for change in std::mem::take(&mut self.changes) {
            let replaced = change.before.filter(|before| before.physical_id != change.after.physical_id);
            self.leftovers.extend(replaced.map(|before| (change.logical_id, before)));
        }
        self.leftovers.extend(gone);
        self.leftovers.retain(|(logical_id, _)| !self.retained.contains(logical_id));
    }

    fn clean_up(&mut self, state: State) {
        self.state = state;
        self.steps = self.leftovers.iter().map(|(logical_id, resource)| Step::delete((logical_id, resource))).collect();
        self.leftovers.clear();
    }

    fn event(&mut self, step: &Step) -> Event {
        self.requests += 1;
        let Step { request_type, logical_id, before, properties, .. } = step.clone();
        let old_properties = before.as_ref().map(|before| before.properties.clone());
        Event {
            request_type,
            stack_id: self.id.clone(),
            request_id: guid(scramble(self.requests) ^ self.seed),
            logical_id,
            physical_id: before.map(|before| before.physical_id),
            properties,
            old_properties: old_properties.filter(|_| request_type == RequestType::Update),
            why: match self.state {
                State::UpdateCleanup | State::UpdateRollbackCleanup => Why::Cleanup,
                State::RollbackInProgress | State::UpdateRollbackInProgress => Why::Rollback,
                State::DeleteInProgress => Why::Deletion,
                _ => Why::Deploy,
            },
        }
    }

    /// The id under which CloudFormation deletes what never told it one.
    fn invented_id(&self, logical_id: &str) -> String {
        let unique = format!("{:016X}", scramble(self.requests) ^ self.seed);
        format!("{}-{logical_id}-{}", self.name, &unique[..12])
    }
}

/// Properties as CloudFormation delivers them: every scalar a string, and the service token among them.
pub fn delivered(properties: &Value) -> Value {
    let mut properties = stringly(properties);
    properties["ServiceToken"] = json!(service_token());
    properties
}

fn stringly(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), stringly(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(stringly).collect(),
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        Value::String(_) | Value::Null => value.clone(),
    }
}

fn service_token() -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:resource-data-sync")
}

fn guid(unique: u64) -> String {
    let (high, low) = (scramble(unique), scramble(unique.wrapping_add(1)));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}
