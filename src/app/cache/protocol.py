"""Who may serve what: the protocol of the cache and the argument for it.

Every user has one *fence* in Redis, a random token that is never used twice. A reader takes the fence, then reads
the database (strongly consistent), then stores the value under that fence. A value is served only while the fence
in Redis, read in the same MGET, equals the one stored with it. A writer replaces the fence by a write intent
before the database write, and removes the fence after it, acknowledged or failed (what timed out may have been
applied); while there is an intent readers go to the database and store nothing.

*No read that starts after a write was acknowledged returns the state before it.* Say such a read finds a value
under fence F. The write was acknowledged after its settling; at that instant the fence was removed or was another
writer's intent, so F was not in Redis. F stands there now, and a token is set by one command, sent once: F was
created after the settling. The value's reader saw F before it read the database, so it read the database after
the write. This holds

- whatever the order of readers, and of writers: a writer removes any open fence, also one that was created because
  its intent had been overwritten, removed with another's, evicted, or had expired before the write landed;
- for evictions: without a fence nothing counts, and a new fence has a new token;
- for commands that timed out and are applied late: a late value carries an old fence, a late intent only makes
  readers go to the database, a late fence is as good as a new one, a late removal only empties;
- for crashes: who dies between the steps has acknowledged nothing. What is left is an intent, ended by its TTL,
  or an open fence whose values may be older than the unacknowledged write, ended by theirs.

The intent is for the writer whose settling does not reach Redis: it keeps values from being served, and when it
expires the fence is gone with it.

*The bound.* When Redis takes neither the intent nor the settling of a write (or loses them: a failover to a replica
that had not seen them, or an eviction or another writer's settling that takes the intent of a writer that cannot
settle), others may be served the old state until the values expire: `VALUE_TTL_S`, 60 seconds. The process that could
not settle remembers it, serves nothing of that user's from Redis, and settles as soon as Redis answers it.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from app import context
from app.cache.commands import INTENT, Claim, Commands, Found
from app.cache.debts import Debts
from app.cache.entries import Adapter, Keys, decode, encode

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

WAITS_S = (0.005, 0.01, 0.015, 0.025, 0.025)
"""How a reader waits for another that loads the same value: 80 ms in all, a few times one read of the database."""

_OPEN = re.compile(rb"[0-9a-f]{32}")


def random_token() -> bytes:
    return secrets.token_hex(16).encode()


class Cache:
    """`redis` gives the client, or `None` to go without a cache; it is asked at the first use."""

    def __init__(
        self,
        redis: "Callable[[], Redis | None]",
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        token: Callable[[], bytes] = random_token,
    ) -> None:
        self._commands = Commands(redis, clock, token)
        self._debts = Debts()
        self._sleep = sleep
        self._token = token

    def read(self, user_id: str, name: str, adapter: Adapter[T], load: Callable[[], T]) -> T:
        """The value `name` of the user, from Redis or from `load`, which must read consistently. `None` is not
        kept: what does not exist may come into being without this cache being told."""
        keys = Keys(user_id, name)
        found = self._commands.find(keys) if self._settle_debt(user_id) else None
        if found is None or _is_intent(found.fence):
            return _bypass(load)
        value = _decoded(keys, found, adapter)
        if value is not None:
            context.note_cache("hit")
            return value
        return self._miss(user_id, keys, adapter, load)

    @contextmanager
    def write(self, user_id: str) -> Iterator[None]:
        """Around a write of anything that is read through the cache for this user."""
        intent = INTENT + self._token()
        self._commands.announce(user_id, intent)
        try:
            yield
        finally:
            self._settle(user_id, intent)

    def forget(self, user_id: str) -> None:
        """Nothing stored for the user up to now is served again; within a minute it is gone from Redis."""
        self._settle(user_id, INTENT + self._token())

    def sweep(self, user_id: str) -> None:
        """For someone who has left: what is stored, and served no more, shall not lie there either. It goes at once
        from a small cache and from a cluster, and within a minute from any."""
        self._commands.sweep(user_id)

    def _settle(self, user_id: str, intent: bytes) -> None:
        if not self._commands.settle(user_id, intent):
            self._debts.add(user_id, intent)

    def _settle_debt(self, user_id: str) -> bool:
        """Whether nothing is left to settle for the user."""
        intent = self._debts.get(user_id)
        if intent is None:
            return True
        if not self._commands.settle(user_id, intent):
            return False
        self._debts.remove(user_id, intent)
        return True

    def _miss(self, user_id: str, keys: Keys, adapter: Adapter[T], load: Callable[[], T]) -> T:
        claim = self._commands.claim(keys)
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
        return self._fill(keys, claim.fence, claim.won, adapter, load)

    def _from_another_reader(self, keys: Keys, claim: Claim, adapter: Adapter[T]) -> T | None:
        value = _decoded(keys, claim, adapter)
        if value is None and not claim.won:
            return self._await(keys, adapter)
        if value is not None:
            self._commands.finish(keys, None, release=claim.won)
        return value

    def _give_up(self, user_id: str, keys: Keys, claim: Claim) -> None:
        """There is no fence to store under. One that is neither ours nor an intent would stay for ever."""
        self._commands.finish(keys, None, release=claim.won)
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

    def _fill(self, keys: Keys, fence: bytes, leased: bool, adapter: Adapter[T], load: Callable[[], T]) -> T:
        entry: bytes | None = None
        try:
            value = load()
            if value is not None:
                entry = encode(keys.entry, fence, adapter, value)
            return value
        finally:
            self._commands.finish(keys, entry, release=leased)


def _bypass(load: Callable[[], T]) -> T:
    context.note_cache("bypass")
    return load()


def _decoded(keys: Keys, found: Found | Claim, adapter: Adapter[T]) -> T | None:
    if found.fence is None or found.entry is None or not _is_open(found.fence):
        return None
    return decode(keys.entry, found.fence, adapter, found.entry)


def _is_open(fence: bytes) -> bool:
    """Foreign bytes are no fence: whoever wrote them may write them twice."""
    return _OPEN.fullmatch(fence) is not None


def _is_intent(fence: bytes | None) -> bool:
    return fence is not None and fence.startswith(INTENT)
