"""Migrations of raw user data: addresses in their one form, and their links to accounts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.models.user_data import EventOrder, UserData
from app.models.users import User
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.user_data import DynamoUserData
from operations.journal import Journal, Work
from operations.migrations import m0004_raw_addresses, m0006_address_links
from operations.restore import Tables
from support.aws_in_process import aws_in_process
from support.storage import storage_at
from support.tables import create_tables

TABLES = Tables("TodosTable", "UsersTable", "us-east-1", None, "UserDataTable", "OperationsTable")
ADA = User(id="ada", email="ada@xn--fa-hia.example")
OLD_FORM = "ada@fa\u00df.example"
ORDER = EventOrder(7, "m", "5")


@pytest.fixture
def storage() -> Iterator[DynamoStorage]:
    with aws_in_process(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def user_data(storage: DynamoStorage) -> DynamoUserData:
    return DynamoUserData(storage.clients, storage.tables["user_data"])


def run(storage: DynamoStorage, step) -> int:
    """How many items it has changed."""
    journal = Journal(storage.clients.dynamodb, storage.tables["operations"])
    work = Work(step.__name__, TABLES, storage.clients, journal)
    step.run(work)
    return work.changed


def test_an_account_of_an_earlier_version_is_linked_once(storage, user_data):
    storage.users.create(ADA)

    assert [run(storage, m0006_address_links) for _ in range(2)] == [1, 0]

    assert user_data.owners([ADA.email]) == {ADA.email: "ada"}
    assert user_data.get(ADA.email) is None


def test_what_is_linked_to_another_stays_so(storage, user_data):
    storage.users.create(ADA)
    user_data.upsert([(UserData(email=ADA.email), ORDER)])
    user_data.link(ADA.email, "another")

    assert run(storage, m0006_address_links) == 0

    assert user_data.owners([ADA.email]) == {ADA.email: "another"}


def test_who_is_leaving_is_not_linked(storage, user_data):
    storage.users.create(ADA)
    storage.users.close("ada")

    assert run(storage, m0006_address_links) == 0

    assert user_data.owners([ADA.email]) == {}


@pytest.mark.parametrize("link", [None, "ada"], ids=["nothing", "a link"])
def test_a_row_moves_to_the_form_under_which_there_is(storage, user_data, link):
    user_data.upsert([(UserData(email=OLD_FORM, name="Ada"), ORDER)])
    if link:
        user_data.link(ADA.email, link)

    assert run(storage, m0004_raw_addresses) == 1

    assert user_data.get(ADA.email) == UserData(email=ADA.email, name="Ada", user_id=link)
    assert user_data.get(OLD_FORM) is None


def test_of_two_rows_the_newer_stays_with_its_link(storage, user_data):
    newer = EventOrder(8, "m", "6")
    for email, order in ((OLD_FORM, newer), (ADA.email, ORDER)):
        user_data.upsert([(UserData(email=email, name=email), order)])
    user_data.link(ADA.email, "ada")

    assert run(storage, m0004_raw_addresses) == 1

    moved = replace(UserData(email=ADA.email, name=OLD_FORM), user_id="ada")
    assert user_data.get(ADA.email) == moved
