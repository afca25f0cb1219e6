"""The API as the deployed function, under its own role: a permission that its code needs and lacks fails here.

The emulator checks every call of a function against the policies of its role.
"""

import json
import re
import uuid

import httpx
import pytest

from app.services.files.service import SINGLE_UPLOAD
from infrastructure.api_function import PASSWORD, Function, administrator, new_user
from support.contract import operations
from support.mail import Mailbox
from support.processes import wait_until


@pytest.fixture(scope="module")
def person(stack) -> tuple[Function, str]:
    """The function with the token of a new user, and the address."""
    return new_user(stack)


def test_the_role_allows_a_life_of_a_todo(person):
    call, _ = person
    created = call("POST", "/v1/todos", {"title": "Allowed"}, **{"idempotency-key": uuid.uuid4().hex})
    path = f"/v1/todos/{json.loads(created['body'])['id']}"

    statuses = [
        created["statusCode"],
        call("GET", path)["statusCode"],
        call("PATCH", path, {"completed": True}, **{"content-type": "application/merge-patch+json"})[
            "statusCode"
        ],
        call("PUT", f"/v1/todos/{uuid.uuid4()}", {"title": "Put"})["statusCode"],
        call("DELETE", path)["statusCode"],
    ]

    assert statuses == [201, 200, 200, 201, 204]


OPERATIONS = {(operation.path, operation.method): operation for operation in operations()}
RESOURCES = [
    path for path, method in OPERATIONS if method == "post" and (f"{path}/{{id}}", "delete") in OPERATIONS
]


@pytest.mark.parametrize("path", RESOURCES)
def test_the_role_allows_a_life_of_every_resource_of_the_contract(person, path):
    """Made of the example, found in the list, then whatever the contract does with one."""
    call, _ = person
    assert call("POST", path, OPERATIONS[path, "post"].example())["statusCode"] == 201
    found = json.loads(call("GET", path)["body"])["items"][0]

    for method in ("get", "put", "patch", "delete"):
        if operation := OPERATIONS.get((f"{path}/{{id}}", method)):
            kind = operation.media_type or "application/json"
            answer = call(
                method.upper(), f"{path}/{found['id']}", operation.example(kind), **{"content-type": kind}
            )
            assert answer["statusCode"] in (200, 204), f"{operation.id}: {answer['body']}"


@pytest.mark.parametrize("query", ["", "sort=due", "completed=false"])
def test_the_role_allows_every_way_to_list(person, query):
    call, _ = person

    assert call("GET", "/v1/todos", query=query)["statusCode"] == 200


def test_the_role_allows_a_following_page(person):
    call, _ = person
    for title in ("one", "two"):
        call("POST", "/v1/todos", {"title": title})

    first = json.loads(call("GET", "/v1/todos", query="limit=1")["body"])
    second = call("GET", "/v1/todos", query=f"limit=1&cursor={first['nextCursor']}")

    assert second["statusCode"] == 200


def test_the_role_allows_a_repeated_and_a_failed_request_with_one_key(person):
    call, _ = person
    key = {"idempotency-key": uuid.uuid4().hex}

    assert call("POST", "/v1/todos", {"title": ""}, **key)["statusCode"] == 422
    assert call("POST", "/v1/todos", {"title": "Once"}, **key)["statusCode"] == 201
    repeated = call("POST", "/v1/todos", {"title": "Once"}, **key)

    assert repeated["headers"]["idempotency-replayed"] == "true"


def test_the_role_allows_to_sync(person):
    call, _ = person
    file = {"name": "a.txt", "contentType": "text/plain", "size": 100}
    assert call("POST", "/v1/files", file)["statusCode"] == 201
    assert call("POST", "/v1/todos", {"title": "Synced"})["statusCode"] == 201

    changes = json.loads(call("GET", "/v1/sync")["body"])["changes"]

    assert {"todo", "profile", "file"} <= {change["type"] for change in changes}


