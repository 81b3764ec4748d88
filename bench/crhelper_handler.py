"""The same seven calls with crhelper and boto3, as their documentation shows it."""

import json
import os

import boto3
from crhelper import CfnResource

helper = CfnResource()
ssm = boto3.client("ssm")
table = boto3.resource("dynamodb").Table(os.environ["OWNERSHIP_TABLE"])


@helper.create
def create(event, _context):
    name, destination = (event["ResourceProperties"][key] for key in ("SyncName", "S3Destination"))
    record = {"Resource": f"{event['StackId']}|{event['LogicalResourceId']}", "State": "Working", "Version": 1}
    assert "Item" not in table.get_item(Key={"Resource": record["Resource"]}, ConsistentRead=True)
    assert not ssm.list_resource_data_sync(SyncType="SyncToDestination")["ResourceDataSyncItems"]
    table.put_item(Item=record, ConditionExpression="attribute_not_exists(Version)")
    ssm.create_resource_data_sync(SyncName=name, SyncType="SyncToDestination", S3Destination=destination)
    [sync] = ssm.list_resource_data_sync(SyncType="SyncToDestination")["ResourceDataSyncItems"]
    helper.Data.update({"SyncName": name, "LastStatus": sync["LastStatus"]})
    record |= {"State": "Done", "Version": 2, "Response": json.dumps(helper.Data)}
    table.put_item(Item=record, ConditionExpression="Version = :v", ExpressionAttributeValues={":v": 1})
    return name
