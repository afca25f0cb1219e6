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
from app.ports.folder_credentials import FolderCredentialsProvider
from app.ports.identity import ClientName
from app.routers.limited import LimitsDep
from app.routers.responses import json_response, problems, secret_response
from app.routers.strict import new_router
from app.schemas.auth import (
    ChangeEmail,
    ChangePassword,
    ConfirmEmail,
    DeleteAccount,
    EmailChangeRequested,
    TokenSet,
)
from app.schemas.users import CredentialsRequest, FolderAccess, Me, ProfilePatch
from app.services.account_deletion import AccountDeletion
from app.services.email_change import EmailChange
from app.threads import tried_on_the_loop

TAG = {"name": "Account", "description": "The caller's own account: profile, password, export, deletion."}
router = new_router(prefix="/v1/users/me", tags=[TAG["name"]])


FolderCredentialsDep = Annotated[
    FolderCredentialsProvider, given(lambda container: container.personal_data.folder_credentials)
]
AccountDeletionDep = Annotated[
    AccountDeletion, given(lambda container: container.personal_data.account_deletion)
]

EmailChangeDep = Annotated[EmailChange, given(lambda container: container.email_addresses.change)]

SiteClientDep = Annotated[str, given(lambda container: container.settings.user_pool_site_client_id)]


@router.get("", summary="Get my account", response_model=Me, responses=problems(401))
@tried_on_the_loop
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


@router.delete(
    "", summary="Delete my account", status_code=204, responses=problems(400, 401, 403, 413, 415, 422, 429)
)
def delete_me(
    principal: PrincipalDep, deletion: AccountDeletionDep, limits: LimitsDep, body: DeleteAccount
) -> Response:
    """Erases the account, its to-dos, files and all that is held on it, for good. Asks for the password; for an
    account without one, send `{}` within 5 minutes of the sign-in. It is closed at once; after a 503, repeat the
    request with the same token, or after a new login, until it is a 204."""
    deletion.admit(
        principal.user_id, principal.username, principal.signed_in_at, body.password, limits.password
    )
    deletion.erase(principal.user_id)
    return Response(status_code=204)


@router.post(
    "/password",
    summary="Change my password",
    status_code=204,
    responses={
        200: {"model": TokenSet, "description": "With `endOtherSessions`: the tokens to go on with."},
        **problems(400, 401, 403, 413, 415, 422, 429),
    },
)
def change_password(
    user: CurrentUser,
    principal: PrincipalDep,
    accounts: AccountsDep,
    limits: LimitsDep,
    site_client: SiteClientDep,
    body: ChangePassword,
) -> Response:
    """Safe to repeat after a lost answer. Sessions stay open, unless `endOtherSessions` is set: then every token of
    the account stops working, and the answer has new ones (after a 401, sign in again). Those of an account with a
    second factor end, too: it gets a 204 and signs in again."""
    with limits.password(user.email):
        accounts.change_password(user, principal.token, body.current_password, body.new_password)
    if not body.end_other_sessions:
        return Response(status_code=204)
    client: ClientName = "site" if principal.client_id == site_client else "app"
    tokens = accounts.end_other_sessions(user, body.new_password, client)
    return Response(status_code=204) if tokens is None else secret_response(TokenSet.of(tokens))


@router.post(
    "/email",
    summary="Change my e-mail address",
    status_code=202,
    response_model=EmailChangeRequested,
    responses=problems(400, 401, 403, 413, 415, 422, 429),
)
def change_email(
    user: CurrentUser,
    principal: PrincipalDep,
    changes: EmailChangeDep,
    limits: LimitsDep,
    body: ChangeEmail,
) -> Response:
    """Mails a code to the new address. Asks for the password; for an account without one, leave it out within 5
    minutes of the sign-in. The answer does not reveal whether another account has the address: then its owner gets a
    mail instead. A second request replaces the first."""
    changes.request(
        user,
        body.email,
        body.password,
        principal.signed_in_at,
        guess=limits.password,
        count_mail=lambda email: limits.mail(email, "email"),
    )
    return json_response(EmailChangeRequested(), 202)


@router.post(
    "/email/confirm",
    summary="Confirm my new e-mail address",
    status_code=204,
    responses=problems(400, 401, 409, 413, 415, 422, 429),
)
def confirm_email(
    user: CurrentUser, changes: EmailChangeDep, limits: LimitsDep, body: ConfirmEmail
) -> Response:
    """With the code from the mail, within an hour and five attempts. Sign in with the new address from now on; tokens
    say it from the next refresh on. The former address gets a mail with a link that undoes this for seven days, in
    which no other account can have it. Safe to repeat."""
    with limits.code(user.email):
        changes.confirm(user, body.code)
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
    return secret_response(access)
