"""An upload through S3's own event, its queue and the deployed function, under that function's role."""

import pytest

from app.services.files.service import SINGLE_UPLOAD
from integration.files import web
from support.files import TEXT, create, eventually, post


def settled(person, created):
    """The file, once it is not awaited any more."""
    path = f"/v1/files/{created['file']['id']}"
    return eventually(
        lambda: person.request("GET", path).json(), lambda file: file["status"] != "pending", seconds=60
    )


def test_an_upload_turns_available_by_itself(storage, person):
    created = create(person, size=100)
    assert post(created["upload"]).status_code == 204

    file = settled(person, created)

    assert (file["status"], file["size"]) == ("available", len(TEXT))
    assert storage.used(person.id) == (len(TEXT), 1)
    link = person.request("GET", f"/v1/files/{file['id']}/download").json()["url"]
    assert web.get(link).content == TEXT


def test_a_large_upload_in_parts_turns_available_by_itself(person):
    created = create(person, size=SINGLE_UPLOAD + 1)
    answers = [(p["number"], web.put(p["url"], content=bytes(p["size"]))) for p in created["upload"]["parts"]]
    parts = [{"number": number, "etag": answer.headers["ETag"]} for number, answer in answers]
    path = f"/v1/files/{created['file']['id']}/complete"
    assert person.request("POST", path, json={"parts": parts}).status_code == 202

    assert settled(person, created)["status"] == "available"


@pytest.mark.parametrize(
    ("body", "content_type"), [(TEXT + b"!", "text/plain"), (TEXT, "text/html")], ids=["larger", "other type"]
)
def test_what_was_not_announced_is_rejected_and_goes_by_itself(storage, person, body, content_type):
    created = create(person)
    file_id = created["file"]["id"]
    storage.put(person.id, file_id, body, content_type)

    assert settled(person, created)["status"] == "rejected"

    assert eventually(lambda: storage.versions(person.id, file_id), lambda versions: not versions) == []
    assert storage.used(person.id) == (0, 1)


def test_what_arrives_without_a_record_goes_by_itself(storage, person):
    created = create(person)
    file_id = created["file"]["id"]
    person.request("DELETE", f"/v1/files/{file_id}")

    assert post(created["upload"]).status_code == 204

    assert eventually(lambda: storage.versions(person.id, file_id), lambda versions: not versions) == []
