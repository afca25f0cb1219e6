"""The pre-sign-up trigger."""

import time
from types import SimpleNamespace

import pytest

from app.config.pre_sign_up import PreSignUpSettings
from app.config.reader import ConfigurationError
from app.entrypoints import pre_sign_up
from deployment import events
from support.environment import ENVIRONMENT
from support.memory.address_changes import MemoryAddressChanges
from unit.domains import DOMAINS
from unit.imports import loaded_by


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    kept = MemoryAddressChanges()
    monkeypatch.setattr(
        pre_sign_up, "own", lambda: SimpleNamespace(storage=SimpleNamespace(address_changes=kept))
    )
    return kept


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


def test_an_address_that_is_kept_for_an_account_is_refused_in_any_case_until_its_time_is_over(kept):
    event = events.pre_sign_up("Ada@Example.com")
    kept.reserved["ada@example.com"] = ("user-1", int(time.time()) + 60)

    with pytest.raises(pre_sign_up.AddressRefused) as refused:
        pre_sign_up.handler(event, None)

    assert "ada" not in str(refused.value).lower()
    kept.reserved["ada@example.com"] = ("user-1", int(time.time()))
    assert pre_sign_up.handler(event, None) is event


def test_an_account_without_an_address_is_refused():
    event = events.pre_sign_up("")
    del event["request"]["userAttributes"]["email"]

    with pytest.raises(pre_sign_up.AddressRefused):
        pre_sign_up.handler(event, None)


@pytest.mark.parametrize("missing", ["STACK_NAME", "AWS_REGION", "OPERATIONS_TABLE"])
def test_it_needs_its_settings(missing):
    with pytest.raises(ConfigurationError, match=missing):
        PreSignUpSettings.from_env({**ENVIRONMENT, missing: ""})


def test_it_imports_no_web_framework_and_no_cache():
    heavy = {"fastapi", "starlette", "pydantic", "mangum", "jose", "redis", "uvicorn"}

    assert loaded_by("app.entrypoints.pre_sign_up") & heavy == set()
