"""The sums over the user records, from the records of a stream: as they come, again, in other batches, unreadable."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import pytest

from app.entrypoints import counters
from app.models.files import File, Quota
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.user_totals import SUMS, SUMS_KEY, Change, UserTotals, change_of
from contracts.changes import delete, new_todo, store
from contracts.fixtures import new_user
from support.clock import Clock

Record = dict[str, Any]

_SEQUENCE = count(2200000000017454423009)
"""Never those of moto's streams, which begin at 11…: a batch is counted once by its first number."""


def image(todos: int | None = None, files: int = 0, size: int = 0, revision: int = 1) -> Record:
    item = {"userId": {"S": "u"}, "email": {"S": "ada@example.com"}, "revision": {"N": str(revision)}}
    if todos is not None:
        item["todoCount"] = {"N": str(todos)}
    if files:
        item |= {"usedFiles": {"N": str(files)}, "usedBytes": {"N": str(size)}}
    return item


def record(old: Record | None, new: Record | None) -> Record:
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventID": uuid.uuid4().hex,
        "eventName": "MODIFY",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/users/stream/1",
        "dynamodb": {
            "SequenceNumber": str(next(_SEQUENCE)),
            **{name: item for name, item in images.items() if item is not None},
        },
    }


def nonzero(change: Change) -> dict[str, int]:
    return {name: delta for name, delta in change.deltas.items() if delta}


@pytest.mark.parametrize(
    ("old", "new", "deltas"),
    [
        (None, image(), {"users": 1}),
        (None, image(todos=3), {"users": 1, "todos": 3}),
        (image(), image(todos=1, revision=2), {"todos": 1}),
        (image(todos=1), image(todos=26, revision=26), {"todos": 25}),
        (image(todos=2), image(todos=1, revision=2), {"todos": -1}),
        (image(todos=2), image(todos=2, revision=2), {}),
        (image(), image(files=1, size=10), {"files": 1, "bytes": 10}),
        (image(files=1, size=10), image(files=1, size=7), {"bytes": -3}),
        (image(4, files=2, size=9), None, {"users": -1, "todos": -4, "files": -2, "bytes": -9}),
        (image(), image(todos=5), {}),  # filled in by a recount, which has added it
        (image(todos=5), image(), {"todos": -5}),  # put back by an operator, see docs/operations.md
    ],
)
def test_a_change_of_a_record_changes_the_sums(
    old: Record | None, new: Record | None, deltas: dict[str, int]
) -> None:
    assert nonzero(change_of(record(old, new))) == deltas


@pytest.fixture
def totals(storage: DynamoStorage, clock: Clock) -> Iterator[UserTotals]:
    storage.clients.dynamodb.delete_item(TableName="OperationsTable", Key=SUMS_KEY)
    return UserTotals(storage.clients, "OperationsTable", clock)


@pytest.fixture
def letters() -> "Letters":
    return Letters()


