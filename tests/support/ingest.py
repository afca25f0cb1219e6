"""Raw user data of one test: what it puts in, and what has become of it."""

import csv
import io
import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.models.imports import Import
from app.models.user_data import UserData
from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.user_data import DynamoUserData
from support.stack import RunningStack


@dataclass
class Ingest:
    """The inputs of a test and their results. Addresses end in a domain of its own, as tests share the tables."""

    stack: RunningStack
    domain: str

    def __post_init__(self) -> None:
        self.clients = self.stack.clients()
        self.user_data = DynamoUserData(self.clients, self.stack.settings.tables["user_data"])
        self.imports = DynamoImports(self.clients, self.stack.settings.tables["operations"])

    def address(self, name: str) -> str:
        return f"{name}@{self.domain}"

    def put(self, body: bytes, key: str | None = None) -> str:
        key = key or f"users/{uuid.uuid4()}.csv"
        self.clients.s3.put_object(Bucket=self.stack.env["INGEST_BUCKET"], Key=key, Body=body)
        return key

    def send(self, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.clients.sqs.send_message(QueueUrl=self.stack.env["INGEST_QUEUE_URL"], MessageBody=text)

    def row(self, name: str) -> UserData | None:
        return self.user_data.get(self.address(name))

    def wait_for(self, name: str, *, seconds: float = 60) -> UserData:
        return eventually(lambda: self.row(name), seconds)

    def import_named(self, name: str, *, seconds: float = 60) -> Import:
        def ended() -> Import | None:
            found = [one for one in self.imports.list(limit=100).items if one.name == name]
            return next((one for one in found if one.status in ("completed", "failed")), None)

        return eventually(ended, seconds)

    def dead_letters(self, text: str) -> list[dict[str, Any]]:
        """The dead letters that hold `text`; they stay, and are looked at again."""
        answer = self.clients.sqs.receive_message(
            QueueUrl=self.stack.env["INGEST_DLQ_URL"],
            MaxNumberOfMessages=10,
            VisibilityTimeout=1,
            MessageAttributeNames=["All"],
        )
        return [message for message in answer.get("Messages", []) if text in message["Body"]]


def eventually(look: Callable[[], Any], seconds: float = 60) -> Any:
    """Return the first result of `look` that is not empty."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.1)
    return found


ROWS = 400
PEOPLE = 150


def table(ingest: Ingest, seed: int) -> list[dict[str, str]]:
    """Rows about fewer people than there are rows, some of them bad."""
    chance = random.Random(seed)
    return [
        {
            "email": "nobody" if chance.random() < 0.1 else ingest.address(f"p{chance.randrange(PEOPLE)}"),
            "name": f"file {seed} row {number}",
            "phone": chance.choice(["", "", f"+4915112{chance.randrange(10**6):06}"]),
        }
        for number in range(ROWS)
    ]


def stored(ingest: Ingest, rows: list[dict[str, str]]) -> dict:
    """Put the rows where no event comes from by itself; the event that tells of it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["email", "name", "phone"])
    writer.writeheader()
    writer.writerows(rows)
    bucket, key = ingest.stack.env["INGEST_BUCKET"], f"quiet/{uuid.uuid4()}.csv"
    answer = ingest.clients.s3.put_object(Bucket=bucket, Key=key, Body=text.getvalue().encode())
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "s3": {
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "eTag": answer["ETag"].strip('"'),
                "versionId": answer["VersionId"],
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }
