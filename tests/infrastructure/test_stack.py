"""The local stack as deployed: the template's resources, and what real AWS does and the emulator does not."""

import json
import os
import subprocess
import sys
import uuid

import pytest
from botocore.exceptions import ClientError

from devstack.emulator import launcher
from devstack.seed import ADMIN, DEMO
from support import template

PASSWORD = "Correct-Horse-7"
CODE = "123456"


@pytest.fixture
def cognito(stack):
    return stack.local.aws.client("cognito-idp")


@pytest.fixture
def users(stack):
    """Reads a user's record by id."""
    dynamodb = stack.local.aws.client("dynamodb")

    def read(user_id: str) -> dict | None:
        key = {"userId": {"S": user_id}}
        return dynamodb.get_item(TableName=stack.env["USERS_TABLE"], Key=key, ConsistentRead=True).get("Item")

    return read


@pytest.fixture
def signed_up(stack, cognito) -> tuple[str, str]:
    """The address and the id of an unconfirmed user."""
    email = f"{uuid.uuid4().hex}@example.com"
    answer = cognito.sign_up(
        ClientId=stack.env["USER_POOL_CLIENT_ID"],
        Username=email,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    return email, answer["UserSub"]


def test_confirming_runs_the_trigger_that_records_the_user(stack, cognito, users, signed_up):
    email, user_id = signed_up
    assert users(user_id) is None

    confirm(stack, cognito, email)

    assert users(user_id)["cognitoUserSub"] == {"S": user_id}
    assert users(user_id)["email"] == {"S": email}


def test_a_wrong_code_records_no_user(stack, cognito, users, signed_up):
    email, user_id = signed_up

    with pytest.raises(ClientError, match="CodeMismatchException"):
        confirm(stack, cognito, email, code="000000")

    assert users(user_id) is None


def test_an_administrators_confirmation_runs_the_trigger_too(stack, cognito, users, signed_up):
    email, user_id = signed_up

    cognito.admin_confirm_sign_up(UserPoolId=stack.env["USER_POOL_ID"], Username=email)

    assert users(user_id)["email"] == {"S": email}


def test_confirming_proves_the_address(stack, cognito, signed_up):
    email, _ = signed_up

    confirm(stack, cognito, email)

    assert attributes(stack, cognito, email)["email_verified"] == "true"


def test_a_failing_trigger_is_an_error_and_the_user_is_confirmed_as_on_aws(stack, cognito, users, signed_up):
    email, user_id = signed_up
    iam, role = stack.local.aws.client("iam"), stack.local.physical_id("UserSignupRole")
    policy = iam.get_role_policy(RoleName=role, PolicyName="user-signup")["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName="user-signup")
    try:
        with pytest.raises(ClientError, match="UserLambdaValidationException"):
            confirm(stack, cognito, email)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="user-signup", PolicyDocument=json.dumps(policy))

    found = cognito.admin_get_user(UserPoolId=stack.env["USER_POOL_ID"], Username=email)
    assert found["UserStatus"] == "CONFIRMED"
    assert users(user_id) is None


def confirm(stack, cognito, email: str, code: str = CODE) -> None:
    cognito.confirm_sign_up(ClientId=stack.env["USER_POOL_CLIENT_ID"], Username=email, ConfirmationCode=code)


def attributes(stack, cognito, email: str) -> dict[str, str]:
    found = cognito.admin_get_user(UserPoolId=stack.env["USER_POOL_ID"], Username=email)
    return {attribute["Name"]: attribute["Value"] for attribute in found["UserAttributes"]}


def test_another_version_of_the_emulator_is_refused(monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "9.9.9")

    with pytest.raises(SystemExit, match=r"ministack 9\.9\.9 is installed"):
        launcher.main()


@pytest.mark.parametrize("person", [DEMO, ADMIN], ids=lambda person: person.name)
def test_a_seeded_person_can_sign_in_and_is_recorded(stack, cognito, users, person):
    answer = cognito.initiate_auth(
        ClientId=stack.env["USER_POOL_CLIENT_ID"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
    )
    assert answer["AuthenticationResult"]["AccessToken"]

    user_id = attributes(stack, cognito, person.email)["sub"]
    assert users(user_id)["name"] == {"S": person.name}


def test_the_settings_of_the_template_reach_the_local_environment(stack):
    assert stack.env["TODO_QUOTA"] == "10000"
    assert stack.settings.todo_quota == 10_000


@pytest.mark.parametrize(("person", "groups"), [(ADMIN, ["admin"]), (DEMO, [])], ids=["admin", "demo"])
def test_of_the_seeded_people_only_the_admin_is_in_the_admin_group(stack, cognito, person, groups):
    found = cognito.admin_list_groups_for_user(UserPoolId=stack.env["USER_POOL_ID"], Username=person.email)

    assert [group["GroupName"] for group in found["Groups"]] == groups


def test_tables_of_items_that_expire_have_ttl_on(stack):
    dynamodb = stack.local.aws.client("dynamodb")

    for table in ("TODOS_TABLE", "OPERATIONS_TABLE"):
        found = dynamodb.describe_time_to_live(TableName=stack.env[table])["TimeToLiveDescription"]
        assert found == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_every_alarm_of_the_template_is_there_to_be_seen(stack):
    parameters = {"Stage": "local", "RedisUrl": stack.redis_url, "IngestStream": "on"}
    expected = {
        alarm["AlarmName"]["Fn::Sub"].replace("${AWS::StackName}", stack.env["ALARM_PREFIX"])
        for _, alarm in template.deployed(**parameters).properties("AWS::CloudWatch::Alarm")
    }

    found = stack.local.aws.client("cloudwatch").describe_alarms(AlarmNames=sorted(expected))["MetricAlarms"]

    assert expected
    assert {alarm["AlarmName"] for alarm in found} == expected


def test_the_bucket_of_the_site_is_there_to_publish_to(stack):
    bucket = stack.local.physical_id("SiteBucket")

    versioning = stack.local.aws.client("s3").get_bucket_versioning(Bucket=bucket)

    assert versioning["Status"] == "Enabled"


def test_an_unchanged_template_and_source_need_no_update(stack, monkeypatch):
    monkeypatch.setattr("project.paths.digest", lambda: "one state of the source")
    stack.local.update()

    assert stack.local.update() is False


def test_the_environment_is_complete_and_as_the_template_gives_it(stack):
    assert stack.settings.stage == "local"
    assert stack.settings.redis_url == stack.redis_url
    assert stack.env["AWS_ENDPOINT_URL"] == stack.endpoint
    loopback = "127.0.0.1,localhost,::1"
    direct = {"NO_PROXY": loopback, "no_proxy": loopback}
    assert stack.local.state.env_file.read_text() == "".join(
        f"{k}={v}\n" for k, v in sorted({**direct, **stack.env}.items())
    )


def test_unsigned_requests_are_refused(stack):
    denied = {**os.environ, "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
    script = (
        "import boto3\n"
        f"c = boto3.client('dynamodb', region_name='us-east-1', endpoint_url={stack.endpoint!r})\n"
        "c.list_tables()\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], env=denied, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "ClientError" in ran.stderr
