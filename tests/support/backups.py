"""Backups of a user's to-dos with what leads a device to them, by engine. Each returns what puts them back."""

from collections.abc import Callable
from copy import copy
from typing import Any

import psycopg
from psycopg import sql

from app.repositories.dynamodb.storage import DynamoStorage
from support.memory import MemoryStorage

Restore = Callable[[], None]
Backup = Callable[[str], Restore]


def of_memory(storage: MemoryStorage) -> Backup:
    """Of all users."""

    def backup(_user_id: str) -> Restore:
        users, todos = storage.users, storage.todos
        tables = [users.rows, users.pointers, todos.rows, todos.tombstones, todos.deletions]
        kept = [copy(table) for table in tables]

        def restore() -> None:
            for table, rows in zip(tables, kept, strict=True):
                table.clear()
                table.update(rows)  # type: ignore[arg-type]

        return restore

    return backup


def of_dynamodb(storage: DynamoStorage) -> Backup:
    client, tables = storage.clients.dynamodb, storage.tables

    def items(table: str, user_id: str) -> list[dict[str, Any]]:
        values = {":user": {"S": user_id}}
        query = {
            "TableName": tables[table],
            "KeyConditionExpression": "userId = :user",
            "ConsistentRead": True,
        }
        found: list[dict[str, Any]] = client.query(**query, ExpressionAttributeValues=values)["Items"]
        return found

    def backup(user_id: str) -> Restore:
        kept = {table: items(table, user_id) for table in ("users", "todos")}

        def restore() -> None:
            for item in items("todos", user_id):
                key = {name: item[name] for name in ("userId", "todoId")}
                client.delete_item(TableName=tables["todos"], Key=key)
            for table, rows in kept.items():
                for item in rows:
                    client.put_item(TableName=tables[table], Item=item)

        return restore

    return backup


def of_postgres(url: str) -> Backup:
    columns = """select column_name from information_schema.columns
        where table_name = %s and is_generated = 'NEVER' order by ordinal_position"""

    def backup(user_id: str) -> Restore:
        with psycopg.connect(url) as connection:
            kept = {}
            for table in ("users", "todos", "pointers"):
                names = sql.SQL(", ").join(
                    sql.Identifier(name) for (name,) in connection.execute(columns, [table])
                )
                kept[table] = names, connection.execute(selected(table, names), [user_id]).fetchall()

        def restore() -> None:
            with psycopg.connect(url) as connection:
                for table, (names, rows) in kept.items():
                    into = sql.Identifier(table)
                    connection.execute(sql.SQL("delete from {} where user_id = %s").format(into), [user_id])
                    for (row,) in rows:
                        put = "insert into {0} ({1}) select {1} from jsonb_populate_record(null::{0}, %s::jsonb)"
                        connection.execute(sql.SQL(put).format(into, names), [row])

        return restore

    return backup


def selected(table: str, names: sql.Composable) -> sql.Composable:
    """Each row as the text of a JSON object."""
    query = "select to_jsonb(row)::text from (select {} from {} where user_id = %s) as row"
    return sql.SQL(query).format(names, sql.Identifier(table))
