//! docs/migration.md, walked with the templates of examples/migration: each step is rolled back first, since another resource
//! of the stack fails, and then taken. Told is whose the sync is afterwards; the calls are those of `adopt`. Nobody changes
//! the sync on the way.

use std::fs;
use std::iter::Peekable;

use expect_test::expect;
use serde_json::{Value, json};

use super::*;
use crate::fake::cloudformation::{Siblings, Stack, State, Template};

const NATIVE: &str = "AWS::SSM::ResourceDataSync";
const KEEP: &str = "step-1-keep.yaml";
const ADOPT: &str = "step-2-adopt.yaml";
const OWN: &str = "step-3-own.yaml";
const BOTH: &str = "another-logical-id.yaml";

struct Walk {
    story: Story,
    /// The templates' parameters.
    sync_name: String,
    bucket_name: String,
}

impl Walk {
    fn new() -> Self {
        Self { story: Story::new(), sync_name: "inventory".to_owned(), bucket_name: "logs".to_owned() }
    }

    fn resources(&self, file: &str) -> Value {
        let text = read(file);
        let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.is_empty()).peekable();
        let template = self.mapping(&mut lines, 0);
        assert_eq!(lines.next(), None, "{file}");
        template["Resources"].clone()
    }

    /// The YAML of the templates: mappings by their indentation, and scalars.
    fn mapping<'a>(&self, lines: &mut Peekable<impl Iterator<Item = &'a str>>, indent: usize) -> Value {
        let mut members = serde_json::Map::new();
        while let Some(line) = lines.next_if(|line| line.len() - line.trim_start().len() == indent) {
            let (key, value) = line.trim().split_once(':').unwrap_or_else(|| panic!("no member: {line}"));
            let value = match value.trim() {
                "" => self.mapping(lines, indent + 2),
                "!Ref SyncName" => json!(self.sync_name),
                "!Ref BucketName" => json!(self.bucket_name),
                "!Ref AWS::Region" => json!(REGION),
                text => json!(text),
            };
            members.insert(key.to_owned(), value);
        }
        members.into()
    }

    /// The properties of the custom resources.
    fn template(&self, file: &str) -> Template {
        let resources = self.resources(file);
        let resources = resources.as_object().expect("resources").iter();
        let custom = resources.filter(|(_, resource)| resource["Type"] == "Custom::ResourceDataSync");
        custom.map(|(logical_id, resource)| (logical_id.clone(), resource["Properties"].clone())).collect()
    }

    /// Deploys a template, after a deployment of it that is rolled back.
    async fn step(&mut self, stack: &mut Stack, file: &str) {
        let template = self.template(file);
        self.story.note(&format!("{} gets {file}, and another of its resources fails", stack.name));
        self.deploy(stack, &template, Siblings::Fail).await;
        assert!(
            matches!(stack.state(), State::RollbackComplete | State::UpdateRollbackComplete),
            "{:?}",
            stack.state()
        );
        if stack.state() == State::RollbackComplete {
            stack.delete();
        }
        self.story.note(&format!("{} gets {file}", stack.name));
        self.deploy(stack, &template, Siblings::Succeed).await;
        assert!(matches!(stack.state(), State::CreateComplete | State::UpdateComplete), "{:?}", stack.state());
    }

    async fn deploy(&mut self, stack: &mut Stack, template: &Template, siblings: Siblings) {
        stack.deploy(template, siblings);
        self.settle(stack).await;
    }

    async fn delete(&mut self, stack: &mut Stack) {
        self.story.note(&format!("{} is deleted", stack.name));
        stack.delete();
        self.settle(stack).await;
        assert_eq!(stack.state(), State::DeleteComplete);
    }

    /// Serves the events, and tells them with what the records then say.
    async fn settle(&mut self, stack: &mut Stack) {
        let syncs = self.syncs();
        let is_deleted = stack.state() == State::DeleteInProgress;
        let mut events = Vec::new();
        while let Some(event) = stack.next_event() {
            self.story.env.pass(1).await;
            let url = self.story.env.url(&event.stack_id, &event.logical_id, &event.request_id);
            let served = self.story.env.send(&event.json(&url)).await;
            stack.respond(&event.read(&served.bytes));
            events.push(event.request_type.name());
        }
        assert!(syncs.is_empty() || is_deleted || self.syncs() == syncs, "{:?}", self.syncs());
        let _ = writeln!(self.story.text, "  {}: {}", events.join(", "), self.owners());
    }

    fn syncs(&self) -> Vec<Value> {
        self.story.env.aws.lock().ssm.all().map(|(_, sync)| sync.essence()).collect()
    }

    /// Whose the sync is, by the records.
    fn owners(&self) -> String {
        let aws = self.story.env.aws.lock();
        let mut owners = Vec::new();
        for (resource, record) in aws.table.records() {
            let (stack_id, logical_id) = resource.split_once('|').expect("a stack's id and a logical id");
            let stack = stack_id.split('/').nth(1).unwrap_or_default();
            for entry in record["Syncs"].as_object().expect("entries").values() {
                assert_eq!(entry["State"], "Settled", "{resource}");
                let has = if entry["Foreign"] == true { "looks at it" } else { "has it" };
                owners.push(format!("{stack}/{logical_id} {has}"));
            }
        }
        if owners.is_empty() { "it is nobody's".to_owned() } else { owners.join(", ") }
    }
}

