"""The calls that the Lambda service itself makes in a function's name, by its configuration; and the relay that a
function in a network invokes, which no emulator has.

So no run of the functions shows these calls: they are derived from the template and not recorded.
Source: https://docs.aws.amazon.com/lambda/latest/dg/ (execution role, SQS, Kinesis, DynamoDB, VPC, X-Ray,
destinations).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding
from support.template_rules.functions import handler_of, variables_of
from support.template_rules.permissions import Allowed, allowed, role_of
from support.template_rules.queues import consumers, function_of
from support.template_rules.references import mentions

_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_TRACING = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
_NETWORK = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
_POLLING = {
    "AWS::SQS::Queue": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "AWS::DynamoDB::Table": (
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    ),
    "AWS::Kinesis::Stream": (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    ),
}
_STATEMENT = "rds-data:ExecuteStatement"
_TRANSACTIONS = ("rds-data:BeginTransaction", "rds-data:CommitTransaction", "rds-data:RollbackTransaction")
_MIGRATE = "app.entrypoints.migrate.handler"
_SENDING = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish"}


@dataclass(frozen=True)
class Need:
    """An action in the name of a role; on one resource of the template, or on no particular one."""

    role: str
    action: str
    resource: str | None = None

    def is_met_by(self, permission: Allowed) -> bool:
        if (self.role, self.action) != (permission.role, permission.action):
            return False
        return (
            permission.resource == "*"
            if self.resource is None
            else mentions(permission.resource, self.resource)
        )


def lambda_may_do_what_a_function_has_it_do(deployed: Deployment) -> Iterator[Finding]:
    for need in needs(deployed):
        if not any(need.is_met_by(permission) for permission in allowed(deployed, need.role)):
            where = need.resource or "no particular resource"
            yield Finding(
                "lambda_may_do_what_a_function_has_it_do",
                need.role,
                f"{need.action} on {where} is not allowed",
            )


def a_loop_that_is_meant_is_not_stopped(deployed: Deployment) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""
    rule = "a_loop_that_is_meant_is_not_stopped"
    functions = dict(deployed.properties("AWS::Lambda::Function"))
    meant = {
        function
        for queue, function, _ in consumers(deployed)
        if _sends_to(deployed, functions[function], queue)
    }
    for name, function in functions.items():
        stopped = function.get("RecursiveLoop", "Terminate") != "Allow"
        if name in meant and stopped:
            yield Finding(rule, name, "Lambda stops what it sends to its own queue, after 16 rounds")
        if name not in meant and not stopped:
            yield Finding(rule, name, "it sends nothing to its own queue, so no loop of it is meant")


def _sends_to(deployed: Deployment, function: dict[str, Any], queue: str) -> bool:
    sending = Need(role_of(function), "sqs:SendMessage", queue)
    return any(sending.is_met_by(permission) for permission in allowed(deployed, sending.role))


def needs(deployed: Deployment) -> Iterator[Need]:
    for name, function in deployed.properties("AWS::Lambda::Function"):
        yield from _of_function(role_of(function), function)
        yield from _of_sources(deployed, name, role_of(function))


def _of_function(role: str, function: dict[str, Any]) -> Iterator[Need]:
    if (group := function.get("LoggingConfig", {}).get("LogGroup")) is not None:
        yield from (Need(role, action, group["Ref"]) for action in _LOGS)
    if function.get("TracingConfig") == {"Mode": "Active"}:
        yield from (Need(role, action) for action in _TRACING)
    if function.get("VpcConfig"):
        yield from (Need(role, action) for action in _NETWORK)
    if cluster := variables_of(function).get("DATABASE_CLUSTER_ARN"):
        actions = _TRANSACTIONS if handler_of(function) == _MIGRATE else ()
        yield from (Need(role, action, cluster["Fn::GetAtt"][0]) for action in (_STATEMENT, *actions))
        yield Need(role, "secretsmanager:GetSecretValue", cluster["Fn::GetAtt"][0])
    if egress := variables_of(function).get("EGRESS_FUNCTION"):
        yield Need(role, "lambda:InvokeFunction", egress["Ref"])


def _of_sources(deployed: Deployment, function: str, role: str) -> Iterator[Need]:
    for kind in ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"):
        for _, source in deployed.properties(kind):
            if function_of(deployed, source["FunctionName"]) != function:
                continue
            if "EventSourceArn" in source:
                polled = _target(source["EventSourceArn"])
                yield from (
                    Need(role, action, polled) for action in _POLLING[deployed.resources[polled]["Type"]]
                )
            for destination in source.get("DestinationConfig", {}).values():
                target = _target(destination["Destination"])
                yield Need(role, _SENDING[deployed.resources[target]["Type"]], target)


def _target(arn: dict[str, Any]) -> str:
    named: str = arn["Ref"] if "Ref" in arn else arn["Fn::GetAtt"][0]
    return named
