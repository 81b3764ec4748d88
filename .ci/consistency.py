#!/usr/bin/env python3
"""What is said in more than one file, and has to be the same there."""

import json
import re
import sys
import tomllib
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = "AWS::Serverless::Function"


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def function(template: dict) -> tuple[str, dict]:
    (found,) = [(name, it) for name, it in template["Resources"].items() if it["Type"] == FUNCTION]
    return found


def faults():
    template = yaml_parse(text("template.yaml"))
    cargo = tomllib.loads(text("Cargo.toml"))["package"]
    readme = text("README.md")

    published = template["Metadata"]["AWS::ServerlessRepo::Application"]
    if published["SemanticVersion"] != cargo["version"]:
        yield f"template.yaml is version {published['SemanticVersion']}, Cargo.toml {cargo['version']}"
    for file in ("LicenseUrl", "ReadmeUrl"):
        if not (ROOT / published[file]).is_file():
            yield f"template.yaml: {file} {published[file]} is no file"

    for parameter in template["Parameters"]:
        if f"`{parameter}`" not in readme:
            yield f"README.md does not tell of the template's parameter {parameter}"

    # `sam local invoke` runs what is deployed, but for the variables that lead to the sandbox.
    name, deployed = function(template)
    local_name, local = function(yaml_parse(text("events/sam-local.yaml")))
    if local_name != name:
        yield f"events/sam-local.yaml: the function is {local_name}, in template.yaml {name}"
    for member in ("Handler", "Runtime", "MemorySize"):
        if local["Properties"].get(member) != deployed["Properties"][member]:
            yield f"events/sam-local.yaml: {member} is not that of template.yaml"
    for member in ("BuildMethod", "BuildProperties"):
        if local["Metadata"].get(member) != deployed["Metadata"][member]:
            yield f"events/sam-local.yaml: {member} is not that of template.yaml"
    allowed = {"AWS_ENDPOINT_URL_SSM", "RESPONSE_URL_EXTRA_HOSTS"}
    declared = set(local["Properties"]["Environment"]["Variables"])
    if declared != allowed:
        yield f"events/sam-local.yaml declares {sorted(declared)}: sam local passes no others, the sandbox needs {sorted(allowed)}"
    if "Environment" in deployed["Properties"]:
        yield "template.yaml: the deployed function is led elsewhere by its environment"

    prefix = template["Parameters"]["FunctionName"]["Default"]
    export = template["Outputs"]["ServiceToken"]["Export"]["Name"]["Fn::Sub"].replace("${FunctionName}", prefix)
    for path in [*sorted(ROOT.glob("examples/**/*.yaml")), *sorted(ROOT.glob("examples/cdk/*/*.[pt][ys]"))]:
        content = path.read_text(encoding="utf-8")
        if re.search(r"importValue|import_value|ServiceTokenExport", content) and export not in content:
            yield f"{path.relative_to(ROOT)} does not know the export {export}"

    for path in sorted((ROOT / "events").glob("*.json")):
        event = json.loads(path.read_text(encoding="utf-8"))
        for one in event if isinstance(event, list) else [event]:
            if "X-Amz-Date" in (one.get("ResponseURL") or ""):
                yield f"{path.relative_to(ROOT)}: with an X-Amz-Date the event is soon too old to be acted on"


def main() -> int:
    found = list(faults())
    for fault in found:
        print(fault, file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
