"""Fill a profile from the raw data about its proven address, whichever comes first.

*Nothing is missed when both come at once.* A new account links its address, makes its record, then looks for data. A
row is stored, and then looks for its link. Link and row are writes of one item. If the row's look finds no link, the
link was written later, and so the account's look finds the row. If it finds the link but no record yet, the record
was made later, and the account's look came later still. Otherwise the row finds both, and fills. Each fills on the
condition that the field is empty at that instant, so it is no matter if both do.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

from app.models.user_data import UserData
from app.models.users import User
from app.ports.user_data import Observation, UserDataRepository
from app.ports.users import UserRepository

_FIELDS = ("name", "phone", "locale")
_WRITERS = 8
"""Profiles at once, each with a fence of the cache around it: with a Redis that hangs, one takes 120 ms."""


def prefilled(user: User, user_data: UserDataRepository) -> User:
    """A new account's record, completed where it is empty by what is held on its proven address, which is linked to
    it. Safe to repeat.

    Raises:
        app.errors.Unavailable
    """
    held = user_data.link(user.email, user.id)
    return user if held is None else replace(user, **cast(Any, _missing(user, held)))


def fill_profiles(users: UserRepository, user_data: UserDataRepository, emails: Sequence[str]) -> None:
    """Fill the empty fields of the profiles that these addresses are linked to. Safe to repeat.

    Takes one read for a hundred addresses; two more for a hundred that are linked, and a write for each profile that
    has something to gain.

    Raises:
        app.errors.Unavailable: some are filled.
    """
    gains = list(_gains(users, user_data, user_data.owners(emails)).items())
    if len(gains) <= 1:
        for user_id, values in gains:
            users.fill_profile(user_id, values)
        return
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda gain: users.fill_profile(*gain), gains))


def _gains(
    users: UserRepository, user_data: UserDataRepository, owners: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return the values held for the empty fields of each of these accounts, by user id."""
    found = {user.id: user for user in users.get_many(sorted(set(owners.values())))}
    lacking = [email for email, user_id in owners.items() if user_id in found and _lacks(found[user_id])]
    held = ((found[owners[data.email]], data) for data in user_data.get_many(lacking))
    return {user.id: values for user, data in held if (values := _missing(user, data))}


def _lacks(user: User) -> bool:
    return not all(getattr(user, field) for field in _FIELDS)


def _missing(user: User, held: UserData) -> dict[str, str]:
    """Return the values held for the empty fields."""
    return {
        field: value
        for field in _FIELDS
        if not getattr(user, field) and (value := getattr(held, field)) is not None
    }


class FillingUserData:
    """A `RowStore` that fills the profiles of those whom its rows are about.

    It also looks for the owners of rows that are too old to be written: they may have been stored by an earlier
    attempt, which ended before it had filled anything.
    """

    def __init__(self, user_data: UserDataRepository, users: UserRepository) -> None:
        self._user_data = user_data
        self._users = users

    def upsert(self, rows: Sequence[Observation]) -> int:
        written = self._user_data.upsert(rows)
        fill_profiles(self._users, self._user_data, list(dict.fromkeys(data.email for data, _ in rows)))
        return written
