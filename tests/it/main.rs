//! The one integration-test binary.

mod policy;
mod simulation;
mod stage;
mod transcripts;
mod world;
mod world_tests;
