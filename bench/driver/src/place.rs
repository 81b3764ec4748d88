//! Where a contender runs: SSM and a bucket behind sockets, with TLS or without, that note when an answer was taken.

use std::{
    env, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rcgen::{CustomExtension, KeyPair};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::watch, time::sleep};
use tokio_rustls::TlsAcceptor;

use crate::world::{
    Shared, World,
    clock::Clock,
    exchange::{Reply, Request},
    server::{Task, converse, listen},
    sync::Script,
    tls,
};

pub const REGION: &str = "us-east-1";
pub const NAME: &str = "inventory";
const STACK: &str =
    "arn:aws:cloudformation:us-east-1:123456789012:stack/inventory/0f6b3a10-c8a1-11f0-8e11-0242ac120002";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Plain,
    Tls,
}

/// Whom the contenders trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// The test authority alone.
    Test,
    /// It, and all that this machine trusts: in Lambda, too, a platform's authorities have to be read.
    Platform,
    /// It, and [`OTHERS`] that are alike on every machine, to count with.
    Made,
}

/// So many authorities, each of such a size, are what Mozilla's list comes to.
const OTHERS: u64 = 144;
const OTHERS_BYTES: usize = 1_100;

/// A certificate authority for one run of the benchmark, and the servers' certificate.
pub struct Authority {
    file: PathBuf,
    file_with_platform: Option<PathBuf>,
    file_with_made: PathBuf,
    acceptor: TlsAcceptor,
}

impl Authority {
    pub fn new(folder: &Path) -> Self {
        let tls = tls::Authority::new("authority of the benchmark");
        let file = folder.join("authority.pem");
        fs::write(&file, &tls.pem).expect("a file for the authority");
        let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
        let beside = |name: &str, others: &[u8]| {
            let both = folder.join(name);
            fs::write(&both, [others, tls.pem.as_bytes()].concat()).expect("a file for the authorities");
            both
        };
        let file_with_platform = bundles
            .iter()
            .find_map(|bundle| fs::read(bundle).ok())
            .map(|bundle| beside("authority-and-platform.pem", &bundle));
        let others: String = (0..OTHERS).map(other_authority).collect();
        let file_with_made = beside("authority-and-others.pem", others.as_bytes());
        Self { file, file_with_platform, file_with_made, acceptor: tls.acceptor }
    }
}

fn other_authority(number: u64) -> String {
    let mut params = tls::params_of(&format!("another authority {number:03}"));
    let small = params.self_signed(&KeyPair::generate().expect("a key")).expect("an authority").der().len();
    let filler = vec![0; OTHERS_BYTES - small];
    params.custom_extensions.push(CustomExtension::from_oid_content(&[2, 999, 1], filler));
    params.self_signed(&KeyPair::generate().expect("a key")).expect("an authority").pem()
}

/// A world for one process.
pub struct Place {
    pub world: Shared,
    pub wire: Wire,
    ssm: SocketAddr,
    bucket: SocketAddr,
    taken: watch::Sender<Vec<Instant>>,
    ssm_connections: Arc<AtomicUsize>,
    _tasks: [Task; 2],
    events: u64,
}

impl Place {
    /// `rtt` is a round trip: one for TCP, one for TLS, one a request.
    pub async fn open(wire: Wire, authority: &Authority, rtt: Duration) -> io::Result<Self> {
        let world = Shared::new(World::default(), Clock::Real);
        {
            let mut world = world.lock();
            // The first look shows a status, so that a Create is one Create, one List and one PUT.
            world.ssm.first_sync = Script::successful();
            world.ssm.page_size = 50;
        }
        let (taken, _) = watch::channel(Vec::new());
        let acceptor = (wire == Wire::Tls).then(|| authority.acceptor.clone());
        let ssm_connections = Arc::default();
        let (ssm, ssm_task) = serve(&world, &taken, acceptor.clone(), rtt, &ssm_connections).await?;
        let (bucket, bucket_task) = serve(&world, &taken, acceptor, rtt, &Arc::default()).await?;
        Ok(Self { world, wire, ssm, bucket, taken, ssm_connections, _tasks: [ssm_task, bucket_task], events: 0 })
    }

