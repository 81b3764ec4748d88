"""What the stack tests stand on: the sandbox's SSM, ministack with the zip in it, and the tools that people use."""

import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.client import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
ACCOUNT = "123456789012"
REGION = "us-east-1"
SERVICE = "resource-data-sync"
START_S_MAX = 30
STACK_S_MAX = 180
READ = TypeDeserializer()
PASSING = {"LastStatus", "LastSyncTime", "LastSuccessfulSyncTime", "LastSyncStatusMessage"}

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    # Nothing of the machine's own.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.update(CREDENTIALS)
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)


def required(path: Path, how: str) -> Path:
    if not path.exists():
        pytest.exit(f"{path} is missing: {how}", returncode=2)
    return path


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        try:
            held = [socket.create_server(("127.0.0.1", first + offset)) for offset in range(count)]
        except OSError:
            continue
        for server in held:
            server.close()
        return first
    raise RuntimeError("no free ports")


def wait_for_port(port: int, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_S_MAX
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"port {port} does not answer; {log} ends with:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def process(command: list, log: Path, env: dict | None = None):
    """A child that is ended with the test, and with nothing else."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | (env or {}),
            cwd=ROOT,
        )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def client(service: str, endpoint: str, region: str = REGION):
    # ministack ends keep-alive connections silently; a retry takes a new one.
    config = Config(
        retries={"max_attempts": 3, "mode": "standard"},
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path"},
    )
    return boto3.client(service, region_name=region, endpoint_url=endpoint, config=config)


@dataclass
class Ssm:
    """The sandbox's SSM."""

    endpoint: str

    def in_region(self, region: str = REGION):
        return client("ssm", self.endpoint, region)

    def syncs(self, region: str = REGION) -> dict[str, dict]:
        """Every sync of both types by name, without what time changes by itself."""
        found = {}
        for sync_type in ("SyncToDestination", "SyncFromSource"):
            token = {}
            while True:
                page = self.in_region(region).list_resource_data_sync(SyncType=sync_type, **token)
                for item in page["ResourceDataSyncItems"]:
                    found[item["SyncName"]] = {key: item[key] for key in item.keys() - PASSING}
                if not page.get("NextToken"):
                    break
                token = {"NextToken": page["NextToken"]}
        return found


@dataclass
class Cloud:
    endpoint: str
    ssm: Ssm
    journal: Path
    environment: dict = field(default_factory=dict)

    def client(self, service: str):
        return client(service, self.endpoint)

    @property
    def cloudformation(self):
        return self.client("cloudformation")

    def tool(self, *command: object) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [str(word) for word in command],
            env=os.environ | self.environment,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}"
        return done

    def stack(self, name: str) -> dict:
        return self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]

    def outputs(self, name: str) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.stack(name).get("Outputs", [])}

    def events(self, name: str) -> str:
        events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(
            f"{event['LogicalResourceId']}: {event['ResourceStatus']} {event.get('ResourceStatusReason', '')}"
            for event in reversed(events)
        )

    def settled(self, name: str, expected: str) -> dict:
        """The stack, once it is at rest: in the state that is expected."""
        end = time.monotonic() + STACK_S_MAX
        while time.monotonic() < end:
            stack = self.stack(name)
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                assert stack["StackStatus"] == expected, f"{stack['StackStatus']}\n{self.events(name)}"
                return stack
            time.sleep(0.1)
        raise AssertionError(f"{name} is still {stack['StackStatus']}\n{self.events(name)}")

    def create(self, name: str, template: str, parameters: dict | None = None, expected="CREATE_COMPLETE") -> dict:
        self.cloudformation.create_stack(**self._request(name, template, parameters))
        return self.settled(name, expected)

    def update(self, name: str, template: str, parameters: dict | None = None, expected="UPDATE_COMPLETE") -> dict:
        self.cloudformation.update_stack(**self._request(name, template, parameters))
        return self.settled(name, expected)

    def delete(self, name: str) -> None:
        stack_id = self.stack(name)["StackId"]
        self.cloudformation.delete_stack(StackName=name)
        self.settled(stack_id, "DELETE_COMPLETE")

    @staticmethod
    def _request(name: str, template: str, parameters: dict | None) -> dict:
        return {
            "StackName": name,
            "TemplateBody": template,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()],
            "Capabilities": ["CAPABILITY_IAM"],
        }

    def records(self) -> dict[str, dict]:
        """What the ownership table holds: records by their key."""
        table = self.outputs(SERVICE)["OwnershipTableName"]
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        items = [item for page in pages for item in page["Items"]]
        return {item["Resource"]["S"]: {key: READ.deserialize(value) for key, value in item.items()} for item in items}

    def record(self, stack: str, logical_id: str = "Sync") -> dict:
        (found,) = [
            it for key, it in self.records().items() if f":stack/{stack}/" in key and key.endswith(f"|{logical_id}")
        ]
        return found

    def exchanges(self, stack: str | None = None) -> list[dict]:
        """Events and responses, in order; of one stack, or of all."""
        entries = [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]
        return [entry for entry in entries if stack is None or f":stack/{stack}/" in entry["event"]["StackId"]]

    def steps(self, stack: str, since: int = 0) -> list[str]:
        """`exchanges`, a line each."""
        return [
            f"{entry['event']['RequestType']} {entry['event']['LogicalResourceId']}: {entry['response']['Status']}"
            for entry in self.exchanges(stack)[since:]
        ]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory) -> Path:
    """Where the logs are. `STACK_TEST_LOGS` keeps them."""
    kept = os.environ.get("STACK_TEST_LOGS")
    if not kept:
        return tmp_path_factory.mktemp("stack")
    path = Path(kept)
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(scope="session")
def dist() -> Path:
    """The files of a release."""
    return required(TARGET / "dist/SHA256SUMS", "packaging/release.sh x86_64 makes it").parent


