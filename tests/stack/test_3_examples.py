"""Every example deploys as it stands, makes the sync that it is about, and goes without a trace in SSM."""

import pytest
from conftest import REGION, ROOT

UNITS = "ou-ab12-cdefgh34,ou-ab12-ijklmn56"
PARAMETERS = {
    "organization-inventory.yaml": {"OrganizationId": "o-exampleorg1"},
    "explorer-organizational-units.yaml": {"OrganizationalUnitIds": UNITS, "CreateServiceLinkedRole": "false"},
}
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES)
def test_example(cloud, example, file):
    before = cloud.ssm.syncs()
    name = f"example-{file.removesuffix('.yaml')}"
    cloud.create(name, example(file), PARAMETERS.get(file))
    outputs = cloud.outputs(name)
    made = cloud.ssm.syncs()[outputs["SyncName"]]
    CHECKS[file](cloud, outputs, made)
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
    cloud.create("member", template, {"OrganizationId": "o-exampleorg1"} | central)
    resources = cloud.cloudformation.describe_stack_resources(StackName="member")["StackResources"]
    assert [resource["LogicalResourceId"] for resource in resources] == ["InventorySync"]
    cloud.delete("member")


def many_regions(cloud, outputs, made):
    assert sorted(made["SyncSource"]["SourceRegions"]) == ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"]


def organization(cloud, outputs, made):
    assert made["SyncSource"]["AwsOrganizationsSource"] == {"OrganizationSourceType": "EntireOrganization"}


def units(cloud, outputs, made):
    source = made["SyncSource"]["AwsOrganizationsSource"]
    assert sorted(unit["OrganizationalUnitId"] for unit in source["OrganizationalUnits"]) == UNITS.split(",")


CHECKS = {
    "every-region.yaml": every_region,
    "explorer-many-regions.yaml": many_regions,
    "explorer-organization.yaml": organization,
    "explorer-organizational-units.yaml": units,
    "inventory-encrypted-bucket.yaml": inventory,
    "organization-inventory.yaml": organization_inventory,
}


def test_migration_keeps_the_sync_and_changes_its_owner(cloud, example):
    """At each step, what `docs/migration.md` promises."""
    parameters = {"BucketName": "inventory-bucket"}
    cloud.create("migration", example("migration/step-1-keep.yaml"), parameters)
    native = cloud.ssm.syncs()["inventory"]
    for step in ("step-2-adopt.yaml", "step-3-own.yaml"):
        cloud.update("migration", example(f"migration/{step}"), parameters)
        assert cloud.ssm.syncs()["inventory"] == native
    assert cloud.steps("migration") == ["Create InventorySync: SUCCESS", "Update InventorySync: SUCCESS"]
    cloud.delete("migration")
    assert "inventory" not in cloud.ssm.syncs()


def test_a_sync_that_differs_is_not_adopted_and_the_difference_is_named(cloud, example, foreign):
    theirs = foreign("inventory")
    parameters = {"BucketName": "inventory-bucket"}
    cloud.create("differs", example("migration/step-2-adopt.yaml"), parameters, expected="ROLLBACK_COMPLETE")
    reason = cloud.exchanges("differs")[0]["response"]["Reason"]
    assert "another-clients" in reason and "inventory-bucket" in reason
    cloud.delete("differs")
    assert cloud.ssm.syncs()["inventory"] == theirs


def test_a_sync_moves_from_one_stack_to_another(cloud, example):
    own, adopt = (example(f"migration/{step}") for step in ("step-3-own.yaml", "step-2-adopt.yaml"))
    parameters = {"BucketName": "inventory-bucket", "SyncName": "moved"}
    cloud.create("old-home", own, parameters)
    sync = cloud.ssm.syncs()["moved"]
    cloud.create("new-home", adopt, parameters)
    cloud.update("old-home", adopt, parameters)
    cloud.update("new-home", own, parameters)
    cloud.delete("old-home")
    assert cloud.ssm.syncs()["moved"] == sync
    cloud.delete("new-home")
    assert "moved" not in cloud.ssm.syncs()
