//! Two cases in which the SDK's types are stricter than SSM: a listed item may lack a required member, and a boolean
//! may be left out.
//!
//! Must never touch anything else of a request or a response. Next: [`crate::registry`].

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextMut},
        },
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
        ser_de::{DeserializeResponse, SharedResponseDeserializer},
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use serde_json::{Value, json};

const ITEMS: &str = "ResourceDataSyncItems";

/// Reads a page without the items that cannot be read. The SDK refuses a whole page if one item lacks a required
/// member, but another client's sync must not hide ours.
#[derive(Debug)]
pub(super) struct SkipUnreadable;

impl Intercept for SkipUnreadable {
    fn name(&self) -> &'static str {
        "SkipUnreadable"
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (Some(Err(_)), Some(response)) = (context.output_or_error(), context.response()) else { return Ok(()) };
        let Some(deserializer) = cfg.load::<SharedResponseDeserializer>() else { return Ok(()) };
        let body = response.body().bytes().filter(|_| response.status().is_success());
        let Some(mut page) = body.and_then(|body| serde_json::from_slice::<Value>(body).ok()) else { return Ok(()) };
        let Some(items) = page.get_mut(ITEMS).and_then(Value::as_array_mut) else { return Ok(()) };

        let status = response.status();
        let read = |page: &Value| {
            let response = HttpResponse::new(status, SdkBody::from(page.to_string()));
            deserializer.deserialize_nonstreaming_with_config(&response, cfg)
        };
        items.retain(|item| read(&json!({ ITEMS: [item] })).is_ok());
        let readable = read(&page);
        if let Some(result) = context.output_or_error_mut() {
            *result = readable;
        }
        Ok(())
    }
}

/// Removes `EnableAllOpsDataSources` from the request, so that SSM decides. The SDK would send `false`, which keeps the
/// sources of an organization off.
#[derive(Debug)]
pub(super) struct LeaveOutOpsDataSources;

impl Intercept for LeaveOutOpsDataSources {
    fn name(&self) -> &'static str {
        "LeaveOutOpsDataSources"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
        if let Some(source) = body.get_mut("SyncSource").and_then(Value::as_object_mut) {
            source.remove("EnableAllOpsDataSources");
        }
        let body = body.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        Ok(())
    }
}
