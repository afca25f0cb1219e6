"""Fill a new profile from the raw data that came before the sign-up."""

from dataclasses import replace

from app.models import User
from app.ports import UserDataRepository


def prefilled(user: User, user_data: UserDataRepository) -> User:
    """A new account's record, completed where it is empty by what is held on its proven address, which is linked to
    it. Safe to repeat.

    Raises:
        app.errors.Unavailable
    """
    held = user_data.link(user.email, user.id)
    if held is None:
        return user
    return replace(
        user,
        name=user.name or held.name,
        phone=user.phone or held.phone,
        locale=user.locale or held.locale,
    )
