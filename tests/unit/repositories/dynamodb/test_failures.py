"""The repositories over an engine that throttles, fails, or reports contention."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from app.aws import retries
from app.aws.errors import map_aws_errors
from app.errors import AppError, Conflict, Contention, Unavailable, Unprocessable
from app.models.imports import Reject
from app.models.todos import Todo, TodoQuery
from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import new_todo, store
from support.clients import clients_for
from support.storage import settings_for, storage_at

NOWHERE = "http://127.0.0.1:9"
STATE = {"UsersTable": [{"revision": {"N": "4"}, "todoCount": {"N": "0"}}], "TodosTableV2": []}
THROTTLED = [
    ("ThrottlingException", 400),
    ("ProvisionedThroughputExceededException", 400),
    ("RequestLimitExceeded", 400),
    ("TransactionInProgressException", 400),
    ("InternalServerError", 500),
    ("InternalServerError", 400),
    ("ServiceUnavailable", 503),
    ("ExpiredTokenException", 400),
    ("LimitExceededException", 400),
    ("ThrottlingError", 400),
]


@dataclass
class FakeTime:
    """Time that passes by sleeping only."""

    elapsed: float = 0.0

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds


@pytest.fixture
def fake_time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(retries, "time", fake)
    return fake


class TestErrorsOfTheEngine:
    @pytest.fixture
    def storage(self) -> Iterator[DynamoStorage]:
        """Every answer is scripted, so there is nothing to connect to."""
        with storage_at(NOWHERE) as storage:
            yield storage

    @pytest.fixture
    def engine(self, storage: DynamoStorage) -> Iterator[Stubber]:
        with Stubber(storage.clients.dynamodb) as stubber:
            yield stubber
            stubber.assert_no_pending_responses()

    @pytest.mark.parametrize(("code", "status"), THROTTLED)
    def test_a_throttled_or_failing_engine_is_unavailable(
        self, storage: DynamoStorage, engine: Stubber, code: str, status: int
    ) -> None:
        for operation in ("get_item", "query", "batch_get_item", "put_item", "update_item", "update_item"):
            engine.add_client_error(operation, code, http_status_code=status)

        for call in (
            lambda: storage.todos.get("u", "t"),
            lambda: storage.todos.list("u", TodoQuery(), limit=1),
            lambda: storage.todos.change("u", "t", lambda current: current),
            lambda: storage.operations.claim("u", "k", "f", owner="o", resource_id="r"),
            lambda: storage.users.revoke_tokens("u", 1),
            lambda: storage.operations.release("u", "k", owner="o"),
        ):
            with pytest.raises(Unavailable) as raised:
                call()
            assert raised.value.code == "unavailable"

    def test_a_full_partition_is_the_users_quota(self, storage: DynamoStorage, engine: Stubber) -> None:
        engine.add_client_error("put_item", "ItemCollectionSizeLimitExceededException")

        with pytest.raises(Conflict) as raised:
            storage.operations.claim("u", "k", "f", owner="o", resource_id="r")

        assert raised.value.code == "quota_exceeded"

    @pytest.mark.parametrize(
        "failure",
        [
            ResponseParserError("not JSON"),
            NoCredentialsError(),
            ClientError(
                {"Error": {"Code": "TransactionCanceledException"}, "ResponseMetadata": {}},
                "TransactWriteItems",
            ),
        ],
        ids=["an answer that is not AWS's", "no credentials", "a cancellation without a reason"],
    )
    def test_what_tells_nothing_is_unavailable(self, failure: Exception) -> None:
        with pytest.raises(Unavailable), map_aws_errors():
            raise failure

    @pytest.mark.parametrize(
        "code", ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"]
    )
    def test_a_defect_of_ours_is_no_outage(self, storage: DynamoStorage, engine: Stubber, code: str) -> None:
        engine.add_client_error("get_item", code)

        with pytest.raises(ClientError, match=code):
            storage.users.get("u")

    def test_a_table_that_refuses_changes_while_it_is_moved_is_an_outage(
        self, storage: DynamoStorage, engine: Stubber
    ) -> None:
        message = "User: x is not authorized to perform: y with an explicit deny in a resource-based policy"
        engine.add_client_error("get_item", "AccessDeniedException", message)

        with pytest.raises(Unavailable):
            storage.users.get("u")

    @pytest.mark.parametrize(
        ("reasons", "expected"),
        [
            (["None", "ThrottlingError"], Unavailable),
            (["ProvisionedThroughputExceeded", "ConditionalCheckFailed"], Unavailable),
            (["None", "InternalServerError"], Unavailable),
            (["None", "ValidationError"], Unprocessable),
            (["ConditionalCheckFailed", "ValidationError"], Unprocessable),
            (["ConditionalCheckFailed", "ItemCollectionSizeLimitExceeded"], Conflict),
            (["None", "AccessDenied"], ClientError),
        ],
    )
    def test_a_transaction_cancelled_for_another_reason_is_not_repeated(
        self, storage: DynamoStorage, engine: Stubber, reasons: list[str], expected: type[Exception]
    ) -> None:
        engine.add_response("batch_get_item", {"Responses": STATE})
        add_cancellation(engine, *reasons)

        with pytest.raises(expected) as raised:
            store(storage.todos, "u", new_todo())

        assert getattr(raised.value, "code", None) != "contention"

    @pytest.mark.parametrize(
        "reasons",
        [("TransactionConflict", "None"), ("None", "ConditionalCheckFailed"), ("TransactionConflict",) * 2],
    )
    @pytest.mark.usefixtures("fake_time")
    def test_a_conflicting_transaction_is_repeated_on_fresh_state(
        self, storage: DynamoStorage, engine: Stubber, reasons: tuple[str, ...]
    ) -> None:
        engine.add_response("batch_get_item", {"Responses": STATE})
        add_cancellation(engine, *reasons)
        engine.add_response(
            "batch_get_item",
            {"Responses": {**STATE, "UsersTable": [{"revision": {"N": "9"}, "todoCount": {"N": "0"}}]}},
        )
        engine.add_response("transact_write_items", {})

        assert store(storage.todos, "u", new_todo()).revision == 10

    @pytest.mark.usefixtures("fake_time")
    def test_a_batch_answered_in_part_is_read_again(self, storage: DynamoStorage, engine: Stubber) -> None:
        unprocessed = {"TodosTableV2": {"Keys": [{"userId": {"S": "u"}, "todoId": {"S": "t"}}]}}
        engine.add_response(
            "batch_get_item",
            {"Responses": {"UsersTable": STATE["UsersTable"]}, "UnprocessedKeys": unprocessed},
        )
        engine.add_response("batch_get_item", {"Responses": STATE})
        engine.add_response("transact_write_items", {})

        assert store(storage.todos, "u", new_todo()).revision == 5

    @pytest.mark.usefixtures("fake_time")
    def test_rows_left_over_of_a_batch_are_written_again_until_none_is(
        self, storage: DynamoStorage, engine: Stubber
    ) -> None:
        rejects = [Reject(line, "email", "invalid") for line in range(1, 4)]
        written: list[int] = []
        storage.clients.dynamodb.meta.events.register_first(
            "before-parameter-build.dynamodb.BatchWriteItem",
            lambda params, **_: written.append(len(params["RequestItems"]["operations"])),
        )
        left = [{"PutRequest": {"Item": {"pk": {"S": "import#i"}, "sk": {"S": str(n)}}}} for n in range(2)]
        for unprocessed in (left, left[:1]):
            engine.add_response("batch_write_item", {"UnprocessedItems": {"operations": unprocessed}})
        engine.add_response("batch_write_item", {"UnprocessedItems": {}})

        DynamoImports(storage.clients, "operations").add_rejects("i", rejects)

        assert written == [3, 2, 1]

    @pytest.mark.usefixtures("fake_time")
    def test_rows_that_are_never_taken_end_in_unavailable(
        self, storage: DynamoStorage, engine: Stubber
    ) -> None:
        name = storage.tables["operations"]
        left = [{"PutRequest": {"Item": {"pk": {"S": "import#i"}, "sk": {"S": "1"}}}}]
        for _ in range(500):
            engine.add_response("batch_write_item", {"UnprocessedItems": {name: left}})

        with pytest.raises(Unavailable):
            DynamoImports(storage.clients, storage.tables["operations"]).add_rejects(
                "i", [Reject(1, None, "invalid")]
            )

        engine._queue.clear()  # what was not needed

    @pytest.mark.usefixtures("fake_time")
    def test_a_profile_update_waits_for_the_transaction_in_its_way(
        self, storage: DynamoStorage, engine: Stubber
    ) -> None:
        user = {"userId": {"S": "u"}, "status": {"S": "active"}, "revision": {"N": "4"}}
        engine.add_response("get_item", {"Item": user})
        engine.add_client_error("transact_write_items", "TransactionConflictException")
        engine.add_response("get_item", {})

        assert storage.users.set_status("u", "disabled") is None


class TestContention:
    def test_ends_within_two_seconds(self, storage: DynamoStorage, user_id: str, fake_time: FakeTime) -> None:
        todo = store(storage.todos, user_id, new_todo())
        calls = 0

        def decide(current: Todo | None) -> Todo:
            nonlocal calls
            calls += 1
            store(storage.todos, user_id, new_todo("in the way"))
            return new_todo()

        with pytest.raises(Contention):
            storage.todos.change(user_id, todo.id, decide)

        assert 4.5 < fake_time.elapsed <= 5
        assert calls >= 20
        assert storage.todos.get(user_id, todo.id) == todo

    def test_waits_grow_and_differ(self, fake_time: FakeTime) -> None:
        def waits() -> list[float]:
            ends = [fake_time.elapsed for _ in zip(range(6), retries.attempts(), strict=False)]
            return [end - start for start, end in pairwise(ends)]

        runs = [waits() for _ in range(50)]

        assert len(set(map(tuple, runs))) == 50
        assert all(0 <= wait <= 0.01 * 2**n for run in runs for n, wait in enumerate(run))
        assert max(run[4] for run in runs) > 0.08

    def test_an_error_of_the_decision_is_not_repeated(self, storage: DynamoStorage, user_id: str) -> None:
        calls = []

        def decide(current: Todo | None) -> Todo:
            calls.append(current)
            raise AppError

        with pytest.raises(AppError):
            storage.todos.change(user_id, "t", decide)

        assert calls == [None]


def add_cancellation(engine: Stubber, *reasons: str) -> None:
    fields: dict[str, Any] = {"CancellationReasons": [{"Code": code} for code in reasons]}
    engine.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=fields)


def test_the_clients_are_built_by_their_first_use_only(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    monkeypatch.setattr("boto3.session.Session.client", lambda *_args, **_kwargs: built.append(time.time()))
    settings = settings_for(NOWHERE)
    DynamoStorage(clients_for(settings), settings.tables)

    assert built == []
