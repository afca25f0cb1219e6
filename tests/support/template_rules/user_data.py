"""User data: what keeps some is registered, so that it is erased, exported and tested; and in prod it is watched.

Registered means: a store of `app.container.personal_data` names the resource. What else could keep user data is
marked with a reason in its `Metadata`:

    UserData: { Free: "why there is none" }
    UserData: { Expires: 90, Reason: "why it cannot be erased person by person" }   # days, by the resource itself
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from app.config.api import Settings
from app.container import Container
from support.environment import ENVIRONMENT
from support.template_rules.deployment import Deployment, Resource
from support.template_rules.findings import Finding
from support.template_rules.references import mentions

TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"
QUEUE, STREAM = "AWS::SQS::Queue", "AWS::Kinesis::Stream"
KEEP_DATA = frozenset(
    {
        TABLE,
        BUCKET,
        QUEUE,
        STREAM,
        "AWS::Cognito::IdentityPool",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::GlobalTable",
        "AWS::EFS::FileSystem",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
    }
)
"""Types of resources that can hold what users enter. Logs hold no bodies and no addresses, and end by themselves."""


DATABASE = "DatabaseCluster"
"""It holds the tables of PostgreSQL that stores name."""


FORMER = {"TodosTable": "TodosTableV2"}
"""Tables that are in use until a stage has moved, by those that take their place: their stores are the same."""


@cache
def registered() -> dict[str, tuple[str, ...]]:
    """The names of the stores that each resource backs, as the API's own container registers them."""
    found: dict[str, tuple[str, ...]] = {}
    for store in Container(Settings.from_env(ENVIRONMENT)).personal_data.user_stores:
        for resource in (*store.resources, *([DATABASE] if store.tables else [])):
            found[resource] = (*found.get(resource, ()), store.name)
    return {**found, **{former: found[name] for former, name in FORMER.items()}}


def every_store_of_user_data_is_registered(deployed: Deployment) -> Iterator[Finding]:
    rule = "every_store_of_user_data_is_registered"
    for name, resource in deployed.resources.items():
        if resource["Type"] not in KEEP_DATA:
            continue
        if (problem := _problem(name, resource)) is not None:
            yield Finding(rule, name, problem)


def _problem(name: str, resource: Resource) -> str | None:
    mark = resource.get("Metadata", {}).get("UserData")
    if name in registered():
        return None if mark is None else f"it is marked, and registered as {', '.join(registered()[name])}"
    match mark:
        case {"Free": str(reason), **others} if reason and not others:
            return None
        case {"Expires": int(days), "Reason": str(reason)} if reason:
            kept = _DAYS_KEPT.get(resource["Type"], _for_good)(resource.get("Properties", {}))
            return None if kept <= days else f"its data are marked to expire after {days} days, and do not"
    return "no store of app.container.personal_data names it, and it is not marked as free of user data"


def _days_in_bucket(properties: dict[str, Any]) -> float:
    """An object that expires is an old version from then on."""
    for rule in properties.get("LifecycleConfiguration", {}).get("Rules", []):
        whole = rule["Status"] == "Enabled" and not rule.keys() & {"Prefix", "TagFilters"}
        if whole and "ExpirationInDays" in rule and "NoncurrentVersionExpiration" in rule:
            return float(rule["ExpirationInDays"] + rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
    return math.inf


def _days_in_queue(properties: dict[str, Any]) -> float:
    return float(properties.get("MessageRetentionPeriod", 345600)) / 86400


def _days_in_stream(properties: dict[str, Any]) -> float:
    return float(properties.get("RetentionPeriodHours", 24)) / 24


def _for_good(_properties: dict[str, Any]) -> float:
    return math.inf


_DAYS_KEPT: dict[str, Callable[[dict[str, Any]], float]] = {
    BUCKET: _days_in_bucket,
    QUEUE: _days_in_queue,
    STREAM: _days_in_stream,
}
"""By type: those that let data expire by themselves. Items of a table may, each for itself."""


def the_trail_records_who_touches_user_data(deployed: Deployment) -> Iterator[Finding]:
    """In prod, each read and write of a table or bucket that may keep user data."""
    rule = "the_trail_records_who_touches_user_data"
    if deployed.parameters["Stage"] != "prod":
        return
    recorded = [
        value
        for _, trail in deployed.properties("AWS::CloudTrail::Trail")
        for selector in trail["EventSelectors"]
        if selector["ReadWriteType"] == "All"
        for resource in selector["DataResources"]
        for value in resource["Values"]
    ]
    for name, resource in deployed.resources.items():
        if (
            resource["Type"] not in (TABLE, BUCKET)
            or _is_free(resource)
            or _is_the_trails_own(deployed, name)
        ):
            continue
        if not any(mentions(value, name) for value in recorded):
            yield Finding(rule, name, "no trail records who reads and writes it")


def _is_free(resource: Resource) -> bool:
    return "Free" in resource.get("Metadata", {}).get("UserData", {})


def _is_the_trails_own(deployed: Deployment, bucket: str) -> bool:
    """A trail that recorded its own writes would never end."""
    trails = deployed.properties("AWS::CloudTrail::Trail")
    return any(trail["S3BucketName"] == {"Ref": bucket} for _, trail in trails)


def every_provisioned_table_is_scaled(deployed: Deployment) -> Iterator[Finding]:
    """Each table, and each global index, reads and writes alike."""
    rule = "every_provisioned_table_is_scaled"
    scaled = Counter(
        (target["ResourceId"]["Fn::Sub"], target["ScalableDimension"])
        for _, target in deployed.properties("AWS::ApplicationAutoScaling::ScalableTarget")
        if target["ServiceNamespace"] == "dynamodb"
    )
    provisioned = Counter(
        (resource, f"dynamodb:{kind}:{dimension}")
        for name, table in deployed.properties(TABLE)
        if table["BillingMode"] == "PROVISIONED"
        for resource, kind in _scalable(name, table)
        for dimension in ("ReadCapacityUnits", "WriteCapacityUnits")
    )
    for resource, dimension in provisioned - scaled:
        yield Finding(rule, resource, f"{dimension} does not follow the load")
    for resource, dimension in scaled - provisioned:
        yield Finding(rule, resource, f"{dimension} is scaled where nothing is provisioned, or twice")


def _scalable(name: str, table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield f"table/${{{name}}}", "table"
    for index in table.get("GlobalSecondaryIndexes", []):
        yield f"table/${{{name}}}/index/{index['IndexName']}", "index"
