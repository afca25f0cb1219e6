"""Names of users in NFC. A profile has no version: nothing but the name changes."""

from app.aws.errors import ConditionFailed, map_aws_errors
from app.repositories.dynamodb.attributes import string, to_string
from app.text import nfc
from operations.journal import Work

TITLE = "names of users in NFC"


def run(work: Work) -> None:
    for item in work.items(work.tables.users_table):
        name = to_string(item, "name")
        if name is not None and nfc(name) != name:
            work.changed += _rename(work, item["userId"]["S"], name)


def _rename(work: Work, user_id: str, name: str) -> bool:
    """False where the name has changed meanwhile: the application has then stored it in NFC."""
    try:
        with map_aws_errors():
            work.clients.dynamodb.update_item(
                TableName=work.tables.users_table,
                Key={"userId": string(user_id)},
                UpdateExpression="SET #name = :composed",
                ConditionExpression="#name = :read",
                ExpressionAttributeNames={"#name": "name"},
                ExpressionAttributeValues={":composed": string(nfc(name)), ":read": string(name)},
            )
    except ConditionFailed:
        return False
    return True
