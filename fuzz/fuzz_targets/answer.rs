#![no_main]

use libfuzzer_sys::fuzz_target;
use promised::promises::{self, Said};

/// Whether it is a SUCCESS, the Reason and how often it is repeated, the ids, the data, and the query of the URL.
type Input<'a> = (bool, (&'a str, u8), [&'a str; 4], [&'a str; 3], &'a str);

fuzz_target!(|input: Input<'_>| {
    let (success, (reason, times), [physical_id, stack_id, request_id, logical_id], data, query) = input;
    promises::answer(&Said {
        success,
        physical_id,
        reason: &reason.repeat(usize::from(times) + 1),
        data,
        stack_id,
        request_id,
        logical_id,
        log_stream: "2026/11/23/[$LATEST]0123456789abcdef",
        url: &format!("https://b.s3.amazonaws.com/x?{query}"),
    });
});
