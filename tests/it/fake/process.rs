//! The real binary as a child process, in the environment that Lambda would give it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::FakeAws;
use super::call_log::Call;
use super::runtime_api::{Ended, RuntimeApi};

/// Where the process runs, and where its table is.
pub const REGION: &str = "us-east-1";
pub const LOG_STREAM: &str = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef";

/// How long the pipes may take to hand over the last lines of a log.
const LOG_DELAY: Duration = Duration::from_millis(20);

/// A running `bootstrap`, killed when dropped.
#[derive(Debug)]
pub struct Process {
    pub api: RuntimeApi,
    pub logs: Logs,
    pub child: Child,
    aws: FakeAws,
    binary: PathBuf,
    environment: Vec<(String, String)>,
}

/// What one invocation came to.
#[derive(Debug)]
pub struct Invoked {
    pub ended: Ended,
    /// The calls that were made meanwhile.
    pub calls: Vec<Call>,
    /// The lines that the function wrote meanwhile.
    pub logs: Vec<String>,
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

    fn push(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Process {
    /// Everything leads to the fake AWS at `endpoint`. `overrides` come on top of Lambda's environment; an empty value
    /// removes a variable.
    pub async fn start(
        binary: &Path,
        aws: &FakeAws,
        endpoint: SocketAddr,
        api: RuntimeApi,
        overrides: &[(&str, &str)],
    ) -> io::Result<Self> {
        aws.lock().table.region = REGION.to_owned();
        let lambda = [
            ("AWS_LAMBDA_RUNTIME_API", api.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", "resource-data-sync".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/resource-data-sync".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", LOG_STREAM.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret".to_owned()),
            ("AWS_SESSION_TOKEN", "not-a-token".to_owned()),
        ];
        let redirections = redirections(&endpoint.ip().to_string(), endpoint.port(), &aws.lock().table.name);
        let mut environment: Vec<(String, String)> =
            lambda.into_iter().chain(redirections).map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in overrides {
            environment.retain(|(existing, _)| existing != name);
            if !value.is_empty() {
                environment.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let logs = Logs::default();
        let child = spawn(binary, &environment, &logs)?;
        Ok(Self { api, logs, aws: aws.clone(), binary: binary.to_owned(), environment, child })
    }

    /// Delivers one event. As in Lambda, a process that missed its deadline or ended is replaced by a new one.
    pub async fn invoke(&mut self, event: &Value, limit: Duration) -> io::Result<Invoked> {
        let calls_before = self.aws.lock().calls.len();
        let logs_before = self.logs.after(0).len();
        let ended = tokio::select! {
            ended = self.api.invoke(event.to_string(), limit) => ended,
            status = self.child.wait() => Ended::Exited(status?.to_string()),
        };
        if matches!(ended, Ended::TimedOut | Ended::Exited(_)) {
            self.restart().await?;
        }
        sleep(LOG_DELAY).await;
        let calls = self.aws.lock().calls[calls_before..].to_vec();
        Ok(Invoked { ended, calls, logs: self.logs.after(logs_before) })
    }

    /// Kills the process, wherever it is, and starts another.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.child.kill().await.ok();
        self.child = spawn(&self.binary, &self.environment, &self.logs)?;
        Ok(())
    }
}

fn spawn(binary: &Path, environment: &[(String, String)], logs: &Logs) -> io::Result<Child> {
    let mut child = Command::new(binary)
        .env_clear()
        .envs(environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", binary.display())))?;
    keep(child.stdout.take(), logs);
    keep(child.stderr.take(), logs);
    Ok(child)
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

/// The variables that lead a function to the fake AWS.
pub fn redirections(host: &str, port: u16, table: &str) -> [(&'static str, String); 4] {
    [
        ("AWS_ENDPOINT_URL_SSM", format!("http://{host}:{port}")),
        ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{host}:{port}")),
        ("OWNERSHIP_TABLE", table.to_owned()),
        ("RESPONSE_URL_EXTRA_HOSTS", host.to_owned()),
    ]
}
