"""Functions that start from a snapshot: nothing unique or connected is in it. Each in a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from support.environment import ENVIRONMENT
from support.http_service import Answer, service

ENTRYPOINTS = ("api", "authorizer", "post_authentication", "pre_sign_up", "user_signup")

_SHOW = "import json; print(json.dumps({}))"
_TAKEN = "import app.entrypoints.{} as function, sys\nfrom support import snapshots\nsnapshots.take()\n"
_UNIQUE = """
import random, uuid
from datetime import UTC, datetime
from app.cache.protocol import random_token
from app.ids import new_id
at = datetime(2026, 1, 1, tzinfo=UTC)
unique = lambda: [random.random(), str(uuid.uuid4()), new_id(at), random_token().decode()]
"""


def run(code: str, *, init: str = "snap-start", **environment: str) -> Any:
    """Run `code` as an instance of a function, without credentials in its environment; its last line of JSON."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **given,
            **ENVIRONMENT,
            "AWS_LAMBDA_INITIALIZATION_TYPE": init,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": os.pathsep.join(sys.path),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("entrypoint", ENTRYPOINTS)
def test_a_snapshot_holds_no_socket_and_no_thread(entrypoint: str) -> None:
    code = _TAKEN.format(entrypoint) + _SHOW.format("[snapshots.sockets(), snapshots.threads()]")

    assert run(code) == [[], 1]


@pytest.mark.parametrize("entrypoint", ENTRYPOINTS)
def test_no_credentials_are_asked_for_before_a_snapshot(entrypoint: str) -> None:
    """With SnapStart, Lambda gives them by HTTP: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html"""
    with service(lambda _asked: Answer(status=500)) as credentials:
        run(
            _TAKEN.format(entrypoint) + _SHOW.format("0"),
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{credentials.url}/credentials",
            AWS_CONTAINER_AUTHORIZATION_TOKEN="token",
            REDIS_URL="rediss://cache.example.com:6379",
            EGRESS_FUNCTION="egress",
        )

        assert credentials.asked == []


@pytest.mark.parametrize("entrypoint", ENTRYPOINTS)
def test_two_instances_share_no_random_number_id_or_token(entrypoint: str) -> None:
    code = _TAKEN.format(entrypoint) + _UNIQUE + _SHOW.format("snapshots.restored(unique)")

    first, second = run(code)

    assert len({*first, *second}) == 8


def test_a_snapshot_would_share_random_numbers() -> None:
    """Without the hook, so that the test above can fail."""
    code = _TAKEN.format("api") + _UNIQUE + _SHOW.format("snapshots.restored(unique, renewed=False)")

    (first, *_), (second, *_) = run(code)

    assert first == second


def test_the_container_of_the_api_is_as_it_was_made() -> None:
    """No part in a snapshot has a time of before it, a secret or a key."""
    code = _TAKEN.format("api") + _SHOW.format("sorted(vars(function.app.state.container))")

    assert run(code) == ["clients", "request_counter", "settings"]


def test_no_client_and_no_credentials_are_kept() -> None:
    code = _TAKEN.format("api") + (
        "clients = function.app.state.container.clients\n"
        "built = [name for name, value in vars(type(clients)).items() if name in vars(clients)]\n"
    )
    counted = code + _SHOW.format("[built, clients._botocore._credentials]")

    assert run(counted) == [[], None]


@pytest.mark.parametrize(
    ("entrypoint", "module"),
    [
        ("api", "app.routers.admin"),
        ("api", "app.container.operator"),
        ("api", "redis"),
        ("api", "jose.jwk"),
        ("authorizer", "jose.jwk"),
        ("post_authentication", "botocore.httpsession"),
        ("pre_sign_up", "idna"),
        ("user_signup", "botocore.httpsession"),
    ],
)
def test_what_a_request_may_need_is_in_the_snapshot(entrypoint: str, module: str) -> None:
    code = f"import app.entrypoints.{entrypoint}, sys\nbefore = {module!r} in sys.modules\n"
    taken = code + _TAKEN.format(entrypoint) + _SHOW.format(f"[before, {module!r} in sys.modules]")

    assert run(taken, REDIS_URL="redis://cache.example.com:6379")[1] is True


def test_what_was_warmed_is_left_out_of_collections() -> None:
    code = "import app.entrypoints.api, gc\nbefore = gc.get_freeze_count()\n" + _TAKEN.format("api")

    assert run(code + _SHOW.format("[gc.get_freeze_count() > before, gc.isenabled()]")) == [True, True]


@pytest.mark.parametrize("entrypoint", ENTRYPOINTS)
def test_without_snapshots_nothing_is_warmed_or_imported_for_them(entrypoint: str) -> None:
    code = f"import app.entrypoints.{entrypoint}, sys\n" + _SHOW.format(
        "[name in sys.modules for name in ('snapshot_restore_py', 'app.warming')]"
    )

    assert run(code, init="on-demand") == [False, False]
