"""Addresses of accounts linked to them, also those on which nothing is held: rows that come later find their owner.

An address that is linked to another account stays so: its owner has proven it since.
"""

from app.addresses import kept
from app.aws.errors import ConditionFailed, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.repositories.dynamodb.attributes import string
from app.repositories.dynamodb.user_data import DynamoUserData
from app.repositories.dynamodb.users import DynamoUsers
from operations.journal import Work

TITLE = "links of addresses to their accounts"


def run(work: Work) -> None:
    users, user_data = (
        DynamoUsers(work.clients, work.tables.users_table, todos_table=work.tables.todos_table),
        DynamoUserData(work.clients, work.tables.user_data_table),
    )
    for item in work.items(work.tables.users_table):
        user_id, address = item["userId"]["S"], kept(item["email"]["S"])
        is_new = _link(work, user_id, address)
        if _is_owner(users, user_id, address):
            work.changed += is_new
        else:
            user_data.unlink(address, user_id)


def _link(work: Work, user_id: str, address: str) -> bool:
    """Return whether there was no link."""
    try:
        return retry_on_conflict(lambda: _set(work, user_id, address))
    except ConditionFailed:
        return False


def _set(work: Work, user_id: str, address: str) -> bool:
    with map_aws_errors():
        answer = work.clients.dynamodb.update_item(
            TableName=work.tables.user_data_table,
            Key={"email": string(address)},
            UpdateExpression="SET userId = :user",
            ConditionExpression="attribute_not_exists(userId) OR userId = :user",
            ExpressionAttributeValues={":user": string(user_id)},
            ReturnValues="ALL_OLD",
        )
    return "userId" not in answer.get("Attributes", {})


def _is_owner(users: DynamoUsers, user_id: str, address: str) -> bool:
    """False where the account has left, or changed its address, while it was linked."""
    user = users.get(user_id)
    return user is not None and user.status != "deleting" and kept(user.email) == address
