"""`template.yaml` before it is deployed: valid after translation, and what its parameters make of it.

What must hold whatever the parameters are is a rule: see `test_template_rules.py`.
"""

import json
import re

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from app.schemas.auth import LogIn, Refresh
from support import template
from support.template import deployed, properties
from support.template_rules import DEPLOYMENTS
from support.template_rules.deployment import Forbidden

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:" + 64 * "0"
SITE = {
    "CustomDomain": "app.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0",
}
NETWORK = ("AWS::EC2::", "AWS::ElastiCache::")


@pytest.mark.parametrize("region", template.REGIONS)
def test_it_is_valid_after_translation(region):
    findings = lint(template.translated(region, ImageUri=IMAGE), config=ManualArgs(regions=[region]))

    assert [str(finding) for finding in findings] == []


def test_it_can_be_translated_with_every_value_of_each_parameter():
    for name, declared in template.load()["Parameters"].items():
        for value in declared.get("AllowedValues", ()):
            assert json.loads(template.translated(**{name: value}))["Resources"]["ApiFunction"], (
                f"{name}={value}"
            )


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"CustomDomain": "app.example.com"}, "CertificateArn"),
        ({"Cache": "valkey", "RedisUrl": "rediss://cache.example.com:6379"}, "not both"),
        ({"MonthlyBudget": "50"}, "AlarmEmail"),
        ({"SnapStart": "on", "WarmInstances": "1"}, "not both"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_parameters_that_make_no_sense_together_are_refused(parameters, reason):
    with pytest.raises(Forbidden, match=reason):
        deployed(**parameters)


def test_with_the_defaults_nothing_costs_by_the_hour():
    resources = deployed().resources
    kinds = {resource["Type"] for resource in resources.values()}

    assert not {kind for kind in kinds if kind.startswith(NETWORK)}
    assert not kinds & {"AWS::Kinesis::Stream", "AWS::CloudTrail::Trail", "AWS::Budgets::Budget"}
    assert not kinds & {"AWS::ApplicationAutoScaling::ScalableTarget", "AWS::KMS::Key"}
    assert all(
        table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
        for table in resources.values()
        if table["Type"] == "AWS::DynamoDB::Table"
    )


# ---------------------------------------------------------------- the image


def test_all_functions_run_one_image_that_sam_builds_or_a_parameter_names():
    functions = template.functions()

    assert (
        len({json.dumps(function["Metadata"]) for function in functions.values()}) == 1
    )  # else, as many images
    for function in functions.values():
        recipe = {key: value for key, value in function["Metadata"].items() if key != "checkov"}
        assert recipe == {"Dockerfile": "Dockerfile", "DockerContext": ".", "DockerTag": "app"}
        assert function["Properties"]["PackageType"] == "Image"
        assert function["Properties"]["ImageUri"] == {"Ref": "ImageUri"}
    assert len({template.command(function) for function in functions.values()}) == len(functions)


# ---------------------------------------------------------------- accounts


CLIENTS = ("UserPoolClient", "UserPoolSiteClient")


@pytest.mark.parametrize("name", CLIENTS)
def test_the_pool_hides_who_exists_and_lets_tokens_be_revoked(name):
    client = properties(name)

    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    assert client["GenerateSecret"] is False


def test_the_sites_refresh_token_is_good_for_one_refresh():
    client = properties("UserPoolSiteClient")

    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}
    assert "ALLOW_REFRESH_TOKEN_AUTH" not in client["ExplicitAuthFlows"]
    assert (client["RefreshTokenValidity"], client["TokenValidityUnits"]["RefreshToken"]) == (30, "days")
    assert properties("UserPool")["UserPoolTier"] == "ESSENTIALS"


@pytest.mark.parametrize(("parameters", "days"), [({}, 365), ({"SessionDays": "90"}, "90")])
def test_the_apps_refresh_token_stays_for_as_long_as_is_chosen(parameters, days):
    client = properties("UserPoolClient", **parameters)

    assert client["RefreshTokenRotation"] == {"Feature": "DISABLED"}
    assert "ALLOW_REFRESH_TOKEN_AUTH" in client["ExplicitAuthFlows"]
    assert (client["RefreshTokenValidity"], client["TokenValidityUnits"]["RefreshToken"]) == (days, "days")


