"""`template.yaml`, turned into what the embedded AWS can run. Everything else in it stays as it is."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]

_NOT_LOCAL = frozenset(
    {
        "AWS::ApiGatewayV2::Integration",  # uvicorn serves HTTP
        "AWS::Budgets::Budget",
        "AWS::CloudTrail::Trail",
        "AWS::S3::BucketPolicy",  # it asks for TLS, which nothing here speaks
    }
)
_FALSE = ("HasAurora", "HasAuroraAndNetwork")
"""Conditions that are false in the embedded AWS, whose RDS needs Docker. `DATABASE=postgres make run` has PostgreSQL
without it."""
_PUBLISHING = (
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "ProvisionedConcurrencyConfig",
    "SnapStart",
    "VersionDeletionPolicy",
)
"""Properties of a function that has versions. Here the code changes with each edit, and the latest one counts."""

SOURCE_HASH = "SOURCE_HASH"
"""The variable of each function that changes with the code, so that an update replaces its workers."""


def load(path: Path) -> Template:
    """With CloudFormation's short forms (`!Ref`) in their long ones (`{"Ref": …}`)."""
    parsed: Template = yaml_parse(path.read_text())
    return parsed


def localise(
    template: Template,
    *,
    source_hash: str,
    endpoint: str,
    site: str = "",
    given: Mapping[str, str] | None = None,
) -> Template:
    """A copy for the embedded AWS at `endpoint`, whose functions run the sources that `source_hash` stands for and
    have the variables `given` besides their own. `site` is the URL of the pages."""
    local: Template = _without_false(template)
    resources = local["Resources"]
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            _localise_role(resource)
        if resource["Type"] == "AWS::Serverless::Function":
            _localise_function(resource)
            _localise_events(resource, local["Parameters"])
            variables = resource["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
            variables |= {**_local_variables(variables, source_hash, endpoint, site), **(given or {})}
    dropped = _dropped(resources)
    local["Resources"] = {name: resource for name, resource in resources.items() if name not in dropped}
    local["Outputs"] = {
        name: output for name, output in local.get("Outputs", {}).items() if not _mentions(output, dropped)
    }
    return local


def _without_false(value: Any) -> Any:
    """A copy without the resources, the outputs and the branches of conditions that are false here."""
    if isinstance(value, list):
        return [_without_false(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::If"} and value["Fn::If"][0] in _FALSE:
        return _without_false(value["Fn::If"][2])
    return {key: _without_false(inner) for key, inner in value.items() if not _is_false(inner)}


def _is_false(item: Any) -> bool:
    return isinstance(item, dict) and item.get("Condition") in _FALSE


def _dropped(resources: dict[str, Any]) -> set[str]:
    """The resources that the embedded AWS cannot have, and all that refer to them."""
    dropped = {name for name, resource in resources.items() if resource["Type"] in _NOT_LOCAL}
    missing = {f"{name}.Alias" for name in resources}
    while found := _mentioning(resources, dropped | missing) - dropped:
        dropped |= found
    return dropped


def _mentioning(resources: dict[str, Any], names: set[str]) -> set[str]:
    return {name for name, resource in resources.items() if _mentions(resource, names)}


def _localise_function(resource: dict[str, Any]) -> None:
    """The image's command becomes inline code that imports the same handler from the source tree."""
    resource.pop("Metadata", None)
    properties = resource["Properties"]
    for name in ("PackageType", "ImageUri", *_PUBLISHING):
        properties.pop(name, None)
    command = properties.pop("ImageConfig")["Command"][0]
    module, handler = command.rsplit(".", 1)
    properties["InlineCode"] = f"from {module} import {handler} as handler\n"
    properties["Handler"] = "index.handler"
    properties["Runtime"] = f"python{sys.version_info.major}.{sys.version_info.minor}"


def _localise_events(resource: dict[str, Any], parameters: Mapping[str, Any]) -> None:
    """CloudFormation makes a number of a parameter's text. The embedded one does not, and its poller then fails."""
    for event in resource["Properties"].get("Events", {}).values():
        scaling = event["Properties"].get("ScalingConfig", {})
        if isinstance(limit := scaling.get("MaximumConcurrency"), dict):
            scaling["MaximumConcurrency"] = int(parameters[limit["Ref"]]["Default"])


def _localise_role(resource: dict[str, Any]) -> None:
    """The embedded IAM knows neither what a mail is sent with (an identity, a configuration set) nor from whom."""
    for policy in resource["Properties"].get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Action"] == "ses:SendEmail":
                statement["Resource"] = "*"
                statement.pop("Condition", None)
            if "sqs:ChangeMessageVisibility" in statement["Action"]:  # on AWS it allows the batch, too
                statement["Action"] = [*statement["Action"], "sqs:ChangeMessageVisibilityBatch"]


def _local_variables(variables: dict[str, Any], source_hash: str, endpoint: str, site: str) -> dict[str, Any]:
    """Further variables of a function: a real pool's keys are under its issuer, which only AWS serves."""
    added: dict[str, Any] = {SOURCE_HASH: source_hash}
    if (pool := variables.get("USER_POOL_ID")) is not None:
        added["JWKS_URL"] = {"Fn::Join": ["/", [endpoint, pool, ".well-known/jwks.json"]]}
    if "SITE_URL" in variables:
        added["SITE_URL"] = site
    return added


def _mentions(value: object, names: set[str]) -> bool:
    """Return whether an intrinsic function in `value` refers to one of the resources `names`."""
    if isinstance(value, dict):
        return any(_refers(key, inner, names) or _mentions(inner, names) for key, inner in value.items())
    return isinstance(value, list) and any(_mentions(inner, names) for inner in value)


def _refers(intrinsic: str, value: object, names: set[str]) -> bool:
    if intrinsic == "Ref":
        return value in names
    if intrinsic == "Fn::GetAtt":
        return isinstance(value, list) and value[0] in names
    text = json.dumps(value) if intrinsic == "Fn::Sub" else ""
    return any(f"${{{name}}}" in text or f"${{{name}." in text for name in names)
