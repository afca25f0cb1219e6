"""Records of streams that a consumer has not read when the local stack stops."""

import pytest
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb, lambda_svc

from devstack.emulator import streams

SCOPE = {"account_id": "000000000000", "region": "us-east-1"}
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/users/stream/2026-11-29T09:00:00.000"


def scoped(**values: object) -> AccountRegionScopedDict:
    found = AccountRegionScopedDict()
    for name, value in values.items():
        found.set_scoped("000000000000", "us-east-1", name, value)
    return found


@pytest.fixture
def state(monkeypatch):
    """One stream of five records, of which one is trimmed, and its consumer has read three in all."""
    monkeypatch.setattr(dynamodb, "_stream_records", scoped(users=[{"n": n} for n in (1, 2, 3, 4)]))
    monkeypatch.setattr(dynamodb, "_stream_trimmed", scoped(users=1))
    monkeypatch.setattr(lambda_svc, "_dynamodb_stream_positions", scoped(mapping=3))
    monkeypatch.setattr(lambda_svc, "_esms", scoped(mapping={"EventSourceArn": ARN}))
    monkeypatch.setattr(dynamodb, "get_state", dict)
    monkeypatch.setattr(dynamodb, "load_persisted_state", lambda _state: None)
    monkeypatch.setattr(
        lambda_svc, "get_state", lambda: {"esms": 1, "dynamodb_stream_positions": scoped(x=1)}
    )
    streams.install()


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(("position", "unread"), [(1, [1, 2, 3, 4]), (3, [3, 4]), (5, []), (0, [1, 2, 3, 4])])
def test_what_is_unread_is_kept(monkeypatch, position, unread):
    monkeypatch.setattr(lambda_svc, "_dynamodb_stream_positions", scoped(mapping=position))

    kept = dynamodb.get_state()["pending_stream_records"]

    assert [record["n"] for record in kept.get_scoped("000000000000", "us-east-1", "users", [])] == unread


@pytest.mark.usefixtures("state")
def test_a_restart_begins_with_what_is_unread(monkeypatch):
    kept = dynamodb.get_state()
    monkeypatch.setattr(dynamodb, "_stream_records", scoped())
    monkeypatch.setattr(dynamodb, "_stream_trimmed", scoped())

    dynamodb.load_persisted_state(kept)

    found = dynamodb.stream_records_since("users", 0, 10, **SCOPE)
    assert [record["n"] for record in found] == [3, 4]
    assert len(lambda_svc.get_state()["dynamodb_stream_positions"]) == 0


@pytest.mark.usefixtures("state")
def test_records_of_a_table_without_a_consumer_are_not_kept(monkeypatch):
    monkeypatch.setattr(lambda_svc, "_esms", scoped())

    kept = dynamodb.get_state()["pending_stream_records"]

    assert list(kept.all_items()) == []


@pytest.mark.usefixtures("state")
def test_a_state_of_an_earlier_version_has_no_records():
    dynamodb.load_persisted_state({})
    dynamodb.load_persisted_state(None)

    assert dynamodb.stream_end_position("users", **SCOPE) == 5
