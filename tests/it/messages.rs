//! Every cause and its words, in one golden table, and the page that each remedy links to.
//!
//! `UPDATE_EXPECT=1 cargo test messages` writes the table anew.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use expect_test::expect_file;
use resource_data_sync::{
    messages::{
        DocsUrl, EventFailure, Page, Phase, Place, TableError, failure_text, invalid_properties, reason, state_remedy,
    },
    policy::{Cause, Failure, Owner, PlaceFor, Relation, Restored, WaitingFor, wait::WaitReason},
    sync::{CallError, Config, Destination, Difference, ErrorKind, Listed, Operation, Organization, Source, SyncType},
};
use time::macros::utc_datetime;

const STACK: &str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/ops/11111111-2222-3333-4444-555555555555";
const S3_WRITE_FAILED: &str =
    "S3 write failed for bucket: logs. Please refer to SSM Documentation for S3 bucket policy.";
const INVALID: &str = "ResourceDataSyncInvalidConfigurationException";

fn docs() -> DocsUrl {
    DocsUrl::new(Some("https://docs.example.com/sync"))
}

fn place(docs: &DocsUrl) -> Place<'_> {
    Place {
        partition: "aws",
        account: "123456789012",
        region: "eu-west-1",
        table: "ownership",
        resource: "arn:stack|Sync",
        stack_id: STACK,
        logical_id: "Sync",
        present_name: Some("inventory"),
        is_delete: false,
        docs,
    }
}

fn bucket(change: impl FnOnce(&mut Destination)) -> Config {
    let mut destination = Destination {
        bucket_name: "logs".into(),
        sync_format: "JsonSerDe".into(),
        region: "eu-west-1".into(),
        ..Destination::default()
    };
    change(&mut destination);
    Config::ToDestination(destination)
}

fn organization(regions: &[&str]) -> Config {
    Config::FromSource(Source {
        source_type: "AwsOrganizations".into(),
        organization: Some(Organization {
            organization_source_type: "EntireOrganization".into(),
            ..Organization::default()
        }),
        source_regions: regions.iter().map(|&region| region.into()).collect(),
        ..Source::default()
    })
}

fn listed(name: &str, config: Config) -> Listed {
    let created = Some(utc_datetime!(2026-11-23 08:00:00.123));
    let (last_status, last_status_message, source_state, last_successful_sync) = (None, None, None, None);
    Listed { name: name.into(), config, created, last_status, last_status_message, source_state, last_successful_sync }
}

fn refused(operation: Operation, kind: ErrorKind, code: &str, message: &str) -> CallError {
    CallError::Service { operation, kind, code: code.into(), message: Some(message.into()) }
}

fn call(error: CallError, config: Config) -> Cause {
    Cause::Call { error, config: Some(config) }
}

fn invalid(message: &str, config: Config) -> Cause {
    call(refused(Operation::Create, ErrorKind::Refused, INVALID, message), config)
}

fn not_ready(config: Config) -> Cause {
    call(refused(Operation::Create, ErrorKind::BucketNotReady, INVALID, S3_WRITE_FAILED), config)
}

fn denied(operation: Operation, region: &str, explicit: bool) -> CallError {
    let why = if explicit {
        "with an explicit deny in a service control policy"
    } else {
        "because no identity-based policy allows it"
    };
    let message = format!(
        "User: arn:aws:sts::123456789012:assumed-role/sync/sync is not authorized to perform: ssm:{operation} on resource: \
         arn:aws:ssm:{region}:123456789012:resource-data-sync/inventory {why}"
    );
    refused(operation, ErrorKind::AccessDenied { explicit }, "AccessDeniedException", &message)
}

fn of_kind(operation: Operation, kind: ErrorKind, code: &str, message: &str) -> Cause {
    Cause::Call { error: refused(operation, kind, code, message), config: None }
}

