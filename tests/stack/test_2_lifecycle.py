"""A sync's life in a stack: made, changed, replaced, rolled back, deleted; and at each step what is in SSM and in the table."""

import json
import re

import pytest
from conftest import ACCOUNT, REGION

ATTRIBUTES = [
    "Arn",
    "SyncName",
    "SyncType",
    "LastStatus",
    "SyncCreatedTime",
    "SyncSourceState",
    "Regions",
    "RegionStates",
]


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
    for attribute in ATTRIBUTES:
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
    assert not any(record["Syncs"] for key, record in cloud.records().items() if f":stack/{name}/" in key)


def test_create_generated_name_and_its_replacement(cloud, stack):
    cloud.create(stack, template(destination("first")))
    outputs = cloud.outputs(stack)
    name = outputs["Name"]
    assert cloud.ssm.syncs()[name]["S3Destination"]["BucketName"] == "first"
    assert outputs["Arn"] == f"arn:aws:ssm:{REGION}:{ACCOUNT}:resource-data-sync/{name}"
    assert outputs["LastStatus"] in ("Successful", "InProgress")
    record = cloud.record(stack)
    assert (record["State"], record["Name"]) == ("Done", name)
    assert list(record["Syncs"]) == [f"{REGION}/SyncToDestination/{name}"]

    # A bucket can't be updated, and the name is generated: a new sync first, then the old one goes.
    cloud.update(stack, template(destination("second")))
    renamed = cloud.outputs(stack)["Name"]
    assert renamed != name and name not in cloud.ssm.syncs()
    assert cloud.steps(stack) == ["Create Sync: SUCCESS", "Update Sync: SUCCESS", "Delete Sync: SUCCESS"]
    assert cloud.exchanges(stack)[2]["event"]["PhysicalResourceId"] == name
    assert list(cloud.record(stack)["Syncs"]) == [f"{REGION}/SyncToDestination/{renamed}"]


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


def test_another_bucket_under_an_explicit_name_is_replaced_in_place(cloud, stack):
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
    reason = cloud.exchanges(stack)[1]["response"]["Reason"]
    assert "Colour" in reason and "S3Destination" in reason
    assert "Colour" in cloud.events(stack)


@pytest.mark.parametrize("kind", ["in-place", "rename", "generated", "regions"])
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
        "generated": (destination("was"), destination("wanted")),
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
    if kind in ("rename", "generated"):
        # The previous sync was never touched.
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


def test_a_name_that_is_taken_fails_the_create_and_stays_whose_it_is(cloud, foreign):
    theirs = foreign("theirs", bucket="same")
    cloud.create("taken", template({"SyncName": "theirs"} | destination("same")), expected="ROLLBACK_COMPLETE")
    assert cloud.ssm.syncs()["theirs"] == theirs
    assert cloud.steps("taken") == ["Create Sync: FAILED", "Delete Sync: SUCCESS"]
    reason = cloud.exchanges("taken")[0]["response"]["Reason"]
    assert "theirs" in reason and "AdoptExisting" in reason
    cloud.delete("taken")
    assert cloud.ssm.syncs()["theirs"] == theirs


def test_a_name_that_another_stack_has_fails_and_says_whose_it_is(cloud, stack):
    cloud.create(stack, template({"SyncName": "owned"} | destination("bucket")))
    cloud.create("second", template({"SyncName": "owned"} | destination("bucket")), expected="ROLLBACK_COMPLETE")
    assert f":stack/{stack}/" in cloud.exchanges("second")[0]["response"]["Reason"]
    cloud.delete("second")
    assert "owned" in cloud.ssm.syncs()


def test_a_create_that_is_cancelled_leaves_nothing(cloud):
    """Its Delete comes while it waits for the first sync, and under an id that CloudFormation invents."""
    before = cloud.ssm.syncs()
    wanted = {"SyncName": "cancelled", "WaitForFirstSync": "true", "Trigger": "cancel"} | destination("bucket")
    cloud.create("cancelled", template(wanted), expected="ROLLBACK_COMPLETE")
    deleted, created = cloud.exchanges("cancelled")
    assert (deleted["event"]["RequestType"], deleted["response"]["Status"]) == ("Delete", "SUCCESS")
    assert (created["event"]["RequestType"], created["response"]["Status"]) == ("Create", "FAILED")
    assert "superseded" in created["response"]["Reason"].lower()
    assert cloud.ssm.syncs() == before
    assert not cloud.record("cancelled")["Syncs"]
    cloud.delete("cancelled")


def test_a_rename_into_a_taken_name_fails_and_both_stand(cloud, stack, foreign):
    theirs = foreign("occupied")
    cloud.create(stack, template({"SyncName": "mine"} | destination("bucket")))
    mine = cloud.ssm.syncs()["mine"]
    cloud.update(stack, template({"SyncName": "occupied"} | destination("bucket")), expected="UPDATE_ROLLBACK_COMPLETE")
    assert (cloud.ssm.syncs()["mine"], cloud.ssm.syncs()["occupied"]) == (mine, theirs)
    assert cloud.outputs(stack)["Name"] == "mine"
    cloud.ssm.in_region().delete_resource_data_sync(SyncName="occupied", SyncType="SyncToDestination")


def test_regions_are_added_and_removed(cloud, stack):
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


def test_no_response_was_one_that_cloudformation_would_refuse(cloud):
    """Of all the tests above, and of those in files before this one."""
    entries = cloud.exchanges()
    assert len(entries) > 20
    assert [entry["faults"] for entry in entries if entry["faults"]] == []
    # A secret is nowhere in what people read.
    assert not any("X-Amz-Signature" in json.dumps(entry["response"]) for entry in entries)
