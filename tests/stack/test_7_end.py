"""The end: no stack has a sync any more, and the service goes the way it came."""

import pytest
from botocore.exceptions import ClientError
from conftest import REGION, SERVICE


def test_sam_delete_removes_the_service_and_its_export(cloud):
    cloud.tool("sam", "delete", "--stack-name", SERVICE, "--no-prompts", "--region", REGION)
    assert cloud.cloudformation.list_exports()["Exports"] == []
    with pytest.raises(ClientError):
        cloud.client("lambda").get_function(FunctionName=SERVICE)
