"""The stack with the function: deployed by the tools that people use, with a role that can do its work and nothing else."""

import base64
import json
import re
import subprocess
import sys
import time
import uuid

import pytest
from conftest import ACCOUNT, REGION, ROOT, SERVICE, TARGET

OWN_SYNC = f"arn:aws:ssm:{{region}}:{ACCOUNT}:resource-data-sync/inventory"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"
# Every action that the template ever gives, and the resource it gives it on.
CALLED = {
    "ssm:CreateResourceDataSync": f"arn:aws:ssm:*:{ACCOUNT}:resource-data-sync/*",
    "ssm:UpdateResourceDataSync": f"arn:aws:ssm:*:{ACCOUNT}:resource-data-sync/*",
    "ssm:DeleteResourceDataSync": f"arn:aws:ssm:*:{ACCOUNT}:resource-data-sync/*",
    "ssm:ListResourceDataSync": "*",
    "dynamodb:GetItem": "{table}",
    "dynamodb:PutItem": "{table}",
    "dynamodb:Scan": "{table}",
    "logs:CreateLogStream": "{log}:*",
    "logs:PutLogEvents": "{log}:*",
    "sqs:SendMessage": "{queue}",
}
WITH_A_KEY = {"kms:Decrypt": KEY}
IN_A_VPC = {
    f"ec2:{action}": "*"
    for action in (
        *("AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface"),
        *("DescribeNetworkInterfaces", "DescribeSubnets", "UnassignPrivateIpAddresses"),
    )
}


def test_sam_deploy_makes_the_service_and_exports_its_token(cloud):
    outputs = cloud.outputs(SERVICE)
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{SERVICE}"
    assert outputs["ServiceToken"] == function
    exports = {export["Name"]: export["Value"] for export in cloud.cloudformation.list_exports()["Exports"]}
    assert exports == {"resource-data-sync-service-token": function}

    deployed = cloud.client("lambda").get_function_configuration(FunctionName=SERVICE)
    assert (deployed["Runtime"], deployed["MemorySize"], deployed["Timeout"]) == ("provided.al2023", 128, 900)
    assert deployed["LoggingConfig"]["LogGroup"] == outputs["LogGroupName"] == f"/aws/lambda/{SERVICE}"
    assert deployed["Environment"]["Variables"]["OWNERSHIP_TABLE"] == outputs["OwnershipTableName"]
    invoked = cloud.client("lambda").get_function_event_invoke_config(FunctionName=SERVICE, Qualifier="$LATEST")
    assert (invoked["MaximumRetryAttempts"], invoked["MaximumEventAgeInSeconds"]) == (2, 3600)
    (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{SERVICE}")["logGroups"]
    assert group["retentionInDays"] == 90
    # The report has to be asked for.
    assert cloud.client("events").list_rules()["Rules"] == []
    assert len(cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]) == 3


def test_the_table_is_one_that_is_not_lost(cloud):
    table = cloud.client("dynamodb").describe_table(TableName=cloud.outputs(SERVICE)["OwnershipTableName"])["Table"]
    assert table["KeySchema"] == [{"AttributeName": "Resource", "KeyType": "HASH"}]
    assert table["DeletionProtectionEnabled"] is True
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ssm:CreateResourceDataSync", OWN_SYNC.format(region="ap-southeast-2")),
        ("ssm:UpdateResourceDataSync", OWN_SYNC.format(region=REGION)),
        ("ssm:DeleteResourceDataSync", OWN_SYNC.format(region="eu-west-1")),
        ("ssm:ListResourceDataSync", "*"),
        ("dynamodb:GetItem", "{table}"),
        ("dynamodb:PutItem", "{table}"),
        ("dynamodb:Scan", "{table}"),
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
        # The same operations on another account's syncs, on what is no sync, on other tables, logs and queues.
        ("ssm:CreateResourceDataSync", f"arn:aws:ssm:{REGION}:999999999999:resource-data-sync/inventory"),
        ("ssm:DeleteResourceDataSync", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/inventory"),
        ("ssm:DeleteResourceDataSync", "*"),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/another"),
        ("dynamodb:Scan", "*"),
        ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/another:log-stream:x"),
        ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:another"),
        # Other operations on what is its own.
        ("dynamodb:DeleteItem", "{table}"),
        ("dynamodb:UpdateItem", "{table}"),
        ("dynamodb:DeleteTable", "{table}"),
        ("dynamodb:UpdateTable", "{table}"),
        ("logs:DeleteLogGroup", "{log}"),
        ("sqs:ReceiveMessage", "{queue}"),
        # What Systems Manager reaches by itself, and ways to more.
        ("ssm:SendCommand", "*"),
        ("ssm:PutInventory", "*"),
        ("s3:PutObject", "arn:aws:s3:::any-bucket/any-key"),
        ("kms:GenerateDataKey", KEY),
        ("kms:Decrypt", KEY),
        ("ec2:CreateNetworkInterface", "*"),
        ("iam:PassRole", "*"),
        ("iam:CreateServiceLinkedRole", "*"),
        ("sts:AssumeRole", "*"),
        ("lambda:InvokeFunction", "*"),
    ],
)
def test_the_role_may_do_nothing_else(cloud, action, resource):
    assert simulated(cloud, action, resource) == "implicitDeny"


