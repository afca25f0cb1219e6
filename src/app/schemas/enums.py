"""Closed sets of words that several schemas use. Each is a named schema: generators make one type of it."""

from typing_extensions import TypeAliasType

from app.models import users
from app.ports import identity

SessionClient = TypeAliasType("SessionClient", identity.ClientName)
UserStatus = TypeAliasType("UserStatus", users.UserStatus)
