"""Creations that presume the account as this process has left it: what each condition of their write refuses."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from app.errors import Unavailable
from app.models.todos import Todo, Tombstone
from app.models.users import RecentAccount
from app.ports.todos import Seen
from app.repositories.dynamodb.recent_accounts import RecentAccounts
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import count_of, delete, edit, new_id, new_todo, revision_of, store, titles
from support.clock import Clock
from support.storage_calls import requests_to

WRITE = "TransactWriteItems"
AN_HOUR_AGO = 1_700_000_000


def create(storage: DynamoStorage, user_id: str, title: str = "first") -> Todo:
    """As a request does that has looked at the account before."""
    account = storage.users.get(user_id)
    assert account is not None
    todo = new_todo(title)
    stored = storage.todos.change(user_id, todo.id, lambda _: todo, seen=Seen(account, todo=None))
    assert stored is not None
    return stored


def presume(storage: DynamoStorage, account: RecentAccount | None, todo: Todo) -> Todo | None:
    assert account is not None
    return storage.todos.create_presuming(account, todo.id, lambda _: todo)


class TestPresuming:
    @pytest.fixture
    def own(self, storage: DynamoStorage) -> DynamoStorage:
        """A process that remembers nothing yet."""
        return process_of(storage)

    @pytest.fixture
    def other(self, storage: DynamoStorage) -> DynamoStorage:
        """Another process over the same tables."""
        return process_of(storage)

    @pytest.fixture
    def recent(self, own: DynamoStorage, user_id: str) -> RecentAccount:
        """The account after one creation."""
        create(own, user_id)
        account = own.todos.recent(user_id)
        assert account is not None
        return account

    def test_the_next_creation_is_one_write(
        self, own: DynamoStorage, user_id: str, recent: RecentAccount
    ) -> None:
        with requests_to(own) as calls:
            made = [presume(own, own.todos.recent(user_id), new_todo(f"{n}")) for n in range(3)]

        assert recent == RecentAccount(user_id, "active", 0, 1, 1)
        assert calls == [WRITE] * 3
        assert [(todo.version, todo.revision) for todo in made if todo] == [(1, 2), (1, 3), (1, 4)]
        assert [own.todos.get(user_id, todo.id) for todo in made if todo] == made
        assert (revision_of(own.users, user_id), count_of(own.users, user_id)) == (4, 4)

    def test_a_change_of_what_was_read_is_remembered(self, own: DynamoStorage, user_id: str) -> None:
        todo = create(own, user_id)

        own.todos.change(user_id, todo.id, lambda _: None, seen=own.todos.see(user_id, todo.id))

        assert own.todos.recent(user_id) == RecentAccount(user_id, "active", 0, 2, 0)

    @pytest.mark.parametrize(
        "act",
        [
            lambda s, user: s.users.revoke_tokens(user, AN_HOUR_AGO),
            lambda s, user: s.users.set_status(user, "disabled"),
            lambda s, user: s.users.close(user),
            lambda s, user: s.users.delete(user),
            lambda s, user: s.users.update_profile(user, {"name": "Ada"}),
            lambda s, user: store(s.todos, user, new_todo("theirs")),
            lambda s, user: by_hand(s, user, "status", {"S": "disabled"}),
            lambda s, user: by_hand(s, user, "status", {"S": "deleting"}),
            lambda s, user: by_hand(s, user, "tokensValidAfter"),
            lambda s, user: by_hand(s, user, "todoCount", {"N": "7"}),
            lambda s, user: by_hand(s, user, "todoCount"),
        ],
        ids=[
            "tokens revoked",
            "disabled",
            "deleting",
            "deleted",
            "profile changed",
            "another to-do",
            "disabled by hand",
            "deleting by hand",
            "no moment",
            "counted by hand",
            "to be counted again",
        ],
    )
    def test_nothing_is_stored_for_an_account_that_another_process_has_changed(
        self,
        own: DynamoStorage,
        other: DynamoStorage,
        user_id: str,
        recent: RecentAccount,
        act: Callable[[DynamoStorage, str], object],
    ) -> None:
        act(other, user_id)
        before = record_of(own, user_id)
        todo = new_todo("mine")

        with requests_to(own) as calls:
            assert presume(own, recent, todo) is None

        assert calls == [WRITE]
        assert own.todos.get(user_id, todo.id) is None
        assert record_of(own, user_id) == before
        assert own.todos.recent(user_id) is None

    def test_a_revocation_that_was_seen_is_presumed(self, own: DynamoStorage, user_id: str) -> None:
        own.users.revoke_tokens(user_id, AN_HOUR_AGO)
        create(own, user_id)
        recent = own.todos.recent(user_id)

        assert recent == RecentAccount(user_id, "active", AN_HOUR_AGO, 1, 1)
        assert presume(own, recent, new_todo()) is not None

    @pytest.mark.parametrize("deleted", [False, True])
    def test_an_id_that_is_taken_is_not_taken_twice(
        self, own: DynamoStorage, user_id: str, deleted: bool
    ) -> None:
        theirs = create(own, user_id, "theirs")
        if deleted:
            delete(own.todos, user_id, theirs.id)
            create(own, user_id, "another")
        before = own.todos.get(user_id, theirs.id)

        assert presume(own, own.todos.recent(user_id), new_todo("mine", id=theirs.id)) is None

        assert own.todos.get(user_id, theirs.id) == before
        assert isinstance(before, Tombstone) is deleted
        assert own.todos.recent(user_id) is None

    def test_the_quota_is_not_refused_on_a_guess(self, storage: DynamoStorage, user_id: str) -> None:
        own = process_of(storage, todo_quota=1)
        create(own, user_id)

        with requests_to(own) as calls:
            assert presume(own, own.todos.recent(user_id), new_todo()) is None

        assert calls == []
        assert own.todos.recent(user_id) is None
        assert count_of(own.users, user_id) == 1

    def test_no_error_of_a_decision_is_an_answer(
        self, own: DynamoStorage, user_id: str, recent: RecentAccount
    ) -> None:
        def refuse(_current: Todo | Tombstone | None) -> Todo:
            raise Unavailable

        assert own.todos.create_presuming(recent, new_id(), refuse) is None
        assert own.todos.recent(user_id) is None

    def test_what_was_never_counted_is_counted_first(self, own: DynamoStorage, user_id: str) -> None:
        create(own, user_id)
        create(own, user_id)
        by_hand(own, user_id, "todoCount")
        create(own, user_id)

        recent = own.todos.recent(user_id)

        assert recent == RecentAccount(user_id, "active", 0, 3, 3)
        assert presume(own, recent, new_todo()) is not None
        assert count_of(own.users, user_id) == 4

    @pytest.mark.parametrize(
        "reasons",
        [
            ("TransactionConflict", "None"),
            ("None", "ValidationError"),
            ("ConditionalCheckFailed", "ValidationError"),
            ("None", "ItemCollectionSizeLimitExceeded"),
        ],
    )
    def test_a_cancelled_transaction_is_no_answer(
        self, own: DynamoStorage, user_id: str, recent: RecentAccount, reasons: tuple[str, ...]
    ) -> None:
        error: Any = {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": [{"Code": reason} for reason in reasons],
        }
        with failing(own, ClientError(error, WRITE)):
            assert presume(own, recent, new_todo()) is None

        assert own.todos.recent(user_id) is None

    def test_a_write_that_may_have_landed_is_not_tried_again(
        self, own: DynamoStorage, user_id: str, recent: RecentAccount
    ) -> None:
        with failing(own, ReadTimeoutError(endpoint_url="http://127.0.0.1")), pytest.raises(Unavailable):
            presume(own, recent, new_todo())

        assert own.todos.recent(user_id) is None
        create(own, user_id)  # the failure says nothing of other writers
        assert own.todos.recent(user_id) is not None

    def test_a_throttled_write_is_answered_as_in_a_change(
        self, own: DynamoStorage, user_id: str, recent: RecentAccount
    ) -> None:
        error: Any = {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": [{"Code": "ConditionalCheckFailed"}, {"Code": "ThrottlingError"}],
        }
        with failing(own, ClientError(error, WRITE)), pytest.raises(Unavailable):
            presume(own, recent, new_todo())

        assert own.todos.recent(user_id) is None

    def test_an_account_is_presumed_once(
        self, own: DynamoStorage, user_id: str, recent: RecentAccount
    ) -> None:
        assert presume(own, recent, new_todo()) is not None

        with requests_to(own) as calls:
            assert presume(own, recent, new_todo()) is None

        assert calls == []

    @pytest.mark.parametrize(
        "write",
        [
            lambda s, user: store(s.todos, user, new_todo()),
            lambda s, user: list(s.todos.add(user, [new_todo()])),
            lambda s, user: list(s.todos.change_many(user, [(new_id(), lambda _: new_todo())])),
            lambda s, user: list(s.todos.erase(user)),
        ],
        ids=["change", "add", "change_many", "erase"],
    )
    def test_other_writes_of_the_process_forget_the_account(
        self,
        own: DynamoStorage,
        user_id: str,
        recent: RecentAccount,
        write: Callable[[DynamoStorage, str], object],
    ) -> None:
        write(own, user_id)

        assert own.todos.recent(user_id) is None

    def test_a_change_that_met_another_is_not_remembered(
        self, own: DynamoStorage, other: DynamoStorage, user_id: str
    ) -> None:
        account = own.users.get(user_id)
        assert account is not None
        create(other, user_id, "theirs")
        todo = new_todo("mine")

        own.todos.change(user_id, todo.id, lambda _: todo, seen=Seen(account, todo=None))

        assert own.todos.recent(user_id) is None
        assert (titles(own.todos, user_id), count_of(own.users, user_id)) == (["mine", "theirs"], 2)

    def test_a_change_of_an_outdated_account_is_not_remembered(
        self, own: DynamoStorage, user_id: str
    ) -> None:
        """The other fields of the account may be outdated, too, though the first write went through."""
        account = own.users.get(user_id)
        assert account is not None
        todo, mine = new_todo(), new_todo()

        with own.todos._turns.of(user_id):  # the turn goes on, and so does what is left in it
            own.todos.change(user_id, todo.id, lambda _: todo, seen=Seen(account, todo=None))
            own.todos.change(user_id, mine.id, lambda _: mine, seen=Seen(account, todo=None))

        assert own.todos.recent(user_id) is None

    def test_while_another_thread_writes_nothing_is_presumed(
        self, own: DynamoStorage, user_id: str, recent: RecentAccount
    ) -> None:
        found: list[Todo | None] = []

        def decide(current: Todo | Tombstone | None) -> Todo:
            with ThreadPoolExecutor(1) as pool:
                found.append(pool.submit(presume, own, recent, new_todo("too")).result(timeout=60))
            return new_todo("first")

        with requests_to(own) as calls:
            own.todos.create_presuming(recent, new_id(), decide)

        assert found == [None]
        assert calls == [WRITE]

    def test_two_processes_that_take_turns_are_both_right(
        self, own: DynamoStorage, other: DynamoStorage, user_id: str
    ) -> None:
        made, kept = [], list[bool]()
        for number in range(8):
            process = (own, other)[number % 2]
            recent = process.todos.recent(user_id)
            kept.append(recent is not None)
            todo = new_todo(f"{number}")
            stored = recent and presume(process, recent, todo)
            made.append(stored or create(process, user_id, todo.title))

        assert [todo.revision for todo in made] == list(range(1, 9))
        assert titles(own.todos, user_id) == [f"{number}" for number in range(8)]
        assert (revision_of(own.users, user_id), count_of(own.users, user_id)) == (8, 8)
        assert kept == [False, False, True, True, False, False, False, False]  # one failure each

    def test_an_edit_by_another_process_outdates_the_account(
        self, own: DynamoStorage, other: DynamoStorage, user_id: str
    ) -> None:
        first = create(own, user_id)
        edit(other.todos, user_id, first.id, notes="theirs")

        assert presume(own, own.todos.recent(user_id), new_todo()) is None
        assert (revision_of(own.users, user_id), count_of(own.users, user_id)) == (2, 1)


def process_of(storage: DynamoStorage, **options: Any) -> DynamoStorage:
    """The repositories of another process, which remembers accounts by itself, however long a test takes."""
    process = DynamoStorage(storage.clients, storage.tables, storage.clock, **options)
    process.todos._recent = RecentAccounts(Clock())
    return process


def record_of(storage: DynamoStorage, user_id: str) -> dict[str, Any]:
    found = storage.clients.dynamodb.get_item(
        TableName=storage.tables["users"], Key={"userId": {"S": user_id}}, ConsistentRead=True
    )
    return dict(found.get("Item", {}))


def by_hand(storage: DynamoStorage, user_id: str, name: str, value: Any = None) -> None:
    """As an operator does in the console: the revision is not raised. `None` removes the attribute."""
    storage.clients.dynamodb.update_item(
        TableName=storage.tables["users"],
        Key={"userId": {"S": user_id}},
        UpdateExpression="REMOVE #name" if value is None else "SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        **({} if value is None else {"ExpressionAttributeValues": {":value": value}}),
    )


@contextmanager
def failing(storage: DynamoStorage, error: Exception) -> Iterator[None]:
    """Every transaction fails before it is sent."""
    events = storage.clients.dynamodb.meta.events

    def fail(**_: Any) -> None:
        raise error

    events.register("before-call.dynamodb.TransactWriteItems", fail)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", fail)
