"""Count the requests of each account, in the round trip in which a request looks for the account.

Whether a request counts is known when it is answered. So it is owed until the next one of the same account, whose
look adds it: no process owes more than what it has answered since its last look, which is one request where it serves
one at a time. How much is used up is known from the last look, so a refusal asks no one. A failure counts nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from app.cache.entries import FENCE, requests_key
from app.limit_settings import Limit

if TYPE_CHECKING:
    from redis import Redis

_REMEMBERED = 10_000
"""Accounts whose counts a process keeps."""

# A server out of memory refuses to count, and is still to be read.
_COUNT_AND_MGET = """
local used = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(used) ~= 'number' then used = 0 end
local left = redis.call('PTTL', KEYS[1])
if left == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]); left = tonumber(ARGV[2]) end
return {used, left, redis.call('MGET', unpack(KEYS, 2))}
"""


@dataclass(slots=True)
class _Use:
    owed: int = 0
    used: int = 0
    ends: float = 0.0


class RequestCounter:
    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._lock = Lock()
        self._uses: dict[str, _Use] = {}

    def wait(self, user_id: str) -> float:
        """Seconds until this account may ask again; zero: now."""
        use = self._uses.get(requests_key(user_id))
        if use is None or use.used + use.owed < self.limit.count:
            return 0.0
        return max(use.ends - self._clock(), 0.0)

    def answered(self, user_id: str) -> None:
        """Count one request more."""
        with self._lock:
            self._use(requests_key(user_id)).owed += 1

    def over(self, redis: "Redis | None") -> Any:
        """`redis`, whose looks for what is kept of an account count its requests."""
        return None if redis is None else _Counting(redis, self)

    def look(self, redis: "Redis", key: str, keys: tuple[str, ...]) -> object:
        with self._lock:
            use = self._use(key)
            owed, use.owed = use.owed, 0
        window = self.limit.seconds * 1000
        reply: Any = redis.eval(_COUNT_AND_MGET, 1 + len(keys), key, *keys, owed, window)
        use.used, left, found = reply
        use.ends = self._clock() + left / 1000
        return found

    def _use(self, key: str) -> _Use:
        if len(self._uses) > _REMEMBERED:
            self._uses.clear()
        return self._uses.setdefault(key, _Use())


class _Counting:
    """The commands that `app.cache.commands` sends. Only its looks begin with a fence."""

    __slots__ = ("_counter", "_redis")

    def __init__(self, redis: "Redis", counter: RequestCounter) -> None:
        self._redis = redis
        self._counter = counter

    def mget(self, fence: str, *others: str) -> object:
        return self._counter.look(self._redis, fence.removesuffix(FENCE) + "requests", (fence, *others))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)
