"""Records of files when DynamoDB reports contention: retry, or raise the matching error."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from app.aws import retries
from app.aws.clients import Clients
from app.config.api import Settings
from app.models.files import File, Quota
from app.ports.files import QuotaExceeded
from app.ports.users import UserRecordMissing
from app.repositories.dynamodb.file_items import item
from app.repositories.dynamodb.files import DynamoFiles
from support.clients import clients_for
from support.environment import ENVIRONMENT

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FILE = File(id="f1", name="a", content_type="text/plain", size=40, reserved=40, expires_at=MOMENT)
SETTLED = replace(FILE, status="available", size=30, reserved=30, version_id="v1")
QUOTA = Quota(size=100, files=3)


@pytest.fixture
def clients() -> Clients:
    return clients_for(Settings.from_env(ENVIRONMENT))


@pytest.fixture
def engine(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Every answer is scripted, and no time passes but by waiting."""
    ticks = count()
    still = SimpleNamespace(monotonic=lambda: next(ticks) / 1000, sleep=lambda _seconds: None)
    monkeypatch.setattr(retries, "time", still)
    with Stubber(clients.dynamodb) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def files(clients: Clients) -> DynamoFiles:
    return DynamoFiles(
        clients,
        files_table=Settings.from_env(ENVIRONMENT).tables["files"],
        users_table=Settings.from_env(ENVIRONMENT).tables["users"],
        todos_table=Settings.from_env(ENVIRONMENT).tables["todos"],
    )


FINE, LOCKED = {"Code": "None"}, {"Code": "TransactionConflict"}
NONE_THERE: dict[str, Any] = {"Code": "ConditionalCheckFailed"}


def answer_user(engine: Stubber, size: int = 0, number: int = 0) -> None:
    numbers = {"revision": {"N": "4"}, "usedBytes": {"N": str(size)}, "usedFiles": {"N": str(number)}}
    engine.add_response("get_item", {"Item": {"userId": {"S": "u"}, **numbers}})


def answer_no_user(engine: Stubber) -> None:
    engine.add_response("get_item", {})


def cancel(engine: Stubber, *reasons: dict[str, Any]) -> None:
    """A transaction is cancelled, by the reasons of its actions: the record's, the user's and the pointer's."""
    fields: dict[str, Any] = {"CancellationReasons": list(reasons)}
    engine.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=fields)


def answer_stored(engine: Stubber, *stored: File) -> None:
    found = {"Item": item("u", stored[0])} if stored else {}
    engine.add_response("get_item", found, {"TableName": ANY, "Key": ANY, "ConsistentRead": True})


def test_a_record_is_read_as_it_is_now(files, engine):
    answer_stored(engine, FILE)

    assert replace(files.get("u", "f1"), created_at=FILE.created_at) == FILE


@pytest.mark.parametrize(("found", "position"), [(0, None), (1, None), (2, None), (3, "f1")])
def test_a_page_says_where_the_next_one_begins_if_there_is_one(files, engine, found, position):
    entries = [item("u", replace(FILE, id=f"f{number}")) for number in range(found)]
    engine.add_response("query", {"Items": entries})

    page = files.list("u", limit=2)

    assert [file.id for file in page.items] == [f"f{number}" for number in range(min(found, 2))]
    assert page.position == position


def test_an_empty_page_is_not_the_end(files, engine):
    key = {"userId": {"S": "u"}, "fileId": {"S": "f0"}}
    for _ in range(2):
        engine.add_response("query", {"Items": [], "LastEvaluatedKey": key})
        engine.add_response("query", {"Items": [item("u", FILE)]})

    assert [file.id for file in files.every("u")] == ["f1"]
    assert [file.id for file in files.pending("u", MOMENT)] == ["f1"]


@pytest.mark.parametrize(
    "reasons",
    [(FINE, NONE_THERE, FINE), (FINE, LOCKED, FINE), (LOCKED, FINE, FINE), (LOCKED, LOCKED, LOCKED)],
)
def test_a_reservation_is_tried_again_while_others_are_in_the_way(files, engine, reasons):
    answer_user(engine)
    cancel(engine, *reasons)
    answer_user(engine)
    engine.add_response("transact_write_items", {})

    files.reserve("u", FILE, QUOTA)


@pytest.mark.parametrize(("size", "number"), [(61, 0), (0, 3)])
def test_what_does_not_fit_is_not_tried(files, engine, size, number):
    answer_user(engine, size, number)
    answer_stored(engine)

    with pytest.raises(QuotaExceeded):
        files.reserve("u", FILE, QUOTA)


def test_what_is_stored_already_is_not_refused_for_the_quota(files, engine):
    answer_user(engine, 100, 3)
    answer_stored(engine, FILE)

    files.reserve("u", FILE, QUOTA)


@pytest.mark.parametrize("account", [FINE, LOCKED, NONE_THERE])
def test_what_an_earlier_request_has_reserved_is_not_reserved_again(files, engine, account):
    answer_user(engine)
    cancel(engine, NONE_THERE, account, FINE)

    files.reserve("u", FILE, QUOTA)


def test_nothing_is_reserved_for_an_account_that_is_gone(files, engine):
    answer_no_user(engine)

    with pytest.raises(UserRecordMissing):
        files.reserve("u", FILE, QUOTA)


CHANGES: list[Callable[[DynamoFiles], bool]] = [
    lambda files: files.settle("u", FILE, SETTLED),
    lambda files: files.remove("u", FILE),
]


@pytest.mark.parametrize("change", CHANGES, ids=["settle", "remove"])
class TestChange:
    """What stands against a change of the record comes with the answer: the record is not read."""

    @pytest.mark.parametrize(
        "reasons", [(FINE, NONE_THERE, FINE), (FINE, LOCKED, FINE), (LOCKED, FINE, LOCKED)]
    )
    def test_it_is_tried_again_while_others_are_in_the_way(self, files, engine, change, reasons):
        answer_user(engine)
        cancel(engine, *reasons)
        answer_user(engine)
        engine.add_response("transact_write_items", {})

        assert change(files) is True

    @pytest.mark.parametrize("account", [FINE, LOCKED, NONE_THERE])
    def test_a_record_that_is_another_now_is_let_alone(self, files, engine, change, account):
        answer_user(engine)
        cancel(engine, NONE_THERE, account, FINE)

        assert change(files) is False

    def test_an_account_that_is_gone_is_said_to_be(self, files, engine, change):
        answer_no_user(engine)

        with pytest.raises(UserRecordMissing):
            change(files)
