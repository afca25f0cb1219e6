"""How many calls of DynamoDB a change of a to-do takes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.errors import NotFound
from app.models.todos import Todo, Tombstone, live
from app.models.users import User
from app.ports.todos import Seen
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import edit, editing, new_todo, store
from engines.dynamodb.items import item_of

WRITE, READ = "TransactWriteItems", "BatchGetItem"


class TestCalls:
    @pytest.fixture
    def todo(self, storage: DynamoStorage, user_id: str) -> Todo:
        return store(storage.todos, user_id, new_todo())

    @pytest.fixture
    def account(self, storage: DynamoStorage, user_id: str, todo: Todo) -> User:
        account = storage.users.get(user_id)
        assert account is not None
        return account

    @pytest.fixture
    def calls(self, storage: DynamoStorage, account: User) -> Iterator[list[str]]:
        """The operations from here on."""
        events, made = storage.clients.dynamodb.meta.events, list[str]()

        def note(model: Any, **_: Any) -> None:
            made.append(model.name)

        events.register("before-call.dynamodb", note)
        yield made
        events.unregister("before-call.dynamodb", note)

    def test_a_creation_beside_a_known_account_is_one_write(
        self, storage: DynamoStorage, account: User, calls: list[str]
    ) -> None:
        storage.todos.change(account.id, "new", lambda _: new_todo(), seen=Seen(account, todo=None))

        assert calls == [WRITE]

    def test_a_change_of_a_known_todo_is_one_write(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        storage.todos.change(account.id, todo.id, editing(title="x"), seen=Seen(account, todo))
        storage.todos.change(
            account.id,
            todo.id,
            lambda _: None,
            seen=Seen(replace(account, revision=2), replace(todo, version=2)),
        )

        assert calls == [WRITE, WRITE]

    def test_an_account_and_a_todo_are_one_read_for_the_change_that_follows(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        changed = storage.todos.change(
            account.id, todo.id, editing(title="x"), seen=storage.todos.see(account.id, todo.id)
        )
        storage.todos.change(account.id, todo.id, lambda _: None, seen=storage.todos.see(account.id, todo.id))

        assert calls == [READ, WRITE] * 2
        assert changed is not None

    def test_a_change_is_refused_by_what_was_read_for_it(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        seen = storage.todos.see(account.id, todo.id)

        def refuse(_: Todo | Tombstone | None) -> None:
            raise NotFound

        with pytest.raises(NotFound):
            storage.todos.change(account.id, todo.id, refuse, seen=seen)
        kept = storage.todos.change(account.id, todo.id, live, seen=seen)

        assert calls == [READ]
        assert kept == todo

    def test_the_second_attempt_goes_by_what_the_first_has_met_instead_of_what_was_read(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        seen = storage.todos.see(account.id, todo.id)
        edit(storage.todos, account.id, todo.id, notes="theirs")
        calls.clear()

        changed = storage.todos.change(account.id, todo.id, editing(title="x"), seen=seen)

        assert calls == [WRITE, WRITE]
        assert changed == replace(todo, title="x", notes="theirs", version=3, revision=3)

    def test_what_was_read_is_no_ground_to_refuse_once_this_process_has_written(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        seen = storage.todos.see(account.id, todo.id)
        with storage.todos._turns.of(account.id):  # the turn goes on, and so does what is left in it
            theirs = edit(storage.todos, account.id, todo.id, notes="theirs")
            calls.clear()
            kept = storage.todos.change(account.id, todo.id, live, seen=seen)

        assert calls == [READ]
        assert kept == theirs

    def test_a_change_of_an_unread_todo_is_a_read_and_a_write(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        storage.todos.change(account.id, todo.id, editing(title="x"), seen=Seen(account))
        storage.todos.change(account.id, todo.id, editing(title="y"))

        assert calls == [READ, WRITE] * 2

    @pytest.mark.parametrize("fields", [{"revision": 0}, {"revision": 7}])
    def test_a_condition_that_fails_gives_the_account_for_the_next_attempt(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str], fields: dict[str, int]
    ) -> None:
        seen = Seen(replace(account, **fields), todo)

        changed = storage.todos.change(account.id, todo.id, editing(title="x"), seen=seen)

        assert calls == [WRITE, WRITE]
        assert changed == replace(todo, title="x", version=2, revision=2)

    def test_a_condition_that_fails_gives_the_todo_for_the_next_attempt(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        edit(storage.todos, account.id, todo.id, notes="theirs")
        calls.clear()

        changed = storage.todos.change(account.id, todo.id, editing(title="x"), seen=Seen(account, todo))

        assert calls == [WRITE, WRITE]
        assert changed == replace(todo, title="x", notes="theirs", version=3, revision=3)

    def test_the_third_attempt_reads(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        """It has waited for longer: what the second has met is outdated where many write."""
        meddling = iter([True, True])

        def decide(current: Todo | Tombstone | None) -> Todo:
            assert isinstance(current, Todo)
            if next(meddling, False):
                edit(storage.todos, account.id, todo.id, notes=f"theirs {current.version}")
            return replace(current, title="x")

        changed = storage.todos.change(account.id, todo.id, decide, seen=Seen(account, todo))

        others = [READ, WRITE]
        assert calls == [*others, WRITE, *others, WRITE, READ, WRITE]
        assert changed is not None
        assert (changed.notes, changed.title, changed.version) == ("theirs 2", "x", 4)

    def test_a_refusal_of_what_was_seen_is_proved_by_a_read(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        kept = storage.todos.change(account.id, todo.id, lambda current: current, seen=Seen(account, todo))  # type: ignore[arg-type,return-value]

        assert calls == [READ]
        assert kept == todo

    def test_a_condition_without_a_fault_does_not_prove_what_was_seen(
        self, storage: DynamoStorage, account: User, todo: Todo, calls: list[str]
    ) -> None:
        """DynamoDB says which conditions failed, and may not have come to the others: the to-do seen is outdated."""
        theirs = edit(storage.todos, account.id, todo.id, title="theirs")
        calls.clear()
        events = storage.clients.dynamodb.meta.events
        outdated = replace(account, revision=0)

        def decide(current: Todo | Tombstone | None) -> Todo | Tombstone | None:
            """Changes the to-do once, and refuses afterwards what it was given first."""
            return current if calls and isinstance(current, Todo) else replace(todo, title="mine")

        events.register("after-call.dynamodb.TransactWriteItems", _forget_second_reason)
        try:
            kept = storage.todos.change(account.id, todo.id, decide, seen=Seen(outdated, todo))
        finally:
            events.unregister("after-call.dynamodb.TransactWriteItems", _forget_second_reason)

        assert calls == [WRITE, READ]
        assert kept == theirs

    @pytest.mark.parametrize("locked", ["account", "todo"])
    def test_what_one_action_met_is_no_state_where_the_other_was_locked(
        self,
        storage: DynamoStorage,
        account: User,
        todo: Todo,
        calls: list[str],
        monkeypatch: pytest.MonkeyPatch,
        locked: str,
    ) -> None:
        """DynamoDB mixes reasons: a rival's transaction is committed on one item and not yet on the other."""
        edit(storage.todos, account.id, todo.id, notes="theirs")
        calls.clear()
        client = storage.clients.dynamodb
        met = {
            "account": {"userId": {"S": account.id}, "status": {"S": "active"}, "revision": {"N": "2"}},
            "todo": item_of(storage, account.id, todo.id),
        }
        calls.clear()

        def cancel(**_: Any) -> None:
            monkeypatch.undo()
            reasons = [
                {"Code": "TransactionConflict"}
                if name == locked
                else {"Code": "ConditionalCheckFailed", "Item": item}
                for name, item in met.items()
            ]
            error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(error, WRITE)

        monkeypatch.setattr(client, "transact_write_items", cancel)

        changed = storage.todos.change(account.id, todo.id, editing(title="x"), seen=Seen(account, todo))

        assert calls == [READ, WRITE]
        assert changed == replace(todo, title="x", notes="theirs", version=3, revision=3)


def _forget_second_reason(parsed: dict[str, Any], **_: Any) -> None:
    if "CancellationReasons" in parsed:
        parsed["CancellationReasons"][1] = {"Code": "None"}
