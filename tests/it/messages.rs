//! Every cause and its words, in one golden table, and the page that each remedy links to.
//!
//! `UPDATE_EXPECT=1 cargo test messages` writes the table anew.

use std::{collections::BTreeSet, time::Duration};

use expect_test::expect_file;
use resource_data_sync::{
    cloudformation::EventFault,
    messages::{Context, DocsUrl, EventFailure, Page, failure_text, invalid_properties, reason, status_warning},
    policy::{
        Cause, Failure, Owner, PlaceFor, Relation, Restored, TableError, WaitingFor, record::SyncKey, wait::WaitReason,
    },
    sync::{
        CallError, Config, Destination, Difference, ErrorKind as Kind, Listed,
        Operation::{self, Create, Delete, List, Update},
        Organization, Source, SyncType,
    },
};
use time::macros::utc_datetime;

use crate::tidy::{anchor, read};

type Rows<T> = Vec<(&'static str, T)>;

const STACK: &str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/ops/11111111-2222-3333-4444-555555555555";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/k";
const INVALID: &str = "ResourceDataSyncInvalidConfigurationException";
const WRITE_FAILED: &str = "S3 write failed for bucket: logs. Please refer to SSM Documentation for S3 bucket policy.";
const OBJECT_LOCK: &str = "Content-MD5 HTTP header is required for Put requests with Object Lock parameters";
const OTHER_ACTION: &str = "Not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::1:role/x";

fn context(docs: &DocsUrl) -> Context<'_> {
    Context {
        partition: "aws",
        account: "123456789012",
        region: "eu-west-1",
        table: "syncs",
        resource: "STACK|Sync",
        stack_id: STACK,
        logical_id: "Sync",
        present_name: Some("inventory"),
        is_delete: false,
        docs,
    }
}

fn docs() -> DocsUrl {
    DocsUrl::new(Some("https://docs.example.com/sync"))
}

fn bucket(change: impl FnOnce(&mut Destination)) -> Config {
    let (bucket_name, sync_format, region) = ("logs".to_owned(), "JsonSerDe".to_owned(), "eu-west-1".to_owned());
    let mut destination = Destination { bucket_name, sync_format, region, ..Destination::default() };
    change(&mut destination);
    Config::ToDestination(destination)
}

fn logs() -> Config {
    bucket(|_| ())
}

fn organization(region: &str) -> Config {
    let organization_source_type = "EntireOrganization".to_owned();
    Config::FromSource(Source {
        source_type: "AwsOrganizations".into(),
        organization: Some(Organization { organization_source_type, ..Organization::default() }),
        source_regions: BTreeSet::from([region.into()]),
        ..Source::default()
    })
}

fn listed(name: &str, config: Config) -> Listed {
    let created = Some(utc_datetime!(2026-11-23 08:00:00.123));
    let (last_status, last_status_message, source_state, last_successful_sync) = (None, None, None, None);
    Listed { name: name.into(), config, created, last_status, last_status_message, source_state, last_successful_sync }
}

fn call(operation: Operation, kind: Kind, code: &str, message: &str, config: Option<Config>) -> Cause {
    let (code, message) = (code.into(), Some(message.into()));
    Cause::Call { error: CallError::Service { operation, kind, code, message }, config }
}

fn invalid(message: &str, config: Config) -> Cause {
    call(Create, Kind::Refused, INVALID, message, Some(config))
}

fn not_written(config: Config) -> Cause {
    call(Create, Kind::BucketNotReady, INVALID, WRITE_FAILED, Some(config))
}

fn denied(operation: Operation, region: &str, explicit: bool) -> Cause {
    let why = if explicit { "with an explicit deny in a service control policy" } else { "since no policy allows it" };
    let arn = format!("arn:aws:ssm:{region}:123456789012:resource-data-sync/inventory");
    let message = format!("User: sync is not authorized to perform: ssm:{operation} on resource: {arn} {why}");
    call(operation, Kind::AccessDenied { explicit }, "AccessDeniedException", &message, None)
}

