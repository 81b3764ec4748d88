//! Golden transcripts, by area of the lifecycle: events go in, and out comes each call to SSM and to the table, with what
//! CloudFormation is told and what is there in the end. They are held to docs/behavior.md. The read of the record with which
//! an event begins is left out where it shows what was told last.

mod adopt;
mod create;
mod delete;
mod migration;
mod redelivery;
mod regions;
mod rename;
mod replace;
mod table;
mod time;
mod update;
mod upgrade;

use std::fmt::Write as _;

use expect_test::Expect;
use serde_json::{Value, json};

use crate::env::{Env, REGION, STACK, Served, to_bucket, with};
use crate::fake::fault::{Fault, FaultKind, Op};
use crate::fake::sync::{Script, Status, Sync};

/// Another stack's id.
const OTHER_STACK: &str =
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/audit/7d1f0c55-c8a1-11f0-8e11-0242ac120002";
/// What CloudFormation calls a resource whose Create never answered.
const INVENTED: &str = "inventory-Sync-1A2B3C4D5E6F7";

/// The life of a resource, written down as it goes.
struct Story {
    env: Env,
    text: String,
    /// The resource's physical id, as CloudFormation knows it.
    id: String,
    /// The event that was delivered last.
    event: Value,
}

impl Story {
    fn new() -> Self {
        let story = Self { env: Env::new(), text: String::new(), id: String::new(), event: Value::Null };
        story.first_sync(Script(vec![Status::InProgress, Status::Successful]));
        story
    }

    /// What List says of each new sync to a bucket. Unless a story is about the wait for a status, one is there at once.
    fn first_sync(&self, script: Script) {
        self.env.aws.lock().ssm.first_sync = script;
    }

    /// Begins behind a Create that has succeeded, and some time.
    async fn of(properties: &Value) -> Self {
        let mut story = Self::new();
        assert_eq!(story.create(properties).await.status(), "SUCCESS");
        story.goes_on().await;
        story
    }

    /// What was told so far is left out, and time goes by.
    async fn goes_on(&mut self) {
        self.env.pass(60).await;
        self.env.transcript();
        self.text.clear();
    }

    /// From now on `ALLOWED_BUCKETS` is this; empty, it allows any.
    fn allow_buckets(&mut self, allowed_buckets: &[&str]) {
        self.env.settings.allowed_buckets = allowed_buckets.iter().map(|&bucket| bucket.to_owned()).collect();
        self.env.restart();
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(self.text, "# {text}");
    }

    fn fault(&self, fault: Fault) {
        self.env.aws.lock().inject(fault);
    }

    fn no_faults(&self) {
        self.env.aws.lock().clear_faults();
    }

    async fn create(&mut self, properties: &Value) -> Served {
        self.send(self.env.event("Create", None, properties)).await
    }

    async fn update(&mut self, properties: &Value) -> Served {
        self.send(self.env.event("Update", Some(&self.id), properties)).await
    }

    async fn delete(&mut self, properties: &Value) -> Served {
        self.delete_id(&self.id.clone(), properties).await
    }

    async fn delete_id(&mut self, id: &str, properties: &Value) -> Served {
        self.send(self.env.event("Delete", Some(id), properties)).await
    }

    async fn send(&mut self, event: Value) -> Served {
        let served = self.env.send(&event).await;
        self.tell(&event, "", &served);
        served
    }

    /// The process is killed after so many calls.
    async fn kill(&mut self, event: Value, calls: usize) {
        let served = self.env.send_and_kill(&event, calls).await;
        self.tell(&event, ", killed", &served);
    }

    /// Lambda delivers the last event once more.
    async fn again(&mut self) -> Served {
        let event = self.event.clone();
        let served = self.env.send(&event).await;
        self.tell(&event, ", again", &served);
        served
    }

