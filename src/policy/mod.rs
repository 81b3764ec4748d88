//! Every decision, and no I/O: what an event means, whose a sync is, what the next step is, what is written down.
//!
//! # Guarantees
//!
//! - What no entry of the resource's record speaks of is never changed or deleted ([`ownership`]).
//! - What is about to be done is in the record before ([`record`]), and nothing else is done ([`plan`]).
//!
//! # Assumptions
//!
//! - A call to SSM takes effect within eight seconds or never; a worker that has lost the record changes nothing more.
//!
//! Imports [`crate::sync`] alone. Read [`tasks`], then [`ownership`], then [`plan`], then [`record`]; [`crate::reconcile`]
//! carries it out.

pub mod change;
mod task;
pub mod tasks;
pub mod ownership;
pub mod plan;
mod step;
mod present;
pub mod wait;
pub mod table_error;
pub mod cause;
pub mod outcome;
pub mod record;
pub mod opening;
pub mod closing;
mod stored;

pub use cause::{Cause, Failure, Owner, PlaceFor, Relation, Restored, WaitingFor};
pub use table_error::TableError;
