"""The few Redis commands of the cache. None raises, none waits long, none is sent while the circuit is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from app import context
from app.cache.circuit import Circuit
from app.cache.entries import Keys, entry_pattern, fence_key

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

INTENT = b"w:"
"""How the fence begins while a write is under way."""

VALUE_TTL_S = 60
"""Bounds the staleness that the fences cannot prevent (see `app.cache.protocol`)."""

FENCE_TTL_S = 3600
INTENT_TTL_S = 30
"""Longer than any write takes: one call of DynamoDB ends within 3 attempts x (1 s connect + 3 s read) + 3 s of
backoff = 15 s, and the HTTP API gives a whole request 30 s."""

LEASE_TTL_MS = 300

SCANS, SCANNED = 8, 1000
"""How many looks a sweep takes, and keys at each: enough for a small cache, and nothing to a large one. In cluster
mode Valkey looks at the user's slot alone."""

PATIENCE_S = 0.055
"""A request that has waited this long for Redis in all asks it no more. With the time-outs of the client (30 ms to
connect, 60 ms a command) a request loses 145 ms at most."""

# DEL first: a server out of memory refuses SET, yet not after a script's first write, and never DEL.
_ANNOUNCE = """
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""

# MGET reads a key of another type as absent where GET would fail; DEL removes it.
_SETTLE = """
local fence = redis.call('MGET', KEYS[1])[1]
if not fence or fence == ARGV[1] or string.sub(fence, 1, 2) ~= 'w:' then redis.call('DEL', KEYS[1]) end
return 1
"""


class Found(NamedTuple):
    fence: bytes | None
    entry: bytes | None
    leased: bool
    """Whether some reader is loading this value from the database."""


class Claim(NamedTuple):
    fence: bytes | None
    entry: bytes | None
    """What another reader may have stored since we looked."""
    won: bool
    """Whether the lease is ours: we are to load the value, others wait for it."""


class Commands:
    def __init__(
        self, redis: "Callable[[], Redis | None]", clock: Callable[[], float], token: Callable[[], bytes]
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._token = token
        self._circuit = Circuit(clock)

    def find(self, keys: Keys) -> Found | None:
        def command(redis: "Redis") -> Found:
            fence, entry, lease = _strings(redis.mget(keys.fence, keys.entry, keys.lease))
            return Found(fence, entry, lease is not None)

        return self._call(command)

    def claim(self, keys: Keys) -> Claim | None:
        """Open a fence if there is none, and try for the lease. One round trip."""

        def command(redis: "Redis") -> Claim:
            pipe = redis.pipeline(transaction=False)
            pipe.set(keys.fence, self._token(), nx=True, ex=FENCE_TTL_S)
            pipe.set(keys.lease, b"1", nx=True, px=LEASE_TTL_MS)
            pipe.mget(keys.fence, keys.entry)
            _, won, found = pipe.execute()
            fence, entry = _strings(found)
            return Claim(fence, entry, bool(won))

        return self._call(command)

    def finish(self, keys: Keys, entry: bytes | None, *, release: bool) -> None:
        """Store the entry, if there is one, and give the lease back, if it is ours. One round trip at most."""

        def command(redis: "Redis") -> None:
            pipe = redis.pipeline(transaction=False)
            if entry is not None:
                pipe.set(keys.entry, entry, ex=VALUE_TTL_S)
            if release:
                pipe.delete(keys.lease)
            pipe.execute()

        if entry is not None or release:
            self._call(command)

    def announce(self, user_id: str, intent: bytes) -> bool:
        """Replace the user's fence by a write intent. Whether Redis has done so."""
        return bool(
            self._call(lambda redis: redis.eval(_ANNOUNCE, 1, fence_key(user_id), intent, INTENT_TTL_S))
        )

    def settle(self, user_id: str, intent: bytes) -> bool:
        """Remove the user's fence, be it open or our intent; another writer's intent stays."""
        return bool(self._call(lambda redis: redis.eval(_SETTLE, 1, fence_key(user_id), intent)))

    def sweep(self, user_id: str) -> None:
        """Delete what is stored for the user, as far as it is found in so many looks; the rest expires."""
        pattern, cursor = entry_pattern(user_id), 0

        def command(redis: "Redis") -> int:
            following, keys = redis.scan(cursor, match=pattern, count=SCANNED)
            if keys:
                redis.delete(*keys)
            return int(following)

        for _ in range(SCANS):
            cursor = self._call(command) or 0
            if cursor == 0:
                return

    def _call(self, command: "Callable[[Redis], T]") -> T | None:
        permit = self._circuit.permit()
        if permit is None:
            return None
        started = self._clock()
        try:
            redis = self._redis()
            started = self._clock()  # importing and building the client is our time, not Redis's
            result = None if redis is None else command(redis)
        except Exception as error:  # noqa: BLE001  whatever a broken peer makes the client raise, the request goes on
            _spend(self._clock() - started)
            self._circuit.failed(permit, type(error).__name__)
            return None
        if _spend(self._clock() - started) > PATIENCE_S:
            self._circuit.failed(permit, "slow")
        else:
            self._circuit.succeeded(permit)
        return result


def _strings(reply: object) -> list[bytes | None]:
    if not isinstance(reply, list) or not all(item is None or isinstance(item, bytes) for item in reply):
        raise TypeError("not a list of byte strings")
    return reply


def _spend(seconds: float) -> float:
    """Seconds this request has waited for Redis up to now."""
    request = context.current()
    if request is None:
        return seconds
    request.cache_seconds += seconds
    return request.cache_seconds