fn taken(owner: Owner) -> Cause {
    let theirs = bucket(|it| (it.bucket_name, it.prefix) = ("theirs".into(), Some("a/b".into())));
    Cause::NameTaken { by: Some(listed("inventory", theirs)), owner }
}

fn other(relation: Relation) -> Owner {
    let (stack_id, logical_id, resource) = (STACK.replace("ops", "other"), "Other".into(), "arn:other|Other".into());
    Owner::Resource { stack_id, logical_id, resource, relation }
}

fn quota(needed_for: PlaceFor, names: &[&str]) -> Cause {
    let code = "ResourceDataSyncCountExceededException";
    let error = refused(Operation::Create, ErrorKind::CountExceeded, code, "You have exceeded the allowed maximum.");
    Cause::Quota { error, held_by: names.iter().map(|name| listed(name, bucket(|_| ()))).collect(), needed_for }
}

fn out_of_time(waiting_for: WaitingFor, last: Option<Cause>) -> Cause {
    Cause::OutOfTime { waiting_for, last: last.map(Box::new) }
}

fn within(region: &str, cause: Cause) -> Failure {
    let sync_type = SyncType::ToDestination;
    Failure { name: "inventory".into(), region: region.into(), sync_type, cause, restored: None, is_removal: false }
}

fn here(cause: Cause) -> Failure {
    within("eu-west-1", cause)
}

fn removal(region: &str, cause: Cause) -> Failure {
    Failure { is_removal: true, ..within(region, cause) }
}

fn restored(cause: Cause, restored: Restored) -> Failure {
    Failure { restored: Some(restored), ..here(cause) }
}

fn first_sync_failed(message: Option<&str>, config: Config) -> Cause {
    Cause::FirstSyncFailed { config, message: message.map(str::to_owned) }
}

/// Each group of rows under its heading; a row's name says what is special.
fn calls() -> Vec<(&'static str, Failure)> {
    use ErrorKind as Kind;
    use Operation::{Create, Delete, List, Update};
    let with_key = |key: &str| bucket(|it| it.kms_key_arn = Some(key.into()));
    let shared = bucket(|it| {
        it.prefix = Some("/ssm/".into());
        it.destination_data_sharing_type = Some("Organization".into());
    });
    let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
    vec![
        ("the bucket's policy", here(not_ready(bucket(|it| it.prefix = Some("ssm//inventory/".into()))))),
        ("the bucket's policy or the key's", here(not_ready(with_key(key)))),
        ("the bucket's policy, shared", here(not_ready(shared))),
        ("the bucket's policy, from an opt-in Region", within("me-south-1", not_ready(with_key(key)))),
        (
            "the bucket in the same opt-in Region",
            within("me-south-1", not_ready(bucket(|it| it.region = "me-south-1".into()))),
        ),
        ("the key", here(invalid("S3 write denied: KMS.AccessDenied", with_key(key)))),
        ("the bucket's own key", here(invalid("The KMS key is disabled.", bucket(|_| ())))),
        (
            "Object Lock",
            here(invalid(
                "Content-MD5 HTTP header is required for Put requests with Object Lock parameters",
                bucket(|_| ()),
            )),
        ),
        ("no bucket", here(invalid("The specified bucket does not exist", bucket(|_| ())))),
        (
            "a bucket that is called as a cause",
            here(invalid("Odd bucket: kms", bucket(|it| it.bucket_name = "kms".into()))),
        ),
        ("denied", here(call(denied(Create, "eu-west-1", false), bucket(|_| ())))),
        ("denied explicitly", here(call(denied(Update, "eu-west-1", true), bucket(|_| ())))),
        (
            "denied explicitly, a removal",
            removal("me-south-1", Cause::Call { error: denied(Delete, "me-south-1", true), config: None }),
        ),
        ("denied, List", here(Cause::Call { error: denied(List, "eu-west-1", false), config: None })),
        (
            "denied another service's action",
            here(of_kind(
                Create,
                Kind::AccessDenied { explicit: false },
                "AccessDenied",
                "Not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::123456789012:role/x",
            )),
        ),
        (
            "credentials",
            here(of_kind(List, Kind::Credentials, "UnrecognizedClientException", "The security token is invalid.")),
        ),
        (
            "credentials, a removal",
            removal(
                "me-south-1",
                of_kind(List, Kind::Credentials, "UnrecognizedClientException", "The security token is invalid."),
            ),
        ),
        ("unsupported", here(of_kind(List, Kind::Unsupported, "UnknownOperationException", ""))),
        ("not found", here(of_kind(Update, Kind::NotFound, "ResourceDataSyncNotFoundException", "No such sync"))),
        ("transient", here(of_kind(Delete, Kind::Transient, "ThrottlingException", "Rate exceeded"))),
        ("5xx", here(of_kind(Create, Kind::Internal, "InternalServerError", "An error occurred on the server side."))),
        ("exists", here(of_kind(Create, Kind::NameExists, "ResourceDataSyncAlreadyExistsException", ""))),
        ("too many", here(of_kind(Create, Kind::CountExceeded, "ResourceDataSyncCountExceededException", "Too many"))),
        (
            "refused, no cause known",
            here(call(refused(Create, Kind::Refused, "ValidationException", "1 validation\n error."), bucket(|_| ()))),
        ),
        ("a code that is not known", here(of_kind(Update, Kind::UnknownCode, "Odd", ""))),
        (
            "not sent",
            here(Cause::Call {
                error: CallError::NotSent { operation: List, why: "Connection refused (os error 111)".into() },
                config: None,
            }),
        ),
        (
            "no credentials",
            here(Cause::Call {
                error: CallError::NotSent { operation: List, why: "no credentials in the environment".into() },
                config: None,
            }),
        ),
        (
            "not answered",
            here(Cause::Call {
                error: CallError::Unknown { operation: Create, why: "no response within 5 s".into() },
                config: None,
            }),
        ),
    ]
}

