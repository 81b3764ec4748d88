//! The domain: a resource data sync as it is asked for and as SSM lists it, and how a call to SSM can fail.
//!
//! Imports nothing else of this crate; no clock, no I/O. Read on in [`crate::policy`], which decides.

pub mod config;
pub mod difference;
pub mod listed;
pub mod name;
pub mod call_error;

pub use call_error::{CallError, ErrorKind, Operation};
pub use config::{Config, Destination, Organization, Source, SyncType};
pub use difference::Difference;
pub use listed::{Listed, seconds_text};
pub use name::{Region, SyncName};
