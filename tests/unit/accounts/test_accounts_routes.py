"""`/v1/auth`, `/v1/users/me` and `/v1/admin/users` over HTTP."""

import pytest

from app.auth.public_paths import PUBLIC_PATHS
from app.models.users import User
from unit.accounts.doubles import CLIENT, EMAIL, PASSWORD, POOL, SITE_CLIENT, USER_ID, pool_user

TOKENS = {"AccessToken": "access", "IdToken": "id", "RefreshToken": "refresh", "ExpiresIn": 3600}
LOGIN = {
    "ClientId": CLIENT,
    "AuthFlow": "USER_PASSWORD_AUTH",
    "AuthParameters": {"USERNAME": EMAIL, "PASSWORD": PASSWORD},
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

BODIES = {
    "signup": {"email": EMAIL, "password": PASSWORD, "name": "Ada"},
    "confirm": {"email": EMAIL, "code": "123456"},
    "resend": {"email": EMAIL},
    "login": {"email": EMAIL, "password": PASSWORD},
    "refresh": {"refresh_token": "refresh"},
    "forgot-password": {"email": EMAIL},
    "reset-password": {"email": EMAIL, "code": "654321", "password": PASSWORD},
    "logout": {"refresh_token": "refresh"},
}


def answer_of(response):
    """All that a client can tell answers apart by, but the id of the request."""
    body = response.content and response.json()
    if body:
        body.pop("requestId", None)
    headers = {k: v for k, v in response.headers.items() if k != "x-request-id"}
    return response.status_code, headers, body


def test_signing_up(http, cognito):
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.answers(
        "sign_up",
        {
            "UserSub": USER_ID,
            "UserConfirmed": False,
            "CodeDeliveryDetails": {"Destination": EMAIL, "DeliveryMedium": "EMAIL"},
        },
        ClientId=CLIENT,
        Username=EMAIL,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": EMAIL}, {"Name": "name", "Value": "Ada"}],
    )

    response = http.post("/v1/auth/signup", json={**BODIES["signup"], "email": "  Ada@Example.COM "})

    assert response.status_code == 201
    assert response.json() == {
        "userId": USER_ID,
        "confirmationRequired": True,
        "delivery": {"destination": "a***@e***", "medium": "email"},
    }


def test_confirming(http, cognito):
    cognito.answers("confirm_sign_up", {}, ClientId=CLIENT, Username=EMAIL, ConfirmationCode="123456")

    response = http.post("/v1/auth/confirm", json=BODIES["confirm"])

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("code", ["123 456", " 123456\n", "123\u00a0456", "1 2 3 4 5 6", "\t123456"])
def test_blanks_in_a_code_are_left_out(http, cognito, ada, code):
    confirmed = {"ClientId": CLIENT, "Username": EMAIL, "ConfirmationCode": "123456"}
    cognito.answers("confirm_sign_up", {}, **confirmed)
    cognito.answers("confirm_forgot_password", {}, **confirmed, Password=PASSWORD)
    cognito.knows(EMAIL, pool_user())
    cognito.signs_out()

    confirming = http.post("/v1/auth/confirm", json={**BODIES["confirm"], "code": code})
    resetting = http.post("/v1/auth/reset-password", json={**BODIES["reset-password"], "code": code})

    assert (confirming.status_code, resetting.status_code) == (204, 204)


@pytest.mark.parametrize(
    ("path", "request_of"),
    [
        ("login", {"json": BODIES["login"]}),
        ("token", {"data": {"username": EMAIL, "password": PASSWORD}}),
        ("token", {"data": {"username": " ADA@example.com", "password": PASSWORD, "grant_type": "password"}}),
    ],
)
def test_logging_in(http, cognito, path, request_of):
    cognito.answers("initiate_auth", {"AuthenticationResult": TOKENS}, **LOGIN)

    response = http.post(f"/v1/auth/{path}", **request_of)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {
        "access_token": "access",
        "id_token": "id",
        "refresh_token": "refresh",
        "token_type": "Bearer",
        "expires_in": 3600,
    }


def test_refreshing_answers_the_token_given_where_there_is_no_new_one(http, cognito):
    result = {key: value for key, value in TOKENS.items() if key != "RefreshToken"}
    cognito.answers(
        "get_tokens_from_refresh_token",
        {"AuthenticationResult": result},
        ClientId=CLIENT,
        RefreshToken="given",
    )

    response = http.post("/v1/auth/refresh", json={"refresh_token": "given"})

    assert response.json()["refresh_token"] == "given"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("name", "client_id"), [("app", CLIENT), ("site", SITE_CLIENT)])
