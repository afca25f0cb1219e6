"""The feed of a user's changes in PostgreSQL: the view `feed` over to-dos and pointers."""

from app.models.todos import live
from app.ports.feed import FeedEntry, FeedPage
from app.repositories.postgres.database import Database
from app.repositories.postgres.statements import GET_USER, Row, paged
from app.repositories.postgres.todo_rows import state_from

_AFTER = paged(
    "read the feed",
    "feed",
    "user_id = :user_id AND revision > :revision AND revision <= :until",
    "revision",
)


class PostgresFeed:
    """The `FeedRepository` over the view `feed` and the table `users`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self, user_id: str) -> int | None:
        rows = self._database.read(GET_USER, user_id=user_id)
        return rows[0]["revision"] if rows else None

    def after(self, user_id: str, revision: int, *, until: int, limit: int) -> FeedPage:
        rows, has_more = self._database.page(
            _AFTER, limit=limit, user_id=user_id, revision=revision, until=until
        )
        return FeedPage([entry_from(row) for row in rows], is_last=not has_more)


def entry_from(row: Row) -> FeedEntry:
    return FeedEntry(
        type=row["kind"],
        id=row["target_id"],
        version=row["version"],
        revision=row["revision"],
        is_deleted=row["is_deleted"],
        todo=live(state_from(row["todo"])),
    )
