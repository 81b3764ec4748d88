//! The floor: what the work itself costs. One thread, blocking sockets, HTTP/1.1 and `SigV4` written out, rustls on ring.
//!
//! It makes the calls that the function makes for a Create that goes well, over connections used in the same way, trusts
//! whom it trusts, and has none of its guarantees: any surprise ends the process.

use std::{env, net::TcpStream, sync::Arc};

use benchmark::{Connection, Message};
use ring::{digest, hmac};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use time::{UtcDateTime, macros::format_description};

const DYNAMODB: [&str; 3] = ["dynamodb", "application/x-amz-json-1.0", "DynamoDB_20120810"];
const SSM: [&str; 3] = ["ssm", "application/x-amz-json-1.1", "AmazonSSM"];
const TYPE: &str = "SyncToDestination";
const RUNTIME: &str = "/2018-06-01/runtime/invocation";

fn main() {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth());
    let mut runtime = Connection::new(TcpStream::connect(variable("AWS_LAMBDA_RUNTIME_API")).expect("the Runtime API"));
    let mut dynamodb = Service::new(DYNAMODB, "AWS_ENDPOINT_URL_DYNAMODB", &tls);
    let mut ssm = Service::new(SSM, "AWS_ENDPOINT_URL_SSM", &tls);
    loop {
        let head = format!("GET {RUNTIME}/next HTTP/1.1\r\nhost: runtime\r\n");
        let next = exchange(&mut runtime, &Message::new(head, []));
        let event = serde_json::from_slice(&next.body).expect("an event");
        let response = create(&event, &mut dynamodb, &mut ssm);

        let (host, path) = event["ResponseURL"].as_str().expect("a URL")[8..].split_once('/').expect("a path");
        let head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        exchange(&mut open(host, &tls), &Message::new(head, response));
        let id = next.header("lambda-runtime-aws-request-id").expect("an id");
        let head = format!("POST {RUNTIME}/{id}/response HTTP/1.1\r\nhost: runtime\r\n");
        exchange(&mut runtime, &Message::new(head, "null"));
    }
}

/// `GetItem`, List, `PutItem`, Create, List, `PutItem`; returns what is to be PUT.
fn create(event: &Value, dynamodb: &mut Service, ssm: &mut Service) -> String {
    let text = |member: &str| event[member].as_str().expect("a member of every event");
    let now = UtcDateTime::now().unix_timestamp().to_string();
    let (table, region) = (variable("OWNERSHIP_TABLE"), variable("AWS_REGION"));
    let resource = format!("{}|{}", text("StackId"), text("LogicalResourceId"));
    let key = json!({ "Resource": { "S": resource } });
    let found = dynamodb.call("GetItem", &json!({ "TableName": table, "Key": key, "ConsistentRead": true }));
    assert!(found["Item"].is_null(), "{found}");

    let name = event["ResourceProperties"]["SyncName"].as_str().expect("a name");
    let destination = &event["ResourceProperties"]["S3Destination"];
    let listed = |ssm: &mut Service| {
        let page = ssm.call("ListResourceDataSync", &json!({ "SyncType": TYPE }));
        page["ResourceDataSyncItems"].as_array().expect("items").iter().find(|item| item["SyncName"] == *name).cloned()
    };
    assert_eq!(listed(ssm), None);

    let record = |version: &str, state: &str, entry: Value, response: &str| {
        json!({
            "TableName": table, "ConditionExpression": "attribute_not_exists(Version) OR Version < :version",
            "ExpressionAttributeValues": { ":version": { "N": version } },
            "Item": {
                "Resource": { "S": resource }, "State": { "S": state }, "Version": { "N": version }, "Format": { "N": "1" },
                "RequestId": { "S": text("RequestId") }, "RequestType": { "S": "Create" }, "Attempt": { "S": text("RequestId") },
                "RequestTime": { "N": now }, "Written": { "N": now }, "Name": { "S": name }, "Response": { "S": response },
                "Syncs": { "M": { format!("{region}/{TYPE}/{name}"): { "M": entry } } },
            },
        })
    };
    let making = json!({ "Since": { "N": now }, "Configurations": { "L": [{ "S": destination.to_string() }] } });
    let open = json!({ "State": { "S": "Open" }, "Making": { "M": making } });
    dynamodb.call("PutItem", &record("1", "Working", open, ""));
    let create = json!({ "SyncName": name, "SyncType": TYPE, "S3Destination": destination });
    ssm.call("CreateResourceDataSync", &create);
    let sync = listed(ssm).expect("the sync that was made");

    let account = text("StackId").split(':').nth(4).expect("an account");
    let response = json!({
        "Status": "SUCCESS", "PhysicalResourceId": name, "StackId": event["StackId"], "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {
            "Arn": format!("arn:aws:ssm:{region}:{account}:resource-data-sync/{name}"), "Regions": region,
            "RegionStates": format!("{region}={}", sync["LastStatus"]), "LastStatus": sync["LastStatus"], "SyncName": name,
            "SyncCreatedTime": sync["SyncCreatedTime"].to_string(), "SyncSourceState": "", "SyncType": TYPE,
        },
    });
    let settled = json!({
        "State": { "S": "Settled" }, "RequestId": { "S": text("RequestId") },
        "SyncCreatedTime": { "N": sync["SyncCreatedTime"].to_string() }, "Configuration": { "S": destination.to_string() },
    });
    let response = response.to_string();
    dynamodb.call("PutItem", &record("2", "Done", settled, &response));
    response
}

