//! The sandbox: the real function, on this machine, against a fake AWS.
//!
//! It shares the fake AWS and the transcript with the tests. `--help` says how to use it.

mod arguments;
mod binary;
mod events;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/it/fake/mod.rs"]
mod fake;
mod play;
mod serve;
#[path = "../../tests/it/transcript.rs"]
mod transcript;

use std::process::ExitCode;

use self::arguments::{Arguments, Command, HELP};

/// What is said to a person who could not be served.
type Failure = Box<dyn std::error::Error>;

/// Whether every event ended as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    AsExpected,
    Unexpected,
}

#[tokio::main]
async fn main() -> ExitCode {
    let verdict = tokio::select! {
        verdict = run() => verdict,
        _ = tokio::signal::ctrl_c() => Ok(Verdict::AsExpected),
    };
    match verdict {
        Ok(Verdict::AsExpected) => ExitCode::SUCCESS,
        Ok(Verdict::Unexpected) => 1.into(),
        Err(failure) => {
            eprintln!("sandbox: {failure}");
            2.into()
        }
    }
}

async fn run() -> Result<Verdict, Failure> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    match arguments.command {
        Command::Help => print!("{HELP}"),
        Command::Serve => serve::serve(&arguments).await?,
        Command::Play => return play::play(&arguments).await,
    }
    Ok(Verdict::AsExpected)
}
