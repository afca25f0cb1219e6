"""The objects of the data bucket: one for each file, at `users/{userId}/{fileId}`.

The bucket keeps versions. Of a file's object the one version counts that was accepted; deleting takes all of them.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from app.aws import calls
from app.aws.clients import Clients
from app.aws.errors import map_aws_errors
from app.context import FailedCall
from app.errors import Unavailable
from app.ports.objects import StoredObject

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_BATCH = 1000
"""What S3 deletes in one call."""


def folder(user_id: str) -> str:
    return f"users/{user_id}/"


def object_key(user_id: str, file_id: str) -> str:
    return f"{folder(user_id)}{file_id}"


class S3UserObjects:
    """Every method may raise `app.errors.Unavailable`."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    @property
    def _s3(self) -> "S3Client":
        return self._clients.s3

    def head(self, user_id: str, file_id: str) -> StoredObject | None:
        try:
            with map_aws_errors():
                answer = self._s3.head_object(Bucket=self._bucket, Key=object_key(user_id, file_id))
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode") == 404:
                return None
            raise
        return StoredObject(
            size=answer["ContentLength"],
            content_type=answer.get("ContentType", ""),
            version_id=answer.get("VersionId"),
        )

    def prune(self, user_id: str, file_id: str, *, keep: str | None) -> None:
        """Delete every version but `keep`, delete markers included."""
        key = object_key(user_id, file_id)
        self._delete(
            version
            for version in self._versions(key)
            if version["Key"] == key and version["VersionId"] != keep
        )

    def erase(self, user_id: str) -> None:
        """Delete the user's whole folder with all versions, and end the uploads into it."""
        for upload in self._uploads(folder(user_id)):
            self._abort(upload)
        self._delete(self._versions(folder(user_id)))

    def _versions(self, prefix: str) -> Iterator[dict[str, str]]:
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in _translated(pages):
            for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield {"Key": version["Key"], "VersionId": version["VersionId"]}

    def _uploads(self, prefix: str) -> Iterator[Mapping[str, str]]:
        pages = self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in _translated(pages):
            yield from page.get("Uploads", ())

    def _abort(self, upload: Mapping[str, str]) -> None:
        try:
            with map_aws_errors():
                self._s3.abort_multipart_upload(
                    Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchUpload":
                raise

    def _delete(self, versions: Iterator[dict[str, str]]) -> None:
        while batch := list(islice(versions, _BATCH)):
            objects: Any = {"Objects": batch, "Quiet": True}
            with map_aws_errors():
                answer = self._s3.delete_objects(Bucket=self._bucket, Delete=objects)
            if errors := answer.get("Errors"):
                calls.record(FailedCall("s3", "DeleteObjects", errors[0].get("Code", "unknown")))
                raise Unavailable


def _translated(pages: Any) -> Iterator[dict[str, Any]]:
    with map_aws_errors():
        yield from pages
