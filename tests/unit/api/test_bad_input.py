"""Bad input of each kind: a clear 4xx problem that quotes none of it, and nothing is stored."""

import json

import pytest

MARKER = "mArKeR-7f3a"
JSON = {"Content-Type": "application/json"}


def assert_problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["instance"] == response.request.url.path
    assert problem["requestId"] == response.headers["X-Request-Id"]
    assert problem["type"] == f"urn:problem:{problem['code']}"
    assert MARKER not in response.text
    return problem


@pytest.mark.parametrize(
    "body",
    [
        b'{"title": NaN}',
        b'{"title": "mArKeR-7f3a", "priority": Infinity}',
        b'{"title": "mArKeR-7f3a\\ud800"}',
        b'{"title": "\\udc00 mArKeR-7f3a"}',
        b'{"title": "mArKeR-7f3a\xff"}',
        b'{"title": ' + b"9" * 5000 + b"}",
        b'{"title": "mArKeR-7f3a"',
        b"mArKeR-7f3a",
        b"[" * 100_000,
        b'{"title":' * 20_000 + b"1" + b"}" * 20_000,
        b'\xef\xbb\xbf\xef\xbb\xbf{"title": "mArKeR-7f3a"}',
        b"\xef\xbb\xbf",
        '\ufeff{"title": "mArKeR-7f3a"}'.encode("utf-16"),
        b"\x00",
    ],
)
def test_a_body_that_is_not_json_is_malformed(client, body):
    assert_problem(client.post("/v1/todos", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/title", "required"),
        ({"title": ""}, "/title", "too_short"),
        ({"title": " \u2003 "}, "/title", "blank"),
        ({"title": "\u200b\u2060\u3164"}, "/title", "blank"),
        ({"title": "x", "tags": ["ok", "\u200d"]}, "/tags/1", "blank"),
        ({"title": "x", "list": "\u00ad"}, "/list", "blank"),
        ({"title": "x" * 501}, "/title", "too_long"),
        ({"title": f"{MARKER}\x00"}, "/title", "control_character"),
        ({"title": f"{MARKER}\r\nSet-Cookie: x"}, "/title", "control_character"),
        ({"title": 7}, "/title", "type"),
        ({"title": int("9" * 400)}, "/title", "type"),
        ({"title": [MARKER]}, "/title", "type"),
        ({"title": "x", "notes": "x" * 10_001}, "/notes", "too_long"),
        ({"title": "x", "notes": f"{MARKER}\x00"}, "/notes", "control_character"),
        ({"title": "x", "completed": "true"}, "/completed", "type"),
        ({"title": "x", "completed": 1}, "/completed", "type"),
        ({"title": "x", "priority": MARKER}, "/priority", "not_allowed"),
        ({"title": "x", "tags": MARKER}, "/tags", "type"),
        ({"title": "x", "tags": ["ok", MARKER * 10]}, "/tags/1", "too_long"),
        ({"title": "x", "tags": [str(n) for n in range(21)]}, "/tags", "too_many"),
        ({"title": "x", "list": ""}, "/list", "too_short"),
        ({"title": "x", "list": "y" * 101}, "/list", "too_long"),
        ({"title": "x", "dueOn": "2026-02-30"}, "/dueOn", "date_format"),
        ({"title": "x", "dueOn": 20261121}, "/dueOn", "date_format"),
        ({"title": "x", "dueOn": "2026-11-21T00:00:00Z"}, "/dueOn", "date_format"),
        ({"title": "x", "dueAt": "2026-11-21T10:00:00"}, "/dueAt", "date_time_format"),
        ({"title": "x", "dueAt": 1_800_000_000}, "/dueAt", "date_time_format"),
        ({"title": "x", "dueAt": "0001-01-01T00:00:00+14:00"}, "/dueAt", "date_range"),
        ({"title": "x", "dueAt": "9999-12-31T23:59:59-00:01"}, "/dueAt", "date_range"),
        ({"title": "x", "dueAt": "0026-11-29T10:00:00Z"}, "/dueAt", "date_range"),
        ({"title": "x", "dueAt": "1900-01-01T00:00:00+00:01"}, "/dueAt", "date_range"),
        ({"title": "x", "dueAt": "2026-11-21T10:00:00+14:01"}, "/dueAt", "date_time_format"),
        ({"title": "x", "dueAt": "2026-11-21T10:00:00-15:00"}, "/dueAt", "date_time_format"),
        ({"title": "x", "dueAt": "2026-11-21T10:00:00+01:60"}, "/dueAt", "date_time_format"),
        ({"title": "x", "dueOn": "0026-11-29"}, "/dueOn", "date_range"),
        ({"title": "x", "dueOn": "1899-12-31"}, "/dueOn", "date_range"),
        ({"title": "x", "dueOn": "10000-01-01"}, "/dueOn", "date_format"),
        ({"title": "x", "dueAt": f"2026-11-21T10:00:00Z{MARKER}"}, "/dueAt", "date_time_format"),
        ({"title": "x", "dueOn": "2026-11-21", "dueAt": "2026-11-21T10:00:00Z"}, "/dueOn", "due_ambiguous"),
        ({"title": "x", "dueOn": "2026-11-21", "dueAt": "2026-11-21T10:00:00Z"}, "/dueAt", "due_ambiguous"),
        ({"title": "x", "due_on": "2026-11-21"}, "/due_on", "unknown_field"),
        ({"title": "x", "due_at": "2026-11-21T10:00:00Z"}, "/due_at", "unknown_field"),
        ({"title": "x", "id": f"{MARKER}"}, "/id", "format"),
        ({"title": "x", "version": 3}, "/version", "unknown_field"),
        ({"title": "x", "userId": "someone"}, "/userId", "unknown_field"),
        ({"title": "x", f"{MARKER} <script>": 1}, "", "unknown_field"),
        ({"title": "x", f"{MARKER}/x~": 1}, "", "unknown_field"),
        ([MARKER], "", "type"),
        (MARKER, "", "type"),
        (None, "", "type"),
    ],
)
def test_an_invalid_field_is_named_but_not_quoted(client, body, pointer, code):
    problem = assert_problem(client.post("/v1/todos", content=json.dumps(body).encode(), headers=JSON), 422)

    assert problem["code"] == "validation_failed"
    assert {"pointer": pointer, "code": code} in [
        {"pointer": e["pointer"], "code": e["code"]} for e in problem["errors"]
    ]
    assert client.get("/v1/todos").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"title": None}, "/title", "title_required"),
        ({"title": "\u200b"}, "/title", "blank"),
        ({"dueOn": "0026-11-29"}, "/dueOn", "date_range"),
        ({"dueOn": "2026-11-21", "dueAt": "2026-11-21T10:00:00Z"}, "/dueAt", "due_ambiguous"),
        ({"due_on": "2026-11-21"}, "/due_on", "unknown_field"),
    ],
)
def test_an_invalid_change_is_named(client, body, pointer, code):
    todo_id = client.post("/v1/todos", json={"title": "x"}).json()["id"]

    problem = assert_problem(client.patch(f"/v1/todos/{todo_id}", json=body), 422)

    assert (pointer, code) in [(e["pointer"], e["code"]) for e in problem["errors"]]
    assert client.get(f"/v1/todos/{todo_id}").json()["version"] == 1


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"dueOn": "0026-11-29"}, "/todos/1/dueOn", "date_range"),
        ({"createdAt": "0026-11-29T10:00:00Z"}, "/todos/1/createdAt", "date_range"),
        ({"completedAt": "0026-11-29T10:00:00Z"}, "/todos/1/completedAt", "date_range"),
        ({"updatedAt": "0026-11-29T10:00:00Z"}, "/todos/1/updatedAt", "date_range"),
        ({"dueOn": "2026-11-21", "dueAt": "2026-11-21T10:00:00Z"}, "/todos/1/dueAt", "due_ambiguous"),
        ({"title": None}, "/todos/1/title", "type"),
        ({"title": "\u200b"}, "/todos/1/title", "blank"),
        ({"created_at": "2026-11-29T10:00:00Z"}, "/todos/1/created_at", "unknown_field"),
        ({"due_on": "2026-11-29"}, "/todos/1/due_on", "unknown_field"),
        ({"createdAt": None}, "/todos/1/createdAt", "date_time_format"),
    ],
)
def test_an_invalid_import_is_named(client, fields, pointer, code):
    good = {"id": "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a", "title": "x", "createdAt": "2026-11-21T10:00:00Z"}

    problem = assert_problem(client.post("/v1/todos/import", json={"todos": [good, {**good, **fields}]}), 422)

    assert (pointer, code) in [(e["pointer"], e["code"]) for e in problem["errors"]]
    assert client.get("/v1/todos").json()["items"] == []


