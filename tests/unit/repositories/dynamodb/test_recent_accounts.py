"""What a process remembers of accounts: for how long, of how many, and of whom not."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.models.users import RecentAccount
from app.repositories.dynamodb.recent_accounts import KEPT_S, MOST, RecentAccounts
from support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recent(clock: Clock) -> RecentAccounts:
    return RecentAccounts(clock)


def account(user_id: str = "ann", revision: int = 1) -> RecentAccount:
    return RecentAccount(user_id, "active", 0, revision, 1)


def test_an_account_is_kept_for_ten_seconds(recent: RecentAccounts, clock: Clock) -> None:
    recent.remember(account())

    clock.now += 9.75
    assert recent.find("ann") == account()
    clock.now += 0.25
    assert recent.find("ann") is None
    assert KEPT_S == 10


def test_each_change_begins_the_ten_seconds_again(recent: RecentAccounts, clock: Clock) -> None:
    recent.remember(account())
    clock.now += 6
    recent.remember(account(revision=2))
    clock.now += 6

    assert recent.find("ann") == account(revision=2)


def test_the_oldest_of_more_than_a_thousand_goes(recent: RecentAccounts) -> None:
    users = [str(number) for number in range(1_000)]
    for user_id in [*users, "0", "one more"]:
        recent.remember(account(user_id))

    assert MOST == 1_000
    assert [user_id for user_id in users if recent.find(user_id) is None] == ["1"]
    assert recent.find("one more") == account("one more")


def test_users_do_not_meet(recent: RecentAccounts) -> None:
    recent.remember(account("ann"))
    recent.remember(account("bob"))
    recent.forget("ann")
    recent.forget("unknown")

    assert (recent.find("ann"), recent.find("bob")) == (None, account("bob"))


def test_after_a_failure_nothing_is_remembered_for_ten_seconds(recent: RecentAccounts, clock: Clock) -> None:
    """A user who writes through several processes pays for one failure in that time, and not for each change."""
    recent.distrust("ann")
    recent.remember(account())
    recent.forget("ann")
    recent.remember(account())
    assert recent.find("ann") is None

    clock.now += 10
    recent.remember(account())
    assert recent.find("ann") == account()


def test_many_threads_keep_it_bounded(recent: RecentAccounts) -> None:
    def work(number: int) -> None:
        for other in range(300):
            user_id = f"{number}-{other}"
            recent.remember(account(user_id))
            recent.find(user_id)
            (recent.distrust if other % 3 else recent.forget)(user_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert len(recent._kept) == MOST
