"""What the measurements of requests share: the peers, the services that they call, and rounds that take turns."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "benchmarks" / "peers"
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from integration.cache.valkey_server import running_valkey  # noqa: E402
from support.environment import ENVIRONMENT  # noqa: E402

K = TypeVar("K")
T = TypeVar("T")
Environment = dict[str, str]
POWERTOOLS = ROOT / ".venv-benchmarks" / "bin" / "python"


@dataclass(frozen=True)
class Peer:
    """A module with a `handler`, the Python that runs it, and the `src` that it finds."""

    module: str
    python: str = sys.executable
    source: Path = ROOT / "src"

    def command(self, *arguments: str) -> list[str | Path]:
        return [self.python, PEERS / "driver.py", self.module, *arguments]


def peers(source: Path | None = None) -> dict[str, Peer]:
    """Of the API. `source` is the `src` of another checkout, measured besides."""
    found = {
        "A": Peer("bare"),
        "B": Peer("powertools", python=str(POWERTOOLS)),
        "C": Peer("naive"),
        "ours": Peer("app.entrypoints.api"),
    }
    return found if source is None else {**found, "other": Peer("app.entrypoints.api", source=source)}


@dataclass(frozen=True)
class Services:
    """The stand-in of AWS on `port`, which knows the users of `tokens`, and a Valkey."""

    port: int
    tokens: list[str]
    redis_port: int

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}"

    def environment(self, peer: Peer, *, cached: bool = False) -> Environment:
        base = f"http://127.0.0.1:{self.port}"
        made = {
            **ENVIRONMENT,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{peer.source}:{PEERS}",
            "PYTHONHASHSEED": "0",
            "AWS_ENDPOINT_URL": base,
            "TOKEN_ISSUER": f"{base}/pool",
            "JWKS_URL": f"{base}/jwks",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "y",
            "AWS_DEFAULT_REGION": "us-east-1",
            "TOKEN": self.tokens[0],
        }
        return {**made, "REDIS_URL": self.redis_url} if cached else made


@contextmanager
def services(users: int = 1) -> Iterator[Services]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stand_in", str(users)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        with running_valkey() as valkey:
            found = json.loads(process.stdout.readline())
            yield Services(found["port"], found["tokens"], valkey.port)
    finally:
        process.terminate()
        process.wait()


def interleaved(measures: Mapping[K, Callable[[], T]], rounds: int) -> dict[K, list[T]]:
    """What each measured in each round. They take turns, so that what disturbs the machine disturbs all."""
    found: dict[K, list[T]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return found


def medians(rounds: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(found) for name, found in rounds.items()}


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


Results = dict[str, Any]
"""What a phase measured, as JSON holds it."""
