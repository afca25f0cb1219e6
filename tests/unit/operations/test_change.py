"""Changing a stack: the requests to CloudFormation, and the report of a failure."""

from types import SimpleNamespace
from typing import Any

import pytest

from operations.release.change import Changes
from project.errors import StackError


def event(logical: str, status: str, reason: str = "") -> dict[str, str]:
    return {"LogicalResourceId": logical, "ResourceStatus": status, "ResourceStatusReason": reason}


class CloudFormation:
    """A stack that an update takes from `statuses[0]` to the last, with its events, newest first, in pages."""

    def __init__(self, *statuses: str, pages: list[list[dict[str, str]]], changes: bool = True) -> None:
        self.statuses = list(statuses)
        self.pages = pages
        self.changes = changes
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        return {"Stacks": [{"StackStatus": self.statuses[0]}]}

    def get_paginator(self, operation: str) -> Any:
        if operation == "describe_change_set":
            return SimpleNamespace(paginate=lambda **_: [{"Changes": []}])
        assert operation == "describe_stack_events"
        return SimpleNamespace(paginate=lambda **_: [{"StackEvents": page} for page in self.pages])

    def create_change_set(self, **asked: Any) -> dict[str, str]:
        self.asked.append(("create", asked))
        return {"Id": "arn:aws:cloudformation:us-east-1:000000000000:changeSet/release/1"}

    def describe_change_set(self, **asked: Any) -> dict[str, str]:
        self.asked.append(("describe", asked))
        if self.changes:
            return {"Status": "CREATE_COMPLETE"}
        return {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}

    def execute_change_set(self, **asked: Any) -> None:
        self.asked.append(("execute", asked))
        self.statuses = self.statuses[1:]

    def delete_change_set(self, **asked: Any) -> None:
        self.asked.append(("delete", asked))


def apply(cloudformation: CloudFormation) -> bool:
    clients = {"cloudformation": cloudformation, "s3": SimpleNamespace(put_object=lambda **_: None)}
    cloud: Any = SimpleNamespace(client=clients.__getitem__, region="us-east-1")
    return Changes(cloud, bucket="templates", pause=0).apply("app", "template", {}, {})


@pytest.mark.parametrize("changes", [True, False])
def test_a_change_set_is_named_by_its_stack_to_which_the_rights_apply(changes):
    cloudformation = CloudFormation("CREATE_COMPLETE", "UPDATE_COMPLETE", pages=[], changes=changes)

    assert apply(cloudformation) is changes

    (name,) = {asked["ChangeSetName"] for _, asked in cloudformation.asked}
    assert not name.startswith("arn:")
    assert [what for what, _ in cloudformation.asked] == [
        "create",
        "describe",
        "execute" if changes else "delete",
    ]
    assert all(asked["StackName"] == "app" for _, asked in cloudformation.asked)


def test_the_first_failure_is_reported_though_pages_of_events_followed_it():
    cloudformation = CloudFormation(
        "CREATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        pages=[
            [event("app", "UPDATE_ROLLBACK_COMPLETE"), event("Queue", "UPDATE_FAILED", "cancelled")],
            [event("Table", "CREATE_FAILED", "limit exceeded"), event("Table", "CREATE_IN_PROGRESS")],
            [event("app", "UPDATE_IN_PROGRESS", "User Initiated"), event("Old", "CREATE_FAILED", "long ago")],
        ],
    )

    with pytest.raises(StackError, match=r"^app: Table: limit exceeded$"):
        apply(cloudformation)


def test_a_failure_without_a_reason_tells_the_status():
    with pytest.raises(StackError, match=r"^app: UPDATE_ROLLBACK_COMPLETE$"):
        apply(CloudFormation("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", pages=[[]]))
