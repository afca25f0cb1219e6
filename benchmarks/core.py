"""What a request of the core path costs, beside what it costs in other builds of the same routes.

    python benchmarks/core.py                     warm: CPU in the process, and memory
    python benchmarks/core.py --cold              CPU of a new process up to its first answer
    python benchmarks/core.py --instructions      the same in instructions (needs valgrind; exact to a percent)
    python benchmarks/core.py --budget 2.47       fail where they are more than so many times A's
    python benchmarks/core.py --source DIR        besides, another checkout's `src`

The peers (`peers/`) are A, a bare boto3 function without a token check, and C, a naive FastAPI and Mangum build. All
call a stand-in of DynamoDB that answers at once. The rounds of all peers take turns; medians are shown, and how many
times as much as A's they are.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "benchmarks" / "peers"
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from integration.cache.valkey_server import running_valkey  # noqa: E402
from support.environment import ENVIRONMENT  # noqa: E402

ROUNDS = 5
REQUESTS = 60
COLD_ROUNDS = 5

Environment = dict[str, str]


def peers(source: Path | None) -> dict[str, tuple[str, Path]]:
    """The module of each peer and the `src` that it runs with."""
    found = {"A": ("bare", ROOT / "src"), "C": ("naive", ROOT / "src"), "ours": ("ours", ROOT / "src")}
    return found if source is None else {**found, "other": ("ours", source)}


class Warm:
    """A peer's process, which answers until it is closed."""

    def __init__(self, module: str, environment: Environment) -> None:
        self._process = subprocess.Popen(
            [sys.executable, PEERS / "driver.py", module],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, command: str) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        while line := self._process.stdout.readline():
            if re.fullmatch(r"[\d.e-]+\n", line):  # anything else is the application's log
                return float(line)
        raise RuntimeError("the peer has ended")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


OPERATIONS = {
    "list, cached": ("list", True, ("C", "ours", "other")),
    "list, not modified": ("list not modified", True, ("ours", "other")),
    "list, not cached": ("list", False, ("A", "C", "ours", "other")),
    "create": ("create", False, ("A", "C", "ours", "other")),
    "change": ("change", False, ("A", "C", "ours", "other")),
}


def warm(named: dict[str, tuple[str, Path]], environment: Callable[..., Environment]) -> dict[str, float]:
    with ExitStack() as stack:
        running = {}
        for name, (module, source) in named.items():
            for cached in (False, True):
                peer = Warm(module, environment(source, cached=cached))
                stack.callback(peer.close)
                running[name, cached] = peer
        figures = {
            label: _interleaved({name: running[name, cached] for name in named if name in who}, operation)
            for label, (operation, cached, who) in OPERATIONS.items()
        }
        memory = {name: running[name, False].ask("memory 0") / 1024 for name in named}
    base = figures["list, not cached"]["A"]
    print(
        "Milliseconds of CPU in the process for each request, and how many times A's (for hits: A's list).\n"
    )
    print(_head(named))
    for label, found in figures.items():
        print(_row(label, named, found, found.get("A", base), 1000 / REQUESTS))
    print(_row("memory, MiB", named, memory, memory["A"], 1))
    return memory


def _interleaved(running: dict[str, Warm], operation: str) -> dict[str, float]:
    for peer in running.values():
        peer.ask(f"{operation} {REQUESTS}")
    rounds: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(ROUNDS):
        for name, peer in running.items():
            rounds[name].append(peer.ask(f"{operation} {REQUESTS}"))
    return {name: statistics.median(found) for name, found in rounds.items()}


def cold(named: dict[str, tuple[str, Path]], environment: Callable[..., Environment]) -> dict[str, float]:
    rounds: dict[str, list[float]] = {name: [] for name in named}
    for _ in range(COLD_ROUNDS + 1):  # the first compiles
        for name, (module, source) in named.items():
            rounds[name].append(_cpu(module, environment(source, cached=False)))
    found = {name: statistics.median(figures[1:]) for name, figures in rounds.items()}
    print("Milliseconds of CPU of a new process up to its first answer, a list of 50.\n")
    print(_head(named))
    print(_row("cold start", named, found, found["A"], 1000))
    return found


def _cpu(module: str, environment: Environment) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _once([], module, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(
    named: dict[str, tuple[str, Path]], environment: Callable[..., Environment]
) -> dict[str, float]:
    if shutil.which("valgrind") is None:
        raise SystemExit("Error: valgrind is not installed")
    found = {}
    for name, (module, source) in named.items():
        _once([], module, environment(source, cached=False))  # compiles
        found[name] = _instructions(module, environment(source, cached=False))
    print("Million instructions of a new process up to its first answer, a list of 50.\n")
    print(_head(named))
    print(_row("cold start", named, found, found["A"], 1))
    return found


def _instructions(module: str, environment: Environment) -> float:
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    counted = re.search(r"I +refs: +([\d,]+)", _once(tool, module, environment))
    assert counted is not None
    return int(counted[1].replace(",", "")) / 1e6


def _once(tool: list[str], module: str, environment: Environment) -> str:
    done = subprocess.run(
        [*tool, sys.executable, PEERS / "driver.py", module, "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def _head(named: dict[str, Any]) -> str:
    return f"| | {' | '.join(named)} |\n|---|{'---:|' * len(named)}"


def _row(label: str, named: dict[str, Any], found: dict[str, float], base: float, scale: float) -> str:
    cells = [
        f"{found[name] * scale:.2f} ({found[name] / base:.2f})" if name in found else "" for name in named
    ]
    return f"| {label} | {' | '.join(cells)} |"


@contextmanager
def stand_in() -> Iterator[dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, PEERS / "stand_in.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--cold", action="store_true")
    arguments.add_argument("--instructions", action="store_true")
    arguments.add_argument("--budget", type=float)
    arguments.add_argument("--source", type=Path)
    chosen = arguments.parse_args()
    run = instructions if chosen.instructions or chosen.budget else cold if chosen.cold else warm
    with stand_in() as service, running_valkey() as valkey:
        base = f"http://127.0.0.1:{service['port']}"

        def environment(source: Path, *, cached: bool) -> Environment:
            made = {
                **ENVIRONMENT,
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{source}:{PEERS}",
                "PYTHONHASHSEED": "0",
                "AWS_ENDPOINT_URL": base,
                "TOKEN_ISSUER": f"{base}/pool",
                "JWKS_URL": f"{base}/jwks",
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "y",
                "AWS_DEFAULT_REGION": "us-east-1",
                "TOKEN": service["token"],
            }
            return {**made, "REDIS_URL": f"redis://127.0.0.1:{valkey.port}"} if cached else made

        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
        found = run(peers(chosen.source), environment)
    if chosen.budget is not None and found["ours"] > chosen.budget * found["A"]:
        raise SystemExit(f"Error: a cold start is more than {chosen.budget} times a bare function's")


if __name__ == "__main__":
    main()