fn sources() -> Vec<(&'static str, Failure)> {
    let explorer = || organization(&["eu-west-1"]);
    let said = |message| here(invalid(message, explorer()));
    vec![
        ("no role", said("The service-linked role is missing.")),
        ("no trusted access", said("You must enable trusted access.")),
        ("no delegated administrator", said("The account is no delegated administrator.")),
        ("no such unit", said("The organizational unit ou-ab12-34cd56ef is unknown.")),
        ("no organization", said("AWSOrganizationsNotInUseException: AWS Organizations is not in use.")),
        ("refused in an opt-in Region", within("ap-southeast-3", invalid("Not supported.", explorer()))),
        ("refused with an opt-in Region as source", here(invalid("Not supported.", organization(&["eu-south-2"])))),
        ("a bad state", here(Cause::SourceState { state: "NoPermissions".into(), config: explorer() })),
        ("a state that is not known", here(Cause::SourceState { state: "Confused".into(), config: explorer() })),
        ("a first sync", here(first_sync_failed(Some("Odd."), explorer()))),
    ]
}

fn others() -> Vec<(&'static str, Failure)> {
    let difference = |field, found: &str, wanted: &str| Difference {
        field,
        wanted: wanted.into(),
        found: found.into(),
        is_updatable: false,
    };
    let differences = vec![
        difference("S3Destination.BucketName", "theirs", "logs"),
        difference("S3Destination.Prefix", "none", "ssm"),
    ];
    let places = ["InspectorResourceDataSync-do-not-delete", "mine", "other"];
    vec![
        ("exists, nobody's", here(taken(Owner::Nobody))),
        ("exists, another stack's", here(taken(other(Relation::OtherStack)))),
        ("exists, this stack's", here(taken(other(Relation::SameStack)))),
        ("exists, retained", here(taken(Owner::Retained))),
        ("exists, made again", here(taken(Owner::MadeAgain))),
        ("exists, not listed", here(Cause::NameTaken { by: None, owner: Owner::Nobody })),
        ("nothing to adopt", here(Cause::NothingToAdopt)),
        ("not as adopted", here(Cause::Differs(differences))),
        ("no place", here(quota(PlaceFor::NewSync, &places))),
        ("no place for a new name", here(quota(PlaceFor::NewName, &places))),
        ("no place for a new type", here(quota(PlaceFor::NewType, &[]))),
        ("never listed", here(Cause::NeverListed)),
        ("vanished", here(Cause::Vanished)),
        ("never deleted", here(Cause::NeverDeleted)),
        ("first sync failed", here(first_sync_failed(Some("Access Denied (Service: Amazon S3)."), bucket(|_| ())))),
        ("first sync failed without a reason", here(first_sync_failed(None, bucket(|_| ())))),
        ("not announced", here(Cause::Unannounced)),
        ("out of time, a call", here(out_of_time(WaitingFor::Answer(Operation::Create), None))),
        ("out of time, not begun", here(out_of_time(WaitingFor::ToBegin, None))),
        (
            "out of time, throttled",
            here(out_of_time(
                WaitingFor::Wait(WaitReason::Trouble),
                Some(of_kind(Operation::Create, ErrorKind::Transient, "ThrottlingException", "Rate exceeded")),
            )),
        ),
        (
            "out of time, the bucket's policy",
            here(out_of_time(WaitingFor::Wait(WaitReason::BucketPolicy), Some(not_ready(bucket(|_| ()))))),
        ),
        ("out of time, the first sync", here(out_of_time(WaitingFor::Wait(WaitReason::FirstSync), None))),
        ("restored", restored(invalid("Odd.", bucket(|_| ())), Restored::Yes)),
        (
            "not restored",
            restored(
                invalid("Odd.", bucket(|_| ())),
                Restored::No(not_ready(bucket(|it| it.bucket_name = "old".into()))),
            ),
        ),
        ("not restored, but something exists", restored(Cause::NeverDeleted, Restored::No(Cause::NeverDeleted))),
    ]
}

