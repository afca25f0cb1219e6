"""Signatures that the embedded AWS accepts, in headers, links and forms, and its answers to the others."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from botocore.credentials import Credentials as Signer
from ministack.services import sts

from unit.devstack.gate_calls import (
    APP,
    BODY,
    ENDPOINT,
    OWN,
    TARGET,
    form,
    link,
    signed,
)


@pytest.mark.parametrize(
    ("method", "path", "service", "body"),
    [
        ("POST", "/", "dynamodb", BODY),
        ("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3A%3A%3Afunction%3Aa/policy", "lambda", b""),
        ("GET", "/v1//twice/./x/../y?b=2&a=1&a=0&empty=", "execute-api", b""),
        ("PUT", "/bucket/a%20b/%C3%BC+~.txt", "s3", b"\x00\xff"),
        ("GET", "/bucket//a//b?list-type=2&prefix=%2F", "s3", b""),
    ],
)
def test_what_the_owner_signs_is_passed_on_with_its_body(call, ministack, method, path, service, body):
    answer = call(method, path, headers=signed(method, path, {}, body, service=service), content=body)

    assert (answer.status_code, answer.text) == (200, "done")
    assert [passed for _, passed in ministack.passed] == [body]


def test_what_a_role_signs_with_its_session_is_passed_on(call, session):
    assert call("POST", "/", headers=signed(signer=session), content=BODY).status_code == 200


@pytest.mark.parametrize(
    "signer",
    [
        Signer(OWN.access_key_id, "guessed"),
        Signer(OWN.access_key_id, OWN.secret_access_key, "token"),
        Signer("test", "test"),
        Signer("test", OWN.secret_access_key),
        Signer("000000000000", OWN.secret_access_key),
        Signer("123456789012", "test"),
        Signer("AKIAUNKNOWN", "test"),
        Signer("ASIAROLE00000001", "of the role"),
        Signer("ASIAROLE00000001", "of the role", "another"),
        Signer("ASIAROLE00000001", "another", "token of the role"),
    ],
)
def test_other_keys_secrets_and_sessions_are_refused(call, ministack, session, signer):
    answer = call("POST", "/", headers=signed(signer=signer), content=BODY)

    assert answer.status_code in (400, 403)
    assert not ministack.passed


def test_a_session_is_refused_once_it_has_expired(call, ministack, session):
    sts._sessions[session.access_key]["Expiration"] = 1.0

    assert "Expired" in call("POST", "/", headers=signed(signer=session), content=BODY).text
    assert not ministack.passed


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"url": "/?a=1"},
        {"url": "/other"},
        {"content": b'{"Limit": 2}'},
        {"headers": {**signed(), "X-Amz-Target": "DynamoDB_20120810.DeleteTable"}},
        {"headers": {**signed(), "Host": "localhost:4566"}},
        {"headers": {**signed(), "X-Amz-Security-Token": "t"}},
        {"headers": {**signed(headers={}), **TARGET}},
        {"headers": {**signed(), "Authorization": signed()["Authorization"][:-1]}},
        {"headers": {**signed(), "Authorization": signed()["Authorization"].replace("host;", "")}},
        {"headers": {**signed(), "Authorization": "AWS4-HMAC-SHA256"}},
        {
            "headers": {
                **signed(),
                "Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=, Signature=",
            }
        },
        {
            "headers": {
                **signed(),
                "Authorization": "AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c",
            }
        },
        {"headers": {**signed(), "Authorization": f"AWS {OWN.access_key_id}:signature"}},
        {"headers": {**signed(), "Authorization": "Bearer anything"}},
        {"headers": TARGET},
        {"headers": {}},
        {"url": f"/?AWSAccessKeyId={OWN.access_key_id}&Signature=x&Expires=9999999999"},
        {"url": f"/?X-Amz-Credential={OWN.access_key_id}%2F20260101%2Fus-east-1%2Fdynamodb%2Faws4_request"},
    ],
)
def test_what_is_not_exactly_what_was_signed_is_refused(call, ministack, change):
    request = {"method": "POST", "url": "/", "headers": signed(), "content": BODY, **change}

    assert call(**request).status_code in (400, 403)
    assert not ministack.passed


def test_a_second_credential_leaves_the_identity_unchanged(call, ministack, session):
    """MiniStack takes the first one it finds: a role would become the account's owner."""
    headers = signed(signer=session)
    scheme, fields = headers["Authorization"].split(" ", 1)
    root = "Credential=test/20260101/us-east-1/dynamodb/aws4_request"

    for text in (f"{scheme} {root}, {fields}", f"{scheme} {fields}, {root}", f"{scheme} a={root}, {fields}"):
        assert call("POST", "/", headers={**headers, "Authorization": text}, content=BODY).status_code in (
            400,
            403,
        )
    assert not ministack.passed


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_signature_is_good_for_a_quarter_of_an_hour(call, ministack, monkeypatch, minutes):
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
    headers = signed()

    assert call("POST", "/", headers=headers, content=BODY).status_code in (400, 403)
    assert not ministack.passed


