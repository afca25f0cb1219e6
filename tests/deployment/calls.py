"""Which permissions the functions use, as recorded, against those that the template gives them."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from support.template_rules import Deployment, Finding
from support.template_rules.lambda_service import needs
from support.template_rules.permissions import Allowed, allowed, role_of

_STACK, _ACCOUNT, _REGION = "local", "000000000000", "us-east-1"
_SUFFIX = re.compile(rf"\b({_STACK}-[A-Z][A-Za-z0-9]*)-[0-9A-F]{{12,13}}\b(-[0-9a-f]{{6}}$)?")
"""The suffixes that CloudFormation and Secrets Manager put behind a name."""


@dataclass(frozen=True, order=True)
class Call:
    role: str
    """The logical id."""
    action: str
    resource: str
    denied: bool = False


def recorded(path: Path) -> set[Call]:
    return {_call(**json.loads(line)) for line in path.read_text().splitlines()}


def _call(role: str, action: str, resource: str, decision: str) -> Call:
    logical = _SUFFIX.sub(r"\1", role).removeprefix(f"{_STACK}-")
    return Call(logical, _known_as(action), _SUFFIX.sub(r"\1", resource), decision == "denied")


def _known_as(action: str) -> str:
    """On AWS a batch of SQS is what the single message is."""
    return action.removesuffix("Batch") if action.startswith("sqs:") else action


def findings(
    deployed: Deployment, calls: Iterable[Call], exempt: Iterable[tuple[str, str, str]] = ()
) -> list[Finding]:
    """`exempt` are (role, action, logical resource) that no emulator can see to be needed."""
    calls, exempt = set(calls), set(exempt)
    return sorted({*_not_allowed(deployed, calls), *_not_called(deployed, calls, exempt)})


def _roles(deployed: Deployment) -> set[str]:
    return {role_of(function) for _, function in deployed.properties("AWS::Lambda::Function")}


def _not_allowed(deployed: Deployment, calls: set[Call]) -> Iterator[Finding]:
    for call in calls:
        if call.role in _roles(deployed) and not any(
            _covers(given, call) for given in allowed(deployed, call.role)
        ):
            yield Finding(
                "no_call_is_denied", call.role, f"{call.action} on {_shape(call.resource)} is not allowed"
            )


def _not_called(
    deployed: Deployment, calls: set[Call], exempt: set[tuple[str, str, str]]
) -> Iterator[Finding]:
    wanted = list(needs(deployed))
    for role in _roles(deployed):
        for given in allowed(deployed, role):
            called = any(_covers(given, call) for call in calls)
            if called or any(need.is_met_by(given) for need in wanted) or _is_exempt(given, exempt):
                continue
            yield Finding("every_permission_is_used", role, f"{given} is never used")


def _is_exempt(given: Allowed, exempt: set[tuple[str, str, str]]) -> bool:
    return any(
        (given.role, given.action) == (role, action) and name in str(given.resource)
        for role, action, name in exempt
    )


def _covers(given: Allowed, call: Call) -> bool:
    """Conditions are not looked at: MiniStack has decided on the real call. It knows no resource of some: `*`."""
    if (given.role, given.action) != (call.role, call.action):
        return False
    return call.resource == "*" or fnmatchcase(call.resource, arn(given.resource))


def _shape(resource: str) -> str:
    """Without what differs from run to run."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", resource)


_ARNS = {
    "Table": "dynamodb:{region}:{account}:table/{name}",
    "Bucket": "s3:::{bucket}",
    "Queue": "sqs:{region}:{account}:{queue}",
    "Dlq": "sqs:{region}:{account}:{queue}",
}


def arn(resource: Any) -> str:
    """The ARN, or the pattern of ARNs, that a policy of the template names, as the local stack has them."""
    if isinstance(resource, str):
        return resource
    if "Ref" in resource:
        return _of(resource["Ref"])
    if "Fn::GetAtt" in resource:
        return _of(resource["Fn::GetAtt"][0])
    text = resource["Fn::Sub"]
    for pseudo, value in (
        ("Partition", "aws"),
        ("Region", _REGION),
        ("AccountId", _ACCOUNT),
        ("StackName", _STACK),
    ):
        text = text.replace(f"${{AWS::{pseudo}}}", value)
    return re.sub(r"\$\{(\w+)(?:\.\w+)?\}", lambda found: _of(found[1]), text)


def _of(logical: str) -> str:
    """The ARN of a resource; of one with a name of its own, as the template makes it."""
    kind = next((kind for kind in _ARNS if re.search(rf"{kind}(V\d+)?$", logical)), None)
    if kind is None:
        return f"*{logical}*" if logical != "UserPool" else "arn:aws:cognito-idp:*:userpool/*"
    name = logical.removesuffix(kind).lower()
    return "arn:aws:" + _ARNS[kind].format(
        region=_REGION,
        account=_ACCOUNT,
        name=f"{_STACK}-{logical}",
        bucket=f"{_STACK}-{name}-{_ACCOUNT}-{_REGION}",
        queue=f"{_STACK}-{name}{'-dlq' if kind == 'Dlq' else ''}",
    )
