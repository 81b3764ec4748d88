"""The way over from the native type: at each step, what `examples/migration/README.md` promises."""

STACK = "migration"


def test_the_sync_stays_and_its_owner_changes(cloud, example):
    step = {number: example(f"migration/{file}") for number, file in FILES.items()}
    cloud.create(STACK, step[1])
    bucket = cloud.cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="Bucket")
    native = cloud.ssm.syncs()["inventory"]
    assert native["S3Destination"]["BucketName"] == bucket["StackResourceDetail"]["PhysicalResourceId"]

    cloud.update(STACK, step[2])
    second = cloud.outputs(STACK)["SecondSyncName"]
    assert cloud.ssm.syncs().keys() >= {"inventory", second}
    assert cloud.ssm.syncs()[second]["S3Destination"] == native["S3Destination"]

    cloud.update(STACK, step[3])
    assert cloud.outputs(STACK)["SyncName"] == "inventory"
    kept = cloud.ssm.syncs()
    assert kept["inventory"]["SyncCreatedTime"] == native["SyncCreatedTime"]
    assert second not in kept
    assert cloud.steps(STACK) == [
        "Create InventorySync: SUCCESS",
        "Update InventorySync: SUCCESS",
        "Delete InventorySync: SUCCESS",
    ]

    # It is ours now, for good and all.
    cloud.delete(STACK)
    assert "inventory" not in cloud.ssm.syncs()


def test_a_native_sync_that_differs_is_not_taken_over(cloud, example, outsider):
    """Step 3 with a destination that is not the native sync's: the update fails, and all stands as after step 2."""
    theirs = outsider("inventory")
    name = f"{STACK}-differs"
    without_native = example(f"migration/{FILES[3]}").replace("      SyncName: !Ref SyncName\n", "")
    cloud.create(name, without_native)
    second = cloud.outputs(name)["SyncName"]
    cloud.update(name, example(f"migration/{FILES[3]}"), expected="UPDATE_ROLLBACK_COMPLETE")
    assert cloud.ssm.syncs()["inventory"] == theirs
    assert cloud.outputs(name)["SyncName"] == second
    assert "inventory" in cloud.asked(name)[1]["answer"]["Reason"]
    cloud.delete(name)
    assert cloud.ssm.syncs()["inventory"] == theirs


def test_with_a_gap_the_name_is_free_once_the_native_resource_is_gone(cloud, example):
    native = example(f"migration/{FILES[1]}").replace("    DeletionPolicy: Retain\n    UpdateReplacePolicy", "    #")
    cloud.create("native", native, {"SyncName": "gap"})
    cloud.delete("native")
    assert "gap" not in cloud.ssm.syncs()
    cloud.create("ours", example(f"migration/{FILES[3]}"), {"SyncName": "gap"})
    assert "gap" in cloud.ssm.syncs()
    cloud.delete("ours")


FILES = {1: "step-1-keep.yaml", 2: "step-2-beside.yaml", 3: "step-3-take-over.yaml"}
