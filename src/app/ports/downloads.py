"""How much each user has downloaded in a day."""

from datetime import date
from typing import Protocol


class DownloadRepository(Protocol):
    def take(self, user_id: str, day: date, size: int, limit: int) -> bool:
        """Add `size` bytes to those of the day, unless they were more than `limit` then. The first of a day always
        are added, so no file is too large. Concurrent ones are added one after the other.

        Returns whether they were added. The bytes of a day are forgotten after it.
        """
        ...
