//! What a first version looks like: `aws_config::load_defaults`, reqwest, and every default feature.

use aws_sdk_ssm::{
    Client,
    types::{ResourceDataSyncS3Destination, ResourceDataSyncS3Format},
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let (ssm, http) = (Client::new(&config), reqwest::Client::new());
    run(service_fn(|event: LambdaEvent<Value>| handle(&ssm, &http, event.payload))).await
}

async fn handle(ssm: &Client, http: &reqwest::Client, event: Value) -> Result<(), Error> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let properties = &event["ResourceProperties"];
    let (name, destination) = (text(&properties["SyncName"]), &properties["S3Destination"]);
    let destination = ResourceDataSyncS3Destination::builder()
        .bucket_name(text(&destination["BucketName"]))
        .region(text(&destination["Region"]))
        .sync_format(ResourceDataSyncS3Format::JsonSerde)
        .build()?;
    ssm.create_resource_data_sync()
        .sync_name(&name)
        .sync_type("SyncToDestination")
        .s3_destination(destination)
        .send()
        .await?;
    let listed = ssm.list_resource_data_sync().sync_type("SyncToDestination").send().await?;
    let item =
        listed.resource_data_sync_items().iter().find(|item| item.sync_name() == Some(&name)).ok_or("not listed")?;
    let answer = json!({
        "Status": "SUCCESS",
        "PhysicalResourceId": name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {
            "SyncName": name,
            "SyncType": "SyncToDestination",
            "LastStatus": item.last_status().map(|status| status.as_str()),
        },
    });
    let url = text(&event["ResponseURL"]);
    http.put(url).body(answer.to_string()).send().await?.error_for_status()?;
    Ok(())
}
