"""Clients made by the commands of `docs/clients.md`, and a running stack for them."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support.launch import Launch, launcher
from support.people import Person, sign_up

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
TOOLS = (
    ROOT / ".venv-clients" / "bin",
    ROOT / ".venv-contract" / "bin",
    HERE / "node_modules" / ".bin",
)
COMMAND = re.compile(r"<!-- makes: (?P<name>[\w-]+) -->\n```sh\n(?P<command>.*?)```", re.DOTALL)
COMMANDS = {
    found["name"]: found["command"] for found in COMMAND.finditer((ROOT / "docs" / "clients.md").read_text())
}

Run = Callable[..., str]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contract and the walks, in which clients are made."""
    folder = tmp_path_factory.mktemp("clients")
    shutil.copy(ROOT / "openapi.json", folder)
    for file in (*HERE.glob("*.ts"), *HERE.glob("*.json"), HERE / "python_client.py"):
        shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    return folder


@pytest.fixture(scope="session")
def run(workshop: Path) -> Run:
    """Run a command line in the workshop, and return what it prints; it fails on any other exit status than 0."""
    path = os.pathsep.join([*map(str, TOOLS), os.environ["PATH"]])

    def command(line: str, **env: str) -> str:
        done = subprocess.run(
            ["bash", "-euc", line],
            cwd=workshop,
            env={**os.environ, "PATH": path, **env},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
        return done.stdout

    return command


@pytest.fixture(scope="session")
def made(run: Run) -> Callable[[str], str]:
    """Make the client of this name, once."""
    outputs: dict[str, str] = {}

    def make(name: str) -> str:
        if name not in outputs:
            outputs[name] = run(COMMANDS[name])
        return outputs[name]

    return make


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    with launcher(tmp_path_factory.mktemp("app")) as start:
        yield start().wait_ready()


@pytest.fixture
def ada(app: Launch) -> Iterator[Person]:
    with httpx.Client(base_url=app.api, timeout=30, trust_env=False) as api:
        yield sign_up(api)
