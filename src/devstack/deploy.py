"""The template's resources in the embedded AWS: created, brought up to date, or found as they should be."""

import hashlib
import json
import time
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from devstack.aws import Aws
from project.errors import StackError
from project.template import SOURCE_HASH, Template

STACK = "local"
_TEMPLATES = "templates"
"""The bucket that holds the template: it is too large to be part of a request, here as on AWS."""
_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")
_DIGEST_TAG = "digest"
_TIMEOUT = 60.0


def deploy(aws: Aws, template: Template, parameters: dict[str, str]) -> bool:
    """Returns whether anything had to change.

    Raises:
        StackError: with the first failed resource and its reason.
    """
    digest = _digest(template, parameters)
    stack = _describe(aws)
    if stack is not None and stack["StackStatus"] == "ROLLBACK_COMPLETE":  # nothing was ever created
        aws.client("cloudformation").delete_stack(StackName=STACK)
        _wait(aws)
        stack = None
    if stack is not None and stack["StackStatus"] in _DONE and _tag(stack) == digest:
        return False
    cloudformation = aws.client("cloudformation")
    act = cloudformation.update_stack if stack else cloudformation.create_stack
    try:
        act(
            StackName=STACK,
            TemplateURL=_uploaded(aws, template),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Tags=[{"Key": _DIGEST_TAG, "Value": digest}],
        )
    except ClientError as error:
        raise StackError(f"template.yaml: {error.response['Error']['Message']}") from error
    _wait(aws)
    _enable_ttl(aws, template)
    _rotate_refresh_tokens(aws, template)
    return True


def exists(aws: Aws) -> bool:
    """Return whether the stack was deployed before."""
    return _describe(aws) is not None


def function_environments(aws: Aws) -> dict[str, str]:
    """The environment variables of the deployed functions, with names resolved."""
    variables: dict[str, str] = {}
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    for resource in (resource for page in pages for resource in page["StackResourceSummaries"]):
        if resource["ResourceType"] == "AWS::Lambda::Function":
            name = resource["PhysicalResourceId"]
            found = aws.client("lambda").get_function_configuration(FunctionName=name)
            variables |= found["Environment"]["Variables"]
    variables.pop(SOURCE_HASH)
    return variables


def has(aws: Aws, logical: str) -> bool:
    """Return whether the stack was deployed with this resource."""
    try:
        physical_id(aws, logical)
    except ClientError:
        return False
    return True


def physical_id(aws: Aws, logical: str) -> str:
    """The name or id under which a resource of the template was made."""
    answer = aws.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=logical)
    found: str = answer["StackResourceDetail"]["PhysicalResourceId"]
    return found


def _uploaded(aws: Aws, template: Template) -> str:
    s3 = aws.client("s3")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # of a first start that was killed
        s3.create_bucket(Bucket=_TEMPLATES)
    s3.put_object(Bucket=_TEMPLATES, Key=STACK, Body=json.dumps(template).encode())
    return f"{aws.endpoint}/{_TEMPLATES}/{STACK}"


def _digest(template: Template, parameters: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps([template, parameters], sort_keys=True).encode()).hexdigest()


def _tag(stack: dict[str, Any]) -> str | None:
    return next((tag["Value"] for tag in stack.get("Tags", []) if tag["Key"] == _DIGEST_TAG), None)


def _describe(aws: Aws) -> dict[str, Any] | None:
    try:
        stacks: list[dict[str, Any]] = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return None
    return stacks[0]


def _wait(aws: Aws) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while True:
        stack = _describe(aws)
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if status in _DONE:
            return
        if not status.endswith("_IN_PROGRESS"):
            raise StackError(f"template.yaml: {_failure(aws) or status}")
        if time.monotonic() > deadline:
            raise StackError(f"template.yaml: still {status} after {_TIMEOUT:.0f} s")
        time.sleep(0.03)


def _failure(aws: Aws) -> str | None:
    """The first failure of the last operation. Events come newest first."""
    pages = aws.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=STACK)
    events = (event for page in pages for event in page["StackEvents"])
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return None
    return f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason', 'failed')}"


def _enable_ttl(aws: Aws, template: Template) -> None:
    """The embedded CloudFormation ignores the template's TTL."""
    dynamodb = aws.client("dynamodb")
    for logical, resource in template["Resources"].items():
        specification = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] != "AWS::DynamoDB::Table" or specification is None or not has(aws, logical):
            continue
        table = physical_id(aws, logical)
        status = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
        if status == "DISABLED":
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)


def _rotate_refresh_tokens(aws: Aws, template: Template) -> None:
    """The embedded CloudFormation ignores the template's rotation, too."""
    for logical, resource in template["Resources"].items():
        rotation = resource.get("Properties", {}).get("RefreshTokenRotation")
        if resource["Type"] == "AWS::Cognito::UserPoolClient" and rotation is not None:
            pool = physical_id(aws, resource["Properties"]["UserPoolId"]["Ref"])
            aws.client("cognito-idp").update_user_pool_client(
                UserPoolId=pool, ClientId=physical_id(aws, logical), RefreshTokenRotation=rotation
            )
