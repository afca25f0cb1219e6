"""SnapStart: a snapshot belongs to a published version, so what calls the function must name its alias."""

from collections.abc import Iterator
from typing import Any

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding
from support.template_rules.references import mentions

_OF_THE_FUNCTION = ("AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::CloudWatch::")
"""Resources that name the function and do not call it."""


def a_function_with_snapshots_is_called_by_its_alias(deployed: Deployment) -> Iterator[Finding]:
    """`$LATEST` has no snapshot: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""
    rule = "a_function_with_snapshots_is_called_by_its_alias"
    for name in _functions(deployed):
        if not any(mentions(alias, name) for _, alias in deployed.properties("AWS::Lambda::Alias")):
            yield Finding(rule, name, "it has snapshots, and no alias to call them by")
        for caller in _callers(deployed, name):
            yield Finding(rule, caller, f"it calls {name} itself, which has snapshots, and not its alias")


def a_replaced_snapshot_is_deleted(deployed: Deployment) -> Iterator[Finding]:
    """AWS bills a snapshot as long as its version is there."""
    functions = set(_functions(deployed))
    for version, resource in deployed.of_type("AWS::Lambda::Version").items():
        of = resource["Properties"]["FunctionName"].get("Ref")
        if of in functions and resource.get("DeletionPolicy") != "Delete":
            yield Finding("a_replaced_snapshot_is_deleted", of, f"{version} outlives the next release")


def _functions(deployed: Deployment) -> Iterator[str]:
    for name, function in deployed.properties("AWS::Lambda::Function"):
        if function.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions":
            yield name


def _callers(deployed: Deployment, function: str) -> Iterator[str]:
    for name, resource in deployed.resources.items():
        properties: Any = resource.get("Properties")
        if not resource["Type"].startswith(_OF_THE_FUNCTION) and mentions(properties, function):
            yield name
