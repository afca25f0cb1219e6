"""Check that this shell can deploy a stage, and that no table with data is lost by it:
`python -m operations.preflight --stage dev`. Reports what is missing."""

import argparse
import shutil
import sys

from operations import lost_tables, stacks, stages
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
    _refuse_the_sender_of_a_trial(cloud, stage)
    lost_tables.refuse_template(cloud, stage.stack, template.load(paths.TEMPLATE), stage.parameters)
    return f"Deploying {stage.stack} to {cloud.region} in account {account}"


def _refuse_the_sender_of_a_trial(cloud: Cloud, stage: stages.Stage) -> None:
    """Without `MailIdentity` Cognito sends codes itself, 50 a day for the account: the 51st sign-up of a day gets
    none. A parameter that is left out keeps its present value.
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
    """
    deployed = stacks.describe(cloud.client("cloudformation"), stage.stack)
    parameters = {**(deployed.parameters if deployed else {}), **stage.parameters}
    if parameters.get("Stage") == "prod" and not parameters.get("MailIdentity"):
        raise StackError(
            "prod needs MailIdentity in samconfig.toml: without it Cognito mails 50 codes a day;"
            " see docs/operations.md, Mail"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.preflight", description=__doc__)
    parser.add_argument("--stage", required=True)
    print(check(stages.find(parser.parse_args().stage)), flush=True)


if __name__ == "__main__":
    sys.exit(run(main))
