"""Activity of an account: what is recorded, and what its owner sees."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.errors import InvalidCode, InvalidCredentials, WrongPassword
from app.models.users import User
from app.ports.identity import Account
from app.services.accounts import Accounts
from app.services.activity import ActivityRecorder
from support.mail import Outbox
from support.memory import MemoryActivity, MemoryIdentity, MemoryStorage, MemoryUsers
from support.memory_app import app_over
from unit.accounts.doubles import EMAIL, PASSWORD, Clock

NOON = datetime(2026, 11, 29, 12, 10, 20, tzinfo=UTC)
NEW = "Another-Horse-8"


class Moment:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Asked(MemoryIdentity):
    """Notes which operations are called."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def log_in(self, *given, **named):
        self.calls.append("log_in")
        return super().log_in(*given, **named)

    def get_user(self, username: str) -> Account | None:
        self.calls.append("get_user")
        return super().get_user(username)


@pytest.fixture
def entries() -> MemoryActivity:
    return MemoryActivity(lambda: NOON.timestamp())


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def pool() -> Asked:
    return Asked()


@pytest.fixture
def accounts(pool, entries, moment) -> Accounts:
    recorder = ActivityRecorder(entries, clock=moment, network=lambda: "192.0.2.0/24")
    clock = Clock()
    return Accounts(MemoryUsers(), pool, Outbox(), activity=lambda: recorder, clock=clock, sleep=clock.sleep)


def kinds(entries: MemoryActivity, user_id: str) -> list[tuple[str, int]]:
    return [(entry.kind, entry.count) for entry in entries.of(user_id)]


@pytest.fixture
def ada(pool: Asked) -> User:
    pool.put(Account("ada", EMAIL, "Ada"), PASSWORD)
    return User(id="ada", email=EMAIL)


def test_wrong_passwords_of_an_hour_are_one_entry(accounts, ada, entries, moment):
    for minutes in (0, 10, 49, 50):
        moment.now = NOON + timedelta(minutes=minutes)
        with pytest.raises(InvalidCredentials):
            accounts.log_in(EMAIL, "guess", "site")

    next_hour, hour = entries.of("ada")
    assert (hour.kind, hour.at, hour.count) == ("sign_in_failed", NOON.replace(minute=0, second=0), 3)
    assert (next_hour.at, next_hour.count) == (NOON.replace(hour=13, minute=0, second=0), 1)
    assert (hour.network, hour.client_id) == ("192.0.2.0/24", "site")
    assert hour.id != next_hour.id


def test_a_sign_in_that_succeeds_is_left_to_the_trigger(accounts, ada, entries):
    accounts.log_in(EMAIL, PASSWORD)

    assert entries.calls == []


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com", "waits@example.com", "locked@example.com"])
def test_a_wrong_password_costs_the_same_calls_for_every_address(accounts, ada, pool, entries, email):
    pool.put(Account("w", "waits@example.com", None, confirmed=False), PASSWORD)
    pool.put(Account("l", "locked@example.com", None, enabled=False), PASSWORD)

    with pytest.raises(InvalidCredentials):
        accounts.log_in(email, "guess")

    assert pool.calls == ["log_in", "get_user", "get_user"]
    assert entries.calls == ["count"]
    assert [user_id for user_id, _, _ in entries.rows] == (["ada"] if email == EMAIL else [])


def test_a_new_password_is_recorded(accounts, ada, pool, entries):
    token = pool.log_in(EMAIL, PASSWORD).access_token
    accounts.change_password(ada, token, PASSWORD, NEW)
    with pytest.raises(WrongPassword):
        accounts.change_password(ada, token, PASSWORD, "Yet-Another-Horse-9")

    assert kinds(entries, "ada") == [("password_changed", 1)]


def test_a_reset_is_recorded(accounts, ada, entries):
    with pytest.raises(InvalidCode):
        accounts.reset_password(EMAIL, "000000", NEW)
    accounts.reset_password(EMAIL, "123456", NEW)

    assert kinds(entries, "ada") == [("password_reset", 1)]


