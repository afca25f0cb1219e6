"""The registry of what is held on a user: nothing gets into it by halves, and account deletion reaches all of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from app.services.account_deletion import AccountDeletion
from app.services.export import NotRead
from app.services.user_stores import UserStore, UserStores
from support.people import Person
from support.user_stores import SEEDS, seed_of

NOTES: dict[str, Any] = {
    "name": "notes",
    "resources": ("NotesTable",),
    "export": NotRead("They are drawings."),
    "erase": lambda _user_id: None,
}


def test_a_store_is_registered_with_its_resources_its_export_and_its_erasure():
    assert UserStore(**NOTES).name == "notes"


@pytest.mark.parametrize("missing", NOTES)
def test_a_store_that_leaves_one_of_them_out_cannot_be_built(missing):
    with pytest.raises(TypeError):
        UserStore(**{name: value for name, value in NOTES.items() if name != missing})


@pytest.mark.parametrize(
    ("emptied", "message"),
    [
        ({"erase": None}, "notes cannot be erased"),
        ({"export": NotRead("")}, "notes is not exported, and says no reason"),
        ({"resources": ()}, "notes names no resource that keeps it"),
    ],
    ids=str,
)
def test_a_store_that_has_one_of_them_empty_cannot_be_built(emptied, message):
    with pytest.raises(TypeError, match=message):
        UserStore(**{**NOTES, **emptied})


def test_each_has_a_name_of_its_own(house):
    names = [store.name for store in house.stores]

    assert len(set(names)) == len(names)


def test_each_can_be_given_something_by_the_tests_of_deletion_export_and_isolation(house):
    names = {store.name for store in house.stores}

    assert all(seed_of(name) for name in names)
    assert names >= SEEDS.keys()
    with pytest.raises(LookupError, match="drawings has no seed"):
        seed_of("drawings")


def test_a_store_without_a_seed_of_its_own_is_given_the_example_of_its_route(monkeypatch):
    monkeypatch.delitem(SEEDS, "todos")
    person = Mock(spec=Person)
    person.request.return_value = Mock(status_code=201, text="a marker")

    seed_of("todos")(person, Mock(), "a marker")

    assert person.request.mock_calls[0].args == ("POST", "/v1/todos")
    assert person.request.mock_calls[0].kwargs["json"]["title"] == "a marker"


class Journal:
    """Stores that note when they are erased, and of whom."""

    def __init__(self) -> None:
        self.erased: list[tuple[str, Any]] = []

    def store(self, name: str) -> UserStore[Any]:
        def erase(owner: Any) -> Iterator[int]:
            self.erased.append((name, owner))
            yield 1
            self.erased.append((f"{name}, rest", owner))

        return UserStore(**{**NOTES, "name": name, "erase": erase})


def test_account_deletion_erases_every_store_that_is_registered_and_to_its_end(house):
    journal = Journal()
    stores = UserStores(
        by_id=(journal.store("a"), journal.store("b")),
        by_record=(journal.store("c"),),
        record=journal.store("record"),
        account=journal.store("account"),
    )

    deletion_of(house, stores).erase("ada")

    swept = [("a", "ada"), ("a, rest", "ada"), ("b", "ada"), ("b, rest", "ada")]
    assert journal.erased[:4] == swept
    assert [(name, owner.email) for name, owner in journal.erased[4:6]] == [
        ("c", "ada@example.com"),
        ("c, rest", "ada@example.com"),
    ]
    assert journal.erased[6:] == [
        *(("record", "ada"), ("record, rest", "ada")),
        *swept,
        *(("account", "ada"), ("account, rest", "ada")),
    ]


def test_a_store_that_is_added_goes_with_the_others(house):
    journal = Journal()
    stores = replace(house.stores, by_id=(*house.stores.by_id, journal.store("notes")))

    deletion_of(house, stores).erase("ada")

    assert journal.erased == [("notes", "ada"), ("notes, rest", "ada")] * 2
    assert house.users.rows == house.todos.rows == house.pool.accounts == {}


def deletion_of(house, stores: UserStores) -> AccountDeletion:
    return AccountDeletion(
        stores=stores,
        users=house.users,
        erasures=house.erasures,
        accounts=house.accounts,
        identity=house.pool,
        outbox=house.outbox,
    )
