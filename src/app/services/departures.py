"""What happens first when a user leaves an address: it is kept for the account, and its undo link is known."""

import time
from collections.abc import Callable

from app.models.users import User
from app.ports.address_changes import AddressChangeRepository
from app.services import address_records
from app.services.address_secrets import AddressSecrets

_RECENT_SECONDS = 60 * 60


class Departures:
    """`clock` gives seconds since the epoch."""

    def __init__(
        self,
        records: AddressChangeRepository,
        secrets: AddressSecrets,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._records = records
        self._secrets = secrets
        self._clock = clock

    def leave(self, user: User, address: str) -> str | None:
        """The `app.services.address_changes.Leave` of every way that leads to another address.

        Raises:
            app.errors.Contention: another request of the account was at the same time.
        """
        now = int(self._clock())
        was = self._records.get(user.id)
        record = address_records.live(was, now)
        restored = address_records.find(record, address)
        if restored is not None and restored.is_restored:
            return None
        left = address_records.with_former(record, user.email, now)
        former = next(former for former in left.former if former.email == user.email)
        known = address_records.find(record, user.email)
        if known is None or known.nonce != former.nonce or known.until < former.until - _RECENT_SECONDS:
            self._records.put(user.id, left, was=was)
        return self._secrets.link_of(user.id, former.nonce)