def test_a_session_is_of_the_client_that_is_named(http, cognito, name, client_id):
    cognito.answers("initiate_auth", {"AuthenticationResult": TOKENS}, **{**LOGIN, "ClientId": client_id})
    cognito.answers("initiate_auth", {"AuthenticationResult": TOKENS}, **{**LOGIN, "ClientId": client_id})
    cognito.answers(
        "get_tokens_from_refresh_token",
        {"AuthenticationResult": TOKENS},
        ClientId=client_id,
        RefreshToken="refresh",
    )

    answers = [
        http.post("/v1/auth/login", json={**BODIES["login"], "client": name}),
        http.post("/v1/auth/token", data={"username": EMAIL, "password": PASSWORD, "client": name}),
        http.post("/v1/auth/refresh", json={**BODIES["refresh"], "client": name}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_a_refresh_token_of_the_other_client_is_refused_like_an_invalid_one(http, cognito):
    cognito.refuses("get_tokens_from_refresh_token", "NotAuthorizedException")

    answer = http.post("/v1/auth/refresh", json={**BODIES["refresh"], "client": "site"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_refresh_token"
    assert "not at this client" in answer.json()["detail"]


@pytest.mark.parametrize("client", ["", "App", "web", None, 1, ["app"], {"app": 1}])
def test_a_client_that_there_is_not_is_an_invalid_field(http, client):
    for path in ("login", "refresh"):
        answer = http.post(f"/v1/auth/{path}", json={**BODIES[path], "client": client})

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/client")


def test_a_client_that_there_is_not_is_an_invalid_field_of_the_form(http):
    answer = http.post("/v1/auth/token", data={"username": EMAIL, "password": PASSWORD, "client": "web"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/client")


def test_logging_out_revokes_the_refresh_token_at_the_client_that_it_is_of(http, cognito):
    cognito.answers("revoke_token", {}, ClientId=CLIENT, Token="refresh")
    cognito.answers("revoke_token", {}, ClientId=SITE_CLIENT, Token="refresh")

    assert http.post("/v1/auth/logout", json=BODIES["logout"]).status_code == 204


def test_logging_out_with_an_unknown_token_is_as_good(http, cognito):
    cognito.refuses("revoke_token", "NotAuthorizedException")
    cognito.refuses("revoke_token", "UnauthorizedException")

    assert http.post("/v1/auth/logout", json=BODIES["logout"]).status_code == 204


def test_resetting_the_password(http, cognito, ada):
    cognito.answers(
        "confirm_forgot_password",
        {},
        ClientId=CLIENT,
        Username=EMAIL,
        ConfirmationCode="654321",
        Password=PASSWORD,
    )
    cognito.knows(EMAIL, pool_user())
    cognito.signs_out()

    assert http.post("/v1/auth/reset-password", json=BODIES["reset-password"]).status_code == 204


@pytest.mark.parametrize(
    ("path", "operation", "known", "unknown"),
    [
        ("resend", "resend_confirmation_code", "InvalidParameterException", "UserNotFoundException"),
        ("resend", "resend_confirmation_code", "LimitExceededException", None),
        ("resend", "resend_confirmation_code", None, "UserNotFoundException"),
        ("forgot-password", "forgot_password", "NotAuthorizedException", "UserNotFoundException"),
        ("forgot-password", "forgot_password", "LimitExceededException", None),
        ("forgot-password", "forgot_password", None, "UserNotFoundException"),
        ("login", "initiate_auth", "NotAuthorizedException", "UserNotFoundException"),
        ("login", "initiate_auth", "UserNotConfirmedException", "NotAuthorizedException"),
        ("login", "initiate_auth", "PasswordResetRequiredException", "NotAuthorizedException"),
        ("confirm", "confirm_sign_up", "CodeMismatchException", "UserNotFoundException"),
        ("confirm", "confirm_sign_up", "NotAuthorizedException", "CodeMismatchException"),
        ("reset-password", "confirm_forgot_password", "ExpiredCodeException", "UserNotFoundException"),
    ],
)
def test_known_and_unknown_addresses_get_one_answer_for_one_call_each(
    http, cognito, path, operation, known, unknown
):
    """One call each: none is answered faster for asking Cognito less. `None`: Cognito is content."""
    answers = []
    for outcome in (known, unknown):
        if outcome is None:
            cognito.answers(operation, {}, ClientId=CLIENT, Username=EMAIL)
        else:
            cognito.refuses(operation, outcome)
        answers.append(answer_of(http.post(f"/v1/auth/{path}", json=BODIES[path])))

    assert answers[0] == answers[1]


def test_asking_for_a_code_tells_nothing(http, cognito):
    cognito.answers("forgot_password", {}, ClientId=CLIENT, Username=EMAIL)

    response = http.post("/v1/auth/forgot-password", json={"email": EMAIL})

    assert response.status_code == 202
    assert response.json() == {"detail": "If there is such an account, a code is on its way."}


def test_a_wrong_login_names_the_scheme_and_must_not_be_stored(http, cognito):
    cognito.refuses("initiate_auth", "NotAuthorizedException")

    response = http.post("/v1/auth/login", json=BODIES["login"])

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "change", "pointer"),
    [
        ("signup", {"email": "ada"}, "/email"),
        ("signup", {"email": "ada@example"}, "/email"),
        ("signup", {"email": "a@b@example.com"}, "/email"),
        ("signup", {"email": "a da@example.com"}, "/email"),
        ("signup", {"email": "ada@example.com\r\nBcc: x@example.com"}, "/email"),
        ("signup", {"email": "ad\u200ba@example.com"}, "/email"),
        ("signup", {"email": "a\x00@example.com"}, "/email"),
        ("signup", {"email": "Ada <ada@example.com>"}, "/email"),
        ("signup", {"email": "ada@exa..mple.com"}, "/email"),
        ("signup", {"email": "ada@-example.com"}, "/email"),
        ("signup", {"email": "a" * 117 + "@example.com"}, "/email"),
        ("signup", {"email": ["ada@example.com"]}, "/email"),
        ("signup", {"password": ""}, "/password"),
        ("signup", {"password": "x" * 257}, "/password"),
        ("signup", {"password": "secret\x00word"}, "/password"),
        ("signup", {"password": 123456789012}, "/password"),
        ("signup", {"name": " "}, "/name"),
        ("signup", {"name": "x" * 101}, "/name"),
        ("signup", {"name": "Ada\nLovelace"}, "/name"),
        ("signup", {"role": "admin"}, "/role"),
        ("signup", {"name": "\u200b\u3164"}, "/name"),
        ("confirm", {"code": "12-34"}, "/code"),
        ("confirm", {"code": " "}, "/code"),
        ("confirm", {"code": ""}, "/code"),
        ("confirm", {"code": "1" * 17}, "/code"),
        ("confirm", {"code": "\uff11\uff12\uff13"}, "/code"),
        ("resend", {"email": None}, "/email"),
        ("refresh", {"refresh_token": "x" * 8193}, "/refresh_token"),
        ("refresh", {"refresh_token": ""}, "/refresh_token"),
        ("refresh", {"refreshToken": "x"}, "/refreshToken"),
        ("logout", {"refresh_token": "a b"}, "/refresh_token"),
    ],
)
def test_malformed_fields_never_reach_cognito_and_are_not_echoed(http, path, change, pointer):
    response = http.post(f"/v1/auth/{path}", json={**BODIES[path], **change})

    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    ours = response.text.replace(pointer, "").replace(response.json()["requestId"], "")
    for value in change.values():
        assert not (isinstance(value, str) and value.strip() and value in ours)


@pytest.mark.parametrize(
    ("email", "known_as"),
    [
        ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example"),
        ("o'hara+todo@mail.example.co.uk", "o'hara+todo@mail.example.co.uk"),
        ("иван@пример.рф", "иван@xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_unusual_addresses_are_left_to_cognito(http, cognito, email, known_as):
    cognito.answers("forgot_password", {}, ClientId=CLIENT, Username=known_as)

    assert http.post("/v1/auth/forgot-password", json={"email": email}).status_code == 202


FORMS = ["ada@faß.example", "Ada@FAß.example", "ada@xn--fa-hia.example", "ADA@XN--FA-HIA.EXAMPLE"]


@pytest.mark.parametrize("email", FORMS)
def test_every_form_of_an_address_asks_for_one_account(http, cognito, email):
    known_as = "ada@xn--fa-hia.example"
    attributes = [{"Name": "email", "Value": known_as}]
    made = {"UserSub": USER_ID, "UserConfirmed": True}
    new = {"ClientId": CLIENT, "Username": known_as, "Password": PASSWORD, "UserAttributes": attributes}
    parameters = {"USERNAME": known_as, "PASSWORD": PASSWORD}
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.answers("sign_up", made, **new)
    cognito.answers("confirm_sign_up", {}, ClientId=CLIENT, Username=known_as, ConfirmationCode="123456")
    cognito.answers("resend_confirmation_code", {}, ClientId=CLIENT, Username=known_as)
    cognito.answers(
        "initiate_auth", {"AuthenticationResult": TOKENS}, **{**LOGIN, "AuthParameters": parameters}
    )

    bodies = {
        "signup": {"password": PASSWORD},
        "confirm": {"code": "123456"},
        "resend": {},
        "login": {"password": PASSWORD},
    }
    for path, rest in bodies.items():
        assert http.post(f"/v1/auth/{path}", json={"email": email, **rest}).status_code < 300


@pytest.mark.parametrize(
    "email",
    [
        "jürgen@example.com",
        "ada@my_domain.example",
        "ada@example.com.",
        "ada@faß.example.",
        "ada@192.168.0.10",
        "a..da@example.com",
        f"ada@{'ü' * 39}.{'ü' * 39}.{'ü' * 39}.de",
    ],
)
def test_an_address_that_no_mail_reaches_cannot_sign_up(http, email):
    response = http.post("/v1/auth/signup", json={"email": email, "password": PASSWORD})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/email", "email_format")


@pytest.mark.parametrize("password", [f" {PASSWORD}", f"{PASSWORD} ", f"{PASSWORD}\n", f"\t{PASSWORD}", " "])
@pytest.mark.parametrize(
    ("path", "rest"), [("signup", {"email": EMAIL}), ("reset-password", {"email": EMAIL, "code": "123456"})]
)
def test_a_new_password_begins_and_ends_with_no_blank(http, path, rest, password):
    response = http.post(f"/v1/auth/{path}", json={**rest, "password": password})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/password", "password_policy")


@pytest.mark.parametrize("password", [" spaces count ", "🔑" * 256, "\ttab\n"])
def test_a_password_is_passed_on_untouched(http, cognito, password):
    expected = {**LOGIN, "AuthParameters": {"USERNAME": EMAIL, "PASSWORD": password}}
    cognito.answers("initiate_auth", {"AuthenticationResult": TOKENS}, **expected)

    assert http.post("/v1/auth/login", json={"email": EMAIL, "password": password}).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"username": "no address", "password": PASSWORD},
        {"username": EMAIL, "password": "x" * 257},
        {"username": EMAIL, "password": "nul\x00"},
    ],
)
def test_a_form_that_no_account_can_match_is_a_wrong_login(http, form):
    response = http.post("/v1/auth/token", data=form)

    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")
    assert "input_value" not in response.text


@pytest.mark.parametrize(
    "form", ["", "username=a%40example.com", "grant_type=client_credentials&username=a&password=hunter2"]
)
def test_a_form_that_is_no_password_grant_is_invalid_and_not_echoed(http, form):
    response = http.post("/v1/auth/token", content=form, headers=FORM)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in response.text
    assert "client_credentials" not in response.text


def test_the_public_paths_are_the_routes_that_need_no_token(app, http):
    routes = {path for path in app.openapi()["paths"] if path.startswith("/v1/auth/")}

    assert routes - PUBLIC_PATHS == {"/v1/auth/logout-all"}
    assert routes >= PUBLIC_PATHS
    assert http.post("/v1/auth/logout-all").status_code == 401


def test_logging_out_everywhere(bearing, cognito, ada, users, clock):
    cognito.signs_out()

    assert bearing(USER_ID).post("/v1/auth/logout-all").status_code == 204

    assert users.get(USER_ID).tokens_valid_after == int(clock())


def test_my_account(bearing, ada):
    response = bearing(f"{USER_ID}.writers.admin").get("/v1/users/me")

    assert response.json() == {
        "id": USER_ID,
        "email": EMAIL,
        "name": "Ada",
        "phone": None,
        "locale": None,
        "timeZone": None,
        "groups": ["admin", "writers"],
        "usage": {"todos": 0, "maxTodos": 10_000},
        "createdAt": response.json()["createdAt"],
        "updatedAt": response.json()["updatedAt"],
    }
    assert response.json()["createdAt"].endswith("Z")
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_a_merge_patch_sets_what_it_names_clears_null_and_leaves_the_rest(bearing, ada, users):
    client = bearing(USER_ID)
    profile = {"name": "Ada King", "phone": "+442079460000", "locale": "en-GB", "timeZone": "Europe/London"}

    assert client.patch("/v1/users/me", json=profile).json().items() >= profile.items()
    changed = client.patch("/v1/users/me", json={"phone": None, "timeZone": "Asia/Tokyo"}).json()

    expected = {**profile, "phone": None, "timeZone": "Asia/Tokyo"}
    assert changed.items() >= expected.items()
    assert client.get("/v1/users/me").json().items() >= expected.items()


def test_an_empty_patch_changes_nothing(bearing, ada, users):
    response = bearing(USER_ID).patch("/v1/users/me", json={})

    assert response.status_code == 200
    assert users.get(USER_ID) == ada


def test_a_patch_may_call_itself_a_merge_patch(bearing, ada, users):
    headers = {"Content-Type": "application/merge-patch+json"}

    assert (
        bearing(USER_ID).patch("/v1/users/me", content=b'{"name": null}', headers=headers).status_code == 200
    )
    assert users.get(USER_ID).name is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "x" * 101),
        ("name", "Ada\x07"),
        ("phone", "0207 946 0000"),
        ("phone", "+0123456789"),
        ("phone", "+123456"),
        ("phone", "+1234567890123456"),
        ("phone", "+٤٤٢٠٧٩٤٦٠٠٠٠"),
        ("locale", "english"),
        ("locale", "en_GB"),
        ("locale", "e"),
        ("locale", "en-" + "x" * 40),
        ("timeZone", "Europe/Atlantis"),
        ("timeZone", "europe/london"),
        ("timeZone", "../../etc/passwd"),
        ("timeZone", "/etc/localtime"),
        ("timeZone", "Europe"),
        ("timeZone", ""),
        ("timeZone", "Europe/London\x00"),
        ("email", "eve@example.com"),
        ("id", "another"),
        ("status", "active"),
        ("groups", ["admin"]),
        ("usage", {"todos": 0}),
        ("todoCount", 0),
        ("time_zone", "Europe/London\n"),
    ],
)
def test_what_is_not_a_profile_is_refused(bearing, ada, users, field, value):
    response = bearing(USER_ID).patch("/v1/users/me", json={field: value})

    assert response.status_code == 422
    assert users.get(USER_ID) == ada


@pytest.mark.parametrize("body", [b"null", b"[]", b'"name"', b"7", b""])
def test_a_patch_that_is_no_object_is_refused(bearing, ada, users, body):
    headers = {"Content-Type": "application/json"}

    assert bearing(USER_ID).patch("/v1/users/me", content=body, headers=headers).status_code in (400, 422)
    assert users.get(USER_ID) == ada


@pytest.mark.parametrize(
    "field_value",
    [
        ("locale", "en"),
        ("locale", "zh-Hant-TW"),
        ("locale", "es-419"),
        ("locale", "de-CH-1996"),
        ("locale", "gsw"),
        ("timeZone", "UTC"),
        ("timeZone", "America/Argentina/Buenos_Aires"),
        ("timeZone", "Etc/GMT+12"),
        ("timeZone", "Asia/Calcutta"),
        ("phone", "+1234567"),
        ("phone", "+123456789012345"),
        ("name", "x" * 100),
        ("name", "👩‍👩‍👧 Zoë"),
    ],
)
def test_what_is_a_profile_is_kept(bearing, ada, field_value):
    field, value = field_value

    response = bearing(USER_ID).patch("/v1/users/me", json={field: value})

    assert (response.status_code, response.json().get(field)) == (200, value)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Ada\u202egnp.exe", "Adagnp.exe"),
        ("\u2066Ada\u2069 Lovelace", "Ada Lovelace"),
        ("Ada\x9b2J", "Ada 2J"),
        ("نادية", "نادية"),
        ("A\u200fB", "A\u200fB"),
    ],
    ids=ascii,
)
def test_a_name_is_cleaned_as_one_by_an_sdk_is(bearing, ada, users, sent, kept):
    response = bearing(USER_ID).patch("/v1/users/me", json={"name": sent})

    assert (response.status_code, response.json()["name"]) == (200, kept)
    assert users.get(USER_ID).name == kept


