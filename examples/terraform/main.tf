# The function, from the files of a release in this folder, and a sync. Terraform deploys stacks: only CloudFormation sends the
# events that the function serves, and rolls back what fails.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

variable "bucket" {
  description = "A bucket in the Region, for the zip"
  type        = string
}

variable "inventory_bucket" {
  description = "The bucket of the inventory, whose policy lets Systems Manager write"
  type        = string
}

variable "zip" {
  type    = string
  default = "resource-data-sync-0.1.0-x86_64.zip"
}

data "aws_region" "current" {}

resource "aws_s3_object" "zip" {
  bucket      = var.bucket
  key         = var.zip
  source      = "${path.module}/${var.zip}"
  source_hash = filesha256("${path.module}/${var.zip}")
}

resource "aws_cloudformation_stack" "function" {
  name          = "resource-data-sync"
  template_body = file("${path.module}/resource-data-sync.yaml")
  capabilities  = ["CAPABILITY_IAM"]
  parameters    = { CodeBucket = aws_s3_object.zip.bucket, CodeKey = aws_s3_object.zip.key }
}

resource "aws_cloudformation_stack" "inventory" {
  name = "inventory"
  template_body = jsonencode({
    Resources = {
      Sync = {
        Type = "Custom::ResourceDataSync"
        Properties = {
          ServiceToken  = aws_cloudformation_stack.function.outputs.ServiceToken
          S3Destination = { BucketName = var.inventory_bucket, Region = data.aws_region.current.region }
        }
      }
    }
    Outputs = { SyncName = { Value = { Ref = "Sync" } } }
  })
}

output "sync_name" {
  value = aws_cloudformation_stack.inventory.outputs.SyncName
}
