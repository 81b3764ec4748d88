// What the types refuse: each of these would otherwise be told at deployment. Checked by tsc, and not part of the stack.
import type { ResourceDataSyncProps } from './resource-data-sync';

// @ts-expect-error a destination needs its bucket's Region
export const withoutRegion: ResourceDataSyncProps = { S3Destination: { BucketName: 'bucket' } };

export const withoutSourceRegions: ResourceDataSyncProps = {
  // @ts-expect-error a source needs Regions
  SyncSource: { SourceType: 'SingleAccountMultiRegions' },
};

export const unitsOfAWholeOrganization: ResourceDataSyncProps = {
  SyncSource: {
    SourceType: 'AwsOrganizations',
    SourceRegions: ['us-east-1'],
    // @ts-expect-error units go with OrganizationSourceType OrganizationalUnits
    AwsOrganizationsSource: { OrganizationSourceType: 'EntireOrganization', OrganizationalUnits: ['ou-ab12-cdefgh34'] },
  },
};

// @ts-expect-error neither a destination nor a source
export const neither: ResourceDataSyncProps = { SyncName: 'inventory' };

// @ts-expect-error a sync that is there has a name
export const nameless: ResourceDataSyncProps = { AdoptExisting: true, S3Destination: { BucketName: 'b', Region: 'us-east-1' } };
