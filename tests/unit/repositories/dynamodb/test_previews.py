"""Previews of dry runs in the Operations table."""

from datetime import timedelta

from app.repositories.dynamodb.storage import DynamoStorage
from contracts.previews import PREVIEW
from support.clock import Clock


def test_a_preview_is_deleted_soon_after_it_has_expired(storage: DynamoStorage, clock: Clock) -> None:
    clock.now = 1_800_000_000
    storage.previews.save("deleted", PREVIEW)

    key = {"pk": {"S": "import#deleted#preview"}, "sk": {"S": "preview"}}
    item = storage.clients.dynamodb.get_item(TableName=storage.tables["operations"], Key=key)["Item"]
    assert int(item["ttl"]["N"]) == 1_800_000_000 + timedelta(hours=25).total_seconds()
