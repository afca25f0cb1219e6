"""Check that this shell can deploy a stage, and that no table with data is lost by it:
`python -m operations.preflight --stage dev`. Reports what is missing."""

import argparse
import shutil
import sys

from operations import lost_tables, stages
from operations.cloud import Cloud, run
from project import paths, template
from project.errors import StackError

_BUILDERS = ("docker", "finch", "podman")
"""What SAM builds images with."""


def check(stage: stages.Stage) -> str:
    """The target of the deployment, in words.

    Raises:
        StackError: the first thing that is missing, or the table that would be lost.
    """
    if shutil.which("sam") is None:
        raise StackError("the AWS SAM CLI is not installed; see docs/operations.md, What you need")
    if not any(shutil.which(builder) for builder in _BUILDERS):
        raise StackError(
            "docker is not installed, and the image is built with it; see docs/operations.md, What you need"
        )
    cloud = Cloud()
    account = cloud.account()
    lost_tables.refuse_template(cloud, stage.stack, template.load(paths.TEMPLATE), stage.parameters)
    return f"Deploying {stage.stack} to {cloud.region} in account {account}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.preflight", description=__doc__)
    parser.add_argument("--stage", required=True)
    print(check(stages.find(parser.parse_args().stage)), flush=True)


if __name__ == "__main__":
    sys.exit(run(main))
