"""The feed of a user's changes in DynamoDB: the index `byRevision` of the Todos table."""

from typing import cast

from app.aws.errors import map_aws_errors
from app.ports.feed import EntryType, FeedEntry, FeedPage
from app.repositories.dynamodb.attributes import Item, number, string, to_number
from app.repositories.dynamodb.pointers import target_of
from app.repositories.dynamodb.todo_items import live_todo
from app.repositories.dynamodb.todos_table import POINTS
from app.repositories.dynamodb.user_tables import UserTables


class DynamoFeed(UserTables):
    """The `FeedRepository` over the Todos and Users tables."""

    def revision(self, user_id: str) -> int | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(
                TableName=self._users, Key={"userId": string(user_id)}, ConsistentRead=True
            )
        return to_number(answer["Item"], "revision") if "Item" in answer else None

    def after(self, user_id: str, revision: int, *, until: int, limit: int) -> FeedPage:
        """One page of a query, of 1 MB at most. An entry more than asked for shows whether there are others."""
        if until <= revision:
            return FeedPage([], is_last=True)
        with map_aws_errors():
            answer = self._dynamodb.query(
                TableName=self._todos,
                IndexName="byRevision",
                ConsistentRead=True,
                KeyConditionExpression="userId = :userId AND #revision BETWEEN :first AND :last",
                ExpressionAttributeNames={"#revision": "revision"},
                ExpressionAttributeValues={
                    ":userId": string(user_id),
                    ":first": number(revision + 1),
                    ":last": number(until),
                },
                Limit=limit + 1,
            )
        entries = [entry_from(user_id, item) for item in answer["Items"]]
        return FeedPage(entries[:limit], is_last=len(entries) <= limit and "LastEvaluatedKey" not in answer)


def entry_from(user_id: str, item: Item) -> FeedEntry:
    is_deleted = "deleted" in item
    is_pointer = POINTS in item
    return FeedEntry(
        type=cast("EntryType", item[POINTS]["S"]) if is_pointer else "todo",
        id=target_of(user_id, item) if is_pointer else item["todoId"]["S"],
        version=to_number(item, "version"),
        revision=to_number(item, "revision"),
        is_deleted=is_deleted,
        todo=live_todo(item),
    )