fn several() -> Vec<(&'static str, Vec<Failure>)> {
    let regions = ["us-east-1", "eu-west-1", "af-south-1"];
    let each = |cause: &dyn Fn(&str) -> Cause| regions.iter().map(|region| within(region, cause(region))).collect();
    let mut mixed: Vec<Failure> = each(&|region| call(denied(Operation::Create, region, false), bucket(|_| ())));
    mixed.push(within("ap-east-1", not_ready(bucket(|_| ()))));
    mixed.push(Failure { name: "old".into(), ..removal("us-east-1", Cause::NeverDeleted) });
    let request_ids = |region: &str| {
        let message = format!("Access Denied (Status Code: 403; Request ID: {region}-7; Proxy: null)");
        first_sync_failed(Some(&message), bucket(|_| ()))
    };
    let holders = |region: &str| quota(PlaceFor::NewSync, if region == "eu-west-1" { &["a", "b"] } else { &["c"] });
    let back =
        |region: &str| Failure { restored: Some(Restored::Yes), ..within(region, invalid("Odd.", bucket(|_| ()))) };
    vec![
        ("one cause", each(&|_| not_ready(bucket(|_| ())))),
        (
            "one cause, words with each Region's ARN",
            each(&|region| call(denied(Operation::Create, region, false), bucket(|_| ()))),
        ),
        ("one cause, words with request ids", each(&request_ids)),
        ("one cause, other holders", each(&holders)),
        ("one cause, all restored", regions.iter().map(|region| back(region)).collect()),
        ("several causes", mixed),
    ]
}