def test_the_role_allows_a_profile(person):
    call, email = person
    changed = call(
        "PATCH", "/v1/users/me", {"name": "Ada"}, **{"content-type": "application/merge-patch+json"}
    )

    assert changed["statusCode"] == 200
    assert json.loads(call("GET", "/v1/users/me")["body"])["email"] == email


def test_the_role_allows_to_change_an_address_and_to_undo_that(stack):
    call, email = new_user(stack)
    new, mailbox = f"{uuid.uuid4().hex}@example.com", Mailbox(stack.endpoint)

    asked = call("POST", "/v1/users/me/email", {"email": new, "password": PASSWORD})
    assert asked["statusCode"] == 202, asked["body"]
    text = mailbox.wait_for(new, "Confirm your new e-mail address")["BodyText"]
    code = re.search(r"^\d{8}$", text, re.MULTILINE)[0]
    assert call("POST", "/v1/users/me/email/confirm", {"code": code})["statusCode"] == 204
    notice = mailbox.wait_for(email, "The e-mail address of your account was changed")["BodyText"]
    link = re.search(r"/undo-email#(\S+)", notice)[1]
    undone = call("POST", "/v1/auth/email-undo", {"token": link})

    assert undone["statusCode"] == 204, undone["body"]
    left = Function(stack)("POST", "/v1/auth/login", {"email": new, "password": PASSWORD})
    assert left["statusCode"] == 401


def test_the_role_allows_to_end_every_session(stack, person):
    call, email = person
    other = Function(stack)
    signed_in = other("POST", "/v1/auth/login", {"email": email, "password": PASSWORD})
    other.token = json.loads(signed_in["body"])["access_token"]

    assert other("POST", "/v1/auth/logout-all")["statusCode"] == 204
    assert other("GET", "/v1/users/me")["statusCode"] == 401

    sign_in(call, email)


def sign_in(call: Function, email: str) -> None:
    signed_in = call("POST", "/v1/auth/login", {"email": email, "password": PASSWORD})
    call.token = json.loads(signed_in["body"])["access_token"]


def test_the_role_allows_what_tells_and_counts_callers(stack, person):
    """The counters, and the key by which the site proves itself: the stranger it speaks for is limited
    and the owner is not."""
    _, email = person
    site, direct = Function(stack), Function(stack)
    proof = {"x-viewer-address": "198.51.100.4", "x-origin-key": origin_key(stack)}

    wrong = [
        site("POST", "/v1/auth/login", {"email": email, "password": "Wrong-Horse-7"}, **proof)["statusCode"]
        for _ in range(11)
    ]

    assert set(wrong) == {401, 429}
    assert direct("POST", "/v1/auth/login", {"email": email, "password": PASSWORD})["statusCode"] == 200


def origin_key(stack) -> str:
    secret = stack.local.physical_id("OriginSecret")
    found = stack.local.aws.client("secretsmanager").get_secret_value(SecretId=secret)
    return json.loads(found["SecretString"])["originKey"]


@pytest.fixture(scope="module")
def admin(stack) -> Function:
    return administrator(stack)


def test_the_role_allows_the_calls_of_an_admin(person, admin):
    call, email = person
    user_id = json.loads(call("GET", "/v1/users/me")["body"])["id"]

    statuses = [
        admin("POST", f"/v1/admin/users/{user_id}/{act}")["statusCode"] for act in ("disable", "enable")
    ]

    assert set(statuses) <= {200, 204}
    sign_in(call, email)


def test_the_role_allows_a_life_of_a_file(person):
    """Presigned forms and links carry the function's permissions, so they are used, too."""
    call, _ = person
    created = call("POST", "/v1/files", {"name": "a.txt", "contentType": "text/plain", "size": 4})
    answer = json.loads(created["body"])
    path, upload = f"/v1/files/{answer['file']['id']}", answer["upload"]
    posted = httpx.post(upload["url"], data=upload["fields"], files={"file": ("a.txt", b"body")}, timeout=60)
    assert posted.status_code == 204, posted.text
    assert wait_until(lambda: json.loads(call("GET", path)["body"])["status"] == "available")

    link = json.loads(call("GET", f"{path}/download")["body"])["url"]

    assert httpx.get(link, timeout=60).content == b"body"
    assert call("GET", "/v1/files")["statusCode"] == 200
    assert call("DELETE", path)["statusCode"] == 204


