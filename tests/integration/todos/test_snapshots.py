"""The API as two instances that start from one snapshot, over the real stack and its cache."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from support.people import Person
from support.stack import RunningStack

_INSTANCES = """
import json, os, sys
import app.entrypoints.api as api
from support import snapshots
from unit.entrypoints.test_api import event

snapshots.take()
held = snapshots.sockets()
loaded = set(sys.modules)
OURS = ("app.", "botocore.", "jose.", "pydantic.", "redis.")


def ask(method, path, body=None):
    headers = {"authorization": f"Bearer {os.environ['TOKEN']}", "content-type": "application/json"}
    asked = event(method, path, headers=headers, body=body and json.dumps(body))
    asked["requestContext"]["requestId"] = "no id of the gateway's"
    return api.handler(asked, None)


def work():
    made = ask("POST", "/v1/todos", {"title": "From a snapshot"})
    answers = [made, ask("GET", "/v1/todos"), ask("GET", "/v1/todos")]
    container = api.app.state.container
    fence = container.redis.get("app1:{%s}:fence" % os.environ["USER_ID"])  # tests beside this one have theirs
    return {
        "statuses": [answer["statusCode"] for answer in answers],
        "cache": [answer["headers"].get("x-cache") for answer in answers],
        "ids": [json.loads(made["body"])["id"], *(answer["headers"]["x-request-id"] for answer in answers)],
        "fence": fence and fence.decode(),
        "sockets": snapshots.sockets(),
        "imported": sorted(name for name in set(sys.modules) - loaded if name.startswith(OURS)),
    }


print(json.dumps([held, snapshots.restored(work)]))
"""


@pytest.fixture
def instances(stack: RunningStack, ada: Person) -> tuple[list[str], list[dict[str, Any]]]:
    """What was connected before the snapshot, and what each instance found."""
    environment = {
        **os.environ,
        **stack.env,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TOKEN": ada.tokens["access_token"],
        "USER_ID": ada.id,
    }
    done = subprocess.run(
        [sys.executable, "-c", _INSTANCES], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    held, found = json.loads(done.stdout.splitlines()[-1])
    return held, found


def test_instances_of_one_snapshot_serve_and_share_nothing(instances) -> None:
    held, (first, second) = instances

    assert held == []
    assert first["statuses"] == second["statuses"] == [201, 200, 200]
    assert first["cache"][-1] == second["cache"][-1] == "hit"
    assert first["sockets"]
    assert not {*first["sockets"]} & {*second["sockets"]}
    assert len({*first["ids"], *second["ids"]}) == 8
    assert None is not first["fence"] != second["fence"] is not None


def test_a_request_after_a_restore_imports_nothing_more(instances) -> None:
    _, found = instances

    assert [instance["imported"] for instance in found] == [[], []]