struct Service {
    /// Its name, its type of content, and what its operations' names begin with.
    kind: [&'static str; 3],
    host: String,
    tls: Arc<ClientConfig>,
    connection: Option<Connection>,
}

impl Service {
    fn new(kind: [&'static str; 3], endpoint: &str, tls: &Arc<ClientConfig>) -> Self {
        Self { kind, host: variable(endpoint).replace("https://", ""), tls: tls.clone(), connection: None }
    }

    fn call(&mut self, operation: &str, input: &Value) -> Value {
        let (body, [name, content_type, target]) = (input.to_string(), self.kind);
        let (region, id, token) = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"].map(variable).into();
        let time = UtcDateTime::now().format(format_description!("[year][month][day]T[hour][minute][second]Z"));
        let time = time.expect("a time");
        let headers = [
            ("content-type", content_type),
            ("host", &self.host),
            ("x-amz-date", &time),
            ("x-amz-security-token", &token),
            ("x-amz-target", &format!("{target}.{operation}")),
        ];
        let names = headers.map(|(name, _)| name).join(";");
        let lines = |colon: &str, end: &str| headers.map(|(name, value)| format!("{name}{colon}{value}{end}")).concat();
        let canonical = format!("POST\n/\n\n{}\n{names}\n{}", lines(":", "\n"), sha256(&body));
        let scope = format!("{}/{region}/{name}/aws4_request", &time[..8]);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(&canonical));
        let secret = format!("AWS4{}", variable("AWS_SECRET_ACCESS_KEY")).into_bytes();
        let key = scope.split('/').fold(secret, |key, part| hmac(&key, part));
        let signature = hex(&hmac(&key, &to_sign));
        let head = format!(
            "POST / HTTP/1.1\r\n{}authorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, \
             Signature={signature}\r\n",
            lines(": ", "\r\n")
        );
        let connection = self.connection.get_or_insert_with(|| open(&self.host, &self.tls));
        let response = exchange(connection, &Message::new(head, body));
        serde_json::from_slice(&response.body).expect("JSON")
    }
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn open(host: &str, tls: &Arc<ClientConfig>) -> Connection {
    let tcp = TcpStream::connect(host).expect("a connection");
    tcp.set_nodelay(true).expect("no delay");
    let name = host.split(':').next().unwrap_or(host).to_owned().try_into().expect("a server's name");
    Connection::new(StreamOwned::new(ClientConnection::new(tls.clone(), name).expect("a client"), tcp))
}

fn exchange(connection: &mut Connection, request: &Message) -> Message {
    connection.send(request).expect("sent");
    let response = connection.receive().expect("a response");
    assert!(response.head.starts_with("HTTP/1.1 2"), "{response:?}");
    response
}
