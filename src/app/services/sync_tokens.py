"""Sync tokens: a signed position in a user's feed.

A token holds the revision up to which its device has everything, when it was issued, the version of its own form, and
the stage's epoch. It is good for 60 days. What was deleted is remembered for 90, so a token that is still good leads
past no deletion; the token decides, and not whether a tombstone happens to be there still.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NewType

from app.errors import BadRequest, Gone

SyncToken = NewType("SyncToken", str)

_VERSION = 1
"""Of what a token holds, and of what a device keeps by it. Another number makes each device start again. Epoch and
revision keep their places in each form."""
_MAC_BYTES = 16
_DAY = 24 * 60 * 60
LIFE_S = 60 * _DAY
FRESH_S = 30 * _DAY
"""Seconds from when a token was issued: how long it is good, and how long one without news need not be replaced."""


class SyncTokenExpired(Gone):
    """The device has to start again without a token."""

    default_code = "sync_token_expired"
    default_detail = "This token is too old, or of another state of the data. Start again without one."

    def __init__(self) -> None:
        super().__init__(members={"restart": True})


class InvalidSyncToken(BadRequest):
    """A token that was changed, made up, or given to another user."""

    default_code = "invalid_sync_token"
    default_detail = "This is not a token of yours. Start again without one."

    def __init__(self) -> None:
        super().__init__(members={"restart": True})


Secret = Callable[[], Mapping[str, str]]
"""Gives the fields of the deployment's secret. `syncKey` signs; without it, a key that is derived from `cursorKey`,
which is accepted also when there is a `syncKey`. So are `previousSyncKey` and the key derived from
`previousCursorKey`. `epoch` changes when data are restored. It may raise `app.errors.Unavailable`."""


@dataclass(frozen=True, slots=True)
class Position:
    """`issued_at`: seconds since the epoch of Unix."""

    revision: int
    issued_at: int


class SyncTokens:
    """HMAC-SHA-256, cut to 128 bits, over the user and the token's content."""

    def __init__(self, secret: Secret, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def issue(self, user_id: str, revision: int) -> SyncToken:
        values = self._secret()
        content = [_VERSION, values.get("epoch", ""), int(self._clock()), revision]
        raw = json.dumps(content, separators=(",", ":")).encode()
        signed = _mac(_keys(values)[0], user_id, raw) + raw
        return SyncToken(base64.urlsafe_b64encode(signed).rstrip(b"=").decode())

    def read(self, user_id: str, token: SyncToken) -> Position:
        """Raises:
        InvalidSyncToken: it was not signed for this user.
        SyncTokenExpired: it is too old, or of another epoch or form.
        """
        values = self._secret()
        version, epoch, *position = self._content(values, user_id, token)
        if (version, epoch) != (_VERSION, values.get("epoch", "")):
            raise SyncTokenExpired
        issued_at, revision = position
        if self._clock() - issued_at > LIFE_S:
            raise SyncTokenExpired
        return Position(revision, issued_at)

    def seen(self, user_id: str, token: SyncToken) -> int | None:
        """The revision that a device with this token has seen, however long ago; `None` where the token is of another
        epoch, or not one of this user's."""
        values = self._secret()
        try:
            _, epoch, _, revision = self._content(values, user_id, token)
        except InvalidSyncToken:
            return None
        return int(revision) if epoch == values.get("epoch", "") else None

    def is_fresh(self, position: Position) -> bool:
        """Return whether a device without news may go on with the token it has."""
        return self._clock() - position.issued_at < FRESH_S

    def _content(self, values: Mapping[str, str], user_id: str, token: SyncToken) -> list[Any]:
        try:
            signed = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except (UnicodeEncodeError, binascii.Error):
            raise InvalidSyncToken from None
        mac, raw = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
        if not any(hmac.compare_digest(mac, _mac(key, user_id, raw)) for key in _keys(values)):
            raise InvalidSyncToken
        content: list[Any] = json.loads(raw)
        return content


def _keys(values: Mapping[str, str]) -> list[bytes]:
    """The key that signs, then those that are accepted."""
    derived = [_derived(values[name]) for name in ("cursorKey", "previousCursorKey") if name in values]
    set_keys = [values[name].encode() for name in ("syncKey", "previousSyncKey") if name in values]
    return [*set_keys, *derived] if "syncKey" in values else [*derived, *set_keys]


def _derived(cursor_key: str) -> bytes:
    """A key that says nothing of the one it comes from: a new stage has one secret, of one generated value."""
    return hmac.digest(cursor_key.encode(), b"syncKey", hashlib.sha256)


def _mac(key: bytes, user_id: str, raw: bytes) -> bytes:
    scope = user_id.encode()
    message = len(scope).to_bytes(4, "big") + scope + raw
    return hmac.digest(key, message, hashlib.sha256)[:_MAC_BYTES]
