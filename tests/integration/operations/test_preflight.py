"""`make deploy` says in one line what is missing, before it builds anything."""

import json
import os
import subprocess
import sys

import pytest

from operations import preflight, stages
from project.errors import StackError
from support.launch import ROOT


@pytest.fixture
def deploy(cloud, tmp_path):
    """Run the check in a shell that has these tools and these variables."""

    def start(*tools: str, stage: str = "dev", **env: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "bin"
        path.mkdir(exist_ok=True)
        for tool in tools:
            (path / tool).write_text("#!/bin/sh\n")
            (path / tool).chmod(0o755)
        return subprocess.run(
            [sys.executable, "-m", "operations.preflight", "--stage", stage],
            env={**os.environ, "PATH": str(path), "PYTHONPATH": str(ROOT / "src"), **env},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return start


@pytest.mark.parametrize(
    ("tools", "env", "message"),
    [
        ((), {}, "the AWS SAM CLI is not installed"),
        (("sam",), {}, "docker is not installed"),
        (("sam", "docker"), {"AWS_REGION": ""}, "no region: set AWS_REGION"),
        (
            ("sam", "docker"),
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "no AWS credentials that work",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(deploy, tools, env, message):
    done = deploy(*tools, **env)

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_an_unknown_stage_is_refused(deploy):
    done = deploy("sam", "docker", stage="production")

    assert (done.returncode, done.stderr) == (1, "Error: samconfig.toml has no stage 'production'\n")


def test_it_tells_where_it_deploys_to(deploy):
    for builder in ("docker", "finch", "podman"):
        done = deploy("sam", builder, stage="test")

        out = "Deploying serverless-backend-test to us-east-1 in account 000000000000\n"
        assert (done.returncode, done.stdout) == (0, out), done.stderr


def test_prod_is_not_deployed_with_cognitos_own_sender(deploy):
    done = deploy("sam", "docker", stage="prod")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: prod needs MailIdentity in samconfig.toml")


@pytest.fixture
def configured(monkeypatch, tmp_path):
    """Check the stage `prod` of a samconfig.toml with these parameters, with the tools at hand."""

    def check(parameters: str) -> str:
        config = tmp_path / "samconfig.toml"
        config.write_text(
            '[prod.global.parameters]\nstack_name = "preflight-prod"\n'
            f'[prod.deploy.parameters]\nparameter_overrides = "{parameters}"\n'
        )
        monkeypatch.setattr(stages, "SAMCONFIG", config)
        monkeypatch.setattr(preflight.shutil, "which", lambda tool: tool)
        return preflight.check(stages.find("prod"))

    return check


def test_prod_is_deployed_with_a_verified_sender(cloud, configured):
    assert configured("Stage=prod MailIdentity=example.com").startswith("Deploying preflight-prod")


def test_a_sender_that_is_deployed_already_is_kept(cloud, configured):
    template = {
        "Parameters": {"MailIdentity": {"Type": "String"}},
        "Resources": {"A": {"Type": "AWS::SNS::Topic"}},
    }
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(
        StackName="preflight-prod",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "MailIdentity", "ParameterValue": "example.com"}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="preflight-prod", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )

    assert configured("Stage=prod").startswith("Deploying preflight-prod")
    with pytest.raises(StackError, match="prod needs MailIdentity"):
        configured("Stage=prod MailIdentity=")
