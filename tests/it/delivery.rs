//! The PUT: its bytes on a socket, and how often it is attempted.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use expect_test::expect;
use lambda_runtime::Diagnostic;
use resource_data_sync::cloudformation::{ResponseUrl, TooLong, UrlError};
use resource_data_sync::connector::connector;
use resource_data_sync::delivery::{Failure, NoResponse, NotDelivered, put};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::time::Instant;

const BODY: &[u8] = br#"{"Status":"SUCCESS"}"#;
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const UNAVAILABLE: &str = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n";

/// A host that gives one reply a connection, the last one for ever.
struct Host {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Host {
    /// An empty reply closes the connection, once the request has come.
    async fn replying(replies: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.unwrap() > 0 {}
                let mut body = [0; BODY.len()];
                stream.read_exact(&mut body).await.unwrap();
                assert_eq!(body, BODY);
                seen.lock().unwrap().push(head);
                stream.write_all(replies[connection.min(replies.len() - 1)].as_bytes()).await.unwrap();
            }
        });
        Self { address, heads }
    }

    fn url(&self, target: &str) -> ResponseUrl {
        url(&format!("http://{}{target}", self.address))
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn url(text: &str) -> ResponseUrl {
    ResponseUrl::parse(text, &["127.0.0.1".to_owned()]).unwrap()
}

fn within(time: Duration) -> Instant {
    Instant::now() + time
}

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn path_and_query_arrive_byte_for_byte() {
    let host = Host::replying(&[OK]).await;
    let http = connector();
    let targets = [
        "/arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/s/1%7CSync%7C2?X-Amz-Date=20261123T080000Z",
        "/%3a%3A%7c%7C%25%2525%00?a=%2F%2f&b=%3D",
        "/a+b|c?x=a+b|c&y='(*)!~'",
        "/x?empty=&flag&=&&x=1&x=2",
        "/x?",
        "/x",
        "//double///slash/../dots/./x?y=//../?z=?",
        "/x?q=%F0%9F%A6%80&X-Amz-Credential=A%2F20261123%2Feu-west-1%2Fs3%2Faws4_request",
    ];
    for target in targets {
        assert_eq!(put(&http, &host.url(target), BODY, within(LONG)).await, Ok(()), "{target}");
    }
    let expected = targets.map(|target| format!("PUT {target} HTTP/1.1"));
    assert_eq!(host.heads().iter().map(|head| head.lines().next().unwrap()).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_broken_connection_is_attempted_again() {
    let host = Host::replying(&["", UNAVAILABLE, OK]).await;
    assert_eq!(put(&connector(), &host.url("/x?y"), BODY, within(LONG)).await, Ok(()));
    let heads = host.heads();
    assert_eq!(heads.len(), 3);
    assert!(heads.iter().all(|head| *head == heads[0]), "the same bytes each time");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Host::replying(&[OK]).await;
    let redirect =
        format!("HTTP/1.1 307 Moved\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n", elsewhere.address);
    let host = Host::replying(vec![&*redirect.leak(), OK].leak()).await;
    assert_eq!(put(&connector(), &host.url("/x"), BODY, within(LONG)).await, Ok(()));
    assert_eq!((host.heads().len(), elsewhere.heads().len()), (2, 0));
}

#[tokio::test]
async fn a_closed_port_is_told_with_its_host() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let deadline = within(Duration::from_secs(1));
    let error = put(&connector(), &url(&format!("http://{address}/x?y")), BODY, deadline).await.unwrap_err();
    assert!(error.attempts > 1 && Instant::now() < deadline, "{error}");
    let told = NotDelivered { attempts: 1, ..error }.to_string().replace(&address.to_string(), "HOST");
    expect!["The response was not delivered after 1 attempt (HOST: Connection refused (os error 111))."]
        .assert_eq(&told);
}

/// Answers with each status in turn, and with the last one for ever; without any, never.
#[derive(Debug)]
struct Statuses {
    statuses: Vec<u16>,
    body: &'static str,
    calls: Arc<AtomicU32>,
}

impl HttpConnector for Statuses {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) as usize;
        let Some(status) = self.statuses.get(call).or(self.statuses.last()) else {
            return HttpConnectorFuture::new(std::future::pending());
        };
        let status = StatusCode::try_from(*status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(self.body))))
    }
}

