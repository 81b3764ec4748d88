//! Plays scenes to the function, one after another in one world, and tells what happens.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::time::interval;

use crate::Failure;
use crate::arguments::Arguments;
use crate::conversation::Conversation;
use crate::events::Scene;
use crate::faults;
use crate::paint::{Ink, Paper};
use crate::wording::{configuration, differences};
use crate::world::clock::{Clock, iso};
use crate::world::cloudformation::{Answer, read_answer};
use crate::world::process::{Function, Outcome};
use crate::world::runtime_api::{RuntimeApi, Told};
use crate::world::server::Servers;
use crate::world::sync::{Maker, Status, Sync};
use crate::world::{Shared, World};

const HOME_REGION: &str = "us-east-1";
const GLANCE: Duration = Duration::from_millis(20);

/// Ids by stack and logical id, for events that refer to `@previous`.
type PreviousIds = BTreeMap<(String, String), String>;

/// Whether CloudFormation got an answer that it would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    Well,
    Badly,
}

pub async fn play(paper: &Paper, arguments: &Arguments, binary: &Path, scenes: &[Scene]) -> Result<Answered, Failure> {
    let world = Shared::new(World::default(), Clock::Real);
    let servers = Servers::start(&world, 0, 0).await?;
    let api = RuntimeApi::start(0, HOME_REGION, arguments.deadline).await?;
    let mut function = Function::start(binary, &world, &servers, api, &[]).await?;
    let mut previous = PreviousIds::new();
    let mut all = Answered::Well;
    for (index, scene) in scenes.iter().enumerate() {
        heading(paper, index + 1, scene)?;
        let event = prepared(scene, &world, &servers, &previous);
        arrange(paper, arguments, scene, &world, &event)?;
        let told = converse(paper, arguments, &world, &mut function, &event).await?;
        match verdict(paper, &event, &told)? {
            Some(id) => {
                previous.insert(resource_of(&event), id);
            }
            None => all = Answered::Badly,
        }
        faults::lift(&mut world.lock());
        paper.blank()?;
    }
    closing(paper, &world)?;
    Ok(all)
}

fn heading(paper: &Paper, number: usize, scene: &Scene) -> io::Result<()> {
    let title = paper.ink(Ink::Bold, format!("{number:>2}  {}", scene.title));
    let source = paper.ink(Ink::Dim, &scene.source);
    paper.line(format!("{title}   {source}"))
}

/// The event with a response URL of ours and the ids that it refers to.
fn prepared(scene: &Scene, world: &Shared, servers: &Servers, previous: &PreviousIds) -> Value {
    let mut event = scene.event.clone();
    if event["PhysicalResourceId"] == "@previous"
        && let Some(members) = event.as_object_mut()
    {
        match previous.get(&resource_of(&scene.event)) {
            Some(id) => members.insert("PhysicalResourceId".to_owned(), id.as_str().into()),
            None => members.remove("PhysicalResourceId"),
        };
    }
    let is_null = scene.event.get("ResponseURL").is_some_and(Value::is_null);
    if !is_null {
        let text = |member: &str| event[member].as_str().unwrap_or("none").to_owned();
        let (stack_id, logical_id, request_id) = (text("StackId"), text("LogicalResourceId"), text("RequestId"));
        let now_ms = world.clock.now_ms();
        let url =
            world.lock().bucket.issue(&servers.response_base(), &stack_id, &logical_id, &request_id, Some(now_ms));
        event["ResponseURL"] = url.into();
    }
    event
}

fn resource_of(event: &Value) -> (String, String) {
    let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
    (text("StackId"), text("LogicalResourceId"))
}

