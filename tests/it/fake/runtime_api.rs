//! A Lambda Runtime API for one function, which also takes invocations as `cargo lambda invoke` and the AWS CLI send them.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::timeout;

use super::ACCOUNT;
use super::clock::Clock;
use super::exchange::{Answer, Request};
use super::server::{Task, accept, json, listen};
use super::ssm::scramble;

/// How the function ended an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
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
    desk: Arc<Desk>,
    task: Task,
}

/// Where invocations wait for the function, and callers for its words.
#[derive(Debug, Default)]
struct Desk {
    papers: Mutex<Papers>,
    arrived: Notify,
    /// When the function asked for each event.
    polls: watch::Sender<Vec<Instant>>,
}

#[derive(Debug, Default)]
struct Papers {
    inbox: VecDeque<Invocation>,
    callers: HashMap<String, oneshot::Sender<Told>>,
    init_errors: Vec<Value>,
    region: String,
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
    pub async fn start(port: u16, region: &str, limit: Duration) -> io::Result<Self> {
        let listener = listen(port).await?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk::default());
        desk.papers().region = region.to_owned();
        let served = Arc::clone(&desk);
        let task = Task(tokio::spawn(accept(listener, move |request| {
            let desk = Arc::clone(&served);
            async move { Some(desk.serve(request, limit).await) }
        })));
        Ok(Self { address, desk, task })
    }

    /// Gives the function an event and waits for its word, at most as long as the limit.
    pub async fn invoke(&self, event: Vec<u8>, limit: Duration) -> Told {
        self.desk.invoke(event, limit).await
    }

    /// Waits until the function has asked for its `nth` event (the first is 1), and says when that was.
    pub async fn polled(&self, nth: usize) -> Instant {
        let mut polls = self.desk.polls.subscribe();
        let polls = polls.wait_for(|polls| polls.len() >= nth).await.expect("the desk outlives its callers");
        polls[nth - 1]
    }

    /// What the function said of itself when it could not start.
    pub fn init_errors(&self) -> Vec<Value> {
        self.desk.papers().init_errors.clone()
    }
}

impl Desk {
    fn papers(&self) -> MutexGuard<'_, Papers> {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, request: Request, limit: Duration) -> Answer {
        let path: Vec<&str> = request.target.trim_matches('/').split('/').collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["2018-06-01", "runtime", "invocation", "next"]) => self.next().await,
            ("POST", ["2018-06-01", "runtime", "invocation", id, "response"]) => {
                self.tell(id, Told::Response(request.body))
            }
            ("POST", ["2018-06-01", "runtime", "invocation", id, "error"]) => {
                self.tell(id, Told::Error(loosely(&request.body)))
            }
            ("POST", ["2018-06-01", "runtime", "init", "error"]) => {
                self.papers().init_errors.push(loosely(&request.body));
                json(202, &json!({ "status": "OK" }))
            }
            ("POST", ["2015-03-31", "functions", _, "invocations"]) => direct(self.invoke(request.body, limit).await),
            _ => json(404, &json!({ "errorType": "NotFound" })),
        }
    }

    async fn invoke(&self, event: Vec<u8>, limit: Duration) -> Told {
        let (caller, told) = oneshot::channel();
        let id = {
            let mut papers = self.papers();
            papers.invocations += 1;
            let number = scramble(papers.invocations);
            let id = format!("{:08x}-0000-4000-8000-{:012x}", number >> 32, papers.invocations);
            papers.callers.insert(id.clone(), caller);
            papers.inbox.push_back(Invocation { id: id.clone(), event, limit });
            id
        };
        self.arrived.notify_one();
        if let Ok(Ok(told)) = timeout(limit, told).await {
            return told;
        }
        let mut papers = self.papers();
        papers.callers.remove(&id);
        papers.inbox.retain(|waiting| waiting.id != id);
        Told::TimedOut
    }

    async fn next(&self) -> Answer {
        self.polls.send_modify(|polls| polls.push(Instant::now()));
        let (invocation, region) = loop {
            let arrived = self.arrived.notified();
            {
                let mut papers = self.papers();
                if let Some(invocation) = papers.inbox.pop_front() {
                    break (invocation, papers.region.clone());
                }
            }
            arrived.await;
        };
        let limit_ms = u64::try_from(invocation.limit.as_millis()).unwrap_or(u64::MAX);
        let deadline_ms = Clock::Real.now_ms().saturating_add(limit_ms);
        Answer {
            status: 200,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("lambda-runtime-aws-request-id", invocation.id),
                ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
                (
                    "lambda-runtime-invoked-function-arn",
                    format!("arn:aws:lambda:{region}:{ACCOUNT}:function:resource-data-sync"),
                ),
            ],
            body: invocation.event,
        }
    }

    fn tell(&self, id: &str, told: Told) -> Answer {
        let caller = self.papers().callers.remove(id);
        match caller.map(|caller| caller.send(told)) {
            Some(Ok(())) => json(202, &json!({ "status": "OK" })),
            _ => json(400, &json!({ "errorType": "InvalidRequestID" })),
        }
    }
}

/// The answer of Lambda's Invoke API.
fn direct(told: Told) -> Answer {
    let failed = |body: Value| {
        let mut answer = json(200, &body);
        answer.headers.push(("x-amz-function-error", "Unhandled".to_owned()));
        answer
    };
    match told {
        Told::Response(body) => Answer { body, ..json(200, &Value::Null) },
        Told::Error(error) => failed(error),
        Told::TimedOut => failed(json!({ "errorMessage": "Task timed out" })),
        Told::Exited(status) => failed(json!({ "errorMessage": status })),
    }
}

fn loosely(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}
