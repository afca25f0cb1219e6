"""Rows that the store will never take are found among those that it will."""

from collections.abc import Collection, Sequence

import pytest

from app.errors import Unavailable, Unprocessable
from app.models.user_data import EventOrder, UserData
from app.ports.user_data import Observation
from app.services.ingest.storing import store

ORDER = EventOrder(1, "s", "1")


class Store:
    """Refuses a batch for a row whose address is bad, and one of more than `most` rows."""

    def __init__(self, bad: Collection[str] = (), most: int = 1000) -> None:
        self.bad, self.most = set(bad), most
        self.kept: list[str] = []
        self.calls = 0

    def upsert(self, rows: Sequence[Observation]) -> int:
        self.calls += 1
        emails = [data.email for data, _ in rows]
        if "down" in emails:
            raise Unavailable
        if self.bad & set(emails) or len(rows) > self.most:
            raise Unprocessable("no", code="not_storable")
        self.kept += emails
        return len(rows)


def rows(count: int) -> list[Observation]:
    return [(UserData(email=f"{n}"), ORDER) for n in range(count)]


def test_without_such_a_row_one_call_is_enough():
    engine = Store()

    assert store(engine, rows(1000)) == []
    assert engine.calls == 1


@pytest.mark.parametrize("bad", [("0",), ("999",), ("0", "1", "500"), ("7", "8")], ids=" ".join)
def test_all_others_are_stored(bad):
    engine = Store(bad)

    assert store(engine, rows(1000)) == sorted(map(int, bad))
    assert sorted(engine.kept, key=int) == [f"{n}" for n in range(1000) if f"{n}" not in bad]
    assert engine.calls <= 1 + 20 * len(bad)


def test_what_is_too_much_at_once_is_stored_in_parts():
    engine = Store(most=40)

    assert store(engine, rows(120)) == []
    assert len(engine.kept) == 120


def test_an_outage_is_not_taken_for_a_bad_row():
    with pytest.raises(Unavailable):
        store(Store(), [(UserData(email="down"), ORDER)])