fn read(file: &str) -> String {
    let path = format!("{}/examples/migration/{file}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test(start_paused = true)]
async fn from_the_native_type() {
    let mut walk = Walk::new();
    let mut stack = Stack::new("inventory");
    let native = walk.resources(KEEP)["NativeSync"].take();
    assert_eq!([&native["Type"], &native["DeletionPolicy"]], [NATIVE, "Retain"], "it stays when the resource goes");
    let mut sync = native["Properties"].clone();
    let destination = sync["S3Destination"].as_object_mut().expect("a destination");
    let region = destination.remove("BucketRegion").expect("the native name");
    destination.insert("Region".to_owned(), region);
    walk.story.by_hand(REGION, &sync);
    // The native resource asks nothing of the function.
    walk.deploy(&mut stack, &Template::new(), Siblings::Succeed).await;
    walk.story.goes_on().await;

    assert!(walk.resources(ADOPT)["NativeSync"].is_null());
    walk.step(&mut stack, ADOPT).await;
    walk.step(&mut stack, OWN).await;
    walk.delete(&mut stack).await;
    walk.story.check(expect![[r#"
        # inventory gets step-2-adopt.yaml, and another of its resources fails
          Create, Delete: it is nobody's
        # inventory gets step-2-adopt.yaml
          Create: inventory/InventorySync looks at it
        # inventory gets step-3-own.yaml, and another of its resources fails
          Update, Update: inventory/InventorySync looks at it
        # inventory gets step-3-own.yaml
          Update: inventory/InventorySync has it
        # inventory is deleted
          Delete: it is nobody's
        There is: nothing
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn from_terraform() {
    let mut walk = Walk::new();
    let mut stack = Stack::new("inventory");
    let terraform = read("terraform.tf");
    let argument = |name: &str| {
        let lines = terraform.lines().filter_map(|line| line.trim_start_matches('#').split_once(" = "));
        let mut values = lines.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim_matches('"'));
        values.next().unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(argument("destroy"), "false");
    let destination = json!({ "BucketName": argument("bucket_name"), "Region": argument("region") });
    argument("bucket_name").clone_into(&mut walk.bucket_name);
    walk.story.by_hand(REGION, &json!({ "SyncName": argument("name"), "S3Destination": destination }));
    walk.step(&mut stack, ADOPT).await;
    walk.step(&mut stack, OWN).await;
    walk.story.check(expect![[r#"
        # inventory gets step-2-adopt.yaml, and another of its resources fails
          Create, Delete: it is nobody's
        # inventory gets step-2-adopt.yaml
          Create: inventory/InventorySync looks at it
        # inventory gets step-3-own.yaml, and another of its resources fails
          Update, Update: inventory/InventorySync looks at it
        # inventory gets step-3-own.yaml
          Update: inventory/InventorySync has it
        There is: eu-west-1 inventory → example-inventory
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn from_a_sync_made_by_hand() {
    let mut walk = Walk::new();
    let mut stack = Stack::new("inventory");
    walk.story.by_hand(REGION, &inventory());
    walk.step(&mut stack, ADOPT).await;
    walk.step(&mut stack, OWN).await;
    walk.story.note("the way back");
    walk.step(&mut stack, ADOPT).await;
    walk.delete(&mut stack).await;
    walk.story.check(expect![[r#"
        # inventory gets step-2-adopt.yaml, and another of its resources fails
          Create, Delete: it is nobody's
        # inventory gets step-2-adopt.yaml
          Create: inventory/InventorySync looks at it
        # inventory gets step-3-own.yaml, and another of its resources fails
          Update, Update: inventory/InventorySync looks at it
        # inventory gets step-3-own.yaml
          Update: inventory/InventorySync has it
        # the way back
        # inventory gets step-2-adopt.yaml, and another of its resources fails
          Update, Update: inventory/InventorySync has it
        # inventory gets step-2-adopt.yaml
          Update: inventory/InventorySync looks at it
        # inventory is deleted
          Delete: it is nobody's
        There is: eu-west-1 inventory → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn from_one_stack_to_another() {
    let mut walk = Walk::new();
    let (mut old, mut new) = (Stack::new("old"), Stack::new("new"));
    // Its name is a generated one.
    let mut before = walk.template(OWN);
    before.insert("InventorySync".to_owned(), with(&before["InventorySync"], "SyncName", Value::Null));
    walk.deploy(&mut old, &before, Siblings::Succeed).await;
    walk.story.goes_on().await;
    walk.sync_name = old.resources()["InventorySync"].physical_id.clone();

    walk.step(&mut new, ADOPT).await;
    walk.step(&mut old, ADOPT).await;
    walk.step(&mut new, OWN).await;
    walk.delete(&mut old).await;
    walk.story.check(expect![[r#"
        # new gets step-2-adopt.yaml, and another of its resources fails
          Create, Delete: old/InventorySync has it
        # new gets step-2-adopt.yaml
          Create: new/InventorySync looks at it, old/InventorySync has it
        # old gets step-2-adopt.yaml, and another of its resources fails
          Update, Update: new/InventorySync looks at it, old/InventorySync has it
        # old gets step-2-adopt.yaml
          Update: new/InventorySync looks at it, old/InventorySync looks at it
        # new gets step-3-own.yaml, and another of its resources fails
          Update, Update: new/InventorySync looks at it, old/InventorySync looks at it
        # new gets step-3-own.yaml
          Update: new/InventorySync has it, old/InventorySync looks at it
        # old is deleted
          Delete: new/InventorySync has it
        There is: eu-west-1 old-InventorySync-m58p6b1807cofv9j → logs
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn from_one_logical_id_to_another() {
    let mut walk = Walk::new();
    let mut stack = Stack::new("inventory");
    let mut before = walk.template(BOTH);
    before.remove("InventorySync");
    before.insert("OldSync".to_owned(), with(&before["OldSync"], "AdoptExisting", Value::Null));
    walk.deploy(&mut stack, &before, Siblings::Succeed).await;
    walk.story.goes_on().await;

    walk.step(&mut stack, BOTH).await;
    walk.step(&mut stack, OWN).await;
    walk.story.check(expect![[r#"
        # inventory gets another-logical-id.yaml, and another of its resources fails
          Create, Update, Update, Delete: inventory/OldSync has it
        # inventory gets another-logical-id.yaml
          Create, Update: inventory/InventorySync looks at it, inventory/OldSync looks at it
        # inventory gets step-3-own.yaml, and another of its resources fails
          Update, Update: inventory/InventorySync looks at it, inventory/OldSync looks at it
        # inventory gets step-3-own.yaml
          Update, Delete: inventory/InventorySync has it
        There is: eu-west-1 inventory → logs
    "#]]);
}
