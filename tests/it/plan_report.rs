//! Direct invocations: Plan foresees what a deployment does, Report says how every sync does, and both change nothing.

use std::fs;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::env::{Env, REGION, STACK, Served, from_source, to_bucket, with};
use crate::fake::fault::{Fault, FaultKind, Op};
use crate::fake::sync::Script;

const ELSEWHERE: &str = "us-east-1";

/// What a direct invocation returns. Nothing is written, and no sync is changed.
async fn invoke(env: &Env, event: &Value) -> Value {
    let state = || {
        let aws = env.aws.lock();
        let syncs: Vec<_> = aws.ssm.all().map(|(region, sync)| (region.to_owned(), sync.essence())).collect();
        (syncs, aws.table.records().map(|(key, record)| (key.to_owned(), record)).collect::<Vec<_>>())
    };
    let before = state();
    let served = env.send(event).await;
    assert_eq!(state(), before, "{event}");
    let reads = [Op::List, Op::GetItem, Op::Scan];
    assert!(served.calls.iter().all(|call| reads.contains(&call.op)), "only looks: {:?}", served.calls);
    served.ended.expect("it ends").expect("a result")
}

/// The Plan of the resource's next event: of a Create without an id, of an Update with one.
async fn plan(env: &Env, id: Option<&str>, properties: &Value) -> Value {
    let event = json!({
        "RequestType": "Plan", "StackId": STACK, "LogicalResourceId": "Sync", "ResourceProperties": properties,
    });
    invoke(env, &with(&event, "PhysicalResourceId", json!(id))).await
}

fn check(plan: &Value, expected: &Expect) {
    expected.assert_eq(&format!("{plan:#}"));
}

/// Action and reason of a Region.
fn action(plan: &Value, region: &str) -> (String, String) {
    let text = |member: &str| plan["Regions"][region][member].as_str().unwrap_or_default().to_owned();
    (text("Action"), text("Reason"))
}

