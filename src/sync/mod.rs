//! The domain: a resource data sync as it is asked for, as SSM lists it, and what a call to SSM can end in.
//!
//! Imports nothing else of this crate, knows no clock and does no I/O. Read on in [`crate::policy`], which decides.

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
