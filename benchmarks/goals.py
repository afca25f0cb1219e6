"""What the core path is to reach, and the figures of a run that say whether it does."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bench import Results, medians


@dataclass(frozen=True)
class Goal:
    """`figure` computes from the results of all phases, with a `KeyError` where its phase has not run."""

    label: str
    limit: float
    figure: Callable[[Results], float]
    at_least: bool = False
    stretch: float | None = None

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


def ratio(rounds: Mapping[str, list[float]], base: str) -> float:
    """How many times the median of `base` the median of ours is."""
    found = medians(rounds)
    return found["ours"] / found[base]


def median_of(rounds: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """The median of one figure of several rounds; `None` where they have none."""
    found = [one[name] for one in rounds if one[name] is not None]
    return statistics.median(found) if found else None


def _rates(results: Results, operation: str) -> list[float]:
    """Ours by C's, for each number of connections."""
    loads = results["uvicorn"][operation].values()
    return [median_of(one["ours"], "rate") / median_of(one["C"], "rate") for one in loads]


def _hits(results: Results) -> float:
    loads = results["uvicorn"]["list, cached"].values()
    return min(100 * median_of(one["ours"], "hits") for one in loads)


def _instructions(found: Results, base: str) -> float:
    return found["instructions"]["ours"] / found["instructions"][base]


def _warm(operation: str) -> Callable[[Results], float]:
    """A hit has no peer A: its measure is A's list."""

    def figure(results: Results) -> float:
        found = results["warm"]["ms"]
        base = found[operation] if "A" in found[operation] else found["list, not cached"]
        return medians(found[operation])["ours"] / medians(base)["A"]

    return figure


def _of_worker(name: str, figure: Callable[[Results], float]) -> Callable[[Results], float]:
    return lambda found: figure(found["workers"][name])


def _refused(results: Results) -> float:
    return sum(one["refused"] for one in results["contention"])


GOALS = (
    Goal("cold start, instructions / A", 2.8, lambda found: _instructions(found["cold"], "A"), stretch=2.4),
    Goal("cold start, CPU / C", 0.8, lambda found: ratio(found["cold"]["ms"], "C"), stretch=0.7),
    Goal("list, cached, CPU / A's list", 0.18, _warm("list, cached"), stretch=0.12),
    Goal("list, not modified, CPU / A's list", 0.13, _warm("list, not modified"), stretch=0.1),
    Goal("list, not cached, CPU / A", 1.6, _warm("list, not cached"), stretch=1.4),
    Goal("create, CPU / A", 3.3, _warm("create"), stretch=2.8),
    Goal("change, CPU / A", 3.5, _warm("change")),
    Goal(
        "memory after 1,000 requests / A",
        1.9,
        lambda found: found["warm"]["memory"]["ours"] / found["warm"]["memory"]["A"],
        stretch=1.7,
    ),
    Goal(
        "uvicorn, cached list / C, worst of 1 to 256 connections",
        2.0,
        lambda found: min(_rates(found, "list, cached")),
        at_least=True,
        stretch=3.0,
    ),
    Goal("uvicorn, hits, worst of 1 to 256 connections, %", 99.0, _hits, at_least=True),
    Goal(
        "uvicorn, create / C, worst of 1 to 256 connections",
        1.0,
        lambda found: min(_rates(found, "create")),
        at_least=True,
        stretch=1.5,
    ),
    Goal("one user, 64 writers: refused", 0.0, _refused),
    Goal(
        "one user, 64 writers: created a second",
        60.0,
        lambda found: statistics.median(one["rate"] for one in found["contention"]),
        at_least=True,
        stretch=100.0,
    ),
    Goal(
        "write units of a create",
        7.0,
        lambda found: max(one["create"]["written"] for one in found["growth"].values()),
    ),
    *(
        goal
        for name, limit in (("email", 1.1), ("ingest", 1.15), ("sign-up", 1.1))
        for goal in (
            Goal(
                f"{name}, cold start, CPU / bare",
                limit,
                _of_worker(name, lambda found: ratio(found["ms"], "bare")),
            ),
            Goal(
                f"{name}, cold start, instructions / bare",
                limit,
                _of_worker(name, lambda found: _instructions(found, "bare")),
            ),
        )
    ),
)
