"""How coherent and how fast reads are with two API processes over one Valkey, while things go wrong.

    python benchmarks/coherence.py                         every phase, 1,000 reads each
    python benchmarks/coherence.py --source DIR            besides, the same phases with another checkout's `src`
    python benchmarks/coherence.py --connections           64 and 256 connections on one process instead
    python benchmarks/coherence.py --hung                  reads and writes with a hung Valkey instead

`stale` counts reads that began after a write was acknowledged and showed the state before it; `accepted` counts
requests that a token was let in with after its sign-out everywhere was acknowledged; `opened` counts how often a
circuit opened. Hits are counted among the reads of users that were not being written to.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from support.coherence.load import Findings, Load, client, flood  # noqa: E402
from support.coherence.phases import WHERE_REDIS_IS_WELL, WHERE_REDIS_LOSES_THINGS  # noqa: E402
from support.coherence.system import System  # noqa: E402
from support.stack import RunningStack, running_stack  # noqa: E402

SECONDS = 8.0
"""For each phase at least, so that what happens every second happens often."""


def phases(system: System, load: Load, reads: int) -> None:
    print(
        "| phase | reads | stale | sign-outs | accepted | hits | p50 ms | p99 ms | writes | opened | failed |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|", flush=True)
    for name, phase in {**WHERE_REDIS_IS_WELL, **WHERE_REDIS_LOSES_THINGS}.items():
        opened = system.circuit_openings
        with phase(system, load):
            found = load.run(reads=reads, seconds=SECONDS)
        print(_row(name, found, system.circuit_openings - opened), flush=True)


def _row(name: str, found: Findings, opened: int) -> str:
    cells = [
        name,
        found.reads,
        found.stale,
        found.sign_outs,
        found.accepted,
        f"{found.hit_rate:.1%}",
        f"{found.median_ms:.1f}",
        f"{found.percentile(0.99):.0f}",
        found.writes,
        opened,
        dict(found.failures) or "",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def connections(system: System, load: Load, _reads: int) -> None:
    owner = load.owners[0]
    with client(system.apis[1]) as http:
        http.get("/v1/todos", headers=owner.person.headers)
    for number in (1, 16, 64, 256):
        seen = Counter[str]()
        with flood(system.apis[1], owner, connections=number, counts=seen):
            time.sleep(5)
        share = seen["hit"] / seen.total()
        print(
            f"{number:4} connections: {seen.total() / 5:6.0f}/s, {share:.2%} hits, {dict(seen)}", flush=True
        )


def hung(system: System, load: Load, reads: int) -> None:
    """One client, a read or a write at a time, first with a Valkey that is well, then with one that hangs."""
    owner = load.owners[0]
    with client(system.apis[1]) as http:

        def read() -> int:
            return http.get("/v1/todos", headers=owner.person.headers).status_code

        def write() -> int:
            path = f"/v1/todos/{owner.todo_id}"
            body = {"title": str(time.monotonic())}
            return http.patch(path, json=body, headers=owner.person.headers).status_code

        for name, act, number in (("read", read, reads), ("write", write, reads // 4)):
            well = _timed(act, number)
            with system.hung_valkey():
                hanging = _timed(act, number)
            time.sleep(31)  # the circuit's longest pause
            for share in (0.5, 0.99, 1.0):
                a, b = _percentile(well, share), _percentile(hanging, share)
                print(
                    f"{name:5} p{share * 100:.0f}: {a:6.1f} ms well, {b:6.1f} ms hung, +{b - a:.1f} ms",
                    flush=True,
                )


def _timed(act: Callable[[], int], number: int) -> list[float]:
    taken = []
    for _ in range(number):
        begun = time.monotonic()
        assert act() == 200
        taken.append(1000 * (time.monotonic() - begun))
    return sorted(taken)


def _percentile(sorted_ms: Sequence[float], share: float) -> float:
    return sorted_ms[min(len(sorted_ms) - 1, int(len(sorted_ms) * share))]


def measure(stack: RunningStack, what: Callable[[System, Load, int], None], source: Path, reads: int) -> None:
    print(f"\n{source}", flush=True)
    with tempfile.TemporaryDirectory() as root, System(stack, Path(root), source) as system:
        what(system, Load(system.apis), reads)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, help="the `src` of another checkout, measured first")
    parser.add_argument("--reads", type=int, default=1000)
    parser.add_argument("--connections", action="store_const", const=connections, dest="what", default=phases)
    parser.add_argument("--hung", action="store_const", const=hung, dest="what")
    arguments = parser.parse_args()
    sources = [*([arguments.source] if arguments.source else []), ROOT / "src"]
    with tempfile.TemporaryDirectory() as root, running_stack(Path(root)) as stack:
        for source in sources:
            measure(stack, arguments.what, source, arguments.reads)


if __name__ == "__main__":
    main()
