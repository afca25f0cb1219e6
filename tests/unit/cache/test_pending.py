import pytest

from app.cache import pending
from app.cache.pending import PendingInvalidations, UnconfirmedWrites


def test_settling_one_write_leaves_a_later_one_pending() -> None:
    invalidations = PendingInvalidations()
    invalidations.add("ann", b"w:1")
    invalidations.add("ann", b"w:2")
    invalidations.add("bob", b"w:3")

    invalidations.remove("ann", b"w:1")
    assert invalidations.all() == {"ann": b"w:2", "bob": b"w:3"}

    invalidations.remove("ann", b"w:2")
    assert invalidations.get("ann") is None
    assert invalidations.get("bob") == b"w:3"


def test_the_oldest_pending_invalidation_is_dropped_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "_MOST", 2)
    invalidations = PendingInvalidations()
    for user in ("ann", "bob", "ann", "eve"):
        invalidations.add(user, b"w:1")

    assert [invalidations.get(user) for user in ("ann", "bob", "eve")] == [b"w:1", None, b"w:1"]


def test_the_last_unconfirmed_write_of_each_user_counts() -> None:
    writes = UnconfirmedWrites(10)
    writes.add("ann", 100.0)
    writes.add("bob", 101.0)
    writes.add("ann", 102.0)

    assert [writes.last(user) for user in ("ann", "bob", "eve")] == [102.0, 101.0, None]


def test_writes_are_forgotten_once_nothing_from_before_them_can_be_cached() -> None:
    writes = UnconfirmedWrites(10)
    for moment in range(100):
        writes.add(f"user{moment}", float(moment))

    assert [writes.last("user88"), writes.last("user89"), writes.last("user99")] == [None, 89.0, 99.0]
