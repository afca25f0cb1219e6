"""The presigned form: S3 takes exactly what was signed, and nothing else."""

import base64
import json
import uuid

import pytest

from app.aws.user_objects import object_key
from integration.files import web
from support.files import TEXT, create, post


@pytest.fixture
def created(person):
    return create(person)


def assert_refused(storage, person, created, response, code):
    assert response.status_code in (400, 403), response.text
    assert f"<Code>{code}</Code>" in response.text
    assert storage.versions(person.id, created["file"]["id"]) == []


def test_what_was_announced_is_taken(storage, person, created):
    response = post(created["upload"])

    assert response.status_code == 204, response.text
    key = object_key(person.id, created["file"]["id"])
    stored = storage.clients.s3.head_object(Bucket=storage.bucket, Key=key)
    assert stored["ContentLength"] == len(TEXT)
    assert stored["ContentType"] == "text/plain"
    assert stored["ContentDisposition"].startswith("attachment; filename=")
    assert stored["ServerSideEncryption"] == "AES256"


def test_one_byte_more_is_refused(storage, person, created):
    assert_refused(storage, person, created, post(created["upload"], TEXT + b"!"), "EntityTooLarge")


@pytest.mark.parametrize(
    "changes",
    [
        {"Content-Type": "text/html"},
        {"Content-Disposition": "inline"},
        {"x-amz-server-side-encryption": "aws:kms"},
        {"acl": "public-read"},
        {"x-amz-meta-note": "mine"},
        {"x-amz-storage-class": "GLACIER"},
        {"success_action_redirect": "https://example.com/"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_field_that_is_changed_or_added_is_refused(storage, person, created, changes):
    assert_refused(storage, person, created, post(created["upload"], **changes), "AccessDenied")


@pytest.mark.parametrize("missing", ["Content-Type", "Content-Disposition", "x-amz-server-side-encryption"])
def test_a_field_that_is_left_out_is_refused(storage, person, created, missing):
    upload = created["upload"]
    fields = {name: value for name, value in upload["fields"].items() if name != missing}

    assert_refused(storage, person, created, post({**upload, "fields": fields}), "AccessDenied")


def test_the_form_of_one_file_is_no_way_to_another(storage, person, created):
    another = create(person)["file"]["id"]

    response = post(created["upload"], key=object_key(person.id, another))

    assert_refused(storage, person, created, response, "AccessDenied")
    assert storage.versions(person.id, another) == []


def test_the_form_is_no_way_into_anothers_folder(storage, person, created):
    theirs, file_id = str(uuid.uuid4()), str(uuid.uuid4())

    response = post(created["upload"], key=object_key(theirs, file_id))

    assert_refused(storage, person, created, response, "AccessDenied")
    assert storage.versions(theirs, file_id) == []


def test_a_form_whose_time_is_over_is_refused(storage, person, created):
    file = storage.repository.get(person.id, created["file"]["id"])
    url, fields = storage.transfers.form(person.id, file, disposition="attachment", seconds=-1)

    assert_refused(storage, person, created, post({"url": url, "fields": fields}), "AccessDenied")


def test_a_policy_that_was_tampered_with_is_refused(storage, person, created):
    policy = json.loads(base64.b64decode(created["upload"]["fields"]["policy"]))
    policy["conditions"] = [
        ["content-length-range", 0, 10**9] if isinstance(c, list) and c[0] == "content-length-range" else c
        for c in policy["conditions"]
    ]
    tampered = base64.b64encode(json.dumps(policy).encode()).decode()

    response = post(created["upload"], TEXT * 2, policy=tampered)

    assert_refused(storage, person, created, response, "SignatureDoesNotMatch")


def test_a_form_without_its_signature_is_refused(storage, person, created):
    fields = {"key": created["upload"]["fields"]["key"], "Content-Type": "text/plain"}

    response = post({**created["upload"], "fields": fields})

    assert response.status_code == 403
    assert storage.versions(person.id, created["file"]["id"]) == []


def test_the_form_cannot_be_used_to_read_or_delete(storage, person, created):
    post(created["upload"])
    url = f"{created['upload']['url'].rstrip('/')}/{created['upload']['fields']['key']}"

    assert web.get(url).status_code == 403
    assert web.delete(url).status_code == 403
    assert len(storage.versions(person.id, created["file"]["id"])) == 1
