"""The contract of previews of imports."""

from decimal import Decimal

from app.models.user_data import UserData
from app.ports.previews import ImportPreview, PreviewColumn, PreviewRow
from app.ports.storage import Storage
from contracts.changes import new_id

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


class PreviewsContract:
    def test_a_preview_is_kept_as_it_is(self, storage: Storage) -> None:
        import_id = new_id()
        assert storage.previews.get(import_id) is None

        storage.previews.save(import_id, PREVIEW)

        assert storage.previews.get(import_id) == PREVIEW
        assert storage.previews.get(new_id()) is None

    def test_a_later_one_replaces_it(self, storage: Storage) -> None:
        import_id, empty = new_id(), ImportPreview((), 0, (), 0, {})
        storage.previews.save(import_id, PREVIEW)

        storage.previews.save(import_id, empty)

        assert storage.previews.get(import_id) == empty
