//! AWS as far as the calls need it: SSM, DynamoDB and a bucket over TLS, and Lambda's Runtime API, each at its own port.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::ops::Bound;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use benchmark::{Connection, Message};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use time::UtcDateTime;

pub struct Fake {
    pub ssm: SocketAddr,
    pub dynamodb: SocketAddr,
    pub bucket: SocketAddr,
    pub runtime: SocketAddr,
    /// What the servers' certificate is from, as PEM.
    pub authority: String,
    /// What a function asks of the Runtime API, and where the reply goes.
    pub asked: Receiver<(Message, Sender<Message>)>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub struct State {
    /// Each with its Region.
    pub syncs: Vec<(String, Value)>,
    pub records: BTreeMap<String, Value>,
    pub calls: Vec<String>,
    /// The response to CloudFormation, and when it came.
    pub response: Option<(Instant, Value)>,
}

impl Fake {
    pub fn start() -> Self {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let tls = ServerConfig::builder().with_no_client_auth();
        let tls = tls.with_single_cert(vec![own.cert.der().clone()], own.signing_key.into()).expect("a key that fits");
        let tls = Some(Arc::new(tls));
        let (ask, asked) = channel();
        let runtime = listen(None, move |request| {
            let (reply, replied) = channel();
            ask.send((request, reply)).ok()?;
            replied.recv().ok()
        });
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        let aws = move |request| Some(ok("", shared.lock().expect("no panic").answer(&request).to_string()));
        let [ssm, dynamodb, bucket] = [(); 3].map(|()| listen(tls.clone(), aws.clone()));
        Self { ssm, dynamodb, bucket, runtime, authority: own.cert.pem(), asked, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }
}

impl State {
    fn answer(&mut self, request: &Message) -> Value {
        let input: Value = serde_json::from_slice(&request.body).expect("JSON");
        if request.head.starts_with("PUT ") {
            self.calls.push("PUT".to_owned());
            self.response = Some((Instant::now(), input));
            return json!({});
        }
        let target = request.header("x-amz-target").expect("a call");
        let operation = target.split('.').nth(1).expect("an operation");
        // Credential=<id>/<day>/<Region>/…
        let region = request.header("authorization").and_then(|it| it.split('/').nth(2)).expect("a signature");
        self.calls.push(operation.replace("ResourceDataSync", ""));
        match operation {
            "CreateResourceDataSync" => self.add_sync(region, input),
            "ListResourceDataSync" => {
                let here = self.syncs.iter().filter(|(of, sync)| of == region && sync["SyncType"] == input["SyncType"]);
                return json!({ "ResourceDataSyncItems": here.map(|(_, sync)| sync).collect::<Vec<_>>() });
            }
            "GetItem" => return json!({ "Item": self.records.get(key(&input["Key"])) }),
            "PutItem" => drop(self.records.insert(key(&input["Item"]).to_owned(), input["Item"].clone())),
            "Scan" => return self.page(key(&input["ExclusiveStartKey"])),
            _ => panic!("{operation} is not expected"),
        }
        json!({})
    }

    /// The first look shows its status, so that nothing is waited for.
    pub fn add_sync(&mut self, region: &str, mut sync: Value) {
        sync["LastStatus"] = json!("Successful");
        sync["SyncCreatedTime"] = json!((UtcDateTime::now().unix_timestamp_nanos() / 1_000_000) as f64 / 1e3);
        self.syncs.push((region.to_owned(), sync));
    }

    /// About as much as DynamoDB puts on one: a megabyte.
    fn page(&self, after: &str) -> Value {
        let later = self.records.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let items: Vec<_> = later.map(|(_, item)| item).take(1_000).collect();
        let last = items.get(999).map(|item| json!({ "Resource": item["Resource"] }));
        json!({ "Items": items, "LastEvaluatedKey": last })
    }
}

fn key(item: &Value) -> &str {
    item["Resource"]["S"].as_str().unwrap_or_default()
}

pub fn ok(headers: &str, body: impl Into<Vec<u8>>) -> Message {
    Message::new(format!("HTTP/1.1 200 OK\r\n{headers}"), body)
}

/// A thread for each connection, for as long as there is an answer.
fn listen(
    tls: Option<Arc<ServerConfig>>,
    answer: impl Fn(Message) -> Option<Message> + Clone + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            let (tls, answer) = (tls.clone(), answer.clone());
            thread::spawn(move || {
                tcp.set_nodelay(true).expect("no delay");
                let mut connection = match tls {
                    Some(tls) => Connection::new(StreamOwned::new(ServerConnection::new(tls).expect("a server"), tcp)),
                    None => Connection::new(tcp),
                };
                while let Some(response) = connection.receive().ok().and_then(&answer) {
                    let _ = connection.send(&response);
                }
            });
        }
    });
    address
}
