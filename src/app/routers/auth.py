"""`/v1/auth`: signing up, in and out."""

from contextlib import nullcontext
from typing import Annotated

from fastapi import Form, Response
from pydantic import ValidationError

from app.dependencies import AccountsDep, CurrentUser, given
from app.errors import InvalidCredentials
from app.routers.limited import LimitsDep
from app.routers.responses import json_response, problems, secret_response
from app.routers.strict import new_router
from app.schemas.auth import (
    CodeRequest,
    CodeRequested,
    ConfirmSignUp,
    LogIn,
    PasswordGrant,
    Refresh,
    RefreshTokenBody,
    ResetPassword,
    SignedUp,
    SignUp,
    TokenSet,
    UndoEmail,
)
from app.services.email_undo import EmailUndo

TAG = {"name": "Sign-in", "description": "Sign up, in and out; reset a forgotten password."}
EmailUndoDep = Annotated[EmailUndo, given(lambda container: container.email_addresses.undo)]
router = new_router(prefix="/v1/auth", tags=[TAG["name"]])


@router.post(
    "/signup",
    summary="Sign up",
    status_code=201,
    response_model=SignedUp,
    responses=problems(400, 403, 413, 415, 422, 429),
)
def sign_up(accounts: AccountsDep, limits: LimitsDep, body: SignUp) -> Response:
    """Make an account. A code is mailed to the address; confirm it to log in.

    The answer does not reveal whether the address is taken: then the id in it is made up, and a mail says so to the
    owner. An account that waits to be confirmed keeps its first password and is mailed a new code. Takes up to a
    second.
    """
    limits.sign_up(body.email)
    return json_response(SignedUp.of(accounts.sign_up(body.email, body.password, body.name)), 201)


@router.post(
    "/confirm",
    summary="Confirm an e-mail address",
    status_code=204,
    responses=problems(400, 409, 413, 415, 422, 429),
)
def confirm_sign_up(accounts: AccountsDep, limits: LimitsDep, body: ConfirmSignUp) -> Response:
    """With the code from the mail. The account can log in from now on.

    A repetition is a wrong code, but for those who send the right `password` as well: they get 409
    `already_confirmed`, which after a lost answer is success.
    """
    tries_password = nullcontext() if body.password is None else limits.password(body.email)
    with limits.code(body.email), tries_password:
        accounts.confirm(body.email, body.code, body.password)
    return Response(status_code=204)


@router.post(
    "/resend",
    summary="Send the confirmation code again",
    status_code=202,
    response_model=CodeRequested,
    responses=problems(400, 413, 415, 422, 429),
)
def resend_code(accounts: AccountsDep, limits: LimitsDep, body: CodeRequest) -> Response:
    """The answer does not reveal whether there is such an account."""
    limits.mail(body.email, "resend")
    accounts.resend_code(body.email)
    return json_response(CodeRequested(), 202)


@router.post(
    "/login",
    summary="Log in",
    response_model=TokenSet,
    responses=problems(400, 401, 403, 413, 415, 422, 429),
)
def log_in(accounts: AccountsDep, limits: LimitsDep, body: LogIn) -> Response:
    """A wrong password, an unknown address, a disabled account, and one that is not confirmed or must reset its
    password get the same answer: Cognito says the last two without checking the password."""
    with limits.password(body.email):
        return secret_response(TokenSet.of(accounts.log_in(body.email, body.password, body.client)))


@router.post(
    "/token",
    summary="Log in, as OAuth 2.0 password grant",
    response_model=TokenSet,
    responses=problems(400, 401, 403, 413, 422, 429),
)
def issue_token(accounts: AccountsDep, limits: LimitsDep, form: Annotated[PasswordGrant, Form()]) -> Response:
    """Sign in from the Authorize button of Swagger UI. `username` is the e-mail address."""
    try:
        credentials = LogIn(email=form.username, password=form.password)
    except ValidationError:
        # No account can have these.
        raise InvalidCredentials from None
    with limits.password(credentials.email):
        return secret_response(
            TokenSet.of(accounts.log_in(credentials.email, credentials.password, form.client))
        )


@router.post(
    "/refresh",
    summary="Get new tokens",
    response_model=TokenSet,
    responses=problems(400, 401, 413, 415, 422, 429),
)
def refresh_tokens(accounts: AccountsDep, body: Refresh) -> Response:
    """Keep the `refresh_token` of the answer: it may be a new one. At the other client than its own a token is
    refused."""
    return secret_response(TokenSet.of(accounts.refresh(body.refresh_token, body.client)))


@router.post(
    "/forgot-password",
    summary="Ask for a password reset code",
    status_code=202,
    response_model=CodeRequested,
    responses=problems(400, 413, 415, 422, 429),
)
def forgot_password(accounts: AccountsDep, limits: LimitsDep, body: CodeRequest) -> Response:
    """The answer does not reveal whether there is such an account."""
    limits.mail(body.email, "forgot-password")
    accounts.forgot_password(body.email)
    return json_response(CodeRequested(), 202)


@router.post(
    "/reset-password",
    summary="Set a new password with a reset code",
    status_code=204,
    responses=problems(400, 413, 415, 422, 429),
)
def reset_password(accounts: AccountsDep, limits: LimitsDep, body: ResetPassword) -> Response:
    """Ends every session of the account. Takes up to two seconds."""
    with limits.code(body.email):
        accounts.reset_password(body.email, body.code, body.password)
    limits.forgive_passwords(body.email)
    return Response(status_code=204)


@router.post(
    "/email-undo",
    summary="Undo a change of address",
    status_code=204,
    responses=problems(400, 409, 413, 415, 422, 429),
)
def undo_email(undo: EmailUndoDep, body: UndoEmail) -> Response:
    """With the token from the mail to the former address, for seven days. Gives the address back and ends every
    session. The password no longer works: a code to set a new one is mailed to the address. Safe to repeat."""
    undo.undo(body.token)
    return Response(status_code=204)


@router.post("/logout", summary="Log out", status_code=204, responses=problems(400, 413, 415, 422, 429))
def log_out(accounts: AccountsDep, body: RefreshTokenBody) -> Response:
    """Revokes the refresh token; one that is unknown is as good as revoked. The access token lives until it expires:
    to end it at once, log out everywhere."""
    accounts.log_out(body.refresh_token)
    return Response(status_code=204)


@router.post("/logout-all", summary="Log out everywhere", status_code=204, responses=problems(401, 429))
def log_out_everywhere(accounts: AccountsDep, user: CurrentUser) -> Response:
    """Every token of the account stops working at once. Takes up to a second."""
    accounts.log_out_everywhere(user)
    return Response(status_code=204)
