//! The only owner of the SDK client: the four operations, and what their errors mean.

use std::{
    collections::{BTreeSet, HashMap},
    env,
    error::Error as StdError,
    sync::Mutex,
    time::Duration,
};

use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};
use aws_sdk_ssm::{
    Client,
    config::{
        BehaviorVersion, Builder, Credentials, IdentityCache, Region, StalledStreamProtectionConfig,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types,
};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::HttpRequest,
    },
    http::Response,
};
use aws_smithy_types::body::SdkBody;
use tokio::time::timeout;

use crate::{
    sync::{Config, Destination, Listed, Organization, Source, SyncType},
    time::Timestamp,
    transport::{Http, is_unreachable},
};

/// One attempt of one call may take this long.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// The start waits so long for a connection to SSM, and goes on without.
const OPEN_TIMEOUT: Duration = Duration::from_millis(200);
/// Pages of one listing; SSM holds five syncs a Region, so this many is a loop.
const PAGES_MAX: usize = 100;

/// SSM in every Region.
#[derive(Debug)]
pub struct Ssm {
    shared: Builder,
    clients: Mutex<HashMap<String, Client>>,
}

/// SSM in one Region.
#[derive(Clone, Debug)]
pub struct RegionalSsm {
    client: Client,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Create,
    Update,
    Delete,
    List,
}

impl Operation {
    /// The action of IAM, without its service.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CreateResourceDataSync",
            Self::Update => "UpdateResourceDataSync",
            Self::Delete => "DeleteResourceDataSync",
            Self::List => "ListResourceDataSync",
        }
    }
}

/// A call that did not go well: what SSM said, or why it could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub operation: Operation,
    pub kind: Kind,
    /// SSM's code; none where SSM could not be asked.
    pub code: Option<String>,
    /// SSM's own words, or the reason why it could not be asked.
    pub message: Option<String>,
}

/// What a rejection means for the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    NameExists,
    Quota,
    BucketNotReady,
    NotFound,
    /// In conflict or throttled: nothing was done, and another try may be lucky.
    Busy,
    /// A broken or lost answer: it may have been done or not.
    Unclear,
    /// No connection came about: nothing was done.
    Unreachable,
    AccessDenied,
    /// Anything else that SSM, or the SDK before it, says no to.
    Refused,
}

impl Ssm {
    /// The SDK's settings, with what the environment says of endpoint, FIPS and dual stack. Lambda has no profile and
    /// no other place to read, so `aws-config` would only be weight.
    pub fn settings(http: SharedHttpClient, region: Option<String>) -> Builder {
        let text = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        let is_on = |name: &str| text(name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let endpoint = if is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            None
        } else {
            text("AWS_ENDPOINT_URL_SSM").or_else(|| text("AWS_ENDPOINT_URL"))
        };
        let mut settings = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .credentials_provider(LambdaCredentials)
            // They cost nothing to read.
            .identity_cache(IdentityCache::no_cache())
            .region(region.map(Region::new))
            .retry_config(RetryConfig::standard())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        settings.set_endpoint_url(endpoint);
        settings.set_use_fips(is_on("AWS_USE_FIPS_ENDPOINT").then_some(true));
        settings.set_use_dual_stack(is_on("AWS_USE_DUALSTACK_ENDPOINT").then_some(true));
        settings
    }

    #[must_use]
    pub fn new(shared: Builder) -> Self {
        Self { shared, clients: Mutex::default() }
    }

    /// Does all that a first call does before anything is sent: reads the partitions, signs, goes through the SDK's
    /// code, opens the connection. Lambda throttles events, and not the start.
    ///
    /// The call is answered in this process: SSM hears nothing, and how it ends does not matter.
    pub async fn prepare(&self, region: &str, http: &Http) {
        let answered_here = SharedHttpConnector::new(AnsweredHere { http: http.clone() });
        let client = http_client_fn(move |_, _| answered_here.clone());
        let call = self.in_region(region).client.list_resource_data_sync().sync_type(SyncType::ToDestination.as_str());
        let _ = call.customize().config_override(once().http_client(client)).send().await;
    }

    /// The client for a Region, made when it is first needed.
    pub fn in_region(&self, region: &str) -> RegionalSsm {
        let mut clients = self.clients.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let client = clients
            .entry(region.to_owned())
            .or_insert_with(|| Client::from_conf(self.shared.clone().region(Region::new(region.to_owned())).build()));
        RegionalSsm { client: client.clone() }
    }
}

/// Answers every request with an empty object, once there is a connection to where it would have gone.
#[derive(Debug)]
struct AnsweredHere {
    http: Http,
}

impl HttpConnector for AnsweredHere {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let opening = request.uri().parse().map(|uri| self.http.open(&uri));
        HttpConnectorFuture::new(async {
            if let Ok(opening) = opening {
                let _ = timeout(OPEN_TIMEOUT, opening).await;
            }
            Ok(Response::new(http::StatusCode::OK.into(), SdkBody::from("{}")))
        })
    }
}

/// A role's credentials, which Lambda gives in the environment, and nowhere else.
#[derive(Debug)]
struct LambdaCredentials;

