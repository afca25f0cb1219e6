"""The cache and the watching of `template.yaml`."""

import json
import re
from urllib.parse import urlsplit

import pytest

from app.config.api import Settings
from support.clients import clients_for
from support.environment import ENVIRONMENT
from support.template import deployed, properties
from support.template_rules.permissions import allowed

NETWORK = ("AWS::EC2::", "AWS::ElastiCache::")


def test_with_a_cache_just_the_functions_that_use_it_are_in_its_network():
    chosen = deployed(Cache="valkey")
    inside = {
        name for name, function in chosen.properties("AWS::Lambda::Function") if "VpcConfig" in function
    }
    using = {
        name
        for name, function in chosen.properties("AWS::Lambda::Function")
        if "REDIS_URL" in function["Environment"]["Variables"]
    }

    assert inside == using == {"ApiFunction", "IngestFunction"}
    assert not any("VpcConfig" in function for _, function in deployed().properties("AWS::Lambda::Function"))


def test_the_cache_is_reached_over_tls_and_from_the_functions_only():
    chosen = deployed(Cache="valkey")
    url = chosen.resources["ApiFunction"]["Properties"]["Environment"]["Variables"]["REDIS_URL"]
    (rule,) = chosen.resources["CacheSecurity"]["Properties"]["SecurityGroupIngress"]

    assert url == {"Fn::Sub": "rediss://${ReadCache.Endpoint.Address}:${ReadCache.Endpoint.Port}/0"}
    assert rule["SourceSecurityGroupId"] == {"Ref": "FunctionSecurity"}
    assert "CidrIp" not in rule
    assert chosen.resources["ReadCache"]["Properties"]["CacheUsageLimits"]["DataStorage"]["Maximum"] == 1


def test_a_redis_of_ones_own_needs_no_network():
    url = "rediss://cache.example.com:6379"
    chosen = deployed(RedisUrl=url)

    assert chosen.resources["IngestFunction"]["Properties"]["Environment"]["Variables"]["REDIS_URL"] == url
    assert not any(resource["Type"].startswith(NETWORK) for resource in chosen.resources.values())


def test_none_stands_for_no_redis_where_an_empty_answer_is_impossible():
    """`sam deploy --guided` asks for a NoEcho parameter until it hears something."""
    assert deployed(RedisUrl="none").resources == deployed().resources
    assert deployed(RedisUrl="none", Cache="valkey").resources == deployed(Cache="valkey").resources


@pytest.mark.parametrize(("stage", "zones"), [("dev", 1), ("prod", 2)])
def test_services_are_reached_without_leaving_the_network_where_they_can_be(stage, zones):
    endpoints = dict(deployed(Cache="valkey", Stage=stage).properties("AWS::EC2::VPCEndpoint"))
    services = {
        name: endpoint["ServiceName"]["Fn::Sub"].rpartition(".")[2] for name, endpoint in endpoints.items()
    }
    interfaces = {name for name, endpoint in endpoints.items() if endpoint["VpcEndpointType"] == "Interface"}

    assert {services[name] for name in interfaces} == {
        "cognito-identity",
        "lambda",
        "monitoring",
        "secretsmanager",
        "sqs",
    }
    assert {services[name] for name in endpoints.keys() - interfaces} == {"dynamodb", "s3"}
    assert {len(endpoints[name]["SubnetIds"]) for name in interfaces} == {zones}
    assert all(endpoints[name]["PrivateDnsEnabled"] for name in interfaces)


def test_nothing_leads_out_of_the_network():
    chosen = deployed(Cache="valkey")
    kinds = {
        "InternetGateway",
        "NatGateway",
        "EgressOnlyInternetGateway",
        "TransitGatewayAttachment",
        "Route",
    }

    assert not any(
        resource["Type"] in {f"AWS::EC2::{kind}" for kind in kinds} for resource in chosen.resources.values()
    )
    assert not any(subnet.get("MapPublicIpOnLaunch") for _, subnet in chosen.properties("AWS::EC2::Subnet"))


def test_the_zones_are_the_first_two_or_those_that_are_chosen():
    zones = {
        choice: [
            subnet["AvailabilityZone"]["Fn::Select"]
            for _, subnet in deployed(Cache="valkey", CacheZones=choice).properties("AWS::EC2::Subnet")
        ]
        for choice in ("", "us-east-1b,us-east-1d")
    }
    chosen = {"Fn::Split": [",", "us-east-1b,us-east-1d"]}

    assert zones[""] == [[0, {"Fn::GetAZs": ""}], [1, {"Fn::GetAZs": ""}]]
    assert zones["us-east-1b,us-east-1d"] == [[0, chosen], [1, chosen]]


ENDPOINTS = {"cloudwatch": "monitoring"}
"""Where a service's endpoint is not named as its permissions are."""
OF_LAMBDA_ITSELF = {"ec2", "logs", "xray"}


def test_each_service_that_the_functions_inside_may_call_can_be_reached():
    chosen = deployed(Cache="valkey")
    origins = chosen.resources["EgressFunction"]["Properties"]["Environment"]["Variables"]["EGRESS_ORIGINS"][
        "Fn::Sub"
    ]
    reached = {
        endpoint["ServiceName"]["Fn::Sub"].rpartition(".")[2]
        for _, endpoint in chosen.properties("AWS::EC2::VPCEndpoint")
    } | {urlsplit(origin).netloc.partition(".")[0] for origin in origins.split(",")}

    called = {
        one.action.partition(":")[0] for role in ("ApiRole", "IngestRole") for one in allowed(chosen, role)
    } - OF_LAMBDA_ITSELF

    assert {ENDPOINTS.get(service, service) for service in called} | {"cognito-identity"} == reached


