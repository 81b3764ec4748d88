//! The environment, and the time.

use std::{collections::HashMap, time::Duration};

use expect_test::expect;
use resource_data_sync::{
    clock::{self, Clock, from_millis, millis, time_of_day},
    settings::Settings,
    sync::seconds_text,
};
use time::macros::utc_datetime;
use tokio::time::Instant;

fn settings(variables: &[(&str, &str)]) -> Settings {
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Settings::read(|name| variables.get(name).map(|value| (*value).to_owned()))
}

#[test]
fn what_is_blank_in_the_environment_is_none() {
    expect![[r#"
        Settings {
            region: Some(
                "eu-west-1",
            ),
            table: Some(
                "table",
            ),
            allowed_buckets: [
                "logs-*",
                "audit",
            ],
            docs_url: None,
            extra_hosts: [
                "localhost:9000",
                "*.test",
            ],
            ssm_endpoint: Some(
                "http://127.0.0.1:8000",
            ),
            dynamodb_endpoint: Some(
                "http://127.0.0.1:8000",
            ),
            log_group: "/aws/lambda/f",
            log_stream: "",
        }"#]]
    .assert_eq(&format!(
        "{:#?}",
        settings(&[
            ("AWS_REGION", "eu-west-1"),
            ("OWNERSHIP_TABLE", " table "),
            ("ALLOWED_BUCKETS", "logs-*, ,audit"),
            ("DOCS_URL", ""),
            ("RESPONSE_URL_EXTRA_HOSTS", "LocalHost:9000,*.test,"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:8000"),
            ("AWS_ENDPOINT_URL_SSM", ""),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/f"),
        ])
    ));
    assert_eq!(settings(&[("AWS_DEFAULT_REGION", "eu-west-1")]).region.as_deref(), Some("eu-west-1"));
    assert_eq!(settings(&[]).region, None);
}

#[tokio::test(start_paused = true)]
async fn the_clock_counts_on_from_the_event() {
    let started = utc_datetime!(2026-11-23 08:08:54.123);
    let clock = Clock::starting_at(started);
    let at = Instant::now();
    tokio::time::advance(Duration::from_micros(1_500_999)).await;
    assert_eq!(clock.now(), utc_datetime!(2026-11-23 08:08:55.623));
    assert_eq!(clock.instant(utc_datetime!(2026-11-23 08:08:55.123)), at + Duration::from_secs(1));
    assert_eq!(clock.instant(utc_datetime!(2026-11-23 08:00:00)), at, "what is past is now");
}

#[test]
fn a_deadline_is_a_time_or_a_duration() {
    let received = from_millis(1_795_442_283_000);
    for (stated_ms, meant_ms) in
        [(1_795_442_463_000, 1_795_442_463_000), (600_000, 1_795_442_883_000), (0, 1_795_442_283_000)]
    {
        assert_eq!(clock::deadline(stated_ms, received), from_millis(meant_ms), "{stated_ms}");
    }
    assert_eq!(clock::deadline(u64::MAX, received), from_millis(i64::MAX));
}

#[test]
fn points_in_time_are_whole_milliseconds() {
    for ms in [0, 1, -1, 1_795_421_334_123, -62_135_596_800_000] {
        assert_eq!(millis(from_millis(ms)), ms);
    }
    assert_eq!(seconds_text(from_millis(1_795_421_334_999)), "2026-11-23T08:08:54Z");
    assert_eq!(seconds_text(from_millis(i64::MAX)), "9999-12-31T23:59:59Z");
    let now = time_of_day();
    assert_eq!(from_millis(millis(now)), now);
}
