//! Keeps the fake AWS up on fixed ports, for other tools and other people's events.

use std::time::Duration;

use tokio::time::interval;

use crate::arguments::Arguments;
use crate::fake::FakeAws;
use crate::fake::clock::Clock;
use crate::fake::process::{Process, REGION, redirections};
use crate::fake::runtime_api::RuntimeApi;
use crate::fake::server::Server;
use crate::transcript::transcript;
use crate::{Failure, binary};

/// How often the transcript is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Until Ctrl-C.
pub async fn serve(arguments: &Arguments) -> Result<(), Failure> {
    let bootstrap = binary::bootstrap(arguments)?;
    let aws = FakeAws::new(Clock::Real);
    aws.lock().bucket.open = true;
    let api = RuntimeApi::start(arguments.listen, arguments.port_base, arguments.deadline).await?;
    let server = Server::start(&aws, arguments.listen, arguments.port_base + 1).await?;
    for fault in &arguments.faults {
        aws.lock().inject(fault.clone());
    }
    let mut process = Process::start(&bootstrap, &aws, server.address, api, &[]).await?;
    welcome(&aws, &server, &process);
    let start_ms = aws.clock.now_ms();
    let (mut calls, mut lines) = (0, 0);
    let mut glances = interval(GLANCE);
    loop {
        glances.tick().await;
        if !matches!(process.child.try_wait(), Ok(None)) {
            process.restart().await?;
        }
        {
            let aws = aws.lock();
            print!("{}", transcript(&aws.calls[calls..], start_ms));
            calls = aws.calls.len();
        }
        if arguments.logs {
            let new = process.logs.after(lines);
            lines += new.len();
            new.iter().for_each(|line| println!("  | {line}"));
        }
    }
}

fn welcome(aws: &FakeAws, server: &Server, process: &Process) {
    let api = process.api.address;
    println!("The function, through this machine's own Lambda:");
    println!("  cargo lambda invoke -A {} -P {} resource-data-sync --data-file event.json", api.ip(), api.port());
    println!("For a function that runs elsewhere (cargo lambda watch, sam local invoke):");
    let host = server.address.ip().to_string();
    for (name, value) in redirections(&host, server.address.port(), &aws.lock().table.name) {
        println!("  {name}={value}");
    }
    println!("  AWS_REGION={REGION} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any");
    println!("The ResponseURL of an event: {}/anything", server.response_base());
    println!("Ctrl-C ends it. The calls from now on:");
}
