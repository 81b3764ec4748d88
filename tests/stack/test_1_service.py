"""The stack with the function: deployed by the tools that people use, with a role that can do its work and nothing else."""

import json
import subprocess
import sys
import time
import uuid

import pytest
from conftest import ACCOUNT, REGION, ROOT, SERVICE, client

OWN_SYNC = f"arn:aws:ssm:{{region}}:{ACCOUNT}:resource-data-sync/inventory"


def test_sam_deploy_makes_the_service_and_exports_its_token(cloud):
    outputs = cloud.outputs(SERVICE)
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{SERVICE}"
    assert outputs["ServiceToken"] == function
    exports = {export["Name"]: export["Value"] for export in cloud.cloudformation.list_exports()["Exports"]}
    assert exports == {"resource-data-sync-service-token": function}

    deployed = cloud.client("lambda").get_function_configuration(FunctionName=SERVICE)
    assert (deployed["Runtime"], deployed["MemorySize"], deployed["Timeout"]) == ("provided.al2023", 128, 900)
    assert deployed["LoggingConfig"]["LogGroup"] == outputs["LogGroupName"] == f"/aws/lambda/{SERVICE}"
    assert deployed["Role"] == outputs["RoleArn"]

    invoked = cloud.client("lambda").get_function_event_invoke_config(FunctionName=SERVICE, Qualifier="$LATEST")
    assert (invoked["MaximumRetryAttempts"], invoked["MaximumEventAgeInSeconds"]) == (2, 3600)

    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm["MetricName"] for alarm in alarms} == {
        "ApproximateNumberOfMessagesVisible",
        "DestinationDeliveryFailures",
        "Errors",
    }
    (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{SERVICE}")["logGroups"]
    assert group["retentionInDays"] == 90


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ssm:CreateResourceDataSync", OWN_SYNC.format(region=REGION)),
        ("ssm:CreateResourceDataSync", OWN_SYNC.format(region="ap-southeast-2")),
        ("ssm:UpdateResourceDataSync", OWN_SYNC.format(region=REGION)),
        ("ssm:DeleteResourceDataSync", OWN_SYNC.format(region="eu-west-1")),
        ("ssm:ListResourceDataSync", "*"),
        ("logs:CreateLogStream", "{log}:log-stream:2026/11/23/[$LATEST]0"),
        ("logs:PutLogEvents", "{log}:log-stream:2026/11/23/[$LATEST]0"),
        ("sqs:SendMessage", "{queue}"),
    ],
)
def test_the_role_may_do_what_the_function_does(cloud, action, resource):
    assert simulated(cloud, action, resource) == "allowed"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        # The same operations on another account's syncs, and on what is no sync.
        ("ssm:CreateResourceDataSync", f"arn:aws:ssm:{REGION}:999999999999:resource-data-sync/inventory"),
        ("ssm:DeleteResourceDataSync", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/inventory"),
        ("ssm:DeleteResourceDataSync", "*"),
        # The rest of SSM.
        ("ssm:GetParameter", "*"),
        ("ssm:SendCommand", "*"),
        ("ssm:StartAutomationExecution", "*"),
        ("ssm:PutInventory", "*"),
        ("ssm:DeleteInventory", "*"),
        ("ssm:GetOpsSummary", "*"),
        ("ssm:DescribeInstanceInformation", "*"),
        # What Systems Manager reaches by itself, and the function need not.
        ("s3:PutObject", "arn:aws:s3:::any-bucket/any-key"),
        ("s3:GetObject", "arn:aws:s3:::any-bucket/any-key"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::any-bucket"),
        ("kms:GenerateDataKey", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"),
        ("kms:Decrypt", "*"),
        ("organizations:ListAccounts", "*"),
        # Ways to more.
        ("iam:PassRole", "*"),
        ("iam:CreateServiceLinkedRole", "*"),
        ("sts:AssumeRole", "*"),
        ("lambda:InvokeFunction", "*"),
        ("cloudformation:UpdateStack", "*"),
        # Its log and queue, but no more than it needs; and those of others.
        ("logs:CreateLogGroup", "*"),
        ("logs:DeleteLogGroup", "{log}"),
        ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/another:log-stream:x"),
        ("sqs:ReceiveMessage", "{queue}"),
        ("sqs:DeleteMessage", "{queue}"),
        ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:another"),
    ],
)
def test_the_role_may_do_nothing_else(cloud, action, resource):
    assert simulated(cloud, action, resource) == "implicitDeny"


def simulated(cloud, action: str, resource: str) -> str:
    outputs = cloud.outputs(SERVICE)
    log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{outputs['LogGroupName']}"
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{outputs['UnservedEventsQueueUrl'].rsplit('/', 1)[1]}"
    resource = resource.replace("{log}", log).replace("{queue}", queue)
    answer = cloud.client("iam").simulate_principal_policy(
        PolicySourceArn=outputs["RoleArn"], ActionNames=[action], ResourceArns=[resource]
    )
    (result,) = answer["EvaluationResults"]
    return result["EvalDecision"]


def test_the_role_has_one_inline_policy_and_only_lambda_may_take_it(cloud):
    iam = cloud.client("iam")
    role = cloud.outputs(SERVICE)["RoleArn"].rsplit("/", 1)[1]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["resource-data-sync"]
    (statement,) = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_an_event_that_lambda_gives_up_on_is_kept_with_its_error(cloud):
    """The one error of the function: a URL that it must not answer to. Nothing may be done for such an event."""
    before = cloud.ssm.syncs()
    marker = str(uuid.uuid4())
    event = {
        "RequestType": "Create",
        "RequestId": marker,
        "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/foreign/0",
        "LogicalResourceId": "Sync",
        "ResponseURL": "https://example.com/?X-Amz-Signature=0123456789abcdef",
        "ResourceType": "Custom::ResourceDataSync",
        "ResourceProperties": {"SyncName": "foreign", "BucketName": "any", "BucketRegion": REGION},
    }
    cloud.client("lambda").invoke(FunctionName=SERVICE, InvocationType="Event", Payload=json.dumps(event))
    sqs = cloud.client("sqs")
    queue = cloud.outputs(SERVICE)["UnservedEventsQueueUrl"]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        if messages:
            break
    (message,) = messages
    assert marker in message["Body"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert cloud.ssm.syncs() == before


def test_the_plain_template_makes_the_same_service(cloud, zip_file):
    """As a StackSet would deploy it: without the transform, from a zip in a bucket."""
    plain = subprocess.run(
        [sys.executable, ROOT / "packaging/plain.py"], check=True, capture_output=True, text=True
    ).stdout
    assert "Transform" not in plain and "AWS::Serverless::Function" not in plain
    cloud.client("s3").upload_file(str(zip_file), "artifacts", "bootstrap.zip")
    parameters = {
        "CodeBucket": "artifacts",
        "CodeKey": "bootstrap.zip",
        "FunctionName": "plain",
        "LogLevel": "DEBUG",
        "LogRetentionInDays": "7",
        "AlarmTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms",
    }
    cloud.create("plain", plain, parameters)
    deployed = client("lambda", cloud.endpoint).get_function(FunctionName="plain")
    assert deployed["Configuration"]["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert sum(alarm["AlarmActions"] == [parameters["AlarmTopicArn"]] for alarm in alarms) == 3
    cloud.delete("plain")
