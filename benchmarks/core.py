"""What a request costs, beside what it costs in other builds of the same routes.

    python -m benchmarks.core                     warm: CPU in the process, and memory
    python -m benchmarks.core --cold              CPU and instructions of a new process up to its first answer
    python -m benchmarks.core --budget 2.37       fail where its instructions are more than so many times A's
    python -m benchmarks.core --source DIR        besides, another checkout's `src`

The peers (`peers/`) are A, a bare boto3 function without a token check, B, a build on Powertools, and C, a naive
FastAPI and Mangum build. All call a stand-in of AWS that answers at once. Instructions need valgrind, and are exact
to a percent.
"""

import argparse
import re
import resource
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.bench import (
    Environment,
    Peer,
    Results,
    Services,
    interleaved,
    medians,
    peers,
    progress,
    services,
)

ROUNDS = 5
WARM_ROUNDS, REQUESTS = 16, 20
"""Short ones, and each of all operations: hits are compared with another operation."""
CACHED = {"list, cached": "list", "list, not modified": "list not modified"}
UNCACHED = {"list, not cached": "list", "create": "create", "change": "change"}
WITH_CACHE = {"list, cached": {"C", "ours", "other"}, "list, not modified": {"ours", "other"}}
"""Who has one, and who answers 304."""

WORKERS = {
    "email": ("mail", {"bare": Peer("bare_email"), "ours": Peer("app.entrypoints.email_consumer")}),
    "ingest": ("file", {"bare": Peer("bare_ingest"), "ours": Peer("app.entrypoints.ingest")}),
    "sign-up": ("sign-up", {"bare": Peer("bare_sign_up"), "ours": Peer("app.entrypoints.user_signup")}),
}
"""The operation of each, and who does it."""


class Warm:
    """A peer's process, which answers until it is closed."""

    def __init__(self, peer: Peer, environment: Environment) -> None:
        self._process = subprocess.Popen(
            peer.command(),
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

    def milliseconds(self, operation: str) -> float:
        """CPU of a request."""
        return self.ask(f"{operation} {REQUESTS}") * 1000 / REQUESTS

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def warm(compared: Mapping[str, Peer], rounds: int = WARM_ROUNDS) -> Results:
    """Milliseconds of CPU in the process for each request, and MiB of memory after all of those without a cache."""
    with services() as service, ExitStack() as stack:

        def started(*, cached: bool) -> dict[str, Warm]:
            found = {
                name: Warm(peer, service.environment(peer, cached=cached)) for name, peer in compared.items()
            }
            for one in found.values():
                stack.callback(one.close)
            return found

        plain, caching = started(cached=False), started(cached=True)
        measured = {
            (label, name): partial(one.milliseconds, operation)
            for label, operation, running in (
                *((label, operation, plain) for label, operation in UNCACHED.items()),
                *((label, operation, caching) for label, operation in CACHED.items()),
            )
            for name, one in running.items()
            if name in WITH_CACHE.get(label, running)
        }
        for measure in measured.values():
            measure()
        figures: dict[str, dict[str, list[float]]] = {label: {} for label, _ in measured}
        for (label, name), found in interleaved(measured, rounds).items():
            figures[label][name] = found
        memory = {name: one.ask("memory 0") / 1024 for name, one in plain.items()}
    return {"ms": figures, "memory": memory}


def cold(compared: Mapping[str, Peer], operation: str = "list", rounds: int = ROUNDS) -> Results:
    """Milliseconds of CPU, and million instructions, of a new process up to its first answer."""
    with services() as service:
        once = {name: partial(_milliseconds, peer, operation, service) for name, peer in compared.items()}
        interleaved(once, 1)  # compiles
        return {"ms": interleaved(once, rounds), "instructions": instructions(compared, operation, service)}


def _milliseconds(peer: Peer, operation: str, service: Services) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _once([], peer, operation, service)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def instructions(compared: Mapping[str, Peer], operation: str, service: Services) -> dict[str, float]:
    if shutil.which("valgrind") is None:
        raise SystemExit("Error: valgrind is not installed")
    return {name: _instructions(peer, operation, service) for name, peer in compared.items()}


def _instructions(peer: Peer, operation: str, service: Services) -> float:
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    counted = re.search(r"I +refs: +([\d,]+)", _once(tool, peer, operation, service))
    assert counted is not None
    return int(counted[1].replace(",", "")) / 1e6


def _once(tool: list[str], peer: Peer, operation: str, service: Services) -> str:
    done = subprocess.run(
        [*tool, *peer.command(operation)],
        env=service.environment(peer),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"Error: {peer.module} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stderr


def workers(rounds: int = ROUNDS) -> Results:
    """Cold starts of the functions behind the API, each beside a bare one."""
    found = {}
    for name, (operation, compared) in WORKERS.items():
        progress(f"cold start: {name}")
        found[name] = cold(compared, operation, rounds)
    return found


def _hold(budget: float) -> None:
    compared = {name: peer for name, peer in peers().items() if name in {"A", "ours"}}
    with services() as service:
        for peer in compared.values():
            _once([], peer, "list", service)  # compiles
        found = instructions(compared, "list", service)
    times = found["ours"] / found["A"]
    print(f"A cold start runs {found['ours']:.0f} million instructions, {times:.2f} times a bare function's")
    if times > budget:
        raise SystemExit(f"Error: that is more than {budget} times")


def _show(label: str, figures: Mapping[str, float]) -> None:
    shown = "  ".join(f"{name} {value:.2f}" for name, value in figures.items())
    print(f"{label:20} {shown}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--cold", action="store_true")
    arguments.add_argument("--budget", type=float)
    arguments.add_argument("--source", type=Path)
    chosen = arguments.parse_args()
    if chosen.budget is not None:
        _hold(chosen.budget)
    elif chosen.cold:
        found = cold(peers(chosen.source))
        _show("CPU, ms", medians(found["ms"]))
        _show("million instructions", found["instructions"])
    else:
        found = warm(peers(chosen.source))
        for label, rounds in found["ms"].items():
            _show(label, medians(rounds))
        _show("memory, MiB", found["memory"])


if __name__ == "__main__":
    main()
