"""The image of a release: built once for a tag, known by its digest ever after."""

import base64
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from operations.cloud import Cloud
from project.errors import StackError


@dataclass(frozen=True, slots=True)
class Repository:
    """`uri` is `<registry>/<name>`."""

    uri: str

    @property
    def registry(self) -> str:
        return self.uri.partition("/")[0]

    @property
    def name(self) -> str:
        return self.uri.partition("/")[2]


def digest(cloud: Cloud, repository: Repository, tag: str) -> str | None:
    """Tags are immutable: what is there under a tag is that release."""
    ecr = cloud.client("ecr")
    try:
        found = ecr.describe_images(repositoryName=repository.name, imageIds=[{"imageTag": tag}])
    except ecr.exceptions.ImageNotFoundException:
        return None
    return next((str(one["imageDigest"]) for one in found["imageDetails"]), None)


def build(cloud: Cloud, repository: Repository, tag: str) -> str:
    """Returns the digest of what was built from this folder and pushed.

    Raises:
        StackError: docker is not there, or failed; it has said why.
    """
    image = f"{repository.uri}:{tag}"
    # Lambda takes a plain image: attestations would make it an index.
    _docker("build", "--platform", "linux/arm64", "--provenance=false", "--sbom=false", "--tag", image, ".")
    _docker(
        "login",
        "--username",
        "AWS",
        "--password-stdin",
        repository.registry,
        given=_password(cloud.client("ecr")),
    )
    _docker("push", image)
    pushed = digest(cloud, repository, tag)
    if pushed is None:
        raise StackError(f"{image} is not in the registry after it was pushed")
    return pushed


def _password(ecr: Any) -> str:
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode().partition(":")[2]


def _docker(*arguments: str, given: str | None = None) -> None:
    try:
        # What it tells goes to stderr: stdout is for the result.
        status = subprocess.run(
            ["docker", *arguments], input=given, stdout=sys.stderr, text=True, check=False
        ).returncode
    except FileNotFoundError:
        raise StackError("docker is not installed") from None
    if status:
        raise StackError(f"docker {arguments[0]} failed (status {status})")
