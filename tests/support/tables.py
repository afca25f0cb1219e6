"""Tables as `template.yaml` describes them, so that schema and tests cannot drift."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

from support.template import deployed

_SCHEMA = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "StreamSpecification",
)


def table_schemas() -> dict[str, dict[str, Any]]:
    """Arguments of `create_table` besides a name, by logical id. A copy: a test may change it."""
    return {
        logical_id: {name: _value(name, deepcopy(value)) for name, value in table.items() if name in _SCHEMA}
        for logical_id, table in deployed().properties("AWS::DynamoDB::Table")
    }


def _value(name: str, value: Any) -> Any:
    """CloudFormation enables a stream by its view type alone."""
    return {"StreamEnabled": True, **value} if name == "StreamSpecification" else value


def create_tables(dynamodb: Any) -> None:
    """Create every table of the template, named after its logical id."""
    for logical_id, schema in table_schemas().items():
        create_table(dynamodb, logical_id, schema)


def create_table(dynamodb: Any, name: str, schema: dict[str, Any]) -> None:
    """Create the table, unless it exists: after a slow first answer the SDK asks again, and it exists already."""
    with suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(TableName=name, **schema)
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
