"""Change a stack by a change set, and take a snapshot of it before."""

import hashlib
import json
import time
from typing import Any

from operations import lost_tables, stacks
from operations.cloud import Cloud
from project.errors import StackError

_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
_WORKED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_PAUSE = 5.0

StackSnapshot = dict[str, Any]
"""A stack as JSON: its template, parameters (null: secret, so left as it is) and tags."""


class Changes:
    """`bucket` takes the templates, which are too long to be sent; `role` is what CloudFormation acts as."""

    def __init__(self, cloud: Cloud, *, bucket: str, role: str | None = None, pause: float = _PAUSE) -> None:
        self._cloud = cloud
        self._cloudformation = cloud.client("cloudformation")
        self._bucket = bucket
        self._role = role
        self._pause = pause

    def snapshot(self, name: str) -> StackSnapshot | None:
        """None where there is nothing to go back to."""
        stack = stacks.wait(self._cloudformation, name, pause=self._pause)
        if stack is None or not stack.ever_worked:
            return None
        body = self._cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        return {
            "template": body if isinstance(body, str) else json.dumps(body),
            "parameters": {**stack.parameters, **dict.fromkeys(sorted(stack.secret))},
            "tags": stack.tags,
        }

    def apply(
        self, name: str, template: str, parameters: dict[str, str | None], tags: dict[str, str]
    ) -> bool:
        """Make the stack so; returns whether anything had to change.

        Raises:
            StackError: with the first resource that failed. CloudFormation has taken the rest back by then. Or with
                a table that holds data and would be replaced: nothing is changed.
        """
        stack = self._at_rest(name)
        if stack is not None:
            lost_tables.refuse_moving_back(stack, parameters)
        # Rights are given on the stack: given by its ARN alone, a change set would be a resource of its own.
        change = {"StackName": name, "ChangeSetName": f"release-{time.time_ns()}"}
        self._cloudformation.create_change_set(
            **change,
            ChangeSetType="UPDATE" if stack and stack.status != "REVIEW_IN_PROGRESS" else "CREATE",
            TemplateURL=self._uploaded(name, template),
            Parameters=[_parameter(key, value) for key, value in parameters.items()],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            **({"RoleARN": self._role} if self._role else {}),
        )
        if not self._has_changes(change):
            self._cloudformation.delete_change_set(**change)
            return False
        lost_tables.refuse_change_set(self._cloud, change)
        self._cloudformation.execute_change_set(**change)
        self._succeed(name, stack)
        return True

    def _at_rest(self, name: str) -> stacks.Stack | None:
        stack = stacks.wait(self._cloudformation, name, pause=self._pause)
        if stack and stack.status == "ROLLBACK_COMPLETE":  # never created: it can only be deleted
            self._cloudformation.delete_stack(StackName=name)
            stack = stacks.outcome(self._cloudformation, name, stack, pause=self._pause)
        if stack and stack.status.endswith("_FAILED"):
            raise StackError(
                f"{name} is {stack.status} and needs a person; see docs/operations.md, Rolling back"
            )
        return stack

    def _uploaded(self, name: str, template: str) -> str:
        key = f"templates/{name}/{hashlib.sha256(template.encode()).hexdigest()}.template"
        s3 = self._cloud.client("s3")
        s3.put_object(Bucket=self._bucket, Key=key, Body=template.encode())
        return f"https://s3.{self._cloud.region}.{_suffix(self._cloud.region)}/{self._bucket}/{key}"

    def _has_changes(self, change: dict[str, str]) -> bool:
        while True:
            found = self._cloudformation.describe_change_set(**change)
            if found["Status"] == "CREATE_COMPLETE":
                return True
            if found["Status"] == "FAILED":
                reason = found.get("StatusReason", "")
                if any(text in reason for text in _UNCHANGED):
                    return False
                raise StackError(f"the change cannot be made: {reason}")
            time.sleep(self._pause)

    def _succeed(self, name: str, before: stacks.Stack | None) -> None:
        stack = stacks.outcome(self._cloudformation, name, before, pause=self._pause)
        if stack is None:
            raise StackError(f"{name}: it is gone")
        if stack.status not in _WORKED:
            raise StackError(f"{name}: {self._failure(name) or stack.reason or stack.status}")

    def _failure(self, name: str) -> str | None:
        """The first failure of the last operation. Events come newest first, and it began with the stack itself."""
        failure = None
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
        for event in (event for page in pages for event in page["StackEvents"]):
            if event["ResourceStatus"].endswith("_FAILED"):
                failure = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'failed')}"
            if event.get("ResourceStatusReason") == "User Initiated":
                break
        return failure


def _parameter(key: str, value: str | None) -> dict[str, Any]:
    if value is None:
        return {"ParameterKey": key, "UsePreviousValue": True}
    return {"ParameterKey": key, "ParameterValue": value}


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
