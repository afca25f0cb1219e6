"""Snapshots of the site's files, by their versions, which the bucket keeps."""

from operations.cloud import Cloud
from project.errors import StackError

Files = dict[str, str]
"""The current version of each key."""


def snapshot(cloud: Cloud, bucket: str) -> Files:
    """Raises:
    StackError: the bucket keeps no versions, so there would be no way back.
    """
    files = {
        version["Key"]: version["VersionId"]
        for page in cloud.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
        for version in page.get("Versions", ())
        if version["IsLatest"]
    }
    if "null" in files.values():
        raise StackError(f"{bucket} keeps no versions of its files")
    return files


def restore(cloud: Cloud, bucket: str, files: Files, *, distribution: str | None) -> bool:
    """Returns whether anything had to change. A copied version keeps its type and its caching."""
    s3 = cloud.client("s3")
    now = snapshot(cloud, bucket)
    changed = [key for key, version in files.items() if now.get(key) != version]
    added = [key for key in now if key not in files]
    for key in changed:
        s3.copy_object(
            Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key, "VersionId": files[key]}
        )
    for key in added:
        s3.delete_object(Bucket=bucket, Key=key)
    if distribution and (changed or added):
        cloud.invalidate(distribution)
    return bool(changed or added)
