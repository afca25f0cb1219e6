"""The contract of raw user data: the newest that was said of each person, and whose it is."""

from decimal import Decimal
from typing import Any

import pytest

from app.models.user_data import EventOrder, UserData
from app.ports.user_data import UserDataRepository

FIRST = EventOrder(7, "m", "5")


def said(email: str, order: EventOrder = FIRST, **fields: Any) -> tuple[UserData, EventOrder]:
    return UserData(email=email, **fields), order


class UserDataContract:
    def test_every_field_is_kept(self, user_data: UserDataRepository, email: str) -> None:
        row, order = said(
            email,
            name="Ada",
            phone="+442079460000",
            birth_date="1815-12-10",
            country="GB",
            locale="en-GB",
            attributes={"a": [1, None, {"b": "x"}], "n": Decimal("-1.5"), "yes": True, "no": {}},
        )

        assert user_data.upsert([(row, order)]) == 1

        assert user_data.get(email) == row
        assert user_data.get("nobody@example.com") is None

    @pytest.mark.parametrize("name", ["", None])
    def test_a_newer_row_replaces_all_of_an_older_one(
        self, user_data: UserDataRepository, email: str, name: str | None
    ) -> None:
        user_data.upsert([said(email, name="Ada", phone="+442079460000", attributes={"a": 1})])

        bare, order = said(email, order=EventOrder(8, "m", "6"), name=name, country="GB")
        user_data.upsert([(bare, order)])

        assert user_data.get(email) == bare

    @pytest.mark.parametrize(
        "later",
        [
            EventOrder(9, "m", "4"),
            EventOrder(7, "m", "5"),
            EventOrder(1, "m", "6"),
            EventOrder(6, "z", "9"),
            EventOrder(7, "l", "9"),
            EventOrder(7, "n", "1"),
            EventOrder(8, "a", "1"),
        ],
    )
    def test_only_what_was_said_later_replaces(
        self, user_data: UserDataRepository, email: str, later: EventOrder
    ) -> None:
        user_data.upsert([said(email, name="first")])

        written = user_data.upsert([said(email, order=later, name="second", country="GB")])

        kept = user_data.get(email)
        assert kept is not None
        assert written == later.follows(FIRST)
        assert kept.name == ("second" if written else "first")

    @pytest.mark.parametrize("turn", [1, -1])
    def test_of_several_rows_about_one_person_the_newest_counts(
        self, user_data: UserDataRepository, email: str, turn: int
    ) -> None:
        rows = [said(email, order=EventOrder(n, "m", str(n)), name=str(n)) for n in range(3)]

        assert user_data.upsert(rows[::turn]) == 1

        kept = user_data.get(email)
        assert kept is not None
        assert kept.name == "2"

    def test_none_is_none_written(self, user_data: UserDataRepository) -> None:
        assert user_data.upsert([]) == 0


class UserDataOwnersContract:
    def test_the_latest_account_to_verify_the_address_owns_the_row(
        self, user_data: UserDataRepository, email: str
    ) -> None:
        user_data.upsert([said(email, name="Ada")])

        for owner in ("ada", "ada-again"):
            linked = user_data.link(email, owner)
            assert linked == UserData(email=email, name="Ada", user_id=owner)
            assert user_data.get(email) == linked
        user_data.upsert([said(email, order=EventOrder(8, "m", "6"), name="A. L.")])

        assert user_data.get(email) == UserData(email=email, name="A. L.", user_id="ada-again")

    def test_where_nothing_is_known_nothing_is_linked(
        self, user_data: UserDataRepository, email: str
    ) -> None:
        assert user_data.link(email, "ada") is None
        assert user_data.get(email) is None

    def test_a_row_that_brings_an_owner_gives_nothing_away(
        self, user_data: UserDataRepository, email: str
    ) -> None:
        """The owner of a row is the account that has verified the address."""
        user_data.upsert([said(email, name="Ada", user_id="eve")])

        held = user_data.get(email)
        assert held is not None
        assert held.user_id is None

    @pytest.mark.parametrize(("owner", "stays"), [(None, False), ("ada", False), ("bob", True)])
    def test_what_is_another_s_is_not_erased(
        self, user_data: UserDataRepository, email: str, owner: str | None, stays: bool
    ) -> None:
        user_data.upsert([said(email)])
        if owner:
            user_data.link(email, owner)

        user_data.erase(email, "ada")

        assert (user_data.get(email) is not None) is stays

    @pytest.mark.parametrize(("owner", "left"), [(None, None), ("ada", None), ("bob", "bob")])
    def test_what_is_another_s_is_not_unlinked(
        self, user_data: UserDataRepository, email: str, owner: str | None, left: str | None
    ) -> None:
        user_data.upsert([said(email)])
        if owner:
            user_data.link(email, owner)

        user_data.unlink(email, "ada")
        user_data.unlink(f"other-{email}", "ada")

        held = user_data.get(email)
        assert held is not None
        assert held.user_id == left
        assert user_data.get(f"other-{email}") is None

    def test_what_is_not_there_may_be_erased(self, user_data: UserDataRepository, email: str) -> None:
        user_data.erase(email, "ada")

        assert user_data.get(email) is None

    def test_what_was_erased_may_be_said_again(self, user_data: UserDataRepository, email: str) -> None:
        user_data.upsert([said(email, order=EventOrder(8, "m", "6"), name="Ada")])
        user_data.erase(email, "ada")

        assert user_data.upsert([said(email, name="Grace")]) == 1
