"""MiniStack as a process of its own, without our gate, for tests that want nothing but its HTTP API."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from support.credentials import CREDENTIALS
from support.ports import free_port

_START_SECONDS = 60


class DidNotStart(Exception):
    """The emulator ended or never answered; the message holds the end of its log."""


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """Run MiniStack with all that it writes under `folder`; gives its endpoint."""
    port = free_port()
    log = folder / "ministack.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env=_environment(port, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        _wait_until_ready(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(process)


def _environment(port: int, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        **CREDENTIALS.variables,
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder),
    }


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(log.read_text()[-2000:])
        time.sleep(0.05)


def _is_ready(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=1)) as connection:
        try:
            connection.request("GET", "/_ministack/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