LISTS = {"CallbackURLs": "CallbackUrls", "LogoutURLs": "LogoutUrls"}
"""What the hosted page leads to, with the parameter that adds to it."""


def test_the_clients_differ_in_how_long_a_session_lasts_and_where_the_hosted_page_leads():
    apps, site = (dict(properties(name)) for name in CLIENTS)
    for name in ("ExplicitAuthFlows", "RefreshTokenRotation", "RefreshTokenValidity", *LISTS):
        del apps[name], site[name]

    assert apps == site


def test_the_client_that_stages_had_before_is_the_apps_so_that_their_sessions_survive_the_update():
    """Apps on phones name no client: theirs has to be the one that they signed in at. Another logical id, or a change
    of a property that replaces a client, would end every session."""
    client = properties("UserPoolClient")
    variables = properties("ApiFunction")["Environment"]["Variables"]

    assert variables["USER_POOL_CLIENT_ID"] == {"Ref": "UserPoolClient"}
    assert LogIn.model_fields["client"].default == Refresh.model_fields["client"].default == "app"
    assert (client["UserPoolId"], client["GenerateSecret"]) == ({"Ref": "UserPool"}, False)
    assert "Condition" not in deployed().resources["UserPoolClient"]


def test_everything_that_takes_tokens_takes_those_of_both_clients():
    both = [{"Ref": name} for name in CLIENTS]
    named = ["USER_POOL_CLIENT_ID", "USER_POOL_SITE_CLIENT_ID"]
    for function in ("ApiFunction", "AuthorizerFunction"):
        variables = properties(function, Authorizer="lambda")["Environment"]["Variables"]
        assert [variables[name] for name in named] == both
    folder = properties("IdentityPool")["CognitoIdentityProviders"]

    assert properties("JwtAuthorizer")["JwtConfiguration"]["Audience"] == both
    assert [provider["ClientId"] for provider in folder] == both
    assert all(provider["ServerSideTokenCheck"] is True for provider in folder)


@pytest.mark.parametrize("name", CLIENTS)
def test_the_hosted_page_gives_codes_and_no_tokens(name):
    assert properties(name)["AllowedOAuthFlows"] == ["code"]


def test_the_hosted_page_leads_pages_to_the_site_only():
    site = {"Fn::Sub": "https://${SiteDistribution.DomainName}/"}
    apps = {"CallbackUrls": "myapp://callback", "LogoutUrls": "myapp://out"}
    client = properties("UserPoolSiteClient", Stage="prod", **apps)

    assert client["CallbackURLs"] == client["LogoutURLs"] == [site]
    assert properties("UserPoolSiteClient")["CallbackURLs"] == [site, "http://localhost:8000/"]
    own = properties("UserPoolSiteClient", Stage="prod", **SITE)
    assert own["CallbackURLs"] == ["https://app.example.com/"]


@pytest.mark.parametrize(("prop", "parameter"), LISTS.items())
@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["https://site/", "http://localhost:8000/"]),
        ({"Stage": "prod"}, ["https://site/"]),
        ({"Stage": "prod", **SITE}, ["https://app.example.com/"]),
    ],
)
@pytest.mark.parametrize("more", ["", "myapp://callback", "myapp://callback,https://app.example.com/in"])
def test_the_hosted_page_leads_apps_to_what_is_named_too(prop, parameter, parameters, expected, more):
    found = properties("UserPoolClient", **parameters, **{parameter: more} if more else {})[prop]

    assert joined(found) == [*expected, *filter(None, more.split(","))]


def joined(split):
    """The list that CloudFormation makes, with `site` for the domain of the distribution."""
    separator, joint = split["Fn::Split"]
    text, values = joint["Fn::Sub"]
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value if isinstance(value, str) else value.get("Fn::Sub", "site"))
    return text.split(separator)


