import { CustomResource, Fn, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Where inventory goes: `SyncToDestination`. */
export interface S3Destination {
  readonly BucketName: string;
  readonly Region: string;
  readonly Prefix?: string;
  readonly AWSKMSKeyARN?: string;
  readonly DestinationDataSharing?: { readonly DestinationDataSharingType: 'Organization' };
}

/** Where Explorer's data comes from: `SyncFromSource`. */
export type SyncSource = {
  readonly SourceRegions: string[];
  readonly IncludeFutureRegions?: boolean;
  readonly EnableAllOpsDataSources?: boolean;
} & (
  | { readonly SourceType: 'SingleAccountMultiRegions' }
  | {
      readonly SourceType: 'AwsOrganizations';
      readonly AwsOrganizationsSource:
        | { readonly OrganizationSourceType: 'EntireOrganization' }
        | { readonly OrganizationSourceType: 'OrganizationalUnits'; readonly OrganizationalUnits: string[] };
    }
);

/** A destination or a source, and what both have in common. */
export type ResourceDataSyncProps = {
  readonly Regions?: string[];
  /** Regions whose syncs are left when they leave `Regions` or the resource is deleted. */
  readonly RetainRegions?: string[];
  /** A new sync is a success only when its first sync is. */
  readonly WaitForFirstSync?: boolean;
  /** Any text: another one has the syncs looked at again, and drift put right. */
  readonly Trigger?: string;
  /** For how many seconds CloudFormation waits. */
  readonly ServiceTimeout?: number;
} & (
  | { readonly SyncName?: string; readonly AdoptExisting?: false }
  /** A sync that is there is looked at as it stands, and not changed. */
  | { readonly SyncName: string; readonly AdoptExisting: boolean }
) &
  ({ readonly S3Destination: S3Destination } | { readonly SyncSource: SyncSource });

/** `Custom::ResourceDataSync`, made by the function of the stack `resource-data-sync` in the same account and Region. */
export class ResourceDataSync extends Construct {
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: ResourceDataSyncProps) {
    super(scope, id);
    this.resource = new CustomResource(this, 'Resource', {
      serviceToken: Fn.importValue('resource-data-sync-service-token'),
      resourceType: 'Custom::ResourceDataSync',
      properties: { SyncType: 'SyncSource' in props ? 'SyncFromSource' : 'SyncToDestination', ...props },
    });
  }

  /** The name of the sync, generated or not. */
  get syncName(): string {
    return this.resource.getAttString('SyncName');
  }

  get arn(): string {
    return Token.asString(this.resource.getAtt('Arn'));
  }
}
