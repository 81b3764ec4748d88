#![no_main]

use libfuzzer_sys::fuzz_target;
use promised::{promises, request::Block};

fuzz_target!(|text: &str| {
    if let Ok(map) = serde_json::from_str(text) {
        promises::properties(&Block::Object(map));
    }
});
