"""Phones on a bad network over storage in memory: they and the server converge, and nothing is lost unreported."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from support.memory import MemoryStorage
from support.sync_machine import SyncMachine


def test_phones_and_server_converge(storage: MemoryStorage) -> None:
    run_state_machine_as_test(
        lambda: SyncMachine(storage), settings=settings(max_examples=60, stateful_step_count=40)
    )
