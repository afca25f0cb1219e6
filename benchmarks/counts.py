"""The numbers of resources in `template.yaml` that `costs.py` prices."""

from typing import Any

from project import paths, template

_RESOURCES: dict[str, dict[str, Any]] = template.load(paths.TEMPLATE)["Resources"]


def of_type(kind: str, *conditions: str | None) -> list[dict[str, Any]]:
    """The properties of those resources, with any condition or with one of these."""
    return [
        resource.get("Properties", {})
        for resource in _RESOURCES.values()
        if resource["Type"] == f"AWS::{kind}" and (not conditions or resource.get("Condition") in conditions)
    ]


def _alarms(*conditions: str | None) -> int:
    return len(of_type("CloudWatch::Alarm", *conditions))


ALARMS = _alarms(None)
AUTHORIZER_ALARMS = _alarms("HasLambdaAuthorizer")
CACHE_ALARMS = _alarms("HasAnyCache", "HasNetwork")
DATABASE_ALARMS = _alarms("HasAurora")
STREAM_ALARMS = _alarms("HasIngestStream")
FUNCTIONS = len(of_type("Serverless::Function"))
SECRETS = len(of_type("SecretsManager::Secret", None))
WEB_ACLS = len(of_type("WAFv2::WebACL"))
TABLES = len(of_type("DynamoDB::Table", None))
DASHBOARDS = len(of_type("CloudWatch::Dashboard", None))
ENDPOINTS = sum(one["VpcEndpointType"] == "Interface" for one in of_type("EC2::VPCEndpoint", "HasNetwork"))
SCALINGS = len(of_type("ApplicationAutoScaling::ScalableTarget", "IsProvisioned"))
