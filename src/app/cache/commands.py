"""The few Redis commands of the cache. None raises and none waits long.

Commands of readers are not sent while the circuit is open. Commands of writers always are: a writer that skips the
fence after failures of its own leaves other processes, for which Redis works, with outdated values.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from app.blocking import about_to_block
from app.cache.circuit import Circuit
from app.cache.entries import Keys, entry_pattern, fence_key
from app.cache.pending import PendingInvalidations

if TYPE_CHECKING:
    from redis import Redis

    from app.cache.event_loop import LoopConnection

T = TypeVar("T")
Command = Callable[["Redis"], T]

INTENT = b"w:"
"""How the fence begins while a write is under way."""

FENCE_TTL_S = 3600
INTENT_TTL_S = 30
"""Longer than any write takes: one call of DynamoDB ends within 3 attempts x (1 s connect + 3 s read) + 3 s of
backoff = 15 s, and the HTTP API gives a whole request 30 s."""

LEASE_TTL_MS = 300

LONGEST_TTL_S = 60
"""How long a value may be kept, at most, from its reader's claim."""

SCANS, SCANNED = 8, 1000
"""How many looks a sweep takes, and keys at each: enough for a small cache, and nothing to a large one. In cluster
mode Valkey looks at the user's slot alone."""

SETTLED_AT_ONCE = 100
"""Pending invalidations in one round trip: 30 kB, far below what a command has time for."""

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
    moment_ms: int
    """When this was claimed, by Redis's clock in milliseconds: the value that we load is not older."""


