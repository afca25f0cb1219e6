"""The post-confirmation trigger."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.config.reader import ConfigurationError
from app.config.sign_up import SignupSettings
from app.entrypoints import user_signup
from app.errors import Unavailable
from app.models.user_data import EventOrder, UserData
from support.memory import MemoryStorage
from unit.accounts.doubles import EMAIL, USER_ID
from unit.imports import loaded_by

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/000000000000/email"
ENV = {
    "STAGE": "dev",
    "STACK_NAME": "app-dev",
    "AWS_REGION": "eu-west-1",
    "TODOS_TABLE": "todos",
    "USERS_TABLE": "users",
    "OPERATIONS_TABLE": "operations",
    "USER_DATA_TABLE": "user-data",
    "EMAIL_QUEUE_URL": QUEUE_URL,
}


@pytest.fixture(autouse=True)
def storage(users, monkeypatch):
    storage = MemoryStorage()
    storage.users = users
    monkeypatch.setattr(user_signup, "own", lambda: SimpleNamespace(storage=storage))
    return storage


@pytest.fixture
def repository(storage):
    return storage.users


@pytest.fixture
def held(storage):
    """Raw user data that was stored before."""
    return storage.user_data


@pytest.fixture(autouse=True)
def welcomes(mail, monkeypatch):
    monkeypatch.setattr(user_signup, "outbox", lambda: mail)
    return mail


def confirmed(source="PostConfirmation_ConfirmSignUp", **attributes):
    """As Cognito sends it."""
    return {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": "us-east-1_unit",
        "userName": USER_ID,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client"},
        "triggerSource": source,
        "request": {
            "userAttributes": {
                "sub": USER_ID,
                "cognito:user_status": "CONFIRMED",
                "email_verified": "true",
                "email": "Ada@Example.com",
                **attributes,
            }
        },
        "response": {},
    }


def test_a_confirmed_user_gets_a_record(repository):
    event = confirmed(name="Ada")

    assert user_signup.handler(event, None) is event

    record = repository.get(USER_ID)
    assert (record.id, record.email, record.name) == (USER_ID, EMAIL, "Ada")
    assert (record.status, record.revision, record.tokens_valid_after) == ("active", 0, 0)


def test_a_second_delivery_leaves_the_record_as_it_is(repository):
    user_signup.handler(confirmed(name="Ada"), None)
    repository.rows[USER_ID] = kept = replace(
        repository.rows[USER_ID], name="Ada King", status="disabled", revision=7
    )

    user_signup.handler(confirmed(name="Ada"), None)

    assert repository.get(USER_ID) == kept


def test_a_confirmed_user_is_welcomed_with_one_mail_however_often_the_trigger_comes(welcomes):
    for _ in range(2):
        user_signup.handler(confirmed(name="Ada"), None)

    assert {(mail.kind, mail.to, mail.id, mail.user_id) for mail in welcomes.mails} == {
        ("welcome", EMAIL, f"welcome#{USER_ID}", USER_ID)
    }
    assert welcomes.mails[0].data == {"name": "Ada"}


def test_where_the_queue_fails_the_trigger_fails_and_leaves_both_to_the_next_try(repository, welcomes):
    welcomes.full = True

    with pytest.raises(Unavailable):
        user_signup.handler(confirmed(), None)

    assert repository.rows == {}


def test_what_was_sent_about_a_person_fills_what_they_left_empty(repository, held):
    sent = UserData(email=EMAIL, name="A. Lovelace", phone="+442079460000", locale="en-GB")
    held.upsert([(sent, EventOrder(1, "s", "1"))])

    user_signup.handler(confirmed(name="Ada"), None)

    record = repository.get(USER_ID)
    assert (record.name, record.phone, record.locale) == ("Ada", "+442079460000", "en-GB")
    assert held.get(EMAIL) == replace(sent, user_id=USER_ID)


def test_a_user_needs_no_name(repository):
    user_signup.handler(confirmed(), None)

    assert repository.get(USER_ID).name is None


RESET = "PostConfirmation_ConfirmForgotPassword"


def resets(storage, mail, clock):
    attributes = confirmed(RESET)["request"]["userAttributes"]
    user_signup.end_sessions(attributes, storage, mail, clock=clock, sleep=clock.sleep)


def test_a_reset_brings_no_account_back_that_is_being_erased(storage, repository, welcomes, clock):
    storage.erasures.begin(USER_ID)

    resets(storage, welcomes, clock)

    assert repository.rows == {}
    assert welcomes.mails == []


def test_a_reset_through_any_client_revokes_every_earlier_token_and_accepts_the_next(
    storage, repository, welcomes, ada, clock
):
    issued_before = int(clock())

    resets(storage, welcomes, clock)

    valid_after = repository.get(USER_ID).tokens_valid_after
    assert issued_before < valid_after <= clock()
    assert repository.get(USER_ID) == replace(ada, tokens_valid_after=valid_after)
    assert welcomes.mails == []


def test_a_reset_that_comes_twice_never_moves_back(storage, repository, welcomes, ada, clock):
    repository.revoke_tokens(USER_ID, 1_900_000_000)

    resets(storage, welcomes, clock)

    assert repository.get(USER_ID).tokens_valid_after == 1_900_000_000


def test_a_reset_of_an_account_without_a_record_makes_the_record(storage, repository, welcomes, clock):
    resets(storage, welcomes, clock)

    assert repository.get(USER_ID).tokens_valid_after == int(clock())
    assert [mail.id for mail in welcomes.mails] == [f"welcome#{USER_ID}"]


def test_the_event_of_a_reset_comes_back(repository, ada):
    event = confirmed(RESET)

    assert user_signup.handler(event, None) is event

    assert repository.get(USER_ID).tokens_valid_after > 0


def test_another_event_changes_nothing(repository, welcomes):
    event = confirmed("PostConfirmation_Unknown")

    assert user_signup.handler(event, None) is event

    assert (repository.rows, welcomes.mails) == ({}, [])


def test_an_event_of_another_shape_fails_loudly():
    event = confirmed()
    del event["request"]["userAttributes"]["sub"]

    with pytest.raises(KeyError):
        user_signup.handler(event, None)


def test_it_needs_few_variables():
    settings = SignupSettings.from_env(ENV)

    assert (settings.aws_region, settings.tables["users"]) == ("eu-west-1", "users")


@pytest.mark.parametrize(
    "missing", ["STACK_NAME", "AWS_REGION", "USERS_TABLE", "USER_DATA_TABLE", "EMAIL_QUEUE_URL"]
)
def test_it_refuses_to_start_without_them(missing):
    with pytest.raises(ConfigurationError, match=missing):
        SignupSettings.from_env({name: value for name, value in ENV.items() if name != missing})


def test_it_talks_to_an_emulator_locally_only():
    endpoint = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}

    assert SignupSettings.from_env({**ENV, **endpoint, "STAGE": "local"}).aws_endpoint_url
    with pytest.raises(ConfigurationError, match="AWS_ENDPOINT_URL"):
        SignupSettings.from_env({**ENV, **endpoint})


def test_it_imports_no_web_framework():
    heavy = {"fastapi", "starlette", "pydantic", "mangum", "jose", "redis", "uvicorn"}

    assert loaded_by("app.entrypoints.user_signup") & heavy == set()
