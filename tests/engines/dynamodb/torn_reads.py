"""DynamoDB reads a to-do and its user's revision at two moments."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.models.todos import live
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import edit, new_todo, store
from engines.dynamodb.items import item_of


class TestTornReads:
    """A change by another falls in between."""

    @pytest.fixture
    def tear_next_read(self, storage: DynamoStorage) -> Iterator[Callable[[list[Any]], None]]:
        """Let the next batch answer with an older state of the to-do beside the newest revision."""
        events = storage.clients.dynamodb.meta.events
        event = "after-call.dynamodb.BatchGetItem"
        pending: list[list[Any]] = []

        def answer(parsed: dict[str, Any], **_: Any) -> None:
            if pending:
                parsed["Responses"][storage.tables["todos"]] = pending.pop()

        events.register(event, answer)
        yield pending.append
        events.unregister(event, answer)

    def test_a_change_of_an_old_version_is_decided_again(
        self, storage: DynamoStorage, user_id: str, tear_next_read: Callable[[list[Any]], None]
    ) -> None:
        todo = store(storage.todos, user_id, new_todo())
        older = item_of(storage, user_id, todo.id)
        edit(storage.todos, user_id, todo.id, notes="theirs")
        tear_next_read([older])

        changed = edit(storage.todos, user_id, todo.id, title="mine")

        assert changed == replace(todo, title="mine", notes="theirs", version=3, revision=3)

    def test_a_creation_of_what_is_there_is_decided_again(
        self, storage: DynamoStorage, user_id: str, tear_next_read: Callable[[list[Any]], None]
    ) -> None:
        theirs = store(storage.todos, user_id, new_todo("theirs"))
        tear_next_read([])

        kept = storage.todos.change(user_id, theirs.id, lambda current: live(current) or new_todo("mine"))

        assert kept == theirs
