//! The sandbox: the real function, on this machine, against stand-ins for everything that it talks to.
//!
//! It shares its stand-ins with the tests (`tests/it/world`). `--help` says how to use it.

mod arguments;
mod binary;
mod conversation;
mod events;
mod faults;
mod paint;
mod serve;
mod tour;
mod wording;
#[path = "../../tests/it/world/mod.rs"]
mod world;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use self::arguments::{Arguments, Command, HELP};
use self::paint::Paper;
use self::tour::Answered;

const NOT_ANSWERED: u8 = 1;
const NOT_DONE: u8 = 2;
const INTERRUPTED: u8 = 130;

/// Why the sandbox could not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// For a person.
    Told(String),
    /// Nobody reads on.
    BrokenPipe,
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Told(text)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Told(error.to_string()),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let code = tokio::select! {
        done = run() => match done {
            Ok(Answered::Well) | Err(Failure::BrokenPipe) => 0,
            Ok(Answered::Badly) => NOT_ANSWERED,
            Err(Failure::Told(text)) => {
                eprintln!("sandbox: {text}");
                NOT_DONE
            }
        },
        _ = tokio::signal::ctrl_c() => INTERRUPTED,
    };
    code.into()
}

async fn run() -> Result<Answered, Failure> {
    let arguments = arguments::parse(std::env::args().skip(1))?;
    let paper = Paper::new(arguments.color);
    match arguments.command {
        Command::Help => paper.line(HELP)?,
        Command::ListFaults => paper.line(faults::list())?,
        Command::Serve => {
            let binary = function(&arguments)?;
            serve::serve(&paper, &arguments, &binary).await?;
        }
        Command::Play => {
            let paths = if arguments.paths.is_empty() {
                vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("events")]
            } else {
                arguments.paths.clone()
            };
            let scenes = events::load(&paths)?;
            let binary = function(&arguments)?;
            return tour::play(&paper, &arguments, &binary, &scenes).await;
        }
    }
    Ok(Answered::Well)
}

/// The binary to run: the one that was named, else one built now.
fn function(arguments: &Arguments) -> Result<PathBuf, Failure> {
    match &arguments.bootstrap {
        Some(path) if path.is_file() => Ok(path.clone()),
        Some(path) => Err(format!("{}: no such file", path.display()).into()),
        None => Ok(binary::build(arguments.profile)?),
    }
}
