//! The command line.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Failure;
use crate::fake::fault::{Fault, FaultKind, Op};
use crate::fake::server::LOOPBACK;

pub const HELP: &str = "\
Plays CloudFormation events to the real function, on this machine, without AWS.

USAGE
  cargo sandbox [OPTIONS] [FILE | FOLDER]...   plays events (default: the folder events/)
  cargo sandbox serve [OPTIONS]                keeps the fake AWS up until Ctrl-C, for other tools

OPTIONS
  --fault OPERATION:KIND[:K]   something goes wrong at the K-th call of the operation, in every event; may be repeated
                               operations  List Create Update Delete GetItem PutItem Scan PutObject
                               kinds       throttle error error-after lost-before lost hang denied invalid s3-write-failed
  --deadline SECONDS           the function's time-out (default 180)
  --logs                       show the function's own log lines
  --bootstrap PATH             use this binary instead of building one
  --listen ADDRESS             serve: the address to listen on (default 127.0.0.1)
  --port-base N                serve: the Runtime API at port N, the fake AWS at N+1 (default 9100)

EXIT STATUS
  0  every event ended as expected: with SUCCESS, or with the \"expect\" of its \"Sandbox\" (events/README.md)
  1  one did not
  2  the sandbox could not do what was asked: a file, its JSON, an option, a port, the build
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Play,
    Serve,
}

#[derive(Debug)]
pub struct Arguments {
    pub command: Command,
    pub paths: Vec<PathBuf>,
    pub faults: Vec<Fault>,
    pub deadline: Duration,
    pub logs: bool,
    pub bootstrap: Option<PathBuf>,
    pub listen: IpAddr,
    pub port_base: u16,
}

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut parsed = Self {
            command: Command::Play,
            paths: Vec::new(),
            faults: Vec::new(),
            deadline: Duration::from_secs(180),
            logs: false,
            bootstrap: None,
            listen: LOOPBACK,
            port_base: 9100,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value; see --help"));
            match word.as_str() {
                "serve" => parsed.command = Command::Serve,
                "--help" | "-h" => parsed.command = Command::Help,
                "--fault" => parsed.faults.push(fault(&value()?)?),
                "--deadline" => parsed.deadline = Duration::from_secs(value()?.parse()?),
                "--logs" => parsed.logs = true,
                "--bootstrap" => parsed.bootstrap = Some(value()?.into()),
                "--listen" => parsed.listen = value()?.parse()?,
                "--port-base" => parsed.port_base = value()?.parse()?,
                option if option.starts_with('-') => return Err(format!("unknown option {option}; see --help").into()),
                path => parsed.paths.push(path.into()),
            }
        }
        if parsed.paths.is_empty() {
            parsed.paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("events"));
        }
        Ok(parsed)
    }
}

/// Reads `OPERATION:KIND[:K]`.
pub fn fault(text: &str) -> Result<Fault, Failure> {
    let mut parts = text.split(':');
    let (operation, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let nth: u32 = parts.next().map_or(Ok(1), str::parse)?;
    let op = Op::ALL.into_iter().find(|op| op.name().trim_end_matches("ResourceDataSync") == operation);
    let op = op.ok_or_else(|| format!("{text}: no operation {operation}; see --help"))?;
    let kind = match kind {
        "throttle" => FaultKind::Throttle,
        "error" => FaultKind::ErrorBefore,
        "error-after" => FaultKind::ErrorAfter,
        "lost-before" => FaultKind::LoseReplyBefore,
        "lost" => FaultKind::LoseReplyAfter,
        "hang" => FaultKind::Hang,
        "denied" => FaultKind::ExplicitDeny,
        "invalid" => FaultKind::Invalid("The bucket does not exist.".to_owned()),
        "s3-write-failed" => FaultKind::S3WriteFailed,
        _ => return Err(format!("{text}: no fault {kind}; see --help").into()),
    };
    Ok(Fault::at(op, kind).nth(nth))
}
