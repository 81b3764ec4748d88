//! What the proofs found and nobody had thought of: each as the shortest case that showed it.

use resource_data_sync::{
    physical_id::{FailedCreate, Fate, Fates},
    properties,
    request::Block,
    response::{self, Addressee, BYTES_MAX, TooLong, Verdict},
    response_url::ResponseUrl,
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    stage::{Stage, to_bucket, with},
    world::fault::{Fault, FaultKind, Op},
};

#[test]
fn regression_a_failed_answer_always_has_a_reason() {
    let url = ResponseUrl::parse("https://b.s3.amazonaws.com/x", &[]).unwrap();
    let verdict = Verdict::Failed { physical_id: "inventory".into(), reason: "The moon is full.".into() };
    let mut fitted = 0;
    for bytes in BYTES_MAX - 400..BYTES_MAX {
        let request_id = "i".repeat(bytes);
        let addressee = Addressee { stack_id: "s", request_id: &request_id, logical_id: "L" };
        match response::serialize(&verdict, addressee, " See the function's log.", &url) {
            Ok(body) => {
                fitted += 1;
                let answer: Value = serde_json::from_slice(&body).unwrap();
                assert!(answer["Reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{bytes}");
            }
            Err(TooLong) => assert!(bytes > BYTES_MAX - 200, "{bytes}"),
        }
    }
    assert!(fitted > 200);
}

#[test]
fn regression_a_property_without_a_name_is_told_as_one() {
    let properties = with(&to_bucket("inventory", "logs"), "", json!("x"));
    let Value::Object(map) = properties else { unreachable!("an object") };
    let faults = properties::read(&Block::Object(map)).unwrap_err();
    assert!(faults[0].to_string().starts_with("\"\": there is no such property"), "{}", faults[0]);
}

#[tokio::test(start_paused = true)]
async fn regression_the_id_of_a_create_that_failed_in_regions_with_long_names_is_one_that_cloudformation_takes() {
    let regions: Vec<String> = (0..40).map(|n| format!("{}-west-{n}", "a".repeat(40))).collect();
    for count in [13, 14, 40] {
        let mut stage = Stage::new().await;
        let fault = Fault::at(Op::Create, FaultKind::Invalid("The moon is full.".to_owned())).always();
        stage.world.lock().ssm.inject(fault);
        let failed = stage.create(&with(&to_bucket("inventory", "logs"), "Regions", json!(regions[..count]))).await;
        assert_eq!((failed.status(), failed.calls.is_empty()), ("FAILED", count > 13), "{}", failed.reason());
        assert!(failed.id().len() <= 1024, "{} bytes", failed.id().len());
    }
    // Whatever is let through fits beside the longest name.
    let fates = regions[..13].iter().zip(Fate::ALL.iter().cycle()).map(|(region, fate)| (region.clone(), *fate));
    let requested = Timestamp::from_epoch_ms(0);
    let id = FailedCreate { name: "🦀".repeat(64), requested, fates: Fates::ByRegion(fates.collect()) }.to_string();
    assert!(id.len() <= 1024, "{} bytes", id.len());
}
