"""`/v1/admin`: for members of the group `admin`. `app.auth.admin_gate` refuses all others."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from app.dependencies import AdminUser, given
from app.routers.responses import answer, json_response, next_page, problems
from app.routers.strict import new_router
from app.schemas.admin import (
    AlarmList,
    AuditList,
    CostsOut,
    DeadLetterList,
    DeadLetterParams,
    PageParams,
    Queue,
    RedriveOut,
    Stats,
    UserList,
    UserListParams,
)
from app.schemas.users import UserAccount
from app.services.admin.service import Admin

TAG = {"name": "Administration", "description": "For members of the Cognito group `admin`."}
router = new_router(prefix="/v1/admin", tags=[TAG["name"]])

AdminDep = Annotated[Admin, given(lambda container: container.operator.admin)]
UserId = Annotated[str, Path(alias="id", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The user's id.")]
LetterId = Annotated[
    str, Path(alias="id", pattern=r"^[A-Za-z0-9-]{1,100}$", description="The dead letter's id.")
]
QueueParam = Annotated[Queue | None, Query()]


@router.get(
    "/users",
    summary="Search users",
    response_model=UserList,
    responses={**answer(200, "Link"), **problems(400, 401, 403, 422)},
)
def list_users(
    request: Request, user: AdminUser, admin: AdminDep, params: Annotated[UserListParams, Query()]
) -> Response:
    """By the start of the e-mail address, by status, or all of them. New accounts show within a second or so."""
    page = admin.users.search(user, params.query(), limit=params.limit, cursor=params.cursor)
    return json_response(UserList.of(page), headers=next_page(request, page.next_cursor))


@router.get(
    "/users/{id}", summary="Get a user", response_model=UserAccount, responses=problems(401, 403, 404, 422)
)
def get_user(_user: AdminUser, admin: AdminDep, user_id: UserId) -> Response:
    """The account as it is stored, disabled or not."""
    return json_response(UserAccount.of(admin.users.get(user_id)))


@router.post(
    "/users/{id}/disable",
    summary="Disable a user",
    response_model=UserAccount,
    responses=problems(401, 403, 404, 409, 422, 429),
)
def disable_user(user: AdminUser, admin: AdminDep, user_id: UserId) -> Response:
    """Takes effect at once: the tokens that the user holds are refused from now on. Safe to repeat after a 503."""
    return json_response(UserAccount.of(admin.users.disable(user, user_id)))


@router.post(
    "/users/{id}/enable",
    summary="Enable a user",
    response_model=UserAccount,
    responses=problems(401, 403, 404, 422, 429),
)
def enable_user(user: AdminUser, admin: AdminDep, user_id: UserId) -> Response:
    """The user can log in again. Tokens from before stay refused."""
    return json_response(UserAccount.of(admin.users.enable(user, user_id)))


@router.delete(
    "/users/{id}",
    summary="Delete a user",
    status_code=204,
    responses=problems(401, 403, 404, 409, 422, 429),
)
def delete_user(user: AdminUser, admin: AdminDep, user_id: UserId) -> Response:
    """Erases the account and everything held on it. Safe to repeat after a 503, until it is a 404."""
    admin.users.delete(user, user_id)
    return Response(status_code=204)


@router.get("/stats", summary="Get the counters", response_model=Stats, responses=problems(401, 403))
def get_stats(_user: AdminUser, admin: AdminDep) -> Response:
    """Kept along the way and not scanned for, so they are approximate: a crash may leave one off by one."""
    return json_response(Stats.of(admin.stats.read()))


@router.get(
    "/dead-letters",
    summary="List dead letters",
    response_model=DeadLetterList,
    responses=problems(401, 403, 422),
)
def list_dead_letters(
    _user: AdminUser, admin: AdminDep, params: Annotated[DeadLetterParams, Query()]
) -> Response:
    """Mail and raw user data that could not be handled. While someone else looks, some may be missing."""
    return json_response(DeadLetterList.of(admin.dead_letters.list(params.queue, limit=params.limit)))


@router.post(
    "/dead-letters/redrive",
    summary="Redrive all dead letters",
    response_model=RedriveOut,
    responses=problems(401, 403, 422),
)
def redrive_dead_letters(user: AdminUser, admin: AdminDep, queue: QueueParam = None) -> Response:
    """Sends them to their queues once more, each once at least. Repeat it while `remaining` falls."""
    return json_response(RedriveOut.of(admin.dead_letters.redrive_all(user, queue)))


@router.post(
    "/dead-letters/{id}/redrive",
    summary="Redrive a dead letter",
    status_code=204,
    responses=problems(401, 403, 404, 409, 422),
)
def redrive_dead_letter(
    user: AdminUser, admin: AdminDep, letter_id: LetterId, queue: QueueParam = None
) -> Response:
    """Sends it to its queue once more. A 409: someone else has it in hand; try again in a moment."""
    admin.dead_letters.redrive(user, letter_id, queue)
    return Response(status_code=204)


@router.delete(
    "/dead-letters/{id}",
    summary="Discard a dead letter",
    status_code=204,
    responses=problems(401, 403, 404, 409, 422),
)
def discard_dead_letter(
    user: AdminUser, admin: AdminDep, letter_id: LetterId, queue: QueueParam = None
) -> Response:
    """Deletes it for good. A 409: someone else has it in hand; try again in a moment."""
    admin.dead_letters.discard(user, letter_id, queue)
    return Response(status_code=204)


@router.get("/alarms", summary="List alarms", response_model=AlarmList, responses=problems(401, 403))
def list_alarms(_user: AdminUser, admin: AdminDep) -> Response:
    """All alarms of this deployment, those that ring first."""
    return json_response(AlarmList.of(admin.alarms.list()))


@router.get("/costs", summary="Get the costs", response_model=CostsOut, responses=problems(401, 403))
def get_costs(_user: AdminUser, admin: AdminDep) -> Response:
    """The last known figures. Cost Explorer is asked every eight hours at most, for each question costs money."""
    return json_response(CostsOut.of(admin.costs.get()))


@router.get(
    "/audit",
    summary="Read the audit",
    response_model=AuditList,
    responses={**answer(200, "Link"), **problems(400, 401, 403, 422)},
)
def list_audit(
    request: Request, user: AdminUser, admin: AdminDep, params: Annotated[PageParams, Query()]
) -> Response:
    """List the actions of administrators, the newest first. Entries are kept for 400 days."""
    page = admin.audit.list(user, limit=params.limit, cursor=params.cursor)
    return json_response(AuditList.of(page), headers=next_page(request, page.next_cursor))
