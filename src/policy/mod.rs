//! All decisions, and no I/O: what an event means, whose a sync is, what the next step is, what the record says.
//!
//! # Guarantees
//!
//! - A sync that no entry of the resource's record speaks of is never changed or deleted ([`ownership`]).
//! - The record announces every change beforehand ([`record`]), and nothing else is done ([`plan`]).
//!
//! # Assumptions
//!
//! - A call to SSM takes effect within eight seconds or never. A worker that has lost the record changes nothing more.
//!
//! Must import nothing of this crate but [`crate::sync`]; [`crate::reconcile`] carries the decisions out. Next:
//! [`change`]. In a hurry: [`tasks`], [`ownership`], [`plan`], [`record`].

pub mod change;
pub mod record;
pub mod task;
pub mod tasks;
pub mod ownership;
pub mod progress;
pub mod found;
pub mod step;
pub mod plan;
mod present;
pub mod wait;
pub mod cause;
pub mod table_error;
pub mod outcome;
pub mod opening;
pub mod closing;
mod stored;

pub use cause::{Cause, Failure, Owner, PlaceFor, Relation, Restored, WaitingFor};
pub use table_error::TableError;
