"""Two devices of one person, and the network between them and the API.

A device keeps each change until it is answered, and repeats it as it is, as `web/app/outbox.js` does. Every way to
create a to-do is used: `PUT` with `If-None-Match: *`, `POST` with an id or with an idempotency key, and the import.
"""

import random
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from support.people import Person

CREATED_AT = "2026-11-20T09:30:00.000Z"
LOST = 1 / 3
"""Of the calls, half of these before they arrive and half on the way back."""
REPEATED_LATE = 1 / 2
"""Of the changes that arrived: the network delivers them once more, any time later."""


class NoAnswer(Exception):
    """The request or its answer was lost: the device cannot know which."""


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def todo_id(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Network:
    """Loses, repeats and watches: `deleted` holds each id from the moment the API has deleted it."""

    person: Person
    chance: random.Random
    lost: float = LOST
    deleted: set[str] = field(default_factory=set)
    seen_again: list[tuple[Call, Any]] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    late: list[Call] = field(default_factory=list)

    def send(self, call: Call) -> httpx.Response:
        """Raises `NoAnswer`."""
        fate = self.chance.random()
        if fate < self.lost / 2:
            self.happened["request lost"] += 1
            raise NoAnswer
        response = self._deliver(call)
        if call.method != "GET" and self.chance.random() < REPEATED_LATE:
            self.late.append(call)
        if fate < self.lost:
            self.happened["answer lost"] += 1
            raise NoAnswer
        return response

    def repeat_one(self) -> None:
        """Deliver once more a request that arrived before. Its answer is dropped."""
        if self.late:
            self.happened["repeated late"] += 1
            self._deliver(self.late.pop(self.chance.randrange(len(self.late))))

    def _deliver(self, call: Call) -> httpx.Response:
        response = self.person.request(call.method, call.path, json=call.body, headers=call.headers)
        assert response.status_code < 500, response.text
        self.happened[_outcome(call, response)] += 1
        again = self.deleted & _shown(response)
        if again:
            self.seen_again.append((call, again))
        if (call.method, response.status_code) == ("DELETE", 204):
            self.deleted.add(call.todo_id)
        return response


def _outcome(call: Call, response: httpx.Response) -> str:
    if call.path.endswith("/import"):
        return "import deleted" if response.json()["deleted"] else "import"
    code = response.json()["code"] if response.status_code >= 400 else response.status_code
    return f"{call.method} {code}"


def _shown(response: httpx.Response) -> set[str]:
    """The ids of the to-dos that the API shows as live. A replay is the receipt of an earlier request."""
    if response.status_code not in (200, 201) or response.headers.get("Idempotency-Replayed"):
        return set()
    answer = response.json()
    todos = answer.get("items", [answer] if "id" in answer else [])
    return {todo["id"] for todo in todos}


@dataclass
class Device:
    name: str
    network: Network
    chance: random.Random
    todos: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The to-dos it shows, as of the last answer it got."""
    unsent: deque[tuple[Call, Callable[[httpx.Response], None]]] = field(default_factory=deque)

    def act(self) -> None:
        """Do one thing that its owner might do."""
        doings = [self._create, self._create, self._edit, self._delete, self._delete, self._refresh]
        self.chance.choice(doings)()

    def flush(self) -> None:
        """Send what is unsent, in order, until an answer stays out."""
        while self.unsent:
            call, settle = self.unsent[0]
            try:
                response = self.network.send(call)
            except NoAnswer:
                return
            self.unsent.popleft()
            settle(response)

    def _keep(self, call: Call, settle: Callable[[httpx.Response], None]) -> None:
        self.unsent.append((call, settle))

    def _create(self) -> None:
        todo_id, title = str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), f"by {self.name}"
        key = {"Idempotency-Key": todo_id}
        item = {"id": todo_id, "title": title, "createdAt": CREATED_AT}
        call = self.chance.choice(
            [
                Call("PUT", f"/v1/todos/{todo_id}", {"title": title}, {"If-None-Match": "*"}),
                Call("PUT", f"/v1/todos/{todo_id}", {"title": title}, {"If-None-Match": "*"}),
                Call("POST", "/v1/todos", {"id": todo_id, "title": title}),
                Call("POST", "/v1/todos", {"id": todo_id, "title": title}),
                Call("POST", "/v1/todos", {"id": todo_id, "title": title}, key),
                Call("POST", "/v1/todos", {"title": title}, key),
                Call("POST", "/v1/todos/import", {"todos": [item]}),
            ]
        )
        self._keep(call, self._created)

    def _created(self, response: httpx.Response) -> None:
        answer = response.json()
        if response.status_code == 201 and "Idempotency-Replayed" not in response.headers:
            self.todos[answer["id"]] = answer
        elif response.status_code in (200, 201):
            self._refresh()  # it arrived, now or before
        elif answer["code"] == "todo_deleted":
            self.todos.pop(answer["id"], None)
        else:
            assert answer["code"] in ("todo_exists", "precondition_failed")

    def _edit(self) -> None:
        if todo := self._any():
            self._keep(Call("PATCH", *self._changing(todo, {"notes": self.name})), self._edited)

    def _edited(self, response: httpx.Response) -> None:
        answer = response.json()
        if response.status_code == 410:
            self.todos.pop(answer["id"], None)
        else:
            current = answer if response.status_code == 200 else answer["current"]
            self.todos[current["id"]] = current

    def _delete(self) -> None:
        if todo := self._any():
            call = Call("DELETE", *self._changing(todo, None))
            self._keep(call, lambda response: self._deleted(todo["id"], response))

    def _deleted(self, todo_id: str, response: httpx.Response) -> None:
        if response.status_code == 412:
            self.todos[todo_id] = response.json()["current"]
        else:
            assert response.status_code in (204, 410)
            self.todos.pop(todo_id, None)

    def _refresh(self) -> None:
        self._keep(Call("GET", "/v1/todos?limit=100"), self._refreshed)

    def _refreshed(self, response: httpx.Response) -> None:
        assert response.json()["nextCursor"] is None
        self.todos = {todo["id"]: todo for todo in response.json()["items"]}

    def _any(self) -> dict[str, Any] | None:
        return self.chance.choice(list(self.todos.values())) if self.todos else None

    @staticmethod
    def _changing(todo: dict[str, Any], body: dict[str, Any] | None) -> tuple[str, Any, dict[str, str]]:
        return f"/v1/todos/{todo['id']}", body, {"If-Match": f'"{todo["version"]}"'}
