#![no_main]

use libfuzzer_sys::fuzz_target;
use promised::promises;

fuzz_target!(|input: (&str, &str)| {
    let (text, around) = input;
    promises::response_url(text, around);
    promises::response_url(&format!("https://b.s3.amazonaws.com/x?{text}"), around);
});