class Commands:
    def __init__(
        self,
        redis: "Callable[[], Redis | None]",
        clock: Callable[[], float],
        token: Callable[[], bytes],
        of_loop: "Callable[[], LoopConnection | None]",
    ) -> None:
        self._redis = redis
        self._of_loop = of_loop
        self._clock = clock
        self._token = token
        self._circuit = Circuit(clock)
        self._pending = PendingInvalidations(LONGEST_TTL_S)
        self._repeating = Lock()

    def find(self, keys: Keys) -> Found | None:
        def command(redis: "Redis") -> Found:
            fence, entry, lease = _strings(redis.mget(keys.fence, keys.entry, keys.lease))
            return Found(fence, entry, lease is not None)

        return self._ask(command)

    def find_both(self, keys: Keys, others: Keys) -> tuple[Found, Found] | None:
        """Two values of one user, under one fence. One round trip."""

        def command(redis: "Redis") -> tuple[Found, Found]:
            fence, entry, lease, other_entry, other_lease = _strings(
                redis.mget(keys.fence, keys.entry, keys.lease, others.entry, others.lease)
            )
            return Found(fence, entry, lease is not None), Found(fence, other_entry, other_lease is not None)

        return self._ask(command)

    async def look(self, wanted: Sequence[Keys]) -> Sequence[Found | None]:
        """Values of one user, under one fence, without blocking the event loop. One round trip.

        Returns:
            One for each of the keys, `None` where Redis did not answer. Nothing where it was not asked: there is no
            connection of the loop, the circuit is open, or there is something to settle first.
        """
        permit = self._circuit.permit(may_probe=False)
        if permit is None or self._pending.all():
            return []
        names = [name for keys in wanted for name in (keys.entry, keys.lease)]
        try:
            connection = self._of_loop()
            if connection is None:
                return []
            fence, *values = _strings(await connection.mget(wanted[0].fence, *names))
            each = zip(wanted, values[::2], values[1::2], strict=True)
            found = [Found(fence, entry, lease is not None) for _, entry, lease in each]
        except Exception as error:  # noqa: BLE001 - the request goes on after any error that a broken peer causes
            self._circuit.failed(permit, type(error).__name__)
            return [None] * len(wanted)
        self._circuit.succeeded(permit)
        return found

    def claim(self, keys: Keys, *, entry_too: bool = True) -> Claim | None:
        """Open a fence if there is none, and try for the lease. One round trip. `entry_too`: look for the entry once
        more."""

        def command(redis: "Redis") -> Claim:
            pipe = redis.pipeline(transaction=False)
            pipe.time()
            pipe.set(keys.fence, self._token(), nx=True, ex=FENCE_TTL_S)
            pipe.set(keys.lease, b"1", nx=True, px=LEASE_TTL_MS)
            pipe.mget(keys.fence, *([keys.entry] if entry_too else []))
            (seconds, microseconds), _, won, found = pipe.execute()
            fence, entry = (*_strings(found), None)[:2]
            return Claim(fence, entry, bool(won), seconds * 1000 + microseconds // 1000)

        return self._ask(command)

    def finish(self, keys: Keys, entry: bytes | None, *, expires_ms: int, release: bool) -> None:
        """Store the entry, if there is one, and give the lease back, if it is ours. One round trip at most.

        The entry expires at a moment of Redis's clock. Where that has passed, because this process stood still after
        its claim, Redis stores nothing.
        """

        def command(redis: "Redis") -> None:
            pipe = redis.pipeline(transaction=False)
            if entry is not None:
                pipe.set(keys.entry, entry, pxat=expires_ms)
            if release:
                pipe.delete(keys.lease)
            pipe.execute()

        if entry is not None or release:
            self._ask(command)

    def give_back(self, keys: Keys, claim: Claim) -> None:
        """Give the lease back, if it is ours, with nothing to store."""
        self.finish(keys, None, expires_ms=0, release=claim.won)

    def announce(self, user_id: str, intent: bytes) -> bool:
        """Replace the user's fence by a write intent. Returns whether Redis has confirmed it."""
        return self._tell(
            lambda redis: _executed(redis.eval(_ANNOUNCE, 1, fence_key(user_id), intent, INTENT_TTL_S))
        )

    def settle(self, user_id: str, intent: bytes) -> bool:
        """Remove the user's fence, be it open or our intent; another writer's intent stays.

        Returns whether Redis has confirmed it. What it has not is repeated after the next command that succeeds.
        """
        settled = self._tell(self._settling(user_id, intent))
        if not settled:
            self._pending.add(user_id, intent, self._clock())
        return settled

    def nothing_pending(self, user_id: str) -> bool:
        """Settle the pending writes of this process to the user's data; return whether none is left."""
        intent = self._pending.get(user_id)
        return intent is None or self._ask(self._settling(user_id, intent)) is not None

    def sweep(self, user_id: str) -> None:
        """Delete what is stored for the user, as far as it is found in so many looks; the rest expires."""
        pattern, cursor = entry_pattern(user_id), 0

        def command(redis: "Redis") -> int:
            following, keys = redis.scan(cursor, match=pattern, count=SCANNED)
            if keys:
                redis.delete(*keys)
            return int(following)

        for _ in range(SCANS):
            cursor = self._ask(command) or 0
            if cursor == 0:
                return

    def _settling(self, user_id: str, intent: bytes) -> Command[Literal[True]]:
        def command(redis: "Redis") -> Literal[True]:
            _executed(redis.eval(_SETTLE, 1, fence_key(user_id), intent))
            self._pending.remove(user_id, intent)
            return True

        return command

    def _ask(self, command: Command[T]) -> T | None:
        """A reader's command; `None` while the circuit is open, after a failure, and without a Redis."""
        permit = self._permit()
        return None if permit is None else self._call(command, permit)

    def _tell(self, command: Command[Literal[True]]) -> bool:
        """Send a writer's command, even while the circuit is open; return whether it is confirmed. Without a Redis
        there is nothing to confirm."""
        return self._call(command, self._permit(), without_redis=True) is not None

    def _permit(self) -> int | None:
        """Raises `WouldBlock` on the event loop, before it takes a probe that would not be sent."""
        about_to_block()
        return self._circuit.permit()

    def _call(self, command: Command[T], permit: int | None, *, without_redis: T | None = None) -> T | None:
        try:
            redis = self._redis()
            result = without_redis if redis is None else command(redis)
        except Exception as error:  # noqa: BLE001 - the request goes on after any error that a broken peer causes
            if permit is not None:
                self._circuit.failed(permit, type(error).__name__)
            return None
        if permit is not None:
            self._circuit.succeeded(permit)
        self._repeat_settlings()
        return result

    def _repeat_settlings(self) -> None:
        """Redis answers: settle what it has not confirmed before. One thread does, the others go on."""
        pending = list(self._pending.all().items())
        if not pending or not self._repeating.acquire(blocking=False):
            return
        try:
            for begin in range(0, len(pending), SETTLED_AT_ONCE):
                if not self._tell(self._settling_all(pending[begin : begin + SETTLED_AT_ONCE])):
                    return
        finally:
            self._repeating.release()

    def _settling_all(self, pending: list[tuple[str, bytes]]) -> Command[Literal[True]]:
        def command(redis: "Redis") -> Literal[True]:
            pipe = redis.pipeline(transaction=False)
            for user_id, intent in pending:
                pipe.eval(_SETTLE, 1, fence_key(user_id), intent)
            for (user_id, intent), reply in zip(pending, pipe.execute(), strict=True):
                _executed(reply)
                self._pending.remove(user_id, intent)
            return True

        return command


def _strings(reply: object) -> list[bytes | None]:
    if not isinstance(reply, list) or not all(item is None or isinstance(item, bytes) for item in reply):
        raise TypeError("not a list of byte strings")
    return reply


def _executed(reply: object) -> Literal[True]:
    if reply != 1:
        raise TypeError("not the answer of the script")
    return True
