"""The walk with openapi-python-client. Run with the generated package beside it and API, EMAIL, PASSWORD set."""

import datetime
import os
import time
import uuid

import httpx
from todo_client import AuthenticatedClient, Client
from todo_client.api.files import complete_file, create_file, get_file
from todo_client.api.sign_in import log_in
from todo_client.api.to_dos import create_todo, get_todo, list_todos, update_todo
from todo_client.models import (
    File,
    FileComplete,
    FileCreate,
    FileCreated,
    FinishedPart,
    LogIn,
    Priority,
    Problem,
    Sort,
    ToDo,
    ToDoCreate,
    ToDoList,
    ToDoPatch,
    TokenSet,
    UploadForm,
    UploadParts,
)

API, EMAIL, PASSWORD = (os.environ[name] for name in ("API", "EMAIL", "PASSWORD"))
SMALL = b"hello\n"
LARGE = 100 * 1024 * 1024 + 1
"""Bytes; more than a form takes."""
SECONDS = 60


def refuse(response: httpx.Response) -> None:
    """Raise for API Gateway's own refusals: they are no `Problem`, which is all that the client parses."""
    if response.is_error and not response.headers["Content-Type"].startswith("application/problem+json"):
        response.raise_for_status()


HOOKS = {"event_hooks": {"response": [refuse]}}


def say(step: str, *values: object) -> None:
    print(f"{step}: {', '.join(map(str, values))}")


def sign_in() -> AuthenticatedClient:
    client = Client(API, httpx_args=HOOKS)
    tokens = log_in.sync(client=client, body=LogIn(email=EMAIL, password=PASSWORD))
    assert isinstance(tokens, TokenSet)
    say("sign-in", tokens.token_type, tokens.expires_in)
    return AuthenticatedClient(API, tokens.access_token, httpx_args=HOOKS)


def todos(client: AuthenticatedClient) -> None:
    body = ToDoCreate(title="Buy oat milk", due_on=datetime.date(2030, 1, 31), priority=Priority.HIGH)
    created = create_todo.sync_detailed(client=client, body=body, idempotency_key=str(uuid.uuid4()))
    todo = created.parsed
    assert isinstance(todo, ToDo)
    say("create", created.headers["ETag"], todo.due_on, todo.priority)

    page = list_todos.sync(client=client, sort=Sort.DUE, due_before="2030-02-01")
    assert isinstance(page, ToDoList)
    say("list", *(item.title for item in page.items), page.next_cursor or "null")

    update_todo.sync(todo.id, client=client, body=ToDoPatch(completed=True), if_match='"1"')
    problem = update_todo.sync(todo.id, client=client, body=ToDoPatch(title="?"), if_match='"1"')
    assert isinstance(problem, Problem)
    assert isinstance(problem.current, ToDo)
    say(str(problem.status), problem.code, problem.current.version)

    cleared = update_todo.sync(todo.id, client=client, body=ToDoPatch(due_on=None), if_match='"2"')
    assert isinstance(cleared, ToDo)
    say("clear the due date", "null" if cleared.due_on is None else cleared.due_on, cleared.version)


def create(client: AuthenticatedClient, size: int) -> FileCreated:
    body = FileCreate(name=f"{size}.bin", content_type="application/octet-stream", size=size)
    created = create_file.sync(client=client, body=body, idempotency_key=str(uuid.uuid4()))
    assert isinstance(created, FileCreated)
    return created


def settled(client: AuthenticatedClient, file: File) -> File:
    """Look until the file is not `pending` any more."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        now = get_file.sync(file.id, client=client)
        assert isinstance(now, File)
        if now.status != "pending":
            return now
        time.sleep(0.3)
    raise TimeoutError(f"the file is pending after {SECONDS} s")


def by_form(client: AuthenticatedClient) -> None:
    created = create(client, len(SMALL))
    assert isinstance(created.upload, UploadForm)
    fields = created.upload.fields.additional_properties
    httpx.post(created.upload.url, data=fields, files={"file": SMALL}).raise_for_status()
    file = settled(client, created.file)
    say("upload by form", file.status, file.size)


def by_parts(client: AuthenticatedClient) -> None:
    created = create(client, LARGE)
    assert isinstance(created.upload, UploadParts)
    finished = []
    for part in created.upload.parts:
        answer = httpx.put(part.url, content=bytes(part.size), timeout=60).raise_for_status()
        finished.append(FinishedPart(number=part.number, etag=answer.headers["ETag"]))
    complete_file.sync(created.file.id, client=client, body=FileComplete(parts=finished))
    file = settled(client, created.file)
    say("upload by parts", file.status, file.size, len(finished))


def refused_by_the_gateway() -> None:
    gateway = httpx.MockTransport(lambda _: httpx.Response(401, json={"message": "Unauthorized"}))
    client = AuthenticatedClient(API, "expired", httpx_args={**HOOKS, "transport": gateway})
    try:
        get_todo.sync(uuid.uuid4(), client=client)
    except httpx.HTTPStatusError as error:
        say("refused by the gateway", error.response.status_code)


client = sign_in()
todos(client)
by_form(client)
by_parts(client)
refused_by_the_gateway()
