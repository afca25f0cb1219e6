"""`GET /v1/sync`: what has changed since the token, once and in order."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.models.todos import Todo
from app.services import sync as sync_module
from app.services.sync_tokens import SyncTokens
from contracts.files import reserved
from support.clock import Clock

DAY = 24 * 60 * 60


@pytest.fixture
def app(app: FastAPI, clock: Clock) -> FastAPI:
    container = app.state.container
    container.personal_data.sync._tokens = SyncTokens(container.secret.values, clock=clock)
    return app


def pull(client: TestClient, token: str | None = None, **params: Any) -> Any:
    given = params if token is None else {"token": token, **params}
    response = client.get("/v1/sync", params=given)
    assert response.status_code == 200, response.text
    return response.json()


def every(client: TestClient, token: str | None = None, **params: Any) -> tuple[list[Any], str]:
    found = []
    while True:
        page = pull(client, token, **params)
        found += page["changes"]
        token = page["nextToken"]
        if not page["hasMore"]:
            return found, token


def create(client: TestClient, title: str = "Buy milk") -> dict[str, Any]:
    response = client.post("/v1/todos", json={"title": title})
    assert response.status_code == 201
    return response.json()


def test_without_a_token_everything_comes(client, storage):
    todo = create(client)
    file = reserved(storage.files, "user-a")

    page = pull(client)

    profile, first, second = page["changes"]
    me = client.get("/v1/users/me").json()
    assert profile == {
        "type": "profile",
        "id": "user-a",
        "op": "upsert",
        "version": 1,
        "revision": 0,
        "data": {name: me[name] for name in me.keys() - {"groups", "usage"}},
    }
    assert first == {
        "type": "todo",
        "id": todo["id"],
        "op": "upsert",
        "version": 1,
        "revision": 1,
        "data": client.get(f"/v1/todos/{todo['id']}").json(),
    }
    assert second == {
        "type": "file",
        "id": file.id,
        "op": "upsert",
        "version": 1,
        "revision": 2,
        "data": {
            "id": file.id,
            "name": file.name,
            "contentType": file.content_type,
            "size": file.size,
            "status": "pending",
            "createdAt": "2026-11-21T09:30:00.000Z",
        },
    }
    assert page["hasMore"] is False


def test_with_a_token_only_what_has_changed_since_comes(client, storage):
    todo, other = create(client), create(client)
    _, token = every(client)
    client.patch(f"/v1/todos/{todo['id']}", json={"title": "Changed"})
    client.delete(f"/v1/todos/{other['id']}")
    client.patch("/v1/users/me", json={"name": "Ada"})

    changes, _ = every(client, token)

    assert [(one["type"], one["op"], one["version"]) for one in changes] == [
        ("todo", "upsert", 2),
        ("todo", "delete", 2),
        ("profile", "upsert", 2),
    ]
    assert [one["data"] and one["data"].get("title", one["data"].get("name")) for one in changes] == [
        "Changed",
        None,
        "Ada",
    ]


def test_a_file_that_goes_is_a_deletion(client, storage):
    file = reserved(storage.files, "user-a")
    _, token = every(client)
    storage.files.remove("user-a", file)

    ((change,), _) = every(client, token)

    assert (change["type"], change["id"], change["op"], change["data"]) == ("file", file.id, "delete", None)


def test_nothing_new_is_an_empty_answer_without_a_read_of_the_feed(client, storage, monkeypatch):
    create(client)
    _, token = every(client)
    monkeypatch.setattr(storage.feed, "after", None)

    response = client.get("/v1/sync", params={"token": token})

    assert (response.status_code, response.content) == (204, b"")


def test_an_older_token_without_news_is_replaced(client, clock):
    _, token = every(client)
    clock.now += 31 * DAY

    page = pull(client, token)

    assert (page["changes"], page["hasMore"]) == ([], False)
    assert page["nextToken"] != token
    clock.now += 40 * DAY
    assert client.get("/v1/sync", params={"token": page["nextToken"]}).status_code == 200
    assert client.get("/v1/sync", params={"token": token}).status_code == 410


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_pages_go_on_where_the_last_has_ended(client, limit):
    made = [create(client, f"{n}")["id"] for n in range(6)]

    changes, token = every(client, limit=limit)

    assert [one["id"] for one in changes] == ["user-a", *made]
    assert client.get("/v1/sync", params={"token": token}).status_code == 204


def test_what_changes_between_pages_comes_once_more_and_last(client):
    first, second = create(client, "first"), create(client, "second")
    page = pull(client, limit=2)
    client.patch(f"/v1/todos/{first['id']}", json={"title": "again"})
    client.patch(f"/v1/todos/{second['id']}", json={"title": "later"})

    rest, _ = every(client, page["nextToken"])

    assert [one["data"]["title"] for one in rest] == ["again", "later"]


def test_an_answer_ends_before_four_mebibytes(client, storage, monkeypatch):
    for n in range(5):
        storage.todos.change(
            "user-a",
            f"00000000-0000-4000-8000-00000000000{n}",
            lambda _: Todo(id="", title="x", notes="\x7f" * 900),
        )
    monkeypatch.setattr(sync_module, "MAX_BYTES", 13_000)

    pages, token = [], None
    while True:
        response = client.get("/v1/sync", params={"token": token} if token else {})
        assert len(json.dumps(response.text)) < 13_000 + 300
        page = response.json()
        pages.append(len(page["changes"]))
        token = page["nextToken"]
        if not page["hasMore"]:
            break

    assert sum(pages) == 6
    assert len(pages) > 1


def test_one_change_comes_however_large_it_is(client, monkeypatch):
    create(client)
    monkeypatch.setattr(sync_module, "MAX_BYTES", 1)

    changes, _ = every(client)

    assert len(changes) == 2


def test_a_token_ahead_of_the_data_has_expired(client, storage):
    create(client)
    _, token = every(client)
    user = storage.users.rows["user-a"]
    storage.users._change("user-a", revision=user.revision - 1)

    response = client.get("/v1/sync", params={"token": token})

    assert response.status_code == 410
    problem = response.json()
    assert (problem["code"], problem["restart"]) == ("sync_token_expired", True)


def test_an_outdated_account_does_not_expire_a_token(client, app, storage, monkeypatch):
    """As after a failure of Redis: the account read is a few seconds old."""
    create(client)
    before = storage.users.get("user-a")
    create(client)
    _, token = every(client)
    container = app.state.container
    monkeypatch.setattr(container.accounts, "guard", lambda *_: before)

    assert client.get("/v1/sync", params={"token": token}).status_code == 204


def test_another_epoch_starts_each_device_again(client, app):
    _, token = every(client)
    app.state.container.secret.fields["epoch"] = "2"

    response = client.get("/v1/sync", params={"token": token})

    assert (response.status_code, response.json()["restart"]) == (410, True)
    assert pull(client)["changes"]


def test_another_users_token_is_refused(client, other):
    _, token = every(other)

    response = client.get("/v1/sync", params={"token": token})

    assert response.status_code == 400
    assert (response.json()["code"], response.json()["restart"]) == ("invalid_sync_token", True)


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 1001}, {"token": ""}, {"token": "x" * 513}, {"x": 1}]
)
def test_wrong_parameters_are_refused(client, params):
    assert client.get("/v1/sync", params=params).status_code == 422


def test_a_file_that_goes_while_the_feed_is_read_comes_as_a_deletion_later(client, storage, monkeypatch):
    file = reserved(storage.files, "user-a")
    get_many = storage.files.get_many

    def late(user_id: str, file_ids: Any) -> Any:
        monkeypatch.undo()
        storage.files.remove(user_id, file)
        return get_many(user_id, file_ids)

    monkeypatch.setattr(storage.files, "get_many", late)
    first = pull(client)
    second = pull(client, first["nextToken"])

    assert [one["type"] for one in first["changes"]] == ["profile"]
    assert [(one["id"], one["op"]) for one in second["changes"]] == [(file.id, "delete")]


def test_head_answers_without_a_body(client):
    response = client.head("/v1/sync")

    assert (response.status_code, response.content) == (200, b"")


def test_a_first_sync_of_ten_thousand_todos_takes_eleven_requests(client, storage):
    todos = [Todo(id=f"00000000-0000-4000-8000-{n:012}", title=f"To-do {n}") for n in range(10_000)]
    list(storage.todos.add("user-a", todos))

    sizes, token = [], None
    while True:
        page = pull(client, token)
        sizes.append(len(page["changes"]))
        token = page["nextToken"]
        if not page["hasMore"]:
            break

    assert sizes == [1000] * 10 + [1]
