"""The rights of the execution role of `deploy/delivery.yaml`, as which CloudFormation runs a release.

Each type of resource says in its schema what its handlers call. Without an account, nothing comes nearer.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from project import template
from support.launch import ROOT
from support.template import deployed
from support.template_rules import DEPLOYMENTS

DELIVERY = template.load(ROOT / "deploy" / "delivery.yaml")

UNUSED = {
    "amplify:*webacl*": "the web ACLs are those of a user pool and a distribution",
    "apprunner:*webacl*": "the web ACLs are those of a user pool and a distribution",
    "appsync:*webacl*": "the web ACLs are those of a user pool and a distribution",
    "bedrock-agentcore:*webacl*": "the web ACLs are those of a user pool and a distribution",
    "codedeploy:*": "no alias shifts its traffic gradually",
    "cognito-sync:*": "the identity pool has neither events nor push synchronisation",
    "ec2:*verifiedaccess*": "the web ACLs are those of a user pool and a distribution",
    "elasticfilesystem:*": "no function mounts a file system",
    "elasticloadbalancing:*webacl*": "the web ACLs are those of a user pool and a distribution",
    "firehose:*": "no log group delivers to a stream",
    "iam:*grouppolicy": "policies are attached to roles alone",
    "iam:*permissionsboundary": "no role has one",
    "iam:*userpolicy": "policies are attached to roles alone",
    "iam:listroles": "the instance of the database has no role",
    "iam:updateroledescription": "no role has one",
    "kms:*": "every key is AWS's own",
    "organizations:*": "the trail is the account's",
    "payments:*": "no rule of a web ACL takes money",
    "s3files:*": "no function mounts a bucket",
    "s3tables:*": "no bucket keeps its metadata in tables",
    "vpc-lattice:*": "no endpoint leads to a service network",
    "vpce:*": "no endpoint leads to another region",
}
"""Calls of CloudFormation's handlers for properties that the template does not set."""

ON_EVERYTHING = (
    "billing:GetBillingViewData",
    # Application Auto Scaling makes alarms, under names of its own, if the caller may make alarms:
    # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutMetricAlarm",
    "logs:DescribeIndexPolicies",
    "route53:AssociateVPCWithHostedZone",  # by which an endpoint has its private name
)
"""Actions whose resource is not known in advance."""


def statements() -> Iterator[dict[str, Any]]:
    for policy in DELIVERY["Resources"]["ExecutionRole"]["Properties"]["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def may(action: str) -> bool:
    return any(
        fnmatchcase(action.lower(), given.lower()) for one in statements() for given in listed(one["Action"])
    )


def called() -> dict[str, set[str]]:
    """action -> the types whose handlers call it, with everything on"""
    found: dict[str, set[str]] = {}
    for resource in deployed(**DEPLOYMENTS["with everything"]).resources.values():
        kind = resource["Type"]
        for name, handler in handlers(kind).items():
            if name != "list":
                for action in handler["permissions"]:
                    found.setdefault(action.lower(), set()).add(kind)
    return found


def handlers(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return schema.get("handlers", {})


def test_the_role_may_make_change_and_delete_whatever_the_template_holds():
    lacking = {action: kinds for action, kinds in called().items() if not may(action)}

    assert {
        action: kinds
        for action, kinds in lacking.items()
        if not any(fnmatchcase(action, pattern) for pattern in UNUSED)
    } == {}


def test_every_exception_is_called_for_and_not_given():
    lacking = [action for action in called() if not may(action)]

    assert [pattern for pattern in UNUSED if not any(fnmatchcase(one, pattern) for one in lacking)] == []


@pytest.mark.parametrize("action", ON_EVERYTHING)
def test_an_action_without_resources_is_allowed_on_all(action):
    assert any(
        action in listed(one["Action"]) and one["Resource"] == "*" and "Condition" not in one
        for one in statements()
    )


def test_the_role_may_read_the_template_which_is_sam_s():
    (one,) = (one for one in statements() if one["Action"] == "cloudformation:CreateChangeSet")

    assert one["Resource"]["Fn::Sub"].endswith(":aws:transform/Serverless-2016-10-31")


def test_the_role_may_not_do_everything():
    actions = {action for one in statements() for action in listed(one["Action"])}

    assert not {"*", "iam:*"} & actions
