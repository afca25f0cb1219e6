"""Local stacks, started the way a person starts them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.launch import ROOT, Launch, Launcher, launcher


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


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to be edited."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "web", copy / "web")
    shutil.copy(ROOT / "template.yaml", copy)
    return copy