fn taken(owner: Owner) -> Cause {
    let theirs = bucket(|it| (it.bucket_name, it.prefix) = ("theirs".into(), Some("a/b".into())));
    Cause::NameTaken { by: Some(listed("inventory", theirs)), owner }
}

fn other(relation: Relation) -> Owner {
    let (stack_id, logical_id, resource) = (STACK.replace("ops", "other"), "Other".into(), "OTHER|Other".into());
    Owner::Resource { stack_id, logical_id, resource, relation }
}

fn quota(needed_for: PlaceFor, names: &[&str]) -> Cause {
    let (code, message) = ("ResourceDataSyncCountExceededException".to_owned(), Some("Too many.".to_owned()));
    let error = CallError::Service { operation: Create, kind: Kind::CountExceeded, code, message };
    Cause::Quota { error, held_by: names.iter().map(|name| listed(name, logs())).collect(), needed_for }
}

fn first_sync(message: &str, config: Config) -> Cause {
    Cause::FirstSyncFailed { config, message: Some(message.to_owned()).filter(|message| !message.is_empty()) }
}

fn late(waiting_for: WaitingFor, last: Option<Cause>) -> Cause {
    Cause::OutOfTime { waiting_for, last: last.map(Box::new) }
}

fn within(region: &str, cause: Cause) -> Failure {
    Failure { name: "inventory".into(), region: region.into(), cause, restored: None, is_removal: false }
}

fn removal(region: &str, cause: Cause) -> Failure {
    Failure { is_removal: true, ..within(region, cause) }
}

