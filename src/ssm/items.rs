//! Pages of List that hold an item which the SDK cannot read.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::FinalizerInterceptorContextMut},
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
        ser_de::{DeserializeResponse, SharedResponseDeserializer},
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use serde_json::{Value, json};

const ITEMS: &str = "ResourceDataSyncItems";

/// Reads such a page without that item. The SDK refuses a page as a whole where one item lacks a required member, and a
/// sync of another client must not hide ours.
#[derive(Debug)]
pub(super) struct PassOverUnreadable;

impl Intercept for PassOverUnreadable {
    fn name(&self) -> &'static str {
        "PassOverUnreadable"
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
