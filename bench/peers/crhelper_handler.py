"""The same work with crhelper and boto3, as their documentation shows it."""

import boto3
from crhelper import CfnResource

helper = CfnResource()
ssm = boto3.client("ssm")


@helper.create
def create(event, _context):
    properties = event["ResourceProperties"]
    name = properties["SyncName"]
    ssm.create_resource_data_sync(
        SyncName=name, SyncType="SyncToDestination", S3Destination=properties["S3Destination"]
    )
    items = ssm.list_resource_data_sync(SyncType="SyncToDestination")["ResourceDataSyncItems"]
    item = next(item for item in items if item["SyncName"] == name)
    helper.Data.update({"SyncName": name, "SyncType": "SyncToDestination", "LastStatus": item["LastStatus"]})
    return name


def handler(event, context):
    helper(event, context)
