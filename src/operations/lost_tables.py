"""Refuse a change of a stack that would take a table with data from the application.

CloudFormation replaces a table whose keys or local indexes change by an empty one, and removes one that the template
has no more.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from operations import stacks
from operations.cloud import Cloud
from project.errors import StackError
from project.template import Template

MOVE = "TodosMove"
"""The parameter that says which table of to-dos is in use."""
_TABLE = "AWS::DynamoDB::Table"
_FIXED = ("TableName", "KeySchema", "LocalSecondaryIndexes")
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html"""


def refuse_change_set(cloud: Cloud, change: Mapping[str, str]) -> None:
    """Raises:
    StackError: the change set replaces or removes a table that holds data.
    """
    pages = cloud.client("cloudformation").get_paginator("describe_change_set").paginate(**change)
    changes = [one["ResourceChange"] for page in pages for one in page.get("Changes", ())]
    lost = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in changes if _is_lost(one)}
    _refuse(cloud, lost)


def refuse_moving_back(deployed: stacks.Stack, parameters: Mapping[str, str | None]) -> None:
    """Raises:
    StackError: the to-dos were moved to the second table, and the parameters name the first, which is not there.
    """
    if deployed.parameters.get(MOVE) == "done" and parameters.get(MOVE) == "pending":
        raise StackError(
            f"the to-dos of {deployed.name} were moved to the second table: remove {MOVE} from samconfig.toml"
        )


def _is_lost(change: Mapping[str, Any]) -> bool:
    is_replaced = change["Action"] == "Modify" and change.get("Replacement") == "True"
    return change["ResourceType"] == _TABLE and (is_replaced or change["Action"] == "Remove")


def refuse_template(cloud: Cloud, stack: str, template: Template, parameters: Mapping[str, str]) -> None:
    """As `refuse_change_set`, of what a deployment of `template` would make of the stack, if there is one.

    Raises:
        StackError: it would replace or remove a table that holds data.
    """
    cloudformation = cloud.client("cloudformation")
    deployed = stacks.describe(cloudformation, stack)
    if deployed is None or not deployed.ever_worked:
        return
    refuse_moving_back(deployed, parameters)
    before = stacks.template(cloudformation, stack)["Resources"]
    after = _tables(template, {**deployed.parameters, **parameters})
    tables = stacks.resources(cloudformation, stack, _TABLE)
    changed = (name for name in tables if _shape(before[name]) != _shape(after.get(name)))
    _refuse(cloud, {name: tables[name] for name in changed})


def _refuse(cloud: Cloud, tables: Mapping[str, str]) -> None:
    for logical, physical in tables.items():
        if cloud.client("dynamodb").scan(TableName=physical, Limit=1, Select="COUNT")["Count"]:
            raise StackError(
                f"{logical} ({physical}) holds data, and this would put an empty table in its place;"
                " see docs/operations.md, Moving the to-dos"
            )


def _tables(template: Template, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The tables that the template makes with these parameters."""
    declared = template["Parameters"]
    values = {name: parameters.get(name, one.get("Default", "")) for name, one in declared.items()}
    conditions = template.get("Conditions", {})
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == _TABLE
        and ("Condition" not in resource or _holds(conditions[resource["Condition"]], conditions, values))
    }


def _holds(expression: Mapping[str, Any], conditions: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    ((operator, operands),) = expression.items()
    if operator == "Condition":
        return _holds(conditions[operands], conditions, values)
    if operator == "Fn::Equals":
        left, right = (values[one["Ref"]] if isinstance(one, dict) else one for one in operands)
        return str(left) == str(right)
    held = [_holds(operand, conditions, values) for operand in operands]
    return {"Fn::And": all(held), "Fn::Or": any(held), "Fn::Not": not held[0]}[operator]


def _shape(table: Mapping[str, Any] | None) -> Sequence[Any] | None:
    """What CloudFormation cannot change in place."""
    if table is None:
        return None
    properties = table["Properties"]
    keys = json.dumps([properties.get(name) for name in _FIXED], sort_keys=True)
    types = sorted(
        (one["AttributeName"], one["AttributeType"])
        for one in properties["AttributeDefinitions"]
        if json.dumps(one["AttributeName"]) in keys
    )
    return keys, types