def own(outputs: dict, resource: str) -> str:
    """The resource, with the stack's own log group, queue and table in their places."""
    arns = {
        "{log}": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{outputs['LogGroupName']}",
        "{queue}": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{outputs['UnservedEventsQueueUrl'].rsplit('/', 1)[1]}",
        "{table}": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{outputs['OwnershipTableName']}",
    }
    for name, arn in arns.items():
        resource = resource.replace(name, arn)
    return resource


def simulated(cloud, action: str, resource: str) -> str:
    outputs = cloud.outputs(SERVICE)
    response = cloud.client("iam").simulate_principal_policy(
        PolicySourceArn=outputs["RoleArn"], ActionNames=[action], ResourceArns=[own(outputs, resource)]
    )
    (result,) = response["EvaluationResults"]
    return result["EvalDecision"]


def policy(cloud, role_arn: str) -> list[dict]:
    """The statements of the role's one policy. Only Lambda may take the role."""
    iam = cloud.client("iam")
    role = role_arn.rsplit("/", 1)[1]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["resource-data-sync"]
    (trust,) = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    return iam.get_role_policy(RoleName=role, PolicyName="resource-data-sync")["PolicyDocument"]["Statement"]


def allowed(statements: list[dict]) -> dict[str, str]:
    """Each action that is allowed, and on what."""
    found = {}
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if statement["Effect"] == "Allow":
            assert found.keys().isdisjoint(actions)
            found |= dict.fromkeys(actions, statement["Resource"])
    return found


def test_the_policy_names_what_is_called_and_no_more(cloud):
    outputs = cloud.outputs(SERVICE)
    expected = {action: own(outputs, resource) for action, resource in CALLED.items()}
    assert allowed(policy(cloud, outputs["RoleArn"])) == expected


@pytest.fixture(scope="module")
def template():
    """As a StackSet would deploy it: without the transform."""
    command = [sys.executable, ROOT / "packaging/plain.py"]
    template = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "\nTransform:" not in template and "AWS::Serverless::Function" not in template
    return template


PARAMETERS = {
    "CodeBucket": "artifacts",
    "CodeKey": "bootstrap.zip",
    "FunctionName": "plain",
    "AllowedBuckets": "inventory-*",
    "RolePath": "/service/",
    "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/PowerUserAccess",
    "OwnershipTableName": "owners",
    "OwnershipTableKmsKeyArn": KEY,
    "SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "SecurityGroupIds": "sg-0123456789abcdef0",
    "LogLevel": "DEBUG",
    "LogRetentionInDays": "7",
    "AlarmTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms",
    "DocsUrl": "https://example.com/troubleshooting",
    "ReportSchedule": "rate(1 hour)",
    "ReportRegions": f"{REGION},eu-west-1",
}


