"""Every example deploys as it stands, makes the sync that it is about, and goes without a trace in SSM."""

import pytest
from conftest import REGION, ROOT

UNITS = "ou-ab12-cdefgh34,ou-ab12-ijklmn56"
PARAMETERS = {
    "organization-inventory.yaml": {"OrganizationId": "o-exampleorg1"},
    "explorer-organizational-units.yaml": {"OrganizationalUnitIds": UNITS, "CreateServiceLinkedRole": "false"},
}
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.yaml"))


def test_all_examples_are_tried():
    assert len(EXAMPLES) == 6


@pytest.mark.parametrize("file", EXAMPLES)
def test_example(cloud, example, file):
    before = cloud.ssm.syncs()
    name = f"example-{file.removesuffix('.yaml')}"
    cloud.create(name, example(file), PARAMETERS.get(file))
    outputs = cloud.outputs(name)
    made = cloud.ssm.syncs()[outputs["SyncName"]]
    check = CHECKS[file]
    check(cloud, outputs, made)
    cloud.delete(name)
    assert cloud.ssm.syncs() == before


def inventory(cloud, outputs, made):
    assert made["S3Destination"]["BucketName"] == outputs["BucketName"]
    assert made["S3Destination"]["AWSKMSKeyARN"] == outputs["KeyArn"]


def every_region(cloud, outputs, made):
    regions = outputs["Regions"].split(",")
    assert len(regions) == 17
    assert made["S3Destination"]["Region"] == REGION
    for region in regions:
        assert outputs["SyncName"] in cloud.ssm.syncs(region), region


def organization_inventory(cloud, outputs, made):
    assert made["S3Destination"]["BucketName"] == outputs["CentralBucketName"]
    # A second account, as a StackSet deploys it: the same template with the first one's outputs.
    central = {key: value for key, value in outputs.items() if key.startswith("Central")}
    template = (ROOT / "examples/organization-inventory.yaml").read_text(encoding="utf-8")
    parameters = {"OrganizationId": "o-exampleorg1"} | central
    cloud.create("member", template, parameters)
    assert cloud.outputs("member")["CentralBucketName"] == central["CentralBucketName"]
    resources = cloud.cloudformation.describe_stack_resources(StackName="member")["StackResources"]
    assert [resource["LogicalResourceId"] for resource in resources] == ["InventorySync"]
    cloud.delete("member")


def many_regions(cloud, outputs, made):
    assert made["SyncSource"]["SourceType"] == "SingleAccountMultiRegions"
    assert sorted(made["SyncSource"]["SourceRegions"]) == ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"]


def organization(cloud, outputs, made):
    source = made["SyncSource"]["AwsOrganizationsSource"]
    assert source == {"OrganizationSourceType": "EntireOrganization"}


def units(cloud, outputs, made):
    source = made["SyncSource"]["AwsOrganizationsSource"]
    assert source["OrganizationSourceType"] == "OrganizationalUnits"
    assert sorted(unit["OrganizationalUnitId"] for unit in source["OrganizationalUnits"]) == UNITS.split(",")


CHECKS = {
    "every-region.yaml": every_region,
    "explorer-many-regions.yaml": many_regions,
    "explorer-organization.yaml": organization,
    "explorer-organizational-units.yaml": units,
    "inventory-encrypted-bucket.yaml": inventory,
    "organization-inventory.yaml": organization_inventory,
}
