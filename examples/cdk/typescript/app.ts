import { App, CfnOutput, RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { ResourceDataSync } from './resource-data-sync';

const app = new App();
const stack = new Stack(app, 'Inventory');

const ssm = new iam.ServicePrincipal('ssm.amazonaws.com');
const onlyOurs = {
  StringEquals: { 'aws:SourceAccount': stack.account },
  ArnLike: { 'aws:SourceArn': `arn:${stack.partition}:ssm:*:${stack.account}:resource-data-sync/*` },
};

const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
key.addToResourcePolicy(
  new iam.PolicyStatement({
    principals: [ssm],
    actions: ['kms:GenerateDataKey'],
    resources: ['*'],
    conditions: onlyOurs,
  }),
);

const bucket = new s3.Bucket(stack, 'Bucket', {
  encryptionKey: key,
  bucketKeyEnabled: true,
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
});
bucket.addToResourcePolicy(
  new iam.PolicyStatement({ principals: [ssm], actions: ['s3:GetBucketAcl'], resources: [bucket.bucketArn] }),
);
bucket.addToResourcePolicy(
  new iam.PolicyStatement({
    principals: [ssm],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(`*/accountid=${stack.account}/*`)],
    conditions: {
      ...onlyOurs,
      StringEquals: { ...onlyOurs.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' },
    },
  }),
);

const sync = new ResourceDataSync(stack, 'InventorySync', {
  Trigger: '1',
  WaitForFirstSync: true,
  ServiceTimeout: 900,
  S3Destination: { BucketName: bucket.bucketName, Region: stack.region, AWSKMSKeyARN: key.keyArn },
});
// Systems Manager tries the bucket when the sync is made.
sync.node.addDependency(bucket.policy!);

new ResourceDataSync(stack, 'ExplorerSync', {
  SyncSource: {
    SourceType: 'SingleAccountMultiRegions',
    SourceRegions: ['us-east-1', 'eu-west-1'],
    IncludeFutureRegions: true,
  },
});

// Made by hand once. Without AdoptExisting it will be the stack's own.
new ResourceDataSync(stack, 'LegacySync', {
  SyncName: 'legacy',
  AdoptExisting: true,
  Regions: ['us-east-1', 'eu-west-1'],
  RetainRegions: ['eu-west-1'],
  S3Destination: { BucketName: bucket.bucketName, Region: stack.region },
});

new CfnOutput(stack, 'SyncName', { value: sync.syncName });
new CfnOutput(stack, 'SyncArn', { value: sync.arn });

app.synth();