fn in_both(properties: &Value) -> Value {
    with(properties, "Regions", json!([REGION, ELSEWHERE]))
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_what_is_there_and_what_a_create_does() {
    let env = Env::new();
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync("license-manager-x", "theirs"));
    env.deploy_other("Other", &to_bucket("other", "logs")).await;
    check(
        &plan(&env, None, &to_bucket("inventory", "logs")).await,
        &expect![[r#"
        {
          "Faults": [],
          "Regions": {
            "eu-west-1": {
              "Action": "Create",
              "Reason": "",
              "Syncs": [
                {
                  "LastStatus": "Successful",
                  "Owner": null,
                  "Reserved": true,
                  "SyncName": "license-manager-x",
                  "SyncType": "SyncToDestination"
                },
                {
                  "LastStatus": "Successful",
                  "Owner": {
                    "LogicalResourceId": "Other",
                    "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002"
                  },
                  "Reserved": false,
                  "SyncName": "other",
                  "SyncType": "SyncToDestination"
                }
              ]
            }
          },
          "SyncName": "inventory"
        }"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_each_action() {
    let env = Env::new();
    env.create(&in_both(&to_bucket("inventory", "logs"))).await;
    let summary = |plan: &Value| {
        let regions = plan["Regions"].as_object().into_iter().flatten();
        let regions = regions.map(|(region, told)| format!("{region} {}", told["Action"].as_str().unwrap_or("?")));
        format!("{}: {}\n", plan["SyncName"], regions.collect::<Vec<_>>().join(", "))
    };
    let (now, source) = (in_both(&to_bucket("inventory", "logs")), from_source("inventory", &[REGION]));
    let mut told = String::new();
    for (id, properties) in [
        (Some("inventory"), now.clone()),
        (Some("inventory"), to_bucket("inventory", "logs")),
        (Some("inventory"), in_both(&to_bucket("inventory", "more-logs"))),
        (Some("inventory"), with(&now, "Regions", json!([REGION, "eu-central-1"]))),
        (Some("inventory"), source),
        // Beside the present one, which is left to CloudFormation.
        (Some("inventory"), to_bucket("renamed", "logs")),
        (Some("inventory"), with(&to_bucket("inventory", "logs"), "SyncName", Value::Null)),
        (Some("inventory"), with(&to_bucket("inventory", "logs"), "RetainRegions", json!([ELSEWHERE]))),
        (Some("inventory"), with(&now, "AdoptExisting", json!(true))),
        // What a Create finds was retained.
        (None, now.clone()),
        (None, with(&now, "AdoptExisting", json!(true))),
    ] {
        told += &summary(&plan(&env, id, &properties).await);
    }
    expect![[r#"
        "inventory": eu-west-1 None, us-east-1 None
        "inventory": eu-west-1 None, us-east-1 Delete
        "inventory": eu-west-1 Replace, us-east-1 Replace
        "inventory": eu-central-1 Create, eu-west-1 None, us-east-1 Delete
        "inventory": eu-west-1 Replace, us-east-1 Delete
        "renamed": eu-west-1 Create
        "inventory-Sync-ap7mi2t93i568s56": eu-west-1 Create
        "inventory": eu-west-1 None, us-east-1 None
        "inventory": eu-west-1 None, us-east-1 None
        "inventory": eu-west-1 Fail, us-east-1 Fail
        "inventory": eu-west-1 None, us-east-1 None
    "#]]
    .assert_eq(&told);
    let id = Some("explorer");
    let env = Env::new();
    env.create(&from_source("explorer", &[REGION])).await;
    let updated = plan(&env, id, &from_source("explorer", &[REGION, ELSEWHERE])).await;
    assert_eq!(action(&updated, REGION), ("Update".to_owned(), String::new()));
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_every_invalid_property() {
    let env = Env::new();
    check(
        &plan(&env, None, &json!({ "SyncName": "a ", "Nonsense": 1 })).await,
        &expect![[r#"
            {
              "Faults": [
                {
                  "Message": "must not begin or end with white space, got \"a \"",
                  "Path": "SyncName"
                },
                {
                  "Message": "required, or else SyncSource, but both are missing",
                  "Path": "S3Destination"
                },
                {
                  "Message": "there is no such property; known here: SyncName, SyncType, S3Destination, BucketName, BucketPrefix, BucketRegion, KMSKeyArn, SyncFormat, SyncSource, Regions, WaitForFirstSync, AdoptExisting, RetainRegions, Trigger, ServiceToken, ServiceTimeout",
                  "Path": "Nonsense"
                }
              ],
              "Regions": {},
              "SyncName": null
            }"#]],
    );
    assert!(env.aws.lock().calls.is_empty(), "nothing is asked");
}

#[tokio::test(start_paused = true)]
async fn a_plan_without_ids_knows_no_generated_name_and_finds_its_record_by_the_present_one() {
    let env = Env::new();
    let generated = with(&to_bucket("-", "logs"), "SyncName", Value::Null);
    let anonymous = json!({ "RequestType": "Plan", "ResourceProperties": generated });
    let told = invoke(&env, &anonymous).await;
    assert_eq!((&told["SyncName"], action(&told, REGION).0.as_str()), (&Value::Null, "Create"));

    let told = plan(&env, None, &generated).await;
    let created = env.create(&generated).await;
    assert_eq!(told["SyncName"], created.id());

    let update = json!({
        "RequestType": "Plan", "PhysicalResourceId": created.id(),
        "ResourceProperties": to_bucket(&created.id(), "more-logs"),
    });
    assert_eq!(action(&invoke(&env, &update).await, REGION).0, "Replace");
    let other_engine = with(&with(&anonymous, "StackId", json!("dev")), "LogicalResourceId", json!("Sync"));
    let told = invoke(&env, &other_engine).await;
    assert_eq!(action(&told, REGION).0, "Fail", "as the deployment, which needs a SyncName: {told}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_an_adoption_compares() {
    let env = Env::new();
    let adopted = |bucket: &str| with(&to_bucket("inventory", bucket), "AdoptExisting", json!(true));
    let mut told = String::new();
    told += &format!("{:?}\n", action(&plan(&env, None, &adopted("logs")).await, REGION));
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync("inventory", "logs"));
    told += &format!("{:?}\n", action(&plan(&env, None, &adopted("logs")).await, REGION));
    told += &format!("{:?}\n", action(&plan(&env, None, &adopted("more-logs")).await, REGION));
    expect![[r#"
        ("Fail", "AdoptExisting needs a sync that exists, and none named inventory is listed in eu-west-1. Leave AdoptExisting out to have inventory created, or correct SyncName or Regions. See docs/troubleshooting.md#adoptexisting for details.")
        ("None", "")
        ("Fail", "AdoptExisting changes nothing, and sync inventory in eu-west-1 does not agree with the properties: S3Destination.BucketName is logs, not more-logs. Write the properties as the sync has them. They can be changed once it is adopted and AdoptExisting is taken off. See docs/troubleshooting.md#adoptexisting for details.")
    "#]].assert_eq(&told);
    env.create(&adopted("logs")).await;
    let taken_over = plan(&env, Some("inventory"), &to_bucket("inventory", "more-logs")).await;
    assert_eq!(action(&taken_over, REGION).0, "Replace");
}

/// What CloudFormation and SSM would be asked for: the Plan, and then the event itself.
#[tokio::test(start_paused = true)]
async fn a_plan_is_what_the_deployment_then_does() {
    let five = |env: &Env| {
        for name in ["a", "b", "c", "d"] {
            env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync(name, "theirs"));
        }
    };
    let shared = |properties: &Value| {
        let mut properties = properties.clone();
        properties["S3Destination"]["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
        properties
    };
    let logs = to_bucket("inventory", "logs");
    let allowed = |bucket: &str| to_bucket("inventory", bucket);
    // What stands, what is wanted, whether every place is held, and the calls.
    let rows: [(Option<Value>, Value, bool, &str); 13] = [
        (None, logs.clone(), false, "C"),
        (Some(logs.clone()), with(&logs, "Trigger", json!("2")), false, ""),
        (Some(logs.clone()), allowed("more-logs"), false, "DC"),
        (Some(logs.clone()), shared(&logs), false, "DC"),
        (Some(shared(&logs)), logs.clone(), false, "DC"),
        (Some(logs.clone()), with(&logs, "Regions", json!([ELSEWHERE])), false, "D"),
        (Some(from_source("inventory", &[REGION])), from_source("inventory", &[ELSEWHERE]), false, "U"),
        (Some(logs.clone()), to_bucket("renamed", "logs"), false, "C"),
        // None of these is begun.
        (None, to_bucket("a", "logs"), true, ""),
        (Some(logs.clone()), to_bucket("renamed", "logs"), true, "C"),
        (Some(logs.clone()), allowed("forbidden"), false, ""),
        (None, with(&logs, "AdoptExisting", json!(true)), false, ""),
        (Some(logs.clone()), from_source("inventory", &[REGION]), true, "C"),
    ];
    for (before, wanted, is_full, calls) in rows {
        let env = Env::with_settings(|settings| settings.allowed_buckets = vec!["*logs".to_owned()]);
        let id = match &before {
            Some(before) => Some(env.create(before).await.id()),
            None => None,
        };
        if is_full {
            five(&env);
            if before.is_none() {
                env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync("e", "theirs"));
            }
        }
        let foreseen = plan(&env, id.as_deref(), &wanted).await;
        let served = match &id {
            Some(id) => env.update(id, &wanted).await,
            None => env.create(&wanted).await,
        };
        let changes: String = served
            .calls
            .iter()
            .filter(|call| call.op.changes_syncs() && call.region == REGION)
            .map(|call| &call.op.name()[..1])
            .collect();
        assert_eq!(changes, calls, "{wanted} {served:?}");
        let (action, reason) = action(&foreseen, REGION);
        let expected = match (served.status().as_str(), calls) {
            ("FAILED", _) => "Fail",
            (_, "C") => "Create",
            (_, "U") => "Update",
            (_, "D") => "Delete",
            (_, "DC") => "Replace",
            _ => "None",
        };
        assert_eq!(action, expected, "{foreseen:#} {}", served.reason());
        let failed = served.reason();
        // SSM's own words of a refusal are not known before it is asked.
        let failed = failed.replace(", \"You have exceeded the allowed maximum sync configurations\"", "");
        assert!(failed.starts_with(&reason), "{reason}\n{failed}");
        assert_eq!(reason.is_empty(), expected != "Fail", "{foreseen:#}");
        if served.status() == "SUCCESS" {
            assert_eq!(foreseen["SyncName"], served.id());
        }
    }
}

/// Each Create and Update of `events/`: its Plan, and then what it did.
#[tokio::test(start_paused = true)]
async fn the_plans_of_the_sandboxs_events() {
    let env = Env::with_settings(|settings| settings.region = Some(ELSEWHERE.to_owned()));
    ELSEWHERE.clone_into(&mut env.aws.lock().table.region);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut told = String::new();
    for file in files {
        let event: Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
        let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
        let url = env.url(&text("StackId"), &text("LogicalResourceId"), &text("RequestId"));
        for foreign in event["Sandbox"]["foreign"].as_array().into_iter().flatten() {
            let region = foreign["region"].as_str().unwrap_or_default();
            env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), region, &foreign["sync"]);
        }
        let is_planned = text("RequestType") != "Delete";
        let planned = with(&with(&event, "RequestType", json!("Plan")), "ResponseURL", Value::Null);
        let plan = if is_planned { invoke(&env, &planned).await } else { Value::Null };
        if event["Sandbox"]["faults"].is_array() {
            env.aws.lock().inject(Fault::at(Op::Create, FaultKind::Invalid("The bucket does not exist.".to_owned())));
        }
        let served = env.send(&with(&event, "ResponseURL", json!(url))).await;
        env.aws.lock().clear_faults();
        if is_planned {
            let regions = plan["Regions"].as_object().into_iter().flatten();
            let actions = regions.map(|(region, told)| format!("{region} {}", told["Action"].as_str().unwrap_or("?")));
            let faults = plan["Faults"].as_array().into_iter().flatten().filter_map(|fault| fault["Path"].as_str());
            let foreseen: Vec<String> = actions.chain(faults.map(|path| format!("{path} ✗"))).collect();
            let done: Vec<String> = changes(&served).into_iter().chain([served.status()]).collect();
            let file = file.file_stem().expect("a name").to_string_lossy();
            told += &format!("{file}\n  plan: {}\n  then: {}\n", foreseen.join(", "), done.join(", "));
        }
    }
    expect![[r#"
        01-create
          plan: us-east-1 Create
          then: us-east-1 Create, SUCCESS
        02-update-of-nothing
          plan: us-east-1 None
          then: SUCCESS
        03-replace-under-kept-name
          plan: us-east-1 Replace
          then: us-east-1 Delete, us-east-1 Create, SUCCESS
        04-replace-refused-and-restored
          plan: us-east-1 Replace
          then: us-east-1 Delete, us-east-1 Create, us-east-1 Create, FAILED
        05-rename
          plan: us-east-1 Create
          then: us-east-1 Create, SUCCESS
        07-generated-name
          plan: us-east-1 Create
          then: us-east-1 Create, SUCCESS
        08-source-created
          plan: us-east-1 Create
          then: us-east-1 Create, SUCCESS
        09-source-updated
          plan: us-east-1 Update
          then: us-east-1 Update, SUCCESS
        10-regions-added-and-removed
          plan: ap-southeast-2 Create, eu-west-1 Create, us-east-1 Delete
          then: ap-southeast-2 Create, eu-west-1 Create, us-east-1 Delete, SUCCESS
        11-name-taken
          plan: us-east-1 Fail
          then: FAILED
        12-invalid-properties
          plan: S3Destination.BucketName ✗, S3Destination.SyncFormat ✗, S3Destination.Region ✗, Regions ✗, S3Destination.BucketNme ✗
          then: FAILED
        13-redelivery
          plan: ap-southeast-2 None, eu-west-1 None
          then: SUCCESS
    "#]]
    .assert_eq(&told);
}

/// The calls that were to change a sync.
fn changes(served: &Served) -> Vec<String> {
    let calls = served.calls.iter().filter(|call| call.op.changes_syncs());
    calls.map(|call| format!("{} {}", call.region, call.op.name().trim_end_matches("ResourceDataSync"))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_plan_fails_in_the_words_of_the_deployment() {
    async fn both(env: &Env, stack: &str) -> [String; 2] {
        let wanted = to_bucket("inventory", "logs");
        let mut event = env.event("Create", None, &wanted);
        event["StackId"] = json!(stack);
        let asked = with(&with(&event, "ResponseURL", Value::Null), "RequestType", json!("Plan"));
        let told = invoke(env, &asked).await;
        let mut regions = told["Regions"].as_object().into_iter().flatten().map(|(_, region)| region);
        let failing = regions.find(|region| region["Action"] == "Fail");
        let foreseen = failing.and_then(|region| region["Reason"].as_str());
        let reason = env.send(&event).await.reason();
        let reason = reason.split(" Log stream").next().unwrap_or_default().to_owned();
        [foreseen.unwrap_or("no failure foreseen").to_owned(), reason]
    }
    let mut told = Vec::new();
    let env = Env::with_settings(|settings| settings.region = None);
    told.push(("no Region", both(&env, STACK).await));
    let env = Env::with_settings(|settings| settings.table = None);
    told.push(("no table", both(&env, STACK).await));
    let env = Env::new();
    told.push(("a stack of another account", both(&env, &STACK.replace("123456789012", "444455556666")).await));
    env.aws.lock().inject(Fault::at(Op::List, FaultKind::ExplicitDeny).always());
    told.push(("a Region that is closed", both(&env, STACK).await));
    let different: Vec<_> = told.iter().filter(|(_, [foreseen, reason])| !reason.starts_with(foreseen)).collect();
    assert!(different.is_empty(), "{different:#?}");
}

#[tokio::test(start_paused = true)]
async fn with_a_response_url_a_plan_is_no_request_that_is_known() {
    let env = Env::new();
    let served = env.send(&env.event("Plan", Some("inventory"), &to_bucket("inventory", "logs"))).await;
    assert_eq!((served.status().as_str(), served.id().as_str()), ("FAILED", "inventory"));
    assert!(served.reason().contains("Plan"), "{}", served.reason());
}

#[tokio::test(start_paused = true)]
async fn a_report_says_how_every_sync_does() {
    let env = Env::new();
    let now_ms = || env.aws.clock.now_ms();
    env.aws.lock().ssm.first_sync_of.insert("failed".to_owned(), Script::fails_late("The key is disabled."));
    for (logical_id, name) in [("Healthy", "healthy"), ("Failed", "failed"), ("Drifted", "drifted")] {
        env.deploy_other(logical_id, &to_bucket(name, "logs")).await;
    }
    let kept = with(&to_bucket("kept", "logs"), "Regions", json!([ELSEWHERE]));
    for (logical_id, properties) in [("Missing", "missing"), ("Remade", "remade")] {
        let properties = with(&to_bucket(properties, "logs"), "Regions", json!([ELSEWHERE]));
        env.deploy_other(logical_id, &properties).await;
    }
    // A rename whose clean-up never comes, as under UpdateReplacePolicy: Retain.
    env.create(&kept).await;
    env.update("kept", &with(&to_bucket("renamed", "logs"), "Regions", json!([ELSEWHERE]))).await;
    {
        let mut aws = env.aws.lock();
        let drifted = json!({ "BucketName": "elsewhere", "SyncFormat": "JsonSerDe", "Region": REGION });
        aws.ssm.foreign_update(now_ms(), REGION, "drifted", drifted);
        aws.ssm.foreign_delete(ELSEWHERE, "missing");
        aws.ssm.foreign_create(now_ms(), ELSEWHERE, &sync("remade", "logs"));
        aws.ssm.foreign_create(now_ms(), REGION, &sync("foreign", "theirs"));
        aws.inject(Fault::region("me-south-1", FaultKind::RegionDisabled));
    }
    let event = json!({ "RequestType": "Report", "Regions": [REGION, ELSEWHERE, "me-south-1"] });
    let report = invoke(&env, &event).await;
    check(
        &report["Regions"]["me-south-1"],
        &expect![[r#"
        {
          "Error": "ListResourceDataSync returned UnrecognizedClientException: The security token included in the request is invalid.",
          "Syncs": []
        }"#]],
    );
    assert_eq!(report["Healthy"], false);
    let sync = |region: &str, name: &str| {
        let syncs = report["Regions"][region]["Syncs"].as_array().into_iter().flatten();
        syncs.clone().find(|sync| sync["SyncName"] == name).cloned().unwrap_or_default()
    };
    check(
        &sync(REGION, "healthy"),
        &expect![[r#"
        {
          "Drift": [],
          "Healthy": true,
          "LastStatus": "Successful",
          "LastSuccessfulSyncTime": "2026-11-23T08:00:00Z",
          "LastSyncStatusMessage": null,
          "Owner": {
            "LogicalResourceId": "Healthy",
            "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002"
          },
          "Retained": false,
          "SyncName": "healthy",
          "SyncSourceState": null,
          "SyncType": "SyncToDestination"
        }"#]],
    );
    let mut told = String::new();
    for (region, names) in
        [(REGION, ["healthy", "failed", "drifted", "foreign"]), (ELSEWHERE, ["missing", "remade", "kept", "renamed"])]
    {
        for name in names {
            let sync = sync(region, name);
            let [healthy, owner, retained, drift] =
                ["/Healthy", "/Owner/LogicalResourceId", "/Retained", "/Drift"].map(|path| sync.pointer(path).cloned());
            told += &format!(
                "{name}: {:?}\n",
                [healthy, owner, retained, drift].map(Option::unwrap_or_default).map(|value| value.to_string())
            );
        }
        assert_eq!(report["Regions"][region]["Syncs"].as_array().map(Vec::len), Some(4), "{report:#}");
    }
    expect![[r#"
        healthy: ["true", "\"Healthy\"", "false", "[]"]
        failed: ["false", "\"Failed\"", "false", "[]"]
        drifted: ["false", "\"Drifted\"", "false", "[\"S3Destination.BucketName: elsewhere instead of logs\"]"]
        foreign: ["true", "null", "false", "[]"]
        missing: ["false", "\"Missing\"", "false", "[\"missing\"]"]
        remade: ["false", "\"Remade\"", "false", "[\"not the sync that was made: another client has made it again\"]"]
        kept: ["true", "\"Sync\"", "true", "[]"]
        renamed: ["true", "\"Sync\"", "false", "[]"]
    "#]]
    .assert_eq(&told);
}

#[tokio::test(start_paused = true)]
async fn a_report_of_the_functions_own_region_is_healthy_where_all_is_well() {
    let env = Env::new();
    env.create(&to_bucket("inventory", "logs")).await;
    // A status that is still to come is no illness, and what is looked at is owned by nobody.
    env.aws.lock().ssm.first_sync = Script::no_status();
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync("adopted", "logs"));
    env.deploy_other("Adopts", &with(&to_bucket("adopted", "logs"), "AdoptExisting", json!(true))).await;
    let report = invoke(&env, &json!({ "RequestType": "Report" })).await;
    assert_eq!(report["Healthy"], true, "{report:#}");
    assert_eq!(
        report["Regions"].as_object().map(|regions| regions.keys().collect::<Vec<_>>()),
        Some(vec![&REGION.to_owned()])
    );
    assert_eq!(report["Regions"][REGION]["Syncs"][0]["Owner"], Value::Null, "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn a_report_without_the_table_shows_what_is_listed_and_says_why() {
    let env = Env::new();
    env.create(&to_bucket("inventory", "logs")).await;
    env.aws.lock().inject(Fault::at(Op::Scan, FaultKind::ExplicitDeny).always());
    let report = invoke(&env, &json!({ "RequestType": "Report" })).await;
    let told = &report["Regions"][REGION];
    assert_eq!(told["Syncs"][0]["SyncName"], "inventory");
    assert_eq!(report["Healthy"], false);
    expect![[r#"DynamoDB denied dynamodb:Scan on the ownership table resource-data-sync: "User: arn:aws:sts::123456789012:assumed-role/resource-data-sync-role/resource-data-sync is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/resource-data-sync with an explicit deny in a service control policy". Nothing more was changed. A policy denies dynamodb:Scan on arn:aws:dynamodb:eu-west-1:123456789012:table/resource-data-sync explicitly: exempt the function's role in that service control policy, permissions boundary or VPC endpoint policy. See docs/troubleshooting.md#table-access-denied for details."#]].assert_eq(told["Error"].as_str().unwrap_or_default());
}

/// A sync as `CreateResourceDataSync` takes it.
fn sync(name: &str, bucket: &str) -> Value {
    let destination = json!({ "BucketName": bucket, "SyncFormat": "JsonSerDe", "Region": REGION });
    json!({ "SyncName": name, "S3Destination": destination })
}

impl Env {
    /// Another resource of the stack creates its sync.
    async fn deploy_other(&self, logical_id: &str, properties: &Value) {
        let mut event = self.event("Create", None, properties);
        let request_id = event["RequestId"].as_str().unwrap_or_default().to_owned();
        event["ResponseURL"] = json!(self.url(STACK, logical_id, &request_id));
        event["LogicalResourceId"] = json!(logical_id);
        assert_eq!(self.send(&event).await.status(), "SUCCESS");
    }
}
