"""Ways into and out of the data bucket that a client can use without credentials, for a while.

S3 holds them to what was signed: the key, the type, the size, the encryption, the end.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from app.aws.clients import Clients
from app.aws.errors import map_aws_errors
from app.aws.user_objects import object_key
from app.errors import Unprocessable
from app.models.files import File
from app.models.moments import now
from app.ports.objects import PresignedForm

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_ENCRYPTION: Literal["AES256"] = "AES256"
_BAD_PARTS = {"EntityTooSmall", "InvalidPart", "InvalidPartOrder", "InvalidRequest", "MalformedXML"}


class S3PresignedUrls:
    """`seconds` says how long what is returned may be used. `disposition` becomes part of the object, so that a
    browser saves it, however the link was made."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    @property
    def _s3(self) -> "S3Client":
        return self._clients.s3

    def form(self, user_id: str, file: File, *, disposition: str, seconds: int) -> tuple[str, dict[str, str]]:
        """The URL to post to, and the fields to post before the file."""
        fields = {"Content-Type": file.content_type, "Content-Disposition": disposition}
        return presigned_post(
            self._s3,
            self._bucket,
            object_key(user_id, file.id),
            fields,
            sizes=(0, file.size),
            seconds=seconds,
        )

    def begun_parts(self, user_id: str, file_id: str) -> str | None:
        """The id of a multipart upload that was begun for this file, if there is one."""
        key = object_key(user_id, file_id)
        with map_aws_errors():
            answer = self._s3.list_multipart_uploads(Bucket=self._bucket, Prefix=key)
        return next((u["UploadId"] for u in answer.get("Uploads", ()) if u["Key"] == key), None)

    def begin_parts(self, user_id: str, file: File, *, disposition: str) -> str:
        """Start a multipart upload; its id. The client tries once: S3 would begin another one."""
        with map_aws_errors():
            answer = self._s3.create_multipart_upload(
                **self._object(user_id, file.id),
                ContentType=file.content_type,
                ContentDisposition=disposition,
                ServerSideEncryption=_ENCRYPTION,
            )
        return answer["UploadId"]

    def part_url(self, user_id: str, file: File, number: int, size: int, *, seconds: int) -> str:
        """The URL to put part `number` to, of exactly `size` bytes."""
        upload = {**self._object(user_id, file.id), "UploadId": file.upload_id}
        return self._s3.generate_presigned_url(
            "upload_part", Params={**upload, "PartNumber": number, "ContentLength": size}, ExpiresIn=seconds
        )

    def finish_parts(
        self, user_id: str, file_id: str, upload_id: str, parts: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Make one object of the parts, `{"PartNumber", "ETag"}` each. `False` when there is no such upload any more.

        Raises:
            Unprocessable: these are not the parts that were uploaded (code `invalid_parts`).
        """
        finished: Any = {"Parts": parts}
        try:
            with map_aws_errors():
                self._s3.complete_multipart_upload(
                    **self._object(user_id, file_id), UploadId=upload_id, MultipartUpload=finished
                )
        except ClientError as error:
            if error.response["Error"]["Code"] in _BAD_PARTS:
                raise Unprocessable(
                    "These are not the parts that were uploaded.", code="invalid_parts"
                ) from error
            return _passed_over(error)
        return True

    def abort_parts(self, user_id: str, file_id: str, upload_id: str) -> None:
        """Nothing happens when the upload has ended already."""
        try:
            with map_aws_errors():
                self._s3.abort_multipart_upload(**self._object(user_id, file_id), UploadId=upload_id)
        except ClientError as error:
            _passed_over(error)

    def download_url(
        self, user_id: str, file: File, *, disposition: str, content_type: str, seconds: int
    ) -> str:
        version = {"VersionId": file.version_id} if file.version_id else {}
        return self._s3.generate_presigned_url(
            "get_object",
            Params={
                **self._object(user_id, file.id),
                **version,
                "ResponseContentDisposition": disposition,
                "ResponseContentType": content_type,
                "ResponseCacheControl": "private, no-store",
            },
            ExpiresIn=seconds,
        )

    def _object(self, user_id: str, file_id: str) -> Any:
        return {"Bucket": self._bucket, "Key": object_key(user_id, file_id)}


def _passed_over(error: ClientError) -> bool:
    """Return `False` for an upload that no longer exists. Raise any other error."""
    if error.response["Error"]["Code"] != "NoSuchUpload":
        raise error
    return False


class S3ImportUploads:
    """Forms for the files of imports."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    def form(self, key: str, *, content_type: str, size: int, seconds: int) -> PresignedForm:
        """See `app.ports.objects.ImportUploads`."""
        expires_at = now() + timedelta(seconds=seconds)
        url, fields = presigned_post(
            self._clients.s3,
            self._bucket,
            key,
            {"Content-Type": content_type},
            sizes=(1, size),
            seconds=seconds,
        )
        return PresignedForm(url, fields, expires_at)


def presigned_post(
    s3: "S3Client", bucket: str, key: str, fields: Mapping[str, str], *, sizes: tuple[int, int], seconds: int
) -> tuple[str, dict[str, str]]:
    """The URL to post to, and the fields to post before the file: one object at `key`, of `sizes` bytes (from, to),
    with exactly these fields, encrypted."""
    exact = {**fields, "x-amz-server-side-encryption": _ENCRYPTION}
    size: Any = ["content-length-range", *sizes]
    form = s3.generate_presigned_post(
        Bucket=bucket,
        Key=key,
        Fields=dict(exact),
        Conditions=[size, *({name: value} for name, value in exact.items())],
        ExpiresIn=seconds,
    )
    return form["url"], form["fields"]
