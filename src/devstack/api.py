"""The API under uvicorn, as a child that can be replaced when the code changes."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

from devstack.environment import own
from devstack.ports import serves
from devstack.processes import Child
from devstack.state import State
from project.errors import StackError

_TIMEOUT = 20.0


class Api:
    """A context manager around the process that serves at the moment."""

    def __init__(self, listeners: Sequence[socket.socket], state: State, *, lock: int) -> None:
        self._listeners = listeners
        self._state = state
        self._lock = lock
        self._child: Child | None = None
        self._relay: threading.Thread | None = None
        self.echo = False
        """Whether its output is shown."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def status(self) -> int | None:
        """The exit status, `None` while it serves."""
        return self._child.status if self._child else None

    def start(self, env: Mapping[str, str]) -> None:
        """Serve, and return once requests are answered. Its output until then is only kept, in the log.

        Raises:
            StackError: it ended, or did not answer in time.
        """
        listeners = [listener.fileno() for listener in self._listeners]
        self._child = Child.start(
            "The API",
            [sys.executable, "-m", "devstack.serve", *map(str, listeners)],
            env=own(env),
            output=subprocess.PIPE,
            held=(self._lock,),
            passed=listeners,
        )
        log = self._state.log("api").open("wb", buffering=0)
        self._relay = threading.Thread(target=self._copy, args=(self._child.output, log), daemon=True)
        self._relay.start()
        self._wait_ready(self._child)

    def stop(self) -> None:
        if self._child is None:
            return
        self._child.stop()
        if self._relay is not None:
            self._relay.join(1)
        self._child = None

    def _wait_ready(self, child: Child) -> None:
        port = self._listeners[0].getsockname()[1]
        deadline = time.monotonic() + _TIMEOUT
        while not serves(port, "/healthz"):
            if child.status is not None or time.monotonic() > deadline:
                self.stop()
                raise StackError(f"The API does not start: {self._last_line()}; see {self._state.log('api')}")
            time.sleep(0.03)

    def _copy(self, output: IO[bytes], log: IO[bytes]) -> None:
        with output, log:
            for line in output:
                # On a full disk, too: the child would block on an output that is not read.
                with suppress(OSError):
                    log.write(line)
                if self.echo:
                    self._show(line)

    def _show(self, line: bytes) -> None:
        try:
            sys.stdout.write(line.decode(errors="replace"))
            sys.stdout.flush()
        except (OSError, ValueError):  # no reader is left; the child must not block on it
            self.echo = False

    def _last_line(self) -> str:
        lines = self._state.log("api").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it does not answer"