/// Failures in eu-west-1.
fn causes() -> Rows<Cause> {
    let with_key = || bucket(|it| it.kms_key_arn = Some(KEY.into()));
    let shared = bucket(|it| (it.prefix, it.destination_data_sharing_type) = (Some("/ssm/".into()), Some("x".into())));
    let not_sent =
        |why: &str| Cause::Call { error: CallError::NotSent { operation: List, why: why.into() }, config: None };
    let no_answer = CallError::Unknown { operation: Create, why: "no response within 5 s".into() };
    let (field, wanted, found, is_updatable) = ("S3Destination.Prefix", "ssm".into(), "none".into(), false);
    let differences = vec![Difference { field, wanted, found, is_updatable }];
    let names = ["InspectorResourceDataSync-do-not-delete", "mine", "other"];
    let throttled = || call(Delete, Kind::Transient, "ThrottlingException", "Rate exceeded", None);
    let here = || organization("eu-west-1");
    let state = |state: &str| Cause::SourceState { state: state.into(), config: here() };
    vec![
        ("bucket policy", not_written(bucket(|it| it.prefix = Some("ssm//inventory/".into())))),
        ("bucket policy or key", not_written(with_key())),
        ("bucket policy, shared", not_written(shared)),
        ("key", invalid("S3 write denied: KMS.AccessDenied", with_key())),
        ("key of the bucket", invalid("The KMS key is disabled.", logs())),
        ("Object Lock", invalid(OBJECT_LOCK, logs())),
        ("no bucket", invalid("The specified bucket does not exist", logs())),
        ("bucket named as a cause", invalid("Odd bucket: kms", bucket(|it| it.bucket_name = "kms".into()))),
        ("denied", denied(Create, "eu-west-1", false)),
        ("denied explicitly", denied(Update, "eu-west-1", true)),
        ("denied, List", denied(List, "eu-west-1", false)),
        ("denied, IAM", call(Create, Kind::AccessDenied { explicit: false }, "AccessDenied", OTHER_ACTION, None)),
        ("credentials", call(List, Kind::Credentials, "UnrecognizedClientException", "Invalid token.", None)),
        ("unsupported", call(List, Kind::Unsupported, "UnknownOperationException", "", None)),
        ("not found", call(Update, Kind::NotFound, "ResourceDataSyncNotFoundException", "No such sync", None)),
        ("transient", throttled()),
        ("5xx", call(Create, Kind::Internal, "InternalServerError", "An error occurred.", None)),
        ("exists", call(Create, Kind::NameExists, "ResourceDataSyncAlreadyExistsException", "", None)),
        ("too many", call(Create, Kind::CountExceeded, "ResourceDataSyncCountExceededException", "", None)),
        ("refused", call(Create, Kind::Refused, "ValidationException", "1 validation\n error.", Some(logs()))),
        ("unknown code", call(Update, Kind::UnknownCode, "Odd", "", None)),
        ("not sent", not_sent("Connection refused (os error 111)")),
        ("no credentials", not_sent("no credentials in the environment")),
        ("not answered", Cause::Call { error: no_answer, config: None }),
        ("no role", invalid("The service-linked role is missing.", here())),
        ("no trusted access", invalid("You must enable trusted access.", here())),
        ("no delegated administrator", invalid("The account is no delegated administrator.", here())),
        ("no such unit", invalid("The organizational unit ou-ab12-34cd56ef is unknown.", here())),
        ("no organization", invalid("AWSOrganizationsNotInUseException: not in use.", here())),
        ("an opt-in Region as source", invalid("Not supported.", organization("eu-south-2"))),
        ("bad state", state("NoPermissions")),
        ("unknown state", state("Confused")),
        ("first sync of a source", first_sync("Odd.", here())),
        ("first sync", first_sync("Access Denied (Service: Amazon S3).", logs())),
        ("first sync without a reason", first_sync("", logs())),
        ("nobody's", taken(Owner::Nobody)),
        ("whose is not known", taken(Owner::Unknown)),
        ("another stack's", taken(other(Relation::OtherStack))),
        ("this stack's", taken(other(Relation::SameStack))),
        ("retained", taken(Owner::Retained)),
        ("made again", taken(Owner::MadeAgain)),
        ("not listed", Cause::NameTaken { by: None, owner: Owner::Nobody }),
        ("nothing to adopt", Cause::NothingToAdopt),
        ("not as adopted", Cause::Differs(differences)),
        ("no place", quota(PlaceFor::NewSync, &names)),
        ("no place for a new name", quota(PlaceFor::NewName, &names)),
        ("no place for a new type", quota(PlaceFor::NewType, &[])),
        ("never listed", Cause::NeverListed),
        ("vanished", Cause::Vanished),
        ("never deleted", Cause::NeverDeleted),
        ("not announced", Cause::Unannounced),
        ("no table to ask", Cause::Table(TableError::Throttled)),
        ("late, a call", late(WaitingFor::Response(Create), None)),
        ("late, throttled", late(WaitingFor::Wait(WaitReason::Transient), Some(throttled()))),
        ("late, bucket policy", late(WaitingFor::Wait(WaitReason::BucketPolicy), Some(not_written(logs())))),
        ("late, first sync", late(WaitingFor::Wait(WaitReason::FirstSync), None)),
    ]
}

