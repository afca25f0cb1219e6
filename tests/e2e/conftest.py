"""Local stacks, started the way a person starts them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from devstack.ports import free_port
from support.launch import ROOT, Launch, devstack

Launcher = Callable[..., Launch]

AS_FROM_A_TERMINAL = ("env", "--default-signal=HUP")
"""Who runs the tests under `nohup` would pass on that SIGHUP is ignored."""


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launcher]:
    """Start one: `launch()` runs what `make run` runs, `launch(MAKE)` runs make.

    The directory and the ports are the same for all that one test starts.
    """
    with launcher(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """One that runs for all tests of a module: each uses people of its own, and none stops it."""
    with launcher(tmp_path_factory.mktemp("running")) as start:
        yield start().wait_ready()


@contextmanager
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    started: list[Launch] = []
    ports = (free_port(), free_port())
    state = tmp_path / "state"

    def start(command: tuple[str, ...] = (), source: Path = ROOT / "src", **env: str) -> Launch:
        given = {
            "PORT": str(ports[0]),
            "AWS_PORT": str(ports[1]),
            "STATE": str(state),
            "PYTHONPATH": str(source),
        }
        output, errors = tmp_path / f"out-{len(started)}", tmp_path / f"err-{len(started)}"
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                [*AS_FROM_A_TERMINAL, *(command or devstack("run", state))],
                cwd=ROOT,
                env={**os.environ, **given, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        started.append(Launch(process, *ports, state, output, errors))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to be edited."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "template.yaml", copy)
    return copy
