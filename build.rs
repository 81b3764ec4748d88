//! Links the release binary at a fixed address.
//!
//! A binary that can be loaded anywhere is patched at some 16,500 places at every start, and each page that is patched is
//! copied first: a sixth of a cold Create's CPU time and half a megabyte. Heap, stack and libraries stay at random addresses.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).as_deref() == Ok(value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-link-arg-bin=bootstrap=-no-pie");
    }
}
