"""The protocol of the cache, and the argument that it is coherent.

Every user has one *fence* in Redis, a random token that is never used twice. A reader takes the fence, then reads
the database (strongly consistent), then stores the value under that fence. A value is served only while the fence
in Redis, read in the same MGET, equals the one stored with it. A writer replaces the fence by a write intent before
the database write (*announce*), and removes the fence after it (*settle*), acknowledged or failed: what timed out
may have been applied. While there is an intent, readers go to the database and store nothing.

*No read that starts after a write was acknowledged returns the state before it.* Suppose such a read finds a value
under fence F, and Redis executed the settling before the acknowledgement. At that instant the fence was removed or
was another writer's intent, so F was not in Redis. F is there now, and a token is set by one command, sent once: F
was created after the settling. The value's reader saw F before it read the database, so it read the database after
the write. This holds

- for every order of readers and of writers: a writer removes any open fence, also one that was created because
  its intent had been overwritten, removed with another's, evicted, or had expired before the write landed;
- for evictions, FLUSHALL and restarts: without a fence nothing counts, and a new fence has a new token;
- for commands that timed out and are executed late: a late value carries an old fence, a late intent only makes
  readers go to the database, a late fence is as good as a new one, a late removal only empties;
- for answers that come late: the command was executed, its sender only does not know;
- for a value that was fetched ahead (`expect`, `fetch`): the fence came in the same MGET, after the request began. A
  write of the request itself discards it, and it serves no other request;
- for crashes: a process that dies between the steps has acknowledged nothing. It leaves an intent, ended by its
  TTL, or an open fence whose values may be older than the unacknowledged write, ended by theirs.

*Assumptions.* Redis executes a command completely or not at all, and one at a time. Each user has one primary, and
what it confirmed is not lost. Its clock does not jump. Database reads are strongly consistent. A writer reaches
Redis: its two commands are always sent, even while the circuit is open, because the circuit counts this process's own
failures, and Redis may be well for all others. The circuit spares only readers, for whom the database is as good.

The intent is for the writer whose settling does not reach Redis: it keeps values from being served, and when it
expires the fence is gone with it. A settling that Redis has not confirmed is repeated after the next command that
succeeds in this process, whichever user that is for; until then this process serves nothing of that user's from
Redis.

*The bound.* A value expires a fixed time after its reader's claim, by Redis's clock: 60 s for most, `ACCOUNT_TTL_S`
for an account. A reader that stood still between its claim and its storing stores nothing. So where Redis executes
neither the intent nor the settling of a write, or loses them (a failover to a replica that had not seen them; an
eviction or another writer's settling that takes the intent of a writer that cannot settle), other processes may
serve the old state for at most that long. For acts that must take effect everywhere, `wait_until_visible` waits it
out.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from app import context, deadline
from app.cache.ahead import ReadAhead
from app.cache.commands import INTENT, LONGEST_TTL_S, Claim, Commands, Found
from app.cache.entries import Adapter, Keys, decode, encode
from app.cache.pending import UnconfirmedWrites
from app.errors import DeadlineExceeded

if TYPE_CHECKING:
    from redis import Redis

    from app.cache.event_loop import LoopConnection

T = TypeVar("T")

VALUE_TTL_S = LONGEST_TTL_S
ACCOUNT_TTL_S = 10
"""Seconds from the reader's claim until a value expires. They bound the staleness that fences cannot prevent."""

WAITS_S = (0.005, 0.01, 0.015, 0.025, 0.025)
"""How a reader waits for another that loads the same value: 80 ms in all, a few times one read of the database."""

_OPEN = re.compile(rb"[0-9a-f]{32}")


def random_token() -> bytes:
    return secrets.token_hex(16).encode()


