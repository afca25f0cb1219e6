"""Roles: each function its own, with no more than names can say. What it really calls is compared elsewhere."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding
from support.template_rules.references import text_of

KNOW_NO_RESOURCES = frozenset(
    {
        "ce:GetCostAndUsage",
        "cloudwatch:DescribeAlarms",
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
"""Control-plane and tracing calls that allow no narrower resource, by AWS's service authorization reference (or
Lambda's guide, for the network interfaces whose ids are unknown beforehand)."""


@dataclass(frozen=True)
class Allowed:
    """One action on one resource, as a role's policy says it."""

    role: str
    sid: str
    action: str
    resource: Any
    condition: Any = None

    def __str__(self) -> str:
        return f"{self.action} on {text_of(self.resource)} ({self.sid})"


def role_of(function: dict[str, Any]) -> str:
    named: list[str] = function["Role"]["Fn::GetAtt"]
    return named[0]


def allowed(deployed: Deployment, role: str) -> Iterator[Allowed]:
    for statement in _statements(deployed, role):
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Allowed(role, statement.get("Sid", ""), action, resource, statement.get("Condition"))


def _statements(deployed: Deployment, role: str) -> Iterator[dict[str, Any]]:
    for policy in deployed.resources[role]["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for _, policy in deployed.properties("AWS::IAM::Policy"):
        if {"Ref": role} in policy.get("Roles", []):
            yield from policy["PolicyDocument"]["Statement"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def every_function_has_a_role_of_its_own(deployed: Deployment) -> Iterator[Finding]:
    rule = "every_function_has_a_role_of_its_own"
    roles = {name: role_of(function) for name, function in deployed.properties("AWS::Lambda::Function")}
    for role, times in Counter(roles.values()).items():
        if times > 1:
            yield Finding(rule, role, f"{times} functions share it")
    for name, role in deployed.properties("AWS::IAM::Role"):
        if role.get("ManagedPolicyArns"):
            yield Finding(rule, name, "a managed policy allows more than it needs")


def no_permission_is_a_wildcard(deployed: Deployment) -> Iterator[Finding]:
    rule = "no_permission_is_a_wildcard"
    for role in deployed.of_type("AWS::IAM::Role"):
        for statement in _statements(deployed, role):
            if statement["Effect"] != "Allow" or {"NotAction", "NotResource"} & statement.keys():
                yield Finding(rule, role, f"{statement.get('Sid')} does not name what it allows")
                continue
            for action in _listed(statement["Action"]):
                if "*" in action:
                    yield Finding(rule, role, f"{action} is a wildcard")
                elif _is_everything(statement["Resource"]) and action not in KNOW_NO_RESOURCES:
                    yield Finding(rule, role, f"{action} is allowed on every resource")


def _is_everything(resources: Any) -> bool:
    return any(
        text_of(resource).strip('"{}').endswith((":*", ":::*")) or resource == "*"
        for resource in _listed(resources)
    )
