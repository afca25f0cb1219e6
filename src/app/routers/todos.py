"""`/v1/todos`."""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Path, Query, Request, Response

from app.auth.principal import Principal
from app.dependencies import CurrentUser, GuardDep, IfMatch, IfNoneMatch, PrincipalDep, TodosDep
from app.errors import AppError
from app.models.todos import Todo
from app.ports.idempotency import KeyClaim
from app.routers.creation import CreationDep
from app.routers.preconditions import etag, matches, precondition, showing_current
from app.routers.responses import (
    NOT_MODIFIED,
    answer,
    json_response,
    next_page,
    page_response,
    problems,
)
from app.routers.strict import new_router
from app.schemas.todos import (
    TodoCreate,
    TodoList,
    TodoListParams,
    TodoOut,
    TodoPatch,
    TodoReplace,
    todos_json,
)
from app.services.todos import Rendering, Todos
from app.threads import beginning_with, tried_on_the_loop

TAG = {"name": "To-dos", "description": "The caller's to-dos: filters, versions, safe repetition."}
router = new_router(prefix="/v1/todos", tags=[TAG["name"]])

TodoId = Annotated[UUID, Path(alias="id", description="The to-do's id.")]


_RENDERING = Rendering("1", todos_json)
"""Raise the number when to-dos are sent differently: a release must not send what another has kept."""


def _expect_list(
    *,
    principal: Principal,
    todos: Todos,
    params: TodoListParams,
    if_none_match: str | None,
    **_others: Any,
) -> None:
    """A conditional request is often answered by the account alone. A wrong cursor is refused after the guard."""
    if if_none_match is None:
        with suppress(AppError):
            todos.expect_page(principal.user_id, params.page(), _RENDERING)


