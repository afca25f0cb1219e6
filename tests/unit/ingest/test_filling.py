"""A profile is filled from the raw data about its address, whichever comes first, and when both come at once."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.entrypoints import user_signup
from app.models.user_data import EventOrder, UserData
from app.models.users import User
from app.ports.identity import Account
from app.services.accounts import Accounts
from app.services.prefill import FillingUserData, fill_profiles, prefilled
from support.mail import Outbox
from support.memory import MemoryUserData, MemoryUsers
from support.turns import Actor, orders, take_turns

ADA = User(id="ada", email="ada@example.com")
SAID = UserData(email=ADA.email, name="Ada", phone="+442079460000", locale="en-GB")
ORDER = EventOrder(1, "s", "1")


@pytest.fixture
def users() -> MemoryUsers:
    return MemoryUsers()


@pytest.fixture
def user_data() -> MemoryUserData:
    return MemoryUserData()


@pytest.fixture
def rows(user_data, users) -> FillingUserData:
    return FillingUserData(user_data, users)


def signed_up(users, user_data, user: User = ADA) -> None:
    users.create(prefilled(user, user_data))
    fill_profiles(users, user_data, [user.email])


def confirmed(actor: Actor, users: MemoryUsers, user_data: MemoryUserData) -> None:
    """By the trigger: link, create, owners, accounts, rows, fill."""
    attributes = {"sub": ADA.id, "email": ADA.email}
    user_signup.record(attributes, actor.watched(users), Outbox(), actor.watched(user_data))


def first_used(actor: Actor, users: MemoryUsers, user_data: MemoryUserData) -> None:
    """By the API, where the trigger had failed: account, link, create, owners, accounts, rows, fill."""
    mine, its = actor.watched(users), actor.watched(user_data)
    identity = SimpleNamespace(
        get_user=lambda name: Account(name, ADA.email, None, enabled=True, confirmed=True)
    )
    accounts = Accounts(
        mine,
        identity,
        Outbox(),
        prefilled=lambda user: prefilled(user, its),
        fill=lambda user: fill_profiles(mine, its, [user.email]),
    )
    assert accounts.guard(ADA.id, ADA.id, 1).id == ADA.id


def profile(user: User) -> tuple[str | None, str | None, str | None]:
    return user.name, user.phone, user.locale


def test_a_row_that_comes_after_its_person_fills_the_profile(users, user_data, rows):
    signed_up(users, user_data)

    assert rows.upsert([(SAID, ORDER)]) == 1

    assert profile(users.rows["ada"]) == ("Ada", "+442079460000", "en-GB")
    assert user_data.rows[ADA.email] == replace(SAID, user_id="ada")


@pytest.mark.parametrize("field", ["name", "phone", "locale"])
def test_what_is_there_stays(users, user_data, rows, field):
    signed_up(users, user_data, replace(ADA, **{field: "own"}))

    rows.upsert([(SAID, ORDER)])

    assert users.rows["ada"] == replace(
        ADA,
        **{"name": "Ada", "phone": "+442079460000", "locale": "en-GB", field: "own"},
        updated_at=users.rows["ada"].updated_at,
        revision=1,
    )


def test_a_row_without_a_value_takes_nothing_away(users, user_data, rows):
    signed_up(users, user_data, replace(ADA, name="own"))
    before = users.rows["ada"]

    rows.upsert([(UserData(email=ADA.email), ORDER)])

    assert users.rows["ada"] is before


def test_of_what_is_stored_the_newest_fills(users, user_data, rows):
    user_data.upsert([(replace(SAID, name="Newer"), EventOrder(2, "s", "2"))])
    users.create(ADA)
    user_data.link(ADA.email, "ada")

    assert rows.upsert([(SAID, ORDER)]) == 0

    assert users.rows["ada"].name == "Newer"


def test_a_repetition_fills_what_an_attempt_that_died_had_stored_only(users, user_data, rows):
    signed_up(users, user_data)
    user_data.upsert([(SAID, ORDER)])
    assert users.rows["ada"].name is None

    assert rows.upsert([(SAID, ORDER)]) == 0

    assert users.rows["ada"].name == "Ada"


def test_a_disabled_account_is_filled_as_at_sign_up(users, user_data, rows):
    signed_up(users, user_data, replace(ADA, status="disabled"))

    rows.upsert([(SAID, ORDER)])

    assert users.rows["ada"].name == "Ada"


def test_an_account_that_is_being_erased_is_left_alone(users, user_data, rows):
    signed_up(users, user_data)
    closed = users.close("ada")

    rows.upsert([(SAID, ORDER)])

    assert users.rows["ada"] == closed


def test_an_account_that_is_gone_does_not_come_back(users, user_data, rows):
    signed_up(users, user_data)
    user_data.erase(ADA.email, "ada")
    users.delete("ada")

    rows.upsert([(SAID, ORDER)])

    assert users.rows == {}
    assert user_data.rows[ADA.email].user_id is None


def test_an_address_that_nobody_has_proven_is_nobodys(users, user_data, rows):
    users.create(replace(ADA, id="eve", email="eve@example.com"))

    rows.upsert([(SAID, ORDER)])

    assert users.rows["eve"].name is None
    assert user_data.rows[ADA.email].user_id is None


def test_many_profiles_are_filled_at_once(users, user_data, rows):
    people = [User(id=f"u{n}", email=f"p{n}@example.com") for n in range(30)]
    for person in people:
        signed_up(users, user_data, person)

    rows.upsert([(UserData(email=person.email, name=f"Name of {person.id}"), ORDER) for person in people])

    assert {user.name for user in users.rows.values()} == {f"Name of {person.id}" for person in people}


def stores_row(users, user_data):
    """store, owners, accounts, rows, fill"""
    return lambda actor: FillingUserData(actor.watched(user_data), actor.watched(users)).upsert(
        [(SAID, ORDER)]
    )


@pytest.mark.parametrize(("comes", "calls"), [(confirmed, 6), (first_used, 7)])
def test_when_both_come_at_once_the_profile_is_filled(comes, calls):
    for turns in orders(calls, 5):
        users, user_data = MemoryUsers(), MemoryUserData()
        person = Actor(comes, users, user_data)
        row = Actor(stores_row(users, user_data))

        take_turns(person, row, turns)

        assert profile(users.rows["ada"]) == ("Ada", "+442079460000", "en-GB"), turns
        assert user_data.rows[ADA.email].user_id == "ada", turns


def test_a_row_that_meets_an_erasure_leaves_no_account_behind():
    def leave(actor: Actor, users: MemoryUsers, user_data: MemoryUserData) -> None:
        actor.watched(users).close("ada")
        actor.watched(user_data).erase(ADA.email, "ada")
        actor.watched(users).delete("ada")

    for turns in orders(3, 5):
        users, user_data = MemoryUsers(), MemoryUserData()
        signed_up(users, user_data)
        leaving = Actor(leave, users, user_data)
        row = Actor(stores_row(users, user_data))

        take_turns(leaving, row, turns)

        assert users.rows == {}, turns
        assert user_data.links == {}, turns
