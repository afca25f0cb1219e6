"""The template as the embedded AWS gets it."""

import copy
import json
import re

import pytest

from project.template import localise
from support.template import load

ENDPOINT = "http://127.0.0.1:4566"


@pytest.fixture
def given() -> dict:
    return copy.deepcopy(load())


def localised(template: dict, source_hash: str = "0") -> dict:
    return localise(template, source_hash=source_hash, endpoint=ENDPOINT)


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::ApiGatewayV2::Integration",
        "AWS::Budgets::Budget",
        "AWS::CloudTrail::Trail",
        "AWS::S3::BucketPolicy",
    ],
)
def test_resources_that_the_embedded_aws_refuses_are_left_out(given, kind):
    given["Resources"]["Refused"] = {"Type": kind, "Properties": {}}

    assert kind not in {resource["Type"] for resource in localised(given)["Resources"].values()}


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "Refused"},
        {"Fn::GetAtt": ["Refused", "Arn"]},
        {"Fn::Sub": "${Refused}"},
        {"Fn::Sub": ["x-${Refused.Arn}", {}]},
        {"Fn::Join": ["", ["a", {"Ref": "Refused"}]]},
    ],
)
def test_outputs_of_omitted_resources_are_left_out(given, reference):
    given["Resources"]["Refused"] = {"Type": "AWS::CloudTrail::Trail", "Properties": {}}
    given["Outputs"]["Dangling"] = {"Value": reference}

    outputs = localised(given)["Outputs"]

    assert "Dangling" not in outputs
    assert "UserPoolId" in outputs


def test_each_function_has_the_variables_given(given):
    chosen = {"DATABASE": "postgres", "DATABASE_URL": "postgresql://127.0.0.1/app"}

    resources = localise(given, source_hash="0", endpoint=ENDPOINT, given=chosen)["Resources"].values()

    functions = [one["Properties"] for one in resources if one["Type"] == "AWS::Serverless::Function"]
    assert functions
    assert all(chosen.items() <= function["Environment"]["Variables"].items() for function in functions)


def test_dependents_of_omitted_resources_are_left_out(given):
    given["Resources"] |= {
        "Refused": {"Type": "AWS::CloudTrail::Trail", "Properties": {}},
        "Second": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::GetAtt": ["Refused", "Arn"]}},
        },
        "First": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "x-${Second}"}}},
    }

    assert not {"Refused", "Second", "First"} & localised(given)["Resources"].keys()


def test_no_more_is_left_out_than_must_be(given):
    left_out = given["Resources"].keys() - localised(given)["Resources"].keys()
    of_aurora = {name for name in left_out if "HasAurora" in given["Resources"][name].get("Condition", "")}

    assert {name for name in left_out - of_aurora if not name.endswith("Route")} == {
        "ApiCapacity",
        "ApiIntegration",
        "ApiPermission",
        "ApiScaling",
        "Budget",
        "DataBucketPolicy",
        "IngestBucketPolicy",
        "LambdaAuthorizer",  # these two name an alias
        "LambdaAuthorizerPermission",
        "SiteBucketPolicy",
        "Trail",
        "TrailBucketPolicy",
    }


def test_nothing_of_aurora_is_left_for_its_engine_needs_docker(given):
    """PostgreSQL is `DATABASE=postgres make run`."""
    assert any(one["Type"] == "AWS::RDS::DBCluster" for one in given["Resources"].values())

    local = localised(given)

    assert not {one["Type"] for one in local["Resources"].values()} & {
        "AWS::RDS::DBCluster",
        "Custom::Schema",
    }
    text = json.dumps([local["Resources"], local["Outputs"]])
    assert "HasAurora" not in text
    assert not re.search(r"Database(Cluster|Policy)|MigrateFunction", text)
    variables = local["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["DATABASE"] == {"Ref": "AWS::NoValue"}


def test_every_other_resource_stays_as_it_is(given):
    before, after = given["Resources"], localised(given)["Resources"]

    untouched = {n: r for n, r in before.items() if n in after and r["Type"] != "AWS::Serverless::Function"}
    del untouched["EmailConsumerRole"], untouched["ApiRole"], untouched["ApiServerErrors"]

    assert len(untouched) > 50
    assert {name: after[name] for name in untouched} == untouched


def test_functions_have_no_versions_for_only_the_latest_code_counts(given):
    before, after = (
        template["Resources"]["ApiFunction"]["Properties"] for template in (given, localised(given))
    )

    assert {
        "AutoPublishAlias",
        "AutoPublishAliasAllProperties",
        "ProvisionedConcurrencyConfig",
        "SnapStart",
        "VersionDeletionPolicy",
    } <= before.keys()
    assert not any(word in name for name in after for word in ("Publish", "Provisioned", "Snap", "Deletion"))


def test_a_right_to_send_mail_covers_any_sender_in_the_embedded_iam(given):
    statement = sending(given)

    assert "configuration-set" in json.dumps(statement["Resource"])
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}
    assert sending(localised(given)) == {
        "Sid": "Send",
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": "*",
    }


def test_a_right_to_change_visibility_covers_batches_of_ten(given):
    before, after = (dead_letters(template) for template in (given, localised(given)))

    assert set(after["Action"]) - set(before["Action"]) == {"sqs:ChangeMessageVisibilityBatch"}
    assert after["Resource"] == before["Resource"]


def dead_letters(template):
    policy = template["Resources"]["ApiRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    return next(statement for statement in policy["Statement"] if statement["Sid"] == "DeadLetters")


def sending(template):
    policy = template["Resources"]["EmailConsumerRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    return next(statement for statement in policy["Statement"] if statement["Sid"] == "Send")


def test_an_image_function_becomes_the_same_handler_from_the_source_tree(given):
    function = localised(given)["Resources"]["UserSignupFunction"]["Properties"]

    assert function["Handler"] == "index.handler"
    assert function["InlineCode"] == "from app.entrypoints.user_signup import handler as handler\n"
    assert function["Runtime"].startswith("python3.")
    assert not {"PackageType", "ImageConfig", "ImageUri"} & function.keys()


def test_triggers_stay(given):
    resources = localised(given)["Resources"]

    assert set(resources["UserSignupFunction"]["Properties"]["Events"]) == {"Confirmed"}
    assert set(resources["EmailConsumerFunction"]["Properties"]["Events"]) == {"MailEvents", "Queue"}


def test_the_concurrency_of_consumers_is_a_number(given):
    """The embedded AWS compares it as it is: with a text, no message would reach a consumer."""
    resources = localised(given)["Resources"]

    for name in ("EmailConsumerFunction", "IngestFunction"):
        queue = resources[name]["Properties"]["Events"]["Queue"]["Properties"]
        assert queue["ScalingConfig"] == {"MaximumConcurrency": 2}, name


def test_an_edit_of_the_code_changes_every_function(given):
    one, other = localised(given, "1")["Resources"], localised(given, "2")["Resources"]

    changed = {name for name in one if one[name] != other[name]}

    assert changed == {name for name in one if one[name]["Type"] == "AWS::Serverless::Function"}


def test_the_template_given_is_not_changed(given):
    before = copy.deepcopy(given)

    localised(given)

    assert given == before
