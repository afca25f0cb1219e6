"""Few combinations in which every pair of choices meets at least once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

Pair = frozenset[tuple[str, int]]


def pairwise(choices: Mapping[str, Sequence[object]]) -> list[dict[str, int]]:
    """Rows of an index into each of `choices`; the first row is the first choice of everything."""
    rows = [dict.fromkeys(choices, 0)]
    missing = set(_pairs(choices)) - _pairs_of(rows[0])
    while missing:
        row = _row(choices, missing)
        rows.append(row)
        missing -= _pairs_of(row)
    return rows


def _row(choices: Mapping[str, Sequence[object]], missing: set[Pair]) -> dict[str, int]:
    """Greedy: begin with a missing pair, then take for each name what covers most of the others."""
    row = dict(min(missing, key=sorted))
    for name in choices:
        if name not in row:
            row[name] = max(
                range(len(choices[name])),
                key=lambda index, name=name: len(missing & _pairs_of({**row, name: index})),  # type: ignore[misc]
            )
    return {name: row[name] for name in choices}  # in the same order in every process


def _pairs(choices: Mapping[str, Sequence[object]]) -> Iterator[Pair]:
    for one, other in combinations(choices, 2):
        for first in range(len(choices[one])):
            for second in range(len(choices[other])):
                yield frozenset({(one, first), (other, second)})


def _pairs_of(row: Mapping[str, int]) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(row.items(), 2)}
