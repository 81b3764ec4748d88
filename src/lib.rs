//! `Custom::ResourceDataSync`: AWS Systems Manager resource data syncs as a CloudFormation custom resource.
//!
//! # From event to answer
//!
//! ```text
//! event → request → properties → what is wanted ─┐
//!                          SSM: what is there ───┼→ next step (pure) → one SSM call → look again …
//!                                                └→ verdict → response (at most 4,096 bytes) → PUT
//! ```
//!
//! Everything flows in that direction, and only [`handler`] sees both ends: it reads the event, decides which syncs of
//! which Regions are to be as wanted and which are to go, lets [`reconcile`] bring each of them there side by side, and
//! answers exactly once. Create, Update, rollback and an event that comes again are one path: look, take the one step
//! that [`plan`] names, look again.
//!
//! # The code map
//!
//! In the order in which the modules are best read:
//!
//! - [`sync`]: the domain. A resource data sync as it is wanted ([`sync::Config`]) and as SSM lists it
//!   ([`sync::Listed`]), how far the one is from the other, and the name of a sync whose author gave none.
//! - [`plan`]: the policy. What is the next step, and whose sync is it? Start here to know *why* a call is made.
//! - [`physical_id`]: what CloudFormation remembers for us between two events: a sync's name, or the record of a
//!   Create that failed, from which its Delete knows what may stand.
//! - [`response_url`], [`request`], [`properties`]: the way in. The URL first, since it is a secret and without it
//!   there is nothing to do; then the envelope, leniently; then the properties, strictly, with every fault at once.
//! - [`transport`]: HTTP, and when a connection is opened, kept and replaced. [`trust`]: whom TLS trusts.
//! - [`ssm`]: the four operations, and what their errors mean ([`ssm::Kind`]).
//! - [`reconcile`]: turns what is known into the policy's facts, makes the one call, keeps the books, waits.
//! - [`failure`], [`response`], [`callback`]: the way out. The words, the bytes, the PUT.
//! - [`handler`]: one invocation, from both ends.
//! - [`time`], [`clock`], [`logging`]: points in time, the time of day, the log.
//!
//! # Architecture invariants
//!
//! - **The policy is pure.** [`plan`] imports nothing of this crate, knows no clock, no name and no bucket, and its
//!   every input is finite: the tests try all of them.
//! - **Parsing, planning and wording know neither tokio nor the SDK.** One module alone, [`ssm`], names
//!   `aws_sdk_ssm`. A test holds both.
//! - **HTTP is the only seam.** SSM's calls and the answer's PUT go through one connector; there is no trait for a
//!   fake to implement. A test puts the world behind that connector and pauses tokio's clock.
//! - **What changes something is never retried unseen.** The SDK's retries are off for all but List: after an
//!   attempt whose outcome is not known comes a look, and only what the look proves to be ours is touched.
//! - **There is no state but SSM's and CloudFormation's.** What a process remembers (its last verdicts and Deletes,
//!   its connections) makes it faster and calmer; nothing goes wrong when it is lost.
//! - **Every wait has an end**, [`reconcile::Region::end`], and every loop a bound. Nothing is changed after the
//!   end.
//! - **The response URL is a type** that cannot print its query. What SSM says is searched for it before it is
//!   passed on.
//! - **Nothing here stops the process.** `main` may not fail before the first event; a panic is an answer.

pub mod sync;
pub mod policy;
pub mod ssm;
