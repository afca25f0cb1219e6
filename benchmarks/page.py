"""The tables and plots of `docs/performance.md`, made from the results of the phases.

The page keeps its prose; what stands between `<!-- results: NAME -->` and `<!-- end -->` is replaced.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.bench import Results, medians
from benchmarks.goals import GOALS, median_of
from benchmarks.plots import lines

NOT_RUN = "Not run yet."
_PEERS = ("A", "B", "C", "ours")
_BLOCK = re.compile(r"(<!-- results: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, runs: Results) -> str:
    """The page with the results of `runs`, by phase: its `data`, and how it was measured.

    Raises:
        KeyError: the page asks for a table that there is not.
    """
    results = {phase: run["data"] for phase, run in runs.items()}

    def block(match: re.Match[str]) -> str:
        name = match[2]
        if name == "runs":
            body = _runs(runs)
        elif name == "goals":
            body = _goals(results)
        else:
            body = _BLOCKS[name](results[name]) if name in results or name not in _BLOCKS else NOT_RUN
        return f"{match[1]}{body}\n{match[3]}"

    return _BLOCK.sub(block, page)


def plots(results: Results) -> dict[str, str]:
    """SVG by file name, of the phases that have run."""
    found = {}
    if "uvicorn" in results:
        found["performance-uvicorn.svg"] = _plot_of_uvicorn(results["uvicorn"])
    if "growth" in results:
        found["performance-growth.svg"] = _plot_of_growth(results["growth"])
    return found


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown; all columns but the first are numbers."""
    return "\n".join(
        [
            f"| {' | '.join(head)} |",
            f"|---|{'---:|' * (len(head) - 1)}",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    )


def _times(value: float, base: float, digits: int = 2) -> str:
    return f"{value:,.{digits}f} ({value / base:.2f})"


def _runs(runs: Results) -> str:
    rows = [
        [
            phase,
            run["date"],
            run["commit"],
            run["machine"],
            run["versions"],
            "short" if run["short"] else "full",
        ]
        for phase, run in runs.items()
    ]
    note = "\n\nShort runs have few rounds: their numbers show that the command works, and no more."
    shown = table(["phase", "date", "commit", "machine", "versions", "run"], rows) if rows else NOT_RUN
    return shown + (note if any(run["short"] for run in runs.values()) else "")


def _goals(results: Results) -> str:
    rows = []
    for goal in GOALS:
        try:
            value = goal.figure(results)
        except KeyError:
            rows.append([goal.label, "", _limit(goal.limit, goal.at_least), "", "not run"])
            continue
        stretch = "" if goal.stretch is None else _limit(goal.stretch, goal.at_least)
        verdict = "yes" if goal.is_met(value) else "**no**"
        rows.append([goal.label, f"{value:.4g}", _limit(goal.limit, goal.at_least), stretch, verdict])
    return table(["", "measured", "goal", "stretch", "met"], rows)


def _limit(limit: float, at_least: bool) -> str:
    return f"{'≥' if at_least else '≤'} {limit:g}"


def _warm(found: Results) -> str:
    list_of_a = medians(found["ms"]["list, not cached"])["A"]
    rows = []
    for label, rounds in found["ms"].items():
        middle = medians(rounds)
        base = middle.get("A", list_of_a)
        rows.append([label, *(_times(middle[name], base) if name in middle else "" for name in _PEERS)])
    memory = found["memory"]
    rows.append(["memory, MiB", *(_times(memory[name], memory["A"], 0) for name in _PEERS)])
    return table(["", *_PEERS], rows)


def _cold(found: Results) -> str:
    middle, counted = medians(found["ms"]), found["instructions"]
    rows = [
        ["CPU, ms", *(_times(middle[name], middle["A"], 0) for name in _PEERS)],
        ["million instructions", *(_times(counted[name], counted["A"], 0) for name in _PEERS)],
    ]
    return table(["", *_PEERS], rows)


def _workers(found: Results) -> str:
    rows = []
    for name, one in found.items():
        middle, counted = medians(one["ms"]), one["instructions"]
        cpu, instructions = (
            _times(middle["ours"], middle["bare"], 0),
            _times(counted["ours"], counted["bare"], 0),
        )
        rows.append([name, f"{middle['bare']:,.0f}", cpu, f"{counted['bare']:,.0f}", instructions])
    return table(["", "bare, CPU ms", "ours", "bare, million instructions", "ours"], rows)


def _uvicorn(found: Results) -> str:
    rows = []
    for operation, loads in found.items():
        for number, compared in loads.items():
            naive, ours = compared["C"], compared["ours"]
            base = median_of(naive, "rate")
            hits = median_of(ours, "hits")
            rows.append(
                [
                    f"{operation}, {number}",
                    f"{base:.0f}",
                    _times(median_of(ours, "rate"), base, 0),
                    _latency(naive),
                    _latency(ours),
                    "" if hits is None else f"{hits:.1%}",
                    str(_failures([*naive, *ours])),
                ]
            )
    return table(["", "C, a second", "ours", "C, p50 / p99 ms", "ours", "hits", "failed"], rows)


def _latency(rounds: Sequence[dict[str, Any]]) -> str:
    return f"{median_of(rounds, 'p50'):.1f} / {median_of(rounds, 'p99'):.0f}"


def _failures(rounds: Sequence[dict[str, Any]]) -> int:
    return sum(
        number for one in rounds for status, number in one["statuses"].items() if not status.startswith("2")
    )


def _growth(found: Results) -> str:
    rows = []
    for operation in next(iter(found.values())):
        cells = [one[operation] for one in found.values()]
        shown = (f"{one['calls']}; {one['read']}; {one['written']}; {one['ms']:.1f}" for one in cells)
        rows.append([operation, *shown])
    return table(["", *(f"{int(size):,}" for size in found)], rows)


def _contention(rounds: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            str(number),
            f"{one['rate']:.0f}",
            str(one["refused"]),
            f"{one['calls']:.1f}",
            f"{one['p50']:.0f} / {one['p99']:.0f}",
        ]
        for number, one in enumerate(rounds, 1)
    ]
    return table(["round", "created a second", "refused", "calls each", "p50 / p99 ms"], rows)


def _ingest(found: Results) -> str:
    rows = [
        [kind, f"{one['rows']:,}", f"{one['rows'] / one['seconds']:,.0f}", f"{one['extra']:.1f}"]
        for kind, one in found.items()
    ]
    return table(["", "rows", "rows a second", "extra memory, MiB"], rows)


_BLOCKS = {
    "warm": _warm,
    "cold": _cold,
    "workers": _workers,
    "uvicorn": _uvicorn,
    "growth": _growth,
    "contention": _contention,
    "ingest": _ingest,
}


def _plot_of_uvicorn(found: Results) -> str:
    """Of the reads that the cache answers, and of creates."""
    series = {
        f"{name}: {operation}": [median_of(load[name], "rate") for load in loads.values()]
        for operation, loads in found.items()
        for name in ("ours", "C")
    }
    numbers = list(next(iter(found.values())))
    return lines("Requests a second, one process of uvicorn", "connections", numbers, series)


def _plot_of_growth(found: Results) -> str:
    operations = next(iter(found.values()))
    series = {name: [one[name]["ms"] for one in found.values()] for name in operations}
    sizes = [f"{int(size):,}" for size in found]
    return lines("Milliseconds of CPU an operation", "to-dos of the user", sizes, series)