def test_changing_the_password_uses_the_callers_own_token(bearing, ada, cognito):
    cognito.answers(
        "change_password",
        {},
        AccessToken=USER_ID,
        PreviousPassword=PASSWORD,
        ProposedPassword="Battery-Staple-8",
    )
    body = {"currentPassword": PASSWORD, "newPassword": "Battery-Staple-8"}

    assert bearing(USER_ID).post("/v1/users/me/password", json=body).status_code == 204


def test_a_wrong_current_password_does_not_look_like_an_expired_token(bearing, ada, cognito):
    cognito.refuses("change_password", "NotAuthorizedException")
    cognito.refuses("initiate_auth", "NotAuthorizedException")
    body = {"currentPassword": "wrong", "newPassword": "Battery-Staple-8"}

    response = bearing(USER_ID).post("/v1/users/me/password", json=body)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/currentPassword"]


ADMIN_REQUESTS = [
    ("GET", f"/v1/admin/users/{USER_ID}"),
    ("POST", f"/v1/admin/users/{USER_ID}/disable"),
    ("POST", f"/v1/admin/users/{USER_ID}/enable"),
]


@pytest.mark.parametrize(("method", "path"), ADMIN_REQUESTS)
@pytest.mark.parametrize(
    "group", ["", "Admin", "admins", "admin~", "~admin", "administrators", "ADMIN", "ad.min"]
)
def test_only_the_group_admin_administrates(bearing, ada, users, method, path, group):
    response = bearing(f"{USER_ID}.{group}").request(method, path)

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert users.get(USER_ID) == ada


