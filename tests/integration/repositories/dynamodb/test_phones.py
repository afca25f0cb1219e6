"""Phones on a bad network over DynamoDB: they and the server converge, and nothing is lost unreported."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from app.repositories.dynamodb.storage import DynamoStorage
from support.backups import of_dynamodb
from support.sync_machine import SyncMachine


def test_phones_and_server_converge(storage: DynamoStorage) -> None:
    run_state_machine_as_test(
        lambda: SyncMachine(storage, of_dynamodb(storage)),
        settings=settings(max_examples=5, stateful_step_count=25),
    )
