"""The API function, called with the events that API Gateway's HTTP API sends (payload format 2.0)."""

import base64
import json
import logging
import sys
from typing import Any

import pytest

from support.environment import ENVIRONMENT


@pytest.fixture
def handler(monkeypatch):
    """A fresh import of the entrypoint, as a cold start makes it."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for module in ("app.entrypoints.api", "app.config.api"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    from app.entrypoints.api import handler

    return lambda event: handler(event, None)


def event(method: str = "GET", path: str = "/healthz", **changes: Any) -> dict[str, Any]:
    """As recorded from an HTTP API, shortened."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "content-type": "application/json",
            "host": "abc123.execute-api.us-east-1.amazonaws.com",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "abc123",
            "domainName": "abc123.execute-api.us-east-1.amazonaws.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1_790_000_000_000,
        },
        "isBase64Encoded": False,
        **changes,
    }


def test_serves_a_request_under_the_gateways_id(handler):
    answer = handler(event())

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"status": "ok"}
    assert answer["headers"]["x-request-id"] == "JKJaXmPLvHcESHA="


def test_head_has_the_headers_of_get_and_no_body(handler):
    got, asked = handler(event()), handler(event("HEAD"))

    assert (asked["statusCode"], asked["body"]) == (200, "")
    assert asked["headers"] == got["headers"]


def test_a_problem_is_text_and_not_base64(handler):
    answer = handler(event(path="/v1/todos"))

    assert answer["statusCode"] == 401
    assert answer["isBase64Encoded"] is False
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"])["code"] == "unauthenticated"


def test_a_body_may_come_in_base64(handler):
    body = base64.b64encode(b'{"email": "not an address"}').decode()

    answer = handler(event("POST", "/v1/auth/resend", body=body, isBase64Encoded=True))

    assert answer["statusCode"] == 422


def test_an_event_without_headers_is_served(handler):
    assert handler(event(headers=None))["statusCode"] == 200


@pytest.mark.parametrize(
    "malformed",
    [
        {},
        {"Records": [{"eventSource": "aws:sqs"}]},
        {"version": "2.0", "requestContext": None},
        {"version": "2.0", "requestContext": {}},
        event("POST", "/v1/auth/resend", body="*not base64*", isBase64Encoded=True),
        event(headers={"host": "a:b:c"}),
        event(headers={"host": "example.com:port"}),
        event(headers={"host": 7}),
        event(headers=["host"]),
        event(requestContext={"http": {"method": "GET"}}),
        event(rawQueryString=7),
        event(path=None),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_malformed_event_is_a_bad_request_and_never_raised(handler, malformed):
    answer = handler(malformed)

    assert answer["statusCode"] in (400, 401, 404)
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"])["status"] == answer["statusCode"]


def test_what_is_no_request_gets_the_whole_of_a_problem_and_a_line_in_the_log(handler, caplog, monkeypatch):
    monkeypatch.setattr(
        logging.getLogger("app"), "propagate", True
    )  # an application that ran before may have set it

    answer = handler({})

    assert {**answer, "body": json.loads(answer["body"])} == {
        "statusCode": 400,
        "headers": {"content-type": "application/problem+json", "cache-control": "no-store"},
        "body": {
            "type": "urn:problem:malformed_request",
            "title": "Bad Request",
            "status": 400,
            "detail": "The request could not be understood.",
            "code": "malformed_request",
        },
        "isBase64Encoded": False,
    }
    assert "malformed event" in caplog.messages