def test_the_role_allows_a_file_in_parts(person):
    call, _ = person
    large = {"name": "film.mp4", "contentType": "video/mp4", "size": SINGLE_UPLOAD + 1}
    answer = json.loads(call("POST", "/v1/files", large)["body"])
    path = f"/v1/files/{answer['file']['id']}"
    parts = []
    for part in answer["upload"]["parts"]:
        put = httpx.put(part["url"], content=bytes(part["size"]), timeout=60)
        assert put.status_code == 200, put.text
        parts.append({"number": part["number"], "etag": put.headers["ETag"]})

    assert call("POST", f"{path}/complete", {"parts": parts})["statusCode"] == 202
    assert wait_until(lambda: json.loads(call("GET", path)["body"])["status"] == "available")

    unfinished = json.loads(call("POST", "/v1/files", large)["body"])["file"]["id"]
    assert call("DELETE", f"/v1/files/{unfinished}")["statusCode"] == 204


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("users", ""),
        ("users", "email=a&status=active"),
        ("stats", ""),
        ("dead-letters", ""),
        ("alarms", ""),
        ("costs", ""),
        ("audit", ""),
    ],
)
def test_the_role_allows_an_admin_to_look(admin, path, query):
    assert admin("GET", f"/v1/admin/{path}", query=query)["statusCode"] == 200


@pytest.mark.parametrize("queue", ["email", "ingest"])
def test_the_role_allows_an_admin_to_deal_with_dead_letters(stack, admin, queue):
    sqs, url = stack.local.aws.client("sqs"), stack.env[f"{queue.upper()}_DLQ_URL"]
    letters = [sqs.send_message(QueueUrl=url, MessageBody="not json")["MessageId"] for _ in range(2)]

    statuses = [
        admin("POST", f"/v1/admin/dead-letters/{letters[0]}/redrive")["statusCode"],
        admin("DELETE", f"/v1/admin/dead-letters/{letters[1]}")["statusCode"],
        admin("POST", "/v1/admin/dead-letters/redrive", query=f"queue={queue}")["statusCode"],
    ]

    assert statuses == [204, 204, 200]


def test_the_role_allows_an_admin_to_delete_a_user(stack, admin):
    function, email = Function(stack), f"{uuid.uuid4().hex}@example.com"
    signed_up = function("POST", "/v1/auth/signup", {"email": email, "password": PASSWORD})
    function("POST", "/v1/auth/confirm", {"email": email, "code": "123456"})

    user_id = json.loads(signed_up["body"])["userId"]

    assert admin("DELETE", f"/v1/admin/users/{user_id}")["statusCode"] == 204


def test_the_role_allows_to_take_everything_along_and_to_leave(stack):
    call, _ = new_user(stack)
    call("POST", "/v1/todos", {"title": "Mine"}, **{"idempotency-key": uuid.uuid4().hex})
    call("POST", "/v1/files", {"name": "a.txt", "contentType": "text/plain", "size": 5})
    user_id = json.loads(call("GET", "/v1/users/me")["body"])["id"]
    s3, bucket = stack.local.aws.client("s3"), stack.env["DATA_BUCKET"]
    s3.put_object(Bucket=bucket, Key=f"users/{user_id}/loose", Body=b"x")
    s3.create_multipart_upload(Bucket=bucket, Key=f"users/{user_id}/parts")
    exported = call("GET", "/v1/users/me/export")

    assert exported["statusCode"] == 200
    assert call("POST", "/v1/todos/import", json.loads(exported["body"]))["statusCode"] == 200
    assert call("DELETE", "/v1/users/me", {"password": PASSWORD})["statusCode"] == 204
    assert call("GET", "/v1/users/me")["statusCode"] == 401
