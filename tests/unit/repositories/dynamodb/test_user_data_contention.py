"""Rows that others write, too: what is left out, what is sent again, and for how long."""

from collections.abc import Callable
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.errors import Contention, Unprocessable
from app.models.user_data import EventOrder, UserData
from app.repositories.dynamodb.user_data import DynamoUserData
from support.storage import settings_for


class Engine:
    """Accepts requests, unless set to refuse; notes the address of each."""

    def __init__(self) -> None:
        self.refusals: list[ClientError] = []
        self.sent: list[list[str]] = []
        self._lock = Lock()

    def transact_write_items(self, **request: Any) -> None:
        self._take([action["Update"] for action in request["TransactItems"]])

    def update_item(self, **request: Any) -> dict[str, Any]:
        self._take([request])
        return {"Attributes": request["Key"]}

    def delete_item(self, **request: Any) -> None:
        self._take([request])

    def _take(self, requests: list[dict[str, Any]]) -> None:
        with self._lock:
            self.sent.append([request["Key"]["email"]["S"] for request in requests])
            if self.refusals:
                raise self.refusals.pop(0)


def refusal(code: str, *reasons: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": code},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(answer, "TransactWriteItems")


def cancelled(*reasons: str) -> ClientError:
    return refusal("TransactionCanceledException", *reasons)


def row(email: str) -> tuple[UserData, EventOrder]:
    return UserData(email=email), EventOrder(7, "m", "5")


@pytest.fixture
def engine(waited: Callable[[], float]) -> Engine:
    return Engine()


@pytest.fixture
def user_data(engine: Engine) -> DynamoUserData:
    clients: Any = SimpleNamespace(dynamodb=engine)
    return DynamoUserData(clients, settings_for(None).tables["user_data"])


def test_any_number_of_rows_is_written_a_hundred_at_a_time(user_data: DynamoUserData, engine: Engine) -> None:
    addresses = [f"p{number}@example.com" for number in range(250)]

    assert user_data.upsert([row(address) for address in addresses]) == 250

    assert sorted(map(len, engine.sent)) == [50, 100, 100]
    assert sorted(address for sent in engine.sent for address in sent) == sorted(addresses)


def test_nothing_said_is_nothing_sent(user_data: DynamoUserData, engine: Engine) -> None:
    assert user_data.upsert([]) == 0
    assert engine.sent == []


def test_rows_that_are_too_old_are_left_out_and_the_others_sent_again(
    user_data: DynamoUserData, engine: Engine
) -> None:
    engine.refusals = [cancelled("TransactionConflict", "ConditionalCheckFailed", "None")]

    assert user_data.upsert([row("a"), row("b"), row("c")]) == 2

    assert engine.sent == [["a", "b", "c"], ["a", "c"]]


def test_where_every_row_is_too_old_nothing_is_sent_again(user_data: DynamoUserData, engine: Engine) -> None:
    engine.refusals = [cancelled("ConditionalCheckFailed", "ConditionalCheckFailed")]

    assert user_data.upsert([row("a"), row("b")]) == 0

    assert engine.sent == [["a", "b"]]


def test_a_transaction_that_met_another_is_sent_again_whole(
    user_data: DynamoUserData, engine: Engine
) -> None:
    engine.refusals = [refusal("TransactionConflictException")]

    assert user_data.upsert([row("a"), row("b")]) == 2

    assert engine.sent == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize(
    ("defect", "raised"),
    [
        (cancelled("ConditionalCheckFailed", "ValidationError"), Unprocessable),
        (refusal("ValidationException"), Unprocessable),
        (refusal("AccessDeniedException"), ClientError),
    ],
    ids=["a row that is wrong", "a request that is wrong", "what is not allowed"],
)
def test_a_defect_of_ours_is_not_sent_again(
    user_data: DynamoUserData, engine: Engine, defect: ClientError, raised: type[Exception]
) -> None:
    engine.refusals = [defect]

    with pytest.raises(raised):
        user_data.upsert([row("a"), row("b")])

    assert engine.sent == [["a", "b"]]


def test_others_who_are_always_in_the_way_end_it_after_ten_seconds(
    user_data: DynamoUserData, engine: Engine, waited: Callable[[], float]
) -> None:
    engine.refusals = [cancelled("TransactionConflict") for _ in range(1000)]

    with pytest.raises(Contention):
        user_data.upsert([row("a")])

    assert 9 < waited() <= 10


@pytest.mark.parametrize(
    "act",
    [lambda user_data: user_data.link("ada", "ada"), lambda user_data: user_data.erase("ada", "ada")],
    ids=["link", "erase"],
)
def test_a_link_and_an_erasure_wait_for_the_transaction_in_their_way(
    user_data: DynamoUserData, engine: Engine, act: Callable[[DynamoUserData], object]
) -> None:
    engine.refusals = [refusal("TransactionConflictException")]

    act(user_data)

    assert engine.sent == [["ada"], ["ada"]]
