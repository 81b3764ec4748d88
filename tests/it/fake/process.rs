//! The real binary as a child process, in the environment that Lambda would give it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::Shared;
use super::bucket::Put;
use super::runtime_api::{RuntimeApi, Told};
use super::server::Servers;

pub const LOG_STREAM: &str = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef";

/// How long the pipes may take to hand over the last lines of a log.
const LOG_DELAY: Duration = Duration::from_millis(20);

/// A running `bootstrap`, killed when dropped.
#[derive(Debug)]
pub struct Function {
    pub api: RuntimeApi,
    pub logs: Logs,
    world: Shared,
    launch: Launch,
    child: Child,
}

/// What one invocation came to.
#[derive(Debug)]
pub struct Outcome {
    pub told: Told,
    /// The requests that the bucket got meanwhile.
    pub puts: Vec<Put>,
    /// The lines that the function wrote meanwhile.
    pub logs: Vec<String>,
}

/// How to start the process, and start it again.
#[derive(Debug)]
struct Launch {
    binary: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a function wrote so far, on either stream.
#[derive(Clone, Debug, Default)]
pub struct Logs(Arc<Mutex<Vec<String>>>);

impl Logs {
    /// The lines after the first `skipped`.
    pub fn after(&self, skipped: usize) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(skipped..).unwrap_or_default().to_vec()
    }

    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn push(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Function {
    /// `overrides` come on top of Lambda's environment; an empty value removes a variable.
    pub async fn start(
        binary: &Path,
        world: &Shared,
        servers: &Servers,
        api: RuntimeApi,
        overrides: &[(&str, &str)],
    ) -> io::Result<Self> {
        let mut environment = environment(&api, servers);
        for (name, value) in overrides {
            environment.retain(|(existing, _)| existing != name);
            if !value.is_empty() {
                environment.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let launch = Launch { binary: binary.to_owned(), environment };
        let logs = Logs::default();
        let child = launch.spawn(&logs)?;
        Ok(Self { api, world: world.clone(), launch, child, logs })
    }

    /// Delivers one event. As in Lambda, a process that missed its deadline or ended is replaced by a new one.
    pub async fn invoke(&mut self, event: &Value, limit: Duration) -> io::Result<Outcome> {
        let puts_before = self.world.lock().bucket.puts.len();
        let logs_before = self.logs.count();
        let body = event.to_string().into_bytes();
        let told = tokio::select! {
            told = self.api.invoke(body, limit) => told,
            status = self.child.wait() => Told::Exited(status?.to_string()),
        };
        if matches!(told, Told::TimedOut | Told::Exited(_)) {
            self.restart().await?;
        }
        sleep(LOG_DELAY).await;
        Ok(Outcome {
            told,
            puts: self.world.lock().bucket.puts[puts_before..].to_vec(),
            logs: self.logs.after(logs_before),
        })
    }

    /// Kills the process, wherever it is, and starts another.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.child.kill().await.ok();
        self.child = self.launch.spawn(&self.logs)?;
        Ok(())
    }

    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Launch {
    fn spawn(&self, logs: &Logs) -> io::Result<Child> {
        let mut child = Command::new(&self.binary)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                let binary = self.binary.display();
                io::Error::new(error.kind(), format!("{binary}: {error}"))
            })?;
        keep(child.stdout.take(), logs);
        keep(child.stderr.take(), logs);
        Ok(child)
    }
}

fn keep(stream: Option<impl AsyncRead + Unpin + Send + 'static>, logs: &Logs) {
    let Some(stream) = stream else { return };
    let logs = logs.clone();
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            logs.push(line);
        }
    });
}

/// What Lambda sets, and what leads to the stand-ins.
pub fn environment(api: &RuntimeApi, servers: &Servers) -> Vec<(String, String)> {
    let lambda = [
        ("AWS_LAMBDA_RUNTIME_API", api.address.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", "resource-data-sync".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/resource-data-sync".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", LOG_STREAM.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret".to_owned()),
        ("AWS_SESSION_TOKEN", "not-a-token".to_owned()),
    ];
    lambda.into_iter().chain(redirections(servers)).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The variables that lead a function to the stand-ins instead of AWS.
pub fn redirections(servers: &Servers) -> [(&'static str, String); 2] {
    [
        ("AWS_ENDPOINT_URL_SSM", format!("http://{}", servers.ssm)),
        ("RESPONSE_URL_EXTRA_HOSTS", servers.bucket.ip().to_string()),
    ]
}
