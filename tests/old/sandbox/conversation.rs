//! What the function and the world say to each other, line by line as it happens.

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;

use crate::paint::{Ink, Paper};
use crate::wording::{configuration, differences, look};
use crate::world::bucket::{Put, Verdict};
use crate::world::fault::Op;
use crate::world::journal::{Call, Change, Outcome};

/// Tells calls as they come. A List is told once all its pages are there, and again only if it shows something else.
#[derive(Debug)]
pub struct Conversation<'a> {
    paper: &'a Paper,
    began_ms: u64,
    walks: BTreeMap<Place, Walk>,
    looks: BTreeMap<Place, Look>,
}

/// Where the last column begins; the longest names of Regions fit before it.
const INDENT: usize = 39;

/// A Region and a type.
type Place = (String, String);

#[derive(Debug, Default)]
struct Walk {
    pages: u32,
    items: Vec<Value>,
}

#[derive(Debug, Default)]
struct Look {
    shown: String,
    repeats: u32,
}

impl<'a> Conversation<'a> {
    pub fn new(paper: &'a Paper, began_ms: u64) -> Self {
        Self { paper, began_ms, walks: BTreeMap::new(), looks: BTreeMap::new() }
    }

    pub fn call(&mut self, call: &Call) -> io::Result<()> {
        if call.op == Op::List {
            return self.list(call);
        }
        self.tell_repeats(&call.region)?;
        let name = call.name().unwrap_or("?");
        let asked = match call.op {
            Op::Delete => call.body["SyncType"]
                .as_str()
                .map_or_else(|| format!("{name} (no SyncType)"), |sync_type| format!("{name} ({sync_type})")),
            _ => name.to_owned(),
        };
        let shown = self.outcome(call, &asked);
        self.step(call.at_ms, short(call.op), &call.region, &shown)
    }

    pub fn put(&mut self, put: &Put) -> io::Result<()> {
        self.finish()?;
        let bytes = put.request.body.len();
        let shown = match &put.verdict {
            Verdict::Accepted => format!("{bytes} bytes  {}", self.paper.ink(Ink::Green, "200")),
            Verdict::Refused { status, code } => {
                format!("{bytes} bytes  {}", self.bad(&format!("{status} {code}")))
            }
            Verdict::Dropped => format!("{bytes} bytes  {}", self.bad("connection lost")),
            Verdict::Hung => format!("{bytes} bytes  {}", self.bad("no answer")),
        };
        self.step(put.at_ms, "PUT", "response", &shown)
    }

    pub fn log(&self, line: &str) -> io::Result<()> {
        self.paper.line(self.paper.ink(Ink::Dim, format!("     │ {line}")))
    }

    /// Tells what was held back.
    pub fn finish(&mut self) -> io::Result<()> {
        let regions: Vec<String> = self.looks.keys().map(|(region, _)| region.clone()).collect();
        for region in regions {
            self.tell_repeats(&region)?;
        }
        Ok(())
    }

    fn list(&mut self, call: &Call) -> io::Result<()> {
        let sync_type = call.body["SyncType"].as_str().unwrap_or("no SyncType");
        let place = (call.region.clone(), sync_type.to_owned());
        let shown = match &call.outcome {
            Outcome::Done(page) => {
                let walk = self.walks.entry(place.clone()).or_default();
                walk.pages += 1;
                let items = page["ResourceDataSyncItems"].as_array();
                walk.items.extend(items.into_iter().flatten().cloned());
                if !page["NextToken"].is_null() {
                    return Ok(());
                }
                let walk = self.walks.remove(&place).unwrap_or_default();
                let pages = match walk.pages {
                    1 => String::new(),
                    pages => self.paper.ink(Ink::Dim, format!("  ({pages} pages)")),
                };
                let told = format!("{sync_type}: {}", look(&walk.items));
                format!("{}{pages}", self.paper.wrapped(INDENT, &told))
            }
            _ => self.outcome(call, sync_type),
        };
        let look = self.looks.entry(place).or_default();
        if look.shown == shown {
            look.repeats += 1;
            return Ok(());
        }
        self.tell_repeats(&call.region)?;
        let place = (call.region.clone(), sync_type.to_owned());
        self.looks.entry(place).or_default().shown.clone_from(&shown);
        self.step(call.at_ms, short(call.op), &call.region, &shown)
    }

    /// Whatever else happens in a Region, the next look is news again.
    fn tell_repeats(&mut self, region: &str) -> io::Result<()> {
        for ((place, _), look) in &mut self.looks {
            if place == region {
                let repeats = std::mem::take(look).repeats;
                let times = if repeats == 1 { "time" } else { "times" };
                if repeats > 0 {
                    let text = format!("               ⋮ seen so {repeats} more {times} in {region}");
                    self.paper.line(self.paper.ink(Ink::Dim, text))?;
                }
            }
        }
        Ok(())
    }

    fn outcome(&self, call: &Call, asked: &str) -> String {
        let change = call.change.as_ref().map(|change| self.change(change));
        let told = match &call.outcome {
            Outcome::Done(_) => String::new(),
            Outcome::Refused(refusal) => {
                let words = refusal.message.as_deref().map_or_else(String::new, |message| format!(": {message}"));
                self.bad(&self.paper.wrapped(INDENT, &format!("{}{words}", refusal.code)))
            }
            Outcome::Dropped => self.bad("connection lost"),
            Outcome::Hung => self.bad("no answer, ever"),
        };
        let late = match call.late_ms {
            0 => String::new(),
            ms => format!("  {}", self.bad(&format!("told {ms} ms later"))),
        };
        match change {
            Some(change) if told.is_empty() => format!("{asked}  {change}{late}"),
            Some(change) => format!("{asked}  {change}  {told}"),
            None if told.is_empty() => format!("{asked}{late}"),
            None => format!("{asked}\n{:INDENT$}{told}", ""),
        }
    }

    fn change(&self, change: &Change) -> String {
        match change {
            Change::Created(sync) => {
                let sign = self.paper.ink(Ink::Green, "+ created");
                format!("{sign}  {}", configuration(&sync.configuration))
            }
            Change::Updated { before, after } => {
                let sign = self.paper.ink(Ink::Yellow, "~ updated");
                let changes = differences(&before.configuration, &after.configuration);
                format!("{sign}  {}", changes.join("; "))
            }
            Change::Deleted(_) => self.paper.ink(Ink::Red, "- deleted"),
        }
    }

    fn bad(&self, text: &str) -> String {
        self.paper.ink(Ink::Yellow, format!("✗ {text}"))
    }

    fn step(&self, at_ms: u64, verb: &str, place: &str, shown: &str) -> io::Result<()> {
        let after_ms = at_ms.saturating_sub(self.began_ms);
        let time = format!("{:>4}.{:02} s", after_ms / 1000, after_ms % 1000 / 10);
        let time = self.paper.ink(Ink::Dim, time);
        self.paper.line(format!("   {time}   {verb:<6}  {place:<14}  {shown}"))
    }
}

fn short(op: Op) -> &'static str {
    match op {
        Op::List => "List",
        Op::Create => "Create",
        Op::Update => "Update",
        Op::Delete => "Delete",
    }
}
