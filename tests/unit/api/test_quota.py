"""The quota of to-dos: beyond it nothing is created, an import stops, and the account shows what is used."""

import uuid
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

QUOTA = 2


@pytest.fixture
def full(app, storage, client: TestClient) -> TestClient:
    """A client whose account holds as many to-dos as it may."""
    container = app.state.container
    container.settings = replace(container.settings, todo_quota=QUOTA)
    container.todo_repository = storage.todos.with_quota(QUOTA)
    for _ in range(QUOTA):
        assert client.post("/v1/todos", json={"title": "Something"}).status_code == 201
    return client


def ids(client: TestClient) -> list[str]:
    return [todo["id"] for todo in client.get("/v1/todos").json()["items"]]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_creation_beyond_it_is_a_conflict_with_the_usage(full, headers):
    before = ids(full)
    put = full.put(f"/v1/todos/{uuid.uuid4()}", json={"title": "x"}, headers={"If-None-Match": "*"})
    post = full.post("/v1/todos", json={"title": "x"}, headers=headers)

    for refused in (put, post):
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "quota_exceeded"
        assert refused.json()["usage"] == {"todos": 2, "maxTodos": 2}
    assert ids(full) == before


def test_the_same_request_succeeds_when_there_is_room_again(full):
    headers = {"Idempotency-Key": "k"}
    assert full.post("/v1/todos", json={"title": "x"}, headers=headers).status_code == 409
    full.delete(f"/v1/todos/{ids(full)[0]}")

    assert full.post("/v1/todos", json={"title": "x"}, headers=headers).status_code == 201


def test_what_is_there_can_be_changed_and_repeated(full):
    first = ids(full)[0]
    url = f"/v1/todos/{first}"

    assert full.patch(url, json={"title": "y"}).status_code == 200
    assert full.put(url, json={"title": "z"}).status_code == 200
    assert full.put(url, json={"title": "z"}, headers={"If-None-Match": "*"}).status_code == 412
    assert full.post("/v1/todos", json={"id": first, "title": "z"}).json()["code"] == "todo_exists"


def test_restoring_takes_room(full):
    url = f"/v1/todos/{ids(full)[0]}"
    full.delete(url)
    full.post("/v1/todos", json={"title": "in its place"})

    assert full.put(url, json={"title": "x"}, headers={"If-Match": '"2"'}).json()["code"] == "quota_exceeded"


def test_an_import_stops_at_it_and_says_how_many_it_stored(full):
    there = ids(full)[0]
    full.delete(f"/v1/todos/{ids(full)[1]}")

    def item(todo_id: str) -> dict:
        return {"id": todo_id, "title": "x", "createdAt": "2026-11-20T09:30:00Z"}

    new = [str(uuid.uuid4()) for _ in range(3)]
    answer = full.post("/v1/todos/import", json={"todos": [item(each) for each in (there, *new)]})

    assert answer.status_code == 200
    assert answer.json() == {"imported": 1, "skipped": 1, "deleted": 0, "overQuota": 2}
    assert sorted(ids(full)) == sorted([there, new[0]])


def test_my_account_shows_the_usage(full, other):
    assert full.get("/v1/users/me").json()["usage"] == {"todos": 2, "maxTodos": 2}
    assert other.get("/v1/users/me").json()["usage"] == {"todos": 0, "maxTodos": 2}

    full.delete(f"/v1/todos/{ids(full)[0]}")

    assert full.patch("/v1/users/me", json={"name": "Ada"}).json()["usage"] == {"todos": 1, "maxTodos": 2}


def test_an_account_that_is_not_counted_yet_says_so(full, storage):
    storage.users.rows["user-a"] = replace(storage.users.rows["user-a"], todo_count=None)

    assert full.get("/v1/users/me").json()["usage"] == {"todos": None, "maxTodos": 2}
