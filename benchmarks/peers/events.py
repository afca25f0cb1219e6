"""What each operation of a peer is called with: an event and a context as AWS sends them, and what it answers."""

import json
import os
from types import SimpleNamespace

TODO = "3f0e7a52-6b1c-4d0e-9d0a-000000000000"
BODY = {"title": "Buy oat milk", "notes": "The barista one", "priority": "medium", "tags": ["shopping"]}

CONTEXT = SimpleNamespace(
    aws_request_id="r1",
    function_name="peer",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:peer",
    get_remaining_time_in_millis=lambda: 600_000,
)


def http(method, path, body=None, **headers):
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "authorization": f"Bearer {os.environ['TOKEN']}",
            "host": "api.example.com",
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "x",
            },
            "authorizer": {"jwt": {"claims": {"sub": "user-a"}}},
            "requestId": "r1",
            "stage": "$default",
            "timeEpoch": 0,
            "domainName": "api.example.com",
        },
        "body": body and json.dumps(body),
        "isBase64Encoded": False,
    }


def queued(body):
    attributes = {"SentTimestamp": "1795900000000", "ApproximateReceiveCount": "1"}
    record = {"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps(body), "attributes": attributes}
    return {"Records": [record]}


def mail():
    return queued(
        {
            "kind": "welcome",
            "to": "ada@example.com",
            "id": "welcome#user-a",
            "data": {"name": "Ada"},
            "userId": "user-a",
        }
    )


def file():
    stored = {"key": "users/people.csv", "size": 6000, "sequencer": "00", "versionId": "1"}
    return queued(
        {
            "Records": [
                {
                    "eventSource": "aws:s3",
                    "eventName": "ObjectCreated:Put",
                    "eventTime": "2026-11-29T10:00:00.000Z",
                    "s3": {"bucket": {"name": os.environ["INGEST_BUCKET"]}, "object": stored},
                }
            ]
        }
    )


def sign_up():
    attributes = {"sub": "user-a", "email": "ada@example.com", "email_verified": "true", "name": "Ada"}
    return {
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "userName": "user-a",
        "request": {"userAttributes": attributes},
        "response": {},
    }


OPERATIONS = {
    "list": (lambda: http("GET", "/v1/todos"), {"statusCode": 200}),
    "list not modified": (lambda: http("GET", "/v1/todos", if_none_match='W/"7"'), {"statusCode": 304}),
    "create": (lambda: http("POST", "/v1/todos", BODY), {"statusCode": 201}),
    "change": (lambda: http("PATCH", f"/v1/todos/{TODO}", {"title": "Buy almond milk"}), {"statusCode": 200}),
    "mail": (mail, {"batchItemFailures": []}),
    "file": (file, {"batchItemFailures": []}),
    "sign-up": (sign_up, {"userName": "user-a"}),
}
"""Makes the event, and members that the answer must have."""
