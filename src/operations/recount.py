"""Recount users, to-dos and files for the statistics: `python -m operations.recount --stage prod`.

The sums follow the Users table's stream. A recount replaces them where changes were not counted, and where an earlier
version counted otherwise. A change made while it runs may be counted twice or not at all.
"""

import argparse
import sys
from collections import Counter
from typing import Any

from app.aws.clients import Clients
from app.aws.errors import ConditionFailed, map_aws_errors
from app.errors import AppError
from app.repositories.dynamodb.attributes import Item, number
from app.repositories.dynamodb.batches import count_items
from app.repositories.dynamodb.stats import WORK_KEY
from app.repositories.dynamodb.user_totals import SUMS, SUMS_KEY, counts
from operations import stages
from operations.cloud import Cloud, run
from operations.restore import Tables, tables
from project.errors import StackError


def recount(clients: Clients, into: Tables) -> Counter[str]:
    """Replace the sums. Returns them.

    Raises:
        app.errors.AppError: the sums are what they were.
    """
    total: Counter[str] = Counter(dict.fromkeys(SUMS, 0))
    with map_aws_errors():
        pages = clients.dynamodb.get_paginator("scan").paginate(
            TableName=into.users_table, ConsistentRead=True
        )
        for item in (item for page in pages for item in page["Items"]):
            total.update(counts(_with_todo_count(clients, into, item)))
        clients.dynamodb.transact_write_items(TransactItems=_replacement(into.operations_table, total))
    return total


def _with_todo_count(clients: Clients, into: Tables, user: Item) -> Item:
    """The record, with the number of to-dos that one of an early version lacks.

    It is added to the sums here. The stream's consumer passes over it, because it leaves the revision as it was.
    """
    if "todoCount" in user:
        return user
    count = count_items(
        clients.dynamodb,
        TableName=into.todos_table,
        IndexName="byCreated",  # holds live to-dos only
        KeyConditionExpression="userId = :userId",
        ExpressionAttributeValues={":userId": user["userId"]},
    )
    try:
        with map_aws_errors():
            clients.dynamodb.update_item(
                TableName=into.users_table,
                Key={"userId": user["userId"]},
                UpdateExpression="SET todoCount = :count",
                ConditionExpression="#revision = :read AND attribute_not_exists(todoCount)",
                ExpressionAttributeNames={"#revision": "revision"},
                ExpressionAttributeValues={":count": number(count), ":read": user["revision"]},
            )
    except ConditionFailed:  # the user has changed a to-do meanwhile, which is counted by the stream
        return user
    return {**user, "todoCount": number(count)}


def _replacement(table: str, total: Counter[str]) -> Any:
    names = {f"#{name}": name for name in SUMS}
    return [
        {
            "Update": {
                "TableName": table,
                "Key": SUMS_KEY,
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in SUMS),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {f":{name}": number(total[name]) for name in SUMS},
            }
        },
        {
            "Update": {
                "TableName": table,
                "Key": WORK_KEY,
                "UpdateExpression": "REMOVE " + ", ".join(names),
                "ExpressionAttributeNames": names,
            }
        },
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.recount", description=__doc__)
    parser.add_argument("--stage", required=True)
    options = parser.parse_args()
    cloud = Cloud()
    into = tables(cloud, stages.find(options.stage).stack)
    try:
        total = recount(Clients(into.aws_region, into.aws_endpoint_url), into)
    except AppError as error:
        raise StackError(f"nothing was replaced ({error.detail}); run it again") from error
    print(", ".join(f"{total[name]} {name}" for name in SUMS))


if __name__ == "__main__":
    sys.exit(run(main))
