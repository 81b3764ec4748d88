//! CloudFormation's protocol for custom resources, in its own words: the event, and the response to it.
//!
//! Pure: no I/O and no clock. Must never print the response URL. Next: [`request`]; [`crate::delivery`] sends what
//! [`response`] makes.

pub mod request;
pub mod stack_id;
mod physical_id;
pub mod response_url;
pub mod hosts;
pub mod response;

pub use physical_id::PhysicalId;
pub use request::{Event, EventFault, Request};
pub use response::{Response, TooLong};
pub use response_url::{Requested, ResponseUrl, UrlError};
pub use stack_id::StackId;