fn groups() -> Rows<Vec<Failure>> {
    let each = |cause: &dyn Fn(&str) -> Cause| {
        ["us-east-1", "eu-west-1", "af-south-1"].map(|region| within(region, cause(region))).to_vec()
    };
    let with = |cause, restored| vec![Failure { restored: Some(restored), ..within("eu-west-1", cause) }];
    let odd = || invalid("Odd.", logs());
    let old = not_written(bucket(|it| it.bucket_name = "old".into()));
    let in_me = |config| vec![within("me-south-1", not_written(config))];
    let request_id = |region: &str| first_sync(&format!("Access Denied (Request ID: {region}7; Proxy: null)"), logs());
    let holders = |region: &str| quota(PlaceFor::NewSync, if region == "eu-west-1" { &["a", "b"] } else { &["c"] });
    let several = [
        each(&|region| denied(Create, region, false)),
        vec![within("ap-east-1", not_written(logs()))],
        vec![Failure { name: "old".into(), ..removal("us-east-1", Cause::NeverDeleted) }],
    ];
    let back = each(&|_| odd()).into_iter().map(|failure| Failure { restored: Some(Restored::Yes), ..failure });
    vec![
        ("from an opt-in Region", in_me(bucket(|it| it.kms_key_arn = Some(KEY.into())))),
        ("in the same opt-in Region", in_me(bucket(|it| it.region = "me-south-1".into()))),
        ("a source in an opt-in Region", vec![within("ap-southeast-3", invalid("Odd.", organization("eu-west-1")))]),
        ("a removal, denied", vec![removal("me-south-1", denied(Delete, "me-south-1", true))]),
        ("restored", with(odd(), Restored::Yes)),
        ("not restored", with(odd(), Restored::No(Box::new(old)))),
        ("not restored, but something exists", with(Cause::NeverDeleted, Restored::No(Box::new(Cause::NeverDeleted)))),
        ("one cause", each(&|_| not_written(logs()))),
        ("one cause, each with its ARN", each(&|region| denied(Create, region, false))),
        ("one cause, each with its request id", each(&request_id)),
        ("one cause, each with its holders", each(&holders)),
        ("one cause, all restored", back.collect()),
        ("several causes", several.concat()),
    ]
}

fn events() -> Rows<EventFailure> {
    use EventFailure::*;
    use TableError as T;
    let secs = Duration::from_secs;
    let denied = |explicit| T::Denied { action: "dynamodb:GetItem".into(), explicit, message: "No.".into() };
    let other = T::Other { operation: "PutItem".into(), code: "Odd".into(), message: "No.".into() };
    vec![
        ("unknown type", Fault(EventFault::UnknownType("Destroy".into()))),
        ("no id", Fault(EventFault::UpdateWithoutId)),
        ("too old", TooOld { age: secs(3601), service_timeout: secs(3600) }),
        ("superseded", Superseded { by: Some("Delete".into()), has_changed_something: false }),
        ("superseded at work", Superseded { by: None, has_changed_something: true }),
        ("no time to wait", NoTimeToWaitOut { left: secs(5), age: secs(5) }),
        ("other account", OtherAccount { stack_account: "444455556666".into(), stack_region: "us-east-2".into() }),
        ("stack id of another tool", SyncNameRequired),
        ("no Region", NoRegion),
        ("bucket not allowed", BucketNotAllowed { bucket: "theirs".into(), allowed: vec!["logs".into()] }),
        ("panic", Panicked),
        ("cut off", CutOff),
        ("table denied", Table(denied(false))),
        ("table denied explicitly", Table(denied(true))),
        ("table, KMS", Table(T::KmsDenied { message: "KMS key access denied error".into() })),
        ("table, key", Table(T::WrongKey { message: "The provided key element does not match the schema".into() })),
        ("table missing", Table(T::Missing)),
        ("table throttled", Table(T::Throttled)),
        ("record too large", Table(T::TooLarge)),
        ("table, no time", Table(T::NoTime)),
        ("table, not sent", Table(T::NotSent { why: "environment variable not set".into() })),
        ("table fails", Table(T::Failing { operation: "PutItem".into(), code: "InternalServerError".into() })),
        ("table out of reach", Table(T::Unreachable { why: "connect timed out".into() })),
        ("newer record", Table(T::NewerFormat { format: 2 })),
        ("unreadable record", Table(T::Unreadable { why: "Version is missing".into() })),
        ("no table", Table(T::NoTable)),
        ("table, other", Table(other)),
    ]
}

