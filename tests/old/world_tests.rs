//! The stand-ins have the traps of the real services: whoever weakens one of them hears of it here.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::world::bucket::{Bucket, BucketFault, BucketFaultKind, Verdict, target_of};
use crate::world::clock::{BASE_MS, Clock};
use crate::world::cloudformation::{Answer, Event, Siblings, Stack, State, Template};
use crate::world::exchange::{Reply, Request};
use crate::world::fault::{Fault, FaultKind, Op};
use crate::world::model;
use crate::world::runtime_api::{RuntimeApi, Told};
use crate::world::server::Servers;
use crate::world::ssm::Ssm;
use crate::world::sync::{Script, SyncType};
use crate::world::{Shared, World};

const REGION: &str = "eu-west-1";

fn ask(ssm: &mut Ssm, op: Op, body: &Value) -> (u16, Value) {
    let answer = raw(ssm, op, body).answer();
    (answer.status, answer.json())
}

fn raw(ssm: &mut Ssm, op: Op, body: &Value) -> Reply {
    let target = format!("AmazonSSM.{}", op.name());
    ssm.handle(BASE_MS, REGION, &target, body.to_string().as_bytes())
}

fn done(ssm: &mut Ssm, op: Op, body: &Value) -> Value {
    let (status, answer) = ask(ssm, op, body);
    assert_eq!(status, 200, "{op:?} {body}: {answer}");
    answer
}

fn code(ssm: &mut Ssm, op: Op, body: &Value) -> String {
    let (status, answer) = ask(ssm, op, body);
    assert_ne!(status, 200, "{op:?} {body} was to fail");
    answer["__type"].as_str().unwrap_or_default().to_owned()
}

fn list(ssm: &mut Ssm, sync_type: SyncType) -> Vec<Value> {
    let mut items = Vec::new();
    let mut body = json!({ "SyncType": sync_type.name() });
    loop {
        let page = done(ssm, Op::List, &body);
        items.extend(page["ResourceDataSyncItems"].as_array().cloned().unwrap_or_default());
        if page["NextToken"].is_null() {
            return items;
        }
        body["NextToken"] = page["NextToken"].clone();
    }
}

fn names(ssm: &mut Ssm) -> Vec<String> {
    let name = |item: &Value| item["SyncName"].as_str().unwrap_or_default().to_owned();
    list(ssm, SyncType::ToDestination).iter().map(name).collect()
}

fn destination(name: &str) -> Value {
    json!({
        "SyncName": name,
        "SyncType": "SyncToDestination",
        "S3Destination": {
            "BucketName": "central",
            "SyncFormat": "JsonSerDe",
            "Region": REGION,
            "DestinationDataSharing": { "DestinationDataSharingType": "Organization" },
        },
    })
}

fn source(name: &str) -> Value {
    json!({
        "SyncName": name,
        "SyncType": "SyncFromSource",
        "SyncSource": {
            "SourceType": "AwsOrganizations",
            "AwsOrganizationsSource": {
                "OrganizationSourceType": "OrganizationalUnits",
                "OrganizationalUnits": [
                    { "OrganizationalUnitId": "ou-abcd-11111111" },
                    { "OrganizationalUnitId": "ou-abcd-22222222" },
                ],
            },
            "SourceRegions": ["us-east-1", "eu-west-1"],
            "EnableAllOpsDataSources": false,
        },
    })
}

fn name_of(name: &str, sync_type: &str) -> Value {
    json!({ "SyncName": name, "SyncType": sync_type })
}

