"""Mail for tests: an outbox instead of a queue, and the mailbox of the embedded SES."""

import json
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import httpx
from botocore.exceptions import ClientError

from app.errors import Unavailable
from app.models.mail import Mail
from devstack.credentials import Credentials
from support.credentials import CREDENTIALS

SENDER = "no-reply@example.com"


class Outbox:
    """The producers' end of the mail queue. `full` makes it refuse, as a queue that does not answer."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.full = False

    def send(self, mail: Mail) -> None:
        if self.full:
            raise Unavailable
        self.mails.append(mail)

    def offer(self, mail: Mail) -> bool:
        try:
            self.send(mail)
        except Unavailable:
            return False
        return True


class Mailbox:
    """The mails that the embedded SES has sent for us; Cognito's codes are there, too."""

    def __init__(self, endpoint: str, credentials: Credentials = CREDENTIALS) -> None:
        self._headers = credentials.control_headers
        self._url = f"{endpoint}/_ministack/ses/messages"

    def of(self, address: str) -> list[dict[str, Any]]:
        accounts = httpx.get(self._url, headers=self._headers, timeout=30, trust_env=False).json()["messages"]
        mails = (mail for sent in accounts.values() for mail in sent)
        return [mail for mail in mails if mail["To"] == [address] and mail["Source"] == SENDER]

    def wait_for(self, address: str, subject: str, *, seconds: float = 60) -> dict[str, Any]:
        """The mail to `address` with this subject."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for mail in self.of(address):
                if mail["Subject"] == subject:
                    return mail
            time.sleep(0.1)
        raise AssertionError(f"no such mail, but {[mail['Subject'] for mail in self.of(address)]}")


def body(**changes: Any) -> str:
    """A message of the queue as the producers write it. A member that is changed to `None` is left out."""
    members = {
        "kind": "welcome",
        "to": "ada@example.com",
        "id": "welcome#1",
        "data": {"name": "Ada"},
        "userId": "user-1",
        **changes,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None})


@dataclass
class FakeSes:
    """SES's `send_email`. `faults` are raised in order, `None` among them lets one pass; then all pass."""

    faults: list[BaseException | None] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    lock: Any = field(default_factory=Lock)

    def send_email(self, **request: Any) -> dict[str, str]:
        with self.lock:
            self.asked += 1
            fault = self.faults.pop(0) if self.faults else None
            if fault is not None:
                raise fault
            self.accepted.append(request)
            return {"MessageId": f"ses-{len(self.accepted)}"}

    @property
    def recipients(self) -> list[str]:
        return [request["Destination"]["ToAddresses"][0] for request in self.accepted]


@dataclass
class FakeDeadLetters:
    buried: list[tuple[str, str, int]] = field(default_factory=list)
    """Body, reason, attempts."""
    full: bool = False

    def send_message(self, **request: Any) -> dict[str, str]:
        if self.full:
            raise ses_error("InternalFailure", 500)
        attributes = request["MessageAttributes"]
        self.buried.append(
            (
                request["MessageBody"],
                attributes["reason"]["StringValue"],
                int(attributes["attempts"]["StringValue"]),
            )
        )
        return {"MessageId": "dead"}


def ses_error(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": "quotes ada@example.com"},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        "SendEmail",
    )
