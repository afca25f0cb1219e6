"""Acknowledged writes that are lost when the local stack is stopped or killed: `python benchmarks/durability.py`.

Imports rows into a fresh stack, then stops it ten times while clients create to-dos, sign up and upload files: by
SIGTERM, and by SIGKILL of all its processes at once. What was acknowledged, and the mail that follows from it, is
looked for after the next start.
"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from support.durability import Workload, import_rows, import_status, stop  # noqa: E402
from support.launch import launcher  # noqa: E402
from support.processes import wait_until  # noqa: E402

WRITES = {"to-dos": 100, "people": 5, "mails": 5, "files": 10}
"""Acknowledged before a stop, at least."""
SIGNALS = (signal.SIGTERM, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    print(
        f"| signal | rows | time | {' | '.join(f'{kind}: lost of' for kind in WRITES)} | stop s | next start s |"
    )
    print(f"|---|--:|--:|{'--:|' * len(WRITES)}--:|--:|")
    for number in SIGNALS:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), number, options.rows, options.times)


def measure(folder: Path, number: signal.Signals, rows: int, times: int) -> None:
    with launcher(folder) as launch:
        run = launch().wait_ready()
        imported = import_rows(run.api, rows, name="guest")
        assert wait_until(lambda: import_status(run.api, imported) == "completed", 600)
        for time_ in range(1, times + 1):
            workload = Workload(run.api)
            assert wait_until(lambda: has_begun(workload), 300)  # noqa: B023 - used at once
            begin = time.monotonic()
            stop(run, number)
            stopped = time.monotonic() - begin
            workload.end()
            begin = time.monotonic()
            run = launch().wait_ready()
            started = time.monotonic() - begin
            lost, acknowledged = workload.lost(run.api), workload.acknowledged
            counts = " | ".join(f"{len(lost[kind])} of {acknowledged[kind]}" for kind in WRITES)
            print(
                f"| {number.name} | {rows} | {time_} | {counts} | {stopped:.1f} | {started:.1f} |", flush=True
            )


def has_begun(workload: Workload) -> bool:
    return all(count >= WRITES[kind] for kind, count in workload.acknowledged.items())


if __name__ == "__main__":
    main()
