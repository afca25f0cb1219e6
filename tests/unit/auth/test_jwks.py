"""When the key set is fetched, which of its keys are used, and what an outage does."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from app.auth.jwks import Jwks, JwksUnavailable, UnknownKey
from support.processes import wait_until
from unit.auth.token_forge import ABSENT, Clock, Source, jwk, key_set, private_key

TTL, PENALTY, RETRY = 3600, 10, 30


@pytest.fixture
def clock() -> Clock:
    return Clock(1000)


@pytest.fixture
def source() -> Source:
    return Source(jwk("key-1"))


@pytest.fixture
def jwks(source: Source, clock: Clock) -> Jwks:
    return Jwks("https://issuer.example/", ttl=TTL, penalty=PENALTY, retry=RETRY, fetch=source, clock=clock)


def assert_unknown(jwks: Jwks, kid: str) -> None:
    with pytest.raises(UnknownKey):
        jwks.key(kid)


def assert_unavailable(jwks: Jwks, kid: str) -> None:
    with pytest.raises(JwksUnavailable):
        jwks.key(kid)


# Time to live


def test_nothing_is_fetched_before_a_key_is_asked_for(jwks: Jwks, source: Source) -> None:
    assert not jwks.trusts("key-1", object())
    assert source.fetches == 0


def test_a_key_is_fetched_and_built_once_within_the_ttl(jwks: Jwks, source: Source, clock: Clock) -> None:
    first = jwks.key("key-1")
    clock.now += TTL - 1

    assert jwks.key("key-1") is first
    assert source.fetches == 1


def test_after_the_ttl_the_set_is_fetched_again_and_same_keys_stay_built(
    jwks: Jwks, source: Source, clock: Clock
) -> None:
    first = jwks.key("key-1")
    clock.now += TTL

    assert jwks.key("key-1") is first
    assert source.fetches == 2


def test_a_key_withdrawn_by_the_issuer_is_gone_after_the_ttl(
    jwks: Jwks, source: Source, clock: Clock
) -> None:
    withdrawn = jwks.key("key-1")
    source.document = key_set(jwk("key-2"))
    clock.now += TTL

    assert_unknown(jwks, "key-1")
    assert not jwks.trusts("key-1", withdrawn)


def test_by_default_a_set_serves_an_hour_and_an_outage_is_probed_every_half_minute(
    source: Source, clock: Clock
) -> None:
    """For so long a key that the issuer has withdrawn is trusted; and no unknown key id costs a fetch of its own."""
    jwks = Jwks("https://issuer.example/", fetch=source, clock=clock)
    for kid in ("random", "another", "key-1"):
        with suppress(UnknownKey):
            jwks.key(kid)
    clock.now += 3599
    jwks.key("key-1")
    assert source.fetches == 1

    source.error = TimeoutError()
    clock.now += 1
    jwks.key("key-1")
    assert source.fetches == 2
    clock.now += 30
    jwks.key("key-1")
    assert source.fetches == 3


# Unknown key ids


def test_a_new_key_is_found_at_once_by_one_fetch(jwks: Jwks, source: Source) -> None:
    jwks.key("key-1")
    source.document = key_set(jwk("key-1"), jwk("key-2"))

    assert jwks.key("key-2")
    assert source.fetches == 2


def test_random_key_ids_cause_one_fetch_per_penalty(jwks: Jwks, source: Source, clock: Clock) -> None:
    jwks.key("key-1")
    for i in range(50):
        assert_unknown(jwks, f"random-{i}")
    assert source.fetches == 2

    clock.now += PENALTY - 1
    assert_unknown(jwks, "random")
    assert source.fetches == 2

    clock.now += 1
    assert_unknown(jwks, "random")
    assert_unknown(jwks, "another")
    assert source.fetches == 3


def test_random_key_ids_that_come_first_are_bounded_too(jwks: Jwks, source: Source) -> None:
    for i in range(50):
        assert_unknown(jwks, f"random-{i}")

    assert source.fetches == 1
    assert jwks.key("key-1")
    assert source.fetches == 1


def test_random_key_ids_are_bounded_too_while_the_issuer_has_no_keys(
    jwks: Jwks, source: Source, clock: Clock
) -> None:
    source.document = key_set()
    for i in range(50):
        assert_unknown(jwks, f"random-{i}")
    assert source.fetches == 1

    source.document = key_set(jwk("key-1"))
    clock.now += PENALTY
    assert jwks.key("key-1")


def test_random_key_ids_during_an_outage_are_bounded_too(jwks: Jwks, source: Source) -> None:
    jwks.key("key-1")
    source.error = TimeoutError()
    for i in range(50):
        assert_unavailable(jwks, f"random-{i}")

    assert source.fetches == 2
    assert jwks.key("key-1")


def test_a_failed_fetch_for_an_unknown_key_id_does_not_shorten_the_time_of_kept_keys(
    jwks: Jwks, source: Source, clock: Clock
) -> None:
    kept = jwks.key("key-1")
    source.error = TimeoutError()
    assert_unavailable(jwks, "random")

    clock.now += TTL - 1

    assert jwks.trusts("key-1", kept)
    assert jwks.key("key-1") is kept
    assert source.fetches == 2


def test_a_new_key_is_found_when_the_penalty_ends(jwks: Jwks, source: Source, clock: Clock) -> None:
    jwks.key("key-1")
    assert_unknown(jwks, "random")
    source.document = key_set(jwk("key-1"), jwk("key-2"))

    assert_unknown(jwks, "key-2")
    clock.now += PENALTY
    assert jwks.key("key-2")


# Outages


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        b"\xff\xfe",
        b"[" * 60000,
        key_set(jwk())[:-1],
    ],
)
def test_what_is_no_key_set_is_an_outage(jwks: Jwks, source: Source, clock: Clock, document: bytes) -> None:
    kept = jwks.key("key-1")
    source.document = document
    clock.now += TTL

    assert jwks.key("key-1") is kept
    assert_unavailable(jwks, "key-2")


def test_stale_keys_serve_during_an_outage_at_one_attempt_per_retry(
    jwks: Jwks, source: Source, clock: Clock
) -> None:
    kept = jwks.key("key-1")
    source.error = TimeoutError()
    clock.now += TTL
    for _ in range(50):
        assert jwks.key("key-1") is kept
    assert source.fetches == 2
    assert jwks.trusts("key-1", kept), "nothing is due until the next attempt"

    clock.now += RETRY
    assert not jwks.trusts("key-1", kept)
    assert jwks.key("key-1") is kept
    assert source.fetches == 3


def test_an_outage_ends_with_the_next_attempt(jwks: Jwks, source: Source, clock: Clock) -> None:
    jwks.key("key-1")
    source.error = TimeoutError()
    clock.now += TTL
    jwks.key("key-1")
    source.error = None
    clock.now += RETRY
    jwks.key("key-1")
    clock.now += TTL - 1
    jwks.key("key-1")

    assert source.fetches == 3
    assert_unknown(jwks, "key-2")


def test_with_no_key_at_hand_one_failure_is_retried_at_once(jwks: Jwks, source: Source) -> None:
    source.error = TimeoutError()
    assert_unavailable(jwks, "key-1")
    source.error = None

    assert jwks.key("key-1")


def test_with_no_key_at_hand_lasting_failure_is_retried_ever_more_slowly(
    jwks: Jwks, source: Source, clock: Clock
) -> None:
    source.error = TimeoutError()
    attempts = []
    for second in range(80):
        clock.now = 2000 + second
        before = source.fetches
        assert_unavailable(jwks, "key-1")
        assert_unavailable(jwks, "random")
        attempts += [second] * (source.fetches - before)

    assert attempts == [0, 0, 1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 65, 75]


def test_a_failed_fetch_is_logged_by_the_kind_of_failure_only(
    jwks: Jwks, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    source.error = ValueError("what the issuer said")

    assert_unavailable(jwks, "key-1")

    assert [record.getMessage() for record in caplog.records] == ["key set not fetched: ValueError"]


# Threads


def in_threads(
    count: int, call: Callable[[int], object], source: Source, clock: Clock
) -> list[Future[object]]:
    """Run `call` in `count` threads, and let the first fetch end only when all have found it necessary.

    Each thread asks the clock once before it fetches or waits; the one that fetches asks it twice.
    """
    all_here = Event()
    source.during = lambda: all_here.wait(60)
    expected = clock.asked + count + 1
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(call, i) for i in range(count)]
        reached = wait_until(lambda: clock.asked >= expected)
        all_here.set()
    assert reached
    return futures


def test_concurrent_misses_share_one_fetch(jwks: Jwks, source: Source, clock: Clock) -> None:
    results = in_threads(8, lambda i: jwks.key("key-1"), source, clock)

    assert {result.result() for result in results} == {jwks.key("key-1")}
    assert source.fetches == 1


def test_concurrent_misses_share_one_failure(jwks: Jwks, source: Source, clock: Clock) -> None:
    source.error = TimeoutError()

    results = in_threads(8, lambda i: jwks.key(f"key-{i}"), source, clock)

    assert {type(result.exception()) for result in results} == {JwksUnavailable}
    assert source.fetches == 1


def test_concurrent_unknown_key_ids_share_one_fetch(jwks: Jwks, source: Source, clock: Clock) -> None:
    jwks.key("key-1")

    results = in_threads(8, lambda i: jwks.key(f"random-{i}"), source, clock)

    assert {type(result.exception()) for result in results} == {UnknownKey}
    assert source.fetches == 2


def test_who_holds_a_stale_key_does_not_wait_for_the_fetch(jwks: Jwks, source: Source, clock: Clock) -> None:
    kept = jwks.key("key-1")
    clock.now += TTL
    fetching, end = Event(), Event()

    ended: list[bool] = []

    def hold() -> None:
        fetching.set()
        ended.append(end.wait(60))

    source.during = hold
    with ThreadPoolExecutor(1) as pool:
        refresh = pool.submit(jwks.key, "key-1")
        assert fetching.wait(30)
        meanwhile = jwks.key("key-1")
        end.set()

    assert ended == [True], "the fetch was still running"
    assert meanwhile is kept
    assert refresh.result() is kept
    assert source.fetches == 2


# Which entries are keys


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "key-1",
        ["key-1"],
        {},
        jwk(kid=ABSENT, key=private_key()),
        jwk(kid=1, key=private_key()),
        jwk(kid=None, key=private_key()),
        jwk(kid=["key-1"], key=private_key()),
        jwk(kty=ABSENT),
        jwk(kty="EC"),
        jwk(kty="oct", k="c2VjcmV0"),
        jwk(use=ABSENT),
        jwk(use="enc"),
        jwk(use=["sig"]),
        jwk(alg=ABSENT),
        jwk(alg="RS512"),
        jwk(alg="HS256"),
        jwk(alg=None),
        jwk(n=ABSENT),
        jwk(n=1),
        jwk(n=""),
        jwk(n="!!!"),
        jwk(n=jwk()["n"] + "="),
        jwk(n="é"),
        jwk(e=ABSENT),
        jwk(e=65537),
        jwk(e=""),
        jwk(e="AQ"),
        jwk(e="AAAA"),
        jwk(d="AQAB"),
        jwk(key=generate_private_key(65537, 1024)),
        jwk(key=generate_private_key(65537, 2047)),
    ],
    ids=lambda entry: json.dumps(entry)[:40],
)
def test_an_entry_that_is_no_rs256_key_is_passed_over_and_costs_no_other(
    jwks: Jwks, source: Source, entry: object
) -> None:
    source.document = key_set(entry, jwk("key-2"), entry)

    assert jwks.key("key-2")
    assert_unknown(jwks, "key-1")


def test_of_two_entries_with_one_id_the_first_counts(jwks: Jwks, source: Source) -> None:
    source.document = key_set(jwk("key-1"), jwk("key-1", key=private_key("key-2")))

    assert jwks.key("key-1").to_dict()["n"] == jwk("key-1")["n"]


def test_an_unusable_entry_does_not_take_the_id_of_a_usable_one(jwks: Jwks, source: Source) -> None:
    source.document = key_set(jwk("key-1", use="enc"), jwk("key-1", n="AQAB"), jwk("key-1"))

    assert jwks.key("key-1")


def test_an_id_with_a_new_key_gets_the_new_key(jwks: Jwks, source: Source, clock: Clock) -> None:
    old = jwks.key("key-1")
    source.document = key_set(jwk("key-1", key=private_key("key-2")))
    clock.now += TTL

    assert jwks.key("key-1").to_dict()["n"] == jwk("key-2")["n"]
    assert not jwks.trusts("key-1", old)


def test_an_id_with_a_new_exponent_gets_the_new_key(jwks: Jwks, source: Source, clock: Clock) -> None:
    old = jwks.key("key-1")
    source.document = key_set(jwk("key-1", e="AQAD"))
    clock.now += TTL

    assert jwks.key("key-1").to_dict()["e"] == "AQAD"
    assert not jwks.trusts("key-1", old)


def test_a_set_without_keys_withdraws_them_all(jwks: Jwks, source: Source, clock: Clock) -> None:
    jwks.key("key-1")
    source.document = key_set()
    clock.now += TTL

    assert_unknown(jwks, "key-1")
