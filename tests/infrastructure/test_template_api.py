"""The HTTP API of `template.yaml`: its access rules, its warm instances and its snapshots."""

import json
from typing import Any

import pytest
from starlette.middleware.cors import CORSMiddleware

from app.config.api import Settings
from app.main import create_app
from support.environment import ENVIRONMENT
from support.template import deployed, properties


def test_the_gateway_answers_browsers_of_other_sites_only_when_their_origins_are_named():
    assert "CorsConfiguration" not in properties("HttpApi")

    cors = properties("HttpApi", CorsOrigins="https://app.example.com")["CorsConfiguration"]
    assert cors["AllowOrigins"] == {"Fn::Split": [",", "https://app.example.com"]}
    assert "AllowCredentials" not in cors


def test_the_gateway_lets_browsers_read_the_headers_that_the_api_does():
    """It answers for CORS in place of the API."""
    cors = properties("HttpApi", CorsOrigins="https://app.example.com")["CorsConfiguration"]
    middleware = create_app(Settings.from_env(ENVIRONMENT)).user_middleware
    (own,) = (each.kwargs for each in middleware if each.cls is CORSMiddleware)

    assert sorted(cors["ExposeHeaders"]) == sorted(own["expose_headers"])
    assert sorted(cors["AllowHeaders"]) == sorted(own["allow_headers"])
    assert sorted(cors["AllowMethods"]) == sorted(own["allow_methods"])


def test_the_gateway_limits_the_rate_and_logs_json():
    stage = properties("HttpApiStage")
    logged = json.loads(stage["AccessLogSettings"]["Format"])

    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 200, "ThrottlingRateLimit": 100}
    assert {"requestId", "status", "path", "ip", "latencyMs"} <= logged.keys()
    assert not any("authorization" in value.lower() for value in logged.values())


QUOTAS = {
    120: ("login", "token"),  # UserAuthentication
    50: ("signup", "confirm", "resend"),  # UserCreation
    30: ("forgot-password", "reset-password"),  # UserAccountRecovery
}
"""What Cognito answers an account in a second, and the ways to ask for it."""


@pytest.mark.parametrize(("quota", "names"), QUOTAS.items())
def test_a_flood_of_sign_ins_uses_up_half_of_cognitos_quota_at_most(quota, names):
    settings = properties("HttpApiStage")["RouteSettings"]

    assert sum(settings[f"POST /v1/auth/{name}"]["ThrottlingRateLimit"] for name in names) <= quota / 2


def test_each_way_to_sign_in_has_a_throttle_below_that_of_the_stage():
    stage = properties("HttpApiStage")

    for key, settings in stage["RouteSettings"].items():
        assert settings.keys() == stage["DefaultRouteSettings"].keys(), key
        assert all(settings[name] < limit for name, limit in stage["DefaultRouteSettings"].items()), key


@pytest.mark.parametrize(("choice", "kind"), [("jwt", "JWT"), ("lambda", "CUSTOM")])
def test_the_authorizer_is_the_one_chosen_and_the_other_is_not_made(choice, kind):
    resources = deployed(Authorizer=choice).resources
    asking = [
        route["Properties"]
        for route in resources.values()
        if route["Type"] == "AWS::ApiGatewayV2::Route" and route["Properties"]["AuthorizationType"] != "NONE"
    ]

    assert {route["AuthorizationType"] for route in asking} == {kind}
    assert len({route["AuthorizerId"]["Ref"] for route in asking}) == 1
    assert ("AuthorizerFunction" in resources) == (choice == "lambda")
    assert len(deployed(Authorizer=choice).of_type("AWS::ApiGatewayV2::Authorizer")) == 1


