"""The codes that prove a new address, and the links that give back an old one.

Storage has no secret: a code is kept as a keyed hash, and a link is made of what is kept and the deployment's key. So
the link of an address can be mailed again after an interruption, and is the same.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping

_DIGITS = 8


def keys_from(values: Mapping[str, str]) -> list[bytes]:
    """From the fields of the deployment's secret: the key that makes links, then one that is accepted yet."""
    names = ("cursorKey", "previousCursorKey")
    return [hmac.digest(values[name].encode(), b"addressKey", "sha256") for name in names if name in values]


def new_code() -> str:
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"


def new_nonce() -> str:
    return secrets.token_hex(16)


def unknown_password() -> str:
    """One that is kept nowhere, of all four kinds of characters."""
    return f"{secrets.token_urlsafe(32)}-Aa1"


class AddressSecrets:
    """`keys`: the one that is used first, then those that are accepted."""

    def __init__(self, keys: Callable[[], list[bytes]]) -> None:
        self._keys = keys

    def mac_of(self, change_id: str, code: str) -> str:
        return _mac(self._keys()[0], "code", change_id, code).hex()

    def is_code(self, change_id: str, code: str, mac: str) -> bool:
        found = (_mac(key, "code", change_id, code).hex() for key in self._keys())
        return any(hmac.compare_digest(mac, one) for one in found)

    def link_of(self, user_id: str, nonce: str) -> str:
        return self._link(self._keys()[0], user_id, nonce)

    def is_link(self, token: str, user_id: str, nonce: str) -> bool:
        links = (self._link(key, user_id, nonce).encode() for key in self._keys())
        return any(hmac.compare_digest(token.encode(), link) for link in links)

    def _link(self, key: bytes, user_id: str, nonce: str) -> str:
        mac = base64.urlsafe_b64encode(_mac(key, "undo", user_id, nonce)).rstrip(b"=").decode()
        return f"{user_id}.{mac}"


def user_of(token: str) -> str:
    """Whose account the link is of, if it is one."""
    return token.rpartition(".")[0]


def _mac(key: bytes, *parts: str) -> bytes:
    message = "\n".join(parts).encode()
    return hmac.digest(key, message, hashlib.sha256)
