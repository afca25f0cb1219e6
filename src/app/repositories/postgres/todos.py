"""To-dos in PostgreSQL. A change is one statement over the to-do and its user's revision and count of to-dos.

No transaction is open while a change is decided: the statement holds only if the revision and the versions are still
those read, that is, if nothing of this user has changed since.
"""

import builtins
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from app.aws.errors import TransactionConflict
from app.aws.retries import retry_on_conflict
from app.errors import AppError
from app.models import Page, Position, Todo, TodoQuery, Tombstone, User, live, now
from app.ports import Added, Decision, Seen, TodoQuotaExceeded, UserRecordMissing
from app.repositories.postgres import todo_lists, todo_rows
from app.repositories.postgres.database import AnswerLost, Database
from app.repositories.postgres.records import position_of, record_of
from app.repositories.postgres.statements import Row, Statement
from app.text import occurs

_MAX_ADDED = 25
"""To-dos in one statement: the largest ones stay below 4 MiB. docs/adr/0020 has the limits of the RDS Data API."""
_MAX_ROUND_TRIPS = 10
_SEARCHED_PAGE_SIZES = (100, 1000)
"""Rows read by the first statement of a search and, doubling, at most by a later one."""


def _of(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in todo_rows.COLUMNS)


_names = ", ".join(todo_rows.COLUMNS)
_replaced = ", ".join(f"{name} = EXCLUDED.{name}" for name in todo_rows.COLUMNS if name != "todo_id")

_GET = Statement(
    "get a to-do", "SELECT to_json(todos) FROM todos WHERE user_id = :user_id AND todo_id = :todo_id"
)
_count = """COALESCE(todo_count,
        (SELECT count(*) FROM todos WHERE todos.user_id = users.user_id AND deleted_at IS NULL))"""
