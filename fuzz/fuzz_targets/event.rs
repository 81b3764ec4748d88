#![no_main]

use libfuzzer_sys::fuzz_target;
use promised::promises;

fuzz_target!(|text: &str| promises::event(text));
