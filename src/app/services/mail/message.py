"""A message of the mail queue, written, and read and checked: others may write to the queue, too."""

import json
import re
from typing import Any, get_args

from app import addresses
from app.models.mail import Mail, MailKind
from app.ports.delivery import MailRefused

_KINDS = frozenset(get_args(MailKind))
_MEMBERS = frozenset({"kind", "to", "id", "data", "locale", "userId"})
_LONGEST_VALUE = 1000
_MOST_VALUES = 20

# One plain address: a display name, a list or a comment would be a way to write to others. SES takes only ASCII.
_ADDRESS = re.compile(r"[!#-'*+\-./0-9=?A-Z^-~]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
_ID = re.compile(r"[\x21-\x7e]{1,256}")
_NAME = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)
_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8})*", re.ASCII)


def encode(mail: Mail) -> str:
    """The message's body."""
    members: dict[str, Any] = {
        "kind": mail.kind,
        "to": mail.to,
        "id": mail.id,
        "data": mail.data,
        "locale": mail.locale,
        "userId": mail.user_id,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None})


def decode(body: str) -> Mail:
    """Raises:
    MailRefused: it is no mail; the reason says why, without quoting it.
    """
    members = _members(body)
    kind = members.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise MailRefused("unknown_kind")
    return Mail(
        kind=kind,  # type: ignore[arg-type]
        to=_matching({"to": _address(members.get("to"))}, "to", _ADDRESS),
        id=_matching(members, "id", _ID),
        data=_data(members.get("data", {})),
        locale=_matching(members, "locale", _LOCALE) if "locale" in members else None,
        user_id=_matching(members, "userId", _ID) if "userId" in members else None,
    )


def _members(body: str) -> dict[str, Any]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        raise MailRefused("not_json") from None
    if not isinstance(members, dict):
        raise MailRefused("not_an_object")
    if members.keys() - _MEMBERS:
        raise MailRefused("unknown_member")
    return members


def _matching(members: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise MailRefused(f"invalid_{name}")
    return value


def _address(given: object) -> object:
    """With an international domain as DNS has it: an earlier version wrote it in its own script."""
    if not isinstance(given, str) or given.isascii():
        return given
    try:
        return addresses.parse(given)
    except addresses.NotAnAddress:
        return given


def _data(data: object) -> dict[str, str | int]:
    if not isinstance(data, dict) or len(data) > _MOST_VALUES:
        raise MailRefused("invalid_data")
    if not all(_NAME.fullmatch(name) and _is_plain(value) for name, value in data.items()):
        raise MailRefused("invalid_data")
    return data


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE and not any("\ud800" <= char <= "\udfff" for char in value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
