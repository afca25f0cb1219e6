"""The tables Todos, Users and Files."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from app.aws.errors import map_aws_errors
from app.models.files import Quota
from app.models.todos import Todo, Tombstone
from app.models.users import User
from app.ports.feed import FeedEntry
from app.repositories.dynamodb import file_items, todo_items
from app.repositories.dynamodb.attributes import Item, number, string, to_number
from app.repositories.dynamodb.batches import delete_items, query_pages, write_all
from app.repositories.dynamodb.feed import entry_from
from app.repositories.dynamodb.pointers import pointer_id, pointer_item
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.todos_table import key
from app.repositories.dynamodb.users import item_of
from operations.moving.belongings import TOMBSTONES_KEPT, Belongings, Change, Numbered


class DynamoEngine:
    def __init__(self, storage: DynamoStorage) -> None:
        self._storage = storage
        self._dynamodb = storage.clients.dynamodb
        self._todos, self._users, self._files = map(storage.tables.__getitem__, ("todos", "users", "files"))

    def user_ids(self) -> Iterator[str]:
        with map_aws_errors():
            pages = self._dynamodb.get_paginator("scan").paginate(
                TableName=self._users, ProjectionExpression="userId", ConsistentRead=True
            )
            for page in pages:
                yield from (item["userId"]["S"] for item in page["Items"])

    def read(self, user_id: str) -> Belongings | None:
        user = self._storage.users.get(user_id)
        if user is None:
            return None
        todos: list[Numbered] = []
        pointers: list[FeedEntry] = []
        for item in self._items(user_id):
            state = todo_items.state_from(item)
            if state is None:
                pointers.append(entry_from(user_id, item))
            else:
                todos.append(Numbered(to_number(item, "revision"), _dated(state, item)))
        return Belongings(
            user=user,
            used=self._storage.files.used(user_id),
            todos=tuple(todos),
            files=tuple(sorted(self._storage.files.every(user_id), key=lambda file: file.id)),
            pointers=tuple(sorted(pointers, key=lambda pointer: pointer.id)),
        )

    def _items(self, user_id: str) -> Iterator[Item]:
        pages = query_pages(
            self._dynamodb,
            TableName=self._todos,
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues={":user": string(user_id)},
        )
        for page in pages:
            yield from page

    def apply(self, change: Change) -> None:
        user_id = change.user_id
        if change.owner is not None:
            with map_aws_errors():
                self._dynamodb.put_item(TableName=self._users, Item=_user_item(*change.owner))
        self._put(self._todos, [todo_items.item_of(user_id, it.state, it.revision) for it in change.todos])
        self._put(self._todos, [pointer_item(user_id, one) for one in change.pointers])
        self._put(self._files, [file_items.item(user_id, file) for file in change.files])
        delete_items(self._dynamodb, self._todos, [key(user_id, it) for it in change.gone_todos])
        gone = [key(user_id, pointer_id(it.type, it.id)) for it in change.gone_pointers]
        delete_items(self._dynamodb, self._todos, gone)
        delete_items(self._dynamodb, self._files, [file_items.key(user_id, it) for it in change.gone_files])
        if change.owner is None:
            self._storage.users.delete(user_id)

    def _put(self, table: str, items: list[Item]) -> None:
        write_all(self._dynamodb, table, [{"PutRequest": {"Item": item}} for item in items])


def _dated(state: Todo | Tombstone, item: Item) -> Todo | Tombstone:
    """Early tombstones say only when they expire."""
    if isinstance(state, Todo) or state.deleted_at is not None or "ttl" not in item:
        return state
    return replace(state, deleted_at=datetime.fromtimestamp(to_number(item, "ttl"), UTC) - TOMBSTONES_KEPT)


def _user_item(user: User, used: Quota) -> Item:
    return {**item_of(user), "usedBytes": number(used.size), "usedFiles": number(used.files)}
