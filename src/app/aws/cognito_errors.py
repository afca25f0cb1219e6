"""Cognito's error codes, mapped to the application's errors: by operation, and for all others.

A caller who asks about an address must not learn whether it has an account, so codes that would tell share the answer
that an unknown address gets. Cognito's own messages may quote the input, so they are neither shown nor logged.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import ClientError

from app.aws.errors import UNANSWERED, code_of, is_passing, status_of
from app.errors import (
    AppError,
    Conflict,
    FieldError,
    Forbidden,
    InvalidCode,
    InvalidCredentials,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    WrongPassword,
)
from app.ports.identity import PASSWORD_POLICY

_log = logging.getLogger(__name__)

Answer = Callable[[], AppError] | None
"""Makes the error to raise; `None` means: answer as if it had gone well."""


def _refused_password(pointer: str) -> Answer:
    return lambda: Unprocessable(errors=(FieldError(pointer, "password_policy", PASSWORD_POLICY),))


def _wrong_current_password() -> AppError:
    return WrongPassword("/currentPassword")


def _user_exists() -> AppError:
    return Conflict("There is an account with this e-mail address already.", code="user_exists")


def _email_taken() -> AppError:
    return Conflict("There is an account with this e-mail address already.", code="email_taken")


def _expired_session() -> AppError:
    return InvalidCredentials(
        "The refresh token is not valid, or not at this client. Log in again.", code="invalid_refresh_token"
    )


def _reset_required() -> AppError:
    return Forbidden("Reset the password first.", code="password_reset_required")


def _undelivered() -> AppError:
    return Unavailable("The code could not be sent. Request a new one.", code="code_not_delivered")


def _refused_sign_up() -> AppError:
    return Unprocessable("The e-mail address, the password or the name is not accepted.")


def _sign_up_closed() -> AppError:
    return Forbidden("New accounts are made by invitation only.", code="sign_up_closed")


# After the act; before it, as at sign-up, a failing trigger prevents it.
_TRIGGER_FAILURES: dict[str, Answer] = dict.fromkeys(
    ("UserLambdaValidationException", "UnexpectedLambdaException", "InvalidLambdaResponseException")
)

_ANYWHERE: dict[str, Answer] = {
    "CodeMismatchException": InvalidCode,
    "ExpiredCodeException": InvalidCode,
    "ForbiddenException": Unavailable,  # AWS WAF blocks the API's own address, whatever was asked
    "InternalErrorException": Unavailable,
    "LimitExceededException": TooManyRequests,
    "PasswordResetRequiredException": _reset_required,
    "ServiceUnavailableException": Unavailable,
    "TooManyFailedAttemptsException": TooManyRequests,
    "TooManyRequestsException": TooManyRequests,
}

_CODE_REQUEST: dict[str, Answer] = {
    # Each of these happens to accounts alone (a confirmed one, an unconfirmed one, one that asked too often):
    # a different answer would tell that there is one.
    **_TRIGGER_FAILURES,
    "CodeDeliveryFailureException": None,
    "InvalidParameterException": None,
    "LimitExceededException": None,
    "NotAuthorizedException": None,
    "PasswordResetRequiredException": None,
    "TooManyFailedAttemptsException": None,
    "TooManyRequestsException": None,
    "UserNotConfirmedException": None,
    "UserNotFoundException": None,
}

_BY_OPERATION: Mapping[str, Mapping[str, Answer]] = {
    "SignUp": {
        "CodeDeliveryFailureException": _undelivered,
        "InvalidLambdaResponseException": Unavailable,
        "InvalidParameterException": _refused_sign_up,
        "InvalidPasswordException": _refused_password("/password"),
        "NotAuthorizedException": _sign_up_closed,
        "UnexpectedLambdaException": Unavailable,
        "UserLambdaValidationException": _refused_sign_up,  # our own trigger
        "UsernameExistsException": _user_exists,
    },
    "ConfirmSignUp": {
        # Cognito confirms first and calls the trigger then; the record it did not make heals on first use.
        **_TRIGGER_FAILURES,
        "AliasExistsException": _user_exists,
        "InvalidParameterException": InvalidCode,
        "NotAuthorizedException": InvalidCode,  # confirmed already
        "UserNotFoundException": InvalidCode,
    },
    "ResendConfirmationCode": _CODE_REQUEST,
    "ForgotPassword": _CODE_REQUEST,
    "ConfirmForgotPassword": {
        **_TRIGGER_FAILURES,
        "InvalidParameterException": _refused_password("/password"),
        "InvalidPasswordException": _refused_password("/password"),
        "NotAuthorizedException": InvalidCode,  # disabled
        "PasswordHistoryPolicyViolationException": _refused_password("/password"),
        "UserNotConfirmedException": InvalidCode,
        "UserNotFoundException": InvalidCode,
    },
    "InitiateAuth": {
        "InvalidParameterException": InvalidCredentials,
        "NotAuthorizedException": InvalidCredentials,  # a wrong password, or disabled
        # Cognito says these two whatever the password is.
        "PasswordResetRequiredException": InvalidCredentials,
        "UserNotConfirmedException": InvalidCredentials,
        "UserNotFoundException": InvalidCredentials,
    },
    "GetTokensFromRefreshToken": {
        "InvalidParameterException": _expired_session,
        "NotAuthorizedException": _expired_session,
        "RefreshTokenReuseException": _expired_session,
        "UserNotFoundException": _expired_session,
    },
    "RevokeToken": {
        "InvalidParameterException": None,
        "NotAuthorizedException": None,
        "UnauthorizedException": None,
        "UnsupportedTokenTypeException": None,
    },
    "ChangePassword": {
        "InvalidParameterException": _refused_password("/newPassword"),
        "InvalidPasswordException": _refused_password("/newPassword"),
        "NotAuthorizedException": _wrong_current_password,
        "PasswordHistoryPolicyViolationException": _refused_password("/newPassword"),
        "UserNotFoundException": Unauthenticated,
    },
    "AdminGetUser": {
        "InvalidParameterException": None,  # a token's `username` that is no name in this pool
        "UserNotFoundException": None,
    },
    "AdminSetUserPassword": {"UserNotFoundException": None},
    "AdminUpdateUserAttributes": {
        "AliasExistsException": _email_taken,
        "UserNotFoundException": NotFound,
    },
    "AdminDeleteUser": {"UserNotFoundException": None},
    "AdminUserGlobalSignOut": {"UserNotFoundException": None},
    "AdminDisableUser": {"UserNotFoundException": NotFound},
    "AdminEnableUser": {"UserNotFoundException": NotFound},
}


@contextmanager
def map_cognito_errors() -> Iterator[None]:
    """Raise what Cognito's error means. Where that is nothing, the body of the `with` just ends early.

    Raises:
        AppError: as the table says; `Unavailable` when Cognito does not answer within its time-outs.
    """
    try:
        yield
    except ClientError as error:
        answer = _answer(error)
        if answer is not None:
            raise answer() from None
    except UNANSWERED as error:
        raise Unavailable from error


def _answer(error: ClientError) -> Answer:
    operation, code = error.operation_name, code_of(error)
    for table in (_BY_OPERATION.get(operation, {}), _ANYWHERE):
        if code in table:
            _log.info("Cognito %s: %s", operation, code)
            return table[code]
    if is_passing(code, status_of(error)):
        return Unavailable
    _log.error("Cognito %s: unexpected %s", operation, code)
    return AppError
