"""Imports through the API, and what people who sign up find in their profile."""

import uuid

import httpx
import pytest

from devstack.seed import ADMIN
from support.ingest import eventually
from support.mail import Mailbox
from support.people import sign_up


def announced(api, admin, body: bytes, name: str = "people.csv") -> dict:
    request = {"name": name, "contentType": "text/csv", "size": len(body)}
    answer = api.post("/v1/admin/imports", json=request, headers=admin)
    assert answer.status_code == 201, answer.text
    return answer.json()


def uploaded(form: dict, body: bytes) -> httpx.Response:
    return httpx.post(form["url"], data=form["fields"], files={"file": body}, timeout=60)


def test_an_uploaded_file_is_imported_and_reported(stack, api, admin, ingest):
    name = f"{uuid.uuid4()}.csv"
    body = f"email,name\n{ingest.address('ada')},Ada\nnobody,No\nnoone,No\n".encode()

    created = announced(api, admin, body, name)
    assert created["import"]["status"] == "pending"
    assert uploaded(created["upload"], body).status_code == 204

    path = f"/v1/admin/imports/{created['import']['id']}"
    done = eventually(lambda: ended(api.get(path, headers=admin).json()))
    assert (done["status"], done["rows"], done["accepted"], done["rejected"]) == ("completed", 3, 1, 2)
    assert done["rejects"] == [
        {"line": 3, "field": "email", "reason": "email_format"},
        {"line": 4, "field": "email", "reason": "email_format"},
    ]
    first = api.get(path, params={"limit": 1}, headers=admin).json()
    second = api.get(path, params={"limit": 1, "cursor": first["nextCursor"]}, headers=admin).json()
    assert first["rejects"] + second["rejects"] == done["rejects"]
    listed = api.get("/v1/admin/imports", headers=admin).json()["items"]
    assert name in [one["name"] for one in listed]
    assert eventually(lambda: [mail for mail in Mailbox(stack.endpoint).of(ADMIN.email) if name in str(mail)])


def test_what_could_not_be_read_is_listed_by_line(api, admin, ingest):
    lines = [
        "Email,Phone,Country,Password",
        f"{ingest.address('ada')},081 234 5678,N/A,hunter2",
        f"{ingest.address('bob')},123-4567,US,",
    ]
    body = "\n".join(lines).encode()
    created = announced(api, admin, body)
    uploaded(created["upload"], body)

    path = f"/v1/admin/imports/{created['import']['id']}"
    done = eventually(lambda: ended(api.get(path, headers=admin).json()))
    assert (done["accepted"], done["rejected"], done["warnings"]) == (2, 0, 3)
    first = api.get(f"{path}/warnings", params={"limit": 2}, headers=admin).json()
    rest = api.get(
        f"{path}/warnings", params={"limit": 2, "cursor": first["nextCursor"]}, headers=admin
    ).json()
    assert first["items"] + rest["items"] == [
        {"line": 2, "field": "phone", "reason": "phone_needs_country"},
        {"line": 2, "field": "Password", "reason": "secret_column"},
        {"line": 3, "field": "phone", "reason": "phone_invalid"},
    ]
    assert ingest.row("ada").attributes == {"unread": {"phone": "081 234 5678"}}
    missing = api.get(f"/v1/admin/imports/{uuid.uuid4()}/warnings", headers=admin)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def ended(record: dict) -> dict | None:
    return record if record["status"] in ("completed", "failed") else None


def test_a_file_that_cannot_be_read_says_why(api, admin, ingest):
    body = b"email\n" + ingest.address("half").encode() + b"\n\xff\n"
    created = announced(api, admin, body)

    uploaded(created["upload"], body)

    path = f"/v1/admin/imports/{created['import']['id']}"
    done = eventually(lambda: ended(api.get(path, headers=admin).json()))
    assert (done["status"], done["reason"], done["reasonLine"], done["rows"]) == ("failed", "not_utf8", 3, 0)
    assert ingest.row("half") is None


