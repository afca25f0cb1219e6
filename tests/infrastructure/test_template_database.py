"""The database of `template.yaml`: none by default, and Aurora PostgreSQL with `Database=aurora`."""

import json
import re

import pytest

from app import deadline
from support.template import deployed, load, properties
from support.template_rules.permissions import allowed

WITH_SQL = {"ApiFunction", "IngestFunction", "MigrateFunction", "UserSignupFunction"}
VARIABLES = {"DATABASE", "DATABASE_CLUSTER_ARN", "DATABASE_SECRET_ARN", "DATABASE_NAME"}


def of_aurora() -> set[str]:
    """The resources of the template that only Aurora has."""
    return {name for name, one in load()["Resources"].items() if "HasAurora" in one.get("Condition", "")}


def test_with_dynamodb_nothing_of_it_is_there():
    text = json.dumps(deployed().body)

    assert not re.search(r"AWS::RDS|rds-data|DATABASE|MigrateFunction|WakingUp", text)
    assert properties("ApiServerErrors")["MetricName"] == "5xx"
    assert "Metrics" not in properties("ApiServerErrors")


def test_every_table_stays_so_that_a_change_of_the_engine_deletes_nothing():
    assert deployed(Database="aurora").resources.keys() >= deployed().of_type("AWS::DynamoDB::Table").keys()


def test_it_pauses_where_nothing_else_is_said_and_never_in_prod():
    scaling = {
        stage: properties("DatabaseCluster", Database="aurora", Stage=stage)[
            "ServerlessV2ScalingConfiguration"
        ]
        for stage in ("dev", "test", "prod")
    }

    assert scaling["dev"] == scaling["test"]
    assert scaling["dev"] == {"MinCapacity": 0, "MaxCapacity": 4, "SecondsUntilAutoPause": 300}
    assert scaling["prod"] == {"MinCapacity": 0.5, "MaxCapacity": 4}


@pytest.mark.parametrize(("stage", "minimum", "pauses"), [("dev", "2", False), ("prod", "0", True)])
def test_the_capacity_can_be_chosen(stage, minimum, pauses):
    chosen = {"Stage": stage, "DatabaseMinimum": minimum, "DatabaseMaximum": "8"}
    scaling = properties("DatabaseCluster", Database="aurora", **chosen)["ServerlessV2ScalingConfiguration"]

    assert (scaling["MinCapacity"], scaling["MaxCapacity"]) == (minimum, "8")
    assert ("SecondsUntilAutoPause" in scaling) is pauses


@pytest.mark.parametrize("value", ["0.3", "-1", "0.75", "abc", "1000.5", "00"])
def test_a_capacity_that_aurora_does_not_have_is_refused(value):
    assert not re.search(load()["Parameters"]["DatabaseMinimum"]["AllowedPattern"], value)


def test_the_engine_can_pause_and_takes_statements_over_https():
    cluster = properties("DatabaseCluster", Database="aurora")

    assert tuple(map(int, cluster["EngineVersion"].split("."))) >= (16, 3)
    assert cluster["EnableHttpEndpoint"] is True


def test_aws_does_not_raise_a_version_that_the_template_names():
    """Where that is older than AWS's choice, CloudFormation asks for a downgrade, which fails."""
    chosen = deployed(Database="aurora")
    [(_, instance)] = chosen.properties("AWS::RDS::DBInstance")

    for one in (properties("DatabaseCluster", Database="aurora"), instance):
        assert one["AutoMinorVersionUpgrade"] is False
    assert "EngineVersion" not in instance  # the cluster's


def test_the_server_ends_what_no_request_waits_for():
    cluster = properties("DatabaseCluster", Database="aurora")
    group = properties("DatabaseParameters", Database="aurora")

    assert cluster["DBClusterParameterGroupName"] == {"Ref": "DatabaseParameters"}
    assert group["Family"] == cluster["Engine"] + cluster["EngineVersion"].partition(".")[0]
    assert group["Parameters"] == {
        "statement_timeout": str(int(deadline.SECONDS * 1000)),
        "idle_in_transaction_session_timeout": "180000",
    }


@pytest.mark.parametrize(("stage", "days"), [("dev", 7), ("prod", 35)])
def test_it_is_protected_as_its_stage_asks(stage, days):
    cluster = properties("DatabaseCluster", Database="aurora", Stage=stage)

    assert (cluster["BackupRetentionPeriod"], cluster["DeletionProtection"]) == (days, stage == "prod")


def test_a_cluster_from_a_snapshot_has_the_user_of_the_snapshot_and_a_new_password():
    arn = "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:kept"
    restored = properties("DatabaseCluster", Database="aurora", DatabaseSnapshot=arn)

    assert restored["SnapshotIdentifier"] == arn
    assert "MasterUsername" not in restored
    assert restored["ManageMasterUserPassword"] is True
    assert "SnapshotIdentifier" not in properties("DatabaseCluster", Database="aurora")


