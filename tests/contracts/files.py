"""The contract of files' records, and of the room they take of their user's quota."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.ids import new_id
from app.models.files import File, Quota
from app.ports.files import FileRepository, QuotaExceeded
from app.ports.users import UserRecordMissing, UserRepository
from contracts.changes import new_id as new_user_id
from contracts.paging import everything

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUOTA = Quota(size=100, files=3)

_seconds = count()


def new_file(size: int = 10, **fields: Any) -> File:
    """Awaited, with an id that sorts behind those before."""
    known = {"name": "list.txt", "content_type": "text/plain", "size": size, "reserved": size}
    times = {"created_at": MOMENT, "expires_at": MOMENT + HOUR}
    return File(**{"id": new_id(MOMENT + timedelta(seconds=next(_seconds))), **known, **times, **fields})


def reserved(files: FileRepository, user_id: str, **fields: Any) -> File:
    file = new_file(**fields)
    files.reserve(user_id, file, Quota(size=10**12, files=1000))
    return file


class FilesContract:
    @pytest.mark.parametrize(
        "file",
        [
            new_file(),
            new_file(name="Größe 🦊.txt", size=0, upload_id="up/+="),
            new_file(size=1 << 40, status="available", version_id="null"),
            new_file(status="rejected", reserved=0),
        ],
        ids=["awaited", "in parts", "available", "rejected"],
    )
    def test_returns_every_field_as_it_was_stored(
        self, files: FileRepository, user_id: str, file: File
    ) -> None:
        files.reserve(user_id, file, Quota(size=1 << 41, files=10))

        assert files.get(user_id, file.id) == file
        assert everything(files.list, user_id) == [file]

    def test_has_none_that_was_never_stored(self, files: FileRepository, user_id: str) -> None:
        assert files.get(user_id, new_file().id) is None
        assert everything(files.list, user_id) == []

    def test_several_are_read_without_those_that_are_gone(
        self, files: FileRepository, user_id: str, other_user_id: str
    ) -> None:
        stored = [reserved(files, user_id) for _ in range(120)]
        theirs = reserved(files, other_user_id)

        found = files.get_many(user_id, [file.id for file in (*stored, theirs, new_file())])

        assert sorted(found, key=lambda file: file.id) == stored
        assert list(files.get_many(user_id, [])) == []

    @pytest.mark.parametrize("limit", [1, 2, 7, 100])
    def test_lists_the_newest_first(self, files: FileRepository, user_id: str, limit: int) -> None:
        stored = [reserved(files, user_id) for _ in range(7)]

        assert everything(files.list, user_id, limit=limit) == stored[::-1]
        assert sorted(files.every(user_id), key=lambda file: file.id) == stored

    def test_a_position_outlives_the_file_it_stood_at(self, files: FileRepository, user_id: str) -> None:
        stored = [reserved(files, user_id) for _ in range(3)]
        page = files.list(user_id, limit=2)
        for file in page.items:
            files.remove(user_id, file)

        rest = files.list(user_id, limit=2, position=page.position)

        assert [*page.items, *rest.items] == stored[::-1]

    def test_finds_what_is_awaited_in_vain(self, files: FileRepository, user_id: str) -> None:
        overdue = reserved(files, user_id, expires_at=MOMENT - timedelta(milliseconds=1))
        reserved(files, user_id, expires_at=MOMENT)
        reserved(files, user_id, expires_at=MOMENT - HOUR, status="available")

        assert list(files.pending(user_id, MOMENT)) == [overdue]

    def test_users_do_not_meet(self, files: FileRepository, user_id: str, other_user_id: str) -> None:
        mine = reserved(files, user_id)

        assert files.get(other_user_id, mine.id) is None
        assert everything(files.list, other_user_id) == []
        assert list(files.every(other_user_id)) == []
        assert files.remove(other_user_id, mine) is False
        files.discard(other_user_id, mine.id)

        assert files.get(user_id, mine.id) == mine
        assert files.used(other_user_id) == Quota(0, 0)


class FilesQuotaContract:
    def test_each_takes_what_it_reserves(self, files: FileRepository, user_id: str) -> None:
        assert files.used(user_id) == Quota(0, 0)

        reserved(files, user_id, size=7)
        reserved(files, user_id, size=0)

        assert files.used(user_id) == Quota(size=7, files=2)

    @pytest.mark.parametrize(("size", "fits"), [(40, True), (41, False)])
    def test_bytes_bind(self, files: FileRepository, user_id: str, size: int, fits: bool) -> None:
        files.reserve(user_id, new_file(60), QUOTA)
        file = new_file(size)

        if fits:
            files.reserve(user_id, file, QUOTA)
        else:
            with pytest.raises(QuotaExceeded):
                files.reserve(user_id, file, QUOTA)

        assert (files.get(user_id, file.id) is not None) is fits
        assert files.used(user_id) == (Quota(100, 2) if fits else Quota(60, 1))

    def test_the_number_of_files_binds(self, files: FileRepository, user_id: str) -> None:
        for _ in range(QUOTA.files):
            files.reserve(user_id, new_file(0), QUOTA)

        with pytest.raises(QuotaExceeded):
            files.reserve(user_id, new_file(0), QUOTA)

        assert files.used(user_id) == Quota(0, QUOTA.files)

    def test_more_than_there_ever_is_does_not_fit(self, files: FileRepository, user_id: str) -> None:
        for quota in (Quota(size=9, files=3), Quota(size=10, files=0)):
            with pytest.raises(QuotaExceeded):
                files.reserve(user_id, new_file(10), quota)

        assert files.used(user_id) == Quota(0, 0)

    def test_one_that_is_there_already_stays_and_counts_once(
        self, files: FileRepository, user_id: str
    ) -> None:
        """A request whose answer was lost is repeated."""
        file = new_file(100)
        files.reserve(user_id, file, QUOTA)

        files.reserve(user_id, replace(file, name="other"), QUOTA)

        assert files.get(user_id, file.id) == file
        assert files.used(user_id) == Quota(100, 1)

    def test_settling_corrects_what_is_taken(self, files: FileRepository, user_id: str) -> None:
        file = reserved(files, user_id, size=10)
        settled = replace(file, status="available", size=7, reserved=7, version_id="v1")

        assert files.settle(user_id, file, settled) is True

        assert files.get(user_id, file.id) == settled
        assert files.used(user_id) == Quota(7, 1)

    def test_removing_gives_back_what_was_taken(self, files: FileRepository, user_id: str) -> None:
        file, kept = reserved(files, user_id, size=10), reserved(files, user_id, size=3)

        assert files.remove(user_id, file) is True
        assert files.remove(user_id, file) is False

        assert files.get(user_id, file.id) is None
        assert files.used(user_id) == Quota(3, 1)
        assert everything(files.list, user_id) == [kept]

    def test_what_is_another_by_now_stays(self, files: FileRepository, user_id: str) -> None:
        file = reserved(files, user_id, size=10)
        settled = replace(file, status="available", size=7, reserved=7)
        files.settle(user_id, file, settled)

        assert files.settle(user_id, file, replace(file, status="rejected", reserved=0)) is False
        assert files.remove(user_id, file) is False

        assert files.get(user_id, file.id) == settled
        assert files.used(user_id) == Quota(7, 1)

    def test_what_is_gone_does_not_come_back(self, files: FileRepository, user_id: str) -> None:
        file = reserved(files, user_id, size=10)
        files.remove(user_id, file)

        assert files.settle(user_id, file, replace(file, status="available")) is False

        assert files.get(user_id, file.id) is None
        assert files.used(user_id) == Quota(0, 0)


class FilesWithoutAUserContract:
    def test_none_is_reserved(self, files: FileRepository) -> None:
        unknown, file = new_user_id(), new_file()

        with pytest.raises(UserRecordMissing):
            files.reserve(unknown, file, QUOTA)
        with pytest.raises(UserRecordMissing):
            files.used(unknown)

        assert files.get(unknown, file.id) is None

    def test_what_there_is_may_be_discarded_again_and_again(
        self, files: FileRepository, users: UserRepository, user_id: str
    ) -> None:
        file = reserved(files, user_id)
        users.close(user_id)

        for _ in range(2):
            files.discard(user_id, file.id)

        assert files.get(user_id, file.id) is None
        assert everything(files.list, user_id) == []
