"""The contract of the statistics."""

from app.ports.stats import StatsRepository


def change(before: dict, after: dict) -> dict[str, int]:
    """The counts made meanwhile."""
    names = before.keys() | after.keys()
    deltas = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: delta for name, delta in deltas.items() if delta}


class StatsContract:
    def test_adds_up(self, stats: StatsRepository) -> None:
        before = dict(stats.read())

        stats.add(mailSent=2, mailRefused=1, rowsAccepted=10)
        stats.add(mailRefused=-1, rowsAccepted=-4, imports=0)
        stats.add()

        assert change(before, dict(stats.read())) == {"mailSent": 2, "rowsAccepted": 6}

    def test_counts_what_was_never_counted_from_nothing(self, stats: StatsRepository) -> None:
        before = dict(stats.read())

        stats.add(rowsRejected=-1)
        stats.add(rowsRejected=3)

        assert change(before, dict(stats.read())) == {"rowsRejected": 2}
