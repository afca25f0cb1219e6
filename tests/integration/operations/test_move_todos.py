"""The to-dos of a stage move to the table with all indexes: copied, verified, switched over; safe to interrupt."""

import json
import uuid
from typing import Any

import pytest

from app.aws.clients import Clients
from operations import lost_tables, move_todos, moved_items, stacks
from operations.cloud import Cloud
from project.errors import StackError
from support.tables import table_schemas

SECOND = "TodosTableV2"


def table(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": schema, **more}


def template() -> dict[str, Any]:
    """As much of `template.yaml` as a move needs."""
    schemas = table_schemas()
    first = {**schemas[SECOND], "LocalSecondaryIndexes": schemas[SECOND]["LocalSecondaryIndexes"][:3]}
    names = [index["KeySchema"][1]["AttributeName"] for index in first["LocalSecondaryIndexes"]]
    first["AttributeDefinitions"] = [
        one for one in first["AttributeDefinitions"] if one["AttributeName"] in ("userId", "todoId", *names)
    ]
    in_use = {"Fn::If": ["MovesTodos", {"Ref": "TodosTable"}, {"Ref": SECOND}]}
    return {
        "Parameters": {"TodosMove": {"Type": "String", "Default": "done"}},
        "Conditions": {"MovesTodos": {"Fn::Equals": [{"Ref": "TodosMove"}, "pending"]}},
        "Resources": {
            "TodosTable": table(first, Condition="MovesTodos", DeletionPolicy="Retain"),
            SECOND: table(schemas[SECOND]),
            "OperationsTable": table(schemas["OperationsTable"]),
        },
        "Outputs": {
            "TodosTableName": {"Value": in_use},
            "OperationsTableName": {"Value": {"Ref": "OperationsTable"}},
            **{
                name: {"Value": "-"}
                for name in ("UsersTableName", "FilesTableName", "UserDataTableName", "UserPoolId")
            },
        },
    }


def item(name: str, revision: int = 1) -> dict[str, Any]:
    return {"userId": {"S": "ada"}, "todoId": {"S": name}, "revision": {"N": str(revision)}}


class Stage:
    """A deployed stack, and the items of its two tables."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.name = f"move-{uuid.uuid4().hex[:8]}"
        self.dynamodb = cloud.client("dynamodb")
        self.cloudformation = cloud.client("cloudformation")
        self.deploy("pending")
        self.first, self.second = (self.tables[name] for name in ("TodosTable", SECOND))

    def deploy(self, moving: str) -> None:
        known = stacks.describe(self.cloudformation, self.name)
        act = self.cloudformation.update_stack if known else self.cloudformation.create_stack
        act(
            StackName=self.name,
            TemplateBody=json.dumps(template()),
            Parameters=[{"ParameterKey": "TodosMove", "ParameterValue": moving}],
        )
        stacks.wait(self.cloudformation, self.name, pause=0.05)

    @property
    def tables(self) -> dict[str, str]:
        return stacks.resources(self.cloudformation, self.name, "AWS::DynamoDB::Table")

    def put(self, table: str, *items: dict[str, Any]) -> None:
        for one in items:
            self.dynamodb.put_item(TableName=table, Item=one)

    def items(self, table: str) -> dict[str, Any]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table)
        return {one["todoId"]["S"]: one for page in pages for one in page["Items"]}


@pytest.fixture
def stage(cloud: Cloud) -> Stage:
    return Stage(cloud)


def test_all_items_are_moved_and_the_stack_uses_the_second_table(stage: Stage):
    stage.put(stage.first, *(item(f"t{n}") for n in range(260)))
    before = stage.items(stage.first)

    move_todos.move(stage.cloud, stage.name)

    found = stacks.existing(stage.cloudformation, stage.name, "us-east-1")
    assert found.outputs["TodosTableName"] == stage.second
    assert stage.items(stage.second) == before == stage.items(stage.first)  # which is left to the operator
    assert "TodosTable" not in stage.tables


def test_a_move_that_is_done_is_not_done_again(stage: Stage, capsys):
    stage.put(stage.first, item("a"))
    move_todos.move(stage.cloud, stage.name)
    stage.put(stage.second, item("a", 2))
    capsys.readouterr()

    move_todos.move(stage.cloud, stage.name)

    assert capsys.readouterr().out == "nothing to move\n"
    assert stage.items(stage.second) == {"a": item("a", 2)}


def test_what_changes_or_goes_while_it_copies_is_found_by_the_verification(stage: Stage, monkeypatch):
    stage.put(stage.first, item("changed"), item("gone"), item("kept"))
    copied = move_todos.copy
    calls = []

    def changed_after(clients: Clients, source: str, target: str) -> int:
        result = copied(clients, source, target)
        if not calls:
            stage.put(stage.first, item("changed", 2), item("new", 3))
            stage.dynamodb.delete_item(
                TableName=stage.first, Key={key: item("gone")[key] for key in ("userId", "todoId")}
            )
        calls.append(result)
        return result

    monkeypatch.setattr(move_todos, "copy", changed_after)
    move_todos.move(stage.cloud, stage.name)

    assert calls == [3, 2, 0]
    assert stage.items(stage.second) == {
        "changed": item("changed", 2),
        "new": item("new", 3),
        "kept": item("kept"),
    }


@pytest.mark.parametrize("step", ["_verify", "_switch"])
def test_an_interrupted_move_leaves_the_first_table_in_use_and_writable(stage: Stage, monkeypatch, step):
    stage.put(stage.first, item("a"))

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(move_todos, step, interrupt)
        with pytest.raises(KeyboardInterrupt):
            move_todos.move(stage.cloud, stage.name)
    arn = stage.dynamodb.describe_table(TableName=stage.first)["Table"]["TableArn"]
    with pytest.raises(stage.dynamodb.exceptions.PolicyNotFoundException):
        stage.dynamodb.get_resource_policy(ResourceArn=arn)
    stage.put(stage.first, item("a", 2))

    move_todos.move(stage.cloud, stage.name)

    assert stage.items(stage.second) == {"a": item("a", 2)}


def test_what_slipped_through_is_copied_after_the_switch_also_by_the_next_run(stage: Stage, monkeypatch):
    stage.put(stage.first, item("late"), item("fresh"))

    def interrupted(*_: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(move_todos, "copy_newer", interrupted)
        with pytest.raises(KeyboardInterrupt):
            move_todos.move(stage.cloud, stage.name)
    stage.put(stage.first, item("late", 2), item("fresh", 2))
    stage.put(stage.second, item("fresh", 3))

    move_todos.move(stage.cloud, stage.name)

    assert stage.items(stage.second) == {"late": item("late", 2), "fresh": item("fresh", 3)}


def test_a_table_that_never_rests_is_not_switched(stage: Stage, monkeypatch):
    stage.put(stage.first, item("a"))
    monkeypatch.setattr(move_todos, "delete_surplus", lambda *_: 1)

    with pytest.raises(StackError, match="still changes"):
        move_todos.move(stage.cloud, stage.name)

    assert "TodosTable" in stage.tables


def test_pages_are_compared_as_a_whole(stage: Stage):
    clients = Clients("us-east-1", stage.cloud.client("dynamodb").meta.endpoint_url)
    stage.put(stage.first, item("a"), item("b", 5))
    stage.put(stage.second, item("b", 4), item("c"))

    assert moved_items.copy(clients, stage.first, stage.second) == 2
    assert moved_items.delete_surplus(clients, stage.first, stage.second) == 1
    assert moved_items.copy(clients, stage.first, stage.second) == 0
    assert stage.items(stage.second) == stage.items(stage.first)


def refuse(stage: Stage, after: dict[str, Any], **parameters: str) -> None:
    lost_tables.refuse_template(stage.cloud, stage.name, after, parameters)


def refuse_change_set(stage: Stage, after: dict[str, Any]) -> None:
    """The embedded AWS's change sets know neither conditions nor that a local index needs a new table."""
    change = {"StackName": stage.name, "ChangeSetName": f"c-{uuid.uuid4().hex[:8]}"}
    stage.cloudformation.create_change_set(
        **change,
        ChangeSetType="UPDATE",
        TemplateBody=json.dumps(after),
        Parameters=[{"ParameterKey": "TodosMove", "UsePreviousValue": True}],
    )
    waiter = stage.cloudformation.get_waiter("change_set_create_complete")
    waiter.wait(**change, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    lost_tables.refuse_change_set(stage.cloud, change)


def test_a_deployment_that_removes_a_table_with_data_is_refused(stage: Stage):
    refuse(stage, template(), TodosMove="done")
    without = template()
    del without["Resources"]["TodosTable"]
    without["Outputs"]["TodosTableName"]["Value"] = {"Ref": SECOND}
    refuse_change_set(stage, without)
    stage.put(stage.first, item("a"))

    with pytest.raises(StackError, match=r"TodosTable .* holds data"):
        refuse(stage, template(), TodosMove="done")
    with pytest.raises(StackError, match=r"TodosTable .* holds data"):
        refuse_change_set(stage, without)
    refuse(stage, template())


def test_a_deployment_that_changes_local_indexes_of_a_table_with_data_is_refused(stage: Stage):
    after = template()
    after["Resources"][SECOND]["Properties"]["LocalSecondaryIndexes"].pop()
    refuse(stage, after)
    stage.put(stage.second, item("a"))

    with pytest.raises(StackError, match=rf"{SECOND} .* holds data"):
        refuse(stage, after)


def test_a_change_set_that_replaces_a_table_with_data_is_refused(stage: Stage):
    after = template()
    after["Resources"][SECOND]["Properties"]["TableName"] = f"renamed-{uuid.uuid4().hex[:8]}"
    refuse_change_set(stage, after)
    stage.put(stage.second, item("a"))

    with pytest.raises(StackError, match=rf"{SECOND} .* holds data"):
        refuse_change_set(stage, after)


def test_a_stage_that_has_moved_does_not_go_back_to_the_first_table(stage: Stage):
    move_todos.move(stage.cloud, stage.name)

    with pytest.raises(StackError, match=r"remove TodosMove from samconfig.toml"):
        refuse(stage, template(), TodosMove="pending")


def test_a_stack_that_is_not_there_loses_nothing(stage: Stage):
    lost_tables.refuse_template(stage.cloud, "none", template(), {})
