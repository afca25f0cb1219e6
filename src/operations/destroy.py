"""Delete a stage and all its data: `python -m operations.destroy --stage dev`.

CloudFormation deletes no bucket that holds anything, so the buckets are emptied first, but for what the template
retains. Nothing is touched before the name has been typed, nor while anything is protected against deletion.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from operations import stacks, stages
from operations.cloud import Cloud, run
from project.errors import StackError


def destroy(cloud: Cloud, stack: str, *, ask: Callable[[str], str] = input) -> None:
    """Empty the stack's buckets, for `sam delete` to follow.

    Raises:
        StackError: there is no such stack, it is protected, or the name was not typed.
    """
    cloudformation = cloud.client("cloudformation")
    stacks.existing(cloudformation, stack, cloud.region)
    if protected := _protected(cloud, stack):
        raise StackError(
            f"{stack} is protected against deletion: {', '.join(protected)}. What to do first is in "
            "docs/operations.md, Deleting"
        )
    buckets = _buckets(cloudformation, stack)
    print(f"This deletes the stack {stack} in {cloud.region} (account {cloud.account()}) with all its data:")
    print("its accounts, its tables, and every file in " + (", ".join(buckets) or "no bucket") + ".")
    if ask("Type the name of the stack to go on: ").strip() != stack:
        raise StackError("that is not its name; nothing was deleted")
    for bucket in buckets:
        print(f"Emptied {bucket}: {_empty(cloud.client('s3'), bucket)} objects")


def _buckets(cloudformation: Any, stack: str) -> list[str]:
    """Those that go with the stack."""
    declared = stacks.template(cloudformation, stack)["Resources"]
    found = stacks.resources(cloudformation, stack, "AWS::S3::Bucket")
    return [
        bucket for name, bucket in found.items() if declared.get(name, {}).get("DeletionPolicy") != "Retain"
    ]


def _protected(cloud: Cloud, stack: str) -> list[str]:
    cloudformation, dynamodb = cloud.client("cloudformation"), cloud.client("dynamodb")
    cognito = cloud.client("cognito-idp")
    tables = [
        table
        for table in stacks.resources(cloudformation, stack, "AWS::DynamoDB::Table").values()
        if dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled")
    ]
    pools = [
        pool
        for pool in stacks.resources(cloudformation, stack, "AWS::Cognito::UserPool").values()
        if cognito.describe_user_pool(UserPoolId=pool)["UserPool"].get("DeletionProtection") == "ACTIVE"
    ]
    return tables + pools


def _empty(s3: Any, bucket: str) -> int:
    """Every version of every object, and what was left of unfinished uploads. Returns how many versions went."""
    gone = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        gone += _delete_versions(s3, bucket, versions)
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", ()):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return gone


def _delete_versions(s3: Any, bucket: str, versions: list[dict[str, Any]]) -> int:
    """A page is as long as what may be deleted at once: a thousand."""
    if not versions:
        return 0
    objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    if errors := answer.get("Errors"):
        raise StackError(f"{bucket}: {errors[0]['Key']}: {errors[0].get('Message') or errors[0]['Code']}")
    return len(objects)


def _delete(cloud: Cloud, stack: str) -> None:
    """`sam delete` also removes the images it has uploaded."""
    command = ["sam", "delete", "--stack-name", stack, "--region", cloud.region, "--no-prompts"]
    if subprocess.run(command, check=False).returncode:
        raise StackError("sam delete failed; when a bucket was written to meanwhile, run this again")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.destroy", description=__doc__)
    parser.add_argument("--stage", required=True)
    stage = stages.find(parser.parse_args().stage)
    if shutil.which("sam") is None:
        raise StackError("the AWS SAM CLI is not installed; see docs/operations.md, What you need")
    cloud = Cloud()
    destroy(cloud, stage.stack)
    _delete(cloud, stage.stack)


if __name__ == "__main__":
    sys.exit(run(main))
