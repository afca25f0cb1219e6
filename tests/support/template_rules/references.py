"""References: everything named exists, and nothing waits for itself."""

import graphlib
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding

_SUBSTITUTED = re.compile(r"\$\{(?!!)([A-Za-z0-9:.]+)\}")
_REGION = "us-east-1"


def references(value: Any) -> Iterator[tuple[str, str | None]]:
    """The (logical id, attribute) pairs that the intrinsic functions in `value` name; no attribute for a `Ref`."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _named(key, inner)
            yield from references(inner)


def _named(intrinsic: str, operand: Any) -> Iterator[tuple[str, str | None]]:
    if intrinsic == "Ref":
        yield operand, None
    elif intrinsic == "Fn::GetAtt":
        name, _, attribute = (operand if isinstance(operand, str) else ".".join(operand)).partition(".")
        yield name, attribute
    elif intrinsic == "Fn::Sub":
        template, own = operand if isinstance(operand, list) else (operand, {})
        for text in _SUBSTITUTED.findall(template):
            name, _, attribute = text.partition(".")
            if name not in own:
                yield name, attribute or None


def every_reference_resolves(deployed: Deployment) -> Iterator[Finding]:
    """Also under these very conditions: a resource that is not made cannot be named."""
    for where, item in _items(deployed):
        for name, attribute in sorted(set(references(item)), key=str):
            if name.startswith("AWS::"):
                continue
            if name not in deployed.resources:
                yield Finding("every_reference_resolves", where, f"{name} does not exist")
            elif attribute and not _has(deployed.resources[name]["Type"], attribute):
                yield Finding("every_reference_resolves", where, f"{name} has no attribute {attribute}")
        for name in depends_on(item):
            if name not in deployed.resources:
                yield Finding(
                    "every_reference_resolves", where, f"it depends on {name}, which does not exist"
                )


def _items(deployed: Deployment) -> Iterator[tuple[str, Any]]:
    yield from deployed.resources.items()
    for name, output in deployed.outputs.items():
        yield f"output {name}", output


def _has(kind: str, attribute: str) -> bool:
    """A custom resource has the attributes that its function answers with."""
    return kind.startswith("Custom::") or attribute in _attributes(kind)


@cache
def _attributes(kind: str) -> frozenset[str]:
    return frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, kind).get_atts)


def depends_on(resource: Any) -> list[str]:
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else named


def nothing_waits_for_itself(deployed: Deployment) -> Iterator[Finding]:
    """CloudFormation makes a resource after all that it names."""
    graph = {
        name: {found for found, _ in references(resource) if found in deployed.resources}
        | set(depends_on(resource))
        for name, resource in deployed.resources.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        cycle = error.args[1]
        yield Finding(
            "nothing_waits_for_itself",
            min(cycle),
            f"circular dependency of {' and '.join(sorted(set(cycle)))}",
        )


def mentions(value: Any, name: str) -> bool:
    """True if `value` refers to the resource."""
    return any(found == name for found, _ in references(value))


def refers_to(value: Any, name: str, *attributes: str) -> bool:
    """True if `value` is nothing but that resource: its `Ref`, or one of its attributes."""
    return value == {"Ref": name} or any(
        value == {"Fn::GetAtt": [name, attribute]} for attribute in attributes
    )


def text_of(value: Any) -> str:
    """For findings: short, and the same for the same value."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
