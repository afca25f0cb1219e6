"""A deleted to-do stays deleted until its owner asks for exactly that version; a retry does not bring it back."""

import uuid
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

ID = "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a"
URL = f"/v1/todos/{ID}"
BODY = {"title": "Water the plants"}
CREATE = {"If-None-Match": "*"}


@pytest.fixture
def deleted(client: TestClient) -> dict:
    """The problem that says so. Created, then deleted: its version is 2."""
    assert client.put(URL, json=BODY, headers=CREATE).status_code == 201
    assert client.delete(URL, headers={"If-Match": '"1"'}).status_code == 204
    return client.get(URL).json()


def refused(response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, "todo_deleted")
    assert (problem["id"], problem["version"]) == (ID, 2)
    return problem


def test_the_answer_says_which_version_was_deleted_and_when(client):
    before = datetime.now(UTC).replace(microsecond=0)
    client.put(URL, json=BODY)
    client.delete(URL)

    problem = refused(client.get(URL), 410)

    assert before <= datetime.fromisoformat(problem["deletedAt"]) <= datetime.now(UTC)
    assert problem["deletedAt"].endswith("Z")
    assert "Water" not in str(problem)


@pytest.mark.parametrize(
    ("method", "headers", "body"),
    [
        ("GET", {}, None),
        ("GET", {"If-None-Match": '"2"'}, None),
        ("GET", {"If-None-Match": "*"}, None),
        ("PATCH", {}, {"title": "x"}),
        ("PATCH", {"If-Match": '"1"'}, {"title": "x"}),
        ("PATCH", {"If-Match": '"2"'}, {"title": "x"}),
        ("PATCH", {"If-None-Match": "*"}, {"title": "x"}),
        ("DELETE", {}, None),
        ("DELETE", {"If-Match": '"1"'}, None),
        ("DELETE", {"If-Match": '"2"'}, None),
        ("PUT", {}, BODY),
        ("PUT", {"If-Match": '"1"'}, BODY),
        ("PUT", {"If-Match": '"3"'}, BODY),
        ("PUT", {"If-Match": 'W/"2"'}, BODY),
        ("PUT", {"If-Match": "*"}, BODY),
        ("PUT", {"If-None-Match": '"1"'}, BODY),
        ("PUT", {"If-None-Match": '"2"'}, BODY),
    ],
)
def test_everything_but_asking_for_its_version_is_gone(client, deleted, method, headers, body):
    problem = refused(client.request(method, URL, json=body, headers=headers), 410)

    assert problem["deletedAt"] == deleted["deletedAt"]
    assert client.get("/v1/todos").json()["items"] == []


def test_a_creation_that_is_repeated_after_the_deletion_creates_nothing(client, deleted):
    problem = refused(client.put(URL, json=BODY, headers=CREATE), 412)

    assert (problem["current"], problem["deletedAt"]) == (None, deleted["deletedAt"])
    assert client.get("/v1/todos").json()["items"] == []


def test_create_only_goes_before_a_version(client, deleted):
    refused(client.put(URL, json=BODY, headers={**CREATE, "If-Match": '"2"'}), 412)


def test_posting_a_deleted_id_is_a_conflict(client, deleted):
    refused(client.post("/v1/todos", json={"id": ID, **BODY}), 409)
    refused(client.post("/v1/todos", json={"id": ID, **BODY}, headers={"Idempotency-Key": "k"}), 409)


@pytest.mark.parametrize("id_", [{}, {"id": ID}], ids=["derived id", "own id"])
def test_a_posting_that_is_repeated_with_its_key_after_the_deletion_is_a_conflict(client, id_):
    """The first answer was lost. Replayed, it would show the device a to-do that is gone."""
    headers, body = {"Idempotency-Key": "k"}, {**BODY, **id_}
    made = client.post("/v1/todos", json=body, headers=headers).json()
    assert client.post("/v1/todos", json=body, headers=headers).headers["Idempotency-Replayed"] == "true"
    client.delete(f"/v1/todos/{made['id']}")

    again = client.post("/v1/todos", json=body, headers=headers)

    assert (again.status_code, again.json()["code"], again.json()["id"]) == (409, "todo_deleted", made["id"])
    assert client.get("/v1/todos").json()["items"] == []


def test_posting_with_a_key_whose_answer_was_forgotten_is_a_conflict(client, clock):
    headers = {"Idempotency-Key": "k"}
    made = client.post("/v1/todos", json=BODY, headers=headers).json()
    client.delete(f"/v1/todos/{made['id']}")
    clock.now += 24 * 60 * 60 + 1

    again = client.post("/v1/todos", json=BODY, headers=headers)

    assert (again.status_code, again.json()["code"], again.json()["id"]) == (409, "todo_deleted", made["id"])
    assert client.get("/v1/todos").json()["items"] == []


@pytest.mark.parametrize("tags", ['"2"', '"7", "2"'])
def test_a_put_of_its_version_restores_it(client, deleted, tags):
    restored = client.put(URL, json={"title": "Back"}, headers={"If-Match": tags})

    assert restored.status_code == 201
    assert restored.headers["ETag"] == '"3"'
    assert restored.headers["Location"] == URL
    assert client.get(URL).json() == restored.json()
    assert client.put(URL, json={"title": "Back"}, headers={"If-Match": '"2"'}).status_code == 412


def test_a_second_deletion_needs_its_own_version(client, deleted):
    client.put(URL, json=BODY, headers={"If-Match": '"2"'})
    client.delete(URL)

    again = client.put(URL, json=BODY, headers={"If-Match": '"2"'})

    assert (again.status_code, again.json()["version"]) == (410, 4)


def test_another_users_id_is_one_that_never_existed(client, other, deleted):
    assert other.get(URL).json()["code"] == "not_found"
    assert other.delete(URL).status_code == 404
    assert other.put(URL, json=BODY, headers=CREATE).status_code == 201


def test_an_import_skips_what_was_deleted_and_says_how_many(client, deleted):
    def item(todo_id: str) -> dict:
        return {"id": todo_id, **BODY, "createdAt": "2026-11-20T09:30:00Z"}

    there = client.post("/v1/todos", json=BODY).json()["id"]
    new = str(uuid.uuid4())

    answer = client.post("/v1/todos/import", json={"todos": [item(each) for each in (ID, there, new, new)]})

    assert answer.json() == {"imported": 1, "skipped": 2, "deleted": 1, "overQuota": 0}
    assert {todo["id"] for todo in client.get("/v1/todos").json()["items"]} == {there, new}
