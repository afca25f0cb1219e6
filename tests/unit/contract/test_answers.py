"""The declared answers: header fields, refusals of the gateway, security; and that the application keeps to them."""

import pytest

from support.contract import DOCUMENT, operations

OPERATIONS = operations()
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=[o.id for o in OPERATIONS])
GATEWAY = {"schema": {"$ref": "#/components/schemas/GatewayRefusal"}}
BY_STATUS = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After", "412": "ETag"}


def headers(operation, status):
    return set(operation.spec["responses"][status].get("headers", {}))


@every_operation
def test_every_answer_names_its_request(operation):
    for status in operation.spec["responses"]:
        assert "X-Request-Id" in headers(operation, status)


@every_operation
def test_refusals_say_how_to_go_on(operation):
    for status, name in BY_STATUS.items():
        problem = operation.spec["responses"].get(status, {}).get("content", {})
        if "application/problem+json" in problem:
            assert name in headers(operation, status)


@every_operation
def test_the_refusals_of_the_gateway_are_documented(operation):
    answers = operation.spec["responses"]
    for status in ("429", "503") if operation.public else ("401", "403", "429", "503"):
        assert answers[status]["content"]["application/json"] == GATEWAY
    if operation.public and "401" in answers:
        assert "application/json" not in answers["401"]["content"]


@every_operation
def test_reads_of_a_user_say_whether_they_came_from_the_cache(operation):
    if operation.method == "get" and not operation.public:
        assert all("X-Cache" in headers(operation, status) for status in operation.spec["responses"])


@every_operation
def test_lists_lead_on_and_repeatable_creations_say_so(operation):
    names = {parameter["name"] for parameter in operation.spec.get("parameters", [])}
    if "cursor" in names and operation.path != "/v1/users/me/export":  # no list: it has no `Link`
        assert "Link" in headers(operation, "200")
    if "Idempotency-Key" in names:
        assert {"Location", "Idempotency-Replayed"} <= headers(operation, "201")


@every_operation
def test_todos_have_etags(operation):
    schema = {"$ref": "#/components/schemas/TodoOut"}
    for status, answer in operation.spec["responses"].items():
        if answer.get("content", {}).get("application/json", {}).get("schema") == schema:
            assert "ETag" in headers(operation, status)


@every_operation
def test_security_is_stated_for_every_route(operation):
    assert operation.spec["security"] == ([] if operation.public else [{"Bearer": []}, {"Cognito": []}])


def test_every_header_of_an_answer_is_described():
    for field in DOCUMENT["components"]["headers"].values():
        assert field["description"]
        assert field["schema"]["examples"]


def test_the_schemes_know_no_client_secret():
    assert DOCUMENT["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"
    grant = DOCUMENT["components"]["schemas"]["PasswordGrant"]["properties"]
    assert set(grant) == {"username", "password", "grant_type", "client"}


def test_the_document_introduces_itself():
    used = {tag for operation in OPERATIONS for tag in operation.spec["tags"]}

    assert {tag["name"] for tag in DOCUMENT["tags"]} == used
    assert all(tag["description"] for tag in DOCUMENT["tags"])
    assert DOCUMENT["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert DOCUMENT["info"]["contact"]
    assert DOCUMENT["servers"] == [{"url": "/"}]


@pytest.mark.parametrize(
    "rule",
    [
        "composed form (NFC)",
        "invisible characters",
        "surrogate",
        "1900-01-01",
        "leap second",
        "top-level",
        "NUL",
    ],
)
def test_the_document_states_the_rules_that_no_schema_can(rule):
    assert rule in DOCUMENT["info"]["description"]


@every_operation
def test_every_route_is_described(operation):
    assert operation.spec["description"]
