//! Log lines: one for each step, flat, as text or as JSON.
//!
//! A step is logged as `info!(region = %region, step = "CreateResourceDataSync", outcome = "accepted")`. The spans of
//! [`invocation`] and [`request`] give their ids to every line inside them, and the message is made of the fields. Must
//! never let a line of the runtime or the SDK through that prints a whole event. Next: `main.rs`.

use std::{env, fmt, io, panic};

use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use tracing::{Event, Level, Span, Subscriber, error, error_span, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer as _,
    filter::Targets,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter,
        format::{JsonFields, Writer},
    },
    layer::SubscriberExt as _,
    registry::{LookupSpan, Scope},
    util::SubscriberInitExt as _,
};

use crate::{clock, cloudformation::Request};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// Sets the log up by `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL`, and sends panics there too.
pub fn init() {
    let is_json = env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("JSON"));
    let format = if is_json { Format::Json } else { Format::Text };
    let level = level(&env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default());
    if subscriber(format, level, io::stdout).try_init().is_ok() {
        panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            // Only the place: the message can quote anything.
            error!(step = "Panic", outcome = %place);
        }));
    }
}

/// Formats the lines and writes them to `writer`.
pub fn subscriber<W>(format: Format, level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // Below INFO the runtime and the SDK print whole events and responses, and so the response URL.
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::from_level(Level::INFO)))
        // It prints the error in which the invocation ends, which is logged here with its ids.
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF)
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(FlatLine { format })
        .with_writer(writer);
    tracing_subscriber::registry().with(lines.with_filter(filter))
}

/// The level of a setting of `AWS_LAMBDA_LOG_LEVEL`.
#[must_use]
pub fn level(setting: &str) -> LevelFilter {
    match setting.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

/// The span of an invocation. At ERROR, like [`request`], so that lines of every level have its id.
#[must_use]
pub fn invocation(request_id: &str) -> Span {
    error_span!("invocation", requestId = request_id)
}

/// The span of CloudFormation's request, with its ids redacted.
#[must_use]
pub fn request(request: &Request) -> Span {
    let ids = [&request.request_id, request.stack_id.as_str(), &request.logical_id];
    of_ids(&ids.map(|id| request.response_url.redact(id)))
}

/// The span of an event that can't be responded to, by its `RequestId`, `StackId` and `LogicalResourceId`.
#[must_use]
pub fn of_ids([request_id, stack_id, logical_id]: &[String; 3]) -> Span {
    error_span!("request", cfnRequestId = request_id, stackId = stack_id, logicalId = logical_id)
}

/// One object a line: the fields of the event, and of the spans around it, side by side.
struct FlatLine {
    format: Format,
}

impl<S> FormatEvent<S, JsonFields> for FlatLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Map::new();
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            if let Some(of_span) = span.extensions().get::<FormattedFields<JsonFields>>() {
                fields.extend(object(of_span));
            }
        }
        let mut of_event = String::new();
        context.field_format().format_fields(Writer::new(&mut of_event), event)?;
        fields.extend(object(&of_event));
        let message = message(&fields);
        let level = event.metadata().level();
        match self.format {
            Format::Json => {
                fields.insert("timestamp".to_owned(), clock::time_of_day().format(&Rfc3339).unwrap_or_default().into());
                fields.insert("level".to_owned(), level.as_str().into());
                fields.insert("message".to_owned(), message.into());
                writeln!(writer, "{}", Value::from(fields))
            }
            Format::Text => {
                fields.remove("message");
                write!(writer, "{level} {}", message.replace('\n', " "))?;
                for (name, value) in &fields {
                    write!(writer, " {name}={value}")?;
                }
                writeln!(writer)
            }
        }
    }
}

fn object(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_default()
}

/// The message, made of the other fields so that no step has to repeat them.
fn message(fields: &Map<String, Value>) -> String {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if let Some(message) = text("message") {
        return message.to_owned();
    }
    let place = text("region").map(|region| format!(" in {region}")).unwrap_or_default();
    let outcome = text("outcome").map(|outcome| format!(": {outcome}")).unwrap_or_default();
    format!("{}{place}{outcome}", text("step").unwrap_or_default())
}
