"""`cargo lambda watch` and `cargo lambda invoke` with each file of events/, against the sandbox's SSM.

The files are played in their order, as they stand, but for three things that only `cargo sandbox` knows: the member
`Sandbox` is left out (syncs of others are made here; faults are not), "@previous" becomes the id that was answered last,
and `ResponseURL` points to a recorder, on a port that is free.
"""

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from conftest import REGION, ROOT, free_ports, process, wait_for_port

EVENTS = sorted((ROOT / "events").glob("*.json"))
BUILD_S_MAX = 900
ANSWER_S_MAX = 150


class Recorder:
    """Takes PUTs as S3 does for CloudFormation's URLs, and keeps their bodies by path and query."""

    def __init__(self):
        self.bodies: dict[str, bytes] = {}
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self):
                length = self.headers.get("Content-Length")
                plain = length is not None and self.headers.get("Content-Type") is None
                if plain:
                    recorder.bodies[self.path] = self.rfile.read(int(length))
                self.send_response(200 if plain else 403)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.server.shutdown()


@pytest.fixture(scope="module")
def watch(ssm, workspace):
    """`cargo lambda watch`, with the function built and started."""
    if shutil.which("cargo-lambda") is None:
        pytest.exit("cargo-lambda is missing: .ci/requirements.txt has it", returncode=2)
    # What watch would build at the first event, while the event waits.
    subprocess.run(["cargo", "build", "--quiet", "--bin", "bootstrap"], cwd=ROOT, check=True, timeout=BUILD_S_MAX)
    port = free_ports(1)
    env = {"AWS_ENDPOINT_URL_SSM": ssm.endpoint, "RESPONSE_URL_EXTRA_HOSTS": "127.0.0.1"}
    log = workspace / "watch.log"
    command = ["cargo", "lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", port, "--ignore-changes"]
    with process(command, log, env) as child:
        wait_for_port(port, child, log)
        yield port


@pytest.fixture(scope="module")
def ids():
    """The last physical id for each stack and logical id."""
    return {}


@pytest.mark.parametrize("file", EVENTS, ids=lambda path: path.stem)
def test_event(watch, recorder, ids, ssm, workspace, file):
    event = json.loads(file.read_text(encoding="utf-8"))
    sandbox = event.pop("Sandbox", {})
    for outsider in sandbox.get("outsider", []):
        try:
            ssm.in_region(outsider.get("region", REGION)).create_resource_data_sync(**outsider["sync"])
        except ClientError as error:
            assert error.response["Error"]["Code"].startswith("ResourceDataSync"), error
    resource = (event["StackId"], event["LogicalResourceId"])
    if event.get("PhysicalResourceId") == "@previous":
        event["PhysicalResourceId"] = ids[resource]
    url = urlsplit(event["ResponseURL"])
    assert url.hostname == "127.0.0.1"
    target = f"{url.path}?{url.query}"
    event["ResponseURL"] = f"http://127.0.0.1:{recorder.port}{target}"
    data = workspace / "event.json"
    data.write_text(json.dumps(event))

    invoked = subprocess.run(
        ["cargo", "lambda", "invoke", "--invoke-address", "127.0.0.1", "--invoke-port", str(watch)]
        + ["bootstrap", "--data-file", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=ANSWER_S_MAX,
        check=False,
    )
    assert invoked.returncode == 0, invoked.stdout + invoked.stderr
    body = recorder.bodies.pop(target)
    assert len(body) <= 4096
    answer = json.loads(body)
    assert answer["Status"] in ("SUCCESS", "FAILED")
    for member in ("StackId", "RequestId", "LogicalResourceId"):
        assert answer[member] == event[member]
    assert answer["PhysicalResourceId"]
    ids[resource] = answer["PhysicalResourceId"]


def test_there_are_events():
    assert len(EVENTS) > 50
