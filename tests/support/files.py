"""Files in tests: uploads as a browser makes them, and a look at what stands behind the routes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from app.aws.clients import Clients
from app.aws.presigned_urls import S3PresignedUrls
from app.aws.user_objects import S3UserObjects, object_key
from app.container import Container
from app.ports.files import FileRepository
from app.ports.objects import PresignedUrls, UserObjects
from app.ports.users import UserRepository
from app.services.cursors import CursorSigner
from app.services.files.events import FileEvents
from app.services.files.service import Files
from support.people import Person
from support.stack import RunningStack

TEXT = b"Buy milk.\n"


@dataclass
class FileStorage:
    """The storage behind the routes, to inspect it and to stand in for S3's events."""

    clients: Clients
    bucket: str
    users: UserRepository
    repository: FileRepository
    objects: UserObjects
    transfers: PresignedUrls

    def __post_init__(self) -> None:
        self.events = FileEvents(self.repository, self.objects, self.transfers)

    def service(self, **options: Any) -> Files:
        signer = CursorSigner(lambda: b"key")
        return Files(self.repository, self.objects, self.transfers, self.events, signer, **options)

    def used(self, user_id: str) -> tuple[int, int]:
        """Bytes and files that count against the user's quota."""
        used = self.repository.used(user_id)
        return used.size, used.files

    def versions(self, user_id: str, file_id: str) -> list[str]:
        """Every version of a file's object that S3 keeps, delete markers included."""
        answer = self.clients.s3.list_object_versions(Bucket=self.bucket, Prefix=object_key(user_id, file_id))
        return [v["VersionId"] for v in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ()))]

    def put(self, user_id: str, file_id: str, body: bytes = TEXT, content_type: str = "text/plain") -> None:
        """Put an object as an operator could, past the form and its policy."""
        key = object_key(user_id, file_id)
        self.clients.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)


def create(person: Person, **changes: Any) -> dict[str, Any]:
    body = {"name": "list.txt", "contentType": "text/plain", "size": len(TEXT), **changes}
    response = person.request("POST", "/v1/files", json=body)
    assert response.status_code == 201, response.text
    return response.json()


def post(upload: dict[str, Any], body: bytes = TEXT, **changes: str) -> httpx.Response:
    """Post the form as a browser does."""
    return httpx.post(
        upload["url"], data={**upload["fields"], **changes}, files={"file": ("f", body)}, timeout=30
    )


def eventually(read: Callable[[], Any], wanted: Callable[[Any], bool], *, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not wanted(found := read()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.1)
    return found


def storage_of(stack: RunningStack) -> FileStorage:
    settings, clients = stack.settings, stack.clients()
    storage = Container(settings).storage
    return FileStorage(
        clients,
        settings.data_bucket,
        storage.users,
        storage.files,
        S3UserObjects(clients, settings.data_bucket),
        S3PresignedUrls(clients, settings.data_bucket),
    )
