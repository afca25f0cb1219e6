"""Limits of what needs no account, over counters in memory."""

import pytest

from app import deadline
from app.errors import Conflict, Forbidden, InvalidCredentials, TooManyRequests, Unavailable, Unprocessable
from app.limit_settings import DEFAULTS
from app.services.limits import LimitReached, Limits, TooManyAttempts
from support.clock import Clock
from support.memory.limits import MemoryLimits

OWNER = "owner@example.com"
HOME, ELSEWHERE = "198.51.100.0/24", "203.0.113.0/24"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters(clock) -> MemoryLimits:
    return MemoryLimits(clock)


@pytest.fixture
def caller(counters):
    """The limits of a caller from a network. Each request has an object of its own."""
    return lambda network=HOME, limits=DEFAULTS: Limits(
        limits, counters, key=lambda: b"key", network=lambda: network
    )


def guess(limits: Limits, address: str = OWNER, *, outcome: Exception | None = None) -> str:
    """`counted`, `right`, or the code of the refusal."""
    try:
        with limits.password(address):
            if outcome is not None:
                raise outcome
    except LimitReached as refused:
        return refused.code
    except Exception:  # noqa: BLE001 - the outcome
        return "counted"
    return "right"


def wrong(limits: Limits, address: str = OWNER) -> str:
    return guess(limits, address, outcome=InvalidCredentials())


def test_of_a_thousand_wrong_passwords_ten_are_tried_in_a_window(caller, clock):
    tried = 0
    for _ in range(1000):
        tried += wrong(caller()) == "counted"
        clock.now += 0.5

    assert tried == 10


def test_waits_double_and_then_the_pair_is_locked(caller, clock):
    waits = []
    for _ in range(6):
        while wrong(caller()) == "counted":
            pass
        with pytest.raises(TooManyAttempts) as refused, caller().password(OWNER):
            pass
        waits.append(int(refused.value.headers["Retry-After"]))
        clock.now += waits[-1]

    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[5] == 900 - sum(waits[:5])


def test_the_owner_signs_in_while_a_stranger_guesses(caller, clock):
    for _ in range(100):
        wrong(caller(ELSEWHERE))
        clock.now += 1

    assert wrong(caller(ELSEWHERE)) == "too_many_attempts"
    assert guess(caller(HOME)) == "right"


def test_a_right_password_forgets_the_wrong_ones(caller, counters):
    for _ in range(4):
        wrong(caller())
    guess(caller())

    assert [wrong(caller()) for _ in range(5)] == ["counted"] * 5
    assert sorted(counter.used for counter in counters.counters.values()) == [5, 9]


def test_one_password_at_many_addresses_ends_at_the_limit_of_the_network(caller):
    outcomes = [wrong(caller(), f"user-{n}@example.com") for n in range(300)]

    assert outcomes == ["counted"] * 50 + ["too_many_attempts"] * 250
    assert wrong(caller(ELSEWHERE), "user-299@example.com") == "counted"


def test_people_who_sign_in_from_one_network_are_not_counted(caller):
    assert {guess(caller(), f"user-{n}@example.com") for n in range(300)} == {"right"}


@pytest.mark.parametrize("failure", [Unavailable(), TooManyRequests()])
def test_what_was_not_checked_is_no_wrong_password(caller, counters, failure):
    for _ in range(20):
        guess(caller(), outcome=failure)

    assert {counter.used for counter in counters.counters.values()} == {0}


def test_what_is_refused_for_another_reason_is_no_wrong_password(caller, counters):
    for outcome in (Unprocessable(), Forbidden(), Conflict()):
        guess(caller(), outcome=outcome)

    assert {counter.used for counter in counters.counters.values()} == {0}


def test_a_guess_refused_for_its_network_does_not_count_for_its_pair(caller, counters):
    for number in range(50):
        wrong(caller(), f"user-{number}@example.com")
    for _ in range(20):
        assert wrong(caller()) == "too_many_attempts"

    assert sorted(counter.used for counter in counters.counters.values()) == [0, *[1] * 50, 50]


def test_a_mail_refused_for_its_network_leaves_the_address_its_own(caller):
    for number in range(30):
        caller().mail(f"user-{number}@example.com", "resend")
    for _ in range(20):
        with pytest.raises(LimitReached):
            caller().mail(OWNER, "resend")

    for _ in range(5):
        caller(ELSEWHERE).mail(OWNER, "resend")


def test_codes_and_passwords_have_counters_of_their_own(caller):
    for _ in range(5):
        wrong(caller())
    with caller().code(OWNER):
        pass

    assert wrong(caller()) == "too_many_attempts"


