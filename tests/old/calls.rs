//! No more calls than the situation needs: what each path of section 5 of the standard sends to SSM, compared with the
//! table in `bench/README.md`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    stage::{REGION, Served, Stage, from_source, to_bucket, with},
    world::{
        fault::{Fault, FaultKind, Op},
        sync::Script,
    },
};

const README: &str = include_str!("../../bench/README.md");
const HEAD: &str = "| situation | calls |\n|---|---|\n";

#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, situation: &str, served: &Served) {
        let letters = served.letters();
        let letters = if letters.is_empty() { "none".to_owned() } else { format!("`{letters}`") };
        let _ = writeln!(self.0, "| {situation} | {letters} |");
    }
}

/// Where a first sync has a status at the first look.
async fn fresh_stage() -> Stage {
    let stage = Stage::new().await;
    stage.world.lock().ssm.first_sync = Script::successful();
    stage
}

/// With a sync that was made for these properties.
async fn stage_with(properties: &Value) -> Stage {
    let mut stage = fresh_stage().await;
    assert_eq!(stage.create(properties).await.status(), "SUCCESS");
    stage.pass(60).await;
    stage
}

fn in_regions(properties: &Value, regions: &[&str]) -> Value {
    with(properties, "Regions", json!(regions))
}

fn fill(stage: &Stage, count: usize) {
    for number in 0..count {
        let destination = json!({ "BucketName": "others", "Region": REGION, "SyncFormat": "JsonSerDe" });
        let sync = json!({ "SyncName": format!("other-{number}"), "SyncType": "SyncToDestination", "S3Destination": destination });
        stage.outsider(REGION, &sync);
    }
}

async fn creates(table: &mut Table) {
    let wanted = to_bucket("inventory", "logs");
    let fault = |kind| Fault::at(Op::Create, kind);

    table.row("Create", &fresh_stage().await.create(&wanted).await);

    let three = in_regions(&wanted, &["eu-west-1", "eu-west-2", "eu-west-3"]);
    table.row("Create in three Regions", &fresh_stage().await.create(&three).await);

    let mut stage = fresh_stage().await;
    fill(&stage, 4);
    table.row("Create, listed on the third page", &stage.create(&wanted).await);

    let mut stage = stage_with(&to_bucket("inventory", "other-logs")).await;
    table.row("Create, the name is taken", &stage.create(&wanted).await);

    let mut stage = fresh_stage().await;
    fill(&stage, 5);
    stage.world.lock().ssm.page_size = 5;
    table.row("Create at the quota", &stage.create(&wanted).await);

    for (situation, kind) in [
        ("Create, access denied", FaultKind::Denied),
        ("Create, invalid to SSM", FaultKind::Invalid("no".to_owned())),
        ("Create, the bucket policy spreads meanwhile", FaultKind::S3WriteFailed),
        ("Create in conflict with another", FaultKind::Conflict),
        ("Create, done but the answer is lost", FaultKind::LoseReplyAfter),
        ("Create, not done and the answer is lost", FaultKind::LoseReplyBefore),
    ] {
        let mut stage = fresh_stage().await;
        stage.world.lock().ssm.inject(fault(kind));
        table.row(situation, &stage.create(&wanted).await);
    }

    let mut stage = fresh_stage().await;
    stage.world.lock().ssm.first_sync = Script::settles();
    table.row("Create, no status at the first look", &stage.create(&wanted).await);

    table.row("Create, properties at fault", &fresh_stage().await.create(&json!({})).await);

    let mut stage = fresh_stage().await;
    stage.age_ms = Some(2 * 3_600_000);
    table.row("Create, older than its ServiceTimeout", &stage.create(&wanted).await);

    let mut stage = fresh_stage().await;
    let event = stage.event("Create", None, &wanted, None);
    stage.send(&event).await;
    table.row("the same event again, same process", &stage.send(&event).await);
    stage.restart().await;
    stage.pass(60).await;
    table.row("the same event again, another process", &stage.send(&event).await);
}

