//! The world behind loopback sockets: HTTP/1.1 as the real binary speaks it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::{Request as HttpRequest, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Shared;
use super::exchange::{Answer, Reply, Request};

/// SSM and the bucket, each at a port of its own, up until dropped.
#[derive(Debug)]
pub struct Servers {
    pub ssm: SocketAddr,
    pub bucket: SocketAddr,
    tasks: [Task; 2],
}

impl Servers {
    /// Port 0 takes a free one.
    pub async fn start(world: &Shared, ssm_port: u16, bucket_port: u16) -> io::Result<Self> {
        let (ssm, ssm_task) = serve(world.clone(), ssm_port).await?;
        let (bucket, bucket_task) = serve(world.clone(), bucket_port).await?;
        Ok(Self { ssm, bucket, tasks: [ssm_task, bucket_task] })
    }

    /// What a response URL begins with.
    pub fn response_base(&self) -> String {
        format!("http://{}/response", self.bucket)
    }
}

async fn serve(world: Shared, port: u16) -> io::Result<(SocketAddr, Task)> {
    let listener = listen(port).await?;
    let address = listener.local_addr()?;
    let task = Task(tokio::spawn(accept(listener, move |request| exchange(world.clone(), request))));
    Ok((address, task))
}

/// The connection breaks where there is no answer.
async fn exchange(world: Shared, request: Request) -> Option<Answer> {
    match world.handle(&request) {
        Reply::Answer(answer) => Some(answer),
        Reply::Late { answer, after_ms } => {
            sleep(Duration::from_millis(after_ms)).await;
            Some(answer)
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

/// Listens on loopback; the error names the port.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("port {port}: {error}")))
}

/// Serves every connection until aborted. Where `answer` gives `None` the connection is closed without a word.
pub async fn accept<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Request) -> F + Clone + Send + 'static,
    F: Future<Output = Option<Answer>> + Send + 'static,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        tokio::spawn(converse(stream, answer.clone()));
    }
}

/// Serves one connection, of whatever it is made, until its client closes it.
pub async fn converse<S, A, F>(stream: S, answer: A)
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Request) -> F + Clone,
    F: Future<Output = Option<Answer>>,
{
    let service = service_fn(move |request| {
        let answer = answer.clone();
        async move {
            let request = plain(request).await.ok_or(Closed)?;
            let answer = answer(request).await.ok_or(Closed)?;
            Ok::<_, Closed>(http_response(answer))
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

fn http_response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::from(answer.body)).expect("a stand-in answers with valid headers")
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("closed without an answer")
    }
}

impl std::error::Error for Closed {}

/// An answer with a JSON body.
pub fn json(status: u16, body: &serde_json::Value) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}
