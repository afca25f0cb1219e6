"""What a store of user data is registered with, and the order of erasure.

`app.container.personal_data` registers each store. What must reach them all follows from that list: account
deletion and export, and in the tests what is put into each store, what is looked for after a deletion and what
another user must not see. Of `template.yaml` each table, bucket, queue, stream, cache and pool must back a store of
the list, or be marked with a reason: see `tests/support/template_rules/user_data.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.models.users import User
from app.services.export import HowExported, NotRead

Owner = TypeVar("Owner", str, User)


@dataclass(frozen=True, slots=True)
class UserStore(Generic[Owner]):
    name: str
    resources: tuple[str, ...]
    """The resources of `template.yaml` that keep it, copies included."""
    export: HowExported
    erase: Callable[[Owner], Iterator[int] | bool | None]
    """Delete all that is the owner's, given the user id or the record. An iterator does a part at each step. Safe to
    repeat after an interruption at any of them."""
    tables: tuple[str, ...] = ()
    """The tables that keep it instead of a table of DynamoDB, where PostgreSQL is the engine."""

    def __post_init__(self) -> None:
        """Raises:
        TypeError: it cannot be erased, is neither exported nor says why not, or nothing keeps it.
        """
        if not callable(self.erase):
            raise TypeError(f"{self.name} cannot be erased")
        if self.export == NotRead(""):
            raise TypeError(f"{self.name} is not exported, and says no reason")
        if not self.resources:
            raise TypeError(f"{self.name} names no resource that keeps it")


@dataclass(frozen=True, slots=True)
class UserStores:
    """In the order of an account deletion: see `app.services.account_deletion`."""

    by_id: tuple[UserStore[str], ...]
    """Erased before the record goes, and again after it."""
    by_record: tuple[UserStore[User], ...]
    """Erased while the record still says whose they are: by the e-mail address, say."""
    record: UserStore[str]
    account: UserStore[str]

    def __iter__(self) -> Iterator[UserStore[Any]]:
        yield from self.by_id
        yield from self.by_record
        yield self.record
        yield self.account
