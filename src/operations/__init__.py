"""The operator's tools for AWS: deploy, publish, check, release, restore, destroy. See docs/operations.md."""