def test_requests_leave_the_network_by_a_function_outside_that_may_do_nothing_itself():
    chosen = deployed(Cache="valkey")
    outside = chosen.resources["EgressFunction"]["Properties"]
    (may_call,) = (one for one in allowed(chosen, "ApiRole") if one.action == "lambda:InvokeFunction")

    assert "VpcConfig" not in outside
    assert {one.action.partition(":")[0] for one in allowed(chosen, "EgressRole")} == {"logs", "xray"}
    assert may_call.resource == {"Fn::GetAtt": ["EgressFunction", "Arn"]}
    assert properties("ApiFunction", Cache="valkey")["Environment"]["Variables"]["EGRESS_FUNCTION"] == {
        "Ref": "EgressFunction"
    }


def test_the_function_outside_calls_where_the_clients_would(monkeypatch):
    variables = properties("EgressFunction", Cache="valkey")["Environment"]["Variables"]
    origins = variables["EGRESS_ORIGINS"]["Fn::Sub"].replace("${AWS::Region}", "eu-central-1").split(",")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    env = {**ENVIRONMENT, "AWS_REGION": "eu-central-1", "USER_POOL_ID": "eu-central-1_pool"}
    clients, jwks = clients_for(Settings.from_env(env)), Settings.from_env(env).jwks_url

    called = [clients.cognito.meta.endpoint_url, clients.cost_explorer.meta.endpoint_url]

    assert sorted(origins) == sorted(called)
    assert jwks.startswith(f"{clients.cognito.meta.endpoint_url}/")


def test_without_the_network_requests_go_by_themselves():
    assert properties("ApiFunction")["Environment"]["Variables"]["EGRESS_FUNCTION"] == ""
    assert not {"EgressFunction", "EgressRole", "EgressPolicy"} & deployed().resources.keys()


# ---------------------------------------------------------------- watching


def test_alarms_have_the_names_by_which_the_api_finds_them():
    alarms = deployed(Authorizer="lambda", IngestStream="on", Cache="valkey").of_type(
        "AWS::CloudWatch::Alarm"
    )
    names = [alarm["Properties"]["AlarmName"]["Fn::Sub"] for alarm in alarms.values()]

    assert all(name.startswith("${AWS::StackName}-") for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("alarm", "parameters"),
    [
        ("AuthorizerErrors", {"Authorizer": "lambda"}),
        ("AuthorizerDuration", {"Authorizer": "lambda"}),
        ("EgressErrors", {"Cache": "valkey"}),
        ("EgressDuration", {"Cache": "valkey"}),
        ("IngestStreamAge", {"IngestStream": "on"}),
        ("CacheCircuitOpen", {"Cache": "valkey"}),
        ("CacheCircuitOpen", {"RedisUrl": "rediss://cache.example.com:6379"}),
    ],
    ids=str,
)
def test_absent_resources_have_no_alarms(alarm, parameters):
    assert alarm not in deployed().resources
    assert alarm in deployed(**parameters).resources


def test_missing_data_is_no_alarm_and_recovery_is_notified():
    for name, alarm in deployed().properties("AWS::CloudWatch::Alarm"):
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}], name


def test_the_open_circuit_is_watched_by_the_metric_that_the_application_counts():
    alarm = properties("CacheCircuitOpen", Cache="valkey")

    assert (alarm["Namespace"], alarm["MetricName"]) == ("ServerlessBackend", "CacheCircuitOpen")
    assert alarm["Dimensions"] == [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}]


def test_the_dashboard_is_json_about_resources_of_the_template():
    body = json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"])
    metrics = [metric for widget in body["widgets"] for metric in widget["properties"]["metrics"]]
    named = set(re.findall(r"\$\{(\w+)[.}]", json.dumps(metrics)))

    assert len(body["widgets"]) == 13
    assert named <= deployed().resources.keys()
    assert {"ApiFunction", "EmailQueue", "HttpApi", "IngestDlq"} <= named
    assert set(deployed().of_type("AWS::DynamoDB::Table")) <= named


def test_only_production_keeps_a_trail_of_data_access():
    (trail,) = deployed(Stage="prod").of_type("AWS::CloudTrail::Trail").values()
    (selector,) = trail["Properties"]["EventSelectors"]
    (objects,) = (each for each in selector["DataResources"] if each["Type"] == "AWS::S3::Object")
    buckets = {value["Fn::Sub"] for value in objects["Values"]}

    assert not deployed(Stage="test").of_type("AWS::CloudTrail::Trail")
    assert trail["Properties"]["EnableLogFileValidation"] is True
    assert selector["ReadWriteType"] == "All"
    assert buckets == {f"${{{name}.Arn}}/" for name in ("DataBucket", "IngestBucket", "SiteBucket")}


def test_the_evidence_outlives_the_stack():
    bucket = deployed(Stage="prod").resources["TrailBucket"]

    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


def test_a_budget_warns_before_the_money_is_spent():
    (budget,) = (
        deployed(MonthlyBudget="50", AlarmEmail="alarms@example.com").of_type("AWS::Budgets::Budget").values()
    )
    told = budget["Properties"]["NotificationsWithSubscribers"]

    assert not deployed(AlarmEmail="alarms@example.com").of_type("AWS::Budgets::Budget")
    assert budget["Properties"]["Budget"]["BudgetLimit"] == {"Amount": "50", "Unit": "USD"}
    assert {(n["Notification"]["NotificationType"], n["Notification"]["Threshold"]) for n in told} == {
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    }
    assert {n["Subscribers"][0]["Address"] for n in told} == {"alarms@example.com"}
