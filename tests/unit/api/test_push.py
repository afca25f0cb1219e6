"""`POST /v1/sync`: mutations made offline, a result for each, and what else has changed."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.errors import Unavailable
from app.services import push as push_module
from app.services.sync_tokens import SyncTokens
from support.clock import Clock
from support.memory import MemoryStorage

DAY = 24 * 60 * 60
URL = "/v1/todos/{id}"


@pytest.fixture
def app(app: FastAPI, clock: Clock) -> FastAPI:
    container = app.state.container
    container.personal_data.sync._tokens = SyncTokens(container.secret.values, clock=clock)
    return app


def mutation(op: str, todo_id: str | None = None, **members: Any) -> dict[str, Any]:
    return {
        "mutationId": str(uuid.uuid4()),
        "op": op,
        "type": "todo",
        "id": todo_id or str(uuid.uuid4()),
        **members,
    }


def create(title: str = "Buy milk", todo_id: str | None = None, **data: Any) -> dict[str, Any]:
    return mutation("create", todo_id, data={"title": title, **data})


def patch(todo: dict[str, Any], version: int | None = None, **changes: Any) -> dict[str, Any]:
    seen = todo["version"] if version is None else version
    return mutation("patch", todo["id"], ifVersion=seen, patch=changes)


def delete(todo: dict[str, Any], version: int | None = None) -> dict[str, Any]:
    return mutation("delete", todo["id"], ifVersion=todo["version"] if version is None else version)


def push(client: TestClient, *mutations: Any, **members: Any) -> dict[str, Any]:
    response = client.post("/v1/sync", json={"mutations": mutations, **members})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def results(client: TestClient, *mutations: Any, **members: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = push(client, *mutations, **members)["results"]
    return found


def words(client: TestClient, *mutations: Any, **members: Any) -> list[str]:
    return [result["result"] for result in results(client, *mutations, **members)]


def stored(client: TestClient, title: str = "Buy milk", **data: Any) -> dict[str, Any]:
    response = client.post("/v1/todos", json={"title": title, **data})
    assert response.status_code == 201
    todo: dict[str, Any] = response.json()
    return todo


def now(client: TestClient, todo: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(URL.format(**todo)).json()
    return answer


def token_of(client: TestClient) -> str:
    token: str = client.get("/v1/sync").json()["nextToken"]
    return token


def test_each_mutation_gets_a_result_in_the_order_sent(client: TestClient) -> None:
    first, second = stored(client), stored(client)
    made = create("New")
    sent = [patch(first, title="Changed"), made, delete(second)]

    found = results(client, *sent)

    assert found == [
        {
            "mutationId": sent[0]["mutationId"],
            "id": first["id"],
            "result": "applied",
            "version": 2,
            "revision": 3,
        },
        {
            "mutationId": made["mutationId"],
            "id": made["id"],
            "result": "applied",
            "version": 1,
            "revision": 4,
        },
        {
            "mutationId": sent[2]["mutationId"],
            "id": second["id"],
            "result": "applied",
            "version": 2,
            "revision": 5,
        },
    ]
    assert now(client, first)["title"] == "Changed"
    assert now(client, made)["title"] == "New"
    assert client.get(URL.format(**second)).status_code == 410


def test_edits_of_different_fields_are_merged(client: TestClient) -> None:
    todo = stored(client)
    client.patch(URL.format(**todo), json={"notes": "by another phone"})

    (found,) = results(client, patch(todo, title="by this phone"))

    assert found["result"] == "merged"
    assert found["current"] == now(client, todo)
    assert (found["current"]["title"], found["current"]["notes"]) == ("by this phone", "by another phone")


def test_what_was_replayed_comes_with_the_changes_though_an_edit_on_top_of_it_is_applied(
    client: TestClient,
) -> None:
    """The device has it as it was sent, and not as it is stored: trimmed."""
    todo = stored(client)
    token = token_of(client)
    first = patch(todo, title=" Oat milk ")
    push(client, first, token=token)

    answer = push(client, first, patch(todo, notes="Two"), token=token)

    assert [result["result"] for result in answer["results"]] == ["replayed", "applied"]
    assert [change["data"] for change in answer["changes"]] == [now(client, todo)]


def test_a_todo_comes_with_the_changes_where_an_edit_follows_text_that_was_trimmed(
    client: TestClient,
) -> None:
    """`current` has all edits. With the last once more on top, its tags may be in another order."""
    todo = stored(client, tags=["a", "b"])
    token = token_of(client)
    trimmed = patch(todo, title=" Oat milk ")

    answer = push(client, trimmed, patch(todo, tags={"remove": ["a"], "add": ["a"]}), token=token)

    assert [result["result"] for result in answer["results"]] == ["applied", "applied"]
    assert [change["data"] for change in answer["changes"]] == [now(client, todo)]


def test_a_todo_does_not_come_twice_where_the_last_result_shows_it(client: TestClient) -> None:
    todo = stored(client)
    token = token_of(client)

    answer = push(client, patch(todo, notes="Two"), patch(todo, title=" Oat milk "), token=token)

    assert answer["results"][-1]["current"] == now(client, todo)
    assert answer["changes"] == []


def test_edits_of_one_field_are_a_conflict_that_stores_nothing(client: TestClient) -> None:
    todo = stored(client)
    client.patch(URL.format(**todo), json={"title": "by another phone"})
    before = now(client, todo)

    (found,) = results(client, patch(todo, title="by this phone", priority="high"))

    assert (found["result"], found["code"], found["current"]) == ("conflict", "changed", before)
    assert now(client, todo) == before


def test_a_lost_answer_is_replayed(client: TestClient) -> None:
    todo, made = stored(client), create()
    sent = [patch(todo, tags={"add": ["a"]}), made, patch(made | {"version": 0}, title="Later")]
    token = token_of(client)
    first = push(client, *sent, token=token)

    again = push(client, *sent, token=token)

    assert [one["result"] for one in first["results"]] == ["applied"] * 3
    assert [one["result"] for one in again["results"]] == ["replayed"] * 3
    for key in ("version", "revision"):
        assert [one[key] for one in again["results"]] == [one[key] for one in first["results"]]
    assert first["changes"] == []
    assert [one["data"]["title"] for one in again["changes"]] == ["Buy milk", "Later"]
    assert [one["version"] for one in again["changes"]] == [2, 1]


def test_a_deletion_is_replayed_and_another_finds_it_gone(client: TestClient) -> None:
    todo = stored(client)
    sent = delete(todo)

    assert words(client, sent) == ["applied"]
    assert words(client, sent, delete(todo)) == ["replayed", "gone"]


def test_what_was_changed_is_not_in_the_changes(client: TestClient) -> None:
    todo, other = stored(client), stored(client)
    token = token_of(client)
    client.patch(URL.format(**other), json={"title": "by another phone"})

    answer = push(client, patch(todo, title="x"), token=token)

    assert [one["id"] for one in answer["changes"]] == [other["id"]]
    assert answer["hasMore"] is False
    assert client.get("/v1/sync", params={"token": answer["nextToken"]}).status_code == 204


def test_without_a_token_everything_else_comes(client: TestClient) -> None:
    todo = stored(client)

    answer = push(client, create(), token=None)

    assert [one["id"] for one in answer["changes"]] == ["user-a", todo["id"]]


def test_nothing_new_keeps_the_token(client: TestClient) -> None:
    token = token_of(client)

    assert push(client, token=token) == {
        "results": [],
        "changes": [],
        "hasMore": False,
        "nextToken": token,
    }


@pytest.mark.parametrize("code", ["sync_token_expired", "invalid_sync_token"])
def test_a_token_that_cannot_be_used_refuses_the_changes_only(
    client: TestClient, clock: Clock, code: str
) -> None:
    token = token_of(client) if code == "sync_token_expired" else "made-up"
    clock.now += 61 * DAY
    made = create()

    answer = push(client, made, token=token)

    assert answer.pop("results")[0]["result"] == "applied"
    assert answer == {"restart": True, "code": code}
    assert now(client, made)["title"] == "Buy milk"


@pytest.fixture(params=["another epoch", "an unknown key", "a later revision"])
def stale(request: pytest.FixtureRequest, client: TestClient, app: FastAPI, clock: Clock) -> str:
    """The token of a device that has seen other data: a backup was restored since."""
    secret = app.state.container.secret
    if request.param == "a later revision":
        return SyncTokens(secret.values, clock=clock).issue("user-a", 1000)
    token = token_of(client)
    secret.fields["epoch" if request.param == "another epoch" else "syncKey"] = "another"
    return token


@pytest.mark.parametrize("op", ["patch", "patch of tags", "delete"])
def test_versions_of_restored_data_are_a_conflict(client: TestClient, stale: str, op: str) -> None:
    todo = stored(client)
    sent = {
        "patch": patch(todo, title="of old"),
        "patch of tags": patch(todo, tags={"add": ["of old"]}),
        "delete": delete(todo),
    }[op]

    answer = push(client, sent, token=stale)

    (found,) = answer["results"]
    assert (found["result"], found["code"], found["current"]) == ("conflict", "restored", todo)
    assert answer["restart"] is True
    assert now(client, todo) == todo


def test_a_deletion_before_a_restore_of_data_is_not_taken_back_by_its_version(
    client: TestClient, stale: str
) -> None:
    todo = stored(client)
    client.delete(URL.format(**todo))
    sent = [mutation("restore", todo["id"], ifVersion=version, data={"title": "x"}) for version in (2, None)]

    assert words(client, *sent, token=stale) == ["conflict", "applied"]


def test_what_builds_on_no_version_outlives_a_restore_of_data(client: TestClient, stale: str) -> None:
    made, replayed = create(), create()
    assert words(client, replayed) == ["applied"]
    sent = [
        made,
        patch(made | {"version": 0}, title="x"),
        replayed,
        patch(replayed | {"version": 0}, title="x"),
    ]
    todo = stored(client)
    edit = patch(todo, title="x")
    assert words(client, edit) == ["applied"]

    assert words(client, *sent, edit, token=stale) == [
        "applied",
        "applied",
        "replayed",
        "applied",
        "replayed",
    ]


def test_an_atomic_request_of_restored_data_stores_nothing(client: TestClient, stale: str) -> None:
    todo, made = stored(client), create()

    body = {"mutations": [made, patch(todo, title="x")], "atomic": True, "token": stale}
    response = client.post("/v1/sync", json=body)

    assert (response.status_code, response.json()["results"][0]["code"]) == (409, "restored")
    assert client.get(URL.format(**made)).status_code == 404


def test_an_expired_token_of_the_same_data_merges(client: TestClient, clock: Clock) -> None:
    todo = stored(client)
    token = token_of(client)
    clock.now += 61 * DAY
    client.patch(URL.format(**todo), json={"notes": "by another phone"})

    assert words(client, patch(todo, title="x"), token=token) == ["merged"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"op": None}, "/op", "not_allowed"),
        ({"op": "move"}, "/op", "not_allowed"),
        ({"type": "file"}, "/type", "not_allowed"),
        ({"ifVersion": -1}, "/ifVersion", "too_small"),
        ({"ifVersion": "1"}, "/ifVersion", "type"),
        ({"ifVersion": 2**53 + 2}, "/ifVersion", "too_large"),
        ({"patch": {"title": ""}}, "/patch/title", "too_short"),
        ({"patch": {"tags": ["a"]}}, "/patch/tags", "type"),
        ({"patch": {"tags": {"set": []}}}, "/patch/tags/set", "unknown_field"),
        (
            {"patch": {"dueOn": "2026-12-01", "dueAt": "2026-12-01T00:00:00Z"}},
            "/patch/dueOn",
            "due_ambiguous",
        ),
        ({"patch": None}, "/patch", "type"),
        ({"data": {}}, "/data", "unknown_field"),
        ({"id": "x"}, "/id", "format"),
        ({"mutationId": 5}, "/mutationId", "type"),
    ],
)
def test_a_malformed_mutation_is_invalid_and_stops_no_other(
    client: TestClient, changes: dict[str, Any], pointer: str, code: str
) -> None:
    todo, made = stored(client), create()
    wrong = patch(todo, title="x") | changes

    refused, accepted = results(client, wrong, made)

    assert (refused["result"], refused["code"]) == ("invalid", "validation_failed")
    assert refused["errors"][0]["pointer"] == pointer
    assert refused["errors"][0]["code"] == code
    assert refused["id"] == (None if pointer == "/id" else todo["id"])
    assert refused["mutationId"] == (None if pointer == "/mutationId" else wrong["mutationId"])
    assert accepted["result"] == "applied"
    assert now(client, todo) == todo


@pytest.mark.parametrize("missing", ["op", "mutationId", "type", "id", "ifVersion", "patch"])
def test_what_is_missing_is_named(client: TestClient, missing: str) -> None:
    sent = patch(stored(client), title="x")
    del sent[missing]

    (refused,) = results(client, sent)

    assert (refused["errors"][0]["pointer"], refused["errors"][0]["code"]) == (f"/{missing}", "required")


@pytest.mark.parametrize("sent", [None, 5, "x", [], [[]]])
def test_what_is_no_object_is_invalid(client: TestClient, sent: Any) -> None:
    (refused,) = results(client, sent)

    assert (refused["result"], refused["mutationId"], refused["id"]) == ("invalid", None, None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/mutations"),
        ({"mutations": {}}, "/mutations"),
        ({"mutations": [create()] * 101}, "/mutations"),
        ({"mutations": [create()] * 26, "atomic": True}, "/mutations"),
        ({"mutations": [], "atomic": 1}, "/atomic"),
        ({"mutations": [], "token": ""}, "/token"),
        ({"mutations": [], "limit": 5}, "/limit"),
    ],
)
def test_a_malformed_envelope_is_refused(client: TestClient, body: Any, pointer: str) -> None:
    response = client.post("/v1/sync", json=body)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_a_body_of_more_than_a_mebibyte_is_refused(client: TestClient) -> None:
    fits = push(client, *(create(notes="x" * 9_900) for _ in range(100)))
    assert len(fits["results"]) == 100

    response = client.post("/v1/sync", json={"mutations": [], "token": "x" * 1024 * 1024})

    assert response.status_code == 413


def test_a_body_that_is_not_json_is_refused(client: TestClient) -> None:
    assert client.post("/v1/sync", content=b"{}").status_code == 415


def test_an_id_used_again_for_something_else_is_invalid(client: TestClient) -> None:
    made = create()
    other = create("Another") | {"mutationId": made["mutationId"]}
    changed = made | {"data": {"title": "Another"}}

    for sent in ([made, other, changed], [changed]):
        *_, refused = results(client, *sent)
        assert (refused["result"], refused["errors"][0]["pointer"]) == ("invalid", "/mutationId")
    assert words(client, made, other) == ["replayed", "invalid"]


def test_the_same_mutation_twice_in_one_request_is_applied_once(client: TestClient) -> None:
    made = create()

    first, second = results(client, made, made)

    assert (first["result"], second["result"]) == ("applied", "replayed")
    assert first["version"] == second["version"] == 1


def test_an_atomic_request_that_cannot_be_applied_stores_nothing(client: TestClient) -> None:
    todo, made = stored(client), create()
    client.patch(URL.format(**todo), json={"title": "by another phone"})

    response = client.post("/v1/sync", json={"mutations": [made, patch(todo, title="x")], "atomic": True})

    assert response.status_code == 409
    problem = response.json()
    assert problem["code"] == "not_applied"
    assert [(one["id"], one["result"]) for one in problem["results"]] == [(todo["id"], "conflict")]
    assert client.get(URL.format(**made)).status_code == 404


def test_an_atomic_request_with_a_malformed_mutation_stores_nothing(client: TestClient) -> None:
    made = create()

    response = client.post("/v1/sync", json={"mutations": [made, {}], "atomic": True})

    assert (response.status_code, response.json()["code"]) == (409, "not_applied")
    assert client.get(URL.format(**made)).status_code == 404


def test_an_atomic_request_is_stored_whole_and_replayed(client: TestClient) -> None:
    made, todo = create(), stored(client)
    sent = [made, delete(todo)]

    assert words(client, *sent, atomic=True) == ["applied", "applied"]
    assert words(client, *sent, atomic=True) == ["replayed", "replayed"]


@pytest.mark.parametrize("atomic", [False, True])
def test_beyond_the_quota_a_creation_is_invalid(
    client: TestClient, app: FastAPI, storage: MemoryStorage, atomic: bool
) -> None:
    app.state.container.personal_data.push._todos = storage.todos.with_quota(1)
    made, over = create(), create()
    late = patch(over | {"version": 0}, title="x")

    response = client.post("/v1/sync", json={"mutations": [made, over, late], "atomic": atomic})

    found = response.json()["results"]
    assert [(one["result"], one["code"]) for one in found[-2:]] == [("invalid", "quota_exceeded")] * 2
    assert response.status_code == (409 if atomic else 200)
    assert client.get(URL.format(**made)).status_code == (404 if atomic else 200)


def test_a_hundred_concurrent_creations_with_one_id_make_one(
    client: TestClient, storage: MemoryStorage
) -> None:
    todo_id = str(uuid.uuid4())

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: words(client, create(f"{n}", todo_id)), range(100)))

    assert sorted(word for (word,) in found) == ["applied"] + ["conflict"] * 99
    assert storage.users.rows["user-a"].todo_count == 1


def test_a_failure_between_batches_is_answered_503_and_repeated_safely(
    client: TestClient, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [create(f"{n}") for n in range(60)]
    change, calls = storage.todos._change_together, []

    def failing(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise Unavailable
        return change(*args, **options)

    monkeypatch.setattr(storage.todos, "_change_together", failing)
    response = client.post("/v1/sync", json={"mutations": made})

    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert words(client, *made) == ["replayed"] * 25 + ["applied"] * 35
    assert storage.users.rows["user-a"].revision == 60


def test_fifty_edits_raise_the_revision_in_two_writes(
    client: TestClient, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    todos = [stored(client) for _ in range(50)]
    change, sizes = storage.todos._change_together, []

    def counted(user_id: str, decisions: Any, **options: Any) -> Any:
        sizes.append(len(decisions))
        return change(user_id, decisions, **options)

    monkeypatch.setattr(storage.todos, "_change_together", counted)

    assert set(words(client, *(patch(todo, completed=True) for todo in todos))) == {"applied"}
    assert sizes == [25, 25]


def test_what_makes_the_answer_too_large_comes_with_the_changes(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    todos = [stored(client) for _ in range(3)]
    token = token_of(client)
    for todo in todos:
        client.patch(URL.format(**todo), json={"notes": "x" * 500})
    monkeypatch.setattr(push_module, "_MAX_RESULT_BYTES", 2_000)

    answer = push(client, *(patch(todo, title="x") for todo in todos), token=token)

    shown = [one["id"] for one in answer["results"] if "current" in one]
    assert 0 < len(shown) < 3
    assert [*shown, *(one["id"] for one in answer["changes"])] == [todo["id"] for todo in todos]
    assert len(json.dumps(answer)) < 6_000


def test_what_is_stored_in_other_words_is_shown(client: TestClient) -> None:
    plain, spaced = create("Buy milk"), create("  Buy milk ")

    first, second = results(client, plain, spaced)

    assert "current" not in first
    assert second["current"] == now(client, spaced)


def test_what_was_created_and_deleted_in_one_request_does_not_return_with_a_late_one(
    client: TestClient,
) -> None:
    made = create()
    gone = results(client, made, delete({"id": made["id"]}, 0))

    late = results(client, made)

    assert [(one["result"], one["version"], one["revision"]) for one in [*gone, *late]] == [
        ("applied", 1, 1),
        ("applied", 1, 1),
        ("replayed", 1, 1),
    ]
    assert client.get(URL.format(**made)).status_code == 410


def test_what_was_restored_and_deleted_in_one_request_does_not_return_with_a_late_one(
    client: TestClient,
) -> None:
    todo = stored(client)
    client.delete(URL.format(**todo))
    restored = mutation("restore", todo["id"], ifVersion=2, data={"title": "x"})
    assert words(client, restored, delete(todo, 2)) == ["applied", "applied"]

    assert words(client, restored) == ["replayed"]
    assert client.get(URL.format(**todo)).status_code == 410


def test_a_deleted_todo_does_not_return(client: TestClient) -> None:
    todo = stored(client)
    client.delete(URL.format(**todo))

    found = results(client, patch(todo, title="x"), create(todo_id=todo["id"]), delete(todo))

    assert [(one["result"], one["code"], one["version"]) for one in found] == [
        ("gone", "todo_deleted", 2)
    ] * 3
    assert client.get(URL.format(**todo)).status_code == 410


def test_a_deletion_is_taken_back(client: TestClient) -> None:
    todo = stored(client)
    client.delete(URL.format(**todo))

    def restored(version: int) -> dict[str, Any]:
        return mutation("restore", todo["id"], ifVersion=version, data={"title": "Back"})

    assert words(client, restored(1), restored(2), restored(2)) == ["conflict", "applied", "conflict"]
    assert now(client, todo)["title"] == "Back"


def test_nobody_elses_todo_is_reached(client: TestClient, other: TestClient) -> None:
    todo = stored(client)

    found = results(other, patch(todo, title="x"), delete(todo))

    assert [(one["result"], one["code"]) for one in found] == [("gone", "not_found")] * 2
    assert now(client, todo) == todo


def test_it_takes_a_valid_token_of_a_caller(anonymous: TestClient) -> None:
    assert anonymous.post("/v1/sync", json={"mutations": []}).status_code == 401