fn answering(statuses: &[u16], body: &'static str) -> (SharedHttpConnector, Arc<AtomicU32>) {
    let calls = Arc::default();
    let statuses = Statuses { statuses: statuses.to_vec(), body, calls: Arc::clone(&calls) };
    (SharedHttpConnector::new(statuses), calls)
}

/// The outcome, after how many attempts and how long.
async fn statuses(statuses: &[u16], body: &'static str) -> (Result<(), NotDelivered>, u32, Duration) {
    let (http, calls) = answering(statuses, body);
    let started = Instant::now();
    let delivered = put(&http, &url("http://127.0.0.1/x?y"), BODY, within(Duration::from_secs(60))).await;
    (delivered, calls.load(Ordering::Relaxed), started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn each_status_is_accepted_refused_or_attempted_again() {
    for (status, attempts) in [(200, 1), (204, 1), (301, 2), (307, 2), (308, 2), (429, 2), (500, 2), (503, 2)] {
        let (delivered, calls, _) = statuses(&[status, 200], "").await;
        assert_eq!((delivered, calls), (Ok(()), attempts), "{status}");
    }
    for status in [400, 403, 404, 411, 428, 430, 499] {
        let (delivered, calls, took) = statuses(&[status], "").await;
        assert_eq!(delivered.unwrap_err().last, Failure::Status { status, code: None });
        assert!(calls == 3 && took < Duration::from_secs(3), "{status}: {calls} in {took:?}");
    }
    // Until the deadline.
    for status in [302, 429, 503] {
        let (delivered, calls, took) = statuses(&[status], "").await;
        assert_eq!(delivered.unwrap_err().attempts, calls);
        assert!(calls > 6 && (55..60).contains(&took.as_secs()), "{status}: {calls} in {took:?}");
    }
    // Refusals count, and nothing else does.
    assert_eq!(statuses(&[403, 503, 403, 503, 503, 200], "").await.1, 6);
    assert_eq!(statuses(&[403, 503, 403, 503, 403, 200], "").await.1, 5);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answers_is_attempted_again() {
    for (time_ms, attempts_min) in [(0, 1), (100, 1), (500, 2), (5_000, 3), (60_000, 6)] {
        let deadline = within(Duration::from_millis(time_ms));
        let error = put(&answering(&[], "").0, &url("http://127.0.0.1/x"), BODY, deadline).await.unwrap_err();
        assert!(error.attempts >= attempts_min, "{time_ms} ms: {error}");
        assert!(Instant::now() <= deadline + Duration::from_millis(1), "{time_ms} ms");
        assert_eq!(error.last.to_string(), "no response in time");
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_is_a_code_is_told() {
    for (body, code) in [
        ("<Error><Code>AccessDenied</Code></Error>", Some("AccessDenied")),
        ("<Error><Code>http://h/x?X-Amz-Signature=1</Code></Error>", None),
        ("<Error><Code></Code></Error>", None),
        ("<Code>AccessDenied", None),
        ("{}", None),
    ] {
        let last = statuses(&[403], body).await.0.unwrap_err().last;
        assert_eq!(last, Failure::Status { status: 403, code: code.map(str::to_owned) }, "{body}");
    }
}

#[test]
fn an_invocations_error_has_a_type_of_ours() {
    let last = Failure::Status { status: 503, code: None };
    let errors: [NoResponse; 5] = [
        UrlError::Missing.into(),
        UrlError::NotHttps.into(),
        TooLong.into(),
        NotDelivered { attempts: 2, host: "h".into(), last }.into(),
        NoResponse::ServedElsewhere,
    ];
    let told = errors.map(|error| {
        let Diagnostic { error_type, error_message } = error.into();
        format!("{error_type}: {error_message}\n")
    });
    expect![[r#"
        NoResponseUrl: The event has no ResponseURL: no response can be sent, and nothing was changed.
        ResponseUrlRefused: The event's ResponseURL is not https: no response was sent, and nothing was changed.
        ResponseTooLong: The response would have more than 4096 bytes: no response was sent.
        ResponseNotDelivered: The response was not delivered after 2 attempts (h: HTTP 503).
        ServedElsewhere: Another invocation serves this event at the same time and responds to it.
    "#]]
    .assert_eq(&told.concat());
}
