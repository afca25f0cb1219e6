"""The status of a file is decided once, by the object in S3."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from app.models.files import File
from app.ports.objects import StoredObject
from app.ports.users import UserRecordMissing
from app.services.cursors import CursorSigner
from app.services.files.events import FileEvents
from app.services.files.service import Files
from support.one_file import OneFile

ID = "01980b1e-3f60-7c3a-9d0a-1f2e3d4c5b6a"
KEY = f"users/u/{ID}"
MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PENDING = File(id=ID, name="a.txt", content_type="text/plain", size=10, reserved=10, expires_at=MOMENT + HOUR)
AVAILABLE = replace(PENDING, status="available", version_id="v1")
ARRIVED = StoredObject(size=7, content_type="text/plain", version_id="v1")


@dataclass
class Bucket:
    """That file's object, and the requests made: versions to keep, uploads to end, parts to put together."""

    object: StoredObject | None = None
    heads: int = 0
    kept: list[str | None] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)

    def head(self, _user_id: str, _file_id: str) -> StoredObject | None:
        self.heads += 1
        return self.object

    def prune(self, _user_id: str, _file_id: str, *, keep: str | None) -> None:
        self.kept.append(keep)

    def erase(self, _user_id: str) -> None:
        self.object = None

    def abort_parts(self, _user_id: str, _file_id: str, upload_id: str) -> None:
        self.ended.append(upload_id)

    def finish_parts(self, _user_id: str, _file_id: str, _upload_id: str, parts: Sequence[dict]) -> bool:
        self.parts = [part["PartNumber"] for part in parts]
        return True


@pytest.fixture
def records() -> OneFile:
    return OneFile(PENDING)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def events(records, bucket) -> FileEvents:
    return FileEvents(records, bucket, bucket)


@pytest.fixture
def files_at(records, bucket, events) -> Callable[[datetime], Files]:
    signer = CursorSigner(lambda: b"key")
    return lambda moment: Files(records, bucket, bucket, events, signer, clock=lambda: moment)


def test_what_has_arrived_has_its_real_size(events, records, bucket):
    bucket.object = ARRIVED

    for _ in range(2):
        events.settle(KEY)

    assert records.file == replace(AVAILABLE, size=7, reserved=7)


@pytest.mark.parametrize("changes", [{"size": 11}, {"content_type": "text/html"}])
def test_what_was_not_announced_is_rejected(events, records, bucket, changes):
    bucket.object = replace(ARRIVED, **changes)

    events.settle(KEY)

    assert records.file == replace(PENDING, status="rejected", reserved=0)
    assert bucket.kept == [None]


def test_of_two_that_settle_a_file_at_once_one_does(events, records, bucket):
    bucket.object = replace(ARRIVED, version_id="v2")
    records.meanwhile = lambda: setattr(records, "file", AVAILABLE)

    events.settle(KEY)

    assert records.file == AVAILABLE
    assert bucket.kept == ["v1"]  # the version that the other took, not ours


def test_what_comes_while_it_is_given_up_is_shown(events, records, bucket):
    records.meanwhile = lambda: setattr(records, "file", AVAILABLE)

    assert events.lapse("u", PENDING) == AVAILABLE

    assert (records.file, bucket.kept) == (AVAILABLE, ["v1"])


def test_a_file_is_settled_on_one_read(events, records, bucket, monkeypatch):
    reads: list[str] = []
    get = records.get
    monkeypatch.setattr(records, "get", lambda *key: reads.append("get") or get(*key))
    bucket.object = ARRIVED

    events.settle(KEY)

    assert (records.file.status, bucket.kept, reads) == ("available", ["v1"], ["get"])


def test_an_upload_for_an_account_that_goes_goes_too(events, records, bucket):
    def gone() -> None:
        raise UserRecordMissing

    bucket.object, records.meanwhile = ARRIVED, gone

    assert events.resolve("u", ID) is None

    assert bucket.kept == [None]


@pytest.mark.parametrize(("upload_id", "ended"), [("up", ["up"]), (None, [])])
def test_what_is_given_up_ends_its_upload_in_parts(events, records, bucket, upload_id, ended):
    records.file = replace(PENDING, upload_id=upload_id)

    assert events.lapse("u", records.file) is None

    assert (records.file, bucket.ended) == (None, ended)


def test_what_has_come_unnoticed_is_not_given_up(events, records, bucket):
    records.file, bucket.object = replace(PENDING, upload_id="up"), ARRIVED

    assert events.lapse("u", records.file) == records.file

    assert (records.file.status, bucket.ended) == ("available", [])


@pytest.mark.parametrize(
    ("file", "late", "heads"),
    [
        (PENDING, 2 * HOUR, 0),
        (PENDING, 2 * HOUR + timedelta(seconds=1), 1),
        (AVAILABLE, 9 * HOUR, 0),
    ],
    ids=["in time", "too late", "long there"],
)
def test_s3_is_asked_only_for_what_is_overdue(files_at, records, bucket, file, late, heads):
    records.file, bucket.object = file, ARRIVED

    files_at(MOMENT + late).get("u", ID)

    assert (bucket.heads, len(bucket.kept)) == (heads, heads)


def test_of_two_that_delete_a_file_at_once_one_does(files_at, records):
    records.file = AVAILABLE
    records.meanwhile = lambda: setattr(records, "file", None)

    files_at(MOMENT).delete("u", ID)

    assert records.file is None


@pytest.mark.parametrize("file", [AVAILABLE, PENDING])
def test_erasing_is_safe_to_repeat(files_at, records, file):
    records.file = file

    for _ in range(2):
        files_at(MOMENT).erase("u")

    assert records.file is None


def test_parts_are_put_together_in_their_order(files_at, records, bucket):
    """S3 refuses any other (InvalidPartOrder)."""
    records.file = replace(PENDING, upload_id="up")

    files_at(MOMENT).complete("u", ID, [(2, "b"), (1, "a"), (3, "c")])

    assert bucket.parts == [1, 2, 3]


def test_what_is_complete_is_not_put_together_again(files_at, records, bucket):
    records.file = AVAILABLE

    assert files_at(MOMENT).complete("u", ID, [(1, "a")]) == AVAILABLE

    assert (bucket.parts, bucket.heads) == ([], 0)


def test_an_id_begins_with_the_time_so_that_files_sort_by_age(files_at):
    made = files_at(MOMENT).create("u", name="a", content_type="text/plain", size=1)

    number = uuid.UUID(made.id)
    assert (number.version, number.variant) == (7, uuid.RFC_4122)
    assert number.int >> 80 == int(MOMENT.timestamp() * 1000)
