"""The data that people have, put there through the front doors: files, imports, dead letters."""

from typing import Any

import httpx

from devstack.aws import Aws
from support.people import Person
from support.processes import wait_until

SECONDS = 60


def upload(person: Person, name: str, content: bytes, content_type: str = "text/plain") -> dict[str, Any]:
    """A file that is available."""
    announced = {"name": name, "contentType": content_type, "size": len(content)}
    created = _created(person.request("POST", "/v1/files", json=announced))
    _post(created["upload"], content)
    url = f"/v1/files/{created['file']['id']}"
    assert wait_until(lambda: person.request("GET", url).json()["status"] == "available", SECONDS)
    return created["file"]


def run_import(
    admin: Person, name: str, content: bytes, content_type: str = "text/csv", *, dry_run: bool = False
) -> str:
    """The id of an import that has ended."""
    announced = {"name": name, "contentType": content_type, "size": len(content), "dryRun": dry_run}
    created = _created(admin.request("POST", "/v1/admin/imports", json=announced))
    _post(created["upload"], content)
    url = f"/v1/admin/imports/{created['import']['id']}"
    ends = ("previewed", "completed", "failed")
    assert wait_until(lambda: admin.request("GET", url).json()["status"] in ends, SECONDS)
    return created["import"]["id"]


def bury(aws: Aws, env: dict[str, str], body: str, *, queue: str = "email", **attributes: str) -> str:
    """The id of a new dead letter, put there as a consumer does."""
    sent = aws.client("sqs").send_message(
        QueueUrl=env[f"{queue.upper()}_DLQ_URL"],
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
    return sent["MessageId"]


def _created(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 201, response.text
    return response.json()


def _post(form: dict[str, Any], content: bytes) -> None:
    posted = httpx.post(
        form["url"], data=form["fields"], files={"file": content}, timeout=60, trust_env=False
    )
    assert posted.status_code in (200, 201, 204), posted.text
