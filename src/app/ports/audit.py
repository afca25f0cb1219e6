"""What administrators do, kept."""

from typing import Protocol

from app.models.audit import AuditEntry
from app.models.pages import Page, Position


class AuditRepository(Protocol):
    def append(self, entry: AuditEntry) -> None: ...

    def settle(self, entry: AuditEntry) -> None:
        """Keep the `outcome` and the `details` of an entry that was appended."""
        ...

    def list(self, *, limit: int, position: Position | None = None) -> Page[AuditEntry]:
        """The newest first, over the time for which entries are kept.

        Raises:
            app.errors.InvalidCursor: `position` is not one of this list.
        """
        ...
