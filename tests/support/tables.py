"""Tables as `template.yaml` describes them, so that schema and tests cannot drift."""

from contextlib import suppress
from typing import Any

from support.template import deployed

_SCHEMA = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
)


def table_schemas() -> dict[str, dict[str, Any]]:
    """What `create_table` needs besides a name, by logical id."""
    return {
        logical_id: {name: value for name, value in table.items() if name in _SCHEMA}
        for logical_id, table in deployed().properties("AWS::DynamoDB::Table")
    }


def create_tables(dynamodb: Any) -> None:
    """Create every table of the template, named after its logical id."""
    for logical_id, schema in table_schemas().items():
        create_table(dynamodb, logical_id, schema)


def create_table(dynamodb: Any, name: str, schema: dict[str, Any]) -> None:
    """Once: where the first answer is slow to come, the SDK asks again, and is told that there is the table."""
    with suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(TableName=name, **schema)
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
