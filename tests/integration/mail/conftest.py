"""Mail through the embedded AWS: its queues, its triggers, its SES."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from support.mail import Mailbox
from support.stack import RunningStack


@pytest.fixture(scope="session")
def mailbox(stack: RunningStack) -> Mailbox:
    return Mailbox(stack.endpoint)


@pytest.fixture(scope="session")
def api(stack: RunningStack) -> Iterator[httpx.Client]:
    with TestClient(stack.app(), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def address() -> str:
    return f"m{uuid.uuid4().hex[:12]}@example.com"


@pytest.fixture
def put(stack: RunningStack) -> Callable[[str | dict[str, Any]], str]:
    """Put a message on the mail queue; returns its id."""
    sqs = stack.local.aws.client("sqs")

    def send(body: str | dict[str, Any]) -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        return sqs.send_message(QueueUrl=stack.env["EMAIL_QUEUE_URL"], MessageBody=text)["MessageId"]

    return send


@pytest.fixture
def dead_letter(stack: RunningStack) -> Callable[[str], dict[str, Any]]:
    """Wait for the dead letter with a body, and take it out."""
    sqs, url = stack.local.aws.client("sqs"), stack.env["EMAIL_DLQ_URL"]

    def find(body: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1, MessageAttributeNames=["All"]
            )
            for message in answer.get("Messages", []):
                if message["Body"] == body:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    return message
            time.sleep(0.2)
        raise AssertionError("no such dead letter")

    return find
