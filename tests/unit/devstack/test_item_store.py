"""Items in SQLite: what is committed, what replaces what, and what an earlier state leaves."""

import sqlite3
from collections import defaultdict
from pathlib import Path

import pytest

from devstack.emulator.items import ItemStore

TABLE = {"TableId": "t1", "items": defaultdict(dict)}
OTHER = {"TableId": "t2", "items": defaultdict(dict)}
ITEM = {"userId": {"S": "ada"}, "title": {"S": "\u00fcber \U0001f4a9"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "items.sqlite"


def reopened(path: Path, table: dict = TABLE) -> dict[tuple[str, str], object]:
    store = ItemStore(path)
    try:
        return {(pk, sk): item for pk, sk, item in store.load(table)}
    finally:
        store.close()


def test_what_is_committed_is_there_without_a_clean_close(path):
    store = ItemStore(path)
    store.put(TABLE, "ada", "1", ITEM)
    store.put(TABLE, "ada", "2", ITEM)
    store.put(TABLE, "ada", "2", None)
    store.commit()
    store.put(TABLE, "ada", "3", ITEM)

    assert reopened(path) == {("ada", "1"): ITEM}


def test_a_table_made_again_under_its_name_is_another(path):
    store = ItemStore(path)
    store.put(TABLE, "ada", "1", ITEM)
    store.put(OTHER, "ada", "1", {"other": {"BOOL": True}})
    store.commit()
    store.forget_other_tables([OTHER])

    assert reopened(path) == {}
    assert reopened(path, OTHER) == {("ada", "1"): {"other": {"BOOL": True}}}


def test_replacing_a_table_forgets_what_it_held_and_what_was_pending(path):
    store = ItemStore(path)
    store.put(TABLE, "ada", "1", ITEM)
    store.commit()
    store.put(TABLE, "ada", "2", ITEM)
    store.replace({"TableId": "t1", "items": {"bob": {"": ITEM}}})
    store.commit()

    assert reopened(path) == {("bob", ""): ITEM}


def test_a_failed_commit_is_raised_and_can_be_repeated(path):
    store, reader = ItemStore(path), sqlite3.connect(path)
    store._db.execute("PRAGMA busy_timeout = 0")
    store.put(TABLE, "ada", "1", ITEM)
    reader.execute("BEGIN IMMEDIATE")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        store.commit()
    reader.execute("ROLLBACK")
    store.commit()

    assert reopened(path) == {("ada", "1"): ITEM}
