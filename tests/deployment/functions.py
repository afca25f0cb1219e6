"""The functions of the template: their environment on Lambda, and the results of their work."""

import time
from typing import Any

from deployment import events
from support import template
from support.stack import RunningStack

FUNCTIONS = template.functions()

NOWHERE = "http://127.0.0.1:9"
"""An origin where nothing listens: the port of the discard protocol."""

_AURORA = {
    "DATABASE": "aurora",
    "DATABASE_CLUSTER_ARN": "arn:aws:rds:us-east-1:000000000000:cluster:none",
    "DATABASE_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:none",
    "DATABASE_NAME": "app",
}
"""A cluster that the stack does not have."""

_BY_SOURCE = {
    "Cognito PostAuthentication": events.post_authentication("client", "unknown"),
    "Cognito PostConfirmation": events.post_confirmation("pool", "client", "unknown", "unknown@example.com")
    | {"triggerSource": "PostConfirmation_Unknown"},
    "Cognito PreSignUp": events.pre_sign_up("unknown@example.com"),
    "DynamoDB": events.sqs(),
    "Kinesis": events.sqs(),
    "SNS": events.sqs(),
    "SQS": events.sqs(),
}
_INVOKED = {
    "ApiFunction": events.http_api("GET", "/healthz"),
    "AuthorizerFunction": events.authorizer("no token"),
    "CountersFunction": events.user_changes(),
    "EgressFunction": events.outgoing(NOWHERE),
}
"""Functions that have no event source, because the gateway or another function invokes them."""


def smallest(logical: str, stack: RunningStack) -> dict[str, Any]:
    """An event that the function takes without doing anything, by the first of its sources in the template.

    Raises:
        KeyError: there is no such event yet for a source of this kind.
    """
    if logical == "MigrateFunction":
        return events.custom_resource("Delete", f"{stack.endpoint}/answer")
    if logical in _INVOKED:
        return _INVOKED[logical]
    source = next(iter(FUNCTIONS[logical]["Properties"]["Events"].values()))
    return _BY_SOURCE[" ".join(filter(None, (source["Type"], source["Properties"].get("Trigger"))))]


def environment(stack: RunningStack, logical: str) -> dict[str, str]:
    """The function's environment on Lambda: the template's variables, Lambda's own, and the rights of the role."""
    known = {**_AURORA, **stack.env, "EGRESS_ORIGINS": f"{stack.endpoint},{NOWHERE}"}
    given = {name: known[name] for name in template.variables(FUNCTIONS[logical])}
    local = {"AWS_ENDPOINT_URL": stack.endpoint}
    if "USER_POOL_ID" in given:
        local["JWKS_URL"] = stack.env["JWKS_URL"]
    return {
        **given,
        **local,
        **role(stack, logical),
        "AWS_REGION": stack.env["AWS_REGION"],
        "AWS_LAMBDA_FUNCTION_NAME": logical,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory(logical)),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(FUNCTIONS[logical]["Properties"]["Timeout"]),
    }


def command(logical: str) -> str:
    return template.command(FUNCTIONS[logical])


def memory(logical: str) -> int:
    return FUNCTIONS[logical]["Properties"]["MemorySize"]


def role(stack: RunningStack, logical: str) -> dict[str, str]:
    """Credentials of the function's role; one of a function that this stack does not have may do nothing."""
    function = FUNCTIONS[logical]
    if "Condition" in function:
        return {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    [name, _] = function["Properties"]["Role"]["Fn::GetAtt"]
    found = stack.local.aws.client("iam").get_role(RoleName=stack.local.physical_id(name))
    answer = stack.local.aws.client("sts").assume_role(
        RoleArn=found["Role"]["Arn"], RoleSessionName="function"
    )
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def dead_letter(stack: RunningStack, queue: str, text: str) -> dict[str, Any]:
    """The attributes of the dead letter that says `text`, which is taken away."""
    sqs, url = stack.clients().sqs, stack.env[queue]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        received = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=1,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
        )
        for message in received.get("Messages", []):
            if message["Body"] == text:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return message["MessageAttributes"]
    raise AssertionError(f"no dead letter says {text!r}")
