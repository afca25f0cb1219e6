"""Acknowledged writes that are lost when the local stack is stopped or killed: `python benchmarks/durability.py`.

Imports rows into a fresh stack, then stops it ten times while a client creates to-dos: by SIGTERM, and by SIGKILL of
all its processes at once. What was acknowledged is looked for after the next start.
"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from support.durability import Writer, import_rows, import_status, stop  # noqa: E402
from support.launch import launcher  # noqa: E402
from support.processes import wait_until  # noqa: E402

WRITES = 100
SIGNALS = (signal.SIGTERM, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    print("| signal | rows | time | acknowledged | lost | stop s | next start s |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for number in SIGNALS:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), number, options.rows, options.times)


def measure(folder: Path, number: signal.Signals, rows: int, times: int) -> None:
    with launcher(folder) as launch:
        run = launch().wait_ready()
        imported = import_rows(run.api, rows, name="guest")
        assert wait_until(lambda: import_status(run.api, imported) == "completed", 600)
        for time_ in range(1, times + 1):
            writer = Writer(run.api)
            assert wait_until(lambda: len(writer.acknowledged) >= WRITES, 300)  # noqa: B023 - used at once
            begin = time.monotonic()
            stop(run, number)
            stopped = time.monotonic() - begin
            writer.end()
            begin = time.monotonic()
            run = launch().wait_ready()
            started = time.monotonic() - begin
            counts = f"{len(writer.acknowledged)} | {len(writer.lost(run.api))}"
            print(
                f"| {number.name} | {rows} | {time_} | {counts} | {stopped:.1f} | {started:.1f} |", flush=True
            )


if __name__ == "__main__":
    main()
