//! The hosts that a response may be sent to.
//!
//! Must never accept a host under AWS's domains that anybody can obtain. Next: [`super::response`].

use crate::sync::Region;

/// The DNS suffixes of AWS's partitions, as S3 uses them.
const SUFFIXES: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
];

/// Is it a host of S3, with or without a bucket in front? `host` is in lower case.
///
/// Only S3: anybody can have other hosts under AWS's domains, such as an API's or a load balancer's.
#[must_use]
pub fn is_s3(host: &str) -> bool {
    let Some(name) = SUFFIXES.iter().find_map(|suffix| host.strip_suffix(suffix)) else { return false };
    let mut labels: Vec<&str> = name.split('.').collect();
    if labels.contains(&"") {
        return false;
    }
    if labels.last() == Some(&"vpce") {
        // bucket.vpce-0a1b2c3d-4e5f.s3.eu-west-1.vpce
        return matches!(labels[..], [.., endpoint, "s3", region, _] if endpoint.starts_with("vpce-") && Region::is_valid(region));
    }
    let has_region = labels.pop_if(|label| Region::is_valid(label)).is_some();
    labels.pop_if(|label| *label == "dualstack");
    match labels.last() {
        Some(&("s3" | "s3-fips")) => true,
        // The older form, with the Region in the same label: s3-eu-west-1, s3-fips-us-gov-west-1, s3-external-1.
        Some(service) if !has_region => service.strip_prefix("s3-").is_some_and(|place| {
            place == "external-1" || Region::is_valid(place.strip_prefix("fips-").unwrap_or(place))
        }),
        _ => false,
    }
}

/// Is it one of the extra hosts? An entry that begins with `*.` or `.` matches the names below it; one without a port
/// matches any port.
#[must_use]
pub fn is_extra(host: &str, port: u16, extra_hosts: &[String]) -> bool {
    extra_hosts.iter().any(|entry| {
        let (pattern, wanted_port) = match entry.rsplit_once(':').map(|(name, port)| (name, port.parse::<u16>())) {
            Some((name, Ok(port))) => (name, Some(port)),
            _ => (entry.as_str(), None),
        };
        let is_host = match pattern.strip_prefix('*').unwrap_or(pattern).strip_prefix('.') {
            Some(domain) => host.strip_suffix(domain).is_some_and(|below| below.len() > 1 && below.ends_with('.')),
            None => host == pattern,
        };
        is_host && wanted_port.is_none_or(|wanted| wanted == port)
    })
}
