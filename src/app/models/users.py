"""Users."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from app.models.moments import now

UserStatus = Literal["active", "disabled", "deleting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The record of one account. `id` is the Cognito `sub`."""

    id: str
    email: str
    name: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    status: UserStatus = "active"
    revision: int = 0
    todo_count: int | None = 0
    """Live to-dos. `None`: not counted yet, of a record from before the quota; its next change of a to-do counts."""
    tokens_valid_after: int = 0
    """Seconds since the epoch; a token issued before is refused."""
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuery:
    """Filters of a list of users: the start of the e-mail address, in lower case, and the status."""

    email: str = ""
    status: UserStatus | None = None


class RecentAccount(NamedTuple):
    """An account as the last change by this process has left it. Only a guess: others may have changed it since."""

    user_id: str
    status: UserStatus
    tokens_valid_after: int
    revision: int
    todo_count: int
