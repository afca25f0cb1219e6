"""The function outside the cache's network, as Lambda calls it."""

from base64 import b64decode

import pytest

from app.config.egress import EgressSettings
from app.config.reader import ConfigurationError
from app.entrypoints import egress
from support.http_service import Answer, service
from unit.imports import loaded_by

ENV = {"STAGE": "prod", "STACK_NAME": "unit", "EGRESS_ORIGINS": "https://a.example.com,https://b.example.com"}


@pytest.fixture(autouse=True)
def fresh_relay():
    egress.relay.cache_clear()
    yield
    egress.relay.cache_clear()


def test_it_makes_the_request_and_hands_back_the_answer(monkeypatch):
    with service(lambda _: Answer(418, b"\x00tea", {"X-Kind": "green"})) as pot:
        for name, value in {**ENV, "STAGE": "local", "EGRESS_ORIGINS": pot.url}.items():
            monkeypatch.setenv(name, value)
        event = {
            "method": "POST",
            "url": f"{pot.url}/tea?a=1",
            "headers": {"X-Cups": "2"},
            "body": "bWlsaw==",
        }

        answer = egress.handler(event, None)

    (asked,) = pot.asked
    assert (asked.method, asked.path, asked.headers["x-cups"], asked.body) == (
        "POST",
        "/tea?a=1",
        "2",
        b"milk",
    )
    assert (answer["status"], answer["headers"]["X-Kind"], b64decode(answer["body"])) == (
        418,
        "green",
        b"\x00tea",
    )


def test_it_knows_where_requests_may_go():
    assert EgressSettings.from_env(ENV).egress_origins == ("https://a.example.com", "https://b.example.com")


@pytest.mark.parametrize(
    "origins", ["", " , ", "a.example.com", "https://*.example.com", "https://a.example.com/path"]
)
def test_it_refuses_to_start_without_knowing(origins):
    with pytest.raises(ConfigurationError, match="EGRESS_ORIGINS"):
        EgressSettings.from_env({**ENV, "EGRESS_ORIGINS": origins})


def test_it_speaks_in_clear_locally_only():
    clear = {**ENV, "EGRESS_ORIGINS": "https://a.example.com,http://b.example.com"}

    assert EgressSettings.from_env({**clear, "STAGE": "local"}).egress_origins[1] == "http://b.example.com"
    with pytest.raises(ConfigurationError, match="https"):
        EgressSettings.from_env(clear)


def test_it_imports_nothing_that_it_has_no_use_for():
    heavy = {"fastapi", "starlette", "pydantic", "mangum", "boto3", "redis", "jose", "cryptography"}

    assert loaded_by("app.entrypoints.egress") & heavy == set()
