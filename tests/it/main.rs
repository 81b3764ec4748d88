//! The one integration-test binary.

mod answer;
mod calls;
mod e2e;
mod lifecycle;
mod messages;
mod policy;
mod properties;
mod simulation;
mod stage;
mod tidy;
mod transcripts;
mod world;
mod world_tests;
