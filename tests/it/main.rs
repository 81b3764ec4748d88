//! The one integration-test binary.

mod answer;
mod lifecycle;
mod messages;
mod policy;
mod properties;
mod simulation;
mod stage;
mod transcripts;
mod world;
mod world_tests;
