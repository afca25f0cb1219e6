"""The next states of an account's `AddressRecord`, decided without storage. Times are seconds since the epoch."""

from dataclasses import replace

from app.errors import Contention
from app.ports.address_changes import AddressRecord, FormerAddress, PendingChange
from app.services.address_secrets import new_nonce

KEPT_SECONDS = 7 * 24 * 60 * 60
"""How long a former address is kept for its account, and its link works."""
CODE_SECONDS = 60 * 60
_RESUMED_SECONDS = 24 * 60 * 60
"""How long a change whose code was right can be carried on, and its repetition is success."""
_LEASE_SECONDS = 40
"""Longer than the function may run: who holds the lease is done or dead when it is over."""
_UNDO = "undo "


def live(record: AddressRecord, now: int) -> AddressRecord:
    """Without the things whose time is over."""
    pending = record.pending
    return replace(
        record,
        pending=pending if pending is not None and pending.until > now else None,
        former=tuple(former for former in record.former if former.until > now),
    )


def find(record: AddressRecord, email: str) -> FormerAddress | None:
    return next((former for former in record.former if former.email == email), None)


def is_being_restored(record: AddressRecord) -> bool:
    """Return whether an undo has begun and is not finished: until it is, no change is made."""
    return record.operation.startswith(_UNDO)


def with_former(record: AddressRecord, email: str, now: int) -> AddressRecord:
    """The account leaves `email`. An address that it had before keeps its place and its link."""
    known = find(record, email)
    until = now + KEPT_SECONDS
    if known is None or known.is_restored:
        others = tuple(former for former in record.former if former is not known)
        return replace(record, former=(*others, FormerAddress(email=email, nonce=new_nonce(), until=until)))
    renewed = replace(known, until=until)
    return replace(record, former=tuple(renewed if former is known else former for former in record.former))


def proven(record: AddressRecord, pending: PendingChange, email: str, now: int) -> AddressRecord:
    """The change is being carried out, away from `email`, unless the record has the new address already.

    Raises:
        Contention: another change, or an undo, is.
    """
    if is_being_restored(record):
        raise Contention
    begun = replace(pending, is_proven=True, failures=0, until=now + _RESUMED_SECONDS)
    leased = replace(_leased(record, pending.id, now), pending=begun)
    return leased if email == pending.email else with_former(leased, email, now)


def restoring(record: AddressRecord, address: FormerAddress, now: int) -> AddressRecord:
    """The account is being given back `address`. Of what came after it nothing is left: an attacker may have made
    that. The links of addresses before it stay.

    Raises:
        Contention: a change, or another undo, is being carried out.
    """
    place = record.former.index(address)
    kept = (*record.former[:place], replace(address, is_restored=True))
    return replace(_leased(record, _undo_of(address), now), pending=None, former=kept)


def is_restored(record: AddressRecord, address: FormerAddress) -> bool:
    """Return whether the undo is finished, so that a repetition has nothing to do."""
    return address.is_restored and record.operation != _undo_of(address)


def finished(record: AddressRecord) -> AddressRecord:
    pending = record.pending
    return replace(
        record,
        pending=None if pending is None else replace(pending, is_done=True),
        operation="",
        leased_until=0,
    )


def _leased(record: AddressRecord, operation: str, now: int) -> AddressRecord:
    """A repetition of the same operation may join in: each of its steps is safe to repeat."""
    if record.operation not in ("", operation) and record.leased_until > now:
        raise Contention
    return replace(record, operation=operation, leased_until=now + _LEASE_SECONDS)


def _undo_of(address: FormerAddress) -> str:
    return f"{_UNDO}{address.nonce}"
