"""The image as `docker build` would build it, on the stand-in base: built without Docker, opened as a directory."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[2]
_BASE = Path(__file__).parent / "base"
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_FILES = (
    *("Dockerfile", ".dockerignore", "template.yaml", "samconfig.toml"),
    *("pyproject.toml", "README.md"),
)
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "serverless-backend" / "images"


@dataclass(frozen=True)
class Image:
    """`root` is its file system, `config` what it says of how it is run, `layers` their sizes in bytes."""

    root: Path
    config: dict[str, Any]
    layers: list[int]

    @property
    def task_root(self) -> Path:
        return self.root / self.environment["LAMBDA_TASK_ROOT"].lstrip("/")

    @property
    def environment(self) -> dict[str, str]:
        return dict(variable.split("=", 1) for variable in self.config["Env"])


class Store:
    """Where buildah keeps our images, apart from those of the machine."""

    def __init__(self, directory: Path) -> None:
        assert os.geteuid() == 0, "building an image needs root here: sudo make verify-deploy"
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._env = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        for driver in ("overlay", "vfs"):  # overlay does not work on another overlay, as in a container
            self._driver = driver
            self._env["CONTAINERS_STORAGE_CONF"] = str(_storage(directory / driver, driver))
            if self._run(["buildah", "info"]).returncode == 0:
                return
        raise AssertionError(f"buildah cannot store images in {directory}")

    def base(self) -> str:
        """The name of the stand-in base; built once for each version of what it is made from."""
        name = f"localhost/lambda-base:{_digest()}"
        with (self._directory / "base.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # so that of two workers one builds it
            if self._run(["buildah", "inspect", "--type", "image", name]).returncode != 0:
                self.run(str(_BASE / "build"), name)
        return name

    @contextmanager
    def apart(self) -> Iterator[Path]:
        """The configuration of another store, which holds the base under its public name; gone afterwards."""
        with TemporaryDirectory(prefix="apart-", dir=self._directory) as folder:
            configuration = _storage(Path(folder), self._driver)
            there = f"containers-storage:[{self._driver}@{folder}+{folder}/run]{public_base()}"
            # What is mounted meanwhile is gone with the namespace.
            self.run("unshare", "--mount", "buildah", "push", "--quiet", self.base(), there)
            yield configuration

    @contextmanager
    def image(self, context: Path) -> Iterator[Image]:
        """The image of the project in `context`, gone afterwards."""
        name = f"localhost/app:{uuid4().hex}"
        self.run(
            *("buildah", "build", "--quiet", "--build-arg", f"BASE={self.base()}", "--tag", name),
            str(context),
        )
        container = self.run("buildah", "from", name)
        try:
            root = Path(self.run("buildah", "mount", container))
            described = json.loads(self.run("buildah", "inspect", "--type", "image", name))
            layers = [layer["size"] for layer in json.loads(described["Manifest"])["layers"]]
            yield Image(root, described["OCIv1"]["config"], layers)
        finally:
            self.run("buildah", "rm", container)
            self.run("buildah", "rmi", name)

    def run(self, *command: str) -> str:
        ran = self._run(command)
        assert ran.returncode == 0, f"{' '.join(command)}:\n{ran.stdout[-4000:]}{ran.stderr[-8000:]}"
        return ran.stdout.strip()

    def _run(self, command: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=self._env, capture_output=True, text=True, check=False)


def kept() -> Store:
    """That of this user's cache."""
    return Store(_CACHE)


@contextmanager
def built(workplace: Path) -> Iterator[Image]:
    with kept().image(checkout(workplace)) as image:
        yield image


def public_base() -> str:
    """The name of the real base, as the Dockerfile has it."""
    [name] = re.findall(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return str(name)


def checkout(workplace: Path) -> Path:
    """The project as a careless developer has it: no file can be read by others, and it holds private ones."""
    context = workplace / "context"
    context.mkdir(parents=True)
    for name in _FILES:
        shutil.copy(ROOT / name, context)
    for name in ("requirements", "src", "tests/support"):
        shutil.copytree(ROOT / name, context / name)
    (context / ".env").write_text("SECRET=1\n")
    (context / "src/app/__pycache__").mkdir(exist_ok=True)
    (context / "src/app/__pycache__/stale.cpython-313.pyc").write_bytes(b"stale")
    for path in context.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return context


def _storage(directory: Path, driver: str) -> Path:
    directory.mkdir(exist_ok=True)
    configuration = directory / "storage.conf"
    lines = (
        "[storage]",
        f'driver = "{driver}"',
        f'graphroot = "{directory}"',
        f'runroot = "{directory}/run"',
    )
    written = configuration.with_name(f"storage-{os.getpid()}.conf")
    written.write_text("\n".join(lines) + "\n")
    written.replace(configuration)  # another worker may read it at any time, and has the same to say
    return configuration


def _digest() -> str:
    """Of all that the base is made from, with the authorities that it trusts."""
    digest = hashlib.sha256()
    for path in [*sorted(path for path in _BASE.rglob("*") if path.is_file()), _AUTHORITIES]:
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
