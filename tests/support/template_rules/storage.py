"""Buckets and tables: private, encrypted, restorable."""

from collections.abc import Iterator
from typing import Any

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding
from support.template_rules.references import mentions, refers_to

S3_EVENTS = frozenset(
    {
        "s3:IntelligentTiering",
        "s3:LifecycleExpiration:*",
        "s3:LifecycleExpiration:Delete",
        "s3:LifecycleExpiration:DeleteMarkerCreated",
        "s3:LifecycleTransition",
        "s3:ObjectAcl:Put",
        "s3:ObjectCreated:*",
        "s3:ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectCreated:Copy",
        "s3:ObjectCreated:Post",
        "s3:ObjectCreated:Put",
        "s3:ObjectRemoved:*",
        "s3:ObjectRemoved:Delete",
        "s3:ObjectRemoved:DeleteMarkerCreated",
        "s3:ObjectRestore:*",
        "s3:ObjectRestore:Completed",
        "s3:ObjectRestore:Delete",
        "s3:ObjectRestore:Post",
        "s3:ObjectTagging:*",
        "s3:ObjectTagging:Delete",
        "s3:ObjectTagging:Put",
        "s3:ReducedRedundancyLostObject",
        "s3:Replication:*",
        "s3:Replication:OperationFailedReplication",
        "s3:Replication:OperationMissedThreshold",
        "s3:Replication:OperationNotTracked",
        "s3:Replication:OperationReplicatedAfterThreshold",
        "s3:TestEvent",
    }
)
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html"""

_CEILINGS = {"MaxReadRequestUnits", "MaxWriteRequestUnits"}
_BLOCKED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def every_bucket_is_private_encrypted_and_versioned(deployed: Deployment) -> Iterator[Finding]:
    rule = "every_bucket_is_private_encrypted_and_versioned"
    for name, bucket in deployed.properties("AWS::S3::Bucket"):
        access = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(access.get(setting) is True for setting in _BLOCKED):
            yield Finding(rule, name, "public access is not blocked")
        if not bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration"):
            yield Finding(rule, name, "it does not say how it is encrypted")
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield Finding(rule, name, "what is overwritten cannot be had back")
        if not any("AbortIncompleteMultipartUpload" in entry for entry in _lifecycle(bucket)):
            yield Finding(rule, name, "unfinished uploads stay and cost money")


def _lifecycle(bucket: dict[str, Any]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
    return rules


def every_bucket_refuses_what_comes_without_tls(deployed: Deployment) -> Iterator[Finding]:
    for name in deployed.of_type("AWS::S3::Bucket"):
        statements = [
            statement
            for _, policy in deployed.properties("AWS::S3::BucketPolicy")
            if refers_to(policy["Bucket"], name)
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        if not any(_refuses_plain_http(statement, name) for statement in statements):
            yield Finding("every_bucket_refuses_what_comes_without_tls", name, "no policy refuses plain HTTP")


def _refuses_plain_http(statement: dict[str, Any], bucket: str) -> bool:
    covered = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] == "s3:*"
        and sum(mentions(resource, bucket) for resource in covered) == 2  # the bucket and what is in it
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


def every_event_of_a_bucket_exists(deployed: Deployment) -> Iterator[Finding]:
    for name, bucket in deployed.properties("AWS::S3::Bucket"):
        for kind, entries in bucket.get("NotificationConfiguration", {}).items():
            for event in (entry.get("Event") for entry in entries if kind.endswith("Configurations")):
                if event not in S3_EVENTS:
                    yield Finding("every_event_of_a_bucket_exists", name, f"S3 has no event {event}")


def every_table_can_be_restored(deployed: Deployment) -> Iterator[Finding]:
    rule = "every_table_can_be_restored"
    for name, table in deployed.properties("AWS::DynamoDB::Table"):
        if table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
            yield Finding(rule, name, "no point-in-time recovery")
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield Finding(rule, name, "it does not say that it is encrypted")
        if deployed.parameters["Stage"] == "prod" and table.get("DeletionProtectionEnabled") is not True:
            yield Finding(rule, name, "production data can be deleted")


def every_table_on_demand_has_a_ceiling(deployed: Deployment) -> Iterator[Finding]:
    """Local indexes share that of their table; global ones have one of their own."""
    for name, table in deployed.properties("AWS::DynamoDB::Table"):
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            continue
        parts = {name: table} | {
            f"{name}/{index['IndexName']}": index for index in table.get("GlobalSecondaryIndexes", [])
        }
        for part, properties in parts.items():
            if set(properties.get("OnDemandThroughput", {})) != _CEILINGS:
                yield Finding("every_table_on_demand_has_a_ceiling", part, "nothing limits what it may cost")