def test_signing_out_everywhere_is_recorded(pool, entries, moment, ada):
    users = MemoryUsers()
    users.create(ada)
    recorder, clock = ActivityRecorder(entries, clock=moment), Clock()
    accounts = Accounts(users, pool, Outbox(), activity=lambda: recorder, clock=clock, sleep=clock.sleep)

    accounts.log_out_everywhere(ada)

    assert kinds(entries, "ada") == [("signed_out_everywhere", 1)]


def test_what_cannot_be_recorded_happens_all_the_same_and_is_counted(accounts, ada, pool, entries, app_log):
    entries.down = True

    with pytest.raises(InvalidCredentials):
        accounts.log_in(EMAIL, "guess")
    accounts.change_password(ada, pool.log_in(EMAIL, PASSWORD).access_token, PASSWORD, NEW)

    lost = [record for record in dict.fromkeys(app_log.records) if record.message == "activity not recorded"]
    assert [(record.metric, record.fields["kind"]) for record in lost] == [
        ("ActivityLost", "sign_in_failed"),
        ("ActivityLost", "password_changed"),
    ]


def test_an_error_of_ours_is_not_taken_for_an_outage(ada, pool):
    class Broken(MemoryActivity):
        def append(self, *given):
            raise LookupError("a bug")

    with pytest.raises(LookupError):
        ActivityRecorder(Broken()).record("ada", "password_changed")


def test_a_failed_sign_in_is_counted_without_the_address(accounts, ada, app_log):
    for email in (EMAIL, "nobody@example.com"):
        with pytest.raises(InvalidCredentials):
            accounts.log_in(email, "guess")

    failed = [
        record for record in dict.fromkeys(app_log.records) if getattr(record, "metric", "") == "SignInFailed"
    ]
    assert [record.levelno for record in failed] == [logging.WARNING] * 2
    assert "@" not in json.dumps([[record.message, record.fields] for record in failed])


# ---------------------------------------------------------------- what the owner sees


@pytest.fixture
def storage() -> MemoryStorage:
    storage = MemoryStorage()
    for name in ("user-a", "user-b"):
        storage.users.create(User(id=name, email=f"{name}@example.com"))
    return storage


@pytest.fixture
def client(storage: MemoryStorage) -> TestClient:
    return TestClient(app_over(storage), headers={"Authorization": "Bearer user-a"})


def test_the_list_is_paged_the_newest_first(client, storage):
    recorder = ActivityRecorder(storage.activity)
    recorder.record("user-a", "password_changed")
    recorder.record("user-b", "password_changed")
    recorder.sign_in_failed(lambda: Account("user-a", "a@example.com", None), "site")

    first = client.get("/v1/users/me/activity", params={"limit": 1})
    second = client.get("/v1/users/me/activity", params={"limit": 1, "cursor": first.json()["nextCursor"]})

    (entry,) = first.json()["items"]
    assert (entry["kind"], entry["count"], entry["network"], entry["client"]) == (
        "password_changed",
        1,
        None,
        None,
    )
    assert 'rel="next"' in first.headers["link"]
    (entry,) = second.json()["items"]
    assert (entry["kind"], entry["count"], entry["client"]) == ("sign_in_failed", 1, "site")
    assert second.json()["nextCursor"] is None


def test_the_client_is_named_by_its_id(client, storage):
    settings = client.app.state.container.settings
    recorder = ActivityRecorder(storage.activity)
    recorder.record("user-a", "signed_in", settings.user_pool_client_id)

    (entry,) = client.get("/v1/users/me/activity").json()["items"]

    assert (entry["kind"], entry["client"]) == ("signed_in", "app")


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"kind": "signed_in"}])
def test_other_parameters_are_refused(client, params):
    assert client.get("/v1/users/me/activity", params=params).status_code == 422


def test_a_cursor_of_another_user_is_refused(client, storage):
    recorder = ActivityRecorder(storage.activity)
    for _ in range(2):
        recorder.record("user-a", "password_changed")
    cursor = client.get("/v1/users/me/activity", params={"limit": 1}).json()["nextCursor"]

    refused = client.get(
        "/v1/users/me/activity", params={"cursor": cursor}, headers={"Authorization": "Bearer user-b"}
    )

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")
