"""The demands of RFC 9110 on every resource: HEAD, `Allow`, lists of entity tags."""

import logging

import pytest

from app.logs import JsonFormatter
from support.contract import operations

NEW_ID = "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a"
READABLE = [
    "/v1/todos",
    "/v1/todos?q=x&limit=3",
    f"/v1/todos/{NEW_ID}",
    "/v1/todos/7",
    "/v1/users/me",
    "/v1/nothing",
    "/healthz",
    "/docs",
    "/docs/assets/swagger-ui.css",
    "/openapi.json",
]
VARYING = {"x-request-id"}


@pytest.fixture
def todo(client):
    return client.put(f"/v1/todos/{NEW_ID}", json={"title": "Water the plants"}).json()


@pytest.mark.parametrize("path", READABLE)
def test_head_is_get_without_the_body(client, todo, path):
    got, asked = client.get(path), client.head(path)

    assert asked.status_code == got.status_code
    assert asked.content == b""
    headers = [
        {name: value for name, value in r.headers.items() if name not in VARYING} for r in (got, asked)
    ]
    assert headers[0] == headers[1]
    assert int(asked.headers["Content-Length"]) == len(got.content) > 0


def test_a_refusal_of_head_has_no_body_either(anonymous, app, client):
    refused = anonymous.head("/v1/todos")
    app.state.container.todos = None  # every use of it is a crash
    crashed = client.head("/v1/todos")

    assert (refused.status_code, refused.content) == (401, b"")
    assert refused.headers["WWW-Authenticate"]
    assert (crashed.status_code, crashed.content) == (500, b"")


def test_head_is_conditional_like_get(client, todo):
    response = client.head(f"/v1/todos/{NEW_ID}", headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.headers["ETag"] == '"1"'


def test_head_is_logged_as_such_with_its_route(client, todo, caplog):
    caplog.set_level(logging.INFO, logger="app")
    caplog.handler.setFormatter(JsonFormatter())
    caplog.clear()

    client.head(f"/v1/todos/{NEW_ID}")

    (entry,) = [record.fields for record in caplog.records if record.getMessage() == "request"]
    assert (entry["method"], entry["route"], entry["status"]) == ("HEAD", "/v1/todos/{id}", 200)


def test_a_browser_may_send_head_to_another_origin(anonymous):
    headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "HEAD"}

    assert anonymous.options("/v1/todos", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("HEAD", "/v1/todos/import", "POST"),
        ("GET", "/v1/todos/import", "POST"),
        ("DELETE", "/v1/todos/import", "POST"),
        ("OPTIONS", "/v1/todos/import", "POST"),
        ("GET", "/v1/admin/dead-letters/redrive", "POST"),
        ("DELETE", "/v1/admin/dead-letters/redrive", "POST"),
        ("PUT", "/v1/todos", "GET, HEAD, POST"),
        ("POST", f"/v1/todos/{NEW_ID}", "DELETE, GET, HEAD, PATCH, PUT"),
        ("TRACE", "/v1/users/me", "DELETE, GET, HEAD, PATCH"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
        ("POST", "/docs/assets/swagger-ui.css", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
def test_a_path_says_which_methods_it_has(client, method, path, allowed):
    headers = {"Authorization": "Bearer admin"}

    response = client.request(method, path, headers=headers)

    assert response.status_code == 405
    assert response.headers["Allow"] == allowed
    if method != "HEAD":
        assert response.json()["code"] == "method_not_allowed"


DOCUMENTED: dict[str, set[str]] = {}
for operation in operations():
    DOCUMENTED.setdefault(operation.path, set()).add(operation.method.upper())


@pytest.mark.parametrize("path", DOCUMENTED)
def test_allow_lists_what_the_contract_documents(client, path):
    response = client.request(
        "TRACE", path.replace("{id}", NEW_ID), headers={"Authorization": "Bearer admin"}
    )

    assert response.status_code == 405
    expected = DOCUMENTED[path] | ({"HEAD"} if "GET" in DOCUMENTED[path] else set())
    assert set(response.headers["Allow"].split(", ")) == expected


class TestEntityTags:
    @pytest.mark.parametrize(
        "tags",
        [
            '"a,b", , "1"',
            '"1",',
            ',"1"',
            '"a,b", , W/"3", "1"',
            '"a", W/"1", "1"',
            '\t"1"\t,\t"x"',
            '"ü", "1"',
        ],
    )
    def test_a_list_may_have_commas_in_tags_and_empty_elements(self, client, todo, tags):
        response = client.patch(
            f"/v1/todos/{NEW_ID}", json={"title": "New"}, headers={"If-Match": tags.encode("latin-1")}
        )

        assert response.status_code == 200

    def test_a_list_may_be_long_and_come_in_several_lines(self, client, todo):
        lines = [("If-None-Match", ", ".join(f'"{line}-{tag}"' for tag in range(60))) for line in range(3)]

        response = client.get(f"/v1/todos/{NEW_ID}", headers=[*lines, ("If-None-Match", '"1"')])

        assert response.status_code == 304

    @pytest.mark.parametrize("tags", ["*", '"1"', 'W/"1"', '"7", "1"'])
    def test_a_deletion_honours_if_none_match(self, client, todo, tags):
        """RFC 9110, 13.1.2: the condition is false, so the method must not be performed."""
        refused = client.delete(f"/v1/todos/{NEW_ID}", headers={"If-None-Match": tags})

        assert refused.status_code == 412
        assert client.get(f"/v1/todos/{NEW_ID}").status_code == 200
        assert client.delete(f"/v1/todos/{NEW_ID}", headers={"If-None-Match": '"7"'}).status_code == 204

    @pytest.mark.parametrize("key", ["a b", "k" * 256])
    def test_an_invalid_header_is_named(self, client, key):
        response = client.post("/v1/todos", json={"title": "x"}, headers={"Idempotency-Key": key})

        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == ["Idempotency-Key"]

    @pytest.mark.parametrize("tags", ['"a,b", , W/"3"', '"1,2"', "", " , "])
    def test_a_list_without_the_tag_does_not_match(self, client, todo, tags):
        response = client.patch(f"/v1/todos/{NEW_ID}", json={"title": "New"}, headers={"If-Match": tags})

        assert response.status_code == 412

    @pytest.mark.parametrize(
        "tags", ["1", '"1', '1"', '"a" "b"', 'w/"1"', '*, "1"', '"a", b', '"a";', '" "', "," * 99 + "x"]
    )
    def test_what_is_no_list_of_tags_is_malformed(self, client, todo, tags):
        response = client.get(f"/v1/todos/{NEW_ID}", headers={"If-None-Match": tags})

        assert response.status_code == 400
        assert response.json()["code"] == "malformed_etag"

    @pytest.mark.parametrize("lines", [['"a,b"', '"1"'], ['"1"', '"a"'], ["", 'W/"1"']])
    def test_a_list_may_stand_in_several_lines(self, client, todo, lines):
        headers = [("If-None-Match", line) for line in lines]

        assert client.get(f"/v1/todos/{NEW_ID}", headers=headers).status_code == 304
        assert client.put(f"/v1/todos/{NEW_ID}", json={"title": "x"}, headers=headers).status_code == 412

    def test_several_lines_are_one_condition_of_a_change(self, client, todo):
        headers = [("If-Match", '"7"'), ("If-Match", '"1"')]

        assert client.delete(f"/v1/todos/{NEW_ID}", headers=headers).status_code == 204