/// Outsiders act and faults lie in wait; each is told.
fn arrange(paper: &Paper, arguments: &Arguments, scene: &Scene, world: &Shared, event: &Value) -> io::Result<()> {
    let now_ms = world.clock.now_ms();
    let note = |text: String| paper.line(format!("   {}", paper.ink(Ink::Yellow, text)));
    for outsider in &scene.outsiders {
        world.lock().ssm.outsider_put(now_ms, &outsider.region, &outsider.sync);
        let name = outsider.sync["SyncName"].as_str().unwrap_or_default();
        note(format!("! someone else makes {name} in {}", outsider.region))?;
    }
    let properties = &event["ResourceProperties"];
    for fault in arguments.faults.iter().chain(&scene.faults) {
        // Only a Create asks for a name or a place that nothing of its own holds yet.
        if fault.is_outsider() && event["RequestType"] != "Create" {
            continue;
        }
        fault.arrange(&mut world.lock(), now_ms, HOME_REGION, properties);
        note(format!("! {}: {}", fault.name(), fault.explained()))?;
    }
    Ok(())
}

/// Delivers the event and tells the conversation while it goes on.
async fn converse(
    paper: &Paper,
    arguments: &Arguments,
    world: &Shared,
    function: &mut Function,
    event: &Value,
) -> Result<Outcome, Failure> {
    opening(paper, event)?;
    let mut conversation = Conversation::new(paper, world.clock.now_ms());
    let mut calls = world.lock().ssm.journal.len();
    let mut puts = world.lock().bucket.puts.len();
    let logs = function.logs.clone();
    let mut lines = logs.count();
    let mut tell = |conversation: &mut Conversation| -> io::Result<()> {
        let (new_calls, new_puts) = {
            let world = world.lock();
            let new_calls = world.ssm.journal[calls..].to_vec();
            (new_calls, world.bucket.puts[puts..].to_vec())
        };
        calls += new_calls.len();
        puts += new_puts.len();
        for call in &new_calls {
            conversation.call(call)?;
        }
        for put in &new_puts {
            conversation.put(put)?;
        }
        if arguments.logs {
            for line in logs.after(lines) {
                conversation.log(&line)?;
                lines += 1;
            }
        }
        Ok(())
    };
    let mut glances = interval(GLANCE);
    let outcome = {
        let invocation = function.invoke(event, arguments.deadline);
        tokio::pin!(invocation);
        loop {
            tokio::select! {
                outcome = &mut invocation => break outcome?,
                _ = glances.tick() => tell(&mut conversation)?,
            }
        }
    };
    tell(&mut conversation)?;
    conversation.finish()?;
    Ok(outcome)
}

fn opening(paper: &Paper, event: &Value) -> io::Result<()> {
    let text = |member: &str| event[member].as_str();
    let request = text("RequestType").unwrap_or("event without RequestType");
    let logical_id = text("LogicalResourceId").unwrap_or("?");
    let stack = text("StackId").unwrap_or_default();
    let stack = stack.split('/').nth(1).unwrap_or("?");
    let known_as = text("PhysicalResourceId").map_or_else(String::new, |id| format!(", known as {id}"));
    let arrow = paper.ink(Ink::Cyan, "→");
    let request = paper.ink(Ink::Cyan, request);
    paper.line(format!("   {arrow} {request}  {logical_id} of stack {stack}{known_as}"))?;
    let properties = without_token(&event["ResourceProperties"]);
    let before = match text("RequestType") {
        Some("Update") => without_token(&event["OldResourceProperties"]),
        Some("Delete") => return Ok(()),
        _ => Value::Object(serde_json::Map::new()),
    };
    for difference in differences(&before, &properties) {
        let told = difference.replace(": – → ", ": ");
        let told = paper.wrapped(15, &told);
        paper.line(paper.ink(Ink::Dim, format!("               {told}")))?;
    }
    Ok(())
}

fn without_token(properties: &Value) -> Value {
    let mut properties = properties.clone();
    if let Some(members) = properties.as_object_mut() {
        members.remove("ServiceToken");
    }
    properties
}