fn events() -> Vec<(&'static str, EventFailure)> {
    use EventFailure as E;
    let table = E::Table;
    let message = || "User: arn:aws:sts::123456789012:assumed-role/sync/sync is not authorized.".to_owned();
    let action = || "dynamodb:GetItem".to_owned();
    let s = Duration::from_secs;
    vec![
        ("unknown type", E::UnknownRequestType(Some("Destroy".into()))),
        ("no type", E::UnknownRequestType(None)),
        ("no id", E::Missing { request_type: "Update".into(), member: "PhysicalResourceId" }),
        ("too old", E::TooOld { age: s(3601), service_timeout: s(3600) }),
        ("superseded", E::Superseded { by: Some("Delete".into()), has_changed_something: false }),
        ("superseded at work", E::Superseded { by: None, has_changed_something: true }),
        ("no time to wait", E::NoTimeToWaitOut { left: s(5), service_timeout_needed: s(30) }),
        ("another account", E::OtherAccount { stack_account: "444455556666".into(), stack_region: "us-east-2".into() }),
        ("a stack id that can be shared", E::SyncNameRequired),
        ("no Region", E::NoRegion),
        (
            "a bucket that is not allowed",
            E::BucketNotAllowed { bucket: "theirs".into(), allowed: vec!["logs".into(), "ops-*".into()] },
        ),
        ("a panic", E::Panicked),
        ("cut off", E::CutOff(Phase::Reading)),
        ("cut off at work", E::CutOff(Phase::Working)),
        ("table denied", table(TableError::Denied { action: action(), explicit: false, message: message() })),
        ("table denied explicitly", table(TableError::Denied { action: action(), explicit: true, message: message() })),
        ("table KMS", table(TableError::KmsDenied { message: "KMS key access denied error".into() })),
        (
            "table key",
            table(TableError::WrongKey { message: "The provided key element does not match the schema".into() }),
        ),
        ("table missing", table(TableError::Missing)),
        ("table throttled", table(TableError::Throttled)),
        ("record too large", table(TableError::TooLarge)),
        ("table unreachable", table(TableError::Unreachable { why: "connect timed out".into() })),
        ("newer record", table(TableError::NewerFormat { format: 2 })),
        ("unreadable record", table(TableError::Unreadable { why: "Version is missing".into() })),
        ("no table", table(TableError::NoTable)),
        (
            "table, other",
            table(TableError::Other { operation: "PutItem".into(), code: "Odd".into(), message: "No.".into() }),
        ),
    ]
}

fn rows() -> Vec<(&'static str, String)> {
    let docs = docs();
    let place = place(&docs);
    let deleting = Place { is_delete: true, present_name: None, ..place };
    let closed =
        removal("me-south-1", Cause::Call { error: denied(Operation::List, "me-south-1", true), config: None });
    let mut rows = Vec::new();
    for (name, failure) in calls().into_iter().chain(sources()).chain(others()) {
        rows.push((name, failure_text(&failure, &place)));
    }
    rows.push(("denied explicitly, a Delete", failure_text(&closed, &deleting)));
    rows.extend(several().into_iter().map(|(name, failures)| (name, reason(&failures, &place))));
    rows.extend(events().into_iter().map(|(name, event)| (name, event.text(&place))));
    let faults = ["SyncNam: no such property; did you mean SyncName?", "S3Destination: required"];
    rows.push(("invalid properties", invalid_properties(&faults, &place)));
    rows.push(("a state, in the log", state_remedy("TrustedAccessDisabled", &place)));
    rows
}

#[test]
fn every_message() {
    let table: String =
        rows().iter().map(|(name, text)| format!("# {name}\n{}\n\n", text.replace(". ", ".\n"))).collect();
    expect_file!["messages.txt"].assert_eq(&table);
}