async fn updates(table: &mut Table) {
    let was = to_bucket("inventory", "logs");
    let other_bucket = to_bucket("inventory", "other-logs");

    table.row("Update, equal", &stage_with(&was).await.update("inventory", &was, &was).await);

    let (source, wider) =
        (from_source("inventory", &["eu-west-1"]), from_source("inventory", &["eu-west-1", "eu-west-2"]));
    table.row("Update of what SSM updates", &stage_with(&source).await.update("inventory", &wider, &source).await);

    table.row(
        "Update of what SSM does not update",
        &stage_with(&was).await.update("inventory", &other_bucket, &was).await,
    );

    table.row("Update, the type changes", &stage_with(&was).await.update("inventory", &source, &was).await);

    table.row("Update, missing", &fresh_stage().await.update("inventory", &was, &was).await);

    let mut stage = stage_with(&was).await;
    stage.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::Denied));
    table.row("Update by replacement, refused: put back", &stage.update("inventory", &other_bucket, &was).await);

    let renamed = to_bucket("renamed", "logs");
    let mut stage = stage_with(&was).await;
    table.row("Update, new name", &stage.update("inventory", &renamed, &was).await);
    table.row("its clean-up: Delete of the old name", &stage.delete("inventory", &was).await);

    let mut stage = stage_with(&was).await;
    stage.update("inventory", &renamed, &was).await;
    table.row("rollback of a new name", &stage.update("renamed", &was, &renamed).await);

    let mut stage = stage_with(&was).await;
    fill(&stage, 4);
    stage.world.lock().ssm.page_size = 5;
    table.row("Update, new name at the quota", &stage.update("inventory", &renamed, &was).await);

    let (one, two) = (in_regions(&was, &["eu-west-1"]), in_regions(&was, &["eu-west-1", "eu-west-2"]));
    table.row("Update, a Region joins", &stage_with(&one).await.update("inventory", &two, &one).await);
    table.row("Update, a Region leaves", &stage_with(&two).await.update("inventory", &one, &two).await);
}

async fn deletes(table: &mut Table) {
    let wanted = to_bucket("inventory", "logs");

    table.row("Delete", &stage_with(&wanted).await.delete("inventory", &wanted).await);
    table.row("Delete, not found", &fresh_stage().await.delete("inventory", &wanted).await);

    let unreadable = with(&wanted, "SyncType", json!("nonsense"));
    table.row("Delete, the type cannot be read", &stage_with(&wanted).await.delete("inventory", &unreadable).await);

    let mut stage = stage_with(&wanted).await;
    table.row("Delete of an id that we never gave", &stage.delete("stack-Sync-1A2B3C", &wanted).await);

    let mut stage = stage_with(&to_bucket("inventory", "other-logs")).await;
    let taken = stage.create(&wanted).await.id().to_owned();
    table.row("Delete of a failed Create: the name was taken", &stage.delete(&taken, &wanted).await);

    let mut stage = fresh_stage().await;
    stage.world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::Denied));
    let refused = stage.create(&wanted).await.id().to_owned();
    table.row("Delete of a failed Create: refused", &stage.delete(&refused, &wanted).await);

    let mut stage = fresh_stage().await;
    stage.world.lock().ssm.first_sync = Script::fails("no access");
    let made = stage.create(&wanted).await.id().to_owned();
    table.row("Delete of a failed Create: made, and its first sync failed", &stage.delete(&made, &wanted).await);
}

#[tokio::test(start_paused = true)]
async fn each_path_makes_the_calls_in_the_table_and_no_more() {
    let mut table = Table::default();
    creates(&mut table).await;
    updates(&mut table).await;
    deletes(&mut table).await;
    let told = README.split_once(HEAD).map_or("", |(_, rest)| rest.split("\n\n").next().unwrap_or_default());
    assert_eq!(told.trim_end(), table.0.trim_end(), "the table of bench/README.md should be:\n{HEAD}{}", table.0);
}
