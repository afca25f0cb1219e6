"""The web app's files as `make run` serves them, on one origin with the API."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.security_headers import SECURITY_HEADERS
from devstack.aws import Aws
from devstack.ports import addresses, authority
from project import paths
from project.site import files
from support.launch import Launch
from support.people import CODE, PASSWORD, sign_up
from support.processes import wait_until


@pytest.fixture
def app(running: Launch) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.api, timeout=20, trust_env=False) as client:
        yield client


def test_the_app_is_at_the_root_and_at_every_page_of_its_own(app: httpx.Client) -> None:
    index = (paths.WEB / "index.html").read_text()

    for path in ("/", "/sign-in", "/admin/imports/7", "/mailbox"):
        answer = app.get(path)
        assert (answer.status_code, answer.text) == (200, index)


@pytest.mark.parametrize("address", addresses())
def test_each_loopback_address_serves_the_app_and_its_uploads(running: Launch, address: str) -> None:
    """As a page that was opened there: with its `Host` and its `Origin`."""
    origin = f"http://{authority(address, running.port)}"
    with httpx.Client(base_url=origin, timeout=20, trust_env=False, headers={"Origin": origin}) as app:
        person = sign_up(app)
        file = {"name": "a.txt", "contentType": "text/plain", "size": 2}
        upload = person.request("POST", "/v1/files", json=file).json()["upload"]
        answer = app.post(upload["url"], data=upload["fields"], files={"file": b"hi"})
        mailbox = app.get("/_local/mail")

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, origin)
    assert mailbox.status_code == 200


@pytest.mark.parametrize("address", addresses())
def test_each_loopback_address_serves_the_embedded_aws(running: Launch, address: str) -> None:
    endpoint = f"http://{authority(address, running.aws_port)}"

    s3 = Aws(endpoint, running.credentials).client("s3")

    assert running.env["DATA_BUCKET"] in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    key = {"Bucket": running.env["INGEST_BUCKET"], "Key": f"elsewhere/{running.port}"}
    s3.put_object(**key, Body=b"by address")
    assert s3.get_object(**key)["Body"].read() == b"by address"


def test_every_file_of_the_app_is_there_and_none_of_the_project_s(app: httpx.Client) -> None:
    for name, path in files(paths.WEB):
        answer = app.get(f"/{name}")
        assert (answer.status_code, answer.content) == (200, path.read_bytes())
        assert answer.headers["cache-control"] == "no-cache"
    for path in ("/template.yaml", "/..%2ftemplate.yaml", "/.local/env", "/src/app/main.py"):
        assert app.get(path).status_code == 404


def test_a_browser_gets_the_policy_of_the_template_with_the_local_buckets(
    app: httpx.Client, running: Launch
) -> None:
    policy = app.get("/").headers["content-security-policy"]

    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == f"'self' http://127.0.0.1:{running.aws_port}"
    assert directives["require-trusted-types-for"] == "'script'"
    assert "$" not in policy


def test_the_app_gets_the_configuration_of_the_running_stack(app: httpx.Client, running: Launch) -> None:
    env = running.env

    config = configuration(app)

    assert config["userPoolId"] == env["USER_POOL_ID"]
    assert config["userPoolClientId"] == env["USER_POOL_SITE_CLIENT_ID"]
    assert (config["region"], config["stage"], config["docs"]) == ("us-east-1", "local", True)
    assert config["apiBase"] == ""
    assert app.post("/v1/auth/login", json=config["demo"]).status_code == 200


def configuration(app: httpx.Client) -> dict[str, Any]:
    text = app.get("/config.js").text
    match = re.fullmatch(r"export default (\{.*\});\n", text, re.DOTALL)
    assert match, text
    return json.loads(match[1])


def test_a_sign_up_finds_its_code_in_the_mailbox(app: httpx.Client) -> None:
    mailbox = configuration(app)["mailbox"]
    email = "Mail-Box@example.com"
    assert app.post("/v1/auth/signup", json={"email": email, "password": PASSWORD}).status_code == 201

    def mails() -> list[dict[str, Any]]:
        return app.get(mailbox, params={"to": email.lower()}).json()["messages"]

    assert wait_until(lambda: len(mails()) == 1)
    assert CODE in mails()[0]["text"]
    assert app.post("/v1/auth/confirm", json={"email": email, "code": CODE}).status_code == 204
    assert wait_until(lambda: len(mails()) == 2)
    welcome, code = mails()
    assert (welcome["subject"], welcome["to"], welcome["from"]) == (
        "Welcome!",
        [email.lower()],
        "no-reply@example.com",
    )
    assert welcome["html"].startswith("<!doctype html>")
    assert welcome["sentAt"] >= code["sentAt"]


def test_a_browser_may_upload_from_the_app_to_the_bucket(app: httpx.Client, running: Launch) -> None:
    """Act as an XMLHttpRequest with a progress bar does: it asks first, then sends the form."""
    ada = sign_up(app)
    announced = ada.request(
        "POST", "/v1/files", json={"name": "hello.txt", "contentType": "text/plain", "size": 5}
    ).json()
    upload, origin = announced["upload"], {"Origin": running.api}

    with httpx.Client(timeout=20, trust_env=False) as browser:
        asked = browser.options(upload["url"], headers={**origin, "Access-Control-Request-Method": "POST"})
        sent = browser.post(upload["url"], data=upload["fields"], files={"file": b"hello"}, headers=origin)

    assert asked.status_code == 200
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert sent.status_code == 204
    for answer in (asked, sent):
        assert answer.headers["access-control-allow-origin"] == running.api


def test_the_api_answers_as_ever_beside_it(app: httpx.Client) -> None:
    assert app.get("/healthz").json() == {"status": "ok"}
    assert app.get("/openapi.json").json()["info"]["title"] == "Serverless backend"
    assert app.get("/docs").status_code == 200
    refused = app.get("/v1/todos")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    assert refused.headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]
    assert "'sha256-" in app.get("/docs").headers["content-security-policy"]
