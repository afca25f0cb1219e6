"""The real SAM CLI deploys the real template, as it is, to the embedded AWS; then updates it; then deletes it.

What each leaves is looked at there. The emulator knows no CloudTrail, Budgets, ElastiCache Serverless, application
auto-scaling and first administrator: these come with options that stay off here, and are checked by schema and by
rule alone. It runs no images either, so the functions are there and are not called; and its SAM knows the defaults of
parameters only, so the image's name is looked at in a translation of our own.
"""

import json
import re
from collections.abc import Iterator

import pytest

from deployment.deployed import Deployed
from deployment.sam_cli import IMAGE, History, SamCli, ship
from support import template
from support.emulator import emulator
from support.template_rules import Deployment, deployment
from support.template_rules.permissions import role_of

STACK = "shipped"
FIRST = {"Stage": "test"}
SECOND = {
    "Stage": "test",
    "LogLevel": "DEBUG",
    "Authorizer": "lambda",
    "IngestStream": "on",
    "SnapStart": "on",
}
_VERSION = re.compile(r"Version[0-9a-f]{10}$")
"""SAM's suffix of a published version's name: a digest of the function."""


@pytest.fixture(scope="module")
def history(sam, tmp_path_factory) -> Iterator[History]:
    folder = tmp_path_factory.mktemp("sam-deploy")
    with emulator(folder) as endpoint:
        yield ship(SamCli(sam, folder, endpoint), STACK, FIRST, SECOND)


@pytest.fixture(params=["created", "updated"])
def stage(request, history) -> tuple[Deployed, Deployment]:
    """The resources that exist, and those of the template."""
    parameters = FIRST if request.param == "created" else SECOND
    return getattr(history, request.param), deployment(template.load(), **parameters)


def test_every_resource_is_made_and_no_other(stage):
    found, wanted = stage

    assert found.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert {_VERSION.sub("Version", name): kind for name, (kind, _) in found.resources.items()} == {
        _VERSION.sub("Version", name): resource["Type"] for name, resource in wanted.resources.items()
    }


