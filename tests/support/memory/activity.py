import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.errors import Unavailable
from app.models.moments import timestamp
from app.models.pages import Page, Position
from app.ports.activity import ACTIVITY_DAYS, Activity
from support.memory.paging import page
from support.memory.values import as_stored


class MemoryActivity:
    """The `ActivityRepository` in memory. `calls` are its writes; it is down while `down`."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.rows: dict[tuple[str, str, str], Activity] = {}
        self.calls: list[str] = []
        self.down = False
        self._clock = clock

    def append(self, user_id: str, entry: Activity) -> None:
        self._called("append")
        self.rows[user_id, timestamp(entry.at), entry.id] = as_stored(entry)

    def count(self, user_id: str, entry: Activity, *, of_account: bool = True) -> None:
        self._called("count")
        if not of_account:
            return
        key = user_id, timestamp(entry.at), entry.kind
        before = self.rows.get(key)
        self.rows[key] = replace(
            as_stored(entry),
            count=1 + (before.count if before else 0),
            network=entry.network or (before and before.network),
            client_id=entry.client_id or (before and before.client_id),
        )

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[Activity]:
        oldest = datetime.fromtimestamp(self._clock(), UTC) - timedelta(days=ACTIVITY_DAYS)
        kept = {key: row for key, row in self.rows.items() if key[0] == user_id and row.at >= oldest}
        keys = {id(row): key[1:] for key, row in kept.items()}
        return page(
            kept.values(),
            lambda row: keys[id(row)],
            parts=2,
            limit=limit,
            position=position,
            newest_first=True,
        )

    def erase(self, user_id: str) -> Iterator[int]:
        gone = [key for key in self.rows if key[0] == user_id]
        for key in gone:
            del self.rows[key]
        yield len(gone)

    def of(self, user_id: str) -> tuple[Activity, ...]:
        return self.list(user_id, limit=1000).items

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if self.down:
            raise Unavailable
