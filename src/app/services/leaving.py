"""Leaving: an account and all that is held on it are erased, in an order that any interruption may cut.

The record closes first: its status refuses every request but the one that is repeated to go on, and fails changes
that are under way. Then the marker: nothing is made or sent for this user any more. Then the data. The record itself
goes when they are gone, and what was under way until then is swept up after it, since nothing can be added to an
account without a record. The account of the pool goes last: until then its owner can sign in, to repeat what was
interrupted.
"""

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from app.errors import NotFound, Unauthenticated, Unavailable
from app.models import Mail, User
from app.repositories.protocols import (
    ErasureRepository,
    TodoRepository,
    UserDataRepository,
    UserRepository,
)
from app.services.accounts import Accounts
from app.services.identity import Identity

_SECONDS = 20.0
"""For one call. The gateway gives up after 30."""


class Folders(Protocol):
    def erase(self, user_id: str) -> None:
        """Delete every file of a user: records, objects in all their versions, uploads that are under way."""
        ...


class Outbox(Protocol):
    def send(self, mail: Mail) -> None: ...


class Leaving:
    def __init__(
        self,
        *,
        users: UserRepository,
        todos: TodoRepository,
        files: Folders,
        user_data: UserDataRepository,
        erasures: ErasureRepository,
        accounts: Accounts,
        identity: Identity,
        outbox: Outbox,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._users = users
        self._todos = todos
        self._files = files
        self._user_data = user_data
        self._erasures = erasures
        self._accounts = accounts
        self._identity = identity
        self._outbox = outbox
        self._clock = clock

    def admit(self, user_id: str, username: str, issued_at: int) -> None:
        """Let in whom `Accounts.guard` lets in, and who is leaving already: the same token repeats the request.

        Raises:
            Unauthenticated: there is no such account, it is disabled, or it has signed out everywhere since.
        """
        user = self._users.get(user_id)
        if user is None and self._erasures.state(user_id) is not None:
            return
        if user is None or user.status != "deleting":
            self._accounts.guard(user_id, username, issued_at)
        elif issued_at < user.tokens_valid_after:
            raise Unauthenticated

    def erase(self, user_id: str) -> None:
        """Erase the account. Nothing is left but the marker, with the user's id alone, and no process lets a token of
        the account in.

        Raises:
            NotFound: there is no such account, and was none lately.
            Unavailable: some of it is left. Nobody can use the account any more; repeat to go on.
        """
        self._erase(user_id)
        self._users.wait_until_visible(user_id)

    def _erase(self, user_id: str) -> None:
        user = self._users.close(user_id)
        if user is None and self._is_done(user_id):
            return
        self._erasures.begin(user_id)
        deadline = self._clock() + _SECONDS
        self._wipe(user_id, deadline)
        if user is not None:
            self._remove(user, deadline)
        self._identity.delete(user_id)
        self._erasures.finish(user_id)

    def _is_done(self, user_id: str) -> bool:
        """Whether there is nothing left of an account that has no record."""
        state = self._erasures.state(user_id)
        if state is None and self._identity.get_user(user_id) is None:
            raise NotFound
        return state == "finished"

    def _remove(self, user: User, deadline: float) -> None:
        """The record goes last of what names the person, so that a repetition still knows whom to tell."""
        self._user_data.erase(user.email, user.id)
        self._outbox.send(
            Mail(
                kind="account_deleted",
                to=user.email,
                id=f"account_deleted#{user.id}",
                locale=user.locale,
                user_id=user.id,
            )
        )
        self._users.delete(user.id)
        self._wipe(user.id, deadline)

    def _wipe(self, user_id: str, deadline: float) -> None:
        self._finish(self._todos.erase(user_id), deadline)
        self._files.erase(user_id)
        self._finish(self._erasures.erase_operations(user_id), deadline)

    def _finish(self, steps: Iterable[int], deadline: float) -> None:
        for _ in steps:
            if self._clock() > deadline:
                raise Unavailable(
                    "The account is closed, but not all of it is erased yet. Repeat the request to go on.",
                    code="erasure_unfinished",
                )