@pytest.mark.parametrize("body", [{"time_zone": "Europe/London"}, {"name": "\u200b"}])
def test_an_invalid_profile_is_refused(client, body):
    assert_problem(client.patch("/v1/users/me", json=body), 422)


@pytest.mark.parametrize(
    "body", [{"current_password": "x", "new_password": "y"}, {"currentPassword": "x", "new_password": "y"}]
)
def test_a_password_is_changed_by_the_documented_names_only(client, body):
    assert_problem(client.post("/v1/users/me/password", json=body), 422)


def test_the_message_about_one_character_is_in_the_singular(client):
    problem = assert_problem(client.post("/v1/todos", json={"title": ""}), 422)

    assert problem["errors"][0]["message"] == "This needs at least 1 character."


def test_a_byte_order_mark_before_the_body_is_passed_over(client):
    response = client.post("/v1/todos", content=b'\xef\xbb\xbf{"title": "Buy milk"}', headers=JSON)

    assert response.status_code == 201
    assert response.json()["title"] == "Buy milk"


def test_a_code_that_pydantic_has_too_keeps_our_message(client):
    """Short enough in characters, too long in bytes."""
    body = {"name": "\u00df" * 128, "contentType": "text/plain", "size": 1}

    problem = assert_problem(client.post("/v1/files", json=body), 422)

    message = "This may have at most 255 bytes in UTF-8."
    assert problem["errors"] == [{"pointer": "/name", "code": "too_long", "message": message}]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "", "json"]
)
def test_a_body_that_is_not_declared_as_json_is_unsupported(client, content_type):
    response = client.post("/v1/todos", content=b'{"title": "x"}', headers={"Content-Type": content_type})

    assert_problem(response, 415)


