//! Lambda: brings an event to processes of the function, once or more, and stops some of them.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

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
        Delivery::Again { after_s } => {
            until_reported(env, text).await?;
            env.pass(after_s).await;
            invoke(env, &env.another_process(), text).await.map(drop)
        }
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
    for attempt in 0..=REDELIVERED_AFTER_S.len() {
        if invoke(env, &env.function, text).await? {
            return Ok(());
        }
        if let Some(pause_s) = REDELIVERED_AFTER_S.get(attempt) {
            env.pass(*pause_s).await;
        }
    }
    Ok(())
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

/// An invocation whose process is stopped after so many calls, before it hears of the last: then it gives nothing.
pub struct Mortal<F> {
    inner: Pin<Box<F>>,
    aws: FakeAws,
    calls: usize,
}

impl<F: Future> Mortal<F> {
    pub fn new(env: &Env, inner: F, calls: usize) -> Self {
        let before = env.aws.lock().calls.len();
        Self { inner: Box::pin(inner), aws: env.aws.clone(), calls: before.saturating_add(calls) }
    }

    /// It was only frozen.
    pub fn go_on(mut self: Pin<&mut Self>) -> Pin<&mut Self> {
        self.calls = usize::MAX;
        self
    }
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.inner.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if self.aws.lock().calls.len() >= self.calls { Poll::Ready(None) } else { Poll::Pending }
    }
}
