"""The files of a release, and the README's lines that install them: as they stand, against the engine."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from conftest import ROOT, SERVICE, free_ports, process, wait_for_port
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE).group(1)
BUCKET = "releases-of-ours"


@pytest.fixture(scope="module")
def shell(engine, dist, workspace):
    """Runs lines of the README in a folder, with the release's files and a bucket in the places of the placeholders."""
    site = workspace / "site"
    (site / "releases/download").mkdir(parents=True, exist_ok=True)
    files = site / f"releases/download/v{VERSION}"
    files.unlink(missing_ok=True)
    files.symlink_to(dist)
    engine.client("s3").create_bucket(Bucket=BUCKET)
    port = free_ports(1)
    log = workspace / "site.log"

    def run(lines: str, folder) -> subprocess.CompletedProcess:
        script = lines.replace("REPOSITORY", f"http://127.0.0.1:{port}").replace("BUCKET", BUCKET)
        return subprocess.run(
            ["bash", "-euxc", script],
            cwd=folder,
            env=os.environ | engine.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )

    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", site, port]
    with process(command, log) as child:
        wait_for_port(port, child, log)
        yield run


def install_lines() -> list[str]:
    """The first block of the README's "Deploy": a command each."""
    deploy = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Deploy\n")[1]
    block = re.search(r"(?m)(^ {4}.*\n)+", deploy).group()
    download, verify, install = re.split(r"(?<!\\)\n", block.strip())
    return [download, verify, install]


def test_a_zip_that_is_not_the_releases_goes_nowhere(engine, shell, tmp_path):
    download, verify, _ = install_lines()
    assert shell(download, tmp_path).returncode == 0
    (zip_file,) = tmp_path.glob("*.zip")
    zip_file.write_bytes(zip_file.read_bytes() + b"\0")
    verified = shell(verify, tmp_path)
    assert verified.returncode != 0 and f"{zip_file.name}: FAILED" in verified.stdout
    assert "Contents" not in engine.client("s3").list_objects_v2(Bucket=BUCKET)


def test_the_readmes_lines_install_the_release(engine, shell, zip_file, workspace, tmp_path):
    installed = shell("\n".join(install_lines()), tmp_path)
    (workspace / "install.log").write_text(installed.stdout)
    assert installed.returncode == 0, installed.stdout
    engine.settled(SERVICE, "CREATE_COMPLETE")
    code = engine.client("lambda").get_function(FunctionName=SERVICE)["Configuration"]["CodeSha256"]
    assert code == base64.b64encode(hashlib.sha256(zip_file.read_bytes()).digest()).decode()

    properties = {
        "ServiceToken": {"Fn::ImportValue": "resource-data-sync-service-token"},
        "SyncName": "installed",
        "S3Destination": {"BucketName": "inventory", "Region": "us-east-1"},
    }
    stack = {"Resources": {"Sync": {"Type": "Custom::ResourceDataSync", "Properties": properties}}}
    engine.create("installed", json.dumps(stack))
    assert "installed" in engine.ssm.syncs()
    engine.delete("installed")
    assert "installed" not in engine.ssm.syncs()
    engine.delete(SERVICE)


def test_the_quick_create_link_names_what_the_template_has(dist):
    template = yaml.safe_load((dist / "resource-data-sync.yaml").read_text(encoding="utf-8"))
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    link = urlsplit(re.search(r"https://console\S+/create/review\?\S+", operations).group())
    query = parse_qs(urlsplit(link.fragment).query, strict_parsing=True)
    given = {key.removeprefix("param_"): value for key, (value,) in query.items() if key.startswith("param_")}
    required = {key for key, parameter in template["Parameters"].items() if "Default" not in parameter}
    assert given.keys() == required
    assert (dist / given["CodeKey"]).exists()
    assert query["templateURL"][0].endswith("/resource-data-sync.yaml")


def test_the_list_of_what_is_linked_is_cyclonedx(dist):
    (file,) = dist.glob("*-x86_64.cdx.json")
    text = file.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    names = {component["name"] for component in json.loads(text)["components"]}
    # The SDK, the TLS stack and the standard library; neither macros nor what only tests use.
    assert {"aws-sdk-ssm", "ring", "std"} <= names
    assert names.isdisjoint({"serde_derive", "tokio-macros", "proptest", "cc"})
