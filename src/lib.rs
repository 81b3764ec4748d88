//! `Custom::ResourceDataSync`: AWS Systems Manager resource data syncs as a CloudFormation custom resource.
//!
//! # From event to response
//!
//! ```text
//! event → request → properties → what is wanted ─┐
//!    the record, what SSM lists ──→ judge, open ─┼→ next step (pure) → one SSM call → look again …
//!                                                └→ outcome → response (≤ 4,096 bytes) → close → PUT
//! ```
//!
//! Everything flows in that direction, and only [`handler`] sees both ends. Create, Update, Delete, rollback and
//! redelivery are one path: look, take the one step that the policy names, look again.
//!
//! Who owns a sync is written down: each custom resource has a record in a DynamoDB table, written before anything is
//! changed in SSM and again afterwards (docs/behavior.md#ownership).
//!
//! # The code map
//!
//! In the order in which the modules are best read. The first lines of each say what it is for, what it must never do,
//! and where to read next:
//!
//! - [`sync`]: the domain. A sync as it is asked for and as SSM lists it, and how a call to SSM can fail.
//! - [`policy`]: all decisions. What an event means, whose a sync is, the next step, what the record says.
//! - [`properties`]: from what the author of a template wrote to what is wanted, or every invalid property at once.
//! - [`cloudformation`]: the event, the physical id, the response and the URL that it goes to, which is a secret.
//! - [`messages`]: what people read when something fails: what happened and what to do.
//! - [`ssm`]: the four calls, and what their errors mean. [`registry`]: the table of records.
//! - [`reconcile`]: carries out the policy, with one loop for each Region.
//! - [`delivery`]: the PUT. [`connector`]: the one HTTP connector, for SSM, DynamoDB and the PUT.
//! - [`function`]: what a process keeps. [`intent`]: a request and its properties in the policy's terms.
//! - [`handler`]: one invocation, from both ends. [`direct`]: Plan and Report.
//! - [`settings`], [`clock`], [`logging`]: the environment, the time of day, the log.
//!
//! # Architecture invariants
//!
//! - **The policy is pure.** `sync`, `policy`, `properties`, `cloudformation` and `messages` know neither tokio nor the
//!   SDK; [`ssm`] alone names `aws_sdk_ssm`, [`registry`] alone `aws_sdk_dynamodb`. A test holds both.
//! - **Nothing is changed that the record does not announce**, and nothing after another event has taken the record
//!   over: each call that changes something passes [`registry::Lease::fence`].
//! - **A call that changes something is never retried blindly.** After an unknown outcome comes a look.
//! - **The only state is SSM's, CloudFormation's and the table's.** A process keeps its clients and nothing else.
//! - **HTTP and the time of day are the only seams.** No trait exists for a fake to implement: tests put a fake AWS
//!   behind the connector and pause tokio's clock.
//! - **Every wait has an end**, and nothing is changed after it.
//! - **The response URL is a type** that cannot print its query. It is redacted from all that SSM says.
//! - **Nothing stops the process.** Start-up cannot fail before the first event, and a panic is responded to.

pub mod sync;
pub mod policy;
pub mod properties;
pub mod cloudformation;
pub mod messages;
pub mod ssm;
pub mod registry;
pub mod reconcile;
pub mod delivery;
pub mod connector;
pub mod function;
pub mod intent;
pub mod handler;
pub mod direct;
pub mod settings;
pub mod clock;
pub mod logging;
