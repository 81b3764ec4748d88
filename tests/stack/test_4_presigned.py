"""Presigned URLs, against an S3 that checks signatures: the response arrives byte for byte where it was signed for."""

import http.client
import json
import time
import uuid
from urllib.parse import urlsplit

import pytest
from conftest import ACCOUNT, REGION, SERVICE

BUCKET = "presigned"
# CloudFormation signs for keys with colons and bars.
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/presigned/7bf853d7-aa9e-5abb-9929-d13ae5d26e1b"


@pytest.fixture(scope="module")
def s3(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    return s3


@pytest.fixture
def event():
    """A Delete of what never was: responded to at once, and nothing is changed."""
    return {
        "RequestType": "Delete",
        "RequestId": str(uuid.uuid4()),
        "StackId": STACK_ID,
        "LogicalResourceId": "Sync",
        "PhysicalResourceId": "never-was",
        "ResourceType": "Custom::ResourceDataSync",
        "ResourceProperties": {"SyncName": "never-was", "BucketName": "any", "BucketRegion": REGION},
    }


def presigned(s3, event, valid_s=7200, **more):
    key = f"{event['StackId']}|{event['LogicalResourceId']}|{event['RequestId']}"
    return key, s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": key} | more, ExpiresIn=valid_s)


def invoke(cloud, event, url):
    invoked = cloud.client("lambda").invoke(FunctionName=SERVICE, Payload=json.dumps(event | {"ResponseURL": url}))
    return invoked.get("FunctionError"), invoked["Payload"].read().decode()


def stored(s3, key) -> bytes | None:
    try:
        return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None


def test_the_response_arrives_where_it_was_signed_for(cloud, s3, event):
    key, url = presigned(s3, event)
    assert "%3A" in url and "%7C" in url
    error, payload = invoke(cloud, event, url)
    assert error is None, payload
    response = json.loads(stored(s3, key))
    assert (response["Status"], response["RequestId"]) == ("SUCCESS", event["RequestId"])
    head = s3.head_object(Bucket=BUCKET, Key=key)
    assert head["ContentLength"] <= 4096


def put(url: str) -> int:
    """A PUT as plain as the function's; the status."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.netloc, timeout=10)
    try:
        connection.putrequest("PUT", f"{target.path}?{target.query}", skip_accept_encoding=True)
        connection.putheader("Content-Length", "2")
        connection.endheaders(b"{}")
        return connection.getresponse().status
    finally:
        connection.close()


def other_digit(url: str, after: str, offset: int) -> str:
    """The URL with another digit, so many characters after a text."""
    at = url.index(after) + len(after) + offset
    return url[:at] + ("0" if url[at] != "0" else "1") + url[at + 1 :]


TAMPERED = {
    "signature": lambda url: other_digit(url, "X-Amz-Signature=", 63),
    "key": lambda url: url.replace("%7CSync%7C", "%7COther%7C"),
    "expiry": lambda url: url.replace("X-Amz-Expires=7200", "X-Amz-Expires=7201"),
    "date": lambda url: other_digit(url, "X-Amz-Date=", 14),
    "another parameter": lambda url: url + "&x-id=PutObject",
}


@pytest.mark.parametrize("part", TAMPERED)
def test_a_url_that_was_tampered_with_is_refused_and_the_invocation_ends_in_an_error(cloud, s3, event, part):
    # First that this S3 does check: it takes the URL as it was signed, and no other.
    _, control = presigned(s3, event | {"RequestId": str(uuid.uuid4())})
    assert (put(TAMPERED[part](control)), put(control)) == (403, 200)

    key, url = presigned(s3, event)
    error, payload = invoke(cloud, event, TAMPERED[part](url))
    assert error == "Unhandled"
    assert stored(s3, key) is None
    secret = url.split("X-Amz-Signature=")[1][:60]
    assert secret not in payload and "X-Amz" not in payload


def test_a_url_that_has_expired_is_refused(cloud, s3, event):
    key, url = presigned(s3, event, valid_s=1)
    time.sleep(2)
    error, _ = invoke(cloud, event, url)
    assert error == "Unhandled"
    assert stored(s3, key) is None


def test_a_url_that_is_signed_for_a_content_type_is_refused(cloud, s3, event):
    """The function sends none, as CloudFormation signs for none: seen by an S3 that was told to expect one."""
    key, url = presigned(s3, event, ContentType="application/json")
    assert "content-type" in url
    error, _ = invoke(cloud, event, url)
    assert error == "Unhandled"
    assert stored(s3, key) is None
