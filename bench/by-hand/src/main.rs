//! The floor: what the work itself costs. One thread, blocking sockets, HTTP/1.1 and `SigV4` written out, rustls on ring.
//!
//! It makes the calls that the function makes for a Create that goes well (Create, List, PUT), over connections used in the
//! same way (SSM's is kept, the bucket's is not), trusts whom it trusts, and has none of its guarantees: any surprise ends
//! the process.

mod http;
mod sigv4;
#[path = "../../../src/trust.rs"]
mod trust;

use std::{env, sync::Arc, time::SystemTime};

use rustls::{ClientConfig, crypto::ring::default_provider};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    http::{Connection, Url},
    sigv4::{Credentials, Signer},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    #[serde(borrow)]
    resource_properties: Properties<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties<'a> {
    sync_name: String,
    #[serde(borrow, rename = "S3Destination")]
    destination: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Create<'a> {
    #[serde(rename = "S3Destination")]
    destination: &'a RawValue,
    sync_name: &'a str,
    sync_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    sync_type: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    next_token: Option<String>,
    resource_data_sync_items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    sync_name: String,
    last_status: Option<String>,
    sync_created_time: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'a str,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data<'a> {
    arn: String,
    last_status: &'a str,
    regions: &'a str,
    sync_created_time: String,
    sync_name: &'a str,
    sync_type: &'a str,
}

const SYNC_TYPE: &str = "SyncToDestination";

#[expect(clippy::disallowed_methods, reason = "there is no clock to be given here")]
fn main() {
    let text = |name: &str| env::var(name).unwrap_or_default();
    let region = text("AWS_REGION");
    let tls = Arc::new(tls());
    let endpoint = match env::var("AWS_ENDPOINT_URL_SSM") {
        Ok(url) => Url::read(&url),
        Err(_) => Url::read(&format!("https://ssm.{region}.amazonaws.com")),
    };
    let signer = Signer {
        credentials: Credentials {
            key_id: text("AWS_ACCESS_KEY_ID"),
            secret: text("AWS_SECRET_ACCESS_KEY"),
            token: text("AWS_SESSION_TOKEN"),
        },
        host: endpoint.authority.clone(),
        region: region.clone(),
    };
    let mut runtime = Connection::open(&Url::read(&format!("http://{}", text("AWS_LAMBDA_RUNTIME_API"))), &tls);
    let mut ssm: Option<Connection> = None;
    loop {
        let next = runtime.exchange(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: runtime\r\n\r\n");
        let id = next.header("lambda-runtime-aws-request-id");
        let event: Event = serde_json::from_slice(&next.body).expect("an event");
        let name = &event.resource_properties.sync_name;
        let ssm = ssm.get_or_insert_with(|| Connection::open(&endpoint, &tls));

        let create =
            Create { destination: event.resource_properties.destination, sync_name: name, sync_type: SYNC_TYPE };
        let create = serde_json::to_vec(&create).expect("JSON");
        let created = ssm.exchange(&signer.post("CreateResourceDataSync", &create, SystemTime::now()));
        assert_eq!(created.status, 200, "{}", String::from_utf8_lossy(&created.body));

        let mut items = Vec::new();
        let mut next_token = None;
        loop {
            let list = serde_json::to_vec(&List { next_token, sync_type: SYNC_TYPE }).expect("JSON");
            let page = ssm.exchange(&signer.post("ListResourceDataSync", &list, SystemTime::now()));
            assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.body));
            let page: Page = serde_json::from_slice(&page.body).expect("a page");
            items.extend(page.resource_data_sync_items);
            next_token = page.next_token;
            if next_token.is_none() {
                break;
            }
        }
        let item = items.iter().find(|item| item.sync_name == *name).expect("the sync");

        let account = event.stack_id.split(':').nth(4).unwrap_or_default();
        let answer = Answer {
            status: "SUCCESS",
            physical_resource_id: name,
            stack_id: &event.stack_id,
            request_id: &event.request_id,
            logical_resource_id: &event.logical_resource_id,
            data: Data {
                arn: format!("arn:aws:ssm:{region}:{account}:resource-data-sync/{name}"),
                last_status: item.last_status.as_deref().unwrap_or_default(),
                regions: &region,
                sync_created_time: item.sync_created_time.to_string(),
                sync_name: name,
                sync_type: SYNC_TYPE,
            },
        };
        let answer = serde_json::to_vec(&answer).expect("JSON");
        let url = Url::read(&event.response_url);
        let mut put = format!(
            "PUT {} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            url.target,
            url.authority,
            answer.len()
        )
        .into_bytes();
        put.extend_from_slice(&answer);
        let taken = Connection::open(&url, &tls).exchange(&put);
        assert_eq!(taken.status, 200);

        let told = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nhost: runtime\r\ncontent-length: 4\r\n\r\nnull"
        );
        runtime.exchange(told.as_bytes());
    }
}

fn tls() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions that ring has")
        .with_root_certificates(trust::roots())
        .with_no_client_auth()
}