def test_a_repeated_announcement_gets_a_fresh_form_for_the_same_import(api, admin, ingest):
    body = f"email\n{ingest.address('ada')}\n".encode()
    request = {"name": "people.csv", "contentType": "text/csv", "size": len(body)}
    headers = {**admin, "Idempotency-Key": uuid.uuid4().hex}
    announce = lambda: api.post("/v1/admin/imports", json=request, headers=headers)  # noqa: E731

    first, again = announce(), announce()
    other = api.post("/v1/admin/imports", json={**request, "name": "x.csv"}, headers=headers)

    assert again.json()["import"] == first.json()["import"]
    assert again.headers["Location"] == first.headers["Location"]
    assert [answer.headers.get("Idempotency-Replayed") for answer in (first, again)] == [None, "true"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert uploaded(again.json()["upload"], body).status_code == 204
    eventually(lambda: ended(api.get(first.headers["Location"], headers=admin).json()))
    assert announce().json()["upload"] is None


@pytest.mark.parametrize("change", ["larger", "type", "key"])
def test_the_form_is_good_for_the_announced_file_alone(api, admin, change):
    body = b"email\na@example.com\n"
    form = announced(api, admin, body)["upload"]
    if change == "type":
        form["fields"]["Content-Type"] = "text/html"
    if change == "key":
        form["fields"]["key"] = f"imports/{uuid.uuid4()}"

    assert uploaded(form, body + b"x" * (change == "larger")).status_code in (400, 403)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "../x", "contentType": "text/csv", "size": 1},
        {"name": "x", "contentType": "csv", "size": 1},
        {"name": "x", "contentType": "text/csv", "size": 0},
        {"name": "x", "contentType": "text/csv", "size": 1 << 40},
    ],
)
def test_what_is_no_file_is_refused(api, admin, body):
    assert api.post("/v1/admin/imports", json=body, headers=admin).status_code == 422


def test_an_unknown_import_is_a_404_and_a_forged_cursor_a_400(api, admin):
    path = f"/v1/admin/imports/{uuid.uuid4()}"

    assert api.get(path, headers=admin).status_code == 404
    assert api.get(path, params={"cursor": "forged"}, headers=admin).status_code == 400
    assert api.get("/v1/admin/imports", params={"cursor": "forged"}, headers=admin).status_code == 400


def test_who_signs_up_finds_what_was_sent_about_them(api, ingest):
    ingest.send(
        {"email": ingest.address("ada"), "name": "A. L.", "phone": "+442079460000", "locale": "en_gb"}
    )
    assert ingest.wait_for("ada")

    person = sign_up(api, ingest.address("ada"), name="Ada")

    me = person.request("GET", "/v1/users/me").json()
    assert (me["name"], me["phone"], me["locale"]) == ("Ada", "+442079460000", "en-GB")
    assert ingest.row("ada").user_id == person.id


def test_who_has_signed_up_finds_what_is_uploaded_about_them_later(api, admin, ingest):
    person = sign_up(api, ingest.address("ada"), name="Ada")
    assert person.request("GET", "/v1/users/me").json()["phone"] is None  # and is cached from now on
    body = f"email,name,phone,locale\n{ingest.address('ada')},A. L.,+442079460000,en_gb\n".encode()
    created = announced(api, admin, body)

    uploaded(created["upload"], body)

    path = f"/v1/admin/imports/{created['import']['id']}"
    eventually(lambda: ended(api.get(path, headers=admin).json()))
    me = person.request("GET", "/v1/users/me").json()
    assert (me["name"], me["phone"], me["locale"]) == ("Ada", "+442079460000", "en-GB")
    assert ingest.row("ada").user_id == person.id


def test_a_message_about_who_has_left_brings_nothing_back(api, ingest):
    person = sign_up(api, ingest.address("bob"))
    assert person.leave().status_code == 204

    ingest.send({"email": ingest.address("bob"), "name": "Bob"})

    assert ingest.wait_for("bob").user_id is None
    assert person.request("GET", "/v1/users/me").status_code == 401
