//! The one integration-test binary.

mod lifecycle;
mod messages;
mod policy;
mod properties;
mod stage;
mod transcripts;
mod world;
mod world_tests;
