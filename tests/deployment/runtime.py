"""A function of the image under the Runtime Interface Emulator, shut in as on Lambda (see `sandbox`)."""

import json
import platform
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deployment.image import ROOT, Image
from devstack.ports import HOST
from devstack.processes import Child
from support.ports import free_port
from support.processes import descendants, wait_until

_SANDBOX = Path(__file__).parent / "sandbox"
_RIE = {"x86_64": "aws-lambda-rie-x86_64", "aarch64": "aws-lambda-rie-arm64"}
_INVOCATIONS = "/2015-03-31/functions/function/invocations"
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")


class Function:
    """Called with events, it answers what its handler answers."""

    def __init__(self, http: httpx.Client, process: int, log: Path) -> None:
        self._http = http
        self._process = process
        self._log = log

    def __call__(self, event: Any) -> Any:
        answer = self._http.post(_INVOCATIONS, content=json.dumps(event))
        assert answer.status_code == 200, answer.text + self.log
        said = answer.json()
        assert not (isinstance(said, dict) and "errorType" in said), answer.text + self.log
        return said

    @property
    def url(self) -> str:
        """Where Lambda's own API finds it, by the name of `function`."""
        return str(self._http.base_url)

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def init_ms(self) -> float:
        """The time of the cold start, which the first event begins."""
        assert wait_until(lambda: _INIT.search(self.log) is not None), self.log
        [found, *_] = _INIT.findall(self.log)
        return float(found)

    @property
    def peak_mb(self) -> float:
        """The most memory that the runtime has had at once; the emulator's own figure is the configured size."""
        status = Path(f"/proc/{self.runtime}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024

    @property
    def runtime(self) -> int:
        """The id of the process in which the handler runs."""
        [found] = [pid for pid in descendants(self._process) if b"awslambdaric" in _command_line(pid)]
        return found


@contextmanager
def running(image: Image, command: str, env: Mapping[str, str], log: Path) -> Iterator[Function]:
    """`env` is the function's environment besides the image's own."""
    api, address = (f"{HOST}:{free_port()}" for _ in range(2))
    emulator = (
        *("/dev/rie", "--log-level", "info"),
        *("--runtime-api-address", api, "--runtime-interface-emulator-address", address),
    )
    told = {**image.environment, **env}
    with log.open("wb") as output:
        shut_in = inside(image, *emulator, *image.config["Entrypoint"], command)
        child = Child.start(command, shut_in, env=told, output=output, grace=0.1)
    try:
        _wait_for(address, child, log)
        with httpx.Client(base_url=f"http://{address}", timeout=60, trust_env=False) as http:
            yield Function(http, child._process.pid, log)
    finally:
        child.stop()


def inside(image: Image, *command: str) -> list[str]:
    """The command line that runs `command` in the image."""
    namespaces = ("unshare", "--mount", "--pid", "--fork", "--propagation", "private")
    return [*namespaces, str(_SANDBOX), str(image.root), str(_rie()), image.config["WorkingDir"], *command]


def _rie() -> Path:
    [found] = (ROOT / ".venv-deploy").glob(
        f"lib/python*/site-packages/samcli/local/rapid/{_RIE[platform.machine()]}"
    )
    return found


def _wait_for(address: str, child: Child, log: Path) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        assert child.status is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