/// Tells the answer, and gives its physical id if CloudFormation would take it.
fn verdict(paper: &Paper, event: &Value, outcome: &Outcome) -> io::Result<Option<String>> {
    match &outcome.told {
        Told::Response(_) => {}
        Told::Error(error) => {
            let words = error["errorMessage"].as_str().unwrap_or("no message");
            let text =
                paper.wrapped(5, &format!("the invocation ended in an error, so Lambda delivers again: {words}"));
            paper.line(format!("   {} {}", paper.ink(Ink::Red, "✗"), text))?;
        }
        Told::TimedOut => {
            paper.line(paper.ink(Ink::Red, "   ✗ the deadline passed and the process was killed"))?;
        }
        Told::Exited(status) => {
            paper.line(paper.ink(Ink::Red, format!("   ✗ the process ended: {status}")))?;
        }
    }
    let Some(put) = outcome.puts.iter().find(|put| put.stored) else {
        paper.line(paper.ink(Ink::Red, "   ← nothing: CloudFormation waits until its time-out"))?;
        return Ok(None);
    };
    let text = |member: &str| event[member].as_str().unwrap_or_default();
    let body = &put.request.body;
    let answer = read_answer(text("StackId"), text("RequestId"), text("LogicalResourceId"), body);
    let arrow = paper.ink(Ink::Cyan, "←");
    match answer {
        Ok(Answer::Success { physical_id, data }) => {
            let status = paper.ink(Ink::Green, "SUCCESS");
            paper.line(format!("   {arrow} {status}  {physical_id}"))?;
            let members = data.as_object().cloned().unwrap_or_default();
            for (key, value) in members.iter().filter(|(_, value)| **value != "") {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                paper.line(format!("               {} {value}", paper.ink(Ink::Dim, format!("{key:<16}"))))?;
            }
            if let Some(note) = note(body) {
                paper.line(format!("               {}", paper.wrapped(15, &note)))?;
            }
            Ok(Some(physical_id))
        }
        Ok(Answer::Failed { physical_id, reason }) => {
            let physical_id = physical_id.unwrap_or_default();
            let status = paper.ink(Ink::Red, "FAILED");
            paper.line(format!("   {arrow} {status}   {physical_id}"))?;
            paper.line(format!("               {}", paper.wrapped(15, &reason)))?;
            Ok(Some(physical_id))
        }
        Ok(Answer::TimedOut | Answer::Cancelled) => Ok(None),
        Err(why) => {
            let status = paper.ink(Ink::Red, "refused by CloudFormation");
            paper.line(format!("   {arrow} {status}: {why}"))?;
            paper.line(format!("     {}", String::from_utf8_lossy(body)))?;
            Ok(None)
        }
    }
}

/// What a SUCCESS says besides its data.
fn note(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer["Reason"].as_str().filter(|reason| !reason.is_empty()).map(str::to_owned)
}

/// The syncs that exist when all is over.
fn closing(paper: &Paper, world: &Shared) -> io::Result<()> {
    paper.line(paper.ink(Ink::Bold, "The syncs that exist now"))?;
    let world = world.lock();
    let syncs: Vec<(&str, &Sync)> = world.ssm.all().collect();
    if syncs.is_empty() {
        return paper.line("   none");
    }
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default();
    let region_width = widest(&mut syncs.iter().map(|(region, _)| region.len()));
    let name_width = widest(&mut syncs.iter().map(|(_, sync)| sync.name.len()));
    for (region, sync) in syncs {
        let maker = match sync.maker {
            Maker::Function => paper.ink(Ink::Green, "ours    "),
            Maker::Outsider => paper.ink(Ink::Yellow, "foreign "),
        };
        let status = match sync.status() {
            Status::None => "",
            Status::InProgress => " · InProgress",
            Status::Successful => " · Successful",
            Status::Failed(_) => " · Failed",
        };
        let status = if sync.sync_type.member() == "SyncSource" { "" } else { status };
        paper.line(format!(
            "   {region:<region_width$}  {maker} {:<name_width$}  {}{status}  {}",
            sync.name,
            configuration(&sync.configuration),
            paper.ink(Ink::Dim, format!("since {}", iso(sync.created_ms / 1000 * 1000))),
        ))?;
    }
    Ok(())
}
