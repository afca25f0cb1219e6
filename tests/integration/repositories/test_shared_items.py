"""No item that all users share is written in a request: it would be one partition's limit for all of them."""

from typing import Any

from fastapi.testclient import TestClient

from support.files import create
from support.people import Person, sign_up


def test_two_users_who_do_the_same_write_no_common_item(stack: Any) -> None:
    app = stack.app()
    events, written = app.state.container.clients.dynamodb.meta.events, set[str]()
    event = "before-parameter-build.dynamodb"
    note = lambda params, model, **_: written.update(keys(model.name, params))  # noqa: E731
    events.register_first(event, note)

    of_each = []
    for network in (1, 2):  # people of one network share its limits
        do_everything(sign_up(TestClient(app, client=(f"198.51.{network}.1", 50000))))
        of_each.append(set(written))
        written.clear()

    events.unregister(event, note)
    ada, bob = of_each
    assert {key.partition(" ")[0] for key in ada} == {
        stack.env[f"{name}_TABLE"] for name in ("TODOS", "USERS", "FILES", "USER_DATA", "OPERATIONS")
    }
    assert ada & bob == set()


def do_everything(person: Person) -> None:
    """What writes: each kind of change of to-dos, files and the account."""
    todo = person.create_todo()
    person.request("PATCH", f"/v1/todos/{todo['id']}", json={"completed": True})
    person.request("POST", "/v1/todos", json={"title": "Once"}, headers={"Idempotency-Key": "k"})
    person.request("DELETE", f"/v1/todos/{todo['id']}")
    file = create(person)["file"]
    person.request("DELETE", f"/v1/files/{file['id']}")
    person.request("PATCH", "/v1/users/me", json={"name": "Ada"})
    assert person.request("POST", "/v1/auth/logout-all").status_code == 204
    person.sign_in()
    assert person.leave().status_code == 204


def keys(operation: str, params: dict[str, Any]) -> list[str]:
    """The items that a call writes, as `<table> <key>`."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [_key(params)]
    if operation == "TransactWriteItems":
        return [_key(act) for action in params["TransactItems"] for act in action.values()]
    if operation == "BatchWriteItem":
        return [
            f"{table} {sorted(key.items())}"
            for table, requests in params["RequestItems"].items()
            for request in requests
            for key in (request["DeleteRequest"]["Key"],)
        ]
    return []


def _key(action: dict[str, Any]) -> str:
    key = action.get("Key") or {
        name: value
        for name, value in action["Item"].items()
        if name in ("userId", "todoId", "fileId", "email", "pk", "sk")
    }
    return f"{action['TableName']} {sorted(key.items(), key=str)}"
