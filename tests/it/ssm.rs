//! What is asked of SSM, how its lists are read, and what its errors mean. At the HTTP seam, response by response.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::{
    Credentials,
    credential_fn::provide_credentials_fn,
    provider::{SharedCredentialsProvider, error::CredentialsError},
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use expect_test::{Expect, expect};
use hyper_util::{client::legacy, rt::TokioExecutor};
use resource_data_sync::{
    ssm::{RegionalSsm, Ssm},
    sync::{CallError, Config, Destination, Listed, Operation, Organization, Region, Source, SyncName, SyncType},
};
use serde_json::{Value, json};
use time::macros::utc_datetime;

use crate::golden;

/// What comes of one request.
#[derive(Clone, Debug)]
enum Reply {
    Http(u16, String),
    /// The connection closes before a response.
    Closed,
    /// There is no connection.
    Refused,
    Silence,
}

/// Gives the prepared replies one after another, the last one for ever, and keeps what was asked.
#[derive(Clone, Debug)]
struct Script {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self { replies: Arc::new(Mutex::new(replies.into_iter().collect())), asked: Arc::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics here").clone()
    }

    fn next(&self) -> Reply {
        let mut replies = self.replies.lock().expect("no test panics here");
        if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }.expect("a reply is prepared")
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().trim_start_matches("AmazonSSM.");
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        self.asked.lock().expect("no test panics here").push(format!("{target} {body}"));
        let reply = self.next();
        HttpConnectorFuture::new(async move {
            match reply {
                Reply::Http(status, body) => {
                    let status = StatusCode::try_from(status).expect("a status of HTTP");
                    Ok(HttpResponse::new(status, SdkBody::from(body)))
                }
                Reply::Closed => Err(ConnectorError::io("connection closed before message completed".into())),
                Reply::Refused => Err(ConnectorError::io(no_connection().await.into())),
                Reply::Silence => std::future::pending().await,
            }
        })
    }
}

/// The error of the client that the SDK's own connector is made of, at a port where nobody listens.
async fn no_connection() -> legacy::Error {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/", socket.local_addr().expect("an address"));
    drop(socket);
    let client = legacy::Client::builder(TokioExecutor::new()).build_http::<String>();
    client.get(address.parse().expect("a URI")).await.expect_err("there is no connection")
}

fn sdk(http: &Script, credentials: SharedCredentialsProvider) -> SdkConfig {
    let connector = SharedHttpConnector::new(http.clone());
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
}

fn ssm(http: &Script) -> RegionalSsm {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "tests");
    Ssm::new(&sdk(http, SharedCredentialsProvider::new(credentials)), None).in_region(&Region::from("eu-west-1"))
}

fn to_bucket() -> Config {
    Config::ToDestination(Destination {
        bucket_name: "logs".to_owned(),
        prefix: Some("ssm".to_owned()),
        sync_format: "JsonSerDe".to_owned(),
        region: "eu-west-1".to_owned(),
        kms_key_arn: Some("arn:aws:kms:eu-west-1:123456789012:alias/logs".to_owned()),
        destination_data_sharing_type: Some("Organization".to_owned()),
    })
}

fn from_units() -> Source {
    Source {
        source_type: "AwsOrganizations".to_owned(),
        organization: Some(Organization {
            organization_source_type: "OrganizationalUnits".to_owned(),
            organizational_units: BTreeSet::from(["ou-ab12-22222222".to_owned(), "ou-ab12-11111111".to_owned()]),
        }),
        source_regions: BTreeSet::from(["us-west-2".to_owned(), "eu-west-1".to_owned()]),
        include_future_regions: true,
        enable_all_ops_data_sources: None,
    }
}

async fn call(ssm: &RegionalSsm, operation: Operation) -> Result<(), CallError> {
    let name = SyncName::from("inventory");
    match operation {
        Operation::Create => ssm.create(&name, &to_bucket()).await,
        Operation::Update => ssm.update(&name, &from_units()).await,
        Operation::Delete => ssm.delete(&name, SyncType::ToDestination).await,
        Operation::List => ssm.list(SyncType::ToDestination).await.map(drop),
    }
}