def test_the_gateway_may_call_the_lambda_authorizer_which_answers_simply():
    authorizer = properties("LambdaAuthorizer", Authorizer="lambda")
    permission = properties("LambdaAuthorizerPermission", Authorizer="lambda")

    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["EnableSimpleResponses"] is True
    assert "${AuthorizerFunctionAliaslive}" in json.dumps(authorizer["AuthorizerUri"])
    assert permission["FunctionName"] == {"Ref": "AuthorizerFunctionAliaslive"}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${HttpApi}/authorizers/*")


def test_no_route_has_an_authorizer_that_the_gateway_may_not_call_yet():
    authorizer = deployed(Authorizer="lambda").resources["LambdaAuthorizer"]

    assert authorizer["DependsOn"] == "LambdaAuthorizerPermission"


def test_with_no_instance_kept_warm_the_gateway_calls_the_latest_code():
    latest = {"Fn::GetAtt": ["ApiFunction", "Arn"]}

    assert properties("ApiIntegration")["IntegrationUri"] == latest
    assert properties("ApiPermission")["FunctionName"] == {"Ref": "ApiFunction"}
    assert "ProvisionedConcurrencyConfig" not in properties("ApiFunctionAliaslive")


def test_kept_warm_the_gateway_calls_a_version_that_is_scaled():
    chosen = deployed(WarmInstances="2")
    (target,) = chosen.of_type("AWS::ApplicationAutoScaling::ScalableTarget").values()
    (policy,) = chosen.of_type("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    alias = {"Ref": "ApiFunctionAliaslive"}
    warm = chosen.resources["ApiFunctionAliaslive"]["Properties"]["ProvisionedConcurrencyConfig"]

    assert chosen.resources["ApiIntegration"]["Properties"]["IntegrationUri"] == alias
    assert chosen.resources["ApiPermission"]["Properties"]["FunctionName"] == alias
    assert warm == {"ProvisionedConcurrentExecutions": "2"}
    assert (target["Properties"]["MinCapacity"], target["Properties"]["MaxCapacity"]) == ("2", 10)
    assert policy["Properties"]["ScalingTargetId"] == {"Ref": "ApiCapacity"}


@pytest.mark.parametrize(
    "change",
    [
        {"LogLevel": "DEBUG"},
        {"DocsEnabled": "true"},
        {"TodoQuota": "5"},
        {"DownloadQuota": "5"},
        {"PasswordComplexity": "off"},
        {"Cache": "valkey"},
    ],
    ids=str,
)
def test_a_changed_parameter_publishes_a_version_of_the_api(change):
    """CloudFormation replaces a version whose description changes, and only then."""
    before, after = _versions()["ApiFunction"], _versions(**change)["ApiFunction"]

    assert before["Description"] != after["Description"]


def test_snapshots_publish_a_version_of_each_function_that_has_them():
    before, after = _versions(Authorizer="lambda"), _versions(Authorizer="lambda", SnapStart="on")

    assert before.keys() == after.keys() == _SNAPSHOTS
    assert [name for name in before if before[name]["Description"] == after[name]["Description"]] == []


@pytest.mark.parametrize(("choice", "apply_on"), [("off", "None"), ("on", "PublishedVersions")])
def test_what_a_person_waits_for_starts_from_a_snapshot(choice, apply_on):
    chosen = deployed(SnapStart=choice, Authorizer="lambda")
    found = {
        name: function["SnapStart"]
        for name, function in chosen.properties("AWS::Lambda::Function")
        if "SnapStart" in function
    }

    assert found == {name: {"ApplyOn": apply_on} for name in _SNAPSHOTS}


def test_with_snapshots_the_gateway_calls_the_alias():
    chosen = deployed(SnapStart="on")
    alias = {"Ref": "ApiFunctionAliaslive"}

    assert chosen.resources["ApiIntegration"]["Properties"]["IntegrationUri"] == alias
    assert chosen.resources["ApiPermission"]["Properties"]["FunctionName"] == alias


_SNAPSHOTS = {
    "ApiFunction",
    "AuthorizerFunction",
    "PostAuthenticationFunction",
    "PreSignUpFunction",
    "UserSignupFunction",
}


def _versions(**parameters: str) -> dict[str, dict[str, Any]]:
    """The properties of the published versions, by function."""
    published = deployed(**parameters).properties("AWS::Lambda::Version")
    return {version["FunctionName"]["Ref"]: version for _, version in published}
