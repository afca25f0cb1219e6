"""`make deploy` says in one line what is missing, before it builds anything."""

import os
import subprocess
import sys

import pytest

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
        done = deploy("sam", builder, stage="prod")

        out = "Deploying serverless-backend-prod to us-east-1 in account 000000000000\n"
        assert (done.returncode, done.stdout) == (0, out), done.stderr
