"""`Custom::ResourceDataSync` in CDK."""

from typing import Any

from aws_cdk import CustomResource, Fn
from constructs import Construct


class ResourceDataSync(Construct):
    """Made by the function of the stack `resource-data-sync` in the same account and Region.

    The properties are those of the resource, under their own names, as nested dictionaries.
    """

    def __init__(self, scope: Construct, construct_id: str, **properties: Any) -> None:
        super().__init__(scope, construct_id)
        sync_type = "SyncFromSource" if "SyncSource" in properties else "SyncToDestination"
        self.resource = CustomResource(
            self,
            "Resource",
            service_token=Fn.import_value("resource-data-sync-service-token"),
            resource_type="Custom::ResourceDataSync",
            properties={"SyncType": sync_type} | properties,
        )

    @property
    def sync_name(self) -> str:
        """The name of the sync, generated or not."""
        return self.resource.get_att_string("SyncName")

    @property
    def arn(self) -> str:
        return self.resource.get_att_string("Arn")