/// Lines of a reply to Create; out comes what is made of it.
#[test]
fn errors_go_by_code() {
    let table = expect![[r#"
        400 ResourceDataSyncAlreadyExistsException → NameExists
        400 ResourceDataSyncCountExceededException: Too many. → CountExceeded
        400 ResourceDataSyncNotFoundException: None. → NotFound
        400 ResourceDataSyncInvalidConfigurationException: S3 write failed for bucket: logs → BucketNotReady
        400 ResourceDataSyncInvalidConfigurationException: The bucket is not in eu-west-1. → Refused
        400 ResourceDataSyncConflictException: Another. → Transient
        400 ThrottlingException: Rate exceeded → Transient
        503 SlowDown → Transient
        429 TooManyRequestsException → Transient
        400 RequestLimitExceeded → Transient
        400 AccessDeniedException: not authorized, because no identity-based policy allows it
          → AccessDenied { explicit: false }
        400 AccessDeniedException: not authorized, with an explicit deny in a service control policy
          → AccessDenied { explicit: true }
        400 UnrecognizedClientException: The security token included in the request is invalid. → Credentials
        400 ExpiredTokenException: Expired. → Credentials
        400 InvalidSignatureException: Signature expired. → Refused
        400 UnknownOperationException → Unsupported
        501 InternalFailure: not implemented → Unsupported
        400 ValidationException: 1 validation error detected → Refused
        400 BrandNewException: Never heard of. → UnknownCode
        500 BrandNewException: Never heard of. → Internal
        500 InternalServerError: Oh. → Internal
        400 RequestTimeoutException: Too late. → Internal
        502 <html> → Internal
        501 <html> → Unsupported
        403 <html> → UnknownCode
        404 {} → UnknownCode
        closed → CreateResourceDataSync got no usable response: connection closed before message completed
        silence → CreateResourceDataSync got no usable response: no response within 5 s
    "#]];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    golden::check(&table, |line| {
        let (status, body) = line.split_once(' ').unwrap_or((line, ""));
        let (code, message) = body.split_once(": ").unwrap_or((body, ""));
        let status_code = || status.parse().expect("a status of HTTP");
        let (reply, told) = match line {
            "closed" => (Reply::Closed, String::new()),
            "silence" => (Reply::Silence, String::new()),
            _ if body.starts_with(['<', '{']) => {
                (Reply::Http(status_code(), body.to_owned()), format!("HTTP {status}"))
            }
            _ => (service(status_code(), &format!("com.amazonaws.ssm#{code}"), message), body.to_owned()),
        };
        let http = Script::new([reply]);
        let error = runtime.block_on(call(&ssm(&http), Operation::Create)).expect_err("each of them is an error");
        assert_eq!(http.asked().len(), 1, "sent once: {error}");
        vec![match &error {
            CallError::Service { kind, .. } => {
                assert_eq!(error.to_string(), format!("CreateResourceDataSync returned {told}"));
                format!("{kind:?}")
            }
            CallError::NotSent { .. } | CallError::Unknown { .. } => error.to_string(),
        }]
    });
}

