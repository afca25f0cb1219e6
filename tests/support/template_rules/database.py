"""The database: it can be restored, it can pause, and only what uses SQL reaches it."""

import re
from collections.abc import Iterator
from typing import Any

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding
from support.template_rules.functions import variables_of
from support.template_rules.permissions import allowed, role_of
from support.template_rules.references import mentions

CLUSTER = "AWS::RDS::DBCluster"
_BACKUP_DAYS_OF_PROD = 35
"""As long as DynamoDB keeps what it can restore."""


def every_cluster_can_be_restored(deployed: Deployment) -> Iterator[Finding]:
    rule, is_prod = "every_cluster_can_be_restored", deployed.parameters["Stage"] == "prod"
    for name, resource in deployed.of_type(CLUSTER).items():
        cluster = resource["Properties"]
        if not {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} <= {"Snapshot"}:
            yield Finding(rule, name, "it goes without a last snapshot")
        if cluster.get("StorageEncrypted") is not True:
            yield Finding(rule, name, "it is not encrypted")
        if is_prod and cluster.get("DeletionProtection") is not True:
            yield Finding(rule, name, "production data can be deleted")
        if is_prod and int(cluster.get("BackupRetentionPeriod", 1)) < _BACKUP_DAYS_OF_PROD:
            yield Finding(rule, name, "production data can be restored for too few days")


def every_password_is_managed(deployed: Deployment) -> Iterator[Finding]:
    """By RDS, which also rotates it: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html"""
    for name, cluster in deployed.properties(CLUSTER):
        if cluster.get("ManageMasterUserPassword") is not True or "MasterUserPassword" in cluster:
            yield Finding("every_password_is_managed", name, "its password is not made and rotated by RDS")


def nothing_keeps_the_database_awake(deployed: Deployment) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html"""
    rule = "nothing_keeps_the_database_awake"
    for name in deployed.of_type("AWS::RDS::DBProxy"):
        yield Finding(rule, name, "it keeps connections open, so the cluster never pauses")
    for name, cluster in deployed.properties(CLUSTER):
        scaling = cluster["ServerlessV2ScalingConfiguration"]
        if float(scaling["MinCapacity"]) == 0 and "SecondsUntilAutoPause" not in scaling:
            yield Finding(rule, name, "it does not say when it pauses")
    with_sql = dict(_with_sql(deployed))
    for name, schedule in deployed.properties("AWS::Events::Rule"):
        for function in with_sql:
            if _is_target(deployed, function, schedule) and not _is_daily(schedule["ScheduleExpression"]):
                yield Finding(rule, name, f"it calls {function}, which uses SQL, more than once a day")


def only_what_uses_sql_reaches_the_database(deployed: Deployment) -> Iterator[Finding]:
    """That each of these may, and may for this cluster, is a rule of Lambda's."""
    rule = "only_what_uses_sql_reaches_the_database"
    roles = {role_of(function) for _, function in _with_sql(deployed)}
    for name in deployed.of_type("AWS::IAM::Role"):
        actions = sorted(
            {one.action for one in allowed(deployed, name) if one.action.startswith("rds-data:")}
        )
        if actions and name not in roles:
            yield Finding(rule, name, f"its function uses no SQL, and has {actions[0]}")


def a_version_goes_with_its_cluster(deployed: Deployment) -> Iterator[Finding]:
    """Where a cluster is replaced, SAM sees no change. A description that names it makes another version."""
    with_sql = dict(_with_sql(deployed))
    for _, version in deployed.properties("AWS::Lambda::Version"):
        function = version["FunctionName"]["Ref"]
        if function in with_sql and not any(
            mentions(version.get("Description"), cluster) for cluster in deployed.of_type(CLUSTER)
        ):
            rule = "a_version_goes_with_its_cluster"
            yield Finding(rule, function, "its version stays at a cluster that was replaced")


def every_cluster_is_watched(deployed: Deployment) -> Iterator[Finding]:
    watched = {
        (alarm.get("MetricName"), entry["Value"].get("Ref"))
        for _, alarm in deployed.properties("AWS::CloudWatch::Alarm")
        for entry in alarm.get("Dimensions", ())
        if isinstance(entry["Value"], dict)
    }
    for name in deployed.of_type(CLUSTER):
        for metric in ("ACUUtilization", "DatabaseConnections", "VolumeBytesUsed"):
            if (metric, name) not in watched:
                yield Finding("every_cluster_is_watched", name, f"no alarm on {metric}")


def a_database_that_wakes_up_is_no_failure(deployed: Deployment) -> Iterator[Finding]:
    """The alarm on answers of 5xx subtracts those that say `waking_up`."""
    if not deployed.of_type(CLUSTER):
        return
    for name, alarm in deployed.properties("AWS::CloudWatch::Alarm"):
        metrics = {one["Id"]: one for one in alarm.get("Metrics", ())}
        named = {_name(one): key for key, one in metrics.items()}
        if "5xx" not in {alarm.get("MetricName"), *named}:
            continue
        expressions = [str(one.get("Expression", "")).replace(" ", "") for one in metrics.values()]
        wanted = f"{named.get('5xx')}-FILL({named.get('WakingUp')},0)"
        if wanted not in expressions:
            yield Finding("a_database_that_wakes_up_is_no_failure", name, "it counts answers of waking_up")


def _name(metric: dict[str, Any]) -> str | None:
    name: str | None = metric.get("MetricStat", {}).get("Metric", {}).get("MetricName")
    return name


def _with_sql(deployed: Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, function in deployed.properties("AWS::Lambda::Function"):
        if "DATABASE_CLUSTER_ARN" in variables_of(function):
            yield name, function


def _is_target(deployed: Deployment, function: str, schedule: dict[str, Any]) -> bool:
    """Of the function itself, or of an alias of it."""
    aliases = {
        name
        for name, alias in deployed.properties("AWS::Lambda::Alias")
        if alias["FunctionName"] == {"Ref": function}
    }
    arns = ({"Fn::GetAtt": [function, "Arn"]}, *({"Ref": alias} for alias in aliases))
    return any(target["Arn"] in arns for target in schedule.get("Targets", ()))


def _is_daily(expression: str) -> bool:
    """`cron(17 3 * * ? *)`: one minute of one hour."""
    return re.fullmatch(r"cron\(\d+ \d+ .*\)|rate\(\d+ days?\)", expression) is not None
