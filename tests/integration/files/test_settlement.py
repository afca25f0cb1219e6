"""The record follows S3's object; events may be late, repeated and out of order."""

import uuid
from datetime import timedelta

import pytest

from app.aws.user_objects import object_key
from app.models.files import Quota
from app.models.moments import now
from app.ports.files import QuotaExceeded
from app.ports.users import UserRecordMissing
from app.services.files.service import QUOTA
from contracts.files import new_file
from integration.files import web
from support.files import TEXT, create, post


@pytest.fixture
def file(person):
    """A new file of 10 bytes."""
    return create(person)


@pytest.fixture
def settle(storage, person):
    """Stands in for S3's event: the real one may come as well, before or after."""

    def settle(file_id: str) -> str | None:
        storage.events.settle(object_key(person.id, file_id))
        record = storage.repository.get(person.id, file_id)
        return record and record.status

    return settle


def status(person, created):
    return person.request("GET", f"/v1/files/{created['file']['id']}").json()["status"]


def test_an_upload_makes_the_file_available_with_its_real_size(storage, person, settle, file):
    assert storage.used(person.id) == (10, 1)
    post(file["upload"], b"short")

    assert settle(file["file"]["id"]) == "available"

    shown = person.request("GET", f"/v1/files/{file['file']['id']}").json()
    assert shown == {**file["file"], "status": "available", "size": 5}
    assert storage.used(person.id) == (5, 1)


def test_an_empty_file_is_a_file(storage, person, settle):
    empty = create(person, size=0)
    assert post(empty["upload"], b"").status_code == 204

    assert settle(empty["file"]["id"]) == "available"


@pytest.mark.parametrize(
    ("body", "content_type"), [(TEXT + b"!", "text/plain"), (TEXT, "text/html")], ids=["larger", "other type"]
)
def test_what_was_not_announced_is_rejected_and_goes(storage, person, settle, file, body, content_type):
    file_id = file["file"]["id"]
    storage.put(person.id, file_id, body, content_type)

    assert settle(file_id) == "rejected"

    assert storage.versions(person.id, file_id) == []
    assert storage.used(person.id) == (0, 1)
    assert person.request("GET", f"/v1/files/{file_id}/download").status_code == 409
    assert person.request("DELETE", f"/v1/files/{file_id}").status_code == 204
    assert storage.used(person.id) == (0, 0)


def test_an_event_without_an_object_changes_nothing(storage, person, settle, file):
    assert settle(file["file"]["id"]) == "pending"
    assert storage.used(person.id) == (10, 1)


def test_a_repeated_event_counts_once(storage, person, settle, file):
    post(file["upload"])

    assert [settle(file["file"]["id"]) for _ in range(3)] == ["available"] * 3

    assert storage.used(person.id) == (10, 1)


def test_the_first_upload_is_the_file_and_a_second_one_goes(storage, person, settle, file):
    file_id = file["file"]["id"]
    post(file["upload"], b"the first")
    settle(file_id)
    first = storage.versions(person.id, file_id)

    post(file["upload"], b"another!!")
    settle(file_id)

    assert storage.versions(person.id, file_id) == first
    link = person.request("GET", f"/v1/files/{file_id}/download").json()["url"]
    assert web.get(link).content == b"the first"


def test_a_download_is_the_accepted_version_before_the_event_of_another(storage, person, settle, file):
    file_id = file["file"]["id"]
    post(file["upload"], b"the first")
    settle(file_id)
    link = person.request("GET", f"/v1/files/{file_id}/download").json()["url"]

    post(file["upload"], b"another!!")

    assert web.get(link).content == b"the first"


def test_an_object_without_a_record_goes(storage, person, settle):
    file_id = str(uuid.uuid4())
    storage.put(person.id, file_id)

    assert settle(file_id) is None

    assert storage.versions(person.id, file_id) == []


