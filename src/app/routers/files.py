"""`/v1/files`."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.dependencies import CurrentUser, given
from app.models.files import File
from app.ports.idempotency import KeyClaim
from app.routers.creation import Created, CreationDep
from app.routers.responses import answer, json_response, next_page, problems
from app.routers.strict import new_router
from app.schemas.files import (
    DownloadLink,
    FileComplete,
    FileCreate,
    FileCreated,
    FileList,
    FileListParams,
    FileOut,
    FileUsage,
)
from app.services.files.service import Files

TAG = {"name": "Files", "description": "The caller's files, uploaded to and downloaded from S3 directly."}
router = new_router(prefix="/v1/files", tags=[TAG["name"]])

FilesDep = Annotated[Files, given(lambda container: container.personal_data.files)]
FileId = Annotated[UUID, Path(alias="id", description="The file's id.")]
_PRIVATE = {"Cache-Control": "no-store"}
"""For answers with a link or a form, which work without a token."""


@router.get(
    "",
    summary="List files",
    response_model=FileList,
    responses={**answer(200, "Link"), **problems(400, 401, 422)},
)
def list_files(
    request: Request, user: CurrentUser, files: FilesDep, params: Annotated[FileListParams, Query()]
) -> Response:
    """The caller's files, the newest first, a page at a time."""
    page = files.list(user.id, limit=params.limit, cursor=params.cursor)
    items = [FileOut.of(file) for file in page.items]
    usage = FileUsage.of(*files.usage(user.id))
    return json_response(
        FileList(items=items, next_cursor=page.next_cursor, usage=usage),
        headers=next_page(request, page.next_cursor),
    )


@router.post(
    "",
    summary="Create a file",
    status_code=201,
    response_model=FileCreated,
    responses={
        **answer(201, "Location", "Idempotency-Replayed"),
        **problems(400, 401, 404, 409, 413, 415, 422),
    },
)
def create_file(
    request: Request,
    user: CurrentUser,
    files: FilesDep,
    creation: CreationDep,
    body: FileCreate,
) -> Response:
    """Announces a file, and says how to upload it straight to S3: as one form within five minutes, or in parts within
    an hour where it is large. It is `pending` until S3 reports the upload, then `available`. A 409 `quota_exceeded`
    asks to delete files first.

    With an `Idempotency-Key`, a repetition within the hour is given a fresh upload for the same file.
    """

    new: File | None = None

    def create(claim: KeyClaim | None) -> Created:
        nonlocal new
        file = files.create(
            user.id, name=body.name, content_type=body.content_type, size=body.size, claim=claim
        )
        new = None if claim is not None and claim.resumed else file  # an earlier run may have stored another
        return Created(id=file.id)

    created, replay = creation.once(f"POST /v1/files {body.model_dump_json()}", Created, create)
    return _created(request, files, user.id, new or files.get(user.id, created.id), replay)


@router.get("/{id}", summary="Get a file", response_model=FileOut, responses=problems(401, 404, 422))
def get_file(user: CurrentUser, files: FilesDep, file_id: FileId) -> Response:
    """Look again while its status is `pending`: S3 reports the upload within seconds."""
    return _representation(files.get(user.id, str(file_id)))


@router.post(
    "/{id}/complete",
    summary="Complete a file uploaded in parts",
    status_code=202,
    response_model=FileOut,
    responses=problems(400, 401, 404, 409, 413, 415, 422),
)
def complete_file(user: CurrentUser, files: FilesDep, file_id: FileId, body: FileComplete) -> Response:
    """Puts the parts together. The file is `available` once S3 has reported it. Safe to repeat."""
    return _representation(files.complete(user.id, str(file_id), body.etags()), 202)


@router.get(
    "/{id}/download",
    summary="Get a link to download a file",
    response_model=DownloadLink,
    responses=problems(401, 404, 409, 422, 429),
)
def download_file(user: CurrentUser, files: FilesDep, file_id: FileId) -> Response:
    """The link is good for five minutes, and always saves the file: no browser shows it in place. Each link counts
    the file's size, whether or not it is used, against what may be downloaded in a day (UTC): beyond it, 429
    `download_limit_reached`. The first of a day is always made. The links of an export count, too."""
    return json_response(DownloadLink.of(files.download(user.id, str(file_id))), headers=_PRIVATE)


@router.delete("/{id}", summary="Delete a file", status_code=204, responses=problems(401, 404, 422))
def delete_file(user: CurrentUser, files: FilesDep, file_id: FileId) -> Response:
    """Deletes it with all that was ever uploaded as it. There is no way back."""
    files.delete(user.id, str(file_id))
    return Response(status_code=204)


def _created(request: Request, files: Files, user_id: str, file: File, replay: dict[str, str]) -> Response:
    location = {"Location": f"{request.url.path}/{file.id}"}
    created = FileCreated.of(file, files.upload(user_id, file))
    return json_response(created, 201, {**location, **_PRIVATE, **replay})


def _representation(file: File, status: int = 200) -> Response:
    return json_response(FileOut.of(file), status)
