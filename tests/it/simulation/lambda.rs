//! Lambda: brings an event to processes of the function, once or more, and stops some of them.

use std::{future::poll_fn, pin::Pin, rc::Rc, task::Poll, time::Duration};

use resource_data_sync::handler::{Function, Invocation};
use serde_json::{Value, value::RawValue};
use tokio::time::{sleep, timeout};

use super::{invariants::Violation, scenario::Delivery};
use crate::{
    env::{Env, REGION},
    fake::{ACCOUNT, FakeAws, clock::utc},
};

const TIMEOUT: Duration = Duration::from_secs(900);
/// After an error, an event is delivered again.
const REDELIVERED_AFTER_S: [u64; 2] = [60, 120];

/// Brings an event to the function, and again after each error, as often as Lambda does.
pub async fn deliver(env: &Rc<Env>, text: &str, delivery: Delivery) -> Result<(), Violation> {
    match delivery {
        Delivery::Twice { apart_ms } => {
            let other = env.another_process();
            let (first, second) = tokio::join!(invoke(env, &env.function, text), async {
                sleep(Duration::from_millis(apart_ms)).await;
                invoke(env, &other, text).await
            });
            if first? || second? { Ok(()) } else { until_reported(env, text).await }
        }
        Delivery::Dropped => Ok(()),
        _ => until_reported(env, text).await,
    }
}

async fn until_reported(env: &Rc<Env>, text: &str) -> Result<(), Violation> {
    for pause_s in REDELIVERED_AFTER_S {
        if invoke(env, &env.function, text).await? {
            return Ok(());
        }
        env.pass(pause_s).await;
    }
    invoke(env, &env.function, text).await.map(drop)
}

/// One invocation. True: it says that CloudFormation was told.
pub async fn invoke(env: &Rc<Env>, function: &Function, text: &str) -> Result<bool, Violation> {
    let raw: Box<RawValue> = serde_json::from_str(text).expect("events are JSON");
    let deadline_ms = env.aws.clock.now_ms() + u64::try_from(TIMEOUT.as_millis()).expect("a short time");
    let invocation = Invocation {
        deadline: utc(deadline_ms),
        request_id: "invocation".to_owned(),
        function_arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:resource-data-sync"),
    };
    let event: Value = serde_json::from_str(text).expect("events are JSON");
    let request_id = event["RequestId"].as_str().expect("an id");
    let responses = || env.aws.lock().bucket.responses(request_id).len();
    let before = responses();
    match timeout(TIMEOUT, function.handle(&raw, &invocation)).await {
        Err(_) => Err(Violation::new("an invocation ends by itself", "Lambda has killed one".to_owned())),
        Ok(Ok(_)) if responses() == before => {
            Err(Violation::new("an invocation that ends well has told CloudFormation", request_id.to_owned()))
        }
        Ok(ended) => Ok(ended.is_ok()),
    }
}

/// What comes of an invocation, unless so many calls were made before: then its process has not heard of the last, and can go
/// on later.
pub async fn until<F: Future>(aws: &FakeAws, calls: usize, mut invocation: Pin<&mut F>) -> Option<F::Output> {
    let is_stopped = || aws.lock().calls.len() >= calls;
    poll_fn(|context| {
        if is_stopped() {
            return Poll::Ready(None);
        }
        match invocation.as_mut().poll(context) {
            Poll::Pending if !is_stopped() => Poll::Pending,
            Poll::Pending => Poll::Ready(None),
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
        }
    })
    .await
}
