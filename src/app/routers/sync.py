"""`/v1/sync`."""

from typing import Annotated

from fastapi import Query, Response

from app.dependencies import CurrentUser, given
from app.routers.responses import problems
from app.routers.strict import new_router
from app.schemas.sync import SyncOut, SyncParams, change_json, page_json
from app.services.sync import Sync

TAG = {"name": "Sync", "description": "What has changed since a device has asked last."}
router = new_router(prefix="/v1", tags=[TAG["name"]])

SyncDep = Annotated[Sync, given(lambda container: container.personal_data.sync)]


@router.get(
    "/sync",
    summary="Get what has changed",
    response_model=SyncOut,
    responses={
        204: {"description": "Nothing has changed. Go on with the token that you have."},
        **problems(400, 401, 410, 422),
    },
)
def get_changes(user: CurrentUser, sync: SyncDep, params: Annotated[SyncParams, Query()]) -> Response:
    """To-dos, files and the profile that have changed since `token`, each once and as it is now; without a token all
    of them. An answer holds at most 1000 changes and 4 MiB. A deletion is sent for 90 days, a token is good for 60.
    After 410 `sync_token_expired`, or 400 `invalid_sync_token`, start again without a token, and drop what is not
    sent then."""
    page = sync.pull(user, params.token, limit=params.limit, render=change_json)
    if page is None:
        return Response(status_code=204)
    return Response(page_json(page), media_type="application/json")
