"""A sent mail must be recorded as sent: otherwise it would be sent again."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.errors import Unavailable
from app.repositories.dynamodb.mail import DynamoMail
from app.repositories.dynamodb.storage import DynamoStorage
from support import template
from support.clock import Clock
from support.storage import settings_for


class Engine:
    """Refuses its first calls with the given errors, and counts all."""

    def __init__(self) -> None:
        self.refusals: list[ClientError] = []
        self.calls = 0

    def update_item(self, **_request: Any) -> None:
        self.calls += 1
        if self.refusals:
            raise self.refusals.pop(0)

    get_item = put_item = update_item


@pytest.fixture
def engine(waited: Callable[[], float]) -> Engine:
    return Engine()


@pytest.fixture
def mail(engine: Engine) -> DynamoMail:
    clients: Any = SimpleNamespace(dynamodb=engine)
    return DynamoMail(clients, settings_for(None).tables["operations"])


def refusal(code: str) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "UpdateItem")


def test_it_is_known_for_as_long_as_its_message_may_wait(storage: DynamoStorage, clock: Clock) -> None:
    """In the queue, and then among the dead letters."""
    resources = template.load()["Resources"]
    retentions = (
        resources[name]["Properties"]["MessageRetentionPeriod"] for name in ("EmailQueue", "EmailDlq")
    )
    longest, kept = sum(retentions), storage.mail

    def ttl() -> int:
        (item,) = storage.clients.dynamodb.scan(TableName=storage.tables["operations"])["Items"]
        return int(item["ttl"]["N"])

    kept.claim("m", owner="a")
    assert ttl() > clock.now + longest
    clock.now += longest
    kept.settle_sent("m", "ses-1")

    assert ttl() > clock.now + longest


def test_recording_is_retried_until_the_table_takes_it(mail: DynamoMail, engine: Engine) -> None:
    engine.refusals = [refusal("ThrottlingException") for _ in range(3)]

    mail.settle_sent("m", "ses-1")

    assert engine.calls == 4


def test_after_five_seconds_it_is_an_outage(
    mail: DynamoMail, engine: Engine, waited: Callable[[], float]
) -> None:
    engine.refusals = [refusal("ThrottlingException") for _ in range(1000)]

    with pytest.raises(Unavailable):
        mail.settle_sent("m", "ses-1")

    assert 3 < waited() <= 5
    assert engine.calls < 50


@pytest.mark.parametrize(
    "act",
    [
        lambda mail: mail.claim("m", owner="a"),
        lambda mail: mail.settle_unsent("m", owner="a"),
        lambda mail: mail.suppress("ada@example.com", "bounce"),
        lambda mail: mail.is_suppressed("ada@example.com"),
        lambda mail: mail.is_erased("ada"),
    ],
    ids=["claim", "settle_unsent", "suppress", "is_suppressed", "is_erased"],
)
def test_all_else_is_an_outage_at_once(
    mail: DynamoMail, engine: Engine, act: Callable[[DynamoMail], object]
) -> None:
    engine.refusals = [refusal("ThrottlingException")]

    with pytest.raises(Unavailable):
        act(mail)

    assert engine.calls == 1


def test_a_programming_error_is_not_retried(mail: DynamoMail, engine: Engine) -> None:
    engine.refusals = [refusal("ValidationException")]

    with pytest.raises(ClientError):
        mail.settle_sent("m", "ses-1")

    assert engine.calls == 1
