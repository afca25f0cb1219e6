"""One address is one account, in any spelling and through any client."""

from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from app.models.user_data import EventOrder, UserData
from app.repositories.dynamodb.user_data import DynamoUserData
from integration.accounts.conftest import PASSWORD, Person
from support.processes import wait_until

ACCOUNT_SECONDS = 10
"""What a cached account may live for where a trigger has written the record."""


@pytest.fixture
def settings(app):
    return app.state.container.settings


@pytest.fixture
def user_data(clients, settings):
    return DynamoUserData(clients, settings.tables["user_data"])


@pytest.fixture
def name():
    return f"p{uuid4().hex[:12]}"


def test_every_form_of_an_address_is_one_account_with_one_raw_record(http, name, user_data, record_of):
    stored = f"{name}@xn--mnchen-3ya.example"
    user_data.upsert([(UserData(email=stored, country="DE"), EventOrder(1, "s", "1"))])
    person = Person(http, f"{name}@mu\u0308nchen.example")

    assert person.sign_up().status_code == 201
    for other in (f"{name}@münchen.example", f"{name.upper()}@MÜNCHEN.example", stored):
        assert Person(http, other).sign_up().status_code == 201  # a new code, and no other account
    assert person.confirm().status_code == 204
    for other in (f"{name}@münchen.example", f"{name.upper()}@MÜNCHEN.example", stored):
        member = Person(http, other)
        assert member.log_in().status_code == 200
        assert member.get("/v1/users/me").json()["email"] == f"{name}@münchen.example"

    assert record_of(Person(http, stored)).email == stored
    assert user_data.get(stored).user_id == member.get("/v1/users/me").json()["id"]


def test_an_administrator_finds_an_address_in_any_form(http, admin, name):
    person = Person(http, f"{name}@faß.example")
    person.sign_up()
    person.confirm()

    for typed in (f"{name}@faß.example", f"{name}@FAß", f"{name}@xn--fa-hia.example", name.upper()):
        answer = http.get("/v1/admin/users", params={"email": typed}, headers=admin.authorization)
        assert [found["email"] for found in answer.json()["items"]] == [f"{name}@faß.example"]


def signs_up_by_sdk(clients, settings, email):
    return clients.cognito.sign_up(
        ClientId=settings.user_pool_client_id,
        Username=email,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": "Ada\u202e\u0007King"}],
    )


@pytest.mark.parametrize(
    "domain", ["faß.example", "mu\u0308nchen.example", "my_domain.example", "example.com."]
)
def test_an_sdk_cannot_sign_up_with_another_form(clients, settings, name, domain):
    with pytest.raises(ClientError) as refused:
        signs_up_by_sdk(clients, settings, f"{name}@{domain}")

    assert refused.value.response["Error"]["Code"] == "UserLambdaValidationException"


def test_an_sdk_signs_up_with_the_one_form_and_its_name_is_cleaned(http, clients, settings, name):
    person = Person(http, f"{name}@xn--fa-hia.example")
    signs_up_by_sdk(clients, settings, person.email)
    assert person.confirm().status_code == 204
    person.log_in()

    me = person.get("/v1/users/me").json()

    assert (me["email"], me["name"]) == (f"{name}@faß.example", "Ada King")


@pytest.mark.parametrize("way", ["log in", "refresh"])
def test_the_record_follows_an_address_that_was_changed_by_an_sdk(
    http, admin, clients, member, name, user_data, way
):
    old, new = member.email, f"{name}@faß.example"
    user_data.upsert([(UserData(email=f"{name}@xn--fa-hia.example"), EventOrder(1, "s", "1"))])
    clients.cognito.update_user_attributes(
        AccessToken=member.tokens["access_token"], UserAttributes=[{"Name": "email", "Value": new}]
    )
    assert member.get("/v1/users/me").json()["email"] == old

    if way == "refresh":
        assert member.can_refresh
    else:
        tokens = clients.cognito.initiate_auth(
            ClientId=http.app.state.container.settings.user_pool_client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": new, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        assert member.post("/v1/auth/refresh", refresh_token=tokens["RefreshToken"]).status_code == 200

    me = member.get("/v1/users/me").json()
    assert me["email"] == new
    answer = http.get("/v1/admin/users", params={"email": new}, headers=admin.authorization)
    assert [found["id"] for found in answer.json()["items"]] == [me["id"]]
    assert (
        http.get("/v1/admin/users", params={"email": old}, headers=admin.authorization).json()["items"] == []
    )
    assert user_data.get(f"{name}@xn--fa-hia.example").user_id == me["id"]


def test_a_reset_by_an_sdk_revokes_every_earlier_token_and_accepts_the_next(member, clients, settings):
    thief = member.on_another_device()
    assert thief.is_in
    client = {"ClientId": settings.user_pool_client_id, "Username": member.email}
    clients.cognito.forgot_password(**client)

    clients.cognito.confirm_forgot_password(**client, ConfirmationCode="654321", Password="Battery-Staple-8")

    member.password = "Battery-Staple-8"
    assert wait_until(lambda: not thief.is_in, seconds=ACCOUNT_SECONDS + 2)
    refreshed = thief.post("/v1/auth/refresh", refresh_token=thief.tokens["refresh_token"])
    thief.tokens = refreshed.json()
    assert not thief.is_in
    assert member.log_in().status_code == 200
    assert member.is_in