def test_every_table_has_its_keys_and_indexes(stage):
    found, wanted = stage

    for name, table in wanted.properties("AWS::DynamoDB::Table"):
        fact = found.facts[name]
        assert fact["KeySchema"] == table["KeySchema"], name
        assert fact["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST", name
        for indexes in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            kept, asked = (
                [{key: index[key] for key in ("IndexName", "KeySchema", "Projection")} for index in given]
                for given in (fact.get(indexes, []), table.get(indexes, []))
            )
            assert kept == asked, f"{name} {indexes}"


def test_every_queue_hides_keeps_and_gives_up_messages_as_it_should(stage):
    found, wanted = stage

    for name, queue in wanted.properties("AWS::SQS::Queue"):
        fact = found.facts[name]
        assert int(fact["VisibilityTimeout"]) == queue.get("VisibilityTimeout", 30), name
        assert int(fact["MessageRetentionPeriod"]) == queue["MessageRetentionPeriod"], name
        redrive = json.loads(fact.get("RedrivePolicy", "null"))
        if "RedrivePolicy" in queue:
            assert redrive["deadLetterTargetArn"].endswith(
                f":{STACK}-{name.removesuffix('Queue').lower()}-dlq"
            )
            assert int(redrive["maxReceiveCount"]) == queue["RedrivePolicy"]["maxReceiveCount"]


def test_every_function_runs_its_handler_of_the_image_under_its_own_role(stage):
    found, wanted = stage

    for name, function in wanted.properties("AWS::Lambda::Function"):
        fact = found.facts[name]
        assert fact["PackageType"] == "Image", name
        assert fact["ImageConfigResponse"]["ImageConfig"] == function["ImageConfig"], name
        assert fact["Role"].rpartition("/")[2] == found.physical(role_of(function)), name
        assert (fact["Timeout"], fact["MemorySize"]) == (function["Timeout"], function["MemorySize"]), name
        assert fact["Environment"]["Variables"].keys() == function["Environment"]["Variables"].keys(), name
        assert fact["SnapStart"]["ApplyOn"] == function.get("SnapStart", {"ApplyOn": "None"})["ApplyOn"], name


def test_every_function_runs_an_image_that_was_pushed_by_hand():
    pushed = deployment(template.load(), Authorizer="lambda", ImageUri=f"{IMAGE}:2")

    images = {function["Code"]["ImageUri"] for _, function in pushed.properties("AWS::Lambda::Function")}

    assert images == {f"{IMAGE}:2"}


def test_every_queue_feeds_its_function_a_part_of_the_concurrency(stage):
    found, wanted = stage

    for name, mapping in wanted.properties("AWS::Lambda::EventSourceMapping"):
        fact = found.facts[name]
        assert (fact["State"], fact["BatchSize"]) == ("Enabled", mapping["BatchSize"]), name
        assert fact["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert fact.get("ScalingConfig") == mapping.get("ScalingConfig"), name


def test_every_role_has_the_statements_of_its_policies(stage):
    found, wanted = stage

    for name, role in wanted.properties("AWS::IAM::Role"):
        for policy in role["Policies"]:
            given = found.facts[name][policy["PolicyName"]]["Statement"]
            asked = policy["PolicyDocument"]["Statement"]
            assert [(one["Sid"], one["Action"]) for one in given] == [
                (one["Sid"], one["Action"]) for one in asked
            ]
            assert "${" not in json.dumps([one["Resource"] for one in given]).replace("${aws:", "")


def test_every_bucket_is_private_encrypted_and_notifies_the_queue(stage):
    found, wanted = stage

    for name, bucket in wanted.properties("AWS::S3::Bucket"):
        fact = found.facts[name]
        assert fact["public"] == bucket["PublicAccessBlockConfiguration"], name
        assert fact["encryption"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256", name
        assert fact["versioning"] == "Enabled", name
        assert "TlsOnly" in [statement["Sid"] for statement in fact["policy"]["Statement"]], name
        events = bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
        assert [one["Events"] for one in fact["notifications"]] == [[event["Event"]] for event in events], (
            name
        )


def test_every_alarm_watches_its_resource(stage):
    found, wanted = stage

    for name, alarm in wanted.properties("AWS::CloudWatch::Alarm"):
        fact = found.facts[name]
        assert fact["AlarmActions"] == [found.physical("AlarmTopic")], name
        assert float(fact["Threshold"]) == float(alarm["Threshold"]), name
        if "MetricName" in alarm:
            assert fact["MetricName"] == alarm["MetricName"], name
            assert len(fact["Dimensions"]) == len(alarm.get("Dimensions", [])), name


def test_logs_end(stage):
    found, wanted = stage

    for name, group in wanted.properties("AWS::Logs::LogGroup"):
        assert found.facts[name]["retentionInDays"] == group["RetentionInDays"], name


def test_the_gateway_requires_tokens_as_configured(stage):
    found, wanted = stage
    routes = {route["RouteKey"]: route for _, route in wanted.properties("AWS::ApiGatewayV2::Route")}

    given = found.facts["HttpApi"]

    assert {key: route["AuthorizationType"] for key, route in given.items()} == {
        key: route["AuthorizationType"] for key, route in routes.items()
    }
    assert given["ANY /{proxy+}"]["AuthorizationType"] == (
        "CUSTOM" if wanted.parameters["Authorizer"] == "lambda" else "JWT"
    )


def test_an_update_changes_only_the_requested_resources_and_replaces_no_data(history):
    before, after = history.created, history.updated
    keeps = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Cognito::UserPool")

    assert after.facts["ApiFunction"]["Environment"]["Variables"]["LOG_LEVEL"] == "DEBUG"
    assert after.resources.keys() - before.resources.keys() >= {"AuthorizerFunction", "IngestStreamResource"}
    assert before.resources.keys() - after.resources.keys() >= {"JwtAuthorizer"}
    for name, (kind, physical) in before.resources.items():
        if kind in keeps:
            assert after.physical(name) == physical, name
    assert history.item["name"] == {"S": "kept"}


def test_the_outputs_name_the_created_resources(history):
    outputs = history.created.outputs

    assert outputs.keys() == deployment(template.load(), **FIRST).outputs.keys()
    assert outputs["TodosTableName"] == history.created.physical("TodosTableV2")
    assert outputs["UserPoolId"] == history.created.physical("UserPool")
    assert outputs["SiteBucketName"] == history.created.physical("SiteBucket")


def test_a_deletion_leaves_nothing_but_sams_own_bucket(history):
    remains = {kind: names for kind, names in history.remains.items() if names}

    assert history.is_gone
    assert remains.keys() == {"buckets"}
    assert all(name.startswith("aws-sam-cli-managed-default-") for name in remains["buckets"])
