"""Files of raw user data in S3: read piece by piece, through lost connections, always the same version."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from urllib3.exceptions import HTTPError

from app.aws.clients import Clients
from app.aws.errors import map_aws_errors
from app.errors import Unavailable
from app.ports.raw_files import ObjectGone, ObjectReplaced, RawFile

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_PIECE = 1 << 16
_TRIES = 5
"""Without a byte of progress."""


class S3RawFiles:
    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @property
    def _s3(self) -> "S3Client":
        return self._clients.s3

    def pieces(self, file: RawFile, offset: int = 0) -> Iterator[bytes]:
        """The bytes from `offset` on, at most 64 KiB at a time.

        Raises (while iterating):
            ObjectGone, ObjectReplaced
            app.errors.Unavailable: the connection breaks again and again.
        """
        failures = 0
        while failures < _TRIES:
            if failures:
                time.sleep(0.1 * 2**failures)
            try:
                for piece in self._stream(file, offset):
                    offset += len(piece)
                    failures = 0
                    yield piece
            except (HTTPError, HTTPClientError, IncompleteReadError, ConnectionError):
                failures += 1
            else:
                return
        raise Unavailable

    def _stream(self, file: RawFile, offset: int) -> Iterator[bytes]:
        try:
            with map_aws_errors():
                answer = self._s3.get_object(
                    Bucket=file.bucket, Key=file.key, Range=f"bytes={offset}-", **_selector(file)
                )
        except ClientError as error:
            if (meaning := _meaning(error)) is None:
                return
            raise meaning from error
        except BotoCoreError as error:
            raise Unavailable from error
        ignored = (
            offset if "ContentRange" not in answer else 0
        )  # a server may answer with all of it (RFC 9110, 14.2)
        with answer["Body"] as body:
            while piece := body.read(_PIECE):
                if rest := piece[ignored:]:
                    yield rest
                ignored = max(0, ignored - len(piece))


def _selector(file: RawFile) -> dict[str, Any]:
    if file.version_id:
        return {"VersionId": file.version_id}
    return {"IfMatch": f'"{file.etag}"'} if file.etag else {}


def _meaning(error: ClientError) -> Exception | None:
    """`None` for a range beyond the end, which is how an empty rest looks."""
    status = error.response["ResponseMetadata"].get("HTTPStatusCode")
    if status == 416:
        return None
    if status in (404, 405):  # 405: the version is a delete marker
        return ObjectGone()
    return ObjectReplaced() if status == 412 else error