@pytest.fixture(scope="module")
def plain(cloud, zip_file, template):
    """The outputs of the plain template's stack with every parameter set, and a table that is there."""
    cloud.client("s3").upload_file(str(zip_file), "artifacts", "bootstrap.zip")
    cloud.client("dynamodb").create_table(
        TableName="owners",
        AttributeDefinitions=[{"AttributeName": "Resource", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Resource", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    cloud.create("plain", template, PARAMETERS)
    yield cloud.outputs("plain")
    cloud.delete("plain")


def test_every_parameter_has_its_effect(cloud, plain):
    assert plain["OwnershipTableName"] == "owners"
    resources = cloud.cloudformation.describe_stack_resources(StackName="plain")["StackResources"]
    assert "AWS::DynamoDB::Table" not in {resource["ResourceType"] for resource in resources}
    deployed = cloud.client("lambda").get_function_configuration(FunctionName="plain")
    assert deployed["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    assert deployed["Environment"]["Variables"] == {
        "OWNERSHIP_TABLE": "owners",
        "ALLOWED_BUCKETS": "inventory-*",
        "DOCS_URL": "https://example.com/troubleshooting",
    }
    role = cloud.client("iam").get_role(RoleName=plain["RoleArn"].rsplit("/", 1)[1])["Role"]
    assert role["Path"] == PARAMETERS["RolePath"]
    (rule,) = cloud.client("events").list_rules()["Rules"]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert sum(alarm["AlarmActions"] == [PARAMETERS["AlarmTopicArn"]] for alarm in alarms) == 4


def test_a_key_and_a_vpc_add_their_actions_and_no_more(cloud, plain):
    statements = policy(cloud, plain["RoleArn"])
    expected = {action: own(plain, resource) for action, resource in CALLED.items()}
    assert allowed(statements) == expected | WITH_A_KEY | IN_A_VPC
    (key,) = [statement for statement in statements if statement["Action"] == "kms:Decrypt"]
    assert key["Condition"] == {"StringLike": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com*"}}
    # Lambda attaches the function to the subnets; the function itself has no use for it.
    (denied,) = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert denied["Action"] == "ec2:*"
    assert denied["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": plain["ServiceToken"]}}


def test_the_template_can_be_published(cloud, workspace):
    """With what the Serverless Application Repository requires, its files uploaded by `sam package`."""
    packaged = workspace / "packaged.json"
    built = TARGET / "sam/template.yaml"
    cloud.tool(
        *("sam", "package", "--template-file", built, "--s3-bucket", "artifacts"),
        *("--use-json", "--output-template-file", packaged),
    )
    application = json.loads(packaged.read_text())["Metadata"]["AWS::ServerlessRepo::Application"]
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", application["Name"])
    assert 0 < len(application["Description"]) <= 256
    assert re.fullmatch(r"(?=.{1,127}$)[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", application["Author"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", application["SemanticVersion"])
    assert len(application["Labels"]) <= 10
    for field in ("LicenseUrl", "ReadmeUrl"):
        assert application[field].startswith("s3://artifacts/"), application[field]


def stack_with(token: str, name: str, bucket: str) -> str:
    destination = {"BucketName": bucket, "Region": REGION}
    properties = {"ServiceToken": token, "SyncName": name, "S3Destination": destination}
    return json.dumps({"Resources": {"Sync": {"Type": "Custom::ResourceDataSync", "Properties": properties}}})


def test_a_bucket_beyond_the_bound_is_refused_with_a_link(cloud, plain):
    stack = stack_with(plain["ServiceToken"], "bounded", "elsewhere")
    cloud.create("bounded", stack, expected="ROLLBACK_COMPLETE")
    reason = cloud.exchanges("bounded")[0]["response"]["Reason"]
    assert "elsewhere" in reason and "inventory-*" in reason
    assert f"{PARAMETERS['DocsUrl']}#" in reason
    cloud.delete("bounded")


def test_the_dashboard_shows_what_the_report_emits(cloud, plain):
    """The rule's own event, to the function, and its log lines, beside what alarm and dashboard look for."""
    cloud.create("reported", stack_with(plain["ServiceToken"], "reported", "inventory-1"))
    (rule,) = cloud.client("events").list_rules()["Rules"]
    (target,) = cloud.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    invoked = cloud.client("lambda").invoke(FunctionName="plain", LogType="Tail", Payload=target["Input"])
    report = json.loads(invoked["Payload"].read())
    assert sorted(report["Regions"]) == ["eu-west-1", REGION]
    log = base64.b64decode(invoked["LogResult"]).decode().splitlines()
    lines = [json.loads(line) for line in log if '"_aws"' in line]
    (line,) = [line for line in lines if line["SyncName"] == "reported"]
    assert line["Healthy"] == 1 and ":stack/reported/" in line["Owner"]["StackId"]

    (emitted,) = line["_aws"]["CloudWatchMetrics"]
    schema = f"{{{emitted['Namespace']},{','.join(emitted['Dimensions'][0])}}}"
    metrics = {metric["Name"] for metric in emitted["Metrics"]}
    dashboard = cloud.client("cloudwatch").get_dashboard(DashboardName=f"plain-{REGION}")["DashboardBody"]
    searched = re.findall(r"SEARCH\('(\{.*?\}) MetricName=\\\"(.*?)\\\"'", dashboard)
    assert searched == [(schema, "Healthy"), (schema, "SecondsSinceLastSuccess")]
    assert metrics == {name for _, name in searched}
    (query,) = [widget["properties"]["query"] for widget in json.loads(dashboard)["widgets"] if widget["type"] == "log"]
    for field in re.findall(r"latest\((.*?)\)", query) + query.split(" by ")[1].split(" | ")[0].split(", "):
        assert field.split(".")[0] in line, field
    cloud.delete("reported")


def test_subnets_without_security_groups_are_refused(cloud, template):
    parameters = {"CodeBucket": "artifacts", "CodeKey": "bootstrap.zip", "SubnetIds": "subnet-0123456789abcdef0"}
    with pytest.raises(cloud.cloudformation.exceptions.ClientError, match="SubnetIds needs SecurityGroupIds"):
        cloud.create("half", template, parameters | {"FunctionName": "half"})


def test_an_event_that_lambda_gives_up_on_is_kept_with_its_error(cloud):
    """The one error of the function: a URL that it must not respond to. Nothing may be done for such an event."""
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
    messages = []
    while not messages and time.monotonic() < end:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    (message,) = messages
    assert marker in message["Body"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert cloud.ssm.syncs() == before
