"""The contracts of uploads and downloads without credentials: what was signed works, and nothing else."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.errors import Unprocessable
from app.models.files import File
from app.ports.objects import ImportUploads, PresignedUrls, UserObjects
from contracts.changes import new_id
from contracts.files import new_file

TEXT = b"Buy milk.\n"
PART = 5 << 20
"""The least that all parts but the last must have."""
DISPOSITION = 'attachment; filename="list.txt"'


def post(form: tuple[str, dict[str, str]], body: bytes = TEXT, **changes: str) -> httpx.Response:
    url, fields = form
    return httpx.post(
        url, data={**fields, **changes}, files={"file": ("f", body)}, timeout=60, trust_env=False
    )


def put_part(url: str, body: bytes) -> httpx.Response:
    return httpx.put(url, content=body, timeout=60, trust_env=False)


def put_parts(transfers: PresignedUrls, user_id: str, file: File, *bodies: bytes) -> list[dict[str, Any]]:
    etags = []
    for number, body in enumerate(bodies, 1):
        url = transfers.part_url(user_id, file, number, len(body), seconds=60)
        etags.append(put_part(url, body).headers["ETag"])
    return [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]


class FormsContract:
    def test_a_form_takes_what_was_announced(self, transfers: PresignedUrls, objects: UserObjects) -> None:
        user_id, file = new_id(), new_file(size=len(TEXT))

        answer = post(transfers.form(user_id, file, disposition=DISPOSITION, seconds=60))

        assert answer.status_code == 204
        stored = objects.head(user_id, file.id)
        assert stored is not None
        assert (stored.size, stored.content_type) == (len(TEXT), "text/plain")

    @pytest.mark.parametrize(
        ("body", "changes"),
        [
            (TEXT + b"!", {}),
            (TEXT, {"Content-Type": "text/html"}),
            (TEXT, {"Content-Disposition": "inline"}),
            (TEXT, {"key": "users/another/file"}),
        ],
        ids=["longer", "another type", "shown", "another key"],
    )
    def test_a_form_takes_nothing_else(
        self, transfers: PresignedUrls, objects: UserObjects, body: bytes, changes: dict[str, str]
    ) -> None:
        user_id, file = new_id(), new_file(size=len(TEXT))

        answer = post(transfers.form(user_id, file, disposition=DISPOSITION, seconds=60), body, **changes)

        assert answer.status_code in (400, 403)
        assert objects.head(user_id, file.id) is None

    def test_a_link_gives_the_version_it_was_made_for(
        self, transfers: PresignedUrls, objects: UserObjects
    ) -> None:
        user_id, file = new_id(), new_file(size=len(TEXT))
        form = transfers.form(user_id, file, disposition=DISPOSITION, seconds=60)
        post(form)
        stored = objects.head(user_id, file.id)
        assert stored is not None
        post(form, b"Later.")
        link = transfers.download_url(
            user_id,
            replace(file, version_id=stored.version_id),
            disposition=DISPOSITION,
            content_type="text/plain",
            seconds=60,
        )

        answer = httpx.get(link, timeout=60, trust_env=False)

        assert (answer.status_code, answer.content) == (200, TEXT)
        assert answer.headers["Content-Disposition"] == DISPOSITION
        assert httpx.get(link.replace(user_id, new_id()), timeout=60, trust_env=False).status_code == 403


class PartsContract:
    @pytest.fixture
    def begun(self, transfers: PresignedUrls) -> tuple[str, File]:
        """A user, and a file of theirs whose upload in parts has begun."""
        user_id, file = new_id(), new_file(size=PART + 1)
        upload_id = transfers.begin_parts(user_id, file, disposition=DISPOSITION)
        return user_id, replace(file, upload_id=upload_id)

    def test_one_that_was_begun_is_found(self, transfers: PresignedUrls, begun: tuple[str, File]) -> None:
        user_id, file = begun

        assert transfers.begun_parts(user_id, file.id) == file.upload_id
        assert transfers.begun_parts(user_id, new_id()) is None

    def test_parts_become_one_object(
        self, transfers: PresignedUrls, objects: UserObjects, begun: tuple[str, File]
    ) -> None:
        user_id, file = begun
        parts = put_parts(transfers, user_id, file, bytes(PART), b"!")

        assert transfers.finish_parts(user_id, file.id, str(file.upload_id), parts) is True

        stored = objects.head(user_id, file.id)
        assert stored is not None
        assert (stored.size, stored.content_type) == (PART + 1, "text/plain")
        assert transfers.begun_parts(user_id, file.id) is None

    def test_a_part_has_the_size_that_was_signed(
        self, transfers: PresignedUrls, begun: tuple[str, File]
    ) -> None:
        user_id, file = begun
        url = transfers.part_url(user_id, file, 1, 10, seconds=60)

        assert put_part(url, bytes(11)).status_code == 403

    def test_parts_that_were_never_put_are_refused(
        self, transfers: PresignedUrls, begun: tuple[str, File]
    ) -> None:
        user_id, file = begun
        parts = [{"PartNumber": 1, "ETag": '"5d41402abc4b2a76b9719d911017c592"'}]

        with pytest.raises(Unprocessable) as refused:
            transfers.finish_parts(user_id, file.id, str(file.upload_id), parts)

        assert refused.value.code == "invalid_parts"

    def test_one_that_has_ended_is_neither_finished_nor_ended_again(
        self, transfers: PresignedUrls, begun: tuple[str, File]
    ) -> None:
        user_id, file = begun
        parts = put_parts(transfers, user_id, file, b"!")
        for _ in range(2):
            transfers.abort_parts(user_id, file.id, str(file.upload_id))

        assert transfers.begun_parts(user_id, file.id) is None
        assert transfers.finish_parts(user_id, file.id, str(file.upload_id), parts) is False

    def test_erasing_a_folder_ends_the_uploads_into_it(
        self, transfers: PresignedUrls, objects: UserObjects, begun: tuple[str, File]
    ) -> None:
        user_id, file = begun

        objects.erase(user_id)

        assert transfers.begun_parts(user_id, file.id) is None


class ImportUploadsContract:
    @pytest.mark.parametrize(("body", "taken"), [(b"a,b\n", True), (b"", False), (b"a,b,c\n", False)])
    def test_a_form_takes_a_file_of_at_most_that_size(
        self, import_uploads: ImportUploads, body: bytes, taken: bool
    ) -> None:
        form = import_uploads.form(new_id(), content_type="text/csv", size=4, seconds=60)

        answer = post((form.url, form.fields), body)

        assert (answer.status_code == 204) is taken
        assert taken or answer.status_code in (400, 403)

    def test_a_form_takes_its_type_only(self, import_uploads: ImportUploads) -> None:
        form = import_uploads.form(new_id(), content_type="text/csv", size=4, seconds=60)

        assert post((form.url, form.fields), b"a,b\n", **{"Content-Type": "text/html"}).status_code == 403
