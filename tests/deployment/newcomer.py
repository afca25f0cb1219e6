"""The steps of a first deployment: `sam build && sam deploy --guided`."""

import platform
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.deployed import Deployed, left, look
from deployment.engine import engine
from deployment.image import checkout
from deployment.registry import HOST, Pushed, proxy, pull, sign_in
from deployment.sam_cli import SamCli
from deployment.terminal import Conversation, converse
from devstack.aws import Aws
from project import template
from support.credentials import CREDENTIALS
from support.emulator import emulator

STACK = "serverless-backend-dev"
ANSWERS = {
    "Parameter MailFrom": "ada@example.com",
    "Parameter AlarmEmail": "ada@example.com",
    "Parameter RedisUrl": "none",
}
"""To all else a newcomer says nothing but Enter, as the default is right."""
ARCHITECTURES = {"x86_64": ("x86_64", "amd64"), "aarch64": ("arm64", "arm64")}
"""The machine's name of its architecture -> Lambda's name, and the engine's."""


@dataclass(frozen=True)
class Shipment:
    first: str
    again: str
    """The output of `sam build`, each time."""
    template: dict[str, Any]
    """The built template."""
    guided: Conversation
    config: dict[str, Any]
    """`samconfig.toml`, as it was afterwards."""
    created: Deployed
    images: Mapping[str, str]
    """Function -> where its image is."""
    pushed: Mapping[str, Pushed]
    """Function -> its image, as it was pulled."""
    remains: Mapping[str, list[str]]
    """The resources that a deletion left."""


@contextmanager
def workplace(sam: Path, folder: Path) -> Iterator[SamCli]:
    """A checkout, an engine and an AWS of one's own."""
    with (
        emulator(folder) as endpoint,
        proxy(endpoint) as outward,
        engine(folder, HOST, outward) as address,
    ):
        sign_in(folder)
        yield SamCli(sam, folder, endpoint, _project(folder), address)


def ship(cli: SamCli) -> Shipment:
    """Build twice, deploy, delete; all of it looked at in passing."""
    assert cli.project
    aws = Aws(cli.endpoint, CREDENTIALS)
    before = _everything(aws)
    first, again = cli.build("dev"), cli.build("prod")
    built = template.load(cli.project / ".aws-sam/build/template.yaml")
    guided = converse([cli.path, "deploy", "--guided"], ANSWERS, cwd=cli.project, env=cli.environment())
    assert guided.status == 0, guided.transcript[-4000:]
    config = tomllib.loads((cli.project / "samconfig.toml").read_text())
    created = look(aws, STACK)
    images = _images(aws, created)
    pushed = {name: pull(cli.endpoint, uri) for name, uri in images.items()}
    cli.delete(STACK)
    after = _everything(aws)
    remains = {kind: [name for name in names if name not in before[kind]] for kind, names in after.items()}
    return Shipment(first, again, built, guided, config, created, images, pushed, remains)


def identity(said: str) -> str:
    """The beginning of the id of the one image that `sam build` says it has built."""
    [found] = re.findall(r"^Successfully built ([0-9a-f]{12})$", said, re.MULTILINE)
    return str(found)


def _project(folder: Path) -> Path:
    """A checkout that is built for this machine, for which alone it has a base."""
    context = checkout(folder)
    source = context / "template.yaml"
    written = source.read_text()
    assert written.count("Architectures:") == written.count("Architectures: [arm64]") == 1
    own, _ = ARCHITECTURES[platform.machine()]
    source.write_text(written.replace("Architectures: [arm64]", f"Architectures: [{own}]"))
    return context


def _images(aws: Aws, created: Deployed) -> dict[str, str]:
    functions = aws.client("lambda")
    return {
        name: functions.get_function(FunctionName=physical)["Code"]["ImageUri"]
        for name, (kind, physical) in created.resources.items()
        if kind == "AWS::Lambda::Function"
    }


def _everything(aws: Aws) -> dict[str, list[str]]:
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    repositories = aws.client("ecr").describe_repositories()["repositories"]
    return {
        **left(aws),
        "stacks": [one["StackName"] for one in stacks if one["StackStatus"] != "DELETE_COMPLETE"],
        "repositories": [one["repositoryName"] for one in repositories],
    }
