//! The fake AWS behind the SDK's HTTP seam, for tests in one process with tokio's time paused.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use tokio::time::{sleep, timeout};

use super::FakeAws;
use super::exchange::{Reply, Request, Response, target_of};

/// An HTTP client whose every connection leads to the fake AWS.
#[derive(Clone, Debug)]
pub struct FakeConnector {
    pub aws: FakeAws,
    /// How long a request is on its way, and again its response.
    pub transit: Duration,
    read_timeout: Option<Duration>,
}

impl FakeConnector {
    pub fn new(aws: FakeAws) -> Self {
        Self { aws, transit: Duration::from_millis(10), read_timeout: None }
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = plain(request).await?;
        sleep(self.transit).await;
        let response = match self.aws.handle(&request) {
            Reply::Response(response) => response,
            Reply::Slow { response, after_ms } => {
                sleep(Duration::from_millis(after_ms)).await;
                response
            }
            Reply::Drop => {
                self.settle_jitter();
                return Err(ConnectorError::io("connection closed before message completed".into()));
            }
            Reply::Hang => {
                self.settle_jitter();
                std::future::pending().await
            }
        };
        sleep(self.transit).await;
        self.settle_jitter();
        smithy(response)
    }

    /// The pause that comes next is to be the same in every run. The SDK draws from the same source, but only where somebody
    /// wants its log.
    fn settle_jitter(&self) {
        let calls = self.aws.lock().calls.len() as u64;
        fastrand::seed(calls << 32 | self.aws.clock.now_ms() & 0xffff_ffff);
    }
}

impl HttpConnector for FakeConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (this, read_timeout) = (self.clone(), self.read_timeout);
        HttpConnectorFuture::new(async move {
            match read_timeout {
                None => this.exchange(request).await,
                Some(limit) => timeout(limit, this.exchange(request))
                    .await
                    .unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into()))),
            }
        })
    }
}

impl HttpClient for FakeConnector {
    fn http_connector(&self, settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self { read_timeout: settings.read_timeout(), ..self.clone() })
    }
}

/// The request as hyper would put it on the wire: with a length where the body's is known, else chunked.
async fn plain(mut request: HttpRequest) -> Result<Request, ConnectorError> {
    let body = request.take_body();
    let framing = match body.content_length() {
        Some(length) => ("content-length".to_owned(), length.to_string()),
        None => ("transfer-encoding".to_owned(), "chunked".to_owned()),
    };
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes().to_vec();
    let mut plain = Request {
        method: request.method().to_owned(),
        target: target_of(request.uri()).to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body,
    };
    if plain.header("content-length").or(plain.header("transfer-encoding")).is_none() {
        plain.headers.push(framing);
    }
    Ok(plain)
}

fn smithy(response: Response) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(response.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut smithy = HttpResponse::new(status, SdkBody::from(response.body));
    for (name, value) in response.headers {
        smithy.headers_mut().insert(name, value);
    }
    Ok(smithy)
}