@pytest.mark.parametrize(("method", "path"), ADMIN_REQUESTS)
def test_a_disabled_administrator_is_none(bearing, users, ada, method, path):
    users.create(User(id="root", email="root@example.com", status="disabled"))

    assert bearing("root.admin").request(method, path).status_code == 401
    assert users.get(USER_ID) == ada


def test_an_administrator_sees_an_account(bearing, users, ada):
    users.create(User(id="root", email="root@example.com"))

    body = bearing("root.admin").get(f"/v1/admin/users/{USER_ID}").json()

    assert (body["id"], body["email"], body["status"]) == (USER_ID, EMAIL, "active")
    assert "groups" not in body


def test_an_administrator_locks_an_account_out_and_in(bearing, users, ada, cognito):
    users.create(User(id="root", email="root@example.com"))
    root = bearing("root.admin")
    cognito.answers("admin_disable_user", {}, UserPoolId=POOL, Username=USER_ID)
    cognito.signs_out()
    cognito.answers("admin_enable_user", {}, UserPoolId=POOL, Username=USER_ID)

    assert root.post(f"/v1/admin/users/{USER_ID}/disable").json()["status"] == "disabled"
    assert bearing(USER_ID).get("/v1/users/me").status_code == 401
    assert root.post(f"/v1/admin/users/{USER_ID}/enable").json()["status"] == "active"


