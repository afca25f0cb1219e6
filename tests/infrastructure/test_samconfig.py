"""`samconfig.toml` and its users: one stack for each stage, with the stage as a parameter."""

import os
import subprocess
import tomllib

import pytest

from project import paths
from support import template

CONFIG = tomllib.loads((paths.PROJECT / "samconfig.toml").read_text())
ENVIRONMENTS = {"default": "dev", "dev": "dev", "test": "test", "prod": "prod"}


def test_there_is_an_environment_for_every_stage_that_is_deployed():
    stages = set(template.load()["Parameters"]["Stage"]["AllowedValues"]) - {"local"}

    assert CONFIG.keys() - {"version"} == ENVIRONMENTS.keys() == stages | {"default"}


@pytest.mark.parametrize(("environment", "stage"), ENVIRONMENTS.items())
def test_an_environment_deploys_its_stage(environment, stage):
    deploy = CONFIG[environment]["deploy"]["parameters"]

    assert CONFIG[environment]["global"]["parameters"]["stack_name"] == f"serverless-backend-{stage}"
    assert deploy["parameter_overrides"] == f"Stage={stage}"
    assert deploy["tags"] == f"Project=serverless-backend Stage={stage}"
    assert deploy["capabilities"] == "CAPABILITY_IAM"
    assert deploy["resolve_s3"] is deploy["resolve_image_repos"] is True


def test_production_asks_before_it_changes():
    asking = {name for name in ENVIRONMENTS if CONFIG[name]["deploy"]["parameters"].get("confirm_changeset")}

    assert asking == {"prod"}


def test_functions_and_stack_have_the_same_tags():
    tags = template.load()["Globals"]["Function"]["Tags"]

    assert tags == {"Project": "serverless-backend", "Stage": {"Ref": "Stage"}}


@pytest.mark.parametrize(
    ("shell", "said"), [({"AWS_REGION": "eu-central-1"}, " --region eu-central-1"), ({}, "")]
)
def test_make_deploys_to_the_region_that_the_shell_names(shell, said):
    """SAM itself reads `AWS_DEFAULT_REGION` alone, and the first look before it `AWS_REGION`, too."""
    env = {"PATH": os.environ["PATH"], **shell}

    planned = subprocess.run(
        ["make", "-n", "deploy", "STAGE=test"],
        cwd=paths.PROJECT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"sam deploy --config-env test{said}" in [line.strip() for line in planned.stdout.splitlines()]
