//! A Lambda Runtime API for one function, which also takes invocations as `cargo lambda invoke` and the AWS CLI send them.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::timeout;

use super::clock::Clock;
use super::exchange::{Request, Response};
use super::server::{Task, accept, listen};
use super::{ACCOUNT, scramble};

/// How the function ended an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Response(Vec<u8>),
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
    task: Task,
}

/// Where invocations wait for the function, and callers for its end of them.
#[derive(Debug)]
struct Queue {
    region: String,
    state: Mutex<QueueState>,
    arrived: Notify,
    /// When the function asked for each event.
    polls: watch::Sender<Vec<Instant>>,
}

#[derive(Debug, Default)]
struct QueueState {
    waiting: VecDeque<Invocation>,
    callers: HashMap<String, oneshot::Sender<Ended>>,
    invocations: u64,
}

#[derive(Debug)]
struct Invocation {
    id: String,
    event: Vec<u8>,
    limit: Duration,
}

impl RuntimeApi {
    /// Port 0 takes a free one. `limit` is the deadline of invocations that come over HTTP.
    pub async fn start(ip: IpAddr, port: u16, region: &str, limit: Duration) -> io::Result<Self> {
        let listener = listen(ip, port).await?;
        let address = listener.local_addr()?;
        let queue = Arc::new(Queue {
            region: region.to_owned(),
            state: Mutex::default(),
            arrived: Notify::new(),
            polls: watch::Sender::default(),
        });
        let served = Arc::clone(&queue);
        let task = Task(tokio::spawn(accept(listener, move |request| {
            let queue = Arc::clone(&served);
            async move { Some(queue.serve(request, limit).await) }
        })));
        Ok(Self { address, queue, task })
    }

    /// Gives the function an event and waits for its end, at most as long as the limit.
    pub async fn invoke(&self, event: Vec<u8>, limit: Duration) -> Ended {
        self.queue.invoke(event, limit).await
    }

    /// Waits until the function has asked for its `nth` event (the first is 1), and says when that was.
    pub async fn polled(&self, nth: usize) -> Instant {
        let mut polls = self.queue.polls.subscribe();
        let polls = polls.wait_for(|polls| polls.len() >= nth).await.expect("the queue outlives its callers");
        polls[nth - 1]
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, request: Request, limit: Duration) -> Response {
        let path: Vec<&str> = request.target.trim_matches('/').split('/').collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["2018-06-01", "runtime", "invocation", "next"]) => self.next().await,
            ("POST", ["2018-06-01", "runtime", "invocation", id, "response"]) => {
                self.end(id, Ended::Response(request.body))
            }
            ("POST", ["2018-06-01", "runtime", "invocation", id, "error"]) => {
                self.end(id, Ended::Error(request.json()))
            }
            ("POST", ["2018-06-01", "runtime", "init", "error"]) => json_response(202, &json!({ "status": "OK" })),
            ("POST", ["2015-03-31", "functions", _, "invocations"]) => {
                invoke_response(self.invoke(request.body, limit).await)
            }
            _ => json_response(404, &json!({ "errorType": "NotFound" })),
        }
    }

    async fn invoke(&self, event: Vec<u8>, limit: Duration) -> Ended {
        let (caller, ended) = oneshot::channel();
        let id = {
            let mut state = self.lock();
            state.invocations += 1;
            let id = format!("{:08x}-0000-4000-8000-{:012x}", scramble(state.invocations) >> 32, state.invocations);
            state.callers.insert(id.clone(), caller);
            state.waiting.push_back(Invocation { id: id.clone(), event, limit });
            id
        };
        self.arrived.notify_one();
        if let Ok(Ok(ended)) = timeout(limit, ended).await {
            return ended;
        }
        let mut state = self.lock();
        state.callers.remove(&id);
        state.waiting.retain(|waiting| waiting.id != id);
        Ended::TimedOut
    }

    async fn next(&self) -> Response {
        self.polls.send_modify(|polls| polls.push(Instant::now()));
        let invocation = loop {
            let arrived = self.arrived.notified();
            if let Some(invocation) = self.lock().waiting.pop_front() {
                break invocation;
            }
            arrived.await;
        };
        let limit_ms = u64::try_from(invocation.limit.as_millis()).unwrap_or(u64::MAX);
        let deadline_ms = Clock::Real.now_ms().saturating_add(limit_ms);
        let arn = format!("arn:aws:lambda:{}:{ACCOUNT}:function:resource-data-sync", self.region);
        Response {
            status: 200,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("lambda-runtime-aws-request-id", invocation.id),
                ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
                ("lambda-runtime-invoked-function-arn", arn),
            ],
            body: invocation.event,
        }
    }

    fn end(&self, id: &str, ended: Ended) -> Response {
        let caller = self.lock().callers.remove(id);
        match caller.map(|caller| caller.send(ended)) {
            Some(Ok(())) => json_response(202, &json!({ "status": "OK" })),
            _ => json_response(400, &json!({ "errorType": "InvalidRequestID" })),
        }
    }
}

/// What Lambda's Invoke API responds.
fn invoke_response(ended: Ended) -> Response {
    let error = match ended {
        Ended::Response(body) => return Response { body, ..json_response(200, &Value::Null) },
        Ended::Error(error) => error,
        Ended::TimedOut => json!({ "errorMessage": "Task timed out" }),
        Ended::Exited(status) => json!({ "errorMessage": status }),
    };
    let mut response = json_response(200, &error);
    response.headers.push(("x-amz-function-error", "Unhandled".to_owned()));
    response
}

fn json_response(status: u16, body: &Value) -> Response {
    let headers = vec![("content-type", "application/json".to_owned())];
    Response { status, headers, body: body.to_string().into_bytes() }
}
