//! Plays events one after another in one fake AWS, and prints the transcript.

use serde_json::Value;

use crate::arguments::Arguments;
use crate::events::{self, Scene};
use crate::fake::FakeAws;
use crate::fake::call_log::{Call, Outcome};
use crate::fake::clock::Clock;
use crate::fake::fault::Op;
use crate::fake::process::Process;
use crate::fake::runtime_api::{Ended, RuntimeApi};
use crate::fake::server::{LOOPBACK, Server};
use crate::transcript::transcript;
use crate::{Failure, Verdict, binary};

pub async fn play(arguments: &Arguments) -> Result<Verdict, Failure> {
    let scenes = events::load(&arguments.paths)?;
    let bootstrap = binary::bootstrap(arguments)?;
    let aws = FakeAws::new(Clock::Real);
    let server = Server::start(&aws, LOOPBACK, 0).await?;
    let api = RuntimeApi::start(LOOPBACK, 0, arguments.deadline).await?;
    let mut process = Process::start(&bootstrap, &aws, server.address, api, &[]).await?;
    let mut verdict = Verdict::AsExpected;
    for scene in &scenes {
        println!("{}  ({})", scene.title(), scene.file);
        let start_ms = aws.clock.now_ms();
        {
            let mut aws = aws.lock();
            scene.arrange(&mut aws, start_ms)?;
            for fault in &arguments.faults {
                aws.inject(fault.clone());
            }
        }
        let event = with_url(&scene.event, &aws, &server);
        let invoked = process.invoke(&event, arguments.deadline).await?;
        print!("{}", transcript(&invoked.calls, start_ms));
        if arguments.logs {
            invoked.logs.iter().for_each(|line| println!("  | {line}"));
        }
        if let Some(complaint) = complaint(scene, &invoked.ended, &invoked.calls) {
            println!("  ✗ {complaint}");
            verdict = Verdict::Unexpected;
        }
        println!();
        aws.lock().clear_faults();
    }
    let aws = aws.lock();
    for (region, sync) in aws.ssm.all() {
        println!("left in {region}: {}", sync.name);
    }
    for violation in &aws.violations {
        println!("✗ {violation}");
        verdict = Verdict::Unexpected;
    }
    Ok(verdict)
}

/// The event with a response URL of this fake AWS.
fn with_url(event: &Value, aws: &FakeAws, server: &Server) -> Value {
    let text = |member: &str| event[member].as_str().unwrap_or("none");
    let (stack_id, logical_id, request_id) = (text("StackId"), text("LogicalResourceId"), text("RequestId"));
    let now_ms = aws.clock.now_ms();
    let base = server.response_base();
    let url = aws.lock().bucket.issue(&base, stack_id, logical_id, request_id, Some(now_ms));
    let mut event = event.clone();
    event["ResponseURL"] = url.into();
    event
}

/// In what an event did not end as it should.
fn complaint(scene: &Scene, ended: &Ended, calls: &[Call]) -> Option<String> {
    let is_delivered = |call: &&Call| call.op == Op::Respond && matches!(call.outcome, Outcome::Done(_));
    let status = calls.iter().find(is_delivered).and_then(|call| call.body["Status"].as_str());
    match ended {
        Ended::Response(_) if status == Some(scene.expected()) => None,
        Ended::Response(_) => Some(format!("{} was expected", scene.expected())),
        Ended::Error(error) => Some(format!("the invocation failed: {error}")),
        Ended::TimedOut => Some("the function did not end in time".to_owned()),
        Ended::Exited(status) => Some(format!("the process ended: {status}")),
    }
}
