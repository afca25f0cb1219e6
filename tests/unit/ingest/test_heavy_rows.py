"""Large rows and odd keys over moto: the import ends, with every row accepted or rejected."""

from collections.abc import Iterator

import pytest

from app.models.imports import Import
from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.user_data import DynamoUserData
from app.services.ingest.events import ObjectCreated
from app.services.ingest.files import FileIngest
from app.services.ingest.ids import id_of
from app.services.ingest.storing import store
from support import heavy
from support.aws_in_process import aws_in_process
from support.memory import MemoryPreviews, MemoryStats
from support.storage import storage_at
from support.tables import create_tables


def address(name: str) -> str:
    return f"{name}@example.com"


@pytest.fixture
def storage() -> Iterator[DynamoStorage]:
    with aws_in_process(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def user_data(storage: DynamoStorage) -> DynamoUserData:
    return DynamoUserData(storage.clients, storage.tables["user_data"])


class Bytes:
    """One file."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def pieces(self, _file: object, offset: int = 0) -> Iterator[bytes]:
        for start in range(offset, len(self.body), 1 << 16):
            yield self.body[start : start + (1 << 16)]


@pytest.fixture
def imported(storage: DynamoStorage, user_data: DynamoUserData):
    def run(body: bytes) -> tuple[Import, dict[int, str]]:
        """The import, and the reasons of its rejects by line."""
        event = ObjectCreated("ingest", "users/f", 9, "etag", "v1", "01", "2026-11-21T09:30:00Z", {})
        imports = DynamoImports(storage.clients, storage.tables["operations"])
        ingest = FileIngest(
            files=Bytes(body),
            user_data=user_data,
            imports=imports,
            previews=MemoryPreviews(),
            outbox=None,
            stats=MemoryStats(),
            again=None,
        )
        ingest.run(event, lambda: 300.0)
        record = imports.get(id_of(event))
        return record, {reject.line: reject.reason for reject in imports.rejects(record.id, limit=100).items}

    return run


def counts(record: Import) -> tuple[str, int, int, int]:
    progress = record.progress
    return record.status, progress.rows, progress.accepted, progress.rejected


def test_japanese_notes_are_stored_in_as_many_transactions_as_they_need(imported, user_data):
    record, _ = imported(heavy.japanese(address))

    assert counts(record) == ("completed", 120, 120, 0)
    assert user_data.get(address("p119")).attributes["notes"].startswith("メモ119日本語の")
    assert len(user_data.get_many([address(f"p{n}") for n in range(120)])) == 120


def test_a_row_that_is_too_large_is_rejected_alone(imported, user_data):
    record, rejects = imported(heavy.around_the_largest_row(address))

    assert counts(record) == ("completed", 3, 1, 2)
    assert rejects == {3: "row_too_large", 4: "row_too_large"}
    assert user_data.get(address("fits")) is not None


def test_empty_keys_are_named_at_any_depth(imported, user_data):
    record, _ = imported(heavy.empty_keys(address))

    assert counts(record) == ("completed", 2, 2, 0)
    attributes = user_data.get(address("ada")).attributes
    assert (attributes["column"], attributes["column (2)"]) == ("top", "two")
    assert attributes["deep"]["column (2)"] == [{"column": "x", "column (2)": None}]
    assert user_data.get(address("bob")).attributes == {"column": {"column": {}}}


def test_an_item_is_stored_up_to_its_limit_and_refused_over_it(user_data):
    rows = [
        heavy.item(address, name, over=over) for name, over in (("under", -1), ("over", 1), ("small", -1))
    ]

    assert store(user_data, rows) == [1]

    assert {held.email for held in user_data.get_many([data.email for data, _ in rows])} == {
        address("under"),
        address("small"),
    }