def test_only_s3_may_leave_its_body_unsigned(call, ministack):
    unsigned = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    headers = signed(headers={**TARGET, **unsigned})

    assert call("POST", "/", headers=headers, content=BODY).status_code == 403
    assert not ministack.passed


# ---------------------------------------------------------------- links and forms


@pytest.mark.parametrize(
    "path", ["/bucket/a.txt", "/bucket/a%20b?response-content-disposition=attachment%3B%20x"]
)
def test_a_signed_link_can_be_followed_from_anywhere(call, path):
    assert call("GET", link(path), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_link_of_another_service_covers_its_body(call, ministack):
    url = link("/?Action=GetCallerIdentity&Version=2011-06-15", service="sts")

    assert call("GET", url).status_code == 200
    assert call("GET", url, content=b"Action=other").status_code == 403
    assert len(ministack.passed) == 1


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("GET", "/bucket/a.txt", {}),
        ("PUT", link("/bucket/a.txt"), {}),
        ("GET", link("/bucket/a.txt").replace("a.txt", "b.txt"), {}),
        ("GET", link("/bucket/a.txt") + "&versionId=1", {}),
        ("GET", link("/bucket/a.txt")[:-1], {}),
        ("GET", link("/bucket/a.txt").replace("Expires=300", "Expires=900"), {}),
        ("GET", link("/bucket/a.txt", expires=8 * 24 * 3600), {}),
        ("GET", link("/bucket/a.txt", expires=-1), {}),
        ("GET", link("/bucket/a.txt"), TARGET),
        ("GET", link("/bucket/a.txt"), {"Host": "bucket.localhost:4566"}),
        (
            "GET",
            link("/bucket/a.txt") + "&x-amz-credential=test%2F20260101%2Fus-east-1%2Fs3%2Faws4_request",
            {},
        ),
        ("GET", link("/bucket/a.txt"), {"Authorization": "AWS4-HMAC-SHA256 Credential=test/a/b/c/d, a=b"}),
        ("POST", link("/", service="dynamodb", method="POST"), TARGET),
    ],
)
def test_a_link_is_good_for_what_it_was_signed_for_alone(call, ministack, method, url, headers):
    assert call(method, url, headers=headers).status_code in (400, 403)
    assert not ministack.passed


def test_an_expired_link_says_so(call, monkeypatch):
    moment = datetime.now(UTC) - timedelta(minutes=6)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)

    answer = call("GET", link("/bucket/a.txt"), headers={"Origin": APP})

    assert answer.status_code == 403
    assert "expired" in answer.text
    assert answer.headers["access-control-allow-origin"] == APP


def test_a_signed_form_is_passed_on(call, ministack):
    assert call("POST", "/bucket", data=form(), files={"file": b"hello"}).status_code == 200
    assert b"hello" in ministack.passed[0][1]


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "a.txt"},
        {**form(), "x-amz-signature": "0" * 64},
        {**form(), "policy": "e30="},
        {**form(), "x-amz-credential": form()["x-amz-credential"].replace(OWN.access_key_id, "test")},
        {**form(), "X-Amz-Credential": "test/20260101/us-east-1/s3/aws4_request"},
        {**form(), "x-amz-algorithm": "none"},
        {"AWSAccessKeyId": "test", **form()},
        form(Signer("test", "test")),
        form(Signer(OWN.access_key_id, "guessed")),
    ],
)
def test_other_forms_are_refused(call, ministack, fields):
    assert call("POST", "/bucket", data=fields, files={"file": b"hello"}).status_code in (400, 403)
    assert not ministack.passed


@pytest.mark.parametrize(("url", "headers"), [("/?Action=CreateUser", {}), ("/bucket", TARGET)])
def test_what_could_be_taken_for_another_call_is_no_form(call, ministack, url, headers):
    encoded = httpx.Request("POST", ENDPOINT, data=form(), files={"file": b"hello"})
    content, kind = encoded.read(), encoded.headers["content-type"]

    assert call("POST", url, content=content, headers={**headers, "Content-Type": kind}).status_code in (
        400,
        403,
    )
    assert not ministack.passed


def test_a_refusal_comes_in_the_words_of_the_service(call):
    guessed = Signer(OWN.access_key_id, "guessed")

    table = call("POST", "/", headers=signed(signer=guessed), content=BODY)
    queue = call(
        "POST",
        "/",
        headers=signed(signer=guessed, headers={"X-Amz-Target": "AmazonSQS.ListQueues"}, service="sqs"),
        content=BODY,
    )
    bucket = call("GET", "/bucket/a.txt", headers=signed("GET", "/bucket/a.txt", {}, b"", guessed, "s3"))

    assert json.loads(table.content)["__type"].endswith("InvalidSignatureException")
    assert "SignatureDoesNotMatch" in queue.text
    assert "<Code>SignatureDoesNotMatch</Code>" in bucket.text
