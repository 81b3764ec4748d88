"""ministack, a CloudFormation that others wrote, with what it gets wrong about custom resources put right.

Started as a process of its own (see `conftest.py`). What is replaced is the one function that asks a provider and waits:

- the event goes the way of an asynchronous invocation, with Lambda's two retries and the on-failure destination, instead
  of once and straight into the function;
- `ResponseURL` is a presigned PUT to a bucket of its S3, which checks the signature, instead of a path that takes anything;
- the response has to be one that CloudFormation would take: ids, size, a physical id, strings as data;
- a Create that fails is followed by the Delete that CloudFormation sends when it rolls back;
- a Create with `Trigger: cancel` is cancelled while it runs: its Delete comes under an id that CloudFormation invents;
- what was sent and what came back is written down, one line of JSON each, for the tests to read.

Two types of AWS's own that the examples use and ministack lacks are added: the native sync and the service-linked role.
"""

import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError
from ministack.core.responses import get_region, new_uuid
from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource, provisioners, stacks

BUCKET = "cloudformation-custom-resource-response-test"
RESPONSE_BYTES_MAX = 4096
PHYSICAL_ID_CHARS_MAX = 1024
URL_VALID_S = 7200
TEST_WAIT_S_MAX = 120
GLANCE_S = 0.05
CANCEL_AFTER_S = 1

ENDPOINT = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
JOURNAL = Path(os.environ["STACK_TEST_JOURNAL"])


def bucket(region: str):
    client = boto3.client(
        "s3",
        region_name=region,
        endpoint_url=ENDPOINT,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )
    try:
        client.head_bucket(Bucket=BUCKET)
    except ClientError:
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(Bucket=BUCKET, **location)
    return client


def write_down(**entry) -> None:
    with JOURNAL.open("a", encoding="utf-8") as journal:
        journal.write(json.dumps(entry) + "\n")


def faults(response: object, size: int, event: dict) -> list[str]:
    """Why CloudFormation would not take the response."""
    if not isinstance(response, dict):
        return ["not an object"]
    found = []
    if size > RESPONSE_BYTES_MAX:
        found.append(f"{size} bytes")
    if response.get("Status") not in ("SUCCESS", "FAILED"):
        found.append(f"Status {response.get('Status')!r}")
    for member in ("StackId", "RequestId", "LogicalResourceId"):
        if response.get(member) != event[member]:
            found.append(f"{member} {response.get(member)!r}")
    physical_id = response.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not 0 < len(physical_id) <= PHYSICAL_ID_CHARS_MAX:
        found.append(f"PhysicalResourceId {physical_id!r}")
    if response.get("Status") == "FAILED" and not response.get("Reason"):
        found.append("FAILED without a Reason")
    if "Reason" in response and not isinstance(response["Reason"], str):
        found.append(f"Reason {response['Reason']!r}")
    data = response.get("Data", {})
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        found.append(f"Data {data!r}")
    if event["RequestType"] == "Delete" and physical_id != event["PhysicalResourceId"]:
        found.append(f"PhysicalResourceId {physical_id!r} for a Delete of {event['PhysicalResourceId']!r}")
    return found


def send(event: dict) -> None:
    """Sends an event, as an asynchronous invocation."""
    function, config, _ = lambda_svc._get_func_record_for_ref(event["ResourceProperties"].get("ServiceToken", ""))
    if function is None or config is None:
        raise ValueError(f"ServiceToken {event['ResourceProperties'].get('ServiceToken')!r} is no function")
    key = object_key(event)
    url = bucket(get_region()).generate_presigned_url(
        "put_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=URL_VALID_S
    )
    # As CloudFormation writes it: only the slashes of the stack's id stay as they are.
    assert quote(key, safe="/") in url, url
    execution = lambda_svc._execution_record_for_config(function, config)
    lambda_svc.invoke_async_with_retry(execution, event | {"ResponseURL": url})


