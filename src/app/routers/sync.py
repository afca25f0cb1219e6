"""`/v1/sync`."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Response

from app.auth.principal import Principal
from app.dependencies import CurrentUser, PrincipalDep, given
from app.errors import Conflict
from app.routers.responses import problems
from app.routers.strict import StrictRequest, StrictRoute, new_router
from app.schemas.mutation_results import result_json
from app.schemas.mutations import SyncPush
from app.schemas.sync import (
    SyncOut,
    SyncParams,
    SyncPushOut,
    change_json,
    page_json,
    push_json,
    restart_json,
)
from app.services.push import Push, Result, rendered
from app.services.sync import MAX_CHANGES, Sync, SyncPage
from app.services.sync_tokens import InvalidSyncToken, SyncTokenExpired
from app.threads import beginning_with, tried_on_the_loop

TAG = {
    "name": "Sync",
    "description": "What has changed since a device has asked last, and what it has changed.",
}

MAX_PUSH = 1024 * 1024
"""Bytes."""


class PushRequest(StrictRequest):
    max_body = MAX_PUSH


class PushRoute(StrictRoute):
    request_class = PushRequest


router = new_router(prefix="/v1", tags=[TAG["name"]], route_class=PushRoute)

SyncDep = Annotated[Sync, given(lambda container: container.personal_data.sync)]
PushDep = Annotated[Push, given(lambda container: container.personal_data.push)]


@router.get(
    "/sync",
    summary="Get what has changed",
    response_model=SyncOut,
    responses={
        204: {"description": "Nothing has changed. Go on with the token that you have."},
        **problems(400, 401, 410, 422),
    },
)
@tried_on_the_loop
def get_changes(user: CurrentUser, sync: SyncDep, params: Annotated[SyncParams, Query()]) -> Response:
    """To-dos, files and the profile that have changed since `token`, each once and as it is now; without a token all
    of them. An answer holds at most 1000 changes and 4 MiB. A deletion is sent for 90 days, a token is good for 60.
    After 410 `sync_token_expired`, or 400 `invalid_sync_token`, start again without a token, and drop what is not
    sent then."""
    page = sync.pull(user, params.token, limit=params.limit, render=change_json)
    if page is None:
        return Response(status_code=204)
    return Response(page_json(page), media_type="application/json")


def _expect_push(*, principal: Principal, push: Push, **_others: Any) -> None:
    push.expect_write(principal.user_id)


@router.post(
    "/sync",
    summary="Send changes made offline, and get what has changed",
    response_model=SyncPushOut,
    responses=problems(400, 401, 409, 413, 415, 422),
)
@beginning_with(_expect_push)
def push_changes(
    principal: PrincipalDep, user: CurrentUser, push: PushDep, sync: SyncDep, body: SyncPush
) -> Response:
    """At most 100 mutations and 1 MiB. Each gets a result: `applied`; `replayed`, because it was applied before;
    `merged` with later changes of other fields; `conflict`, `gone` or `invalid`, and then nothing of it is stored.
    That stops no other one, unless they are `atomic`: 409 `not_applied`, and nothing is stored.

    Changes that a result tells already are left out. A token that cannot be used refuses the changes only: then
    `restart` is `true`. `token` also says which versions `ifVersion` is one of: after data were restored, those
    before are a `conflict` of code `restored`. After a 503 or a lost answer, send all of it again."""
    is_restored = not sync.has_seen_these(user, body.token)
    results, reached = push.push(user.id, body.parsed(), atomic=body.atomic, is_restored=is_restored)
    if body.atomic:
        _refuse(results)
    sent, known = rendered(results, reached, result_json)
    try:
        page = sync.pull(user, body.token, limit=MAX_CHANGES, render=change_json, known=known)
    except (InvalidSyncToken, SyncTokenExpired) as error:
        return _json(restart_json(sent, error.code))
    if page is None and body.token is not None:
        page = SyncPage((), has_more=False, token=body.token)
    assert page is not None  # noqa: S101 - without a token there is a page
    return _json(push_json(sent, page))


def _refuse(results: Sequence[Result]) -> None:
    """Raises `Conflict` with those that cannot be applied."""
    refused = [json.loads(result_json(result)) for result in results if not result.is_accepted]
    if refused:
        raise Conflict(
            "Not all of these can be applied, so none is.", code="not_applied", members={"results": refused}
        )


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
