"""How often something may be tried: the default limits, and how a deployment changes them by `LIMITS`.

`LIMITS` is empty for the defaults, `off`, or changes some: `passwords=20/900,sign-ups=100/3600`, each a count and the
seconds of its window. docs/operations.md has the same table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` within `seconds` of the first. After `free` of them each one waits for twice as long as the one
    before, from a second on; `None`: no waits before the limit."""

    count: int
    seconds: int
    free: int | None = None


Limits = Mapping[str, Limit]
"""By name. What has no entry is not limited."""

DEFAULTS: Limits = MappingProxyType(
    {
        "passwords": Limit(10, 900, free=5),
        "codes": Limit(10, 900, free=5),
        "network-guesses": Limit(50, 900),
        "sign-ups": Limit(20, 3600),
        "mails": Limit(5, 3600),
        "network-mails": Limit(30, 3600),
    }
)
"""`passwords` and `codes`: wrong ones, by address and network together. `network-guesses`: wrong passwords and codes
of one network, whatever the address. `sign-ups`: by network. `mails`: sign-ups and requests for a code, by address
and route; `network-mails`: all of them, by network."""

_NAMES = (*DEFAULTS, "requests")
"""`requests`, of an account, are counted only where `LIMITS` says so and there is a Redis."""

_LONGEST = 24 * 60 * 60
"""Seconds: no counter, and so no trace of an address or a network, is kept for longer than a day."""
_CHANGE = re.compile(r"([a-z-]+)=([1-9][0-9]{0,5})/([1-9][0-9]{0,4})", re.ASCII)


class InvalidLimits(ValueError):
    """The message says what is wrong, and quotes no value."""


def parse(text: str) -> Limits:
    """Return the limits that `LIMITS` chooses.

    Raises:
        InvalidLimits
    """
    if text == "off":
        return {}
    return {**DEFAULTS, **dict(map(_changed, filter(None, text.split(","))))}


def _changed(part: str) -> tuple[str, Limit]:
    match = _CHANGE.fullmatch(part.strip())
    if match is None or match[1] not in _NAMES:
        raise InvalidLimits(f"must be off, or list changes such as passwords=20/900 of: {', '.join(_NAMES)}")
    count, seconds = int(match[2]), int(match[3])
    if seconds > _LONGEST:
        raise InvalidLimits(f"must count over {_LONGEST} seconds at most")
    default = DEFAULTS.get(match[1])
    if default is None or default.free is None:
        return match[1], Limit(count, seconds)
    return match[1], Limit(count, seconds, min(default.free, count))
