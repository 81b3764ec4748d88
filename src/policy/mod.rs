pub mod cause;
pub mod wait;

pub use cause::{Cause, Failure, Owner, PlaceFor, Relation, Restored, WaitingFor};
