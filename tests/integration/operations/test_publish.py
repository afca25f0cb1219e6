"""Publishing the web app to a deployed stack, over HTTP: real buckets, a real distribution, real outputs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.deploy import STACK
from devstack.environment import REGION
from operations import publish
from operations.cloud import Cloud
from project.errors import StackError
from support.stack import RunningStack


@pytest.fixture
def cloud(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint)
    return Cloud(REGION)


@pytest.fixture
def outputs(cloud: Cloud) -> dict[str, str]:
    found = cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in found}


@pytest.fixture
def site(cloud: Cloud, outputs: dict[str, str]) -> Iterator["Site"]:
    site = Site(cloud, outputs["SiteBucketName"], outputs["SiteDistributionId"])
    yield site
    for key in site.names():
        site.s3.delete_object(Bucket=site.bucket, Key=key)


class Site:
    def __init__(self, cloud: Cloud, bucket: str, distribution: str) -> None:
        self.s3, self.bucket = cloud.client("s3"), bucket
        self._cloudfront, self._distribution = cloud.client("cloudfront"), distribution

    def names(self) -> list[str]:
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def get(self, key: str) -> Any:
        return self.s3.get_object(Bucket=self.bucket, Key=key)

    def invalidations(self) -> list[list[str]]:
        listed = self._cloudfront.list_invalidations(DistributionId=self._distribution)["InvalidationList"]
        return [
            self._cloudfront.get_invalidation(DistributionId=self._distribution, Id=item["Id"])[
                "Invalidation"
            ]["InvalidationBatch"]["Paths"]["Items"]
            for item in listed.get("Items", [])
        ]


@pytest.fixture
def web(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    (root / "app").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>")
    (root / "app" / "main.js").write_text("export {}; // ä")
    (root / "logo.svg").write_text("<svg/>")
    (root / ".DS_Store").write_text("")
    return root


def test_the_site_is_what_the_folder_is(cloud: Cloud, site: Site, outputs: dict[str, str], web: Path) -> None:
    before = len(site.invalidations())

    url = publish.publish(cloud, STACK, web)

    assert url == outputs["SiteUrl"]
    assert url.startswith("https://")
    assert site.names() == ["app/main.js", "config.js", "index.html", "logo.svg"]
    types = {key: (site.get(key)["ContentType"], site.get(key)["CacheControl"]) for key in site.names()}
    assert types == {
        "app/main.js": ("text/javascript; charset=utf-8", "no-cache"),
        "config.js": ("text/javascript; charset=utf-8", "no-cache"),
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "logo.svg": ("image/svg+xml", "no-cache"),
    }
    assert site.get("app/main.js")["Body"].read() == (web / "app" / "main.js").read_bytes()
    assert site.invalidations()[before:] == [["/*"]]


def test_the_configuration_is_that_of_the_stack(
    cloud: Cloud, site: Site, outputs: dict[str, str], web: Path
) -> None:
    (web / "config.js").write_text("left over from somewhere")

    publish.publish(cloud, STACK, web)

    module = site.get("config.js")["Body"].read().decode()
    assert json.loads(module.removeprefix("export default ").removesuffix(";\n")) == {
        "region": REGION,
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolSiteClientId"],
        "apiBase": "",
        "stage": "local",
        "docs": True,
        "passwordComplexity": True,
        "mailbox": None,
        "demo": None,
    }


def test_what_leads_to_the_files_comes_after_them_and_what_is_gone_goes_last(
    cloud: Cloud, site: Site, web: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.s3.put_object(Bucket=site.bucket, Key="app/old.js", Body=b"")
    done: list[tuple[str, str]] = []
    build = cloud.client

    def client(service: str) -> Any:
        built = build(service)
        for call in ("PutObject", "DeleteObject", "CreateInvalidation"):
            note = lambda params, call=call, **_: done.append((call, params.get("Key", "")))  # noqa: E731
            built.meta.events.register(f"provide-client-params.*.{call}", note)
        return built

    monkeypatch.setattr(cloud, "client", client)
    publish.publish(cloud, STACK, web)

    assert done == [
        ("PutObject", "app/main.js"),
        ("PutObject", "logo.svg"),
        ("PutObject", "config.js"),
        ("PutObject", "index.html"),
        ("DeleteObject", "app/old.js"),
        ("CreateInvalidation", ""),
    ]
    assert "app/old.js" not in site.names()


def test_publishing_again_changes_nothing_else(cloud: Cloud, site: Site, web: Path) -> None:
    publish.publish(cloud, STACK, web)
    before = {key: site.get(key)["ETag"] for key in site.names()}

    publish.publish(cloud, STACK, web)

    assert {key: site.get(key)["ETag"] for key in site.names()} == before


def test_a_folder_that_is_no_site_is_refused_before_anything_is_touched(
    cloud: Cloud, site: Site, web: Path, tmp_path: Path
) -> None:
    publish.publish(cloud, STACK, web)
    before = site.names()

    for empty in (tmp_path / "nowhere", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(StackError, match=r"has no index\.html"):
            publish.publish(cloud, STACK, empty)

    assert site.names() == before


def test_a_failure_is_one_line_and_a_status(stack: RunningStack, cloud: Cloud) -> None:
    def command(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        given = {**stack.env, "PYTHONPATH": ":".join(sys.path), "AWS_ENDPOINT_URL": stack.endpoint, **env}
        program = [sys.executable, "-m", "operations.publish", *arguments]
        return subprocess.run(program, env=given, capture_output=True, text=True, check=False, timeout=60)

    nothing = command("--stack", "nothing", "--region", "eu-west-1")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr == "Error: there is no stack nothing in eu-west-1\n"

    cloudformation = cloud.client("cloudformation")
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    cloudformation.create_stack(StackName="siteless", TemplateBody=json.dumps(body))
    try:
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName="siteless", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        siteless = command("--stack", "siteless", "--region", REGION)
        assert siteless.returncode == 1
        assert siteless.stderr == "Error: siteless (CREATE_COMPLETE) has no output SiteBucketName\n"
    finally:
        cloudformation.delete_stack(StackName="siteless")


def test_the_command_says_where_the_site_is(stack: RunningStack, site: Site, outputs: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "operations.publish", "--stack", STACK],
        env={**stack.env, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == outputs["SiteUrl"]
    assert {"index.html", "config.js"} <= set(site.names())
