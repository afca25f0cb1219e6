"""A stack that is started again on another port of the embedded AWS does all it did before."""

import httpx
import pytest

from devstack.seed import ADMIN
from support.durability import import_rows, import_status, sign_in
from support.launch import edit
from support.people import sign_up
from support.ports import free_port
from support.processes import wait_until

BROKEN = 'raise RuntimeError("this worker is broken")\n'


@pytest.fixture
def moved(launch):
    """One that ran at another port before."""
    first = launch().wait_ready()
    assert first.interrupt() == 0
    second = launch(AWS_PORT=str(free_port())).wait_ready()
    assert second.aws_port != first.aws_port
    return second


def test_after_a_move_everything_asynchronous_works(moved):
    with httpx.Client(base_url=moved.api, timeout=60, trust_env=False) as api:
        person = sign_up(api)
        assert wait_until(lambda: person.email in api.get("/_local/mail").text), "the welcome mail"

        created = person.request(
            "POST", "/v1/files", json={"name": "a.txt", "contentType": "text/plain", "size": 2}
        ).json()
        form = created["upload"]
        httpx.post(
            form["url"], data=form["fields"], files={"file": ("a.txt", b"hi")}, trust_env=False
        ).raise_for_status()
        path = f"/v1/files/{created['file']['id']}"
        assert wait_until(lambda: person.request("GET", path).json()["status"] == "available"), "the upload"

        imported = import_rows(moved.api, 3, name="moved")
        assert wait_until(lambda: import_status(moved.api, imported) == "completed"), "the import"

        queue = moved.env["INGEST_QUEUE_URL"]
        assert f":{moved.aws_port}/" in queue
        moved.aws.client("sqs").send_message(QueueUrl=queue, MessageBody="not JSON at all")
        headers = sign_in(moved.api, ADMIN)
        assert wait_until(
            lambda: "not JSON at all" in api.get("/v1/admin/dead-letters", headers=headers).text
        ), "the dead letter"
    assert moved.err == ""


def test_a_worker_that_cannot_run_is_visible(launch, project):
    edit(project / "src/app/entrypoints/email_consumer.py", "from functools import cache\n", BROKEN)
    run = launch(source=project / "src").wait_ready()

    with httpx.Client(base_url=run.api, timeout=60, trust_env=False) as api:
        sign_up(api)

    assert wait_until(lambda: "this worker is broken" in run.err), run.err
    assert "EmailConsumer" in run.err
