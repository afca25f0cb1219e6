"""AWS's data about a deployed stack, all taken at one moment, so that tests can look at them later."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from devstack.aws import Aws

Facts = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    status: str
    resources: dict[str, tuple[str, str]]
    """Logical id -> type and physical id."""
    outputs: dict[str, str]
    facts: dict[str, Facts]
    """Logical id -> what its service says of it, for the types in `_LOOK`."""

    def physical(self, logical: str) -> str:
        return self.resources[logical][1]


def look(aws: Aws, stack: str) -> Deployed:
    cloudformation = aws.client("cloudformation")
    (description,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = {
        entry["LogicalResourceId"]: (entry["ResourceType"], entry["PhysicalResourceId"])
        for page in pages
        for entry in page["StackResourceSummaries"]
    }
    return Deployed(
        status=description["StackStatus"],
        resources=resources,
        outputs={output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])},
        facts={
            name: _LOOK[kind](aws, physical) for name, (kind, physical) in resources.items() if kind in _LOOK
        },
    )


def left(aws: Aws) -> dict[str, list[str]]:
    """The names of everything of the kinds that hold data, run code or cost money."""
    found: dict[str, Iterable[str]] = {
        "tables": aws.client("dynamodb").list_tables()["TableNames"],
        "queues": aws.client("sqs").list_queues().get("QueueUrls", []),
        "functions": [one["FunctionName"] for one in aws.client("lambda").list_functions()["Functions"]],
        "buckets": [one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]],
        "roles": [one["RoleName"] for one in aws.client("iam").list_roles()["Roles"]],
        "alarms": [one["AlarmName"] for one in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "pools": [one["Id"] for one in aws.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]],
        "streams": aws.client("kinesis").list_streams()["StreamNames"],
        "secrets": [one["Name"] for one in aws.client("secretsmanager").list_secrets()["SecretList"]],
        "topics": [one["TopicArn"] for one in aws.client("sns").list_topics()["Topics"]],
    }
    return {kind: list(names) for kind, names in found.items()}


def _table(aws: Aws, name: str) -> Facts:
    facts: Facts = dict(aws.client("dynamodb").describe_table(TableName=name)["Table"])
    return facts


def _queue(aws: Aws, url: str) -> Facts:
    return dict(aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])


def _function(aws: Aws, name: str) -> Facts:
    return dict(aws.client("lambda").get_function_configuration(FunctionName=name))


def _mapping(aws: Aws, identifier: str) -> Facts:
    return dict(aws.client("lambda").get_event_source_mapping(UUID=identifier))


def _role(aws: Aws, name: str) -> Facts:
    iam = aws.client("iam")
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in names
    }


def _bucket(aws: Aws, name: str) -> Facts:
    """Without its lifecycle, which the emulator's CloudFormation passes over."""
    s3 = aws.client("s3")
    return {
        "encryption": s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"],
        "public": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
        "policy": json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]),
        "notifications": s3.get_bucket_notification_configuration(Bucket=name).get("QueueConfigurations", []),
    }


def _alarm(aws: Aws, name: str) -> Facts:
    (facts,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(facts)


def _logs(aws: Aws, name: str) -> Facts:
    (facts,) = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return dict(facts)


def _api(aws: Aws, identifier: str) -> Facts:
    routes = aws.client("apigatewayv2").get_routes(ApiId=identifier)["Items"]
    return {route["RouteKey"]: route for route in routes}


_LOOK: dict[str, Callable[[Aws, str], Facts]] = {
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::DynamoDB::Table": _table,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Function": _function,
    "AWS::Logs::LogGroup": _logs,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
}
