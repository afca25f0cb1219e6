"""A phone: to-dos that work offline, by delta sync. It keeps all it knows in one SQLite file.

`todos` holds what the server last said, `outbox` what the server has not answered for, in order. What a person sees
is the one with the other on top. See docs/sync.md.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import httpx

Todo = dict[str, Any]

MAX_MUTATIONS = 100
MAX_BYTES = 1_000_000  # of the mutations of a request, which is at most 1 MiB with all else that it has
FIELDS: Todo = {
    "title": "",
    "notes": "",
    "completed": False,
    "dueOn": None,
    "dueAt": None,
    "priority": "none",
    "tags": [],
    "list": "inbox",
}
_TABLES = """
create table if not exists todos (id text primary key, version integer, content text);
create table if not exists outbox (
    place integer primary key autoincrement, id text, todo_id text, op text, if_version integer, body text
);
create table if not exists reports (place integer primary key, result text, mutation text);
create table if not exists token (value text);
"""


class Phone:
    """`http` has the API's address and an access token. Nothing here is for two threads at once."""

    def __init__(self, http: httpx.Client, path: str = ":memory:") -> None:
        self._http = http
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_TABLES)

    def close(self) -> None:
        self._db.close()

    # ------------------------------------------------------------ what a person does, online or not

    def todos(self) -> dict[str, Todo]:
        """The to-dos as a person sees them, by id."""
        ids = {row[0] for row in self._db.execute("select id from todos union select todo_id from outbox")}
        shown = {todo_id: self.get(todo_id) for todo_id in ids}
        return {todo_id: todo for todo_id, todo in shown.items() if todo is not None}

    def get(self, todo_id: str) -> Todo | None:
        _, todo = self._stored(todo_id)
        for mutation in self._queued(todo_id):
            todo = applied(mutation, todo)
        return todo

    def create(self, **content: Any) -> str:
        todo_id = str(uuid.uuid4())
        self._queue("create", todo_id, content)
        return todo_id

    def edit(self, todo_id: str, **changes: Any) -> None:
        """`tags` are `{"add": […], "remove": […]}`."""
        self._queue("patch", todo_id, changes)

    def delete(self, todo_id: str) -> None:
        self._queue("delete", todo_id, None)

    def unsent(self) -> int:
        count: int = self._db.execute("select count(*) from outbox").fetchone()[0]
        return count

    def reports(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """What was not accepted, to show: each result, and its mutation."""
        rows = self._db.execute("select result, mutation from reports order by place")
        return [(json.loads(result), json.loads(mutation)) for result, mutation in rows]

    # ------------------------------------------------------------ sync

    def sync(self) -> None:
        """Send what is unsent and get what has changed, until both sides are even.

        Raises:
            httpx.HTTPError: no answer, or one that says to try later. All that is unsent stays so.
        """
        more = True
        while more:
            sent = fitting(self._queued()[:MAX_MUTATIONS])
            answer = self._exchange(sent)
            with self._transaction():
                more = self._take(sent, answer)

    def _exchange(self, sent: list[dict[str, Any]]) -> dict[str, Any]:
        """`isWhole` says that the changes are all that there is."""
        token = self._token()
        known = {} if token is None else {"token": token}
        if sent:
            response = self._http.post("/v1/sync", json={"mutations": sent, **known})
            return {"isWhole": token is None, **response.raise_for_status().json()}
        response = self._http.get("/v1/sync", params=known)
        if response.status_code in (400, 410) and response.json().get("restart"):
            token, response = None, self._http.get("/v1/sync")
        news = {"changes": [], "hasMore": False, "nextToken": token}
        if response.status_code != 204:
            news = response.raise_for_status().json()
        return {"results": [], "isWhole": token is None, **news}

    def _take(self, sent: list[dict[str, Any]], answer: dict[str, Any]) -> bool:
        """Whether to go on at once. `ifVersion` counts in the state of the data that the token is of. So the token
        stays until nothing is unsent that was made on what came with it."""
        if answer["isWhole"] and self._token() is not None and self.unsent():
            return True
        before = {one["id"]: self._stored(one["id"]) for one in sent}
        expected = dict(before)
        for mutation, result in zip(sent, answer["results"], strict=True):
            self._settle(mutation, result, expected)
        if answer.get("restart"):
            return True
        if answer["isWhole"]:
            told = json.dumps([one["id"] for one in answer["results"]])
            self._db.execute("delete from todos where id not in (select value from json_each(?))", [told])
        for change in answer["changes"]:
            if change["type"] == "todo":
                self._store(change["id"], change["version"], change["data"])
        for todo_id, (seen, todo) in expected.items():
            self._raise_versions(todo_id, seen, todo)
        self._db.execute("delete from token")
        self._db.execute("insert into token values (?)", [answer["nextToken"]])
        return bool(answer["hasMore"]) or self.unsent() > 0

    def _settle(
        self,
        mutation: dict[str, Any],
        result: dict[str, Any],
        expected: dict[str, tuple[int, Todo | None]],
    ) -> None:
        """`expected` are the to-dos as this phone alone would have made them, with the versions it began with."""
        self._db.execute("delete from outbox where id = ?", [mutation["mutationId"]])
        todo_id, verdict = mutation["id"], result["result"]
        if verdict in ("applied", "merged", "replayed"):
            seen, todo = expected[todo_id]
            todo = applied(mutation, todo)
            expected[todo_id] = seen, result.get("current", todo) if verdict == "applied" else todo
        else:
            report = [json.dumps(result), json.dumps(mutation)]
            self._db.execute("insert into reports (result, mutation) values (?, ?)", report)
        if "current" in result:
            self._store(todo_id, result["current"]["version"], result["current"])
        elif verdict == "applied":
            self._store(todo_id, result.get("version"), expected[todo_id][1])
        elif verdict == "gone":
            self._store(todo_id, None, None)

    def _raise_versions(self, todo_id: str, seen: int, expected: Todo | None) -> None:
        """Edits that are still unsent were made on top of `expected`. Where the server has just that in their fields,
        they build on the version that it has: they have overlooked nothing that others have changed."""
        version, stored = self._stored(todo_id)
        for mutation in self._queued(todo_id):
            if stored is None or expected is None or mutation["ifVersion"] < seen:
                return
            names = {*mutation.get("patch", FIELDS)} - {"tags"} if mutation["op"] == "patch" else {*FIELDS}
            if any(stored[name] != expected[name] for name in names):
                return
            self._db.execute(
                "update outbox set if_version = ? where id = ?", [version, mutation["mutationId"]]
            )
            stored, expected = applied(mutation, stored), applied(mutation, expected)

    # ------------------------------------------------------------ SQLite

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """An answer is taken whole or not at all: if the phone dies meanwhile, it asks again."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def _token(self) -> str | None:
        row = self._db.execute("select value from token").fetchone()
        return None if row is None else str(row[0])

    def _stored(self, todo_id: str) -> tuple[int, Todo | None]:
        row = self._db.execute("select version, content from todos where id = ?", [todo_id]).fetchone()
        return (row[0], json.loads(row[1])) if row else (0, None)

    def _store(self, todo_id: str, version: int | None, todo: Mapping[str, Any] | None) -> None:
        self._db.execute("delete from todos where id = ?", [todo_id])
        if todo is not None:
            content = json.dumps({name: todo[name] for name in FIELDS})
            self._db.execute("insert into todos values (?, ?, ?)", [todo_id, version, content])

    def _queue(self, op: str, todo_id: str, body: Mapping[str, Any] | None) -> None:
        """A mutation gets its id here, once, and keeps it however often it is sent. What is unsent hides what the
        server has: a mutation on top of it has seen no later version than that."""
        before = self._queued(todo_id)
        version = before[-1].get("ifVersion", 0) if before else self._stored(todo_id)[0]
        values = [str(uuid.uuid4()), todo_id, op, version, json.dumps(body)]
        self._db.execute(
            "insert into outbox (id, todo_id, op, if_version, body) values (?, ?, ?, ?, ?)", values
        )

    def _queued(self, todo_id: str | None = None) -> list[dict[str, Any]]:
        """What is unsent, of all to-dos or of one, as it is sent."""
        rows = self._db.execute(
            "select id, op, todo_id, if_version, body from outbox where todo_id = ifnull(?, todo_id) order by place",
            [todo_id],
        )
        return [_wire(*row) for row in rows]


def _wire(mutation_id: str, op: str, todo_id: str, if_version: int, body: str) -> dict[str, Any]:
    mutation = {"mutationId": mutation_id, "op": op, "type": "todo", "id": todo_id}
    if op == "create":
        return {**mutation, "data": json.loads(body)}
    versioned = {**mutation, "ifVersion": if_version}
    return {**versioned, "patch": json.loads(body)} if op == "patch" else versioned


def fitting(mutations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first of them that go together."""
    sizes = accumulate(len(json.dumps(mutation)) + 2 for mutation in mutations)
    return [mutation for mutation, size in zip(mutations, sizes, strict=True) if size < MAX_BYTES]


def applied(mutation: Mapping[str, Any], todo: Todo | None) -> Todo | None:
    """`todo` with a mutation on top."""
    if mutation["op"] == "create":
        return {**FIELDS, **mutation["data"]}
    if mutation["op"] == "delete" or todo is None:
        return None
    changes = dict(mutation["patch"])
    tags = changes.pop("tags", {})
    kept = [tag for tag in todo["tags"] if tag not in tags.get("remove", ())]
    changes["tags"] = list(dict.fromkeys([*kept, *tags.get("add", ())]))
    if not changes.keys().isdisjoint({"dueOn", "dueAt"}):
        changes = {"dueOn": None, "dueAt": None, **changes}
    return {**todo, **{name: FIELDS[name] if value is None else value for name, value in changes.items()}}
