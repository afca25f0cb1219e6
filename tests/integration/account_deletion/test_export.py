"""Taking one's data along: all of it, and back into another account without loss."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta

import httpx

from app.models.todos import Todo
from app.schemas.export import TodosImport
from app.services import export as exporting
from app.services.export import NotRead
from support.processes import wait_until
from support.user_stores import SEEDS

SERVERS_OWN = {"version", "revision"}
LAMBDA_LIMIT = 6 * 1024 * 1024


def parts_of(person) -> list[dict]:
    parts, cursor = [], None
    while cursor is not None or not parts:
        response = person.request("GET", "/v1/users/me/export", params={"cursor": cursor} if cursor else {})
        assert response.status_code == 200, response.text
        assert len(json.dumps(response.text)) < LAMBDA_LIMIT
        parts.append(response.json())
        cursor = parts[-1]["nextCursor"]
    return parts


def todos_in(parts) -> dict[str, dict]:
    todos = [todo for part in parts for todo in part["todos"]]
    assert len({todo["id"] for todo in todos}) == len(todos)
    return {todo["id"]: {k: v for k, v in todo.items() if k not in SERVERS_OWN} for todo in todos}


def bring(person, part) -> dict:
    response = person.request("POST", "/v1/todos/import", json=part)
    assert response.status_code == 200, response.text
    return response.json()


def stock(app, person, size: int, seed: int, notes: int = 40) -> None:
    """To-dos as years of use leave them: old ones, done ones, in every language, due in every way."""
    chance = random.Random(seed)
    app.state.container.todos.restore(person.id, [any_todo(chance, notes) for _ in range(size)])


def any_todo(chance: random.Random, notes: int) -> Todo:
    created = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=chance.randrange(10**11))
    completed = chance.random() < 0.5
    due = chance.choice([{}, {"due_on": created.date()}, {"due_at": created + timedelta(days=3)}])
    return Todo(
        id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        title=chance.choice(["Milch", '"quoted" \\ back', "買い物", "🦊 & <b>", "ends with dot."]),
        notes=chance.choice(["", "two\nlines\tand a tab", "ü" * notes]),
        completed=completed,
        completed_at=created + timedelta(hours=1) if completed else None,
        priority=chance.choice(["none", "low", "medium", "high"]),
        tags=tuple(chance.sample(["a", "b", "ç", "tag with space"], chance.randrange(4))),
        list=chance.choice(["inbox", "Arbeit"]),
        created_at=created,
        updated_at=created + timedelta(hours=2),
        **due,
    )


def test_everything_that_is_held_is_in_it(ada, bob, app):
    container = app.state.container
    ada.request("PATCH", "/v1/users/me", json={"locale": "en-GB", "timeZone": "Europe/London"})
    todo = ada.create_todo(title="Mine", notes="private")
    gone = ada.create_todo(title="Gone")
    ada.request("DELETE", f"/v1/todos/{gone['id']}")
    bob.create_todo(title="Not mine")
    file = upload(ada, b"hello")
    held = {"M": {"shoeSize": {"N": "43"}, "height": {"N": "1.8"}, "likes": {"L": [{"S": "tea"}]}}}
    container.clients.dynamodb.put_item(
        TableName=container.settings.tables["user_data"],
        Item={"email": {"S": ada.email}, "userId": {"S": ada.id}, "attributes": held, "x": {"NULL": True}},
    )

    response = ada.request("GET", "/v1/users/me/export")

    exported = response.json()
    assert exported["profile"] == ada.request("GET", "/v1/users/me").json()
    assert exported["todos"] == [todo]
    assert exported["userData"]["attributes"] == {"shoeSize": 43, "height": 1.8, "likes": ["tea"]}
    assert exported["nextCursor"] is None
    assert [f["id"] for f in exported["files"]] == [file["id"]]
    link = exported["files"][0]["download"]["url"]
    assert httpx.get(link, timeout=60, trust_env=False).content == b"hello"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_what_a_store_holds_is_in_it_unless_the_store_says_why_not(ada, app):
    container = app.state.container
    exported = [
        store.name for store in container.personal_data.user_stores if not isinstance(store.export, NotRead)
    ]

    for name in exported:
        SEEDS[name](ada, container, f"marker-of-{name}")
    text = json.dumps(parts_of(ada))

    assert exported
    assert [name for name in exported if f"marker-of-{name}" in text] == exported


def upload(person, content: bytes) -> dict:
    announced = {"name": "a.txt", "contentType": "text/plain", "size": len(content)}
    created = person.request("POST", "/v1/files", json=announced).json()
    form = created["upload"]
    posted = httpx.post(
        form["url"], data=form["fields"], files={"file": content}, timeout=60, trust_env=False
    )
    assert posted.status_code in (200, 201, 204)
    url = f"/v1/files/{created['file']['id']}"
    assert wait_until(lambda: person.request("GET", url).json()["status"] == "available")
    return created["file"]


def test_another_persons_data_are_not_in_it(ada, app):
    container = app.state.container
    container.clients.dynamodb.put_item(
        TableName=container.settings.tables["user_data"],
        Item={"email": {"S": ada.email}, "userId": {"S": "another-user"}, "name": {"S": "Eve"}},
    )

    assert ada.request("GET", "/v1/users/me/export").json()["userData"] is None


def test_it_comes_back_without_loss_in_another_account(ada, bob, app):
    stock(app, ada, 300, seed=7)
    exported = parts_of(ada)

    for part in exported:
        assert bring(bob, part) == {
            "imported": len(part["todos"]),
            "skipped": 0,
            "deleted": 0,
            "overQuota": 0,
        }

    assert todos_in(parts_of(bob)) == todos_in(exported)
    assert len(todos_in(exported)) == 300
    revisions = sorted(todo["revision"] for part in parts_of(bob) for todo in part["todos"])
    assert revisions == list(range(1, 301))
    assert bob.request("GET", "/v1/users/me").status_code == 200


def test_a_repetition_changes_nothing_and_newer_changes_stay(ada, bob):
    one, two = ada.create_todo(title="One"), ada.create_todo(title="Two")
    (exported,) = parts_of(ada)
    bring(bob, exported)
    changed = bob.request("PATCH", f"/v1/todos/{one['id']}", json={"title": "Newer"}).json()
    bob.request("DELETE", f"/v1/todos/{two['id']}")

    assert bring(bob, exported) == {"imported": 0, "skipped": 1, "deleted": 1, "overQuota": 0}

    assert bob.request("GET", f"/v1/todos/{one['id']}").json() == changed
    assert bob.request("GET", f"/v1/todos/{two['id']}").json()["code"] == "todo_deleted"
    assert ada.request("GET", f"/v1/todos/{two['id']}").json() == two


def test_a_large_account_comes_in_parts_each_of_which_can_be_imported(ada, bob, app, monkeypatch):
    monkeypatch.setattr(exporting, "MAX_BYTES", 60_000)
    stock(app, ada, 200, seed=8, notes=200)

    exported = parts_of(ada)

    assert len(exported) > 2
    assert len(todos_in(exported)) == 200
    for part in exported:
        bring(bob, part)
    assert todos_in(parts_of(bob)) == todos_in(exported)


def test_the_largest_todos_there_can_be_fit_into_the_answers(ada, bob, app):
    largest = {
        "title": "🦊" * 500,
        "notes": "🦊" * 10_000,
        "tags": [f"{n:02}" + "🦊" * 48 for n in range(20)],
    }
    created = "2020-01-01T00:00:00.000Z"
    todos = [{"id": str(uuid.uuid4()), "createdAt": created, **largest} for _ in range(60)]
    for begin in range(0, 60, 20):
        bring(ada, {"todos": todos[begin : begin + 20]})

    exported = parts_of(ada)

    assert len(todos_in(exported)) == 60
    for part in exported:
        bring(bob, part)
    assert todos_in(parts_of(bob)) == todos_in(exported)


def test_a_cursor_is_good_for_its_owner_alone(ada, bob, app, monkeypatch):
    monkeypatch.setattr(exporting, "MAX_BYTES", 1)
    stock(app, ada, 40, seed=9)
    cursor = ada.request("GET", "/v1/users/me/export").json()["nextCursor"]

    stolen = bob.request("GET", "/v1/users/me/export", params={"cursor": cursor})

    assert (stolen.status_code, stolen.json()["code"]) == (400, "invalid_cursor")


def test_what_cannot_be_imported_is_refused_whole(ada):
    good = {"id": str(uuid.uuid4()), "title": "Good", "createdAt": "2020-01-01T00:00:00Z"}
    for wrong in (
        {"title": " "},
        {"id": "1"},
        {"createdAt": "yesterday"},
        {"completedAt": 5},
        {"dueOn": "x"},
    ):
        response = ada.request("POST", "/v1/todos/import", json={"todos": [good, {**good, **wrong}]})

        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"].startswith("/todos/1/")
    assert ada.request("POST", "/v1/todos/import", json={"todos": [good] * 5001}).status_code == 422
    assert ada.request("GET", "/v1/todos").json()["items"] == []


def test_too_large_a_body_is_refused(ada):
    body = b'{"todos": [], "x": "' + b"x" * 5 * 1024 * 1024 + b'"}'

    response = ada.request(
        "POST", "/v1/todos/import", content=body, headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 413


def test_a_part_of_an_export_is_a_valid_import_by_its_schema(ada):
    ada.create_todo(title="One", completed=True, dueOn="2030-01-01")
    (exported,) = parts_of(ada)

    (todo,) = TodosImport.model_validate(exported).todos

    assert todo.completed_at is not None