class Cache:
    """`redis` gives the client, or `None` to go without a cache; it is asked at the first use. `of_loop` gives the
    connection of the running event loop, if it has one."""

    def __init__(
        self,
        redis: "Callable[[], Redis | None]",
        *,
        of_loop: "Callable[[], LoopConnection | None]" = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        token: Callable[[], bytes] = random_token,
    ) -> None:
        self._commands = Commands(redis, clock, token, of_loop)
        self._unconfirmed = UnconfirmedWrites(ACCOUNT_TTL_S)
        self._ahead = ReadAhead(self._commands)
        self._clock = clock
        self._sleep = sleep
        self._token = token

    def expect(self, user_id: str, name: str) -> None:
        """Say that this request reads `name` after another value of the same user: both take one round trip. A write
        of this request ends it."""
        self._ahead.expect(user_id, Keys.of(user_id, name))

    async def fetch(self, user_id: str, name: str) -> bool:
        """Fetch `name`, and what this request expects besides, without blocking the event loop.

        Returns:
            Whether Redis has all of it, so that the request most likely waits for nothing more.
        """
        return await self._ahead.fetch(user_id, Keys.of(user_id, name))

    def expect_write(self, user_id: str) -> None:
        """Say that this request will write for this user. What it does not find is then not worth keeping: that saves
        two round trips."""
        self._ahead.expect_write(user_id)

    def read(
        self, user_id: str, name: str, adapter: Adapter[T], load: Callable[[], T], *, ttl_s: int = VALUE_TTL_S
    ) -> T:
        """The value `name` of the user, from Redis or from `load`, which must read consistently. `None` is not
        kept: what does not exist may be created without this cache."""
        keys = Keys.of(user_id, name)
        found = self._ahead.find(user_id, keys) if self._commands.nothing_pending(user_id) else None
        if found is None or _is_intent(found.fence):
            return _bypass(load)
        value = _decoded(keys, found, adapter)
        if value is not None:
            context.note_cache("hit")
            return value
        if self._ahead.expects_write(user_id):
            context.note_cache("miss")
            return load()
        claim = self._commands.claim(keys, entry_too=found.entry is None)
        return self._miss(user_id, keys, claim, adapter, load, ttl_s)

    def fetched(self, user_id: str, name: str, adapter: Adapter[T]) -> T | None:
        """The value, if this request has fetched it ahead and it is kept. No round trip."""
        keys = Keys.of(user_id, name)
        found = self._ahead.take(user_id, keys)
        return None if found is None else _decoded(keys, found, adapter)

    @contextmanager
    def write(self, user_id: str) -> Iterator[None]:
        """Around a write of anything that is read through the cache for this user."""
        self._ahead.forget()
        intent = INTENT + self._token()
        announced = self._commands.announce(user_id, intent)
        try:
            yield
        finally:
            written = self._clock()
            settled = self._commands.settle(user_id, intent)
            if announced and settled:
                self._unconfirmed.confirm(user_id, written)
            else:
                self._unconfirmed.add(user_id, self._clock())

    def wait_until_visible(self, user_id: str) -> None:
        """Return when no process serves the user's account as it was before the writes that this process has made.

        At once, where Redis has confirmed the last of them; else `ACCOUNT_TTL_S` seconds after it, when every account
        that a reader can have claimed before has expired.

        Raises:
            DeadlineExceeded: the request has not that much time left.
        """
        ended = self._unconfirmed.last(user_id)
        if ended is not None and (ahead := ended + ACCOUNT_TTL_S - self._clock()) > 0:
            if ahead > deadline.left():
                raise DeadlineExceeded
            self._sleep(ahead)

    def forget(self, user_id: str) -> None:
        """Make sure that nothing stored for the user up to now is served again; it expires within a minute."""
        self._commands.settle(user_id, INTENT + self._token())

    def sweep(self, user_id: str) -> None:
        """Delete what is stored for a deleted user, though nothing serves it any more: at once from a small cache and
        from a cluster, and within a minute from any."""
        self._commands.sweep(user_id)

    def _miss(
        self,
        user_id: str,
        keys: Keys,
        claim: Claim | None,
        adapter: Adapter[T],
        load: Callable[[], T],
        ttl_s: int,
    ) -> T:
        if claim is None:
            return _bypass(load)
        if claim.fence is None or not _is_open(claim.fence):
            self._give_up(user_id, keys, claim)
            return _bypass(load)
        value = self._from_another_reader(keys, claim, adapter)
        if value is not None:
            context.note_cache("hit")
            return value
        context.note_cache("miss")
        return self._fill(keys, claim.fence, claim, adapter, load, ttl_s)

    def _from_another_reader(self, keys: Keys, claim: Claim, adapter: Adapter[T]) -> T | None:
        value = _decoded(keys, claim, adapter)
        if value is None and not claim.won:
            return self._await(keys, adapter)
        if value is not None:
            self._commands.give_back(keys, claim)
        return value

    def _give_up(self, user_id: str, keys: Keys, claim: Claim) -> None:
        """There is no fence to store under. One that is neither ours nor an intent would stay: nothing ends it."""
        self._commands.give_back(keys, claim)
        if not _is_intent(claim.fence):
            self.forget(user_id)

    def _await(self, keys: Keys, adapter: Adapter[T]) -> T | None:
        """The value once the holder of the lease has stored it, or `None` after a while or when it gave up."""
        for seconds in WAITS_S:
            self._sleep(seconds)
            found = self._commands.find(keys)
            if found is None:
                return None
            value = _decoded(keys, found, adapter)
            if value is not None or not found.leased or _is_intent(found.fence):
                return value
        return None

    def _fill(
        self,
        keys: Keys,
        fence: bytes,
        claim: Claim,
        adapter: Adapter[T],
        load: Callable[[], T],
        ttl_s: int,
    ) -> T:
        entry: bytes | None = None
        try:
            value = load()
            if value is not None:
                entry = encode(keys.entry, fence, adapter, value)
            return value
        finally:
            expires_ms = claim.moment_ms + ttl_s * 1000
            self._commands.finish(keys, entry, expires_ms=expires_ms, release=claim.won)


def _bypass(load: Callable[[], T]) -> T:
    context.note_cache("bypass")
    return load()


def _decoded(keys: Keys, found: Found | Claim, adapter: Adapter[T]) -> T | None:
    if found.fence is None or found.entry is None or not _is_open(found.fence):
        return None
    return decode(keys.entry, found.fence, adapter, found.entry)


def _is_open(fence: bytes) -> bool:
    """Foreign bytes are no fence: their writer may write them twice."""
    return _OPEN.fullmatch(fence) is not None


def _is_intent(fence: bytes | None) -> bool:
    return fence is not None and fence.startswith(INTENT)
