"""Delta sync: what has changed of a user's data since a device has asked last."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.models.files import File
from app.models.todos import Todo
from app.models.users import User
from app.ports.feed import FeedEntry, FeedRepository
from app.ports.files import FileRepository
from app.ports.users import UserRecordMissing, UserRepository
from app.services.sync_tokens import SyncToken, SyncTokenExpired, SyncTokens

MAX_CHANGES = 1000
MAX_BYTES = 4 * 1024 * 1024
"""Of one answer, counted with every escape that may be added on its way: Lambda answers with 6 MB at most."""

_BEFORE_ALL = -1
"""A user's revisions begin at 0."""


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of one thing, and the thing as it is: `None` when it was deleted."""

    entry: FeedEntry
    data: Todo | User | File | None


@dataclass(frozen=True, slots=True)
class Known:
    """What a device knows by the results in the same answer, before the changes: `todos` by id and revision, in so
    many bytes. `revision` is one that was stored for this request, and -1 if there is none."""

    revision: int = _BEFORE_ALL
    todos: frozenset[tuple[str, int]] = frozenset()
    size: int = 0


_NOTHING = Known()

Render = Callable[[Change], bytes]
"""Makes a JSON object."""


@dataclass(frozen=True, slots=True)
class SyncPage:
    """`changes` as they are sent, in the order of their revisions."""

    changes: Sequence[bytes]
    has_more: bool
    token: SyncToken


class Sync:
    """`users` and `files` read consistently."""

    def __init__(
        self, feed: FeedRepository, users: UserRepository, files: FileRepository, tokens: SyncTokens
    ) -> None:
        self._feed = feed
        self._users = users
        self._files = files
        self._tokens = tokens

    def pull(
        self, user: User, token: SyncToken | None, *, limit: int, render: Render, known: Known = _NOTHING
    ) -> SyncPage | None:
        """The changes since the token, without one all of them; `None` when there are none, and the token is young
        enough to go on with. `user` was read for this request. What is `known` already is left out.

        Raises:
            InvalidSyncToken: the token was not signed for this user.
            SyncTokenExpired: it is too old, or of another state of the data.
        """
        position = None if token is None else self._tokens.read(user.id, token)
        since = _BEFORE_ALL if position is None else position.revision
        until = self._until(user, since, known)
        if since == until and position is not None and self._tokens.is_fresh(position):
            return None
        changes, reached = self._read(user, since, until, limit, render, known)
        return SyncPage(changes, reached < until, self._tokens.issue(user.id, reached))

    def has_seen_these(self, user: User, token: SyncToken | None) -> bool:
        """Whether the versions that a device with this token has seen are of these data. After a restore they
        are not; of a token that cannot be read it is unknown. A device without a token has seen none."""
        if token is None:
            return True
        seen = self._tokens.seen(user.id, token)
        return seen is not None and seen <= self._revision(user.id, seen, user.revision)

    def _until(self, user: User, since: int, known: Known) -> int:
        """The revision up to which to read.

        Raises:
            SyncTokenExpired: the device has seen what is not there: the data were restored.
        """
        revision = self._revision(user.id, since, max(user.revision, known.revision))
        if since > revision:
            raise SyncTokenExpired
        return revision

    def _revision(self, user_id: str, seen: int, known: int) -> int:
        """An account out of the cache may be a few seconds old where Redis failed: where a device is ahead of it, the
        revision is read."""
        if seen <= known:
            return known
        revision = self._feed.revision(user_id)
        if revision is None:
            raise UserRecordMissing
        return revision

    def _read(
        self, user: User, since: int, until: int, limit: int, render: Render, known: Known
    ) -> tuple[Sequence[bytes], int]:
        """What fits into an answer, and the revision that it reaches."""
        rendered: list[bytes] = []
        left = MAX_BYTES - known.size
        for entry, change in self._changes(user, since, until, limit):
            if change is not None and (entry.id, entry.revision) not in known.todos:
                json_object = render(change)
                left -= len(json.dumps(json_object.decode()))
                if left < 0 and rendered:
                    return rendered, since
                rendered.append(json_object)
            since = entry.revision
            if len(rendered) == limit:
                return rendered, since
        return rendered, until

    def _changes(
        self, user: User, since: int, until: int, limit: int
    ) -> Iterator[tuple[FeedEntry, Change | None]]:
        while True:
            page = self._feed.after(user.id, since, until=until, limit=limit)
            files = self._files_of(user.id, page.entries)
            for entry in page.entries:
                yield entry, self._change(user, entry, files)
                since = entry.revision
            if page.is_last:
                return

    def _files_of(self, user_id: str, entries: Sequence[FeedEntry]) -> dict[str, File]:
        wanted = [entry.id for entry in entries if entry.type == "file" and not entry.is_deleted]
        return {file.id: file for file in self._files.get_many(user_id, wanted)} if wanted else {}

    def _change(self, user: User, entry: FeedEntry, files: dict[str, File]) -> Change | None:
        """`None` of what has gone since its entry was read: that comes as a change of its own."""
        if entry.is_deleted:
            return Change(entry, None)
        data: Todo | User | File | None = entry.todo
        if entry.type == "profile":
            data = user if user.revision >= entry.revision else self._users.get(user.id)
        if entry.type == "file":
            data = files.get(entry.id)
        return None if data is None else Change(entry, data)
