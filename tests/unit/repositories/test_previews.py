"""Previews of dry runs in the Operations table, and what imports keep of a run."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from moto import mock_aws

from app.models import IMPORT_LEASE, Import, UserData, now
from app.ports.previews import ImportPreview, PreviewColumn, PreviewRow
from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.previews import DynamoPreviews
from support.storage import Storage, storage_at
from support.tables import create_tables

NOTED = {"sizes": [1, Decimal("2.50"), None], "unread": {"phone": "?"}, "ok": True}
PREVIEW = ImportPreview(
    columns=(
        PreviewColumn("Mail", "email", "Mail", 1, False),
        PreviewColumn("Token", "dropped", "Token", None, True),
    ),
    left_out=2,
    rows=(
        PreviewRow(2, UserData(email="a@example.com", name="Ada", attributes=NOTED), 1),
        PreviewRow(4, UserData(email="b@example.com", birth_date="1815-12-10"), 0),
    ),
    duplicates=None,
    event={"eventTime": "2026-11-21T09:30:00Z", "s3": {"object": {"key": "imports/previews/i", "size": 9}}},
)


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    with mock_aws(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def previews(storage: Storage) -> DynamoPreviews:
    return DynamoPreviews(storage.clients, storage.settings.operations_table, lambda: 1_800_000_000)


@pytest.fixture
def imports(storage: Storage) -> DynamoImports:
    return DynamoImports(storage.clients, storage.settings.operations_table)


def test_a_preview_is_kept_as_it_is(previews):
    assert previews.get("i") is None

    previews.save("i", ImportPreview((), 0, (), 0, {}))
    previews.save("i", PREVIEW)

    assert previews.get("i") == PREVIEW


def test_it_is_deleted_soon_after_it_has_expired(previews, storage):
    previews.save("deleted", PREVIEW)

    key = {"pk": {"S": "import#deleted#preview"}, "sk": {"S": "preview"}}
    item = storage.clients.dynamodb.get_item(TableName=storage.settings.operations_table, Key=key)["Item"]
    assert int(item["ttl"]["N"]) == 1_800_000_000 + timedelta(hours=25).total_seconds()


def test_an_announced_import_replaces_one_that_has_not_begun(imports):
    run = Import(id="run", name="a.csv", preview_of="dry", mapping={"A": "email"}, lease_until=now())
    assert imports.announce(run)
    other = Import(id="run", name="a.csv", preview_of="dry", mapping={"A": "name"})
    assert imports.announce(other)
    assert imports.get("run").mapping == {"A": "name"}

    assert imports.begin("run", "event").mapping == {"A": "name"}

    assert not imports.announce(run)
    assert (imports.get("run").mapping, imports.get("run").preview_of) == ({"A": "name"}, "dry")


def test_a_dry_run_knows_its_run(imports):
    imports.create(Import(id="dry", name="a.csv", dry_run=True))

    imports.link("dry", "run")
    imports.link("unknown", "run")

    assert (imports.get("dry").dry_run, imports.get("dry").run_id) == (True, "run")
    assert imports.get("unknown") is None


def test_a_run_that_does_not_begin_has_failed_when_its_lease_is_over():
    moment = now()
    run = Import(id="run", name="a.csv", lease_until=moment + IMPORT_LEASE)

    assert run.as_of(moment) is run
    abandoned = run.as_of(moment + IMPORT_LEASE)
    assert (abandoned.status, abandoned.reason) == ("failed", "abandoned")
