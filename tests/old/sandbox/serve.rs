//! Keeps the stand-ins up on fixed ports, for other tools and other people's events.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::time::interval;

use crate::Failure;
use crate::arguments::Arguments;
use crate::conversation::Conversation;
use crate::paint::{Ink, Paper};
use crate::world::clock::Clock;
use crate::world::process::{Function, redirections};
use crate::world::runtime_api::RuntimeApi;
use crate::world::server::Servers;
use crate::world::{Shared, World};

const HOME_REGION: &str = "us-east-1";
const GLANCE: Duration = Duration::from_millis(50);

/// Until Ctrl-C.
pub async fn serve(paper: &Paper, arguments: &Arguments, binary: &Path) -> Result<(), Failure> {
    let world = Shared::new(World::default(), Clock::Real);
    let base = arguments.port_base;
    let api = RuntimeApi::start(base, HOME_REGION, arguments.deadline).await?;
    let servers = Servers::start(&world, base + 1, base + 2).await?;
    world.lock().bucket.open = true;
    let now_ms = world.clock.now_ms();
    for fault in &arguments.faults {
        fault.arrange(&mut world.lock(), now_ms, HOME_REGION, &json!({}));
    }
    let mut function = Function::start(binary, &world, &servers, api, &[]).await?;
    welcome(paper, &world, &servers, &function)?;
    let mut conversation = Conversation::new(paper, world.clock.now_ms());
    let (mut calls, mut puts, mut lines) = (0, 0, 0);
    let mut glances = interval(GLANCE);
    loop {
        glances.tick().await;
        if function.has_ended() {
            function.restart().await?;
        }
        let (new_calls, new_puts) = {
            let world = world.lock();
            let new_calls = world.ssm.journal[calls..].to_vec();
            (new_calls, world.bucket.puts[puts..].to_vec())
        };
        calls += new_calls.len();
        puts += new_puts.len();
        for call in &new_calls {
            conversation.call(call)?;
        }
        for put in &new_puts {
            conversation.put(put)?;
            paper.line(format!("               {}", paper.wrapped(15, &String::from_utf8_lossy(&put.request.body))))?;
        }
        if arguments.logs {
            for line in function.logs.after(lines) {
                conversation.log(&line)?;
                lines += 1;
            }
        }
    }
}

fn welcome(paper: &Paper, world: &Shared, servers: &Servers, function: &Function) -> Result<(), Failure> {
    let api = function.api.address;
    let url = world.lock().bucket.issue(
        &servers.response_base(),
        "arn:aws:cloudformation:us-east-1:123456789012:stack/my-stack/0a1b2c3d-0000-4000-8000-0123456789ab",
        "InventorySync",
        "5f6e7d8c-0000-4000-8000-ba9876543210",
        None,
    );
    let heading = |text: &str| paper.ink(Ink::Bold, text);
    paper.line(heading("The function, through this machine's own Lambda"))?;
    paper.line(format!(
        "   cargo lambda invoke -A 127.0.0.1 -P {} resource-data-sync --data-file event.json",
        api.port()
    ))?;
    paper.line(format!("   aws lambda invoke --endpoint-url http://{api} --function-name resource-data-sync --payload fileb://event.json out.json"))?;
    paper.blank()?;
    paper.line(heading("For a function that runs elsewhere (cargo lambda watch, sam local invoke)"))?;
    for (name, value) in redirections(servers) {
        paper.line(format!("   {name}={value}"))?;
    }
    paper.line("   AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any")?;
    paper.line(
        paper.ink(Ink::Dim, "   (the stand-ins listen on loopback: give sam local invoke --docker-network host)"),
    )?;
    paper.blank()?;
    paper.line(heading("A ResponseURL for an event; any path below /response/ is taken"))?;
    paper.line(format!("   {url}"))?;
    paper.blank()?;
    paper.line(paper.ink(Ink::Dim, "Ctrl-C ends it. What happens from now on:"))?;
    Ok(())
}
