"""Saved state that cannot be read."""

import pytest
from ministack.core import persistence
from ministack.services import sqs

from devstack.emulator.loader import load


@pytest.fixture
def snapshot(tmp_path, monkeypatch):
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    return tmp_path / "sqs.json"


@pytest.mark.parametrize("body", [b"", b'{"__ministack_format__": 2, "payl', b'{"__ministack_format__": 99}'])
def test_a_damaged_snapshot_is_refused_and_left_as_it_is(snapshot, body):
    snapshot.write_bytes(body)

    with pytest.raises(ValueError, match="is damaged"):
        load("sqs", "sqs")

    assert snapshot.read_bytes() == body


def test_what_a_service_cannot_take_is_refused(snapshot, monkeypatch):
    snapshot.write_text('{"payload": {"queues": 1}, "__ministack_format__": 2}')
    monkeypatch.setattr(sqs, "load_persisted_state", refuse)

    with pytest.raises(TypeError):
        load("sqs", "sqs")


def refuse(state: object) -> None:
    raise TypeError(state)


def test_no_snapshot_is_a_fresh_start(snapshot):
    load("sqs", "sqs")

    assert not snapshot.exists()
