"""Links of addresses to accounts, and profiles filled on condition, as DynamoDB has them."""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.errors import Unavailable
from app.models.user_data import EventOrder, UserData
from app.models.users import User
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.user_data import DynamoUserData
from app.repositories.dynamodb.users import DynamoUsers
from app.services.prefill import FillingUserData

ORDER = EventOrder(7, "m", "5")


@pytest.fixture
def user_data(storage: DynamoStorage) -> DynamoUserData:
    return DynamoUserData(storage.clients, storage.tables["user_data"])


@pytest.fixture
def users(storage: DynamoStorage) -> DynamoUsers:
    return storage.users


def person(**fields: Any) -> User:
    name = uuid.uuid4().hex
    return User(id=name, email=f"{name}@example.com", **fields)


@contextmanager
def counted(storage: DynamoStorage) -> Iterator[Counter[str]]:
    """The calls of DynamoDB by operation."""
    calls: Counter[str] = Counter()
    events = storage.clients.dynamodb.meta.events

    def count(model: Any, **_: object) -> None:
        calls[model.name] += 1

    events.register("before-call.dynamodb", count)
    try:
        yield calls
    finally:
        events.unregister("before-call.dynamodb", count)


class TestLinks:
    def test_an_address_is_linked_before_anything_is_held_on_it(self, user_data: DynamoUserData) -> None:
        ada = person()

        assert user_data.link(ada.email, ada.id) is None
        assert user_data.owners([ada.email, "nobody@example.com"]) == {ada.email: ada.id}
        assert user_data.get(ada.email) is None
        assert user_data.get_many([ada.email]) == []

        assert user_data.upsert([(UserData(email=ada.email, name="Ada"), ORDER)]) == 1
        assert user_data.get(ada.email) == UserData(email=ada.email, name="Ada", user_id=ada.id)

    @pytest.mark.parametrize("act", ["unlink", "erase"])
    def test_an_address_without_data_goes_with_its_link(
        self, storage: DynamoStorage, user_data: DynamoUserData, act: str
    ) -> None:
        ada = person()
        user_data.link(ada.email, ada.id)

        getattr(user_data, act)(ada.email, "another")
        assert user_data.owners([ada.email]) == {ada.email: ada.id}
        getattr(user_data, act)(ada.email, ada.id)

        item = {"TableName": storage.tables["user_data"], "Key": {"email": {"S": ada.email}}}
        assert "Item" not in storage.clients.dynamodb.get_item(**item)

    def test_owners_of_any_number_of_addresses(self, user_data: DynamoUserData) -> None:
        people = [person() for _ in range(250)]
        for one in people[::10]:
            user_data.link(one.email, one.id)

        assert user_data.owners([one.email for one in people]) == {one.email: one.id for one in people[::10]}
        assert user_data.owners([]) == {}


class TestFilling:
    def test_empty_fields_alone_are_set(self, users: DynamoUsers) -> None:
        ada = person(phone="+442079460000")
        users.create(ada)

        users.fill_profile(ada.id, {"name": "Ada", "phone": "+33612345678", "locale": "en-GB"})

        filled = users.get(ada.id)
        assert filled is not None
        assert (filled.name, filled.phone, filled.locale) == ("Ada", "+442079460000", "en-GB")
        assert filled.updated_at >= ada.updated_at
        assert (filled.revision, filled.time_zone) == (ada.revision + 1, None)

    def test_a_full_profile_stays_as_it_is(self, users: DynamoUsers) -> None:
        ada = person(name="Ada")
        users.create(ada)

        users.fill_profile(ada.id, {"name": "Other"})

        assert users.get(ada.id) == ada

    def test_an_account_that_is_leaving_or_gone_is_left_alone(self, users: DynamoUsers) -> None:
        ada = person()
        users.create(ada)
        closed = users.close(ada.id)

        users.fill_profile(ada.id, {"name": "Ada"})
        assert users.get(ada.id) == closed
        users.delete(ada.id)
        users.fill_profile(ada.id, {"name": "Ada"})

        assert users.get(ada.id) is None

    def test_several_are_read_in_their_order(self, users: DynamoUsers) -> None:
        people = [person() for _ in range(3)]
        for one in people:
            users.create(one)

        assert users.get_many([people[2].id, "nobody", people[0].id]) == [people[2], people[0]]
        assert users.get_many([]) == []


class TestCosts:
    def test_rows_of_nobody_cost_one_read_for_a_hundred(
        self, storage: DynamoStorage, users: DynamoUsers, user_data: DynamoUserData
    ) -> None:
        rows = [(UserData(email=person().email), ORDER) for _ in range(100)]

        with counted(storage) as calls:
            FillingUserData(user_data, users).upsert(rows)

        assert calls == {"TransactWriteItems": 1, "BatchGetItem": 1}

    def test_rows_of_accounts_cost_two_reads_more_and_a_read_and_a_write_for_each_that_gains(
        self, storage: DynamoStorage, users: DynamoUsers, user_data: DynamoUserData
    ) -> None:
        people = [person(name="Own" if n % 2 else None) for n in range(100)]
        for one in people:
            users.create(one)
            user_data.link(one.email, one.id)
        rows = [(UserData(email=one.email, name="Given"), ORDER) for one in people]

        with counted(storage) as calls:
            FillingUserData(user_data, users).upsert(rows)

        assert calls == {"TransactWriteItems": 51, "BatchGetItem": 3, "GetItem": 50}
        assert {user.name for user in users.get_many([one.id for one in people])} == {"Own", "Given"}


class TestLeftOver:
    def answer(self, storage: DynamoStorage, monkeypatch: pytest.MonkeyPatch, left_over: int) -> list[int]:
        """DynamoDB takes one key of each request, for so many requests. How many keys it was asked for."""
        asked: list[int] = []
        whole = storage.clients.dynamodb.batch_get_item

        def partly(RequestItems: dict[str, Any]) -> Any:  # noqa: N803
            ((table, wanted),) = RequestItems.items()
            asked.append(len(wanted["Keys"]))
            taken = 1 if len(asked) <= left_over else len(wanted["Keys"])
            answer = dict(whole(RequestItems={table: {**wanted, "Keys": wanted["Keys"][:taken]}}))
            if rest := wanted["Keys"][taken:]:
                answer["UnprocessedKeys"] = {table: {**wanted, "Keys": rest}}
            return answer

        monkeypatch.setattr(storage.clients.dynamodb, "batch_get_item", partly)
        return asked

    def test_what_is_left_over_is_asked_for_again(
        self, storage: DynamoStorage, user_data: DynamoUserData, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people = [person() for _ in range(5)]
        for one in people:
            user_data.link(one.email, one.id)
        asked = self.answer(storage, monkeypatch, left_over=2)

        assert user_data.owners([one.email for one in people]) == {one.email: one.id for one in people}

        assert asked == [5, 4, 3]

    def test_what_is_always_left_over_is_an_outage(
        self,
        storage: DynamoStorage,
        user_data: DynamoUserData,
        monkeypatch: pytest.MonkeyPatch,
        waited: object,
    ) -> None:
        def nothing(RequestItems: Any) -> Any:  # noqa: N803
            return {"Responses": {}, "UnprocessedKeys": RequestItems}

        monkeypatch.setattr(storage.clients.dynamodb, "batch_get_item", nothing)

        with pytest.raises(Unavailable):
            user_data.owners(["ada@example.com"])
