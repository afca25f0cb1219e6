"""`/v1/files` from creating to deleting, over the embedded S3 and DynamoDB."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

from app.aws.user_objects import folder, object_key
from app.errors import AppError
from app.models.files import Quota
from app.services.files.service import SINGLE_UPLOAD
from app.services.files.uploads import PART_SIZE
from integration.files import web
from support.files import TEXT, create, post


@pytest.fixture
def available(storage, person):
    """Makes a file with this name, type and body."""

    def available(name: str = "list.txt", content_type: str = "text/plain", body: bytes = TEXT) -> str:
        created = create(person, name=name, contentType=content_type, size=len(body))
        assert created["upload"]["kind"] == "form"
        assert post(created["upload"], body).status_code == 204
        storage.events.settle(object_key(person.id, created["file"]["id"]))
        return created["file"]["id"]

    return available


def download(person, file_id):
    return web.get(person.request("GET", f"/v1/files/{file_id}/download").json()["url"])


class TestDownload:
    def test_it_is_what_was_uploaded_under_its_name(self, person, available):
        answer = download(person, available("Größe “1”.txt"))

        assert answer.content == TEXT
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="Gr__e _1_.txt"; '
            "filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%80%9C1%E2%80%9D.txt"
        )

    @pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/xhtml+xml"])
    def test_what_a_browser_would_run_is_only_bytes(self, person, available, content_type):
        """The embedded S3 does not apply `response-content-type` to a version, so what was signed is read."""
        file_id = available("a.html", content_type, b"<script>alert(1)</script>")

        link = person.request("GET", f"/v1/files/{file_id}/download").json()["url"]

        signed = parse_qs(urlsplit(link).query)
        assert signed["response-content-type"] == ["application/octet-stream"]
        assert signed["response-content-disposition"][0].startswith('attachment; filename="a.html"')
        assert web.get(link).headers["Content-Disposition"].startswith('attachment; filename="a.html"')

    def test_the_link_is_for_this_file_and_for_this_use(self, person, available):
        link = person.request("GET", f"/v1/files/{available()}/download").json()["url"]

        assert web.get(link.replace("attachment", "inline")).status_code == 403
        assert web.get(link.replace(person.id, str(uuid.uuid4()))).status_code == 403
        assert web.put(link, content=b"mine").status_code == 403
        assert web.delete(link).status_code == 403

    def test_there_is_none_before_the_upload(self, person):
        response = person.request("GET", f"/v1/files/{create(person)['file']['id']}/download")

        assert response.status_code == 409
        assert response.json()["code"] == "file_not_available"


class TestDelete:
    def test_object_and_record_and_their_place_are_gone(self, storage, person, available):
        file_id = available()

        assert person.request("DELETE", f"/v1/files/{file_id}").status_code == 204

        assert storage.versions(person.id, file_id) == []
        assert person.request("GET", f"/v1/files/{file_id}").status_code == 404
        assert person.request("DELETE", f"/v1/files/{file_id}").status_code == 404
        assert storage.used(person.id) == (0, 0)

    def test_a_record_whose_object_is_gone_can_be_deleted(self, storage, person, available):
        file_id = available()
        storage.objects.prune(person.id, file_id, keep=None)

        assert person.request("DELETE", f"/v1/files/{file_id}").status_code == 204
        assert storage.used(person.id) == (0, 0)

    def test_an_object_whose_record_is_gone_can_be_deleted(self, storage, person, available):
        file_id = available()
        storage.repository.discard(person.id, file_id)

        assert person.request("DELETE", f"/v1/files/{file_id}").status_code == 404
        assert storage.versions(person.id, file_id) == []

    def test_an_upload_that_arrives_meanwhile_goes_with_it(self, storage, person, monkeypatch):
        created = create(person)
        file_id = created["file"]["id"]
        prune, calls = storage.objects.prune, []

        def prune_then_arrive(user_id, pruned, *, keep):
            prune(user_id, pruned, keep=keep)
            calls.append(keep)
            if len(calls) == 1:
                storage.put(user_id, pruned)
                storage.events.settle(object_key(user_id, pruned))

        monkeypatch.setattr(storage.objects, "prune", prune_then_arrive)

        storage.service().delete(person.id, file_id)

        assert storage.versions(person.id, file_id) == []
        assert storage.repository.get(person.id, file_id) is None
        assert storage.used(person.id) == (0, 0)

    def test_erasing_leaves_nothing_in_the_folder(self, storage, person, available):
        available()
        create(person)
        create(person, size=SINGLE_UPLOAD + 1)

        for _ in range(2):
            storage.service().erase(person.id)

        s3 = storage.clients.s3
        prefix = {"Bucket": storage.bucket, "Prefix": folder(person.id)}
        assert list(storage.repository.every(person.id)) == []
        assert s3.list_object_versions(**prefix).get("Versions", []) == []
        assert s3.list_multipart_uploads(**prefix).get("Uploads", []) == []


class TestParts:
    @pytest.fixture
    def large(self, person):
        return create(person, name="film.mp4", contentType="video/mp4", size=SINGLE_UPLOAD + 5)

    def complete(self, person, file_id, etags):
        parts = [{"number": number, "etag": etag} for number, etag in etags]
        return person.request("POST", f"/v1/files/{file_id}/complete", json={"parts": parts})

    def put_parts(self, upload):
        answers = {p["number"]: web.put(p["url"], content=bytes(p["size"])) for p in upload["parts"]}
        assert {answer.status_code for answer in answers.values()} == {200}
        return [(number, answer.headers["ETag"]) for number, answer in answers.items()]

    def test_a_large_file_is_put_together(self, storage, person, large):
        file_id = large["file"]["id"]
        assert large["upload"]["kind"] == "parts"
        assert [p["size"] for p in large["upload"]["parts"]] == [PART_SIZE] * 6 + [
            SINGLE_UPLOAD % PART_SIZE + 5
        ]
        etags = self.put_parts(large["upload"])

        answers = [self.complete(person, file_id, reversed(etags)) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [202, 202]
        storage.events.settle(object_key(person.id, file_id))
        shown = person.request("GET", f"/v1/files/{file_id}").json()
        assert (shown["status"], shown["size"]) == ("available", SINGLE_UPLOAD + 5)
        head = storage.clients.s3.head_object(Bucket=storage.bucket, Key=object_key(person.id, file_id))
        assert head["ContentDisposition"].startswith('attachment; filename="film.mp4"')
        assert head["ServerSideEncryption"] == "AES256"

    def test_a_part_has_the_size_that_was_signed(self, large):
        part = large["upload"]["parts"][-1]

        assert web.put(part["url"], content=bytes(part["size"] + 1)).status_code == 403

    def test_a_part_is_signed_for_its_number(self, large):
        first, second = large["upload"]["parts"][:2]

        renumbered = first["url"].replace("partNumber=1&", "partNumber=2&")

        assert renumbered != first["url"]
        assert web.put(renumbered, content=bytes(second["size"])).status_code == 403

    def test_parts_that_were_never_put_complete_nothing(self, person, large):
        response = self.complete(person, large["file"]["id"], [(1, '"5d41402abc4b2a76b9719d911017c592"')])

        assert response.status_code == 422
        assert response.json()["code"] == "invalid_parts"

    def test_a_small_file_has_no_parts_to_complete(self, person):
        response = self.complete(person, create(person)["file"]["id"], [(1, "a")])

        assert response.status_code == 409
        assert response.json()["code"] == "not_in_parts"

    def test_an_upload_that_was_ended_cannot_be_completed(self, storage, person, large):
        record = storage.repository.get(person.id, large["file"]["id"])
        storage.transfers.abort_parts(person.id, record.id, record.upload_id)

        response = self.complete(person, record.id, [(1, "a")])

        assert response.status_code == 409
        assert response.json()["code"] == "upload_ended"

    def test_deleting_ends_the_upload(self, storage, person, large):
        assert person.request("DELETE", f"/v1/files/{large['file']['id']}").status_code == 204

        part = large["upload"]["parts"][-1]
        assert web.put(part["url"], content=bytes(part["size"])).status_code == 404
        assert storage.used(person.id) == (0, 0)


def test_lists_show_the_newest_first_page_by_page(person):
    made = [create(person, name=f"{i}.txt")["file"] for i in range(5)]

    first = person.request("GET", "/v1/files?limit=3")
    rest = person.request("GET", first.links["next"]["url"])

    assert first.json()["items"] + rest.json()["items"] == made[::-1]
    assert rest.json()["nextCursor"] is None


def test_a_list_tells_what_is_used_of_the_quota(person):
    create(person, size=10)
    create(person, size=5)

    usage = person.request("GET", "/v1/files?limit=1").json()["usage"]

    assert usage == {"bytes": 15, "files": 2, "maxBytes": 1024**3, "maxFiles": 1000}


def test_a_repeated_creation_gets_a_fresh_form_for_the_same_file(storage, person):
    body, key = {"name": "a", "contentType": "text/plain", "size": 10}, {"Idempotency-Key": uuid.uuid4().hex}

    first, again = (person.request("POST", "/v1/files", json=body, headers=key) for _ in range(2))
    other = person.request("POST", "/v1/files", json={**body, "size": 11}, headers=key)

    assert again.json()["file"] == first.json()["file"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert post(again.json()["upload"]).status_code == 204
    assert other.status_code == 422
    assert storage.used(person.id) == (10, 1)


def test_racing_creations_never_reserve_more_than_there_is(storage, person):
    service = storage.service(quota=Quota(size=100, files=10))
    start = threading.Barrier(8)

    def race(_):
        """By a client that tries again when too many others are at work."""
        start.wait()
        while True:
            try:
                return service.create(person.id, name="a", content_type="text/plain", size=30)
            except AppError as error:
                if error.code != "contention":
                    return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(race, range(8)))

    assert sum(not isinstance(outcome, str) for outcome in outcomes) == 3
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == {"quota_exceeded"}
    assert storage.used(person.id) == (90, 3)
