"""The real SAM CLI, which deploys to the embedded AWS as it would to an account."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from deployment.deployed import Deployed, left, look
from devstack.aws import Aws
from devstack.environment import REGION
from project import paths
from support.credentials import CREDENTIALS

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"


@dataclass(frozen=True)
class SamCli:
    """`home` is where it may write; the template is copied there, away from our `samconfig.toml`."""

    path: Path
    home: Path
    endpoint: str
    project: Path | None = None
    """Where it is called, unless that is `home`."""
    engine: str = ""
    """The address of Docker, or of an engine with its API, which builds and pushes images."""

    def deploy(self, stack: str, tag: str, parameters: Mapping[str, str]) -> str:
        """An image that was pushed by hand, `IMAGE:tag`: the template names it, and nothing is built."""
        template = shutil.copy(paths.TEMPLATE, self.home / "template.yaml")
        overrides = [
            f"{name}={value}" for name, value in {"ImageUri": f"{IMAGE}:{tag}", **parameters}.items()
        ]
        return self._run(
            "deploy",
            *("--template-file", template, "--stack-name", stack, "--capabilities", "CAPABILITY_IAM"),
            *("--resolve-s3", "--image-repository", IMAGE, "--no-confirm-changeset", "--no-progressbar"),
            *("--parameter-overrides", *overrides),
        )

    def delete(self, stack: str) -> str:
        return self._run("delete", "--stack-name", stack, "--region", REGION, "--no-prompts")

    def build(self, stage: str) -> str:
        return self._run("build", "--config-env", stage)

    def fail_to_build(self, stage: str) -> str:
        status, said = self._call("build", "--config-env", stage)
        assert status == 1, said
        return said

    def _run(self, *arguments: str | Path) -> str:
        status, said = self._call(*arguments)
        assert status == 0, said[-4000:]
        return said

    def _call(self, *arguments: str | Path) -> tuple[int, str]:
        ran = subprocess.run(
            [self.path, *arguments],
            cwd=self.project or self.home,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout

    def environment(self) -> dict[str, str]:
        return {
            **CREDENTIALS.variables,
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "DOCKER_HOST": self.engine,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "1",
        }


@dataclass(frozen=True)
class History:
    """A stack in each part of its life."""

    created: Deployed
    updated: Deployed
    item: dict[str, Any]
    """Items written to a table before the update, as found afterwards."""
    remains: dict[str, list[str]]
    is_gone: bool


def ship(cli: SamCli, stack: str, first: Mapping[str, str], second: Mapping[str, str]) -> History:
    """Deploy, update to other parameters, delete; all of it looked at in passing."""
    aws = Aws(cli.endpoint, CREDENTIALS)
    before = left(aws)
    cli.deploy(stack, "1", first)
    created = look(aws, stack)
    table, key = {"TableName": created.physical("FilesTable")}, {"userId": {"S": "ada"}, "fileId": {"S": "1"}}
    aws.client("dynamodb").put_item(**table, Item={**key, "name": {"S": "kept"}})
    cli.deploy(stack, "2", second)
    updated = look(aws, stack)
    item = aws.client("dynamodb").get_item(**table, Key=key).get("Item", {})
    cli.delete(stack)
    after = left(aws)
    remains = {kind: [name for name in names if name not in before[kind]] for kind, names in after.items()}
    return History(created, updated, item, remains, _is_gone(aws, stack))


def _is_gone(aws: Aws, stack: str) -> bool:
    try:
        stacks = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return True
    return all(found["StackStatus"] == "DELETE_COMPLETE" for found in stacks)
