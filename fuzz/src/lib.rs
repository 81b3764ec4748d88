//! What the fuzz targets share: the promises, and the modules of the function that they are about.
//!
//! The modules are taken in one by one and not as the crate that they belong to: parsing and wording name neither tokio
//! nor the SDK, so this builds in seconds, and only what is fuzzed is instrumented.

#![allow(dead_code, reason = "the modules serve the function as well")]

// The promises speak of the function's crate, here as in its own tests.
extern crate self as resource_data_sync;

#[path = "../../src/physical_id.rs"]
pub mod physical_id;
pub mod promises;
#[path = "../../src/properties.rs"]
pub mod properties;
#[path = "../../src/request.rs"]
pub mod request;
#[path = "../../src/response.rs"]
pub mod response;
#[path = "../../src/response_url.rs"]
pub mod response_url;
#[path = "../../src/sync.rs"]
pub mod sync;
#[path = "../../src/time.rs"]
pub mod time;
