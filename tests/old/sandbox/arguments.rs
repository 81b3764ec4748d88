//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::faults::{self, NamedFault};

pub const HELP: &str = "\
Plays CloudFormation events to the real function, on this machine, without AWS.

USAGE
  cargo sandbox [OPTIONS] [FILE | FOLDER]...   plays events (default: the folder events/)
  cargo sandbox serve [OPTIONS]                keeps the stand-ins up until Ctrl-C

  Events are CloudFormation's own JSON: a file holds one, or an array of them; the files of a folder are played in the
  order of their names. ResponseURL is replaced by one of the sandbox's bucket (unless it is null). A PhysicalResourceId of
  \"@previous\" becomes the id that the last answer for that StackId and LogicalResourceId carried. An event may have a member
  \"Sandbox\": {\"title\": \"...\", \"faults\": [\"throttle\"], \"outsider\": [{\"region\": \"...\", \"sync\": {...}}]}.

OPTIONS
  --fault NAME[:OPERATION][:K]   something goes wrong in every event, at the K-th call of the operation
                                 (list, create, update, delete); may be given more than once
  --list-faults                  the names, and what each does
  --deadline SECONDS             the function's time-out (default 180)
  --logs                         show the function's own log lines
  --release                      build the function with --release
  --bootstrap PATH               use this binary instead of building one
  --port-base N                  serve: use the ports N, N+1 and N+2 (default 9100)
  --color auto|always|never      default auto: on a terminal, unless NO_COLOR is set
  --help                         this text

EXIT STATUS
  0  every event was answered, SUCCESS or FAILED
  1  an event was not answered, or with something that CloudFormation would not take
  2  the sandbox could not do what was asked: a file, its JSON, an option, a port, the build
";

#[derive(Debug)]
pub enum Command {
    Help,
    ListFaults,
    Play,
    Serve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Debug,
    Release,
}

#[derive(Debug)]
pub struct Arguments {
    pub command: Command,
    pub paths: Vec<PathBuf>,
    pub faults: Vec<NamedFault>,
    pub deadline: Duration,
    pub logs: bool,
    pub profile: Profile,
    pub bootstrap: Option<PathBuf>,
    pub port_base: u16,
    pub color: Color,
}

/// Reads the arguments; the error is one line for a person.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut parsed = Arguments {
        command: Command::Play,
        paths: Vec::new(),
        faults: Vec::new(),
        deadline: Duration::from_secs(180),
        logs: false,
        profile: Profile::Debug,
        bootstrap: None,
        port_base: 9100,
        color: Color::Auto,
    };
    let mut words = arguments.flat_map(split_assignment).peekable();
    let mut first = true;
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value; see --help"));
        match word.as_str() {
            "--help" | "-h" => parsed.command = Command::Help,
            "--list-faults" => parsed.command = Command::ListFaults,
            "--fault" => parsed.faults.push(faults::named(&value()?)?),
            "--deadline" => parsed.deadline = Duration::from_secs(number(&word, &value()?, 1, 900)?),
            "--logs" => parsed.logs = true,
            "--release" => parsed.profile = Profile::Release,
            "--bootstrap" => parsed.bootstrap = Some(value()?.into()),
            "--port-base" => {
                let base = number(&word, &value()?, 1, u64::from(u16::MAX) - 2)?;
                parsed.port_base = u16::try_from(base).unwrap_or(u16::MAX);
            }
            "--color" => {
                parsed.color = match value()?.as_str() {
                    "auto" => Color::Auto,
                    "always" => Color::Always,
                    "never" => Color::Never,
                    other => {
                        return Err(format!("--color {other}: auto, always or never"));
                    }
                }
            }
            "serve" if first => parsed.command = Command::Serve,
            option if option.starts_with('-') => {
                return Err(format!("unknown option {option}; see --help"));
            }
            path => parsed.paths.push(path.into()),
        }
        first = false;
    }
    if matches!(parsed.command, Command::Serve) && !parsed.paths.is_empty() {
        return Err("serve takes no files: send events to its invoke URL".to_owned());
    }
    Ok(parsed)
}

/// `--name=value` as two words.
fn split_assignment(word: String) -> Vec<String> {
    match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name.to_owned(), value.to_owned()],
        _ => vec![word],
    }
}

fn number(option: &str, text: &str, least: u64, most: u64) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{option} {text}: a whole number from {least} to {most}"))
}