def test_a_body_over_the_limit_is_too_large(client):
    body = json.dumps({"title": "x", "notes": MARKER * 100_000}).encode()

    assert_problem(client.post("/v1/todos", content=body, headers=JSON), 413)


def test_an_endless_body_is_cut_off(client):
    chunks = (b'{"title": "' if n == 0 else b"x" * 10_000 for n in range(1000))

    assert_problem(client.post("/v1/todos", content=chunks, headers=JSON), 413)


def test_the_largest_todo_fits_however_it_is_escaped(client):
    body = {
        "title": "😀" * 500,
        "notes": "😀" * 10_000,
        "tags": [f"{n:02}" + "😀" * 48 for n in range(20)],
        "list": "😀" * 100,
    }

    response = client.post("/v1/todos", content=json.dumps(body).encode(), headers=JSON)

    assert response.status_code == 201
    assert response.json()["notes"] == body["notes"]


@pytest.mark.parametrize(
    "query",
    [
        f"limit={MARKER}", "limit=0", "limit=101", "limit=9" + "9" * 400, "limit=1.5", f"sort={MARKER}",
        f"completed={MARKER}", f"dueBefore={MARKER}", "dueBefore=2026-13-01", "dueAfter=2026-11-21T10:00:00",
        f"{MARKER}=1", "q=", "q=" + "x" * 201, "q=%00", "tag=%0d%0aX", f"priority={MARKER}", "cursor=" + "A" * 1025,
        "userId=someone", "due_before=2026-11-21", "dueBefore=0026-11-21", "dueAfter=1899-12-31",
        "dueBefore=0026-11-21T10:00:00Z", "dueAfter=2026-11-21T10:00:00%2B14:01", "q=%E2%80%8B", "tag=%E3%85%A4",
        "list=%C2%AD",
    ],
)  # fmt: skip
def test_an_invalid_parameter_is_refused(client, query):
    problem = assert_problem(client.get(f"/v1/todos?{query}"), 422)

    assert all(error["pointer"].startswith("?") for error in problem["errors"])


@pytest.mark.parametrize("todo_id", [MARKER, "1", "%00", "..%2f..%2fetc", "x" * 5000])
def test_an_id_that_is_no_uuid_is_refused(client, todo_id):
    response = client.get(f"/v1/todos/{todo_id}")

    assert response.status_code in (404, 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_a_malformed_idempotency_key_is_refused(client, key):
    headers = {"Idempotency-Key": key.encode()}

    assert_problem(client.post("/v1/todos", json={"title": "x"}, headers=headers), 422)


def test_unknown_paths_and_methods_are_problems_too(client, anonymous):
    assert_problem(client.get("/v1/nothing"), 404)
    assert_problem(anonymous.get("/nothing"), 404)
    response = client.post("/v1/todos/3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a", json={})
    assert_problem(response, 405)
    assert "PATCH" in response.headers["Allow"]


def test_someone_elses_todo_looks_like_none(client, other):
    theirs = other.post("/v1/todos", json={"title": "secret"}).json()["id"]
    none = "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a"

    for method in ("get", "delete"):
        exists = getattr(client, method)(f"/v1/todos/{theirs}")
        absent = getattr(client, method)(f"/v1/todos/{none}")
        assert_problem(exists, 404)
        hide = lambda r, i: r.text.replace(i, "").replace(r.headers["X-Request-Id"], "")  # noqa: E731
        assert hide(exists, theirs) == hide(absent, none)
    assert other.get(f"/v1/todos/{theirs}").status_code == 200
