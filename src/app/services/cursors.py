"""Opaque, signed list cursors: a position that only the user who got it, with the same filters, can use."""

import base64
import binascii
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.errors import BadRequest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_MAC_BYTES = 16


class CursorSigner:
    """HMAC-SHA-256, cut to 128 bits, over the user, the filters and the position."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def sign(self, user_id: str, query: "DataclassInstance", position: str) -> str:
        raw = position.encode()
        return base64.urlsafe_b64encode(self._mac(user_id, query, raw) + raw).rstrip(b"=").decode()

    def verify(self, user_id: str, query: "DataclassInstance", cursor: str) -> str:
        """The position inside.

        Raises:
            BadRequest: made up, changed, or made for another user or other filters.
        """
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (UnicodeEncodeError, binascii.Error):
            raise _invalid() from None
        mac, position = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(user_id, query, position)):
            raise _invalid()
        return position.decode()

    def _mac(self, user_id: str, query: "DataclassInstance", position: bytes) -> bytes:
        scope = json.dumps(
            [user_id, type(query).__name__, dataclasses.asdict(query)], default=str, sort_keys=True
        ).encode()
        message = len(scope).to_bytes(4, "big") + scope + position
        return hmac.digest(self._key(), message, hashlib.sha256)[:_MAC_BYTES]


def _invalid() -> BadRequest:
    return BadRequest("The cursor does not belong to this list.", code="invalid_cursor")
