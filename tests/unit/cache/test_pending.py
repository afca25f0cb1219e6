from app.cache.pending import PendingInvalidations, UnconfirmedWrites


def test_settling_one_write_leaves_a_later_one_pending() -> None:
    invalidations = PendingInvalidations(60)
    invalidations.add("ann", b"w:1", 1.0)
    invalidations.add("ann", b"w:2", 2.0)
    invalidations.add("bob", b"w:3", 3.0)

    invalidations.remove("ann", b"w:1")
    assert invalidations.all() == {"ann": b"w:2", "bob": b"w:3"}

    invalidations.remove("ann", b"w:2")
    assert invalidations.get("ann") is None
    assert invalidations.get("bob") == b"w:3"


def test_pending_invalidations_are_forgotten_once_all_they_concern_has_expired() -> None:
    """And not before, however many there are."""
    invalidations = PendingInvalidations(60)
    for number in range(3000):
        invalidations.add(f"user{number}", b"w:1", 100.0)
    invalidations.add("user7", b"w:2", 130.0)

    invalidations.add("ann", b"w:3", 160.0)
    assert len(invalidations.all()) == 3001

    invalidations.add("bob", b"w:4", 161.0)
    assert invalidations.all() == {"user7": b"w:2", "ann": b"w:3", "bob": b"w:4"}


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


def test_a_settling_confirms_the_writes_that_had_ended_when_it_was_sent() -> None:
    writes = UnconfirmedWrites(10)
    writes.add("ann", 100.0)
    writes.add("bob", 102.0)

    for user in ("ann", "bob", "eve"):
        writes.confirm(user, 101.0)

    assert [writes.last("ann"), writes.last("bob")] == [None, 102.0]