impl LambdaCredentials {
    fn read() -> Result<Credentials, CredentialsError> {
        let text = |name: &str| env::var(name).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let needed = |name: &str| text(name).ok_or_else(|| CredentialsError::not_loaded(format!("{name} is not set")));
        let (key_id, secret) = (needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
        Ok(Credentials::new(key_id, secret, text("AWS_SESSION_TOKEN"), None, "Lambda"))
    }
}

impl ProvideCredentials for LambdaCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Self::read())
    }
}

impl RegionalSsm {
    /// Every sync of a type, page by page.
    pub async fn list(&self, sync_type: SyncType) -> Result<Vec<Listed>, Rejection> {
        let mut listed = Vec::new();
        let mut token = None;
        for _ in 0..PAGES_MAX {
            let page = self
                .client
                .list_resource_data_sync()
                .sync_type(sync_type.as_str())
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| rejection(Operation::List, &error))?;
            listed.extend(page.resource_data_sync_items.into_iter().flatten().map(|item| read_item(item, sync_type)));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(listed);
            }
        }
        Err(Rejection {
            operation: Operation::List,
            kind: Kind::Refused,
            code: None,
            message: Some(format!("the listing did not end within {PAGES_MAX} pages")),
        })
    }

    /// Creates a sync.
    pub async fn create(&self, name: &str, config: &Config) -> Result<(), Rejection> {
        let mut call = self.client.create_resource_data_sync().sync_name(name).sync_type(config.sync_type().as_str());
        call = match config {
            Config::ToDestination(destination) => {
                let built = write_destination(destination).map_err(|e| unbuildable(Operation::Create, &e))?;
                call.s3_destination(built)
            }
            Config::FromSource(source) => {
                call.sync_source(write_source(source).map_err(|e| unbuildable(Operation::Create, &e))?)
            }
        };
        let sent = call.customize().config_override(once()).send().await;
        sent.map(|_| ()).map_err(|error| rejection(Operation::Create, &error))
    }

    /// Updates the source of a sync; a `SyncToDestination` has nothing that SSM updates.
    pub async fn update(&self, name: &str, source: &Source) -> Result<(), Rejection> {
        let built = write_source(source).map_err(|e| unbuildable(Operation::Update, &e))?;
        let call = self.client.update_resource_data_sync().sync_name(name).sync_type(SyncType::FromSource.as_str());
        let sent = call.sync_source(built).customize().config_override(once()).send().await;
        sent.map(|_| ()).map_err(|error| rejection(Operation::Update, &error))
    }

    pub async fn delete(&self, name: &str, sync_type: SyncType) -> Result<(), Rejection> {
        let call = self.client.delete_resource_data_sync().sync_name(name).sync_type(sync_type.as_str());
        let sent = call.customize().config_override(once()).send().await;
        sent.map(|_| ()).map_err(|error| rejection(Operation::Delete, &error))
    }
}

/// What changes something goes without the SDK's hidden retries: the caller must see every attempt, and look again
/// before the next. An attempt whose answer is lost may have been carried out, and the name taken by others since.
fn once() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

fn write_destination(destination: &Destination) -> Result<types::ResourceDataSyncS3Destination, BuildError> {
    let sharing = destination.sharing.as_ref().map(|sharing| {
        types::ResourceDataSyncDestinationDataSharing::builder().destination_data_sharing_type(sharing).build()
    });
    types::ResourceDataSyncS3Destination::builder()
        .bucket_name(&destination.bucket_name)
        .set_prefix(destination.prefix.clone())
        .sync_format(types::ResourceDataSyncS3Format::from(destination.sync_format.as_str()))
        .region(&destination.region)
        .set_awskms_key_arn(destination.kms_key_arn.clone())
        .set_destination_data_sharing(sharing)
        .build()
}

fn write_source(source: &Source) -> Result<types::ResourceDataSyncSource, BuildError> {
    let organization = source.organization.as_ref().map(write_organization).transpose()?;
    types::ResourceDataSyncSource::builder()
        .source_type(&source.source_type)
        .set_aws_organizations_source(organization)
        .set_source_regions(Some(source.source_regions.iter().cloned().collect()))
        .include_future_regions(source.include_future_regions)
        .enable_all_ops_data_sources(source.enable_all_ops_data_sources)
        .build()
}

fn write_organization(
    organization: &Organization,
) -> Result<types::ResourceDataSyncAwsOrganizationsSource, BuildError> {
    let units = organization
        .units
        .iter()
        .map(|unit| types::ResourceDataSyncOrganizationalUnit::builder().organizational_unit_id(unit).build())
        .collect::<Vec<_>>();
    types::ResourceDataSyncAwsOrganizationsSource::builder()
        .organization_source_type(&organization.source_type)
        .set_organizational_units((!units.is_empty()).then_some(units))
        .build()
}

