"""Files when S3 fails: nothing is lost, and the caller is asked to try again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from app.aws.presigned_urls import S3PresignedUrls
from app.aws.user_objects import S3UserObjects
from app.config.api import Settings
from app.errors import Unavailable
from app.models.files import File
from app.ports.files import QuotaExceeded
from app.services.cursors import CursorSigner
from app.services.files.events import FileEvents
from app.services.files.service import SINGLE_UPLOAD, Files
from support.clients import clients_for
from support.environment import ENVIRONMENT
from support.one_file import OneFile

ID = "01980b1e-3f60-7c3a-9d0a-1f2e3d4c5b6a"
KEY = f"users/u/{ID}"
MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PENDING = File(
    id=ID,
    name="a.txt",
    content_type="text/plain",
    size=10,
    reserved=10,
    expires_at=MOMENT + timedelta(hours=1),
)
AVAILABLE = replace(PENDING, status="available", version_id="v1")


class Bench:
    def __init__(self) -> None:
        settings = Settings.from_env(ENVIRONMENT)
        clients = clients_for(settings)
        self.records = OneFile(PENDING)
        self.s3 = Stubber(clients.s3)
        objects, transfers = (
            S3UserObjects(clients, settings.data_bucket),
            S3PresignedUrls(clients, settings.data_bucket),
        )
        self.events = FileEvents(self.records, objects, transfers)
        signer = CursorSigner(lambda: b"key")
        self.files = Files(self.records, objects, transfers, self.events, signer, clock=lambda: MOMENT)


@pytest.fixture
def bench():
    bench = Bench()
    with bench.s3:
        yield bench
        bench.s3.assert_no_pending_responses()


OUTAGES = [("SlowDown", 503), ("InternalError", 500), ("503", 503)]


@pytest.mark.parametrize(("code", "status"), OUTAGES)
def test_an_event_is_kept_when_s3_fails(bench, code, status):
    bench.s3.add_client_error("head_object", code, http_status_code=status)

    with pytest.raises(Unavailable):
        bench.events.settle(KEY)

    assert bench.records.file == PENDING


def test_a_missing_permission_is_not_taken_for_a_missing_object(bench):
    bench.s3.add_client_error("head_object", "403", http_status_code=403)

    with pytest.raises(ClientError, match="403"):
        bench.events.settle(KEY)


def test_the_record_stays_while_the_object_cannot_be_deleted(bench):
    bench.records.file = AVAILABLE
    bench.s3.add_client_error("list_object_versions", "SlowDown", http_status_code=503)

    with pytest.raises(Unavailable):
        bench.files.delete("u", ID)

    assert bench.records.file == AVAILABLE


def test_the_record_stays_while_a_version_was_not_deleted(bench):
    bench.records.file = AVAILABLE
    bench.s3.add_response("list_object_versions", {"Versions": [{"Key": KEY, "VersionId": "v1"}]})
    bench.s3.add_response("delete_objects", {"Errors": [{"Key": KEY, "Code": "InternalError"}]})

    with pytest.raises(Unavailable):
        bench.files.delete("u", ID)

    assert bench.records.file == AVAILABLE


def test_pruning_spares_the_accepted_version_and_longer_keys(bench):
    bench.records.file = AVAILABLE
    found = [
        {"Key": KEY, "VersionId": "v1"},
        {"Key": KEY, "VersionId": "v2"},
        {"Key": f"{KEY}x", "VersionId": "w"},
    ]
    bench.s3.add_response("list_object_versions", {"Versions": found}, {"Bucket": ANY, "Prefix": KEY})
    deleted = {"Objects": [{"Key": KEY, "VersionId": "v2"}], "Quiet": True}
    bench.s3.add_response("delete_objects", {}, {"Bucket": ANY, "Delete": deleted})

    bench.events.settle(KEY)

    assert bench.records.file == AVAILABLE


def test_an_object_whose_key_only_begins_like_a_files_is_let_alone(bench):
    bench.events.settle(f"{KEY}/thumbnail")

    assert bench.records.file == PENDING


def test_a_multipart_upload_is_ended_when_the_quota_refuses_it(bench):
    bench.records.full = True
    bench.s3.add_response("create_multipart_upload", {"UploadId": "up"})
    bench.s3.add_response("abort_multipart_upload", {}, {"Bucket": ANY, "Key": ANY, "UploadId": "up"})

    with pytest.raises(QuotaExceeded):
        bench.files.create("u", name="a", content_type="video/mp4", size=SINGLE_UPLOAD + 1)


def test_nothing_is_reserved_when_a_multipart_upload_cannot_begin(bench):
    bench.s3.add_client_error("create_multipart_upload", "SlowDown", http_status_code=503)

    with pytest.raises(Unavailable):
        bench.files.create("u", name="a", content_type="video/mp4", size=SINGLE_UPLOAD + 1)

    assert bench.records.file == PENDING


def test_a_completion_whose_answer_was_lost_can_be_repeated(bench):
    bench.records.file = replace(PENDING, upload_id="up")
    bench.s3.add_client_error("complete_multipart_upload", "NoSuchUpload", http_status_code=404)
    bench.s3.add_response(
        "head_object", {"ContentLength": 10, "ContentType": "text/plain", "VersionId": "v1"}
    )

    assert bench.files.complete("u", ID, [(1, "etag")]) == bench.records.file
