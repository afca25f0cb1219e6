"""The items of DynamoDB's tables, kept in SQLite: on disk before the request that changed them is answered.

MiniStack itself holds all items in one snapshot. With tens of thousands it takes longer to write than a stop may
take. Here a change costs a row. A table's other properties stay in the snapshot, see `saver`.

SQLite's write-ahead log is handed to the operating system with each commit, so it survives a SIGKILL; it is synced to
the disk now and then, so a power cut can lose the last commits, but not damage the file.
"""

import copy
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    tableId TEXT, pk TEXT, sk TEXT, item TEXT NOT NULL, PRIMARY KEY (tableId, pk, sk)
) WITHOUT ROWID
"""
_OTHER_STATE = (
    "backups",
    "contributor_insights",
    "exports",
    "imports",
    "kinesis_destinations",
    "pitr_settings",
    "resource_policies",
    "tags",
    "ttl_settings",
)

Table = dict[str, Any]
Key = tuple[str, str, str]
"""A table's id, which is new when a table is made again under its name; partition key; sort key."""


class ItemStore:
    """Changes are collected, and kept by `commit`. May be used from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)
        self._lock = Lock()
        self._changes: dict[Key, Any] = {}
        """The item, or `None` for a deleted one."""
        self._replaced: set[str] = set()

    def put(self, table: Table, pk: str, sk: str, item: Any) -> None:
        with self._lock:
            self._changes[table["TableId"], pk, sk] = item

    def replace(self, table: Table) -> None:
        """Keep the items that the table has now, and no others."""
        table_id = table["TableId"]
        with self._lock:
            self._replaced.add(table_id)
            self._changes = {key: item for key, item in self._changes.items() if key[0] != table_id}
            self._changes.update(
                ((table_id, pk, sk), item) for pk, row in table["items"].items() for sk, item in row.items()
            )

    def commit(self) -> None:
        """Write what has changed, in one transaction.

        Raises:
            sqlite3.Error: nothing of it is written, for example because the disk is full.
        """
        with self._lock:
            if not self._changes and not self._replaced:
                return
            deleted = [key for key, item in self._changes.items() if item is None]
            stored = [(*key, json.dumps(item)) for key, item in self._changes.items() if item is not None]
            self._db.execute("BEGIN")
            try:
                self._db.executemany(
                    "DELETE FROM items WHERE tableId = ?", [(id_,) for id_ in self._replaced]
                )
                self._db.executemany("DELETE FROM items WHERE tableId = ? AND pk = ? AND sk = ?", deleted)
                self._db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?)", stored)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._changes, self._replaced = {}, set()

    def load(self, table: Table) -> Iterator[tuple[str, str, Any]]:
        rows = self._db.execute("SELECT pk, sk, item FROM items WHERE tableId = ?", (table["TableId"],))
        for pk, sk, item in rows:
            yield pk, sk, json.loads(item)

    def forget_other_tables(self, tables: list[Table]) -> None:
        """Delete the items of tables that are gone."""
        known = json.dumps([table["TableId"] for table in tables])
        self._db.execute("DELETE FROM items WHERE tableId NOT IN (SELECT value FROM json_each(?))", (known,))

    def close(self) -> None:
        self._db.close()


def install(store: ItemStore) -> None:
    """Have MiniStack's DynamoDB keep its items in `store`. Every change of an item goes through three functions."""
    set_item, remove_item, items_replaced = (
        dynamodb._set_item,
        dynamodb._remove_item,
        dynamodb._items_replaced,
    )

    def setting(table: Table, pk: str, sk: str, item: Any) -> Any:
        old = set_item(table, pk, sk, item)
        store.put(table, pk, sk, item)
        return old

    def removing(table: Table, pk: str, sk: str) -> Any:
        old = remove_item(table, pk, sk)
        if old is not None:
            store.put(table, pk, sk, None)
        return old

    def replacing(table: Table) -> None:
        items_replaced(table)
        store.replace(table)

    restore = dynamodb.load_persisted_state

    def restoring(state: Any) -> None:
        restore(state)
        tables = list(dynamodb._tables.all_values())
        for table in tables:
            _restore(store, table, items_replaced)
        store.commit()
        store.forget_other_tables(tables)

    dynamodb._set_item, dynamodb._remove_item, dynamodb._items_replaced = setting, removing, replacing
    dynamodb.get_state, dynamodb.load_persisted_state = _state_without_items, restoring


def _restore(store: ItemStore, table: Table, recount: Any) -> None:
    """An earlier version kept the items in the snapshot; they move to the store once."""
    if any(table["items"].values()):
        store.replace(table)
        return
    items: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for pk, sk, item in store.load(table):
        items[pk][sk] = item
    table["items"] = items
    recount(table)


def _state_without_items() -> dict[str, Any]:
    left_out = {"items", dynamodb._INDEX_MEMBERS}
    tables = AccountRegionScopedDict()
    for (account, region, name), table in list(dynamodb._tables.all_items()):
        kept = copy.deepcopy({key: value for key, value in table.items() if key not in left_out})
        tables.set_scoped(account, region, name, {**kept, "items": {}})
    return {
        "tables": tables,
        **{name: copy.deepcopy(getattr(dynamodb, f"_{name}")) for name in _OTHER_STATE},
    }
