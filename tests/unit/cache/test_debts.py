from app.cache import debts
from app.cache.debts import Debts


def test_settling_one_write_leaves_the_debt_of_a_later_one() -> None:
    owed = Debts()
    owed.add("ann", b"w:1")
    owed.add("ann", b"w:2")
    owed.add("bob", b"w:3")

    owed.remove("ann", b"w:1")
    assert owed.get("ann") == b"w:2"

    owed.remove("ann", b"w:2")
    assert owed.get("ann") is None
    assert owed.get("bob") == b"w:3"


def test_the_debt_that_was_made_longest_ago_is_forgotten_first(monkeypatch) -> None:
    monkeypatch.setattr(debts, "_MOST", 2)
    owed = Debts()
    for user in ("ann", "bob", "ann", "eve"):
        owed.add(user, b"w:1")

    assert [owed.get(user) for user in ("ann", "bob", "eve")] == [b"w:1", None, b"w:1"]
