"""A release as the workflow runs it: image, delivery, deployment, and the way back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from operations import stacks, stages
from operations.release import delivery
from operations.release.flow import Release
from project import paths, template
from project.errors import StackError
from support.launch import ROOT

STAGE = stages.Stage("test", "app-test", {"Stage": "test", "Mail": "ops@example.com"}, {"Stage": "test"})
SITE = "app-test-site"

TEMPLATE = """
Parameters:
  Stage: { Type: String }
  ImageUri: { Type: String, Default: "" }
  Mail: { Type: String, Default: nobody@example.com }
  Alarm: { Type: String, Default: "" }
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties: { BucketName: app-test-site, VersioningConfiguration: { Status: Enabled } }
  Image:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: /app-test/image, Value: !Ref ImageUri }
Outputs:
  SiteBucketName: { Value: !Ref Site }
"""

DOCKER = """#!{python}
import json, os, pathlib, sys
import boto3
with pathlib.Path(os.environ["DOCKER_LOG"]).open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "login":
    sys.exit(0 if sys.stdin.read() else "no password")
if sys.argv[1] == "push":
    name, _, tag = sys.argv[2].partition("/")[2].partition(":")
    boto3.client("ecr").put_image(repositoryName=name, imageTag=tag, imageManifest="{{}}")
"""


@pytest.fixture
def through(cloud) -> delivery.Delivery:
    """The delivery stack of test, made from its own template but for what the embedded AWS does not know."""
    body = template.load(ROOT / "deploy" / "delivery.yaml")
    del body["Resources"]["Provider"]
    cloudformation = cloud.client("cloudformation")
    name = "serverless-backend-delivery-test"
    given = {"Stage": "test", "Owner": "octocat", "Repository": "backend", "RepositoryId": "1296269"}
    given["ProviderArn"] = "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"
    if stacks.describe(cloudformation, name) is None:
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(body),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
    assert stacks.wait(cloudformation, name, pause=0.05).status == "CREATE_COMPLETE"
    return delivery.find(cloud, "test")


@pytest.fixture
def release(cloud, s3, through, tmp_path, monkeypatch) -> Release:
    released = tmp_path / "template.yaml"
    released.write_text(TEMPLATE)
    monkeypatch.setattr(paths, "TEMPLATE", released)
    yield Release(cloud, STAGE, through, pause=0.05)
    cloudformation = cloud.client("cloudformation")
    if stacks.describe(cloudformation, STAGE.stack):
        found = s3.list_object_versions(Bucket=SITE)
        for version in [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]:
            s3.delete_object(Bucket=SITE, Key=version["Key"], VersionId=version["VersionId"])
        cloudformation.delete_stack(StackName=STAGE.stack)
        stacks.wait(cloudformation, STAGE.stack, pause=0.05)


@pytest.fixture
def served(cloud, s3):
    """The state that a client would meet: the image, and the site's front page."""

    def look() -> tuple[str, bytes]:
        found = cloud.client("ssm").get_parameter(Name="/app-test/image")["Parameter"]["Value"]
        return found, s3.get_object(Bucket=SITE, Key="index.html")["Body"].read()

    return look


def publishing(s3, body: bytes, *, good: bool = True):
    def then(stack: stacks.Stack) -> None:
        s3.put_object(Bucket=stack.outputs["SiteBucketName"], Key="index.html", Body=body)
        if not good:
            raise StackError("2 of the checks failed")

    return then


def test_a_release_that_fails_its_checks_is_taken_back(release, s3, served, capsys):
    release.run("app@sha256:1", publishing(s3, b"one"))
    assert served() == ("app@sha256:1", b"one")

    with pytest.raises(StackError, match="2 of the checks failed"):
        release.run("app@sha256:2", publishing(s3, b"two", good=False))

    assert served() == ("app@sha256:1", b"one")
    assert "2 of the checks failed; going back" in capsys.readouterr().out


@pytest.mark.parametrize("reason", [ZeroDivisionError, KeyboardInterrupt], ids=["a crash", "Ctrl-C"])
def test_an_interrupted_release_is_rolled_back(release, s3, served, reason):
    def then(_stack: stacks.Stack) -> None:
        raise reason

    release.run("app@sha256:1", publishing(s3, b"one"))

    with pytest.raises(reason):
        release.run("app@sha256:2", then)

    assert served() == ("app@sha256:1", b"one")


