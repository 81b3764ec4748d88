//! Everything that is tested, in one binary.

mod messages;
mod properties;
