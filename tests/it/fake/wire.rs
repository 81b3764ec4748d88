//! The world behind the SDK's HTTP seam, for tests in one process with tokio's time paused.

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

use super::Shared;
use super::bucket::target_of;
use super::exchange::{Answer, Reply, Request};

/// An HTTP client whose every connection leads into the world.
#[derive(Clone, Debug)]
pub struct WorldConnector {
    pub world: Shared,
    /// How long a request is on its way, and again its answer.
    pub transit: Duration,
    read_timeout: Option<Duration>,
}

impl WorldConnector {
    pub fn new(world: Shared) -> Self {
        Self { world, transit: Duration::from_millis(10), read_timeout: None }
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = plain(request).await?;
        sleep(self.transit).await;
        let answer = match self.world.handle(&request) {
            Reply::Answer(answer) => answer,
            Reply::Late { answer, after_ms } => {
                sleep(Duration::from_millis(after_ms)).await;
                answer
            }
            Reply::Drop => {
                return Err(ConnectorError::io("connection closed before message completed".into()));
            }
            Reply::Hang => std::future::pending().await,
        };
        sleep(self.transit).await;
        smithy(answer)
    }
}

impl HttpConnector for WorldConnector {
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

impl HttpClient for WorldConnector {
    fn http_connector(&self, settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self { read_timeout: settings.read_timeout(), ..self.clone() })
    }
}

/// The request as hyper would put it on the wire: with a length where the body's is known, else chunked.
async fn plain(mut request: HttpRequest) -> Result<Request, ConnectorError> {
    let body = request.take_body();
    let length = body.content_length();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes().to_vec();
    let mut plain = Request {
        method: request.method().to_owned(),
        target: target_of(request.uri()).to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body,
    };
    let framed = ["content-length", "transfer-encoding"].iter().any(|name| plain.header(name).is_some());
    if !framed {
        plain.headers.push(match length {
            Some(length) => ("content-length".to_owned(), length.to_string()),
            None => ("transfer-encoding".to_owned(), "chunked".to_owned()),
        });
    }
    if plain.header("host").is_none() {
        let authority = request.uri().split("://").nth(1).unwrap_or_default();
        let host = authority.split('/').next().unwrap_or_default();
        plain.headers.push(("host".to_owned(), host.to_owned()));
    }
    Ok(plain)
}

fn smithy(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(answer.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
