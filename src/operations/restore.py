"""Put to-dos back from a restored copy of their table: `python -m operations.restore --stage prod --source NAME`.

Each goes through the same change as a person's own: it gets a new version and its owner a new revision, so that no
client, list or cache goes on with what it has. What is gone comes back; what has changed since stays, or with
`--overwrite` becomes what it was.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.aws.clients import Clients
from app.models.todos import Todo, Tombstone, live
from app.ports.users import UserRecordMissing
from app.repositories.dynamodb import todo_items
from app.repositories.dynamodb.todos import DynamoTodos
from operations import stacks, stages
from operations.cloud import Cloud, run
from operations.composed import composed


@dataclass(frozen=True, slots=True)
class Tables:
    """The places of a stage that a restore and a migration write to."""

    todos_table: str
    users_table: str
    aws_region: str
    aws_endpoint_url: str | None
    user_data_table: str = ""
    operations_table: str = ""
    files_table: str = ""
    user_pool_id: str = ""


@dataclass(slots=True)
class Restored:
    """`ownerless`: their owners have left since."""

    changed: int = 0
    unchanged: int = 0
    ownerless: int = 0


def tables(cloud: Cloud, stack: str) -> Tables:
    """Those of a deployed stack.

    Raises:
        StackError: there is no such stack.
    """
    outputs = stacks.existing(cloud.client("cloudformation"), stack, cloud.region).outputs
    names = outputs["TodosTableName"], outputs["UsersTableName"]
    return Tables(
        *names,
        cloud.region,
        os.environ.get("AWS_ENDPOINT_URL"),
        user_data_table=outputs["UserDataTableName"],
        operations_table=outputs["OperationsTableName"],
        files_table=outputs["FilesTableName"],
        user_pool_id=outputs["UserPoolId"],
    )


def restore(cloud: Cloud, into: Tables, source: str, *, user: str | None, overwrite: bool) -> Restored:
    """Put back what the table `source` holds, of one user or of all; `overwrite` what has changed since, too."""
    clients = Clients(into.aws_region, into.aws_endpoint_url)
    names = {"todos_table": into.todos_table, "users_table": into.users_table}
    todos = DynamoTodos(clients, **names, quota=None)  # what was lost comes back even beyond the quota
    result = Restored()
    for user_id, todo in _kept(cloud.client("dynamodb"), source, user):
        _put_back(todos, user_id, todo, overwrite, result)
    return result


def _put_back(todos: DynamoTodos, user_id: str, todo: Todo, overwrite: bool, result: Restored) -> None:
    """A tombstone is written over on purpose: what is restored was deleted by mistake."""
    seen: list[Todo | None] = []

    def decide(current: Todo | Tombstone | None) -> Todo | None:
        before = live(current)
        seen.append(before)
        return todo if before is None or (overwrite and not _same(before, todo)) else before

    try:
        stored = todos.change(user_id, todo.id, decide)
    except UserRecordMissing:
        result.ownerless += 1
        return
    if stored is seen[-1]:
        result.unchanged += 1
    else:
        result.changed += 1


def _same(one: Todo, other: Todo) -> bool:
    """But for their places in the order of changes."""
    marks: dict[str, Any] = {"version": 0, "revision": 0, "history": ""}
    return replace(one, **marks) == replace(other, **marks)


def _kept(dynamodb: Any, table: str, user: str | None) -> Iterator[tuple[str, Todo]]:
    """The live to-dos of the copy, of one user or of all. It may be older than the form in which text is stored, and
    what it says of the changes up to then is no longer true."""
    if user is None:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    else:
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues={":user": {"S": user}},
        )
    for page in pages:
        for item in page["Items"]:
            if (todo := todo_items.live_todo(item)) is not None:
                yield item["userId"]["S"], replace(composed(todo), history="")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.restore", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--source", required=True, help="the restored copy of the table")
    parser.add_argument("--user", help="of this user id only")
    parser.add_argument("--overwrite", action="store_true", help="also undo what has changed since")
    options = parser.parse_args()
    cloud = Cloud()
    into = tables(cloud, stages.find(options.stage).stack)
    result = restore(cloud, into, options.source, user=options.user, overwrite=options.overwrite)
    print(
        f"{result.changed} put back, {result.unchanged} left as they are, {result.ownerless} without an owner"
    )


if __name__ == "__main__":
    sys.exit(run(main))
