#!/usr/bin/env python3
"""Plain CloudFormation from template.yaml: no transform, for StackSets with service-managed permissions.

The zip's place is left to two parameters, CodeBucket and CodeKey, so that one template serves every Region that has a copy
of the zip. Everything else is the SAM translator's work, so nothing is written twice; the output is not kept in the
repository, since a copy would only ever be stale or equal.

    packaging/plain.py > resource-data-sync.yaml
"""

import argparse
import copy
import json
import logging
import sys
from pathlib import Path

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"
FUNCTION = "AWS::Serverless::Function"

PARAMETERS = {
    "CodeBucket": {
        "Type": "String",
        "AllowedPattern": r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        "Description": "Bucket that holds the zip. It must be in the function's Region, and its policy must let the account "
        "that deploys read the zip.",
    },
    "CodeKey": {
        "Type": "String",
        "MinLength": 1,
        "Description": "Key of the zip in the bucket. A new release needs a new key: CloudFormation sees no other change.",
    },
}
GROUP = {"Label": {"default": "Code"}, "Parameters": ["CodeBucket", "CodeKey"]}


def plain(template: dict) -> dict:
    """The template without its transform."""
    source = copy.deepcopy(template)
    functions = [resource for resource in source["Resources"].values() if resource["Type"] == FUNCTION]
    for function in functions:
        function["Properties"]["CodeUri"] = {"Bucket": {"Ref": "CodeBucket"}, "Key": {"Ref": "CodeKey"}}
        for build in ("BuildMethod", "BuildProperties"):
            function.get("Metadata", {}).pop(build, None)
    source["Parameters"] = PARAMETERS | source["Parameters"]
    source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"].insert(0, GROUP)
    del source["Metadata"]["AWS::ServerlessRepo::Application"]

    # The translator asks for a Region, to tell partitions apart where it makes ARNs of managed policies; there are none.
    session = boto3.session.Session(region_name="us-east-1")
    translated = Translator({}, Parser(), boto_session=session).translate(source, {})
    translated.pop("Transform", None)
    kinds = {resource["Type"] for resource in translated["Resources"].values()}
    left = sorted(kind for kind in kinds if kind.startswith("AWS::Serverless::"))
    if left or "Transform" in translated:
        raise SystemExit(f"plain.py: the translator left {left}")
    order = [key for key in source if key in translated]
    return {key: translated[key] for key in order} | translated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="JSON instead of YAML")
    parser.add_argument("template", nargs="?", type=Path, default=TEMPLATE)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    # By way of JSON: the parser's ordered dictionaries have no YAML form of their own.
    document = json.loads(json.dumps(plain(yaml_parse(arguments.template.read_text(encoding="utf-8")))))
    if arguments.json:
        json.dump(document, sys.stdout, indent=2)
        print()
    else:
        print("# Made from template.yaml by packaging/plain.py.")
        yaml.safe_dump(document, sys.stdout, sort_keys=False, width=120)


if __name__ == "__main__":
    main()
