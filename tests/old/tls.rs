//! TLS, from the real binary: whose certificates it takes.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;
use tokio::{io::copy_bidirectional, net::TcpStream};

use crate::{
    e2e::{Lambda, check, inventory, reason},
    world::{
        Shared, World,
        clock::Clock,
        server::{Servers, Task, listen},
        tls::Authority,
    },
};

/// TLS in front of a server without.
async fn in_front_of(server: SocketAddr, authority: &Authority) -> (SocketAddr, Task) {
    let listener = listen(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = authority.acceptor.clone();
    let accepting = async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut client = acceptor.accept(stream).await?;
                copy_bidirectional(&mut client, &mut TcpStream::connect(server).await?).await
            });
        }
    };
    (address, Task(tokio::spawn(accepting)))
}

/// The function with TLS between it and SSM; the bucket has a door with TLS and one without.
struct Secured {
    lambda: Lambda,
    bucket: SocketAddr,
    _tasks: [Task; 2],
}

impl Secured {
    async fn start(authority: &Authority, trust: (&str, &Path)) -> Self {
        let world = Shared::new(World::default(), Clock::Real);
        let servers = Servers::start(&world, 0, 0).await.unwrap();
        let (ssm, ssm_task) = in_front_of(servers.ssm, authority).await;
        let (bucket, bucket_task) = in_front_of(servers.bucket, authority).await;
        let endpoint = format!("https://{ssm}");
        let overrides = [("AWS_ENDPOINT_URL_SSM", endpoint.as_str()), (trust.0, trust.1.to_str().unwrap())];
        let lambda = Lambda::start_in(world, servers, &overrides).await;
        Self { lambda, bucket, _tasks: [ssm_task, bucket_task] }
    }
}

/// A file in a folder of its own.
fn file(folder: &str, content: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("authorities.pem");
    fs::write(&file, content).unwrap();
    file
}

#[tokio::test]
async fn who_is_trusted_by_the_environment_is_asked_and_told() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let bundle = format!("# Two of them.\r\n{}\r\n{}", other.pem, authority.pem);
    let text = file("tls-text", bundle.as_bytes());
    // A comment in another encoding.
    let bytes = file("tls-bytes", &[b"# Tan\xfas\xedtv\xe1ny\n", bundle.as_bytes()].concat());
    for trust in
        [("SSL_CERT_FILE", text.as_path()), ("SSL_CERT_FILE", &bytes), ("SSL_CERT_DIR", text.parent().unwrap())]
    {
        let Secured { mut lambda, bucket, _tasks } = Secured::start(&authority, trust).await;
        let mut event = lambda.event_of_age(0, "Create", &inventory());
        let plain = format!("http://{}", lambda.servers.bucket);
        let url = event["ResponseURL"].as_str().unwrap().replace(&plain, &format!("https://{bucket}"));
        event["ResponseURL"] = json!(url);
        check(&lambda.send(&event).await, "SUCCESS", "inventory");
    }
}

#[tokio::test]
async fn who_is_not_trusted_hears_nothing_and_the_reason_says_so() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let others = file("tls-others", other.pem.as_bytes());
    for path in [others.as_path(), Path::new("/nowhere")] {
        let Secured { mut lambda, _tasks, .. } = Secured::start(&authority, ("SSL_CERT_FILE", path)).await;
        let event = lambda.event_of_age(0, "Create", &inventory());
        let outcome = lambda.function.invoke(&event, Duration::from_secs(2)).await.unwrap();
        let reason = reason(&outcome);
        assert!(reason.contains("invalid peer certificate: UnknownIssuer"), "{path:?}: {reason}");
        assert!(lambda.world.lock().ssm.counts().is_empty(), "{path:?}");
    }
}
