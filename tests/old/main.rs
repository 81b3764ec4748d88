//! The one integration-test binary.

mod answer;
mod calls;
mod e2e;
mod fuzz;
mod lifecycle;
mod load;
mod messages;
mod mutants;
mod policy;
mod properties;
mod regressions;
mod simulation;
mod stage;
mod tidy;
mod tls;
mod transcripts;
mod transport;
mod world;
mod world_tests;
