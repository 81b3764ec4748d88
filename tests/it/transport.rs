//! Connections: opened ahead, kept, replaced, and never a reason to send a request twice.

use std::{
    cell::Cell,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_smithy_runtime_api::client::{orchestrator::HttpRequest, result::ConnectorError};
use aws_smithy_types::body::SdkBody;
use http::Uri;
use http_body_util::BodyExt as _;
use resource_data_sync::{callback, response_url::ResponseUrl, time::Timestamp, transport::Http};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::yield_now,
    time::{Instant, timeout},
};

thread_local! {
    static NOW_MS: Cell<i64> = const { Cell::new(1_795_442_283_000) };
}

fn time_of_day() -> Timestamp {
    Timestamp::from_epoch_ms(NOW_MS.get())
}

fn pass_ms(ms: i64) {
    NOW_MS.set(NOW_MS.get() + ms);
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Every request is answered.
    Kept,
    ClosedAtOnce,
    /// After the first answer, without a word of it before.
    ClosedAfterAnswer,
    /// Where the second request is answered.
    BrokenInsteadOfSecondAnswer,
    /// Requests are read, and no more.
    Silent,
}

/// A server that knows by which connection each request came.
struct Server {
    port: u16,
    connections: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Server {
    /// The connections have these fates in turn, and the last one's for ever.
    async fn start(fates: &'static [Fate]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let journal = Arc::clone(&connections);
        tokio::spawn(async move {
            for nth in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                journal.lock().unwrap().push(Vec::new());
                tokio::spawn(serve(stream, fates[nth.min(fates.len() - 1)], nth, Arc::clone(&journal)));
            }
        });
        Self { port, connections }
    }

    fn uri(&self, path: &str) -> Uri {
        format!("http://127.0.0.1:{}{path}", self.port).parse().unwrap()
    }

    /// How many requests came by each connection.
    fn requests(&self) -> Vec<usize> {
        self.connections.lock().unwrap().iter().map(Vec::len).collect()
    }

    async fn get(&self, http: &Http) -> Result<u16, ConnectorError> {
        self.send(http, http::Request::get(self.uri("/"))).await
    }

    async fn send(&self, http: &Http, request: http::request::Builder) -> Result<u16, ConnectorError> {
        let request = HttpRequest::try_from(request.body(SdkBody::from("{}")).unwrap()).unwrap();
        let mut response = http.call(request).await?;
        let status = response.status().as_u16();
        let body = response.take_body().collect().await.unwrap().to_bytes();
        assert_eq!(&body[..], b"done");
        Ok(status)
    }
}

