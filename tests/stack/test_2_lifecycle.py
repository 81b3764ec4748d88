"""A sync's life in a stack: made, changed, replaced, rolled back, deleted; and at each step what stands in SSM."""

import json
import re

import pytest
from conftest import REGION

STACK = "inventory"
EXAMPLE = "inventory-encrypted-bucket.yaml"


def template(sync: dict, failing: bool = False) -> str:
    """A stack with one sync, and on demand with a second one whose properties are wrong, which is made after it."""
    token = {"Fn::ImportValue": "resource-data-sync-service-token"}
    resources = {
        "Sync": {
            "Type": "Custom::ResourceDataSync",
            "Properties": {"ServiceToken": token} | sync,
        }
    }
    if failing:
        resources["Wrong"] = {
            "Type": "Custom::ResourceDataSync",
            "DependsOn": "Sync",
            "Properties": {"ServiceToken": token, "SyncNmae": "slip"},
        }
    outputs = {"Name": {"Value": {"Ref": "Sync"}}}
    for attribute in ("Arn", "SyncName", "SyncType", "LastStatus", "SyncCreatedTime", "Regions", "RegionStates"):
        outputs[attribute] = {"Value": {"Fn::GetAtt": ["Sync", attribute]}}
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, "Outputs": outputs})


def destination(bucket: str, **more: str) -> dict:
    return {"S3Destination": {"BucketName": bucket, "Region": REGION} | more}


def explorer(*regions: str, **more) -> dict:
    source = {"SourceType": "SingleAccountMultiRegions", "SourceRegions": list(regions)} | more
    return {"SyncType": "SyncFromSource", "SyncSource": source}


@pytest.fixture
def stack(cloud, request):
    """A stack's name, and its end."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    before = cloud.ssm.syncs()
    yield name
    cloud.delete(name)
    assert cloud.ssm.syncs() == before


def test_the_example_from_create_to_delete(cloud, example):
    before = cloud.ssm.syncs()
    cloud.create(STACK, example(EXAMPLE))
    outputs = cloud.outputs(STACK)
    name = outputs["SyncName"]
    made = cloud.ssm.syncs()[name]
    assert made["S3Destination"] == {
        "BucketName": outputs["BucketName"],
        "SyncFormat": "JsonSerDe",
        "Region": REGION,
        "AWSKMSKeyARN": outputs["KeyArn"],
    }
    assert outputs["SyncArn"].endswith(f":resource-data-sync/{name}")
    assert outputs["LastStatus"] in ("Successful", "InProgress")

    # A prefix can't be updated, and the name is made up: a new sync first, then the old one goes.
    cloud.update(STACK, example(EXAMPLE), {"Prefix": "fleet"})
    renamed = cloud.outputs(STACK)["SyncName"]
    assert renamed != name
    syncs = cloud.ssm.syncs()
    assert name not in syncs
    assert syncs[renamed]["S3Destination"]["Prefix"] == "fleet"
    assert cloud.steps(STACK) == [
        "Create InventorySync: SUCCESS",
        "Update InventorySync: SUCCESS",
        "Delete InventorySync: SUCCESS",
    ]
    assert cloud.asked(STACK)[2]["event"]["PhysicalResourceId"] == name

    cloud.delete(STACK)
    assert cloud.ssm.syncs() == before


def test_a_change_of_regions_and_units_is_updated_in_place(cloud, stack):
    cloud.create(stack, template(explorer("us-east-1")))
    first = cloud.outputs(stack)
    assert first["SyncType"] == "SyncFromSource"
    cloud.update(stack, template(explorer("eu-west-1", "us-east-1", IncludeFutureRegions=True)))
    second = cloud.outputs(stack)
    assert (second["Name"], second["SyncCreatedTime"]) == (first["Name"], first["SyncCreatedTime"])
    source = cloud.ssm.syncs()[second["Name"]]["SyncSource"]
    assert sorted(source["SourceRegions"]) == ["eu-west-1", "us-east-1"]
    assert source["IncludeFutureRegions"] is True


def test_another_bucket_under_a_chosen_name_is_replaced_in_place(cloud, stack):
    cloud.create(stack, template({"SyncName": "chosen"} | destination("first")))
    made = cloud.ssm.syncs()["chosen"]["SyncCreatedTime"]
    cloud.update(stack, template({"SyncName": "chosen"} | destination("second")))
    assert cloud.outputs(stack)["Name"] == "chosen"
    replaced = cloud.ssm.syncs()["chosen"]
    assert replaced["S3Destination"]["BucketName"] == "second"
    assert replaced["SyncCreatedTime"] > made
    assert cloud.steps(stack) == ["Create Sync: SUCCESS", "Update Sync: SUCCESS"]


def test_another_name_is_a_new_sync_first_and_then_the_old_one_goes(cloud, stack):
    cloud.create(stack, template({"SyncName": "before"} | destination("bucket")))
    cloud.update(stack, template({"SyncName": "after"} | destination("bucket")))
    assert cloud.outputs(stack)["Name"] == "after"
    syncs = cloud.ssm.syncs()
    assert "after" in syncs and "before" not in syncs
    assert cloud.steps(stack)[1:] == ["Update Sync: SUCCESS", "Delete Sync: SUCCESS"]


def test_an_update_with_wrong_properties_fails_and_changes_nothing(cloud, stack):
    cloud.create(stack, template({"SyncName": "steady"} | destination("bucket")))
    before = cloud.ssm.syncs()["steady"]
    cloud.update(stack, template({"SyncName": "steady", "Colour": "red"}), expected="UPDATE_ROLLBACK_COMPLETE")
    assert cloud.ssm.syncs()["steady"] == before
    assert cloud.steps(stack)[1:] == ["Update Sync: FAILED", "Update Sync: SUCCESS"]
    reason = cloud.asked(stack)[1]["answer"]["Reason"]
    assert "Colour" in reason and "S3Destination" in reason
    assert "Colour" in cloud.events(stack)


@pytest.mark.parametrize("kind", ["in-place", "rename", "made-up", "regions"])
def test_rolled_back(cloud, stack, kind):
    """The sync's own update works, something after it fails, and the stack goes back."""
    was, wanted = {
        "in-place": (
            {"SyncName": "kept"} | destination("was"),
            {"SyncName": "kept"} | destination("wanted"),
        ),
        "rename": (
            {"SyncName": "old-name"} | destination("bucket"),
            {"SyncName": "new-name"} | destination("bucket"),
        ),
        "made-up": (destination("was"), destination("wanted")),
        "regions": (explorer("us-east-1"), explorer("us-east-1", "eu-west-1")),
    }[kind]
    cloud.create(stack, template(was))
    name = cloud.outputs(stack)["Name"]
    before = cloud.ssm.syncs()
    cloud.update(stack, template(wanted, failing=True), expected="UPDATE_ROLLBACK_COMPLETE")
    after = cloud.ssm.syncs()
    assert after.keys() == before.keys()
    for member in ("S3Destination", "SyncSource"):
        assert unordered(after[name].get(member)) == unordered(before[name].get(member))
    if kind in ("rename", "made-up"):
        # The old sync was never touched.
        assert after[name]["SyncCreatedTime"] == before[name]["SyncCreatedTime"]
    assert cloud.outputs(stack)["Name"] == name
    # What the stack holds now is what it deletes, and it can be changed again.
    cloud.update(stack, template(wanted))
    assert cloud.stack(stack)["StackStatus"] == "UPDATE_COMPLETE"


