//! Direct invocations: Plan foresees what a deployment does, Report says how every sync does, and both change nothing.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::env::{Env, REGION, STACK, from_source, to_bucket, with};
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

#[tokio::test(start_paused = true)]
async fn a_plan_says_what_is_there() {
    let env = Env::new();
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync("license-manager-x", "theirs"));
    deploy_other(&env, "Other", &to_bucket("other", "logs")).await;
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
async fn a_plan_names_every_invalid_property() {
    let env = Env::new();
    check(
        &plan(&env, None, &json!({ "SyncName": "a " })).await,
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
                }
              ],
              "Regions": {},
              "SyncName": null
            }"#]],
    );
    assert!(env.aws.lock().calls.is_empty(), "nothing is asked");
}

#[tokio::test(start_paused = true)]
async fn a_plan_without_ids_foresees_what_it_can() {
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
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync("inventory", "logs"));
    told += &format!("{:?}\n", action(&plan(&env, None, &adopted("logs")).await, REGION));
    told += &format!("{:?}\n", action(&plan(&env, None, &adopted("more-logs")).await, REGION));
    expect![[r#"
        ("None", "")
        ("Fail", "AdoptExisting changes nothing, and sync inventory in eu-west-1 does not agree with the properties: S3Destination.BucketName is logs, not more-logs. Set the properties to what the sync has. You can change them once it is adopted and AdoptExisting is removed. See docs/troubleshooting.md#adoptexisting for details.")
    "#]].assert_eq(&told);
    env.create(&adopted("logs")).await;
    let taken_over = plan(&env, Some("inventory"), &to_bucket("inventory", "more-logs")).await;
    assert_eq!(action(&taken_over, REGION).0, "Replace");
}

/// Of each Region what is foreseen, and what is then called.
#[tokio::test(start_paused = true)]
async fn a_plan_is_what_the_deployment_then_does() {
    let (logs, more_logs) = (to_bucket("inventory", "logs"), to_bucket("inventory", "more-logs"));
    let within = |properties: &Value, regions: &[&str]| with(properties, "Regions", json!(regions));
    let both = within(&logs, &[REGION, ELSEWHERE]);
    let mut shared = logs.clone();
    shared["S3Destination"]["DestinationDataSharing"] = json!({ "DestinationDataSharingType": "Organization" });
    let adopted = |properties: &Value| with(properties, "AdoptExisting", json!(true));
    let source = |regions: &[&str]| from_source("inventory", regions);
    let renamed = to_bucket("renamed", "logs");
    let (none, create, update) = (&Value::Null, "Create", "Update");
    // What the resource has, the event, what it wants, and how many syncs of others are in the Region.
    let rows: [(&Value, &str, Value, usize); 23] = [
        (none, create, logs.clone(), 0),
        (none, create, to_bucket("a", "logs"), 5),
        (none, create, adopted(&logs), 0),
        (&logs, update, with(&logs, "Trigger", json!("2")), 0),
        (&logs, update, more_logs.clone(), 0),
        (&logs, update, to_bucket("inventory", "forbidden"), 0),
        (&logs, update, shared.clone(), 0),
        (&shared, update, logs.clone(), 0),
        // Beside the present one, which is left to CloudFormation.
        (&logs, update, renamed.clone(), 0),
        (&logs, update, renamed, 4),
        (&logs, update, with(&logs, "SyncName", Value::Null), 0),
        (&logs, update, source(&[REGION]), 0),
        (&logs, update, source(&[REGION]), 4),
        (&source(&[REGION]), update, source(&[ELSEWHERE]), 0),
        (&logs, update, within(&logs, &[ELSEWHERE]), 0),
        (&both, update, both.clone(), 0),
        (&both, update, logs.clone(), 0),
        (&both, update, within(&more_logs, &[REGION, ELSEWHERE]), 0),
        (&both, update, within(&logs, &[REGION, "eu-central-1"]), 0),
        (&both, update, with(&logs, "RetainRegions", json!([ELSEWHERE])), 0),
        (&both, update, adopted(&both), 0),
        // What a Create finds was retained.
        (&logs, create, logs.clone(), 0),
        (&both, create, adopted(&both), 0),
    ];
    let mut told = String::new();
    for (present, request_type, wanted, others) in rows {
        let env = Env::with_settings(|settings| settings.allowed_buckets = vec!["*logs".to_owned()]);
        let created = if present.is_null() { String::new() } else { env.create(present).await.id() };
        let id = Some(created.as_str()).filter(|_| request_type == update);
        for name in ["a", "b", "c", "d", "e"].iter().take(others) {
            env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync(name, "theirs"));
        }
        let foreseen = plan(&env, id, &wanted).await;
        let served = env.send(&env.event(request_type, id, &wanted)).await;
        let regions = foreseen["Regions"].as_object().into_iter().flatten();
        let actions: Vec<String> = regions
            .clone()
            .map(|(region, told)| format!("{region} {}", told["Action"].as_str().unwrap_or("?")))
            .collect();
        let changes: Vec<String> = served
            .calls
            .iter()
            .filter(|call| call.op.changes_syncs())
            .map(|call| format!("{} {}", call.region, call.op.name().trim_end_matches("ResourceDataSync")))
            .collect();
        told += &format!("{}: {}; {}\n", actions.join(", "), changes.join(", "), served.status());
        // SSM's own words of a refusal are not known before it is asked.
        let failed = served.reason().replace(", \"You have exceeded the allowed maximum sync configurations\"", "");
        let reasons: Vec<&str> =
            regions.filter_map(|(_, told)| told["Reason"].as_str()).filter(|it| !it.is_empty()).collect();
        assert_eq!(reasons.is_empty(), served.status() == "SUCCESS", "{foreseen:#} {failed}");
        assert!(reasons.first().is_none_or(|reason| failed.starts_with(reason)), "{reasons:?}\n{failed}");
        if served.status() == "SUCCESS" {
            assert_eq!(foreseen["SyncName"], served.id());
        }
    }
    expect![[r#"
        eu-west-1 Create: eu-west-1 Create; SUCCESS
        eu-west-1 Fail: ; FAILED
        eu-west-1 Fail: ; FAILED
        eu-west-1 None: ; SUCCESS
        eu-west-1 Replace: eu-west-1 Delete, eu-west-1 Create; SUCCESS
        eu-west-1 Fail: ; FAILED
        eu-west-1 Replace: eu-west-1 Delete, eu-west-1 Create; SUCCESS
        eu-west-1 Replace: eu-west-1 Delete, eu-west-1 Create; SUCCESS
        eu-west-1 Create: eu-west-1 Create; SUCCESS
        eu-west-1 Fail: eu-west-1 Create; FAILED
        eu-west-1 Create: eu-west-1 Create; SUCCESS
        eu-west-1 Replace: eu-west-1 Create, eu-west-1 Delete; SUCCESS
        eu-west-1 Fail: eu-west-1 Create; FAILED
        eu-west-1 Update: eu-west-1 Update; SUCCESS
        eu-west-1 Delete, us-east-1 Create: us-east-1 Create, eu-west-1 Delete; SUCCESS
        eu-west-1 None, us-east-1 None: ; SUCCESS
        eu-west-1 None, us-east-1 Delete: us-east-1 Delete; SUCCESS
        eu-west-1 Replace, us-east-1 Replace: eu-west-1 Delete, us-east-1 Delete, eu-west-1 Create, us-east-1 Create; SUCCESS
        eu-central-1 Create, eu-west-1 None, us-east-1 Delete: eu-central-1 Create, us-east-1 Delete; SUCCESS
        eu-west-1 None, us-east-1 None: ; SUCCESS
        eu-west-1 None, us-east-1 None: ; SUCCESS
        eu-west-1 Fail: ; FAILED
        eu-west-1 None, us-east-1 None: ; SUCCESS
    "#]].assert_eq(&told);
}

#[tokio::test(start_paused = true)]
async fn a_plan_fails_in_the_deployments_words() {
    async fn both(env: &Env, stack: &str) -> [String; 2] {
        let event = env.event_of(stack, "Sync", "Create", None, &to_bucket("inventory", "logs"));
        let asked = with(&with(&event, "ResponseURL", Value::Null), "RequestType", json!("Plan"));
        let told = invoke(env, &asked).await;
        let mut regions = told["Regions"].as_object().into_iter().flatten().map(|(_, region)| region);
        let failing = regions.find(|region| region["Action"] == "Fail");
        let foreseen = failing.and_then(|region| region["Reason"].as_str());
        let reason = env.send(&event).await.reason();
        let reason = reason.split(" Log stream").next().unwrap_or_default().to_owned();
        [foreseen.unwrap_or("no failure foreseen").to_owned(), reason]
    }
    let [no_region, no_table] =
        [Env::with_settings(|settings| settings.region = None), Env::with_settings(|settings| settings.table = None)];
    let (elsewhere, closed) = (Env::new(), Env::new());
    closed.aws.lock().inject(Fault::at(Op::List, FaultKind::ExplicitDeny).always());
    let told = [
        ("no Region", both(&no_region, STACK).await),
        ("no table", both(&no_table, STACK).await),
        ("a stack of another account", both(&elsewhere, &STACK.replace("123456789012", "444455556666")).await),
        ("a Region that is closed", both(&closed, STACK).await),
    ];
    let different: Vec<_> = told.iter().filter(|(_, [foreseen, reason])| !reason.starts_with(foreseen)).collect();
    assert!(different.is_empty(), "{different:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_report_says_how_every_sync_does() {
    let env = Env::new();
    let now_ms = || env.aws.clock.now_ms();
    env.aws.lock().ssm.first_sync_of.insert("failed".to_owned(), Script::fails_late("The key is disabled."));
    for (logical_id, name) in [("Healthy", "healthy"), ("Failed", "failed"), ("Drifted", "drifted")] {
        deploy_other(&env, logical_id, &to_bucket(name, "logs")).await;
    }
    let kept = with(&to_bucket("kept", "logs"), "Regions", json!([ELSEWHERE]));
    for (logical_id, properties) in [("Missing", "missing"), ("Remade", "remade")] {
        let properties = with(&to_bucket(properties, "logs"), "Regions", json!([ELSEWHERE]));
        deploy_other(&env, logical_id, &properties).await;
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
async fn a_report_is_healthy_where_all_is_well() {
    let env = Env::new();
    env.create(&to_bucket("inventory", "logs")).await;
    // A status that is still to come is no illness, and what is looked at is owned by nobody.
    env.aws.lock().ssm.first_sync = Script::no_status();
    env.aws.lock().ssm.foreign_create(env.aws.clock.now_ms(), REGION, &sync("adopted", "logs"));
    deploy_other(&env, "Adopts", &with(&to_bucket("adopted", "logs"), "AdoptExisting", json!(true))).await;
    let report = invoke(&env, &json!({ "RequestType": "Report" })).await;
    assert_eq!(report["Healthy"], true, "{report:#}");
    let regions: Vec<&String> = report["Regions"].as_object().expect("Regions").keys().collect();
    assert_eq!(regions, [REGION]);
    assert_eq!(report["Regions"][REGION]["Syncs"][0]["Owner"], Value::Null, "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn a_report_without_the_table_says_why() {
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

/// Another resource of the stack creates its sync.
async fn deploy_other(env: &Env, logical_id: &str, properties: &Value) {
    let served = env.send(&env.event_of(STACK, logical_id, "Create", None, properties)).await;
    assert_eq!(served.status(), "SUCCESS");
}
