"""`cargo lambda watch` and `cargo lambda invoke` with the files of events/ in their order, against `cargo sandbox serve`.

They are played as they stand, but for what only `cargo sandbox` does: the faults in the member `Sandbox` are not injected, and
so an event that is to meet one may end well. `ResponseURL` points to a recorder, on a port that is free.
"""

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from conftest import REGION, ROOT, SERVICE, free_ports, process, wait_for_port

EVENTS = sorted((ROOT / "events").glob("*.json"))
BUILD_S_MAX = 900
RESPONSE_S_MAX = 150


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
    env = {
        "AWS_ENDPOINT_URL_SSM": ssm.endpoint,
        "AWS_ENDPOINT_URL_DYNAMODB": ssm.endpoint,
        "OWNERSHIP_TABLE": SERVICE,
        "RESPONSE_URL_EXTRA_HOSTS": "127.0.0.1",
    }
    log = workspace / "watch.log"
    command = ["cargo", "lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", port, "--ignore-changes"]
    with process(command, log, env) as child:
        wait_for_port(port, child, log)
        yield port


@pytest.mark.parametrize("file", EVENTS, ids=lambda path: path.stem)
def test_event(watch, recorder, ssm, workspace, file):
    event = json.loads(file.read_text(encoding="utf-8"))
    sandbox = event.pop("Sandbox", {})
    for foreign in sandbox.get("foreign", []):
        ssm.in_region(foreign.get("region", REGION)).create_resource_data_sync(**foreign["sync"])
    url = urlsplit(event["ResponseURL"])
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
        timeout=RESPONSE_S_MAX,
        check=False,
    )
    assert invoked.returncode == 0, invoked.stdout + invoked.stderr
    response = json.loads(recorder.bodies.pop(target))
    if not sandbox.get("faults"):
        assert response["Status"] == sandbox.get("expect", "SUCCESS"), response
    for member in ("StackId", "RequestId", "LogicalResourceId"):
        assert response[member] == event[member]
