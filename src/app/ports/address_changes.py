"""What is kept of an account's changes of address: the change that waits for its code, and the addresses it had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A change to `email`, which a code is to prove. Times are seconds since the epoch."""

    id: str
    email: str
    code_mac: str
    """The code as a keyed hash, in hex."""
    until: int
    failures: int = 0
    is_proven: bool = False
    """The right code was sent; from here on the change is carried out, also by a repetition."""
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerAddress:
    """An address that the account had. Its undo link is made of `nonce` and a key: what is stored opens nothing."""

    email: str
    nonce: str
    until: int
    is_restored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRecord:
    """All of one account. `former` has the oldest first.

    `operation` names the change or the undo that is being carried out. No other begins before `leased_until`.
    """

    version: int = 0
    pending: PendingChange | None = None
    former: tuple[FormerAddress, ...] = ()
    operation: str = ""
    leased_until: int = 0

    @property
    def reserved(self) -> Mapping[str, int]:
        """Until when each address is kept for this account: those it had, and one that it is being given."""
        kept = {former.email: former.until for former in self.former if not former.is_restored}
        pending = self.pending
        if pending is not None and pending.is_proven and not pending.is_done:
            kept.setdefault(pending.email, pending.until)
        return kept

    @property
    def kept(self) -> Sequence[PendingChange | FormerAddress]:
        """All addresses in it that are not the account's."""
        waits = self.pending is not None and not self.pending.is_done
        return (*([self.pending] if self.pending and waits else []), *self.former)

    @property
    def until(self) -> int:
        """Until when any of it counts."""
        pending = [] if self.pending is None else [self.pending.until]
        return max([*pending, *(former.until for former in self.former)], default=0)


class AddressChangeRepository(Protocol):
    def get(self, user_id: str) -> AddressRecord:
        """An empty one where nothing is kept. It may have things whose time is over."""
        ...

    def put(self, user_id: str, record: AddressRecord, *, was: AddressRecord) -> AddressRecord:
        """Store `record` in place of `was`, together with the reservations of its addresses; return it as stored,
        with the next version.

        Raises:
            app.errors.Contention: something else is stored than `was`; nothing is changed.
            app.errors.Conflict: with code `email_taken`, another account keeps one of the addresses.
        """
        ...

    def holder(self, email: str) -> str | None:
        """The user for whom the address is kept right now."""
        ...

    def erase(self, user_id: str) -> bool:
        """Delete all that is kept of the account; return whether there was anything. Safe to repeat."""
        ...
