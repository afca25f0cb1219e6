"""Opaque, signed list cursors: a position that only the user who got it, with the same filters, can use."""

import base64
import binascii
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NewType, TypeVar

from app.errors import InvalidCursor
from app.models.pages import Page, Position

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_MAC_BYTES = 16
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Cursor = NewType("Cursor", str)
"""A signed `Position`, as clients hold it."""


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[T_co]):
    """Some items of a list, and the cursor of the next page: `None` at the end."""

    items: tuple[T_co, ...]
    next_cursor: Cursor | None


class CursorSigner:
    """HMAC-SHA-256, cut to 128 bits, over the user, the filters and the position."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def page(
        self,
        user_id: str,
        query: "DataclassInstance",
        cursor: Cursor | None,
        read: Callable[[Position | None], Page[T]],
    ) -> CursorPage[T]:
        """Return what `read` returns for the position of the cursor (`None`: from the start), with the next cursor.

        Raises:
            InvalidCursor: made up, changed, or made for another user or other filters.
        """
        return self.sign_page(user_id, query, read(self.verify(user_id, query, cursor)))

    def sign_page(self, user_id: str, query: "DataclassInstance", page: Page[T]) -> CursorPage[T]:
        following = None if page.position is None else self.sign(user_id, query, page.position)
        return CursorPage(page.items, following)

    def sign(self, user_id: str, query: "DataclassInstance", position: Position) -> Cursor:
        raw = position.encode()
        signed = self._mac(user_id, query, raw) + raw
        return Cursor(base64.urlsafe_b64encode(signed).rstrip(b"=").decode())

    def verify(self, user_id: str, query: "DataclassInstance", cursor: Cursor | None) -> Position | None:
        """Return the position inside, `None` of no cursor. Raises what `page` raises."""
        if cursor is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (UnicodeEncodeError, binascii.Error):
            raise InvalidCursor from None
        mac, position = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(user_id, query, position)):
            raise InvalidCursor
        return Position(position.decode())

    def _mac(self, user_id: str, query: "DataclassInstance", position: bytes) -> bytes:
        scope = json.dumps(
            [user_id, type(query).__name__, dataclasses.asdict(query)], default=str, sort_keys=True
        ).encode()
        message = len(scope).to_bytes(4, "big") + scope + position
        return hmac.digest(self._key(), message, hashlib.sha256)[:_MAC_BYTES]
