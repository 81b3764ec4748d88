//! The one integration-test binary.

mod calls;
mod policy;
mod stage;
mod transcripts;
mod world;
mod world_tests;
