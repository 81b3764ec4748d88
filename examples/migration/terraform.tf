# What made the sync:
#
# resource "aws_ssm_resource_data_sync" "inventory" {
#   name = "inventory"
#   s3_destination {
#     bucket_name = "example-inventory"
#     region      = "eu-west-1"
#     sync_format = "JsonSerDe"
#   }
# }

# In its place, so that Terraform forgets the sync and does not destroy it:
removed {
  from = aws_ssm_resource_data_sync.inventory
  lifecycle {
    destroy = false
  }
}
