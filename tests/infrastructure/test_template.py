"""`template.yaml` before it is deployed: valid after translation, and in step with the code it runs."""

import importlib
import json
from collections.abc import Iterator, Mapping

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from app.config import ConfigurationError, EmailConsumerSettings, IngestSettings, Settings, SignupSettings
from app.routers.auth import PUBLIC_PATHS
from devstack.contract import render
from support import template
from support.environment import ENVIRONMENT

FUNCTIONS = template.functions()
READERS = {
    "ApiFunction": Settings.from_env,
    "UserSignupFunction": SignupSettings.from_env,
    "EmailConsumerFunction": EmailConsumerSettings.from_env,
    "IngestFunction": IngestSettings.from_env,
}
GIVEN_BY_LAMBDA = {"AWS_REGION"}


class Recording(Mapping[str, str]):
    """An environment that knows which of its variables were asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)


def resources(region: str = "us-east-1", **parameters: str) -> dict:
    return json.loads(template.translated(region, **parameters))["Resources"]


@pytest.mark.parametrize("region", template.REGIONS)
@pytest.mark.parametrize("cors_origins", ["", "https://app.example.com,https://www.example.com"])
def test_it_is_valid_after_translation(region, cors_origins):
    translated = template.translated(region, cors_origins=cors_origins)

    findings = lint(translated, config=ManualArgs(regions=[region]))

    assert [str(finding) for finding in findings] == []


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_each_function_runs_a_handler_of_the_image(function, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    module, _, handler = template.command(function).rpartition(".")

    assert callable(getattr(importlib.import_module(module), handler))
    assert function["Properties"]["PackageType"] == "Image"
    assert function["Metadata"] == {"Dockerfile": "Dockerfile", "DockerContext": ".", "DockerTag": "app"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_given_every_variable_it_needs(name):
    given = template.variables(FUNCTIONS[name]).keys() | GIVEN_BY_LAMBDA

    assert required_variables(READERS[name]) - given == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_is_given_a_variable_it_does_not_read(name):
    environment = Recording(ENVIRONMENT)
    READERS[name](environment)

    assert template.variables(FUNCTIONS[name]).keys() - environment.asked == set()


def required_variables(read) -> set[str]:
    return {name for name in ENVIRONMENT if fails_without(name, read)}


def fails_without(name: str, read) -> bool:
    try:
        read({key: value for key, value in ENVIRONMENT.items() if key != name})
    except ConfigurationError:
        return True
    return False


def test_the_gateway_asks_for_a_token_exactly_where_the_application_does():
    for path, methods in json.loads(render())["paths"].items():
        for method in methods:
            expected = "NONE" if path in PUBLIC_PATHS or not path.startswith("/v1/") else "Cognito"
            assert authorizer(method, path) == expected, f"{method} {path}"


def test_the_gateway_lets_a_preflight_pass_without_a_token():
    assert authorizer("options", "/v1/todos") == "NONE"


def authorizer(method: str, path: str) -> str:
    """Of the most specific route that matches, as API Gateway chooses: exact before greedy, longest first."""
    paths = resources()["HttpApi"]["Properties"]["Body"]["paths"]
    matching = [route for route in paths if route == path or path.startswith(route.removesuffix("{proxy+}"))]
    matching = [route for route in matching if route == path or route.endswith("{proxy+}")]
    for route in sorted(matching, key=lambda route: (route != path, -len(route))):
        found = paths[route].get(method) or paths[route].get("x-amazon-apigateway-any-method")
        if found:
            return next(iter(found["security"][0]))
    raise AssertionError(f"no route for {method} {path}")


def test_the_gateway_answers_browsers_only_when_origins_are_named():
    body = resources(cors_origins="https://app.example.com")["HttpApi"]["Properties"]["Body"]

    condition, cors, otherwise = body["x-amazon-apigateway-cors"]["Fn::If"]

    assert condition == "HasCorsOrigins"
    assert cors["allowOrigins"] == {"Fn::Split": [",", "https://app.example.com"]}
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_each_function_has_a_role_of_its_own_without_wildcards():
    roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in FUNCTIONS.values()]
    statements = [statement for role in roles for statement in statements_of(role)]

    assert len(set(roles)) == len(FUNCTIONS)
    assert all(statement["Effect"] == "Allow" for statement in statements)
    assert not any("*" in action for statement in statements for action in actions_of(statement))
    for statement in statements:
        if "*" in statement["Resource"]:
            assert set(actions_of(statement)) <= KNOW_NO_RESOURCES


KNOW_NO_RESOURCES = {"ce:GetCostAndUsage", "cloudwatch:DescribeAlarms"}
"""Their permissions cannot be narrowed: AWS's service authorization reference lists no resource type for them."""


def actions_of(statement: dict) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def statements_of(role: str) -> list[dict]:
    properties = template.load()["Resources"][role]["Properties"]
    assert "ManagedPolicyArns" not in properties
    return [
        statement for policy in properties["Policies"] for statement in policy["PolicyDocument"]["Statement"]
    ]


def test_every_table_can_be_restored_and_cannot_be_deleted_in_production():
    tables = [r["Properties"] for r in resources().values() if r["Type"] == "AWS::DynamoDB::Table"]

    assert len(tables) == 5
    for table in tables:
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"] == {"SSEEnabled": True}
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}


def test_the_pool_hides_who_exists_and_lets_tokens_be_revoked():
    client = resources()["UserPoolClient"]["Properties"]

    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    assert client["GenerateSecret"] is False


def test_the_pool_calls_the_signup_function():
    pool = resources()["UserPool"]["Properties"]
    permission = resources()["UserSignupFunctionCognitoPermission"]["Properties"]

    assert pool["LambdaConfig"] == {"PostConfirmation": {"Fn::GetAtt": ["UserSignupFunction", "Arn"]}}
    assert permission["SourceArn"] == {"Fn::GetAtt": ["UserPool", "Arn"]}
