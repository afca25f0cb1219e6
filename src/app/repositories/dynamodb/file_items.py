"""A file's record as a DynamoDB item, and back. `fileId` begins with the time, so that it sorts by age."""

from typing import cast

from app.models.files import File, FileStatus
from app.repositories.dynamodb.attributes import (
    Item,
    instant,
    number,
    string,
    to_instant,
    to_number,
    to_string,
)


def key(user_id: str, file_id: str) -> Item:
    return {"userId": string(user_id), "fileId": string(file_id)}


def item(user_id: str, file: File) -> Item:
    optional = {"uploadId": file.upload_id, "versionId": file.version_id}
    return {
        **key(user_id, file.id),
        "name": string(file.name),
        "contentType": string(file.content_type),
        "size": number(file.size),
        "status": string(file.status),
        "createdAt": instant(file.created_at),
        "expiresAt": instant(file.expires_at),
        "reserved": number(file.reserved),
        **{name: string(value) for name, value in optional.items() if value is not None},
    }


def file_from(item: Item) -> File:
    return File(
        id=item["fileId"]["S"],
        name=item["name"]["S"],
        content_type=item["contentType"]["S"],
        size=to_number(item, "size"),
        status=cast("FileStatus", item["status"]["S"]),
        created_at=to_instant(item, "createdAt"),
        expires_at=to_instant(item, "expiresAt"),
        reserved=to_number(item, "reserved"),
        upload_id=to_string(item, "uploadId"),
        version_id=to_string(item, "versionId"),
    )