_READ = Statement(
    "read a to-do and its user's revision",
    f"""
    SELECT json_build_object('user', to_json(users), 'todo_count', {_count}, 'todo', (
        SELECT to_json(todos) FROM todos WHERE todos.user_id = users.user_id AND todo_id = :todo_id
    )) FROM users WHERE user_id = :user_id
    """,  # noqa: S608 - the expression above
)
_LOOK_UP = Statement(
    "look up to-dos and revision",
    f"""
    SELECT json_build_object('user', to_json(users), 'todo_count', {_count}, 'is_deleted', (
        SELECT json_object_agg(todo_id, deleted_at IS NOT NULL) FROM todos WHERE todos.user_id = users.user_id
        AND todo_id IN (SELECT json_array_elements_text(CAST(:todo_ids AS json)))
    )) FROM users WHERE user_id = :user_id
    """,  # noqa: S608 - the expression above
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
    CROSS JOIN json_to_recordset(CAST(:rows AS json)) AS stored ({todo_rows.TYPED})
    ON CONFLICT (user_id, todo_id) DO UPDATE SET {_replaced}
    RETURNING json_build_object('todo_id', todo_id)
    """,  # noqa: S608 - the names of the columns above
)
_COUNT_STORED = Statement(
    "count stored to-dos",
    f"""
    SELECT json_build_object('stored', count(*))
    FROM json_to_recordset(CAST(:rows AS json)) AS wanted ({todo_rows.TYPED}) JOIN todos
    ON todos.user_id = :user_id AND todos.todo_id = wanted.todo_id
    AND ({_of("todos")}) IS NOT DISTINCT FROM ({_of("wanted")})
    """,  # noqa: S608 - the names of the columns above
)
_ERASE = Statement(
    "erase to-dos",
    """
    WITH gone AS (
        DELETE FROM todos WHERE user_id = :user_id
        AND todo_id IN (SELECT todo_id FROM todos WHERE user_id = :user_id LIMIT 1000)
        RETURNING deleted_at
    ), pointers_gone AS (
        DELETE FROM pointers WHERE user_id = :user_id
    ), counted AS (
        SELECT count(*) AS erased, count(*) FILTER (WHERE deleted_at IS NULL) AS live_todos FROM gone
    ), owner AS (
        UPDATE users SET todo_count = GREATEST(0, todo_count - counted.live_todos) FROM counted
        WHERE user_id = :user_id
    )
    SELECT to_json(counted) FROM counted
    """,
)


class _State(NamedTuple):
    """What a decision is based on: the user's revision and number of live to-dos, and the to-do, if there is one."""

    revision: int
    todo_count: int
    todo: Todo | Tombstone | None
    is_guess: bool = False


class _Plan(NamedTuple):
    state: _State
    after: Todo | Tombstone | None
    """What is to be stored; `None`: nothing changes."""
    todo_count: int


class PostgresTodos:
    """The `TodoRepository` over the tables `todos` and `users`."""

    def __init__(self, database: Database, *, quota: int | None) -> None:
        self._database = database
        self._quota = quota

    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        rows = self._database.read(_GET, user_id=user_id, todo_id=todo_id)
        return todo_rows.state_from(rows[0] if rows else None)

    def see(self, user_id: str, todo_id: str) -> Seen | None:
        for found in self._database.read(_READ, user_id=user_id, todo_id=todo_id):
            account = record_of(User, found["user"], "user_id")
            return Seen(account, todo_rows.state_from(found["todo"]), is_read=True)
        return None

    def list(
        self, user_id: str, query: TodoQuery, *, limit: int, position: Position | None = None
    ) -> Page[Todo]:
        """A search reads more than it shows, in a bounded number of round trips; so does a list of large to-dos."""
        found: list[Row] = []
        order, (first, most) = todo_lists.ORDERS[query.sort], _SEARCHED_PAGE_SIZES
        size = limit if query.q is None else max(first, limit)
        for _ in range(_MAX_ROUND_TRIPS):
            statement, values = todo_lists.statement(query, position)
            rows, has_more = self._database.page(statement, limit=size, user_id=user_id, **values)
            position = position_of(rows[-1], order) if has_more else None
            found += [row for row in rows if occurs(query.q, row["title"], row["notes"], *row["tags"])]
            if len(found) >= limit or position is None:
                break
            size = min(2 * size, most)
        if len(found) > limit:
            position = position_of(found[limit - 1], order)
        return Page(tuple(record_of(Todo, row, "todo_id") for row in found[:limit]), position)

    def change(
        self, user_id: str, todo_id: str, decide: Decision, *, seen: Seen | None = None
    ) -> Todo | None:
        """The first attempt writes on what was `seen`, the next on what is read."""
        known = _known(seen)
        return retry_on_conflict(lambda: self._try_change(user_id, todo_id, decide, known))

    def _try_change(
        self, user_id: str, todo_id: str, decide: Decision, known: builtins.list[_State]
    ) -> Todo | None:
        plan = self._plan_on_known(todo_id, decide, known.pop()) if known else None
        plan = plan or self._plan(todo_id, decide, self._read(user_id, todo_id))
        if plan.after is None:
            return live(plan.state.todo)
        self._write(user_id, [plan.after], plan.state.revision, count=plan.todo_count)
        return todo_rows.as_stored(plan.after, plan.state.revision + 1)

    def _plan_on_known(self, todo_id: str, decide: Decision, state: _State) -> _Plan | None:
        """`None` where a guess leads to no write: only a write proves it, so neither an error nor "no change" is an
        answer."""
        with suppress(*([AppError] if state.is_guess else [])):
            plan = self._plan(todo_id, decide, state)
            return None if state.is_guess and plan.after is None else plan
        return None

    def _plan(self, todo_id: str, decide: Decision, state: _State) -> _Plan:
        before, wanted = live(state.todo), live(decide(state.todo))
        if wanted is before:
            return _Plan(state, None, state.todo_count)
        growth = (wanted is not None) - (before is not None)
        if self._quota is not None and growth > 0 and state.todo_count >= self._quota:
            raise TodoQuotaExceeded(count=state.todo_count, quota=self._quota)
        version = 1 if state.todo is None else state.todo.version + 1
        after: Todo | Tombstone = Tombstone(id=todo_id, version=version, deleted_at=now())
        if wanted is not None:
            after = replace(wanted, id=todo_id, version=version, revision=state.revision + 1)
        return _Plan(state, after, state.todo_count + growth)

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        is_full = False
        for begin in range(0, len(todos), _MAX_ADDED):
            batch = todos[begin : begin + _MAX_ADDED]
            added = retry_on_conflict(partial(self._try_add, user_id, batch, is_full=is_full))
            is_full = is_full or added.over_quota > 0  # what follows is looked at, not stored
            yield added

    def _try_add(self, user_id: str, todos: Sequence[Todo], *, is_full: bool) -> Added:
        found = self._look_up(_LOOK_UP, user_id, todo_ids=json.dumps([todo.id for todo in todos]))
        known = found["is_deleted"] or {}
        new = [todo for todo in todos if todo.id not in known]
        deleted = sum(known.values())
        if is_full or not new:
            return Added(deleted=deleted, over_quota=len(new))
        room = len(new) if self._quota is None else max(0, self._quota - found["todo_count"])
        revision = found["user"]["revision"]
        numbered = enumerate(new[:room], revision + 1)
        stored = [replace(todo, version=1, revision=number) for number, todo in numbered]
        if stored:
            self._write(user_id, stored, revision, count=found["todo_count"] + len(stored))
        return Added(stored=len(stored), deleted=deleted, over_quota=len(new) - len(stored))

    def erase(self, user_id: str) -> Iterator[int]:
        while (gone := self._database.write(_ERASE, user_id=user_id)[0])["erased"]:
            yield gone["live_todos"]

    def _read(self, user_id: str, todo_id: str) -> _State:
        found = self._look_up(_READ, user_id, todo_id=todo_id)
        return _State(found["user"]["revision"], found["todo_count"], todo_rows.state_from(found["todo"]))

    def _look_up(self, statement: Statement, user_id: str, **values: str) -> Row:
        rows = self._database.read(statement, user_id=user_id, **values)
        if not rows or rows[0]["user"]["status"] == "deleting":
            raise UserRecordMissing
        return rows[0]

    def _write(self, user_id: str, after: Sequence[Todo | Tombstone], revision: int, *, count: int) -> None:
        """Store the next states of to-dos, decided at `revision`, and how many live ones there are then.

        Raises:
            TransactionConflict: the revision or a version is no longer what was read.
            AnswerLost: what is stored is not this, or no longer.
        """
        rows = [todo_rows.row_of(todo, number) for number, todo in enumerate(after, revision + 1)]
        values = {"user_id": user_id, "rows": json.dumps(rows, ensure_ascii=False)}
        revisions = {"read_revision": revision, "next_revision": revision + len(rows)}
        try:
            stored = self._database.write(_STORE, **values, **revisions, todo_count=count)
        except AnswerLost:
            if self._database.read(_COUNT_STORED, **values)[0]["stored"] < len(rows):
                raise
            return
        if not stored:
            raise TransactionConflict


def _known(seen: Seen | None) -> list[_State]:
    """The state to try first, if the caller has seen one."""
    if seen is None or seen.todo == "unread" or seen.account.status == "deleting":
        return []
    revision, count = seen.account.revision, seen.account.todo_count
    return [] if count is None else [_State(revision, count, seen.todo, is_guess=not seen.is_read)]