fn table() -> Rows<String> {
    let docs = docs();
    let context = context(&docs);
    let one = |cause, context| failure_text(&within("eu-west-1", cause), context);
    let mut rows: Rows<String> = causes().into_iter().map(|(name, cause)| (name, one(cause, &context))).collect();
    rows.extend(groups().into_iter().map(|(name, failures)| (name, reason(&failures, &context))));
    rows.push(("a Delete, denied", one(denied(Delete, "eu-west-1", true), &Context { is_delete: true, ..context })));
    rows.extend(events().into_iter().map(|(name, event)| (name, event.text(&context))));
    let key = SyncKey { region: "eu-west-1".into(), sync_type: SyncType::FromSource, name: "inventory".into() };
    let is_bad =
        Listed { source_state: Some("TrustedAccessDisabled".into()), ..listed("inventory", organization("eu-west-1")) };
    rows.push(("a state, in the log", status_warning(&key, &is_bad, &context).unwrap_or_default()));
    let faults = ["SyncNam: no such property; did you mean SyncName?", "S3Destination: required."];
    rows.push(("invalid properties", invalid_properties(&faults, &context)));
    rows
}

#[test]
fn every_message() {
    let text = |(name, text): &(_, String)| format!("# {name}\n{}\n\n", text.replace(". ", ".\n"));
    expect_file!["messages.txt"].assert_eq(&table().iter().map(text).collect::<String>());
}

#[test]
fn every_wait_has_words_of_its_own() {
    let docs = docs();
    let waits = WaitReason::ALL.map(|wait| within("eu-west-1", late(WaitingFor::Wait(wait), None)));
    let texts: BTreeSet<String> = waits.iter().map(|failure| failure_text(failure, &context(&docs))).collect();
    assert_eq!(texts.len(), WaitReason::ALL.len());
}

#[test]
fn pages_and_headings_are_the_same() {
    let page = read("docs/troubleshooting.md");
    let headings: BTreeSet<String> = page.lines().filter_map(|line| line.strip_prefix("### ")).map(anchor).collect();
    assert_eq!(headings, Page::ALL.iter().map(|page| page.anchor().to_owned()).collect());
    let messages: String = table().into_iter().map(|(_, text)| text).collect();
    for page in Page::ALL {
        assert!(messages.contains(&format!("{} ", page.url(&docs()))), "no message links to {page:?}");
    }
}

#[test]
fn without_a_url_a_page_is_its_path() {
    let url = |base| Page::KmsKey.url(&DocsUrl::new(base));
    assert_eq!([url(None), url(Some(" "))], ["docs/troubleshooting.md#kms-key"; 2]);
    assert_eq!(url(Some("https://x/y#")), "https://x/y#kms-key");
}

#[test]
fn arns_have_the_partition_and_no_double_slash() {
    let docs = docs();
    let failure = within("cn-north-1", not_written(bucket(|it| it.prefix = Some("//".into()))));
    let text = failure_text(&failure, &Context { partition: "aws-cn", ..context(&docs) });
    assert!(text.contains("arn:aws-cn:s3:::logs/*/accountid=123456789012/*"), "{text}");
    assert!(!text.contains("ssm.cn-north-1"), "only partition aws has opt-in Regions: {text}");
    for (name, text) in table() {
        assert!(!text.replace("https://", "").contains("//"), "{name}: {text}");
    }
}

#[test]
fn every_region_is_named_before_anything_is_cut() {
    let docs = docs();
    let odd = |index| if index == 0 { Cause::NeverListed } else { not_written(logs()) };
    let failures: Vec<_> = (0..30).map(|index| within(&format!("us-test-{index}"), odd(index))).collect();
    let text = reason(&failures, &context(&docs));
    assert!(failures.iter().all(|failure| text[..700].contains(failure.region.as_str())), "{text}");
    assert_eq!(text.matches("GetBucketAcl").count(), 1);
    let long = failure_text(&within("eu-west-1", invalid(&"ü".repeat(4_000), logs())), &context(&docs));
    assert!(long.len() < 2_000 && long.contains('…') && long.contains("#bucket-policy"), "{long}");
}
