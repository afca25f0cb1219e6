"""The costs report, kept."""

from typing import Protocol


class CostRepository(Protocol):
    """Times are seconds since the epoch."""

    def read(self) -> str | None:
        """The last report that was kept."""
        ...

    def claim(self, *, now: int, until: int) -> bool:
        """Return whether the caller may ask for a new report: one may, and no other before `until`."""
        ...

    def keep(self, report: str, *, until: int) -> None:
        """Replace the report; it need not be fetched again before `until`."""
        ...
