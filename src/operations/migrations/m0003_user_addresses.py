"""Addresses and names of user records in their one form, which came from Cognito in any. The search index follows."""

from app.addresses import kept
from app.aws.errors import ConditionFailed, map_aws_errors
from app.repositories.dynamodb.attributes import Item, string
from app.text import one_line
from operations.journal import Work

TITLE = "addresses and names of users in one form"


def run(work: Work) -> None:
    for item in work.items(work.tables.users_table):
        changes = {name: value for name, value in _wanted(item).items() if value != item[name]["S"]}
        if changes:
            work.changed += _change(work, item, changes)


def _wanted(item: Item) -> dict[str, str]:
    """A name of which nothing would be left stays as it is."""
    name = one_line(item["name"]["S"]) if "name" in item else ""
    return {"email": kept(item["email"]["S"])} | ({"name": name} if name else {})


def _change(work: Work, item: Item, changes: dict[str, str]) -> bool:
    """False where one of them has changed meanwhile: the application has then stored it in its form."""
    try:
        with map_aws_errors():
            work.clients.dynamodb.update_item(
                TableName=work.tables.users_table,
                Key={"userId": item["userId"]},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ConditionExpression=" AND ".join(f"#{name} = :{name}Read" for name in changes),
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues={
                    **{f":{name}": string(value) for name, value in changes.items()},
                    **{f":{name}Read": item[name] for name in changes},
                },
            )
    except ConditionFailed:
        return False
    return True
