"""MiniStack, the embedded AWS: started here, in a process of its own."""

import os
import shutil
import sys
import time
from collections.abc import Iterable

from devstack.credentials import Credentials
from devstack.environment import minimal
from devstack.pages import own_origins
from devstack.ports import HOST, serves
from devstack.processes import Child
from devstack.state import State
from project.errors import StackError

RECORD_CALLS = "RECORD_CALLS"
"""Of the environment: the file to which the calls of the functions are added. Without it none are noted."""


ALLOWED_ORIGINS = "ALLOWED_ORIGINS"
"""Of the environment: the origins of the pages that may call, separated by spaces."""


def start(state: State, port: int, credentials: Credentials, origins: Iterable[str], *, lock: int) -> Child:
    """On `port`, with its data under `state`, for `credentials` and for pages of `origins`.

    It holds the descriptor `lock` until it is gone.
    """
    home = state.directory("ministack")
    shutil.rmtree(home / "tmp", ignore_errors=True)  # the functions' unpacked code of a run that was killed
    env = minimal(
        BIND_HOST=HOST,
        MINISTACK_HOST=HOST,
        GATEWAY_PORT=str(port),
        AUTH="true",
        PERSIST_STATE="1",
        STATE_DIR=str(home / "state"),
        S3_PERSIST="1",
        S3_DATA_DIR=str(home / "s3"),
        TMPDIR=str(state.directory("ministack/tmp")),
        HOME=str(home),
        LOG_LEVEL="WARNING",
        # Its other listeners stay off, and a Docker daemon of the developer's is none of its business.
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        DOCKER_HOST="unix:///nonexistent/docker.sock",
        **credentials.variables,
        **{ALLOWED_ORIGINS: " ".join([*own_origins(port), *origins])},
        **_recorded(),
    )
    command = [sys.executable, "-m", "devstack.emulator.launcher"]
    with state.log("ministack").open("wb") as log:
        return Child.start("MiniStack", command, env=env, output=log, held=(lock,), grace=8)


def _recorded() -> dict[str, str]:
    return {RECORD_CALLS: os.environ[RECORD_CALLS]} if RECORD_CALLS in os.environ else {}


def wait_ready(child: Child, state: State, port: int, credentials: Credentials, timeout: float = 30) -> None:
    """Raises:
    StackError: it ended, or did not answer within `timeout` seconds. The message quotes its last line.
    """
    deadline = time.monotonic() + timeout
    while not serves(port, "/_ministack/ready", credentials.control_headers):
        if child.status is not None or time.monotonic() > deadline:
            raise StackError(f"MiniStack does not start: {last_line(state)}")
        time.sleep(0.02)


def last_line(state: State) -> str:
    lines = state.log("ministack").read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