@pytest.mark.parametrize(
    "key", ["", "users/", "users/a/b", "imports/1", "users/../../x", "users/a/b/c", "\0"]
)
def test_other_keys_are_let_alone(storage, key):
    storage.events.settle(key)


def test_a_late_upload_for_a_deleted_file_goes(storage, person, settle, file):
    file_id = file["file"]["id"]
    assert person.request("DELETE", f"/v1/files/{file_id}").status_code == 204
    assert post(file["upload"]).status_code == 204

    assert settle(file_id) is None

    assert storage.versions(person.id, file_id) == []
    assert storage.used(person.id) == (0, 0)


def test_an_upload_for_an_account_that_is_gone_goes(storage, person, settle, file):
    file_id = file["file"]["id"]
    storage.users.delete(person.id)
    post(file["upload"])

    settle(file_id)

    assert storage.versions(person.id, file_id) == []
    assert storage.users.get(person.id) is None


class TestQuota:
    def test_bytes_and_count_bind(self, storage, person):
        service = storage.service(quota=Quota(size=100, files=2))
        service.create(person.id, name="a", content_type="text/plain", size=60)

        with pytest.raises(QuotaExceeded):
            service.create(person.id, name="b", content_type="text/plain", size=41)
        service.create(person.id, name="b", content_type="text/plain", size=40)
        with pytest.raises(QuotaExceeded):
            service.create(person.id, name="c", content_type="text/plain", size=0)

        assert storage.used(person.id) == (100, 2)

    def test_what_never_comes_is_given_back_when_room_is_needed(self, storage, person):
        quota = Quota(size=100, files=5)
        early = storage.service(quota=quota, clock=lambda: now() - timedelta(hours=3))
        old = [early.create(person.id, name="old", content_type="text/plain", size=40) for _ in range(2)]
        late = storage.service(quota=quota)

        late.create(person.id, name="new", content_type="text/plain", size=90)

        assert storage.used(person.id) == (90, 1)
        assert [storage.repository.get(person.id, file.id) for file in old] == [None, None]

    def test_what_is_still_awaited_keeps_its_place(self, storage, person):
        quota = Quota(size=100, files=5)
        early = storage.service(quota=quota, clock=lambda: now() - timedelta(minutes=90))
        waiting = early.create(person.id, name="a", content_type="text/plain", size=60)

        with pytest.raises(QuotaExceeded):
            storage.service(quota=quota).create(person.id, name="b", content_type="text/plain", size=60)

        assert storage.repository.get(person.id, waiting.id) == waiting

    def test_an_upload_whose_event_was_lost_is_found(self, storage, person):
        quota = Quota(size=100, files=5)
        early = storage.service(quota=quota, clock=lambda: now() - timedelta(hours=3))
        old = early.create(person.id, name="a", content_type="text/plain", size=60)
        storage.put(person.id, old.id)

        found = storage.service(quota=quota).get(person.id, old.id)

        assert (found.status, found.size) == ("available", len(TEXT))
        assert storage.used(person.id) == (len(TEXT), 1)

    def test_a_list_leaves_out_what_never_came(self, storage, person):
        early = storage.service(clock=lambda: now() - timedelta(hours=3))
        early.create(person.id, name="old", content_type="text/plain", size=60)
        new = create(person)["file"]

        assert person.request("GET", "/v1/files").json()["items"] == [new]
        assert storage.used(person.id) == (10, 1)

    def test_the_api_says_what_to_do(self, storage, person):
        full = new_file(QUOTA.size, expires_at=now() + timedelta(hours=1))
        storage.repository.reserve(person.id, full, QUOTA)

        response = person.request(
            "POST", "/v1/files", json={"name": "a", "contentType": "text/plain", "size": 1}
        )

        assert response.status_code == 409
        assert response.json()["code"] == "quota_exceeded"

    def test_a_reservation_needs_an_account(self, storage):
        with pytest.raises(UserRecordMissing):
            storage.service().create(str(uuid.uuid4()), name="a", content_type="text/plain", size=1)
