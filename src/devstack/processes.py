"""Child processes that end with us, however we end."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from project.errors import StackError

_WATCHDOG = str(Path(__file__).with_name("watchdog.py"))


class Child:
    """A command under `watchdog.py`, in a session of its own: a Ctrl-C at the terminal does not reach it."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", lifeline: int, grace: float) -> None:
        self.name = name
        self._process = process
        self._lifeline: int | None = lifeline
        self._grace = grace

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        output: IO[bytes] | int,
        held: Sequence[int] = (),
        passed: Sequence[int] = (),
        grace: float = 5.0,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> "Child":
        """`held` descriptors stay open until the command and its group are gone (a lock); `passed` ones reach it.
        `stop_signal` asks it to end within `grace` seconds."""
        pipe, lifeline = os.pipe()
        fds = ",".join(str(fd) for fd in passed)
        try:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    _WATCHDOG,
                    str(pipe),
                    str(grace),
                    fds,
                    str(int(stop_signal)),
                    "--",
                    *command,
                ],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(pipe, *held, *passed),
                start_new_session=True,
            )
        except OSError as error:
            os.close(lifeline)
            raise StackError(f"{name} cannot be started: {error.strerror}") from error
        finally:
            os.close(pipe)
        return cls(name, process, lifeline, grace)

    @property
    def output(self) -> IO[bytes]:
        """The output of the process, when it was started with `output=subprocess.PIPE`."""
        if self._process.stdout is None:
            raise ValueError(f"{self.name} does not print into a pipe")
        return self._process.stdout

    @property
    def status(self) -> int | None:
        """The exit status, `None` while it runs."""
        return self._process.poll()

    def release(self) -> None:
        """Ask it to stop, without waiting."""
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    def stop(self) -> None:
        """Ask it to stop and wait until it and everything it started is gone."""
        self.release()
        try:
            self._process.wait(self._grace + 5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
