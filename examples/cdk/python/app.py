"""Inventory of this account and Region in an encrypted bucket, and Explorer for two Regions."""

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from resource_data_sync import ResourceDataSync

app = App()
stack = Stack(app, "Inventory")

ssm = iam.ServicePrincipal("ssm.amazonaws.com")
source_account = {"aws:SourceAccount": stack.account}
only_ours = {"ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:ssm:*:{stack.account}:resource-data-sync/*"}}

key = kms.Key(stack, "Key", enable_key_rotation=True)
key.add_to_resource_policy(
    iam.PolicyStatement(
        principals=[ssm],
        actions=["kms:GenerateDataKey"],
        resources=["*"],
        conditions=only_ours | {"StringEquals": source_account},
    )
)

bucket = s3.Bucket(
    stack,
    "Bucket",
    encryption_key=key,
    bucket_key_enabled=True,
    block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    enforce_ssl=True,
    versioned=True,
    removal_policy=RemovalPolicy.RETAIN,
)
bucket.add_to_resource_policy(
    iam.PolicyStatement(principals=[ssm], actions=["s3:GetBucketAcl"], resources=[bucket.bucket_arn])
)
bucket.add_to_resource_policy(
    iam.PolicyStatement(
        principals=[ssm],
        actions=["s3:PutObject"],
        resources=[bucket.arn_for_objects(f"*/accountid={stack.account}/*")],
        conditions=only_ours | {"StringEquals": source_account | {"s3:x-amz-acl": "bucket-owner-full-control"}},
    )
)

sync = ResourceDataSync(
    stack,
    "InventorySync",
    Trigger="1",
    WaitForFirstSync=True,
    ServiceTimeout=900,
    S3Destination={"BucketName": bucket.bucket_name, "Region": stack.region, "AWSKMSKeyARN": key.key_arn},
)
# Systems Manager tries the bucket when the sync is made.
assert bucket.policy is not None
sync.node.add_dependency(bucket.policy)

ResourceDataSync(
    stack,
    "ExplorerSync",
    SyncSource={
        "SourceType": "SingleAccountMultiRegions",
        "SourceRegions": ["us-east-1", "eu-west-1"],
        "IncludeFutureRegions": True,
    },
)

# Made by hand once. Without AdoptExisting it will be the stack's own.
ResourceDataSync(
    stack,
    "LegacySync",
    SyncName="legacy",
    AdoptExisting=True,
    Regions=["us-east-1", "eu-west-1"],
    RetainRegions=["eu-west-1"],
    S3Destination={"BucketName": bucket.bucket_name, "Region": stack.region},
)

CfnOutput(stack, "SyncName", value=sync.sync_name)
CfnOutput(stack, "SyncArn", value=sync.arn)

app.synth()
