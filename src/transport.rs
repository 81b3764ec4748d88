//! HTTP/1.1 to SSM and to the bucket: connections that are opened ahead of need, kept while they are fresh, and
//! replaced where they are not.
//!
//! Lambda throttles a small function's every invocation and freezes it in between. So a connection is opened where that
//! is cheap ([`Http::open`]), and one that has been idle for long by the time of day is not trusted again: in a process
//! that was frozen nobody saw it close.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use http::{
    HeaderValue, Request, Uri,
    header::HOST,
    uri::{Authority, Scheme},
};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{CipherSuite, ClientConfig, crypto::ring};
use tokio::time::timeout;
use tower_service::Service as _;

use crate::{time::Timestamp, trust};

/// Name, TCP and TLS together may take this long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection is not used again after so long, by the time of day.
const IDLE_MS_MAX: i64 = 20_000;

/// What carries every request: SSM's, and the answer's.
#[derive(Clone, Debug)]
pub struct Http {
    connector: SharedHttpConnector,
    /// None where the connector is a world of its own.
    transport: Option<Transport>,
}

impl Http {
    /// The network.
    #[must_use]
    pub fn new(time_of_day: fn() -> Timestamp) -> Self {
        let transport = Transport::new(time_of_day);
        Self { connector: SharedHttpConnector::new(transport.clone()), transport: Some(transport) }
    }

    /// Sends a request and waits for the head of its response.
    pub fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.connector.call(request)
    }

    /// Opens a connection, for the next request to that place to go by. Nothing is sent on it, and how it ends does not
    /// matter: that request finds out.
    pub fn open(&self, uri: &Uri) -> impl Future<Output = ()> + Send + use<> {
        let opening = self.transport.clone().zip(Origin::of(uri));
        async move {
            if let Some((transport, origin)) = opening
                && let Ok(mut line) = transport.connect(&origin).await
                && line.ready().await.is_ok()
            {
                transport.park(origin, line);
            }
        }
    }

    /// The same for the SDK.
    #[must_use]
    pub fn client(&self) -> SharedHttpClient {
        let connector = self.connector.clone();
        http_client_fn(move |_, _| connector.clone())
    }
}

/// A connector in the network's place.
impl From<SharedHttpConnector> for Http {
    fn from(connector: SharedHttpConnector) -> Self {
        Self { connector, transport: None }
    }
}

/// No connection came about: nothing was sent.
#[derive(Debug)]
struct Unreachable(Box<dyn StdError + Send + Sync>);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection")
    }
}

