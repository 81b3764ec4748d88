#![no_main]

use libfuzzer_sys::fuzz_target;
use promised::{
    physical_id::{FAILED_PREFIX, Fate},
    promises,
};

fuzz_target!(|input: (&str, i64, Vec<(&str, u8)>)| {
    let (text, requested_ms, fates) = input;
    promises::physical_id(text);
    promises::physical_id(&format!("{FAILED_PREFIX}20261123T080854Z/{text}"));
    let fates = fates
        .into_iter()
        .filter(|(region, _)| !region.is_empty() && !region.contains([',', ';', '/']))
        .map(|(region, fate)| (region.to_owned(), Fate::ALL[usize::from(fate) % Fate::ALL.len()]));
    promises::failed_create(text, requested_ms, fates.collect());
});
