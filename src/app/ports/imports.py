"""Imports of raw user data."""

from collections.abc import Sequence
from typing import Protocol

from app.models.imports import Import, ImportProgress, ImportStatus, Reject, RowWarning
from app.models.pages import Page, Position


class ImportRepository(Protocol):
    def create(self, record: Import) -> bool:
        """Store a new import; `False`, and nothing is changed, when there is one with this id."""
        ...

    def announce(self, record: Import) -> bool:
        """Store a waiting import, also in place of one with this id and mapping that has not begun; `False`, and
        nothing is changed, when it has begun or has another mapping."""
        ...

    def get(self, import_id: str) -> Import | None: ...

    def begin(self, import_id: str, event: str) -> Import | None:
        """A waiting import, running from now on; `None` when it does already, or there is none."""
        ...

    def advance(self, import_id: str, progress: ImportProgress) -> None:
        """Keep the progress, unless another worker has come further or the import has ended."""
        ...

    def finish(
        self,
        import_id: str,
        status: ImportStatus,
        *,
        reason: str | None = None,
        line: int | None = None,
        detail: str | None = None,
    ) -> Import | None:
        """End a running import; `None` when it has ended already."""
        ...

    def link(self, import_id: str, run_id: str) -> None:
        """Note the import that was made of a dry run."""
        ...

    def add_rejects(self, import_id: str, rejects: Sequence[Reject]) -> None:
        """Safe to repeat: there is one reject a line."""
        ...

    def add_warnings(self, import_id: str, warnings: Sequence[RowWarning]) -> None:
        """Safe to repeat with the same warnings of a line in the same order."""
        ...

    def warnings(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[RowWarning]:
        """By line."""
        ...

    def rejects(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[Reject]:
        """By line."""
        ...

    def list(self, *, limit: int, position: Position | None = None) -> Page[Import]:
        """The newest first."""
        ...