def test_just_the_functions_that_use_sql_know_the_cluster_and_may_reach_it():
    chosen = deployed(Database="aurora")
    functions = dict(chosen.properties("AWS::Lambda::Function"))

    knowing = {name for name, one in functions.items() if "DATABASE" in one["Environment"]["Variables"]}

    assert knowing == WITH_SQL
    for name in knowing:
        assert functions[name]["Environment"]["Variables"].keys() >= VARIABLES
        [role, _] = functions[name]["Role"]["Fn::GetAtt"]
        reached = {
            json.dumps(one.resource)
            for one in allowed(chosen, role)
            if one.action.startswith(("rds-data:", "secretsmanager:")) and one.sid != "Settings"
        }
        assert reached == {
            json.dumps({"Fn::GetAtt": ["DatabaseCluster", "DBClusterArn"]}),
            json.dumps({"Fn::GetAtt": ["DatabaseCluster", "MasterUserSecret.SecretArn"]}),
        }


def test_only_the_cluster_is_in_its_network_which_nothing_leads_in_or_out_of():
    chosen = deployed(Database="aurora")
    security = chosen.resources["DatabaseSecurity"]["Properties"]

    assert not any("VpcConfig" in function for _, function in chosen.properties("AWS::Lambda::Function"))
    assert not {"AWS::EC2::VPCEndpoint", "AWS::EC2::Route", "AWS::EC2::RouteTable"} & {
        one["Type"] for one in chosen.resources.values()
    }
    assert "SecurityGroupIngress" not in security
    assert [rule["CidrIp"] for rule in security["SecurityGroupEgress"]] == ["127.0.0.1/32"]
    assert chosen.resources["DatabaseInstance"]["Properties"]["PubliclyAccessible"] is False


def test_functions_in_the_network_of_a_cache_reach_it_by_an_endpoint_there():
    endpoint = properties("RdsDataEndpoint", Database="aurora", Cache="valkey")

    assert endpoint["VpcId"] == {"Ref": "Network"}
    assert "RdsDataEndpoint" not in deployed(Cache="valkey").resources


def test_the_schema_comes_before_every_function_that_uses_it_and_after_the_cluster_can_serve():
    """A function names an attribute of it, so CloudFormation makes and changes it afterwards."""
    chosen = deployed(Database="aurora")
    schema = chosen.resources["Schema"]

    for name in WITH_SQL - {"MigrateFunction"}:
        variables = chosen.resources[name]["Properties"]["Environment"]["Variables"]
        assert variables["DATABASE_NAME"] == {"Fn::GetAtt": ["Schema", "DatabaseName"]}
    assert schema["DependsOn"] == "DatabaseInstance"
    assert (
        schema["Properties"]["DatabaseName"]
        == properties("DatabaseCluster", Database="aurora")["DatabaseName"]
    )


def test_a_stack_that_goes_does_not_wait_for_the_function():
    schema = deployed(Database="aurora").resources["Schema"]

    assert schema["DeletionPolicy"] == schema["UpdateReplacePolicy"] == "Retain"


def test_another_image_is_another_call_of_migrate():
    first, second = (
        properties(
            "Schema", Database="aurora", ImageUri=f"123456789012.dkr.ecr.us-east-1.amazonaws.com/app:{tag}"
        )
        for tag in (1, 2)
    )

    assert first["Version"] != second["Version"]
    assert first["ServiceToken"] == second["ServiceToken"] == {"Ref": "MigrateFunctionAliaslive"}


def test_the_function_ends_before_cloudformation_gives_it_up():
    timeout = properties("MigrateFunction", Database="aurora")["Timeout"]

    assert timeout < properties("Schema", Database="aurora")["ServiceTimeout"]


def test_the_alarm_on_failures_leaves_out_what_only_wakes_up():
    alarm = properties("ApiServerErrors", Database="aurora")
    metrics = {one["Id"]: one for one in alarm["Metrics"]}

    assert metrics["failures"]["Expression"] == "responses - FILL(waking, 0)"
    assert metrics["waking"]["MetricStat"]["Metric"] == {
        "Namespace": "ServerlessBackend",
        "MetricName": "WakingUp",
        "Dimensions": [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}],
    }
    assert [one["Id"] for one in metrics.values() if one.get("ReturnData", True)] == ["failures"]
    assert not {"MetricName", "Namespace", "Dimensions", "Statistic", "Period"} & alarm.keys()
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")


def test_the_dashboard_of_the_database_names_what_is_there():
    body = properties("DatabaseDashboard", Database="aurora")["DashboardBody"]["Fn::Sub"]

    assert len(json.loads(body)["widgets"]) == 6
    assert set(re.findall(r"\$\{(\w+)}", body)) <= of_aurora()