def test_a_password_that_was_reset_forgets_the_wrong_ones(caller):
    for _ in range(5):
        wrong(caller())
    caller().forgive_passwords(OWNER)

    assert wrong(caller()) == "counted"


def test_spellings_of_an_address_share_a_counter(caller):
    for spelling in (OWNER, "Owner@Example.com", " owner@example.com ", "OWNER@EXAMPLE.COM", OWNER):
        wrong(caller(), spelling)

    assert wrong(caller()) == "too_many_attempts"


def test_text_that_is_no_address_is_counted_too(caller):
    assert [wrong(caller(), "\ud800") for _ in range(6)] == ["counted"] * 5 + ["too_many_attempts"]


def test_sign_ups_of_a_network(caller):
    def sign_up(number: int, network: str = HOME) -> bool:
        try:
            caller(network).sign_up(f"user-{number}@example.com")
        except LimitReached:
            return False
        return True

    assert [sign_up(number) for number in range(300)].count(True) == 20
    assert sign_up(300, ELSEWHERE)


def test_mails_to_an_address_whatever_the_network(caller):
    def mail(number: int) -> bool:
        try:
            caller(f"198.51.{number}.0/24").mail(OWNER, "resend")
        except LimitReached:
            return False
        return True

    assert [mail(number) for number in range(120)].count(True) == 5


def test_mails_of_one_kind_leave_the_others_to_the_owner(caller):
    """Of these a stranger gets no code into the owner's mailbox."""
    for _ in range(5):
        caller(ELSEWHERE).mail(OWNER, "resend")

    caller().sign_up(OWNER)
    caller().mail(OWNER, "forgot-password")


def test_mails_of_a_network_whatever_the_address(caller):
    sent = 0
    for number in range(120):
        try:
            caller().mail(f"user-{number}@example.com", "resend")
        except LimitReached:
            continue
        sent += 1

    assert sent == 30


def test_a_refusal_says_when_to_come_back(caller, clock):
    for _ in range(20):
        caller().sign_up(f"{_}@example.com")
    clock.now += 600.5

    with pytest.raises(LimitReached) as refused:
        caller().sign_up("one-more@example.com")

    assert (refused.value.status, refused.value.code) == (429, "rate_limited")
    assert refused.value.headers == {
        "Retry-After": "3000",
        "RateLimit-Policy": '"sign-ups";q=20;w=3600',
        "RateLimit": '"sign-ups";r=0;t=3000',
    }


def test_counters_name_neither_addresses_nor_networks(caller, counters):
    caller().sign_up(OWNER)
    wrong(caller())

    assert len(counters.counters) == 5
    assert all(len(key) == 64 and int(key, 16) for key in counters.counters)


def test_the_key_decides_the_names(counters):
    for key in (b"one", b"two"):
        Limits(DEFAULTS, counters, key=lambda key=key: key, network=lambda: HOME).mail(OWNER, "resend")

    assert len(counters.counters) == 4


def test_without_limits_nothing_is_asked(counters):
    def fails() -> str:
        raise AssertionError

    limits = Limits({}, counters, key=fails, network=fails)
    limits.sign_up(OWNER)
    assert {wrong(limits) for _ in range(100)} == {"counted"}
    assert counters.counters == {}


class Broken:
    """Counters that do not answer."""

    def __init__(self) -> None:
        self.asked = 0

    def take(self, key, limit) -> float:
        self.asked += 1
        raise Unavailable

    give_back = clear = take


def test_an_outage_of_the_counters_stops_nobody_and_is_counted(app_log):
    counters = Broken()
    limits = Limits(DEFAULTS, counters, key=lambda: b"key", network=lambda: HOME)

    assert guess(limits) == "right"

    assert {record.metric for record in app_log.records} == {"LimitsUnavailable"}
    assert counters.asked == 1


def test_a_request_waits_for_two_seconds_at_most(counters):
    left = []

    class Watched(MemoryLimits):
        def take(self, key, limit) -> float:
            left.append(deadline.left())
            return super().take(key, limit)

    limits = Limits(DEFAULTS, Watched(), key=lambda: b"key", network=lambda: HOME)
    with limits.password(OWNER):
        inside = deadline.left()

    assert [0 < seconds <= 2 for seconds in left] == [True, True]
    assert inside > 2


def test_an_outage_of_the_secret_is_one_of_the_counters(counters):
    def fails() -> str:
        raise Unavailable

    for limits in (
        Limits(DEFAULTS, counters, key=lambda: b"key", network=fails),
        Limits(DEFAULTS, counters, key=fails, network=lambda: HOME),
    ):
        assert guess(limits) == "right"