def test_a_release_found_bad_later_is_taken_back_by_a_person(release, s3, served, through, cloud):
    release.run("app@sha256:1", publishing(s3, b"one"))
    release.run("app@sha256:2", publishing(s3, b"two"))
    assert served() == ("app@sha256:2", b"two")

    Release(cloud, STAGE, through, pause=0.05).rollback()

    assert served() == ("app@sha256:1", b"one")


def test_a_first_release_that_fails_is_left_to_be_looked_at(release, s3, served):
    with pytest.raises(StackError, match="checks failed"):
        release.run("app@sha256:1", publishing(s3, b"one", good=False))

    assert served() == ("app@sha256:1", b"one")


def test_nothing_can_be_taken_back_before_the_first_release(cloud, through):
    other = stages.Stage("test", "never-released", {}, {})

    with pytest.raises(StackError, match="never-released has had no release yet"):
        Release(cloud, other, through).rollback()


def test_what_samconfig_leaves_open_stays_as_it_is(release, s3, cloud):
    cloudformation = cloud.client("cloudformation")
    release.run("app@sha256:1", publishing(s3, b"one"))
    cloudformation.update_stack(
        StackName=STAGE.stack,
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "Stage", "UsePreviousValue": True},
            {"ParameterKey": "ImageUri", "UsePreviousValue": True},
            {"ParameterKey": "Mail", "ParameterValue": "changed@example.com"},
            {"ParameterKey": "Alarm", "ParameterValue": "me@example.com"},
        ],
    )
    stacks.wait(cloudformation, STAGE.stack, pause=0.05)

    release.run("app@sha256:2", publishing(s3, b"two"))

    parameters = stacks.describe(cloudformation, STAGE.stack).parameters
    assert parameters == {
        "Stage": "test",
        "ImageUri": "app@sha256:2",
        "Mail": "ops@example.com",
        "Alarm": "me@example.com",
    }


def test_an_image_is_built_once_for_a_tag(cloud, through, endpoint, tmp_path):
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(python=sys.executable))
    docker.chmod(0o755)
    log = tmp_path / "docker.log"

    def build() -> str:
        done = subprocess.run(
            [sys.executable, "-m", "operations.release", "image", "--tag", "v1.2.3"],
            env={
                **os.environ,
                "PATH": f"{docker.parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT / "src"),
                "AWS_DEFAULT_REGION": "us-east-1",
                "DOCKER_LOG": str(log),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    uri = build()

    repository = delivery.repository(cloud)
    assert uri.startswith(f"{repository.uri}@sha256:")
    commands = [json.loads(line) for line in log.read_text().splitlines()]
    assert [command[0] for command in commands] == ["build", "login", "push"]
    assert commands[0][-3:] == ["--tag", f"{repository.uri}:v1.2.3", "."]
    assert {"--provenance=false", "linux/arm64"} <= set(commands[0])
    assert commands[1][-1] == repository.registry

    # again, for another stage or another try
    assert build() == uri
    assert len(log.read_text().splitlines()) == 3


def test_a_stage_without_its_delivery_is_said_so(cloud):
    with pytest.raises(StackError, match="there is no stack serverless-backend-delivery-prod"):
        delivery.find(cloud, "prod")


def test_the_stages_are_those_of_samconfig(tmp_path: Path, monkeypatch):
    config = tmp_path / "samconfig.toml"
    config.write_text(
        '[test.global.parameters]\nstack_name = "app-test"\n'
        "[test.deploy.parameters]\nparameter_overrides = \"Stage=test Origins='https://a,https://b' Mail=\"\n"
        'tags = ["Project=app", "Stage=test"]\n'
    )
    monkeypatch.setattr(stages, "SAMCONFIG", config)

    assert stages.find("test") == stages.Stage(
        "test",
        "app-test",
        {"Stage": "test", "Origins": "https://a,https://b", "Mail": ""},
        {"Project": "app", "Stage": "test"},
    )
    with pytest.raises(StackError, match="no stage 'tset'"):
        stages.find("tset")