fn service(status: u16, code: &str, message: &str) -> Reply {
    Reply::Http(status, json!({ "__type": code, "Message": message }).to_string())
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let http = Script::new([Reply::Refused]);
    let error = call(&ssm(&http), Operation::Delete).await.expect_err("there is no connection");
    assert!(matches!(error, CallError::NotSent { operation: Operation::Delete, .. }), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn without_credentials_nothing_was_sent() {
    let http = Script::new([Reply::Silence]);
    let none = provide_credentials_fn(async || Err(CredentialsError::not_loaded("AWS_ACCESS_KEY_ID is not set")));
    let ssm = Ssm::new(&sdk(&http, SharedCredentialsProvider::new(none)), None);
    for operation in [Operation::Create, Operation::List] {
        let error = call(&ssm.in_region(&Region::from("eu-west-1")), operation).await.expect_err("no credentials");
        assert!(matches!(error, CallError::NotSent { .. }), "{error:?}");
        assert!(error.to_string().ends_with("no credentials"), "{error}");
    }
    assert_eq!(http.asked(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn list_alone_is_tried_again() {
    let busy = service(500, "InternalServerError", "");
    for (operation, times) in
        [(Operation::Create, 1), (Operation::Update, 1), (Operation::Delete, 1), (Operation::List, 2)]
    {
        let http = Script::new([busy.clone(), Reply::Http(200, "{}".to_owned())]);
        let result = call(&ssm(&http), operation).await;
        assert_eq!((http.asked().len(), result.is_ok()), (times, operation == Operation::List));
    }
}

#[tokio::test]
async fn requests_say_what_is_wanted() {
    let http = Script::new([Reply::Http(200, "{}".to_owned())]);
    let ssm = ssm(&http);
    for operation in [Operation::Create, Operation::Update, Operation::Delete, Operation::List] {
        call(&ssm, operation).await.expect("it is accepted");
    }
    let source = Source { enable_all_ops_data_sources: Some(false), ..from_units() };
    ssm.create(&SyncName::from("explorer"), &Config::FromSource(source)).await.expect("it is accepted");
    expect![[r#"
        CreateResourceDataSync {"SyncName":"inventory","S3Destination":{"BucketName":"logs","Prefix":"ssm","SyncFormat":"JsonSerDe","Region":"eu-west-1","AWSKMSKeyARN":"arn:aws:kms:eu-west-1:123456789012:alias/logs","DestinationDataSharing":{"DestinationDataSharingType":"Organization"}},"SyncType":"SyncToDestination"}
        UpdateResourceDataSync {"SyncName":"inventory","SyncSource":{"AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":[{"OrganizationalUnitId":"ou-ab12-11111111"},{"OrganizationalUnitId":"ou-ab12-22222222"}]},"IncludeFutureRegions":true,"SourceRegions":["eu-west-1","us-west-2"],"SourceType":"AwsOrganizations"},"SyncType":"SyncFromSource"}
        DeleteResourceDataSync {"SyncName":"inventory","SyncType":"SyncToDestination"}
        ListResourceDataSync {"SyncType":"SyncToDestination"}
        CreateResourceDataSync {"SyncName":"explorer","SyncType":"SyncFromSource","SyncSource":{"SourceType":"AwsOrganizations","AwsOrganizationsSource":{"OrganizationSourceType":"OrganizationalUnits","OrganizationalUnits":[{"OrganizationalUnitId":"ou-ab12-11111111"},{"OrganizationalUnitId":"ou-ab12-22222222"}]},"SourceRegions":["eu-west-1","us-west-2"],"IncludeFutureRegions":true,"EnableAllOpsDataSources":false}}"#]].assert_eq(&http.asked().join("\n"));
}

async fn check_list(sync_type: SyncType, pages: &[Value], expected: Expect) {
    let http = Script::new(pages.iter().map(|page| Reply::Http(200, page.to_string())));
    let listed = ssm(&http).list(sync_type).await.expect("a listing");
    let lines: Vec<String> = listed.iter().map(line).collect();
    expected.assert_eq(&format!("{}\n{}", http.asked().join("\n"), lines.join("\n")));
}

fn line(sync: &Listed) -> String {
    let Listed { name, config, created, last_status, last_status_message, source_state, last_successful_sync } = sync;
    let config = serde_json::to_string(config).expect("JSON");
    let words = [last_status, last_status_message, source_state].map(|word| word.as_deref().unwrap_or("-"));
    let times = [created, last_successful_sync].map(|time| time.map_or("-".to_owned(), |time| time.to_string()));
    format!("{name} {config} {} {}", words.join(" | "), times.join(" | "))
}

#[tokio::test]
async fn a_listing_is_followed_to_its_end() {
    let page = |name: &str, token: Option<&str>| {
        json!({
            "ResourceDataSyncItems": [{
                "SyncName": name,
                "S3Destination": { "BucketName": "logs", "SyncFormat": "JsonSerDe", "Region": "eu-west-1" },
                "SyncCreatedTime": 1_795_420_800.123,
            }],
            "NextToken": token,
        })
    };
    check_list(
        SyncType::ToDestination,
        &[page("first", Some("2")), json!({ "NextToken": "3" }), page("second", Some(""))],
        expect![[r#"
            ListResourceDataSync {"SyncType":"SyncToDestination"}
            ListResourceDataSync {"SyncType":"SyncToDestination","NextToken":"2"}
            ListResourceDataSync {"SyncType":"SyncToDestination","NextToken":"3"}
            first {"S3Destination":{"BucketName":"logs","SyncFormat":"JsonSerDe","Region":"eu-west-1"}} - | - | - 2026-11-23 8:00:00.123 +00 | -
            second {"S3Destination":{"BucketName":"logs","SyncFormat":"JsonSerDe","Region":"eu-west-1"}} - | - | - 2026-11-23 8:00:00.123 +00 | -"#]],
    )
    .await;
}

#[tokio::test]
async fn a_listing_without_end_is_given_up() {
    let http = Script::new([Reply::Http(200, json!({ "NextToken": "more" }).to_string())]);
    let error = ssm(&http).list(SyncType::FromSource).await.expect_err("it never ends");
    assert!(error.to_string().contains("within 100 pages"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_read_hides_no_other() {
    let readable = json!({
        "SyncName": "ours",
        "S3Destination": { "BucketName": "logs", "Prefix": "", "SyncFormat": "JsonSerDe", "Region": "eu-west-1" },
        "LastStatus": "Failed",
        "LastSyncStatusMessage": "Access Denied",
        "LastSuccessfulSyncTime": 1_795_420_800,
    });
    let items = json!({ "ResourceDataSyncItems": [
        { "SyncName": "without its format", "S3Destination": { "BucketName": "logs", "Region": "eu-west-1" } },
        { "SyncName": "without its bucket", "S3Destination": { "SyncFormat": "JsonSerDe", "Region": "eu-west-1" } },
        { "SyncName": "without its block" },
        { "SyncName": 7 },
        { "SyncName": "of the other type", "SyncType": "SyncFromSource", "SyncSource": { "SourceType": "AwsOrganizations" } },
        readable,
    ] });
    check_list(SyncType::ToDestination, &[items], expect![[r#"
        ListResourceDataSync {"SyncType":"SyncToDestination"}
        ours {"S3Destination":{"BucketName":"logs","SyncFormat":"JsonSerDe","Region":"eu-west-1"}} Failed | Access Denied | - - | 2026-11-23 8:00:00.0 +00"#]]).await;
}

#[tokio::test]
async fn a_source_is_read_as_it_was_written() {
    let asked = from_units();
    let http = Script::new([Reply::Http(200, "{}".to_owned())]);
    ssm(&http).create(&SyncName::from("explorer"), &Config::FromSource(asked.clone())).await.expect("it is accepted");
    let sent: Value = serde_json::from_str(http.asked()[0].split_once(' ').expect("a body").1).expect("JSON");
    let item = json!({
        "SyncName": "explorer",
        "SyncType": "SyncFromSource",
        "SyncSource": sent["SyncSource"],
        "SyncCreatedTime": 1_795_420_800.001,
    });
    let http = Script::new([Reply::Http(200, json!({ "ResourceDataSyncItems": [item] }).to_string())]);
    let listed = ssm(&http).list(SyncType::FromSource).await.expect("a listing").remove(0);
    assert_eq!(listed.config, Config::FromSource(Source { enable_all_ops_data_sources: Some(false), ..asked }));
    assert_eq!(listed.created, Some(utc_datetime!(2026-11-23 08:00:00.001)));
}
