"""The contracts of object storage: users' folders, and files of raw user data."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.ports.objects import StoredObject, UserObjects
from app.ports.raw_files import ObjectGone, ObjectReplaced, RawFile, RawFiles
from contracts.changes import new_id

PutObject = Callable[[str, str, bytes], StoredObject]
"""Put a version of a file's object past the application: user, file, content (`text/plain`)."""
PutRaw = Callable[[str, bytes], RawFile]
"""Put a version of an object of the ingest bucket: key, content."""


class UserObjectsContract:
    def test_an_object_is_described_as_it_is(self, objects: UserObjects, put: PutObject) -> None:
        user_id, file_id = new_id(), new_id()
        seen = [objects.head(user_id, file_id)]

        for body in (b"", b"Buy milk."):
            put(user_id, file_id, body)
            seen.append(objects.head(user_id, file_id))

        before, empty, filled = seen
        assert before is None
        assert empty is not None
        assert filled is not None
        assert [(each.size, each.content_type) for each in (empty, filled)] == [
            (0, "text/plain"),
            (9, "text/plain"),
        ]
        assert empty.version_id != filled.version_id

    def test_pruning_spares_one_version(self, objects: UserObjects, put: PutObject) -> None:
        user_id, file_id = new_id(), new_id()
        first, *_ = [put(user_id, file_id, body) for body in (b"first", b"second", b"third")]

        objects.prune(user_id, file_id, keep=first.version_id)

        assert objects.head(user_id, file_id) == first

    def test_pruning_without_an_exception_leaves_nothing(self, objects: UserObjects, put: PutObject) -> None:
        user_id, file_id = new_id(), new_id()
        other = put(user_id, f"{file_id}x", b"whose key begins alike")
        for body in (b"first", b"second"):
            put(user_id, file_id, body)

        for _ in range(2):
            objects.prune(user_id, file_id, keep=None)

        assert objects.head(user_id, file_id) is None
        assert objects.head(user_id, f"{file_id}x") == other

    def test_erasing_leaves_nothing_of_one_user(self, objects: UserObjects, put: PutObject) -> None:
        user_id, files = new_id(), [new_id() for _ in range(3)]
        for file_id in files:
            put(user_id, file_id, b"first")
            put(user_id, file_id, b"second")
        theirs = put(f"{user_id}x", files[0], b"whose id begins alike")

        for _ in range(2):
            objects.erase(user_id)

        assert [objects.head(user_id, file_id) for file_id in files] == [None] * 3
        assert objects.head(f"{user_id}x", files[0]) == theirs


class RawFilesContract:
    @pytest.mark.parametrize("offset", [0, 1, 65_535, 65_536, 65_537, 199_999, 200_000])
    def test_gives_the_bytes_from_an_offset_on(
        self, raw_files: RawFiles, put_raw: PutRaw, offset: int
    ) -> None:
        body = bytes(range(250)) * 800
        file = put_raw("people.csv", body)

        pieces = list(raw_files.pieces(file, offset))

        assert b"".join(pieces) == body[offset:]
        assert all(0 < len(piece) <= 1 << 16 for piece in pieces)

    def test_an_empty_file_has_no_pieces(self, raw_files: RawFiles, put_raw: PutRaw) -> None:
        assert list(raw_files.pieces(put_raw("empty.csv", b""))) == []

    def test_a_version_is_read_after_it_was_replaced(self, raw_files: RawFiles, put_raw: PutRaw) -> None:
        first = put_raw("replaced.csv", b"first")
        put_raw("replaced.csv", b"second")

        assert b"".join(raw_files.pieces(first)) == b"first"

    def test_without_a_version_another_content_is_noticed(self, raw_files: RawFiles, put_raw: PutRaw) -> None:
        first = replace(put_raw("etag.csv", b"first"), version_id=None)
        assert b"".join(raw_files.pieces(first)) == b"first"
        put_raw("etag.csv", b"second")

        with pytest.raises(ObjectReplaced):
            list(raw_files.pieces(first))

    def test_what_is_not_there_is_gone(self, raw_files: RawFiles, put_raw: PutRaw) -> None:
        file = put_raw("there.csv", b"content")

        with pytest.raises(ObjectGone):
            list(raw_files.pieces(replace(file, key="elsewhere.csv", version_id=None)))