    fn scheme(&self) -> &'static str {
        if self.wire == Wire::Tls { "https" } else { "http" }
    }

    /// What Lambda sets, and what leads to this place.
    pub fn environment(&self, api: SocketAddr, authority: &Authority, roots: Roots) -> Vec<(&'static str, String)> {
        let file = match roots {
            Roots::Test => &authority.file,
            Roots::Platform => authority.file_with_platform.as_ref().unwrap_or(&authority.file_with_made),
            Roots::Made => &authority.file_with_made,
        };
        let file = file.display().to_string();
        let mut environment = vec![
            ("AWS_LAMBDA_RUNTIME_API", api.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", "resource-data-sync".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/resource-data-sync".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef".to_owned()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret".to_owned()),
            ("AWS_SESSION_TOKEN", "not-a-token".to_owned()),
            ("AWS_ENDPOINT_URL_SSM", format!("{}://{}", self.scheme(), self.ssm)),
            ("RESPONSE_URL_EXTRA_HOSTS", self.bucket.ip().to_string()),
            ("SSL_CERT_FILE", file.clone()),
            ("AWS_CA_BUNDLE", file.clone()),
            ("NODE_EXTRA_CA_CERTS", file),
        ];
        for name in ["PATH", "HOME"] {
            environment.extend(env::var(name).ok().map(|value| (name, value)));
        }
        environment
    }

    /// A Create whose answer comes to this place.
    pub fn create(&mut self, properties: &Value) -> Vec<u8> {
        self.event(&json!({ "RequestType": "Create", "ResourceProperties": properties }))
    }

    /// An Update that changes nothing: one look.
    pub fn update(&mut self, properties: &Value) -> Vec<u8> {
        self.event(&json!({
            "RequestType": "Update",
            "PhysicalResourceId": properties["SyncName"],
            "ResourceProperties": properties,
            "OldResourceProperties": properties,
        }))
    }

    fn event(&mut self, members: &Value) -> Vec<u8> {
        self.events += 1;
        let request_id = format!("00000000-0000-4000-8000-{:012}", self.events);
        let base = format!("{}://{}/response", self.scheme(), self.bucket);
        let now_ms = self.world.clock.now_ms();
        let url = self.world.lock().bucket.issue(&base, STACK, "Sync", &request_id, Some(now_ms));
        let mut event = json!({
            "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:resource-data-sync",
            "ResponseURL": url,
            "StackId": STACK,
            "RequestId": request_id,
            "LogicalResourceId": "Sync",
            "ResourceType": "Custom::ResourceDataSync",
        });
        let members = members.as_object().into_iter().flatten();
        event.as_object_mut().expect("an object").extend(members.map(|(key, value)| (key.clone(), value.clone())));
        event.to_string().into_bytes()
    }

    /// Waits until the `nth` answer (the first is 1) is taken, and says when that was.
    pub async fn taken(&self, nth: usize) -> Instant {
        let mut taken = self.taken.subscribe();
        let taken = taken.wait_for(|taken| taken.len() >= nth).await.expect("the place outlives its visitors");
        taken[nth - 1]
    }

    /// One more for List to show, before those that come later.
    pub fn add_sync_of_somebody_else(&self, number: u64) {
        let now_ms = self.world.clock.now_ms();
        let sync = json!({
            "SyncName": format!("somebody-else-{number}"),
            "SyncType": "SyncToDestination",
            "S3Destination": { "BucketName": "other-logs", "Region": REGION, "SyncFormat": "JsonSerDe" },
        });
        self.world.lock().ssm.outsider_put(now_ms, REGION, &sync);
    }

    pub fn ssm_connections(&self) -> usize {
        self.ssm_connections.load(Ordering::Relaxed)
    }

    /// An outsider removes what was made, so that the next Create finds the name free.
    pub fn clear(&self) {
        let mut world = self.world.lock();
        let names: Vec<(String, String)> =
            world.ssm.all().map(|(region, sync)| (region.to_owned(), sync.name.clone())).collect();
        for (region, name) in names {
            world.ssm.outsider_delete(&region, &name);
        }
    }

    /// What is wrong with what the contender did, if anything.
    pub fn fault(&self) -> Option<String> {
        let world = self.world.lock();
        let last = world.bucket.puts.last().map(|put| String::from_utf8_lossy(&put.request.body).into_owned());
        let protests = world.ssm.protests.first().or(world.bucket.protests.first());
        let failed = last.filter(|body| !body.contains("SUCCESS"));
        protests.cloned().or(failed)
    }
}

pub fn properties() -> Value {
    json!({
        "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:resource-data-sync",
        "SyncName": NAME,
        "S3Destination": { "BucketName": "inventory-logs", "Region": REGION, "SyncFormat": "JsonSerDe" },
    })
}

async fn serve(
    world: &Shared,
    taken: &watch::Sender<Vec<Instant>>,
    acceptor: Option<TlsAcceptor>,
    rtt: Duration,
    connections: &Arc<AtomicUsize>,
) -> io::Result<(SocketAddr, Task)> {
    let listener = listen(0).await?;
    let address = listener.local_addr()?;
    let (world, taken, connections) = (world.clone(), taken.clone(), connections.clone());
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            connections.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(welcome(stream, world.clone(), taken.clone(), acceptor.clone(), rtt));
        }
    });
    Ok((address, Task(task)))
}

async fn welcome(
    stream: TcpStream,
    world: Shared,
    taken: watch::Sender<Vec<Instant>>,
    acceptor: Option<TlsAcceptor>,
    rtt: Duration,
) {
    let answer = move |mut request: Request| {
        let (world, taken) = (world.clone(), taken.clone());
        async move {
            pause(rtt).await;
            // crhelper sends one that is empty, which a signature without one covers.
            request.headers.retain(|(name, value)| name != "content-type" || !value.is_empty());
            let is_put = request.method == "PUT";
            let Reply::Answer(answer) = world.handle(&request) else { return None };
            if is_put && answer.status == 200 {
                taken.send_modify(|taken| taken.push(Instant::now()));
            }
            Some(answer)
        }
    };
    pause(rtt).await;
    let Some(acceptor) = acceptor else { return converse(stream, answer).await };
    pause(rtt).await;
    match acceptor.accept(stream).await {
        Ok(stream) => converse(stream, answer).await,
        Err(error) => eprintln!("no TLS: {error}"),
    }
}

async fn pause(rtt: Duration) {
    if !rtt.is_zero() {
        sleep(rtt).await;
    }
}
