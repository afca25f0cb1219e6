"""To-dos in PostgreSQL. A change is one statement over the to-do and its user's revision and count of to-dos.

No transaction is open while a change is decided: the statement holds only if the revision and the versions are still
those read, that is, if nothing of this user has changed since.
"""

import builtins
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.aws.errors import TransactionConflict
from app.aws.retries import retry_on_conflict
from app.errors import AppError
from app.models import Page, Position, Todo, TodoQuery, Tombstone, live
from app.ports import Added, Decision, Seen, TodoQuotaExceeded, UserRecordMissing
from app.repositories.postgres import todo_lists, todo_rows
from app.repositories.postgres.database import AnswerLost, Database, Row, Statement
from app.repositories.postgres.users import PostgresUsers
from app.text import occurs

_MAX_ADDED = 50
"""To-dos in one statement: the largest ones together stay below the 4 MiB of a request to the RDS Data API."""
_MAX_ROUND_TRIPS = 10
_SEARCHED_PAGE_SIZES = (100, 1000)
"""Rows read by the first statement of a search and, doubling, at most by a later one."""

_names = ", ".join(todo_rows.COLUMNS)
_typed = ", ".join(f"{name} {kind}" for name, kind in todo_rows.COLUMNS.items())
_replaced = ", ".join(f"{name} = EXCLUDED.{name}" for name in todo_rows.COLUMNS if name != "todo_id")

_GET = Statement("get a to-do", "SELECT * FROM todos WHERE user_id = :user_id AND todo_id = :todo_id")
_READ = Statement(
    "read to-dos and revision",
    """
    SELECT users.revision AS user_revision, users.status,
        COALESCE(users.todo_count, (
            SELECT count(*) FROM todos AS kept WHERE kept.user_id = users.user_id AND kept.deleted_at IS NULL
        )) AS live_todos,
        todos.*
    FROM users
    CROSS JOIN (SELECT json_array_elements_text(CAST(:todo_ids AS json)) AS todo_id) AS wanted
    LEFT JOIN todos ON todos.user_id = users.user_id AND todos.todo_id = wanted.todo_id
    WHERE users.user_id = :user_id
    """,
)
_STORE = Statement(
    "store to-dos",
    f"""
    WITH owner AS (
        UPDATE users SET revision = :next_revision, todo_count = :todo_count
        WHERE user_id = :user_id AND revision = :read_revision AND status <> 'deleting'
        AND NOT EXISTS (
            SELECT FROM json_to_recordset(CAST(:rows AS json)) AS wanted (todo_id text, version integer)
            LEFT JOIN todos ON todos.user_id = :user_id AND todos.todo_id = wanted.todo_id
            WHERE COALESCE(todos.version, 0) <> wanted.version - 1
        )
        RETURNING user_id
    )
    INSERT INTO todos (user_id, {_names})
    SELECT owner.user_id, stored.* FROM owner
    CROSS JOIN json_to_recordset(CAST(:rows AS json)) AS stored ({_typed})
    ON CONFLICT (user_id, todo_id) DO UPDATE SET {_replaced}
    RETURNING *
    """,  # noqa: S608 - the names of the columns above
)
_ERASE = Statement(
    "erase to-dos",
    """
    WITH gone AS (
        DELETE FROM todos WHERE user_id = :user_id
        AND todo_id IN (SELECT todo_id FROM todos WHERE user_id = :user_id LIMIT 1000)
        RETURNING deleted_at
    ), counted AS (
        SELECT count(*) AS erased, count(*) FILTER (WHERE deleted_at IS NULL) AS live_todos FROM gone
    ), owner AS (
        UPDATE users SET todo_count = GREATEST(0, todo_count - counted.live_todos) FROM counted
        WHERE user_id = :user_id
    )
    SELECT * FROM counted
    """,
)


class _State(NamedTuple):
    """What a decision is based on: the user's revision and number of live to-dos, and the to-dos by id."""

    revision: int
    todo_count: int
    todos: dict[str, Todo | Tombstone]


