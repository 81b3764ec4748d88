//! The one integration-test binary.

mod fake;
mod fake_tests;
