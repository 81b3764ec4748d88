//! The world around the function, small enough to hold in one hand.
//!
//! The stand-ins are pure state machines: [`ssm`] and [`bucket`] turn a request and a time into a reply, and
//! [`cloudformation`] turns templates into events. None of them has a clock, a socket or a task of its own. Two adapters
//! carry them: [`wire`] puts them behind the SDK's HTTP seam for tests with paused time, [`server`] behind loopback sockets
//! for the real binary, which [`process`] starts under the Runtime API of [`runtime_api`].

#![allow(clippy::allow_attributes, reason = "not every user leaves a part unused")]
#![allow(dead_code, reason = "the tests and the sandbox share this module, and each uses a part of it")]

pub mod bucket;
pub mod clock;
pub mod cloudformation;
pub mod exchange;
pub mod fault;
pub mod journal;
pub mod model;
pub mod process;
pub mod runtime_api;
pub mod server;
pub mod ssm;
pub mod sync;
pub mod tls;
pub mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::bucket::Bucket;
use self::clock::Clock;
use self::exchange::{Answer, Reply, Request};
use self::ssm::Ssm;

/// The account that everything happens in.
pub const ACCOUNT: &str = "123456789012";

/// All that the function can reach.
#[derive(Debug, Default)]
pub struct World {
    pub ssm: Ssm,
    pub bucket: Bucket,
}

impl World {
    /// A request with an `X-Amz-Target` is for SSM, in the Region that its signature names; any other is for the bucket. A
    /// HEAD asks for nothing, and both say so.
    pub fn handle(&mut self, now_ms: u64, request: &Request) -> Reply {
        if request.method == "HEAD" {
            return Reply::Answer(Answer { status: 404, headers: Vec::new(), body: Vec::new() });
        }
        match request.header("x-amz-target") {
            Some(target) => {
                let region = request.region().unwrap_or("us-east-1");
                self.ssm.handle(now_ms, region, target, &request.body)
            }
            None => self.bucket.handle(now_ms, request),
        }
    }
}

/// A world and its time, shared by everything that serves it.
#[derive(Clone, Debug)]
pub struct Shared {
    world: Arc<Mutex<World>>,
    pub clock: Clock,
}

impl Shared {
    pub fn new(world: World, clock: Clock) -> Self {
        Self { world: Arc::new(Mutex::new(world)), clock }
    }

    /// A test that panics while it holds the world must not hide its message behind a poisoned lock.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn handle(&self, request: &Request) -> Reply {
        let now_ms = self.clock.now_ms();
        self.lock().handle(now_ms, request)
    }
}