#[test]
fn every_cause_and_kind_has_a_row() {
    let mut seen = BTreeSet::new();
    for failure in calls().into_iter().chain(sources()).chain(others()).map(|(_, failure)| failure) {
        // A new cause does not compile until it has a place here.
        seen.insert(match failure.cause {
            Cause::Call { error, .. } => error.kind().map_or(0, |kind| match kind {
                ErrorKind::NameExists => 1,
                ErrorKind::CountExceeded => 2,
                ErrorKind::BucketNotReady => 3,
                ErrorKind::NotFound => 4,
                ErrorKind::Transient => 5,
                ErrorKind::Internal => 6,
                ErrorKind::AccessDenied { .. } => 7,
                ErrorKind::Credentials => 8,
                ErrorKind::Unsupported => 9,
                ErrorKind::Refused => 10,
                ErrorKind::UnknownCode => 11,
            }),
            Cause::NameTaken { .. } => 12,
            Cause::NothingToAdopt => 13,
            Cause::Differs(_) => 14,
            Cause::Quota { .. } => 15,
            Cause::NeverListed => 16,
            Cause::Vanished => 17,
            Cause::NeverDeleted => 18,
            Cause::FirstSyncFailed { .. } => 19,
            Cause::SourceState { .. } => 20,
            Cause::Unannounced => 21,
            Cause::OutOfTime { .. } => 22,
        });
    }
    assert_eq!(seen, (0..=22).collect());
}

#[test]
fn every_wait_has_words() {
    let docs = docs();
    let mut texts = BTreeSet::new();
    for wait in WaitReason::ALL {
        texts.insert(failure_text(&here(out_of_time(WaitingFor::Wait(wait), None)), &place(&docs)));
    }
    assert_eq!(texts.len(), WaitReason::ALL.len());
}

/// GitHub's anchor of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn pages_and_headings_are_the_same() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/troubleshooting.md")).expect("the page");
    let headings: BTreeSet<String> = text.lines().filter_map(|line| line.strip_prefix("### ")).map(anchor).collect();
    let pages: BTreeSet<String> = Page::ALL.iter().map(|page| page.anchor().to_owned()).collect();
    assert_eq!(headings, pages);
    let all: String = rows().into_iter().map(|(_, text)| text).collect();
    for page in Page::ALL {
        assert!(all.contains(&format!("{} ", page.url(&docs()))), "no message links to {page:?}");
    }
    let inner = text.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap_or_default());
    for link in inner {
        assert!(headings.contains(link), "no heading for #{link}");
    }
}

#[test]
fn a_page_is_named_by_its_path_where_no_url_is_known() {
    for docs in [DocsUrl::new(None), DocsUrl::new(Some(" ")), DocsUrl::default()] {
        assert_eq!(Page::KmsKey.url(&docs), "docs/troubleshooting.md#kms-key");
    }
    assert_eq!(Page::KmsKey.url(&DocsUrl::new(Some("https://x/y#"))), "https://x/y#kms-key");
}

#[test]
fn arns_are_of_the_functions_own_partition_and_without_double_slashes() {
    let docs = docs();
    let china = Place { partition: "aws-cn", ..place(&docs) };
    let text = failure_text(&within("cn-north-1", not_ready(bucket(|it| it.prefix = Some("//".into())))), &china);
    assert!(
        text.contains("arn:aws-cn:s3:::logs/*/accountid=123456789012/*") && !text.contains("ssm.cn-north-1"),
        "{text}"
    );
    for (name, text) in rows() {
        assert!(!text.replace("https://", "").contains("//"), "{name}: {text}");
    }
}

#[test]
fn thirty_regions_are_named_before_anything_else() {
    let docs = docs();
    let regions: Vec<String> = (0..30).map(|index| format!("us-test-{index}")).collect();
    let odd = |index: usize| if index == 0 { Cause::NeverListed } else { not_ready(bucket(|_| ())) };
    let failures: Vec<_> = regions.iter().enumerate().map(|(index, region)| within(region, odd(index))).collect();
    let text = reason(&failures, &place(&docs));
    let first = &text[..700];
    assert!(regions.iter().all(|region| first.contains(region.as_str())), "{first}");
    assert_eq!(text.matches("GetBucketAcl").count(), 1);
}

#[test]
fn a_long_message_leaves_room_for_the_remedy() {
    let docs = docs();
    let text = failure_text(&here(invalid(&"ü".repeat(4_000), bucket(|_| ()))), &place(&docs));
    assert!(text.len() < 2_000 && text.contains('…') && text.contains("#bucket-policy"), "{text}");
}
