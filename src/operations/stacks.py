"""A deployed CloudFormation stack: what it is, and waiting until it rests."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from project.errors import StackError

_SECONDS = 60 * 60.0
"""A distribution alone may take a quarter of an hour."""

_PAUSE = 5.0

_STALE_READS = 6
"""DescribeStacks may tell for some seconds what was before a change; this often it is not believed."""


@dataclass(frozen=True, slots=True)
class Stack:
    """`secret`: parameters whose values CloudFormation does not tell (NoEcho)."""

    name: str
    status: str
    reason: str
    parameters: dict[str, str]
    secret: frozenset[str]
    outputs: dict[str, str]
    tags: dict[str, str]
    changed: datetime | None = None

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def ever_worked(self) -> bool:
        return self.status not in (
            "REVIEW_IN_PROGRESS",
            "ROLLBACK_COMPLETE",
            "ROLLBACK_FAILED",
            "CREATE_FAILED",
        )


def describe(cloudformation: Any, name: str) -> Stack | None:
    """As it is now; None where there is none, or none any more."""
    try:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    if found["StackStatus"] == "DELETE_COMPLETE":
        return None
    given = {p["ParameterKey"]: p["ParameterValue"] for p in found.get("Parameters", ())}
    secret = frozenset(name for name, value in given.items() if value and not value.strip("*"))
    return Stack(
        name,
        found["StackStatus"],
        found.get("StackStatusReason", ""),
        {name: value for name, value in given.items() if name not in secret},
        secret,
        {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())},
        {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())},
        found.get("LastUpdatedTime"),
    )


def existing(cloudformation: Any, name: str, region: str) -> Stack:
    """Raises:
    StackError: there is none.
    """
    stack = describe(cloudformation, name)
    if stack is None:
        raise StackError(f"there is no stack {name} in {region}")
    return stack


def wait(cloudformation: Any, name: str, *, pause: float = _PAUSE) -> Stack | None:
    """The stack when nothing moves any more; none when it is gone.

    Raises:
        StackError: it still moved after an hour.
    """
    deadline = time.monotonic() + _SECONDS
    while (stack := describe(cloudformation, name)) is not None and stack.busy:
        if time.monotonic() > deadline:
            raise StackError(f"{name} is still {stack.status} after {_SECONDS / 60:.0f} minutes")
        time.sleep(pause)
    return stack


def outcome(cloudformation: Any, name: str, before: Stack | None, *, pause: float = _PAUSE) -> Stack | None:
    """The outcome of a change that began when the stack was `before`.

    Raises:
        StackError: it still moved after an hour.
    """
    for _ in range(_STALE_READS):
        stack = describe(cloudformation, name)
        if stack is None or _moved(stack, before):
            break
        time.sleep(pause)
    return wait(cloudformation, name, pause=pause)


def _moved(stack: Stack, before: Stack | None) -> bool:
    if stack.status == "REVIEW_IN_PROGRESS":  # a stack of which only the change set is there
        return False
    return before is None or (stack.status, stack.changed) != (before.status, before.changed)


def resources(cloudformation: Any, name: str, kind: str) -> dict[str, str]:
    """The stack's resources of one type: their names in the template, and what they are called in the account."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == kind
        and resource.get("PhysicalResourceId")
        and resource["ResourceStatus"] != "DELETE_COMPLETE"
    }


def template(cloudformation: Any, name: str) -> dict[str, Any]:
    """The stack's template as it was sent."""
    body = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    parsed: dict[str, Any] = yaml_parse(body) if isinstance(body, str) else body
    return parsed
