"""A sync token is good for its user, for 60 days, in one epoch, under the present key or the last."""

import base64

import pytest

from app.services.sync_tokens import InvalidSyncToken, SyncToken, SyncTokenExpired, SyncTokens
from support.clock import Clock
from support.memory_app import FixedSecret

DAY = 24 * 60 * 60


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secret() -> FixedSecret:
    return FixedSecret()


@pytest.fixture
def tokens(secret: FixedSecret, clock: Clock) -> SyncTokens:
    return SyncTokens(secret.values, clock=clock)


def test_it_gives_its_position_back(tokens: SyncTokens, clock: Clock):
    token = tokens.issue("ada", 41)

    assert token.isascii()
    assert "=" not in token
    position = tokens.read("ada", token)
    assert (position.revision, position.issued_at) == (41, int(clock.now))


def test_it_is_good_for_no_one_else(tokens: SyncTokens):
    with pytest.raises(InvalidSyncToken) as refused:
        tokens.read("bob", tokens.issue("ada", 41))

    assert (refused.value.status, refused.value.code) == (400, "invalid_sync_token")
    assert refused.value.members == {"restart": True}


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2], lambda t: t + "AA", lambda t: "é" + t, lambda _: "A", lambda _: ""]
)
def test_what_was_changed_or_made_up_is_refused(tokens: SyncTokens, change):
    with pytest.raises(InvalidSyncToken):
        tokens.read("ada", change(tokens.issue("ada", 41)))


@pytest.mark.parametrize("bit", range(0, 8 * 40, 7))
def test_no_bit_of_it_can_be_changed(tokens: SyncTokens, bit: int):
    token = tokens.issue("ada", 41)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8

    with pytest.raises(InvalidSyncToken):
        tokens.read("ada", SyncToken(base64.urlsafe_b64encode(raw).rstrip(b"=").decode()))


@pytest.mark.parametrize(("days", "is_good"), [(60, True), (60 + 1 / DAY, False)])
def test_it_lives_for_sixty_days(tokens: SyncTokens, clock: Clock, days: float, is_good: bool):
    clock.now = float(int(clock.now))
    token = tokens.issue("ada", 41)
    clock.now += days * DAY

    if is_good:
        assert tokens.read("ada", token).revision == 41
    else:
        with pytest.raises(SyncTokenExpired) as expired:
            tokens.read("ada", token)
        assert (expired.value.status, expired.value.code) == (410, "sync_token_expired")
        assert expired.value.members == {"restart": True}


@pytest.mark.parametrize(("days", "is_fresh"), [(29.9, True), (30, False)])
def test_it_is_fresh_for_thirty_days(tokens: SyncTokens, clock: Clock, days: float, is_fresh: bool):
    clock.now = float(int(clock.now))
    position = tokens.read("ada", tokens.issue("ada", 41))
    clock.now += days * DAY

    assert tokens.is_fresh(position) is is_fresh


def test_it_ends_with_its_epoch(tokens: SyncTokens, secret: FixedSecret):
    token = tokens.issue("ada", 41)
    secret.fields["epoch"] = "2"

    with pytest.raises(SyncTokenExpired):
        tokens.read("ada", token)


def test_one_of_another_form_has_ended(tokens: SyncTokens, monkeypatch: pytest.MonkeyPatch):
    token = tokens.issue("ada", 41)
    monkeypatch.setattr("app.services.sync_tokens._VERSION", 2)

    with pytest.raises(SyncTokenExpired):
        tokens.read("ada", token)


def test_the_key_before_is_accepted_and_signs_nothing(tokens: SyncTokens, secret: FixedSecret):
    old = tokens.issue("ada", 41)
    secret.fields |= {"syncKey": "another", "previousSyncKey": "a key"}

    assert tokens.read("ada", old).revision == 41
    new = tokens.issue("ada", 42)
    del secret.fields["previousSyncKey"]
    assert tokens.read("ada", new).revision == 42
    with pytest.raises(InvalidSyncToken):
        tokens.read("ada", old)


def test_a_secret_without_a_key_for_tokens_derives_one(secret: FixedSecret, clock: Clock):
    tokens = SyncTokens(secret.values, clock=clock)
    own = tokens.issue("ada", 41)
    secret.fields = {"cursorKey": "one", "epoch": "1"}
    derived = tokens.issue("ada", 41)

    assert tokens.read("ada", derived).revision == 41
    with pytest.raises(InvalidSyncToken):
        tokens.read("ada", own)
    secret.fields = {"cursorKey": "one", "syncKey": "new", "epoch": "1"}
    assert tokens.read("ada", derived).revision == 41
    secret.fields = {"cursorKey": "two", "previousCursorKey": "one", "syncKey": "new", "epoch": "1"}
    assert tokens.read("ada", derived).revision == 41
    secret.fields = {"cursorKey": "two", "epoch": "1"}
    with pytest.raises(InvalidSyncToken):
        tokens.read("ada", derived)