class Letters:
    """Dead letters, as what they say."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def dead_letter(self, body: str, *, reason: str, attempts: int, sent_at: int | None = None) -> None:
        self.bodies.append({**json.loads(body), "reason": reason})


def sums(storage: DynamoStorage) -> dict[str, int]:
    return {name: total for name, total in storage.stats.read().items() if name in SUMS and total}


class TestCounting:
    def test_a_batch_is_one_transaction_of_two_writes(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters
    ) -> None:
        events, sent = storage.clients.dynamodb.meta.events, list[Any]()
        event = "before-parameter-build.dynamodb"
        note = lambda params, model, **_: sent.append((model.name, params))  # noqa: E731
        events.register_first(event, note)

        counters.count([record(None, image()) for _ in range(100)], totals, letters)

        events.unregister(event, note)
        assert [name for name, _ in sent] == ["TransactWriteItems"]
        assert len(sent[0][1]["TransactItems"]) == 2
        assert sums(storage) == {"users": 100}

    def test_changes_that_add_up_to_nothing_cost_nothing(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters
    ) -> None:
        events, sent = storage.clients.dynamodb.meta.events, list[Any]()
        note = lambda **_: sent.append(1)  # noqa: E731
        events.register_first("before-parameter-build.dynamodb", note)

        counters.count([record(image(2), image(2, revision=2)) for _ in range(9)], totals, letters)

        events.unregister("before-parameter-build.dynamodb", note)
        assert sent == []

    def test_a_batch_that_comes_again_is_not_counted_again(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters
    ) -> None:
        batch = [record(None, image(1)), record(image(1), image(3, revision=3))]

        for _ in range(3):
            counters.count(batch, totals, letters)

        assert sums(storage) == {"users": 1, "todos": 3}

    def test_of_a_batch_that_comes_again_with_more_the_rest_is_counted(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters
    ) -> None:
        batch = [record(None, image(1)) for _ in range(5)]

        for length in (2, 4, 4, 5, 3):
            counters.count(batch[:length], totals, letters)

        assert sums(storage) == {"users": 5, "todos": 5}

    def test_batches_of_two_shards_add_up_in_any_order(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters
    ) -> None:
        first, second = [record(None, image(1))], [record(image(1), None), record(None, image(2))]

        for batch in (second, first, second):
            counters.count(batch, totals, letters)

        assert sums(storage) == {"users": 1, "todos": 2}

    def test_markers_expire_after_the_records_of_the_stream(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters, clock: Clock
    ) -> None:
        batch = [record(None, image()), record(None, image())]
        counters.count(batch, totals, letters)

        key = {"pk": {"S": f"counted#{batch[0]['dynamodb']['SequenceNumber']}"}, "sk": {"S": "batch"}}
        marker = storage.clients.dynamodb.get_item(TableName="OperationsTable", Key=key)["Item"]

        assert marker["last"]["S"] == batch[1]["dynamodb"]["SequenceNumber"]
        assert int(marker["ttl"]["N"]) - clock.now == pytest.approx(2 * 24 * 3600, abs=1)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda record: record.pop("dynamodb"),
            lambda record: record.update(dynamodb=None),
            lambda record: record["dynamodb"].pop("NewImage"),
            lambda record: record["dynamodb"].pop("SequenceNumber"),
            lambda record: record["dynamodb"].update(SequenceNumber="x"),
            lambda record: record["dynamodb"]["NewImage"].update(todoCount={"S": "many"}),
            lambda record: record["dynamodb"]["NewImage"].update(usedBytes={"N": "1.5"}),
        ],
    )
    def test_an_unreadable_record_holds_up_no_other_and_leaves_a_reference_only(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters, spoil: Any
    ) -> None:
        poison = record(None, image(1))
        spoil(poison)
        batch = [record(None, image(1)), poison, record(None, image(1))]

        counters.count(batch, totals, letters)

        assert sums(storage) == {"users": 2, "todos": 2}
        (letter,) = letters.bodies
        assert (letter["eventID"], letter["reason"]) == (poison["eventID"], "unreadable")
        assert "ada@example.com" not in json.dumps(letter)

    def test_what_real_changes_of_a_user_write_to_the_stream_adds_up(
        self, storage: DynamoStorage, totals: UserTotals, letters: Letters
    ) -> None:
        skip_to_now = len(stream())
        kept, gone = new_user(storage.users), new_user(storage.users)
        todos = [store(storage.todos, user, new_todo()) for user in (kept, kept, kept, gone)]
        delete(storage.todos, kept, todos[0].id)
        for user in (kept, gone):
            storage.files.reserve(user, upload(), Quota(1000, 10))
        storage.users.update_profile(kept, {"name": "Ada"})
        storage.users.delete(gone)

        records = stream()[skip_to_now:]
        for batch in (records[:4], records[4:], records[4:]):
            counters.count(batch, totals, letters)

        assert sums(storage) == {"users": 1, "todos": 2, "files": 1, "bytes": 100}
        assert letters.bodies == []


def upload() -> File:
    return File(
        id=str(uuid.uuid4()),
        name="list.txt",
        content_type="text/plain",
        size=100,
        reserved=100,
        status="pending",
        created_at=datetime.now(UTC),
        expires_at=datetime.now(UTC),
    )


def stream() -> list[Record]:
    """All records of the Users table's stream."""
    streams = boto3.client("dynamodbstreams", region_name="us-east-1")
    (arn,) = [found["StreamArn"] for found in streams.list_streams(TableName="UsersTable")["Streams"]]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    found: list[Record] = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    return found


def test_the_handler_answers_that_nothing_failed(
    storage: DynamoStorage, totals: UserTotals, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "totals", lambda: totals)
    monkeypatch.setattr(counters, "dead_letters", lambda: letters)

    class Context:
        aws_request_id = "r"

    answer = counters.handler({"Records": [record(None, image())]}, Context())

    assert (answer, sums(storage)) == ({"batchItemFailures": []}, {"users": 1})


def test_sums_of_an_earlier_version_go_on_until_a_recount(storage: DynamoStorage, totals: UserTotals) -> None:
    storage.stats.add(mailSent=1)
    storage.clients.dynamodb.update_item(
        TableName="OperationsTable",
        Key={"pk": {"S": "stats"}, "sk": {"S": "counters"}},
        UpdateExpression="SET #users = :users",
        ExpressionAttributeNames={"#users": "users"},
        ExpressionAttributeValues={":users": {"N": "7"}},
    )

    totals.count([change_of(record(None, image()))])

    assert storage.stats.read()["users"] == 8