impl StdError for Unreachable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// Is this error, or what led to it, that no connection came about?
#[must_use]
pub fn is_unreachable(error: &(dyn StdError + 'static)) -> bool {
    error.is::<Unreachable>() || error.source().is_some_and(is_unreachable)
}

/// One end of a connection; the other is a task.
type Line = SendRequest<SdkBody>;

#[derive(Clone)]
struct Transport {
    connector: HttpsConnector<HttpConnector>,
    idle: Arc<Mutex<Vec<Idle>>>,
    time_of_day: fn() -> Timestamp,
}

struct Idle {
    origin: Origin,
    line: Line,
    since: Timestamp,
}

/// Where a connection leads.
#[derive(Clone, PartialEq, Eq)]
struct Origin {
    scheme: Scheme,
    authority: Authority,
}

impl Origin {
    fn of(uri: &Uri) -> Option<Self> {
        Some(Self { scheme: uri.scheme()?.clone(), authority: uri.authority()?.clone() })
    }

    /// What stands in `Host`: the port only where it is not the scheme's own.
    fn host(&self) -> Option<HeaderValue> {
        let own_port = if self.scheme == Scheme::HTTPS { 443 } else { 80 };
        let host = self.authority.host();
        match self.authority.port_u16() {
            Some(port) if port != own_port => HeaderValue::from_str(&format!("{host}:{port}")).ok(),
            _ => HeaderValue::from_str(host).ok(),
        }
    }

    fn uri(&self) -> Option<Uri> {
        Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query("/").build().ok()
    }
}

impl Transport {
    fn new(time_of_day: fn() -> Timestamp) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls()).https_or_http().enable_http1().wrap_connector(tcp);
        Self { connector, idle: Arc::default(), time_of_day }
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request: Request<SdkBody> =
            request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let origin = Origin::of(request.uri()).ok_or_else(nowhere)?;
        let host = origin.host().ok_or_else(nowhere)?;
        request.headers_mut().entry(HOST).or_insert(host);
        *request.uri_mut() = request.uri().path_and_query().cloned().map(Uri::from).unwrap_or_default();
        loop {
            let kept = self.kept(&origin);
            let is_fresh = kept.is_none();
            let mut line = match kept {
                Some(line) => line,
                None => self.connect(&origin).await?,
            };
            match line.try_send_request(request).await {
                Ok(response) => {
                    // Idle once the body is read. Whoever needs a connection before that opens another.
                    self.park(origin, line);
                    return HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                        .map_err(|error| ConnectorError::other(error.into(), None));
                }
                Err(mut error) => match error.take_message() {
                    // It was closed while it was idle, and nothing of the request was sent.
                    Some(unsent) if !is_fresh => request = unsent,
                    _ => return Err(failed(error.into_error())),
                },
            }
        }
    }

    async fn connect(&self, origin: &Origin) -> Result<Line, ConnectorError> {
        let unreachable = |error| ConnectorError::io(Unreachable(error).into());
        let uri = origin.uri().ok_or_else(nowhere)?;
        let stream = timeout(CONNECT_TIMEOUT, self.connector.clone().call(uri))
            .await
            .unwrap_or_else(|_| Err(format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()).into()))
            .map_err(unreachable)?;
        // On the heap, or each step of its setting up would move kilobytes of TLS over the stack.
        let (line, connection) = http1::handshake(Box::new(stream)).await.map_err(|error| unreachable(error.into()))?;
        tokio::spawn(async move {
            // Whoever uses the line is told what is wrong with it.
            let _ = connection.await;
        });
        Ok(line)
    }

    fn park(&self, origin: Origin, line: Line) {
        self.idle().push(Idle { origin, line, since: (self.time_of_day)() });
    }

    /// A connection that is there, if there is one.
    fn kept(&self, origin: &Origin) -> Option<Line> {
        let now = (self.time_of_day)();
        let mut idle = self.idle();
        idle.retain(|idle| !idle.line.is_closed() && now.since_ms(idle.since) < IDLE_MS_MAX);
        let at = idle.iter().position(|idle| idle.origin == *origin && idle.line.is_ready())?;
        Some(idle.swap_remove(at).line)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl aws_smithy_runtime_api::client::http::HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

/// Shows nothing of what is sent.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

fn nowhere() -> ConnectorError {
    ConnectorError::user("a URL that leads nowhere".into())
}

fn failed(error: hyper::Error) -> ConnectorError {
    if error.is_user() { ConnectorError::user(error.into()) } else { ConnectorError::io(error.into()) }
}

fn tls() -> ClientConfig {
    let mut provider = ring::default_provider();
    // What AWS's servers choose too: of its hash, and not of the other suite's, processors do the rounds themselves.
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_root_certificates(trust::roots())
        .with_no_client_auth()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_has_a_port_where_it_is_not_the_schemes_own() {
        for (uri, host) in [
            ("https://ssm.eu-west-1.amazonaws.com/", "ssm.eu-west-1.amazonaws.com"),
            ("https://ssm.eu-west-1.amazonaws.com:443/", "ssm.eu-west-1.amazonaws.com"),
            ("https://localhost:8443/", "localhost:8443"),
            ("http://localhost:443/", "localhost:443"),
            ("http://localhost:80/", "localhost"),
            ("http://[::1]:4566/", "[::1]:4566"),
            ("http://somebody:secret@localhost:4566/", "localhost:4566"),
        ] {
            let origin = Origin::of(&uri.parse().unwrap()).unwrap();
            assert_eq!(origin.host().unwrap(), host, "{uri}");
        }
        assert!(Origin::of(&"/no/host".parse().unwrap()).is_none());
    }
}
