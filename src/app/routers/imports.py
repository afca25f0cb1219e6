"""`/v1/admin/imports`: raw user data, uploaded by administrators or put into the bucket."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.dependencies import AdminUser, given
from app.ports import KeyClaim
from app.routers.creation import Created, CreationDep
from app.routers.responses import answer, json_response, next_page, problems
from app.routers.strict import new_router
from app.schemas.admin import PageParams
from app.schemas.imports import ImportCreate, ImportCreated, ImportDetail, ImportList, ImportWarnings
from app.services.admin.imports import Imports

router = new_router(prefix="/v1/admin/imports", tags=["Administration"])

ImportsDep = Annotated[Imports, given(lambda container: container.imports)]
ImportId = Annotated[UUID, Path(alias="id", description="The import's id.")]


@router.get(
    "",
    summary="List imports",
    response_model=ImportList,
    responses={**answer(200, "Link"), **problems(400, 401, 403, 422)},
)
def list_imports(
    request: Request, user: AdminUser, imports: ImportsDep, params: Annotated[PageParams, Query()]
) -> Response:
    """Those of files put into the bucket, too; the newest first. Kept for 90 days."""
    page = imports.list(user, limit=params.limit, cursor=params.cursor)
    return json_response(ImportList.of(page), headers=next_page(request, page.next_cursor))


@router.post(
    "",
    summary="Import a file of user data",
    status_code=201,
    response_model=ImportCreated,
    responses={
        **answer(201, "Location", "Idempotency-Replayed"),
        **problems(400, 401, 403, 409, 413, 415, 422),
    },
)
def create_import(
    request: Request,
    user: AdminUser,
    imports: ImportsDep,
    creation: CreationDep,
    body: ImportCreate,
) -> Response:
    """Announces a file, and gives a form to upload it straight to S3 within five minutes. The import runs when the
    file has arrived; its report is mailed to you.

    With an `Idempotency-Key`, a repetition within 24 hours is given a fresh form for the same import.
    """

    def create(claim: KeyClaim | None) -> Created:
        record = imports.create(
            user,
            name=body.name,
            content_type=body.content_type,
            size=body.size,
            import_id=claim.resource_id if claim else None,
        )
        return Created(id=record.id)

    created, replay = creation.once(f"POST /v1/admin/imports {body.model_dump_json()}", Created, create)
    return _created(request, imports, created.id, replay)


@router.get(
    "/{id}",
    summary="Get an import and its rejected rows",
    response_model=ImportDetail,
    responses={**answer(200, "Link"), **problems(400, 401, 403, 404, 422)},
)
def get_import(
    request: Request,
    user: AdminUser,
    imports: ImportsDep,
    import_id: ImportId,
    params: Annotated[PageParams, Query()],
) -> Response:
    """The rejected rows come a page at a time, by line."""
    record, page = imports.get(user, str(import_id), limit=params.limit, cursor=params.cursor)
    return json_response(
        ImportDetail.with_rejects(record, page), headers=next_page(request, page.next_cursor)
    )


@router.get(
    "/{id}/warnings",
    summary="List the warnings of an import",
    response_model=ImportWarnings,
    responses={**answer(200, "Link"), **problems(400, 401, 403, 404, 422)},
)
def list_import_warnings(
    request: Request,
    user: AdminUser,
    imports: ImportsDep,
    import_id: ImportId,
    params: Annotated[PageParams, Query()],
) -> Response:
    """What of accepted rows could not be read or was dropped, by line. The first 1000 of an import are kept; a column
    of secrets is named once in a thousand rows."""
    page = imports.warnings(user, str(import_id), limit=params.limit, cursor=params.cursor)
    return json_response(ImportWarnings.of(page), headers=next_page(request, page.next_cursor))


def _created(request: Request, imports: Imports, import_id: str, replay: dict[str, str]) -> Response:
    record = imports.find(import_id)
    location = {"Location": f"{request.url.path}/{record.id}", "Cache-Control": "no-store"}
    created = ImportCreated.of(record, imports.upload(record))
    return json_response(created, 201, {**location, **replay})
