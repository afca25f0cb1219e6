"""The local stack and its Valkey, as tests use them: on free ports, in a directory of their own, gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from devstack import valkey
from devstack.database import Database
from devstack.ports import HOST
from devstack.stack import LocalStack
from devstack.state import State
from support.clients import clients_for
from support.credentials import CREDENTIALS
from support.ports import free_port

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.aws.clients import Clients
    from app.config.api import Settings


class RunningStack:
    """The deployed and seeded stack.

    The application is imported when asked for: most tests need none of it.

    `env` is what the application's environment must hold to use it, `redis_url` its Valkey.
    """

    def __init__(self, local: LocalStack) -> None:
        self.env = dict(local.env)
        self.endpoint = local.endpoint
        self.redis_url = local.redis_url
        self.local = local

    @property
    def settings(self) -> "Settings":
        from app.config.api import Settings

        return Settings.from_env(self.env)

    def clients(self) -> "Clients":

        return clients_for(self.settings)

    def app(self) -> "FastAPI":
        """The application in this process, over the stack."""
        from app.main import create_app

        return create_app(self.settings)


@contextmanager
def running_stack(root: Path, *, redis_url: str | None = None) -> Iterator[RunningStack]:
    """Inside it the environment of this process holds the stack's key. `TEST_DATABASE=postgres` runs
    it over PostgreSQL."""
    state = State(root)
    with (
        patch.dict(os.environ, CREDENTIALS.variables),
        state.lock() as lock,
        LocalStack(
            state,
            lock=lock,
            aws_port=free_port(),
            credentials=CREDENTIALS,
            redis_url=redis_url,
            database=Database.of({"DATABASE": os.environ.get("TEST_DATABASE", "")}, state),
        ) as local,
    ):
        yield RunningStack(local)


@contextmanager
def running_valkey(root: Path) -> Iterator[str]:
    """The URL of a new Valkey. `INFO server` tells its `process_id`, for those who want to stop it."""
    state, port = State(root), free_port()
    with state.lock() as lock:
        child = valkey.start(state, port, lock=lock)
        try:
            valkey.wait_ready(child, state, port)
            yield f"redis://{HOST}:{port}/0"
        finally:
            child.stop()
