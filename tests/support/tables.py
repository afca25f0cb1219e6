"""Tables as `template.yaml` describes them, so that schema and tests cannot drift."""

from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_SCHEMA = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags (`!Ref`, `!If`), whose bare values are enough here."""


def _untagged(loader: _Loader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _untagged)


def table_schemas(template: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """What `create_table` needs besides a name, by logical id."""
    resources = yaml.load(template.read_text(), _Loader)["Resources"]
    return {
        logical_id: {name: value for name, value in resource["Properties"].items() if name in _SCHEMA}
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def create_tables(dynamodb: Any) -> None:
    """Create every table of the template, named after its logical id."""
    for logical_id, schema in table_schemas().items():
        dynamodb.create_table(TableName=logical_id, **schema)
        dynamodb.get_waiter("table_exists").wait(TableName=logical_id, WaiterConfig={"Delay": 1})
