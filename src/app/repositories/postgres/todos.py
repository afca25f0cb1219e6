"""To-dos in PostgreSQL. A change is one statement over the to-do and its user's revision and count of to-dos.

No transaction is open while a change is decided: the statement holds only if the revision and the versions are still
those read, that is, if nothing of this user has changed since.
"""

import builtins
import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from app.aws.errors import TransactionConflict
from app.aws.retries import retry_on_conflict
from app.models.pages import Page, Position
from app.models.todos import Todo, TodoQuery, Tombstone, live
from app.models.users import User
from app.ports.todos import Added, Decision, Outcome, Seen, TodoRepository
from app.ports.users import UserRecordMissing
from app.repositories import plans
from app.repositories.plans import Decided, Plan
from app.repositories.postgres import todo_lists, todo_rows
from app.repositories.postgres.database import AnswerLost, Database
from app.repositories.postgres.records import position_of, record_of
from app.repositories.postgres.statements import MAX_BYTES, Row, Statement
from app.text import occurs

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
_READ_MANY = Statement(
    "read to-dos and their user's revision",
    f"""
    SELECT json_build_object('user', CASE WHEN place = 1 THEN to_json(users) END,
        'todo_count', CASE WHEN place = 1 THEN {_count} END, 'todo', todo)
    FROM users CROSS JOIN LATERAL (
        SELECT todo, place, COALESCE(sum(octet_length(CAST(todo AS text))) OVER (ORDER BY place), 0) AS bytes
        FROM (
            SELECT to_json(todos) AS todo, place
            FROM json_array_elements_text(CAST(:todo_ids AS json)) WITH ORDINALITY AS wanted (todo_id, place)
            LEFT JOIN todos ON todos.user_id = users.user_id AND todos.todo_id = wanted.todo_id
        ) AS found
    ) AS measured
    WHERE user_id = :user_id AND (place = 1 OR bytes <= {MAX_BYTES}) ORDER BY place
    """,  # noqa: S608 - the expression above, and a number
)
"""A row for each to-do, up to the one with which they take too much room: ask for the rest again."""
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


class PostgresTodos(TodoRepository):
    """Over the tables `todos` and `users`."""

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
        decided = self._decide_on_known(todo_id, decide, known.pop()) if known else None
        decided = decided or self._decide(todo_id, decide, self._read(user_id, todo_id))
        self._write(user_id, decided.plan)
        return decided.todo

    def _decide_on_known(self, todo_id: str, decide: Decision, state: _State) -> Decided | None:
        decision = partial(self._decide, todo_id, decide, state)
        return plans.on_guess(decision) if state.is_guess else decision()

    def _decide(self, todo_id: str, decide: Decision, state: _State) -> Decided:
        plan = self._plan(state.revision, state.todo_count)
        return Decided(plan, live(plan.decide(todo_id, state.todo, decide)))

    def _plan(self, revision: int, todo_count: int) -> Plan:
        return Plan(revision, lambda: todo_count, self._quota)

    def change_many(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool = False
    ) -> Iterator[Outcome]:
        return plans.change_many(self._change_together, user_id, decisions, atomic=atomic)

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        return plans.add(self._change_together, user_id, todos)

    def _change_together(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool
    ) -> Sequence[Outcome]:
        def attempt() -> Sequence[Outcome]:
            plan, found = self._read_many(user_id, [todo_id for todo_id, _ in decisions])
            outcomes = plan.decide_each(decisions, found, atomic=atomic)
            self._write(user_id, plan)
            return outcomes

        return retry_on_conflict(attempt)

    def erase(self, user_id: str) -> Iterator[int]:
        while (gone := self._database.write(_ERASE, user_id=user_id)[0])["erased"]:
            yield gone["live_todos"]

    def _read(self, user_id: str, todo_id: str) -> _State:
        (found,) = self._look_up(_READ, user_id, todo_id=todo_id)
        return _State(found["user"]["revision"], found["todo_count"], todo_rows.state_from(found["todo"]))

    def _read_many(self, user_id: str, todo_ids: Sequence[str]) -> tuple[Plan, dict[str, Outcome]]:
        """A plan on what is read first, and what there is of each to-do. Large ones take several statements: a plan
        holds only if nothing has changed since the first."""
        rows = self._look_up(_READ_MANY, user_id, todo_ids=json.dumps(todo_ids))
        while len(rows) < len(todo_ids):
            rows += self._look_up(_READ_MANY, user_id, todo_ids=json.dumps(todo_ids[len(rows) :]))
        found = zip(todo_ids, (todo_rows.outcome_from(row["todo"]) for row in rows), strict=True)
        return self._plan(rows[0]["user"]["revision"], rows[0]["todo_count"]), dict(found)

    def _look_up(self, statement: Statement, user_id: str, **values: str) -> builtins.list[Row]:
        rows = self._database.read(statement, user_id=user_id, **values)
        if not rows or rows[0]["user"]["status"] == "deleting":
            raise UserRecordMissing
        return rows

    def _write(self, user_id: str, plan: Plan) -> None:
        """Store what was planned.

        Raises:
            TransactionConflict: the revision or a version is no longer what was read.
            AnswerLost: what is stored is not this, or no longer.
        """
        if not plan.changes:
            return
        rows = [todo_rows.row_of(todo, revision) for revision, todo in plan.changes.items()]
        values = {"user_id": user_id, "rows": json.dumps(rows, ensure_ascii=False)}
        revisions = {"read_revision": plan.revision, "next_revision": plan.revision + len(rows)}
        try:
            stored = self._database.write(_STORE, **values, **revisions, todo_count=plan.todo_count)
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
