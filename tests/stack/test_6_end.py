"""The end: no stack has a sync any more, and the service goes the way it came, but for what it recorded."""

import pytest
from botocore.exceptions import ClientError
from conftest import REGION, SERVICE


def test_sam_delete_removes_the_service_and_keeps_the_table(cloud):
    table = cloud.outputs(SERVICE)["OwnershipTableName"]
    assert [key for key, record in cloud.records().items() if record["Syncs"]] == []
    cloud.tool("sam", "delete", "--stack-name", SERVICE, "--no-prompts", "--region", REGION)
    assert cloud.cloudformation.list_exports()["Exports"] == []
    with pytest.raises(ClientError):
        cloud.client("lambda").get_function(FunctionName=SERVICE)
    assert cloud.client("dynamodb").describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE"