    fn tell(&mut self, event: &Value, how: &str, served: &Served) {
        let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
        let _ =
            writeln!(self.text, "{}{how}", format!("{} {}", text("RequestType"), text("PhysicalResourceId")).trim());
        let transcript = brief(&self.env.transcript());
        self.text += self.without_known_read(&transcript);
        if let Some(Err(error)) = &served.ended {
            let _ = writeln!(self.text, "  not reported: {error}");
        }
        match (text("RequestType").as_str(), served.status().as_str()) {
            ("Create", "") => INVENTED.clone_into(&mut self.id),
            ("Create", _) | ("Update", "SUCCESS") => self.id = served.id(),
            _ => {}
        }
        self.event = event.clone();
    }

    /// The calls without the event's first, where that reads what the story has told last of the record: the gap in the times
    /// is its place. A read between other calls, the fence after a wait, stays.
    fn without_known_read<'a>(&self, transcript: &'a str) -> &'a str {
        let known = self.text.lines().rev().find_map(record_shown);
        match transcript.split_once('\n') {
            Some((first, rest)) if known.is_some() && record_shown(first) == known => rest,
            _ => transcript,
        }
    }

    /// Another resource makes its syncs; the story leaves that out.
    async fn other_resource(&mut self, stack: &str, logical_id: &str, properties: &Value) {
        let served = self.env.send(&self.env.event_of(stack, logical_id, "Create", None, properties)).await;
        assert_eq!(served.status(), "SUCCESS");
        self.env.transcript();
    }

    /// Another client makes a sync, of the properties of a template.
    fn by_hand(&self, region: &str, properties: &Value) {
        let mut sync = json!({ "SyncName": properties["SyncName"] });
        for member in ["SyncType", "S3Destination", "SyncSource"] {
            if !properties[member].is_null() {
                sync[member] = properties[member].clone();
            }
        }
        if sync["S3Destination"].is_object() {
            sync["SyncType"] = json!("SyncToDestination");
            sync["S3Destination"]["SyncFormat"] = json!("JsonSerDe");
        }
        self.env.aws.lock().ssm.foreign_create(self.env.aws.clock.now_ms(), region, &sync);
    }

    /// Another client makes syncs, up to the last free place.
    fn fill(&self) {
        for name in ["one", "two", "three", "four"] {
            self.by_hand(REGION, &to_bucket(name, "theirs"));
        }
    }

    /// Some attributes of the last response.
    fn attributes(&mut self, served: &Served, names: &[&str]) {
        let data = &served.response()["Data"];
        let shown: Vec<String> = names.iter().map(|name| format!("{name} {}", data[*name])).collect();
        let _ = writeln!(self.text, "    {}", shown.join(", "));
    }

    /// The syncs that exist.
    fn there(&self) -> String {
        let aws = self.env.aws.lock();
        let target = |sync: &Sync| match sync.configuration["BucketName"].as_str() {
            Some(bucket) if sync.configuration["DestinationDataSharing"].is_object() => format!("{bucket}, shared"),
            Some(bucket) => bucket.to_owned(),
            None => format!("sources {}", sync.configuration["SourceRegions"]),
        };
        let there: Vec<String> =
            aws.ssm.all().map(|(region, sync)| format!("{region} {} → {}", sync.name, target(sync))).collect();
        if there.is_empty() { "nothing".to_owned() } else { there.join("; ") }
    }

    /// Compares all that was told with what is expected, together with the syncs that exist in the end.
    #[expect(clippy::needless_pass_by_value, reason = "it is made where it is passed")]
    fn check(&self, expected: Expect) {
        expected.assert_eq(&format!("{}There is: {}\n", self.text, self.there()));
    }
}

