"""Measures everything and writes `docs/performance.md`: `make benchmark`, or

    python -m benchmarks.report                     all phases, about ten minutes on a quiet machine
    python -m benchmarks.report --only warm cold    some of them; the others keep their last results
    python -m benchmarks.report --short             few rounds, to see that it works
    python -m benchmarks.report --only              no phase: the page again, from the results that are kept

Each phase leaves its results in `benchmarks/results.json` when it ends, so that an interrupted run loses one phase.
"""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import connections, contention, core, growth, ingest, page
from benchmarks.bench import POWERTOOLS, ROOT, peers, progress

RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
_PACKAGES = ("boto3", "fastapi", "mangum", "pydantic", "redis", "uvicorn")


def _contention(short: bool) -> Any:
    return [contention.measure(seconds=1 if short else 5) for _ in range(1 if short else 3)]


def _uvicorn(short: bool) -> Any:
    if short:
        return connections.measure((1, 16), seconds=1, rounds=1)
    return connections.measure()


def _ingest(short: bool) -> Any:
    rows = 1000 if short else 100_000
    return {kind: {"rows": rows, **ingest.in_own_process(kind, str(rows))} for kind in ("csv", "gzip")}


def _rounds(short: bool) -> int:
    return 1 if short else core.ROUNDS


PHASES: dict[str, Callable[[bool], Any]] = {
    "warm": lambda short: core.warm(peers(), 1 if short else core.WARM_ROUNDS),
    "cold": lambda short: core.cold(peers(), rounds=_rounds(short)),
    "workers": lambda short: core.workers(_rounds(short)),
    "uvicorn": _uvicorn,
    "growth": lambda short: growth.measure((10, 100), 1) if short else growth.measure(),
    "contention": _contention,
    "ingest": _ingest,
}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _powertools() -> str:
    asked = "import importlib.metadata as m; print(m.version('aws-lambda-powertools'))"
    return subprocess.run(
        [POWERTOOLS, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.strip()


def _circumstances(short: bool) -> dict[str, Any]:
    commit = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    packages = [f"{name} {version(name)}" for name in _PACKAGES]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": subprocess.run(commit, capture_output=True, text=True, check=False).stdout.strip(),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()}",
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *packages, f"Powertools {_powertools()}"]
        ),
        "short": short,
    }


def write(runs: dict[str, Any]) -> None:
    """The results, the page and its plots. The order of the phases is that of `PHASES`."""
    ordered = {phase: runs[phase] for phase in PHASES if phase in runs}
    RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
    PAGE.write_text(page.filled(PAGE.read_text(), ordered))
    for name, svg in page.plots({phase: run["data"] for phase, run in ordered.items()}).items():
        (PAGE.parent / name).write_text(svg)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--only", nargs="*", choices=PHASES, default=list(PHASES), metavar="PHASE")
    arguments.add_argument("--short", action="store_true")
    chosen = arguments.parse_args()
    runs = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for phase in chosen.only:
        progress(f"== {phase}")
        data = PHASES[phase](chosen.short)
        runs[phase] = {**_circumstances(chosen.short), "data": data}
        write(runs)
    write(runs)


if __name__ == "__main__":
    main()
