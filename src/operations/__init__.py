"""What an operator runs against AWS: deploy, publish, check, release, restore, destroy. See docs/operations.md."""