async fn serve(mut stream: TcpStream, fate: Fate, connection: usize, journal: Arc<Mutex<Vec<Vec<String>>>>) {
    if matches!(fate, Fate::ClosedAtOnce) {
        return;
    }
    let mut text = String::new();
    let mut bytes = [0; 4096];
    for nth in 1.. {
        while !text.contains("\r\n\r\n{}") {
            match stream.read(&mut bytes).await {
                Ok(count @ 1..) => text.push_str(&String::from_utf8_lossy(&bytes[..count])),
                _ => return,
            }
        }
        journal.lock().unwrap()[connection].push(std::mem::take(&mut text));
        match fate {
            Fate::BrokenInsteadOfSecondAnswer if nth == 2 => return,
            Fate::Silent => std::future::pending().await,
            _ => {}
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone").await.unwrap();
        if matches!(fate, Fate::ClosedAfterAnswer) {
            return;
        }
    }
}

/// Lets both ends do all that they can: on loopback there is nothing to wait for.
async fn quiet() {
    for _ in 0..200 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_that_was_opened_says_nothing_until_the_next_request_goes_by_it() {
    let server = Server::start(&[Fate::Kept]).await;
    let http = Http::new(time_of_day);
    http.open(&server.uri("/anything")).await;
    quiet().await;
    assert_eq!(server.requests(), [0]);
    assert_eq!(server.get(&http).await.unwrap(), 200);
    assert_eq!(server.get(&http).await.unwrap(), 200);
    assert_eq!(server.requests(), [2]);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_it_was_idle_is_replaced() {
    for noticed in [true, false] {
        let server =
            Server::start(&[Fate::ClosedAtOnce, Fate::ClosedAtOnce, Fate::ClosedAfterAnswer, Fate::Kept]).await;
        let http = Http::new(time_of_day);
        http.open(&server.uri("/")).await;
        http.open(&server.uri("/")).await;
        for requests in [vec![0, 0, 1], vec![0, 0, 1, 1], vec![0, 0, 1, 2]] {
            if noticed {
                quiet().await;
            }
            assert_eq!(server.get(&http).await.unwrap(), 200, "noticed: {noticed}");
            assert_eq!(server.requests(), requests, "noticed: {noticed}");
        }
    }
}

#[tokio::test]
async fn a_connection_leads_to_one_place() {
    let (one, other) = (Server::start(&[Fate::Kept]).await, Server::start(&[Fate::Kept]).await);
    let http = Http::new(time_of_day);
    for server in [&one, &other, &one] {
        assert_eq!(server.get(&http).await.unwrap(), 200);
    }
    assert_eq!((one.requests(), other.requests()), (vec![2], vec![1]));
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_is_not_sent_again() {
    let server = Server::start(&[Fate::BrokenInsteadOfSecondAnswer]).await;
    let http = Http::new(time_of_day);
    assert_eq!(server.get(&http).await.unwrap(), 200);
    // By a connection that was kept, where a client is tempted to try another.
    let error = server.get(&http).await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    quiet().await;
    assert_eq!(server.requests(), [2]);
}

#[tokio::test]
async fn a_connection_that_was_idle_for_long_by_the_time_of_day_is_not_used() {
    let server = Server::start(&[Fate::Kept]).await;
    let http = Http::new(time_of_day);
    for (idle_ms, requests) in [(0, vec![1]), (19_999, vec![2]), (20_000, vec![2, 1]), (3_600_000, vec![2, 1, 1])] {
        pass_ms(idle_ms);
        assert_eq!(server.get(&http).await.unwrap(), 200);
        assert_eq!(server.requests(), requests, "idle for {idle_ms} ms");
    }
}

#[tokio::test]
async fn requests_side_by_side_have_a_connection_each_which_later_ones_share() {
    let server = Server::start(&[Fate::Kept]).await;
    let http = Http::new(time_of_day);
    for round in 1..=3 {
        let (one, other) = tokio::join!(server.get(&http), server.get(&http));
        assert_eq!((one.unwrap(), other.unwrap()), (200, 200));
        assert_eq!(server.requests(), [round, round]);
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_takes_its_connection_with_it() {
    let server = Server::start(&[Fate::Silent, Fate::Kept]).await;
    let http = Http::new(time_of_day);
    assert!(timeout(Duration::from_millis(50), server.get(&http)).await.is_err());
    assert_eq!(server.get(&http).await.unwrap(), 200);
    assert_eq!(server.requests(), [1, 1]);
}

#[tokio::test]
async fn a_request_that_closes_its_connection_shares_none() {
    let server = Server::start(&[Fate::Kept]).await;
    let http = Http::new(time_of_day);
    http.open(&server.uri("/")).await;
    for requests in [vec![1], vec![1, 1]] {
        let request = http::Request::put(server.uri("/a%7Cb?c=d%2Fe&f")).header("connection", "close");
        assert_eq!(server.send(&http, request).await.unwrap(), 200);
        assert_eq!(server.requests(), requests);
    }
    let put = &server.connections.lock().unwrap()[0][0];
    let head = put.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    let mut lines: Vec<&str> = head.split("\r\n").collect();
    lines[1..].sort_unstable();
    let host = format!("host: 127.0.0.1:{}", server.port);
    assert_eq!(lines, ["put /a%7cb?c=d%2fe&f http/1.1", "connection: close", "content-length: 2", &host]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_reached_says_why() {
    let refused = Http::new(time_of_day);
    let request = || HttpRequest::try_from(http::Request::get("http://127.0.0.1:1/").body(SdkBody::empty()).unwrap());
    let error = refused.call(request().unwrap()).await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    assert!(last_words(&error).starts_with("Connection refused"), "{error:?}");

    // It takes the connection, and says nothing to TLS.
    let server = Server::start(&[Fate::Silent]).await;
    let uri = format!("https://127.0.0.1:{}/", server.port);
    let request = HttpRequest::try_from(http::Request::get(uri).body(SdkBody::empty()).unwrap()).unwrap();
    let error = refused.call(request).await.unwrap_err();
    assert_eq!(last_words(&error), "no connection within 3 s");
}

fn last_words(error: &(dyn std::error::Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), last_words)
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_brought_says_how_it_failed() {
    let closing = Server::start(&[Fate::Silent, Fate::ClosedAtOnce]).await;
    for (port, how) in [(1, "no connection"), (closing.port, "the connection broke")] {
        let url = format!("http://127.0.0.1:{port}/x?y");
        let url = ResponseUrl::parse(&url, &["127.0.0.1".to_owned()]).unwrap();
        let http = Http::new(time_of_day);
        let deadline = Instant::now() + Duration::from_secs(60);
        let told = callback::put(&http, &url, callback::open(&http, &url), b"{}", deadline).await.unwrap_err();
        assert_eq!(told.last, how);
        assert!(told.tries > 5, "{told:?}");
    }
}
