"""`/v1/users/me/activity`: what happened to the caller's account."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.dependencies import CurrentUser, given
from app.routers.responses import answer, json_response, next_page, problems
from app.routers.strict import new_router
from app.schemas.activity import ActivityList, ActivityParams
from app.services.activity import ActivityLog

router = new_router(prefix="/v1/users/me", tags=["Account"])

ActivityDep = Annotated[ActivityLog, given(lambda container: container.personal_data.activity)]


@router.get(
    "/activity",
    summary="See the activity of my account",
    response_model=ActivityList,
    responses={**answer(200, "Link"), **problems(400, 401, 422)},
)
def list_activity(
    request: Request, user: CurrentUser, activity: ActivityDep, params: Annotated[ActivityParams, Query()]
) -> Response:
    """Sign-ins, failed ones, and changes of password, address and sessions, the newest first. Entries are kept for
    90 days. A refresh of tokens is no sign-in; a password that is asked for again, as by a deletion, is one. An entry
    can be missing, or there twice, where the service failed when it was recorded."""
    page = activity.list(user.id, limit=params.limit, cursor=params.cursor)
    return json_response(ActivityList.of(page), headers=next_page(request, page.next_cursor))
