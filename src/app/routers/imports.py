"""`/v1/admin/imports`: raw user data, uploaded by administrators or put into the bucket."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.dependencies import AdminUser, given
from app.ports.idempotency import KeyClaim
from app.routers.creation import Created, CreationDep
from app.routers.responses import answer, json_response, next_page, problems
from app.routers.strict import new_router
from app.schemas.admin import PageParams
from app.schemas.imports import (
    ImportCreate,
    ImportCreated,
    ImportDetail,
    ImportList,
    ImportOut,
    ImportWarnings,
)
from app.schemas.previews import ImportPreview, ImportRun
from app.services.admin.imports import Imports
from app.services.admin.previews import Previews

router = new_router(prefix="/v1/admin/imports", tags=["Administration"])

ImportsDep = Annotated[Imports, given(lambda container: container.operator.imports)]
PreviewsDep = Annotated[Previews, given(lambda container: container.operator.previews)]
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

    With `dryRun`, the file is read whole and no user data is stored: the import ends as `previewed`, without a mail.
    See it at `/v1/admin/imports/{id}/preview`, and import the same file with `/v1/admin/imports/{id}/run`.

    With an `Idempotency-Key`, a repetition within 24 hours is given a fresh form for the same import.
    """

    def create(claim: KeyClaim | None) -> Created:
        record = imports.create(
            user,
            name=body.name,
            content_type=body.content_type,
            size=body.size,
            dry_run=body.dry_run,
            import_id=claim.resource_id if claim else None,
        )
        return Created(id=record.id)

    request_line = f"POST /v1/admin/imports {body.model_dump_json(exclude_defaults=True)}"
    created, replay = creation.once(request_line, Created, create)
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
    """The values of accepted rows that could not be read or were dropped, by line. The first 1000 of an
    import are kept; a column of secrets is named once in a thousand rows."""
    page = imports.warnings(user, str(import_id), limit=params.limit, cursor=params.cursor)
    return json_response(ImportWarnings.of(page), headers=next_page(request, page.next_cursor))


@router.get(
    "/{id}/preview",
    summary="Get the preview of a dry run",
    response_model=ImportPreview,
    responses=problems(400, 401, 403, 404, 410, 422),
)
def get_import_preview(user: AdminUser, previews: PreviewsDep, import_id: ImportId) -> Response:
    """The meaning of each column, and the first rows as they would be stored, for 24 hours. Then 410."""
    preview = ImportPreview.of(previews.get(str(import_id)))
    return json_response(preview, headers={"Cache-Control": "no-store"})


@router.post(
    "/{id}/run",
    summary="Import the file of a dry run",
    status_code=201,
    response_model=ImportOut,
    responses={
        **answer(201, "Location", "Idempotency-Replayed"),
        **problems(400, 401, 403, 404, 409, 410, 413, 415, 422),
    },
)
def run_import(
    request: Request,
    user: AdminUser,
    imports: ImportsDep,
    previews: PreviewsDep,
    creation: CreationDep,
    import_id: ImportId,
    body: ImportRun,
) -> Response:
    """Starts an import of its own, within 24 hours of the preview; its report is mailed to you. There is one for each
    dry run: a repetition answers with the same, another mapping with a 409.
    """

    def run(_claim: KeyClaim | None) -> Created:
        return Created(id=previews.run(user, str(import_id), body.mapping).id)

    request_line = f"POST /v1/admin/imports/{import_id}/run {body.model_dump_json()}"
    created, replay = creation.once(request_line, Created, run)
    location = f"{request.url.path.rsplit('/', 2)[0]}/{created.id}"
    headers = {"Location": location, "Cache-Control": "no-store", **replay}
    return json_response(ImportOut.of(imports.find(created.id)), 201, headers)


def _created(request: Request, imports: Imports, import_id: str, replay: dict[str, str]) -> Response:
    record = imports.find(import_id)
    location = {"Location": f"{request.url.path}/{record.id}", "Cache-Control": "no-store"}
    created = ImportCreated.of(record, imports.upload(record))
    return json_response(created, 201, {**location, **replay})