@pytest.fixture(scope="session")
def zip_file(dist) -> Path:
    (zip_file,) = dist.glob("*-x86_64.zip")
    return zip_file


@pytest.fixture(scope="session")
def ssm(workspace, zip_file):
    """The sandbox's SSM, by itself and without faults."""
    sandbox = required(TARGET / "debug/examples/sandbox", "cargo build --example sandbox makes it")
    with zipfile.ZipFile(zip_file) as archive:
        archive.extract("bootstrap", workspace)
    bootstrap = workspace / "bootstrap"
    bootstrap.chmod(0o755)
    base = free_ports(3)
    log = workspace / "sandbox.log"
    with process([sandbox, "serve", "--port-base", base, "--bootstrap", bootstrap], log) as child:
        wait_for_port(base + 1, child, log)
        yield Ssm(f"http://127.0.0.1:{base + 1}")


@pytest.fixture(scope="session")
def engine(workspace, ssm):
    """ministack, without the function yet."""
    port = free_ports(1)
    endpoint = f"http://127.0.0.1:{port}"
    journal = workspace / "journal.jsonl"
    journal.write_text("")
    env = {
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(workspace / "state"),
        "STACK_TEST_JOURNAL": str(journal),
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.5",
        # Functions inherit ministack's environment: this is how ours finds SSM and its table, and trusts the bucket of responses.
        "AWS_ENDPOINT_URL_SSM": ssm.endpoint,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "RESPONSE_URL_EXTRA_HOSTS": "127.0.0.1",
    }
    log = workspace / "ministack.log"
    with process([sys.executable, Path(__file__).parent / "engine.py"], log, env) as child:
        wait_for_port(port, child, log)
        yield Cloud(endpoint, ssm, journal, {"AWS_ENDPOINT_URL": endpoint, "SAM_CLI_TELEMETRY": "0"})


@pytest.fixture(scope="session")
def cloud(engine):
    """ministack with the service deployed, as the README says: by `sam deploy`."""
    built = required(TARGET / "sam/template.yaml", "sam build --build-dir target/sam makes it")
    engine.client("s3").create_bucket(Bucket="artifacts")
    engine.tool(
        *("sam", "deploy", "--template-file", built, "--stack-name", SERVICE, "--s3-bucket", "artifacts"),
        *("--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"),
    )
    assert engine.settled(SERVICE, "CREATE_COMPLETE")
    return engine


@pytest.fixture
def example():
    """Reads a template of examples/."""
    return lambda name: (ROOT / "examples" / name).read_text(encoding="utf-8")


@pytest.fixture
def foreign(ssm):
    """Makes syncs that are another client's, and takes them away afterwards."""
    made = []

    def make(name: str, bucket: str = "another-clients", region: str = REGION) -> dict:
        ssm.in_region(region).create_resource_data_sync(
            SyncName=name, S3Destination={"BucketName": bucket, "SyncFormat": "JsonSerDe", "Region": region}
        )
        made.append((name, region))
        return ssm.syncs(region)[name]

    yield make
    for name, region in made:
        with suppress(ClientError):
            ssm.in_region(region).delete_resource_data_sync(SyncName=name, SyncType="SyncToDestination")