#[test]
fn list_leaves_off_the_type_and_the_sharing_of_a_destination() {
    let mut ssm = Ssm::default();
    ssm.first_sync = Script::successful();
    done(&mut ssm, Op::Create, &destination("inventory"));
    let expected = expect![[r#"
        [
          {
            "LastStatus": "Successful",
            "LastSuccessfulSyncTime": 1795420800.0,
            "LastSyncTime": 1795420800.0,
            "S3Destination": {
              "BucketName": "central",
              "Region": "eu-west-1",
              "SyncFormat": "JsonSerDe"
            },
            "SyncCreatedTime": 1795420800.0,
            "SyncName": "inventory"
          }
        ]"#]];
    check_list(&mut ssm, SyncType::ToDestination, &expected);
    let hidden = &ssm.syncs(REGION)[0].configuration["DestinationDataSharing"];
    assert_eq!(hidden["DestinationDataSharingType"], "Organization");
}

#[test]
fn list_shows_a_source_without_a_status_and_its_parts_in_another_order() {
    let mut ssm = Ssm::default();
    ssm.source_state = Some("NoPermissions".to_owned());
    done(&mut ssm, Op::Create, &source("explorer"));
    let expected = expect![[r#"
        [
          {
            "SyncCreatedTime": 1795420800.0,
            "SyncLastModifiedTime": 1795420800.0,
            "SyncName": "explorer",
            "SyncSource": {
              "AwsOrganizationsSource": {
                "OrganizationSourceType": "OrganizationalUnits",
                "OrganizationalUnits": [
                  {
                    "OrganizationalUnitId": "ou-abcd-22222222"
                  },
                  {
                    "OrganizationalUnitId": "ou-abcd-11111111"
                  }
                ]
              },
              "IncludeFutureRegions": false,
              "SourceRegions": [
                "eu-west-1",
                "us-east-1"
              ],
              "SourceType": "AwsOrganizations",
              "State": "NoPermissions"
            },
            "SyncType": "SyncFromSource"
          }
        ]"#]];
    check_list(&mut ssm, SyncType::FromSource, &expected);
}

fn check_list(ssm: &mut Ssm, sync_type: SyncType, expected: &Expect) {
    let items = Value::Array(list(ssm, sync_type));
    assert_eq!(model::complaints("ResourceDataSyncItemList", &items), Vec::<String>::new());
    expected.assert_eq(&serde_json::to_string_pretty(&items).expect("items can be written"));
}

#[test]
fn list_without_a_type_shows_destinations_only() {
    let mut ssm = Ssm::default();
    done(&mut ssm, Op::Create, &source("explorer"));
    done(&mut ssm, Op::Create, &destination("inventory"));
    let page = done(&mut ssm, Op::List, &json!({}));
    assert_eq!(page["ResourceDataSyncItems"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["ResourceDataSyncItems"][0]["SyncName"], "inventory");
}

#[test]
fn list_pages_by_two_and_a_token_is_good_for_its_own_walk_only() {
    let mut ssm = Ssm::default();
    for name in ["a", "b", "c"] {
        done(&mut ssm, Op::Create, &destination(name));
    }
    let page = done(&mut ssm, Op::List, &json!({ "SyncType": "SyncToDestination" }));
    assert_eq!(page["ResourceDataSyncItems"].as_array().map(Vec::len), Some(2));
    let token = &page["NextToken"];
    let next = json!({ "SyncType": "SyncToDestination", "NextToken": token });
    assert_eq!(done(&mut ssm, Op::List, &next)["ResourceDataSyncItems"][0]["SyncName"], "c");
    for (sync_type, token) in [("SyncFromSource", token), ("SyncToDestination", &json!("made-up"))] {
        let next = json!({ "SyncType": sync_type, "NextToken": token });
        assert_eq!(code(&mut ssm, Op::List, &next), "InvalidNextToken");
    }
}

#[test]
fn a_name_is_taken_across_both_types_and_the_error_has_no_message() {
    let mut ssm = Ssm::default();
    done(&mut ssm, Op::Create, &source("shared-name"));
    let (status, error) = ask(&mut ssm, Op::Create, &destination("shared-name"));
    let expected = json!({ "__type": "ResourceDataSyncAlreadyExistsException", "SyncName": "shared-name" });
    assert_eq!((status, error), (400, expected));
}

#[test]
fn a_region_has_five_places_and_looks_for_the_name_first() {
    let mut ssm = Ssm::default();
    for name in ["a", "b", "c", "d", "e"] {
        done(&mut ssm, Op::Create, &destination(name));
    }
    assert_eq!(code(&mut ssm, Op::Create, &destination("f")), "ResourceDataSyncCountExceededException");
    assert_eq!(code(&mut ssm, Op::Create, &destination("a")), "ResourceDataSyncAlreadyExistsException");
    ssm.count_first = true;
    assert_eq!(code(&mut ssm, Op::Create, &destination("a")), "ResourceDataSyncCountExceededException");
    let body = destination("a").to_string();
    let elsewhere = ssm.handle(BASE_MS, "us-east-1", "AmazonSSM.CreateResourceDataSync", body.as_bytes());
    assert_eq!(elsewhere.answer().status, 200);
}

#[test]
fn delete_is_scoped_by_the_type_and_means_destinations_without_one() {
    let mut ssm = Ssm::default();
    done(&mut ssm, Op::Create, &source("explorer"));
    for body in [json!({ "SyncName": "explorer" }), name_of("explorer", "SyncToDestination")] {
        assert_eq!(code(&mut ssm, Op::Delete, &body), "ResourceDataSyncNotFoundException");
    }
    done(&mut ssm, Op::Delete, &name_of("explorer", "SyncFromSource"));
    assert!(ssm.syncs(REGION).is_empty());
}

#[test]
fn update_changes_a_source_but_not_its_kind_and_no_destination() {
    let mut ssm = Ssm::default();
    done(&mut ssm, Op::Create, &source("explorer"));
    done(&mut ssm, Op::Create, &destination("inventory"));
    let mut wanted = source("explorer");
    wanted["SyncSource"]["SourceRegions"] = json!(["us-west-2"]);
    done(&mut ssm, Op::Update, &wanted);
    let sync = ssm.sync(REGION, "explorer").expect("the sync is there");
    assert_eq!(sync.configuration, wanted["SyncSource"]);

    let organization = json!({ "OrganizationSourceType": "EntireOrganization" });
    wanted["SyncSource"]["AwsOrganizationsSource"] = organization;
    let invalid = "ResourceDataSyncInvalidConfigurationException";
    assert_eq!(code(&mut ssm, Op::Update, &wanted), invalid);
    let mut other_kind = source("inventory");
    assert_eq!(code(&mut ssm, Op::Update, &other_kind), "ResourceDataSyncNotFoundException");
    other_kind["SyncType"] = json!("SyncToDestination");
    assert_eq!(code(&mut ssm, Op::Update, &other_kind), invalid);
}

#[test]
fn the_first_sync_has_no_status_at_first_then_goes_on_then_succeeds() {
    check_statuses(Script::settles(), &["none", "InProgress", "Successful", "Successful"]);
    check_statuses(Script::stays_in_progress(), &["none", "InProgress", "InProgress", "InProgress"]);
    check_statuses(Script::no_status(), &["none", "none", "none", "none"]);
    check_statuses(Script::fails("no"), &["none", "Failed", "Failed", "Failed"]);
    check_statuses(Script::fails_late("no"), &["none", "InProgress", "Failed", "Failed"]);
}

fn check_statuses(script: Script, expected: &[&str]) {
    let mut ssm = Ssm::default();
    ssm.first_sync = script;
    done(&mut ssm, Op::Create, &destination("inventory"));
    let statuses: Vec<String> = expected
        .iter()
        .map(|_| list(&mut ssm, SyncType::ToDestination)[0]["LastStatus"].as_str().unwrap_or("none").to_owned())
        .collect();
    assert_eq!(statuses, expected);
}

#[test]
fn list_lags_behind_the_truth_and_a_deleted_sync_lingers() {
    let mut ssm = Ssm::default();
    ssm.list_lag = 2;
    done(&mut ssm, Op::Create, &destination("inventory"));
    let looks: Vec<usize> = (0..3).map(|_| names(&mut ssm).len()).collect();
    assert_eq!(looks, [0, 0, 1]);

    (ssm.list_lag, ssm.linger) = (0, 2);
    done(&mut ssm, Op::Delete, &name_of("inventory", "SyncToDestination"));
    assert!(ssm.syncs(REGION).is_empty());
    assert_eq!(names(&mut ssm), ["inventory"]);
    assert_eq!(code(&mut ssm, Op::Create, &destination("inventory")), "ResourceDataSyncAlreadyExistsException");
    assert!(names(&mut ssm).is_empty());
    done(&mut ssm, Op::Create, &destination("inventory"));
}

#[test]
fn requests_are_held_to_the_services_own_model() {
    let mut long_name = destination("inventory");
    long_name["SyncName"] = json!("x".repeat(65));
    check_refused(
        &long_name,
        &expect![
            "1 validation error detected: Value 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' at 'syncName' failed to satisfy constraint: Member must have length less than or equal to 64"
        ],
    );
    let mut no_format = destination("inventory");
    no_format["S3Destination"].as_object_mut().expect("an object").remove("SyncFormat");
    check_refused(
        &no_format,
        &expect![
            "1 validation error detected: Value null at 's3Destination.syncFormat' failed to satisfy constraint: Member must not be null"
        ],
    );
    let mut slips = destination("inventory");
    slips["S3Destination"]["SyncFormat"] = json!("Parquet");
    slips["S3Destination"]["AWSKMSKeyARN"] = json!("alias/key");
    slips["S3Destination"]["BucketPrefix"] = json!("a");
    check_refused(
        &slips,
        &expect![
            "3 validation errors detected: Value 'alias/key' at 's3Destination.aWSKMSKeyARN' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:.*; Value 'a' at 's3Destination.bucketPrefix' failed to satisfy constraint: Member is unknown; Value 'Parquet' at 's3Destination.syncFormat' failed to satisfy constraint: Member must satisfy enum value set: [JsonSerDe]"
        ],
    );
    let mut units = source("explorer");
    units["SyncSource"]["AwsOrganizationsSource"]["OrganizationalUnits"] = json!([{ "OrganizationalUnitId": "ou-1" }]);
    units["SyncSource"]["IncludeFutureRegions"] = json!("true");
    check_refused(
        &units,
        &expect![
            "2 validation errors detected: Value 'ou-1' at 'syncSource.awsOrganizationsSource.organizationalUnits.1.member.organizationalUnitId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$; Value 'true' at 'syncSource.includeFutureRegions' failed to satisfy constraint: Member must be a boolean"
        ],
    );
}

fn check_refused(body: &Value, expected: &Expect) {
    let mut ssm = Ssm::default();
    let (status, error) = ask(&mut ssm, Op::Create, body);
    assert_eq!((status, &error["__type"]), (400, &json!("ValidationException")));
    expected.assert_eq(error["message"].as_str().unwrap_or_default());
    assert_eq!(ssm.protests.len(), 1);
    assert!(ssm.syncs(REGION).is_empty());
}

#[test]
fn the_models_patterns_are_understood() {
    let unit = "^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$";
    for good in ["ou-abcd-12345678", "ou-a1b2c3-abcdefgh12"] {
        assert!(model::matches(unit, good), "{good}");
    }
    for bad in ["ou-abc-12345678", "ou-ABCD-12345678", "ou-abcd-1234567", "xou-abcd-12345678", "ou-abcd-12345678 "] {
        assert!(!model::matches(unit, bad), "{bad}");
    }
    assert!(model::matches("arn:.*", "arn:") && !model::matches("arn:.*", "warn:"));
}

#[test]
fn a_fault_hits_the_calls_it_counts_and_no_other() {
    let mut ssm = Ssm::default();
    ssm.inject(Fault::at(Op::Create, FaultKind::Throttle).nth(2).times(2).within(REGION));
    let body = destination("a").to_string();
    ssm.handle(BASE_MS, "us-east-1", "AmazonSSM.CreateResourceDataSync", body.as_bytes());
    done(&mut ssm, Op::Create, &destination("a"));
    names(&mut ssm);
    assert_eq!(code(&mut ssm, Op::Create, &destination("b")), "ThrottlingException");
    assert_eq!(code(&mut ssm, Op::Create, &destination("b")), "ThrottlingException");
    done(&mut ssm, Op::Create, &destination("b"));
}

#[test]
fn a_fault_strikes_before_the_commit_or_after_it() {
    let cases = [
        (FaultKind::ErrorBefore, false),
        (FaultKind::ErrorAfter, true),
        (FaultKind::LoseReplyBefore, false),
        (FaultKind::LoseReplyAfter, true),
        (FaultKind::Hang, false),
        (FaultKind::HangAfter, true),
        (FaultKind::Slow(500), true),
        (FaultKind::Denied, false),
        (FaultKind::S3WriteFailed, false),
    ];
    for (kind, committed) in cases {
        let mut ssm = Ssm::default();
        ssm.inject(Fault::at(Op::Create, kind.clone()));
        let reply = raw(&mut ssm, Op::Create, &destination("inventory"));
        assert_eq!(ssm.syncs(REGION).len() == 1, committed, "{kind:?}");
        let call = ssm.journal.last().expect("the call is in the journal");
        assert_eq!(call.change.is_some(), committed, "{kind:?}");
        let fits = match kind {
            FaultKind::LoseReplyBefore | FaultKind::LoseReplyAfter => reply == Reply::Drop,
            FaultKind::Hang | FaultKind::HangAfter => reply == Reply::Hang,
            FaultKind::Slow(ms) => matches!(reply, Reply::Late { after_ms, .. } if after_ms == ms),
            FaultKind::ErrorBefore | FaultKind::ErrorAfter => reply.answer().status == 500,
            _ => reply.answer().status == 400,
        };
        assert!(fits, "{kind:?}");
    }
}

#[test]
fn what_an_outsider_does_is_told_apart() {
    let mut ssm = Ssm::default();
    ssm.outsider_put(BASE_MS, REGION, &destination("theirs"));
    let before = ssm.syncs(REGION)[0].essence();
    names(&mut ssm);
    assert_eq!(ssm.syncs(REGION)[0].essence(), before);
    assert_eq!(before["Maker"], "outsider");
    let other = json!({ "BucketName": "other", "SyncFormat": "JsonSerDe", "Region": REGION });
    assert!(ssm.outsider_change(BASE_MS + 1, REGION, "theirs", other));
    assert_ne!(ssm.syncs(REGION)[0].essence(), before);
    assert!(ssm.outsider_delete(REGION, "theirs").is_some());
}

const BASE: &str = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/response";

fn issued(bucket: &mut Bucket) -> Request {
    let stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/inventory/0a1b2c3d";
    let url = bucket.issue(BASE, stack, "Sync", "5f6e7d8c", Some(BASE_MS));
    Request {
        method: "PUT".to_owned(),
        target: target_of(&url).to_owned(),
        headers: vec![("Content-Length".to_owned(), "2".to_owned())],
        body: b"{}".to_vec(),
    }
}

#[test]
fn a_response_url_looks_like_cloudformations() {
    let request = issued(&mut Bucket::default());
    expect!["/response/arn%3Aaws%3Acloudformation%3Aus-east-1%3A123456789012%3Astack/inventory/0a1b2c3d%7CSync%7C5f6e7d8c?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261123T080000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=AKIA6L7Q4OWTEXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=e220a8397b1dcdaf6e789e6aa1b965f406c45d188009454ff88bb8a8724c81ec"]
        .assert_eq(&request.target);
}

#[test]
fn the_bucket_takes_a_plain_put_to_the_exact_url() {
    let mut bucket = Bucket::default();
    let request = issued(&mut bucket);
    assert_eq!(bucket.handle(BASE_MS, &request).answer().status, 200);
    assert_eq!(bucket.answers("5f6e7d8c"), [b"{}"]);
    assert!(bucket.protests.is_empty());
}

#[test]
fn the_bucket_refuses_what_was_not_signed() {
    let with = |name: &str, value: &str| {
        let (name, value) = (name.to_owned(), value.to_owned());
        move |request: &mut Request| request.headers.push((name, value))
    };
    check_put(|request| request.method = "POST".to_owned(), 403);
    check_put(with("Content-Type", ""), 403);
    check_put(with("content-type", "application/json"), 403);
    check_put(|request| request.target = request.target.replace("%3A", ":"), 403);
    check_put(|request| request.target = request.target.replace("%7C", "|"), 403);
    check_put(|request| request.target = request.target.replace("%2F", "/"), 403);
    check_put(|request| request.target.push_str("&x-id=PutObject"), 403);
    check_put(|request| request.headers.clear(), 411);
    check_put(with("Transfer-Encoding", "chunked"), 501);
    check_put(|request| request.body.push(b' '), 400);
}

fn check_put(spoil: impl FnOnce(&mut Request), status: u16) {
    let mut bucket = Bucket::default();
    let mut request = issued(&mut bucket);
    spoil(&mut request);
    assert_eq!(bucket.handle(BASE_MS, &request).answer().status, status, "{request:?}");
    assert!(bucket.answers("5f6e7d8c").is_empty());
}

#[test]
fn an_answer_of_more_than_4096_bytes_is_held_against_its_sender() {
    let mut bucket = Bucket::default();
    let mut request = issued(&mut bucket);
    request.body = vec![b' '; 4097];
    request.headers = vec![("content-length".to_owned(), "4097".to_owned())];
    bucket.handle(BASE_MS, &request);
    assert_eq!(bucket.protests.len(), 1);
}

#[test]
fn the_bucket_fails_as_often_as_it_is_told() {
    let cases = [
        (BucketFaultKind::Unavailable, Verdict::Refused { status: 503, code: "SlowDown" }, false),
        (BucketFaultKind::Redirect, Verdict::Refused { status: 307, code: "TemporaryRedirect" }, false),
        (BucketFaultKind::Refuse, Verdict::Refused { status: 403, code: "AccessDenied" }, false),
        (BucketFaultKind::Reset, Verdict::Dropped, false),
        (BucketFaultKind::ResetAfter, Verdict::Dropped, true),
        (BucketFaultKind::Hang, Verdict::Hung, false),
    ];
    for (kind, verdict, stored) in cases {
        let mut bucket = Bucket::default();
        let request = issued(&mut bucket);
        bucket.inject(BucketFault::first(kind).times(2));
        for _ in 0..3 {
            bucket.handle(BASE_MS, &request);
        }
        let seen: Vec<(Verdict, bool)> = bucket.puts.iter().map(|put| (put.verdict.clone(), put.stored)).collect();
        assert_eq!(seen, [(verdict.clone(), stored), (verdict, stored), (Verdict::Accepted, true)]);
    }
}

/// A stack, and each of its events in a line.
struct Story {
    stack: Stack,
    lines: String,
}

impl Story {
    fn new() -> Self {
        Self { stack: Stack::new("shop"), lines: String::new() }
    }

    /// Answers every event, then notes the stack's state.
    fn settle(&mut self, mut answer: impl FnMut(&Event) -> Answer) {
        while let Some(event) = self.stack.next_event() {
            let answer = answer(&event);
            let id = event.physical_id.as_deref().unwrap_or("–");
            let old = event.old_properties.as_ref().map_or("", |old| old["P"].as_str().unwrap_or("?"));
            let told = match &answer {
                Answer::Success { physical_id, .. } => physical_id.as_str(),
                Answer::Failed { .. } => "FAILED",
                Answer::TimedOut => "no answer",
                Answer::Cancelled => "cancelled",
            };
            self.lines += &format!(
                "{} {} {id} [{old}>{}] = {told}\n",
                event.request_type.name(),
                event.logical_id,
                event.properties["P"].as_str().unwrap_or("?"),
            );
            self.stack.answer(&answer);
        }
        self.lines += &format!("{:?}\n", self.stack.state());
    }

    fn deploy(&mut self, resources: &[(&str, &str)], siblings: Siblings) {
        let template: Template = resources.iter().map(|(id, p)| ((*id).to_owned(), json!({ "P": p }))).collect();
        self.stack.deploy(&template, siblings);
    }
}

fn success(id: &str) -> Answer {
    Answer::Success { physical_id: id.to_owned(), data: Value::Null }
}

fn failure(id: &str) -> Answer {
    Answer::Failed { physical_id: Some(id.to_owned()), reason: "no".to_owned() }
}

/// A function whose physical id is the property `P` up to a dash: `a-1` and `a-2` keep an id, `b-1` replaces it.
fn well(event: &Event) -> Answer {
    let property = event.properties["P"].as_str().unwrap_or_default();
    success(property.split('-').next().unwrap_or_default())
}

#[test]
fn a_replaced_resource_is_deleted_after_the_whole_update() {
    let mut story = Story::new();
    story.deploy(&[("A", "a-1"), ("B", "x-1"), ("C", "c-1")], Siblings::Succeed);
    story.settle(well);
    story.deploy(&[("A", "b-1"), ("B", "x-2"), ("D", "d-1")], Siblings::Succeed);
    story.settle(well);
    expect![[r"
        Create A – [>a-1] = a
        Create B – [>x-1] = x
        Create C – [>c-1] = c
        CreateComplete
        Update A a [a-1>b-1] = b
        Update B x [x-1>x-2] = x
        Create D – [>d-1] = d
        Delete A a [>a-1] = a
        Delete C c [>c-1] = c
        UpdateComplete
    "]]
    .assert_eq(&story.lines);
}

#[test]
fn a_failed_update_is_sent_back_with_swapped_properties_then_its_ids_are_deleted() {
    let mut story = Story::new();
    story.deploy(&[("A", "a-1"), ("B", "x-1"), ("C", "c-1")], Siblings::Succeed);
    story.settle(well);
    story.deploy(&[("A", "b-1"), ("B", "x-2"), ("C", "c-1")], Siblings::Succeed);
    story.settle(|event| if event.properties["P"] == "x-2" { failure("x") } else { well(event) });
    expect![[r"
        Create A – [>a-1] = a
        Create B – [>x-1] = x
        Create C – [>c-1] = c
        CreateComplete
        Update A a [a-1>b-1] = b
        Update B x [x-1>x-2] = FAILED
        Update B x [x-2>x-1] = x
        Update A b [b-1>a-1] = a
        Delete A b [>b-1] = b
        UpdateRollbackComplete
    "]]
    .assert_eq(&story.lines);
    assert_eq!(story.stack.resources()["A"].physical_id, "a");
}

#[test]
fn a_failing_sibling_rolls_back_what_had_succeeded() {
    let mut story = Story::new();
    story.deploy(&[("A", "a-1")], Siblings::Succeed);
    story.settle(well);
    story.deploy(&[("A", "a-2"), ("N", "n-1")], Siblings::Fail);
    story.settle(well);
    story.stack.delete();
    story.settle(well);
    expect![[r"
        Create A – [>a-1] = a
        CreateComplete
        Update A a [a-1>a-2] = a
        Create N – [>n-1] = n
        Update A a [a-2>a-1] = a
        Delete N n [>n-1] = n
        UpdateRollbackComplete
        Delete A a [>a-1] = a
        DeleteComplete
    "]]
    .assert_eq(&story.lines);
}

#[test]
fn a_failed_create_is_deleted_under_its_id_and_an_unanswered_one_under_a_made_up_id() {
    for (answer, expected) in [
        (
            failure("failed-id"),
            expect![[r"
                Create A – [>a-1] = FAILED
                Delete A failed-id [>a-1] = a
                RollbackComplete
            "]],
        ),
        (
            Answer::TimedOut,
            expect![[r#"
                Create A – [>a-1] = no answer
                Delete A shop-A-FB1DC5198FE5 [>a-1] = a
                RollbackComplete
            "#]],
        ),
    ] {
        let mut story = Story::new();
        story.deploy(&[("A", "a-1")], Siblings::Succeed);
        story.settle(|event| if event.physical_id.is_none() { answer.clone() } else { well(event) });
        expected.assert_eq(&story.lines);
    }
}

#[test]
fn an_unchanged_resource_hears_nothing_and_a_failed_delete_can_be_tried_again() {
    let mut story = Story::new();
    story.deploy(&[("A", "a-1")], Siblings::Succeed);
    story.settle(well);
    story.deploy(&[("A", "a-1")], Siblings::Succeed);
    story.settle(well);
    story.stack.delete();
    story.settle(|_| failure("a"));
    story.stack.delete();
    story.settle(well);
    expect![[r"
        Create A – [>a-1] = a
        CreateComplete
        UpdateComplete
        Delete A a [>a-1] = FAILED
        DeleteFailed
        Delete A a [>a-1] = a
        DeleteComplete
    "]]
    .assert_eq(&story.lines);
    assert_eq!(story.stack.state(), State::DeleteComplete);
}

#[test]
fn properties_arrive_as_strings_with_the_service_token_among_them() {
    let mut stack = Stack::new("shop");
    let properties = json!({ "Flag": true, "Count": 3, "List": [false, { "Deep": 1 }] });
    stack.deploy(&Template::from([("A".to_owned(), properties)]), Siblings::Succeed);
    let event = stack.next_event().expect("a Create").json("https://bucket/");
    let expected = json!({
        "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:resource-data-sync",
        "Flag": "true",
        "Count": "3",
        "List": ["false", { "Deep": "1" }],
    });
    assert_eq!(event["ResourceProperties"], expected);
    assert!(event.get("PhysicalResourceId").is_none() && event.get("OldResourceProperties").is_none());
}

#[test]
fn an_answer_is_read_as_strictly_as_cloudformation_does() {
    let mut stack = Stack::new("shop");
    stack.deploy(&Template::from([("A".to_owned(), json!({}))]), Siblings::Succeed);
    let event = stack.next_event().expect("a Create");
    let good = json!({
        "Status": "SUCCESS", "PhysicalResourceId": "id", "StackId": event.stack_id, "RequestId": event.request_id,
        "LogicalResourceId": "A", "Data": { "Arn": "arn:..." },
    });
    assert!(matches!(event.read(good.to_string().as_bytes()), Answer::Success { .. }));
    let spoiled = [
        ("Status", json!("OK")),
        ("Status", json!("FAILED")),
        ("PhysicalResourceId", json!("")),
        ("PhysicalResourceId", Value::Null),
        ("PhysicalResourceId", json!("x".repeat(1025))),
        ("StackId", json!("another")),
        ("RequestId", json!("another")),
        ("LogicalResourceId", json!("B")),
        ("Data", json!("text")),
        ("Reason", json!("x".repeat(4096))),
    ];
    for (member, value) in spoiled {
        let mut bad = good.clone();
        bad[member] = value;
        let read = event.read(bad.to_string().as_bytes());
        assert!(matches!(read, Answer::Failed { physical_id: None, .. }), "{member}: {read:?}");
    }
}

#[tokio::test]
async fn the_servers_speak_http_and_break_the_connection_where_a_reply_is_lost() {
    let world = Shared::new(World::default(), Clock::Real);
    let servers = Servers::start(&world, 0, 0).await.expect("loopback ports are free");
    world.lock().ssm.inject(Fault::at(Op::Create, FaultKind::LoseReplyAfter));
    let body = destination("inventory").to_string();
    let head = |op: Op, body: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonSSM.{}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=AK/20261123/{REGION}/ssm/aws4_request, Signature=x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            op.name(),
            body.len()
        )
    };
    assert_eq!(speak(servers.ssm, &head(Op::Create, &body)).await, "");
    assert_eq!(world.lock().ssm.syncs(REGION).len(), 1);
    let listed = speak(servers.ssm, &head(Op::List, "{}")).await;
    assert!(listed.starts_with("HTTP/1.1 200") && listed.contains("\"SyncName\":\"inventory\""), "{listed}");

    let url = world.lock().bucket.issue(&servers.response_base(), "arn:stack", "Sync", "r-1", None);
    let put = |target: &str| {
        format!("PUT {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}")
    };
    assert!(speak(servers.bucket, &put(target_of(&url))).await.starts_with("HTTP/1.1 200"));
    assert!(speak(servers.bucket, &put("/response/elsewhere")).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn the_runtime_api_hands_an_event_to_the_function_and_its_word_to_the_caller() {
    let limit = std::time::Duration::from_secs(5);
    let api = RuntimeApi::start(0, REGION, limit).await.expect("a loopback port is free");
    let address = api.address;
    let function = tokio::spawn(async move {
        let next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let event = speak(address, next).await;
        let id = event.split("lambda-runtime-aws-request-id: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let path = format!("/2018-06-01/runtime/invocation/{}/response", id.unwrap_or_default());
        let post = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
        (event, speak(address, &post).await)
    });
    assert_eq!(api.invoke(b"an event".to_vec(), limit).await, Told::Response(b"done".to_vec()));
    let (event, told) = function.await.expect("the function ends");
    assert!(event.ends_with("an event") && event.contains("lambda-runtime-deadline-ms: "), "{event}");
    assert!(told.starts_with("HTTP/1.1 202"), "{told}");
}

/// One request as text, and the response as text; empty if the connection just closes.
async fn speak(address: std::net::SocketAddr, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.ok();
    String::from_utf8_lossy(&response).into_owned()
}
