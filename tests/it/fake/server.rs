//! The fake AWS behind a loopback socket: HTTP/1.1 as the real binary speaks it.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::FakeAws;
use super::exchange::{Request, Response};

pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// All services at one port, up until dropped.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    /// Ends with its owner.
    _task: JoinSet<()>,
}

impl Server {
    /// Port 0 takes a free one.
    pub async fn start(aws: &FakeAws, ip: IpAddr, port: u16) -> io::Result<Self> {
        let listener = listen(ip, port).await?;
        let address = listener.local_addr()?;
        let aws = aws.clone();
        let respond = move |request| {
            let aws = aws.clone();
            async move { aws.respond(&request).await }
        };
        Ok(Self { address, _task: JoinSet::from_iter([accept(listener, respond)]) })
    }

    /// What a response URL begins with.
    pub fn response_base(&self) -> String {
        format!("http://{}/response", self.address)
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
        let respond = respond.clone();
        let service = service_fn(move |request: http::Request<Incoming>| {
            let respond = respond.clone();
            async move {
                let (head, body) = request.into_parts();
                let request = Request::from_parts(head, body.collect().await?.to_bytes());
                let response = respond(request).await.ok_or("closed without a response")?;
                Ok::<_, Box<dyn Error + Send + Sync>>(response.map(Full::new))
            }
        });
        // A client that breaks off is no concern of the server's.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
