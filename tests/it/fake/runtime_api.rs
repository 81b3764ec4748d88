//! A Lambda Runtime API for one function, which also takes invocations as `cargo lambda invoke` and the AWS CLI send them.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::clock::Clock;
use super::exchange::{self, Request, Response};
use super::process::REGION;
use super::server::{accept, listen};
use super::{ACCOUNT, scramble};

/// How the function ended an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Response(Bytes),
    /// The body of `/error`: Lambda would deliver the event again.
    Error(Value),
    /// The deadline passed.
    TimedOut,
    /// The process ended.
    Exited(String),
}

#[derive(Debug)]
pub struct RuntimeApi {
    pub address: SocketAddr,
    queue: Arc<Queue>,
    /// Ends with its owner.
    _task: JoinSet<()>,
}

/// Where invocations wait for the function, and callers for its end of them.
#[derive(Debug)]
struct Queue {
    invoked: mpsc::UnboundedSender<Invocation>,
    waiting: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    callers: Mutex<HashMap<String, oneshot::Sender<Ended>>>,
    /// How often the function has asked for an event.
    polls: watch::Sender<u64>,
}

#[derive(Debug)]
struct Invocation {
    event: Bytes,
    limit: Duration,
    caller: oneshot::Sender<Ended>,
}

impl RuntimeApi {
    /// Port 0 takes a free one. `limit` is the deadline of invocations that come over HTTP.
    pub async fn start(ip: IpAddr, port: u16, limit: Duration) -> io::Result<Self> {
        let listener = listen(ip, port).await?;
        let address = listener.local_addr()?;
        let (invoked, waiting) = mpsc::unbounded_channel();
        let (waiting, callers, polls) = (AsyncMutex::new(waiting), Mutex::default(), watch::Sender::default());
        let queue = Arc::new(Queue { invoked, waiting, callers, polls });
        let served = Arc::clone(&queue);
        let serve = move |request| {
            let queue = Arc::clone(&served);
            async move { Some(queue.serve(request, limit).await) }
        };
        Ok(Self { address, queue, _task: JoinSet::from_iter([accept(listener, serve)]) })
    }

    /// Gives the function an event and waits for its end, at most as long as the limit.
    pub async fn invoke(&self, event: String, limit: Duration) -> Ended {
        self.queue.invoke(event.into(), limit).await
    }

    /// Waits until the function has asked for its first event.
    pub async fn polled(&self) {
        let mut polls = self.queue.polls.subscribe();
        polls.wait_for(|polls| *polls > 0).await.expect("the queue outlives its callers");
    }
}

impl Queue {
    async fn serve(&self, request: Request, limit: Duration) -> Response {
        let (head, body) = request.into_parts();
        let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
        match (head.method.as_str(), path.as_slice()) {
            ("GET", ["2018-06-01", "runtime", "invocation", "next"]) => self.next().await,
            ("POST", ["2018-06-01", "runtime", "invocation", id, "response"]) => self.end(id, Ended::Response(body)),
            ("POST", ["2018-06-01", "runtime", "invocation", id, "error"]) => {
                self.end(id, Ended::Error(exchange::json(&body)))
            }
            ("POST", ["2018-06-01", "runtime", "init", "error"]) => json_response(202, &json!({ "status": "OK" })),
            ("POST", ["2015-03-31", "functions", _, "invocations"]) => invoke_response(self.invoke(body, limit).await),
            _ => json_response(404, &json!({ "errorType": "NotFound" })),
        }
    }

    async fn invoke(&self, event: Bytes, limit: Duration) -> Ended {
        let (caller, ended) = oneshot::channel();
        self.invoked.send(Invocation { event, limit, caller }).expect("the queue is its own receiver");
        match timeout(limit, ended).await {
            Ok(Ok(ended)) => ended,
            _ => Ended::TimedOut,
        }
    }

    async fn next(&self) -> Response {
        self.polls.send_modify(|polls| *polls += 1);
        let number = *self.polls.borrow();
        let mut waiting = self.waiting.lock().await;
        let Invocation { event, limit, caller } = loop {
            let invocation = waiting.recv().await.expect("the queue is its own sender");
            // Not one whose caller has given up.
            if !invocation.caller.is_closed() {
                break invocation;
            }
        };
        let id = format!("{:08x}-0000-4000-8000-{number:012x}", scramble(number) >> 32);
        self.callers.lock().expect("nothing panics here").insert(id.clone(), caller);
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:resource-data-sync");
        http::Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", id)
            .header("lambda-runtime-deadline-ms", Clock::Real.now_ms().saturating_add(limit_ms))
            .header("lambda-runtime-invoked-function-arn", arn)
            .body(event)
            .expect("valid headers")
    }

    fn end(&self, id: &str, ended: Ended) -> Response {
        let caller = self.callers.lock().expect("nothing panics here").remove(id);
        match caller.map(|caller| caller.send(ended)) {
            Some(Ok(())) => json_response(202, &json!({ "status": "OK" })),
            _ => json_response(400, &json!({ "errorType": "InvalidRequestID" })),
        }
    }
}

/// What Lambda's Invoke API responds.
fn invoke_response(ended: Ended) -> Response {
    let error = match ended {
        Ended::Response(body) => return json_response(200, &Value::Null).map(|_| body),
        Ended::Error(error) => error,
        Ended::TimedOut | Ended::Exited(_) => json!({ "errorMessage": "Task timed out" }),
    };
    let mut response = json_response(200, &error);
    response.headers_mut().insert("x-amz-function-error", http::HeaderValue::from_static("Unhandled"));
    response
}

fn json_response(status: u16, body: &Value) -> Response {
    let response = http::Response::builder().status(status).header("content-type", "application/json");
    response.body(body.to_string().into()).expect("a valid status")
}
