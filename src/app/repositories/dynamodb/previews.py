"""Previews of imports in the Operations table: one item each, of at most a few hundred KiB."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from app.aws.errors import map_aws_errors
from app.models.imports import PREVIEW_LIFE
from app.models.user_data import UserData
from app.ports.previews import ImportPreview, PreviewColumn, PreviewRow
from app.repositories.dynamodb.attributes import Item, number, string
from app.repositories.dynamodb.operations_table import OperationsTable
from app.repositories.dynamodb.values import from_attribute, to_attribute

_MARGIN = timedelta(hours=1)
"""A preview is saved while its file is read, and expires a day after the end of that."""


class DynamoPreviews(OperationsTable):
    """The `PreviewRepository`."""

    def save(self, import_id: str, preview: ImportPreview) -> None:
        expires = int(self._clock() + (PREVIEW_LIFE + _MARGIN).total_seconds())
        item = {**_key(import_id), "ttl": number(expires), "preview": to_attribute(_plain(preview))}
        with map_aws_errors():
            self._dynamodb.put_item(TableName=self._table, Item=item)

    def get(self, import_id: str) -> ImportPreview | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(import_id), ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return None if item is None else _preview(from_attribute(item["preview"]))


def _key(import_id: str) -> Item:
    return {"pk": string(f"import#{import_id}#preview"), "sk": string("preview")}


def _plain(preview: ImportPreview) -> dict[str, Any]:
    return {
        "columns": [asdict(column) for column in preview.columns],
        "left_out": preview.left_out,
        "rows": [asdict(row) for row in preview.rows],
        "duplicates": preview.duplicates,
        "event": dict(preview.event),
    }


def _preview(plain: dict[str, Any]) -> ImportPreview:
    rows = [PreviewRow(row["line"], UserData(**row["data"]), row["left_out"]) for row in plain["rows"]]
    columns = [PreviewColumn(**column) for column in plain["columns"]]
    return ImportPreview(tuple(columns), plain["left_out"], tuple(rows), plain["duplicates"], plain["event"])
