"""ministack, a CloudFormation that others wrote, with what it gets wrong about custom resources put right.

Started as a process of its own (see `conftest.py`). What is replaced is the one function that asks a provider and waits:

- the event goes the way of an asynchronous invocation, with Lambda's two retries and the on-failure destination, instead
  of once and straight into the function;
- `ResponseURL` is a presigned PUT to a bucket of its S3, which checks the signature, instead of a path that takes anything;
- the answer has to be one that CloudFormation would take: ids, size, a physical id, strings as data;
- a Create that fails is followed by the Delete that CloudFormation sends when it rolls back;
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
ANSWER_BYTES_MAX = 4096
PHYSICAL_ID_CHARS_MAX = 1024
URL_VALID_S = 7200
TEST_WAIT_S_MAX = 120
GLANCE_S = 0.05

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


def faults(answer: object, size: int, event: dict) -> list[str]:
    """Why CloudFormation would not take the answer."""
    if not isinstance(answer, dict):
        return ["not an object"]
    found = []
    if size > ANSWER_BYTES_MAX:
        found.append(f"{size} bytes")
    if answer.get("Status") not in ("SUCCESS", "FAILED"):
        found.append(f"Status {answer.get('Status')!r}")
    for member in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(member) != event[member]:
            found.append(f"{member} {answer.get(member)!r}")
    physical_id = answer.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not 0 < len(physical_id) <= PHYSICAL_ID_CHARS_MAX:
        found.append(f"PhysicalResourceId {physical_id!r}")
    if answer.get("Status") == "FAILED" and not answer.get("Reason"):
        found.append("FAILED without a Reason")
    if "Reason" in answer and not isinstance(answer["Reason"], str):
        found.append(f"Reason {answer['Reason']!r}")
    data = answer.get("Data", {})
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        found.append(f"Data {data!r}")
    if event["RequestType"] == "Delete" and physical_id != event["PhysicalResourceId"]:
        found.append(f"PhysicalResourceId {physical_id!r} for a Delete of {event['PhysicalResourceId']!r}")
    return found


def ask(event: dict, timeout_s: int) -> dict:
    """Sends an event and waits for the answer in the bucket."""
    record, config, _ = lambda_svc._get_func_record_for_ref(event["ResourceProperties"].get("ServiceToken", ""))
    if record is None or config is None:
        raise ValueError(f"ServiceToken {event['ResourceProperties'].get('ServiceToken')!r} is no function")
    region = get_region()
    s3 = bucket(region)
    key = f"{event['StackId']}|{event['LogicalResourceId']}|{event['RequestId']}"
    url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=URL_VALID_S)
    # As CloudFormation writes it: only the slashes of the stack's id stay as they are.
    assert quote(key, safe="/") in url, url
    event = event | {"ResponseURL": url}
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(record, config), event)
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            stored = s3.get_object(Bucket=BUCKET, Key=key)
        except ClientError:
            time.sleep(GLANCE_S)
            continue
        body = stored["Body"].read()
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        wrong = faults(answer, len(body), event)
        shown = {name: value for name, value in event.items() if name != "ResponseURL"}
        write_down(event=shown, answer=answer if answer is not None else body.decode(errors="replace"), faults=wrong)
        if wrong:
            raise RuntimeError(f"Invalid response from the custom resource: {'; '.join(wrong)}")
        return answer
    write_down(
        event={name: value for name, value in event.items() if name != "ResponseURL"}, answer=None, faults=["none"]
    )
    raise TimeoutError(f"{event['LogicalResourceId']} did not answer within {timeout_s} s")


def invoke_custom_resource(
    request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id=None, old_props=None
):
    del stack_name
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
    answer = ask(event, timeout_s)
    if answer["Status"] == "SUCCESS":
        return answer["PhysicalResourceId"], answer.get("Data", {})
    if request_type == "Create":
        ask(
            {name: value for name, value in event.items() if name != "OldResourceProperties"}
            | {
                "RequestType": "Delete",
                "RequestId": new_uuid(),
                "PhysicalResourceId": answer["PhysicalResourceId"],
            },
            timeout_s,
        )
    raise RuntimeError(f"Received response status [FAILED] from custom resource. Message returned: {answer['Reason']}")


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
