//! Log lines: one a step, in text or as JSON, as Lambda's settings ask.

use std::{env, panic};

use tracing::{Level, error, level_filters::LevelFilter};
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Sets the log up by `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL`, and sends panics there too.
pub fn init() {
    let level = level(env::var("AWS_LAMBDA_LOG_LEVEL").as_deref().unwrap_or_default());
    // The levels below INFO of the runtime and of the SDK print whole events and answers, and so the response URL.
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::from_level(Level::INFO)))
        .with_target("resource_data_sync", level);
    let lines = fmt::layer().with_ansi(false).with_target(false);
    let json = env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("JSON"));
    let subscriber = tracing_subscriber::registry();
    let ready = if json {
        let lines = lines.json().flatten_event(true).with_current_span(true).with_span_list(false);
        subscriber.with(lines.with_filter(filter)).try_init()
    } else {
        subscriber.with(lines.without_time().with_filter(filter)).try_init()
    };
    if ready.is_ok() {
        panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            // Only the place: the message can quote anything.
            error!(step = "Panic", outcome = %place);
        }));
    }
}

fn level(setting: &str) -> LevelFilter {
    match setting.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}
