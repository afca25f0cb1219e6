"""Phones on a bad network over PostgreSQL: they and the server converge, and nothing is lost unreported."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from app.repositories.postgres.storage import PostgresStorage
from support.backups import of_postgres
from support.postgres import RunningPostgres
from support.sync_machine import SyncMachine


def test_phones_and_server_converge(storage: PostgresStorage, postgres: RunningPostgres) -> None:
    run_state_machine_as_test(
        lambda: SyncMachine(storage, of_postgres(postgres.url)),
        settings=settings(max_examples=5, stateful_step_count=25),
    )
