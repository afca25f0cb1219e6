"""Taking one's data along: the export of an account, and the import of its to-dos into another one."""

from typing import Annotated

from fastapi import Query, Response

from app.dependencies import CurrentUser, PrincipalDep, TodoQuotaDep, TodosDep, given
from app.routers.responses import json_response, problems
from app.routers.strict import StrictRequest, StrictRoute, new_router
from app.schemas.export import ExportOut, Imported, TodosImport, weigh
from app.schemas.users import Me
from app.services.cursors import Cursor
from app.services.export import Export

MAX_IMPORT = 5 * 1024 * 1024
"""Bytes. Any part of an export is smaller; Lambda takes 6 MB."""


class ImportRequest(StrictRequest):
    max_body = MAX_IMPORT


class ImportRoute(StrictRoute):
    request_class = ImportRequest


router = new_router(prefix="/v1", route_class=ImportRoute)

ExportDep = Annotated[Export, given(lambda container: container.personal_data.export)]
ExportCursor = Annotated[
    Cursor | None,
    Query(max_length=1024, description="`nextCursor` of the part before; left out for the first."),
]


@router.get(
    "/users/me/export",
    summary="Export my data",
    tags=["Account"],
    response_model=ExportOut,
    responses=problems(400, 401, 422),
)
def export_me(
    user: CurrentUser,
    principal: PrincipalDep,
    export: ExportDep,
    todo_quota: TodoQuotaDep,
    cursor: ExportCursor = None,
) -> Response:
    """Everything that is held on the caller. A large account comes in several parts of at most 4 MiB and 5000 to-dos:
    go on with `nextCursor` until it is `null`. Each part can be sent to `POST /v1/todos/import` as it is. Links to
    files last for five minutes."""
    part = export.part(user, cursor, weigh=weigh)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="export.json"'}
    return json_response(ExportOut.of(part, Me.of(user, principal.groups, todo_quota)), headers=headers)


@router.post(
    "/todos/import",
    summary="Import to-dos",
    tags=["To-dos"],
    response_model=Imported,
    responses=problems(400, 401, 413, 415, 422),
)
def import_todos(user: CurrentUser, todos: TodosDep, body: TodosImport) -> Response:
    """A part of an export, or any list of to-dos: at most 5000, and 5 MiB. They keep their ids and
    times. What has the id of a to-do that is there already, or was deleted, is skipped, so a repetition is safe, as
    after a 503. It stops where the quota is used up: `overQuota` says how many were left out."""
    added = todos.restore(user.id, [todo.todo() for todo in body.todos])
    skipped = len(body.todos) - added.stored - added.deleted - added.over_quota
    return json_response(
        Imported(imported=added.stored, skipped=skipped, deleted=added.deleted, over_quota=added.over_quota)
    )
