"""The rules of to-dos: what a change means, and on which condition it may happen."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

from app.errors import AppError, Conflict, Gone, NotFound, PreconditionFailed
from app.models.moments import timestamp
from app.models.pages import Page, Position
from app.models.todos import Todo, TodoContent, TodoQuery, Tombstone, content_of, live
from app.models.users import RecentAccount, User
from app.ports.answers import AnswerCache, NoAnswerCache, RenderedPage
from app.ports.todos import Added, Seen, TodoRepository
from app.services.cursors import Cursor, CursorPage, CursorSigner
from app.services.todo_changes import edited, new_todo, recorded

E = TypeVar("E", bound=AppError)

Precondition = Callable[[Todo | Tombstone | None], bool]
"""Whether a change may happen to the to-do as it is (`None`: it never existed). True of a tombstone only where the
caller asks for exactly this deleted version: a retry must not bring a deleted to-do back."""

_ID_NAMESPACE = uuid.UUID("6f1f6c1e-3b1c-5d1a-9a55-6e0c3c7d2b10")


_NO_CACHE = NoAnswerCache()
Expect = Callable[[str, str], None]


def always(current: Todo | Tombstone | None) -> bool:
    return not isinstance(current, Tombstone)


def todo_deleted(kind: type[E], tombstone: Tombstone) -> E:
    """The error of this `kind` that says which version was deleted, and when."""
    deleted_at = tombstone.deleted_at and timestamp(tombstone.deleted_at)
    return kind(
        "This to-do was deleted.",
        code="todo_deleted",
        members={"id": tombstone.id, "version": tombstone.version, "deletedAt": deleted_at},
    )


def _derived_id(user_id: str, retry_token: str) -> str:
    return str(uuid.uuid5(_ID_NAMESPACE, f"{user_id}/{retry_token}"))


@dataclass(frozen=True, slots=True)
class TodoPage:
    """Which page of which list."""

    query: TodoQuery
    limit: int
    cursor: Cursor | None


class Rendering(NamedTuple):
    """How to-dos are sent. `contract` differs between releases that send them differently."""

    contract: str
    render: Callable[[Sequence[Todo]], bytes]
    """Makes a JSON array."""


class Todos:
    """`expect` and `expect_change` say that the repository's `get` or `change` of this user and to-do follows in the
    same request, `expect_write` that some change of this user does."""

    def __init__(
        self,
        repository: TodoRepository,
        cursors: CursorSigner,
        *,
        answers: AnswerCache = _NO_CACHE,
        expect: Expect = lambda _user_id, _todo_id: None,
        expect_change: Expect = lambda _user_id, _todo_id: None,
        expect_write: Callable[[str], None] = lambda _user_id: None,
    ) -> None:
        self._repository = repository
        self._cursors = cursors
        self._answers = answers
        self.expect = expect
        self.expect_change = expect_change
        self.expect_write = expect_write

    def get(self, user_id: str, todo_id: str) -> Todo:
        """Raises `NotFound`, or `Gone` when it was deleted."""
        return _existing(self._repository.get(user_id, todo_id))

    def list(
        self,
        user_id: str,
        query: TodoQuery,
        *,
        limit: int,
        cursor: Cursor | None,
    ) -> CursorPage[Todo]:
        """One page.

        Raises:
            InvalidCursor: it was not signed for this user and query.
        """

        def read(position: Position | None) -> Page[Todo]:
            return self._repository.list(user_id, query, limit=limit, position=position)

        return self._cursors.page(user_id, query, cursor, read)

    def rendered(
        self, user_id: str, page: TodoPage, revision: int, rendering: Rendering
    ) -> tuple[bytes, Cursor | None]:
        """The to-dos of one page as `rendering` makes them, and the cursor of the next. They are kept, where there is
        a cache, for this `revision` of the user, and are not older.

        Raises:
            InvalidCursor: it was not signed for this user and query.
        """
        position = self._cursors.verify(user_id, page.query, page.cursor)

        def render() -> RenderedPage:
            found = self._repository.list(user_id, page.query, limit=page.limit, position=position)
            return RenderedPage(rendering.render(found.items), found.position)

        kept = self._answers.read(user_id, _name(page, position, rendering), revision, render)
        if kept.position is None:
            return kept.items, None
        return kept.items, self._cursors.sign(user_id, page.query, kept.position)

    def expect_page(self, user_id: str, page: TodoPage, rendering: Rendering) -> None:
        """Say that `rendered` follows in this request: a cache then answers it together with the account.

        Raises:
            InvalidCursor: as `rendered` does.
        """
        position = self._cursors.verify(user_id, page.query, page.cursor)
        self._answers.expect(user_id, _name(page, position, rendering))

    def check_cursor(self, user_id: str, query: TodoQuery, cursor: Cursor | None) -> None:
        """Raises what `list` would, without a read."""
        self._cursors.verify(user_id, query, cursor)

    def create(
        self,
        user_id: str,
        content: TodoContent,
        *,
        todo_id: str | None,
        retry_token: str,
        account: User | None = None,
    ) -> Todo:
        """A new to-do. With an `account` that was read before, it is most often one write and no read. All attempts
        of one creation share a `retry_token`: an id that the caller does not choose is derived from it, so that
        repeating creates nothing twice.

        Raises:
            Conflict: `todo_id` is taken, or the to-do was created before and deleted since.
        """
        chosen = todo_id or _derived_id(user_id, retry_token)

        def decide(current: Todo | Tombstone | None) -> Todo:
            if current is None:
                return recorded(None, new_todo(chosen, content))
            if isinstance(current, Tombstone):
                raise todo_deleted(Conflict, current)
            if todo_id is None:
                return current
            raise Conflict("There is a to-do with this id already.", code="todo_exists")

        seen = None if account is None else Seen(account, todo=None)
        return _stored(self._repository.change(user_id, chosen, decide, seen=seen))

    def create_at_once(
        self,
        user_id: str,
        content: TodoContent,
        *,
        todo_id: str | None,
        retry_token: str,
        admits: Callable[[RecentAccount], bool],
    ) -> Todo | None:
        """A new to-do in one write and no read, of a user who has just written through this process. The write proves
        that `admits` lets the account pass. `None`: look at the account, and `create` with the same `retry_token`,
        because a write that was refused may have been sent before, and still arrive.
        """
        account = self._repository.recent(user_id)
        if account is None or not admits(account):
            return None
        chosen = todo_id or _derived_id(user_id, retry_token)
        return self._repository.create_presuming(
            account, chosen, lambda _: recorded(None, new_todo(chosen, content))
        )

    def refuse_deleted(self, user_id: str, todo_id: str) -> None:
        """A creation is repeated whose answer may have been lost: that must not show a deleted to-do again.

        Raises:
            Conflict: the to-do was deleted since.
        """
        current = self._repository.get(user_id, todo_id)
        if isinstance(current, Tombstone):
            raise todo_deleted(Conflict, current)

    def put(
        self,
        user_id: str,
        todo_id: str,
        content: TodoContent,
        allowed: Precondition = always,
        *,
        account: User | None = None,
    ) -> tuple[Todo, bool]:
        """Create, replace, or where `allowed` asks for it restore; and whether it was created or restored.

        Raises:
            Gone: it was deleted, and `allowed` does not ask for that version.
            PreconditionFailed: `allowed` says no.
        """
        created = False

        def decide(current: Todo | Tombstone | None) -> Todo:
            nonlocal created
            created = live(current) is None
            if not allowed(current):
                if isinstance(current, Tombstone):
                    raise todo_deleted(Gone, current)
                raise PreconditionFailed(current=current)
            existing = live(current)
            if existing is None:
                return recorded(current, new_todo(todo_id, content))
            return recorded(existing, edited(existing, content_of(content)))

        return _stored(self._repository.change(user_id, todo_id, decide, seen=_seen(account))), created

    def patch(
        self,
        user_id: str,
        todo_id: str,
        changes: dict[str, Any],
        allowed: Precondition = always,
        *,
        account: User | None = None,
    ) -> Todo:
        """Change some fields; `changes` has names of `TodoContent`. With an `account` that was read before, and where
        `expect_change` has fetched the to-do with it, it is most often one write and no read.

        Raises:
            NotFound: there is no such to-do.
            Gone: it was deleted.
            PreconditionFailed: `allowed` says no.
        """

        def decide(current: Todo | Tombstone | None) -> Todo:
            existing = _existing(current, allowed)
            return recorded(existing, edited(existing, changes))

        return _stored(self._repository.change(user_id, todo_id, decide, seen=_seen(account)))

    def delete(
        self, user_id: str, todo_id: str, allowed: Precondition = always, *, account: User | None = None
    ) -> None:
        """Raises `NotFound`, `Gone` or `PreconditionFailed` as `patch` does."""

        def decide(current: Todo | Tombstone | None) -> None:
            _existing(current, allowed)

        self._repository.change(user_id, todo_id, decide, seen=_seen(account))

    def restore(self, user_id: str, todos: Iterable[Todo]) -> Added:
        """Import to-dos with their ids and times, skipping ids that exist or were deleted. Safe to repeat, also after
        a failure, which leaves a part of them stored."""
        distinct = {todo.id: recorded(None, todo) for todo in todos}
        return sum(self._repository.add(user_id, list(distinct.values())), Added())

    def erase(self, user_id: str) -> Iterator[int]:
        """Delete every to-do and tombstone of an account that goes, a part at each step. Safe to repeat."""
        return self._repository.erase(user_id)


def _seen(account: User | None) -> Seen | None:
    return None if account is None else Seen(account)


@lru_cache(maxsize=256)  # a request asks twice, and most requests for the same list
def _name(page: TodoPage, position: Position | None, rendering: Rendering) -> str:
    text = json.dumps([asdict(page.query), page.limit, position], default=str, sort_keys=True)
    return f"todos:{rendering.contract}:{sha256(text.encode()).hexdigest()}"


def _existing(current: Todo | Tombstone | None, allowed: Precondition = always) -> Todo:
    if current is None:
        raise NotFound
    if isinstance(current, Tombstone):
        raise todo_deleted(Gone, current)
    if not allowed(current):
        raise PreconditionFailed(current=current)
    return current


def _stored(todo: Todo | None) -> Todo:
    assert todo is not None, "only a delete leaves nothing"  # noqa: S101 - tells mypy what decide() guarantees
    return todo