def unordered(source):
    if not source:
        return source
    ignored = {"SyncType", "State"}
    return {
        key: sorted(value) if isinstance(value, list) else value for key, value in source.items() if key not in ignored
    }


def test_a_name_that_is_taken_fails_the_create_and_stays_whose_it_is(cloud, outsider):
    theirs = outsider("theirs")
    cloud.create("taken", template({"SyncName": "theirs"} | destination("ours")), expected="ROLLBACK_COMPLETE")
    assert cloud.ssm.syncs()["theirs"] == theirs
    assert cloud.steps("taken") == ["Create Sync: FAILED", "Delete Sync: SUCCESS"]
    reason = cloud.asked("taken")[0]["answer"]["Reason"]
    assert "theirs" in reason and "somebody-elses" in reason
    cloud.delete("taken")
    assert cloud.ssm.syncs()["theirs"] == theirs


def test_an_equal_sync_is_not_adopted_either(cloud, outsider):
    theirs = outsider("equal", bucket="same")
    cloud.create("equal", template({"SyncName": "equal"} | destination("same")), expected="ROLLBACK_COMPLETE")
    cloud.delete("equal")
    assert cloud.ssm.syncs()["equal"] == theirs


def test_a_rename_into_a_taken_name_fails_and_both_stand(cloud, stack, outsider):
    theirs = outsider("occupied")
    cloud.create(stack, template({"SyncName": "mine"} | destination("bucket")))
    mine = cloud.ssm.syncs()["mine"]
    cloud.update(stack, template({"SyncName": "occupied"} | destination("bucket")), expected="UPDATE_ROLLBACK_COMPLETE")
    assert (cloud.ssm.syncs()["mine"], cloud.ssm.syncs()["occupied"]) == (mine, theirs)
    assert cloud.outputs(stack)["Name"] == "mine"
    cloud.ssm.in_region().delete_resource_data_sync(SyncName="occupied", SyncType="SyncToDestination")


def test_regions_join_and_leave(cloud, stack):
    def regions(*names):
        return template({"SyncName": "wide", "Regions": list(names)} | destination("bucket"))

    def stands():
        return [region for region in ("ap-south-1", "eu-west-1", "us-east-1") if "wide" in cloud.ssm.syncs(region)]

    cloud.create(stack, regions("us-east-1", "eu-west-1"))
    assert stands() == ["eu-west-1", "us-east-1"]
    assert cloud.outputs(stack)["Regions"] == "eu-west-1,us-east-1"
    cloud.update(stack, regions("ap-south-1", "us-east-1"))
    assert stands() == ["ap-south-1", "us-east-1"]
    cloud.update(stack, regions("us-east-1"))
    assert stands() == ["us-east-1"]


def test_no_answer_was_one_that_cloudformation_would_refuse(cloud):
    """Of all the tests above, and of those in files before this one."""
    entries = cloud.asked()
    assert len(entries) > 20
    assert [entry["faults"] for entry in entries if entry["faults"]] == []
    # A secret is nowhere in what people read.
    assert not any("X-Amz-Signature" in json.dumps(entry["answer"]) for entry in entries)
