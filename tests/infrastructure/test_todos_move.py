"""`make run` moves the to-dos of an earlier version into the table with all indexes, and loses none."""

import copy
from typing import Any

import pytest

from app.models.todos import Todo
from app.repositories.dynamodb.storage import DynamoStorage
from devstack.state import State
from project import template
from support.stack import RunningStack, running_stack

SECOND = "TodosTableV2"


def earlier(load: Any) -> Any:
    """`template.load` as it was before there was a second table of to-dos."""

    def loaded(path: Any) -> template.Template:
        now = copy.deepcopy(load(path))
        resources = now["Resources"]
        del resources[SECOND]
        del resources["TodosTable"]["Condition"]
        resources["TodosTable"]["DeletionPolicy"] = "Delete"
        now["Conditions"]["MovesTodos"] = {"Fn::Equals": ["1", "1"]}
        return {**now, **_without_second({key: now[key] for key in ("Resources", "Outputs")})}

    return loaded


def _without_second(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_second(item) for item in value]
    if isinstance(value, str):
        return value.replace(SECOND, "TodosTable")
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value and value["Fn::If"][0] == "MovesTodos":
        return _without_second(value["Fn::If"][1])
    return {key: _without_second(inner) for key, inner in value.items()}


def items(stack: RunningStack) -> dict[tuple[str, str], Any]:
    dynamodb: Any = stack.clients().dynamodb
    pages = dynamodb.get_paginator("scan").paginate(TableName=stack.env["TODOS_TABLE"])
    return {(item["userId"]["S"], item["todoId"]["S"]): item for page in pages for item in page["Items"]}


def test_to_dos_and_tombstones_of_an_earlier_version_are_moved(tmp_path, monkeypatch: pytest.MonkeyPatch):
    state = State(tmp_path / "state")
    with monkeypatch.context() as before:
        before.setattr(template, "load", earlier(template.load))
        with running_stack(state.root) as stack:
            first = stack.env["TODOS_TABLE"]
            todos = DynamoStorage(stack.clients(), stack.settings.tables).todos
            (user, *_) = stack.clients().dynamodb.scan(TableName=stack.env["USERS_TABLE"])["Items"]
            user_id = user["userId"]["S"]
            for added in todos.add(user_id, [Todo(id=f"t{n}", title=f"To-do {n}") for n in range(130)]):
                assert added.stored
            todos.change(user_id, "t7", lambda _: None)
            kept = items(stack)

    with running_stack(state.root) as stack:
        assert stack.env["TODOS_TABLE"] != first
        assert items(stack) == kept
        assert first not in stack.clients().dynamodb.list_tables()["TableNames"]
        described = stack.clients().dynamodb.describe_table(TableName=stack.env["TODOS_TABLE"])["Table"]
        names = {index["IndexName"] for index in described["LocalSecondaryIndexes"]}
        assert names == {"byCreated", "byDue", "byRevision", "byPosition", "byCompleted"}
        assert state.log("move_todos").read_text().startswith(f"{len(kept)} copied from {first} to ")

    with running_stack(state.root) as stack:
        assert items(stack) == kept
