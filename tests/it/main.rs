//! Everything that is tested, in one binary.

mod arbitrary;
mod delivery;
mod log;
mod process;
mod request;
mod response;
mod response_url;
