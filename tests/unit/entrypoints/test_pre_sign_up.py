"""The pre-sign-up trigger."""

import pytest

from app.config.pre_sign_up import PreSignUpSettings
from app.config.reader import ConfigurationError
from app.entrypoints import pre_sign_up
from deployment import events
from support.environment import ENVIRONMENT
from unit.domains import DOMAINS
from unit.imports import loaded_by


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield
    pre_sign_up.settings.cache_clear()


@pytest.mark.parametrize("domain", ["example.com", *DOMAINS.values()])
def test_the_one_form_of_an_address_passes_in_any_case(domain):
    event = events.pre_sign_up(f"Ada@{domain.title()}")

    assert pre_sign_up.handler(event, None) is event


@pytest.mark.parametrize(
    "email",
    [
        *(f"ada@{domain}" for domain in DOMAINS),
        "ada@mu\u0308nchen.example",
        "jürgen@example.com",
        "ada@my_domain.example",
        "ada@example.com.",
        " ada@example.com",
        "ada@example",
        "ada@192.168.0.10",
        "a..da@example.com",
        "ada",
        "",
    ],
    ids=ascii,
)
def test_every_other_form_is_refused_without_being_quoted(email):
    with pytest.raises(pre_sign_up.AddressRefused) as refused:
        pre_sign_up.handler(events.pre_sign_up(email), None)

    assert not email or email not in str(refused.value)


def test_an_account_without_an_address_is_refused():
    event = events.pre_sign_up("")
    del event["request"]["userAttributes"]["email"]

    with pytest.raises(pre_sign_up.AddressRefused):
        pre_sign_up.handler(event, None)


def test_it_needs_the_name_of_the_stack():
    with pytest.raises(ConfigurationError, match="STACK_NAME"):
        PreSignUpSettings.from_env({"STAGE": "dev"})


def test_it_imports_no_web_framework_and_no_client():
    heavy = {"fastapi", "starlette", "pydantic", "mangum", "jose", "redis", "uvicorn", "boto3"}

    assert loaded_by("app.entrypoints.pre_sign_up") & heavy == set()