/// A transcript in which calls that go on and on are counted, and of a reason its beginning and its pages are left: the
/// words are held elsewhere.
fn brief(transcript: &str) -> String {
    let lines: Vec<&str> = transcript.lines().collect();
    let (mut text, mut at) = (String::new(), 0);
    while at < lines.len() {
        let rest = &lines[at..];
        let reason = rest.iter().take_while(|line| line.starts_with("    ")).count();
        if reason > 0 {
            text += &brief_reason(&rest[..reason]);
            at += reason;
            continue;
        }
        let found = (1..=3).map(|length| (length, repeats(rest, length))).find(|(_, times)| *times > 3);
        let (length, times) = found.unwrap_or((1, 1));
        for line in &rest[..length] {
            let _ = writeln!(text, "{line}");
        }
        if times > 1 {
            let last = rest[length * times - 1].trim_start().split(' ').next().unwrap_or_default();
            let _ = writeln!(text, "         … {} times more, until {last}", times - 1);
        }
        at += length * times;
    }
    text
}

/// What a line shows of the record, as it was read or written.
fn record_shown(line: &str) -> Option<&str> {
    let (_, call) = line.trim_start().split_once(' ')?;
    let shown = call.strip_prefix("Read   record").or_else(|| call.strip_prefix("Write  record"))?;
    (!shown.contains('✗')).then_some(shown)
}

/// How often the first so many calls are made, one time after the other.
fn repeats(lines: &[&str], length: usize) -> usize {
    // Without its time; what has none is no call.
    let call = |line: &&str| {
        let (time, call) = line.trim_start().split_once(' ')?;
        time.parse::<f64>().is_ok().then(|| call.to_owned())
    };
    let calls: Vec<Option<String>> = lines.iter().map(call).collect();
    let block = &calls[..length.min(calls.len())];
    let is_repeated = |next: &&[Option<String>]| *next == block && block.iter().all(Option::is_some);
    calls.chunks(length).take_while(is_repeated).count()
}

/// The beginning of a reason, what was restored, and its pages.
fn brief_reason(lines: &[&str]) -> String {
    const CHARS_MAX: usize = 215;
    let words: Vec<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
    let mut pages: Vec<String> =
        words.iter().filter_map(|word| word.split_once('#')).map(|(_, page)| format!("#{page}")).collect();
    pages.dedup();
    let reason = words.join(" ");
    let reason = [" See docs/", " See log stream"]
        .iter()
        .fold(reason.as_str(), |reason, reference| reason.split(reference).next().unwrap_or_default());
    // Whether something was restored is what a story is about.
    let restored = reason.split(". ").find(|sentence| sentence.starts_with("The previous configuration"));
    let (failed, restored) = match restored.and_then(|restored| Some((reason.split_once(restored)?.0, restored))) {
        Some((failed, restored)) => (failed, format!("… {restored}")),
        None => (reason, String::new()),
    };
    let mut left = CHARS_MAX.saturating_sub(pages.iter().map(|page| page.len() + 1).sum());
    let told = failed.split_whitespace().take_while(|word| {
        left = left.saturating_sub(word.len() + 1);
        left > 0
    });
    let (mut text, mut line) = (String::new(), String::new());
    for word in told.chain(restored.split_whitespace()).chain(pages.iter().map(String::as_str)) {
        if line.len() + word.len() > 115 {
            let _ = writeln!(text, "   {line}");
            line.clear();
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(text, "   {line}");
    text
}

fn inventory() -> Value {
    to_bucket("inventory", "logs")
}

/// The same sync to another bucket.
fn moved() -> Value {
    to_bucket("inventory", "more-logs")
}

fn shared() -> Value {
    let mut properties = inventory();
    properties["S3Destination"]["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
    properties
}

fn in_regions(properties: &Value, regions: &[&str]) -> Value {
    with(properties, "Regions", json!(regions))
}

fn explorer(regions: &[&str]) -> Value {
    crate::env::from_source("explorer", regions)
}

fn refused() -> FaultKind {
    FaultKind::Invalid("The bucket is in another Region.".to_owned())
}

fn at_create(kind: FaultKind) -> Fault {
    Fault::at(Op::Create, kind)
}
