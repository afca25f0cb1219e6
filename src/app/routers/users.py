"""`/v1/users/me`: the caller's own account."""

from typing import Annotated

from fastapi import Response

from app.dependencies import (
    AccountsDep,
    CurrentUser,
    PrincipalDep,
    TodoQuotaDep,
    given,
)
from app.ports.identity import FolderCredentialsProvider
from app.routers.responses import json_response, problems
from app.routers.strict import new_router
from app.schemas.auth import ChangePassword
from app.schemas.users import CredentialsRequest, FolderAccess, Me, ProfilePatch
from app.services.account_deletion import AccountDeletion

TAG = {"name": "Account", "description": "The caller's own account: profile, password, export, deletion."}
router = new_router(prefix="/v1/users/me", tags=[TAG["name"]])


FolderCredentialsDep = Annotated[
    FolderCredentialsProvider, given(lambda container: container.personal_data.folder_credentials)
]
AccountDeletionDep = Annotated[
    AccountDeletion, given(lambda container: container.personal_data.account_deletion)
]


@router.get("", summary="Get my account", response_model=Me, responses=problems(401))
def get_me(user: CurrentUser, principal: PrincipalDep, todo_quota: TodoQuotaDep) -> Response:
    """The profile, the groups that the token names, and how much of the quota of to-dos is used."""
    return json_response(Me.of(user, principal.groups, todo_quota))


@router.patch(
    "", summary="Change my account", response_model=Me, responses=problems(400, 401, 404, 413, 415, 422)
)
def update_me(
    user: CurrentUser,
    principal: PrincipalDep,
    accounts: AccountsDep,
    todo_quota: TodoQuotaDep,
    body: ProfilePatch,
) -> Response:
    """JSON merge patch: what is left out stays, `null` clears."""
    changes = body.changes()
    changed = accounts.update_profile(user.id, changes) if changes else user
    return json_response(Me.of(changed, principal.groups, todo_quota))


@router.delete("", summary="Delete my account", status_code=204, responses=problems(401, 429))
def delete_me(principal: PrincipalDep, deletion: AccountDeletionDep) -> Response:
    """Erases the account, its to-dos, files and all that is held on it, for good. It is closed at once; after a 503,
    repeat the request with the same token, or after a new login, until it is a 204."""
    deletion.admit(principal.user_id, principal.username, principal.signed_in_at)
    deletion.erase(principal.user_id)
    return Response(status_code=204)


@router.post(
    "/password",
    summary="Change my password",
    status_code=204,
    responses=problems(400, 401, 403, 413, 415, 422, 429),
)
def change_password(
    user: CurrentUser, principal: PrincipalDep, accounts: AccountsDep, body: ChangePassword
) -> Response:
    """Sessions stay open; log out everywhere to end them."""
    accounts.change_password(user, principal.token, body.current_password, body.new_password)
    return Response(status_code=204)


@router.post(
    "/credentials",
    summary="Get AWS credentials for my own folder",
    response_model=FolderAccess,
    responses=problems(400, 401, 413, 415, 422, 429),
)
def create_credentials(
    user: CurrentUser, provider: FolderCredentialsDep, body: CredentialsRequest
) -> Response:
    """Temporary credentials (an hour) that read and list `prefix` in `bucket`, for an AWS SDK, and nothing else.

    They cannot write, on purpose: uploads go through `/v1/files`, so that every object has a record and counts
    against the quota.
    """
    access = FolderAccess.of(provider.credentials(user.id, body.id_token))
    return json_response(access, headers={"Cache-Control": "no-store"})
