"""The post-authentication trigger."""

from collections.abc import Iterator

import pytest

from app.entrypoints import post_authentication
from app.errors import Unavailable
from deployment import events
from support.entrypoints import forget_what_was_made
from support.environment import ENVIRONMENT
from support.memory import MemoryStorage


@pytest.fixture
def storage(monkeypatch) -> Iterator[MemoryStorage]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    forget_what_was_made(post_authentication)
    storage = MemoryStorage()
    monkeypatch.setattr(post_authentication.own(), "storage", storage, raising=False)
    yield storage
    forget_what_was_made(post_authentication)


def test_a_sign_in_is_recorded_with_its_client(storage):
    event = events.post_authentication("client-1", "ada")

    assert post_authentication.handler(event, None) is event

    (entry,) = storage.activity.of("ada")
    assert (entry.kind, entry.client_id, entry.network, entry.count) == ("signed_in", "client-1", None, 1)


@pytest.mark.parametrize("error", [Unavailable(), LookupError("a bug"), MemoryError()])
def test_what_fails_keeps_nobody_out_and_is_counted(storage, monkeypatch, caplog, error):
    def fail(*_given):
        raise error

    monkeypatch.setattr(storage.activity, "append", fail)
    event = events.post_authentication("client-1", "ada")

    assert post_authentication.handler(event, None) is event

    records = dict.fromkeys(caplog.records)
    assert [(record.message, record.metric) for record in records] == [
        ("activity not recorded", "ActivityLost")
    ]


def test_an_event_that_names_no_user_keeps_nobody_out(storage):
    event = {"request": {"userAttributes": {}}}

    assert post_authentication.handler(event, None) is event
    assert storage.activity.calls == []


def test_missing_settings_keep_nobody_out(storage, monkeypatch):
    forget_what_was_made(post_authentication)
    monkeypatch.delenv("OPERATIONS_TABLE")
    event = events.post_authentication("client-1", "ada")

    assert post_authentication.handler(event, None) is event
