//! The domain: a resource data sync as it is asked for and as SSM lists it, and how a call to SSM can fail.
//!
//! No clock, no I/O. Must never import anything else of this crate. Next: [`config`].

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
