"""Events as AWS sends them to each of the functions: recorded, with what a test says in its place."""

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

_RECORDED = Path(__file__).parent / "recorded"


def http_api(
    method: str, path: str, body: Any = None, *, token: str | None = None, authorizer: Any = None
) -> dict[str, Any]:
    """A request to the HTTP API, in payload format 2.0. `authorizer` is what the gateway says of the token."""
    event = _recorded("http_api")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["pathParameters"] = {"proxy": path.removeprefix("/")}
    event["requestContext"]["http"]["method"] = method
    event["requestContext"]["requestId"] = uuid4().hex
    if token is not None:
        event["headers"]["authorization"] = f"Bearer {token}"
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    if body is not None:
        event["body"] = json.dumps(body)
        event["headers"] |= {"content-type": "application/json", "content-length": str(len(event["body"]))}
    return event


def authorizer(token: str) -> dict[str, Any]:
    """The HTTP API's request to its authorizer, in payload format 2.0."""
    event = _recorded("authorizer")
    event["identitySource"] = [f"Bearer {token}"]
    event["headers"]["authorization"] = f"Bearer {token}"
    return event


def outgoing(url: str) -> dict[str, Any]:
    """The request for `url` that a function in the cache's network hands over."""
    return {"method": "GET", "url": url, "headers": {}, "body": ""}


def custom_resource(kind: str, url: str) -> dict[str, Any]:
    """CloudFormation's request for the resource `Schema`, to be answered at `url`."""
    return _recorded("custom_resource") | {"RequestType": kind, "ResponseURL": url}


def sqs(*bodies: str) -> dict[str, Any]:
    """A batch of messages, in the order of `bodies`."""
    return {"Records": [_message(body) for body in bodies]}


def user_changes(*changes: tuple[dict[str, Any] | None, dict[str, Any] | None]) -> dict[str, Any]:
    """Records of the Users table's stream, from the images before and after each change."""
    recorded, records = _recorded("dynamodb_stream"), []
    for old, new in changes:
        images = {"OldImage": old, "NewImage": new}
        sequence = str(time.time_ns()).rjust(21, "1")
        change = {**recorded["dynamodb"], **images, "SequenceNumber": sequence}
        stream = {name: value for name, value in change.items() if value is not None}
        records.append(recorded | {"eventID": uuid4().hex, "dynamodb": stream})
    return {"Records": records}


def object_created(bucket: str, key: str, put: dict[str, Any], size: int) -> str:
    """S3's message about an object; `put` is S3's answer to the upload."""
    record = _recorded("s3")
    record["eventTime"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record["s3"]["bucket"] |= {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}
    record["s3"]["object"] |= {
        "key": quote_plus(key, safe="/"),
        "size": size,
        "eTag": put["ETag"].strip('"'),
        "versionId": put["VersionId"],
    }
    return json.dumps({"Records": [record]})


def post_confirmation(pool: str, client: str, user_id: str, email: str) -> dict[str, Any]:
    event = _recorded("post_confirmation")
    event["userPoolId"], event["callerContext"]["clientId"] = pool, client
    event["userName"] = user_id
    event["request"]["userAttributes"] |= {"sub": user_id, "email": email}
    return event


def pre_sign_up(email: str) -> dict[str, Any]:
    event = _recorded("post_confirmation") | {"triggerSource": "PreSignUp_SignUp"}
    event["request"] = {"userAttributes": {"email": email}, "validationData": None}
    event["response"] = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    return event


def post_authentication(client: str, user_id: str) -> dict[str, Any]:
    event = _recorded("post_confirmation") | {"triggerSource": "PostAuthentication_Authentication"}
    event["callerContext"]["clientId"], event["userName"] = client, user_id
    event["request"] = {"userAttributes": {"sub": user_id}, "newDeviceUsed": False}
    return event


def _message(body: str) -> dict[str, Any]:
    message = _recorded("sqs")
    message["attributes"]["SentTimestamp"] = str(int(time.time() * 1000))
    digest = hashlib.md5(body.encode()).hexdigest()
    return message | {"messageId": str(uuid4()), "body": body, "md5OfBody": digest}


def _recorded(name: str) -> Any:
    return json.loads((_RECORDED / f"{name}.json").read_text())