def receive(event: dict, timeout_s: int) -> dict:
    """Waits for the response in the bucket."""
    s3 = bucket(get_region())
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            body = s3.get_object(Bucket=BUCKET, Key=object_key(event))["Body"].read()
        except ClientError:
            time.sleep(GLANCE_S)
            continue
        try:
            response = json.loads(body)
        except ValueError:
            response = body.decode(errors="replace")
        wrong = faults(response, len(body), event)
        write_down(event=event, response=response, faults=wrong)
        if wrong:
            raise RuntimeError(f"Invalid response from the custom resource: {'; '.join(wrong)}")
        return response
    write_down(event=event, response=None, faults=["none"])
    raise TimeoutError(f"{event['LogicalResourceId']} did not respond within {timeout_s} s")


def object_key(event: dict) -> str:
    return f"{event['StackId']}|{event['LogicalResourceId']}|{event['RequestId']}"


def delete_of(create: dict, physical_id: str) -> dict:
    return create | {"RequestType": "Delete", "RequestId": new_uuid(), "PhysicalResourceId": physical_id}


def invoke_custom_resource(
    request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id=None, old_props=None
):
    normalise = custom_resource._normalise_resource_properties
    event = {
        "RequestType": request_type,
        "RequestId": new_uuid(),
        "StackId": stack_id,
        "ResourceType": resource_type,
        "LogicalResourceId": logical_id,
        "ServiceToken": props.get("ServiceToken", ""),
        "ResourceProperties": normalise(props),
    }
    if physical_id is not None:
        event["PhysicalResourceId"] = physical_id
    if old_props is not None:
        event["OldResourceProperties"] = normalise(old_props)
    timeout_s = min(int(props.get("ServiceTimeout", 3600)), TEST_WAIT_S_MAX)
    send(event)
    if request_type == "Create" and props.get("Trigger") == "cancel":
        time.sleep(CANCEL_AFTER_S)
        invented = delete_of(event, f"{stack_name}-{logical_id}-1A2B3C4D5E6F7")
        send(invented)
        receive(invented, timeout_s)
        receive(event, timeout_s)  # CloudFormation does not look at it any more.
        raise RuntimeError("Resource creation cancelled")
    response = receive(event, timeout_s)
    if response["Status"] == "SUCCESS":
        return response["PhysicalResourceId"], response.get("Data", {})
    if request_type == "Create":
        delete = delete_of(event, response["PhysicalResourceId"])
        send(delete)
        receive(delete, timeout_s)
    raise RuntimeError(
        f"Received response status [FAILED] from custom resource. Message returned: {response['Reason']}"
    )


def native_sync(logical_id, props, stack_name):
    """`AWS::SSM::ResourceDataSync`, as far as the examples of the migration use it: made and deleted."""
    del logical_id, stack_name
    destination = dict(props["S3Destination"])
    destination["Region"] = destination.pop("BucketRegion")
    native_ssm().create_resource_data_sync(SyncName=props["SyncName"], S3Destination=destination)
    return props["SyncName"], {}


def native_sync_delete(physical_id, props):
    del props
    native_ssm().delete_resource_data_sync(SyncName=physical_id, SyncType="SyncToDestination")


def native_ssm():
    return boto3.client("ssm", region_name=get_region(), endpoint_url=os.environ["AWS_ENDPOINT_URL_SSM"])


def service_linked_role(logical_id, props, stack_name):
    del logical_id, stack_name
    iam = boto3.client("iam", region_name=get_region(), endpoint_url=ENDPOINT)
    made = iam.create_service_linked_role(AWSServiceName=props["AWSServiceName"], Description=props["Description"])
    return made["Role"]["RoleName"], {}


def service_linked_role_delete(physical_id, props):
    """Not reached: the examples retain it."""
    raise NotImplementedError(physical_id, props)


def main() -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    handlers["AWS::SSM::ResourceDataSync"] = {"create": native_sync, "delete": native_sync_delete}
    handlers["AWS::IAM::ServiceLinkedRole"] = {"create": service_linked_role, "delete": service_linked_role_delete}
    # These ask over HTTP, and ministack must be free to answer.
    waits = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind == "AWS::IAM::ServiceLinkedRole" or waits(kind)
    custom_resource.invoke_custom_resource = invoke_custom_resource
    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
