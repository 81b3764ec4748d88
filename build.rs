//! Links the release binary for its start: at a fixed address, with the code that runs together.
//!
//! A binary that can be loaded anywhere is patched at some 16,500 places at every start, and each page that is patched
//! is copied first: a sixth of a cold Create's CPU time and half a megabyte. Heap, stack and libraries stay at random
//! addresses.
//!
//! Of the code, half runs in a cold Create. `layout.ld` puts that half together, so that the kernel has no reason to map
//! the other: a tenth of the CPU time. GNU's linker, LLVM's and Zig's read it; one that somebody names in the flags may
//! not, and goes without.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=layout.ld");
    let is = |name: &str, value: &str| env::var(name).as_deref() == Ok(value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-link-arg-bin=bootstrap=-no-pie");
        if !env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link")) {
            let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo says where this is");
            println!("cargo::rustc-link-arg-bin=bootstrap=-Wl,-T,{folder}/layout.ld");
        }
    }
}
