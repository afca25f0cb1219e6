"""Activity: what happened to an account, for its owner to look at.

It is recorded beside the act, which is done or refused whether or not that succeeds: a failure to record is logged
and counted, and never raised. Cognito's trigger alone records sign-ins (`app.entrypoints.post_authentication`), since
not all go through the API.
"""

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from app.errors import TooManyRequests, Unavailable
from app.logs import counted
from app.models.moments import now
from app.models.pages import Page, Position
from app.ports.activity import Activity, ActivityKind, ActivityRepository
from app.ports.identity import Account, ClientName
from app.services.cursors import Cursor, CursorPage, CursorSigner

_log = logging.getLogger("app.activity")
_FAILURES = uuid.UUID("6f3f0d0e-6a3f-4a63-8f0c-5a0c1f3b7d54")
"""The namespace of the ids of counted entries."""


@dataclass(frozen=True, slots=True)
class _ActivityQuery:
    """The list has no filters; a cursor is bound to its name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as its owner sees it: `client` is named, `None` where it is not known or neither of the two."""

    activity: Activity
    client: ClientName | None


class ActivityRecorder:
    """`network` gives the prefix of the address that the request came from, where it is known."""

    def __init__(
        self,
        entries: ActivityRepository,
        *,
        clock: Callable[[], datetime] = now,
        network: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._entries = entries
        self._clock = clock
        self._network = network

    def record(self, user_id: str, kind: ActivityKind, client_id: str | None = None) -> None:
        with _logged_if_lost(kind):
            entry = Activity(
                id=str(uuid.uuid4()),
                kind=kind,
                at=self._clock(),
                network=self._network(),
                client_id=client_id,
            )
            self._entries.append(user_id, entry)

    def sign_in_failed(self, find: Callable[[], Account | None], client_id: str | None = None) -> None:
        """Count a wrong password in the entry of this hour, so that a guesser fills no table.

        `find` looks for the account. The work is the same where there is none, and nothing is kept then.
        """
        _log.warning("sign-in failed", extra=counted("SignInFailed"))
        with _logged_if_lost("sign_in_failed"):
            account = find()
            is_open = account is not None and account.enabled and account.confirmed
            user_id = account.user_id if account is not None else str(uuid.uuid4())
            self._entries.count(user_id, self._failure(user_id, client_id), of_account=is_open)

    def _failure(self, user_id: str, client_id: str | None) -> Activity:
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        return Activity(
            id=str(uuid.uuid5(_FAILURES, f"{user_id} {hour.isoformat()}")),
            kind="sign_in_failed",
            at=hour,
            network=self._network(),
            client_id=client_id,
        )


@contextmanager
def _logged_if_lost(kind: ActivityKind) -> Iterator[None]:
    try:
        yield
    except (TooManyRequests, Unavailable):
        _log.error("activity not recorded", exc_info=True, extra=counted("ActivityLost", kind=kind))


class ActivityLog:
    """What an owner reads. `client_names` are the clients of the pool by their ids, as the trigger knows them; our
    routes know them by name."""

    def __init__(
        self, entries: ActivityRepository, cursors: CursorSigner, client_names: Mapping[str, ClientName]
    ) -> None:
        self._entries = entries
        self._cursors = cursors
        self._client_names = {**client_names, "app": "app", "site": "site"}

    def list(self, user_id: str, *, limit: int, cursor: Cursor | None) -> CursorPage[Shown]:
        """The newest first."""

        def read(position: Position | None) -> Page[Shown]:
            page = self._entries.list(user_id, limit=limit, position=position)
            return Page(tuple(map(self._shown, page.items)), page.position)

        return self._cursors.page(user_id, _ActivityQuery(), cursor, read)

    def _shown(self, entry: Activity) -> Shown:
        return Shown(entry, self._client_names.get(entry.client_id or ""))
