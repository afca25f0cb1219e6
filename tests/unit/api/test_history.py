"""What the rules of sync keep with a to-do is no client's to see or to set."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.models.todos import live
from contracts.changes import new_todo, store
from support.memory import MemoryStorage

HIDDEN = "what changed when"

Ask = Callable[[TestClient, str], Any]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, url: client.get(url),
        lambda client, _: client.get("/v1/todos"),
        lambda client, _: client.get("/v1/sync"),
        lambda client, _: client.get("/v1/users/me/export"),
        lambda client, url: client.patch(url, json={"title": "x"}),
        lambda client, url: client.put(url, json={"title": "x"}),
        lambda client, url: client.patch(url, json={"title": "x"}, headers={"If-Match": '"7"'}),
    ],
    ids=["get", "list", "sync", "export", "patch", "put", "conflict"],
)
def test_no_answer_shows_it(client: TestClient, storage: MemoryStorage, ask: Ask) -> None:
    todo = store(storage.todos, "user-a", new_todo("Buy milk", history=HIDDEN))

    answer = ask(client, f"/v1/todos/{todo.id}")

    assert todo.id in answer.text
    assert "history" not in answer.text
    assert HIDDEN not in answer.text


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/todos"), ("PUT", "{url}"), ("PATCH", "{url}")])
def test_no_client_sets_it(client: TestClient, storage: MemoryStorage, method: str, path: str) -> None:
    todo = store(storage.todos, "user-a", new_todo())

    answer = client.request(
        method, path.format(url=f"/v1/todos/{todo.id}"), json={"title": "x", "history": HIDDEN}
    )

    assert answer.status_code == 422
    assert storage.todos.get("user-a", todo.id) == todo


def test_no_import_sets_it(client: TestClient, storage: MemoryStorage) -> None:
    todo_id, created_at = new_todo().id, "2026-03-01T00:00:00.000Z"
    todo = {"id": todo_id, "title": "x", "createdAt": created_at, "history": HIDDEN}

    answer = client.post("/v1/todos/import", json={"todos": [todo]})

    assert answer.json()["imported"] == 1
    stored = live(storage.todos.get("user-a", todo_id))
    assert stored is not None
    assert HIDDEN not in stored.history
