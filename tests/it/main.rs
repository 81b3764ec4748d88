//! The one integration-test binary.

mod arbitrary;
mod config;
mod delivery;
mod e2e;
mod enumeration;
mod env;
mod fake;
mod fake_tests;
mod golden;
mod log;
mod messages;
mod plan_report;
mod policy;
mod process;
mod properties;
mod request;
mod response;
mod response_url;
mod scenarios;
mod simulation;
mod ssm;
mod tidy;
mod transcript;
mod wire;