PATTERN = template.load()["Parameters"]["CallbackUrls"]["AllowedPattern"]


@pytest.mark.parametrize(
    "urls",
    [
        "",
        "myapp://callback",
        "com.example.app:/oauth2redirect",
        "https://app.example.com/callback?a=b",
        "http://localhost:3000/,myapp://x",
        "http://localhost/",
    ],
)
def test_urls_that_cognito_takes_are_taken(urls):
    assert re.fullmatch(PATTERN, urls)
    assert template.load()["Parameters"]["LogoutUrls"]["AllowedPattern"] == PATTERN


@pytest.mark.parametrize(
    "urls",
    [
        "callback",
        "/callback",
        "http://app.example.com/",
        "http://localhost.example.com/",
        "myapp://callback#fragment",
        "myapp://callback, https://app.example.com/",
        "myapp://callback,",
        ",myapp://callback",
        "myapp://a,http://b",
    ],
)
def test_urls_that_cognito_refuses_are_refused_before_a_deployment(urls):
    assert not re.fullmatch(PATTERN, urls)


def test_the_pool_calls_the_signup_function():
    permission = properties("UserSignupFunctionAliasliveCognitoPermission")

    assert properties("UserPool")["LambdaConfig"] == {
        "PostAuthentication": {"Ref": "PostAuthenticationFunctionAliaslive"},
        "PostConfirmation": {"Ref": "UserSignupFunctionAliaslive"},
        "PreSignUp": {"Ref": "PreSignUpFunctionAliaslive"},
    }
    assert permission["FunctionName"] == {"Ref": "UserSignupFunctionAliaslive"}
    assert properties("PreSignUpFunctionAliasliveCognitoPermission")["SourceArn"] == permission["SourceArn"]
    assert permission["SourceArn"] == {"Fn::GetAtt": ["UserPool", "Arn"]}


def test_a_second_factor_is_offered_when_asked_for():
    assert properties("UserPool")["MfaConfiguration"] == "OFF"
    assert "EnabledMfas" not in properties("UserPool")

    pool = properties("UserPool", Mfa="optional")
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])


def test_the_first_administrator_is_made_when_named():
    assert "AdminUser" not in deployed().resources

    resources = deployed(AdminEmail="admin@example.com").resources
    assert resources["AdminUser"]["Properties"]["Username"] == "admin@example.com"
    assert resources["AdminMembership"]["Properties"]["GroupName"] == {"Ref": "AdminGroup"}


def test_codes_come_from_the_sender_once_ses_has_verified_it():
    assert properties("UserPool")["EmailConfiguration"] == {"EmailSendingAccount": "COGNITO_DEFAULT"}

    mail = properties("UserPool", MailFrom="hello@example.com", MailIdentity="example.com")[
        "EmailConfiguration"
    ]
    assert (mail["EmailSendingAccount"], mail["From"]) == ("DEVELOPER", "hello@example.com")
    assert mail["SourceArn"]["Fn::Sub"].endswith(":identity/example.com")


NAMES_OF_AN_ACCOUNT = {
    "AWS::Budgets::Budget": ("Budget", "BudgetName"),
    "AWS::CloudFront::Function": ("Name",),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
    "AWS::CloudTrail::Trail": ("TrailName",),
    "AWS::CloudWatch::Dashboard": ("DashboardName",),
}
"""Where the names stand that hold in all regions."""


@pytest.mark.parametrize(("kind", "path"), NAMES_OF_AN_ACCOUNT.items(), ids=NAMES_OF_AN_ACCOUNT)
def test_a_stack_of_this_name_can_be_in_another_region_too(kind, path):
    named = deployed(**DEPLOYMENTS["with everything"]).of_type(kind)

    assert named
    for logical, resource in named.items():
        name = resource["Properties"]
        for step in path:
            name = name[step]
        assert "${AWS::Region}" in name["Fn::Sub"], logical