/// Reads an item of the listing of `sync_type`: items of `SyncToDestination` do not name their type.
fn read_item(item: types::ResourceDataSyncItem, sync_type: SyncType) -> Listed {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let at = |time: Option<aws_smithy_types::DateTime>| {
        time.and_then(|time| time.to_millis().ok()).map(Timestamp::from_epoch_ms)
    };
    let mut source_state = None;
    let config = match sync_type {
        SyncType::ToDestination => Config::ToDestination(
            item.s3_destination
                .map(|destination| Destination {
                    bucket_name: destination.bucket_name,
                    prefix: text(destination.prefix),
                    sync_format: destination.sync_format.as_str().to_owned(),
                    region: destination.region,
                    kms_key_arn: text(destination.awskms_key_arn),
                    sharing: None,
                })
                .unwrap_or_default(),
        ),
        SyncType::FromSource => Config::FromSource(
            item.sync_source
                .map(|source| {
                    source_state = text(source.state);
                    Source {
                        source_type: source.source_type.unwrap_or_default(),
                        organization: source.aws_organizations_source.map(|organization| Organization {
                            source_type: organization.organization_source_type,
                            units: organization
                                .organizational_units
                                .into_iter()
                                .flatten()
                                .filter_map(|unit| unit.organizational_unit_id)
                                .collect::<BTreeSet<_>>(),
                        }),
                        source_regions: source.source_regions.into_iter().flatten().collect(),
                        include_future_regions: source.include_future_regions,
                        enable_all_ops_data_sources: source.enable_all_ops_data_sources,
                    }
                })
                .unwrap_or_default(),
        ),
    };
    Listed {
        name: item.sync_name.unwrap_or_default(),
        config,
        created: at(item.sync_created_time),
        last_status: item.last_status.map(|status| status.as_str().to_owned()).filter(|status| !status.is_empty()),
        last_status_message: text(item.last_sync_status_message),
        source_state,
        last_sync: at(item.last_sync_time),
        last_successful_sync: at(item.last_successful_sync_time),
    }
}

fn unbuildable(operation: Operation, error: &BuildError) -> Rejection {
    Rejection { operation, kind: Kind::Refused, code: None, message: Some(error.to_string()) }
}

fn rejection<E>(operation: Operation, error: &SdkError<E, Response>) -> Rejection
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let (kind, code, message) = match error {
        SdkError::ServiceError(context) => {
            let (code, message) = (context.err().code(), context.err().message().filter(|said| !said.is_empty()));
            let kind = match code {
                Some(code) => kind_of(operation, code, message.unwrap_or_default()),
                // No word of SSM's: something before it answered.
                None if context.raw().status().is_client_error() => Kind::Refused,
                None => Kind::Unclear,
            };
            (kind, code.map(str::to_owned), message.map(str::to_owned))
        }
        SdkError::TimeoutError(_) => {
            (Kind::Unclear, None, Some(format!("no answer within {} s", ATTEMPT_TIMEOUT.as_secs())))
        }
        SdkError::DispatchFailure(failure) => {
            match failure.as_connector_error() {
                Some(error) if is_unreachable(error) => (Kind::Unreachable, None, Some(innermost(error))),
                // It never came to HTTP: there were no credentials, say.
                Some(error) if error.is_other() => (Kind::Refused, None, Some(layers(error))),
                Some(error) => (Kind::Unclear, None, Some(format!("the connection broke ({})", innermost(error)))),
                None => (Kind::Refused, None, Some(innermost(error))),
            }
        }
        // Something before SSM answered: a proxy, an endpoint of a network.
        SdkError::ResponseError(answer) if answer.raw().status().is_client_error() => {
            let status = answer.raw().status().as_u16();
            (Kind::Refused, None, Some(format!("an answer of HTTP {status} that is not SSM's own")))
        }
        SdkError::ResponseError(_) => (Kind::Unclear, None, Some("the answer could not be read".to_owned())),
        // Nothing was sent: no credentials, no Region, a bad setting.
        other => (Kind::Refused, None, Some(innermost(other))),
    };
    Rejection { operation, kind, code, message }
}

/// By SSM's code, never by the HTTP status.
fn kind_of(operation: Operation, code: &str, message: &str) -> Kind {
    match code {
        "ResourceDataSyncAlreadyExistsException" => Kind::NameExists,
        "ResourceDataSyncCountExceededException" => Kind::Quota,
        "ResourceDataSyncNotFoundException" => Kind::NotFound,
        "ResourceDataSyncInvalidConfigurationException"
            if operation == Operation::Create && message.contains("S3 write failed for bucket") =>
        {
            Kind::BucketNotReady
        }
        "ResourceDataSyncConflictException" | "InvalidNextToken" => Kind::Busy,
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown" => Kind::Busy,
        "InternalServerError"
        | "InternalServerException"
        | "InternalFailure"
        | "InternalError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "RequestTimeout"
        | "RequestTimeoutException" => Kind::Unclear,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => Kind::AccessDenied,
        _ => Kind::Refused,
    }
}

/// A chain of errors without the outermost, which only says that there is one.
fn layers(error: &(dyn StdError + 'static)) -> String {
    let mut text = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        text.push(error.to_string());
        next = error.source();
    }
    text.join(": ")
}

/// The last words of a chain of errors: the ones that say why.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
