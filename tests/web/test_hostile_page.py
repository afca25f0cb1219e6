"""A page of another origin, in the browser of a developer whose stack is up: nothing it tries succeeds."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from devstack.aws import Aws
from devstack.ports import HOST
from support.credentials import CREDENTIALS
from support.emulator import emulator
from support.launch import Launch
from support.ports import free_port
from web.browser import EVIL, Visits
from web.hostile_page import SEEDED, Targets, attack
from web.screens import settled

ELSEWHERE = free_port()
"""Where the hostile page says it is from: it is answered in the browser, so nothing listens there."""


def seeded(aws: Aws, port: int) -> str:
    """Stand for the service that the page looks for; yield the host of an API of AppSync Events."""
    aws.client("sqs").create_queue(QueueName=SEEDED)
    aws.client("s3").create_bucket(Bucket=SEEDED)
    aws.client("s3").put_object(Bucket=SEEDED, Key="a.txt", Body=b"secret")
    modes = [{"authType": "API_KEY"}]
    config = {
        "authProviders": modes,
        "connectionAuthModes": modes,
        "defaultPublishAuthModes": modes,
        "defaultSubscribeAuthModes": modes,
    }
    api = aws.client("appsync").create_api(name="hostile", eventConfig=config)["api"]
    return f"{api['apiId']}.appsync-realtime-api.us-east-1.localhost:{port}"


def left(aws: Aws) -> dict[str, Any]:
    """List the resources that the page has made, and those it would wipe."""
    return {
        "functions": [
            each["FunctionName"]
            for each in aws.client("lambda").list_functions()["Functions"]
            if "hostile" in each["FunctionName"]
        ],
        "queues": [
            url.rpartition("/")[2]
            for url in aws.client("sqs").list_queues(QueueNamePrefix="hostile").get("QueueUrls", [])
        ],
        "buckets": [
            each["Name"] for each in aws.client("s3").list_buckets()["Buckets"] if "hostile" in each["Name"]
        ],
        "objects": [
            each["Key"] for each in aws.client("s3").list_objects_v2(Bucket=SEEDED).get("Contents", [])
        ],
        "users": [each["UserName"] for each in aws.client("iam").list_users()["Users"]],
    }


@pytest.fixture(scope="module")
def targets(app: Launch) -> Targets:
    aws = f"http://{HOST}:{app.aws_port}"
    return Targets(aws, seeded(app.aws, app.aws_port), app.api)


@pytest.mark.parametrize("host", [HOST, "localhost", EVIL])
def test_a_page_of_another_origin_succeeds_with_nothing(
    browser: Browser, app: Launch, targets: Targets, host: str
) -> None:
    before = left(app.aws)

    outcome = attack(browser, f"http://{host}:{ELSEWHERE}/", targets)

    assert outcome.tried > 40
    assert outcome.successes == []
    assert left(app.aws) == before


def test_a_rebound_name_succeeds_with_nothing(browser: Browser, app: Launch, targets: Targets) -> None:
    """The page and what it calls are one origin for the browser: `Host` alone tells."""
    before = left(app.aws)

    for port in (app.aws_port, app.port):
        evil = f"http://{EVIL}:{port}"
        aws = Targets(evil, targets.events.replace("localhost", EVIL), evil if port == app.port else None)
        assert attack(browser, f"{evil}/hostile.html", aws).successes == []
    assert left(app.aws) == before


def test_the_same_page_succeeds_where_there_is_no_gate(browser: Browser, tmp_path: Path) -> None:
    """Or the tests above would show nothing."""
    with emulator(tmp_path) as endpoint:
        aws = Aws(endpoint, CREDENTIALS)
        events = seeded(aws, int(endpoint.rpartition(":")[2]))
        outcome = attack(browser, f"http://{EVIL}:{ELSEWHERE}/", Targets(endpoint, events))

        assert any("/_ministack/reset" in each for each in outcome.answered)
        assert any("/2015-03-31/functions" in each for each in outcome.answered)
        assert outcome.read
        assert outcome.opened
        assert aws.client("sqs").list_queues().get("QueueUrls", []) == []


@pytest.mark.parametrize("name", [HOST, "localhost"])
def test_the_app_s_own_uploads_and_downloads_work(
    browser: Browser, app: Launch, ada: Any, tmp_path: Path, name: str
) -> None:
    """Under `localhost` the bucket is of another site for the browser."""
    visits = Visits(browser, (f"http://{name}:{app.port}", f"http://{HOST}:{app.aws_port}"))
    page = settled(visits.open("/files", ada))
    (tmp_path / "notes.txt").write_text("hello")

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(tmp_path / "notes.txt")
    download = page.get_by_role("button", name="Download notes.txt")
    expect(download).to_be_visible()
    with page.expect_download() as saved:
        download.click()

    assert saved.value.path().read_text() == "hello"
    assert visits.close() == []


def test_a_link_without_its_signature_is_refused(app: Launch, env: dict[str, str]) -> None:
    s3, bucket = app.aws.client("s3"), env["DATA_BUCKET"]
    s3.put_object(Bucket=bucket, Key="users/unsigned.txt", Body=b"hello")

    answer = httpx.get(f"http://{HOST}:{app.aws_port}/{bucket}/users/unsigned.txt", trust_env=False)

    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text
