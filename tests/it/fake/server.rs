//! The fake AWS behind a loopback socket: HTTP/1.1 as the real binary speaks it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::{Request as HttpRequest, Response as HttpResponse};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::FakeAws;
use super::exchange::{Reply, Request, Response};

pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// All services at one port, up until dropped.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    task: Task,
}

impl Server {
    /// Port 0 takes a free one.
    pub async fn start(aws: &FakeAws, ip: IpAddr, port: u16) -> io::Result<Self> {
        let listener = listen(ip, port).await?;
        let address = listener.local_addr()?;
        let aws = aws.clone();
        let task = Task(tokio::spawn(accept(listener, move |request| exchange(aws.clone(), request))));
        Ok(Self { address, task })
    }

    /// What a response URL begins with.
    pub fn response_base(&self) -> String {
        format!("http://{}/response", self.address)
    }
}

/// The connection breaks where there is no response.
async fn exchange(aws: FakeAws, request: Request) -> Option<Response> {
    match aws.handle(&request) {
        Reply::Response(response) => Some(response),
        Reply::Slow { response, after_ms } => {
            sleep(Duration::from_millis(after_ms)).await;
            Some(response)
        }
        Reply::Drop => None,
        Reply::Hang => std::future::pending().await,
    }
}

/// A task that ends with its owner.
#[derive(Debug)]
pub struct Task(pub JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The error names the port.
pub async fn listen(ip: IpAddr, port: u16) -> io::Result<TcpListener> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("port {port}: {error}"));
    TcpListener::bind((ip, port)).await.map_err(named)
}

/// Serves every connection until aborted. Where `respond` gives `None` the connection is closed without a response.
pub async fn accept<A, F>(listener: TcpListener, respond: A)
where
    A: Fn(Request) -> F + Clone + Send + 'static,
    F: Future<Output = Option<Response>> + Send + 'static,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        tokio::spawn(converse(stream, respond.clone()));
    }
}

/// Serves one connection, of whatever it is made, until its client closes it.
pub async fn converse<S, A, F>(stream: S, respond: A)
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Request) -> F + Clone,
    F: Future<Output = Option<Response>>,
{
    let service = service_fn(move |request| {
        let respond = respond.clone();
        async move {
            let request = plain(request).await.ok_or(Closed)?;
            let response = respond(request).await.ok_or(Closed)?;
            Ok::<_, Closed>(http_response(response))
        }
    });
    // A client that breaks off is no concern of the server's.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn plain(request: HttpRequest<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Request {
        method: head.method.to_string(),
        target: head.uri.path_and_query()?.to_string(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: body.collect().await.ok()?.to_bytes().to_vec(),
    })
}

fn http_response(response: Response) -> HttpResponse<Full<Bytes>> {
    let mut http = HttpResponse::builder().status(response.status);
    for (name, value) in response.headers {
        http = http.header(name, value);
    }
    http.body(Full::from(response.body)).expect("a fake responds with valid headers")
}

/// Ends a connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("closed without a response")]
struct Closed;
