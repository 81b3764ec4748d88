//! The one integration-test binary.

mod policy;
mod properties;
mod stage;
mod transcripts;
mod world;
mod world_tests;
