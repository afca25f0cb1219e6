"""Cognito's answers and error codes in our words."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from app.errors import (
    AppError,
    Conflict,
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
from app.ports.identity import Account, CodeDelivery, Registration, Tokens
from support.clients import cognito_for
from unit.accounts.doubles import CLIENT, EMAIL, PASSWORD, POOL, SETTINGS, USER_ID, pool_user

CALLS = {
    "sign_up": lambda i: i.sign_up(EMAIL, PASSWORD, "Ada"),
    "confirm_sign_up": lambda i: i.confirm_sign_up(EMAIL, "123456"),
    "resend_confirmation_code": lambda i: i.resend_code(EMAIL),
    "initiate_auth": lambda i: i.log_in(EMAIL, PASSWORD),
    "get_tokens_from_refresh_token": lambda i: i.refresh("refresh-token"),
    "forgot_password": lambda i: i.forgot_password(EMAIL),
    "confirm_forgot_password": lambda i: i.reset_password(EMAIL, "654321", PASSWORD),
    "revoke_token": lambda i: i.revoke("refresh-token"),
    "change_password": lambda i: i.change_password("access-token", PASSWORD, "Battery-Staple-8"),
    "admin_get_user": lambda i: i.get_user(USER_ID),
    "admin_user_global_sign_out": lambda i: i.sign_out(USER_ID),
    "admin_disable_user": lambda i: i.disable(USER_ID),
    "admin_enable_user": lambda i: i.enable(USER_ID),
}

REFUSALS = [
    ("admin_disable_user", "ExpiredTokenException", Unavailable, "unavailable"),
    ("initiate_auth", "ForbiddenException", Unavailable, "unavailable"),  # AWS WAF blocks the API itself
    ("sign_up", "UsernameExistsException", Conflict, "user_exists"),
    ("sign_up", "InvalidPasswordException", Unprocessable, "validation_failed"),
    ("sign_up", "InvalidParameterException", Unprocessable, "validation_failed"),
    ("sign_up", "NotAuthorizedException", Forbidden, "sign_up_closed"),
    ("sign_up", "CodeDeliveryFailureException", Unavailable, "code_not_delivered"),
    ("confirm_sign_up", "CodeMismatchException", InvalidCode, "invalid_code"),
    ("confirm_sign_up", "ExpiredCodeException", InvalidCode, "invalid_code"),
    ("confirm_sign_up", "UserNotFoundException", InvalidCode, "invalid_code"),
    ("confirm_sign_up", "NotAuthorizedException", InvalidCode, "invalid_code"),
    ("confirm_sign_up", "InvalidParameterException", InvalidCode, "invalid_code"),
    ("confirm_sign_up", "AliasExistsException", Conflict, "user_exists"),
    ("initiate_auth", "NotAuthorizedException", InvalidCredentials, "invalid_credentials"),
    ("initiate_auth", "UserNotFoundException", InvalidCredentials, "invalid_credentials"),
    ("initiate_auth", "InvalidParameterException", InvalidCredentials, "invalid_credentials"),
    ("initiate_auth", "UserNotConfirmedException", InvalidCredentials, "invalid_credentials"),
    ("initiate_auth", "PasswordResetRequiredException", InvalidCredentials, "invalid_credentials"),
    ("get_tokens_from_refresh_token", "NotAuthorizedException", InvalidCredentials, "invalid_refresh_token"),
    ("get_tokens_from_refresh_token", "UserNotFoundException", InvalidCredentials, "invalid_refresh_token"),
    (
        "get_tokens_from_refresh_token",
        "RefreshTokenReuseException",
        InvalidCredentials,
        "invalid_refresh_token",
    ),
    (
        "get_tokens_from_refresh_token",
        "InvalidParameterException",
        InvalidCredentials,
        "invalid_refresh_token",
    ),
    ("confirm_forgot_password", "CodeMismatchException", InvalidCode, "invalid_code"),
    ("confirm_forgot_password", "ExpiredCodeException", InvalidCode, "invalid_code"),
    ("confirm_forgot_password", "UserNotFoundException", InvalidCode, "invalid_code"),
    ("confirm_forgot_password", "UserNotConfirmedException", InvalidCode, "invalid_code"),
    ("confirm_forgot_password", "NotAuthorizedException", InvalidCode, "invalid_code"),
    ("confirm_forgot_password", "InvalidPasswordException", Unprocessable, "validation_failed"),
    (
        "confirm_forgot_password",
        "PasswordHistoryPolicyViolationException",
        Unprocessable,
        "validation_failed",
    ),
    ("change_password", "NotAuthorizedException", WrongPassword, "validation_failed"),
    ("change_password", "InvalidPasswordException", Unprocessable, "validation_failed"),
    ("change_password", "UserNotFoundException", Unauthenticated, "unauthenticated"),
    ("admin_disable_user", "UserNotFoundException", NotFound, "not_found"),
    ("admin_enable_user", "UserNotFoundException", NotFound, "not_found"),
]

CODE_REQUESTS = ["resend_confirmation_code", "forgot_password"]
TRIGGER_FAILURES = [
    "UserLambdaValidationException",
    "UnexpectedLambdaException",
    "InvalidLambdaResponseException",
]
AS_GOOD_AS_DONE = [
    *(("confirm_sign_up", code) for code in TRIGGER_FAILURES),
    *(
        (operation, code)
        for operation in CODE_REQUESTS
        for code in (
            "UserNotFoundException",
            "InvalidParameterException",  # confirmed already, or no verified address
            "NotAuthorizedException",  # disabled
            "LimitExceededException",
            "TooManyRequestsException",
            "TooManyFailedAttemptsException",
            "CodeDeliveryFailureException",
            "UserNotConfirmedException",
            *TRIGGER_FAILURES,
        )
    ),
    *(
        ("revoke_token", code)
        for code in (
            "UnauthorizedException",
            "NotAuthorizedException",
            "InvalidParameterException",
            "UnsupportedTokenTypeException",
        )
    ),
    ("admin_get_user", "UserNotFoundException"),
    ("admin_user_global_sign_out", "UserNotFoundException"),
]


@pytest.mark.parametrize(("operation", "code", "meaning", "our_code"), REFUSALS)
def test_a_refusal_is_an_error_of_ours(identity, cognito, operation, code, meaning, our_code):
    cognito.refuses(operation, code)

    with pytest.raises(AppError) as refusal:
        CALLS[operation](identity)

    assert (type(refusal.value), refusal.value.code) == (meaning, our_code)


@pytest.mark.parametrize(("operation", "code"), AS_GOOD_AS_DONE)
def test_some_refusals_are_answered_as_if_it_had_gone_well(identity, cognito, operation, code):
    for _ in range(2 if operation == "revoke_token" else 1):  # at each client
        cognito.refuses(operation, code)

    assert CALLS[operation](identity) is None


@pytest.mark.parametrize("operation", sorted(CALLS))
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InternalErrorException", 500),
        ("ServiceUnavailableException", 503),
        ("SomethingNobodyHasSeen", 502),
        ("ThrottlingException", 400),
        ("RequestLimitExceeded", 400),
    ],
)
def test_when_cognito_fails_or_throttles_the_service_is_unavailable(
    identity, cognito, operation, code, status
):
    cognito.refuses(operation, code, status)

    with pytest.raises(Unavailable):
        CALLS[operation](identity)


@pytest.mark.parametrize("operation", sorted(set(CALLS) - set(CODE_REQUESTS)))
@pytest.mark.parametrize(
    "code", ["TooManyRequestsException", "LimitExceededException", "TooManyFailedAttemptsException"]
)
def test_too_many_attempts_are_reported_as_such(identity, cognito, operation, code):
    cognito.refuses(operation, code)

    with pytest.raises(TooManyRequests):
        CALLS[operation](identity)


@pytest.mark.parametrize("operation", sorted(CALLS))
@pytest.mark.parametrize(
    "failure",
    [
        ConnectTimeoutError(endpoint_url="http://pool"),
        ReadTimeoutError(endpoint_url="http://pool"),
        EndpointConnectionError(endpoint_url="http://pool"),
        ConnectionClosedError(endpoint_url="http://pool"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_when_cognito_does_not_answer_the_service_is_unavailable(operation, failure):
    def fail(**_):
        raise failure

    identity = cognito_for(SimpleNamespace(cognito=SimpleNamespace(**{operation: fail})), SETTINGS)

    with pytest.raises(Unavailable):
        CALLS[operation](identity)


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_an_unknown_error_of_cognito_is_a_500_without_details(identity, cognito, app_log, operation):
    cognito.refuses(operation, "ResourceNotFoundException", message=f"no client for {EMAIL}")

    with pytest.raises(AppError) as failure:
        CALLS[operation](identity)

    assert type(failure.value) is AppError
    assert EMAIL not in failure.value.detail
    assert failure.value.__suppress_context__
    assert "ResourceNotFoundException" in app_log.text
    assert EMAIL not in app_log.text


@pytest.mark.parametrize(
    ("operation", "code", "pointer"),
    [
        ("sign_up", "InvalidPasswordException", "/password"),
        ("confirm_forgot_password", "InvalidPasswordException", "/password"),
        ("confirm_forgot_password", "InvalidParameterException", "/password"),
        ("change_password", "InvalidPasswordException", "/newPassword"),
        ("change_password", "InvalidParameterException", "/newPassword"),
        ("change_password", "NotAuthorizedException", "/currentPassword"),
    ],
)
def test_a_refused_password_is_named_without_cognitos_own_words(identity, cognito, operation, code, pointer):
    cognito.refuses(operation, code, message="1 validation error detected: Value 'hunter2' at 'password' ...")

    with pytest.raises(Unprocessable) as refusal:
        CALLS[operation](identity)

    (error,) = refusal.value.errors
    assert error.pointer == pointer
    assert "hunter2" not in error.message


def test_signing_up_passes_the_name_on_and_tells_where_the_code_went(identity, cognito):
    cognito.answers(
        "sign_up",
        {
            "UserSub": USER_ID,
            "UserConfirmed": False,
            "CodeDeliveryDetails": {
                "Destination": "a***@e***",
                "DeliveryMedium": "EMAIL",
                "AttributeName": "email",
            },
        },
        ClientId=CLIENT,
        Username=EMAIL,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": EMAIL}, {"Name": "name", "Value": "Ada"}],
    )

    registration = identity.sign_up(EMAIL, PASSWORD, "Ada")

    assert registration == Registration(USER_ID, confirmed=False, delivery=CodeDelivery("a***@e***", "email"))


def test_signing_up_without_a_name_where_no_code_is_needed(identity, cognito):
    cognito.answers(
        "sign_up",
        {"UserSub": USER_ID, "UserConfirmed": True},
        ClientId=CLIENT,
        Username=EMAIL,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
    )

    assert identity.sign_up(EMAIL, PASSWORD, None) == Registration(USER_ID, confirmed=True, delivery=None)


def test_logging_in_gives_the_tokens(identity, cognito):
    result = {"AccessToken": "a", "IdToken": "i", "RefreshToken": "r", "ExpiresIn": 3600}
    cognito.answers(
        "initiate_auth",
        {"AuthenticationResult": result},
        ClientId=CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )

    assert identity.log_in(EMAIL, PASSWORD) == Tokens("a", "i", "r", 3600)


def test_a_challenge_is_not_met(identity, cognito):
    cognito.answers(
        "initiate_auth",
        {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 20, "ChallengeParameters": {}},
        ClientId=CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )

    with pytest.raises(Forbidden) as refusal:
        identity.log_in(EMAIL, PASSWORD)

    assert refusal.value.code == "challenge_required"


@pytest.mark.parametrize(("rotated", "kept"), [({}, "old"), ({"RefreshToken": "new"}, "new")])
def test_refreshing_works_with_and_without_rotation(identity, cognito, rotated, kept):
    cognito.answers(
        "get_tokens_from_refresh_token",
        {"AuthenticationResult": {"AccessToken": "a", "IdToken": "i", "ExpiresIn": 60, **rotated}},
        ClientId=CLIENT,
        RefreshToken="old",
    )

    assert identity.refresh("old") == Tokens("a", "i", kept, 60)


def test_an_account_is_what_the_pool_says(identity, cognito):
    cognito.knows(USER_ID, pool_user())
    cognito.knows(USER_ID, pool_user(Enabled=False, UserStatus="UNCONFIRMED"))

    assert identity.get_user(USER_ID) == Account(USER_ID, EMAIL, "Ada")
    assert identity.get_user(USER_ID) == Account(USER_ID, EMAIL, "Ada", enabled=False, confirmed=False)


def test_tokens_do_not_show_in_a_representation():
    assert "secret" not in repr(Tokens("secret-a", "secret-i", "secret-r", 60))


def test_the_pool_is_asked_about_its_own_users_only(identity, cognito):
    for operation in ("admin_user_global_sign_out", "admin_disable_user", "admin_enable_user"):
        cognito.answers(operation, {}, UserPoolId=POOL, Username=USER_ID)
        CALLS[operation](identity)


def test_errors_that_are_not_cognitos_pass_through(clients):
    def broken(**_):
        raise KeyError("a defect of ours")

    identity = cognito_for(SimpleNamespace(cognito=SimpleNamespace(forgot_password=broken)), SETTINGS)

    with pytest.raises(KeyError):
        identity.forgot_password(EMAIL)
    assert not issubclass(KeyError, ClientError)
