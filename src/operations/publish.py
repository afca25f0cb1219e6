"""Upload the web app to a deployed stack: `python -m operations.publish --stack serverless-backend-dev`.

Files that others refer to go first, then those that refer to them; files that are gone from `web/` are removed last.
So a visitor who loads the app meanwhile finds every file that it asks for.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from operations import stacks
from operations.cloud import Cloud, run
from operations.stacks import Stack
from project import paths
from project.errors import StackError
from project.site import CACHE_CONTROL, CONFIG, INDEX, SiteConfig, content_type, files

_LAST = (CONFIG, INDEX)


def publish(cloud: Cloud, name: str, web: Path = paths.WEB) -> str:
    """Make the site of the stack what `web` is. Returns its address.

    Raises:
        StackError: there is no such stack, it has no site, or `web` is none.
    """
    stack = stacks.existing(cloud.client("cloudformation"), name, cloud.region)
    bucket, distribution = _output(stack, "SiteBucketName"), _output(stack, "SiteDistributionId")
    contents = _contents(web, _config(stack, cloud.region))
    s3 = cloud.client("s3")
    for key in sorted(contents, key=lambda key: (key in _LAST, key)):
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=contents[key],
            ContentType=content_type(key),
            CacheControl=CACHE_CONTROL,
        )
    _remove(s3, bucket, sorted(_keys(s3, bucket) - contents.keys()))
    cloud.invalidate(distribution)
    print(f"{len(contents)} files are in {bucket}")
    return _output(stack, "SiteUrl")


def _contents(web: Path, config: SiteConfig) -> dict[str, bytes]:
    contents = {name: path.read_bytes() for name, path in files(web)}
    if INDEX not in contents:
        raise StackError(f"{web} has no {INDEX}")
    return {**contents, CONFIG: config.module()}


def _config(stack: Stack, region: str) -> SiteConfig:
    stage = stack.parameters["Stage"]
    docs = stack.parameters.get("DocsEnabled") or str(stage != "prod").lower()  # as app.config has it
    return SiteConfig(
        region=region,
        user_pool_id=_output(stack, "UserPoolId"),
        user_pool_client_id=_output(stack, "UserPoolSiteClientId"),
        stage=stage,
        docs=docs == "true",
        password_complexity=stack.parameters.get("PasswordComplexity") != "off",
    )


def _output(stack: Stack, name: str) -> str:
    try:
        return stack.outputs[name]
    except KeyError:
        raise StackError(f"{stack.name} ({stack.status}) has no output {name}") from None


def _keys(s3: Any, bucket: str) -> set[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {found["Key"] for page in pages for found in page.get("Contents", ())}


def _remove(s3: Any, bucket: str, keys: Iterable[str]) -> None:
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)
        print(f"Removed {key}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.publish", description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", help="else AWS_REGION, or what the AWS profile says")
    options = parser.parse_args()
    print(publish(Cloud(options.region), options.stack))


if __name__ == "__main__":
    sys.exit(run(main))
