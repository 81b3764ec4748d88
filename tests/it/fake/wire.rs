//! The fake AWS behind the SDK's HTTP seam, for tests in one process with tokio's time paused.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use tokio::time::sleep;

use super::FakeAws;
use super::exchange::Request;

/// How long a request is on its way, and again its response.
const TRANSIT: Duration = Duration::from_millis(10);

/// An HTTP client whose every connection leads to the fake AWS.
#[derive(Clone, Debug)]
pub struct FakeConnector(pub FakeAws);

impl FakeConnector {
    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
        sleep(TRANSIT).await;
        let Some(response) = self.0.respond(&Request::from_parts(head, body)).await else {
            return Err(ConnectorError::io("connection closed before message completed".into()));
        };
        sleep(TRANSIT).await;
        self.0.settle_jitter();
        HttpResponse::try_from(response.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for FakeConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().exchange(request))
    }
}
