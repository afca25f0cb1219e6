"""How DynamoDB keeps to-dos, and what is deleted."""

from datetime import UTC, date, datetime, timedelta

from app.models.moments import timestamp
from app.models.todos import Tombstone
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import delete, edit, new_todo, store
from engines.dynamodb.items import item_of


class TestTodoItems:
    def test_a_tombstone_holds_no_content_and_expires(self, storage: DynamoStorage, user_id: str) -> None:
        todo = store(storage.todos, user_id, new_todo(notes="secret", tags=("a",), due_on=date(2026, 1, 1)))
        before = datetime.now(UTC)

        delete(storage.todos, user_id, todo.id)

        item = item_of(storage, user_id, todo.id)
        deleted_at, ttl = item.pop("deletedAt")["S"], int(item.pop("ttl")["N"])
        assert item == {
            "userId": {"S": user_id},
            "todoId": {"S": todo.id},
            "deleted": {"BOOL": True},
            "version": {"N": "2"},
            "revision": {"N": "2"},
        }
        assert timestamp(before) <= deleted_at <= timestamp(datetime.now(UTC))
        assert ttl == int((datetime.fromisoformat(deleted_at) + timedelta(days=90)).timestamp())

    def test_a_tombstone_without_its_time_is_one_all_the_same(
        self, storage: DynamoStorage, user_id: str
    ) -> None:
        todo = store(storage.todos, user_id, new_todo())
        delete(storage.todos, user_id, todo.id)
        storage.clients.dynamodb.update_item(
            TableName=storage.tables["todos"],
            Key={"userId": {"S": user_id}, "todoId": {"S": todo.id}},
            UpdateExpression="REMOVE deletedAt",
        )

        assert storage.todos.get(user_id, todo.id) == Tombstone(id=todo.id, version=2, deleted_at=None)

    def test_what_is_empty_takes_no_room(self, storage: DynamoStorage, user_id: str) -> None:
        todo = store(storage.todos, user_id, new_todo(notes="", tags=(), due_on=None, due_at=None))

        kept = {"userId", "todoId", "createdKey", "dueKey", "title", "completed", "priority", "list"}
        kept |= {"createdAt", "updatedAt", "version", "revision"}
        assert set(item_of(storage, user_id, todo.id)) == kept

    def test_changes_are_in_the_revision_index_with_tombstones(
        self, storage: DynamoStorage, user_id: str
    ) -> None:
        kept, gone = (store(storage.todos, user_id, new_todo(title)) for title in ("kept", "gone"))
        delete(storage.todos, user_id, gone.id)
        edit(storage.todos, user_id, kept.id, title="kept again")

        items = storage.clients.dynamodb.query(
            TableName=storage.tables["todos"],
            IndexName="byRevision",
            KeyConditionExpression="userId = :user AND revision > :since",
            ExpressionAttributeValues={":user": {"S": user_id}, ":since": {"N": "1"}},
        )["Items"]

        assert [(item["todoId"]["S"], item["revision"]["N"], "deleted" in item) for item in items] == [
            (gone.id, "3", True),
            (kept.id, "4", False),
        ]
