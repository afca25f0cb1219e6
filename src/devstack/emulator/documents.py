"""JSON documents in SQLite, for state of MiniStack that has to be on disk at once and is no item of a table."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from ministack.core import persistence

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    position INTEGER PRIMARY KEY, owner TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (owner, id)
)
"""
_PUT = """
INSERT INTO documents (owner, id, body) VALUES (?, ?, ?)
ON CONFLICT (owner, id) DO UPDATE SET body = excluded.body
"""

Key = tuple[str, str]
"""What holds the document, such as a queue, and the document's id."""


class Documents:
    """Keeps the order in which documents came. Durable as `items` is: a SIGKILL loses nothing that was written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)

    def write(self, put: Iterable[tuple[Key, Any]], deleted: Collection[Key] = ()) -> None:
        """All of it or nothing.

        Raises:
            sqlite3.Error: nothing of it is written, for example because the disk is full.
        """
        rows = [(*key, json.dumps(document, default=persistence._json_default)) for key, document in put]
        self._db.execute("BEGIN")
        try:
            self._db.executemany("DELETE FROM documents WHERE owner = ? AND id = ?", deleted)
            self._db.executemany(_PUT, rows)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def keys(self) -> set[Key]:
        return set(self._db.execute("SELECT owner, id FROM documents"))

    def load(self, owner: str) -> Iterator[Any]:
        rows = self._db.execute("SELECT body FROM documents WHERE owner = ? ORDER BY position", (owner,))
        for (body,) in rows:
            yield json.loads(body, object_hook=persistence._json_object_hook)

    def close(self) -> None:
        self._db.close()
