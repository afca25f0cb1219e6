"""Every route of the contract, called with one user's token and another user's ids."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from support.contract import Operation, operations
from support.people import Person, sign_up
from support.processes import wait_until
from support.user_stores import Traces, furnish

MARKER = "theirs-9c41f2"
PROTECTED = [operation for operation in operations() if not operation.public]
OWNED = [operation for operation in PROTECTED if operation.parameters and "/admin/" not in operation.path]
ADMIN = [operation for operation in PROTECTED if "/admin/" in operation.path]


def call(person, operation: Operation, **ids: str):
    return person.request(operation.method.upper(), operation.path.format(**ids), json=operation.example())


def collection(operation: Operation) -> str:
    return operation.path.partition("/{")[0]


def ids(operations):
    return [operation.id for operation in operations]


@dataclass
class Furnished:
    """A person of whom every store of user data holds something with the marker."""

    person: Person
    traces: Traces

    def __post_init__(self) -> None:
        self.before = self.held()

    def held(self) -> dict[str, list[Any]]:
        """But for copies, which expire by themselves."""
        return {name: things for name, things in self.traces.of(self.person).items() if name != "ReadCache"}

    def id_for(self, operation: Operation) -> str:
        if "/admin/" in operation.path or not operation.parameters:
            return self.person.id
        return self.person.request("GET", collection(operation)).json()["items"][0]["id"]


@pytest.fixture(scope="module")
def furnished(stack, app) -> Furnished:
    person = sign_up(TestClient(app, raise_server_exceptions=False))
    furnish(person, app.state.container, MARKER)
    traces = Traces(stack, app.state.container)
    assert traces.of(person).keys() == set(traces.resources)
    return Furnished(person, traces)


def test_the_contract_has_what_these_tests_are_about():
    assert len(OWNED) >= 4
    assert len(ADMIN) >= 1


@pytest.mark.parametrize("operation", PROTECTED, ids=ids(PROTECTED))
def test_without_a_token_there_is_nothing(anonymous, operation):
    path = operation.path.format(**{name: str(uuid.uuid4()) for name in operation.parameters})

    response = anonymous.request(operation.method.upper(), path, json=operation.example())

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("operation", OWNED, ids=ids(OWNED))
def test_another_users_object_is_like_one_that_does_not_exist(anonymous, furnished, operation):
    mine, theirs, nothing = sign_up(anonymous), furnished.id_for(operation), str(uuid.uuid4())
    path = f"{collection(operation)}/{theirs}"
    before = furnished.person.request("GET", path).json()
    assert before["id"] == theirs

    response = call(mine, operation, id=theirs)
    reference = call(mine, operation, id=nothing)

    assert MARKER not in response.text
    assert response.status_code == reference.status_code
    if operation.method != "put":  # which creates one of my own under that id, and answers 201 both times
        assert response.status_code == 404
        assert comparable(response, theirs) == comparable(reference, nothing)
    assert furnished.person.request("GET", path).json() == before


def comparable(response, object_id):
    problem = {**response.json(), "requestId": None}
    return {
        name: value.replace(object_id, "") if isinstance(value, str) else value
        for name, value in problem.items()
    }


@pytest.mark.parametrize("operation", PROTECTED, ids=ids(PROTECTED))
def test_no_answer_shows_and_no_call_changes_what_any_store_holds_of_another(anonymous, furnished, operation):
    mine, theirs = sign_up(anonymous), furnished.person

    response = call(mine, operation, id=furnished.id_for(operation))

    assert response.status_code < 500
    assert MARKER not in response.text
    assert theirs.email not in response.text
    assert theirs.id not in response.text.replace(response.request.url.path, "")
    assert furnished.held() == furnished.before


@pytest.mark.parametrize("operation", ADMIN, ids=ids(ADMIN))
def test_who_is_no_admin_is_refused(strangers, operation):
    response = call(strangers.mine, operation, id=strangers.theirs.id)

    assert response.status_code == 403
    assert response.json()["code"] == "forbidden"


def test_a_cached_list_is_never_anothers(pair):
    pair.theirs.create_todo(title=MARKER)
    assert wait_until(lambda: pair.theirs.request("GET", "/v1/todos").headers["X-Cache"] == "hit")

    mine = pair.mine.request("GET", "/v1/todos")

    assert mine.json()["items"] == []
    assert mine.headers["X-Cache"] != "hit"


def test_cursors_and_tags_of_another_are_worth_nothing(pair):
    for _ in range(3):
        pair.theirs.create_todo(title=MARKER)
        pair.mine.create_todo()
    page = pair.theirs.request("GET", "/v1/todos?limit=1")

    stolen = pair.mine.request("GET", "/v1/todos", params={"limit": 1, "cursor": page.json()["nextCursor"]})

    assert stolen.status_code == 400
    assert MARKER not in stolen.text


def test_a_feed_holds_nothing_of_others_and_their_tokens_open_none(anonymous, furnished):
    mine = sign_up(anonymous)
    theirs = furnished.person.request("GET", "/v1/sync").json()
    assert MARKER in str(theirs)

    own = mine.request("GET", "/v1/sync")
    borrowed = mine.request("GET", "/v1/sync", params={"token": theirs["nextToken"]})

    assert MARKER not in own.text
    assert {change["id"] for change in own.json()["changes"]} == {mine.id}
    assert (borrowed.status_code, borrowed.json()["code"]) == (400, "invalid_sync_token")


def test_a_push_reaches_nothing_of_others_and_their_tokens_open_none(anonymous, furnished):
    mine = sign_up(anonymous)
    theirs = furnished.person.request("GET", "/v1/sync").json()
    todo = next(change for change in theirs["changes"] if change["type"] == "todo")
    known = {"type": "todo", "id": todo["id"], "ifVersion": todo["version"]}
    mutations = [
        {**known, "mutationId": str(uuid.uuid4()), "op": "patch", "patch": {"title": "mine now"}},
        {**known, "mutationId": str(uuid.uuid4()), "op": "delete"},
    ]

    answer = mine.request("POST", "/v1/sync", json={"mutations": mutations, "token": theirs["nextToken"]})

    assert answer.status_code == 200
    assert [(one["result"], one["code"]) for one in answer.json()["results"]] == [("gone", "not_found")] * 2
    assert (answer.json()["restart"], answer.json()["code"]) == (True, "invalid_sync_token")
    assert MARKER not in answer.text
    assert furnished.person.request("GET", f"/v1/todos/{todo['id']}").json() == todo["data"]
