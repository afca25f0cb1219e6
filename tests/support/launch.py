"""`make run` as a process that a test starts, watches and ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from devstack.aws import Aws
from devstack.credentials import Credentials
from devstack.ports import HOST
from support.ports import free_port
from support.processes import alive, descendants, known, wait_until

ROOT = Path(__file__).parents[2]
MAKE = ("make", "--silent", "--old-file=.venv/.installed", "run")
"""The recipe alone: the environment that runs this test is the installation."""
AS_FROM_A_TERMINAL = ("env", "--default-signal=HUP")
"""Tests run under `nohup` would pass on that SIGHUP is ignored."""


def devstack(command: str, state: Path) -> tuple[str, ...]:
    """The commands in the recipes of the Makefile."""
    return (sys.executable, "-m", "devstack", command, "--state", str(state))


@dataclass
class Launch:
    """One `make run`, or what it runs."""

    process: "subprocess.Popen[bytes]"
    port: int
    aws_port: int
    state: Path
    output: Path
    errors: Path
    everything: set[int] = field(default_factory=set)

    @property
    def api(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """The settings that `make run` writes for the application and for tools."""
        lines = (self.state / "env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def credentials(self) -> Credentials:
        return Credentials.from_env(self.env)

    @property
    def aws(self) -> Aws:
        return Aws(f"http://{HOST}:{self.aws_port}", self.credentials)

    @property
    def out(self) -> str:
        return self.output.read_text()

    @property
    def err(self) -> str:
        return self.errors.read_text()

    def wait_ready(self) -> "Launch":
        """Until the summary is there."""
        assert wait_until(lambda: "Ready in" in self.out or self.process.poll() is not None, 180)
        assert "Ready in" in self.out, self.out + self.err
        self.everything = descendants(self.process.pid) | {known(self.process.pid)}
        return self

    def interrupt(self) -> int:
        """Ctrl-C, which reaches the whole foreground process group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)

    def end(self) -> None:
        """Stop everything that the test has started."""
        if self.process.poll() is None:
            self.everything |= descendants(self.process.pid)
            self.process.terminate()
            self.process.wait(60)
        for pid in self.leftovers():
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(pid, signal.SIGKILL)

    def leftovers(self, seconds: float = 60) -> set[int]:
        wait_until(lambda: not alive(self.everything), seconds)
        return alive(self.everything)


Launcher = Callable[..., Launch]


@contextmanager
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    """Yield a starter of stacks in `tmp_path`, always at the same two ports; none outlives the block. As in
    `support.stack`, `TEST_DATABASE=postgres` runs them over PostgreSQL."""
    started: list[Launch] = []
    ports = (free_port(), free_port())
    state = tmp_path / "state"

    def start(
        command: tuple[str, ...] = (),
        source: Path = ROOT / "src",
        limited_to_mib: int | None = None,
        **env: str,
    ) -> Launch:
        """`limited_to_mib`: no file of its processes may grow beyond."""
        given = {
            "PORT": str(ports[0]),
            "AWS_PORT": str(ports[1]),
            "STATE": str(state),
            "PYTHONPATH": str(source),
            "DATABASE": os.environ.get("TEST_DATABASE", ""),
        }
        output, errors = tmp_path / f"out-{len(started)}", tmp_path / f"err-{len(started)}"
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                [*AS_FROM_A_TERMINAL, *_limit(limited_to_mib), *(command or devstack("run", state))],
                cwd=ROOT,
                env={**os.environ, **given, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        aws_port = int(env.get("AWS_PORT", ports[1]))
        started.append(Launch(process, ports[0], aws_port, state, output, errors))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.end()


def _limit(mib: int | None) -> tuple[str, ...]:
    return () if mib is None else ("prlimit", f"--fsize={mib << 20}")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
