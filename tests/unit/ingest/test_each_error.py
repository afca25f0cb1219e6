"""Each error that DynamoDB has, at each call of an import: the import ends, with every row accepted or rejected once.

The function runs whole over moto. Errors are raised where the SDK has given up retrying.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from app.entrypoints import ingest
from app.models.imports import IMPORT_LEASE, Import
from app.models.moments import now
from app.models.user_data import UserData
from app.models.users import User
from app.ports.queues import MAX_RECEIVES
from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.user_data import DynamoUserData
from app.services.ingest import files
from support.aws_in_process import aws_in_process
from support.credentials import CREDENTIALS
from support.entrypoints import forget_what_was_made
from support.environment import ENVIRONMENT
from support.storage import storage_at
from support.tables import create_tables

REASON = "TransactionCanceledException"
WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems")


@dataclass(frozen=True)
class Fault:
    """`operations`: those that may answer so; none are all. `applied`: the call takes effect all the same."""

    code: str
    status: int = 400
    operations: tuple[str, ...] = ()
    applied: bool = False
    reason: str | None = None
    """Why a transaction was cancelled."""
    lasts: bool = False
    """Whether it is tried as one that comes every time: those of one meaning are tried once."""

    def __str__(self) -> str:
        return " ".join(filter(None, [self.code, self.reason, "applied" if self.applied else ""]))

    def meets(self, operation: str) -> bool:
        return not self.operations or operation in self.operations

    def error(self, operation: str, request: dict[str, Any]) -> Exception:
        if self.code in SILENCES:
            return SILENCES[self.code](endpoint_url="https://dynamodb.example.com")
        answer: Any = {
            "Error": {"Code": self.code, "Message": "injected"},
            "ResponseMetadata": {"HTTPStatusCode": self.status},
        }
        if self.reason:
            others = [{"Code": "None"}] * (len(request["TransactItems"]) - 1)
            answer["CancellationReasons"] = [{"Code": self.reason}, *others]
        return ClientError(answer, operation)


SILENCES = {kind.__name__: kind for kind in (ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError)}
ONE_WRITE = ("PutItem", "UpdateItem")
TRANSACTION = ("TransactWriteItems",)
FAULTS = [
    Fault("ThrottlingException", lasts=True),
    Fault("ProvisionedThroughputExceededException"),
    Fault("RequestLimitExceeded"),
    Fault("InternalServerError", 500),
    Fault("InternalServerError", 500, WRITES, applied=True),
    Fault("ServiceUnavailable", 503),
    Fault("LimitExceededException"),
    Fault("ValidationException", lasts=True),
    Fault("ResourceNotFoundException", lasts=True),
    Fault("AccessDeniedException", lasts=True),
    Fault("ExpiredTokenException"),
    Fault("UnrecognizedClientException"),
    Fault("ItemCollectionSizeLimitExceededException", operations=WRITES, lasts=True),
    # Without another writer, a condition fails only for what an earlier attempt of the same call has written.
    Fault("ConditionalCheckFailedException", operations=ONE_WRITE, applied=True),
    Fault("TransactionConflictException", operations=ONE_WRITE, lasts=True),
    Fault("TransactionInProgressException", operations=TRANSACTION),
    Fault("IdempotentParameterMismatchException", operations=TRANSACTION),
    Fault(REASON, operations=TRANSACTION, reason="ConditionalCheckFailed", applied=True),
    Fault(REASON, operations=TRANSACTION, reason="ItemCollectionSizeLimitExceeded", lasts=True),
    Fault(REASON, operations=TRANSACTION, reason="TransactionConflict", lasts=True),
    Fault(REASON, operations=TRANSACTION, reason="ProvisionedThroughputExceeded"),
    Fault(REASON, operations=TRANSACTION, reason="ThrottlingError"),
    Fault(REASON, operations=TRANSACTION, reason="ValidationError", lasts=True),
    Fault(REASON, operations=TRANSACTION, reason="AccessDenied", lasts=True),
    Fault("ConnectTimeoutError"),
    Fault("EndpointConnectionError"),
    Fault("ReadTimeoutError", lasts=True),
    Fault("ReadTimeoutError", operations=WRITES, applied=True, lasts=True),
]
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""


IsHit = Callable[[str, dict[str, Any]], bool]
"""Of an operation and its request."""


def never(_operation: str, _request: dict[str, Any]) -> bool:
    return False


class Wire:
    """Between the SDK's callers and moto: counts the calls of DynamoDB, and fails those that `is_hit` says."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self.fault: Fault | None = None
        self.is_hit: IsHit = never
        self.operations: list[str] = []
        self.hits = 0

    def pass_on(self, client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        fault = self.fault
        if fault is None or client.meta.service_model.service_name != "dynamodb":
            return self._call(client, operation, request)
        self.operations.append(operation)
        if not (fault.meets(operation) and self.is_hit(operation, request)):
            return self._call(client, operation, request)
        self.hits += 1
        if fault.applied:
            self._call(client, operation, request)
        raise fault.error(operation, request)

    def arm(self, fault: Fault, is_hit: IsHit) -> None:
        self.fault, self.is_hit, self.operations, self.hits = fault, is_hit, [], 0


@pytest.fixture(scope="module")
def storage() -> Iterator[DynamoStorage]:
    with aws_in_process(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        storage.clients.s3.create_bucket(Bucket=ENVIRONMENT["INGEST_BUCKET"])
        yield storage


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire(BaseClient._make_api_call)
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda client, *call: wire.pass_on(client, *call))
    waits: list[float] = []
    still = SimpleNamespace(monotonic=lambda: sum(waits), sleep=waits.append)
    monkeypatch.setattr("app.aws.retries.time", still)
    monkeypatch.setattr(files, "CHUNK_ROWS", 4)
    return wire


@pytest.fixture
def upload(
    storage: DynamoStorage, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], "Upload"]]:
    queues = {
        name: storage.clients.sqs.create_queue(QueueName=f"{name.lower()}-{uuid.uuid4().hex}")["QueueUrl"]
        for name in ("EMAIL_QUEUE_URL", "INGEST_QUEUE_URL", "INGEST_DLQ_URL")
    }
    environment = {
        **ENVIRONMENT,
        **CREDENTIALS.variables,
        **queues,
        "STAGE": "dev",
        "AWS_ENDPOINT_URL": "",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget_what_was_made(ingest)
    yield lambda: Upload(storage)
    forget_what_was_made(ingest)


class Upload:
    """A file of seven rows: five good ones, of which one has a warning and one is an account's, and two bad ones."""

    GOOD = ("ada", "bob", "cy", "di", "eve")

    def __init__(self, storage: DynamoStorage) -> None:
        self.storage = storage
        self.imports = DynamoImports(storage.clients, storage.tables["operations"])
        self.user_data = DynamoUserData(storage.clients, storage.tables["user_data"])
        self.id, self.domain = str(uuid.uuid4()), f"{uuid.uuid4().hex[:12]}.example.com"
        self.imports.create(Import(id=self.id, name="people.csv", report_to="admin@example.com"))
        storage.users.create(User(id=self.id, email=self.address("di")))
        self.user_data.link(self.address("di"), self.id)
        lines = ["email,name,phone", "nobody,No,", *(f"{self.address(name)},{name}," for name in self.GOOD)]
        self.body = "\n".join([*lines[:4], "noone,No,", *lines[4:]]).replace("eve,", "eve,ask").encode()
        self.event = self.stored()

    def address(self, name: str) -> str:
        return f"{name}@{self.domain}"

    def stored(self) -> str:
        bucket, key = ENVIRONMENT["INGEST_BUCKET"], f"imports/{self.id}"
        etag = self.storage.clients.s3.put_object(Bucket=bucket, Key=key, Body=self.body)["ETag"]
        record = {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Post",
            "eventTime": "2026-11-21T09:30:00.000Z",
            "s3": {
                "bucket": {"name": bucket},
                "object": {"key": key, "eTag": etag.strip('"'), "sequencer": "0F"},
            },
        }
        return json.dumps({"Records": [record]})

    def deliver(self) -> bool:
        """As the queue does it, until it is taken or has been tried often enough; whether it was taken."""
        return any(self.attempt(number) for number in range(1, MAX_RECEIVES + 1))

    def attempt(self, number: int) -> bool:
        message = {
            "eventSource": "aws:sqs",
            "messageId": self.id,
            "body": self.event,
            "attributes": {"SentTimestamp": "1795236715000", "ApproximateReceiveCount": str(number)},
        }
        context = SimpleNamespace(aws_request_id=self.id, get_remaining_time_in_millis=lambda: 300_000)
        return ingest.handler({"Records": [message]}, context) == {"batchItemFailures": []}

    def check(self, *, was_taken: bool) -> str:
        """It has ended, or its message is a dead letter, with each row accepted or rejected once; the status."""
        record = self.imports.get(self.id)
        assert record is not None
        if record.status == "pending":
            assert not was_taken
            return record.status
        shown = record.as_of(now() + IMPORT_LEASE)
        assert shown.finished_at is not None
        assert not (was_taken and record.status == "running")
        progress, held = shown.progress, self.user_data.get_many([*map(self.address, self.GOOD)])
        rejects = self.imports.rejects(self.id, limit=20).items
        assert progress.accepted + progress.rejected == progress.rows
        if shown.status == "failed":
            assert shown.reason in ("unavailable", "internal_error", "abandoned")
            assert progress.accepted <= len(held)
            assert progress.rejected <= len(rejects)
            return record.status
        assert shown.status == "completed"
        unstorable = [reject for reject in rejects if reject.reason == "not_storable"]
        assert (progress.rows, progress.accepted) == (7, len(held))
        assert progress.rejected == len(rejects) == 2 + len(unstorable)
        assert len(held) + len(unstorable) == len(self.GOOD)
        assert len(self.imports.warnings(self.id, limit=20).items) == progress.warnings
        self.check_profile(held)
        return record.status

    def check_profile(self, held: Any) -> None:
        """What is stored about an account is in its profile."""
        profile = self.storage.users.get(self.id)
        assert profile is not None
        assert profile.name == (
            "di" if UserData(email=self.address("di"), name="di", user_id=self.id) in held else None
        )


CALLS = [
    "GetItem",  # the import that waits for this upload
    "UpdateItem",  # begins
    "UpdateItem",  # the file is checked
    *("TransactWriteItems", "BatchGetItem"),  # rows are stored; no account has their addresses
    "BatchWriteItem",  # rejects
    "UpdateItem",  # progress
    *(
        "TransactWriteItems",
        "BatchGetItem",
        "BatchGetItem",
        "BatchGetItem",
        *("GetItem", "TransactWriteItems"),
    ),  # a profile is filled
    "BatchWriteItem",  # a warning
    "UpdateItem",  # progress
    *("GetItem", "UpdateItem"),  # the report is sent, the import ends
    "UpdateItem",  # statistics
]


def test_these_are_the_calls_of_an_import(upload, wire):
    one = upload()
    wire.arm(FAULTS[0], never)

    assert one.deliver()

    assert wire.operations == CALLS
    assert one.check(was_taken=True) == "completed"


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_an_error_at_each_call_once_loses_and_doubles_nothing(upload, wire, fault):
    one, failed = upload(), set()

    def is_first(operation: str, request: dict[str, Any]) -> bool:
        call = told(operation, request)
        return call not in failed and not failed.add(call)

    wire.arm(fault, is_first)
    taken = any(one.attempt(1) for _ in range(4 * len(CALLS)))

    wire.fault = None
    assert taken
    assert len(failed) >= sum(map(fault.meets, CALLS)) - 1  # two read the same, and one may hide another
    assert one.check(was_taken=True) == "completed"


def told(operation: str, request: dict[str, Any]) -> str:
    """A call without its times, so that its repetition is known as the same."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z|'ttl': {'N': '\d+'}", "", f"{operation} {request}")


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.lasts], ids=str)
def test_an_error_that_lasts_ends_the_import_or_leaves_its_message_to_be_redriven(upload, wire, fault):
    for operation in filter(fault.meets, sorted(set(CALLS))):
        one = upload()
        wire.arm(fault, lambda called, _request, operation=operation: called == operation)

        taken = one.deliver()

        assert wire.hits
        wire.fault = None
        if one.check(was_taken=taken) in ("pending", "running"):
            assert one.deliver()
            assert one.check(was_taken=True) == "completed"