def test_an_unknown_account_is_not_found(bearing, users, cognito):
    users.create(User(id="root", email="root@example.com"))
    cognito.refuses("admin_get_user", "UserNotFoundException")

    assert bearing("root.admin").get("/v1/admin/users/unknown").status_code == 404


@pytest.mark.parametrize("user_id", ["x" * 65, "a%20b", "%00", "..%2f", "a.b", "ü"])
def test_a_malformed_id_causes_no_lookup(bearing, users, user_id):
    users.create(User(id="root", email="root@example.com"))

    assert bearing("root.admin").get(f"/v1/admin/users/{user_id}").status_code in (404, 422)


def test_no_secret_reaches_the_log(http, bearing, ada, cognito, app_log):
    code = "Z1Y2X3W4V5U6T7S8"  # what no id and no moment of a log record can spell
    bodies = {**BODIES, "confirm": {"email": EMAIL, "code": code}}
    cognito.answers(
        "initiate_auth", {"AuthenticationResult": {**TOKENS, "AccessToken": "s3cr3t-access"}}, **LOGIN
    )
    cognito.refuses("initiate_auth", "InvalidParameterException", message=f"Value '{PASSWORD}' at 'password'")
    cognito.refuses("forgot_password", "LimitExceededException", message=EMAIL)
    cognito.refuses("confirm_sign_up", "CodeMismatchException", message=f"{EMAIL} {code}")
    cognito.refuses("admin_get_user", "UserNotFoundException", message=EMAIL)
    cognito.refuses("sign_up", "InternalErrorException", 500, message=f"{EMAIL} {PASSWORD}")
    cognito.refuses("change_password", "NotAuthorizedException", message=PASSWORD)

    http.post("/v1/auth/login", json=BODIES["login"])
    for path in ("login", "forgot-password", "confirm", "signup"):
        http.post(f"/v1/auth/{path}", json=bodies[path])
    bearing(USER_ID).post(
        "/v1/users/me/password", json={"currentPassword": PASSWORD, "newPassword": PASSWORD}
    )

    written = app_log.text + "".join(str(vars(record)) for record in app_log.records)
    assert "InvalidParameterException" in written
    for secret in (EMAIL, PASSWORD, "s3cr3t-access", code):
        assert secret not in written