class _Plan(NamedTuple):
    state: _State
    before: Todo | None
    after: Todo | Tombstone | None
    """What is to be stored; `None`: nothing changes."""
    todo_count: int


class PostgresTodos:
    """The `TodoRepository` over the tables `todos` and `users`."""

    def __init__(self, database: Database, *, quota: int | None) -> None:
        self._database = database
        self._users = PostgresUsers(database)
        self._quota = quota

    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        rows = self._database.read(_GET, user_id=user_id, todo_id=todo_id)
        return todo_rows.state_from(rows[0]) if rows else None

    def see(self, user_id: str, todo_id: str) -> Seen | None:
        account = self._users.get(user_id)
        return None if account is None else Seen(account, self.get(user_id, todo_id), is_read=True)

    def list(
        self,
        user_id: str,
        query: TodoQuery,
        *,
        limit: int,
        position: Position | None = None,
    ) -> Page[Todo]:
        found: list[Row] = []
        for rows, end in self._pages(user_id, query, limit, position):
            position = end
            found += [row for row in rows if occurs(query.q, row["title"], row["notes"], *row["tags"])]
            if len(found) >= limit:
                break
        if len(found) > limit:
            position = todo_rows.position_of(query, found[limit - 1])
        return Page(tuple(map(todo_rows.todo_from, found[:limit])), position)

    def _pages(
        self, user_id: str, query: TodoQuery, limit: int, position: Position | None
    ) -> Iterator[tuple[Sequence[Row], Position | None]]:
        """The rows that pass the filters, and where they end: `None` at the end. One row more than asked for shows
        whether there is a next page. A search reads more, in a bounded number of round trips."""
        first, most = _SEARCHED_PAGE_SIZES
        size = limit + 1 if query.q is None else max(first, limit + 1)
        for _ in range(_MAX_ROUND_TRIPS):
            rows = self._database.read(
                todo_lists.statement(query, from_start=position is None),
                user_id=user_id,
                limit=size,
                **todo_lists.filters(query),
                **todo_lists.start(query, position),
            )
            position = todo_rows.position_of(query, rows[-1]) if len(rows) == size else None
            yield rows, position
            if position is None:
                return
            size = min(2 * size, most)

    def change(
        self, user_id: str, todo_id: str, decide: Decision, *, seen: Seen | None = None
    ) -> Todo | None:
        """The first attempt writes on what was `seen`, the next on what is read."""
        known = _guessed(todo_id, seen)
        read, guesses = (known, []) if seen is not None and seen.is_read else ([], known)
        return retry_on_conflict(lambda: self._try_change(user_id, todo_id, decide, guesses, read))

    def _try_change(
        self,
        user_id: str,
        todo_id: str,
        decide: Decision,
        guesses: builtins.list[_State],
        read: builtins.list[_State],
    ) -> Todo | None:
        plan = self._plan_on_guess(todo_id, decide, guesses.pop()) if guesses else None
        plan = plan or self._plan(todo_id, decide, read.pop() if read else self._read(user_id, [todo_id]))
        if plan.after is None:
            return plan.before
        (stored,) = self._write(user_id, [plan.after], plan.state, count=plan.todo_count)
        return live(stored)

    def _plan_on_guess(self, todo_id: str, decide: Decision, guess: _State) -> _Plan | None:
        """`None` where the guess leads to no write: only a write proves it, so neither an error nor "no change" is
        an answer."""
        try:
            plan = self._plan(todo_id, decide, guess)
        except AppError:
            return None
        return None if plan.after is None else plan

    def _plan(self, todo_id: str, decide: Decision, state: _State) -> _Plan:
        current = state.todos.get(todo_id)
        before, wanted = live(current), live(decide(current))
        if wanted is before:
            return _Plan(state, before, None, state.todo_count)
        growth = (wanted is not None) - (before is not None)
        if self._quota is not None and growth > 0 and state.todo_count >= self._quota:
            raise TodoQuotaExceeded(count=state.todo_count, quota=self._quota)
        version = 1 if current is None else current.version + 1
        after = todo_rows.successor(todo_id, wanted, version=version, revision=state.revision + 1)
        return _Plan(state, before, after, state.todo_count + growth)

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        is_full = False
        for begin in range(0, len(todos), _MAX_ADDED):
            added = self._add_batch(user_id, todos[begin : begin + _MAX_ADDED], is_full=is_full)
            is_full = is_full or added.over_quota > 0  # what follows is looked at, not stored
            yield added

    def _add_batch(self, user_id: str, todos: Sequence[Todo], *, is_full: bool) -> Added:
        return retry_on_conflict(lambda: self._try_add(user_id, todos, is_full=is_full))

    def _try_add(self, user_id: str, todos: Sequence[Todo], *, is_full: bool) -> Added:
        state = self._read(user_id, [todo.id for todo in todos])
        new = [todo for todo in todos if todo.id not in state.todos]
        deleted = sum(isinstance(known, Tombstone) for known in state.todos.values())
        if is_full or not new:
            return Added(deleted=deleted, over_quota=len(new))
        room = len(new) if self._quota is None else max(0, self._quota - state.todo_count)
        stored = [
            todo_rows.successor(todo.id, todo, version=1, revision=revision)
            for revision, todo in enumerate(new[:room], state.revision + 1)
        ]
        if stored:
            self._write(user_id, stored, state, count=state.todo_count + len(stored))
        return Added(stored=len(stored), deleted=deleted, over_quota=len(new) - len(stored))

    def erase(self, user_id: str) -> Iterator[int]:
        while (gone := self._database.write(_ERASE, user_id=user_id)[0])["erased"]:
            yield gone["live_todos"]

    def _read(self, user_id: str, todo_ids: Sequence[str]) -> _State:
        rows = self._database.read(_READ, user_id=user_id, todo_ids=json.dumps(todo_ids))
        if not rows or rows[0]["status"] == "deleting":
            raise UserRecordMissing
        todos = {row["todo_id"]: todo_rows.state_from(row) for row in rows if row["todo_id"] is not None}
        return _State(rows[0]["user_revision"], rows[0]["live_todos"], todos)

    def _write(
        self, user_id: str, after: Sequence[Todo | Tombstone], state: _State, *, count: int
    ) -> Sequence[Todo | Tombstone]:
        """Store the next states of to-dos, and how many live ones there are then; return them as stored.

        Raises:
            TransactionConflict: the revision or a version is no longer what was read.
        """
        first = state.revision + 1
        rows = [todo_rows.row_of(todo, revision) for revision, todo in enumerate(after, first)]
        try:
            stored = self._database.write(
                _STORE,
                user_id=user_id,
                read_revision=state.revision,
                next_revision=state.revision + len(rows),
                todo_count=count,
                rows=json.dumps(rows, ensure_ascii=False),
            )
        except AnswerLost:
            stored = self._stored_before(user_id, rows)
        if not stored:
            raise TransactionConflict
        return [todo_rows.state_from(row) for row in stored]

    def _stored_before(self, user_id: str, rows: Sequence[Row]) -> builtins.list[Row]:
        """What a write whose answer was lost has stored.

        Raises:
            AnswerLost: it was not stored, or others have changed it since.
        """
        todo_ids = json.dumps([row["todo_id"] for row in rows])
        found = self._database.read(_READ, user_id=user_id, todo_ids=todo_ids)
        kept = {row["revision"]: todo_rows.state_from(row) for row in found if row["todo_id"] is not None}
        if any(row != todo_rows.row_of(kept.get(row["revision"]), row["revision"]) for row in rows):
            raise AnswerLost
        return found


def _guessed(todo_id: str, seen: Seen | None) -> list[_State]:
    """The state to try first, if the caller has seen one."""
    if seen is None or seen.todo == "unread" or seen.account.todo_count is None:
        return []
    if seen.account.status == "deleting":
        return []
    todos = {} if seen.todo is None else {todo_id: seen.todo}
    return [_State(seen.account.revision, seen.account.todo_count, todos)]
