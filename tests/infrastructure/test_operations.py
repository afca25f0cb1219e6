"""docs/operations.md says what there is: parameters, outputs, alarms, commands and costs."""

import re
import runpy

import pytest

from devstack import template
from support.launch import ROOT
from support.template import load

TEMPLATE = load()
PAGE = (ROOT / "docs" / "operations.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
DELIVERY = template.load(ROOT / "deploy" / "delivery.yaml")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]

SERVICES = {
    "ApiGatewayV2": "apigateway",
    "ApplicationAutoScaling": "application-autoscaling",
    "Budgets": "budgets",
    "CloudFront": "cloudfront",
    "CloudTrail": "cloudtrail",
    "CloudWatch": "cloudwatch",
    "Cognito": "cognito-idp",
    "DynamoDB": "dynamodb",
    "EC2": "ec2",
    "ElastiCache": "elasticache",
    "IAM": "iam",
    "Kinesis": "kinesis",
    "Lambda": "lambda",
    "Logs": "logs",
    "S3": "s3",
    "SES": "ses",
    "SNS": "sns",
    "SQS": "sqs",
    "SecretsManager": "secretsmanager",
    "Serverless": "lambda",
}


def section(title: str) -> str:
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found[1]


def alarm_names() -> list[str]:
    """Without the stack's name."""
    return [
        resource["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for resource in TEMPLATE["Resources"].values()
        if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    ]


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_parameter_is_explained_with_its_default(name):
    row = re.search(rf"^\|[^|]*`{name}`[^|]*\|([^|]*)\|", section("Parameters"), re.MULTILINE)
    default = str(TEMPLATE["Parameters"][name].get("Default", ""))

    assert row, f"{name} has no row"
    assert row[1].strip().strip("`") == default


def test_no_parameter_is_made_up():
    rows = re.findall(r"^\|([^|]*)\|", section("Parameters"), re.MULTILINE)
    told = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}

    assert told == set(TEMPLATE["Parameters"])


def test_every_output_is_told():
    told = set(re.findall(r"`(\w+)`", section("First deployment").partition("What the stack tells")[2]))

    assert told - {"make"} >= set(TEMPLATE["Outputs"])


def test_every_alarm_has_its_line_in_the_runbook():
    told = re.findall(r"^\| `([\w-]+)` \|", section("Alarms"), re.MULTILINE)

    assert sorted(told) == sorted(alarm_names())


def test_the_costs_count_the_alarms_that_a_default_stack_has():
    costs = runpy.run_path(str(ROOT / "benchmarks" / "costs.py"))
    unconditional = [
        name
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Condition" not in resource
    ]
    functions = [r for r in TEMPLATE["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    endpoints = [
        resource
        for resource in TEMPLATE["Resources"].values()
        if resource["Type"] == "AWS::EC2::VPCEndpoint"
        and resource["Properties"]["VpcEndpointType"] == "Interface"
    ]

    assert costs["ALARMS"] == len(unconditional)
    assert costs["FUNCTIONS"] == len(functions)
    assert costs["ENDPOINTS"] == len(endpoints)


def test_the_costs_are_those_that_are_computed():
    for text in runpy.run_path(str(ROOT / "benchmarks" / "costs.py"))["documented"]():
        assert text in PAGE, "run `python benchmarks/costs.py` and copy what it says"


def test_the_throttle_is_the_template_s():
    stage = TEMPLATE["Resources"]["HttpApiStage"]["Properties"]["DefaultRouteSettings"]
    told = f"{stage['ThrottlingRateLimit']} requests a second, bursts of {stage['ThrottlingBurstLimit']}"

    assert told in section("Limits")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document):
    text = document.read_text()
    code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", "\n".join(code)))

    assert named <= TARGETS, f"no target {named - TARGETS}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(document):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text()):
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.read_text()), target


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_delivery_role_may_make_what_the_template_holds():
    policies = DELIVERY["Resources"]["ExecutionRole"]["Properties"]["Policies"]
    statements = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]
    actions = {action for one in statements for action in listed(one["Action"])}
    services = {action.partition(":")[0] for action in actions}

    needed = {SERVICES[r["Type"].split("::")[1]] for r in TEMPLATE["Resources"].values()}
    assert needed <= services, f"nothing of {needed - services}"
    # and may not do everything
    assert "*" not in actions
    assert "iam:*" not in actions


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]
