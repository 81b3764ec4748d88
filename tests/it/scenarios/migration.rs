//! docs/migration.md, walked with the templates of examples/migration: each step is rolled back first, since another resource
//! of the stack fails, and then taken. Nobody changes the sync on the way.

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

    async fn settle(&mut self, stack: &mut Stack) {
        let syncs = self.syncs();
        let is_deleted = stack.state() == State::DeleteInProgress;
        while let Some(event) = stack.next_event() {
            self.story.env.pass(1).await;
            let url = self.story.env.url(&event.stack_id, &event.logical_id, &event.request_id);
            let served = self.story.send(event.json(&url)).await;
            stack.respond(&event.read(&served.bytes));
        }
        assert!(syncs.is_empty() || is_deleted || self.syncs() == syncs, "{:?}", self.syncs());
    }

    fn syncs(&self) -> Vec<Value> {
        self.story.env.aws.lock().ssm.all().map(|(_, sync)| sync.essence()).collect()
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

    assert!(walk.resources(ADOPT)["NativeSync"].is_null());
    walk.step(&mut stack, ADOPT).await;
    walk.step(&mut stack, OWN).await;
    walk.delete(&mut stack).await;
    walk.story.check(expect![[r#"
        # inventory gets step-2-adopt.yaml, and another of its resources fails
        Create
          1.01 Read   record     –
          1.03 List   eu-west-1  inventory → logs (Successful)
          1.05 Write  record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete inventory
          2.11 Write  record     v2 Done
          SUCCESS inventory
        # inventory gets step-2-adopt.yaml
        Create
          3.17 List   eu-west-1  inventory → logs (Successful)
          3.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml, and another of its resources fails
        Update inventory
          4.25 List   eu-west-1  inventory → logs (Successful)
          4.27 Scan   record     1 record
          4.29 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Update inventory
          5.35 List   eu-west-1  inventory → logs (Successful)
          5.37 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml
        Update inventory
          6.43 List   eu-west-1  inventory → logs (Successful)
          6.45 Scan   record     1 record
          6.47 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # inventory is deleted
        Delete inventory
          7.53 Write  record     v7 Working: eu-west-1/SyncToDestination/inventory Open
          7.55 List   eu-west-1  inventory → logs (Successful)
          7.57 Delete eu-west-1  inventory
          7.59 List   eu-west-1  –
          7.61 Write  record     v8 Done
          SUCCESS inventory
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
        Create
          1.01 Read   record     –
          1.03 List   eu-west-1  inventory → example-inventory (Successful)
          1.05 Write  record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete inventory
          2.11 Write  record     v2 Done
          SUCCESS inventory
        # inventory gets step-2-adopt.yaml
        Create
          3.17 List   eu-west-1  inventory → example-inventory (Successful)
          3.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml, and another of its resources fails
        Update inventory
          4.25 List   eu-west-1  inventory → example-inventory (Successful)
          4.27 Scan   record     1 record
          4.29 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Update inventory
          5.35 List   eu-west-1  inventory → example-inventory (Successful)
          5.37 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml
        Update inventory
          6.43 List   eu-west-1  inventory → example-inventory (Successful)
          6.45 Scan   record     1 record
          6.47 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
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
        Create
          1.01 Read   record     –
          1.03 List   eu-west-1  inventory → logs (Successful)
          1.05 Write  record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Delete inventory
          2.11 Write  record     v2 Done
          SUCCESS inventory
        # inventory gets step-2-adopt.yaml
        Create
          3.17 List   eu-west-1  inventory → logs (Successful)
          3.19 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml, and another of its resources fails
        Update inventory
          4.25 List   eu-west-1  inventory → logs (Successful)
          4.27 Scan   record     1 record
          4.29 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Update inventory
          5.35 List   eu-west-1  inventory → logs (Successful)
          5.37 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml
        Update inventory
          6.43 List   eu-west-1  inventory → logs (Successful)
          6.45 Scan   record     1 record
          6.47 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # the way back
        # inventory gets step-2-adopt.yaml, and another of its resources fails
        Update inventory
          7.53 List   eu-west-1  inventory → logs (Successful)
          7.55 Write  record     v7 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Update inventory
          8.61 List   eu-west-1  inventory → logs (Successful)
          8.63 Scan   record     1 record
          8.65 Write  record     v8 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        # inventory gets step-2-adopt.yaml
        Update inventory
          9.71 List   eu-west-1  inventory → logs (Successful)
          9.73 Write  record     v9 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory is deleted
        Delete inventory
         10.79 Write  record     v10 Done
          SUCCESS inventory
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
        Create
         62.15 Read   record     –
         62.17 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         62.19 Write  record     v1 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled Foreign
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        Delete old-InventorySync-m58p6b1807cofv9j
         63.25 Write  record     v2 Done
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        # new gets step-2-adopt.yaml
        Create
         64.31 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         64.33 Write  record     v3 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled Foreign
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        # old gets step-2-adopt.yaml, and another of its resources fails
        Update old-InventorySync-m58p6b1807cofv9j
         65.37 Read   record     v2 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled
         65.39 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         65.41 Write  record     v3 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled Foreign
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        Update old-InventorySync-m58p6b1807cofv9j
         66.47 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         66.49 Scan   record     2 records, and more
         66.51 Scan   record     0 records
         66.53 Write  record     v4 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        # old gets step-2-adopt.yaml
        Update old-InventorySync-m58p6b1807cofv9j
         67.59 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         67.61 Write  record     v5 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled Foreign
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        # new gets step-3-own.yaml, and another of its resources fails
        Update old-InventorySync-m58p6b1807cofv9j
         68.65 Read   record     v3 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled Foreign
         68.67 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         68.69 Scan   record     2 records, and more
         68.71 Scan   record     0 records
         68.73 Write  record     v4 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        Update old-InventorySync-m58p6b1807cofv9j
         69.79 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         69.81 Write  record     v5 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled Foreign
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        # new gets step-3-own.yaml
        Update old-InventorySync-m58p6b1807cofv9j
         70.87 List   eu-west-1  old-InventorySync-m58p6b1807cofv9j → logs (Successful)
         70.89 Scan   record     2 records, and more
         70.91 Scan   record     0 records
         70.93 Write  record     v6 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled
          SUCCESS old-InventorySync-m58p6b1807cofv9j
        # old is deleted
        Delete old-InventorySync-m58p6b1807cofv9j
         71.97 Read   record     v5 Done: eu-west-1/SyncToDestination/old-InventorySync-m58p6b1807cofv9j Settled Foreign
         71.99 Write  record     v6 Done
          SUCCESS old-InventorySync-m58p6b1807cofv9j
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
        Create
         62.15 Read   record     –
         62.17 List   eu-west-1  inventory → logs (Successful)
         62.19 Write  record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Update inventory
         63.23 Read   record     v2 Done: eu-west-1/SyncToDestination/inventory Settled
         63.25 List   eu-west-1  inventory → logs (Successful)
         63.27 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Update inventory
         64.33 List   eu-west-1  inventory → logs (Successful)
         64.35 Scan   record     2 records, and more
         64.37 Scan   record     0 records
         64.39 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         65.43 Read   record     v1 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
         65.45 Write  record     v2 Done
          SUCCESS inventory
        # inventory gets another-logical-id.yaml
        Create
         66.51 List   eu-west-1  inventory → logs (Successful)
         66.53 Write  record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        Update inventory
         67.57 Read   record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
         67.59 List   eu-west-1  inventory → logs (Successful)
         67.61 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml, and another of its resources fails
        Update inventory
         68.65 Read   record     v3 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
         68.67 List   eu-west-1  inventory → logs (Successful)
         68.69 Scan   record     2 records, and more
         68.71 Scan   record     0 records
         68.73 Write  record     v4 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Update inventory
         69.79 List   eu-west-1  inventory → logs (Successful)
         69.81 Write  record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
          SUCCESS inventory
        # inventory gets step-3-own.yaml
        Update inventory
         70.87 List   eu-west-1  inventory → logs (Successful)
         70.89 Scan   record     2 records, and more
         70.91 Scan   record     0 records
         70.93 Write  record     v6 Done: eu-west-1/SyncToDestination/inventory Settled
          SUCCESS inventory
        Delete inventory
         71.97 Read   record     v5 Done: eu-west-1/SyncToDestination/inventory Settled Foreign
         71.99 Write  record     v6 Done
          SUCCESS inventory
        There is: eu-west-1 inventory → logs
    "#]]);
}