@router.get(
    "",
    summary="List to-dos",
    response_model=TodoList,
    responses={**answer(200, "ETag", "Link"), **NOT_MODIFIED, **problems(400, 401, 422)},
)
@tried_on_the_loop
@beginning_with(_expect_list)
def list_todos(
    request: Request,
    principal: PrincipalDep,
    user: CurrentUser,
    todos: TodosDep,
    params: Annotated[TodoListParams, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The caller's to-dos, a page at a time. The `ETag` changes with each change of any of them."""
    page = params.page()
    headers = {"ETag": f'W/"{user.revision}"'}
    if matches(headers["ETag"], if_none_match):
        todos.check_cursor(user.id, page.query, page.cursor)
        return Response(status_code=304, headers=headers)
    items, following = todos.rendered(user.id, page, user.revision, _RENDERING)
    return page_response(items, following, headers | next_page(request, following))


def _expect_creation(*, principal: Principal, todos: Todos, **_others: Any) -> None:
    todos.expect_write(principal.user_id)


@router.post(
    "",
    summary="Create a to-do",
    status_code=201,
    response_model=TodoOut,
    responses={
        **answer(201, "ETag", "Location", "Idempotency-Replayed"),
        **problems(400, 401, 409, 413, 415, 422),
    },
)
@beginning_with(_expect_creation)
def create_todo(
    request: Request,
    principal: PrincipalDep,
    guard: GuardDep,
    todos: TodosDep,
    creation: CreationDep,
    body: TodoCreate,
) -> Response:
    """With an `Idempotency-Key`, a repetition within 24 hours replays the first answer, unless the to-do was deleted
    since: 409 `todo_deleted`."""
    content, todo_id = body.content(), str(body.id) if body.id else None
    canonical = body.model_dump_json() if creation.key else ""
    token = f"{creation.key}/{canonical}" if creation.key else uuid4().hex
    if creation.key is None and (
        made := todos.create_at_once(
            principal.user_id, content, todo_id=todo_id, retry_token=token, admits=guard.admits
        )
    ):
        return _created(request, TodoOut.of(made))
    user = guard.account()

    def create(_claim: KeyClaim | None) -> TodoOut:
        return TodoOut.of(todos.create(user.id, content, todo_id=todo_id, retry_token=token, account=user))

    todo, replay = creation.once(f"POST /v1/todos {canonical}", TodoOut, create)
    if replay:
        todos.refuse_deleted(user.id, todo.id)
    return _created(request, todo, replay)


def _created(request: Request, todo: TodoOut, replay: dict[str, str] | None = None) -> Response:
    headers = {"Location": f"{request.url.path}/{todo.id}", "ETag": etag(todo), **(replay or {})}
    return json_response(todo, 201, headers)


def _expect_todo(*, principal: Principal, todos: Todos, todo_id: UUID, **_others: Any) -> None:
    todos.expect(principal.user_id, str(todo_id))


def _expect_change(*, principal: Principal, todos: Todos, todo_id: UUID, **_others: Any) -> None:
    todos.expect_change(principal.user_id, str(todo_id))


@router.get(
    "/{id}",
    summary="Get a to-do",
    response_model=TodoOut,
    responses={**answer(200, "ETag"), **NOT_MODIFIED, **problems(400, 401, 404, 410, 422)},
)
@tried_on_the_loop
@beginning_with(_expect_todo)
def get_todo(
    principal: PrincipalDep,
    user: CurrentUser,
    todos: TodosDep,
    todo_id: TodoId,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Someone else's to-do is a 404, like one that does not exist."""
    todo = todos.get(user.id, str(todo_id))
    if matches(etag(todo), if_none_match):
        return Response(status_code=304, headers={"ETag": etag(todo)})
    return _representation(todo)


@router.put(
    "/{id}",
    summary="Create or replace a to-do",
    response_model=TodoOut,
    responses={
        **answer(200, "ETag"),
        **answer(201, "ETag", "Location", model=TodoOut, description="Created or restored."),
        **problems(400, 401, 409, 410, 412, 413, 415, 422),
    },
)
@beginning_with(_expect_change)
def put_todo(
    request: Request,
    principal: PrincipalDep,
    user: CurrentUser,
    todos: TodosDep,
    todo_id: TodoId,
    body: TodoReplace,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Make a to-do under an id of your own with `If-None-Match: *`; repeat it safely after a lost connection: what
    was deleted meanwhile stays deleted. `If-Match` with the version in a 410 answer restores a deleted to-do."""
    with showing_current():
        todo, created = todos.put(
            user.id, str(todo_id), body.content(), precondition(if_match, if_none_match), account=user
        )
    if not created:
        return _representation(todo)
    return _representation(todo, 201, {"Location": request.url.path})


@router.patch(
    "/{id}",
    summary="Change a to-do",
    response_model=TodoOut,
    responses={**answer(200, "ETag"), **problems(400, 401, 404, 410, 412, 413, 415, 422)},
)
@beginning_with(_expect_change)
def update_todo(
    principal: PrincipalDep,
    user: CurrentUser,
    todos: TodosDep,
    todo_id: TodoId,
    body: TodoPatch,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """JSON merge patch. With `If-Match`, a change by someone else in between is a 412 that shows it."""
    with showing_current():
        todo = todos.patch(
            user.id, str(todo_id), body.changes(), precondition(if_match, if_none_match), account=user
        )
    return _representation(todo)


@router.delete(
    "/{id}", summary="Delete a to-do", status_code=204, responses=problems(400, 401, 404, 410, 412, 422)
)
@beginning_with(_expect_change)
def delete_todo(
    principal: PrincipalDep,
    user: CurrentUser,
    todos: TodosDep,
    todo_id: TodoId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Its id answers 410 from then on. With `If-Match`, only the version that you have seen is deleted."""
    with showing_current():
        todos.delete(user.id, str(todo_id), precondition(if_match, if_none_match), account=user)
    return Response(status_code=204)


def _representation(todo: Todo, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return json_response(TodoOut.of(todo), status, {"ETag": etag(todo), **(headers or {})})
